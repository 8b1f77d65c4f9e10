"""Grebe writes, others read: every type, every layout, every codec, equal rows."""

import datetime
import json
import pathlib

import deltalake
import pyarrow.parquet
import pytest

import dumps
import peers

CODECS = {
    "zstd": "ZSTD", "zstd:3": "ZSTD", "gzip:9": "GZIP", "brotli": "BROTLI",
    "lz4": "LZ4", "snappy": "SNAPPY", "none": "UNCOMPRESSED"}

DELTA_NAMES = {"int": "integer", "decimal(12,2)": "decimal(12,2)"}


def convert(grebe, dump: dumps.Dump, table: pathlib.Path, *options, **spelling) -> dict:
    source = dump.write(table.parent / f"{table.name}.csv", **spelling)
    return grebe.convert(source, table, "--schema", dump.ddl, *options)


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_every_type_with_nulls_and_edges(grebe, tmp_path, newline):
    dump = dumps.every_type(3000, seed=1)
    if newline == "\r\n":  # A bare line break inside quotes stays what it is in either dialect.
        dump = dumps.every_type(500, seed=2)
    report = convert(grebe, dump, tmp_path / "t", newline=newline)
    assert (report["rows_read"], report["version"]) == (len(dump.rows), 0)
    peers.assert_files_hold(tmp_path / "t", dump.names, dump.rows)
    peers.assert_all_read(tmp_path / "t", dump.names, dump.rows, version=0)
    fields = deltalake.DeltaTable(str(tmp_path / "t")).schema().fields
    assert {field.name: field.type.type for field in fields} == {
        name: DELTA_NAMES.get(kind, kind) for name, kind in dump.columns.items()}


@pytest.mark.parametrize("codec", CODECS)
def test_every_codec(grebe, tmp_path, codec):
    dump = dumps.every_type(1000, seed=3)
    convert(grebe, dump, tmp_path / "t", "--compression", codec)
    peers.assert_files_hold(tmp_path / "t", dump.names, dump.rows)
    peers.assert_all_read(tmp_path / "t", dump.names, dump.rows)
    for path in peers.data_files(tmp_path / "t"):
        group = pyarrow.parquet.ParquetFile(path).metadata.row_group(0)
        found = {group.column(i).compression for i in range(group.num_columns)}
        assert found == {CODECS[codec]}


# What `delta.parquet.compression.codec` may say, and how files are compressed then.
TABLE_CODECS = {
    "uncompressed": "UNCOMPRESSED", "none": "UNCOMPRESSED", "SNAPPY": "SNAPPY", "gzip": "GZIP",
    "lz4": "LZ4", "lz4_raw": "LZ4", "Zstd": "ZSTD", "brotli": "BROTLI", "rar": "ZSTD",
    "gzip:9": "ZSTD"}


@pytest.mark.parametrize("codec", TABLE_CODECS)
def test_a_table_says_how_its_files_are_compressed(grebe, tmp_path, codec):
    """By every command that writes some, unless it is told otherwise."""
    table = tmp_path / "t"
    rows = pyarrow.table({"n": range(2000), "s": ["some text"] * 2000})
    deltalake.write_deltalake(str(table), rows)
    # As others may have set it, who take any value.
    entry = table / "_delta_log" / f"{0:020}.json"
    lines = [json.loads(line) for line in entry.read_text().splitlines()]
    for line in lines:
        if "metaData" in line:
            line["metaData"]["configuration"]["delta.parquet.compression.codec"] = codec
    entry.write_text("".join(json.dumps(line) + "\n" for line in lines))
    source = tmp_path / "new.csv"
    known = {path for path in peers.data_files(table)}

    def written(*arguments) -> set[str]:
        """How the files are compressed that a command writes."""
        outcome = grebe.run(*arguments)
        assert (f"is {codec}, not uncompressed" in outcome.stderr) == (
            codec in ("rar", "gzip:9") and "--compression" not in arguments), outcome.stderr
        files = set(peers.data_files(table)) - known
        known.update(files)
        groups = [pyarrow.parquet.ParquetFile(path).metadata.row_group(0) for path in files]
        return {group.column(0).compression for group in groups}

    wanted = {TABLE_CODECS[codec]}
    source.write_text("n,s\n" + "5000,more\n" * 500)
    assert written("convert", source, "--into", table) == wanted
    source.write_text("n,s\n" + "6000,more\n" * 500)
    assert written("convert", source, "--into", table, "--force", "--compression", "gzip:9") == {
        "GZIP"}
    assert written("delete", table, "--where", "n = 7") == wanted
    assert written("compact", table) == wanted
    wide = ["convert", source, "--into", table, "--on-type-conflict", "widen", "--force"]
    source.write_text("n,s\n0.5,wide\n")
    assert written(*wide) == wanted
    assert written(
        "convert", source, "--into", table, "--mode", "overwrite", "--force") == wanted
    grebe.run("checkpoint", table)
    [checkpoint] = (table / "_delta_log").glob("*.checkpoint.parquet")
    group = pyarrow.parquet.ParquetFile(checkpoint).metadata.row_group(0)
    assert {group.column(i).compression for i in range(group.num_columns)} == wanted
    assert grebe.query(f"SELECT count(*) AS n FROM '{table}'") == [{"n": 1}]


@pytest.mark.parametrize("null_share", [0, 1], ids=["no nulls", "nothing but nulls"])
def test_extreme_shares_of_nulls(grebe, tmp_path, null_share):
    dump = dumps.every_type(400, seed=4, null_share=null_share)
    convert(grebe, dump, tmp_path / "t")
    peers.assert_files_hold(tmp_path / "t", dump.names, dump.rows)
    peers.assert_all_read(tmp_path / "t", dump.names, dump.rows)


