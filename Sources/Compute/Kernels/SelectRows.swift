import Base
import Columns

// Selection kernels: which rows pass a test of one value against constants. The test's kind and the
// column's physical type are decided here, once a batch; the loops below decide nothing but the
// test.
//
// SAFETY: loops index columns with the rows of a selection, or its positions, which the entries
// have compared with the number of slots (`Selection.fits`).

/// A test of one value against constants.
enum ValueTest {
  /// The scalar is of the column's type; null never passes.
  case compare(ComparisonOperator, Scalar)
  case oneOf([Scalar])
  case like(LikePattern)
}

/// The rows of `input` whose value is not null and passes `test` (or fails it, if not `wanted`).
///
/// With `isAligned`, slot `i` of the column belongs to row `input[i]`; otherwise to row `i`.
func selectRows(
  _ column: Column, _ test: ValueTest, wanted: Bool, among input: Selection, isAligned: Bool
) -> Selection {
  precondition(input.fits(slotCount: column.count, isAligned: isAligned))
  let passed: Selection
  switch test {
  case .compare(let op, let scalar):
    if scalar.isNull { return .none }
    let op = wanted ? op : op.negated
    passed = selectComparing(column.values, op, scalar, input, isAligned)
  case .oneOf(let values):
    passed = selectMembers(column.values, values, wanted, input, isAligned)
  case .like(let pattern):
    passed = selectLike(column.values, pattern, wanted, input, isAligned)
  }
  guard let validity = column.validity else { return passed }
  if isAligned {
    // The positions were mapped to rows already: find the nulls among the input instead.
    let valid = selectNulls(validity, wanted: false, among: input, isAligned: true)
    return passed.intersecting(valid)
  }
  return selectNulls(validity, wanted: false, among: passed, isAligned: false)
}

/// The rows of `input` without a value (`wanted`) or with one.
// SAFETY: rows are below the bitmap's count.
func selectNulls(
  _ validity: Bitmap?, wanted: Bool, among input: Selection, isAligned: Bool
) -> Selection {
  guard let validity else { return wanted ? .none : input }
  precondition(input.fits(slotCount: validity.count, isAligned: isAligned))
  let match: UInt64 = wanted ? 0 : 1
  return unsafe validity.words.withUnsafePointer { words in
    unsafe pick(input, isAligned) { row in
      unsafe (words[row &>> 6] &>> UInt64(truncatingIfNeeded: row & 63)) & 1 == match
    }
  }
}

// MARK: Comparisons with a constant

private func selectComparing(
  _ values: ColumnValues, _ op: ComparisonOperator, _ scalar: Scalar, _ input: Selection,
  _ isAligned: Bool
) -> Selection {
  switch values {
  case .boolean(let slots):
    return selectOrdered(slots, op, scalar == .boolean(true) ? 1 : 0, input, isAligned)
  case .int32(let slots):
    return selectOrdered(slots, op, Int32(scalar.storedInteger), input, isAligned)
  case .int64(let slots):
    return selectOrdered(slots, op, Int64(scalar.storedInteger), input, isAligned)
  case .int128(let slots):
    return selectOrdered(slots, op, scalar.storedInteger, input, isAligned)
  case .float(let slots):
    return selectFloating(slots, op, Float(scalar.doubleValue ?? 0), input, isAligned)
  case .double(let slots):
    return selectFloating(slots, op, scalar.doubleValue ?? 0, input, isAligned)
  case .bytes(let slots, let data):
    return selectBytes(slots, data, op, scalar.bytes ?? [], input, isAligned)
  case .structure, .list: preconditionFailure("a comparison of nested values")
  }
}

// SAFETY: `pick` asks for slots of the column only.
private func selectOrdered<T: BitwiseCopyable & Comparable>(
  _ slots: Buffer<T>, _ op: ComparisonOperator, _ constant: T, _ input: Selection,
  _ isAligned: Bool
) -> Selection {
  unsafe slots.withUnsafePointer { slot in
    switch op {
    case .equal: unsafe pick(input, isAligned) { unsafe slot[$0] == constant }
    case .notEqual: unsafe pick(input, isAligned) { unsafe slot[$0] != constant }
    case .less: unsafe pick(input, isAligned) { unsafe slot[$0] < constant }
    case .lessOrEqual: unsafe pick(input, isAligned) { unsafe slot[$0] <= constant }
    case .greater: unsafe pick(input, isAligned) { unsafe slot[$0] > constant }
    case .greaterOrEqual: unsafe pick(input, isAligned) { unsafe slot[$0] >= constant }
    }
  }
}

