"""Parquet files of other writers, read as `FROM 'file.parquet'` and printed in every format."""

import csv
import datetime
import io
import pathlib
import struct
from decimal import Decimal

import polars
import pyarrow
import pyarrow.parquet
import pytest

import dumps
import peers
from test_read_tables import arrow_table

UTC = datetime.timezone.utc
STAMPS = [
    datetime.datetime(2026, 1, 2, 3, 4, 5, 678000, UTC), datetime.datetime(1960, 6, 1, tzinfo=UTC)]

# Column name -> (Arrow type, how Grebe's text is parsed, values).
FLAT = {
    "int8": (pyarrow.int8(), "int", [-128, 127]),
    "int16": (pyarrow.int16(), "int", [-32768, 32767]),
    "int32": (pyarrow.int32(), "int", [-(2**31), 2**31 - 1]),
    "int64": (pyarrow.int64(), "long", [-(2**63), 2**63 - 1]),
    "uint8": (pyarrow.uint8(), "int", [0, 255]),
    "uint16": (pyarrow.uint16(), "int", [0, 65535]),
    "uint32": (pyarrow.uint32(), "long", [0, 2**32 - 1]),
    "float32": (pyarrow.float32(), "float", [0.5, struct.unpack("f", struct.pack("f", 0.1))[0]]),
    "float64": (pyarrow.float64(), "double", [0.1, -1e300]),
    "boolean": (pyarrow.bool_(), "boolean", [True, False, True]),
    "decimal9": (pyarrow.decimal128(9, 2), "decimal(9,2)", [Decimal("1.50"), Decimal("-0.01")]),
    "decimal18": (pyarrow.decimal128(18, 4), "decimal(18,4)", [Decimal("12345678901234.5678")]),
    "decimal38": (pyarrow.decimal128(38, 10), "decimal(38,10)", dumps.EDGES["decimal(38,10)"]),
    "date": (pyarrow.date32(), "date", dumps.EDGES["date"]),
    "micros": (pyarrow.timestamp("us", "UTC"), "timestamp", STAMPS),
    "millis": (pyarrow.timestamp("ms", "UTC"), "timestamp", STAMPS),
    "text": (pyarrow.string(), "string", ["", *dumps.EDGES["string"]]),
    "large_text": (pyarrow.large_string(), "string", ["a", "b"]),
    "all_null": (pyarrow.int64(), "long", [None]),
}


def flat_dump(row_count=700) -> tuple[dumps.Dump, pyarrow.Table]:
    def cell(index, values):
        return None if index % 11 == 3 else values[index % len(values)]

    rows = [tuple(cell(i, values) for _, _, values in FLAT.values()) for i in range(row_count)]
    dump = dumps.Dump({name: kind for name, (_, kind, _) in FLAT.items()}, rows)
    columns = {
        name: pyarrow.array([row[i] for row in rows], kind)
        for i, (name, (kind, _, _)) in enumerate(FLAT.items())}
    return dump, pyarrow.table(columns)


def assert_grebe_reads(grebe, path: pathlib.Path, dump: dumps.Dump):
    found = dump.parse(grebe.query(f"SELECT * FROM '{path}'"))
    peers.assert_same_rows(found, dump.rows, f"grebe, {path.name}")


@pytest.mark.parametrize("codec", ["none", "snappy", "gzip", "zstd", "brotli", "lz4"])
@pytest.mark.parametrize("dictionary", [True, False], ids=["dictionary", "plain"])
def test_pyarrow(grebe, tmp_path, codec, dictionary):
    dump, data = flat_dump()
    pyarrow.parquet.write_table(
        data, tmp_path / "f.parquet", compression=codec, use_dictionary=dictionary,
        row_group_size=300, data_page_size=2048, data_page_version="1.0")
    assert_grebe_reads(grebe, tmp_path / "f.parquet", dump)


def test_pyarrow_required_columns_and_no_statistics(grebe, tmp_path):
    dump = dumps.Dump({"a": "long", "b": "string"}, [(i, f"s{i}") for i in range(1000)])
    schema = pyarrow.schema([
        pyarrow.field("a", pyarrow.int64(), nullable=False),
        pyarrow.field("b", pyarrow.string(), nullable=False)])
    data = arrow_table(dump).cast(schema)
    pyarrow.parquet.write_table(data, tmp_path / "f.parquet", write_statistics=False)
    assert_grebe_reads(grebe, tmp_path / "f.parquet", dump)


def test_an_empty_file(grebe, tmp_path):
    dump, data = flat_dump(row_count=3)
    pyarrow.parquet.write_table(data.slice(0, 0), tmp_path / "f.parquet")
    assert grebe.query(f"SELECT * FROM '{tmp_path / 'f.parquet'}'") == []


