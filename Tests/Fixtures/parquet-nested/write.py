"""Writes the small files beside it: nested columns and the types that only Parquet has, in the
manner of pyarrow, DuckDB and Polars.

usage: write.py        then ../hash-columns.py . > columns.tsv

Types are drawn at random, five levels deep at most, from a fixed seed; so are the rows. The same
rows go to every writer that has the types.
"""
import os
import random

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

HERE = os.path.dirname(os.path.abspath(__file__))
ROWS = 80
random.seed(31)


def kind(depth):
    shapes = ["leaf"] if depth == 0 else ["leaf", "struct", "list", "list", "map"]
    shape = random.choice(shapes)
    if shape == "struct":
        return pa.struct([field(f"f{i}", depth - 1) for i in range(random.randint(1, 3))])
    if shape == "list":
        return pa.list_(field("element", depth - 1))
    if shape == "map":
        value = field("value", depth - 1)
        return pa.map_(pa.string(), value)
    return random.choice([pa.int32(), pa.int64(), pa.string(), pa.float64(), pa.bool_()])


def field(name, depth):
    return pa.field(name, kind(depth), nullable=random.random() < 0.7)


def value(of, is_nullable):
    if is_nullable and random.random() < 0.2:
        return None
    if pa.types.is_struct(of):
        return {f.name: value(f.type, f.nullable) for f in of}
    size = random.choice([0, 0, 1, 1, 2, 3, 7])
    if pa.types.is_map(of):
        return [(f"k{i}", value(of.item_type, of.item_field.nullable)) for i in range(size)]
    if pa.types.is_list(of):
        return [value(of.value_type, of.value_field.nullable) for _ in range(size)]
    if pa.types.is_string(of):
        return "s" * random.randint(0, 4) + str(random.randint(0, 30))
    if pa.types.is_boolean(of):
        return random.random() < 0.5
    if pa.types.is_floating(of):
        return random.gauss(0, 1)
    return random.randint(-1000, 1000)


def nested():
    fields = [
        pa.field("tags", pa.list_(pa.string())),
        pa.field("required", pa.list_(pa.field("element", pa.int32(), nullable=False)),
                 nullable=False),
        pa.field("customer", pa.struct([("id", pa.int64()), ("name", pa.string()),
                                        ("address", pa.struct([("city", pa.string())]))])),
        pa.field("properties", pa.map_(pa.string(), pa.int64())),
        pa.field("matrix", pa.list_(pa.list_(pa.list_(pa.int32())))),
    ]
    fields += [pa.field(f"any{i}", kind(5), nullable=i % 3 > 0) for i in range(10)]
    return pa.table(
        [pa.array([value(f.type, f.nullable) for _ in range(ROWS)], f.type) for f in fields],
        schema=pa.schema(fields))


def rare():
    """Types beyond those of tables."""
    def some(of, make):
        return pa.array([None if random.random() < 0.2 else make() for _ in range(ROWS)], of)

    day = 86_400
    uuids = some(pa.binary(16), lambda: random.randbytes(16))
    return pa.table({
        "time_ms": some(pa.time32("ms"), lambda: random.randrange(day * 10**3)),
        "time_us": some(pa.time64("us"), lambda: random.randrange(day * 10**6)),
        "time_ns": some(pa.time64("ns"), lambda: random.randrange(day * 10**9)),
        "nanos": some(pa.timestamp("ns"), lambda: random.randint(-2**63, 2**63 - 1)),
        "instant_ns": some(pa.timestamp("ns", "UTC"), lambda: random.randint(-2**62, 2**62)),
        "half": some(pa.float16(), lambda: random.gauss(0, 1)),
        "uuid": pa.ExtensionArray.from_storage(pa.uuid(), uuids),
        "nothing": pa.nulls(ROWS),
        "nothings": pa.array([[None] * (i % 4) for i in range(ROWS)], pa.list_(pa.null())),
        "times": pa.array([[i, None, 2 * i] for i in range(ROWS)], pa.list_(pa.time32("ms"))),
        "fixed": some(pa.binary(5), lambda: random.randbytes(5)),
    })


def main():
    def path(name):
        return os.path.join(HERE, name + ".parquet")

    table = nested()
    small = {"data_page_size": 200, "write_batch_size": 16, "write_page_index": True}
    pq.write_table(table, path("pyarrow-v1-snappy"), row_group_size=50, **small)
    pq.write_table(table, path("pyarrow-v2-zstd"), data_page_version="2.0", compression="zstd",
                   **small)
    pq.write_table(table, path("pyarrow-plain-none"), compression="none", use_dictionary=False)
    pq.write_table(table, path("pyarrow-old-lists-gzip"), compression="gzip",
                   use_compliant_nested_type=False, **small)
    pq.write_table(rare(), path("pyarrow-rare-types"), **small)
    connection = duckdb.connect()
    connection.register("t", table)
    for version in ["v1", "v2"]:
        connection.execute(
            f"copy t to '{path('duckdb-' + version)}' (format parquet, parquet_version {version})")
    connection.execute(
        f"copy (select uuid() as id, to_months(i::int) + to_days(3) as every, [uuid()] as ids"
        f" from range({ROWS}) t(i)) to '{path('duckdb-rare-types')}' (format parquet)")
    frame = pl.from_arrow(table)
    frame.write_parquet(path("polars-zstd"), compression="zstd", data_page_size=300)


main()
