import Base
import Compression
import Parquet

/// input := physical type, annotation, repetition, codec, value count (u16), type length, flags,
///          the chunk
func fuzzPages(_ input: inout FuzzInput) {
  let type = ParquetType(rawValue: Int32(input.byte() % 8)) ?? .int32
  let annotation = input.choice(annotations)
  let repetition = input.choice([Repetition.optional, .required, .repeated])
  let codec = CodecNumber(rawValue: Int32(input.byte() % 9))
  let valueCount = Int64(input.short())
  var leaf = SchemaElement(name: "leaf", type: type, repetition: repetition)
  leaf.typeLength = Int32(input.byte())
  leaf.convertedType = annotation
  leaf.precision = Int32(input.byte() % 40)
  leaf.scale = 0
  let flags = input.byte()
  let chunk = input.rest
  let column = ColumnMetaData(
    type: type, encodings: [], path: ["leaf"], codec: codec, valueCount: valueCount,
    totalUncompressedSizeBytes: Int64(chunk.count), totalCompressedSizeBytes: Int64(chunk.count),
    dataPageOffset: 0)
  let group = RowGroup(
    columns: [ColumnChunk(metadata: column)], totalUncompressedSizeBytes: Int64(chunk.count),
    rowCount: valueCount)
  let file = FileMetaData(
    version: 1, schema: [SchemaElement(name: "root", childCount: 1), leaf], rowCount: valueCount,
    rowGroups: [group])
  guard let metadata = try? ParquetMetadata(file, fileSizeBytes: Int64(chunk.count)) else { return }
  var contents = FileContents()
  let reader = RowGroupReader(
    file: chunk, metadata: metadata, rowGroup: 0, batchRowCount: flags + 1, rowMax: 1 << 14)
  reader.readColumns(into: &contents)
  reader.readSomeRows(into: &contents)
}

private let annotations: [ConvertedType?] = [nil] + (0...21).map { ConvertedType(rawValue: $0) }

func fuzzFile(_ input: Buffer<UInt8>) {
  let whole = readEverything(input)
  let stepped = readEverything(input, batchRowCount: 7, rowMax: 1 << 10)
  precondition(whole.errors.isEmpty || stepped.errors.count <= whole.errors.count)
}
