import Base
import Columns
import Testing

@testable import Parquet

/// The two records of "Dremel: Interactive Analysis of Web-Scale Datasets", figures 2 and 3.
private let dremel = NestedFile(
  elements: [
    SchemaElement(name: "DocId", type: .int64, repetition: .required),
    SchemaElement(name: "Links", repetition: .optional, childCount: 2),
    SchemaElement(name: "Backward", type: .int64, repetition: .repeated),
    SchemaElement(name: "Forward", type: .int64, repetition: .repeated),
    SchemaElement(name: "Name", repetition: .repeated, childCount: 2),
    SchemaElement(name: "Language", repetition: .repeated, childCount: 2),
    SchemaElement(name: "Code", type: .byteArray, repetition: .required, convertedType: .utf8),
    SchemaElement(name: "Country", type: .byteArray, repetition: .optional, convertedType: .utf8),
    SchemaElement(name: "Url", type: .byteArray, repetition: .optional, convertedType: .utf8),
  ],
  topLevelCount: 3, rowCount: 2,
  leaves: [
    [LeafPage(values: [.integer(10), .integer(20)])],
    [
      LeafPage(
        repetition: [0, 0, 1], definition: [1, 2, 2], values: [.integer(10), .integer(30)])
    ],
    [
      LeafPage(
        repetition: [0, 1, 1, 0], definition: [2, 2, 2, 2],
        values: [.integer(20), .integer(40), .integer(60), .integer(80)])
    ],
    [
      LeafPage(
        repetition: [0, 2, 1, 1, 0], definition: [2, 2, 1, 2, 1],
        values: [.string("en-us"), .string("en"), .string("en-gb")])
    ],
    [
      LeafPage(
        repetition: [0, 2, 1, 1, 0], definition: [3, 2, 1, 3, 1],
        values: [.string("us"), .string("gb")])
    ],
    [
      LeafPage(
        repetition: [0, 1, 1, 0], definition: [2, 2, 1, 2],
        values: [.string("http://A"), .string("http://B"), .string("http://C")])
    ],
  ])

private func record(_ fields: (String, Scalar)...) -> Scalar {
  .structure(fields.map { NamedScalar($0.0, $0.1) })
}

private func numbers(_ values: Int64...) -> Scalar { .array(values.map { .integer($0) }) }

private func language(_ code: String, _ country: Scalar) -> Scalar {
  record(("Code", .string(code)), ("Country", country))
}

private let dremelRows: [[Scalar]] = [
  [.integer(10), .integer(20)],
  [
    record(("Backward", .array([])), ("Forward", numbers(20, 40, 60))),
    record(("Backward", numbers(10, 30)), ("Forward", numbers(80))),
  ],
  [
    .array([
      record(
        ("Language", .array([language("en-us", .string("us")), language("en", .null)])),
        ("Url", .string("http://A"))),
      record(("Language", .array([])), ("Url", .string("http://B"))),
      record(("Language", .array([language("en-gb", .string("gb"))])), ("Url", .null)),
    ]),
    .array([record(("Language", .array([])), ("Url", .string("http://C")))]),
  ],
]

@Suite("Nested columns: levels") struct NestedLevelsTests {
  private func columns(
    _ file: NestedFile, maxRows: Int = 100, windowSizeBytes: Int? = nil
  ) throws -> [[Scalar]] {
    let batches = try readBatches(
      try file.bytes(), maxRows: maxRows, options: ReadOptions(windowSizeBytes: windowSizeBytes))
    return batches[0].columns.indices.map { column in
      batches.flatMap { $0.columns[column].scalars }
    }
  }

  @Test(arguments: [1, 2, 3, 1000], [1, 10, 1000])
  func `the Dremel paper's records come back`(maxRows: Int, windowSizeBytes: Int) throws {
    #expect(try columns(dremel, maxRows: maxRows, windowSizeBytes: windowSizeBytes) == dremelRows)
  }

  @Test(arguments: [1, 2]) func `rows go on over pages`(maxRows: Int) throws {
    var file = dremel
    for (index, max) in [0, 2, 2, 2, 3, 2].enumerated() {
      file.leaves[index] = dremel.leaves[index][0].split(maxDefinition: UInt8(max))
      file.leaves[index].insert(LeafPage(values: []), at: file.leaves[index].count / 2)
    }
    #expect(try columns(file, maxRows: maxRows) == dremelRows)
  }

