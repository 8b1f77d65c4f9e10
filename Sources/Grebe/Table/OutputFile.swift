package import Base
import Columns
import Parquet
import Store

/// A local file that appears complete or not at all, for query results.
public final class OutputFile {
  private let writer: any ObjectWriter

  public init(path: String) throws(GrebeError) {
    let (directory, name) = FileLocation.split(path)
    guard !name.isEmpty else {
      throw GrebeError(.invalidArgument, "the output needs a file name", place: path)
    }
    writer = try exposing { () throws(StoreError) in
      try openStandardStore(directory).createWriter(name)
    }
  }

  public func append(_ text: String) throws(GrebeError) {
    var bytes = ByteWriter(capacity: text.utf8.count)
    bytes.append(utf8: text)
    try append(bytes.freeze())
  }

  package func append(_ bytes: Buffer<UInt8>) throws(GrebeError) {
    try exposing { () throws(StoreError) in try writer.append(bytes.bytes) }
  }

  public func finish() throws(GrebeError) {
    try exposing { () throws(StoreError) in try writer.finish() }
  }
}
