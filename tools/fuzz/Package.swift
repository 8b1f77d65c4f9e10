// swift-tools-version: 6.2
import PackageDescription

// The fuzzers: the engine's byte layers under libFuzzer and AddressSanitizer. A package of its own,
// because the flags change every module; the sources are links to the engine's. Use tools/fuzz/run.

let instrumented: SwiftSetting = .unsafeFlags([
  "-sanitize=fuzzer,address",
  // Optimised, but with the assertions and the exclusivity checks of a debug build.
  "-assert-config", "Debug", "-enforce-exclusivity=checked",
])

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableExperimentalFeature("Lifetimes"),
  instrumented,
]

func library(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

let package = Package(
  name: "fuzz",
  targets: [
    .systemLibrary(name: "CKernels"),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd"),
    .systemLibrary(name: "CLZ4", pkgConfig: "liblz4"),
    .systemLibrary(name: "CSnappy"),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib"),
    .systemLibrary(name: "CBrotli", pkgConfig: "libbrotlidec libbrotlienc"),
    .systemLibrary(name: "CISAL", pkgConfig: "libisal"),
    .systemLibrary(name: "CBzip2"),
    .systemLibrary(name: "CLzma", pkgConfig: "liblzma"),
    .systemLibrary(name: "CIconv"),
    library("Base", ["CKernels"]),
    library("Columns", ["Base"]),
    library(
      "Compression",
      ["Base", "CZstd", "CLZ4", "CSnappy", "CZlib", "CBrotli", "CISAL", "CBzip2", "CLzma"]),
    library("JSON", ["Base", "CKernels"]),
    library("Encodings", ["Base", "Columns", "CKernels"]),
    library("Parquet", ["Base", "Columns", "Encodings", "Compression", "JSON"]),
    library("Compute", ["Base", "Columns", "CKernels"]),
    library("Ingest", ["Base", "Columns", "JSON", "Compression", "CKernels", "CIconv"]),
    library(
      "FuzzTargets",
      ["Base", "Columns", "Compression", "Compute", "Encodings", "Ingest", "JSON", "Parquet"]),
    .executableTarget(
      name: "Fuzz", dependencies: ["Base", "FuzzTargets"],
      swiftSettings: settings + [.unsafeFlags(["-parse-as-library"])],
      linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address", "-use-ld=lld"])]),
  ]
)
