import CKernels

/// Which instructions the kernels of `CKernels` use. Whoever runs a batch asks for `best` once.
package enum KernelLevel: Int, Sendable, CaseIterable, Comparable {
  /// Nothing but the Swift twins, which are the reference.
  case scalar
  case sse2, avx2, avx512

  /// The best this processor has. A constant: asking the processor may take microseconds.
  package static let best = KernelLevel(rawValue: Int(grebe_cpu_level())) ?? .scalar

  package static func < (a: KernelLevel, b: KernelLevel) -> Bool { a.rawValue < b.rawValue }
}
