import Base
import BenchmarkSupport

/// `count` values below `limit`.
func randomValues<T: FixedWidthInteger & BitwiseCopyable>(
  _ count: Int, below limit: UInt64, seed: UInt64, as type: T.Type
) -> Buffer<T> {
  var random = BenchmarkRandom(seed: seed)
  return Buffer((0..<count).map { _ in T(truncatingIfNeeded: random.next() % limit) })
}

func hash<T: FixedWidthInteger & BitwiseCopyable>(_ values: borrowing BufferBuilder<T>) -> UInt64 {
  var hash = AnswerHash()
  for index in 0..<values.count { hash.add(UInt64(truncatingIfNeeded: values[index])) }
  return hash.value
}

func hash(_ bytes: borrowing ByteWriter) -> UInt64 { hash(bytes.buffer) }

/// The hash of `values` if they are `expected`, else nil.
func hash<T: FixedWidthInteger & BitwiseCopyable>(
  _ values: borrowing BufferBuilder<T>, ifEqualTo expected: Buffer<T>
) -> UInt64? {
  guard values.count == expected.count else { return nil }
  for index in 0..<values.count where values[index] != expected[index] { return nil }
  return hash(values)
}

/// A builder with `count` slots that kernels write through its start.
func slots<T: BitwiseCopyable & FixedWidthInteger>(_ count: Int, _ type: T.Type) -> BufferBuilder<T>
{
  var builder = BufferBuilder<T>(capacity: count)
  builder.append(repeating: 0, count: count)
  return builder
}
