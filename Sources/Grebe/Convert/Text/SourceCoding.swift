import Base
import Compression
import Ingest
import Store

/// How the bytes of a source become text in UTF-8.
struct SourceCoding: Sendable, Hashable {
  var compression: StreamCodec?
  var encoding = TextEncoding.utf8

  /// Whether the text is the file's own bytes, so that any part of it can be read on its own.
  var isPlain: Bool { compression == nil && encoding == .utf8 }
}

/// The front of a source as text, and what was found out about its bytes.
struct SourceSample {
  let coding: SourceCoding
  /// UTF-8, with its byte-order mark if it has one.
  let text: Buffer<UInt8>
  /// Whether the source ends where the sample does.
  let isWhole: Bool
  /// What was found, for a person.
  let reasons: [DetectedDialect.Reason]

  /// Reads the first `count` bytes of the text.
  ///
  /// - Parameter encoding: what the user says; nil: it is told from the bytes.
  /// - Throws: `unsupported` for an archive, `corrupt` for a damaged compressed file.
  init(
    _ file: SourceFile, count: Int, encoding given: TextEncoding?
  ) throws(GrebeError) {
    var coding = SourceCoding()
    var reasons: [DetectedDialect.Reason] = []
    let head = try SourceSample.head(of: file)
    coding.compression = StreamCodec(head: head)
    if let codec = coding.compression {
      reasons.append(.init(property: "compression", text: "\(codec.rawValue), by its first bytes"))
    }
    // Bytes first: their encoding decides what they are as text.
    let stream = try TextStream(file, coding: coding)
    var builder = BufferBuilder<UInt8>()
    try stream.read(count, into: &builder)
    let bytes = builder.take()
    isWhole = stream.isAtEnd
    try SourceFormat.refuseArchives(bytes, of: file)
    let detected = DetectedEncoding(sample: bytes)
    coding.encoding = given ?? detected.encoding
    // "UTF-16" does not say which; the byte-order mark does.
    if given == .utf16LittleEndian && detected.encoding == .utf16BigEndian {
      coding.encoding = .utf16BigEndian
    }
    if coding.encoding != .utf8 {
      let why = given == nil ? detected.reason : "as given"
      reasons.append(.init(property: "encoding", text: "\(coding.encoding.name): \(why)"))
    }
    text = coding.encoding == .utf8 ? bytes : try SourceSample.transcoded(bytes, coding, isWhole)
    self.coding = coding
    self.reasons = reasons
  }

  private static func head(of file: SourceFile) throws(GrebeError) -> [UInt8] {
    guard file.sizeBytes > 0 else { return [] }
    let bytes = try exposing { () throws(StoreError) in
      try file.store.read(file.path, range: 0..<min(10, file.sizeBytes))
    }
    return [UInt8](bytes)
  }

  private static func transcoded(
    _ bytes: Buffer<UInt8>, _ coding: SourceCoding, _ isWhole: Bool
  ) throws(GrebeError) -> Buffer<UInt8> {
    let transcoder = try exposing { () throws(IngestError) in try Transcoder(coding.encoding) }
    var output = BufferBuilder<UInt8>()
    _ = transcoder.transcode(bytes.bytes, into: &output, isEnd: isWhole)
    return output.take()
  }
}
