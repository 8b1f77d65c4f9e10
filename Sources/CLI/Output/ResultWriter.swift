import Base
import Columns
import Grebe

/// Runs a query and prints or saves its rows.
enum ResultWriter {
  static func write(_ query: TableQuery, options: ResultOptions, global: GlobalOptions) throws {
    if options.format == .parquet, let path = options.output {
      let account = try query.save(toParquet: path, format: options.file.format())
      for note in account.notes { global.note(note) }
      return global.note("\(counted(account.rowCount, "row")) written to \(path)")
    }
    if options.format == .json || options.format == .ndjson { try query.checkNamesAreDistinct() }
    let file = try options.output.map { try OutputFile(path: $0) }
    // Rows of the other formats are whole each, and may be read as they come.
    let document = file == nil && options.format == .json ? HeldOutput() : nil
    var printer = try ResultPrinter(format: options.format, schema: query.schema) { bytes in
      if let file {
        try file.append(bytes)
      } else if let document {
        try document.append(bytes)
      } else {
        try Console.output.write(bytes)
      }
    }
    let account = try query.run { batch in try printer.print(batch) }
    try printer.finish()
    try file?.finish()
    try document?.finish()
    for note in account.notes { global.note(note) }
    global.detail(account.scan)
  }
}
