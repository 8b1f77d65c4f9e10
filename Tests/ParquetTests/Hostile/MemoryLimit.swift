import Foundation
import Glibc
import Testing

/// Limits writable private memory to `extra` bytes beyond what is in use.
func limitMemory(toMore extra: Int) throws {
  let status = try #require(FileManager.default.contents(atPath: "/proc/self/status"))
  let line = try #require(
    String(decoding: status, as: UTF8.self).split(separator: "\n").first {
      $0.hasPrefix("VmData:")
    })
  let used = try #require(line.split(whereSeparator: \.isWhitespace).dropFirst().first)
  let bytes = UInt(try #require(Int(used)) << 10 + extra)
  var limit = rlimit(rlim_cur: bytes, rlim_max: bytes)
  // SAFETY: the call reads `limit` and keeps nothing.
  let result = unsafe setrlimit(Int32(RLIMIT_DATA.rawValue), &limit)
  #expect(result == 0)
}
