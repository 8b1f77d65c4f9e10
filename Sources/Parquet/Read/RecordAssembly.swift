// Levels and values back into one Swift value a row: for the few nested shapes that the actions of
// a Delta checkpoint have. An edge, not a hot path.
//
//   optional group add                                 definition levels of key
//     optional group partitionValues (MAP)               0  no add      1  add, no map
//       repeated group key_value                         2  an empty map
//         required binary key (STRING)                   3  a key
//         optional binary value (STRING)               value: 3 is a null value, 4 a value
//
// A repetition level of 0 starts a row, 1 continues its list or map.
import Base
package import Columns

extension LeafContents {
  private func definition(_ index: Int) -> Int {
    leaf.maxDefinition == 0 ? 0 : Int(definitionLevels[index])
  }

  private func startsRow(_ index: Int) -> Bool {
    leaf.maxRepetition == 0 || repetitionLevels[index] == 0
  }

  /// One value a row of a leaf under structs alone: `.null` where it, or a struct above it, is
  /// null.
  ///
  /// - Throws: `ParquetError` when a list or map lies above the leaf, or the levels and values do
  ///   not add up to `rowCount` rows.
  package func rowScalars(rowCount: Int) throws(ParquetError) -> [Scalar] {
    guard leaf.maxRepetition == 0, levelCount == rowCount else { throw mismatch(rowCount) }
    var rows: [Scalar] = []
    rows.reserveCapacity(rowCount)
    var value = 0
    for index in 0..<levelCount {
      if definition(index) == leaf.maxDefinition {
        rows.append(values[value])
        value += 1
      } else {
        rows.append(.null)
      }
    }
    return rows
  }

  /// One list a row of a leaf with exactly one repeated node above it. Nil where the list, or a
  /// struct above it, is null.
  ///
  /// - Parameter emptyDefinition: the definition level of an empty list: that of the node above the
  ///   repeated one.
  package func rowLists(
    rowCount: Int, emptyDefinition: Int
  ) throws(ParquetError) -> [[Scalar]?] {
    guard leaf.maxRepetition == 1 else { throw mismatch(rowCount) }
    var rows: [[Scalar]?] = []
    rows.reserveCapacity(rowCount)
    var value = 0
    for index in 0..<levelCount {
      let level = definition(index)
      let isElement = level > emptyDefinition
      var element: [Scalar] = []
      if isElement {
        if level == leaf.maxDefinition {
          element = [values[value]]
          value += 1
        } else {
          element = [.null]
        }
      }
      if startsRow(index) {
        rows.append(level < emptyDefinition ? nil : element)
      } else {
        // Only an element can follow, and only an element: null and empty lists have one level.
        guard isElement, let last = rows.indices.last, definition(index - 1) > emptyDefinition
        else { throw mismatch(rowCount) }
        rows[last]?.append(contentsOf: element)
      }
    }
    guard rows.count == rowCount else { throw mismatch(rowCount) }
    return rows
  }

  fileprivate func mismatch(_ rowCount: Int) -> ParquetError {
    .corrupt(
      "\(levelCount) levels do not make \(rowCount) rows",
      at: ParquetPlace(column: leaf.path.joined(separator: ".")))
  }
}

extension SchemaTree {
  /// The definition level of an empty list or map at the repeated node that `leaf` lies under: one
  /// less than that node's own. Nil when none, or more than one, is repeated.
  package func emptyDefinition(of leaf: LeafColumn) -> Int? {
    guard leaf.maxRepetition == 1 else { return nil }
    var node = root
    for name in leaf.path {
      guard let child = node.children.first(where: { $0.name == name }) else { return nil }
      if child.element.repetition == .repeated { return child.maxDefinition - 1 }
      node = child
    }
    return nil
  }
}

/// One map a row from the leaves of its keys and values, in the order of the file. Nil where the
/// map, or a struct above it, is null.
package func rowMaps(
  keys: LeafContents, values: LeafContents, rowCount: Int, emptyDefinition: Int
) throws(ParquetError) -> [[(key: Scalar, value: Scalar)]?] {
  let keyRows = try keys.rowLists(rowCount: rowCount, emptyDefinition: emptyDefinition)
  let valueRows = try values.rowLists(rowCount: rowCount, emptyDefinition: emptyDefinition)
  var rows: [[(key: Scalar, value: Scalar)]?] = []
  rows.reserveCapacity(rowCount)
  for (keyRow, valueRow) in zip(keyRows, valueRows) {
    guard keyRow?.count == valueRow?.count else { throw values.mismatch(rowCount) }
    guard let keyRow, let valueRow else {
      rows.append(nil)
      continue
    }
    rows.append(zip(keyRow, valueRow).map { (key: $0, value: $1) })
  }
  return rows
}
