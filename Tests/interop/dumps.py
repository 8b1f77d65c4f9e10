"""CSV dumps with the typed rows they mean: the expectation is made first, the text from it."""

import dataclasses
import datetime
import decimal
import pathlib
import random
from decimal import Decimal

import rows as rows_module

ROOT_FIXTURES = pathlib.Path(__file__).resolve().parents[1] / "Fixtures"

DDL_NAMES = {"int": "INT", "long": "BIGINT"}


@dataclasses.dataclass
class Dump:
    """Typed columns (name -> boolean, int, long, double, decimal(p,s), date, timestamp, string)."""

    columns: dict[str, str]
    rows: list[tuple]

    @property
    def names(self) -> list[str]:
        return list(self.columns)

    @property
    def ddl(self) -> str:
        return ", ".join(
            f"{name} {DDL_NAMES.get(kind, kind.upper())}" for name, kind in self.columns.items())

    def write(self, path: pathlib.Path, newline="\n", encoding="utf-8") -> pathlib.Path:
        lines = [",".join(map(field, self.names))]
        lines += [",".join(map(field, row)) for row in self.rows]
        path.write_bytes((newline.join(lines) + newline).encode(encoding))
        return path

    def parse(self, found: list[dict]) -> list[tuple]:
        """Rows that Grebe printed as JSON objects, typed by these columns."""
        return [
            tuple(rows_module.from_json(row[name], kind) for name, kind in self.columns.items())
            for row in found]

    def without(self, *names) -> list[tuple]:
        kept = [i for i, name in enumerate(self.names) if name not in names]
        return [tuple(row[i] for i in kept) for row in self.rows]


def field(value) -> str:
    """One CSV field (RFC 4180); null is the empty field, the empty string is quoted."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime.datetime(tzinfo=None):
            return value.isoformat(" ")
        case datetime.datetime():
            return value.astimezone(rows_module.UTC).isoformat(" ").replace("+00:00", "Z")
        case Decimal():
            return format(value, "f")
        case bytes():
            return field(value.decode())
        case str():
            if value == "" or any(c in value for c in ',"\r\n') or value != value.strip():
                return '"' + value.replace('"', '""') + '"'
    return str(value)


EDGES = {
    "boolean": [True, False],
    "int": [0, -1, 2**31 - 1, -(2**31)],
    "long": [0, 2**63 - 1, -(2**63), 9007199254740993],
    "double": [0.0, -0.0, 0.1, -1.5, 1 / 3, 1.7976931348623157e308, 5e-324, 1e22, 123456789.125],
    "decimal(12,2)": [Decimal("0.00"), Decimal("-0.01"), Decimal("9999999999.99")],
    "decimal(38,10)": [Decimal("1234567890123456789012345678.0123456789"), Decimal("-1E-10")],
    "date": [datetime.date(*d) for d in [(1970, 1, 1), (1969, 12, 31), (1, 1, 1), (9999, 12, 31),
                                         (2024, 2, 29), (1900, 3, 1)]],
    "timestamp": [datetime.datetime(*t, tzinfo=rows_module.UTC) for t in [
        (1970, 1, 1), (1969, 12, 31, 23, 59, 59, 999999), (2026, 11, 23, 10, 0, 0, 1),
        (1700, 1, 1), (9999, 12, 31, 23, 59, 59, 999999), (2026, 3, 29, 1, 30)]],
    "string": [
        "plain", 'with "quotes"', "comma, and", "line\nbreak", "crlf\r\nbreak", "two\n\nbreaks",
        " leading and trailing ", "émile", "日本語", "🪶 grebe", "\"", '""', "tab\there", "back\\slash",
        "NULL", "x" * 3000, "'single'"],
}

TYPES = {
    "a_boolean": "boolean", "an_int": "int", "a_long": "long", "a_double": "double",
    "a_decimal": "decimal(12,2)", "a_wide_decimal": "decimal(38,10)", "a_date": "date",
    "a_timestamp": "timestamp", "a_string": "string",
}


def random_value(source: random.Random, kind: str):
    if source.random() < 0.3:
        return source.choice(EDGES[kind])
    match kind:
        case "boolean":
            return source.random() < 0.5
        case "int":
            return source.randrange(-1000, 1000)
        case "long":
            return source.randrange(-(10**15), 10**15)
        case "double":
            return source.uniform(-1e6, 1e6)
        case "decimal(12,2)":
            return Decimal(source.randrange(-(10**11), 10**11)).scaleb(-2)
        case "decimal(38,10)":
            with decimal.localcontext(prec=40):
                return Decimal(source.randrange(-(10**37), 10**37)).scaleb(-10)
        case "date":
            return datetime.date(1990, 1, 1) + datetime.timedelta(days=source.randrange(20000))
        case "timestamp":
            return datetime.datetime(2000, 1, 1, tzinfo=rows_module.UTC) + datetime.timedelta(
                microseconds=source.randrange(10**15))
    return "".join(source.choice("abcdefgh éß,\"\n") for _ in range(source.randrange(1, 12)))


def every_type(row_count: int, seed: int, null_share=0.1) -> Dump:
    """An id, then one nullable column of each type, edges and nulls among the values."""
    source = random.Random(seed)

    def row(index: int) -> tuple:
        values = (
            None if source.random() < null_share else random_value(source, kind)
            for kind in TYPES.values())
        return (index, *values)

    return Dump({"id": "long"} | TYPES, [row(index) for index in range(row_count)])


def orders(row_count: int, seed: int, first_id=0) -> Dump:
    """Orders over one year in three regions: something to partition, count and sum."""
    source = random.Random(seed)

    def row(index: int) -> tuple:
        day = datetime.date(2025, 1, 1) + datetime.timedelta(days=source.randrange(365))
        region = source.choice(["north", "south", "west", None])
        cents = Decimal(source.randrange(1, 10**6)).scaleb(-2)
        return (first_id + index, region, day, cents, f"note {source.randrange(100)}")

    columns = {"id": "long", "region": "string", "day": "date", "amount": "decimal(12,2)",
               "note": "string"}
    return Dump(columns, [row(index) for index in range(row_count)])
