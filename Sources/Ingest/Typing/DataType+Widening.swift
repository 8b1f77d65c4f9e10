package import Columns

extension DataType {
  /// The type of numbers that holds those of this type and one that is written like this; nil if
  /// there is none, or if this type does.
  package func widened(toHoldText text: String) -> DataType? {
    guard isNumeric else { return nil }
    return withField(Array(text.utf8)) { field in
      var evidence = ValueEvidence(type: self)
      evidence.merge(field.classify(ValueFormats(CSVDialect())))
      let type = evidence.type
      return type.isNumeric && type != self ? type : nil
    }
  }
}
