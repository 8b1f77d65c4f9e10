"""Writes columns.tsv: what pyarrow reads from the flat columns of the Parquet files of a folder.

usage: hash-columns.py FOLDER > columns.tsv        FOLDER holds .parquet files, at any depth

One line a column: file, column, rows, nulls, and the 64-bit FNV-1a hash of its values as text, each
followed by a line feed: nothing for null, unscaled integers for decimals, days and floored
microseconds for dates and times, hexadecimal for strings, binaries and the bits of doubles.
"""
import decimal
import glob
import os
import struct
import sys

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

decimal.getcontext().prec = 60

# Refused by Grebe, or by pyarrow: see CorpusTests.swift for the reasons.
SKIPPED = {
    "datapage_v1-corrupt-checksum.parquet",
    "rle-dict-uncompressed-corrupt-checksum.parquet",
    "incorrect_map_schema.parquet",
    "large_string_map.brotli.parquet",
    "int96_from_spark.parquet",  # A far time stamp overflows there. CorpusTests has the values.
    "repeated_no_annotation.parquet",  # Its footer says 0 rows, its row group 6.
}


def text(value, kind):
    if value is None:
        return ""
    if pa.types.is_boolean(kind):
        return "true" if value else "false"
    if pa.types.is_integer(kind):
        return str(value)
    if pa.types.is_floating(kind):
        value = float(value)
        return "nan" if value != value else struct.pack(">d", value).hex()
    if pa.types.is_decimal(kind):
        return str(int(value.scaleb(kind.scale)))
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return value.encode().hex()
    return value.hex()


def scalars(column):
    kind = column.type
    if pa.types.is_timestamp(kind):
        per_micro = {"s": 1e-6, "ms": 1e-3, "us": 1, "ns": 1000}[kind.unit]
        for value in column.cast(pa.int64()).to_pylist():
            if value is None:
                yield ""
            elif per_micro >= 1:
                yield str(value // int(per_micro))
            else:
                yield str(value * round(1 / per_micro))
    elif pa.types.is_date(kind):
        for value in column.cast(pa.int32()).to_pylist():
            yield "" if value is None else str(value)
    else:
        for value in column.to_pylist():
            yield text(value, kind)


def main():
    for path in sorted(glob.glob(os.path.join(sys.argv[1], "**/*.parquet"), recursive=True)):
        name = os.path.relpath(path, sys.argv[1])
        if name in SKIPPED:
            continue
        file = pq.ParquetFile(path, coerce_int96_timestamp_unit="us")
        for field in file.schema_arrow:
            try:
                column = file.read(columns=[field.name]).column(0)
            except OSError:  # DuckDB's 33-bit differences of 32-bit integers, for one.
                query = f"select \"{field.name}\" from '{path}'"
                column = duckdb.sql(query).to_arrow_table().column(0)
            if pa.types.is_nested(field.type) or pa.types.is_time(field.type):
                continue
            if pa.types.is_dictionary(field.type):
                kind = field.type.value_type
                field, column = field.with_type(kind), column.cast(kind)
            digest = 0xCBF29CE484222325
            for value in scalars(column):
                for byte in (value + "\n").encode():
                    digest = (digest ^ byte) * 0x100000001B3 & (1 << 64) - 1
            print(name, field.name, len(column), column.null_count, f"{digest:016x}", sep="\t")


main()