/// NaN is greater than every number and equal to itself: the hardware's comparisons are false for
/// NaN, which is right for `<` and `<=`, and `>` is "not `<=`".
// SAFETY: `pick` asks for slots of the column only.
private func selectFloating<T: BinaryFloatingPoint & BitwiseCopyable>(
  _ slots: Buffer<T>, _ op: ComparisonOperator, _ constant: T, _ input: Selection,
  _ isAligned: Bool
) -> Selection {
  unsafe slots.withUnsafePointer { slot in
    if constant.isNaN {
      switch op {
      case .equal, .greaterOrEqual: return unsafe pick(input, isAligned) { unsafe slot[$0].isNaN }
      case .less, .notEqual: return unsafe pick(input, isAligned) { unsafe !slot[$0].isNaN }
      case .lessOrEqual: return input
      case .greater: return .none
      }
    }
    return switch op {
    case .equal: unsafe pick(input, isAligned) { unsafe slot[$0] == constant }
    case .notEqual: unsafe pick(input, isAligned) { unsafe slot[$0] != constant }
    case .less: unsafe pick(input, isAligned) { unsafe slot[$0] < constant }
    case .lessOrEqual: unsafe pick(input, isAligned) { unsafe slot[$0] <= constant }
    case .greater: unsafe pick(input, isAligned) { unsafe !(slot[$0] <= constant) }
    case .greaterOrEqual: unsafe pick(input, isAligned) { unsafe !(slot[$0] < constant) }
    }
  }
}

// SAFETY: `pick` asks for slots of the column only, and slices lie within the data.
private func selectBytes(
  _ slots: Buffer<ValueSlice>, _ data: Buffer<UInt8>, _ op: ComparisonOperator, _ constant: [UInt8],
  _ input: Selection, _ isAligned: Bool
) -> Selection {
  let constant = Buffer(constant)
  let count = constant.count
  return unsafe slots.withUnsafePointer { slot in
    unsafe data.withUnsafePointer { data in
      unsafe constant.withUnsafePointer { text in
        switch op {
        case .equal:
          unsafe pick(input, isAligned) { row in
            let slice = unsafe slot[row]
            return unsafe Int(slice.count) == count
              && bytesEqual(data + Int(slice.offset), text, count)
          }
        case .notEqual:
          unsafe pick(input, isAligned) { row in
            let slice = unsafe slot[row]
            return unsafe Int(slice.count) != count
              || !bytesEqual(data + Int(slice.offset), text, count)
          }
        default:
          unsafe pick(input, isAligned) { row in
            let slice = unsafe slot[row]
            return unsafe op.holds(
              compareBytes(data + Int(slice.offset), Int(slice.count), text, count))
          }
        }
      }
    }
  }
}

// MARK: Membership and patterns

// SAFETY: `pick` asks for slots of the column only, and slices lie within the data.
private func selectMembers(
  _ values: ColumnValues, _ members: [Scalar], _ wanted: Bool, _ input: Selection,
  _ isAligned: Bool
) -> Selection {
  switch values {
  case .boolean(let slots):
    return selectSorted(
      slots, members.map { $0 == .boolean(true) ? 1 : 0 }, wanted, input, isAligned)
  case .int32(let slots):
    return selectSorted(slots, members.map { Int32($0.storedInteger) }, wanted, input, isAligned)
  case .int64(let slots):
    return selectSorted(slots, members.map { Int64($0.storedInteger) }, wanted, input, isAligned)
  case .int128(let slots):
    return selectSorted(slots, members.map(\.storedInteger), wanted, input, isAligned)
  case .float(let slots):
    return selectSorted(
      map(slots) { sortable(Double($0)) }, members.map { sortable($0.doubleValue ?? 0) }, wanted,
      input, isAligned)
  case .double(let slots):
    return selectSorted(
      map(slots) { sortable($0) }, members.map { sortable($0.doubleValue ?? 0) }, wanted, input,
      isAligned)
  case .bytes(let slots, let data):
    var table = BytesTable()
    for member in members { table.insert(Buffer(member.bytes ?? [])) }
    return unsafe slots.withUnsafePointer { slot in
      unsafe data.withUnsafePointer { data in
        unsafe pick(input, isAligned) { row in
          let slice = unsafe slot[row]
          return unsafe table.contains(data + Int(slice.offset), Int(slice.count)) == wanted
        }
      }
    }
  case .structure, .list: preconditionFailure("a comparison of nested values")
  }
}

