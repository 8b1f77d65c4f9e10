import Base
import Columns

extension BoundExpression {
  /// A scalar function over whole columns; null where an argument is.
  func apply(
    _ function: ScalarFunction, _ parts: [BoundExpression], _ context: EvaluationContext
  ) throws(ComputeError) -> Operand {
    var arguments: [Column] = []
    for part in parts {
      arguments.append(try part.operand(context).column(count: context.rowCount))
    }
    let column = arguments[0]
    switch function {
    case .extract(let field): return .column(extractField(field, from: column))
    case .truncate(let field): return .column(try truncateToField(field, column))
    case .format(let pattern): return .column(try formatTimestamps(column, pattern))
    case .integerText: return .column(try checkIntegerTexts(column))
    case .upper: return .column(try mapText(column, ascii: upperASCII) { $0.uppercased() })
    case .lower: return .column(try mapText(column, ascii: lowerASCII) { $0.lowercased() })
    case .length: return .column(textLength(column))
    case .absolute: return .column(try absolute(column))
    case .floor: return .column(try roundColumn(column, .floor, to: type))
    case .ceiling: return .column(try roundColumn(column, .ceiling, to: type))
    case .round(let digits): return .column(try roundColumn(column, .nearest(digits), to: type))
    case .trim: return .column(trimColumn(column, start: true, end: true))
    case .trimStart: return .column(trimColumn(column, start: true, end: false))
    case .trimEnd: return .column(trimColumn(column, start: false, end: true))
    case .concatenate: return .column(try concatenateText(arguments, count: context.rowCount))
    case .substring: return .column(substringColumn(arguments))
    case .startsWith, .endsWith, .contains: return .column(searchText(function, arguments))
    }
  }
}

// MARK: Numbers

enum Rounding: Equatable {
  case floor, ceiling
  case nearest(Int)
}

/// - Throws: `ComputeError` for the smallest long, which has no absolute value.
func absolute(_ column: Column) throws(ComputeError) -> Column {
  var conversion = Conversion(column: column, type: column.type, isTry: false)
  let values: ColumnValues =
    switch column.values {
    case .double(let slots): .double(map(slots) { $0.magnitude })
    case .int64(let slots): try .int64(conversion.run(slots) { $0 == .min ? nil : abs($0) })
    case .int128(let slots): try .int128(conversion.run(slots) { $0 == .min ? nil : abs($0) })
    default: preconditionFailure("the absolute value of \(column.type) was bound")
    }
  return Column(type: column.type, validity: column.validity, values: values)
}

func roundColumn(
  _ column: Column, _ rounding: Rounding, to type: DataType
) throws(ComputeError) -> Column {
  let values: ColumnValues
  switch column.values {
  case .double(let slots):
    switch rounding {
    case .floor: values = .double(map(slots) { $0.rounded(.down) })
    case .ceiling: values = .double(map(slots) { $0.rounded(.up) })
    case .nearest(let digits):
      let factor = Double(powerOfTen(min(digits, 22)))
      values = .double(
        map(slots) { value in
          let scaled = value * factor
          guard scaled.isFinite else { return value }
          return scaled.rounded(.toNearestOrAwayFromZero) / factor
        })
    }
  case .int64(let slots):
    return try roundDecimals(column, map(slots) { Int128($0) }, rounding, to: type)
  case .int128(let slots): return try roundDecimals(column, slots, rounding, to: type)
  default: preconditionFailure("rounding of \(column.type) was bound")
  }
  return Column(type: type, validity: column.validity, values: values)
}

private func roundDecimals(
  _ column: Column, _ slots: Buffer<Int128>, _ rounding: Rounding, to type: DataType
) throws(ComputeError) -> Column {
  let divisor = powerOfTen(column.type.decimalScale - type.decimalScale)
  let rounded: Buffer<Int128> =
    switch rounding {
    case .nearest: map(slots) { divideRounding($0, divisor) }
    case .floor: map(slots) { floorDivide($0, divisor).quotient }
    case .ceiling:
      map(slots) {
        let (quotient, remainder) = floorDivide($0, divisor)
        return remainder == 0 ? quotient : quotient &+ 1
      }
    }
  let narrow = type.physical == .int64
  return Column(
    type: type, validity: column.validity,
    values: narrow ? .int64(map(rounded) { Int64(truncatingIfNeeded: $0) }) : .int128(rounded))
}
