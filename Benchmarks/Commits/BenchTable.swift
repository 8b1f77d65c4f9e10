import Columns
import Delta
import Store

struct BenchmarkFailure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// A table on disk, and what it takes to commit to it.
struct BenchTable {
  let store: any ObjectStore
  let environment: Environment

  init(_ path: String) throws {
    store = try LocalStore(root: path)
    environment = Environment.standard(parallelism: 1)
  }

  func fileID() -> String { environment.random.uuid() }

  func create() throws -> Snapshot {
    let schema = Schema([Field("id", .long), Field("name", .string)])
    let transaction = Transaction(
      creating: .new(schema: schema, environment: environment),
      operation: Operation("CREATE TABLE"))
    let (_, snapshot) = try transaction.commitForSnapshot(to: store, environment: environment)
    guard let snapshot else { throw BenchmarkFailure("the folder has a table") }
    return snapshot
  }
}
