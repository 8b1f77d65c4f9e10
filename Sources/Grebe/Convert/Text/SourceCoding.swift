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

/// The first bytes of a source's file: all of a small one, so that it is opened and read once.
struct SourceFront {
  private static let wholeBytesMax: Int64 = 64 << 10
  /// What tells formats apart.
  private static let headBytes: Int64 = 12

  let file: SourceFile
  let bytes: Buffer<UInt8>
  /// Whether that is all of the file.
  let isWhole: Bool

  init(_ file: SourceFile) throws(GrebeError) {
    self.file = file
    isWhole = file.sizeBytes <= SourceFront.wholeBytesMax
    let count = isWhole ? file.sizeBytes : SourceFront.headBytes
    bytes =
      count == 0
      ? Buffer()
      : try exposing { () throws(StoreError) in
        try file.store.read(file.path, range: 0..<count)
      }
  }

  /// By the magic in front, `PAR1`. That of encrypted files, `PARE`, may as well begin a header
  /// (`PARENT,CHILD`) and has to be at the end too.
  var isParquet: Bool {
    get throws(GrebeError) {
      if bytes.holds("PAR1") { return true }
      guard bytes.holds("PARE"), file.sizeBytes >= 12 else { return false }
      if isWhole { return bytes.holds("PARE", at: bytes.count - 4) }
      let size = file.sizeBytes
      return try exposing { () throws(StoreError) in
        try file.store.read(file.path, range: size - 4..<size).holds("PARE")
      }
    }
  }

  /// The codec that the file is compressed with, by its first bytes.
  var codec: StreamCodec? {
    StreamCodec(head: (0..<min(bytes.count, 10)).map { bytes[$0] })
  }
}

/// The front of a source as text, and what was found out about its bytes.
struct SourceSample {
  let coding: SourceCoding
  /// UTF-8, with its byte-order mark if it has one.
  let text: Buffer<UInt8>
  /// Whether the source ends where the sample does.
  let isWhole: Bool
  /// What speaks against the encoding, where the user does not say it.
  let encodingDoubt: EncodingDoubt?
  /// What was found, for a person.
  let reasons: [DetectedDialect.Reason]

  /// Reads the first `count` bytes of the text, or those of a small file.
  ///
  /// - Parameter encoding: what the user says; nil: it is told from the bytes.
  /// - Throws: `unsupported` for an archive, `corrupt` for a damaged compressed file and for one of
  ///   zeros.
  init(
    _ front: SourceFront, count: Int, encoding given: TextEncoding?
  ) throws(GrebeError) {
    let file = front.file
    var coding = SourceCoding()
    var reasons: [DetectedDialect.Reason] = []
    coding.compression = front.codec
    if let codec = coding.compression {
      reasons.append(.init(property: "compression", text: "\(codec.rawValue), by its first bytes"))
    }
    // Bytes first: their encoding decides what they are as text.
    let bytes: Buffer<UInt8>
    if front.isWhole && coding.compression == nil {
      bytes = front.bytes
      isWhole = true
    } else {
      let stream = try TextStream(file, coding: coding)
      var builder = BufferBuilder<UInt8>()
      try stream.read(count, into: &builder)
      bytes = builder.take()
      isWhole = stream.isAtEnd
    }
    try SourceFormat.refuseForeign(bytes, compression: coding.compression, of: file)
    try SourceFormat.refuseZeros(bytes, isWhole: isWhole, of: file)
    let detected = DetectedEncoding(sample: bytes, isWholeInput: isWhole)
    coding.encoding = given ?? detected.encoding
    encodingDoubt = given == nil ? detected.doubt : nil
    if encodingDoubt != nil { try SourceFormat.refuseBinary(bytes, of: file) }
    // "UTF-16" does not say which; the byte-order mark does.
    if given == .utf16LittleEndian && detected.encoding == .utf16BigEndian {
      coding.encoding = .utf16BigEndian
    }
    if coding.encoding != .utf8 || SourceSample.hasByteOrderMark(bytes) {
      let why = given == nil ? detected.reason : "as given"
      reasons.append(.init(property: "encoding", text: "\(coding.encoding.name): \(why)"))
    }
    text = coding.encoding == .utf8 ? bytes : try SourceSample.transcoded(bytes, coding, isWhole)
    self.coding = coding
    self.reasons = reasons
  }

  private static func hasByteOrderMark(_ bytes: Buffer<UInt8>) -> Bool {
    bytes.count >= 3 && bytes[0] == 0xEF && bytes[1] == 0xBB && bytes[2] == 0xBF
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