@pytest.mark.parametrize("codec", ["uncompressed", "snappy", "gzip", "zstd", "brotli"])
def test_duckdb(grebe, tmp_path, codec):
    dump = dumps.every_type(3000, seed=1)
    connection = peers.duckdb_connection()
    connection.register("source", arrow_table(dump))
    connection.execute(
        f"COPY source TO '{tmp_path / 'f.parquet'}' (FORMAT parquet, COMPRESSION {codec})")
    connection.close()
    assert_grebe_reads(grebe, tmp_path / "f.parquet", dump)


@pytest.mark.parametrize("codec", ["uncompressed", "snappy", "gzip", "zstd", "brotli"])
def test_polars(grebe, tmp_path, codec):
    dump = dumps.every_type(3000, seed=2)
    polars.from_arrow(arrow_table(dump)).write_parquet(
        tmp_path / "f.parquet", compression=codec, row_group_size=1000)
    assert_grebe_reads(grebe, tmp_path / "f.parquet", dump)


@pytest.mark.parametrize("stamps", ["INT96", "TIMESTAMP_MICROS"])
@pytest.mark.parametrize("codec", ["none", "snappy", "gzip"])
def test_spark(grebe, spark, tmp_path, codec, stamps):
    # Spark takes its rows from a file, so that no Python worker has to run.
    dump = dumps.every_type(800, seed=3)
    pyarrow.parquet.write_table(arrow_table(dump), tmp_path / "in.parquet", coerce_timestamps="us")
    spark.conf.set("spark.sql.parquet.outputTimestampType", stamps)
    frame = spark.read.parquet(str(tmp_path / "in.parquet"))
    frame.coalesce(1).write.option("compression", codec).parquet(str(tmp_path / "out"))
    [path] = (tmp_path / "out").glob("*.parquet")
    peers.assert_same_rows(peers.read_parquet_pyarrow(path, dump.names), dump.rows, "pyarrow")
    assert_grebe_reads(grebe, path, dump)


def test_formats_agree(grebe, tmp_path):
    dump = dumps.every_type(200, seed=4)
    pyarrow.parquet.write_table(arrow_table(dump), tmp_path / "f.parquet")
    sql = f"SELECT * FROM '{tmp_path / 'f.parquet'}'"
    document = grebe.json("query", sql)
    peers.assert_same_rows(dump.parse(document), dump.rows, "json")
    assert document == grebe.query(sql)

    text = grebe.run("query", sql, "--format", "csv").stdout
    [header, *records] = csv.reader(io.StringIO(text, newline=""))
    assert header == dump.names
    found = [dict(zip(header, (cell or None for cell in record))) for record in records]
    peers.assert_same_rows(dump.parse(found), dump.rows, "csv")

    output = tmp_path / "copy.parquet"
    grebe.run("query", sql, "--format", "parquet", "--output", output)
    peers.assert_same_rows(peers.read_parquet_duckdb(output, dump.names), dump.rows, "parquet")
    for other in ("table", "markdown"):
        assert "a_timestamp" in grebe.run("query", sql, "--format", other).stdout


def test_decimals_of_more_digits_than_sql_has_are_refused_by_name(grebe, tmp_path):
    wide = pyarrow.array([Decimal("1.25"), None], pyarrow.decimal256(50, 2))
    lists = pyarrow.array([[Decimal(5)], []], pyarrow.list_(pyarrow.decimal256(39, 0)))
    path = tmp_path / "f.parquet"
    pyarrow.parquet.write_table(
        pyarrow.table({"id": [1, 2], "wide": wide, "many": lists}), path)
    sources = [("wide", "decimal(50,2)"), ("many", "decimal(39,0)")]
    for name, kind in sources:
        refused = grebe.run("query", f"SELECT {name} FROM '{path}'", code=69)
        assert name in refused.error and kind in refused.error
        assert refused.stdout == ""
    refused = grebe.run("convert", path, "--into", tmp_path / "t", code=69)
    assert any(name in refused.error and kind in refused.error for name, kind in sources)
    assert not (tmp_path / "t" / "_delta_log").exists()
    # The other columns are as good as ever.
    assert grebe.query(f"SELECT id FROM '{path}'") == [{"id": 1}, {"id": 2}]


@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_an_error_names_file_row_group_column_page_and_offset(grebe, tmp_path, version):
    path = tmp_path / "f.parquet"
    pyarrow.parquet.write_table(
        pyarrow.table({"a": range(2000), "b": [f"text {i}" for i in range(2000)]}), path,
        row_group_size=1000, data_page_size=1000, write_batch_size=100, use_dictionary=False,
        write_page_checksum=True, data_page_version=version, compression="none")
    chunks = grebe.json("inspect", path, "--pages")["row_groups"][1]["columns"]
    page = chunks[1]["pages"][2]
    data = bytearray(path.read_bytes())
    data[page["offset"] + page["header_bytes"] + 7] ^= 0x20
    path.write_bytes(data)
    place = f'(row group 1, column "b", page 2, byte {page["offset"]})'
    failed = grebe.run("convert", path, "--into", tmp_path / "t", code=65)
    assert failed.error.endswith(f"{place} ({path})") and "checksum" in failed.error, failed
    failed = grebe.run("query", f"SELECT b FROM '{path}'", code=65)
    assert place in failed.error and str(path) in failed.error
    # Nobody reads that page.
    assert grebe.query(f"SELECT sum(a) AS s FROM '{path}'") == [{"s": 1999000}]


