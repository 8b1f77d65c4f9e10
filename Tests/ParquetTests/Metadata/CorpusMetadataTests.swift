import Base
import Columns
import Foundation
import Testing

@testable import Parquet

private let data = (sharedData ?? "") + "/parquet-testing/data/"

private let encryptedFiles: [(String, String)] = [
  ("aes256/encrypt_columns_and_footer", "AES_GCM_V1"),
  ("aes256/encrypt_columns_and_footer_ctr", "AES_GCM_CTR_V1"),
  ("aes256/encrypt_columns_and_footer_disable_aad_storage", "AES_GCM_V1"),
  ("aes256/encrypt_columns_plaintext_footer", "AES_GCM_V1"),
  ("aes256/uniform_encryption", "AES_GCM_V1"),
  ("encrypt_columns_and_footer", "AES_GCM_V1"),
  ("encrypt_columns_and_footer_aad", "AES_GCM_V1"),
  ("encrypt_columns_and_footer_bloom_filter", "AES_GCM_V1"),
  ("encrypt_columns_and_footer_ctr", "AES_GCM_CTR_V1"),
  ("encrypt_columns_and_footer_disable_aad_storage", "AES_GCM_V1"),
  ("encrypt_columns_plaintext_footer", "AES_GCM_V1"),
  ("external_key_material_java", "AES_GCM_V1"), ("uniform_encryption", "AES_GCM_V1"),
]

/// The footer as it is, without what is made of it.
private func footer(_ path: String) throws -> FileMetaData {
  let file = try readBytes(path)
  let sizeBytes = (0..<4).reduce(0) { $0 | Int(file[file.count - 8 + $1]) << (8 * $1) }
  var reader = ThriftReader(file.bytes, at: file.count - 8 - sizeBytes)
  return try FileMetaData(from: &reader)
}

private func written<T: ThriftReadable & ThriftWritable>(_ value: T) throws -> T {
  var writer = ThriftWriter()
  writer.write(value)
  let bytes = writer.take()
  var reader = ThriftReader(bytes.bytes)
  return try T(from: &reader)
}

@Suite("Metadata of the corpus", .enabled(if: sharedData != nil)) struct CorpusMetadataTests {
  @Test(arguments: encryptedFiles) func `an encrypted file is refused with its algorithm`(
    name: String, algorithm: String
  ) throws {
    let error = #expect(throws: ParquetError.self) {
      try readMetadata(try readBytes(data + name + ".parquet.encrypted"))
    }
    #expect(error?.code == .unsupported)
    #expect(error?.message.contains("encrypted with \(algorithm)") == true)
  }

  @Test(arguments: [
    ("crs-default", LogicalType.geometry(crs: nil)), ("crs-srid", .geometry(crs: "srid:5070")),
    ("crs-geography", .geography(crs: nil, algorithm: nil)),
  ])
  func `coordinate systems are read and written`(name: String, type: LogicalType) throws {
    let footer = try footer(data + "geospatial/\(name).parquet")
    #expect(footer.schema.contains { $0.logicalType == type })
    #expect(try written(footer) == footer)
  }

  @Test func `bounding boxes are read and written`() throws {
    let footer = try footer(data + "geospatial/geospatial.parquet")
    let statistics = footer.rowGroups.flatMap(\.columns).compactMap {
      $0.metadata?.geospatialStatistics
    }
    let box = try #require(statistics.compactMap(\.boundingBox).first)
    #expect(box.xMin <= box.xMax && box.yMin <= box.yMax)
    #expect(statistics.contains { $0.typeCodes?.isEmpty == false })
    #expect(try written(footer) == footer)
  }

  @Test(arguments: [
    "floating_orders_nan_count", "sort_columns", "column_chunk_key_value_metadata",
    "nested_structs.rust", "binary_truncated_min_max", "data_index_bloom_encoding_with_length",
    "alltypes_tiny_pages",
  ])
  func `a footer is written as it was read`(name: String) throws {
    let footer = try footer(data + name + ".parquet")
    #expect(try written(footer) == footer)
  }

  @Test func `orders of floats`() throws {
    let orders = try #require(try footer(data + "floating_orders_nan_count.parquet").columnOrders)
    #expect(
      orders == [
        .ieee754Total, .typeDefined, .ieee754Total, .typeDefined, .ieee754Total, .typeDefined,
      ])
  }
}

@Suite("Metadata of pyarrow") struct SizeStatisticsTests {
  @Test func `sizes and level histograms are read and written`() throws {
    let fixtures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Fixtures").path
    let path = fixtures + "/parquet-bloom/pyarrow.parquet"
    let footer = try footer(path)
    #expect(try written(footer) == footer)
    let text = try #require(footer.rowGroups[0].columns[4].metadata)
    #expect(text.path == ["text"])
    let sizes = try #require(text.sizeStatistics)
    // "word 0" to "word 597": six to eight bytes each.
    let valueCount = text.valueCount - (text.statistics?.nullCount ?? 0)
    let bytes = try #require(sizes.unencodedByteArrayBytes)
    #expect((6 * valueCount...8 * valueCount).contains(bytes))
    #expect(footer.rowGroups[0].columns[0].metadata?.sizeStatistics != nil)
  }
}
