import Base

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

// Every system call of the benchmark stands here.

/// What the kernel charged this process so far.
struct Spent {
  let cpuSeconds: Double
  let wallSeconds: Double

  static func now() -> Spent {
    var usage = rusage()
    var clock = timespec()
    // SAFETY: each call fills in the one structure that it is given.
    #if os(Linux)
      unsafe getrusage(RUSAGE_SELF.rawValue, &usage)
    #else
      unsafe getrusage(RUSAGE_SELF, &usage)
    #endif
    unsafe clock_gettime(CLOCK_MONOTONIC, &clock)
    return Spent(
      cpuSeconds: seconds(usage.ru_utime) + seconds(usage.ru_stime),
      wallSeconds: Double(clock.tv_sec) + Double(clock.tv_nsec) / 1e9)
  }

  /// Of this program alone: getrusage would count what the parent held when it forked.
  /// 0 where the system does not say.
  static func peakMemoryBytes() -> Int {
    guard let status = try? File(reading: "/proc/self/status"),
      let text = try? status.readText(maxBytes: 4096),
      let line = text.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") })
    else { return 0 }
    return (Int(line.filter(\.isNumber)) ?? 0) * 1024
  }

  /// Gives back what the allocator holds in vain, and measures the peak anew from here on. Returns
  /// the bytes in memory now; nil where the system does not do this.
  static func restartPeakMemory() -> Int? {
    // SAFETY: of the C library, if it has it, with this type; looked up because no module names it.
    if let trim = unsafe dlsym(dlopen(nil, RTLD_NOW), "malloc_trim") {
      typealias Trim = @convention(c) (Int) -> CInt
      _ = unsafe unsafeBitCast(trim, to: Trim.self)(0)
    }
    guard let references = try? File(writing: "/proc/self/clear_refs"),
      (try? references.append(Buffer(Array("5".utf8)))) != nil
    else { return nil }
    return peakMemoryBytes()
  }

  private static func seconds(_ time: timeval) -> Double {
    Double(time.tv_sec) + Double(time.tv_usec) / 1e6
  }
}

/// An open file; closed with the object.
final class File {
  private let descriptor: Int32
  let path: String

  init(reading path: String) throws(BenchmarkError) {
    self.path = path
    // SAFETY: the call reads the path up to its closing zero, which Swift adds.
    descriptor = unsafe open(path, O_RDONLY)
    guard descriptor >= 0 else { throw BenchmarkError("cannot open \(path)") }
  }

  init(creating path: String) throws(BenchmarkError) {
    self.path = path
    // SAFETY: as above.
    descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    guard descriptor >= 0 else { throw BenchmarkError("cannot create \(path)") }
  }

  init(writing path: String) throws(BenchmarkError) {
    self.path = path
    // SAFETY: as above.
    descriptor = unsafe open(path, O_WRONLY)
    guard descriptor >= 0 else { throw BenchmarkError("cannot write \(path)") }
  }

  deinit { close(descriptor) }

  var sizeBytes: Int64 {
    var status = stat()
    // SAFETY: the call fills in one `stat`, which `status` is.
    return unsafe fstat(descriptor, &status) == 0 ? Int64(status.st_size) : 0
  }

  func read(_ range: Range<Int64>) throws(BenchmarkError) -> Buffer<UInt8> {
    let count = Int(range.upperBound - range.lowerBound)
    var bytes = BufferBuilder<UInt8>(capacity: count)
    var offset = 0
    while offset < count {
      // SAFETY: the tail has room for what is left, and only what was read is counted.
      let read = unsafe pread(
        descriptor, bytes.unsafeTail(count - offset), count - offset,
        off_t(range.lowerBound) + off_t(offset))
      guard read > 0 else { throw BenchmarkError("cannot read \(path)") }
      unsafe bytes.advance(by: read)
      offset += read
    }
    return bytes.freeze()
  }

  func readText(maxBytes: Int) throws(BenchmarkError) -> String {
    var bytes = [UInt8](repeating: 0, count: maxBytes)
    // SAFETY: the call writes at most `count` bytes into the array.
    let read = unsafe bytes.withUnsafeMutableBytes {
      unsafe pread(descriptor, $0.baseAddress, $0.count, 0)
    }
    guard read >= 0 else { throw BenchmarkError("cannot read \(path)") }
    return String(decoding: bytes.prefix(read), as: UTF8.self)
  }

  func append(_ bytes: Buffer<UInt8>) throws(BenchmarkError) {
    // SAFETY: the pointer is used while `bytes` lives, and only for its `count` bytes.
    try unsafe bytes.withUnsafePointer { start throws(BenchmarkError) in
      var offset = 0
      while offset < bytes.count {
        // SAFETY: offset < count, the bytes that `start` points at.
        let written = unsafe write(descriptor, start + offset, bytes.count - offset)
        guard written > 0 else { throw BenchmarkError("cannot write \(path)") }
        offset += written
      }
    }
  }
}

struct BenchmarkError: Error {
  let message: String
  init(_ message: String) { self.message = message }
}

/// Ends the process with one line on standard error.
func fail(_ message: String, status: Int32) -> Never {
  printLine("ParquetFiles: \(message)", to: 2)
  exit(status)
}

/// One line on standard output, at once: the other end of a pipe waits for it.
func say(_ line: String) { printLine(line, to: 1) }

private func printLine(_ line: String, to descriptor: Int32) {
  let bytes = Array((line + "\n").utf8)
  // SAFETY: the call reads `count` bytes of the array.
  _ = unsafe bytes.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress!, $0.count) }
}
