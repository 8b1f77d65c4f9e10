// swift-tools-version: 6.2
import PackageDescription

// The layer table: a target imports only targets of a smaller number (spec/architecture.md).
// `tools/tidy` checks every import against it, because SwiftPM does not.

let strict: [SwiftSetting] =
  [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    // Our own types hand out spans of their storage; 6.3 has no stable spelling for that yet.
    .enableExperimentalFeature("Lifetimes"),
  ] + (Context.environment["GREBE_WERROR"] == nil ? [] : [.treatAllWarnings(as: .error)])

/// A target of ours: strict settings, and its tests beside it under `Tests/<name>Tests`.
func library(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .testTarget(
    name: name + "Tests", dependencies: [.init(stringLiteral: name), "TestSupport"] + dependencies,
    swiftSettings: strict)
}

/// A folder with archives of the codecs, linked instead of the shared libraries: for a binary that
/// runs where those are not installed (tools/build-release).
let codecArchives = Context.environment["GREBE_CODEC_ARCHIVES"]

func systemCodec(_ name: String, pkgConfig: String, apt: String) -> Target {
  // With what pkg-config says the linker would find the shared libraries first.
  .systemLibrary(
    name: name, pkgConfig: codecArchives == nil ? pkgConfig : nil, providers: [.apt([apt])])
}

let package = Package(
  name: "grebe",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "grebe", targets: ["CLI"]),
    .library(name: "Grebe", targets: ["Grebe"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0")
  ],
  targets: [
    // 0  C shims: whole-buffer SIMD loops (header only), and maps of the system's codec libraries.
    .systemLibrary(name: "CKernels"),
    // 0  System calls that Swift's Glibc module does not show.
    .systemLibrary(name: "CPlatform"),
    systemCodec("CZstd", pkgConfig: "libzstd", apt: "libzstd-dev"),
    systemCodec("CLZ4", pkgConfig: "liblz4", apt: "liblz4-dev"),
    .systemLibrary(name: "CSnappy", providers: [.apt(["libsnappy-dev"])]),
    systemCodec("CZlib", pkgConfig: "zlib", apt: "zlib1g-dev"),
    systemCodec("CBrotli", pkgConfig: "libbrotlidec libbrotlienc", apt: "libbrotli-dev"),
    systemCodec("CISAL", pkgConfig: "libisal", apt: "libisal-dev"),
    .systemLibrary(name: "CBzip2", providers: [.apt(["libbz2-dev"])]),
    systemCodec("CLzma", pkgConfig: "liblzma", apt: "liblzma-dev"),
    // 0  Character sets, by the C library.
    .systemLibrary(name: "CIconv"),
    // 0  Aligned buffers, bitmaps, byte reader and writer, checksums, calendar, limits, error base.
    library("Base", ["CKernels"]),

    // 1  Logical types, schema, columns, batches, selections, column statistics.
    library("Columns", ["Base"]),
    // 1  The codecs behind one enum; the only importer of the codec maps.
    library(
      "Compression",
      ["Base", "CZstd", "CLZ4", "CSnappy", "CZlib", "CBrotli", "CISAL", "CBzip2", "CLzma"]),
    // 1  JSON: structural index, lazy values, writer. The log and ingestion share it.
    library("JSON", ["Base", "CKernels"]),
    // 1  Bytes at rest: list, ranged read, put-if-absent; owns every blocking thread.
    library("Store", ["Base", "CPlatform"]),

    // 2  Parquet value and level encodings: bytes in, values out, and back.
    library("Encodings", ["Base", "Columns", "CKernels"]),
    // 2  Expressions, vectorised kernels, hashing, sorting, the one pruning evaluator.
    library("Compute", ["Base", "Columns", "CKernels"]),
    // 2  CSV text to typed batches: dialect, inference, parsing, rejects. Knows no tables.
    library("Ingest", ["Base", "Columns", "JSON", "Compression", "CKernels", "CIconv"]),

    // 3  Parquet files without I/O: Thrift, pages, chunks, footers.
    library("Parquet", ["Base", "Columns", "Encodings", "Compression", "JSON"]),

    // 4  The Delta log: snapshot, checkpoint, commit, scan, data-file writing.
    library("Delta", ["Base", "Columns", "Compression", "Parquet", "Compute", "JSON", "Store"]),

    // 5  SQL text -> plan -> vectorised operators over snapshots.
    library("Query", ["Base", "Columns", "Compute", "Delta", "Store"]),
    // 5  Plan, rewrite, commit.
    library("Compaction", ["Base", "Columns", "Compute", "Delta", "Parquet", "Store"]),

    // 6  The public face: `Table`, conversion jobs.
    library(
      "Grebe",
      [
        "Base", "Columns", "Compression", "JSON", "Store", "Ingest", "Compute", "Parquet", "Delta",
        "Query", "Compaction",
      ]),

    // 7  The `grebe` command: parsing arguments and printing, nothing else.
    .executableTarget(
      name: "CLI",
      dependencies: [
        "Base", "Columns", "Store", "Compute", "Parquet", "Grebe",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict, linkerSettings: codecArchives.map { [.unsafeFlags(["-L" + $0])] }),

    // Tests mirror the sources.
    .target(
      name: "TestSupport", dependencies: ["Base", "Columns", "Store"], path: "Tests/TestSupport",
      swiftSettings: strict),
    // What tools/fuzz fuzzes: any bytes in, no trap out.
    .target(
      name: "FuzzTargets",
      dependencies: [
        "Base", "Columns", "Compression", "Compute", "Encodings", "Ingest", "JSON", "Parquet",
      ],
      path: "Tests/FuzzTargets", swiftSettings: strict),
    .testTarget(name: "FuzzTests", dependencies: ["Base", "FuzzTargets"], swiftSettings: strict),
    tests("Base"),
    tests("Columns", ["Base"]),
    tests("Compression", ["Base"]),
    tests("JSON", ["Base", "Store"]),
    tests("Store", ["Base"]),
    tests("Encodings", ["Base", "Columns"]),
    tests("Compute", ["Base", "Columns"]),
    tests("Ingest", ["Base", "Columns"]),
    tests("Parquet", ["Base", "Columns", "Compression", "Encodings", "FuzzTargets"]),
    tests("Delta", ["Base", "Columns", "Compute", "JSON", "Parquet", "Store"]),
    tests("Query", ["Base", "Columns", "Compute", "Delta", "Store"]),
    tests("Compaction", ["Base", "Columns", "Compute", "Delta", "Store"]),
    tests(
      "Grebe", ["Base", "Columns", "Compression", "Delta", "Ingest", "JSON", "Parquet", "Store"]),
    .testTarget(
      name: "CLITests", dependencies: ["CLI", "TestSupport"], exclude: ["Snapshots"],
      swiftSettings: strict),
    .testTarget(name: "TidyTests", exclude: ["ratchet.txt"], swiftSettings: strict),
  ]
)
