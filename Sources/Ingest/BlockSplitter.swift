package import Base
import CKernels

// Cutting an input into ranges that workers parse on their own, exactly.
//
// Whether a newline ends a record depends on the number of quotes before it, back to the start of
// the input. So each range is scanned first, by any worker in any order, under both assumptions
// about where it begins; the parities, added up in order, say which assumption holds:
//
//     range            0        1        2        3
//     quotes           even     odd      odd      even
//     begins           outside  outside  inside   outside
//     first record     0        after the first newline that its assumption makes a record's end
//
// Invariant, to be checked by whoever parses: range i ends where range i + 1 starts, to the byte.
// It holds when every quote is where the grammar wants it. A stray quote within a field, or an
// unpaired one in a comment line, breaks it; then the input is parsed by one worker from the first
// range that did not end where it should.

/// What one range of bytes says about record boundaries, whatever came before it. Offsets count
/// from the range's start.
package struct RangeScan: Sendable, Equatable {
  /// The first newline if the range begins outside quotes, inside quotes; nil: there is none.
  package var firstNewlineIfOutside: Int?
  package var firstNewlineIfInside: Int?
  /// Whether the range holds an odd number of quotes.
  package var flipsQuotes: Bool

  /// Scans `range`. O(range).
  package init(_ range: Buffer<UInt8>, dialect: CSVDialect, level: KernelLevel = .best) {
    // SAFETY: a buffer may be read 64 bytes past its end, and outlives the scan.
    self = unsafe range.withUnsafePointer { base in
      let text = unsafe TextPointer(base: base)
      return RangeScan(text, count: range.count, dialect: dialect, level: level)
    }
  }

  package init(ifOutside: Int?, ifInside: Int?, flipsQuotes: Bool) {
    firstNewlineIfOutside = ifOutside
    firstNewlineIfInside = ifInside
    self.flipsQuotes = flipsQuotes
  }

  /// Reads up to 64 bytes past `count`.
  init(_ text: TextPointer, count: Int, dialect: CSVDialect, level: KernelLevel) {
    #if arch(x86_64)
      guard level != .scalar else {
        self.init(scalar: text, count: count, dialect: dialect)
        return
      }
      let kernelDialect = grebe_csv_dialect(dialect)
      let raw: grebe_csv_range
      // SAFETY: the kernels read `count` bytes, rounded up to a multiple of 64,
      // which the padding holds.
      if level >= .avx2 {
        unsafe raw = grebe_csv_scan_avx2(text.base, count, kernelDialect)
      } else {
        unsafe raw = grebe_csv_scan_sse2(text.base, count, kernelDialect)
      }
      self.init(
        ifOutside: Int(exactly: raw.first_if_outside), ifInside: Int(exactly: raw.first_if_inside),
        flipsQuotes: raw.quote_parity == 1)
    #else
      self.init(scalar: text, count: count, dialect: dialect)
    #endif
  }

  /// The reference: one byte a step.
  private init(scalar text: TextPointer, count: Int, dialect: CSVDialect) {
    self.init(ifOutside: nil, ifInside: nil, flipsQuotes: false)
    for offset in 0..<count {
      let byte = text.byte(offset)
      if byte == dialect.quote {
        flipsQuotes.toggle()
      } else if byte == dialect.newline {
        if flipsQuotes {
          firstNewlineIfInside = firstNewlineIfInside ?? offset
        } else {
          firstNewlineIfOutside = firstNewlineIfOutside ?? offset
        }
      }
    }
  }
}

/// Joins scans of adjacent ranges that began with `starts` into the ranges that workers parse.
///
/// - Parameters:
///   - dataStart: offset of the first record; `starts[0]` is not before it.
///   - starts: offsets of the scanned ranges, increasing; `end` is the end of the last.
/// - Returns: for each range the records that begin in it: they cover `dataStart ..< end` without
///   gap or overlap, and a range in which no record begins is empty. A record that begins at the
///   very start of a scanned range belongs to the range before, which sees the newline that ends
///   its predecessor.
package func recordRanges(
  _ scans: [RangeScan], starts: [Int], end: Int, dataStart: Int
) -> [Range<Int>] {
  precondition(scans.count == starts.count)
  var isInside = false
  var bounds = [dataStart]
  for (index, scan) in scans.enumerated() {
    if index > 0 {
      let newline = isInside ? scan.firstNewlineIfInside : scan.firstNewlineIfOutside
      bounds.append(newline.map { starts[index] + $0 + 1 } ?? -1)
    }
    if scan.flipsQuotes { isInside.toggle() }
  }
  bounds.append(end)
  // A range without a boundary begins where the next one does.
  for index in bounds.indices.reversed() where bounds[index] < 0 {
    bounds[index] = bounds[index + 1]
  }
  return scans.isEmpty ? [] : scans.indices.map { bounds[$0]..<bounds[$0 + 1] }
}
