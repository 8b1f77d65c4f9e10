"""Cells in one form, so that what Grebe prints as JSON can be held against an Arrow table.

Rules, by the Arrow type of the reader that decides:
- integers of any width and sign, and decimals: the number, without trailing zeros
- floats: the bits as a double; every NaN is one NaN, the zeros are two. Text of 32 and 16 bits is
  rounded to that width first
- text as it is; binary: bytes, which Grebe prints in hexadecimal
- date: days; time: nanoseconds; timestamp: nanoseconds and whether it is an instant; Grebe prints
  ISO 8601, instants with a Z
- UUID: bytes; INTERVAL (12 bytes): months, days, milliseconds
- struct: its fields by name; list: its elements; map: its entries in order, double keys included
"""

import datetime
import decimal
import json
import math
import re
import struct

import pyarrow

Decimal = decimal.Decimal
EPOCH = datetime.date(1970, 1, 1).toordinal()
DIGITS = decimal.Context(prec=80)


class Entries(list):
    """A JSON object as its pairs: names may repeat."""


def parse_json(text: str):
    return json.loads(
        text, object_pairs_hook=Entries, parse_int=Decimal, parse_float=Decimal,
        parse_constant=lambda name: name)


# Leaves

def number(value) -> tuple:
    value = Decimal(value)
    return ("number", str(value.normalize(DIGITS) if value else Decimal(0)))


def floating(value, width: int) -> tuple:
    value = float(value)
    if math.isnan(value):
        return ("float", "nan")
    try:
        value = struct.unpack({16: "e", 32: "f", 64: "d"}[width],
                              struct.pack({16: "e", 32: "f", 64: "d"}[width], value))[0]
    except OverflowError:
        value = math.copysign(math.inf, value)
    return ("float", value.hex())


DATE = re.compile(r"([+-]?\d{4,})-(\d\d)-(\d\d)")
TIME = re.compile(r"(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?")


def days_from_civil(year: int, month: int, day: int) -> int:
    """Days since 1970 in the Gregorian calendar, years beyond Python's included."""
    cycle = (year - 1) // 400 if year < 1 or year > 9999 else 0
    within = year - 400 * cycle
    return datetime.date(within, month, day).toordinal() - EPOCH + cycle * 146_097


def parse_date(text: str) -> int:
    year, month, day = map(int, DATE.fullmatch(text).groups())
    return days_from_civil(year, month, day)


def parse_time(text: str) -> int:
    hours, minutes, seconds, fraction = TIME.fullmatch(text).groups()
    whole = (int(hours) * 60 + int(minutes)) * 60 + int(seconds)
    return whole * 10**9 + int((fraction or "").ljust(9, "0"))


def parse_timestamp(text: str) -> tuple:
    date, time = re.split("[T ]", text, maxsplit=1)
    instant = time.endswith("Z")
    nanos = parse_date(date) * 86_400 * 10**9 + parse_time(time.removesuffix("Z"))
    return ("timestamp", nanos, "instant" if instant else "local")


INTERVAL = re.compile(r"P(?:(\d+)M)?(?:(\d+)D)?(?:T(\d+)(?:\.(\d{1,3}))?S)?")


def parse_interval(text: str) -> tuple:
    months, days, seconds, millis = INTERVAL.fullmatch(text).groups()
    return ("interval", int(months or 0), int(days or 0),
            int(seconds or 0) * 1000 + int((millis or "0").ljust(3, "0")))


NANOS = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}


def is_text(kind) -> bool:
    return (pyarrow.types.is_string(kind) or pyarrow.types.is_large_string(kind)
            or pyarrow.types.is_string_view(kind))


def is_binary(kind) -> bool:
    return (pyarrow.types.is_binary(kind) or pyarrow.types.is_large_binary(kind)
            or pyarrow.types.is_fixed_size_binary(kind) or pyarrow.types.is_binary_view(kind))


def is_list(kind) -> bool:
    return (pyarrow.types.is_list(kind) or pyarrow.types.is_large_list(kind)
            or pyarrow.types.is_fixed_size_list(kind) or pyarrow.types.is_list_view(kind))


def bits(kind) -> int:
    return kind.bit_width


# Values of an Arrow array

def from_arrow(array) -> list:
    """The cells of a column, whatever readers call its parts."""
    if isinstance(array, pyarrow.ChunkedArray):
        return [cell for chunk in array.chunks for cell in from_arrow(chunk)]
    kind = array.type
    if isinstance(kind, pyarrow.BaseExtensionType):
        return from_extension(array, kind)
    if pyarrow.types.is_dictionary(kind):
        return from_arrow(array.dictionary_decode())
    valid = array.is_valid().to_pylist()
    cells = [cell if ok else None for cell, ok in zip(slots(array, kind), valid)]
    return cells


def from_extension(array, kind) -> list:
    if kind.extension_name == "arrow.bool8":
        return from_arrow(array.cast(pyarrow.bool_()))
    cells = from_arrow(array.storage)
    if kind.extension_name == "arrow.opaque" and kind.type_name == "time_tz":
        # DuckDB's: microseconds above 24 bits of a zone's offset.
        return [
            cell and ("time", (int.from_bytes(bytes.fromhex(cell[1]), "little") >> 24) * 1000)
            for cell in cells]
    return cells


