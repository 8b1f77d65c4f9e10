import Base
import FuzzTargets
import Glibc

/// Writes the seeds that `target` makes of the files at `paths`, and those in packs, into `folder`,
/// named by number.
func writeSeeds(of target: FuzzTarget, from paths: [String], into folder: String) {
  var number = 0
  for path in paths {
    guard let file = readFile(path) else { continue }
    let isPack = path.utf8.suffix(5).elementsEqual(".pack".utf8)
    for seed in isPack ? (try? unpacked(file)) ?? [] : target.seeds(from: file) {
      writeFile("\(folder)/seed-\(number)", seed)
      number += 1
    }
  }
}

/// Packs the inputs at `paths` into one file.
func writePack(of paths: [String], at path: String) {
  writeFile(path, packed(paths.sorted().compactMap(readFile)))
}

private func readFile(_ path: String) -> Buffer<UInt8>? {
  guard let file = fopen(path, "rb") else { return nil }
  defer { fclose(file) }
  var bytes = BufferBuilder<UInt8>()
  while true {
    let count = fread(bytes.unsafeTail(1 << 16), 1, 1 << 16, file)
    if count == 0 { return bytes.freeze() }
    bytes.advance(by: count)
  }
}

private func writeFile(_ path: String, _ bytes: Buffer<UInt8>) {
  guard let file = fopen(path, "wb") else { return }
  bytes.withUnsafePointer { _ = fwrite($0, 1, bytes.count, file) }
  fclose(file)
}
