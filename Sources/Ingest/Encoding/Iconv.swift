import CIconv

/// A conversion of the C library from an encoding that it knows by name to UTF-8.
@safe
final class Iconv {
  private let descriptor: iconv_t

  /// Nil when the C library does not know `name`.
  init?(_ name: String) {
    // SAFETY: iconv_open takes two C strings, and says with -1 that it has no such conversion.
    guard !name.isEmpty, !name.utf8.contains(0),
      let opened = unsafe iconv_open("UTF-8", name), Int(bitPattern: opened) != -1
    else { return nil }
    unsafe descriptor = unsafe opened
  }

  // SAFETY: opened by `init`, closed once.
  deinit { unsafe _ = iconv_close(descriptor) }

  /// Bytes that a conversion holds back, at most: a character that the next one may change.
  static let heldBytesMax = 16

  /// Writes what the conversion holds back at the end of a text; returns its bytes.
  @unsafe
  func finish(_ output: UnsafeMutableRawBufferPointer) -> Int {
    // SAFETY: the library gets the size of the output with its address.
    var target = unsafe output.baseAddress?.assumingMemoryBound(to: UInt8.self)
    var targetCount = output.count
    _ = unsafe grebe_iconv_flush(descriptor, &target, &targetCount)
    return output.count - targetCount
  }

  enum Stop { case inputUsedUp, outputFull, badByte, cutOff }

  /// Converts what fits; returns why it stopped, and the bytes used up and made.
  @unsafe
  func convert(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) -> (stop: Stop, consumed: Int, written: Int) {
    // SAFETY: the library gets the sizes of both sides with their addresses, and only reads the
    // input.
    var source = unsafe input.baseAddress?.assumingMemoryBound(to: UInt8.self)
    var sourceCount = input.count
    var target = unsafe output.baseAddress?.assumingMemoryBound(to: UInt8.self)
    var targetCount = output.count
    let status = unsafe grebe_iconv(descriptor, &source, &sourceCount, &target, &targetCount)
    let stop: Stop =
      switch status {
      case 0: .inputUsedUp
      case E2BIG: .outputFull
      case EINVAL: .cutOff
      default: .badByte
      }
    return (stop, input.count - sourceCount, output.count - targetCount)
  }
}
