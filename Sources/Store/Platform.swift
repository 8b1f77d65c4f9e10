// Every system call of the Store, and nothing else: no policy, no messages.
// Interrupted calls are taken up again; short reads and writes are continued.
import Base
import CPlatform
import Glibc

/// A system call that failed: which, and its errno.
struct SystemFault: Error, Equatable {
  var call: StaticString
  var number: Int32

  static func == (a: SystemFault, b: SystemFault) -> Bool { a.number == b.number }

  /// The system's words for it.
  var text: String {
    // SAFETY: a zero-terminated string of the C library, copied at once.
    guard let words = unsafe strerror(number) else { return "error \(number)" }
    return unsafe String(cString: words)
  }
}

/// An open file; closed when it goes.
struct FileDescriptor: ~Copyable, Sendable {
  let number: Int32

  deinit { Glibc.close(number) }
}

enum FileKind: Sendable {
  case file, directory, pipe, other
}

struct FileStatus: Sendable {
  var kind: FileKind
  var sizeBytes: Int64
  var modifiedMillis: Int64
  var linkCount: Int
  /// Of the file system.
  var device: UInt64
}

enum OpenMode {
  case read
  /// A new file; fails if there is one.
  case create
  /// The same, to be read as well.
  case scratch
  case directory

  fileprivate var flags: Int32 {
    switch self {
    case .read: O_RDONLY | O_CLOEXEC
    case .create: O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC
    case .scratch: O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC
    case .directory: O_RDONLY | O_DIRECTORY | O_CLOEXEC
    }
  }
}

enum Platform {
  /// Runs `call` until it is not interrupted; `-1` becomes a fault.
  @discardableResult
  private static func retrying(
    _ name: StaticString, _ call: () -> Int
  ) throws(SystemFault) -> Int {
    while true {
      let result = call()
      if result >= 0 { return result }
      if errno != EINTR { throw SystemFault(call: name, number: errno) }
    }
  }

  static func open(_ path: String, _ mode: OpenMode) throws(SystemFault) -> FileDescriptor {
    // SAFETY: Swift passes the paths as zero-terminated strings that live during the call.
    let number = try retrying("open") { Int(unsafe Glibc.open(path, mode.flags, 0o644)) }
    return FileDescriptor(number: Int32(number))
  }

  /// Reads up to `target.count` bytes from `offset`; fewer only at the end of the file.
  static func read(
    _ file: borrowing FileDescriptor, into target: UnsafeMutableRawBufferPointer, at offset: Int64
  ) throws(SystemFault) -> Int {
    let number = file.number
    var done = 0
    // SAFETY: `done` never passes `target.count`: a call reads at most what is left.
    while done < target.count {
      let start = unsafe target.baseAddress.map { unsafe $0 + done }
      let wanted = target.count - done
      let got = try retrying("pread") {
        unsafe pread(number, start, wanted, off_t(offset) + off_t(done))
      }
      if got == 0 { break }
      done += got
    }
    return done
  }

