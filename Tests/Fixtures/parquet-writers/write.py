"""Writes the small files beside it: every flat type, in the manner of pyarrow, DuckDB and Polars.

usage: write.py        then ../hash-columns.py . > columns.tsv

The rows are seeded and the same for every writer: nulls, empty strings, text that is not ASCII, the
ends of every type's range, values that repeat and values that do not.
"""
import datetime
import decimal
import os
import random

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

decimal.getcontext().prec = 60
HERE = os.path.dirname(os.path.abspath(__file__))
ROWS = 120
UTC = "UTC"


def columns():
    random.seed(7)

    def some(kind, values):
        return pa.array([None if random.random() < 0.2 else v for v in values], kind)

    def whole(low, high):
        return [low, high] + [random.randint(low, high) for _ in range(ROWS - 2)]

    def decimals(precision, scale):
        bound = 10**precision - 1
        return [decimal.Decimal(v).scaleb(-scale) for v in whole(-bound, bound)]

    words = ["", "a", "na\u00efve", "\U0001f426 grebe", "x" * 70] + [
        "w" + str(random.randint(0, 10**9)) for _ in range(ROWS // 2)
    ]
    times = whole(-(10**15), 4 * 10**15)
    yield "flag", some(pa.bool_(), [random.random() < 0.7 for _ in range(ROWS)])
    yield "i8", some(pa.int8(), whole(-128, 127))
    yield "i16", some(pa.int16(), whole(-(2**15), 2**15 - 1))
    yield "i32", some(pa.int32(), whole(-(2**31), 2**31 - 1))
    yield "i64", some(pa.int64(), whole(-(2**63), 2**63 - 1))
    yield "u8", some(pa.uint8(), whole(0, 2**8 - 1))
    yield "u16", some(pa.uint16(), whole(0, 2**16 - 1))
    yield "u32", some(pa.uint32(), whole(0, 2**32 - 1))
    yield "u64", some(pa.uint64(), whole(0, 2**64 - 1))
    noise = [random.gauss(0, 9) for _ in range(ROWS - 2)]
    yield "f32", some(pa.float32(), [float("nan"), 1e30] + noise)
    yield "f64", some(pa.float64(), [float("inf"), -0.0] + noise)
    yield "d9", some(pa.decimal128(9, 2), decimals(9, 2))
    yield "d18", some(pa.decimal128(18, 5), decimals(18, 5))
    yield "d38", some(pa.decimal128(38, 10), decimals(38, 10))
    yield "text", some(pa.string(), [random.choice(words) for _ in range(ROWS)])
    yield "few", some(pa.string(), [random.choice(["red", "green", "blue"]) for _ in range(ROWS)])
    yield "blob", some(pa.binary(), [random.randbytes(random.randint(0, 9)) for _ in range(ROWS)])
    yield "day", some(pa.date32(), whole(-100_000, 100_000))
    yield "instant", some(pa.timestamp("us", UTC), times)
    yield "local", some(pa.timestamp("us"), times)
    yield "millis", some(pa.timestamp("ms", UTC), [t // 1000 for t in times])
    yield "nanos", some(pa.timestamp("ns"), [t * 900 + 7 for t in times])
    yield "sorted", pa.array(range(10**9, 10**9 + ROWS), pa.int64())
    yield "same", pa.array(["constant"] * ROWS)
    yield "none", pa.array([None] * ROWS, pa.int32())


def main():
    table = pa.table(dict(columns()))

    def path(name):
        return os.path.join(HERE, name + ".parquet")

    plain = {"use_dictionary": False, "data_page_version": "1.0"}
    small = {"data_page_size": 256, "write_batch_size": 16, "write_page_index": True}
    pq.write_table(table, path("pyarrow-snappy"), row_group_size=150)
    pq.write_table(table, path("pyarrow-v2-zstd"), data_page_version="2.0", compression="zstd",
                   write_page_checksum=True, **small)
    pq.write_table(table, path("pyarrow-plain-none"), compression="none", **plain)
    pq.write_table(table, path("pyarrow-fallback-gzip"), compression="gzip",
                   dictionary_pagesize_limit=200, write_page_checksum=True, **small)
    pq.write_table(table, path("pyarrow-lz4"), compression="lz4", store_decimal_as_integer=True)
    pq.write_table(table.drop(["nanos"]), path("pyarrow-int96-snappy"),
                   use_deprecated_int96_timestamps=True)
    delta = {"use_dictionary": False, "data_page_version": "2.0", "compression": "zstd"}
    encodings = {c: "DELTA_BINARY_PACKED" for c in ["i8", "i16", "i32", "i64", "u8", "u16", "u32",
                 "u64", "day", "instant", "local", "millis", "nanos", "sorted", "none"]}
    encodings |= {"text": "DELTA_BYTE_ARRAY", "few": "DELTA_LENGTH_BYTE_ARRAY",
                  "blob": "DELTA_BYTE_ARRAY", "same": "DELTA_BYTE_ARRAY",
                  "d38": "BYTE_STREAM_SPLIT", "f32": "BYTE_STREAM_SPLIT",
                  "f64": "BYTE_STREAM_SPLIT", "flag": "RLE"}
    pq.write_table(table, path("pyarrow-delta-zstd"), column_encoding=encodings, **delta, **small)

    connection = duckdb.connect()
    connection.register("t", table)
    connection.execute("set timezone='UTC'")
    for version in ["v1", "v2"]:
        connection.execute(
            f"copy t to '{path('duckdb-' + version + '-zstd')}'"
            f" (format parquet, compression zstd, parquet_version {version})")
    frame = pl.from_arrow(table)
    frame.write_parquet(path("polars-zstd"), compression="zstd", row_group_size=200)
    frame.write_parquet(path("polars-snappy"), compression="snappy", data_page_size=300)


main()
