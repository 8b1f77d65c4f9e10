"""Parquet footers, taken apart and put together again: for files that no writer at hand makes.

Structs of the Thrift compact protocol are {field id: (kind, value)}, lists (kind, values);
parquet.thrift names the ids. What is not known is kept as it was.
"""

import pathlib
import struct

BOOLEANS, BYTE, INTEGERS, DOUBLE, BINARY, LIST, STRUCT = (1, 2), 3, (4, 5, 6), 7, 8, 9, 12

# FileMetaData
SCHEMA, ROW_GROUPS, KEY_VALUES, CREATED_BY, COLUMN_ORDERS = 2, 4, 5, 6, 7
# SchemaElement
REPETITION, NAME, CHILD_COUNT, CONVERTED, FIELD_ID, LOGICAL = 3, 4, 5, 6, 9, 10
# RowGroup
COLUMNS = 1
# ColumnChunk
CHUNK_METADATA = 3
# ColumnMetaData
ENCODINGS, PATH, DICTIONARY_OFFSET = 2, 3, 11


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def zigzag(value: int) -> bytes:
    return varint(value << 1 if value >= 0 else (-value << 1) - 1)


def read(data: bytes, at: int, kind: int):
    """The value at a place, and where it ends."""
    if kind in BOOLEANS:
        return kind == 1, at
    if kind == BYTE:
        return data[at], at + 1
    if kind in INTEGERS:
        value, at = read_varint(data, at)
        return (value >> 1) ^ -(value & 1), at
    if kind == DOUBLE:
        return data[at:at + 8], at + 8
    if kind == BINARY:
        count, at = read_varint(data, at)
        return data[at:at + count], at + count
    if kind == LIST:
        return read_list(data, at)
    assert kind == STRUCT, kind
    fields, last = {}, 0
    while data[at]:
        header, at = data[at], at + 1
        if header >> 4:
            last += header >> 4
        else:
            last, at = read(data, at, INTEGERS[0])
        value, at = read(data, at, header & 15)
        fields[last] = (header & 15, value)
    return fields, at + 1


def read_list(data: bytes, at: int):
    count, kind, at = data[at] >> 4, data[at] & 15, at + 1
    if count == 15:
        count, at = read_varint(data, at)
    values = []
    for _ in range(count):
        value, at = read(data, at, BYTE if kind in BOOLEANS else kind)
        values.append(value)
    return (kind, values), at


def write(kind: int, value) -> bytes:
    if kind == BYTE:
        return bytes([value])
    if kind in INTEGERS:
        return zigzag(value)
    if kind == DOUBLE:
        return value
    if kind == BINARY:
        return varint(len(value)) + value
    if kind == LIST:
        inner, values = value
        count = len(values)
        head = bytes([count << 4 | inner]) if count < 15 else bytes([0xF0 | inner]) + varint(count)
        return head + b"".join(
            write(BYTE if inner in BOOLEANS else inner, one) for one in values)
    out, last = b"", 0
    for field in sorted(value):
        kind, inner = value[field]
        if kind in BOOLEANS:
            kind = 1 if inner else 2
        step = field - last
        out += bytes([step << 4 | kind]) if 0 < step < 16 else bytes([kind]) + zigzag(field)
        if kind not in BOOLEANS:
            out += write(kind, inner)
        last = field
    return out + b"\0"


class File:
    """A Parquet file whose footer may be changed; `save` writes it with the bytes before it."""

    def __init__(self, path: pathlib.Path):
        data = path.read_bytes()
        [size] = struct.unpack("<I", data[-8:-4])
        self.body = data[:len(data) - 8 - size]
        self.footer, _ = read(data, len(self.body), STRUCT)

    @property
    def schema(self) -> list[dict]:
        """The elements, the root first; may be changed."""
        return self.footer[SCHEMA][1][1]

    @property
    def row_groups(self) -> list[dict]:
        return self.footer[ROW_GROUPS][1][1]

    @property
    def chunks(self) -> list[dict]:
        return [chunk for group in self.row_groups for chunk in group[COLUMNS][1][1]]

    def rename_paths(self, change):
        """Gives every chunk the path that `change` makes of its own."""
        for chunk in self.chunks:
            kind, path = chunk[CHUNK_METADATA][1][PATH][1]
            chunk[CHUNK_METADATA][1][PATH] = (LIST, (kind, change(path)))

    def save(self, path: pathlib.Path) -> pathlib.Path:
        footer = write(STRUCT, self.footer)
        path.write_bytes(self.body + footer + struct.pack("<I", len(footer)) + b"PAR1")
        return path
