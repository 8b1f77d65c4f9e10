import ArgumentParser
import Grebe
import Synchronization

enum ProgressChoice: String, ChoiceArgument {
  case auto, always, never

  /// Whether to show progress on standard error.
  var isOn: Bool {
    switch self {
    case .auto: Console.error.isTerminal
    case .always: true
    case .never: false
    }
  }
}

/// How far a conversion is, in a line that is written over on a terminal, and a line at a time
/// elsewhere: `412 MB of 766 MB, 3,228,000 rows, 851 MB/s, 0.4 s left`. As data, a JSON object a
/// line.
final class ProgressLine: Sendable {
  private static let intervalSeconds = 0.2

  private struct State {
    var lastSeconds = 0.0
    var width = 0
    /// What the last line does not tell yet.
    var pending: ConversionProgress?
  }

  private let isData: Bool
  private let startSeconds = platformSeconds()
  private let state = Mutex(State())

  init(isData: Bool = false) { self.isData = isData }

  func show(_ progress: ConversionProgress) {
    let now = platformSeconds()
    state.withLock { state in
      state.pending = progress
      guard now - state.lastSeconds >= ProgressLine.intervalSeconds else { return }
      state.lastSeconds = now
      state.pending = nil
      if isData { return Console.error.note(data(progress, seconds: now - startSeconds)) }
      let text = line(progress, seconds: now - startSeconds)
      guard Console.error.isTerminal else { return Console.error.note(text) }
      let gap = String(repeating: " ", count: max(0, state.width - text.count))
      state.width = text.count
      try? Console.error.write("\r" + text + gap)
    }
  }

  /// A note among the lines.
  func note(_ text: String, _ options: GlobalOptions) {
    guard isData, !options.quiet else {
      clear()
      return options.note(text)
    }
    let note: ReportValue = .object([("event", .string("note")), ("text", .string(text))])
    Console.error.note(JSONText.render(note, indent: nil))
  }

  /// Clears the line, so that what follows starts on a clean one.
  func finish() {
    state.withLock { state in
      if isData, let last = state.pending {
        state.pending = nil
        Console.error.note(data(last, seconds: platformSeconds() - startSeconds))
      }
    }
    clear()
  }

  private func clear() {
    state.withLock { state in
      guard state.width > 0, Console.error.isTerminal else { return }
      try? Console.error.write("\r" + String(repeating: " ", count: state.width) + "\r")
      state.width = 0
    }
  }

  private func data(_ progress: ConversionProgress, seconds: Double) -> String {
    let (rate, left) = pace(progress, seconds: seconds)
    let event: ReportValue = .object([
      ("event", .string("progress")),
      ("bytes_done", .integer(progress.bytesDone)),
      ("bytes_total", .integer(progress.bytesTotal)),
      ("rows", .count(progress.rowsRead)),
      ("rate", .number(rate.rounded())),
      ("eta_seconds", .number((max(left, 0) * 1000).rounded() / 1000)),
    ])
    return JSONText.render(event, indent: nil)
  }

  /// Bytes a second, and seconds left.
  private func pace(
    _ progress: ConversionProgress, seconds: Double
  ) -> (rate: Double, left: Double) {
    let rate = Double(progress.bytesDone) / max(seconds, 0.001)
    return (rate, Double(progress.bytesTotal - progress.bytesDone) / max(rate, 1))
  }

  private func line(_ progress: ConversionProgress, seconds: Double) -> String {
    let (rate, left) = pace(progress, seconds: seconds)
    return "\(byteText(progress.bytesDone)) of \(byteText(progress.bytesTotal)), "
      + "\(counted(progress.rowsRead, "row")), \(byteText(Int64(rate)))/s, "
      + "\(secondsText(max(left, 0))) left"
  }
}
