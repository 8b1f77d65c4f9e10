import JSON

/// What is wrong with one action; the log adds file and line.
struct ActionFault: Error, Equatable {
  var message: String
}

/// The fields of one action, by name, with the types that the protocol gives them.
/// A field that is null counts as absent.
struct ActionFields {
  let action: StaticString
  let json: JSONValue

  /// - Throws: `ActionFault` if the action is not an object.
  init(_ action: StaticString, _ json: JSONValue) throws(ActionFault) {
    guard json.kind == .object else {
      throw ActionFault(message: "the action `\(action)` is not an object")
    }
    self.action = action
    self.json = json
  }

  func field(_ name: String) -> JSONValue? {
    guard let value = json[name], !value.isNull else { return nil }
    return value
  }

  private func fault(_ name: String, _ expected: String) -> ActionFault {
    ActionFault(message: "`\(action).\(name)` must be \(expected)")
  }

  private func require<T>(_ value: T?, _ name: String) throws(ActionFault) -> T {
    guard let value else { throw ActionFault(message: "`\(action)` has no `\(name)`") }
    return value
  }

  private func convert<T>(
    _ name: String, _ expected: String, _ read: (JSONValue) -> T?
  ) throws(ActionFault) -> T? {
    guard let value = field(name) else { return nil }
    guard let result = read(value) else { throw fault(name, expected) }
    return result
  }

  func optionalString(_ name: String) throws(ActionFault) -> String? {
    try convert(name, "a string") { $0.string }
  }
  func string(_ name: String) throws(ActionFault) -> String {
    try require(try optionalString(name), name)
  }

  func optionalInteger(_ name: String) throws(ActionFault) -> Int64? {
    try convert(name, "an integer") { $0.int64 }
  }
  func integer(_ name: String) throws(ActionFault) -> Int64 {
    try require(try optionalInteger(name), name)
  }

  func optionalBoolean(_ name: String) throws(ActionFault) -> Bool? {
    try convert(name, "true or false") { $0.boolean }
  }
  func boolean(_ name: String) throws(ActionFault) -> Bool {
    try require(try optionalBoolean(name), name)
  }

  /// A map from strings to strings or nulls.
  func optionalStringMap(_ name: String) throws(ActionFault) -> [String: String?]? {
    try convert(name, "an object of strings") { value -> [String: String?]? in
      guard value.kind == .object else { return nil }
      var map: [String: String?] = [:]
      for (key, value) in value.members {
        if value.isNull {
          map.updateValue(nil, forKey: key)
        } else if let string = value.string {
          map.updateValue(string, forKey: key)
        } else {
          return nil
        }
      }
      return map
    }
  }
  func stringMap(_ name: String) throws(ActionFault) -> [String: String?] {
    try require(try optionalStringMap(name), name)
  }

  func optionalStrings(_ name: String) throws(ActionFault) -> [String]? {
    try convert(name, "an array of strings") { value -> [String]? in
      guard value.kind == .array else { return nil }
      var strings: [String] = []
      for element in value.elements {
        guard let string = element.string else { return nil }
        strings.append(string)
      }
      return strings
    }
  }
}
