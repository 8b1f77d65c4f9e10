import Base
import Columns

/// What converting the columns of a batch found besides values.
struct ConversionFindings {
  /// Rows that are bad, in no order, a row perhaps more than once.
  var failures: [ConversionFailure] = []
  var contradictions: [ConversionContradiction] = []
}

struct ConversionFailure {
  var row: Int
  /// Nil: it is the row as a whole that is to blame, before any column.
  var column: Int?
  var reason: RejectReason
  var value: String
}

struct ConversionContradiction {
  var row: Int
  var column: Int
  var neededType: DataType
  var value: String
}

/// A column's slots before its data is complete: strings wait for the text to be frozen.
enum ColumnDraft {
  case finished(Column)
  case strings(Buffer<ValueSlice>, validity: Bitmap?)
}

/// What the exact path made of one value.
private enum ReadValue<Value> {
  case value(Value)
  case invalid
  case outOfRange
}

/// Converts one column of a framed batch: kernel first, then the exact path for its exceptions.
struct ColumnConverter {
  let plan: ColumnPlan
  let fields: FieldColumn
  let nulls: NullTexts
  let formats: ValueFormats
  /// Scratch with room for every row.
  let exceptionRows: Slots<UInt32>
  /// Whether a row is the header again; asked only of rows that do not fit.
  let isHeader: (Int) -> Bool

  private var type: DataType { plan.field.type }
  private var rowCount: Int { fields.rowCount }

  /// - Precondition: the type is neither string nor binary.
  func convert(_ findings: inout ConversionFindings) -> Column {
    switch type {
    case .boolean: boolean(&findings)
    case .byte, .short, .integer: integer(&findings)
    case .long: long(&findings)
    case .float: float(&findings)
    case .double: double(&findings)
    case .decimal(let precision, let scale):
      precision <= 18
        ? decimal64(precision, scale, &findings) : decimal128(precision, scale, &findings)
    case .date: date(&findings)
    case .void: void(&findings)
    default: timestamp(&findings)
    }
  }

  /// Runs `kernel` over fresh slots, resolves its exceptions with `exact`, and wraps the result.
  @inline(__always)
  private func run<Slot: BitwiseCopyable>(
    _ zero: Slot, _ findings: inout ConversionFindings,
    kernel: (FieldColumn, Slots<Slot>, inout ExceptionList) -> Void,
    exact: (FieldText) -> ReadValue<Slot>,
    wrap: (Buffer<Slot>) -> ColumnValues
  ) -> Column {
    var builder = BufferBuilder<Slot>(capacity: rowCount)
    // SAFETY: room for every row; a kernel stores a row or lists it, and `resolve` stores those.
    let slots = unsafe Slots(base: builder.unsafeTail(rowCount))
    var exceptions = ExceptionList(rows: exceptionRows)
    // Values other than strings are rarely quoted: try without looking for quotes, once more with.
    kernel(fields.trimsQuotes ? fields.keepingQuotes() : fields, slots, &exceptions)
    if fields.trimsQuotes && exceptions.count > rowCount / 8 {
      exceptions.count = 0
      kernel(fields, slots, &exceptions)
    }
    var validity = ValidityDraft(rowCount: rowCount)
    resolve(exceptions, slots, zero, &validity, &findings, exact)
    if nulls.haveValues { setNullValues(slots, zero, &validity, &findings) }
    unsafe builder.advance(by: rowCount)
    return Column(type: type, validity: validity.freeze(), values: wrap(builder.freeze()))
  }

  private func resolve<Slot: BitwiseCopyable>(
    _ exceptions: ExceptionList, _ slots: Slots<Slot>, _ zero: Slot,
    _ validity: inout ValidityDraft, _ findings: inout ConversionFindings,
    _ exact: (FieldText) -> ReadValue<Slot>
  ) {
    var seen = ValueEvidence()
    for index in 0..<exceptions.count {
      let row = Int(exceptions.rows[index])
      let (start, end, _) = fields.bounds(row)
      let field = FieldText(fields.text, start..<end, trimsSpaces: true)
      if nulls.isTypedNull(field, in: type) {
        slots[row] = zero
        validity.setNull(row)
        if !plan.field.nullable { fail(row, field, .nullInRequired, &findings) }
        continue
      }
      if plan.isInferred && contradicts(row, field, &seen, &findings) {
        slots[row] = zero
        continue
      }
      switch read(field, exact) {
      case .value(let value): slots[row] = value
      case .invalid:
        slots[row] = zero
        fail(row, field, .invalidValue, &findings)
      case .outOfRange:
        slots[row] = zero
        fail(row, field, .outOfRange, &findings)
      }
    }
  }

