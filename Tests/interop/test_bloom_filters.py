"""Bloom filters that the command was asked for, as DuckDB probes them."""

import datetime
import json

import pyarrow
import pyarrow.parquet
import pytest

import peers

ROWS = 3000
DAY = datetime.date(1970, 1, 1)

# Column -> (Arrow type, value by number, SQL of it for DuckDB). The even numbers are in the file:
# odd ones lie within the bounds.
COLUMNS = {
    "id": (pyarrow.int64(), lambda i: i, lambda v: f"{v}::BIGINT"),
    "small": (pyarrow.int32(), lambda i: i, lambda v: f"{v}::INTEGER"),
    "word": (pyarrow.string(), lambda i: f"w{i}", lambda v: f"'{v}'"),
    "day": (pyarrow.date32(), lambda i: DAY + datetime.timedelta(i), lambda v: f"DATE '{v}'"),
    "real": (pyarrow.float64(), lambda i: i / 4, lambda v: f"{v}::DOUBLE"),
}


def source(path) -> pyarrow.Table:
    columns = {
        name: pyarrow.array([make(2 * i) for i in range(ROWS)], kind)
        for name, (kind, make, _) in COLUMNS.items()}
    table = pyarrow.table({**columns, "s": [{"x": 2 * i} for i in range(ROWS)]})
    pyarrow.parquet.write_table(table, path, row_group_size=1000)
    return table


def excluded(connection, path, column: str, number: int) -> bool:
    """Whether the filter of the one row group says that the value is not there."""
    _, make, literal = COLUMNS[column]
    [(_, group, excludes)] = connection.execute(
        f"FROM parquet_bloom_probe({peers.quoted(path)}, '{column}', {literal(make(number))})"
    ).fetchall()
    assert group == 0
    return excludes


@pytest.mark.parametrize("command", ["convert", "query"])
@pytest.mark.parametrize("column", COLUMNS)
def test_duckdb_probes_the_filter_of_a_column(grebe, tmp_path, command, column):
    source(tmp_path / "f.parquet")
    if command == "convert":
        grebe.run(
            "convert", tmp_path / "f.parquet", "--into", tmp_path / "t", "--bloom-filter", column)
        [path] = (tmp_path / "t").glob("*.parquet")
    else:
        path = tmp_path / "copy.parquet"
        grebe.run(
            "query", f"SELECT * FROM '{tmp_path / 'f.parquet'}'", "--output", path,
            "--bloom-filter", column)
    connection = peers.duckdb_connection()
    present = [excluded(connection, path, column, i) for i in range(0, 2 * ROWS, 30)]
    assert not any(present)
    absent = [excluded(connection, path, column, i) for i in range(1, 2 * ROWS, 30)]
    # One in a hundred is let through; a tenth of two hundred is far from chance.
    assert absent.count(False) <= 20
    # Without a filter nothing is excluded: it is the filter that did it.
    other = next(name for name in COLUMNS if name != column)
    assert not any(excluded(connection, path, other, i) for i in range(1, 2 * ROWS, 300))
    connection.close()


def test_several_columns_and_a_struct_field_get_filters_and_no_other(grebe, tmp_path):
    table = source(tmp_path / "f.parquet")
    grebe.run(
        "convert", tmp_path / "f.parquet", "--into", tmp_path / "t", "--bloom-filter",
        "word,s.x")
    [path] = (tmp_path / "t").glob("*.parquet")
    found = json.loads(grebe.run("inspect", path, "--format", "json").stdout)
    filtered = [
        column["column"] for group in found["row_groups"] for column in group["columns"]
        if column["bloom_filter"]]
    assert filtered == ["word", "s.x"]
    for i in (0, 1, 2 * ROWS - 2):
        wanted = [{"id": i}] if i in table["id"].to_pylist() else []
        assert grebe.query(f"SELECT id FROM '{tmp_path / 't'}' WHERE s.x = {i}") == wanted
        assert grebe.query(f"SELECT id FROM '{tmp_path / 't'}' WHERE word = 'w{i}'") == wanted
