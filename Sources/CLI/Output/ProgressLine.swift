import ArgumentParser
import Grebe
import Synchronization

enum ProgressChoice: String, ExpressibleByArgument, CaseIterable {
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
/// elsewhere: `412 MB of 766 MB, 3,228,000 rows, 851 MB/s, 0.4 s left`.
final class ProgressLine: Sendable {
  private static let intervalSeconds = 0.2

  private struct State {
    var lastSeconds = 0.0
    var width = 0
  }

  private let startSeconds = platformSeconds()
  private let state = Mutex(State())

  func show(_ progress: ConversionProgress) {
    let now = platformSeconds()
    state.withLock { state in
      guard now - state.lastSeconds >= ProgressLine.intervalSeconds else { return }
      state.lastSeconds = now
      let text = line(progress, seconds: now - startSeconds)
      guard Console.error.isTerminal else { return Console.error.note(text) }
      let gap = String(repeating: " ", count: max(0, state.width - text.count))
      state.width = text.count
      try? Console.error.write("\r" + text + gap)
    }
  }

  /// Clears the line, so that what follows starts on a clean one.
  func finish() {
    state.withLock { state in
      guard state.width > 0, Console.error.isTerminal else { return }
      try? Console.error.write("\r" + String(repeating: " ", count: state.width) + "\r")
      state.width = 0
    }
  }

  private func line(_ progress: ConversionProgress, seconds: Double) -> String {
    let rate = Double(progress.bytesDone) / max(seconds, 0.001)
    let left = Double(progress.bytesTotal - progress.bytesDone) / max(rate, 1)
    return "\(byteText(progress.bytesDone)) of \(byteText(progress.bytesTotal)), "
      + "\(counted(progress.rowsRead, "row")), \(byteText(Int64(rate)))/s, "
      + "\(secondsText(max(left, 0))) left"
  }
}
