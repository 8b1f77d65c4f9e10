import Base
import Foundation
import Testing

@testable import Compression

/// Two members or frames of `numbers.csv`, as the format's own command writes them.
private func fixture(_ ending: String) throws -> Buffer<UInt8> {
  let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  let name = "numbers.csv" + (ending.isEmpty ? "" : "." + ending)
  return Buffer(
    [UInt8](try Data(contentsOf: folder.appending(path: "Fixtures/compressed/\(name)"))))
}

private func compressed(_ codec: StreamCodec) throws -> Buffer<UInt8> {
  try fixture(codec.fileEndings[0])
}

/// Everything that `input` holds, taken in pieces of `inputBytes` with room for `outputBytes` each.
private func decoded(
  _ input: Buffer<UInt8>, _ codec: StreamCodec, inputBytes: Int = .max, outputBytes: Int = 1 << 16
) throws -> Buffer<UInt8> {
  let decoder = try StreamDecoder(codec)
  var output = BufferBuilder<UInt8>()
  var start = 0
  while true {
    let end = min(
      input.count,
      start.addingReportingOverflow(inputBytes).overflow
        ? .max : start + inputBytes)
    let before = output.count
    let piece = input.slice(start..<end)
    start += try decoder.decode(piece.bytes, into: &output, limit: outputBytes)
    if start == input.count && output.count == before { break }
  }
  try decoder.finish()
  return output.take()
}

@Suite("Compressed files") struct StreamDecoderTests {
  @Test(arguments: StreamCodec.allCases)
  func `members and frames are one text, in pieces of any size, in`(codec: StreamCodec) throws {
    let input = try compressed(codec)
    let text = try fixture("")
    for inputBytes in [1, 2, 3, 7, 64, 1000, input.count] {
      for outputBytes in [1, 5, 4096, 1 << 16] {
        #expect(
          try decoded(input, codec, inputBytes: inputBytes, outputBytes: outputBytes) == text)
      }
    }
  }

  @Test(arguments: StreamCodec.allCases)
  func `a file that is cut short anywhere is refused, or is its first half, in`(
    codec: StreamCodec
  ) throws {
    let input = try compressed(codec)
    let text = try fixture("")
    for count in 1..<input.count {
      do {
        let half = try decoded(input.slice(0..<count), codec)
        #expect(half.count == text.count / 2 && half == text.slice(0..<half.count))
      } catch {
        #expect(error is CompressionFault)
      }
    }
  }

  @Test(arguments: StreamCodec.allCases)
  func `no single damaged byte traps, hangs or yields more than memory holds, in`(
    codec: StreamCodec
  ) throws {
    let input = [UInt8](try compressed(codec))
    for index in input.indices {
      var damaged = input
      damaged[index] ^= 0x41
      let result = try? decoded(Buffer(damaged), codec)
      if let result { #expect(result.count < 1 << 24) }
    }
  }

  @Test(arguments: [StreamCodec.gzip, .bzip2])
  func `zeros behind the last member are padding, anything else is damage in`(
    codec: StreamCodec
  ) throws {
    let whole = [UInt8](try compressed(codec))
    let text = try fixture("")
    for inputBytes in [1, 13, whole.count] {
      let padded = Buffer(whole + [0, 0, 0, 0])
      #expect(try decoded(padded, codec, inputBytes: inputBytes) == text)
      for tail in [Array("3,c\n".utf8), [0, 0, 0, 7]] {
        #expect(throws: CompressionFault.malformed) {
          try decoded(Buffer(whole + tail), codec, inputBytes: inputBytes)
        }
      }
    }
  }

  @Test func `formats are told apart by their first bytes`() throws {
    for codec in StreamCodec.allCases {
      #expect(StreamCodec(head: [UInt8](try compressed(codec).slice(0..<10))) == codec)
    }
    #expect(StreamCodec(head: Array("BZhave,a,look".utf8)) == nil)
    #expect(StreamCodec(head: Array("id,name".utf8)) == nil)
    #expect(StreamCodec(head: []) == nil)
  }
}
