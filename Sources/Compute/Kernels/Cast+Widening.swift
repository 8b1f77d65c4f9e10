import Base
package import Columns

// Which types go into which without loss. Whoever stores values of one type in a column of another
// asks here first; `Cast.apply` alone would round, cut and drop.
//
//   from                        into
//   any type                    itself
//   void                        any type: it has nothing but nulls
//   byte, short, integer, long  a wider integer; a decimal with room for all their digits
//   byte, short                 float, double: 24 and 53 bits hold them exactly
//   integer                     double; long has 63 bits, and fits neither
//   decimal(p,s)                decimal(q,t) where t >= s and q - t >= p - s
//   float                       double
//   date                        timestamp_ntz, its midnight; an instant would need a time zone
//   time                        time_nanos
//   time, time_nanos, uuid, interval
//                               string: the text that stands for them in tables
//   struct                      struct that has all its fields, in any order, each of a type that
//                               theirs go into; fields that only the target has are null
//   array, map                  array, map: elements, keys and values

/// Where values of one type would not all fit another.
package struct WideningFault: Equatable, Sendable {
  package enum Problem: Equatable, Sendable {
    /// What is there does not go into what is wanted.
    case type(DataType, into: DataType)
    /// A field that the wanted struct lacks.
    case dropped
    /// A field that the wanted struct needs, of which nulls are not allowed.
    case missing
  }

  /// Fields from the outermost value to the one that does not fit, `element`, `key` and `value`
  /// for what is in arrays and maps; empty for the value itself.
  package var path: [String]
  package let problem: Problem

  package init(path: [String] = [], problem: Problem) {
    self.path = path
    self.problem = problem
  }
}

extension Cast {
  /// Whether every value of `source` is exactly one of `target`, by the table above: the changes of
  /// type that a table may go through without rewriting its files. O(types).
  package static func isWidening(from source: DataType, to target: DataType) -> Bool {
    wideningFault(from: source, to: target) == nil
  }

  /// The first reason why values of `source` would lose something as `target`; nil when they lose
  /// nothing, which is when `isWidening` says so. O(types).
  ///
  /// - Parameters:
  ///   - isCast: values may change as CAST changes them, because a user named the type; no field
  ///     may be dropped all the same.
  ///   - mayDrop: fields of structs may be dropped.
  package static func wideningFault(
    from source: DataType, to target: DataType, isCast: Bool = false, mayDrop: Bool = false
  ) -> WideningFault? {
    func inner(_ name: String, _ from: DataType, _ to: DataType) -> WideningFault? {
      var fault = wideningFault(from: from, to: to, isCast: isCast, mayDrop: mayDrop)
      fault?.path.insert(name, at: 0)
      return fault
    }
    switch (source, target) {
    case _ where source == target && target.unknownPart == nil: return nil
    case (.structure(let fields), .structure(let wanted)):
      let positions = fieldPositions(of: wanted, in: fields)
      let taken = Set(positions.compactMap { $0 })
      if !mayDrop, let extra = fields.indices.first(where: { !taken.contains($0) }) {
        return WideningFault(path: [fields[extra].name], problem: .dropped)
      }
      for (field, position) in zip(wanted, positions) {
        if let position {
          if let fault = inner(fields[position].name, fields[position].type, field.type) {
            return fault
          }
        } else if !field.nullable || field.type.unknownPart != nil {
          return WideningFault(path: [field.name], problem: .missing)
        }
      }
      return nil
    case (.array(let element, _), .array(let wanted, _)): return inner("element", element, wanted)
    case (.map(let key, let value, _), .map(let wantedKey, let wantedValue, _)):
      return inner("key", key, wantedKey) ?? inner("value", value, wantedValue)
    default:
      let fits =
        isCast ? isPossible(from: source, to: target) : isFlatWidening(from: source, to: target)
      return fits ? nil : WideningFault(problem: .type(source, into: target))
    }
  }

  /// Fields of structs in `source` that `target` has no place for, as names with dots between;
  /// elements and entries add none. O(types).
  package static func droppedFields(from source: DataType, to target: DataType) -> [String] {
    switch (source, target) {
    case (.structure(let fields), .structure(let wanted)):
      var places = [Int?](repeating: nil, count: fields.count)
      for (place, position) in fieldPositions(of: wanted, in: fields).enumerated() {
        if let position { places[position] = place }
      }
      return zip(fields, places).flatMap { field, place in
        guard let place else { return [field.name] }
        return droppedFields(from: field.type, to: wanted[place].type)
          .map { field.name + "." + $0 }
      }
    case (.array(let element, _), .array(let wanted, _)):
      return droppedFields(from: element, to: wanted)
    case (.map(let key, let value, _), .map(let wantedKey, let wantedValue, _)):
      return droppedFields(from: key, to: wantedKey) + droppedFields(from: value, to: wantedValue)
    default: return []
    }
  }

  /// `isWidening` where one of the types is not nested.
  private static func isFlatWidening(from source: DataType, to target: DataType) -> Bool {
    switch (source, target) {
    case (.void, _): return target.unknownPart == nil
    case (.float, .double), (.date, .timestampNtz), (.time, .timeNanos): return true
    case (.time, .string), (.timeNanos, .string), (.uuid, .string), (.interval, .string):
      return true
    case (_, .float): return source == .byte || source == .short
    case (_, .double): return source.isInteger && source != .long
    case (_, .decimal(let precision, let scale)):
      guard let (fromPrecision, fromScale) = source.decimalShape else { return false }
      return scale >= fromScale && precision - scale >= fromPrecision - fromScale
    default:
      guard let from = source.integerRange, let to = target.integerRange else { return false }
      return to.lowerBound <= from.lowerBound && from.upperBound <= to.upperBound
    }
  }

  /// Which of `fields` fills each of `wanted`: the one of its exact name, else the only one whose
  /// name differs in nothing but case. No field fills two. O(fields).
  static func fieldPositions(of wanted: [Field], in fields: [Field]) -> [Int?] {
    if wanted.elementsEqual(fields, by: { $0.name == $1.name }) { return Array(fields.indices) }
    var exact: [String: Int] = [:]
    for (index, field) in fields.enumerated() where exact[field.name] == nil {
      exact[field.name] = index
    }
    var positions = wanted.map { exact[$0.name] }
    let taken = Set(positions.compactMap { $0 })
    let isOpen = positions.map { $0 == nil }
    var loose: [String: [Int]] = [:]
    for index in fields.indices where !taken.contains(index) {
      loose[fields[index].name.lowercased(), default: []].append(index)
    }
    var wantedCounts: [String: Int] = [:]
    for field in wanted { wantedCounts[field.name.lowercased(), default: 0] += 1 }
    for index in wanted.indices where isOpen[index] {
      let name = wanted[index].name.lowercased()
      if let matches = loose[name], matches.count == 1, wantedCounts[name] == 1 {
        positions[index] = matches[0]
      }
    }
    return positions
  }
}
