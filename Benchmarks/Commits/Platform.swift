import Glibc

func wallSeconds() -> Double {
  var time = timespec()
  // SAFETY: the call fills the structure it is given.
  unsafe clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// One line on standard output, at once: the other end of a pipe waits for it.
func say(_ line: String) { printLine(line, to: 1) }

/// Ends the process with one line on standard error.
func fail(_ message: String) -> Never {
  printLine("Commits: \(message)", to: 2)
  exit(65)
}

private func printLine(_ line: String, to descriptor: Int32) {
  let bytes = Array((line + "\n").utf8)
  // SAFETY: the call reads `count` bytes of the array.
  _ = unsafe bytes.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress!, $0.count) }
}
