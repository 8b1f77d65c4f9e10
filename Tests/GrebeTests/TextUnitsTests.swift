import Base
import Columns
import Compression
import Delta
import Ingest
import Store
import Testing

@testable import Grebe

@Suite("Units of text") struct TextUnitsTests {
  /// Rows with quoted line breaks, doubled quotes and plain fields, drawn from a seed.
  private func text(rows: Int, seed: UInt64) -> String {
    var random = SeededRandom(seed: seed)
    var text = ""
    for row in 0..<rows {
      switch random.next() % 4 {
      case 0: text += "\(row),\"line\nbreak, \"\"quoted\"\"\"\n"
      case 1: text += "\(row),plain\n"
      case 2: text += "\(row),\"\n\n\"\r\n"
      default: text += "\(row),\n"
      }
    }
    return text
  }

  private func plan(
    _ texts: [String], dataOffset: Int64 = 0, coding: SourceCoding = SourceCoding()
  ) throws -> ConversionPlan {
    let store = InMemoryStore(nowMillis: { 0 })
    let schema = Schema([Field("a", .string), Field("b", .string)])
    var sources: [PlannedSource] = []
    for (index, text) in texts.enumerated() {
      let plain = Buffer(Array(text.utf8))
      var bytes = plain
      if coding.compression != nil {
        var output = ByteWriter()
        try Compressor(.gzip()).compress(plain.bytes, into: &output)
        bytes = output.take()
      }
      try store.put("source \(index)", bytes.bytes)
      sources.append(
        PlannedSource(
          file: SourceFile(
            name: "source \(index)", identity: "source \(index)", store: store,
            path: "source \(index)",
            sizeBytes: Int64(bytes.count), modifiedMillis: 0),
          layout: TextLayout(
            coding: coding, format: .csv(CSVDialect(hasHeader: false)), columnMap: [0, 1]),
          dataOffset: dataOffset, dataLine: 1, ordinal: index))
    }
    return ConversionPlan(
      sources: sources, sourceSchema: schema, inferredColumns: [],
      partition: try PartitionPlan(source: schema, terms: []))
  }

  private func units(_ plan: ConversionPlan, size: Int64) throws -> [TextUnit] {
    let units = TextUnits(plan, unitBytes: size, trustsNewlines: false)
    let isOne = units.isOne
    var all: [TextUnit] = []
    while let unit = try units.next() { all.append(unit) }
    #expect(all.count <= 1 || !isOne)
    return all
  }

  @Test func `sources that fill one unit are told from those that do not`() throws {
    let texts = ["1,x\n", "2,y\n", "3,z\n"]
    for (size, count) in [(1 << 12, 1), (12, 1), (11, 2), (4, 3)] as [(Int64, Int)] {
      #expect(try TextUnits(plan(texts), unitBytes: size).isOne == (count == 1))
      #expect(try units(plan(texts), size: size).count == count)
    }
    let packed = SourceCoding(compression: .gzip)
    #expect(try TextUnits(plan(texts, coding: packed), unitBytes: 1 << 12).isOne)
    #expect(try !TextUnits(plan(texts, coding: packed), unitBytes: 1 << 6).isOne)
  }

  @Test(arguments: [1, 7, 64, 500, 1 << 20], [UInt64(1), 2, 3])
  func `cuts of any size fall between records, cover all and count lines, size and seed`(
    _ size: Int64, _ seed: UInt64
  ) throws {
    let text = text(rows: 120, seed: seed)
    let bytes = Array(text.utf8)
    let units = try units(plan([text]), size: size)
    #expect(units.map(\.ordinal) == Array(0..<units.count))
    var end: Int64 = 0
    for range in units.flatMap(\.ranges) {
      #expect(range.start == end)
      end = try #require(range.end)
      let before = bytes[..<Int(range.start)]
      #expect(before.filter { $0 == UInt8(ascii: "\"") }.count % 2 == 0)
      #expect(range.start == 0 || before.last == UInt8(ascii: "\n"))
      #expect(range.firstLine == Int64(before.filter { $0 == UInt8(ascii: "\n") }.count) + 1)
    }
    #expect(end == Int64(bytes.count))
  }

  @Test func `where every newline ends a record, they cut where scanning does`() throws {
    let text = String(repeating: "12,\"quoted\"\r\n\n", count: 500)
    let plan = try plan([text, text])
    let exact = try self.units(plan, size: 300).flatMap(\.ranges)
    let units = TextUnits(plan, unitBytes: 300)
    var ranges: [TextRange] = []
    while let unit = try units.next() { ranges += unit.ranges }
    #expect(ranges.map(\.start) == exact.map(\.start) && ranges.map(\.end) == exact.map(\.end))
    #expect(ranges.count(where: { $0.firstLine != nil }) == 2)
    // Asked for in any order, some after their workers have found them regular.
    var random = SeededRandom(seed: 5)
    for index in ranges.indices.shuffled(using: &random) {
      if random.next() % 2 == 0 {
        let count = text.utf8.dropFirst(Int(ranges[index].start))
          .prefix(Int(ranges[index].fileBytes)).count(where: { $0 == 0x0A })
        units.noteRegular(ranges[index], lineCount: Int64(count), hasInnerNewlines: false)
      } else {
        #expect(try units.firstLine(of: ranges[index]) == exact[index].firstLine)
      }
    }
    #expect(!units.isMisled)
  }

