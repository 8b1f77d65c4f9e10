import Base
import Testing

@Suite("Excerpts") struct ExcerptTests {
  @Test(arguments: [
    ("", 3, ""), ("abc", 3, "abc"), ("abcd", 3, "ab…"), ("a\nb\r\nc", 5, "a b c"),
    ("éééé", 3, "éé…"),
  ]) func `a text is a line of so many characters:`(
    _ text: String, _ count: Int, _ expected: String
  ) {
    #expect(excerpt(text, to: count) == expected)
  }
}
