import Base
import Store

extension Table {
  /// What to say where no table could be opened: that it is a file, or that there is no such file
  /// when the location can only mean one; else `failure` itself.
  static func whyNoTable(
    _ location: String, environment: Environment, otherwise failure: GrebeError
  ) -> GrebeError {
    guard failure.code == .notFound,
      let file = try? FileLocation(location, environment: environment)
    else { return failure }
    let name = file.name.lowercased()
    if (try? file.exists()) == true {
      let isParquet = name.hasSuffix(".parquet")
      return GrebeError(
        .notFound, isParquet ? "a Parquet file, not a table" : "a file, not a table",
        place: location,
        hint: isParquet
          ? "grebe inspect \(location) tells about a file, grebe query \"SELECT …\" reads it"
          : "grebe convert \(location) --into TABLE makes a table of it")
    }
    let isFileName = [".parquet", ".csv"].contains { name.hasSuffix($0) }
    guard isFileName || isPattern(location), !file.isDirectory() else { return failure }
    return GrebeError(
      .notFound, "no such file", place: location,
      hint: isPattern(location)
        ? "a query reads one table or file; grebe convert '\(location)' --into TABLE takes many"
        : nil)
  }

  private static func isPattern(_ location: String) -> Bool {
    location.utf8.contains { "*?[{".utf8.contains($0) }
  }
}
