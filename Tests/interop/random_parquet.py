"""Random tables and random ways to write them: the same for the same generator."""

import datetime
import decimal
import io
import random
import struct

import pyarrow
import pyarrow.parquet

UTC = datetime.timezone.utc
DEPTH_MAX = 5

TEXTS = [
    "", "a", "NULL", "Ünïcødé 🦆", "two\nlines", 'say "no"', "tab\t, comma", "nul\0", "\u2028"]


def whole(low: int, high: int):
    """Integers of a range: its ends, small ones, a few again and again, any."""
    def make(rng: random.Random):
        few = [rng.randint(low, high) for _ in range(5)]
        near = [value for value in (low, high, 0, 1, -1) if low <= value <= high]
        return rng.choice([
            lambda: rng.choice(near), lambda: rng.choice(few), lambda: rng.randint(low, high),
            lambda: min(high, max(low, int(rng.gauss(0, 1000))))])
    return make


def real(width: int):
    def narrow(value: float) -> float:
        code = {16: "e", 32: "f", 64: "d"}[width]
        return struct.unpack(code, struct.pack(code, value))[0]

    edges = [0.0, -0.0, float("inf"), float("-inf"), float("nan"), 1.5, narrow(0.1)]
    largest = {16: 65504.0, 32: 3.4e38, 64: 1.7e308}[width]
    least = {16: 6e-8, 32: 1e-45, 64: 5e-324}[width]
    edges += [narrow(largest), narrow(-largest), narrow(least)]

    def make(rng: random.Random):
        few = [narrow(rng.gauss(0, 100)) for _ in range(5)]
        return rng.choice([
            lambda: rng.choice(edges), lambda: rng.choice(few), lambda: narrow(rng.gauss(0, 1)),
            lambda: round(rng.random() * 100) / 4])
    return make


def text(rng: random.Random):
    few = [f"value {rng.randrange(100)}" for _ in range(4)]
    return rng.choice([
        lambda: rng.choice(TEXTS), lambda: rng.choice(few), lambda: f"row {rng.randrange(10**9)}",
        lambda: "long " * rng.randrange(300)])


def octets(size=None):
    def make(rng: random.Random):
        def any_bytes():
            return rng.randbytes(rng.randrange(40) if size is None else size)
        few = [any_bytes() for _ in range(3)]
        return rng.choice([any_bytes, lambda: rng.choice(few)])
    return make


def number(precision: int, scale: int):
    def make(rng: random.Random):
        integer = whole(-10**precision + 1, 10**precision - 1)(rng)
        context = decimal.Context(prec=60)
        return lambda: decimal.Decimal(integer()).scaleb(-scale, context)
    return make


def stamp(unit: str, zone):
    per_second = {"ms": 10**3, "us": 10**6, "ns": 10**9}[unit]
    # Years 1 to 9999; what nanoseconds reach otherwise.
    low, high = -62_135_596_800, 253_402_300_799
    if unit == "ns":
        low, high = -9_223_372_036, 9_223_372_036

    def make(rng: random.Random):
        return whole(low * per_second, high * per_second)(rng)
    return make


# Name -> (Arrow type, maker of makers of values, whether Spark 3.5 opens a file with it).
LEAVES = {
    "bool": (pyarrow.bool_(), lambda rng: lambda: rng.random() < 0.5, True),
    **{f"int{w}": (getattr(pyarrow, f"int{w}")(), whole(-2**(w - 1), 2**(w - 1) - 1), True)
       for w in (8, 16, 32, 64)},
    **{f"uint{w}": (getattr(pyarrow, f"uint{w}")(), whole(0, 2**w - 1), True)
       for w in (8, 16, 32, 64)},
    "float16": (pyarrow.float16(), real(16), False),
    "float32": (pyarrow.float32(), real(32), True),
    "float64": (pyarrow.float64(), real(64), True),
    **{f"decimal_{p}_{s}": (pyarrow.decimal128(p, s), number(p, s), True)
       for p, s in ((1, 0), (9, 2), (18, 18), (19, 4), (38, 10))},
    "string": (pyarrow.string(), text, True),
    "large_string": (pyarrow.large_string(), text, True),
    "coded": (pyarrow.dictionary(pyarrow.int32(), pyarrow.string()), text, True),
    "binary": (pyarrow.binary(), octets(), True),
    "fixed": (pyarrow.binary(7), octets(7), True),
    "date": (pyarrow.date32(), whole(-719_162, 2_932_896), True),
    "time_ms": (pyarrow.time32("ms"), whole(0, 86_399_999), False),
    "time_us": (pyarrow.time64("us"), whole(0, 86_399_999_999), False),
    "time_ns": (pyarrow.time64("ns"), whole(0, 86_399_999_999_999), False),
    **{f"{unit}_{zone}": (pyarrow.timestamp(unit, zone), stamp(unit, zone), unit != "ns")
       for unit in ("ms", "us", "ns") for zone in ("UTC", None)},
    "null": (pyarrow.null(), lambda rng: lambda: None, False),
}


