import Base
import Columns
import Compute

/// The printed cells of one column of a batch: where each lies in shared bytes. How a cell is
/// printed is decided once a column.
struct Cells {
  let slots: Buffer<ValueSlice>
  let data: Buffer<UInt8>

  /// Numbers as numbers, structs, arrays and maps as JSON, null as null.
  init(json column: Column) throws(ComputeError) {
    self.init(text: try column.jsonTexts())
  }

  /// Fields of RFC 4180. Null is an empty field; an empty string is quoted, so that the two stay
  /// apart.
  init(csv column: Column) throws(ComputeError) {
    self.init(text: try column.texts())
    switch column.type {
    case .string: self = quoted(column.validity, quotesEmpty: true)
    case .structure, .array, .map: self = quoted(column.validity, quotesEmpty: false)
    default: break
    }
  }

  private init(text: Column) {
    guard case .bytes(let slots, let data) = text.values else {
      preconditionFailure("cells that are no text")
    }
    self.init(slots: slots, data: data)
  }

  private init(slots: Buffer<ValueSlice>, data: Buffer<UInt8>) {
    self.slots = slots
    self.data = data
  }

  /// With quotes around what needs them, and nothing for null; the same bytes where none does.
  private func quoted(_ validity: Bitmap?, quotesEmpty: Bool) -> Cells {
    let bytes = data.span
    var changes = false
    var fields = BufferBuilder<ValueSlice>(capacity: slots.count)
    for row in 0..<slots.count {
      let isNull = validity.map { !$0[row] } ?? false
      let field = isNull ? ValueSlice(offset: 0, count: 0) : slots[row]
      let text = bytes.extracting(field.range)
      changes = changes || needsQuotes(text) || (quotesEmpty && text.isEmpty && !isNull)
      fields.append(field)
    }
    let plain = fields.freeze()
    guard changes else { return Cells(slots: plain, data: data) }
    var output = BufferBuilder<UInt8>()
    var places = BufferBuilder<ValueSlice>(capacity: slots.count)
    for row in 0..<plain.count {
      let start = output.count
      let text = bytes.extracting(plain[row].range)
      let isNull = validity.map { !$0[row] } ?? false
      if needsQuotes(text) || (quotesEmpty && text.isEmpty && !isNull) {
        output.append(UInt8(ascii: "\""))
        for index in text.indices {
          if text[index] == UInt8(ascii: "\"") { output.append(UInt8(ascii: "\"")) }
          output.append(text[index])
        }
        output.append(UInt8(ascii: "\""))
      } else {
        output.append(contentsOf: text)
      }
      places.append(
        ValueSlice(
          offset: UInt32(truncatingIfNeeded: start),
          count: UInt32(truncatingIfNeeded: output.count - start)))
    }
    return Cells(slots: places.freeze(), data: output.freeze())
  }

  /// Whether the field holds a comma, a quote or a line break.
  private func needsQuotes(_ text: Span<UInt8>) -> Bool {
    for index in text.indices {
      switch text[index] {
      case UInt8(ascii: ","), UInt8(ascii: "\""), 10, 13: return true
      default: continue
      }
    }
    return false
  }
}

/// What stands around the cells of a row.
struct RowLayout {
  /// Before each column's cell.
  private let before: [[UInt8]]
  private let after: [UInt8]

  static func fields(count: Int) -> RowLayout {
    RowLayout(
      before: (0..<count).map { $0 == 0 ? [] : [UInt8(ascii: ",")] }, after: [UInt8(ascii: "\n")])
  }

  static func objects(_ names: [String], before: String = "", after: String = "") -> RowLayout {
    let members = names.enumerated().map { index, name in
      Array(((index == 0 ? before + "{" : ",") + jsonQuoted(name) + ":").utf8)
    }
    return RowLayout(before: members, after: Array(("}" + after).utf8))
  }

  /// The rows that the cells of a batch make, a column a `Cells`. O(bytes).
  func rows(_ columns: [Cells], _ rowCount: Int) -> Buffer<UInt8> {
    var sizeBytes = rowCount * (after.count + before.reduce(0) { $0 + $1.count })
    for column in columns {
      let slots = column.slots.span
      for row in slots.indices { sizeBytes += Int(slots[row].count) }
    }
    var output = BufferBuilder<UInt8>(capacity: sizeBytes)
    let around = before.map { Buffer($0) }
    let end = Buffer(after)
    // SAFETY: the tail has room for every cell and what stands around it; slices lie within their
    // data; `copy` may write up to 15 bytes past what it copies, which the padding takes.
    let target = unsafe output.unsafeTail(sizeBytes)
    var position = 0
    for row in 0..<rowCount {
      for index in columns.indices {
        unsafe copy(around[index].base, around[index].count, to: target + position)
        position &+= around[index].count
        let cell = columns[index].slots[row]
        unsafe copy(
          columns[index].data.base + Int(cell.offset), Int(cell.count), to: target + position)
        position &+= Int(cell.count)
      }
      unsafe copy(end.base, end.count, to: target + position)
      position &+= end.count
    }
    unsafe output.advance(by: position)
    return output.freeze()
  }

  /// Sixteen bytes at a time: buffers are padded.
  // SAFETY: reads and writes at most 15 bytes past the last one.
  @inline(__always)
  @unsafe
  private func copy(
    _ source: UnsafePointer<UInt8>, _ count: Int, to target: UnsafeMutablePointer<UInt8>
  ) {
    var offset = 0
    while offset < count {
      let bytes = unsafe UnsafeRawPointer(source + offset).loadUnaligned(as: SIMD16<UInt8>.self)
      unsafe UnsafeMutableRawPointer(target + offset).storeBytes(
        of: bytes, as: SIMD16<UInt8>.self)
      offset &+= 16
    }
  }
}
