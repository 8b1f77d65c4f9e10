import CKernels

/// Which instructions the kernels of `CKernels` use. Whoever runs a batch asks for `best` once.
package enum KernelLevel: Sendable, CaseIterable, Comparable {
  /// Nothing but the Swift twins, which are the reference.
  case scalar
  case sse2, avx2, avx512

  /// The best this processor has. A constant: asking the processor may take microseconds.
  package static let best = allCases.first { $0.order == Int(grebe_cpu_level()) } ?? .scalar

  // By hand, to be inlined into other modules: kernels ask once for every few values, and what the
  // compiler makes of a raw value is called through witness tables.

  /// As `grebe_cpu_level` counts.
  @inlinable var order: Int {
    switch self {
    case .scalar: 0
    case .sse2: 1
    case .avx2: 2
    case .avx512: 3
    }
  }

  @inlinable
  package static func < (a: KernelLevel, b: KernelLevel) -> Bool { a.order < b.order }

  @inlinable
  package static func == (a: KernelLevel, b: KernelLevel) -> Bool { a.order == b.order }

  @inlinable
  package static func >= (a: KernelLevel, b: KernelLevel) -> Bool { a.order >= b.order }
}
