import Base

extension Environment {
  /// The environment of a program: system clock and randomness, all processors, local files.
  ///
  /// - Parameters:
  ///   - parallelism: worker threads; nil for one a processor.
  ///   - memoryBudgetBytes: nil for a quarter of the machine's memory, 256 MiB to 1 GiB.
  public static func standard(
    parallelism: Int? = nil, memoryBudgetBytes: Int? = nil
  ) -> Environment {
    var random = SystemRandomNumberGenerator()
    let quarter = Platform.physicalMemoryBytes() / 4
    return Environment(
      nowMillis: Platform.nowMillis, seed: random.next(),
      parallelism: max(1, parallelism ?? Platform.processorCount()),
      memoryBudgetBytes: memoryBudgetBytes ?? min(max(quarter, 256 << 20), 1 << 30),
      openStore: openStandardStore)
  }
}

/// The store of a plain path or a URL.
package func openStandardStore(_ location: String) throws(StoreError) -> any ObjectStore {
  guard let scheme = urlScheme(location) else { return try LocalStore(root: location) }
  switch scheme {
  case "file": return try LocalStore(root: try filePath(location))
  case "s3", "s3a", "s3n": throw unsupportedScheme(scheme, "S3", location)
  case "gs", "gcs": throw unsupportedScheme(scheme, "Google Cloud Storage", location)
  case "abfs", "abfss", "az", "adl", "wasb", "wasbs":
    throw unsupportedScheme(scheme, "Azure storage", location)
  default: throw unsupportedScheme(scheme, "\(scheme)://", location)
  }
}

private func unsupportedScheme(
  _ scheme: String, _ name: String, _ location: String
) -> StoreError {
  StoreError(
    .unsupported, "this build has no store for \(name)", path: location,
    hint: "copy it to a local directory first")
}

/// The scheme of `scheme://…`, in lower case; nil for a plain path.
package func urlScheme(_ location: String) -> String? {
  guard let colon = location.utf8.firstIndex(of: UInt8(ascii: ":")),
    location.utf8[colon...].starts(with: "://".utf8)
  else { return nil }
  let scheme = location[..<colon].lowercased()
  let isScheme = scheme.utf8.first.map { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
  let rest = scheme.utf8.allSatisfy {
    isUnreservedInURI($0) && $0 != UInt8(ascii: "_") && $0 != UInt8(ascii: "~")
      || $0 == UInt8(ascii: "+")
  }
  return isScheme == true && rest ? scheme : nil
}

/// The path of `file:///path` or `file://localhost/path`, unescaped.
private func filePath(_ url: String) throws(StoreError) -> String {
  let rest = url.dropFirst("file://".count)
  let path = rest.lowercased().hasPrefix("localhost/") ? rest.dropFirst("localhost".count) : rest
  guard path.hasPrefix("/"), let decoded = percentDecoded(String(path)) else {
    throw StoreError(
      .invalidArgument, "a file URL is file:///absolute/path, with spaces and % escaped", path: url)
  }
  return decoded
}
