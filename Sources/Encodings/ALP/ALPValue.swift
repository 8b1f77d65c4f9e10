// What FLOAT and DOUBLE differ in under ALP. parquet-format, AlpEncoding.md, "Encoding Formula".
import Base
import CKernels

/// A floating-point type with the integers it is turned into. Never a witness call: entries are
/// inlined for both.
protocol ALPValue: BinaryFloatingPoint, BitwiseCopyable {
  associatedtype Pattern: FixedWidthInteger & UnsignedInteger & BitwiseCopyable
  associatedtype Integer: FixedWidthInteger & SignedInteger & BitwiseCopyable

  /// Largest exponent; there is a power of ten for each exponent and factor up to it.
  static var exponentMax: Int { get }
  /// 10^n and 10^-n, each the nearest value to the decimal literal.
  static var powers: [Self] { get }
  static var inversePowers: [Self] { get }

  var pattern: Pattern { get }
  init(pattern: Pattern)

  /// The integer nearest to `self * 10^exponent * 10^-factor`, or nonsense where that is too large
  /// for one: the caller compares what it decodes to.
  func scaled(by power: Self, _ inverse: Self) -> Integer

  /// Decodes `count` integers of `width` bits, each `base` less than what it stands for.
  @unsafe
  static func decode(
    _ source: UnsafePointer<UInt8>, width: Int, count: Int, base: Integer, factor: Self,
    exponent: Self, into output: UnsafeMutablePointer<Self>, level: KernelLevel)
}

extension ALPValue {
  /// The normative decoding: two multiplications, never one by their product.
  @inline(__always)
  static func decoded(_ integer: Integer, factor: Self, exponent: Self) -> Self {
    Self(integer) * factor * exponent
  }

  /// The reference for `decode`.
  @inline(__always) @unsafe
  static func decodeScalar(
    _ source: UnsafePointer<UInt8>, width: Int, count: Int, base: Integer, factor: Self,
    exponent: Self, into output: UnsafeMutablePointer<Self>
  ) {
    // SAFETY: the caller's bytes and padding; `output` has room for `count`.
    var scratch = BufferBuilder<Int64>(capacity: 64)
    let integers = unsafe scratch.unsafeTail(64)
    var done = 0
    while done < count {
      let step = min(64, count &- done)
      unsafe unpackWords(
        source + done / 8 &* width, width: width, count: step, into: integers)
      for slot in 0..<step {
        let integer = unsafe Integer(truncatingIfNeeded: integers[slot]) &+ base
        unsafe output[done &+ slot] = decoded(integer, factor: factor, exponent: exponent)
      }
      done &+= step
    }
  }
}

extension Double: ALPValue {
  static let exponentMax = 18
  static let powers: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18,
  ]
  static let inversePowers: [Double] = [
    1e-0, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-11, 1e-12, 1e-13, 1e-14,
    1e-15, 1e-16, 1e-17, 1e-18,
  ]

  var pattern: UInt64 { bitPattern }
  init(pattern: UInt64) { self.init(bitPattern: pattern) }

  @inline(__always)
  func scaled(by power: Double, _ inverse: Double) -> Int64 {
    // 1.5 * 2^52: the sum's low bits are the nearest integer, for integers of up to 51 bits.
    let magic = 6_755_399_441_055_744.0
    let sum = self * power * inverse + magic
    return Int64(bitPattern: sum.bitPattern &- magic.bitPattern)
  }

  @unsafe
  static func decode(
    _ source: UnsafePointer<UInt8>, width: Int, count: Int, base: Int64, factor: Double,
    exponent: Double, into output: UnsafeMutablePointer<Double>, level: KernelLevel
  ) {
    // SAFETY: whole groups go to the kernel, the rest is less than one.
    var groupCount = 0
    #if arch(x86_64)
      if level == .avx512 {
        groupCount = count / 8
        unsafe grebe_alp_f64_avx512(
          source, UInt32(width), groupCount, base, factor, exponent, output)
      }
    #endif
    unsafe decodeScalar(
      source + groupCount &* width, width: width, count: count &- groupCount &* 8, base: base,
      factor: factor, exponent: exponent, into: output + groupCount &* 8)
  }
}

extension Float: ALPValue {
  static let exponentMax = 10
  static let powers: [Float] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10]
  static let inversePowers: [Float] = [
    1e-0, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10,
  ]

  var pattern: UInt32 { bitPattern }
  init(pattern: UInt32) { self.init(bitPattern: pattern) }

  @inline(__always)
  func scaled(by power: Float, _ inverse: Float) -> Int32 {
    // In double precision, where 32 bits leave room for the rounding.
    let magic = 6_755_399_441_055_744.0
    let sum = Double(self * power * inverse) + magic
    return Int32(truncatingIfNeeded: sum.bitPattern &- magic.bitPattern)
  }

  @unsafe
  static func decode(
    _ source: UnsafePointer<UInt8>, width: Int, count: Int, base: Int32, factor: Float,
    exponent: Float, into output: UnsafeMutablePointer<Float>, level: KernelLevel
  ) {
    // SAFETY: as above, and an even number of groups.
    var groupCount = 0
    #if arch(x86_64)
      if level == .avx512 && width <= 25 {
        groupCount = count / 16 * 2
        unsafe grebe_alp_f32_avx512(
          source, UInt32(width), groupCount, base, factor, exponent, output)
      }
    #endif
    unsafe decodeScalar(
      source + groupCount &* width, width: width, count: count &- groupCount &* 8, base: base,
      factor: factor, exponent: exponent, into: output + groupCount &* 8)
  }
}

/// `count` values of `width` bits, 0...64, from `source` on.
@inline(__always) @unsafe
private func unpackWords(
  _ source: UnsafePointer<UInt8>, width: Int, count: Int, into output: UnsafeMutablePointer<Int64>
) {
  // SAFETY: a load starts before its value's end and reads at most 9 bytes.
  let mask = width == 0 ? 0 : UInt64.max &>> UInt64(64 &- width)
  let bytes = unsafe UnsafeRawPointer(source)
  for slot in 0..<count {
    let bit = slot &* width
    let shift = UInt64(bit & 7)
    let word = unsafe UInt64(
      littleEndian: bytes.loadUnaligned(fromByteOffset: bit &>> 3, as: UInt64.self))
    // A shift of 64 is no shift in wrapping arithmetic: two steps reach it.
    let high = unsafe (UInt64(source[(bit &>> 3) &+ 8]) &<< 1) &<< (63 &- shift)
    unsafe output[slot] = Int64(bitPattern: ((word &>> shift) | high) & mask)
  }
}
