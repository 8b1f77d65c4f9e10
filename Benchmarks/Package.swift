// swift-tools-version: 6.2
import PackageDescription

// Benchmarks reach the engine's `package` entry points because the engine's sources are targets of
// this package too: Sources/<Target> links to ../../Sources/<Target>. The main package stays free
// of them, and `swift build` there builds none.
//
//   swift run -c release --package-path Benchmarks Kernels --smoke
//
// The runner is Support/: nanoseconds of CPU a value, a check of every answer and a hash of it.

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .strictMemorySafety(),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .enableExperimentalFeature("Lifetimes"),
]

/// A target of the engine, as the main package has it.
func engine(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(
    name: name, dependencies: dependencies, path: "Sources/\(name)", swiftSettings: strict)
}

func systemCodec(_ name: String, pkgConfig: String? = nil) -> Target {
  .systemLibrary(name: name, path: "Sources/\(name)", pkgConfig: pkgConfig)
}

func benchmarks(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .executableTarget(
    name: name, dependencies: ["BenchmarkSupport"] + dependencies, path: name,
    swiftSettings: strict)
}

let package = Package(
  name: "grebe-benchmarks",
  platforms: [.macOS(.v15)],
  targets: [
    systemCodec("CKernels"),
    systemCodec("CPlatform"),
    systemCodec("CZstd", pkgConfig: "libzstd"),
    systemCodec("CLZ4", pkgConfig: "liblz4"),
    systemCodec("CSnappy"),
    systemCodec("CZlib", pkgConfig: "zlib"),
    systemCodec("CBrotli", pkgConfig: "libbrotlienc"),
    systemCodec("CISAL", pkgConfig: "libisal"),
    systemCodec("CBzip2"),
    systemCodec("CLzma", pkgConfig: "liblzma"),
    systemCodec("CIconv"),
    engine("Base", ["CKernels"]),
    engine("Columns", ["Base"]),
    engine(
      "Compression",
      ["Base", "CZstd", "CLZ4", "CSnappy", "CZlib", "CBrotli", "CISAL", "CBzip2", "CLzma"]),
    engine("JSON", ["Base", "CKernels"]),
    engine("Encodings", ["Base", "Columns", "CKernels"]),
    engine("Ingest", ["Base", "Columns", "JSON", "Compression", "CKernels", "CIconv"]),
    engine("Store", ["Base", "CPlatform"]),
    engine("Compute", ["Base", "Columns", "CKernels"]),
    engine("Parquet", ["Base", "Columns", "Encodings", "Compression", "JSON"]),
    engine("Delta", ["Base", "Columns", "Compression", "Parquet", "Compute", "JSON", "Store"]),

    // Arguments, timing, the table.
    .target(name: "BenchmarkSupport", path: "Support", swiftSettings: strict),
    // Every encoding kernel and codec, both ways, bloom filters, and fields of delimited text.
    benchmarks("Kernels", ["Base", "Columns", "Compression", "Encodings", "Ingest", "Parquet"]),
    // Whole files to columns and back, a process that compare/parquet.py races against others.
    benchmarks("ParquetFiles", ["Base", "Columns", "Compression", "Parquet"]),
    // Appends to a table's log, a process that compare/commits.py races against delta-rs.
    benchmarks("Commits", ["Base", "Columns", "Delta", "Store"]),
  ]
)
