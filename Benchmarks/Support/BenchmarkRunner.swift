/// Runs benchmarks one after the other and prints a line for each.
///
///   --smoke          small inputs, two repeats: checks answers, times nothing of worth
///   --filter WORD    only benchmarks whose name contains WORD
///   --repeats N      measured repeats of each, 30 unless told
///
/// A repeat runs the body often enough to last a millisecond. The minimum is what the code costs;
/// the median tells how quiet the machine was. The best known figures come from a processor of
/// 4.1 GHz: the last column compares clock cycles with them, so that a slower clock does not count.
package struct BenchmarkRunner {
  package let isSmoke: Bool
  private let filter: String?
  private let repeatCount: Int
  private let gigahertz: Double
  private static let gigahertzOfBest = 4.1

  package init(_ arguments: [String] = CommandLine.arguments) {
    func value(of flag: String) -> String? {
      arguments.firstIndex(of: flag).flatMap { $0 + 1 < arguments.count ? arguments[$0 + 1] : nil }
    }
    isSmoke = arguments.contains("--smoke")
    filter = value(of: "--filter")
    repeatCount = isSmoke ? 2 : value(of: "--repeats").flatMap(Int.init) ?? 30
    gigahertz = clockGigahertz()
    print("clock: \(gigahertz.fixed) GHz; of the best known: \(Self.gigahertzOfBest.fixed) GHz")
    print(
      "kernel".padded(56), "ns/value".leftPadded(9), "median".leftPadded(8),
      "best known  cycles/best  hash")
  }

  /// Number of values to make: `full`, or few for a smoke run.
  package func size(_ full: Int, smoke: Int = 5_000) -> Int { isSmoke ? min(full, smoke) : full }

  package func isSelected(_ name: String) -> Bool { filter.map(name.contains) ?? true }

  /// Measures `body`, which handles `valueCount` values a call.
  ///
  /// - Parameters:
  ///   - best: nanoseconds a value that shared measurements call the best known.
  ///   - check: the hash of the last call's answer, or nil where the answer is wrong, which ends
  ///     the run.
  package func measure(
    _ name: String, valueCount: Int, best: Double? = nil, body: () throws -> Void,
    check: () -> UInt64?
  ) rethrows {
    try measure(
      name, valueCount: valueCount, best: best, without: {}, body: body, check: check)
  }

  /// The same, less what `body` does besides, such as finding the fields that it converts: the time
  /// of `other`, taken in turn.
  package func measure(
    _ name: String, valueCount: Int, best: Double? = nil, without other: () throws -> Void,
    body: () throws -> Void, check: () -> UInt64?
  ) rethrows {
    guard isSelected(name) else { return }
    try body()
    guard let hash = check() else {
      print("\(name): WRONG ANSWER")
      leave(1)
    }
    let once = try time(1, body)
    let iterations = isSmoke ? 1 : max(1, Int(1_000_000 / max(once, 1)))
    var (times, others): ([UInt64], [UInt64]) = ([], [])
    for _ in 0..<repeatCount {
      times.append(try time(iterations, body))
      others.append(try time(iterations, other))
    }
    times.sort()
    others.sort()
    func perValue(_ rank: Int) -> Double {
      (Double(times[rank]) - Double(others[rank])) / Double(iterations * max(valueCount, 1))
    }
    let (least, median) = (perValue(0), perValue(times.count / 2))
    let ratio = best.map { least * gigahertz / ($0 * Self.gigahertzOfBest) }
    print(
      name.padded(56), least.fixed.leftPadded(9), median.fixed.leftPadded(8),
      (best.map(\.fixed) ?? "-").leftPadded(10), (ratio.map(\.fixed) ?? "-").leftPadded(12),
      " " + String(hash, radix: 16))
  }

  private func time(_ iterations: Int, _ body: () throws -> Void) rethrows -> UInt64 {
    let start = threadNanoseconds()
    for _ in 0..<iterations { try body() }
    return threadNanoseconds() - start
  }
}

/// Measured by steps that wait for each other: a multiplication, three cycles on every processor
/// that the kernels are compiled for, and an exclusive or.
private func clockGigahertz() -> Double {
  let count = 1_000_000
  var best = UInt64.max
  var product: UInt64 = 3
  for _ in 0..<20 {
    let start = threadNanoseconds()
    for step in 0..<UInt64(count) { product = (product ^ step) &* 0x9E37_79B9_7F4A_7C15 }
    best = min(best, threadNanoseconds() - start)
  }
  // Whatever the product is, asking for it keeps the loop.
  return product == 0 ? 0 : 4 * Double(count) / Double(max(best, 1))
}

/// FNV-1a over words: enough to see that two runs gave the same answer.
package struct AnswerHash {
  package private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

  package init() {}

  package mutating func add(_ word: UInt64) { value = (value ^ word) &* 0x0000_0100_0000_01B3 }
}

/// SplitMix64: the same inputs in every run.
package struct BenchmarkRandom: RandomNumberGenerator {
  private var state: UInt64

  package init(seed: UInt64) { state = seed }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

extension String {
  fileprivate func padded(_ width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }

  fileprivate func leftPadded(_ width: Int) -> String {
    String(repeating: " ", count: max(0, width - count)) + self
  }
}

extension Double {
  /// Three decimals.
  fileprivate var fixed: String {
    let thousandths = Int((self * 1000).rounded())
    let rest = String(thousandths % 1000)
    return "\(thousandths / 1000)." + String(repeating: "0", count: 3 - rest.count) + rest
  }
}
