import Base
import CKernels

// Rows that make whole vectors, by the kernels of `numbers.h`. Their twins are the scalar kernels,
// which convert what is left: they take the same texts for the same values, and list the same rows.
// Only fields that are their values, with nothing to trim, come here.

#if arch(x86_64)
  extension FieldColumn {
    // SAFETY: the pointers are the column's own, and used for no longer than it is.
    fileprivate var vectorFields: grebe_fields {
      unsafe grebe_fields(text: text.base, ends: ends, stride: stride)
    }

    /// Rows of whole vectors of `width`; none where the processor has no vectors.
    fileprivate func vectorRowCount(_ width: Int) -> Int {
      level >= .avx2 ? rowCount / width * width : 0
    }

    /// Runs a kernel over the rows of whole vectors of `width`; it lists rows at a place and
    /// returns how many. Returns how many rows are done, listed ones included.
    @inline(__always)
    fileprivate func convertVectors(
      of width: Int, listing exceptions: inout ExceptionList,
      _ kernel: (grebe_fields, Int, UnsafeMutablePointer<UInt32>) -> Int
    ) -> Int {
      let count = vectorRowCount(width)
      guard count > 0 else { return 0 }
      // SAFETY: the fields are those of the frame, whose text may be read 64 bytes beyond both
      // ends; the list has room for every row, and so has the output that a kernel writes to.
      unsafe exceptions.count += kernel(
        vectorFields, count, exceptions.rows.base + exceptions.count)
      return count
    }
  }
#endif

/// - Returns: how many rows are done, listed ones included.
func convertVectors(
  _ column: FieldColumn, into output: Slots<Int32>, exceptions: inout ExceptionList
) -> Int {
  #if arch(x86_64)
    // SAFETY: see `convertVectors(of:listing:_:)`.
    guard column.level >= .avx512 else {
      return unsafe column.convertVectors(of: 4, listing: &exceptions) {
        unsafe grebe_parse_int32_avx2($0, $1, output.base, $2)
      }
    }
    return unsafe column.convertVectors(of: 8, listing: &exceptions) {
      unsafe grebe_parse_int32_avx512($0, $1, output.base, $2)
    }
  #else
    return 0
  #endif
}

/// - Returns: how many rows are done, listed ones included.
func convertVectors(
  _ column: FieldColumn, into output: Slots<Int64>, exceptions: inout ExceptionList
) -> Int {
  #if arch(x86_64)
    // SAFETY: as for integers of 32 bits.
    guard column.level >= .avx512 else {
      return unsafe column.convertVectors(of: 4, listing: &exceptions) {
        unsafe grebe_parse_int64_avx2($0, $1, output.base, $2)
      }
    }
    return unsafe column.convertVectors(of: 8, listing: &exceptions) {
      unsafe grebe_parse_int64_avx512($0, $1, output.base, $2)
    }
  #else
    return 0
  #endif
}

/// Lists what has too many digits for vectors beside what is no number at all.
///
/// - Returns: how many rows are done, and how many of them are in `list`, from its front.
func convertVectors(
  _ column: FieldColumn, _ rules: DoubleRules, into output: Slots<Double>, _ list: Slots<UInt32>
) -> (done: Int, listed: Int) {
  #if arch(x86_64)
    let isWide = column.level >= .avx512
    let count = column.vectorRowCount(isWide ? 8 : 4)
    guard count > 0 else { return (0, 0) }
    // SAFETY: as for integers; the table of powers goes up to 22, and 15 are wanted.
    let listed =
      unsafe isWide
      ? grebe_parse_double_avx512(
        column.vectorFields, count, rules.point, rules.powers, output.base, list.base)
      : grebe_parse_double_avx2(
        column.vectorFields, count, rules.point, rules.powers, output.base, list.base)
    return (count, listed)
  #else
    return (0, 0)
  #endif
}

/// - Parameter rules: by the characters behind the point, `decimalRules`.
/// - Returns: how many rows are done, listed ones included.
func convertDecimalVectors(
  _ column: FieldColumn, point: UInt8, _ rules: UnsafePointer<grebe_decimal_rule>,
  into output: Slots<Int64>, exceptions: inout ExceptionList
) -> Int {
  #if arch(x86_64)
    // SAFETY: as for integers; there is a rule for each of 0 to 16 characters.
    guard column.level >= .avx512 else {
      return unsafe column.convertVectors(of: 4, listing: &exceptions) {
        unsafe grebe_parse_decimal64_avx2($0, $1, point, rules, output.base, $2)
      }
    }
    return unsafe column.convertVectors(of: 8, listing: &exceptions) {
      unsafe grebe_parse_decimal64_avx512($0, $1, point, rules, output.base, $2)
    }
  #else
    return 0
  #endif
}

/// - Returns: how many rows are done, listed ones included.
func convertTimestampVectors(
  _ column: FieldColumn, into output: Slots<Int64>, exceptions: inout ExceptionList
) -> Int {
  #if arch(x86_64)
    // SAFETY: as for integers of 32 bits.
    return unsafe column.convertVectors(of: 8, listing: &exceptions) {
      unsafe grebe_parse_timestamp_avx2($0, $1, output.base, $2)
    }
  #else
    return 0
  #endif
}

/// - Returns: how many rows are done, listed ones included.
func convertDateVectors(
  _ column: FieldColumn, into output: Slots<Int32>, exceptions: inout ExceptionList
) -> Int {
  #if arch(x86_64)
    // SAFETY: as for integers of 32 bits.
    return unsafe column.convertVectors(of: 8, listing: &exceptions) {
      unsafe grebe_parse_date_avx2($0, $1, output.base, $2)
    }
  #else
    return 0
  #endif
}
