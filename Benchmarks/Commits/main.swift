import Delta
import Store

// Appends to one table, one file a version, over and over: a line of JSON a round. Each round
// commits to a new table and to one with a long log, in turn, so that a slow minute of the disk
// meets both.

let usage = """
  usage: Commits FOLDER --versions N --commits N
  A round whenever a line arrives on standard input: seconds for --commits appends to a table that
  has 10 versions, and to one that had --versions before the first round.
  """

/// An append of one file, as a streaming writer commits it: the data file itself is not written.
func append(_ snapshot: Snapshot, to table: BenchTable) throws -> Snapshot {
  var transaction = Transaction(from: snapshot, operation: .write(mode: "Append", partitionBy: []))
  transaction.adds = [
    AddFile(
      path: "part-\(table.fileID()).parquet", partitionValues: [:], sizeBytes: 1000,
      modifiedMillis: 1_700_000_000_000,
      statisticsJSON: #"{"numRecords":10,"minValues":{"id":1},"maxValues":{"id":10}}"#)
  ]
  let (_, next) = try transaction.commitForSnapshot(
    to: table.store, environment: table.environment)
  guard let next else { throw BenchmarkFailure("lost a commit that nobody disputes") }
  return next
}

func run() throws {
  let arguments = CommandLine.arguments
  func number(_ name: String) throws -> Int {
    guard let index = arguments.firstIndex(of: name), arguments.indices.contains(index + 1),
      let value = Int(arguments[index + 1]), value > 0
    else { throw BenchmarkFailure("\(name) N\n\(usage)") }
    return value
  }
  guard arguments.count == 6 else { throw BenchmarkFailure(usage) }
  let folder = arguments[1]
  let (versions, commits) = (try number("--versions"), try number("--commits"))
  let long = try BenchTable(folder + "/long")
  var longSnapshot = try long.create()
  while longSnapshot.version < versions { longSnapshot = try append(longSnapshot, to: long) }
  say(#"{"versions":\#(longSnapshot.version)}"#)
  var round = 0
  while readLine() != nil {
    let short = try BenchTable(folder + "/short-\(round)")
    var shortSnapshot = try short.create()
    while shortSnapshot.version < 10 { shortSnapshot = try append(shortSnapshot, to: short) }
    var seconds = (short: 0.0, long: 0.0)
    // Small turns: a disk is slow for seconds at a time.
    var done = 0
    while done < commits {
      let turn = min(50, commits - done)
      let start = wallSeconds()
      for _ in 0..<turn { shortSnapshot = try append(shortSnapshot, to: short) }
      let middle = wallSeconds()
      for _ in 0..<turn { longSnapshot = try append(longSnapshot, to: long) }
      seconds.short += middle - start
      seconds.long += wallSeconds() - middle
      done += turn
    }
    // What was committed is what the log says.
    for (table, snapshot) in [(short, shortSnapshot), (long, longSnapshot)] {
      let read = try Snapshot.load(table.store)
      guard read.version == snapshot.version, read.files.count == snapshot.files.count else {
        throw BenchmarkFailure("the log lacks commits")
      }
    }
    say(
      #"{"short":\#(seconds.short),"long":\#(seconds.long),"version":\#(longSnapshot.version)}"#)
    round += 1
  }
}

do { try run() } catch { fail("\(error)") }
