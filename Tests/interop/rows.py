"""Rows in one canonical form, whichever engine they come from."""

import collections
import datetime
import decimal
import math
import struct

UTC = datetime.timezone.utc


def canonical(value):
    """A hashable value equal for equal data: floats by their bits, times in UTC."""
    if isinstance(value, dict):
        return tuple((name, canonical(field)) for name, field in sorted(value.items()))
    if isinstance(value, (list, tuple)):
        return tuple(map(canonical, value))
    if isinstance(value, float):
        return ("float", "NaN" if math.isnan(value) else value.hex())
    if isinstance(value, datetime.datetime):
        return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
    if isinstance(value, decimal.Decimal):
        return ("decimal", str(value.normalize() if value else decimal.Decimal(0)))
    if isinstance(value, bool):
        return ("bool", value)
    return value


def from_json(value, kind: str):
    """A value that Grebe printed as JSON or CSV, as the Python value of that column type."""
    if value is None:
        return None
    match kind:
        case "boolean":
            return {"true": True, "false": False}.get(value, value)
        case "int" | "long":
            return int(value)
        case "double":
            return float(value)
        case "float":
            return struct.unpack("f", struct.pack("f", float(value)))[0]
        case "date":
            return datetime.date.fromisoformat(value)
        case "timestamp":
            return datetime.datetime.fromisoformat(value.replace(" ", "T", 1))
        case kind if kind.startswith("decimal"):
            return decimal.Decimal(str(value))
    return value


def as_tuples(rows: list[dict], columns: list[str]) -> list[tuple]:
    return [tuple(row[name] for name in columns) for row in rows]


def assert_same_rows(actual: list[tuple], expected: list[tuple], who: str):
    """Equal as multisets; shows a few differences rather than everything."""
    found = collections.Counter(tuple(map(canonical, row)) for row in actual)
    wanted = collections.Counter(tuple(map(canonical, row)) for row in expected)
    if found == wanted:
        return
    missing, surplus = wanted - found, found - wanted
    raise AssertionError(
        f"{who}: {found.total()} rows, wanted {wanted.total()}; "
        f"{missing.total()} missing, such as {list(missing)[:3]}; "
        f"{surplus.total()} surplus, such as {list(surplus)[:3]}")
