import Base
import Foundation

/// A file below Tests/Fixtures.
func fixtureBytes(_ path: String) throws -> Buffer<UInt8> {
  let fixtures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Fixtures")
  return Buffer([UInt8](try Data(contentsOf: fixtures.appending(path: path))))
}