  /// So long that a unit's scan does not come to what follows.
  private let plainLines = String(repeating: "12,plain text\n", count: 40_000)

  @Test(arguments: [0, 1, 3])
  func `a quoted line break where newlines cut is found out, ranges later`(_ place: Int) throws {
    let lines = plainLines
    let text = lines + "13,\"" + String(repeating: "quoted\n", count: 20_000) + "\"\n" + lines
    let plan = try plan([text])
    let units = TextUnits(plan, unitBytes: 100_000)
    var ranges: [TextRange] = []
    while let unit = try units.next() { ranges += unit.ranges }
    // Before the quoted text all is well; the first range that ends in it is void, and all after.
    let first = try #require(ranges.firstIndex { $0.end ?? 0 > Int64(lines.utf8.count) + 4 })
    #expect(try units.firstLine(of: ranges[first - 1]) != nil)
    #expect(!units.isMisled)
    #expect(try units.firstLine(of: ranges[first + place]) == nil)
    #expect(units.isMisled)
    #expect(try units.next() == nil)
  }

  @Test func `once a quoted line break is seen, units are scanned again`() throws {
    let text = plainLines + String(repeating: "13,\"quoted\n\"\n", count: 40_000)
    let plan = try plan([text])
    let units = TextUnits(plan, unitBytes: 100_001)
    var lastLine: Int64?
    while let unit = try units.next() {
      for range in unit.ranges {
        let line = try #require(try units.firstLine(of: range))
        let before = text.utf8.prefix(Int(range.start))
        #expect(line == 1 + Int64(before.count(where: { $0 == 0x0A })))
        lastLine = range.firstLine
      }
    }
    #expect(lastLine != nil)
  }

  @Test func `a blank line where newlines cut, behind a misplaced quote, misleads nobody`() throws {
    let plan = try plan([plainLines + "13,na\"me and more\n\n" + plainLines])
    let units = TextUnits(plan, unitBytes: 280_004)
    var ranges: [TextRange] = []
    while let unit = try units.next() { ranges += unit.ranges }
    // The second range ends behind the blank line, which an exact scan tells from its start.
    let end = Int64(plainLines.utf8.count + 19)
    #expect(ranges.count == 4 && ranges[1].end == end && ranges[1].firstLine == nil)
    for range in ranges { #expect(try units.firstLine(of: range) != nil) }
    #expect(!units.isMisled)
  }

  @Test func `a source that became shorter is told by its name`() throws {
    let plan = try plan([plainLines])
    let units = TextUnits(plan, unitBytes: 100_000)
    let ranges = try [units.next(), units.next(), units.next()].compactMap { $0?.ranges.first }
    let file = plan.sources[0].file
    try file.store.put(file.path, Buffer(Array("1,a\n".utf8)).bytes)
    #expect { try units.firstLine(of: ranges[2]) } throws: { error in
      let error = error as? GrebeError
      return error?.code == .io && error?.place == file.name
    }
  }

  @Test func `small sources share a unit, a large one starts its own`() throws {
    let small = "1,a\n"
    let large = String(repeating: "2,b\n", count: 100)
    let units = try units(plan([small, small, large, small]), size: 100)
    #expect(units[0].ranges.map(\.source) == [0, 1])
    #expect(units[1].ranges.map(\.source) == [2])
    #expect(units.last?.ranges.last?.source == 3)
    #expect(units[0].ranges.allSatisfy(\.isLast) && !units[1].ranges[0].isLast)
  }

  @Test func `a unit has no more than 2,048 sources, however small`() throws {
    let count = 5000
    let units = try units(plan(Array(repeating: "1,a\n", count: count)), size: 1 << 20)
    #expect(units.map(\.ranges.count) == [2048, 2048, count - 4096])
    #expect(units.flatMap(\.ranges).map(\.source) == Array(0..<count))
  }

  @Test func `the checksum of what comes before the first record is noted with the record's`()
    throws
  {
    let text = "a,b\n1,x\n2,y\n"
    let plan = try plan([text], dataOffset: 4)
    let checksums = SourceChecksums()
    let range = try #require(try units(plan, size: 1 << 20).first?.ranges.first)
    let reader = try RangeReader(range, of: plan.sources[0], checksums: checksums)
    var output = BufferBuilder<UInt8>()
    while !reader.isAtEnd { try reader.fill(&output, capacity: output.count + 5) }
    reader.noteChecksum()
    let file = plan.sources[0].file
    let bytes = Buffer(Array(text.utf8))
    let whole = CRC32().checksum(bytes.bytes, seed: 0)
    #expect(try checksums.checksum(of: file, source: 0) == whole)
    // Noted as a whole: the file is not read again.
    let other = Buffer(Array("c,d\n3,x\n4,y\n".utf8))
    try file.store.put(file.path, other.bytes)
    #expect(try checksums.checksum(of: file, source: 0) == whole)
  }

