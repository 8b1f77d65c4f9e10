import Testing

/// C functions carry the project's prefix, since C has one name space for everybody.
struct CKernelRule {
  static let prefix = "grebe_"

  func findings(in file: SourceFile) -> [Finding] {
    file.lines.enumerated().compactMap { index, line in
      guard let name = definedFunction(line), !name.hasPrefix(Self.prefix) else { return nil }
      return file.finding(at: index, "\(name) needs the prefix \(Self.prefix)")
    }
  }

  /// `static inline int f(...)` -> `f`. Definitions start in the first column, calls do not.
  private func definedFunction(_ line: String) -> Substring? {
    guard line.first?.isLetter == true || line.hasPrefix("_"), !line.contains("typedef") else {
      return nil
    }
    let withoutAttributes = line.replacing(/__attribute__\s*\(\(.*?\)\)(?=\s|$)/, with: "")
    return withoutAttributes.firstMatch(of: /(\w+)\s*\(/)?.1
  }
}

@Suite("Tidy: C kernels") struct CKernelRuleTests {
  private func findings(_ text: String) -> [Finding] {
    CKernelRule().findings(in: SourceFile(path: "Sources/CKernels/CKernels.h", text: text))
  }

  @Test func `every function has the prefix`() {
    let headers = SourceTree.package.files.filter {
      $0.target == "CKernels" && $0.path.hasSuffix(".h")
    }
    #expect(!headers.isEmpty)
    expectNone(headers.flatMap(CKernelRule().findings))
  }

  @Test(arguments: [
    "static inline int unpack(const uint8_t *input) {",
    "__attribute__((target(\"avx2\"))) static inline void unpack(int x) {", "void unpack (int x);",
  ])
  func `canary`(_ line: String) {
    #expect(findings("#include <stdint.h>\n\(line)\n").map(\.line) == [2])
  }

  @Test func `what is allowed passes`() {
    #expect(
      findings(
        """
        #define SELECT(x) (x)
        // unpack(x) is described elsewhere
        typedef void (*kernel)(int);
        __attribute__((target("avx2")))
        static inline void grebe_unpack(int x) {
          helper(x);
        }
        """) == [])
  }
}
