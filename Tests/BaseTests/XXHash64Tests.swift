import Base
import Testing

/// Of the first bytes of `index * 7 % 251`, by the reference library.
private let vectors: [(Int, UInt64, UInt64)] = [
  (0, 0, 0xef46_db37_51d8_e999), (0, 0x9E37_79B1, 0xac75_fda2_929b_17ef),
  (1, 0, 0xe934_a84a_db05_2768), (1, 0x9E37_79B1, 0x5014_6076_43a9_b4c3),
  (3, 0, 0x9ff7_0a63_5a62_09ab), (3, 0x9E37_79B1, 0xecf3_373c_29e4_97d4),
  (4, 0, 0xae5a_cdc0_0a55_ac41), (4, 0x9E37_79B1, 0xba4a_2450_c7e2_c0a9),
  (7, 0, 0xd734_a6b2_6f3d_a63e), (7, 0x9E37_79B1, 0x7156_84c1_6c5f_65a5),
  (8, 0, 0x8711_6b33_65b9_24eb), (8, 0x9E37_79B1, 0x22e3_31c0_0917_1f74),
  (11, 0, 0x3a5d_6dc1_b218_a5b6), (11, 0x9E37_79B1, 0x6982_8fa1_4978_c0ce),
  (12, 0, 0x14b8_433b_9a14_e611), (12, 0x9E37_79B1, 0x412d_850c_301a_22cf),
  (31, 0, 0x0f18_7c62_b1e7_22b7), (31, 0x9E37_79B1, 0xa2ba_2580_312f_0f94),
  (32, 0, 0x91b0_cb09_31a8_c629), (32, 0x9E37_79B1, 0xba49_4510_1354_e701),
  (33, 0, 0x931b_043c_f8d6_5b94), (33, 0x9E37_79B1, 0x1f24_5ed9_dde2_a6c8),
  (63, 0, 0x5751_86c1_2dce_bcfd), (63, 0x9E37_79B1, 0x95ca_2a02_d49c_9f5a),
  (64, 0, 0xab64_977b_5af9_d022), (64, 0x9E37_79B1, 0x8331_f82a_8976_796c),
  (100, 0, 0xb7fe_1d84_b2f2_3a05), (100, 0x9E37_79B1, 0x4ea9_1674_00aa_07bd),
  (200, 0, 0x565a_d4f3_dc65_91d8), (200, 0x9E37_79B1, 0xe260_ee8e_3f40_391d),
]

@Suite("XXH64") struct XXHash64Tests {
  @Test(arguments: vectors) func `the reference's hash`(count: Int, seed: UInt64, hash: UInt64) {
    let bytes = Buffer((0..<count).map { UInt8($0 * 7 % 251) })
    #expect(xxHash64(bytes.bytes, seed: seed) == hash)
  }

  @Test(arguments: [0, 1, 3, 0x8000_0000, 0xFFFF_FFFF, 0x0123_4567_89AB_CDEF, UInt64.max])
  func `an integer's hash is that of its bytes`(value: UInt64) {
    func bytes(_ count: Int) -> Buffer<UInt8> {
      Buffer((0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) })
    }
    #expect(xxHash64(value) == xxHash64(bytes(8).bytes))
    #expect(xxHash64(UInt32(truncatingIfNeeded: value)) == xxHash64(bytes(4).bytes))
  }
}
