import Columns
import Grebe

enum SchemaText {
  static func json(_ schema: Schema) -> ReportValue {
    .list(
      schema.fields.map {
        .object([
          ("name", .string($0.name)), ("type", .string($0.type.description)),
          ("nullable", .boolean($0.nullable)),
        ])
      })
  }
}
