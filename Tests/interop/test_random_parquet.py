"""Random nested files: read as pyarrow reads them, and rewritten so that all read the same."""

import dataclasses
import os
import pathlib
import random

import duckdb
import polars
import pyarrow
import pyarrow.compute
import pyarrow.parquet
import pytest

import cells
import parquet_corpus as corpus
import peers
from random_parquet import random_settings, random_table

# Enough to notice a mistake; GREBE_RANDOM_FILES=1000 looks further.
FILE_COUNT = int(os.environ.get("GREBE_RANDOM_FILES", "24"))
PROFILES = ["compatible", "standard", "modern"]


def columns_of(table: pyarrow.Table, who: str) -> list[corpus.Truth]:
    return [
        corpus.Truth(field.name, field.type, cells.from_arrow(table.column(index)), who)
        for index, field in enumerate(table.schema)]


def read_pyarrow(path: pathlib.Path) -> pyarrow.Table:
    file = pyarrow.parquet.ParquetFile(path, page_checksum_verification=True)
    table = file.read()
    table.validate(full=True)
    return table


def read_duckdb(path: pathlib.Path) -> pyarrow.Table:
    opinion = corpus.ask_duckdb(path)
    assert opinion.table is not None, f"DuckDB: {opinion.error}"
    return opinion.table


def read_polars(path: pathlib.Path) -> pyarrow.Table:
    return polars.read_parquet(path, hive_partitioning=False).to_arrow()


def assert_columns(found: list[corpus.Truth], wanted: list[corpus.Truth], context: str):
    assert [column.name for column in found] == [column.name for column in wanted], context
    for mine, its in zip(found, wanted):
        assert corpus.same_cells(mine, its), (
            f"{mine.who} and {its.who} differ, {corpus.first_difference(mine, its)}; "
            f"column {mine.name} ({its.kind})\n{context}")


def read_grebe(grebe, path: pathlib.Path, like: list[corpus.Truth]) -> list[corpus.Truth]:
    text = grebe.run("query", f"SELECT * FROM '{path}'", "--format", "ndjson").stdout
    rows = [cells.parse_json(line) for line in text.split("\n") if line]
    assert len(rows) == len(like[0].cells)
    return [
        corpus.Truth(
            column.name, column.kind, [cells.from_json(row[index][1], column.kind) for row in rows],
            "grebe")
        for index, column in enumerate(like)]


def rewrite(grebe, path: pathlib.Path, profile: str) -> pathlib.Path:
    output = path.with_name(f"{path.stem}.{profile}.parquet")
    grebe.run(
        "query", f"SELECT * FROM '{path}'", "--format", "parquet", "--output", output,
        "--parquet-profile", profile)
    return output


@dataclasses.dataclass
class RandomFile:
    path: pathlib.Path
    columns: list[corpus.Truth]
    context: str


def write_random(rng: random.Random, folder: pathlib.Path, for_spark=False) -> RandomFile:
    """A random table in a random layout, as pyarrow writes it and reads it back."""
    path = folder / "random.parquet"
    while True:
        table = random_table(rng, for_spark)
        settings = random_settings(rng, table)
        try:
            pyarrow.parquet.write_table(table, path, **settings)
            columns = columns_of(read_pyarrow(path), "pyarrow, the source")
        except (pyarrow.ArrowException, OSError):
            continue  # Some of its own encodings of nested columns pyarrow cannot read.
        return RandomFile(path, columns, f"{settings}\n{table.schema.to_string()}")


@pytest.mark.parametrize("index", range(FILE_COUNT))
def test_read(grebe, seeded, tmp_path, index):
    file = write_random(seeded, tmp_path)
    assert_columns(read_grebe(grebe, file.path, file.columns), file.columns, file.context)


def field_paths(kind: pyarrow.DataType) -> list[list[int]]:
    """Of every field below a struct, positions from the outside in."""
    if not pyarrow.types.is_struct(kind):
        return []
    return [path for index, field in enumerate(kind)
            for path in [[index]] + [[index] + below for below in field_paths(field.type)]]


@pytest.mark.parametrize("index", range(FILE_COUNT))
def test_some_fields_of_structs(grebe, seeded, tmp_path, index):
    while True:
        file = write_random(seeded, tmp_path)
        table = read_pyarrow(file.path)
        paths = [(column, path) for column, field in enumerate(table.schema)
                 for path in field_paths(field.type)]
        if paths:
            break
    items, wanted = [], []
    for column, path in seeded.sample(paths, min(len(paths), 4)):
        field, name = table.schema.field(column), f'"{table.schema.names[column]}"'
        for place in path:
            field = field.type.field(place)
            name += f'."{field.name}"'
        found = pyarrow.compute.struct_field(table.column(column), path)
        items.append(f"{name} AS x{len(items)}")
        wanted.append(corpus.Truth(
            f"x{len(wanted)}", field.type, cells.from_arrow(found), "pyarrow, the fields"))
    text = grebe.run(
        "query", f"SELECT {', '.join(items)} FROM '{file.path}'", "--format", "ndjson").stdout
    rows = [cells.parse_json(line) for line in text.split("\n") if line]
    assert len(rows) == len(table)
    assert_columns([
        corpus.Truth(column.name, column.kind,
                     [cells.from_json(row[place][1], column.kind) for row in rows], "grebe")
        for place, column in enumerate(wanted)], wanted, f"{items}\n{file.context}")


