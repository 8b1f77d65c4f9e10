import Base
import Columns
import Ingest

/// What the samples of delimited text have shown, and leave to later rows.
struct SampledTexts: Sendable {
  /// Whether headers that are rows have been told of.
  var tellHeaderRows = false
  /// Whether decimal commas in later rows would be the first to tell what begins fractions.
  var mayHaveDecimalCommas = false
  /// Numbers that would be thousands then, for a person.
  var fractions: String?
}

// What only rows behind the samples show.
extension Conversion {
  /// Of headers among text that no sample has shown.
  func headerRowsNote(_ files: ConvertedFiles, _ plan: ConversionPlan) -> String? {
    let count = files.counts.headerRows
    if count == 0 || plan.samples.tellHeaderRows { return nil }
    return "note: the header comes again and is \(count == 1 ? "a row" : "\(count) rows") there, "
      + "as all columns are text"
  }

  /// The plan for reading commas before fractions, if a row shows that they are there and nothing
  /// else speaks against it, and what to tell of it.
  ///
  /// What the rows contradict besides is found out again, as other numbers are read then.
  func readingCommas(
    _ found: Contradictions, _ plan: ConversionPlan, _ planner: ConversionPlanner
  ) throws(GrebeError) -> (plan: ConversionPlan, note: String)? {
    guard plan.samples.mayHaveDecimalCommas else { return nil }
    let shown = found.types.keys.sorted().first { column in
      plan.sourceSchema.fields[column].type.isNumeric
        && found.values[column].map(showsDecimalComma) ?? false
    }
    guard let shown, let value = found.values[shown] else { return nil }
    var options = planner.options
    options.dialect.decimalComma = true
    let commas = ConversionPlanner(
      target: planner.target, options: options, environment: planner.environment)
    let thousands = plan.samples.fractions.map {
      ", so \($0) are thousands; --no-decimal-comma reads fractions"
    }
    let note =
      "later rows contradict the guess: \(plan.sourceSchema.fields[shown].name) has decimal commas "
      + "(\"\(value)\")\(thousands ?? ""); starting over"
    return (try commas.plan(planner.target.pending), note)
  }
}

extension ConversionPlanner {
  func sampledTexts(_ found: [RecognizedSource]) -> SampledTexts {
    SampledTexts(
      tellHeaderRows: found.contains { source in
        source.doubts.contains { if case .headersAmongRows = $0 { true } else { false } }
      },
      mayHaveDecimalCommas: mayHaveDecimalCommas(found),
      fractions: found.lazy.compactMap(\.shownFractions).first)
  }

  /// Whether a later row may show that commas begin fractions, which nothing has told so far.
  private func mayHaveDecimalCommas(_ found: [RecognizedSource]) -> Bool {
    guard options.dialect.decimalComma == nil, knownDialect.decimalComma == nil else {
      return false
    }
    return found.firstOfEachShape.allSatisfy { source in
      guard case .csv(let dialect) = source.shape.format else { return false }
      return dialect.delimiter != ASCII.comma
    } && !found.contains { $0.decimalMark == .point }
  }
}
