public import Base

/// Where in a Parquet file: as much as is known.
package struct ParquetPlace: Sendable, Equatable {
  package var rowGroup: Int?
  /// Dotted path of the leaf.
  package var column: String?
  /// Index of the page in its chunk, a dictionary page included.
  package var page: Int?
  /// From the start of the file.
  package var offset: Int64?

  package init(
    rowGroup: Int? = nil, column: String? = nil, page: Int? = nil, offset: Int64? = nil
  ) {
    self.rowGroup = rowGroup
    self.column = column
    self.page = page
    self.offset = offset
  }

  /// `row group 2, column "ts", page 7, byte 4211`
  package var text: String {
    var parts: [String] = []
    if let rowGroup { parts.append("row group \(rowGroup)") }
    if let column { parts.append("column \"\(column)\"") }
    if let page { parts.append("page \(page)") }
    if let offset { parts.append("byte \(offset)") }
    return parts.joined(separator: ", ")
  }
}

/// Why a Parquet file could not be read or written, and where.
public struct ParquetError: DiagnosableError {
  // Boxed: thrown rarely, returned through every layer.
  private final class Storage: Sendable {
    let code: ErrorCode
    let message: String
    let location: ParquetPlace
    let hint: String?

    init(code: ErrorCode, message: String, location: ParquetPlace, hint: String?) {
      self.code = code
      self.message = message
      self.location = location
      self.hint = hint
    }
  }
  private let storage: Storage

  package init(
    _ code: ErrorCode, _ message: String, at location: ParquetPlace = ParquetPlace(),
    hint: String? = nil
  ) {
    storage = Storage(code: code, message: message, location: location, hint: hint)
  }

  public var code: ErrorCode { storage.code }
  public var message: String { storage.message }
  public var place: String { storage.location.text }
  public var hint: String? { storage.hint }
  package var location: ParquetPlace { storage.location }
}

extension ParquetError {
  /// The same at this byte of the file, where none is known: that of the footer, for what the parts
  /// of a footer say that do not go together.
  func placed(at offset: Int64) -> ParquetError {
    if location.offset != nil { return self }
    var location = location
    location.offset = offset
    return ParquetError(code, message, at: location, hint: hint)
  }

  /// The one place where damaged bytes become an error: set a breakpoint here.
  package static func corrupt(_ message: String, at location: ParquetPlace) -> ParquetError {
    ParquetError(.corrupt, message, at: location)
  }

  /// A legal file that needs what this build lacks. `feature` names it.
  package static func unsupported(_ feature: String, at location: ParquetPlace) -> ParquetError {
    ParquetError(.unsupported, "\(feature) is not supported", at: location)
  }
}
