import Base
import Columns
import Compression
import Parquet

/// input := profile, codec, page rows, flags, column count, (leaf, shape) per column, row count,
///          where the row group ends, the values
///
/// What is written is read back, stored as it was asked for, between its bounds and in its filters.
func fuzzWriter(_ input: inout FuzzInput) {
  var options = ParquetWriteOptions()
  options.profile = input.choice(ParquetProfile.allCases)
  options.codec = input.choice([.none, .zstd(level: 1), .snappy])
  options.pageRowCount = input.byte() + 1
  let flags = input.byte()
  options.usesDictionary = flags & 1 == 0
  options.encodingSavingMinBytes = flags & 2 == 0 ? 0 : 64
  if flags & 4 != 0 { options.pageSizeBytes = 100 }
  if flags & 8 != 0 { options.statisticsSizeBytes = 3 }
  var columns: [WrittenColumn] = []
  for index in 0..<input.byte() % 4 + 1 {
    columns.append(WrittenColumn("c\(index)", input.choice(LeafChoice.all), shape: input.byte()))
  }
  for column in columns {
    options.storage[column.field.name] = column.storage
    if flags & 16 != 0, column.shape == .flat {
      options.bloomFilters.append(BloomFilterRequest(path: [column.field.name]))
    }
  }
  let schema = Schema(columns.map(\.field))
  let rowCount = input.byte()
  let cut = input.byte() * rowCount / 256
  let rows = (0..<rowCount).map { _ in columns.map { $0.scalar(&input) } }
  do {
    let file = try written([Array(rows[..<cut]), Array(rows[cut...])], schema, options)
    try checkWritten(file, rows, columns)
  } catch { preconditionFailure("what was written cannot be read: \(error)") }
}

/// A column of the file: a leaf, alone or in a struct, list or map.
private struct WrittenColumn {
  enum Shape: Int { case flat, required, structure, list, map }

  let leaf: LeafChoice
  let shape: Shape
  let field: Field
  let storage: ColumnStorage

  init(_ name: String, _ leaf: LeafChoice, shape number: Int) {
    self.leaf = leaf
    shape = Shape(rawValue: number % 5) ?? .flat
    let own = ColumnStorage(leaf.stored, fieldID: Int32(number))
    switch shape {
    case .flat, .required:
      field = Field(name, leaf.type, nullable: shape == .flat)
      storage = own
    case .structure:
      field = Field(
        name, .structure([Field("x", leaf.type, nullable: number & 64 == 0), Field("y", .long)]))
      storage = ColumnStorage(children: [own, ColumnStorage()])
    case .list:
      field = Field(name, .array(element: leaf.type, containsNull: number & 64 == 0))
      storage = ColumnStorage(children: [own])
    case .map:
      field = Field(name, .map(key: .long, value: leaf.type, valueContainsNull: number & 64 == 0))
      storage = ColumnStorage(children: [ColumnStorage(), own])
    }
  }

  func scalar(_ input: inout FuzzInput) -> Scalar {
    let control = input.byte()
    if shape == .required { return input.scalar(leaf) }
    if control < 40 { return .null }
    func inner(nullable: Bool) -> Scalar {
      nullable && input.byte() < 40 ? .null : input.scalar(leaf)
    }
    switch field.type {
    case .structure(let fields):
      return .structure([
        NamedScalar("x", inner(nullable: fields[0].nullable)),
        NamedScalar("y", .integer(Int64(control))),
      ])
    case .array(_, let containsNull):
      return .array((0..<control % 5).map { _ in inner(nullable: containsNull) })
    case .map(_, _, let containsNull):
      return .map(
        (0..<control % 3).map { ScalarEntry(.integer(Int64($0)), inner(nullable: containsNull)) })
    default: return input.scalar(leaf)
    }
  }
}

