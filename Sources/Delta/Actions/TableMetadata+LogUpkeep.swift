/// Table properties that govern the upkeep of the log: Delta protocol (PROTOCOL.md), "Checkpoints",
/// "Metadata Cleanup"; docs.delta.io, "Table properties". Names without `delta.` are Grebe's own.
extension TableMetadata {
  /// `delta.checkpointInterval`: commits from one checkpoint to the next; nil unless it is set to
  /// a positive number.
  var checkpointInterval: Int64? { positive("delta.checkpointInterval") }

  /// `grebe.logCompactionInterval`: commits that one log compaction file stands for; 0 for none,
  /// nil unless it is set to a number.
  var logCompactionInterval: Int64? {
    configuration["grebe.logCompactionInterval"].flatMap { Int64($0) }.flatMap {
      $0 >= 0 ? $0 : nil
    }
  }

  /// `delta.checkpoint.writeStatsAsJson`
  var writesStatisticsAsJSON: Bool {
    flag("delta.checkpoint.writeStatsAsJson", default: true)
  }

  /// `delta.checkpoint.writeStatsAsStruct`
  var writesStatisticsAsStruct: Bool {
    flag("delta.checkpoint.writeStatsAsStruct", default: false)
  }

  /// `delta.checkpointPolicy`
  var prefersV2Checkpoints: Bool {
    configuration["delta.checkpointPolicy"]?.lowercased() == "v2"
  }

  /// `delta.enableExpiredLogCleanup`
  var cleansExpiredLog: Bool { flag("delta.enableExpiredLogCleanup", default: true) }

  /// `delta.logRetentionDuration`: how long a version can be read; nil if it makes no sense, and
  /// then nothing may be deleted.
  var logRetentionMillis: Int64? {
    intervalMillis(configuration["delta.logRetentionDuration"] ?? "interval 30 days")
  }

  /// `delta.deletedFileRetentionDuration`: how long a tombstone is kept; nil if it makes no sense,
  /// and then all are.
  var tombstoneRetentionMillis: Int64? {
    intervalMillis(configuration["delta.deletedFileRetentionDuration"] ?? "interval 1 week")
  }

  /// What a property would have to be for this value of it to mean something; nil if it does, and
  /// for those that this build does not read.
  static func fault(ofProperty key: String, value: String) -> String? {
    switch key {
    case "delta.logRetentionDuration", "delta.deletedFileRetentionDuration":
      intervalMillis(value) == nil ? "a duration such as `interval 30 days`" : nil
    case "delta.checkpointInterval":
      Int64(value).map { $0 > 0 } == true ? nil : "a positive number"
    case "delta.dataSkippingNumIndexedCols":
      Int64(value).map { $0 >= -1 } == true ? nil : "a number of columns, or -1 for all"
    case codecProperty: codec(named: value) == nil ? codecNames : nil
    case "grebe.logCompactionInterval":
      Int64(value).map { $0 >= 0 } == true ? nil : "a number, 0 for none"
    case "delta.checkpointPolicy":
      ["v2", "classic"].contains(value.lowercased()) ? nil : "classic or v2"
    case "delta.enableExpiredLogCleanup", "delta.checkpoint.writeStatsAsJson",
      "delta.checkpoint.writeStatsAsStruct":
      ["true", "false"].contains(value.lowercased()) ? nil : "true or false"
    default: nil
    }
  }

  private func flag(_ property: String, default standard: Bool) -> Bool {
    switch configuration[property]?.lowercased() {
    case "true": true
    case "false": false
    default: standard
    }
  }

  private func positive(_ property: String) -> Int64? {
    configuration[property].flatMap { Int64($0) }.flatMap { $0 > 0 ? $0 : nil }
  }
}

/// `interval 30 days`, `1 week 12 hours`: a duration as Spark's table properties spell it.
///
/// Months and years, whose length varies, negative durations and everything else are nil.
package func intervalMillis(_ text: String) -> Int64? {
  var words = text.lowercased().split { " \t\n".contains($0) }[...]
  if words.first == "interval" { words = words.dropFirst() }
  guard !words.isEmpty, words.count.isMultiple(of: 2) else { return nil }
  var micros: Int64 = 0
  while let number = words.popFirst(), let unit = words.popFirst() {
    guard let count = Int64(number), let scale = unitMicros(unit) else { return nil }
    let (product, tooLong) = count.multipliedReportingOverflow(by: scale)
    let (sum, tooLongInAll) = micros.addingReportingOverflow(product)
    if tooLong || tooLongInAll { return nil }
    micros = sum
  }
  return micros < 0 ? nil : micros / 1000
}

private func unitMicros(_ unit: Substring) -> Int64? {
  switch unit.hasSuffix("s") ? unit.dropLast() : unit {
  case "week": 7 * 86_400_000_000
  case "day": 86_400_000_000
  case "hour": 3_600_000_000
  case "minute": 60_000_000
  case "second": 1_000_000
  case "millisecond": 1000
  case "microsecond": 1
  default: nil
  }
}
