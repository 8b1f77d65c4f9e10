import Base
import Columns
import Compute

/// Rows of one partition, packed: what is set aside, spilled and merged.
struct PackedPiece: Sendable {
  /// Number of the partition in the job.
  let partition: Int
  let rowCount: Int
  let bytes: Buffer<UInt8>
}

extension RowUnpacker {
  /// Adds the rows of `piece`.
  func append(_ piece: PackedPiece) throws(DeltaError) {
    do throws(DecodingFault) {
      try append(piece.bytes.bytes, rowCount: piece.rowCount)
    } catch {
      throw damagedScratch("rows that cannot be unpacked")
    }
  }
}

extension ColumnBatch {
  /// `rows` in pieces of at most `rowLimit`, packed.
  func packed(_ rows: Range<Int>, partition: Int, rowLimit: Int) -> [PackedPiece] {
    stride(from: rows.lowerBound, to: rows.upperBound, by: rowLimit).map { start in
      let rows = start..<min(start + rowLimit, rows.upperBound)
      var writer = ByteWriter()
      RowPacker.append(columns, rows: rows, to: &writer)
      return PackedPiece(partition: partition, rowCount: rows.count, bytes: writer.take())
    }
  }
}

/// What was written to the scratch file is not what it gave back.
func damagedScratch(_ what: String) -> DeltaError {
  DeltaError(
    .io, "the scratch file holds \(what)",
    hint: "nothing was committed; check the disk of the temporary directory (TMPDIR)")
}
