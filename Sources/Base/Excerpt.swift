/// A text as a part of a line for people: line breaks are blanks, and what is beyond `count`
/// characters is left out.
///
/// - Complexity: O(`count`), and O(bytes) where the text is shorter.
package func excerpt(_ text: String, to count: Int = 60) -> String {
  let line = String(text.prefix(count + 1).map { $0.isNewline ? " " : $0 })
  return line.count <= count ? line : line.prefix(count - 1) + "…"
}