def test_many_rows_in_many_pages_and_files(grebe, tmp_path):
    # 60,000 rows of near-unique strings outgrow a dictionary and a page.
    dump = dumps.Dump(
        {"id": "long", "key": "string", "few": "string", "x": "double"},
        [(i, f"{i * 2654435761 % 2**32:010d}-{i}", f"v{i % 7}", i / 7) for i in range(60_000)])
    convert(grebe, dump, tmp_path / "t", "--target-file-size", "1MB")
    peers.assert_files_hold(tmp_path / "t", dump.names, dump.rows)
    peers.assert_all_read(tmp_path / "t", dump.names, dump.rows)


def test_an_empty_dump_makes_an_empty_table(grebe, tmp_path):
    dump = dumps.Dump({"id": "long", "name": "string"}, [])
    assert convert(grebe, dump, tmp_path / "t")["rows_read"] == 0
    peers.assert_all_read(tmp_path / "t", dump.names, [])


def test_statistics_and_page_index_are_there(grebe, tmp_path):
    dump = dumps.orders(5000, seed=5)
    convert(grebe, dump, tmp_path / "t")
    adds = deltalake.DeltaTable(str(tmp_path / "t")).get_add_actions(flatten=True)
    adds = peers.pyarrow.table(adds).to_pylist()
    assert sum(add["num_records"] for add in adds) == 5000
    assert min(add["min.id"] for add in adds) == 0
    assert max(add["max.id"] for add in adds) == 4999
    assert sum(add["null_count.region"] for add in adds) == sum(r[1] is None for r in dump.rows)
    assert min(add["min.day"] for add in adds) == min(row[2] for row in dump.rows)
    for path in peers.data_files(tmp_path / "t"):
        group = pyarrow.parquet.ParquetFile(path).metadata.row_group(0)
        columns = [group.column(i) for i in range(group.num_columns)]
        assert all(column.is_stats_set for column in columns)
        assert all(column.has_column_index and column.has_offset_index for column in columns)


AWKWARD = ["a b", "a/b", "50%", "é", "日本", "a=b", "x:y", "#1?", None, 'q"q', "back\\slash", "a+b",
           "tab\tx", "{}", "[z]", "%20", "it's", "..", "a&b;c", "*", "line\nbreak", "x" * 100]


def test_awkward_partition_values(grebe, tmp_path):
    dump = dumps.Dump(
        {"id": "long", "p": "string", "n": "long"},
        [(i, AWKWARD[i % len(AWKWARD)], i * 2) for i in range(3 * len(AWKWARD))])
    convert(grebe, dump, tmp_path / "t", "--partition-by", "p")
    peers.assert_all_read(tmp_path / "t", dump.names, dump.rows)
    peers.assert_files_hold(tmp_path / "t", ["id", "n"], dump.without("p"))
    found = grebe.query(f"SELECT * FROM '{tmp_path / 't'}'")
    peers.assert_same_rows(dump.parse(found), dump.rows, "grebe")


def test_an_empty_string_as_partition_value_is_null(grebe, tmp_path):
    # The protocol has one spelling for both.
    dump = dumps.Dump({"id": "long", "p": "string"}, [(1, ""), (2, None), (3, "x")])
    convert(grebe, dump, tmp_path / "t", "--partition-by", "p")
    peers.assert_all_read(tmp_path / "t", dump.names, [(1, None), (2, None), (3, "x")])


PARTITION_TYPES = {
    "boolean": [True, False, None], "int": [1, -5, None], "long": [2**62, 0, None],
    "date": [datetime.date(2024, 2, 29), datetime.date(1969, 12, 31), None],
    "timestamp": [datetime.datetime(2024, 2, 29, 12, 30, 1, 250000, datetime.timezone.utc), None],
    "decimal(12,2)": [dumps.Decimal("1.50"), dumps.Decimal("-0.01"), None],
}


@pytest.mark.parametrize("kind", PARTITION_TYPES)
def test_partition_columns_of_every_type(grebe, tmp_path, kind):
    values = PARTITION_TYPES[kind]
    dump = dumps.Dump(
        {"id": "long", "p": kind}, [(i, values[i % len(values)]) for i in range(60)])
    convert(grebe, dump, tmp_path / "t", "--partition-by", "p")
    assert len(deltalake.DeltaTable(str(tmp_path / "t")).partitions()) == len(values)
    peers.assert_all_read(tmp_path / "t", dump.names, dump.rows)
    found = grebe.query(f"SELECT * FROM '{tmp_path / 't'}'")
    peers.assert_same_rows(dump.parse(found), dump.rows, "grebe")


def test_two_partition_columns(grebe, tmp_path):
    dump = dumps.orders(2000, seed=6)
    convert(grebe, dump, tmp_path / "t", "--partition-by", "region,note")
    peers.assert_all_read(tmp_path / "t", dump.names, dump.rows)
    wanted = {(row[1], row[4]) for row in dump.rows}
    assert len(deltalake.DeltaTable(str(tmp_path / "t")).partitions()) == len(wanted)


def test_partition_by_month_of_a_date(grebe, tmp_path):
    dump = dumps.orders(2000, seed=7)
    convert(grebe, dump, tmp_path / "t", "--partition-by", "month(day)")
    table = deltalake.DeltaTable(str(tmp_path / "t"))
    assert len(table.partitions()) == 12
    assert "day_month" in [field.name for field in table.schema().fields]
    peers.assert_all_read(tmp_path / "t", dump.names, dump.rows)
