import Base
import Store

// A log changes while it is read: others write checkpoints and then remove what these make
// superfluous. A file that is gone by the time it is read means that the listing is old, and a new
// one leads to the version another way; so may a listing in which commits are gone already and the
// checkpoint that stands for them is not there yet.

/// Listings before a file that is listed and cannot be found counts as damage.
private let listingMax = 5

/// Runs what reads files of a log's listing, again with a new one while files of it are gone or it
/// leads nowhere and another one has other files.
///
/// - Throws: what `body` throws; `corrupt` naming the file if it is gone whatever the listing says.
func relisting<R>(
  _ store: any ObjectStore, _ body: (LogListing) throws(DeltaError) -> R
) throws(DeltaError) -> R {
  var attempt = 1
  var listing = try LogListing(store: store)
  while true {
    do throws(DeltaError) { return try body(listing) } catch {
      let isVanished = error.isVanishedFile
      guard isVanished || error.code == .corrupt || error.code == .notFound else { throw error }
      let old = listing.paths
      listing = try LogListing(store: store)
      guard isVanished || (attempt < listingMax && listing.paths != old) else { throw error }
      if attempt == listingMax {
        throw .corrupt(
          "a file of the log is missing", table: store.location, version: error.version,
          file: error.file)
      }
      attempt += 1
    }
  }
}

/// Runs store calls on a file that a log lists or names.
func readingLog<R: ~Copyable>(
  _ path: String, table: String, _ body: () throws(StoreError) -> R
) throws(DeltaError) -> R {
  do { return try body() } catch {
    guard error.code == .notFound else { throw DeltaError(error) }
    throw DeltaError(.notFound, "a file of the log is missing", table: table, file: path)
  }
}

extension DeltaError {
  /// Whether a file of the log that must be there was not; see `readingLog`.
  var isVanishedFile: Bool { code == .notFound && file != nil }
}
