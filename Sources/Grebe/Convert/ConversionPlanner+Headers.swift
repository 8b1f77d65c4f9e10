import Base
import Ingest

extension ConversionPlanner {
  /// - Throws: `corrupt` if a source has fewer records than the user says its header has.
  private func checkHeaders(_ found: [RecognizedSource]) throws(GrebeError) {
    guard let wanted = options.dialect.headerCount else { return }
    for source in found {
      let count = Int(source.passedOver.headerCount)
      guard count > 0 && count < wanted else { continue }
      throw GrebeError(
        .corrupt,
        "the source has \(count) \(count == 1 ? "record" : "records"), and its header "
          + "would be \(wanted)", place: source.file.name,
        hint: "--header-lines says how many records name the columns")
    }
  }

  /// Gives the fields of sources without a header the names that sources with one have for as many
  /// columns; where rows are padded, the first of them for any number.
  ///
  /// Where no source has a header, or the columns are given, fields are taken by position.
  ///
  /// - Throws: `corrupt` where those headers do not agree on them, or none has as many columns
  ///   and nothing else says what the fields are; for a header of more records than there are.
  /// - Complexity: O(sources + shapes without a header * shapes with one).
  func namingFields(_ found: [RecognizedSource]) throws(GrebeError) -> [RecognizedSource] {
    try checkHeaders(found)
    let shapes = found.firstOfEachShape.filter { !$0.shape.isJSON }
    let headers = shapes.filter(\.shape.hasHeader)
    if headers.isEmpty || headers.count == shapes.count { return found }
    let areGiven = options.schema != nil || target.snapshot != nil && options.mode == .append
    var named: [ObjectIdentifier: SourceShape] = [:]
    for source in shapes where !source.shape.hasHeader {
      let shape = source.shape
      let fitting = headers.filter { $0.shape.names.count == shape.names.count }
      guard let header = fitting.first ?? (shape.padsRagged ? headers.first : nil) else {
        if areGiven { continue }
        throw GrebeError(
          .corrupt,
          "the source has no header, and no source with one has "
            + (shape.names.count == 1 ? "1 column" : "\(shape.names.count) columns"),
          place: source.file.name,
          hint: "--header yes if its first record is one; else load it on its own, with --schema")
      }
      if let other = fitting.first(where: { !$0.shape.hasColumns(of: header.shape) }) {
        throw GrebeError(
          .corrupt,
          "the source has no header, and those of \(header.file.name) and \(other.file.name) name "
            + "its columns differently", place: source.file.name,
          hint: "load it on its own, with --schema, or with the sources that it belongs to")
      }
      let names = header.shape.names
      named[ObjectIdentifier(shape)] = SourceShape(
        shape, named: names.prefix(shape.names.count) + shape.names.dropFirst(names.count))
    }
    return found.map { source in
      named[ObjectIdentifier(source.shape)].map(source.named) ?? source
    }
  }
}

extension SourceShape {
  fileprivate var padsRagged: Bool {
    if case .csv(let dialect) = format { dialect.padsRagged } else { false }
  }

  /// Whether the columns have the same names in the same order, whatever their case.
  fileprivate func hasColumns(of other: SourceShape) -> Bool {
    zip(names, other.names).allSatisfy { $0.lowercased() == $1.lowercased() }
  }
}

extension RecognizedSource {
  /// The same with fields that have names.
  fileprivate func named(_ shape: SourceShape) -> RecognizedSource {
    let names = Dictionary(
      zip(self.shape.names, shape.names).map { ($0, $1) }, uniquingKeysWith: { name, _ in name })
    return RecognizedSource(
      file: file, ordinal: ordinal, shape: shape, dataOffset: dataOffset, dataLine: dataLine,
      passedOver: passedOver, doubts: doubts, rowsDoubt: rowsDoubt, encodingDoubt: encodingDoubt,
      mixesLineEnds: mixesLineEnds, decimalMark: decimalMark, isHeaderOnly: isHeaderOnly,
      hasJSONRecords: hasJSONRecords,
      types: types.map { (names[$0.name] ?? $0.name, $0.type) })
  }
}