def random_type(rng: random.Random, depth: int, for_spark: bool):
    """A type at most `depth` levels deep, and a function that makes a value of it."""
    shape = rng.choice(["leaf", "struct", "list", "map"]) if depth > 0 else "leaf"
    if shape == "leaf":
        names = [name for name, leaf in LEAVES.items() if leaf[2] or not for_spark]
        kind, make, _ = LEAVES[rng.choice(names)]
        return kind, make(rng)
    if shape == "struct":
        return random_struct(rng, depth, for_spark)
    if shape == "map":
        key, make_key = rng.choice([
            (pyarrow.string(), text(rng)), (pyarrow.int32(), whole(-2**31, 2**31 - 1)(rng)),
            (pyarrow.date32(), whole(-9999, 9999)(rng))])
        field, make = random_field(rng, "value", depth - 1, for_spark)

        def entries():
            return list({make_key(): make() for _ in range(length(rng))}.items())
        return pyarrow.map_(key, field), entries
    field, make = random_field(rng, "element", depth - 1, for_spark)
    return pyarrow.list_(field), lambda: [make() for _ in range(length(rng))]


def length(rng: random.Random) -> int:
    return rng.choice([0, 0, 1, 1, 2, 3, rng.randrange(12)])


def random_struct(rng: random.Random, depth: int, for_spark: bool):
    parts = [
        random_field(rng, f"f{i}", depth - 1, for_spark) for i in range(rng.randint(1, 3))]

    def record():
        return {field.name: make() for field, make in parts}
    return pyarrow.struct([field for field, _ in parts]), record


def random_field(rng: random.Random, name: str, depth: int, for_spark: bool):
    kind, make = random_type(rng, depth, for_spark)
    nulls = rng.choice([0, 0, 0.02, 0.3, 0.95, 1]) if rng.random() < 0.8 else None
    if pyarrow.types.is_null(kind):
        nulls = 1
    if not nulls:
        return pyarrow.field(name, kind, nullable=nulls is not None), make
    return pyarrow.field(name, kind), lambda: None if rng.random() < nulls else make()


def random_table(rng: random.Random, for_spark=False, row_count=None) -> pyarrow.Table:
    rows = rng.choice([0, 1, 7, 100, 700, 2000]) if row_count is None else row_count
    fields, columns = [], []
    for index in range(rng.randint(1, 6)):
        field, make = random_field(rng, f"c{index}", rng.randint(0, DEPTH_MAX), for_spark)
        fields.append(field)
        columns.append(pyarrow.array([make() for _ in range(rows)], field.type))
    return pyarrow.Table.from_arrays(columns, schema=pyarrow.schema(fields))


# Ways to write

DELTAS = {
    "INT32": ["PLAIN", "DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT"],
    "INT64": ["PLAIN", "DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT"],
    "FLOAT": ["PLAIN", "BYTE_STREAM_SPLIT"],
    "DOUBLE": ["PLAIN", "BYTE_STREAM_SPLIT"],
    "BYTE_ARRAY": ["PLAIN", "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY"],
    "FIXED_LEN_BYTE_ARRAY": ["PLAIN", "DELTA_BYTE_ARRAY", "BYTE_STREAM_SPLIT"],
    "BOOLEAN": ["PLAIN", "RLE"],
}


def random_settings(rng: random.Random, table: pyarrow.Table) -> dict:
    settings = {
        "version": rng.choice(["1.0", "2.4", "2.6", "2.6"]),
        "data_page_version": rng.choice(["1.0", "2.0"]),
        "data_page_size": rng.choice([64, 1000, 20_000, 1 << 20]),
        "write_batch_size": rng.choice([1, 10, 1024]),
        "row_group_size": rng.choice([50, 300, 10_000]),
        "compression": rng.choice(["none", "snappy", "gzip", "zstd", "lz4", "brotli"]),
        "write_statistics": rng.random() < 0.8,
        "write_page_index": rng.random() < 0.5,
        "write_page_checksum": rng.random() < 0.5,
        "use_compliant_nested_type": rng.random() < 0.8,
        "store_decimal_as_integer": rng.random() < 0.5,
        "store_schema": rng.random() < 0.5,
        "dictionary_pagesize_limit": rng.choice([30, 1 << 20]),
        "use_dictionary": rng.random() < 0.5,
    }
    if "timestamp[ns" in table.schema.to_string():
        settings["version"] = "2.6"  # The others have no nanoseconds and refuse to cut them.
    if not settings["use_dictionary"]:
        # With it pyarrow wants its dictionaries back, which it cannot make of DELTA encodings.
        settings["store_schema"] = False
        layout = {name: settings[name] for name in (
            "version", "use_compliant_nested_type", "store_decimal_as_integer", "store_schema")}
        sample = io.BytesIO()
        pyarrow.parquet.write_table(table.slice(0, 0), sample, **layout)
        settings["column_encoding"] = {
            leaf.path: rng.choice(DELTAS[leaf.physical_type])
            for leaf in pyarrow.parquet.ParquetFile(sample).schema
            if leaf.physical_type in DELTAS}
    return settings
