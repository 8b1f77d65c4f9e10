// The dictionary of a column chunk of 4- or 8-byte values: value -> code, codes in order of first
// use. Parquet format, Encodings.md, "Dictionary Encoding (RLE_DICTIONARY = 8)".
//
//   keys    [k0 k1 k2 ...]   dense, by code: the dictionary page in its order
//   window  value -> code while the values lie close together; see CodeWindow.swift
//   table   hash -> code from where they do not; see CodeTable.swift
//
// Keys are bit patterns, so that -0.0, +0.0 and every NaN keep their own code. Two bytes a slot and
// eight a key keep ten thousand distinct values in the second-level cache.
package import Base
import CKernels

package struct FixedDictionary: ~Copyable {
  /// 4 or 8.
  package let valueBytes: Int
  private let limits: DictionaryLimits
  private var keys = BufferBuilder<UInt64>()
  private var window: CodeWindow
  private var table = CodeTable()

  package init(valueBytes: Int, limits: DictionaryLimits) {
    precondition(valueBytes == 4 || valueBytes == 8)
    self.valueBytes = valueBytes
    self.limits = limits
    window = CodeWindow(valueBytes: valueBytes, codeLimit: limits.distinctCount)
  }

  /// Number of distinct values.
  package var count: Int { keys.count }
  /// Bytes of the dictionary page.
  package var sizeBytes: Int { keys.count * valueBytes }

  /// Appends the codes of `values`, adding those that are new, up to the first that does not fit
  /// the limits. Returns how many values have a code now.
  ///
  /// - Complexity: O(values). Where they lie close together a value takes three quarters of the
  ///   time that it takes elsewhere, and half of it to build the dictionary anew.
  package mutating func appendCodes(
    of values: Span<UInt64>, to codes: inout BufferBuilder<UInt16>
  ) -> Int {
    appendCodes(values, to: &codes)
  }

  package mutating func appendCodes(
    of values: Span<UInt32>, to codes: inout BufferBuilder<UInt16>
  ) -> Int {
    appendCodes(values, to: &codes)
  }

  @inline(__always)
  private mutating func appendCodes<Value: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _ values: Span<Value>, to codes: inout BufferBuilder<UInt16>
  ) -> Int {
    // SAFETY: the tail takes a code a value; those up to `done` are written.
    let output = unsafe codes.unsafeTail(values.count)
    var done = 0
    while true {
      // Ends at the first value without code; `insert` may move the tables.
      done = unsafe window.isOpen
        ? lookUpInWindow(values, from: done, output) : lookUpInTable(values, from: done, output)
      guard done < values.count,
        let code = insert(UInt64(truncatingIfNeeded: values[done]))
      else { break }
      unsafe output[done] = code
      done += 1
    }
    unsafe codes.advance(by: done)
    return done
  }

  /// Values that are looked up and marked between two looks at whether all codes are.
  private static let markedRun = 1024

  /// Codes of known values, as far as there are such.
  @inline(never) @unsafe
  private mutating func lookUpInWindow<
    Value: FixedWidthInteger & UnsignedInteger & BitwiseCopyable
  >(
    _ values: Span<Value>, from start: Int, _ output: UnsafeMutablePointer<UInt16>
  ) -> Int {
    if keys.isEmpty { return start }
    let base = Value(truncatingIfNeeded: window.base)
    let slotCount = Value(truncatingIfNeeded: window.slotCount)
    // SAFETY: slot numbers are at most `slotCount`, and there is a slot of that number; what is in
    // a slot is 0 or one more than a code, and a used byte lies before that of code 0.
    let slots = unsafe window.unsafeSlots
    let used = unsafe table.unsafeUsed - 1
    var index = start
    while index < values.count {
      let runEnd = min(index &+ Self.markedRun, values.count)
      while index < runEnd {
        var end = runEnd
        if index &+ 4 <= end {
          let a = unsafe slots[Int(min(values[unchecked: index] &- base, slotCount))]
          let b = unsafe slots[Int(min(values[unchecked: index &+ 1] &- base, slotCount))]
          let c = unsafe slots[Int(min(values[unchecked: index &+ 2] &- base, slotCount))]
          let d = unsafe slots[Int(min(values[unchecked: index &+ 3] &- base, slotCount))]
          // One question for four values: nobody used what an empty slot leads to.
          if unsafe used[Int(a)] & used[Int(b)] & used[Int(c)] & used[Int(d)] != 0 {
            unsafe store(packed(a, b, c, d) &- eachOne, output + index)
            index &+= 4
            continue
          }
          end = index &+ 4
        }
        while index < end {
          let code = unsafe slots[Int(min(values[unchecked: index] &- base, slotCount))]
          if code == 0 { return index }
          unsafe output[index] = code &- 1
          unsafe used[Int(code)] = 1
          index &+= 1
        }
      }
      // Behind a run and not before it: whatever new value comes, the search begins anew.
      if table.areAllUsed { unsafe index = findInWindow(values, from: index, output) }
    }
    return index
  }

  /// Codes of values where there is none to mark, by eights of which each has one.
  @inline(__always) @unsafe
  private func findInWindow<Value: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _ values: Span<Value>, from start: Int, _ output: UnsafeMutablePointer<UInt16>
  ) -> Int {
    #if arch(x86_64)
      // SAFETY: slots are read by values that lie within them, codes written below `values.count`.
      let slots = unsafe UnsafePointer(window.unsafeSlots)
      let bits = Int32(window.slotCount.trailingZeroBitCount)
      let rest = values.extracting(droppingFirst: start)
      return unsafe rest.withUnsafeBytes { bytes in
        guard let first = bytes.baseAddress else { return start }
        if Value.bitWidth == 64 {
          return unsafe start + grebe_slot_codes_u64(
            first.assumingMemoryBound(to: UInt64.self), rest.count, window.base, bits, slots,
            output + start)
        }
        return unsafe start + grebe_slot_codes_u32(
          first.assumingMemoryBound(to: UInt32.self), rest.count,
          UInt32(truncatingIfNeeded: window.base), bits, slots, output + start)
      }
    #else
      return start
    #endif
  }

  /// Codes of known values, as far as there are such.
  @inline(never) @unsafe
  private mutating func lookUpInTable<Value: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _ values: Span<Value>, from start: Int, _ output: UnsafeMutablePointer<UInt16>
  ) -> Int {
    if keys.isEmpty { return start }
    let shift = table.hashShift
    let mask = table.slotCount &- 1
    // SAFETY: slot numbers are masked to the table; every code in it is below `count`, which is not
    // 0, so that there are a key and a used byte wherever one is touched.
    let slots = unsafe table.unsafeSlots
    let keys = unsafe keys.unsafeStart
    let used = unsafe table.unsafeUsed
    var index = start
    while index < values.count {
      var end = values.count
      if index &+ 4 <= end {
        let k0 = unsafe UInt64(truncatingIfNeeded: values[unchecked: index])
        let k1 = unsafe UInt64(truncatingIfNeeded: values[unchecked: index &+ 1])
        let k2 = unsafe UInt64(truncatingIfNeeded: values[unchecked: index &+ 2])
        let k3 = unsafe UInt64(truncatingIfNeeded: values[unchecked: index &+ 3])
        let a = unsafe slots[Int(truncatingIfNeeded: hashOf(k0) &>> shift)]
        let b = unsafe slots[Int(truncatingIfNeeded: hashOf(k1) &>> shift)]
        let c = unsafe slots[Int(truncatingIfNeeded: hashOf(k2) &>> shift)]
        let d = unsafe slots[Int(truncatingIfNeeded: hashOf(k3) &>> shift)]
        // One question for four values: a branch each costs more than they do.
        let isOther = unsafe (keys[Int(a)] ^ k0) | (keys[Int(b)] ^ k1)
          | (keys[Int(c)] ^ k2) | (keys[Int(d)] ^ k3)
        let areUsed = unsafe used[Int(a)] & used[Int(b)] & used[Int(c)] & used[Int(d)]
        if isOther == 0 && areUsed != 0 {
          unsafe store(packed(a, b, c, d), output + index)
          index &+= 4
          continue
        }
        end = index &+ 4
      }
      while index < end {
        let key = unsafe UInt64(truncatingIfNeeded: values[unchecked: index])
        var slot = Int(truncatingIfNeeded: hashOf(key) &>> shift)
        var code = unsafe slots[slot]
        while unsafe keys[Int(code)] != key {
          if code == CodeTable.emptySlot { return index }
          slot = (slot &+ 1) & mask
          code = unsafe slots[slot]
        }
        unsafe output[index] = code
        if unsafe used[Int(code)] == 0 { unsafe used[Int(code)] = 1 }
        index &+= 1
      }
    }
    return index
  }

  /// The code of a value that has none yet, or nil where the limits end the dictionary.
  @inline(never)
  private mutating func insert(_ key: UInt64) -> UInt16? {
    guard keys.count < limits.distinctCount, sizeBytes + valueBytes <= limits.sizeBytes else {
      return nil
    }
    let wasOpen = window.isOpen
    if window.add(key, to: keys) {
      table.addUsed()
    } else {
      if wasOpen || table.needsRoom(for: keys.count + 1) {
        table.removeAll(roomFor: keys.count * 3)
        restoreCodes()
      }
      guard table.add(UInt16(keys.count), hash: hashOf(key)) else { return nil }
    }
    keys.append(key)
    return UInt16(keys.count - 1)
  }

  /// Puts every code back into the table.
  private mutating func restoreCodes() {
    for code in 0..<keys.count { table.restore(UInt16(code), hash: hashOf(keys[code])) }
  }

  // MARK: What the codes stand for

  /// The values, by code, as bit patterns.
  package var values: Span<UInt64> {
    @_lifetime(borrow self)
    borrowing get { keys.span }
  }

  /// By code: 1 if a value had it since `startPage`, else 0.
  package var usedCodes: Span<UInt8> {
    @_lifetime(borrow self)
    borrowing get { table.used }
  }

  /// From here on, no code has been used yet.
  package mutating func startPage() { table.startPage() }

  /// Appends the values in order of their codes: the dictionary page.
  package func appendPage(to output: inout ByteWriter) {
    if valueBytes == 8 { return keys.span.withBytes { output.append($0) } }
    let tail = unsafe output.buffer.unsafeTail(keys.count * 4)
    // SAFETY: the tail has four bytes a key.
    let target = UnsafeMutableRawPointer(tail)
    for code in 0..<keys.count {
      let low = UInt32(truncatingIfNeeded: keys[code]).littleEndian
      unsafe target.storeBytes(of: low, toByteOffset: code &* 4, as: UInt32.self)
    }
    unsafe output.buffer.advance(by: keys.count * 4)
  }

  /// Appends the values of `codes` as PLAIN.
  package func appendPlain(_ codes: Span<UInt16>, to output: inout ByteWriter) {
    let tail = unsafe output.buffer.unsafeTail(codes.count * valueBytes)
    // SAFETY: the tail has `valueBytes` bytes a code.
    let target = UnsafeMutableRawPointer(tail)
    let keys = keys.span
    for index in codes.indices {
      let key = keys[Int(codes[index])]
      if valueBytes == 8 {
        unsafe target.storeBytes(of: key.littleEndian, toByteOffset: index &* 8, as: UInt64.self)
      } else {
        let low = UInt32(truncatingIfNeeded: key).littleEndian
        unsafe target.storeBytes(of: low, toByteOffset: index &* 4, as: UInt32.self)
      }
    }
    unsafe output.buffer.advance(by: codes.count * valueBytes)
  }

  /// Forgets every value from code `newCount` on; the earlier ones keep their codes.
  package mutating func truncate(to newCount: Int) {
    guard newCount < keys.count else { return }
    keys.truncate(to: newCount)
    window.reset(to: keys)
    table.truncate(to: newCount)
    if !window.isOpen { restoreCodes() }
  }

  /// Forgets everything and keeps the memory.
  package mutating func removeAll() { truncate(to: 0) }
}

/// The upper bits number the slot: every bit of the key reaches them.
@inline(__always)
private func hashOf(_ key: UInt64) -> UInt64 { key &* hashFactor }

// MARK: Four codes in a word

private let eachOne: UInt64 = 0x0001_0001_0001_0001

@inline(__always)
private func packed(_ a: UInt16, _ b: UInt16, _ c: UInt16, _ d: UInt16) -> UInt64 {
  let low = UInt32(a) | UInt32(b) &<< 16
  let high = UInt32(c) | UInt32(d) &<< 16
  return UInt64(low) | UInt64(high) &<< 32
}

// SAFETY: the caller's pointer has room for four codes.
@inline(__always) @unsafe
private func store(_ four: UInt64, _ output: UnsafeMutablePointer<UInt16>) {
  unsafe UnsafeMutableRawPointer(output).storeBytes(of: four.littleEndian, as: UInt64.self)
}

extension Span where Element == UInt64 {
  // SAFETY: integers are all bytes.
  fileprivate func withBytes(_ body: (RawSpan) -> Void) { unsafe body(bytes) }
}
