import Store

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

// Every system call of the command stands here.

func platformIsTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

enum WriteFailure: Equatable {
  /// Nobody reads the pipe any more.
  case readerGone
  /// In the system's words.
  case refused(String)
}

/// Writes all of `bytes`; nil if that worked.
func platformWrite(_ descriptor: Int32, _ bytes: UnsafeBufferPointer<UInt8>) -> WriteFailure? {
  var offset = 0
  while offset < bytes.count {
    // SAFETY: offset < count, so there is a base address, and the rest lies behind it. `strerror`
    // gives a text that ends in 0, which is copied at once.
    let written = unsafe write(descriptor, bytes.baseAddress! + offset, bytes.count - offset)
    if written >= 0 {
      offset += written
    } else if errno == EPIPE {
      return .readerGone
    } else if errno != EINTR {
      return unsafe .refused(String(cString: strerror(errno)))
    }
  }
  return nil
}

func platformExit(_ status: Int32) -> Never { exit(status) }

/// Highest resident set of this process so far, in bytes.
func platformPeakMemoryBytes() -> Int64 {
  var usage = rusage()
  // SAFETY: the call fills in one `rusage`, which `usage` is.
  #if os(Linux)
    guard unsafe getrusage(RUSAGE_SELF.rawValue, &usage) == 0 else { return 0 }
    return Int64(usage.ru_maxrss) * 1024
  #else
    guard unsafe getrusage(RUSAGE_SELF.rawValue, &usage) == 0 else { return 0 }
    return Int64(usage.ru_maxrss)
  #endif
}

/// Seconds of a clock that never goes back.
func platformSeconds() -> Double {
  var now = timespec()
  // SAFETY: the call fills in one `timespec`, which `now` is.
  unsafe clock_gettime(CLOCK_MONOTONIC, &now)
  return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
}

/// Set by Ctrl-C and SIGTERM.
let interruption = Cancellation()

/// Ctrl-C and SIGTERM ask once for an orderly stop; the second time they end the process at once.
/// A reader that goes away (`grebe … | head`) is a write error, not a signal.
func platformInstallSignalHandlers() {
  _ = interruption.isCancelled  // Made now: a signal handler may not allocate.
  let handler: @convention(c) (Int32) -> Void = { _ in
    if interruption.isCancelled { _exit(130) }
    interruption.cancel()
  }
  signal(SIGINT, handler)
  signal(SIGTERM, handler)
  signal(SIGPIPE, SIG_IGN)
}
