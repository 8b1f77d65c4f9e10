import Columns
import Ingest

extension ConversionPlanner {
  /// The columns of a new table, as strings; those that members of other names fill say so.
  func newSchema(_ names: [String], _ shapes: [RecognizedSource]) -> Schema {
    var schema = Schema(names.map { Field($0, .string) })
    keepMembers(of: shapes, in: &schema, schema.fields.indices)
    return schema
  }

  /// Has columns that are new say which members of other names fill them.
  func keepMembers(
    of shapes: [RecognizedSource], in schema: inout Schema, _ columns: Range<Int>
  ) {
    let lookup = SchemaLookup(schema)
    for source in shapes where source.shape.isJSON {
      for renamed in source.shape.renamed {
        guard let index = lookup.index(of: renamed.name), columns.contains(index) else { continue }
        schema.fields[index].metadata[Field.jsonKeyMetadata] = jsonQuoted(renamed.header)
      }
    }
  }

  /// Columns of the paths of sources, but for those that the sources' headers name.
  func pathColumns(_ found: [RecognizedSource]) -> PathColumns {
    var names: [ObjectIdentifier: Set<String>] = [:]
    for source in found.firstOfEachShape where source.shape.hasHeader {
      names[ObjectIdentifier(source.shape)] = Set(source.shape.names.map { $0.lowercased() })
    }
    return PathColumns(
      found.lazy.map { ($0.file, names[ObjectIdentifier($0.shape)] ?? []) }, options)
  }
}

extension RecognizedSource {
  /// What became of names that it has more than once, for a person.
  var repeatedNames: String? { shape.repeatedNames.map { "\(file.name): \($0)" } }

  var renamedColumns: [RenamedColumn] {
    shape.renamed.map { RenamedColumn(source: file.name, header: $0.header, name: $0.name) }
  }
}
