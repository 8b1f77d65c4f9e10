import ArgumentParser
import Grebe

extension ConversionOptions.InputFormat: ChoiceArgument {}

/// What the sources are, where their content should not decide.
struct InputFormatOptions: ParsableArguments {
  @Option(name: .long, help: "csv (any delimited text), json or parquet; told from the content.")
  var inputFormat: ConversionOptions.InputFormat?

  @Option(
    name: .long,
    help: "Where JSON records are: lines, values, array, or the member that holds them; found.")
  var jsonRecords: JSONRecordsArgument?

  @Option(
    name: .long, help: "How characters are written: utf-8, latin1, or what iconv knows; found.")
  var encoding: String?

  @Option(
    name: .long,
    help: "Whether folders such as dt=2026-01-31 in sources' paths are columns: yes or no.")
  var hivePartitioning = YesOrNo.yes

  func apply(to options: inout ConversionOptions) throws {
    options.inputFormat = inputFormat
    options.readsPathColumns = hivePartitioning == .yes
    if let jsonRecords { options.setJSONRecords(jsonRecords.records) }
    if let encoding { try options.setEncoding(encoding) }
  }
}

enum YesOrNo: String, ChoiceArgument {
  case yes, no
}

struct JSONRecordsArgument: ExpressibleByArgument {
  let records: ConversionOptions.JSONRecords

  init?(argument: String) {
    switch argument {
    case "": return nil
    case "auto": records = .found
    case "lines": records = .lines
    case "values": records = .values
    case "array": records = .array
    default: records = .member(argument)
    }
  }
}
