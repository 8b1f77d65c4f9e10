import Base

/// Standard output and standard error. Results go to the first, everything else to the second.
struct Console: Sendable {
  static let output = Console(descriptor: 1)
  static let error = Console(descriptor: 2)

  private let descriptor: Int32

  private init(descriptor: Int32) { self.descriptor = descriptor }

  var isTerminal: Bool { platformIsTerminal(descriptor) }

  /// - Throws: `ExitError` with status 74 when the reader has gone or the disk is full.
  func write(_ text: String) throws(ExitError) {
    var text = text
    // SAFETY: `bytes` lives as long as the call that writes it.
    try check(text.withUTF8 { bytes in unsafe platformWrite(descriptor, bytes) })
  }

  /// As `write(_: String)`.
  func write(_ bytes: Buffer<UInt8>) throws(ExitError) {
    // SAFETY: the buffer holds `count` bytes, and lives as long as the call that writes them.
    let failure = unsafe bytes.withUnsafePointer { start in
      unsafe platformWrite(descriptor, UnsafeBufferPointer(start: start, count: bytes.count))
    }
    try check(failure)
  }

  private func check(_ failure: WriteFailure?) throws(ExitError) {
    switch failure {
    case nil: break
    case .readerGone: throw ExitError(status: .readerGone, message: "")
    case .refused(let words):
      throw ExitError(status: .io, message: "cannot write the output: \(words)")
    }
  }

  func line(_ text: String = "") throws(ExitError) { try write(text + "\n") }

  /// Writes what `body` hands to its sink, in blocks.
  func write(
    _ body: (_ sink: (String) throws(ExitError) -> Void) throws(ExitError) -> Void
  ) throws(ExitError) {
    var block = ""
    try body { (piece) throws(ExitError) in
      block += piece
      if block.utf8.count >= Console.blockSizeBytes {
        try write(block)
        block = ""
      }
    }
    if !block.isEmpty { try write(block) }
  }

  private static let blockSizeBytes = 1 << 16

  func lines(_ lines: some Sequence<String>) throws(ExitError) {
    try write { (sink) throws(ExitError) in
      for line in lines { try sink(line + "\n") }
    }
  }

  /// A note that must not change how the command ends.
  func note(_ text: String) { try? line(text) }
}
