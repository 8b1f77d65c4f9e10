import Base
import Foundation
import FuzzTargets
import Parquet
import Testing

/// Reading a damaged file takes no more than this and what the codec can expand: `Codec`
/// bounds that, by 1100 times for gzip, 32 768 for zstd, and what is really there for brotli.
private let memoryMaxBytes = 32 << 20
/// A read that takes longer than this hangs, whatever the machine.
private let readMaxSeconds = 10.0

/// Other damage in every run: `GREBE_SEED` of a failing one repeats it.
private let runSeed: UInt64 = {
  let given = ProcessInfo.processInfo.environment["GREBE_SEED"].flatMap { UInt64($0) }
  let seed = given ?? .random(in: 0 ... .max)
  print("DamagedFileTests: GREBE_SEED=\(seed)")  // Before the tests: a trap leaves no chance after.
  return seed
}()

@Suite("Hostile: small files, damaged") struct DamagedFileTests {
  @Test func `there are eleven files of different kinds`() {
    #expect(HostileFile.all.count == 11)
    #expect(HostileFile.all.allSatisfy { $0.bytes.count < 2048 })
  }

  /// A page that the writer stores otherwise one day would be damaged by no test.
  @Test func `Grebe's own file has what only its newest profile writes`() throws {
    let bytes = Buffer(try #require(HostileFile.modern).bytes)
    let metadata = try parseFooter(bytes)
    var chunks: [String: ColumnMetaData] = [:]
    for leaf in metadata.tree.leaves {
      let chunk = metadata.rowGroups[0].chunk(leaf: leaf.index)
      #expect(chunk.columnIndexOffset != nil && chunk.offsetIndexOffset != nil)
      chunks[leaf.path.joined(separator: ".")] = chunk.metadata
    }
    #expect(chunks["d"]?.encodings.contains(.alp) == true)
    #expect(chunks["b"]?.encodings.contains(.rle) == true)
    #expect(chunks["v.metadata"] != nil && chunks["v.value"] != nil)
    #expect(
      chunks.values.allSatisfy { $0.encodingStats?.contains { $0.pageType == .dataV2 } == true })
    #expect(metadata.tree.leaves.contains { $0.element.annotation == .uuid })
  }

  @Test(arguments: HostileFile.all) func `the intact file has no fault`(file: HostileFile) {
    let contents = readEverything(Buffer(file.bytes))
    #expect(contents.errors.isEmpty)
    #expect(contents.valueCount >= 24)
  }

  @Test(arguments: HostileFile.all) func `every truncation is refused`(file: HostileFile) {
    for count in 0..<file.bytes.count {
      let contents = readEverything(file.truncated(to: count))
      #expect(!contents.errors.isEmpty, "\(count) bytes")
    }
  }

  @Test(arguments: HostileFile.all) func `every changed byte gives an error or rows`(
    file: HostileFile
  ) {
    var random = SeededRandom(seed: runSeed)
    for index in file.bytes.indices {
      for value in file.otherValues(at: index, &random) {
        check(file.setting(index, to: value), "GREBE_SEED=\(runSeed): byte \(index) is \(value)")
      }
    }
  }

  @Test(arguments: HostileFile.all) func `several changed bytes give an error or rows`(
    file: HostileFile
  ) {
    var random = SeededRandom(seed: runSeed &+ 1)
    for round in 0..<file.bytes.count / 2 {
      check(file.damaged(&random), "GREBE_SEED=\(runSeed): round \(round)")
    }
  }

  @Test(arguments: HostileFile.all) func `every lost byte gives an error or rows`(
    file: HostileFile
  ) {
    for index in file.bytes.indices { check(file.removing(index), "without byte \(index)") }
  }

  private func check(_ bytes: Buffer<UInt8>, _ comment: Comment) {
    let start = ContinuousClock.now
    let contents = readEverything(bytes)
    #expect(ContinuousClock.now - start < .seconds(readMaxSeconds), comment)
    for error in contents.errors {
      #expect(!error.message.isEmpty, comment)
      // A page's place is whole; the footer's is an offset, or the element of the schema by name.
      if error.location.page != nil {
        #expect(error.location.rowGroup != nil, comment)
        #expect(error.location.column != nil, comment)
        #expect(error.location.offset != nil, comment)
      }
    }
  }

  /// The child may have `memoryMaxBytes` more than it has before the first damaged file: an
  /// allocation past it fails, and that ends the child.
  @Test func `memory stays within the bound`() async {
    await #expect(processExitsWith: .success) {
      for file in HostileFile.all { _ = readEverything(Buffer(file.bytes)) }
      try limitMemory(toMore: memoryMaxBytes)
      for file in HostileFile.all {
        for index in file.bytes.indices {
          _ = readEverything(file.setting(index, to: ~file.bytes[index]))
          _ = readEverything(file.setting(index, to: file.bytes[index] ^ 0x40))
        }
      }
    }
  }

  @Test func `the bound on memory is one`() async {
    await #expect(processExitsWith: .failure) {
      try limitMemory(toMore: memoryMaxBytes)
      let builder = BufferBuilder<UInt8>(capacity: 2 * memoryMaxBytes)
      _ = builder.freeze()
    }
  }
}
