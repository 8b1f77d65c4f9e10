import Testing

@Suite("Tidy: lexer") struct LexerTests {
  @Test(arguments: [
    ("a // b", "a     "),
    ("a /* b /* c */ d */ e", "a                   e"),
    ("f(\"x\")", "f(   )"),
    ("f(\"\\\"x\") + y", "f(     ) + y"),
    ("f(\"a\\(g(\"b)\"))c\") + y", "f(              ) + y"),
    ("f(#\"a\"b\"#) + y", "f(       ) + y"),
    ("\"\"\"\nprint(\"x\")\n\"\"\" + y", "   \n          \n    + y"),
    ("#if os(Linux)", "#if os(Linux)"),
  ])
  func `comments and strings become spaces`(_ text: String, _ expected: String) {
    #expect(blankingCommentsAndStrings(text).joined(separator: "\n") == expected)
  }
}
