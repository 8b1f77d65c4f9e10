package import Base

/// What the fuzzers run. Every target takes any bytes and returns; whatever else happens is a bug:
/// a trap, memory that is not its own, a hang, an allocation past its bound, or two ways to one
/// result that differ.
///
/// tools/fuzz links these against libFuzzer; FuzzTests replays Tests/Fixtures/fuzz through them.
package enum FuzzTarget: String, CaseIterable, Sendable {
  /// Thrift: the footer, page headers and page indexes.
  case footer
  /// Repetition and definition levels, and the nulls they make.
  case levels
  /// Every value decoder and encoder.
  case encodings
  /// Every codec, both ways.
  case codecs
  /// The pages of one chunk, under any type and codec.
  case pages
  /// A whole file.
  case file
  /// JSON records: layouts, inference, parsing.
  case json
  /// Delimited text: dialects, inference, parsing, cutting.
  case csv
  /// Rows to a file and back, in every type, storage and layout.
  case writer
  /// Statistics, page indexes and bloom filters of a whole file, asked by conditions.
  case pruning

  package func run(_ input: Buffer<UInt8>) {
    var source = FuzzInput(input)
    switch self {
    case .footer: fuzzFooter(&source)
    case .levels: fuzzLevels(&source)
    case .encodings: fuzzEncodings(&source)
    case .codecs: fuzzCodecs(&source)
    case .pages: fuzzPages(&source)
    case .file: fuzzFile(input)
    case .json: fuzzJSON(&source)
    case .csv: fuzzCSV(&source)
    case .writer: fuzzWriter(&source)
    case .pruning: fuzzPruning(&source)
    }
  }
}

/// Choices at the front of an input; zeroes once it is used up.
struct FuzzInput {
  private var bytes: Buffer<UInt8>
  private var offset = 0

  init(_ bytes: Buffer<UInt8>) { self.bytes = bytes }

  mutating func byte() -> Int {
    guard offset < bytes.count else { return 0 }
    defer { offset += 1 }
    return Int(bytes[offset])
  }

  mutating func choice<T>(_ choices: [T]) -> T { choices[byte() % choices.count] }

  /// A number below 65 536.
  mutating func short() -> Int { byte() | byte() << 8 }

  /// What follows the first `count` bytes, which alone are choices from then on.
  mutating func after(_ count: Int) -> Buffer<UInt8> {
    let count = min(count, bytes.count)
    let rest = bytes.slice(count..<bytes.count)
    bytes = bytes.slice(0..<count)
    return rest
  }

  /// What the choices left.
  var rest: Buffer<UInt8> { bytes.slice(offset..<bytes.count) }
}

/// Room for exactly `count` elements: unlike a `BufferBuilder` it has no padding, so that a
/// sanitizer sees the first byte that is written past the end.
@safe
struct ExactRoom<Element: BitwiseCopyable>: ~Copyable {
  let count: Int
  private let base: UnsafeMutablePointer<Element>

  init(_ count: Int) {
    self.count = count
    // SAFETY: freed in `deinit` alone.
    unsafe base = .allocate(capacity: count)
  }

  // SAFETY: allocated in `init`.
  deinit { unsafe base.deallocate() }

  /// For `extra` elements from `index` on.
  @unsafe
  func tail(_ index: Int) -> UnsafeMutablePointer<Element> {
    // SAFETY: within the allocation, or at its end.
    precondition(index >= 0 && index <= count)
    return unsafe base + index
  }

  /// The first `written` elements, which were stored.
  func elements(_ written: Int) -> [Element] {
    // SAFETY: within the allocation; the caller stored them.
    precondition(written <= count)
    return unsafe Array(UnsafeBufferPointer(start: base, count: written))
  }
}

/// Decodes `count` elements into exact room, at most `step` at once.
func decodeInSteps<Element: BitwiseCopyable>(
  _ count: Int, step: Int,
  _ decode: (_ count: Int, _ output: UnsafeMutablePointer<Element>) throws(DecodingFault) -> Void
) throws(DecodingFault) -> [Element] {
  let room = ExactRoom<Element>(count)
  var done = 0
  while done < count {
    let next = min(step, count - done)
    // SAFETY: the room has `next` more.
    try unsafe decode(next, room.tail(done))
    done += next
  }
  return room.elements(count)
}
