/// `did you mean "price"?` when one of `names` is close to `name`, else the names there are (at
/// most eight); nil when there are none.
package func nameHint(for name: String, among names: [String]) -> String? {
  if names.isEmpty { return nil }
  if let close = closeName(to: name, among: names) { return "did you mean \"\(close)\"?" }
  let shown = names.prefix(8).joined(separator: ", ")
  return "there are: " + shown + (names.count > 8 ? ", …" : "")
}

/// The one of `names` that `name` may be a misspelling of. O(names * length^2), of 2000 at most.
package func closeName(to name: String, among names: [String]) -> String? {
  let wanted = Array(name.lowercased().utf8.prefix(64))
  var best: (name: String, distance: Int)?
  for candidate in names.prefix(2000) {
    let distance = editDistance(wanted, Array(candidate.lowercased().utf8.prefix(64)))
    if distance < best?.distance ?? .max { best = (candidate, distance) }
  }
  guard let best, best.distance <= max(1, wanted.count / 3) else { return nil }
  return best.name
}

/// Insertions, deletions, substitutions and swaps of neighbours between two texts. O(a * b).
func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
  var beforeLast = [Int](repeating: 0, count: b.count + 1)
  var last = Array(0...b.count)
  for i in 0..<a.count {
    var row = [i + 1]
    for j in 0..<b.count {
      var cost = min(last[j] + (a[i] == b[j] ? 0 : 1), last[j + 1] + 1, row[j] + 1)
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
        cost = min(cost, beforeLast[j - 1] + 1)
      }
      row.append(cost)
    }
    beforeLast = last
    last = row
  }
  return last[b.count]
}