  static func standardInput() throws(SystemFault) -> FileDescriptor {
    let number = try retrying("dup") { Int(fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)) }
    return FileDescriptor(number: Int32(number))
  }

  /// Reads what a stream has to give next, at most `target.count` bytes; 0 at its end.
  static func readNext(
    _ file: borrowing FileDescriptor, into target: UnsafeMutableRawBufferPointer
  ) throws(SystemFault) -> Int {
    let number = file.number
    // SAFETY: a call reads at most what the buffer holds.
    return try retrying("read") { unsafe Glibc.read(number, target.baseAddress, target.count) }
  }

  /// The absolute path without links; nil if there is no such file.
  static func realPath(_ path: String) -> String? {
    // SAFETY: the library allocates a zero-terminated string, which is copied and freed.
    guard let resolved = unsafe realpath(path, nil) else { return nil }
    defer { unsafe free(resolved) }
    return unsafe String(cString: resolved)
  }

  /// The directory for files that need not outlive the process.
  static func temporaryDirectory() -> String {
    // SAFETY: a zero-terminated string of the environment, copied at once.
    unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
  }

  /// Writes all of `bytes` after what was written before.
  static func write(
    _ bytes: RawSpan, to file: borrowing FileDescriptor
  ) throws(SystemFault) {
    let number = file.number
    // SAFETY: `done` never passes `source.count`: a call writes at most what is left.
    try unsafe bytes.withUnsafeBytes { source throws(SystemFault) in
      var done = 0
      while done < source.count {
        let start = unsafe source.baseAddress.map { unsafe $0 + done }
        let wanted = source.count - done
        done += try retrying("write") { unsafe Glibc.write(number, start, wanted) }
      }
    }
  }

  static func sync(_ file: borrowing FileDescriptor) throws(SystemFault) {
    let number = file.number
    try retrying("fsync") { Int(fsync(number)) }
  }

  /// Makes everything durable that was written to the file system that holds the file.
  static func syncFileSystem(_ file: borrowing FileDescriptor) throws(SystemFault) {
    let number = grebe_sync_file_system(file.number)
    if number != 0 { throw SystemFault(call: "syncfs", number: number) }
  }

  /// Starts writing back `range` of the file; failure costs only time.
  static func startWriteBack(_ file: borrowing FileDescriptor, _ range: Range<Int64>) {
    _ = grebe_start_write_back(file.number, range.lowerBound, Int64(range.count))
  }

  static func rename(_ from: String, _ to: String) throws(SystemFault) {
    // SAFETY: Swift passes the paths as zero-terminated strings that live during the call.
    try retrying("rename") { Int(unsafe Glibc.rename(from, to)) }
  }

  static func renameNoReplace(_ from: String, _ to: String) throws(SystemFault) {
    // SAFETY: Swift passes the paths as zero-terminated strings that live during the call.
    let number = unsafe grebe_rename_no_replace(from, to)
    if number != 0 { throw SystemFault(call: "renameat2", number: number) }
  }

  static func link(_ from: String, _ to: String) throws(SystemFault) {
    // SAFETY: Swift passes the paths as zero-terminated strings that live during the call.
    try retrying("link") { Int(unsafe Glibc.link(from, to)) }
  }

  static func unlink(_ path: String) throws(SystemFault) {
    // SAFETY: Swift passes the paths as zero-terminated strings that live during the call.
    try retrying("unlink") { Int(unsafe Glibc.unlink(path)) }
  }

  static func removeDirectory(_ path: String) throws(SystemFault) {
    // SAFETY: Swift passes the paths as zero-terminated strings that live during the call.
    try retrying("rmdir") { Int(unsafe rmdir(path)) }
  }

  static func makeDirectory(_ path: String) throws(SystemFault) {
    // SAFETY: Swift passes the paths as zero-terminated strings that live during the call.
    try retrying("mkdir") { Int(unsafe mkdir(path, 0o755)) }
  }

  /// Of what `path` names, symbolic links followed.
  static func status(_ path: String) throws(SystemFault) -> FileStatus {
    // SAFETY: Swift passes the paths as zero-terminated strings that live during the call.
    var raw = stat()
    try retrying("stat") { Int(unsafe fstatat(AT_FDCWD, path, &raw, 0)) }
    return FileStatus(raw)
  }

  static func status(_ file: borrowing FileDescriptor) throws(SystemFault) -> FileStatus {
    // SAFETY: `raw` is a local of the type that the call fills.
    let number = file.number
    var raw = stat()
    try retrying("fstat") { Int(unsafe fstat(number, &raw)) }
    return FileStatus(raw)
  }

  /// Names in a directory, without `.` and `..`, in no order. Symbolic links to directories are
  /// told apart from directories, so that a walk does not go round in circles.
  static func entries(
    _ path: String
  ) throws(SystemFault) -> [(name: String, isDirectory: Bool)] {
    var found: [(name: String, isDirectory: Bool)] = []
    do throws(WalkFailure) {
      try forEachEntry(path) { name, isDirectory in found.append((name, isDirectory)) }
    } catch {
      guard case .system(let fault) = error else { preconditionFailure("the body does not throw") }
      throw fault
    }
    return found
  }

  /// The same one by one, in bounded memory.
  static func forEachEntry(
    _ path: String, _ body: (_ name: String, _ isDirectory: Bool) throws(WalkFailure) -> Void
  ) throws(WalkFailure) {
    guard let stream = unsafe opendir(path) else {
      throw .system(SystemFault(call: "opendir", number: errno))
    }
    defer { unsafe closedir(stream) }
    while true {
      errno = 0
      guard let entry = unsafe readdir(stream) else {
        if errno != 0 && errno != EINTR {
          throw .system(SystemFault(call: "readdir", number: errno))
        }
        return
      }
      // SAFETY: the name is zero-terminated within the entry; the entry itself may be shorter than
      // the C type, so it is never copied.
      let offset = MemoryLayout<dirent>.offset(of: \dirent.d_name)!
      let name = unsafe String(
        cString: UnsafeRawPointer(entry).advanced(by: offset)
          .assumingMemoryBound(to: CChar.self))
      if name == "." || name == ".." { continue }
      let kind = unsafe entry.pointee.d_type
      var isDirectory = kind == UInt8(DT_DIR)
      if kind == UInt8(DT_UNKNOWN) {
        var raw = stat()
        let full = path + "/" + name
        isDirectory = unsafe lstat(full, &raw) == 0 && raw.st_mode & S_IFMT == S_IFDIR
      }
      try body(name, isDirectory)
    }
  }

  static func nowMillis() -> Int64 {
    var time = timespec()
    // SAFETY: `time` is a local of the type that the call fills.
    _ = unsafe clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }

  static func sleep(millis: Int) {
    var wanted = timespec(tv_sec: millis / 1000, tv_nsec: millis % 1000 * 1_000_000)
    var rest = timespec()
    // SAFETY: both are locals of the type that the call takes.
    while unsafe nanosleep(&wanted, &rest) != 0 && errno == EINTR { wanted = rest }
  }

  /// Processors this process may run on.
  static func processorCount() -> Int {
    max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
  }

  static func physicalMemoryBytes() -> Int {
    let pages = Int(sysconf(Int32(_SC_PHYS_PAGES)))
    let pageBytes = Int(sysconf(Int32(_SC_PAGESIZE)))
    return max(0, pages) * max(0, pageBytes)
  }
}

