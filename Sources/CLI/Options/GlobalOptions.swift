import ArgumentParser
import Grebe
import Store

/// Options that every command takes.
struct GlobalOptions: ParsableArguments {
  // What follows numbers is their value, whatever it begins with.
  @Option(
    name: .long, parsing: .unconditional,
    help: "Worker threads for CPU work (default: one a core).")
  var threads: Int?

  @Option(
    name: .long, help: "Memory for buffers, such as 512MB or 1GiB.", transform: ByteSize.parse)
  var memory: ByteSize?

  @Option(name: .long, help: "Progress on standard error: auto (on a terminal), always or never.")
  var progress = ProgressChoice.auto

  @Flag(name: .shortAndLong, help: "No notes on standard error; reports and results stay.")
  var quiet = false

  @Flag(name: .long, help: "More notes on standard error.")
  var verbose = false

  func validate() throws {
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("--threads must be between 1 and 1024")
    }
    if let memory, memory.bytes < 16 << 20 {
      throw ValidationError("--memory must be at least 16MiB")
    }
  }

  var environment: Environment {
    var environment = Environment.standard(
      parallelism: threads, memoryBudgetBytes: memory.map { Int($0.bytes) })
    environment.cancellation = interruption
    if !quiet { environment.warn = { Console.error.note("grebe: warning: " + $0) } }
    return environment
  }

  func note(_ text: String) {
    if !quiet { Console.error.note(text) }
  }

  /// Lines for those who asked for more.
  func detail(_ lines: [String]) {
    if verbose { for line in lines { Console.error.note(line) } }
  }
}

/// `--format` of commands that report.
enum ReportFormat: String, ChoiceArgument {
  case text, json
}

struct ReportOptions: ParsableArguments {
  @Option(name: .long, help: "How to print the report: text or json.")
  var format = ReportFormat.text

  /// Prints `text` lines or one JSON document.
  func print(text: @autoclosure () -> String, json: @autoclosure () -> ReportValue) throws {
    switch format {
    case .text: try Console.output.line(text())
    case .json:
      try Console.output.write { (sink) throws(ExitError) in
        try JSONText.write(json(), to: sink)
        try sink("\n")
      }
    }
  }
}

/// `512MB`, `1GiB`, `64k`, or plain bytes.
struct ByteSize {
  let bytes: Int64

  /// Of an option's value.
  ///
  /// - Throws: what sizes look like.
  static func parse(_ argument: String) throws -> ByteSize {
    guard let size = ByteSize(argument: argument) else {
      throw ValidationError("a size is a number and a unit, such as 128MB or 1GiB")
    }
    return size
  }

  init?(argument: String) {
    let digits = argument.prefix { $0.isNumber || $0 == "." }
    let unit = argument.dropFirst(digits.count).lowercased()
    let scales: [String: Double] = [
      "": 1, "b": 1, "k": 1e3, "kb": 1e3, "m": 1e6, "mb": 1e6, "g": 1e9, "gb": 1e9,
      "t": 1e12, "tb": 1e12, "kib": 1024, "mib": 1_048_576, "gib": 1_073_741_824,
      "tib": 1_099_511_627_776,
    ]
    guard let number = Double(digits), let scale = scales[unit], number * scale < 9e18 else {
      return nil
    }
    bytes = Int64(number * scale)
  }
}

/// `12.3 MB`: sizes as people read them.
func byteText(_ bytes: Int64) -> String {
  let units = ["B", "kB", "MB", "GB", "TB", "PB"]
  var value = Double(bytes)
  var unit = 0
  while value >= 999.5, unit < units.count - 1 {
    value /= 1000
    unit += 1
  }
  if unit == 0 { return "\(bytes) B" }
  let tenths = Int((value * 10).rounded())
  return tenths >= 1000
    ? "\(tenths / 10) \(units[unit])" : "\(tenths / 10).\(tenths % 10) \(units[unit])"
}

/// `1 file`, `3 files`: the noun in its singular, and its plural where that is not one `s` more.
func counted(_ count: Int, _ noun: String, plural: String? = nil) -> String {
  countText(count) + " " + (count == 1 ? noun : plural ?? noun + "s")
}

/// `1,234,567`.
func countText(_ count: Int) -> String {
  let digits = Array(String(count.magnitude))
  var text = count < 0 ? "-" : ""
  for (index, digit) in digits.enumerated() {
    if index > 0 && (digits.count - index) % 3 == 0 { text.append(",") }
    text.append(digit)
  }
  return text
}
