package import Base
import JSON

/// Guesses how the records of a JSON text follow one another, from its first bytes.
///
///  1. Most lines are objects or arrays of their own: `lines`, unless there is only one.
///  2. The text begins with `[`: `array`, unless more values follow the array.
///  3. The text is one object, and an array in it is what people mean by its rows: `arrayMember`.
///     That is `features` of a GeoJSON `FeatureCollection`; else the only member, if it is an array
///     of objects or empty; else the only array of objects, if it has at least 10 elements and 90 %
///     of the object's bytes.
///  4. Else `values`.
///
/// Where the records are arrays, the first may name their columns: `JSONHeader`.
///
/// A text that belongs with others is laid out as these are (`JSONPrior`): the member that holds
/// the rows of those holds them here too, whatever else there is and if it is empty; one whose
/// name is a column of those does not; and arrays without a header fill the columns of those, one
/// that is the whole text too.
package enum JSONLayoutDetector {
  /// Lines that are looked at, at most.
  private static let lineLimit = 100
  /// What makes an array the rows of an object that has more members.
  private static let elementsMin = 10
  private static let bytesMin = 0.9

  /// Whether a text begins as JSON does: an object or array, sound as far as the sample goes or to
  /// the end of its first line. A CSV header that begins with a bracket is not.
  ///
  /// - Complexity: O(sample).
  package static func isJSON(_ sample: Buffer<UInt8>, isWholeInput: Bool) -> Bool {
    let body = sample.slice(markBytes(sample)..<sample.count)
    let start = firstValue(body)
    guard start < body.count, body[start] | 0x20 == ASCII.openBrace else { return false }
    let lines = countLines(body, isWholeInput)
    if lines.sound > 0 { return true }
    do throws(JSONError) {
      _ = try JSONDocument(body.slice(start..<body.count))
      return true
    } catch {
      if error.reason == .trailingBytes { return true }
      return error.reason == .endsEarly && !isWholeInput && body.count - start > 1
    }
  }

  /// - Parameters:
  ///   - isWholeInput: whether the input ends with the sample.
  ///   - wanted: what the user says; for `arrayMember`, which is looked for in the sample.
  ///   - areNamedLines: whether the text's name says that each line is a record: then an object
  ///     that is one is no list of rows, unless those of `prior` were.
  ///   - prior: what a first text tells that this one belongs with.
  /// - Returns: nil if `wanted` is an array that the sample does not have.
  /// - Complexity: O(sample).
  package static func detect(
    sample: Buffer<UInt8>, isWholeInput: Bool, wanted: JSONLayout? = nil,
    areNamedLines: Bool = false, after prior: JSONPrior? = nil
  ) -> DetectedJSONLayout? {
    let mark = markBytes(sample)
    let body = sample.slice(mark..<sample.count)
    let found: Guess? =
      switch wanted {
      case .lines, .values: wanted.map { Guess($0, "as given") }
      case .array: openingBracket(body).map { Guess(.array, at: $0, "as given") }
      case .arrayMember(let name):
        member(name, of: body).map { Guess(.arrayMember(name), at: $0, "as given") }
      case nil: guess(body, isWholeInput, areNamedLines, prior)
      }
    guard let found else { return nil }
    let hasNames = wanted == nil && prior?.areValues != true
    let header =
      hasNames
      ? JSONHeader(
        body, from: found.offset, layout: found.layout, isWhole: isWholeInput, known: prior?.names)
      : nil
    var reasons = [header?.reason]
    var names = header?.names
    if hasNames && header == nil, let known = prior?.names, !hasObject(body, found, isWholeInput) {
      names = known
      reasons = ["none: columns are those of the first source, by position"]
    }
    let dataOffset = mark + (header?.dataOffset ?? found.offset)
    var lines = 0
    for index in 0..<dataOffset where sample[index] == ASCII.lineFeed { lines += 1 }
    return DetectedJSONLayout(
      layout: found.layout, dataOffset: dataOffset, dataLine: lines, names: names,
      rowsDoubt: found.rowsDoubt,
      reasons: [.init(property: "layout", text: "\(found.layout.shown): \(found.reason)")]
        + reasons.compactMap { $0.map { .init(property: "header", text: $0) } })
  }

  private struct Guess {
    let layout: JSONLayout
    /// Of the first record, or of what follows the `[` of an array.
    let offset: Int
    let reason: String
    var rowsDoubt: JSONRowsDoubt?

    init(_ layout: JSONLayout, at offset: Int = 0, _ reason: String) {
      self.layout = layout
      self.offset = offset
      self.reason = reason
    }
  }

  private static func guess(
    _ body: Buffer<UInt8>, _ isWhole: Bool, _ areNamedLines: Bool, _ prior: JSONPrior?
  ) -> Guess {
    let lines = countLines(body, isWhole)
    if lines.seen > 1 && lines.sound * 2 > lines.seen {
      return Guess(.lines, "\(lines.sound) of \(lines.seen) lines are objects or arrays")
    }
    let start = firstValue(body)
    let rest = afterFirst(body, start)
    let isOne = rest.map { firstValue(body.slice($0..<body.count)) + $0 == body.count } ?? true
    guard isOne && (rest == nil || isWhole) else {
      if lines.seen == 1 && lines.sound == 1 { return Guess(.lines, "its one line is a value") }
      return Guess(.values, "values follow one another")
    }
    let isLine = lines.seen == 1 && lines.sound == 1
    var row = Guess(isLine ? .lines : .values, "the text is one value")
    if start < body.count && body[start] == ASCII.openBracket,
      !isTuple(body.slice(start..<(rest ?? body.count)), prior)
    {
      return Guess(.array, at: start + 1, "the text is one array")
    }
    if start < body.count && body[start] == ASCII.openBrace {
      let object = JSONMemberScan(body, from: start)
      let isRecord = areNamedLines && isLine
      if let rows = rows(object, bytes: body.count - start, prior, isRecord: isRecord) {
        let other = object.others(than: rows.name).first
        var guess = Guess(
          .arrayMember(rows.name), at: rows.valueOffset + 1,
          "the text is one object, and the rows are its member \"\(rows.name)\""
            + (other.map { "; not its other members, such as \"\($0)\"" } ?? ""))
        guess.rowsDoubt = doubt(object, rows, isLine: isLine, prior)
        return guess
      }
      if prior == nil && !isRecord { row.rowsDoubt = pageDoubt(object) }
    }
    return row
  }

  /// Whether an array is a row of columns that arrays fill, as those of `prior` do, and no array of
  /// such rows: it has something that is neither an array nor an object, or as many elements as
  /// there are columns and some that are no rows.
  private static func isTuple(_ array: Buffer<UInt8>, _ prior: JSONPrior?) -> Bool {
    guard let count = prior?.names?.count, let root = try? JSONDocument(array).root else {
      return false
    }
    let elements = Array(root.elements)
    if elements.contains(where: { $0.kind != .array && $0.kind != .object }) { return true }
    return elements.count == count
      && elements.contains { $0.kind == .array && Array($0.elements).count != count }
  }

  /// What a person should know of a text whose rows are thought to be a member of its object.
  private static func doubt(
    _ object: JSONMemberScan, _ rows: JSONMemberScan.Member, isLine: Bool, _ prior: JSONPrior?
  ) -> JSONRowsDoubt? {
    let others = object.others(than: rows.name)
    if let other = others.first(where: { prior?.hasColumn($0) == true }) ?? others.first {
      return .leavesOut(other)
    }
    if prior?.rowsMember == rows.name || object.isFeatureCollection { return nil }
    return rows.elementCount == 0 ? .isEmpty : isLine ? .isOneLine : nil
  }

  /// What a person should know of an object that is a row: it may be a page of an interface, with
  /// too few rows to tell.
  private static func pageDoubt(_ object: JSONMemberScan) -> JSONRowsDoubt? {
    let lists = object.members.filter { $0.isArray && $0.hasObjectsOnly && $0.elementCount > 1 }
    return lists.count == 1 ? .mayBePage(lists[0].name) : nil
  }

  /// The member that holds the rows, if the object is none itself.
  private static func rows(
    _ object: JSONMemberScan, bytes: Int, _ prior: JSONPrior?, isRecord: Bool
  ) -> JSONMemberScan.Member? {
    if let known = prior?.rowsMember.flatMap(object.member), known.isArray { return known }
    guard !isRecord, let rows = rows(object, bytes: bytes), prior?.hasColumn(rows.name) != true
    else { return nil }
    return rows
  }

  private static func rows(_ object: JSONMemberScan, bytes: Int) -> JSONMemberScan.Member? {
    if object.isFeatureCollection, let features = object.member("features"), features.isArray {
      return features
    }
    let arrays = object.members.filter { $0.isArray && $0.hasObjectsOnly }
    if object.members.count == 1 { return arrays.first }
    let filled = arrays.filter { $0.elementCount > 0 }
    guard filled.count == 1, let array = filled.first else { return nil }
    let isMost = Double(array.valueEnd - array.valueOffset) >= Double(bytes) * bytesMin
    return isMost && array.elementCount >= elementsMin ? array : nil
  }

  // MARK: Pieces

  /// Bytes of a byte-order mark.
  private static func markBytes(_ sample: Buffer<UInt8>) -> Int {
    sample.count >= 3 && sample[0] == 0xEF && sample[1] == 0xBB && sample[2] == 0xBF ? 3 : 0
  }

  private static func firstValue(_ body: Buffer<UInt8>) -> Int {
    var offset = 0
    while offset < body.count
      && (isJSONSpace(body[offset]) || body[offset] == ASCII.recordSeparator)
    { offset += 1 }
    return offset
  }

  private static func openingBracket(_ body: Buffer<UInt8>) -> Int? {
    let start = firstValue(body)
    return start < body.count && body[start] == ASCII.openBracket ? start + 1 : nil
  }

  private static func member(_ name: String, of body: Buffer<UInt8>) -> Int? {
    let start = firstValue(body)
    guard start < body.count && body[start] == ASCII.openBrace else { return nil }
    let found = JSONMemberScan(body, from: start).member(name)
    return found.flatMap { $0.isArray ? $0.valueOffset + 1 : nil }
  }

  /// Where the first value ends, if it is an object or array and does.
  private static func afterFirst(_ body: Buffer<UInt8>, _ start: Int) -> Int? {
    guard start < body.count, body[start] | 0x20 == ASCII.openBrace else { return nil }
    // SAFETY: offsets are below the buffer's count.
    return unsafe body.withUnsafePointer { base in
      JSONBoundaryScanner.recordEnd(
        unsafe TextPointer(base: base), from: start, count: body.count, layout: .values)
    }
  }

  /// Whether one of the first records is an object.
  private static func hasObject(
    _ body: Buffer<UInt8>, _ found: Guess, _ isWhole: Bool
  ) -> Bool {
    let data = body.slice(found.offset..<body.count)
    var seen = 0
    var hasObject = false
    forEachJSONRecord(of: data, layout: found.layout, isWhole: isWhole) { record in
      seen += 1
      hasObject =
        data[record.lowerBound] == ASCII.openBrace
        && (try? JSONDocument(data, range: record)) != nil
      return !hasObject && seen < lineLimit
    }
    return hasObject
  }

  /// Of the first complete lines that are not blank, how many there are and how many are objects or
  /// arrays of their own.
  private static func countLines(
    _ body: Buffer<UInt8>, _ isWhole: Bool
  ) -> (seen: Int, sound: Int) {
    var seen = 0
    var sound = 0
    forEachJSONRecord(of: body, layout: .lines, isWhole: isWhole) { line in
      seen += 1
      let isContainer = body[line.lowerBound] | 0x20 == ASCII.openBrace
      if isContainer && (try? JSONDocument(body, range: line)) != nil { sound += 1 }
      return seen < lineLimit
    }
    return (seen, sound)
  }
}

extension JSONLayout {
  fileprivate var shown: String {
    switch self {
    case .lines: "lines"
    case .values: "values"
    case .array: "array"
    case .arrayMember(let name): "array \"\(name)\""
    }
  }
}
