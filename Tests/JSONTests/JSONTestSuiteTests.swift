import Base
import JSON
import Store
import TestSupport
import Testing

/// nst/JSONTestSuite: `y_` must parse, `n_` must not, `i_` may do either without a trap.
@Suite("JSON: the public test suite") struct JSONTestSuiteTests {
  static let files: [String] = {
    guard let root = sharedData("json-test-suite"), let store = try? LocalStore(root: root),
      let entries = try? store.list("", recursive: false)
    else { return [] }
    return entries.map(\.path).filter { $0.hasSuffix(".json") }
  }()

  @Test(.enabled(if: !files.isEmpty), arguments: files)
  func `parses or refuses`(_ name: String) throws {
    let root = try #require(sharedData("json-test-suite"))
    let bytes = try LocalStore(root: root).read(name, range: nil)
    let document = try? JSONDocument(bytes)
    if name.hasPrefix("y_") { #expect(document != nil) }
    if name.hasPrefix("n_") { #expect(document == nil) }
    if let document { touch(document.root) }
  }

  /// Decodes every value, which must not trap either.
  private func touch(_ value: JSONValue) {
    _ = (value.string, value.double, value.int64, value.boolean, value.json)
    for element in value.elements { touch(element) }
    for member in value.members { _ = member.name }
  }
}
