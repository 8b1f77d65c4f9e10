import Base
import Ingest

// Guesses that may be wrong, each with the option that says otherwise.
extension SourceNotes {
  /// A line for each kind of guess, with the first source that it was made of.
  ///
  /// - Complexity: O(sources).
  var doubts: [String?] {
    [
      guessedHeaders, namesBelowHeader, missingNames, undividedLines, undividedAsFirst,
      unusualDelimiters, quotesAsText, recordsWithinQuotes, alignedColumns, markdownTables,
      thousandsByOthers, groupsAlone, commasInText, knownOrders, undecidedOrders,
      innerHeaders,
    ] + doubtedHeaders + doubtedNumbers
  }

  /// A header that nothing bears out: no other source has the same names, nor has the table. Of
  /// other sources than the first it is told that they have other columns.
  private var guessedHeaders: String? {
    guard let first = found.first,
      !first.shape.names.allSatisfy({ known.contains($0.lowercased()) }),
      !found.dropFirst().contains(where: {
        $0.shape.hasHeader && $0.shape.names == first.shape.names
      })
    else { return nil }
    return note { source, doubt -> String? in
      guard case .headerAmongText(let line) = doubt, source.ordinal == first.ordinal else {
        return nil
      }
      return line
    } text: { source, lines in
      "all of \(source.file.name) is text, and its first line is taken for the header: "
        + "\(excerpt(lines[0])); --header no keeps it as a row"
    }
  }

  private var namesBelowHeader: String? {
    note { _, doubt -> String? in
      if case .nameBelowHeader(let name) = doubt { name } else { nil }
    } text: { source, names in
      "the line below the header of \(source.file.name) may be part of it and is a row: "
        + "\(excerpt(names[0])) stands over values; --header-lines 2 makes it names"
    }
  }

  private var undividedAsFirst: String? {
    note { _, doubt -> Int? in
      if case .undividedAsFirst(let fieldCount) = doubt { fieldCount } else { nil }
    } text: { source, counts in
      "\(found[0].file.name) has a single column, so lines of \(source.file.name) are one field "
        + "each, which would have \(counts[0]) on its own; leave out what is no table, or name "
        + "the --delimiter"
    }
  }

  private var alignedColumns: String? {
    note { _, doubt -> Bool? in
      doubt == .alignedColumns ? true : nil
    } text: { source, _ in
      "blanks seem to align columns in \(source.file.name), and its lines are one field each: "
        + "only delimiters divide them"
    }
  }

  private var markdownTables: String? {
    note { _, doubt -> Bool? in
      doubt == .markdownTable ? true : nil
    } text: { source, _ in
      "\(source.file.name) seems to be a table in Markdown: its lines of dashes and the bars "
        + "around lines are read as delimited text, too"
    }
  }

  private var missingNames: String? {
    note { _, doubt -> (names: Int, fields: Int)? in
      if case .missingNames(let nameCount, let fieldCount) = doubt {
        (nameCount, fieldCount)
      } else {
        nil
      }
    } text: { source, counts in
      let (names, fields) = counts[0]
      return "the header of \(source.file.name) has \(names) \(names == 1 ? "name" : "names") for "
        + "\(fields) fields: the others are called column_\(names + 1)"
        + (fields - names > 1 ? " and so on" : "")
        + "; --delimiter, --skip-rows or --header says otherwise"
    }
  }

  private var undividedLines: String? {
    note { _, doubt -> String? in
      if case .undividedLines(let line) = doubt { line } else { nil }
    } text: { source, lines in
      "\(source.file.name) has a single name, and lines such as \(excerpt(lines[0])) are read as "
        + "one field; --delimiter , divides them"
    }
  }

  private var unusualDelimiters: String? {
    note { _, doubt -> (sign: String, agreeing: Int, all: Int)? in
      guard case .unusualDelimiter(let sign, let agreeing, let all) = doubt else { return nil }
      return (sign, agreeing, all)
    } text: { source, found in
      "fields of \(source.file.name) are taken to be separated by \(found[0].sign), as in "
        + "\(found[0].agreeing) of \(found[0].all) records of the sample; --delimiter says "
        + "otherwise"
    }
  }

  private var quotesAsText: String? {
    note { _, doubt -> String? in
      if case .quotesAsText(let line) = doubt { line } else { nil }
    } text: { source, lines in
      "quotes in \(source.file.name) are taken for text, as in lines such as \(excerpt(lines[0])) "
        + "none closes; --quote '\"' reads fields of several lines"
    }
  }

  private var recordsWithinQuotes: String? {
    note { _, doubt -> String? in
      if case .recordsWithinQuotes(let line) = doubt { line } else { nil }
    } text: { source, lines in
      "a quote in \(source.file.name) makes one record of lines that could each be one: "
        + "\(excerpt(lines[0])); --quote none reads each as a record"
    }
  }