  /// Kernels take a spelling of null that is a value, such as -9999, for that.
  private func setNullValues<Slot>(
    _ slots: Slots<Slot>, _ zero: Slot, _ validity: inout ValidityDraft,
    _ findings: inout ConversionFindings
  ) {
    for row in 0..<rowCount {
      let (start, end, _) = fields.bounds(row)
      let field = FieldText(fields.text, start..<end, trimsSpaces: true)
      guard nulls.isNullValue(field) else { continue }
      slots[row] = zero
      validity.setNull(row)
      if !plan.field.nullable { fail(row, field, .nullInRequired, &findings) }
    }
  }

  /// Numbers of another style than the plain one are brought into that first. What kernels list
  /// has all numbers among it that a strict column refuses.
  private func read<Slot>(
    _ field: FieldText, _ convert: (FieldText) -> ReadValue<Slot>
  ) -> ReadValue<Slot> {
    func exact(_ plain: FieldText) -> ReadValue<Slot> {
      plan.isStrict && plain.isPaddedNumber ? .invalid : convert(plain)
    }
    let style = formats.field.numbers
    guard style != .plain && type.isNumeric else { return exact(field) }
    if let value = field.withPlainNumber(style, exact) { return value }
    return field.number() == nil ? exact(field) : .invalid
  }

  private func fail(
    _ row: Int, _ field: FieldText, _ reason: RejectReason, _ findings: inout ConversionFindings
  ) {
    if noteHeader(row, &findings) { return }
    findings.failures.append(
      ConversionFailure(row: row, column: plan.column, reason: reason, value: field.string))
  }

  /// Whether the row is the header again, which is no row then.
  private func noteHeader(_ row: Int, _ findings: inout ConversionFindings) -> Bool {
    guard isHeader(row) else { return false }
    findings.failures.append(
      ConversionFailure(row: row, column: nil, reason: .repeatedHeader, value: ""))
    return true
  }

  /// Whether the value does not fit the guessed type; notes what would, with what was `seen`
  /// before.
  private func contradicts(
    _ row: Int, _ field: FieldText, _ seen: inout ValueEvidence,
    _ findings: inout ConversionFindings
  ) -> Bool {
    let value = field.classify(formats)
    if plan.isNumber && !value.isNumber { return false }
    var joined = plan.evidence
    joined.merge(value)
    if joined.type == type { return false }
    if noteHeader(row, &findings) { return true }
    let isFirst = seen.isEmpty
    seen.merge(joined)
    if isFirst {
      findings.contradictions.append(
        ConversionContradiction(
          row: row, column: plan.column, neededType: seen.type, value: field.string))
    } else {
      findings.contradictions[findings.contradictions.count - 1].neededType = seen.type
    }
    return true
  }
}

extension ColumnConverter {
  /// A column in which the sample had nothing but empty fields: any value contradicts that.
  private func void(_ findings: inout ConversionFindings) -> Column {
    var seen = ValueEvidence()
    for row in 0..<rowCount {
      let (start, end, isQuoted) = fields.bounds(row)
      guard start < end || isQuoted else { continue }
      let field = FieldText(fields.text, start..<end, trimsSpaces: true)
      if !isQuoted && nulls.isTypedNull(field, in: type) { continue }
      _ = contradicts(row, field, &seen, &findings)
    }
    return Column(.string, repeating: .null, count: rowCount)
  }

  private func boolean(_ findings: inout ConversionFindings) -> Column {
    run(
      0 as UInt8, &findings,
      kernel: { convertBoolean($0, into: $1, exceptions: &$2) },
      exact: { field in field.boolean().map { .value($0 ? 1 : 0) } ?? .invalid },
      wrap: { .boolean($0) })
  }

  private func integer(_ findings: inout ConversionFindings) -> Column {
    let range = type.integerRange ?? 0...0
    return run(
      0 as Int32, &findings,
      kernel: { convertInt32($0, range: range, into: $1, exceptions: &$2) },
      exact: { field in
        guard let value = field.integer() else { return beyondIntegers(field) }
        return range.contains(value) ? .value(Int32(value)) : .outOfRange
      },
      wrap: { .int32($0) })
  }

  private func long(_ findings: inout ConversionFindings) -> Column {
    run(
      0 as Int64, &findings,
      kernel: { convertInt64($0, into: $1, exceptions: &$2) },
      exact: { field in field.integer().map { .value($0) } ?? beyondIntegers(field) },
      wrap: { .int64($0) })
  }

  /// A text that `integer()` refused: an integer too large, or none.
  private func beyondIntegers<Value>(_ field: FieldText) -> ReadValue<Value> {
    guard let parts = field.number() else { return .invalid }
    return parts.hasPoint || parts.hasExponent ? .invalid : .outOfRange
  }

  private func float(_ findings: inout ConversionFindings) -> Column {
    run(
      0 as Float, &findings,
      kernel: { _, _, exceptions in everyRow(&exceptions) },
      exact: { field in
        guard let value = field.double() else { return .invalid }
        guard value.isFinite, let parts = field.number() else { return .value(Float(value)) }
        guard let nearest = Float(field.string) else { return .invalid }
        return field.isHeld(by: nearest, parts) ? .value(nearest) : .outOfRange
      },
      wrap: { .float($0) })
  }