def slots(array, kind) -> list:
    """One entry a row; unspecified where the row is null."""
    types = pyarrow.types
    if types.is_null(kind):
        return [None] * len(array)
    if types.is_struct(kind):
        fields = [from_arrow(array.field(i)) for i in range(kind.num_fields)]
        names = [kind.field(i).name for i in range(kind.num_fields)]
        rows = zip(*fields) if fields else ((),) * len(array)
        return [("struct", tuple(zip(names, row))) for row in rows]
    if types.is_map(kind):
        keys, items = from_arrow(array.keys), from_arrow(array.items)
        return [("map", tuple(zip(keys[a:b], items[a:b]))) for a, b in spans(array)]
    if is_list(kind):
        if types.is_fixed_size_list(kind):
            array = array.cast(pyarrow.list_(kind.value_type))
        elements = from_arrow(array.values)
        return [("list", tuple(elements[a:b])) for a, b in spans(array)]
    return [None if value is None else leaf(value, kind) for value in plain(array, kind)]


def spans(array) -> list[tuple[int, int]]:
    offsets = array.offsets.to_pylist()
    return list(zip(offsets, offsets[1:]))


def plain(array, kind) -> list:
    types = pyarrow.types
    if types.is_timestamp(kind) or types.is_time64(kind):
        return array.view(pyarrow.int64()).to_pylist()
    if types.is_time32(kind) or types.is_date32(kind):
        return array.view(pyarrow.int32()).to_pylist()
    if types.is_date64(kind):
        return array.cast(pyarrow.date32()).view(pyarrow.int32()).to_pylist()
    return array.to_pylist()


def leaf(value, kind) -> object:
    types = pyarrow.types
    if types.is_boolean(kind):
        return ("boolean", value)
    if types.is_integer(kind) or types.is_decimal(kind):
        return number(value)
    if types.is_floating(kind):
        return floating(value, bits(kind))
    if is_text(kind):
        return ("text", value)
    if is_binary(kind):
        return ("binary", value.hex())
    if types.is_date(kind):
        return ("date", value)
    if types.is_time(kind):
        return ("time", value * NANOS[kind.unit])
    if types.is_timestamp(kind):
        return ("timestamp", value * NANOS[kind.unit], "instant" if kind.tz else "local")
    if types.is_interval(kind):
        return ("interval", value.months, value.days, value.nanoseconds // 10**6)
    raise NotImplementedError(f"Arrow type {kind}")


# Values that Grebe printed

def from_json(value, kind) -> object:
    """A parsed JSON value as the cell that Arrow type `kind` would hold."""
    types = pyarrow.types
    if value is None:
        return None
    if isinstance(kind, pyarrow.BaseExtensionType):
        if kind.extension_name == "arrow.bool8":
            return from_json(value, pyarrow.bool_())
        return from_json(value, kind.storage_type)
    if types.is_dictionary(kind):
        return from_json(value, kind.value_type)
    try:
        return leaf_from_json(value, kind)
    except (ValueError, TypeError, AttributeError, decimal.InvalidOperation):
        return ("not a", str(kind), repr(value))


def leaf_from_json(value, kind) -> object:
    types = pyarrow.types
    if types.is_struct(kind):
        if not isinstance(value, Entries):
            raise TypeError
        fields = [kind.field(i) for i in range(kind.num_fields)]
        if [name for name, _ in value] != [field.name for field in fields]:
            return ("fields", tuple(name for name, _ in value))
        return ("struct", tuple(
            (field.name, from_json(cell, field.type)) for field, (_, cell) in zip(fields, value)))
    if types.is_map(kind):
        if not isinstance(value, Entries):
            raise TypeError
        return ("map", tuple(
            (from_json(key_from_text(key, kind.key_type), kind.key_type),
             from_json(cell, kind.item_type)) for key, cell in value))
    if is_list(kind):
        if not isinstance(value, list) or isinstance(value, Entries):
            raise TypeError
        return ("list", tuple(from_json(cell, kind.value_type) for cell in value))
    if types.is_boolean(kind):
        return ("boolean", {True: True, False: False}[value])
    if types.is_integer(kind) or types.is_decimal(kind):
        return number(value)
    if types.is_floating(kind):
        return floating(value, bits(kind))
    if not isinstance(value, str):
        raise TypeError
    if is_text(kind):
        return ("text", value)
    if is_binary(kind):
        if value.startswith("P"):
            return parse_interval(value)
        return ("binary", bytes.fromhex(value.replace("-", "")).hex())
    if types.is_date(kind):
        return ("date", parse_date(value))
    if types.is_time(kind):
        return ("time", parse_time(value))
    if types.is_timestamp(kind):
        return parse_timestamp(value)
    if types.is_interval(kind):
        return parse_interval(value)
    raise NotImplementedError(f"Arrow type {kind}")


def key_from_text(text: str, kind):
    """A map's key, which JSON can only hold as text, as a value of its own JSON type."""
    types = pyarrow.types
    if types.is_boolean(kind):
        return {"true": True, "false": False}.get(text, text)
    if types.is_integer(kind) or types.is_decimal(kind) or types.is_floating(kind):
        return Decimal(text)
    if types.is_nested(kind):
        return parse_json(text)
    return text


def count_cells(cells: list) -> int:
    """Leaves among the cells: what a comparison of them compares."""
    total = 0
    for cell in cells:
        match cell:
            case ("struct", fields):
                total += max(1, count_cells([value for _, value in fields]))
            case ("map", entries):
                total += max(1, count_cells([part for entry in entries for part in entry]))
            case ("list", elements):
                total += max(1, count_cells(list(elements)))
            case _:
                total += 1
    return total


def interval_bytes(cell) -> object:
    """INTERVAL as readers without the type give it: 12 bytes, three little-endian integers."""
    match cell:
        case ("binary", text) if len(text) == 24:
            return ("interval", *struct.unpack("<III", bytes.fromhex(text)))
    return cell
