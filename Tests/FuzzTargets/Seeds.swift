package import Base
import Compression
import Encodings
import Parquet

extension FuzzTarget {
  /// Inputs that reach far into this target, made from a sound Parquet file.
  package func seeds(from file: Buffer<UInt8>) -> [Buffer<UInt8>] {
    switch self {
    case .file: [file]
    case .footer: footerSeeds(file)
    case .pages: pageSeeds(file)
    case .levels: levelSeeds(sample(file))
    case .encodings: encodingSeeds(sample(file))
    case .codecs: codecSeeds(sample(file))
    case .json: jsonSeeds().map { Buffer($0) }
    case .csv: csvSeeds().map { Buffer($0) }
    case .writer: writerSeeds(sample(file))
    case .pruning: pruningSeeds(file)
    }
  }
}

/// A few hundred bytes out of the middle.
private func sample(_ file: Buffer<UInt8>) -> Buffer<UInt8> {
  let start = file.count / 3
  return file.slice(start..<min(file.count, start + 400))
}

private func seed(_ choices: Int..., bytes: Buffer<UInt8>) -> Buffer<UInt8> {
  var output = ByteWriter()
  for choice in choices { output.append(UInt8(truncatingIfNeeded: choice)) }
  output.append(bytes)
  return output.freeze()
}

/// Every profile, leaf and shape once.
private func writerSeeds(_ sample: Buffer<UInt8>) -> [Buffer<UInt8>] {
  LeafChoice.all.indices.map { leaf in
    seed(leaf, leaf, 20, leaf * 5, 1, leaf, leaf, leaf + 7, leaf + 1, 30, 150, bytes: sample)
  }
}

private func pruningSeeds(_ file: Buffer<UInt8>) -> [Buffer<UInt8>] {
  (0..<8).map { kind in
    var output = ByteWriter()
    for index in 0..<32 { output.append(UInt8(truncatingIfNeeded: kind * 37 + index * kind)) }
    output.append(file)
    return output.freeze()
  }
}

private func footerSeeds(_ file: Buffer<UInt8>) -> [Buffer<UInt8>] {
  guard let metadata = try? parseFooter(file), file.count > 8 else { return [] }
  let sizeBytes = (0..<4).reduce(0) { $0 | Int(file[file.count - 8 + $1]) << (8 * $1) }
  let end = file.count - 8
  var seeds = [seed(0, bytes: file.slice(max(0, end - sizeBytes)..<end))]
  for group in metadata.rowGroups.prefix(1) {
    for leaf in metadata.tree.leaves.prefix(8) {
      if let range = try? group.byteRange(leaf: leaf.index) {
        let start = Int(range.lowerBound)
        seeds.append(seed(1, bytes: file.slice(start..<min(start + 120, Int(range.upperBound)))))
      }
      let chunk = group.chunk(leaf: leaf.index)
      for (kind, offset, size) in [
        (2, chunk.offsetIndexOffset, chunk.offsetIndexSizeBytes),
        (3, chunk.columnIndexOffset, chunk.columnIndexSizeBytes),
      ] {
        guard let offset, let size, size > 0, Int(offset) + Int(size) <= file.count else {
          continue
        }
        seeds.append(seed(kind, bytes: file.slice(Int(offset)..<Int(offset) + Int(size))))
      }
    }
  }
  return seeds
}

private func pageSeeds(_ file: Buffer<UInt8>) -> [Buffer<UInt8>] {
  guard let metadata = try? parseFooter(file) else { return [] }
  var seeds: [Buffer<UInt8>] = []
  for group in metadata.rowGroups.prefix(2) {
    for leaf in metadata.tree.leaves.prefix(32) where leaf.maxDefinition <= 1 {
      guard let chunk = group.chunk(leaf: leaf.index).metadata, chunk.valueCount <= 0xFFFF,
        let range = try? group.byteRange(leaf: leaf.index), range.count <= 4096,
        range.upperBound <= file.count
      else { continue }
      let element = leaf.element
      let repetition: Int =
        switch element.repetition {
        case .required: 1
        case .repeated: 2
        default: 0
        }
      seeds.append(
        seed(
          Int(leaf.type.rawValue), element.convertedType.map { Int($0.rawValue) + 1 } ?? 0,
          repetition, Int(chunk.codec.rawValue), Int(chunk.valueCount), Int(chunk.valueCount >> 8),
          Int(element.typeLength ?? 0), Int(element.precision ?? 0), 63,
          bytes: file.slice(Int(range.lowerBound)..<Int(range.upperBound))))
    }
  }
  return seeds
}

