import Base
import Columns

/// What the exact path made of one value.
private enum ReadJSON<Value> {
  case value(Value)
  case invalid
  case outOfRange
  /// Not even JSON.
  case notJSON
}

/// Converts the slots of a leaf: kernel first, then the exact path for its exceptions.
struct JSONConverter {
  let node: JSONNodeRef
  let text: TextPointer
  let formats: ValueFormats
  let hasBackslashes: Bool
  /// Whether a string with leading zeros or a plus sign is no number.
  let isStrict: Bool
  /// Scratch with room for every row.
  let exceptionRows: Slots<UInt32>
  /// Takes what does not fit: row of the node, range of the value, reason.
  let misfit: (Int, Range<Int>, RejectReason) -> Void
  /// Takes rows that contradict a guess.
  let contradict: (Int) -> Void

  private var type: DataType { node.field.type }
  private var rowCount: Int { node.count }

  /// - Precondition: the node is a number or temporal.
  func convert() -> Column {
    switch type {
    case .byte, .short, .integer: integer()
    case .long: long()
    case .float: float()
    case .double: double()
    case .decimal(let precision, let scale):
      precision <= 18 ? decimal64(precision, scale) : decimal128(precision, scale)
    case .date: date()
    default: timestamp()
    }
  }

  /// Runs `kernel` over fresh slots, resolves its exceptions with `exact`, and wraps the result.
  @inline(__always)
  private func run<Slot: BitwiseCopyable>(
    _ zero: Slot, kernel: (FieldColumn, Slots<Slot>, inout ExceptionList) -> Void,
    exact: (FieldText) -> ReadJSON<Slot>, wrap: (Buffer<Slot>) -> ColumnValues
  ) -> Column {
    var builder = BufferBuilder<Slot>(capacity: rowCount)
    // SAFETY: room for every row; a kernel stores a row or lists it, and `resolve` stores those.
    // The node's slots are two ends a row.
    let slots = unsafe Slots(base: builder.unsafeTail(rowCount))
    var exceptions = ExceptionList(rows: exceptionRows)
    let fields = unsafe FieldColumn(
      text: text, ends: node.ends, stride: 2, rowCount: rowCount, quote: 0, trimsQuotes: false,
      trimsCarriage: false, level: .best)
    kernel(fields, slots, &exceptions)
    for index in 0..<exceptions.count {
      let row = Int(exceptions.rows[index])
      if node.hasNulls && node.isNull(row) {
        slots[row] = zero
        continue
      }
      slots[row] = resolve(row, zero, exact)
    }
    unsafe builder.advance(by: rowCount)
    return Column(type: type, validity: node.validity(), values: wrap(builder.freeze()))
  }

  private func resolve<Slot: BitwiseCopyable>(
    _ row: Int, _ zero: Slot, _ exact: (FieldText) -> ReadJSON<Slot>
  ) -> Slot {
    let slot = node.slot(row)
    let range = Int(UInt32(truncatingIfNeeded: slot) &+ 1)..<Int(slot >> 32)
    let isString = range.lowerBound > 0 && text.byte(range.lowerBound - 1) == ASCII.quote
    if !isString && !FieldText(text, range, trimsSpaces: false).isJSONNumber {
      misfit(row, range, .invalidJSON)
      return zero
    }
    let read = withField(range, isString) { field -> ReadJSON<Slot> in
      if contradicts(field, isString) {
        contradict(row)
        return .value(zero)
      }
      return isStrict && type.isNumeric && field.isPaddedNumber ? .invalid : exact(field)
    }
    switch read {
    case .value(let value): return value
    case .invalid: misfit(row, range, .invalidValue)
    case .outOfRange: misfit(row, range, .outOfRange)
    case .notJSON: misfit(row, range, .invalidJSON)
    }
    return zero
  }

  /// Calls `body` with the value, escapes replaced.
  private func withField<Slot>(
    _ range: Range<Int>, _ isString: Bool, _ body: (FieldText) -> ReadJSON<Slot>
  ) -> ReadJSON<Slot> {
    let isEscaped =
      isString && hasBackslashes
      && text.firstOffset(of: ASCII.backslash, in: range) < range.upperBound
    guard isEscaped else { return body(FieldText(text, range, trimsSpaces: isString)) }
    var bytes = BufferBuilder<UInt8>()
    guard appendUnescapedJSON(text, range, to: &bytes) else { return .notJSON }
    let buffer = bytes.take()
    // SAFETY: the range is the buffer's, which outlives the call.
    return unsafe buffer.withUnsafePointer { base in
      body(FieldText(unsafe TextPointer(base: base), 0..<buffer.count, trimsSpaces: true))
    }
  }

