"""`grebe convert FILE.parquet --into TABLE`: what other writers' files become as a table."""

import datetime
import pathlib
import uuid

import deltalake
import pyarrow
import pyarrow.parquet
import pytest

from test_nested import SCHEMA, data, expected, query


def write(path: pathlib.Path, table: pyarrow.Table, **options) -> str:
    pyarrow.parquet.write_table(table, path, **options)
    return str(path)


def test_nested_files_become_one_table(grebe, tmp_path):
    first = write(tmp_path / "a.parquet", data(0, 2000), row_group_size=300)
    second = write(tmp_path / "b.parquet", data(2000, 1000))
    table = str(tmp_path / "t")
    report = grebe.convert([first, second], table)
    assert report["rows_read"] == report["rows_written"] == 3000
    assert report["bytes_read"] > 0
    back = deltalake.DeltaTable(table).to_pyarrow_table().sort_by("id").select(SCHEMA.names)
    assert expected(back) == expected(data())
    assert query(grebe, f"SELECT * FROM '{table}' ORDER BY id") == expected(data())
    again = grebe.convert([first, second], table)
    assert again["rows_read"] == 0
    assert {source["status"] for source in again["sources"]} == {"already_loaded"}


@pytest.mark.parametrize("threads", [1, 3])
def test_partitions_computed_and_plain(grebe, tmp_path, threads):
    stamps = [datetime.datetime(2026, 1, 1 + i % 5, i % 24) for i in range(500)]
    rows = pyarrow.table({
        "at": pyarrow.array(stamps, pyarrow.timestamp("us")),
        "k": [f"k{i % 3}" for i in range(500)], "n": list(range(500))})
    source = write(tmp_path / "a.parquet", rows, row_group_size=60)
    table = str(tmp_path / "t")
    report = grebe.convert(
        source, table, "--partition-by", "k,day(at)", "--threads", str(threads))
    assert report["partitions"] == 15
    found = deltalake.DeltaTable(table).to_pyarrow_table()
    assert sorted(found["n"].to_pylist()) == list(range(500))
    refused = grebe.run(
        "convert", write(tmp_path / "n.parquet", data(0, 5)), "--into", str(tmp_path / "u"),
        "--partition-by", "tags", code=64)
    assert "tags" in refused.error


def test_types_that_tables_lack(grebe, tmp_path):
    rows = pyarrow.table({
        "t": pyarrow.array([datetime.time(1, 2, 3, 4), None], pyarrow.time64("us")),
        "u": pyarrow.array([uuid.UUID(int=7).bytes, None], pyarrow.binary(16)).cast(pyarrow.uuid()),
        "ns": pyarrow.array([1_999, -1], pyarrow.timestamp("ns", "UTC")),
        "deep": pyarrow.array([[{"ns": 5_001}], None], pyarrow.list_(
            pyarrow.struct([("ns", pyarrow.timestamp("ns"))]))),
        "nothing": pyarrow.nulls(2)})
    table = str(tmp_path / "t")
    done = grebe.run("convert", write(tmp_path / "a.parquet", rows), "--into", table)
    assert "nanoseconds of ns, deep are cut off" in done.stderr
    assert query(grebe, f"SELECT * FROM '{table}'") == [
        {"t": "01:02:03.000004", "u": "00000000-0000-0000-0000-000000000007",
         "ns": "1970-01-01T00:00:00.000001Z", "deep": [{"ns": "1970-01-01T00:00:00.000005"}],
         "nothing": None},
        {"t": None, "u": None, "ns": "1969-12-31T23:59:59.999999Z", "deep": None, "nothing": None}]
    types = {field.name: str(field.type) for field in deltalake.DeltaTable(table).schema().fields}
    assert "string" in types["t"] and "string" in types["nothing"] and "timestamp" in types["ns"]


def test_columns_go_by_name_and_widen(grebe, tmp_path):
    first = write(tmp_path / "a.parquet", pyarrow.table({
        "x": pyarrow.array([1], pyarrow.int32()), "y": ["a"]}))
    second = write(tmp_path / "b.parquet", pyarrow.table({
        "z": [1.5], "x": pyarrow.array([1 << 40], pyarrow.int64())}))
    table = str(tmp_path / "t")
    grebe.convert([first, second], table)
    assert query(grebe, f"SELECT x, y, z FROM '{table}' ORDER BY x") == [
        {"x": 1, "y": "a", "z": None}, {"x": 1 << 40, "y": None, "z": 1.5}]
    third = write(tmp_path / "c.parquet", pyarrow.table({"X": [5]}))
    grebe.convert(third, table)
    assert query(grebe, f"SELECT count(*) AS n FROM '{table}'") == [{"n": 3}]


@pytest.mark.parametrize("columns, options, words", [
    ({"x": ["text"]}, [], "text"), ({"x": [1], "new": [1]}, [], "new"),
    ({"x": [1 << 40]}, [], str(1 << 40)), ({"x": pyarrow.array([None], pyarrow.int32())}, [], "x"),
])
def test_what_does_not_fit_is_refused_and_nothing_is_loaded(
        grebe, tmp_path, columns, options, words):
    table = str(tmp_path / "t")
    grebe.convert(
        write(tmp_path / "a.parquet", pyarrow.table({"x": [1]})), table,
        "--schema", "x INT NOT NULL")
    failed = grebe.run(
        "convert", write(tmp_path / "b.parquet", pyarrow.table(columns)), "--into", table,
        *options, code=65)
    assert words in failed.error and "b.parquet" in failed.error
    assert query(grebe, f"SELECT x FROM '{table}'") == [{"x": 1}]
    assert len(list((tmp_path / "t").glob("*.parquet"))) == 1


def test_text_and_parquet_do_not_mix_and_damage_is_found(grebe, tmp_path):
    good = write(tmp_path / "a.parquet", pyarrow.table({"x": [1]}))
    (tmp_path / "b.csv").write_text("x\n2\n")
    mixed = grebe.run(
        "convert", good, str(tmp_path / "b.csv"), "--into", str(tmp_path / "t"), code=69)
    assert "Parquet" in mixed.error
    (tmp_path / "c.parquet").write_bytes(pathlib.Path(good).read_bytes()[:-9])
    cut = grebe.run(
        "convert", str(tmp_path / "c.parquet"), "--into", str(tmp_path / "t"), code=65)
    assert "c.parquet" in cut.error
    assert not (tmp_path / "t" / "_delta_log").exists()


def test_a_dry_run_and_standard_input(grebe, tmp_path):
    source = write(tmp_path / "a.parquet", data(0, 20))
    shown = grebe.run(
        "convert", source, "--into", str(tmp_path / "t"), "--dry-run", "--format", "json").stdout
    assert '"person"' in shown and not (tmp_path / "t").exists()
    report = grebe.run(
        "convert", "-", "--into", str(tmp_path / "t"), stdin=pathlib.Path(source).read_bytes())
    assert "20 written" in report.stdout
