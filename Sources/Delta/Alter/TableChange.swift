package import Columns

/// One change of what a table is; its data files stay as they are.
package enum TableChange: Sendable, Equatable {
  /// A column; with names of a column and the structs below it, a field of the innermost.
  case addColumn(Field, in: [String] = [])
  // Paths from here on: FieldPaths.swift.
  case dropColumn(String)
  case renameColumn(String, to: String)
  /// To a type that every value of the old one is one of.
  case widenColumn(String, to: DataType)
  /// Nulls are allowed from now on.
  case dropNotNull(String)
  case setProperty(String, String)
  case unsetProperty(String)
  /// The condition has been checked against the rows that there are.
  case addConstraint(String, condition: String)
  case dropConstraint(String)
  case addFeature(TableFeature)

  /// As Spark's history calls it.
  var operation: String {
    switch self {
    case .addColumn: "ADD COLUMNS"
    case .dropColumn: "DROP COLUMNS"
    case .renameColumn: "RENAME COLUMN"
    case .widenColumn, .dropNotNull: "CHANGE COLUMN"
    case .setProperty: "SET TBLPROPERTIES"
    case .unsetProperty: "UNSET TBLPROPERTIES"
    case .addConstraint: "ADD CONSTRAINT"
    case .dropConstraint: "DROP CONSTRAINT"
    case .addFeature: "UPGRADE PROTOCOL"
    }
  }
}

/// As in the history: `ADD COLUMN note integer`.
extension TableChange: CustomStringConvertible {
  package var description: String {
    switch self {
    case .addColumn(let field, let path):
      "ADD COLUMN \((path + [field.name]).joined(separator: ".")) \(field.type)"
    case .dropColumn(let name): "DROP COLUMN \(name)"
    case .renameColumn(let name, let new): "RENAME COLUMN \(name) TO \(new)"
    case .widenColumn(let name, let type): "CHANGE COLUMN \(name) TYPE \(type)"
    case .dropNotNull(let name): "CHANGE COLUMN \(name) DROP NOT NULL"
    case .setProperty(let key, let value): "SET \(key) = \(value)"
    case .unsetProperty(let key): "UNSET \(key)"
    case .addConstraint(let name, let condition): "ADD CONSTRAINT \(name) CHECK (\(condition))"
    case .dropConstraint(let name): "DROP CONSTRAINT \(name)"
    case .addFeature(let feature): "ADD FEATURE \(feature.rawValue)"
    }
  }
}

extension TableMetadata {
  static let constraintPrefix = "delta.constraints."

  /// CHECK constraints by name, and the invariants that columns of old tables carry by the
  /// column's.
  package var constraints: [(name: String, condition: String)] {
    let checks = configuration.compactMap { key, value in
      key.hasPrefix(TableMetadata.constraintPrefix)
        ? (name: String(key.dropFirst(TableMetadata.constraintPrefix.count)), condition: value)
        : nil
    }
    return checks.sorted { $0.name < $1.name }
  }
}
