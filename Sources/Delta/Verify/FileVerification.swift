import Base
import Columns
import Store

/// Verifies what can be told of a data file without reading it.
struct FileVerification {
  private let store: any ObjectStore
  private let version: Int64
  /// Partition columns, and what the log calls them.
  private let partitionFields: [(field: Field, physical: String)]

  init(_ snapshot: Snapshot, store: any ObjectStore) {
    self.store = store
    version = snapshot.version
    let metadata = snapshot.metadata
    partitionFields = zip(metadata.partitionColumns, metadata.physicalPartitionColumns).compactMap {
      name, physical in
      metadata.schema.index(of: name).map { (metadata.schema.fields[$0], physical) }
    }
  }

  /// The file's path below the root, if it has one, and what is wrong.
  ///
  /// - Throws: `io`; everything else is a finding.
  func findings(_ file: AddFile) throws(DeltaError) -> (path: String?, findings: [Finding]) {
    var findings: [Finding] = []
    let location: DataFileLocation
    do throws(DeltaError) {
      location = try file.location(in: store)
    } catch {
      return (nil, [Finding(.fileMissing, error, version: version, file: file.path)])
    }
    let path = location.path
    let sizeBytes: Int64?
    do throws(StoreError) {
      sizeBytes = try location.sizeBytes(in: store)
    } catch {
      // Another store's: whether it is there cannot be told from here.
      guard error.code == .unsupported else { throw DeltaError(error) }
      return (path, [Finding(.fileMissing, DeltaError(error), version: version, file: path)])
    }
    if let sizeBytes {
      if sizeBytes != file.sizeBytes {
        findings.append(
          finding(
            .fileSize, "the file has \(sizeBytes) bytes, the log says \(file.sizeBytes)", path))
      }
    } else {
      findings.append(finding(.fileMissing, "the file is missing", path))
    }
    findings += partitionFindings(file, path)
    if let vector = file.deletionVector {
      findings += try vectorFindings(vector, file, path)
    }
    return (path, findings)
  }

  private func finding(
    _ kind: Finding.Kind, _ message: String, _ path: String, column: String? = nil
  ) -> Finding {
    Finding(kind, message, version: version, file: path, column: column)
  }

  private func partitionFindings(_ file: AddFile, _ path: String) -> [Finding] {
    var findings: [Finding] = []
    for (field, physical) in partitionFields {
      guard let value = file.partitionValues[physical] else {
        findings.append(
          finding(.partitionValue, "the partition value is missing", path, column: field.name))
        continue
      }
      do throws(DeltaError) {
        let scalar = try partitionScalar(value, type: field.type, column: field.name)
        if scalar.isNull && !field.nullable {
          findings.append(
            finding(
              .nullInRequired, "the partition value is null in a column that must have none", path,
              column: field.name))
        }
      } catch {
        findings.append(finding(.partitionValue, error.message, path, column: field.name))
      }
    }
    return findings
  }

  /// Reads the deletion vector: its checksum and number of rows are compared while it is read.
  private func vectorFindings(
    _ vector: DeletionVector, _ file: AddFile, _ path: String
  ) throws(DeltaError) -> [Finding] {
    do throws(DeltaError) {
      let rows = try vector.rows(in: store)
      if let last = rows.last, let count = file.rowCount, last >= UInt64(clamping: count) {
        return [
          finding(
            .deletionVector, "the deletion vector deletes row \(last) of \(count)", path)
        ]
      }
      return []
    } catch {
      if error.code == .io || error.code == .cancelled { throw error }
      return [finding(.deletionVector, "\(error.message) (\(error.place))", path)]
    }
  }
}
