import Testing

/// What a rule objects to, printed as compilers do, so that editors jump to it.
struct Finding: CustomStringConvertible, Equatable {
  let path: String
  /// Counted from 1; 0 is the file as a whole.
  let line: Int
  let message: String

  var description: String { "\(path):\(line): \(message)" }
}

/// Fails the test with one line a finding.
func expectNone(_ findings: [Finding], sourceLocation: SourceLocation = #_sourceLocation) {
  for finding in findings {
    Issue.record("\(finding.description)", sourceLocation: sourceLocation)
  }
}
