import Base
import Compression
import Store
import Synchronization

/// Names for the files of one job: `<partition dirs>/part-NNNNN-<uuid>.<codec>.parquet`.
///
/// The number counts the job's files; the id is drawn from the environment, never twice.
final class DataFileNames: Sendable {
  private let codec: Codec
  private let random: RandomSource
  private let nextNumber = Atomic(0)

  init(_ environment: Environment, codec: Codec) {
    self.codec = codec
    random = environment.random
  }

  /// - Parameter directory: empty, or the partition's directory with its trailing slash.
  func next(in directory: String) -> String {
    let number = nextNumber.add(1, ordering: .relaxed).oldValue
    let suffix = codec == .none ? "" : "." + codec.name
    return "\(directory)part-\(padded(number, 5))-\(random.uuid())\(suffix).parquet"
  }
}
