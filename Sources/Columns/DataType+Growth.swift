extension DataType {
  /// This type with the fields of structs that `other` has besides, behind those that there are;
  /// in what arrays and maps hold too. What both have stays as it is here, whatever it is there.
  /// O(fields).
  package func adding(fieldsOf other: DataType) -> DataType {
    switch (self, other) {
    case (.structure(let fields), .structure(let others)):
      var grown = fields
      let positions = Dictionary(
        fields.indices.map { (fields[$0].name.lowercased(), $0) },
        uniquingKeysWith: { first, _ in first })
      for field in others {
        if let index = positions[field.name.lowercased()] {
          grown[index].type = grown[index].type.adding(fieldsOf: field.type)
        } else {
          grown.append(Field(field.name, field.type, metadata: field.metadata))
        }
      }
      return .structure(grown)
    case (.array(let element, let containsNull), .array(let other, _)):
      return .array(element: element.adding(fieldsOf: other), containsNull: containsNull)
    case (
      .map(let key, let value, let containsNull), .map(let otherKey, let otherValue, _)
    ):
      return .map(
        key: key.adding(fieldsOf: otherKey), value: value.adding(fieldsOf: otherValue),
        valueContainsNull: containsNull)
    default: return self
    }
  }
}
