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

  func require<T>(_ value: T?, _ name: String) throws(ActionFault) -> T {
    guard let value else { throw ActionFault(message: "`\(action)` has no `\(name)`") }
    return value
  }

  private func convert<T>(
    _ name: String, _ expected: String, _ value: JSONValue, _ read: (JSONValue) -> T?
  ) throws(ActionFault) -> T {
    guard let result = read(value) else { throw fault(name, expected) }
    return result
  }

  private func optional<T>(
    _ name: String, _ read: (String, JSONValue) throws(ActionFault) -> T
  ) throws(ActionFault) -> T? {
    guard let value = field(name) else { return nil }
    return try read(name, value)
  }

  // MARK: Fields that were found

  func string(_ name: String, _ value: JSONValue) throws(ActionFault) -> String {
    try convert(name, "a string", value) { $0.string }
  }

  func integer(_ name: String, _ value: JSONValue) throws(ActionFault) -> Int64 {
    try convert(name, "an integer", value) { $0.int64 ?? $0.wholeNumber }
  }

  func boolean(_ name: String, _ value: JSONValue) throws(ActionFault) -> Bool {
    try convert(name, "true or false", value) { $0.boolean }
  }

  /// A map from strings to strings or nulls.
  func stringMap(_ name: String, _ value: JSONValue) throws(ActionFault) -> [String: String?] {
    try convert(name, "an object of strings", value) { value -> [String: String?]? in
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

  // MARK: Fields by name

  func optionalString(_ name: String) throws(ActionFault) -> String? {
    try optional(name, string)
  }
  func string(_ name: String) throws(ActionFault) -> String {
    try require(try optionalString(name), name)
  }

  func optionalInteger(_ name: String) throws(ActionFault) -> Int64? {
    try optional(name, integer)
  }
  func integer(_ name: String) throws(ActionFault) -> Int64 {
    try require(try optionalInteger(name), name)
  }

  func optionalBoolean(_ name: String) throws(ActionFault) -> Bool? {
    try optional(name, boolean)
  }

  func optionalStringMap(_ name: String) throws(ActionFault) -> [String: String?]? {
    try optional(name, stringMap)
  }

  func optionalStrings(_ name: String) throws(ActionFault) -> [String]? {
    guard let value = field(name) else { return nil }
    return try convert(name, "an array of strings", value) { value -> [String]? in
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
