import Base
import Parquet

/// input := which structure, Thrift
///
/// What is read, written, read and written again is the same: only fields that are not written,
/// such as unknown ones, are lost, and they the first time.
func fuzzFooter(_ input: inout FuzzInput) {
  let kind = input.byte() % 4
  let bytes = input.rest
  switch kind {
  case 0: fuzzFileMetaData(bytes)
  case 1: checkRereading(PageHeader.self, bytes)
  case 2: checkRereading(OffsetIndex.self, bytes)
  default: checkRereading(ColumnIndex.self, bytes)
  }
}

private func fuzzFileMetaData(_ bytes: Buffer<UInt8>) {
  checkRereading(FileMetaData.self, bytes)
  var reader = ThriftReader(bytes.bytes)
  guard let file = try? FileMetaData(from: &reader),
    let metadata = try? ParquetMetadata(file, fileSizeBytes: 1 << 30)
  else { return }
  for group in metadata.rowGroups {
    _ = group.sizeBytes
    for leaf in metadata.tree.leaves {
      _ = group.statistics(leaf: leaf)
      if let range = try? group.byteRange(leaf: leaf.index) {
        precondition(range.lowerBound >= 0 && range.upperBound <= 1 << 30)
      }
    }
  }
}

private func checkRereading<T: ThriftReadable & ThriftWritable>(
  _ type: T.Type, _ bytes: Buffer<UInt8>
) {
  var reader = ThriftReader(bytes.bytes)
  guard let value = try? T(from: &reader) else { return }
  precondition(reader.offset <= bytes.count)
  let once = written(value)
  var again = ThriftReader(once.bytes)
  guard let reread = try? T(from: &again) else {
    preconditionFailure("what was written cannot be read: \(value)")
  }
  let twice = written(reread)
  precondition(once == twice, "\(value) became \(reread)")
}

private func written(_ value: some ThriftWritable) -> Buffer<UInt8> {
  var writer = ThriftWriter()
  writer.write(value)
  return writer.take()
}