extension FileStatus {
  fileprivate init(_ raw: stat) {
    kind =
      switch raw.st_mode & S_IFMT {
      case S_IFREG: .file
      case S_IFDIR: .directory
      case S_IFIFO: .pipe
      default: .other
      }
    sizeBytes = Int64(raw.st_size)
    modifiedMillis =
      Int64(raw.st_mtim.tv_sec).multipliedSaturated(by: 1000)
      .addingSaturated(Int64(raw.st_mtim.tv_nsec) / 1_000_000)
    linkCount = Int(raw.st_nlink)
    device = UInt64(truncatingIfNeeded: raw.st_dev)
  }
}

extension SystemFault {
  static let isDirectory = SystemFault(call: "open", number: EISDIR)

  var isNotFound: Bool { number == ENOENT || number == ENOTDIR }
  var isAlreadyThere: Bool { number == EEXIST }
  /// A directory to be removed holds something, or is the root of a file system.
  var isNotEmpty: Bool { number == ENOTEMPTY || number == EEXIST || number == EBUSY }
  /// Bytes that should be on the device may not be.
  var isFailedDevice: Bool { [EIO, ENOSPC, EDQUOT].contains(number) }
  /// The file system does not know the call.
  var isUnknownCall: Bool {
    [EPERM, ENOSYS, EINVAL, EOPNOTSUPP, ENOTSUP, EMLINK].contains(number)
  }

  /// The same for a file to be made: what is missing then is a directory that cannot be made.
  func writingError(_ path: String, in directory: String) -> StoreError {
    guard number == ENOENT || number == ENOTDIR else { return error(path) }
    return StoreError(
      .io, "the directory cannot be made: \(text)", path: directory,
      hint: "is a part of the path a file?")
  }

  func error(_ path: String) -> StoreError {
    let message = "\(call): \(text)"
    switch number {
    case ENOENT, ENOTDIR: return StoreError(.notFound, "no such file or directory", path: path)
    case EEXIST: return StoreError(.alreadyExists, "a file is already there", path: path)
    case EACCES, EPERM, EROFS:
      return StoreError(
        .io, message, path: path, hint: "check the permissions of the file and its directories")
    case ENOSPC, EDQUOT:
      return StoreError(.io, message, path: path, hint: "free space on the device, then run again")
    case EMFILE, ENFILE:
      return StoreError(.io, message, path: path, hint: "raise the limit on open files (ulimit -n)")
    case EISDIR: return StoreError(.invalidArgument, "is a directory", path: path)
    case ENAMETOOLONG: return StoreError(.invalidArgument, "the name is too long", path: path)
    default: return StoreError(.io, message, path: path)
    }
  }
}

// Threads of our own: CPU loops and blocking calls run here, off the cooperative pool, whose
// threads are one a core and must not block.

/// Deep recursion (schemas, expressions, plans) is bounded, and this is what the bounds assume.
let threadStackBytes = 8 << 20

/// A running thread that must be joined.
@safe
struct Thread: ~Copyable {
  private let handle: pthread_t

  private final class Job {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  /// Starts `body` on a new thread; nil if the system has none left.
  init?(_ body: @escaping @Sendable () -> Void) {
    var attributes = pthread_attr_t()
    unsafe pthread_attr_init(&attributes)
    defer { unsafe pthread_attr_destroy(&attributes) }
    unsafe pthread_attr_setstacksize(&attributes, threadStackBytes)
    let job = unsafe Unmanaged.passRetained(Job(body))
    var started = pthread_t()
    let status = unsafe pthread_create(
      &started, &attributes,
      { argument in
        // SAFETY: the retain of `passRetained` below is consumed exactly once, here.
        guard let argument = unsafe argument else { return nil }
        unsafe Unmanaged<Job>.fromOpaque(argument).takeRetainedValue().body()
        return nil
      }, job.toOpaque())
    guard status == 0 else {
      unsafe job.release()
      return nil
    }
    handle = started
  }

  consuming func join() { pthread_join(handle, nil) }

  consuming func detach() { pthread_detach(handle) }
}