  @Test func `pages of the second version have their levels elsewhere`() throws {
    var file = dremel
    file.isV2 = true
    #expect(try columns(file) == dremelRows)
  }

  @Test(
    arguments: [(.bitPacked, .bitPacked), (.rle, .bitPacked), (.bitPacked, .rle)]
      as [(PageEncoding, PageEncoding)], [1, 3, 1000])
  func `levels in the deprecated BIT_PACKED have no size in front`(
    encodings: (repetition: PageEncoding, definition: PageEncoding), maxRows: Int
  ) throws {
    var file = dremel
    (file.repetitionEncoding, file.definitionEncoding) = encodings
    #expect(try columns(file, maxRows: maxRows, windowSizeBytes: 10) == dremelRows)
    for (index, max) in [0, 2, 2, 2, 3, 2].enumerated() {
      file.leaves[index] = dremel.leaves[index][0].split(maxDefinition: UInt8(max))
    }
    #expect(try columns(file, maxRows: maxRows) == dremelRows)
  }

  @Test func `BIT_PACKED levels that the page has no bytes for are refused`() throws {
    var file = dremel
    (file.repetitionEncoding, file.definitionEncoding) = (.bitPacked, .bitPacked)
    // 3000 levels of one bit take more than the page, in which they are a run.
    file.leaves[2] = [LeafPage(values: [], claim: (3000, 0, 2))]
    let bytes = try file.bytes()
    let error = #expect(throws: ParquetError.self) { try readBatches(bytes) }
    #expect(error?.code == .corrupt)
    #expect(error?.message == "the page's levels claim 375 bytes")
    #expect(error?.place.hasPrefix("row group 0, column \"Links.Forward\", page 0") == true)
  }