  @Test func `an empty source gives an empty range, no sources give no unit`() throws {
    #expect(try units(plan([]), size: 10).isEmpty)
    #expect(try units(plan([""]), size: 10).flatMap(\.ranges).allSatisfy { $0.start == $0.end })
  }

  /// What the ranges of `plan` hold of source `index`.
  private func text(of units: [TextUnit], _ plan: ConversionPlan, source index: Int) throws
    -> String
  {
    var output = BufferBuilder<UInt8>()
    for range in units.flatMap(\.ranges) where range.source == index {
      let reader = try RangeReader(
        range, of: plan.sources[index], checksums: SourceChecksums())
      while !reader.isAtEnd { try reader.fill(&output, capacity: output.count + 7) }
    }
    return String(decoding: [UInt8](output.take()), as: UTF8.self)
  }

  @Test(arguments: [1, 7, 64, 500, 1 << 20], [SourceCoding(compression: .gzip), SourceCoding()])
  func `ranges of compressed and of plain sources hold the text once, size and coding`(
    _ size: Int64, _ coding: SourceCoding
  ) throws {
    let texts = (0..<3).map { text(rows: 90, seed: UInt64($0)) }
    let plan = try plan(texts.map { "a,b\n" + $0 }, dataOffset: 4, coding: coding)
    let units = try units(plan, size: size)
    for index in texts.indices {
      #expect(try text(of: units, plan, source: index) == texts[index])
    }
    for range in units.flatMap(\.ranges) {
      let front = Array(texts[range.source].utf8).prefix(Int(range.start) - 4)
      #expect(range.firstLine == 1 + Int64(front.count(where: { $0 == 0x0A })))
    }
    let fileBytes = plan.sources.reduce(0) { $0 + $1.file.sizeBytes }
    let counted = units.flatMap(\.ranges).reduce(0) { $0 + $1.fileBytes }
    // What lies before the first record is read, too.
    #expect(counted == fileBytes)
  }

  @Test func `many small compressed sources are left to their workers`() throws {
    let texts = (0..<9).map { text(rows: 20, seed: UInt64($0)) }
    let plan = try plan(texts, coding: SourceCoding(compression: .gzip))
    let units = try units(plan, size: 100)
    #expect(units.count == 9 && units.allSatisfy { $0.ranges[0].end == nil })
    for index in texts.indices {
      #expect(try text(of: units, plan, source: index) == texts[index])
    }
  }

  /// Rows, and the places and texts of the rejects, of each of the ranges on its own.
  private func parse(
    _ units: [TextUnit], _ plan: ConversionPlan
  ) throws -> (rows: [[Scalar]], rejects: [String]) {
    let parser = try CSVBatchParser(CSVParserOptions(schema: plan.sourceSchema))
    var rows: [[Scalar]] = []
    var rejects: [String] = []
    for range in units.flatMap(\.ranges) {
      var text = BufferBuilder<UInt8>()
      let reader = try RangeReader(
        range, of: plan.sources[range.source], checksums: SourceChecksums())
      while !reader.isAtEnd { try reader.fill(&text, capacity: text.count + 64) }
      let parsed = try parser.parse(text, isEnd: true)
      let columns = parsed.batch.columns.map(\.scalars)
      for row in 0..<parsed.batch.rowCount { rows.append(columns.map { $0[row] }) }
      rejects += parsed.rejects.map { "\(range.start + Int64($0.byteOffset)) \($0.rawText)" }
    }
    return (rows, rejects)
  }

  @Test(arguments: [1, 7, 64, 500], [SourceCoding(compression: .gzip), SourceCoding()])
  func `rows and rejects are the same for any size of units, damage included, size and coding`(
    _ size: Int64, _ coding: SourceCoding
  ) throws {
    let damage = "bad,\"x\" y\nfew\n5' 10\" tall,b\nopen,\"z\nnext,\"w\"\n\"a\nb\"c,d\n"
    let damaged = text(rows: 60, seed: 5) + damage + text(rows: 60, seed: 6) + "last,\"open\n"
    let plan = try plan([damaged], coding: coding)
    let whole = try parse(units(plan, size: 1 << 20), plan)
    #expect(whole.rows.count == 122 && whole.rejects.count == 5)
    let cut = try units(plan, size: size)
    // A compressed text of this size comes in one piece.
    if coding.isPlain { #expect(cut.count > 3) }
    let found = try parse(cut, plan)
    #expect(found.rows == whole.rows && found.rejects == whole.rejects)
  }
}
