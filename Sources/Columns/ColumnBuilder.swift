import Base

/// Builds a column value by value: for edges and tests. Readers and kernels fill buffers directly.
package struct ColumnBuilder: ~Copyable {
  package let type: DataType
  private var validity = BitmapBuilder()
  private var hasNulls = false
  private var int32s = BufferBuilder<Int32>()
  private var int64s = BufferBuilder<Int64>()
  private var int128s = BufferBuilder<Int128>()
  private var floats = BufferBuilder<Float>()
  private var doubles = BufferBuilder<Double>()
  private var booleans = BufferBuilder<UInt8>()
  private var slices = BufferBuilder<ValueSlice>()
  private var data = BufferBuilder<UInt8>()

  /// - Precondition: `type` is not nested.
  package init(_ type: DataType) {
    precondition(type.physical != nil)
    self.type = type
  }

  package var count: Int { validity.count }

  /// - Precondition: `scalar` is null or of the column's type.
  package mutating func append(_ scalar: Scalar) {
    validity.append(!scalar.isNull)
    if scalar.isNull { hasNulls = true }
    switch type.physical! {
    case .boolean: booleans.append(scalar == .boolean(true) ? 1 : 0)
    case .int32: int32s.append(Int32(scalar.storedInteger))
    case .int64: int64s.append(Int64(scalar.storedInteger))
    case .int128: int128s.append(scalar.storedInteger)
    case .float: floats.append(Float(scalar.doubleValue ?? 0))
    case .double: doubles.append(scalar.doubleValue ?? 0)
    case .bytes: appendBytes(scalar)
    }
  }

  private mutating func appendBytes(_ scalar: Scalar) {
    let bytes: [UInt8] =
      switch scalar {
      case .string(let text): Array(text.utf8)
      case .binary(let bytes), .uuid(let bytes): bytes
      case .interval(let months, let days, let millis):
        Scalar.intervalBytes(months: months, days: days, millis: millis)
      default: []
      }
    slices.append(ValueSlice(offset: UInt32(data.count), count: UInt32(bytes.count)))
    data.append(contentsOf: bytes.span)
  }

  package consuming func freeze() -> Column {
    let bits = validity.take()
    let values: ColumnValues =
      switch type.physical! {
      case .boolean: .boolean(booleans.take())
      case .int32: .int32(int32s.take())
      case .int64: .int64(int64s.take())
      case .int128: .int128(int128s.take())
      case .float: .float(floats.take())
      case .double: .double(doubles.take())
      case .bytes: .bytes(slices.take(), data: data.take())
      }
    return Column(type: type, validity: hasNulls ? bits : nil, values: values)
  }
}

extension Scalar {
  /// The integer that stands for this value in a column's slots; 0 for everything else.
  package var storedInteger: Int128 {
    switch self {
    case .integer(let value): Int128(value)
    case .decimal(let unscaled, _): unscaled
    case .date(let days): Int128(days)
    case .timestamp(let micros), .timestampNtz(let micros): Int128(micros)
    case .timestampNanos(let nanos), .timestampNtzNanos(let nanos): Int128(nanos)
    case .time(let value), .timeNanos(let value): Int128(value)
    default: 0
    }
  }
}

extension Column {
  package init(_ type: DataType, _ scalars: [Scalar]) {
    if type.isNested {
      self.init(nested: type, scalars)
      return
    }
    var builder = ColumnBuilder(type)
    for scalar in scalars { builder.append(scalar) }
    self = builder.freeze()
  }

  private init(nested type: DataType, _ scalars: [Scalar]) {
    var validity = BitmapBuilder()
    for scalar in scalars { validity.append(!scalar.isNull) }
    let values: ColumnValues
    if case .structure(let fields) = type {
      let children = fields.indices.map { index in
        Column(fields[index].type, scalars.map { $0.field(index) })
      }
      values = .structure(children, count: scalars.count)
    } else {
      var slices = BufferBuilder<ValueSlice>()
      var elements: [Scalar] = []
      for scalar in scalars {
        let own = scalar.elements
        slices.append(ValueSlice(offset: UInt32(elements.count), count: UInt32(own.count)))
        elements += own
      }
      values = .list(slices.freeze(), element: Column(type.elementField!.type, elements))
    }
    self.init(
      type: type, validity: scalars.contains(.null) ? validity.take() : nil, values: values)
  }

  /// `count` rows of one value: a partition column, a missing column.
  package init(_ type: DataType, repeating scalar: Scalar, count: Int) {
    let one = Column(type, [scalar])
    self = one.gathering(Buffer(repeating: 0, count: count))
  }

  /// Every value, for tests and printing.
  package var scalars: [Scalar] { (0..<count).map { self[$0] } }
}

extension Scalar {
  /// Field `index` of a struct; null of everything else.
  fileprivate func field(_ index: Int) -> Scalar {
    guard case .structure(let fields) = self else { return .null }
    return fields[index].value
  }

  /// The rows of an array or map in its column's element.
  fileprivate var elements: [Scalar] {
    switch self {
    case .array(let elements): elements
    case .map(let entries):
      entries.map { .structure([NamedScalar("key", $0.key), NamedScalar("value", $0.value)]) }
    default: []
    }
  }
}
