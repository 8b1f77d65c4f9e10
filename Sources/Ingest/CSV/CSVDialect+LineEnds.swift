package import Base

/// What a CR means that no LF follows, in a text whose lines end with LF.
package enum CarriageRole: Sendable, Hashable {
  /// It is a byte of a field.
  case text
  /// The same; but a record that is none, and whose parts between such CRs are records, is those.
  case mayEndLine
  /// It ends a line, and so do CR LF, and CR CR LF, which is what a CR LF becomes that is written
  /// to a file in text mode.
  case endsLine
}

extension CSVDialect {
  /// Whether lines end with LF, CR LF or CR, and may differ in that.
  package var endsAtCarriage: Bool { carriage == .endsLine }

  /// Whether a byte outside quotes ends a line, perhaps with bytes behind it.
  func endsLine(_ byte: UInt8) -> Bool {
    byte == newline || endsAtCarriage && byte == ASCII.carriageReturn
  }

  /// Where the line end at `offset` is over; nil: only more text tells.
  ///
  /// - Parameters:
  ///   - count: of the bytes that are there.
  ///   - isEnd: whether there are no more.
  @inline(__always)
  func pastLineEnd(_ offset: Int, count: Int, isEnd: Bool, byte: (Int) -> UInt8) -> Int? {
    guard endsAtCarriage && byte(offset) == ASCII.carriageReturn else { return offset + 1 }
    for next in offset + 1...offset + 2 {
      if next == count { return isEnd ? offset + 1 : nil }
      if byte(next) == ASCII.lineFeed { return next + 1 }
      if byte(next) != ASCII.carriageReturn { break }
    }
    return offset + 1
  }

  /// Line ends in `range`, which begins behind one and does not end within one.
  ///
  /// - Complexity: O(bytes).
  func lineCount(_ text: TextPointer, in range: Range<Int>) -> Int {
    guard endsAtCarriage else { return text.count(of: newline, in: range) }
    var counter = LineCounter(self)
    for offset in range { counter.take(text.byte(offset)) }
    return counter.count
  }
}

/// Counts the line ends of adjacent texts, wherever these were cut.
package struct LineCounter {
  package private(set) var count = 0
  private let newline: UInt8
  private let endsAtCarriage: Bool
  /// CRs right before the next byte, two at most.
  private var carriageCount = 0

  package init(_ dialect: CSVDialect) {
    newline = dialect.newline
    endsAtCarriage = dialect.endsAtCarriage
  }

  /// Lines that end with LF.
  package init() {
    newline = ASCII.lineFeed
    endsAtCarriage = false
  }

  package mutating func take(_ text: Buffer<UInt8>) {
    guard endsAtCarriage else {
      count += Base.count(of: newline, in: text)
      return
    }
    let bytes = text.span
    for index in bytes.indices { take(bytes[index]) }
  }

  /// Every CR counts until an LF shows that it is a part of its line end.
  fileprivate mutating func take(_ byte: UInt8) {
    switch byte {
    case ASCII.lineFeed:
      count += 1 - carriageCount
      carriageCount = 0
    case ASCII.carriageReturn:
      count += 1
      carriageCount = min(carriageCount + 1, 2)
    default: carriageCount = 0
    }
  }
}