  @Test func `any leaf is read without the others`() throws {
    let file = try dremel.bytes()
    let metadata = try readMetadata(file)
    let projection = try Projection(
      paths: [["Name", "Url"], ["Links", "Forward"], ["nothing"]], of: metadata)
    let decoder = try RowGroupDecoder(metadata: metadata, rowGroup: 0, projection: projection)
    let batch = try #require(try decoder.batches(of: file).first)
    #expect(batch.schema.names == ["Links", "Name"])
    #expect(batch.columns[0].scalars[0] == record(("Forward", numbers(20, 40, 60))))
    #expect(
      batch.columns[1].scalars[1] == .array([record(("Url", .string("http://C")))]))
    for leaf in 0..<6 {
      let decoder = try RowGroupDecoder(
        metadata: metadata, rowGroup: 0,
        projection: try Projection(leaves: [leaf], of: metadata))
      #expect(try decoder.batches(of: file)[0].rowCount == 2)
    }
  }

  /// The levels of one leaf that no rows have.
  @Test(
    arguments: [
      (1, [1, 0, 1], [1, 2, 2], "not legal"),  // Starts inside a row.
      (1, [0, 1, 0], [1, 2, 2], "not legal"),  // Goes on where the list is empty.
      (1, [0, 0, 0], [1, 2, 2], "not legal"),  // A row too many.
      (1, [0, 1, 1], [2, 1, 2], "not legal"),  // No element where the list goes on.
      (1, [0, 0, 1], [0, 2, 2], "different rows"),  // No links, where Forward has some.
      (2, [0, 1, 1, 1], [2, 2, 2, 2], "after 1 of its 2 rows"),
      (3, [0, 1, 2, 1, 0], [2, 1, 2, 2, 1], "not legal"),  // Goes on in a list without elements.
      (3, [0, 1, 2, 1, 0], [2, 2, 2, 1, 1], "different rows"),  // Languages of another name.
      (5, [0, 1, 0, 1], [2, 2, 1, 2], "different rows"),
    ] as [(Int, [UInt8], [UInt8], String)])
  func `levels that make no rows are refused`(
    leaf: Int, repetition: [UInt8], definition: [UInt8], message: String
  ) throws {
    var file = dremel
    file.leaves[leaf][0].repetition = repetition
    file.leaves[leaf][0].definition = definition
    let bytes = try file.bytes()
    let error = #expect(throws: ParquetError.self) { try readBatches(bytes) }
    #expect(error?.code == .corrupt)
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    #expect(error?.place.hasPrefix("row group 0, column \"") == true)
  }

  /// A list of nulls that a few bytes tell.
  private func longList(pageCount: Int, levelCount: Int) -> NestedFile {
    NestedFile(
      elements: [
        SchemaElement(name: "a", repetition: .optional, childCount: 1, convertedType: .list),
        SchemaElement(name: "list", repetition: .repeated, childCount: 1),
        SchemaElement(name: "element", type: .int64, repetition: .optional),
      ],
      topLevelCount: 1, rowCount: pageCount,
      leaves: [
        (0..<pageCount).flatMap { _ in
          [
            LeafPage(repetition: [0], definition: [2], values: []),
            LeafPage(values: [], claim: (levelCount - 1, 1, 2)),
          ]
        }
      ])
  }

  @Test func `a run of levels beyond all measure is refused before it takes the memory`() throws {
    let file = try longList(pageCount: 1, levelCount: 1 << 30).bytes()
    #expect(file.count < 300)
    let error = #expect(throws: ParquetError.self) {
      try readBatches(file, options: ReadOptions(batchLevelsMax: 1 << 16))
    }
    #expect(error?.code == .unsupported)
  }

  /// On average a row has 11 levels, and a batch as many rows; the last 20 have 1000 each.
  @Test func `long rows after many empty ones are read in smaller batches`() throws {
    var file = longList(pageCount: 20, levelCount: 1000)
    file.rowCount += 2000
    file.leaves[0].insert(LeafPage(values: [], claim: (2000, 0, 1)), at: 0)
    let batches = try readBatches(
      try file.bytes(), options: ReadOptions(batchLevelsMax: 1 << 14))
    #expect(batches.reduce(0) { $0 + $1.rowCount } == 2020)
    let rows = batches.flatMap { $0.columns[0].scalars }
    #expect(rows[..<2000].allSatisfy { $0 == .array([]) })
    #expect(rows[2000...].allSatisfy { $0 == .array(Array(repeating: .null, count: 1000)) })
    #expect(batches.last?.rowCount ?? 0 < 20)
  }

  @Test func `batches of long rows have fewer of them`() throws {
    let file = try longList(pageCount: 40, levelCount: 1000).bytes()
    let batches = try readBatches(file, options: ReadOptions(batchLevelsMax: 1 << 16))
    #expect(batches.map(\.rowCount) == Array(repeating: 4, count: 10))
    #expect(batches[3].columns[0][2] == .array(Array(repeating: .null, count: 1000)))
  }
}

@Suite("Nested columns: wide ones") struct WideStructTests {
  /// A leaf's nodes were once looked for from the top: 17 s for as many fields.
  @Test func `a struct of 32 000 fields is read in no time`() throws {
    let count = 32_000
    let fields = (0..<count).map {
      SchemaElement(name: "f\($0)", type: .int64, repetition: .required)
    }
    let file = NestedFile(
      elements: [SchemaElement(name: "s", repetition: .optional, childCount: Int32(count))]
        + fields,
      topLevelCount: 1, rowCount: 1,
      leaves: Array(repeating: [LeafPage(definition: [1], values: [.integer(5)])], count: count))
    let bytes = try file.bytes()
    let start = ContinuousClock.now
    let batches = try readBatches(bytes)
    #expect(ContinuousClock.now - start < .seconds(10))
    guard case .structure(let columns, _) = batches[0].columns[0].values else {
      Issue.record("no struct")
      return
    }
    #expect(columns.count == count)
    #expect(columns[count - 1].scalars == [.integer(5)])
  }
}

/// LogicalTypes.md, "Nested Types": the type of a group by how it is written.
@Suite("Nested columns: shapes") struct ColumnShapeTests {
  private func int(
    _ name: String, _ repetition: Repetition = .required
  ) -> SchemaElement {
    SchemaElement(name: name, type: .int32, repetition: repetition)
  }

  private func text(_ name: String, _ repetition: Repetition = .required) -> SchemaElement {
    SchemaElement(name: name, type: .byteArray, repetition: repetition, convertedType: .utf8)
  }