/// Members are searched by bisection; a handful of them are simply compared.
// SAFETY: bisection stays below `count`; with no members nothing is read.
private func selectSorted<T: BitwiseCopyable & Comparable>(
  _ slots: Buffer<T>, _ members: [T], _ wanted: Bool, _ input: Selection, _ isAligned: Bool
) -> Selection {
  let members = Buffer(members.sorted())
  let count = members.count
  return unsafe slots.withUnsafePointer { slot in
    unsafe members.withUnsafePointer { member in
      unsafe pick(input, isAligned) { row in
        let value = unsafe slot[row]
        var low = 0
        var rest = count
        while rest > 1 {  // The last member not greater than the value.
          let half = rest / 2
          if unsafe member[low &+ half] <= value { low &+= half }
          rest &-= half
        }
        return unsafe (count > 0 && member[low] == value) == wanted
      }
    }
  }
}

// SAFETY: a prefix is compared only where it fits; slices lie within the data.
private func selectLike(
  _ values: ColumnValues, _ pattern: LikePattern, _ wanted: Bool, _ input: Selection,
  _ isAligned: Bool
) -> Selection {
  guard case .bytes(let slots, let data) = values else { return .none }
  if pattern.isPlainText {
    return selectBytes(slots, data, wanted ? .equal : .notEqual, pattern.prefix, input, isAligned)
  }
  if let infix = pattern.infix {
    return selectContaining(slots, data, Buffer(infix), wanted, input, isAligned)
  }
  let prefix = Buffer(pattern.prefix)
  let isPrefixOnly = pattern.isPrefixOnly
  return unsafe slots.withUnsafePointer { slot in
    unsafe data.withUnsafePointer { data in
      unsafe prefix.withUnsafePointer { text in
        unsafe pick(input, isAligned) { row in
          let slice = unsafe slot[row]
          let start = unsafe data + Int(slice.offset)
          if Int(slice.count) < prefix.count { return !wanted }
          if unsafe !bytesEqual(start, text, prefix.count) { return !wanted }
          return unsafe (isPrefixOnly || pattern.matches(start, Int(slice.count))) == wanted
        }
      }
    }
  }
}

private func selectContaining(
  _ slots: Buffer<ValueSlice>, _ data: Buffer<UInt8>, _ needle: Buffer<UInt8>, _ wanted: Bool,
  _ input: Selection, _ isAligned: Bool
) -> Selection {
  // SAFETY: every slice lies within the data.
  unsafe slots.withUnsafePointer { slot in
    unsafe data.withUnsafePointer { data in
      unsafe needle.withUnsafePointer { text in
        unsafe pick(input, isAligned) { row in
          let slice = unsafe slot[row]
          return unsafe containsBytes(
            data + Int(slice.offset), Int(slice.count), text, needle.count) == wanted
        }
      }
    }
  }
}

// MARK: Two columns

/// The rows of `input` where both columns have values and the comparison holds.
///
/// - Precondition: the columns have the same physical type and a slot for every row of the batch.
func selectRows(
  _ a: Column, _ op: ComparisonOperator, _ b: Column, among input: Selection
) -> Selection {
  precondition(input.fits(slotCount: min(a.count, b.count), isAligned: false))
  let passed: Selection
  switch (a.values, b.values) {
  case (.boolean(let x), .boolean(let y)): passed = selectPairs(x, op, y, input)
  case (.int32(let x), .int32(let y)): passed = selectPairs(x, op, y, input)
  case (.int64(let x), .int64(let y)): passed = selectPairs(x, op, y, input)
  case (.int128(let x), .int128(let y)): passed = selectPairs(x, op, y, input)
  case (.float(let x), .float(let y)):
    passed = selectPairs(
      map(x) { sortable(Double($0)) }, op, map(y) { sortable(Double($0)) }, input)
  case (.double(let x), .double(let y)):
    passed = selectPairs(map(x) { sortable($0) }, op, map(y) { sortable($0) }, input)
  case (.bytes(let x, let xData), .bytes(let y, let yData)):
    passed = selectBytePairs(x, xData, op, y, yData, input)
  default: preconditionFailure("a comparison of different physical types was bound")
  }
  let left = selectNulls(a.validity, wanted: false, among: passed, isAligned: false)
  return selectNulls(b.validity, wanted: false, among: left, isAligned: false)
}

