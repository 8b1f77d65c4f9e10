"""How a conversion lays rows out: partitions, spilled rows, sorted files. Others read them."""

import datetime
import pathlib
import re

import pyarrow.parquet
import pytest

import dumps
import peers


def many_keys(row_count: int, key_count: int) -> dumps.Dump:
    """Rows over many partitions, with nulls, text and numbers, in no order."""
    return dumps.Dump(
        {"k": "long", "day": "date", "name": "string", "x": "double", "id": "long"},
        [(None if i % 501 == 0 else i * 7919 % key_count,
          None if i % 97 == 0 else datetime.date(2024, 1, 1 + i * 31 % 28),
          None if i % 11 == 0 else f"name {i * 2654435761 % 10_007}",
          None if i % 13 == 0 else i * 31 % 1009 / 8, i) for i in range(row_count)])


def convert(grebe, dump: dumps.Dump, table: pathlib.Path, *options) -> dict:
    source = dump.write(table.parent / f"{table.name}.csv")
    return grebe.convert(source, table, "--schema", dump.ddl, *options)


def test_many_partitions_in_little_memory_are_a_file_each(grebe, tmp_path):
    dump = many_keys(40_000, key_count=999)
    report = convert(grebe, dump, tmp_path / "t", "--partition-by", "k", "--memory", "16MiB")
    assert report["files_written"] == 1000  # One for the rows without a key.
    peers.assert_all_read(tmp_path / "t", dump.names, dump.rows, version=0)


@pytest.mark.parametrize("order", ["x", "name desc", "day,name,x desc"])
@pytest.mark.parametrize("partition", [[], ["--partition-by", "day"]], ids=["whole", "by day"])
def test_sorted_files_are_sorted_and_complete(grebe, tmp_path, order, partition):
    dump = many_keys(30_000, key_count=50)
    convert(
        grebe, dump, tmp_path / "t", "--sort-by", order, "--target-file-size", "100KB",
        "--memory", "16MiB", *partition)
    peers.assert_all_read(tmp_path / "t", dump.names, dump.rows, version=0)
    keys = [
        (name, "desc" in term) for term in order.split(",") for name in term.split()[:1]
        if not (partition and name == "day")]
    for path in peers.data_files(tmp_path / "t"):
        file = pyarrow.parquet.ParquetFile(path)
        told = file.metadata.row_group(0).sorting_columns
        names = file.schema_arrow.names
        assert [(names[column.column_index], column.descending) for column in told] == keys
        found = file.read()
        # The other direction of DuckDB's sort: one that knows nothing of how the file was made.
        terms = ", ".join(
            f'"{name}" ' + ("DESC NULLS LAST" if desc else "ASC NULLS FIRST")
            for name, desc in keys)
        rows = peers.DUCKDB.execute(f"SELECT * FROM found ORDER BY {terms}, id").fetchall()
        assert peers.DUCKDB.execute("SELECT * FROM found").fetchall() == rows


def test_sorted_rows_are_passed_over_by_their_bounds(grebe, tmp_path):
    dump = many_keys(60_000, key_count=50)
    for name, options in {"sorted": ["--sort-by", "x"], "plain": []}.items():
        convert(grebe, dump, tmp_path / name, "--target-file-size", "100KB", *options)
    where = "WHERE x < 10"
    assert [grebe.query(f"SELECT count(*) AS n FROM '{tmp_path / name}' {where}")
            for name in ("sorted", "plain")] == [[{"n": sum(
                row[3] is not None and row[3] < 10 for row in dump.rows)}]] * 2
    read = {}
    for name in ("sorted", "plain"):
        plan = grebe.run("query", "--explain", f"SELECT id FROM '{tmp_path / name}' {where}").stdout
        read[name] = int(re.search(r"^rows read: +(\d+)", plan, re.MULTILINE)[1])
    assert read["plain"] == len(dump.rows) and read["sorted"] < len(dump.rows) / 4, read


@pytest.mark.parametrize("options", [[], ["--sort-by", "x"], ["--partition-by", "day"]], ids=str)
def test_files_are_neither_crumbs_nor_much_beyond_the_size_asked_for(grebe, tmp_path, options):
    dump = many_keys(200_000, key_count=50)
    convert(grebe, dump, tmp_path / "t", "--target-file-size", "200KB", *options)
    sizes: dict = {}
    for path in peers.data_files(tmp_path / "t"):
        sizes.setdefault(path.parent, []).append(path.stat().st_size)
    for found in sizes.values():
        # What is left of a partition, or of the table, is one file.
        *others, _ = sorted(found, reverse=True)
        assert all(100_000 < size < 400_000 for size in others), found
        assert max(found) < 400_000
    assert len(sizes) == (28 + 1 if options[:1] == ["--partition-by"] else 1)
    if len(sizes) == 1:
        assert len(*sizes.values()) > 2
