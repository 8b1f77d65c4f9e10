import Base
import JSON

/// A first record that names the columns of arrays: `["id","name"]`, `[1,"Ada"]`, `[2,"Bob"]`.
///
/// It is an array of strings, none of them empty and no two the same without regard to case; the
/// records behind it are arrays of as many elements, and some position has no string in any of
/// them. One that is that of a text read before is a header in any case.
struct JSONHeader: Equatable {
  var names: [String]
  /// Where the second record's search begins.
  var dataOffset: Int

  var reason: String {
    "the first record names the \(names.count) elements of the others, such as \"\(names[0])\""
  }

  /// Records behind the header that are looked at, at most.
  private static let recordLimit = 100

  /// - Parameters:
  ///   - offset: of the first record.
  ///   - known: names that a text has which was read before.
  init?(
    _ body: Buffer<UInt8>, from offset: Int, layout: JSONLayout, isWhole: Bool,
    known: [String]? = nil
  ) {
    let data = body.slice(offset..<body.count)
    var names: [String] = []
    var firstEnd = 0
    var hasString: [Bool] = []
    var count = 0
    var isHeader = true
    forEachJSONRecord(of: data, layout: layout, isWhole: isWhole) { range in
      guard let document = try? JSONDocument(data, range: range),
        document.root.kind == .array
      else {
        // A damaged record says nothing; the first one has to be sound.
        isHeader = !names.isEmpty && (try? JSONDocument(data, range: range)) == nil
        return isHeader
      }
      let elements = Array(document.root.elements)
      if names.isEmpty {
        names = elements.compactMap(\.string)
        firstEnd = range.upperBound
        hasString = Array(repeating: false, count: names.count)
        isHeader =
          !names.isEmpty && names.count == elements.count && !names.contains("")
          && Set(names.map { $0.lowercased() }).count == names.count
        return isHeader
      }
      isHeader = elements.count == names.count
      guard isHeader else { return false }
      for (index, element) in elements.enumerated() where element.kind == .string {
        hasString[index] = true
      }
      count += 1
      return count < JSONHeader.recordLimit
    }
    let isKnown = !names.isEmpty && names.map { $0.lowercased() } == known?.map { $0.lowercased() }
    guard isKnown || isHeader && count > 0 && hasString.contains(false) else { return nil }
    self.names = names
    dataOffset = offset + firstEnd
    // The separator belongs to the header.
    while dataOffset < body.count && isJSONSpace(body[dataOffset])
      && (layout.isArray || body[dataOffset] != ASCII.lineFeed)
    { dataOffset += 1 }
    let separator = layout.isArray ? ASCII.comma : ASCII.lineFeed
    if dataOffset < body.count && layout != .values && body[dataOffset] == separator {
      dataOffset += 1
    }
  }
}
