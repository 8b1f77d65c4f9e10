import Base
import Ingest

/// How the delimited sources of a table are written, as far as their values may be read in two
/// ways. What comes later and leaves a choice is read by it, so that no value depends on which
/// sources share a load (spec/table-conventions.md, "Ledger").
struct CSVHistory: Sendable, Equatable {
  /// What separates and quotes fields in the first source.
  var separators: Separators?
  /// Whether a comma begins fractions; nil where no number has told or left a choice.
  var decimalComma: Bool?
  /// Of columns, by their names, whose dates begin with the day or the month.
  var dateOrders: [String: DateOrder] = [:]

  struct Separators: Sendable, Equatable {
    var delimiter: [UInt8]
    /// Nil: no byte quotes, and nothing escapes.
    var quote: UInt8?
    var escape: UInt8?
    /// Whether the escape stands before letters too, as databases write text.
    var escapesLetters = false
  }

  init() {}

  /// - Parameters:
  ///   - found: the sources of a load.
  ///   - decimalComma: what the user says.
  /// - Complexity: O(sources + fields of each shape).
  init(_ found: [RecognizedSource], decimalComma given: Bool?) {
    let marks = Set(found.lazy.map(\.decimalMark))
    let hasComma = marks.contains(.comma)
    // Those that leave a choice were taken for fractions, but where all that tells are commas.
    let hasPoint = marks.contains { $0 != .comma && $0 != .untold }
    decimalComma = given ?? (hasComma && !marks.contains(.point) ? true : hasPoint ? false : nil)
    for source in found.firstOfEachShape {
      guard case .csv(let dialect) = source.shape.format else { continue }
      separators = separators ?? (source.shape.names.count > 1 ? Separators(dialect) : nil)
      for (name, format) in zip(source.shape.names, dialect.formats) where format.isAmbiguousDate {
        let key = name.lowercased()
        dateOrders[key] = dateOrders[key] ?? format.dates
      }
    }
  }

  var isEmpty: Bool { self == CSVHistory() }

  /// With what another says besides.
  func merging(_ other: CSVHistory) -> CSVHistory {
    var merged = self
    merged.separators = separators ?? other.separators
    merged.decimalComma = decimalComma ?? other.decimalComma
    merged.dateOrders.merge(other.dateOrders) { own, _ in own }
    return merged
  }

  /// What it says besides another.
  func beyond(_ other: CSVHistory) -> CSVHistory {
    var rest = self
    if other.separators != nil { rest.separators = nil }
    if other.decimalComma != nil { rest.decimalComma = nil }
    rest.dateOrders = dateOrders.filter { other.dateOrders[$0.key] == nil }
    return rest
  }

  /// How fields that fill these columns are written where they leave a choice.
  func formats(of columns: [String]) -> [FieldFormat] {
    columns.map { name in
      var format = FieldFormat()
      format.dates = dateOrders[name.lowercased()] ?? .yearFirst
      format.numbers = decimalComma == true ? .decimalComma : .plain
      return format
    }
  }
}

extension CSVHistory.Separators {
  init(_ dialect: CSVDialect) {
    delimiter = [dialect.delimiter] + dialect.delimiterTail
    (quote, escape, escapesLetters) = (dialect.quote, dialect.escape, dialect.escapesLetters)
  }

  var dialect: CSVDialect {
    var dialect = CSVDialect(
      delimiter: delimiter[0], delimiterTail: Array(delimiter.dropFirst()), quote: quote,
      escape: escape)
    dialect.escapesLetters = escapesLetters
    return dialect
  }
}

extension FieldFormat {
  /// Whether its dates begin with the day or the month, which not every value tells.
  var isAmbiguousDate: Bool { dates == .dayFirst || dates == .monthFirst }
}

// MARK: In the ledger

extension CSVHistory {
  /// `name=value`, escaped.
  var parameters: [String] {
    var parameters: [String] = []
    if let separators {
      func add(_ name: String, _ bytes: [UInt8]) {
        parameters.append(name + "=" + byteIdentity(String(decoding: bytes, as: UTF8.self)))
      }
      add("delimiter", separators.delimiter)
      if let quote = separators.quote { add("quote", [quote]) }
      if let escape = separators.escape { add("escape", [escape]) }
      if separators.escapesLetters { parameters.append("escapes=letters") }
    }
    if let decimalComma { parameters.append("decimal=" + (decimalComma ? "comma" : "point")) }
    if !dateOrders.isEmpty {
      let orders = dateOrders.sorted { $0.key < $1.key }.map { name, order in
        byteIdentity(name) + ":" + (order == .dayFirst ? "day" : "month")
      }
      parameters.append("dates=" + orders.joined(separator: ","))
    }
    return parameters
  }

  /// Nil if the parameters say nothing. What is not understood is passed over.
  init?(_ parameters: [Substring: Substring]) {
    func bytes(_ name: Substring) -> [UInt8]? {
      parameters[name].flatMap { percentDecoded(String($0)) }.map { Array($0.utf8) }
    }
    if let delimiter = bytes("delimiter"), !delimiter.isEmpty {
      separators = Separators(
        delimiter: delimiter, quote: bytes("quote")?.first, escape: bytes("escape")?.first,
        escapesLetters: parameters["escapes"] == "letters")
    }
    decimalComma = ["comma": true, "point": false][parameters["decimal"] ?? ""]
    for part in parameters["dates"]?.split(separator: ",") ?? [] {
      let pair = part.split(separator: ":")
      guard pair.count == 2, let name = percentDecoded(String(pair[0])),
        let order = ["day": DateOrder.dayFirst, "month": .monthFirst][pair[1]]
      else { continue }
      dateOrders[name] = order
    }
    if isEmpty { return nil }
  }
}
