import Base
import Columns

/// Text of one batch: rows may share what they are made of, but not what they become.
let batchTextMaxBytes = 1 << 30

/// VARIANT as JSON text, a row a variant. Fields are in the order of their names.
///
/// - Parameters:
///   - metadata: binary, a row a variant.
///   - value: binary; nil when the schema has none.
///   - typed: `typed_value` as its schema says: structs of `value` and `typed_value` for the fields
///     of objects and the elements of arrays; nil when the schema has none.
///   - validity: where there is a variant; nil: everywhere. Elsewhere the result is null.
///   - textMaxBytes: of all rows; at most `batchTextMaxBytes`.
/// - Throws: `ParquetError`: `corrupt` for bytes that are no variant and for columns that
///   contradict each other, `unsupported` for a newer version or type, for a value that nests
///   deeper than `Limits.jsonDepth`, and for text out of proportion.
/// - Complexity: O(bytes), times the depth at worst.
func variantColumn(
  metadata: Column, value: Column?, typed: Column?, validity: Bitmap?, place: ParquetPlace,
  textMaxBytes: Int = batchTextMaxBytes
) throws(ParquetError) -> Column {
  let shape = try VariantShape(value: value, typed: typed, at: place)
  guard case .bytes(let slots, let data) = metadata.values else {
    throw .corrupt("the metadata of a variant is \(metadata.type)", at: place)
  }
  var text = VariantText()
  var slices = BufferBuilder<ValueSlice>(capacity: metadata.count)
  for row in 0..<metadata.count {
    let start = text.count
    if validity.map({ $0[row] }) ?? true {
      text.limit = min(start + Limits.fieldBytes, textMaxBytes)
      do throws(VariantFault) {
        guard !metadata.isNull(row) else { throw .malformed(.truncated(offset: 0)) }
        let bytes = data.bytes
        let dictionary = try VariantMetadata(bytes.extracting(slots[row].range))
        // A variant that is in neither column is null where one has to be.
        if try !text.append(shape, row: row, dictionary) { try text.append(json: "null") }
      } catch {
        throw ParquetError(error.code, "\(error.text) (row \(row) of the batch)", at: place)
      }
    }
    slices.append(ValueSlice(offset: UInt32(start), count: UInt32(text.count - start)))
  }
  return Column(
    type: .string, validity: validity, values: .bytes(slices.freeze(), data: text.freeze()))
}