# Name -> what is stored. pyarrow's writer does not look at values.
OUT_OF_TYPE = {
    "time before midnight": pyarrow.array([0, -1], pyarrow.int32()).view(pyarrow.time32("ms")),
    "time past 24 hours": pyarrow.array([86_400_000_001], pyarrow.int64()).view(
        pyarrow.time64("us")),
    "nanoseconds past 24 hours": pyarrow.array([86_400_000_000_001], pyarrow.int64()).view(
        pyarrow.time64("ns")),
    "four digits as three": pyarrow.Array.from_buffers(
        pyarrow.decimal128(3, 1), 2,
        [None, pyarrow.py_buffer(b"".join(n.to_bytes(16, "little") for n in (999, 1000)))]),
}


@pytest.mark.parametrize("name", OUT_OF_TYPE)
@pytest.mark.parametrize("dictionary", [True, False], ids=["dictionary", "plain"])
def test_a_number_that_its_type_does_not_hold_is_refused(grebe, tmp_path, name, dictionary):
    path = tmp_path / "f.parquet"
    pyarrow.parquet.write_table(
        pyarrow.table({"a": OUT_OF_TYPE[name]}), path, use_dictionary=dictionary,
        write_statistics=False)
    table = tmp_path / "t"
    for arguments in (["head", path], ["convert", path, "--into", table]):
        error = grebe.run(*arguments, code=65).error
        assert "a number that the column's type does not hold" in error
        assert 'row group 0, column "a", page 0' in error and "f.parquet" in error
    assert not table.exists()


def test_head_says_in_terms_of_the_file_what_it_cannot_show(grebe, tmp_path):
    wide = tmp_path / "wide.parquet"
    pyarrow.parquet.write_table(
        pyarrow.table({
            "a": pyarrow.array([Decimal(1)], pyarrow.decimal256(76, 0)), "b": [1], "c d": [2]}),
        wide)
    outcome = grebe.run("head", wide, code=69)
    assert outcome.error == (
        'grebe: error: column "a" has the type decimal(76,0), which this build does not read '
        f"({wide})")
    assert outcome.hint == f"""hint: grebe query "SELECT b FROM '{wide}'" reads other columns"""
    assert grebe.query(f"SELECT b FROM '{wide}'") == [{"b": 1}]
    twice = tmp_path / "twice.parquet"
    pyarrow.parquet.write_table(
        pyarrow.Table.from_arrays(
            [pyarrow.array([1]), pyarrow.array([2]), pyarrow.array([3])], ["a", "b", "a"]), twice)
    outcome = grebe.run("head", twice, code=65)
    assert outcome.error == f'grebe: error: the file has two columns "a" ({twice})'
    assert grebe.query(f"SELECT b FROM '{twice}'") == [{"b": 2}]


@pytest.mark.parametrize("unit", ["us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC"])
def test_a_literal_finer_than_microseconds_is_what_it_says(grebe, tmp_path, unit, zone):
    path = tmp_path / "f.parquet"
    micros = 1_700_000_000_123_456
    scale = 1 if unit == "us" else 1000
    values = [micros * scale, (micros + 1) * scale] + ([micros * 1000 + 789] if scale > 1 else [])
    pyarrow.parquet.write_table(pyarrow.table({
        "id": range(len(values)), "t": pyarrow.array(values, pyarrow.timestamp(unit, zone))}), path)
    word = "TIMESTAMP" if zone else "TIMESTAMP_NTZ"
    fine = "2023-11-14T22:13:20.123456789"
    exact = [2] if unit == "ns" else []

    def ids(condition: str) -> list[int]:
        rows = grebe.query(f"SELECT id FROM '{path}' WHERE {condition} ORDER BY id")
        return [row["id"] for row in rows]

    for literal in (f"{word} '{fine}'", f"'{fine}'"):
        assert ids(f"t = {literal}") == ids(f"t IN ({literal})") == exact
        assert ids(f"t BETWEEN {literal} AND {literal}") == exact
        assert ids(f"t < {literal}") == [0]
        assert ids(f"t > {literal}") == [1]
        assert ids(f"t <= {literal}") == [0] + exact
    assert ids(f"t = {word} '{fine[:-3]}'") == [0]
    assert ids(f"t = {word} '{fine[:-3]}000'") == [0]
    table = tmp_path / "t"
    grebe.convert(path, table)
    assert "no row matches" in grebe.run(
        "delete", table, "--where", f"t = {word} '{fine}'").stdout