  private func group(
    _ name: String, _ repetition: Repetition, _ count: Int32, _ type: ConvertedType? = nil
  ) -> SchemaElement {
    SchemaElement(name: name, repetition: repetition, childCount: count, convertedType: type)
  }

  private func field(_ elements: [SchemaElement]) throws -> Field {
    try SchemaTree([SchemaElement(name: "root", childCount: 1)] + elements).schema().fields[0]
  }

  private func array(_ element: DataType, _ containsNull: Bool) -> DataType {
    .array(element: element, containsNull: containsNull)
  }

  @Test func `lists of three levels`() throws {
    let optional = try field([
      group("a", .required, 1, .list), group("list", .repeated, 1), text("element", .optional),
    ])
    #expect(optional == Field("a", array(.string, true), nullable: false))
    let required = try field([
      group("a", .optional, 1, .list), group("element", .repeated, 1), text("str"),
    ])
    #expect(required == Field("a", array(.string, false)))
    let lists = try field([
      group("a", .optional, 1, .list), group("list", .repeated, 1),
      group("element", .required, 1, .list), group("list", .repeated, 1), int("element"),
    ])
    #expect(lists.type == array(array(.integer, false), false))
  }

  @Test func `the five rules of backward compatibility`() throws {
    let one = try field([group("a", .optional, 1, .list), int("element", .repeated)])
    #expect(one.type == array(.integer, false))
    let two = try field([
      group("a", .optional, 1, .list), group("element", .repeated, 2), text("str"), int("num"),
    ])
    #expect(
      two.type
        == array(
          .structure([
            Field("str", .string, nullable: false), Field("num", .integer, nullable: false),
          ]), false))
    let three = try field([
      group("a", .optional, 1, .list), group("array", .repeated, 1, .list),
      int("array", .repeated),
    ])
    #expect(three.type == array(array(.integer, false), false))
    let bare = try field([
      group("a", .optional, 1, .list), group("list", .repeated, 1), int("item", .repeated),
    ])
    #expect(
      bare.type
        == array(
          .structure([Field("item", array(.integer, false), nullable: false)]), false))
    for name in ["array", "a_tuple"] {
      let four = try field([
        group("a", .optional, 1, .list), group(name, .repeated, 1), text("str"),
      ])
      #expect(four.type == array(.structure([Field("str", .string, nullable: false)]), false))
    }
    let five = try field([
      group("a", .optional, 1, .list), group("element", .repeated, 1), text("str", .optional),
    ])
    #expect(five.type == array(.string, true))
  }

  @Test func `repeated fields without annotation are lists`() throws {
    #expect(
      try field([int("num", .repeated)]) == Field("num", array(.integer, false), nullable: false))
    #expect(
      try field([group("g", .repeated, 1), int("num")]).type
        == array(.structure([Field("num", .integer, nullable: false)]), false))
  }

  @Test func `maps whatever their names`() throws {
    let map = try field([
      group("m", .optional, 1, .mapKeyValue), group("map", .repeated, 2), text("str"),
      int("num", .optional),
    ])
    #expect(map == Field("m", .map(key: .string, value: .integer, valueContainsNull: true)))
    let optionalKey = try field([
      group("m", .required, 1, .map), group("key_value", .repeated, 2, .mapKeyValue),
      text("key", .optional), int("value"),
    ])
    #expect(
      optionalKey
        == Field(
          "m", .map(key: .string, value: .integer, valueContainsNull: false), nullable: false))
    let keys = try field([
      group("m", .optional, 1, .map), group("key_value", .repeated, 1), text("key"),
    ])
    #expect(keys == Field("m", array(.string, false)))
  }

  @Test func `annotations where they cannot be are left aside`() throws {
    let list = try field([group("a", .optional, 2, .list), int("x"), int("y", .repeated)])
    let fields = [
      Field("x", .integer, nullable: false), Field("y", array(.integer, false), nullable: false),
    ]
    #expect(list.type == .structure(fields))
    let map = try field([
      group("m", .optional, 1, .map), group("key_value", .repeated, 3), int("x"), int("y"),
      int("z"),
    ])
    guard case .structure = map.type else {
      Issue.record("three fields are no entry of a map")
      return
    }
  }
}