private func levelSeeds(_ sample: Buffer<UInt8>) -> [Buffer<UInt8>] {
  [1, 2, 3, 8].flatMap { width in
    let mask = UInt32(1) << UInt32(width) - 1
    let levels = Buffer((0..<sample.count).map { UInt32(sample[$0]) & mask })
    var output = ByteWriter()
    appendRLEBitPacked(levels.span, bitWidth: width, to: &output)
    let bytes = output.freeze()
    let low = levels.count & 0xFF
    let high = levels.count >> 8
    return [
      seed(0, width, 12, low, high, bytes: bytes), seed(1, width, 12, low, high, bytes: bytes),
      seed(2, width, 0, 0, 0, bytes: sample),
    ]
  }
}

private func encodingSeeds(_ sample: Buffer<UInt8>) -> [Buffer<UInt8>] {
  let numbers = Buffer((0..<sample.count).map { Int64(sample[$0]) << Int64(sample[$0] % 50) })
  let lengths = Buffer((0..<40).map { Int32($0 % 9) })
  let prefixes = Buffer((0..<40).map { Int32($0 % 4 == 3 ? 2 : 0) })
  var deltas = ByteWriter()
  appendDeltaBinaryPacked(numbers.span, to: &deltas)
  var byteArrays = ByteWriter()
  appendDeltaBinaryPacked(lengths.span, to: &byteArrays)
  byteArrays.append(sample)
  let suffixes = byteArrays.freeze()
  var shared = ByteWriter()
  appendDeltaBinaryPacked(prefixes.span, to: &shared)
  shared.append(suffixes)
  var plain = ByteWriter()
  for length in 0..<20 {
    plain.appendInteger(UInt32(length))
    plain.append(sample.slice(0..<min(length, sample.count)))
  }
  let count = numbers.count
  let deltaPage = deltas.freeze()
  return [
    seed(0, 0, 30, count & 0xFF, count >> 8, bytes: deltaPage),
    seed(1, 0, 6, 40, 0, bytes: suffixes), seed(2, 0, 6, 40, 0, bytes: shared.freeze()),
    seed(3, 0, 6, 20, 0, bytes: plain.freeze()),
    seed(12, 0, 6, 40, 0, bytes: alpPage(4)), seed(12, 1, 6, 40, 0, bytes: alpPage(8)),
    seed(14, 0, 30, count & 0xFF, count >> 8, bytes: deltaPage),
  ] + (4..<14).filter { $0 != 12 }.map { seed($0, 7, 6, 40, 0, bytes: sample) }
}

private func alpPage(_ valueBytes: Int) -> Buffer<UInt8> {
  var values = ByteWriter()
  for index in 0..<40 {
    let value = index % 9 == 7 ? 1.0 / 3 : Double(index) * 0.25
    if valueBytes == 8 {
      values.appendInteger(value.bitPattern)
    } else {
      values.appendInteger(Float(value).bitPattern)
    }
  }
  var output = ByteWriter()
  appendALP(values.freeze().bytes, valueBytes: valueBytes, to: &output)
  return output.freeze()
}

private func codecSeeds(_ sample: Buffer<UInt8>) -> [Buffer<UInt8>] {
  let codecs: [Codec] = [.none, .snappy, .gzip(), .zstd(), .brotli(level: 1), .lz4Raw]
  let size = sample.count
  var seeds = codecs.enumerated().compactMap { index, codec -> Buffer<UInt8>? in
    var output = ByteWriter()
    guard (try? Compressor(codec).compress(sample.bytes, into: &output)) != nil else { return nil }
    return seed(index, 0, size & 0xFF, size >> 8, bytes: output.freeze())
  }
  var block = ByteWriter()
  _ = try? Compressor(.lz4Raw).compress(sample.bytes, into: &block)
  var framed = ByteWriter()
  framed.appendInteger(UInt32(size).byteSwapped)
  framed.appendInteger(UInt32(block.count).byteSwapped)
  framed.append(block.freeze())
  seeds.append(seed(6, 0, size & 0xFF, size >> 8, bytes: framed.freeze()))
  return seeds
}
