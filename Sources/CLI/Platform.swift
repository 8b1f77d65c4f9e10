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
///
/// On Linux that of the program: `ru_maxrss` starts with what the process had, or shared, before it
/// became this program, so that a command run by a large process would report that one's memory.
func platformPeakMemoryBytes() -> Int64 {
  #if os(Linux)
    if let own = ownPeakMemoryBytes() { return own }
  #endif
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

#if os(Linux)
  /// What `/proc/self/status` says; nil where there is no such file.
  private func ownPeakMemoryBytes() -> Int64? {
    // Not through Store, whose files are of the size that the system tells: here that is 0.
    guard let file = unsafe fopen("/proc/self/status", "re") else { return nil }
    defer { unsafe fclose(file) }
    // The line comes after that of the process's groups, of which there may be thousands.
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    // SAFETY: `fread` writes at most `bytes.count` bytes, which `bytes` has.
    let count = unsafe fread(&bytes, 1, bytes.count, file)
    let text = String(decoding: bytes.prefix(count), as: UTF8.self)
    guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
      let kibibytes = line.split(whereSeparator: \.isWhitespace).dropFirst().first
    else { return nil }
    return Int64(kibibytes).map { $0 * 1024 }
  }
#endif

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
/// A reader that goes away (`grebe … | head`) and a file that may not grow (`ulimit -f`) are write
/// errors, not signals.
func platformInstallSignalHandlers() {
  _ = interruption.isCancelled  // Made now: a signal handler may not allocate.
  let handler: @convention(c) (Int32) -> Void = { _ in
    if interruption.isCancelled { _exit(130) }
    interruption.cancel()
  }
  signal(SIGINT, handler)
  signal(SIGTERM, handler)
  signal(SIGPIPE, SIG_IGN)
  signal(SIGXFSZ, SIG_IGN)
}
