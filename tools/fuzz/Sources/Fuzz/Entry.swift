// libFuzzer calls `fuzzOneInput` with every input it invents. It brings a `main` of its own, but
// SwiftPM links executables to start at `<module>_main`: so that is defined, and hands over.
//
// Which target runs is in the environment and not in the arguments, because libFuzzer starts itself
// again with its own arguments to minimise a failure.
import Base
import FuzzTargets
import Glibc

private let target: FuzzTarget? = getenv("GREBE_FUZZ_TARGET")
  .flatMap { FuzzTarget(rawValue: String(cString: $0)) }

private func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  target?.run(Buffer(UnsafeBufferPointer(start: data, count: count)))
  return 0
}

private typealias Arguments = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
private typealias OneInput = @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
  _ count: UnsafeMutablePointer<CInt>, _ arguments: UnsafeMutablePointer<Arguments>,
  _ body: OneInput
) -> CInt

@_cdecl("Fuzz_main")
func fuzzMain(
  _ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
) -> CInt {
  guard let target else {
    puts("GREBE_FUZZ_TARGET has to name a target: see tools/fuzz/run --help")
    return 64
  }
  let paths = (1..<Int(count)).compactMap { arguments[$0].map { String(cString: $0) } }
  if let folder = getenv("GREBE_FUZZ_SEEDS") {
    writeSeeds(of: target, from: paths, into: String(cString: folder))
    return 0
  }
  if let pack = getenv("GREBE_FUZZ_PACK") {
    writePack(of: paths, at: String(cString: pack))
    return 0
  }
  var count = count
  var arguments = arguments
  return runDriver(&count, &arguments, fuzzOneInput)
}
