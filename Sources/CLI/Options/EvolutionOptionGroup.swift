import ArgumentParser
import Grebe

extension ConversionOptions.NewColumnPolicy: ChoiceArgument {}
extension ConversionOptions.TypeConflictPolicy: ChoiceArgument {}
extension ConversionOptions.ColumnMatching: ChoiceArgument {}

/// What happens to sources that do not look like the table.
struct EvolutionOptions: ParsableArguments {
  @Option(
    name: .long,
    help: """
      A source column that the table lacks: add it to the table, fail, ignore its values (the \
      report names it), or rescue them as JSON, bytes in hexadecimal, in the column \
      _rescued_data. (default: fail where columns are given, by a table or --schema, else add)
      """)
  var onNewColumn: ConversionOptions.NewColumnPolicy?

  @Option(
    name: .long,
    help: """
      A value that the type of a table's column does not hold: fail (its row is a bad one), \
      quarantine (its row, whatever --on-bad-row says), or widen (numbers get a wider type, \
      integers also double; the table's files are rewritten; of Parquet, a value that no wider \
      type holds exactly is a bad row).
      """)
  var onTypeConflict = ConversionOptions.TypeConflictPolicy.fail

  @Option(
    name: .long,
    help: "Whether column names match that differ only in case: exact (no) or ignore-case."
  )
  var matchColumns = ConversionOptions.ColumnMatching.ignoreCase

  func apply(to options: inout ConversionOptions) {
    options.evolution.newColumns = onNewColumn
    options.evolution.typeConflicts = onTypeConflict
    options.evolution.matching = matchColumns
  }
}