  private func double(_ findings: inout ConversionFindings) -> Column {
    run(
      0 as Double, &findings,
      kernel: {
        convertDouble(
          $0, point: formats.field.numbers.point, isExact: plan.isInferred, into: $1,
          exceptions: &$2)
      },
      exact: { field in
        guard let value = field.double() else { return .invalid }
        guard let parts = field.number() else { return .value(value) }
        return field.isHeld(by: value, parts) ? .value(value) : .outOfRange
      },
      wrap: { .double($0) })
  }

  private func decimal64(
    _ precision: Int, _ scale: Int, _ findings: inout ConversionFindings
  ) -> Column {
    run(
      0 as Int64, &findings,
      kernel: {
        convertDecimal64(
          $0, precision: precision, scale: scale, point: formats.field.numbers.point, into: $1,
          exceptions: &$2)
      },
      exact: { field in
        guard let value = field.decimal(precision: precision, scale: scale) else {
          return field.number() == nil ? .invalid : .outOfRange
        }
        return .value(Int64(value))
      },
      wrap: { .int64($0) })
  }

  private func decimal128(
    _ precision: Int, _ scale: Int, _ findings: inout ConversionFindings
  ) -> Column {
    run(
      0 as Int128, &findings,
      kernel: { _, _, exceptions in everyRow(&exceptions) },
      exact: { field in
        guard let value = field.decimal(precision: precision, scale: scale) else {
          return field.number() == nil ? .invalid : .outOfRange
        }
        return .value(value)
      },
      wrap: { .int128($0) })
  }

  private func date(_ findings: inout ConversionFindings) -> Column {
    run(
      0 as Int32, &findings,
      kernel: { fields, slots, exceptions in
        guard formats.hasPlainDates else { return everyRow(&exceptions) }
        convertDate(fields, into: slots, exceptions: &exceptions)
      },
      exact: { field in formats.date(field).map { .value($0) } ?? .invalid },
      wrap: { .int32($0) })
  }

  private func timestamp(_ findings: inout ConversionFindings) -> Column {
    run(
      0 as Int64, &findings,
      kernel: { fields, slots, exceptions in
        guard formats.hasPlainTimestamps else { return everyRow(&exceptions) }
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

  /// Slices of the text; `extra` takes the unescaped values, which follow the text in the data.
  func strings(
    hasEscapes: Bool, dialect: CSVDialect, extraStart: Int, extra: inout BufferBuilder<UInt8>,
    _ findings: inout ConversionFindings
  ) -> ColumnDraft {
    var builder = BufferBuilder<ValueSlice>(capacity: rowCount)
    // SAFETY: room for every row; `sliceStrings` stores each of them, before `advance` counts them.
    let slots = unsafe Slots(base: builder.unsafeTail(rowCount))
    var exceptions = ExceptionList(rows: exceptionRows)
    sliceStrings(fields, into: slots, exceptions: &exceptions)
    var validity = ValidityDraft(rowCount: rowCount)
    for index in 0..<exceptions.count {
      setNull(Int(exceptions.rows[index]), slots, &validity, &findings)
    }
    if !nulls.everywhere.isEmpty {
      exceptions.count = 0
      findNullTexts(fields, nulls.everywhere, exceptions: &exceptions)
      for index in 0..<exceptions.count {
        setNull(Int(exceptions.rows[index]), slots, &validity, &findings)
      }
    }
    if hasEscapes {
      unescapeStrings(
        fields, dialect: dialect, slices: slots, extraStart: extraStart, extra: &extra)
    }
    unsafe builder.advance(by: rowCount)
    return .strings(builder.freeze(), validity: validity.freeze())
  }

  private func setNull(
    _ row: Int, _ slots: Slots<ValueSlice>, _ validity: inout ValidityDraft,
    _ findings: inout ConversionFindings
  ) {
    slots[row] = ValueSlice(offset: 0, count: 0)
    validity.setNull(row)
    guard !plan.field.nullable else { return }
    findings.failures.append(
      ConversionFailure(row: row, column: plan.column, reason: .nullInRequired, value: ""))
  }
}

/// Validity that exists only once a row is null.
struct ValidityDraft: ~Copyable {
  private let rowCount: Int
  private var words = BufferBuilder<UInt64>()

  init(rowCount: Int) { self.rowCount = rowCount }

  mutating func setNull(_ row: Int) {
    if words.count == 0 {
      words.append(repeating: .max, count: (rowCount + 63) / 64)
      if rowCount & 63 != 0 { words[words.count - 1] = (1 << UInt64(rowCount & 63)) - 1 }
    }
    words[row >> 6] &= ~(1 << UInt64(row & 63))
  }

  consuming func freeze() -> Bitmap? {
    if words.count == 0 { return nil }
    let count = rowCount
    return Bitmap(words: words.take(), count: count)
  }
}
