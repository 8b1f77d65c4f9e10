"""Writes columns.tsv: what pyarrow reads from the columns of the Parquet files of a folder.

usage: hash-columns.py FOLDER > columns.tsv        FOLDER holds .parquet files, at any depth

One line a column: file, column, rows, nulls, and the 64-bit FNV-1a hash of its values as text, each
followed by a line feed: nothing for null, unscaled integers for decimals, days for dates, the
integers that stand for times (milliseconds as microseconds), hexadecimal for strings, binaries and
the bits of doubles. Structs are {a,b}, arrays [a,b], maps (key:value,key:value), nulls in them ~.
Columns that pyarrow cannot read are read by DuckDB.
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

# Refused by Grebe, or by its peers: see CorpusTests.swift for the reasons.
SKIPPED = {
    "datapage_v1-corrupt-checksum.parquet",
    "rle-dict-uncompressed-corrupt-checksum.parquet",
    "large_string_map.brotli.parquet",  # Two gigabytes of one letter.
    "int96_from_spark.parquet",  # A far time stamp overflows there. CorpusTests has the values.
    "repeated_no_annotation.parquet",  # Its footer says 0 rows, its row group 6.
}


def text(value, kind):
    if value is None:
        return None
    if pa.types.is_boolean(kind):
        return "true" if value else "false"
    if pa.types.is_integer(kind):
        return str(value)
    if pa.types.is_floating(kind):
        value = float(value)
        return "nan" if value != value else struct.pack(">d", value).hex()
    if pa.types.is_decimal(kind):
        return str(int(value.scaleb(kind.scale)))
    if isinstance(value, str):
        return value.encode().hex()
    return value.hex()


def texts(array):
    """The values of an array as text, None for null."""
    kind = array.type
    if isinstance(array, pa.ChunkedArray):
        return [value for chunk in array.chunks for value in texts(chunk)]
    if isinstance(array, pa.ExtensionArray):
        return texts(array.storage)
    if pa.types.is_null(kind):
        return [None] * len(array)
    if pa.types.is_dictionary(kind):
        return texts(array.dictionary_decode())
    if pa.types.is_struct(kind):
        fields = [texts(array.field(index)) for index in range(kind.num_fields)]
        rows = ["{" + ",".join(map(inner, row)) + "}" for row in zip(*fields)]
    elif pa.types.is_map(kind):
        pairs = [f"{inner(k)}:{inner(v)}" for k, v in zip(texts(array.keys), texts(array.items))]
        rows = sliced(pairs, array.offsets, "(", ")")
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind):
        rows = sliced(list(map(inner, texts(array.values))), array.offsets, "[", "]")
    elif pa.types.is_timestamp(kind) or pa.types.is_time64(kind):
        factor = {"s": 1000000, "ms": 1000, "us": 1, "ns": 1}[kind.unit]
        rows = array.cast(pa.int64()).to_pylist()
        return [None if value is None else str(value * factor) for value in rows]
    elif pa.types.is_time32(kind):
        rows = array.cast(pa.int32()).to_pylist()
        return [None if value is None else str(value * 1000) for value in rows]
    elif pa.types.is_date(kind):
        return [None if v is None else str(v) for v in array.cast(pa.int32()).to_pylist()]
    else:
        return [text(value, kind) for value in array.to_pylist()]
    return [None if is_null else row for row, is_null in zip(rows, array.is_null().to_pylist())]


def inner(value):
    return "~" if value is None else value


def sliced(values, offsets, opening, closing):
    offsets = offsets.to_pylist()
    return [
        opening + ",".join(values[start:end]) + closing
        for start, end in zip(offsets, offsets[1:])
    ]


def columns(path):
    """Names and values of the columns of a file."""
    try:
        file = pq.ParquetFile(path, coerce_int96_timestamp_unit="us")
        names = [field.name for field in file.schema_arrow]
    except pa.ArrowException:
        file, names = None, duckdb.sql(f"select * from '{path}'").columns
    for name in names:
        try:
            if file is None or file.schema_arrow.names.count(name) > 1:
                raise OSError
            yield name, file.read(columns=[name]).column(0)
        except (OSError, pa.ArrowException):  # DuckDB's 33-bit differences of INT32, for one.
            query = f"select \"{name}\" from '{path}'"
            yield name, duckdb.sql(query).to_arrow_table().column(0)


def main():
    for path in sorted(glob.glob(os.path.join(sys.argv[1], "**/*.parquet"), recursive=True)):
        name = os.path.relpath(path, sys.argv[1])
        if name in SKIPPED:
            continue
        for column, values in columns(path):
            rows = texts(values)
            digest = 0xCBF29CE484222325
            for row in rows:
                for byte in ((row or "") + "\n").encode():
                    digest = (digest ^ byte) * 0x100000001B3 & (1 << 64) - 1
            nulls = sum(row is None for row in rows)
            print(name, column, len(rows), nulls, f"{digest:016x}", sep="\t")


main()