  private var thousandsByOthers: String? {
    note { _, doubt -> (numbers: String, shownBy: String)? in
      guard case .thousands(let column, let value, let other, let shown) = doubt,
        readsNumbers(in: column)
      else { return nil }
      return ("such as \(value) in \(column)", "\(other) has \(signs(in: shown)) (\(shown))")
    } text: { source, numbers in
      "numbers of \(source.file.name) \(numbers[0].numbers)\(more(numbers.count - 1)) are read as "
        + "thousands, as \(numbers[0].shownBy); --no-decimal-comma reads fractions"
    }
  }

  /// Where neither earlier loads nor, of commas, other sources show what the signs are.
  private var groupsAlone: String? {
    let showsPoints = found.contains { $0.decimalMark == .point }
    return note { _, doubt -> (column: String, value: String)? in
      guard case .groupsAlone(let column, let value) = doubt, readsNumbers(in: column) else {
        return nil
      }
      let hasComma = value.contains(",")
      let isKnown = before.decimalComma == !hasComma || hasComma && showsPoints
      return isKnown ? nil : (column, value)
    } text: { source, columns in
      let (column, value) = columns[0]
      return "numbers of \(source.file.name) such as \(value) in \(column)"
        + "\(more(columns.count - 1)) are read as thousands; "
        + (value.contains(",")
          ? "--decimal-comma reads fractions" : "--no-decimal-comma leaves them as text")
    }
  }

  private var commasInText: String? {
    note { _, doubt -> (column: String, value: String, mayBeThousands: Bool)? in
      guard case .commasInText(let column, let value, let mayBeThousands) = doubt,
        readsNumbers(in: column)
      else { return nil }
      return (column, value, mayBeThousands)
    } text: { source, columns in
      let meaning =
        columns[0].mayBeThousands
        ? "commas in numbers such as \(columns[0].value) may be before fractions or between "
          + "thousands; --decimal-comma reads fractions, --no-decimal-comma thousands"
        : "numbers such as \(columns[0].value) have \(signs(in: columns[0].value))"
          + (decimalComma == nil
            ? ", which --decimal-comma reads" : ", which --no-decimal-comma rules out")
      return "\(columns[0].column)\(more(columns.count - 1)) of \(source.file.name) "
        + "\(columns.count == 1 ? "stays" : "stay") text, as \(meaning)"
    }
  }

  private func signs(in number: String) -> String {
    number.contains(",") ? "decimal commas" : "points between thousands"
  }

  /// Of columns that earlier loads had; of those that other sources of this load show, these tell.
  private var knownOrders: String? {
    note { _, doubt -> (column: String, isDayFirst: Bool)? in
      guard case .knownOrder(let column, let isDayFirst) = doubt,
        before.dateOrders[column.lowercased()] != nil
      else { return nil }
      return (column, isDayFirst)
    } text: { source, columns in
      "dates in \(columns[0].column)\(more(columns.count - 1)) of \(source.file.name) are read "
        + "with the \(columns[0].isDayFirst ? "day" : "month") first, as in earlier loads; "
        + "--date-format says otherwise"
    }
  }

  /// Of columns that no other source of the load decides.
  private var undecidedOrders: String? {
    let decided = Set(found.flatMap { $0.shape.datedColumns })
    return note { _, doubt -> String? in
      guard case .undecidedOrder(let column) = doubt, readsNumbers(in: column),
        !decided.contains(column.lowercased())
      else { return nil }
      return column
    } text: { source, columns in
      "\(columns[0])\(more(columns.count - 1)) of \(source.file.name) "
        + "\(columns.count == 1 ? "stays" : "stay") text, as no value of the sample tells whether "
        + "dates begin with the day or the month; --date-format says, as in --date-format %d/%m/%Y"
    }
  }

  private var innerHeaders: String? {
    note { _, doubt -> Int? in
      if case .headersAmongRows(let count) = doubt { count } else { nil }
    } text: { source, counts in
      "the header of \(source.file.name) comes again and is "
        + "\(counts[0] == 1 ? "a row" : "\(counts[0]) rows") there, as all columns are text"
    }
  }

  /// - Parameter pick: what there is to say of a doubt; nil: nothing.
  func note<Found>(
    _ pick: (RecognizedSource, DialectDoubt) -> Found?,
    text: (RecognizedSource, [Found]) -> String
  ) -> String? {
    note(where: { source in source.doubts.contains { pick(source, $0) != nil } }) { source in
      text(source, source.doubts.compactMap { pick(source, $0) })
    }
  }

  /// ` and 2 more columns`
  func more(_ count: Int) -> String {
    count == 0 ? "" : " and \(count) more \(count == 1 ? "column" : "columns")"
  }
}