@pytest.mark.parametrize("index", range(FILE_COUNT))
def test_rewrite(grebe, seeded, tmp_path, index):
    file = write_random(seeded, tmp_path)
    profile = PROFILES[index % len(PROFILES)]
    output = rewrite(grebe, file.path, profile)
    context = f"{output.name}: {file.context}"
    assert_columns(read_grebe(grebe, output, file.columns), file.columns, context)
    for who, read in {"pyarrow": read_pyarrow, "polars": read_polars}.items():
        assert_reads(who, read, output, file.columns, context)
    for column in file.columns:
        column.cells = list(map(corpus.cut_to_micros, column.cells))
    assert_reads("duckdb", read_duckdb, output, file.columns, context)


# What readers say of encodings of the modern profile that they have no code for: ALP, which makes
# the footer unreadable to most, and BYTE_STREAM_SPLIT. By the first word of a reader's name.
REFUSALS = {
    "pyarrow": ["Unknown encoding type"],
    "polars": ["Thrift out of range"],
    "duckdb": [
        "TProtocolException: Invalid data",
        "BYTE_STREAM_SPLIT encoding is only supported for FLOAT or DOUBLE data"],
    "Spark": [
        "Required field 'encoding' was not present! Struct: PageEncodingStats",
        "Unsupported encoding: BYTE_STREAM_SPLIT", "no byte stream split reader for type"],
}


def refusal(who: str, error: BaseException) -> str | None:
    """Which of the refusals an error is; None for any other."""
    text = str(error)
    return next((part for part in REFUSALS[who.split()[0].strip(",")] if part in text), None)


def assert_reads(who: str, read, path: pathlib.Path, wanted: list[corpus.Truth], context: str):
    """The reader finds the cells; encodings of the modern profile it may refuse, not misread."""
    try:
        table = read(path)
    except (Exception, polars.exceptions.PanicException) as error:
        if ".modern." in path.name and refusal(who, error):
            return
        raise AssertionError(f"{who} does not read {context}") from error
    assert_columns(columns_of(table, who), wanted, context)


@pytest.mark.parametrize("encoding", ["PLAIN", "BYTE_STREAM_SPLIT", "DELTA_BYTE_ARRAY"])
def test_half_floats(grebe, tmp_path, encoding):
    """Two bytes in the file, four in memory: found by the tests above."""
    values = pyarrow.array([i / 8 - 100 for i in range(2000)], pyarrow.float16())
    path = tmp_path / "f.parquet"
    pyarrow.parquet.write_table(
        pyarrow.table({"x": values}), path, use_dictionary=False, column_encoding={"x": encoding})
    wanted = columns_of(read_pyarrow(path), "pyarrow")
    assert_columns(read_grebe(grebe, path, wanted), wanted, encoding)


# Types of DuckDB's own that its Parquet writer has, nested ones among them.
DUCKDB_TYPES = [
    "bool", "tinyint", "smallint", "int", "bigint", "utinyint", "usmallint", "uint", "ubigint",
    "date", "time", "timestamp", "timestamp_ms", "timestamp_ns", "timestamp_tz", "float", "double",
    "dec_4_1", "dec_9_4", "dec_18_6", "dec38_10", "uuid", "interval", "varchar", "blob",
    "small_enum", "int_array", "double_array", "date_array", "timestamp_array", "varchar_array",
    "nested_int_array", "struct", "struct_of_arrays", "array_of_structs", "map",
]


@pytest.mark.parametrize("column", DUCKDB_TYPES)
@pytest.mark.parametrize("version", ["v1", "v2"])
def test_every_type_of_duckdb(grebe, tmp_path, column, version):
    """DuckDB's extremes of each type, which it reads back from its file."""
    path = tmp_path / "f.parquet"
    connection = peers.duckdb_connection()
    connection.execute("SET timezone = 'UTC'")
    connection.execute(
        f'COPY (SELECT "{column}" FROM test_all_types()) TO {peers.quoted(path)} '
        f"(FORMAT parquet, PARQUET_VERSION {version})")
    connection.close()
    wanted = columns_of(read_duckdb(path), "duckdb")
    assert_columns(read_grebe(grebe, path, wanted), wanted, column)


@pytest.mark.parametrize("column", [*DUCKDB_TYPES, "geometry"])
@pytest.mark.parametrize("profile", PROFILES)
def test_duckdb_reads_its_types_written_again(grebe, tmp_path, column, profile):
    """In the types that it made of its own file, INTERVAL, UUID and GEOMETRY among them."""
    path = tmp_path / "f.parquet"
    rows = (
        f'SELECT "{column}" AS x FROM test_all_types()' if column != "geometry" else
        "SELECT unnest(['POINT (1 2)', NULL, 'LINESTRING (0 0, 1 1)'])::GEOMETRY AS x")
    connection = peers.duckdb_connection()
    connection.execute("SET timezone = 'UTC'")
    connection.execute(f"COPY ({rows}) TO {peers.quoted(path)} (FORMAT parquet)")
    output = rewrite(grebe, path, profile)
    query = "SELECT typeof(x), x::VARCHAR FROM read_parquet({})"
    wanted = connection.execute(query.format(peers.quoted(path))).fetchall()
    try:
        found = connection.execute(query.format(peers.quoted(output))).fetchall()
    except duckdb.Error as error:
        assert profile == "modern" and refusal("duckdb", error), column
        return
    finally:
        connection.close()
    assert found == wanted
    assert len(found) == 3
