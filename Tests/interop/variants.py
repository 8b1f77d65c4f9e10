"""Variants (VariantEncoding.md) decoded for comparison: JSON values of the parts."""

import base64
import datetime
import struct
import uuid
from decimal import Decimal

EPOCH = datetime.datetime(1970, 1, 1)


def unsigned(data: bytes) -> int:
    return int.from_bytes(data, "little")


class Reader:
    def __init__(self, metadata: bytes):
        size = (metadata[0] >> 6) + 1
        count = unsigned(metadata[1:1 + size])
        starts = [unsigned(metadata[1 + size * i:1 + size * (i + 1)]) for i in range(1, count + 2)]
        base = 1 + size * (count + 2)
        self.names = [
            metadata[base + a:base + b].decode() for a, b in zip(starts, starts[1:])]
        self.sizeBytes = base + (starts[-1] if starts else 0)

    def value(self, data: bytes):
        header, body = data[0] >> 2, data[1:]
        match data[0] & 3:
            case 0:
                return primitive(header, body)
            case 1:
                return body[:header].decode()
            case 2:
                return self.object(header, body)
            case _:
                return self.array(header, body)

    def object(self, header: int, body: bytes):
        offset_size, id_size = (header & 3) + 1, (header >> 2 & 3) + 1
        count_size = 4 if header & 16 else 1
        count = unsigned(body[:count_size])
        ids = split(body[count_size:], id_size, count)
        rest = body[count_size + id_size * count:]
        starts = split(rest, offset_size, count)
        values = rest[offset_size * (count + 1):]
        return {self.names[i]: self.value(values[start:]) for i, start in zip(ids, starts)}

    def array(self, header: int, body: bytes):
        offset_size, count_size = (header & 3) + 1, 4 if header & 4 else 1
        count = unsigned(body[:count_size])
        starts = split(body[count_size:], offset_size, count)
        values = body[count_size + offset_size * (count + 1):]
        return [self.value(values[start:]) for start in starts]


def split(data: bytes, size: int, count: int) -> list[int]:
    return [unsigned(data[size * i:size * (i + 1)]) for i in range(count)]


def primitive(kind: int, body: bytes):
    def integer(size):
        return int.from_bytes(body[:size], "little", signed=True)

    def decimal(size):
        unscaled = int.from_bytes(body[1:1 + size], "little", signed=True)
        return Decimal(unscaled).scaleb(-body[0])

    def text(size_of_length=4):
        count = unsigned(body[:4])
        return body[4:4 + count]

    match kind:
        case 0: return None
        case 1: return True
        case 2: return False
        case 3 | 4 | 5 | 6: return integer(1 << (kind - 3))
        case 7: return struct.unpack("<d", body[:8])[0]
        case 8 | 9 | 10: return decimal(4 << (kind - 8))
        case 11: return (EPOCH + datetime.timedelta(days=integer(4))).date().isoformat()
        case 12: return stamp(integer(8) * 1000) + "Z"
        case 13: return stamp(integer(8) * 1000)
        case 14: return struct.unpack("<f", body[:4])[0]
        case 15: return base64.b64encode(text()).decode()
        case 16: return text().decode()
        case 17: return clock(integer(8) * 1000)
        case 18: return stamp(integer(8)) + "Z"
        case 19: return stamp(integer(8))
        case 20: return str(uuid.UUID(bytes=body[:16]))
    raise ValueError(f"primitive type {kind}")


def fraction(nanos: int) -> str:
    return f".{nanos:09d}".rstrip("0").rstrip(".")


def stamp(nanos: int) -> str:
    seconds, rest = divmod(nanos, 10**9)
    return (EPOCH + datetime.timedelta(seconds=seconds)).isoformat() + fraction(rest)


def clock(nanos: int) -> str:
    seconds, rest = divmod(nanos, 10**9)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}" + fraction(rest)


def decode(metadata: bytes, value: bytes):
    """What the variant means in JSON: dates and times as ISO 8601, binaries in base 64."""
    return Reader(metadata).value(value)


def decode_file(data: bytes):
    """Of a `.variant.bin`: the metadata, and the value right behind it."""
    return decode(data, data[Reader(data).sizeBytes:])


def same(found, wanted) -> bool:
    """Whether a parsed JSON value (numbers as Decimal, objects as pairs) means the variant."""
    match wanted:
        case dict():
            return (
                sorted(name for name, _ in found) == sorted(wanted)
                and all(same(value, wanted[name]) for name, value in found))
        case list():
            return (
                isinstance(found, list) and len(found) == len(wanted)
                and all(map(same, found, wanted)))
        case bool() | None | str():
            return found is wanted or (type(found) is type(wanted) and found == wanted)
        case float():
            # FLOAT is printed by its own shortest digits or by those of its double.
            near = struct.unpack("<f", struct.pack("<f", float(found)))[0]
            return isinstance(found, Decimal) and wanted in (float(found), near)
    return isinstance(found, Decimal) and found == wanted
