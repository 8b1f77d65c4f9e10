import Base
import Columns
import Compute

/// SQL's semantics one row at a time, written for clarity: what the kernels are compared with.
struct Reference {
  let schema: Schema
  let row: [Scalar]

  func value(_ expression: Expression) -> Scalar {
    switch expression {
    case .column(let name): return row[schema.index(of: name)!]
    case .literal(let scalar): return scalar
    case .compare(let op, let left, let right): return compare(op, left, right)
    case .and(let parts): return parts.map(value).reduce(.boolean(true), and)
    case .or(let parts): return not(parts.map { not(value($0)) }.reduce(.boolean(true), and))
    case .not(let part): return not(value(part))
    case .isNull(let part): return .boolean(value(part).isNull)
    case .isNotNull(let part): return .boolean(!value(part).isNull)
    case .between(let part, let low, let high):
      return and(compare(.greaterOrEqual, part, low), compare(.lessOrEqual, part, high))
    case .inList(let part, let items):
      return not(items.map { not(compare(.equal, part, $0)) }.reduce(.boolean(true), and))
    case .like(let part, let pattern, let escape):
      guard case .string(let text) = value(part) else { return .null }
      return .boolean(like(Array(text.unicodeScalars)[...], tokens(pattern, escape)[...]))
    case .arithmetic(let op, let left, let right): return arithmetic(op, value(left), value(right))
    default: preconditionFailure("no reference for this")
    }
  }

  private func and(_ a: Scalar, _ b: Scalar) -> Scalar {
    if a == .boolean(false) || b == .boolean(false) { return .boolean(false) }
    return a.isNull || b.isNull ? .null : .boolean(true)
  }

  private func not(_ a: Scalar) -> Scalar {
    if case .boolean(let value) = a { .boolean(!value) } else { .null }
  }

  private func compare(_ op: ComparisonOperator, _ l: Expression, _ r: Expression) -> Scalar {
    var (a, b) = (value(l), value(r))
    if a.isNull || b.isNull { return .null }
    // A number written beside a float column is meant as a float.
    if isFloat(l), case .literal = r, let x = b.doubleValue { b = .double(Double(Float(x))) }
    if isFloat(r), case .literal = l, let x = a.doubleValue { a = .double(Double(Float(x))) }
    return .boolean(op.holds(Scalar.compare(a, b)!))
  }

  private func isFloat(_ expression: Expression) -> Bool {
    if case .column(let name) = expression {
      schema.fields[schema.index(of: name)!].type == .float
    } else {
      false
    }
  }

  private func arithmetic(_ op: ArithmeticOperator, _ a: Scalar, _ b: Scalar) -> Scalar {
    if a.isNull || b.isNull { return .null }
    if case .integer(let x) = a, case .integer(let y) = b, op != .divide {
      switch op {
      case .add: return .integer(x + y)
      case .subtract: return .integer(x - y)
      case .multiply: return .integer(x * y)
      default: return y == 0 ? .null : .integer(x % y)
      }
    }
    let (x, y) = (a.doubleValue!, b.doubleValue!)
    switch op {
    case .add: return .double(x + y)
    case .subtract: return .double(x - y)
    case .multiply: return .double(x * y)
    case .divide: return y == 0 ? .null : .double(x / y)
    case .remainder: return y == 0 ? .null : .double(x.truncatingRemainder(dividingBy: y))
    }
  }

  enum Token {
    case any, one
    case plain(Unicode.Scalar)
  }

  private func tokens(_ pattern: String, _ escape: Character?) -> [Token] {
    var tokens: [Token] = []
    var isEscaped = false
    for scalar in pattern.unicodeScalars {
      if !isEscaped, scalar == escape?.unicodeScalars.first {
        isEscaped = true
        continue
      }
      tokens.append(
        isEscaped ? .plain(scalar) : scalar == "%" ? .any : scalar == "_" ? .one : .plain(scalar))
      isEscaped = false
    }
    return tokens
  }

  private func like(_ text: ArraySlice<Unicode.Scalar>, _ pattern: ArraySlice<Token>) -> Bool {
    guard let token = pattern.first else { return text.isEmpty }
    switch token {
    case .any:
      return (text.startIndex...text.endIndex).contains { like(text[$0...], pattern.dropFirst()) }
    case .one: return !text.isEmpty && like(text.dropFirst(), pattern.dropFirst())
    case .plain(let scalar):
      return text.first == scalar && like(text.dropFirst(), pattern.dropFirst())
    }
  }
}
