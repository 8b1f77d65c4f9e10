import Ingest

extension DialectOverrides {
  init(_ options: ConversionOptions.Dialect) {
    self.init()
    delimiter = options.delimiter
    quote = options.quote
    escape = options.escape
    switch options.lineEnd {
    case nil: lineEnd = nil
    case .lf: lineEnd = .lineFeed
    case .cr: lineEnd = .carriageReturn
    case .any: lineEnd = .any
    }
    hasHeader = options.headerCount == nil ? options.hasHeader : true
    headerCount = options.headerCount
    endsWithDelimiter = options.endsWithDelimiter
    skipRows = options.skipRows
    comment = options.comment
    nullTexts = options.nullTexts
    dateFormat = options.dateFormat
    timestampFormat = options.timestampFormat
    decimalComma = options.decimalComma
    padsRagged = options.padsRagged
    // The first record is to be the header as it stands, and what records lack is at their end.
    namesFirstFields = padsRagged && hasHeader == true
  }
}