  /// Whether the guessed type does not hold the value.
  private func contradicts(_ field: FieldText, _ isString: Bool) -> Bool {
    if node.guess == .declared || node.guess == .number && isString { return false }
    var joined = JSONScalarEvidence(type: type)
    joined.merge(isString ? field.classifyJSONString(formats) : field.classifyJSONNumber())
    return joined.type != type
  }
}

extension JSONConverter {
  private func integer() -> Column {
    let range = type.integerRange ?? 0...0
    return run(
      0 as Int32, kernel: { convertInt32($0, range: range, into: $1, exceptions: &$2) },
      exact: { field in
        switch wholeNumber(field) {
        case .value(let value):
          range.contains(value) ? .value(Int32(truncatingIfNeeded: value)) : .outOfRange
        case .invalid: .invalid
        case .outOfRange, .notJSON: .outOfRange
        }
      },
      wrap: { .int32($0) })
  }

  private func long() -> Column {
    run(
      0 as Int64, kernel: { convertInt64($0, into: $1, exceptions: &$2) },
      exact: { wholeNumber($0) }, wrap: { .int64($0) })
  }

  /// An integer, also one that is written with a fraction of zeros or an exponent.
  private func wholeNumber(_ field: FieldText) -> ReadJSON<Int64> {
    if let value = field.integer() { return .value(value) }
    guard field.number() != nil else { return .invalid }
    guard let whole = field.decimal(precision: 38, scale: 0) else {
      return field.double().map { $0.magnitude < 1e18 } ?? false ? .invalid : .outOfRange
    }
    return Int64(exactly: whole).map { .value($0) } ?? .outOfRange
  }

  private func float() -> Column {
    run(
      0 as Float, kernel: { _, _, exceptions in everyRow(&exceptions) },
      exact: { field in
        guard let parts = field.number(), let nearest = Float(field.string) else {
          return .invalid
        }
        return field.isHeld(by: nearest, parts) ? .value(nearest) : .outOfRange
      },
      wrap: { .float($0) })
  }

  private func double() -> Column {
    run(
      0 as Double, kernel: { convertDouble($0, into: $1, exceptions: &$2) },
      exact: { field in
        guard let value = field.double() else { return .invalid }
        guard let parts = field.number() else { return .value(value) }
        return field.isHeld(by: value, parts) ? .value(value) : .outOfRange
      },
      wrap: { .double($0) })
  }

  private func decimal64(_ precision: Int, _ scale: Int) -> Column {
    run(
      0 as Int64,
      kernel: {
        convertDecimal64($0, precision: precision, scale: scale, into: $1, exceptions: &$2)
      },
      exact: { field in
        guard let value = field.decimal(precision: precision, scale: scale) else {
          return field.number() == nil ? .invalid : .outOfRange
        }
        return .value(Int64(value))
      },
      wrap: { .int64($0) })
  }

  private func decimal128(_ precision: Int, _ scale: Int) -> Column {
    run(
      0 as Int128, kernel: { _, _, exceptions in everyRow(&exceptions) },
      exact: { field in
        guard let value = field.decimal(precision: precision, scale: scale) else {
          return field.number() == nil ? .invalid : .outOfRange
        }
        return .value(value)
      },
      wrap: { .int128($0) })
  }

  private func date() -> Column {
    run(
      0 as Int32,
      kernel: { fields, slots, exceptions in
        guard formats.dateFormat == nil else { return everyRow(&exceptions) }
        convertDate(fields, into: slots, exceptions: &exceptions)
      },
      exact: { field in formats.date(field).map { .value($0) } ?? .invalid },
      wrap: { .int32($0) })
  }

  private func timestamp() -> Column {
    run(
      0 as Int64,
      kernel: { fields, slots, exceptions in
        guard formats.timestampFormat == nil else { return everyRow(&exceptions) }
        convertTimestamp(fields, into: slots, exceptions: &exceptions)
      },
      exact: { field in
        guard let read = formats.timestamp(field) else { return .invalid }
        return read.isExact ? .value(read.micros) : .outOfRange
      },
      wrap: { .int64($0) })
  }

  private func everyRow(_ exceptions: inout ExceptionList) {
    for row in 0..<rowCount { exceptions.append(row, if: true) }
  }
}