private func written(
  _ groups: [[[Scalar]]], _ schema: Schema, _ options: ParquetWriteOptions
) throws(ParquetError) -> Buffer<UInt8> {
  var assembler = try FileAssembler(schema: schema, options: options)
  let writer = try RowGroupWriter(schema: schema, options: options)
  var output = ByteWriter()
  output.append(assembler.header())
  for rows in groups where !rows.isEmpty {
    // In two batches: how rows are cut is of no matter to the file.
    let middle = rows.count / 3
    for part in [rows[..<middle], rows[middle...]] where !part.isEmpty {
      let columns = schema.fields.indices.map { index in
        Column(schema.fields[index].type, part.map { $0[index] })
      }
      try writer.append(ColumnBatch(schema: schema, columns: columns, rowCount: part.count))
    }
    for part in assembler.add(try writer.finish()) { output.append(part) }
  }
  output.append(try assembler.footer())
  return output.take()
}

private func checkWritten(
  _ file: Buffer<UInt8>, _ rows: [[Scalar]], _ columns: [WrittenColumn]
) throws(ParquetError) {
  let metadata = try parseFooter(file)
  precondition(metadata.schema.fields.map(\.type) == columns.map(\.field.type))
  for column in columns {
    precondition(metadata.storage[column.field.name] ?? ColumnStorage() == column.storage)
  }
  let contents = readEverything(file, rowMax: 1 << 16)
  precondition(contents.errors.isEmpty, "\(contents.errors)")
  var first = 0
  for group in metadata.rowGroups {
    let decoder = try RowGroupDecoder(
      metadata: metadata, rowGroup: group.index, columns: Array(columns.indices))
    let reader = RowGroupReader(
      file: file, metadata: metadata, rowGroup: group.index, batchRowCount: 100, rowMax: .max)
    var found = FileContents()
    try reader.read(decoder, into: &found)
    for index in columns.indices {
      let parts = stride(from: index, to: found.columns.count, by: columns.count)
      let values = parts.flatMap { found.columns[$0].scalars }
      let wanted = rows[first..<first + group.rowCount].map { $0[index] }
      precondition(
        values.elementsEqual(wanted, by: areSame), "column \(index): \(wanted) became \(values)")
      if let leaf = metadata.tree.flatLeaf(ofColumn: index) {
        checkKnown(group, leaf, values, file)
      }
    }
    first += group.rowCount
  }
  precondition(first == rows.count)
}

/// Every value lies between the bounds and is in the bloom filter.
private func checkKnown(
  _ group: RowGroupMetadata, _ leaf: LeafColumn, _ values: [Scalar], _ file: Buffer<UInt8>
) {
  let known = group.statistics(leaf: leaf)
  precondition(known.nullCount == values.count(where: \.isNull))
  var filter: BloomFilter?
  if let range = group.bloomFilterRange(leaf: leaf.index) {
    let bytes = file.slice(Int(range.lowerBound)..<Int(range.upperBound))
    if case .done(let found)? = try? group.bloomFilter(leaf: leaf.index, bytes) { filter = found }
    precondition(filter != nil)
  }
  for value in values where !value.isNull {
    if let filter { precondition(group.mayContain(value, leaf: leaf, filter), "\(value)") }
    if case .double(let number) = value, number.isNaN { continue }
    if let min = known.min { precondition(Scalar.compare(min, value) != 1, "\(min) > \(value)") }
    if let max = known.max { precondition(Scalar.compare(max, value) != -1, "\(max) < \(value)") }
  }
}

/// Equal, zeros of either sign told apart and every NaN the same.
private func areSame(_ a: Scalar, _ b: Scalar) -> Bool {
  switch (a, b) {
  case (.double(let one), .double(let other)):
    one.bitPattern == other.bitPattern || (one.isNaN && other.isNaN)
  case (.structure(let mine), .structure(let its)):
    mine.elementsEqual(its) { $0.name == $1.name && areSame($0.value, $1.value) }
  case (.array(let mine), .array(let its)): mine.elementsEqual(its, by: areSame)
  case (.map(let mine), .map(let its)):
    mine.elementsEqual(its) { areSame($0.key, $1.key) && areSame($0.value, $1.value) }
  default: a == b
  }
}
