"""What Grebe writes in each profile, read by everyone, and what its footers say of the data."""

import datetime
import decimal
import json
import math
import os
import random
import struct
import subprocess
import sys

import duckdb
import numpy
import polars
import pyarrow
import pyarrow.compute
import pyarrow.parquet
import pytest

import cells
import page_index
import peers
from random_parquet import LEAVES, random_table
from test_random_parquet import (
    PROFILES, assert_columns, assert_reads, columns_of, read_duckdb, read_polars, read_pyarrow,
    refusal, rewrite, write_random)

# Spark files are slow to make and read: fewer of them.
SPARK_FILE_COUNT = int(os.environ.get("GREBE_RANDOM_FILES", "24")) // 3
# Longer strings are cut in statistics.
BOUND_BYTES_MAX = 64

def flat_table(rng: random.Random, rows: int, names=None) -> pyarrow.Table:
    """Every leaf type, each with and without nulls."""
    columns = {}
    for name in names or LEAVES:
        kind, make, _ = LEAVES[name]
        for share in (0, 0.2):
            value = make(rng)
            made = [None if rng.random() < share else value() for _ in range(rows)]
            columns[f"{name}_{share}"] = pyarrow.array(made, kind)
    return pyarrow.table(columns)


def test_the_default_profile_is_standard(grebe, tmp_path):
    path = tmp_path / "f.parquet"
    pyarrow.parquet.write_table(
        pyarrow.table({"n": range(20_000), "x": [i / 7 for i in range(20_000)]}), path)
    files = {profile: rewrite(grebe, path, profile).read_bytes() for profile in PROFILES}
    grebe.run("query", f"SELECT * FROM '{path}'", "--output", tmp_path / "default.parquet")
    assert (tmp_path / "default.parquet").read_bytes() == files["standard"]
    assert files["standard"] not in (files["compatible"], files["modern"])


# ALP: no other engine reads it yet

