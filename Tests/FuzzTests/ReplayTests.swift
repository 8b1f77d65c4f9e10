import Base
import Foundation
import FuzzTargets
import Testing

private let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
  .deletingLastPathComponent().appending(path: "Fixtures/fuzz")

/// Inputs kept for a target: failures that were fixed, named for what went wrong, and a pack of
/// small inputs that reach everything.
private func inputs(_ target: FuzzTarget) throws -> [(name: String, bytes: Buffer<UInt8>)] {
  let files = try FileManager.default.contentsOfDirectory(
    at: fixtures.appending(path: target.rawValue), includingPropertiesForKeys: nil)
  return try files.sorted { $0.path < $1.path }.flatMap { file in
    let bytes = Buffer([UInt8](try Data(contentsOf: file)))
    let name = file.lastPathComponent
    guard file.pathExtension == "pack" else { return [(name, bytes)] }
    return try unpacked(bytes).enumerated().map { ("\(name) \($0)", $1) }
  }
}

@Suite("Fuzz targets: what they found before") struct ReplayTests {
  @Test(arguments: FuzzTarget.allCases) func `every kept input runs through`(
    target: FuzzTarget
  ) throws {
    let inputs = try inputs(target)
    #expect(inputs.count > 20)
    for input in inputs { target.run(input.bytes) }
  }

  @Test(arguments: FuzzTarget.allCases) func `random bytes run through`(target: FuzzTarget) {
    let seed = UInt64.random(in: 0 ... .max)
    print("\(target) seed \(seed)")  // Before the run: a trap leaves no chance after it.
    var random = SeededRandom(seed: seed)
    for _ in 0..<200 {
      let count = Int.random(in: 0...64, using: &random)
      target.run(Buffer((0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }))
    }
  }
}
