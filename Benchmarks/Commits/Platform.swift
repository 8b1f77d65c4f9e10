import Glibc

func wallSeconds() -> Double {
  var time = timespec()
  // SAFETY: the call fills the structure it is given.
  unsafe clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

// SAFETY: the standard streams live as long as the process.
func flushOutput() { unsafe fflush(stdout) }

func fail(_ message: String) -> Never {
  unsafe fputs("Commits: \(message)\n", stderr)
  exit(65)
}
