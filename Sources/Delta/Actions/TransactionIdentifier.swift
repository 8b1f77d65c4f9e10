package import JSON

/// The `txn` action: how far an application has come, recorded with the data it wrote.
///
/// Delta protocol (PROTOCOL.md), "Transaction Identifiers".
public struct TransactionIdentifier: Sendable, Equatable {
  public var applicationID: String
  public var version: Int64
  public var updatedMillis: Int64?

  public init(applicationID: String, version: Int64, updatedMillis: Int64? = nil) {
    self.applicationID = applicationID
    self.version = version
    self.updatedMillis = updatedMillis
  }
}

extension TransactionIdentifier {
  init(_ json: JSONValue) throws(ActionFault) {
    let fields = try ActionFields("txn", json)
    applicationID = try fields.string("appId")
    version = try fields.integer("version")
    updatedMillis = try fields.optionalInteger("lastUpdated")
  }

  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("txn")
    writeFields(to: &writer)
    writer.endObject()
  }

  /// The object that stands for it, without its name.
  func writeFields(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("appId", applicationID)
    writer.member("version", version)
    if let updatedMillis { writer.member("lastUpdated", updatedMillis) }
    writer.endObject()
  }
}

/// The `domainMetadata` action: configuration of a named domain, kept even if not understood.
///
/// Delta protocol (PROTOCOL.md), "Domain Metadata".
package struct DomainMetadata: Sendable, Equatable {
  package var domain: String
  package var configuration: String
  /// A tombstone.
  package var removed: Bool

  package init(domain: String, configuration: String, removed: Bool) {
    self.domain = domain
    self.configuration = configuration
    self.removed = removed
  }
}

extension DomainMetadata {
  init(_ json: JSONValue) throws(ActionFault) {
    let fields = try ActionFields("domainMetadata", json)
    domain = try fields.string("domain")
    configuration = try fields.optionalString("configuration") ?? ""
    removed = try fields.optionalBoolean("removed") ?? false
  }

  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("domainMetadata")
    writeFields(to: &writer)
    writer.endObject()
  }

  /// The object that stands for it, without its name.
  func writeFields(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("domain", domain)
    writer.member("configuration", configuration)
    writer.member("removed", removed)
    writer.endObject()
  }
}
