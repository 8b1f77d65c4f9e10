import Base
public import Parquet
public import Store

extension FileInspection {
  /// Reads what a Parquet file says about itself: its footer, and with `pages` every page header.
  ///
  /// - Throws: `notFound` when there is no such file, `corrupt` when it is no Parquet file, or a
  ///   damaged one; the message says where.
  public static func open(
    _ location: String, pages: Bool = false, environment: Environment
  ) throws(GrebeError) -> FileInspection {
    let file = try FileLocation(location, environment: environment)
    guard try file.exists() else {
      if file.isDirectory() {
        throw GrebeError(
          .notFound, "a directory, not a file", place: location,
          hint: "grebe files \(location) names the files of a table")
      }
      throw GrebeError(
        .notFound, "no such file", place: location,
        hint: "give a Parquet file; grebe files TABLE names those of a table")
    }
    let reader = try exposing { () throws(StoreError) in try file.store.openReader(file.name) }
    var inspection = try footer(reader, location)
    guard pages else { return inspection }
    for group in inspection.rowGroups.indices {
      for column in inspection.rowGroups[group].columns.indices {
        let chunk = inspection.rowGroups[group].columns[column]
        guard chunk.details != nil, !chunk.isEncrypted else { continue }
        inspection.rowGroups[group].columns[column].pages = try self.pages(
          of: chunk, rowGroup: group, reader, location)
      }
    }
    return inspection
  }

  private static func footer(
    _ reader: any ObjectReader, _ location: String
  ) throws(GrebeError) -> FileInspection {
    let size = reader.sizeBytes
    var range = ParquetMetadata.tailRange(fileSizeBytes: size)
    while true {
      let tail = try exposing { () throws(StoreError) in try reader.read(range) }
      let step = try inspecting(location) { () throws(ParquetError) in
        try FileInspection.parse(tail: tail, fileSizeBytes: size)
      }
      switch step {
      case .done(let inspection): return inspection
      case .needs(let more): range = more
      }
    }
  }

  private static func pages(
    of chunk: Chunk, rowGroup: Int, _ reader: any ObjectReader, _ location: String
  ) throws(GrebeError) -> [Page] {
    var pages: [Page] = []
    var walk = try inspecting(location) { () throws(ParquetError) in
      try PageWalk(chunk, rowGroup: rowGroup, fileSizeBytes: reader.sizeBytes)
    }
    while let range = walk.nextRange {
      let bytes = try exposing { () throws(StoreError) in try reader.read(range) }
      let page = try inspecting(location) { () throws(ParquetError) in try walk.take(bytes) }
      if let page { pages.append(page) }
    }
    return pages
  }

  private static func inspecting<R>(
    _ location: String, _ body: () throws(ParquetError) -> R
  ) throws(GrebeError) -> R {
    do throws(ParquetError) { return try body() } catch {
      throw GrebeError(
        error.code, error.message,
        place: error.place.isEmpty ? location : "\(location): \(error.place)",
        hint: error.hint
          ?? (error.code == .corrupt ? "the file is damaged, cut short or of another kind" : nil))
    }
  }
}
