"""The page index of a Parquet file, read without Grebe: pyarrow and DuckDB do not show its values.

Structs of the Thrift compact protocol come back as {field id: value}; parquet.thrift names the ids.
"""

import struct

COLUMN_CHUNK_OFFSET_INDEX, COLUMN_CHUNK_COLUMN_INDEX = 4, 6
UNSIGNED = (11, 12, 13, 14)
INT_ANNOTATION = 10


class Thrift:
    def __init__(self, data: bytes, offset: int):
        self.data = data
        self.offset = offset

    def byte(self) -> int:
        self.offset += 1
        return self.data[self.offset - 1]

    def take(self, count: int) -> bytes:
        self.offset += count
        return self.data[self.offset - count:self.offset]

    def varint(self) -> int:
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def zigzag(self) -> int:
        value = self.varint()
        return (value >> 1) ^ -(value & 1)

    def value(self, kind: int):
        if kind in (1, 2):
            return kind == 1
        if kind == 3:
            return self.byte()
        if kind in (4, 5, 6):
            return self.zigzag()
        if kind == 7:
            return struct.unpack("<d", self.take(8))[0]
        if kind == 8:
            return self.take(self.varint())
        if kind == 9:
            return self.list()
        assert kind == 12, kind
        return self.struct()

    def list(self) -> list:
        header = self.byte()
        count, kind = header >> 4, header & 15
        count = self.varint() if count == 15 else count
        if kind in (1, 2):
            return [byte == 1 for byte in self.take(count)]
        return [self.value(kind) for _ in range(count)]

    def struct(self) -> dict:
        fields, last = {}, 0
        while (header := self.byte()) != 0:
            last = last + (header >> 4) if header >> 4 else self.zigzag()
            fields[last] = self.value(header & 15)
        return fields


def page_indexes(path):
    """For each row group and leaf: (rows, schema element, first row of each page, column index).

    A chunk without a column index has None for it.
    """
    data = path.read_bytes()
    [size] = struct.unpack("<I", data[-8:-4])
    footer = Thrift(data, len(data) - 8 - size).struct()
    elements = [element for element in footer[2] if 1 in element]
    for group in footer[4]:
        for element, chunk in zip(elements, group[1], strict=True):
            pages = Thrift(data, chunk[COLUMN_CHUNK_OFFSET_INDEX]).struct()[1]
            index = chunk.get(COLUMN_CHUNK_COLUMN_INDEX)
            yield (
                group[3], element, [page[3] for page in pages],
                index and Thrift(data, index).struct())


def stored_number(raw: bytes, element: dict):
    """A bound as the physical type has it; decimals as their units, byte arrays as they are."""
    physical = element[1]
    annotation = element.get(10, {})
    is_unsigned = (
        element.get(6) in UNSIGNED or annotation.get(INT_ANNOTATION, {}).get(2) is False)
    if physical == 0:
        return raw != b"\0"
    if physical in (1, 2):
        return int.from_bytes(raw, "little", signed=not is_unsigned)
    if physical == 4:
        return struct.unpack("<f", raw)[0]
    if physical == 5:
        return struct.unpack("<d", raw)[0]
    if 5 in annotation or element.get(6) == 5:
        return int.from_bytes(raw, "big", signed=True)
    if 15 in annotation:
        return struct.unpack("<e", raw)[0]
    return raw
