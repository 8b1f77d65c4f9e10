import Glibc

/// CPU time this thread has used: what other processes do to the clock does not count.
func threadNanoseconds() -> UInt64 {
  var time = timespec()
  // SAFETY: the call fills the structure it is given.
  unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

func leave(_ code: Int32) -> Never { exit(code) }
