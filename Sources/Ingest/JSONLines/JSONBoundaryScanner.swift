package import Base
import CKernels

/// Finds where records end, over a text in pieces of any size, so that ranges begin at records.
///
/// `lines`: behind a newline. `values`: behind the bracket that closes a record, and behind a
/// newline between records. `array`: behind a comma between elements; none behind the end of the
/// array. Strings end with their line, and brackets that close nothing count for nothing, so that
/// what a damaged record does to the next ones is the same for the scanner and for
/// `JSONBatchParser`, and ranges stay exact.
package struct JSONBoundaryScanner: Sendable {
  package let layout: JSONLayout
  private let level: KernelLevel
  private var state = State()

  private struct State: Sendable {
    var isInside = false
    var isEscaped = false
    var depth: UInt64 = 0
    var hasEnded = false
  }

  /// For a text that begins at a record.
  package init(_ layout: JSONLayout, level: KernelLevel = .best) {
    self.layout = layout
    self.level = level
  }

  /// Takes all of `piece`. O(piece), at the speed of memory.
  package mutating func skip(_ piece: Buffer<UInt8>) { _ = scan(piece, finds: false) }

  /// Takes `piece` up to the first place in it where a record may begin. Returns that place, an
  /// offset in `piece` of at least 1; nil if there is none.
  package mutating func firstBoundary(in piece: Buffer<UInt8>) -> Int? {
    scan(piece, finds: true)
  }

  private mutating func scan(_ piece: Buffer<UInt8>, finds: Bool) -> Int? {
    if layout == .lines && !finds { return nil }
    // SAFETY: a buffer may be read 64 bytes past its end, and outlives the scan.
    return unsafe piece.withUnsafePointer { base in
      scan(unsafe TextPointer(base: base), count: piece.count, finds: finds)
    }
  }

  private mutating func scan(_ text: TextPointer, count: Int, finds: Bool) -> Int? {
    if layout == .lines {
      let newline = text.firstOffset(of: ASCII.lineFeed, in: 0..<count)
      return newline < count ? newline + 1 : nil
    }
    #if arch(x86_64)
      if level != .scalar { return scanBlocks(text, count, finds) }
    #endif
    for offset in 0..<count where take(text.byte(offset)) && finds { return offset + 1 }
    return nil
  }

  #if arch(x86_64)
    private mutating func scanBlocks(_ text: TextPointer, _ count: Int, _ finds: Bool) -> Int? {
      var raw = grebe_json_scan(
        inside: state.isInside ? .max : 0, escaped: state.isEscaped ? 1 : 0, depth: state.depth,
        ended: state.hasEnded ? 1 : 0)
      let mode: Int32 = layout.isArray ? 1 : 0
      var found: Int32 = 0
      // SAFETY: the kernels read `count` bytes, rounded up to a multiple of 64, which the padding
      // holds.
      let taken =
        level >= .avx2
        ? unsafe grebe_json_scan_avx2(text.base, count, mode, finds ? 1 : 0, &raw, &found)
        : unsafe grebe_json_scan_sse2(text.base, count, mode, finds ? 1 : 0, &raw, &found)
      state = State(
        isInside: raw.inside != 0, isEscaped: raw.escaped != 0, depth: raw.depth,
        hasEnded: raw.ended != 0)
      return found != 0 ? taken : nil
    }
  #endif

  /// Takes one byte; whether a record may begin behind it. The reference.
  private mutating func take(_ byte: UInt8) -> Bool {
    if state.hasEnded { return false }
    let wasEscaped = state.isEscaped
    state.isEscaped = byte == ASCII.backslash && !wasEscaped
    if byte == ASCII.lineFeed {
      state.isInside = false
      return !layout.isArray && state.depth == 0
    }
    if byte == ASCII.quote && !wasEscaped {
      state.isInside.toggle()
      return false
    }
    if state.isInside { return false }
    if byte | 0x20 == ASCII.openBrace {
      state.depth += 1
    } else if byte | 0x20 == ASCII.closeBrace {
      if layout.isArray && state.depth == 0 { state.hasEnded = true }
      if state.depth > 0 { state.depth -= 1 }
      return !layout.isArray && state.depth == 0
    } else if byte == ASCII.comma {
      return layout.isArray && state.depth == 0
    }
    return false
  }

  /// Where the damaged record at `start` ends by these rules: behind the first boundary, in arrays
  /// before its comma or the array's end. `values`: a record that begins with no bracket ends
  /// before one that does. Nil if the text ends first.
  static func recordEnd(
    _ text: TextPointer, from start: Int, count: Int, layout: JSONLayout
  ) -> Int? {
    var scanner = JSONBoundaryScanner(layout, level: .scalar)
    for offset in start..<count {
      let byte = text.byte(offset)
      let isOutside = !scanner.state.isInside && scanner.state.depth == 0
      if layout == .values && isOutside && byte | 0x20 == ASCII.openBrace && offset > start {
        return offset
      }
      if scanner.take(byte) { return layout.isArray ? offset : offset + 1 }
      if scanner.state.hasEnded { return offset }
    }
    return nil
  }
}