def decode_alp(data: bytes, kind: str) -> numpy.ndarray:
    """A page of ALP, as AlpEncoding.md says, value by value."""
    size, real, found = int(kind[1]), numpy.dtype(kind).type, []
    mode, packing, vector_log, count = struct.unpack_from("<BBBi", data)
    assert (mode, packing) == (0, 0)
    for vector in range(-(-count // (1 << vector_log))):
        at = 7 + struct.unpack_from("<I", data, 7 + 4 * vector)[0]
        exponent, factor, exception_count = struct.unpack_from("<BBH", data, at)
        [least] = struct.unpack_from("<i" if size == 4 else "<q", data, at + 4)
        width, at = data[at + 4 + size], at + 5 + size
        here = min(1 << vector_log, count - (vector << vector_log))
        packed_bytes = (here * width + 7) // 8
        bits = int.from_bytes(data[at:at + packed_bytes], "little")
        at += packed_bytes
        mask = (1 << width) - 1
        values = [
            real(least + (bits >> width * i & mask)) * real(f"1e{factor}") * real(f"1e-{exponent}")
            for i in range(here)]
        places = struct.unpack_from(f"<{exception_count}H", data, at)
        exceptions = numpy.frombuffer(data, f"<{kind}", exception_count, at + 2 * exception_count)
        for place, value in zip(places, exceptions):
            values[place] = value
        found += values
    return numpy.array(found, kind)


@pytest.mark.parametrize("kind", ["f4", "f8"])
def test_alp_is_what_the_specification_says(grebe, tmp_path, kind):
    most = 10**4 if kind == "f4" else 10**6
    values = (numpy.random.default_rng(5).integers(0, most, 30_000) / 100).astype(kind)
    values[::97], values[5], values[6] = numpy.pi, numpy.nan, -0.0
    path, output = tmp_path / "f.parquet", tmp_path / "modern.parquet"
    pyarrow.parquet.write_table(pyarrow.table({"x": values}), path)
    grebe.run(
        "query", f"SELECT * FROM '{path}'", "--output", output,
        "--parquet-profile", "modern", "--compression", "none")
    data, found = output.read_bytes(), []
    [chunk] = grebe.json("inspect", output, "--pages")["row_groups"][0]["columns"]
    for page in chunk["pages"]:
        assert page["encoding"] == "ALP"
        thrift = page_index.Thrift(data, page["offset"])
        header = thrift.struct()
        levels_bytes = header[8][5] + header[8][6]
        body = data[thrift.offset:thrift.offset + header[3]]
        found.append(decode_alp(body[levels_bytes:], kind))
    assert numpy.concatenate(found).tobytes() == values.tobytes()


# Spark

def read_spark(spark, path, folder, vectorized: bool) -> pyarrow.Table:
    """Spark reads the file with its own reader and writes it again, for pyarrow to read."""
    for name in ("enableVectorizedReader", "enableNestedColumnVectorizedReader"):
        spark.conf.set(f"spark.sql.parquet.{name}", str(vectorized).lower())
    spark.conf.set("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")
    output = folder / f"spark-{vectorized}"
    frame = spark.read.parquet(str(path))
    frame.coalesce(1).write.mode("overwrite").option("compression", "none").parquet(str(output))
    [part] = output.glob("*.parquet")
    return read_pyarrow(part)


@pytest.mark.parametrize("index", range(SPARK_FILE_COUNT))
def test_spark_reads_it(grebe, spark, seeded, tmp_path, index):
    file = write_random(seeded, tmp_path, for_spark=True)
    output = rewrite(grebe, file.path, PROFILES[index % len(PROFILES)])
    for vectorized in (True, False):
        assert_reads(
            f"Spark, vectorized: {vectorized}",
            lambda path: read_spark(spark, path, tmp_path, vectorized), output, file.columns,
            f"{output.name}: {file.context}")


def write_flat(rng: random.Random, folder, row_count=3000):
    """Every flat type that Spark knows; the columns of the file as pyarrow reads them."""
    names = [name for name, leaf in LEAVES.items() if leaf[2]]
    path = folder / "f.parquet"
    pyarrow.parquet.write_table(flat_table(rng, row_count, names), path)
    return path, columns_of(read_pyarrow(path), "pyarrow, the source")


@pytest.mark.parametrize("profile", PROFILES)
def test_spark_reads_every_flat_type(grebe, spark, seeded, tmp_path, profile):
    path, wanted = write_flat(seeded, tmp_path)
    output = rewrite(grebe, path, profile)
    for vectorized in (True, False):
        assert_reads(
            f"Spark, vectorized: {vectorized}",
            lambda path: read_spark(spark, path, tmp_path, vectorized), output, wanted, profile)


# Spark 4

def read_spark4(spark4, path, folder, vectorized: bool) -> pyarrow.Table:
    return read_pyarrow(spark4.run(path, folder / f"spark4-{vectorized}", vectorized=vectorized))


@pytest.mark.parametrize("profile", PROFILES)
def test_spark4_reads_every_flat_type(grebe, spark4, seeded, tmp_path, profile):
    path, wanted = write_flat(seeded, tmp_path)
    output = rewrite(grebe, path, profile)
    for vectorized in (True, False):
        assert_reads(
            f"Spark 4, vectorized: {vectorized}",
            lambda path: read_spark4(spark4, path, tmp_path, vectorized), output, wanted, profile)


@pytest.mark.parametrize("index", range(SPARK_FILE_COUNT))
def test_spark4_reads_it(grebe, spark4, seeded, tmp_path, index):
    file = write_random(seeded, tmp_path, for_spark=True)
    output = rewrite(grebe, file.path, PROFILES[index % len(PROFILES)])
    for vectorized in (True, False):
        assert_reads(
            f"Spark 4, vectorized: {vectorized}",
            lambda path: read_spark4(spark4, path, tmp_path, vectorized), output, file.columns,
            f"{output.name}: {file.context}")


# Encodings of the modern profile, one by one

ROWS = 60_000


def modern_tables() -> dict[str, tuple[str, pyarrow.Table]]:
    """By what is in them the encoding that the profile chooses, and a table."""
    rng = random.Random(3)
    values = {
        "prices": ("ALP", [round(rng.random() * 1e6) / 100 for _ in range(ROWS)]),
        "doubles": ("BYTE_STREAM_SPLIT", [rng.gauss(0, 1) for _ in range(ROWS)]),
        "longs": ("BYTE_STREAM_SPLIT", [rng.getrandbits(56) for _ in range(ROWS)]),
    }
    return {name: (encoding, pyarrow.table({"x": column}))
            for name, (encoding, column) in values.items()}


# (reader, column) that are refused. Everything else is read.
LACKING = {
    *((who, "prices") for who in (
        "pyarrow", "polars", "duckdb", "Spark, vectorized", "Spark, by rows", "Spark 4, vectorized",
        "Spark 4, by rows")),
    ("duckdb", "longs"), ("Spark, vectorized", "doubles"), ("Spark, vectorized", "longs"),
    ("Spark, by rows", "longs"),
}


@pytest.mark.parametrize("name", ["prices", "doubles", "longs"])
def test_who_reads_a_modern_encoding(grebe, spark, spark4, tmp_path, name):
    """Everyone reads it or says that it has no such encoding, as spec/conformance.md has it."""
    encoding, table = modern_tables()[name]
    path = tmp_path / "f.parquet"
    pyarrow.parquet.write_table(table, path)
    output = rewrite(grebe, path, "modern")
    assert encoding in grebe.run("inspect", output).stdout
    readers = {"pyarrow": read_pyarrow, "polars": read_polars, "duckdb": read_duckdb}
    for how, vectorized in (("vectorized", True), ("by rows", False)):
        readers[f"Spark, {how}"] = (
            lambda path, on=vectorized: read_spark(spark, path, tmp_path, on))
        readers[f"Spark 4, {how}"] = (
            lambda path, on=vectorized: read_spark4(spark4, path, tmp_path, on))
    wanted = columns_of(table, "the source")
    for who, read in readers.items():
        try:
            found = read(output)
        except (Exception, polars.exceptions.PanicException) as error:
            assert (who, name) in LACKING, f"{who} does not read {name}: {error}"
            assert refusal(who, error), f"{who} fails otherwise: {error}"
            continue
        assert (who, name) not in LACKING, f"{who} reads {name} by now"
        assert_columns(columns_of(found, who), wanted, name)


# fastparquet

FASTPARQUET = """
import fastparquet, json, math, sys
import pandas

def plain(value):
    if value is None or value is pandas.NA or value is pandas.NaT or value != value:
        return None
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [plain(part) for part in value]
    if isinstance(value, pandas.Timestamp):
        return value.value // 1000
    return value.item() if hasattr(value, "item") else value

frame = fastparquet.ParquetFile(sys.argv[1]).to_pandas()
json.dump({name: [plain(v) for v in frame[name].tolist()] for name in frame.columns}, sys.stdout)
"""

EPOCH = datetime.date(1970, 1, 1)

# It gives decimals as floats and fails at times that nanoseconds do not reach.
FASTPARQUET_TYPES = [
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "float32", "float64",
    "string", "binary"]


def ask_fastparquet(path) -> dict[str, list]:
    """In a process of its own: on files it has no code for it may crash."""
    done = subprocess.run(
        [sys.executable, "-c", FASTPARQUET, path], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def test_fastparquet_reads_the_compatible_profile(grebe, seeded, tmp_path):
    table = flat_table(seeded, 2000, FASTPARQUET_TYPES)
    stamps = pyarrow.array(range(-10**15, 10**15, 10**12), pyarrow.timestamp("us", "UTC"))
    table = table.append_column("at", stamps)
    pyarrow.parquet.write_table(table, tmp_path / "f.parquet")
    output = rewrite(grebe, tmp_path / "f.parquet", "compatible")
    found = ask_fastparquet(output)
    for name in table.column_names:
        wanted = [fastparquet_value(v) for v in fastparquet_source(table.column(name))]
        assert [fastparquet_value(v) for v in found[name]] == wanted, f"column {name}"


def test_fastparquet_reads_larger_files_in_the_compatible_profile_alone(grebe, tmp_path):
    """What spec/conformance.md says: it has no code for the DELTA encodings of `standard`."""
    count = 50_000
    table = pyarrow.table({
        "id": range(count), "text": [f"row {i}" for i in range(count)],
        "url": [f"https://a.b/{i * 7919 % 99_991}" for i in range(count)]})
    pyarrow.parquet.write_table(table, tmp_path / "f.parquet")
    assert ask_fastparquet(rewrite(grebe, tmp_path / "f.parquet", "compatible")) == {
        name: table.column(name).to_pylist() for name in table.column_names}
    standard = rewrite(grebe, tmp_path / "f.parquet", "standard")
    done = subprocess.run(
        [sys.executable, "-c", FASTPARQUET, standard], capture_output=True, text=True)
    assert done.returncode != 0 and "NotImplementedError: Encoding" in done.stderr


def flattened(table: pyarrow.Table) -> dict[str, list]:
    """Columns as fastparquet names them: the fields of structs by their paths."""
    while any(pyarrow.types.is_struct(field.type) for field in table.schema):
        table = table.flatten()
    return {name: table.column(name) for name in table.column_names}


def fastparquet_gives(kind: pyarrow.DataType) -> bool:
    """Whether it gives what a column holds as it is; what it makes of others is its own affair."""
    return kind in [LEAVES[name][0] for name in FASTPARQUET_TYPES]


@pytest.mark.parametrize("index", range(3))
def test_fastparquet_reads_structs_and_random_files(grebe, seeded, tmp_path, index):
    def with_kinds(kind):
        # For integers, and what is required, of a struct that is null itself it may have no room.
        return fastparquet_gives(kind) or pyarrow.types.is_struct(kind) and all(
            field.nullable and not pyarrow.types.is_integer(field.type) and with_kinds(field.type)
            for field in kind)

    fields: list = []
    while sum(len(flattened(table)) for table in fields) < 6:
        table = random_table(seeded, row_count=200)
        names = [f.name for f in table.schema if with_kinds(f.type)]
        fields.append(table.select(names).rename_columns(
            [f"c{len(fields)}_{i}" for i in range(len(names))]))
    table = pyarrow.table({
        **{name: part.column(name) for part in fields for name in part.column_names},
        "s": [None if i % 5 == 1 else {"x": i / 8, "t": None if i % 3 else f"{i}"}
              for i in range(200)]})
    pyarrow.parquet.write_table(table, tmp_path / "f.parquet")
    found = ask_fastparquet(rewrite(grebe, tmp_path / "f.parquet", "compatible"))
    for name, column in flattened(table).items():
        wanted = [fastparquet_value(v) for v in fastparquet_source(column)]
        assert [fastparquet_value(v) for v in found[name]] == wanted, f"column {name}"


@pytest.mark.parametrize("profile", ["compatible", "standard"])
def test_fastparquet_reads_small_files(grebe, tmp_path, profile):
    """Columns of which a DELTA encoding saves little stay PLAIN: it has no code for all of them.

    Structs it gives field by field. Of lists of lists or structs it gives nothing, of maps of
    lists only the keys, whoever wrote them.
    """
    def some(make, kind):
        return pyarrow.array([None if i % 7 == 3 else make(i) for i in range(300)], kind)

    table = pyarrow.table({
        "n": some(lambda i: i * i, pyarrow.int64()),
        "text": some(lambda i: f"row {i}", pyarrow.string()),
        "day": some(lambda i: EPOCH + datetime.timedelta(50 * i - 3650), pyarrow.date32()),
        **{f"decimal_{p}": some(
            lambda i: decimal.Decimal(37 * i - 999).scaleb(-2), pyarrow.decimal128(p, 2))
           for p in (9, 18, 30)},
        "l": some(lambda i: list(range(i % 4)), pyarrow.list_(pyarrow.int64())),
        "m": some(
            lambda i: [(f"k{k}", k + i) for k in range(i % 3)],
            pyarrow.map_(pyarrow.string(), pyarrow.int64()))})
    pyarrow.parquet.write_table(table, tmp_path / "f.parquet")
    found = ask_fastparquet(rewrite(grebe, tmp_path / "f.parquet", profile))
    for name in table.column_names:
        wanted = table.column(name).to_pylist()
        if name == "day":
            wanted = [v and (v - EPOCH).days * 86_400_000_000 for v in wanted]
        elif name == "m":
            wanted = [v if v is None else dict(v) for v in wanted]
        elif name.startswith("decimal"):  # As floats, scaled with an error in the last place.
            found[name] = [v and decimal.Decimal(f"{v:.6f}") for v in found[name]]
        assert found[name] == wanted, f"column {name}"


def fastparquet_source(column: pyarrow.ChunkedArray) -> list:
    if pyarrow.types.is_timestamp(column.type):
        return column.combine_chunks().view(pyarrow.int64()).to_pylist()
    return column.to_pylist()


def fastparquet_value(value):
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, float):
        # Missing and NaN are one to pandas, and whole floats come back as integers with nulls.
        return None if math.isnan(value) else float(value)
    return value


# What profiles keep to

ALLOWED = {
    "compatible": {"PLAIN", "RLE", "RLE_DICTIONARY"},
    "standard": {
        "PLAIN", "RLE", "RLE_DICTIONARY", "DELTA_BINARY_PACKED", "DELTA_LENGTH_BYTE_ARRAY",
        "DELTA_BYTE_ARRAY"},
}


@pytest.mark.parametrize("profile", ALLOWED)
def test_files_of_every_type_keep_to_their_profile(grebe, seeded, tmp_path, profile):
    count = 20_000
    table = flat_table(seeded, 2000)
    table = pyarrow.concat_tables([table] * (count // 2000))
    # And what other encodings would suit.
    table = table.append_column("sequence", pyarrow.array(range(count)))
    table = table.append_column("runs", pyarrow.array([i // 999 % 2 == 0 for i in range(count)]))
    words = [f"a common start {i}" for i in range(count)]
    table = table.append_column("words", pyarrow.array(words))
    table = table.append_column("price", pyarrow.array([i * 7 % 991 / 100 for i in range(count)]))
    table = table.append_column("list", pyarrow.array([[i] * (i % 3) for i in range(count)]))
    pyarrow.parquet.write_table(table, tmp_path / "f.parquet")
    file = grebe.json("inspect", rewrite(grebe, tmp_path / "f.parquet", profile), "--pages")
    encodings: set = set()
    for chunk in (chunk for group in file["row_groups"] for chunk in group["columns"]):
        assert {page["kind"] for page in chunk["pages"]} <= {"dictionary", "data"}, chunk["column"]
        encodings |= {*chunk["encodings"], *(page["encoding"] for page in chunk["pages"])}
    assert encodings <= ALLOWED[profile]
    # Its columns are those that tell the profiles apart.
    assert profile == "compatible" or {"DELTA_BINARY_PACKED", "DELTA_BYTE_ARRAY"} <= encodings


# The footer

@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("kind", ["float16", "float32", "float64"])
def test_nan_counts_are_those_of_the_values(grebe, tmp_path, profile, kind):
    """Read without Grebe: no reader at hand shows them."""
    nan = math.nan
    rows = [1.5, nan, None, -2.0, nan, nan, None, 0.0]
    values = pyarrow.array(rows, getattr(pyarrow, kind)())
    table = pyarrow.table({
        "f": values, "none": pyarrow.array([0.5] * 8, values.type),
        "all": pyarrow.array([nan] * 8, values.type), "l": pyarrow.array(
            [rows, [], None, [nan]] * 2, pyarrow.list_(values.type)), "i": range(8)})
    pyarrow.parquet.write_table(table, tmp_path / "f.parquet")
    output = rewrite(grebe, tmp_path / "f.parquet", profile)
    data = output.read_bytes()
    [size] = struct.unpack("<I", data[-8:-4])
    footer = page_index.Thrift(data, len(data) - 8 - size).struct()
    [group] = footer[4]
    statistics = {chunk[3][3][0]: chunk[3].get(12, {}) for chunk in group[1]}
    counts = {name.decode(): found.get(9) for name, found in statistics.items()}
    assert counts == {"f": 3, "none": 0, "all": 8, "l": 8, "i": None}
    # What has a NaN has no bounds: older readers would take them for those of every value.
    assert not {5, 6} & {*statistics[b"all"], *statistics[b"f"]}
    assert {5, 6} <= {*statistics[b"none"]}


@pytest.mark.parametrize("profile", PROFILES)
def test_statistics_and_page_indexes(grebe, seeded, tmp_path, profile):
    table = flat_table(seeded, 5000)
    pyarrow.parquet.write_table(table, tmp_path / "f.parquet", row_group_size=5000)
    output = rewrite(grebe, tmp_path / "f.parquet", profile)
    check_footer(output, table)


@pytest.mark.parametrize("profile", PROFILES)
def test_bounds_say_whether_they_are_exact(grebe, seeded, tmp_path, profile):
    """Of columns whose footer DuckDB shows in every profile: no nanoseconds, and no ALP."""
    names = [
        name for name in LEAVES
        if not name.startswith("ns_") and (profile != "modern" or not name.startswith("float"))]
    columns = {
        "long": [f"{i:04}" + "ü" * (i % 90) for i in range(5000)],
        "cut below": [f"{i:04}" + "x" * 61 if i == 0 else f"{i:04}" for i in range(5000)],
        "cut above": [f"{i:04}".encode() + bytes(99) * (i == 4999) for i in range(5000)],
        "whole": [f"{i:04}" + "x" * 60 for i in range(5000)]}
    table = flat_table(seeded, 5000, names)
    for name, values in columns.items():
        table = table.append_column(name, pyarrow.array(values))
    pyarrow.parquet.write_table(table, tmp_path / "f.parquet", row_group_size=5000)
    output = rewrite(grebe, tmp_path / "f.parquet", profile)
    check_footer(output, table)
    exactness = exactness_of_bounds(output)
    said = [exactness[0, table.num_columns - 4 + i] for i in range(4)]
    assert said == [(True, False), (False, True), (True, False), (True, True)]


@pytest.mark.parametrize("index", range(int(os.environ.get("GREBE_RANDOM_FILES", "24")) // 2))
def test_statistics_of_random_files(grebe, seeded, tmp_path, index):
    file = write_random(seeded, tmp_path)
    output = rewrite(grebe, file.path, PROFILES[index % len(PROFILES)])
    check_footer(output, read_pyarrow(file.path))


@pytest.mark.parametrize("profile", PROFILES)
def test_page_indexes_say_what_their_pages_hold(grebe, seeded, tmp_path, profile):
    names = seeded.sample([name for name in LEAVES if name != "null"], 8)
    part = flat_table(seeded, 3000, names)
    table = pyarrow.concat_tables([part] * 15).combine_chunks()
    # Half of the columns in order, so that pages differ and a boundary order is claimed.
    for place in range(0, table.num_columns, 2):
        field, values = table.schema.field(place), table.column(place)
        if not (pyarrow.types.is_dictionary(field.type) or pyarrow.types.is_float16(field.type)):
            order = seeded.choice(["ascending", "descending"])
            values = values.take(pyarrow.compute.array_sort_indices(values, order=order))
            table = table.set_column(place, field, values)
    pyarrow.parquet.write_table(table, tmp_path / "f.parquet")
    output = rewrite(grebe, tmp_path / "f.parquet", profile)
    page_count = 0
    for index, (row_count, element, first_rows, column_index) in enumerate(
            page_index.page_indexes(output)):
        values = table.column(index % table.num_columns)
        assert row_count == table.num_rows
        where = f"{table.schema.names[index]} ({values.type})"
        if column_index is None:
            assert not has_bounds(values.combine_chunks()), where
            continue
        ends = [*first_rows[1:], row_count]
        check_pages(where, values, element, list(zip(first_rows, ends)), column_index)
        page_count += len(first_rows)
    assert page_count > table.num_columns


def check_pages(where, values, element, pages: list[tuple], column_index: dict):
    """Fields of ColumnIndex: null pages, least, greatest, boundary order, null counts."""
    ranges = []
    for page, (start, end) in enumerate(pages):
        here = f"{where}, page {page}"
        found = stored_values(values.slice(start, end - start))
        present = [v for v in found if v is not None]
        assert column_index[1][page] == (not present), here
        assert column_index[5][page] == len(found) - len(present), here
        if not present:
            continue
        low, high = (
            page_index.stored_number(column_index[field][page], element) for field in (2, 3))
        if isinstance(low, bytes):
            assert low <= min(present) and high >= max(present), here
        else:
            assert (low, high) == (min(present), max(present)), here
        ranges.append((low, high))
    ascending = all(a[0] <= b[0] and a[1] <= b[1] for a, b in zip(ranges, ranges[1:]))
    descending = all(a[0] >= b[0] and a[1] >= b[1] for a, b in zip(ranges, ranges[1:]))
    assert [True, ascending, descending][column_index[4]], where


def stored_values(values) -> list:
    """The values as the physical type has them."""
    values = values.combine_chunks()
    if isinstance(values, pyarrow.ChunkedArray):
        values = pyarrow.concat_arrays(values.chunks)
    types, kind = pyarrow.types, values.type
    if types.is_dictionary(kind):
        return stored_values(pyarrow.chunked_array([values.dictionary_decode()]))
    if types.is_decimal(kind):
        context = decimal.Context(prec=60)
        return [
            None if v is None else int(v.scaleb(kind.scale, context)) for v in values.to_pylist()]
    if types.is_temporal(kind):
        width = pyarrow.int32() if kind.bit_width == 32 else pyarrow.int64()
        return values.view(width).to_pylist()
    return [v.encode() if isinstance(v, str) else v for v in values.to_pylist()]


def check_footer(path, source: pyarrow.Table):
    """Row group for row group against the rows that were written."""
    file = pyarrow.parquet.ParquetFile(path)
    assert file.metadata.created_by.startswith("grebe")
    exactness = exactness_of_bounds(path)
    first_row = 0
    for group in range(file.num_row_groups):
        metadata = file.metadata.row_group(group)
        table = source.slice(first_row, metadata.num_rows)
        first_row += metadata.num_rows
        leaves = [leaf for column in table.columns for leaf in leaf_arrays(column)]
        assert len(leaves) == metadata.num_columns
        for index, (values, is_flat) in enumerate(leaves):
            check_chunk(metadata.column(index), values, is_flat, table.num_rows)
            check_exactness(metadata.column(index), values, exactness.get((group, index)))


def exactness_of_bounds(path) -> dict[tuple, tuple]:
    """(row group, leaf) -> whether least and greatest value are exact, as DuckDB reads the footer.

    Empty for a file whose footer it does not show.
    """
    connection = peers.duckdb_connection()
    try:
        return {
            (group, leaf): (is_min, is_max)
            for group, leaf, is_min, is_max in connection.execute(
                "SELECT row_group_id, column_id, min_is_exact, max_is_exact "
                f"FROM parquet_metadata({peers.quoted(path)})").fetchall()}
    except duckdb.Error as error:
        # It has no text for the first and last days that nanoseconds reach.
        is_beyond = "out of range in timestamp_ns conversion" in str(error)
        assert is_beyond or ".modern." in path.name and refusal("duckdb", error), error
        return {}
    finally:
        connection.close()


def check_exactness(chunk, values: pyarrow.Array, exactness: tuple | None):
    """Bounds are called exact where they are values, and not where they were cut."""
    statistics = chunk.statistics
    numbers = ordered(values)
    if exactness is None or not statistics.has_min_max or not numbers:
        return
    where = f"{chunk.path_in_schema} ({values.type})"
    low, high = bounds(statistics, values.type)
    assert exactness == (low == min(numbers), high == max(numbers)), f"{where}: {low!r} {high!r}"
    if isinstance(low, bytes):
        assert max(len(low), len(high)) <= BOUND_BYTES_MAX, where
    else:
        assert exactness == (True, True), where


def check_chunk(chunk, values: pyarrow.Array, is_flat: bool, row_count: int):
    where = f"{chunk.path_in_schema} ({values.type})"
    assert chunk.has_offset_index, where
    # One page without sound bounds takes the index from the whole chunk.
    assert chunk.has_column_index == has_bounds(values), where
    if is_flat:
        assert chunk.num_values == row_count, where
    statistics = chunk.statistics
    assert statistics is not None and statistics.has_null_count, where
    if is_flat:
        assert statistics.null_count == values.null_count, where
    numbers = ordered(values)
    if not statistics.has_min_max:
        assert not numbers or not has_order(values.type), f"{where}: no bounds"
        return
    low, high = bounds(statistics, values.type)
    if not numbers:
        return
    exact = not isinstance(low, (bytes, str))
    assert low == min(numbers) if exact else low <= min(numbers), f"{where}: min {low!r}"
    assert high == max(numbers) if exact else high >= max(numbers), f"{where}: max {high!r}"


def has_bounds(values: pyarrow.Array) -> bool:
    """Whether the values have a least one that all readers agree on: no NaN is among them."""
    if not pyarrow.types.is_floating(values.type):
        return True
    return not any(v is not None and math.isnan(v) for v in values.to_pylist())


def has_order(kind) -> bool:
    """Whether pyarrow shows bounds of such a column: not of bytes that mean something else."""
    return not pyarrow.types.is_floating(kind) and not pyarrow.types.is_null(kind)


def ordered(values: pyarrow.Array) -> list:
    """The values as statistics order them: strings by their bytes, NaN aside."""
    found = [v for v in cells.plain(values.drop_null(), values.type) if v is not None]
    if pyarrow.types.is_floating(values.type):
        return [v for v in found if not math.isnan(v)]
    return [v.encode() if isinstance(v, str) else v for v in found]


def bounds(statistics, kind) -> tuple:
    """Least and greatest value as a footer says, in the terms of `ordered`."""
    if pyarrow.types.is_temporal(kind):
        return statistics.min_raw, statistics.max_raw
    if pyarrow.types.is_float16(kind):
        return tuple(struct.unpack("<e", v)[0] for v in (statistics.min, statistics.max))
    return tuple(
        v.encode() if isinstance(v, str) else v for v in (statistics.min, statistics.max))


def leaf_arrays(column, is_flat=True):
    """The leaves of a column in the order of the file: (values without their parents, flat)."""
    if isinstance(column, pyarrow.ChunkedArray):
        column = column.combine_chunks()
    if isinstance(column, pyarrow.ChunkedArray):
        column = pyarrow.concat_arrays(column.chunks)
    kind = column.type
    types = pyarrow.types
    if types.is_dictionary(kind):
        return leaf_arrays(column.dictionary_decode(), is_flat)
    if types.is_struct(kind):
        # `flatten` hands the nulls of the struct down.
        return [leaf for part in column.flatten() for leaf in leaf_arrays(part, False)]
    if types.is_map(kind):
        within = column.drop_null()
        entries = pyarrow.ListArray.from_arrays(
            within.offsets, pyarrow.StructArray.from_arrays(
                [within.keys, within.items], ["key", "value"])).flatten()
        return [leaf for part in entries.flatten() for leaf in leaf_arrays(part, False)]
    if cells.is_list(kind):
        return leaf_arrays(column.flatten(), False)
    return [(column, is_flat)]