// SAFETY: `pick` asks for slots that both columns have.
private func selectPairs<T: BitwiseCopyable & Comparable>(
  _ a: Buffer<T>, _ op: ComparisonOperator, _ b: Buffer<T>, _ input: Selection
) -> Selection {
  unsafe a.withUnsafePointer { x in
    unsafe b.withUnsafePointer { y in
      switch op {
      case .equal: unsafe pick(input, false) { unsafe x[$0] == y[$0] }
      case .notEqual: unsafe pick(input, false) { unsafe x[$0] != y[$0] }
      case .less: unsafe pick(input, false) { unsafe x[$0] < y[$0] }
      case .lessOrEqual: unsafe pick(input, false) { unsafe x[$0] <= y[$0] }
      case .greater: unsafe pick(input, false) { unsafe x[$0] > y[$0] }
      case .greaterOrEqual: unsafe pick(input, false) { unsafe x[$0] >= y[$0] }
      }
    }
  }
}

// SAFETY: `pick` asks for slots that both columns have; slices lie within their data.
private func selectBytePairs(
  _ a: Buffer<ValueSlice>, _ aData: Buffer<UInt8>, _ op: ComparisonOperator,
  _ b: Buffer<ValueSlice>, _ bData: Buffer<UInt8>, _ input: Selection
) -> Selection {
  unsafe a.withUnsafePointer { x in
    unsafe b.withUnsafePointer { y in
      unsafe aData.withUnsafePointer { left in
        unsafe bData.withUnsafePointer { right in
          unsafe pick(input, false) { row in
            let (p, q) = unsafe (x[row], y[row])
            return unsafe op.holds(
              compareBytes(
                left + Int(p.offset), Int(p.count), right + Int(q.offset), Int(q.count)))
          }
        }
      }
    }
  }
}

// MARK: The loops

/// The rows of `input` for which `test` holds. `test` gets a slot index: the row itself, or its
/// position in `input` if `isAligned`.
///
/// In two steps without a branch to mispredict: an answer a row as a byte, which vectorises, and
/// then the rows that pass, moved together.
@inline(__always)
@unsafe
private func pick(_ input: Selection, _ isAligned: Bool, _ test: (Int) -> Bool) -> Selection {
  let count = input.count
  if count == 0 { return input }
  var answers = BufferBuilder<UInt8>(capacity: count)
  // SAFETY: the tail has room for `count` answers, and all are written before they are read.
  let answer = unsafe answers.unsafeTail(count)
  if case .rows(let rows) = input, !isAligned {
    unsafe rows.withUnsafePointer { rows in
      for position in 0..<count {
        unsafe answer[position] = unsafe test(Int(rows[position])) ? 1 : 0
      }
    }
  } else {
    for position in 0..<count { unsafe answer[position] = test(position) ? 1 : 0 }
  }
  unsafe answers.advance(by: count)
  return compress(input, answers.freeze())
}

/// The rows of `input` whose answer is 1. Every row is stored, and those that pass move the place
/// of the next.
private func compress(_ input: Selection, _ answers: Buffer<UInt8>) -> Selection {
  let count = input.count
  var output = BufferBuilder<UInt32>(capacity: count)
  // SAFETY: at most one row is kept for each of `count` turns.
  let target = unsafe output.unsafeTail(count)
  var kept = 0
  unsafe answers.withUnsafePointer { answer in
    switch input {
    case .all:
      for row in 0..<count {
        unsafe target[kept] = UInt32(truncatingIfNeeded: row)
        kept &+= unsafe Int(answer[row])
      }
    case .rows(let rows):
      unsafe rows.withUnsafePointer { rows in
        for position in 0..<count {
          unsafe target[kept] = unsafe rows[position]
          kept &+= unsafe Int(answer[position])
        }
      }
    }
  }
  if kept == count { return input }
  unsafe output.advance(by: kept)
  return .rows(output.freeze())
}

extension Selection {
  /// Whether each row, or each position if `isAligned`, has one of `slotCount` slots. O(1): rows
  /// ascend, so the last one decides.
  func fits(slotCount: Int, isAligned: Bool) -> Bool {
    guard case .rows(let rows) = self, !isAligned else { return count <= slotCount }
    return rows.count == 0 || rows[rows.count - 1] < slotCount
  }

  /// Rows in both. - Precondition: both ascend.
  func intersecting(_ other: Selection) -> Selection {
    guard case .rows(let a) = self else { return other }
    guard case .rows(let b) = other else { return self }
    var output = BufferBuilder<UInt32>(capacity: min(a.count, b.count))
    let left = a.span
    let right = b.span
    var i = 0
    var j = 0
    while i < left.count && j < right.count {
      if left[i] == right[j] { output.append(left[i]) }
      let (x, y) = (left[i], right[j])
      if x <= y { i += 1 }
      if y <= x { j += 1 }
    }
    return .rows(output.freeze())
  }
}
