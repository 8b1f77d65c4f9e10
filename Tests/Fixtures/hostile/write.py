"""Writes the files beside it: ten small ones, each with other parts of the format, to be damaged.

usage: write.py
"""
import datetime
import decimal
import os
import random

import pyarrow as pa
import pyarrow.parquet as pq

HERE = os.path.dirname(os.path.abspath(__file__))


def write(name, columns, schema=None, **options):
    table = pa.table(columns, schema=schema)
    path = os.path.join(HERE, name + ".parquet")
    pq.write_table(table, path, **({"store_schema": False, "compression": "none"} | options))
    print(name, os.path.getsize(path))


def some(values, kind):
    return pa.array([None if i % 5 == 3 else v for i, v in enumerate(values)], kind)


random.seed(3)
words = ["grebe", "lake", "", "reed", "na\u00efve", "nest"]
required = pa.schema([pa.field("a", pa.int32(), nullable=False), pa.field("b", pa.int64())])
write("flat-integers", [pa.array(range(-9, 11), pa.int32()), some(range(20), pa.int64())],
      required, use_dictionary=False)
write("dictionary-strings-snappy", {
    "s": pa.array([words[i % 6] for i in range(40)]),
    "t": some([words[i // 9] for i in range(40)], pa.string())}, compression="snappy")
write("lists", {"l": pa.array([[1, 2], [], None, [3, None], [4]] * 3, pa.list_(pa.int32())),
                "m": pa.array([[["a"], []], None, [None, ["b", None]]] * 5,
                              pa.list_(pa.list_(pa.string())))})
write("structs-and-maps", {
    "s": pa.array([{"x": 1, "y": {"z": "q"}}, None, {"x": None, "y": None}] * 4,
                  pa.struct([("x", pa.int32()), ("y", pa.struct([("z", pa.string())]))])),
    "m": pa.array([[("a", 1), ("b", None)], [], None] * 4, pa.map_(pa.string(), pa.int64()))})
write("v2-pages-zstd", {
    "a": some(range(60), pa.int32()), "s": some([words[i % 6] * 3 for i in range(60)], pa.string()),
}, compression="zstd", data_page_version="2.0", data_page_size=64, write_batch_size=16)
write("delta-encodings", {
    "i": some([i * i for i in range(50)], pa.int32()), "j": pa.array([7 - i for i in range(50)]),
    "l": some([words[i % 6] for i in range(50)], pa.string()),
    "p": pa.array([f"prefix-{i // 5}-{i}" for i in range(50)])}, use_dictionary=False,
    column_encoding={"i": "DELTA_BINARY_PACKED", "j": "DELTA_BINARY_PACKED",
                     "l": "DELTA_LENGTH_BYTE_ARRAY", "p": "DELTA_BYTE_ARRAY"})
write("byte-stream-split-gzip", {
    "f": some([random.random() for _ in range(40)], pa.float32()),
    "d": pa.array([random.random() for _ in range(40)]),
    "x": pa.array([bytes([i, 2, 3]) for i in range(40)], pa.binary(3))},
    compression="gzip", use_dictionary=False, column_encoding="BYTE_STREAM_SPLIT")
write("index-and-bloom", {
    "k": pa.array(range(48), pa.int64()),
    "s": some([words[i % 6] for i in range(48)], pa.string())},
    write_page_index=True, data_page_size=64, write_batch_size=16, use_dictionary=["s"],
    bloom_filter_options={"k": {"ndv": 16, "fpp": 0.1}})
write("booleans-and-decimals-brotli", {
    "b": some([i % 3 == 0 for i in range(70)], pa.bool_()),
    "d": some([decimal.Decimal(i * 37).scaleb(-2) for i in range(70)], pa.decimal128(12, 2)),
    "h": some([decimal.Decimal(i**9).scaleb(-5) for i in range(70)], pa.decimal128(30, 5))},
    compression="brotli", column_encoding={"b": "RLE"}, use_dictionary=["d"])
start = datetime.datetime(2026, 11, 23)
write("times-checksums-lz4", {
    "t": some([start + datetime.timedelta(hours=i) for i in range(24)], pa.timestamp("us", "UTC")),
    "d": pa.array([start.date()] * 24), "n": pa.array([None] * 24, pa.int32())},
    compression="lz4", row_group_size=12, write_page_checksum=True,
    use_deprecated_int96_timestamps=True)
