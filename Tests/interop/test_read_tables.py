"""Others write, Grebe reads: tables of delta-rs, Polars and DuckDB, version by version."""

import pathlib

import deltalake
import polars
import pyarrow
import pytest

import dumps
import peers

ARROW = {
    "boolean": pyarrow.bool_(), "int": pyarrow.int32(), "long": pyarrow.int64(),
    "double": pyarrow.float64(), "decimal(12,2)": pyarrow.decimal128(12, 2),
    "decimal(38,10)": pyarrow.decimal128(38, 10), "date": pyarrow.date32(),
    "timestamp": pyarrow.timestamp("us", "UTC"), "string": pyarrow.string(),
}


def arrow_table(dump: dumps.Dump) -> pyarrow.Table:
    return pyarrow.table({
        name: pyarrow.array([row[i] for row in dump.rows], ARROW[kind])
        for i, (name, kind) in enumerate(dump.columns.items())})


def assert_grebe_reads(grebe, table: pathlib.Path, dump: dumps.Dump, versions=None):
    """Every version equals what delta-rs reads; the last one also equals the dump."""
    for version in peers.versions(table) if versions is None else versions:
        found = dump.parse(grebe.query(f"SELECT * FROM '{table}' VERSION AS OF {version}"))
        expected = peers.read_delta_rs(table, dump.names, version)
        peers.assert_same_rows(found, expected, f"grebe, {table}, version {version}")


@pytest.mark.parametrize("partition_by", [None, ["region"], ["day"], ["amount", "region"]], ids=str)
def test_delta_rs_appends_deletes_overwrites(grebe, tmp_path, partition_by):
    table = tmp_path / "t"
    dump = dumps.orders(300, seed=1)
    data = arrow_table(dump)
    deltalake.write_deltalake(str(table), data.slice(0, 100), partition_by=partition_by)
    deltalake.write_deltalake(str(table), data.slice(100, 100), mode="append")
    deltalake.DeltaTable(str(table)).delete("id % 3 = 0")
    deltalake.write_deltalake(str(table), data.slice(200, 100), mode="append")
    deltalake.write_deltalake(str(table), data, mode="overwrite")
    assert_grebe_reads(grebe, table, dump)


def test_delta_rs_every_type(grebe, tmp_path):
    dump = dumps.every_type(1500, seed=2)
    deltalake.write_deltalake(str(tmp_path / "t"), arrow_table(dump))
    found = dump.parse(grebe.query(f"SELECT * FROM '{tmp_path / 't'}'"))
    peers.assert_same_rows(found, dump.rows, "grebe")


def test_delta_rs_checkpoint(grebe, tmp_path):
    table = tmp_path / "t"
    dump = dumps.orders(240, seed=3)
    data = arrow_table(dump)
    for start in range(0, 240, 20):
        deltalake.write_deltalake(
            str(table), data.slice(start, 20), mode="append", partition_by=["region"])
        if start in (100, 200):
            deltalake.DeltaTable(str(table)).create_checkpoint()
    assert (table / "_delta_log" / "_last_checkpoint").exists()
    assert_grebe_reads(grebe, table, dump)


def test_the_log_before_a_checkpoint_may_be_gone(grebe, tmp_path):
    table = tmp_path / "t"
    dump = dumps.orders(60, seed=4)
    data = arrow_table(dump)
    for start in range(0, 60, 20):
        deltalake.write_deltalake(str(table), data.slice(start, 20), mode="append")
    deltalake.DeltaTable(str(table)).create_checkpoint()
    for version in range(2):
        (table / "_delta_log" / f"{version:020}.json").unlink()
    found = dump.parse(grebe.query(f"SELECT * FROM '{table}'"))
    peers.assert_same_rows(found, dump.rows, "grebe")
    grebe.run("query", f"SELECT * FROM '{table}' VERSION AS OF 0", code=66)


def test_delta_rs_compaction(grebe, tmp_path):
    table = tmp_path / "t"
    dump = dumps.orders(100, seed=5)
    data = arrow_table(dump)
    for start in range(0, 100, 10):
        deltalake.write_deltalake(str(table), data.slice(start, 10), mode="append")
    deltalake.DeltaTable(str(table)).optimize.compact()
    assert_grebe_reads(grebe, table, dump)


def test_polars(grebe, tmp_path):
    table = tmp_path / "t"
    dump = dumps.every_type(500, seed=6)
    frame = polars.from_arrow(arrow_table(dump))
    frame.write_delta(str(table))
    frame.head(100).write_delta(str(table), mode="append")
    frame.head(10).write_delta(str(table), mode="overwrite")
    assert_grebe_reads(grebe, table, dump)


def test_duckdb_insert(grebe, tmp_path):
    table = tmp_path / "t"
    dump = dumps.orders(200, seed=7)
    deltalake.write_deltalake(str(table), arrow_table(dump).slice(0, 50))
    source = arrow_table(dump).slice(50, 150)
    connection = peers.duckdb_with_delta()
    connection.register("source", source)
    connection.execute(f"ATTACH {peers.quoted(table)} AS target (TYPE delta)")
    connection.execute("INSERT INTO target SELECT * FROM source")
    connection.close()
    assert peers.versions(table) == [0, 1]
    assert_grebe_reads(grebe, table, dump)


def test_grebe_appends_to_a_table_of_delta_rs(grebe, tmp_path):
    table = tmp_path / "t"
    first, second = dumps.orders(200, seed=8), dumps.orders(100, seed=9, first_id=1000)
    deltalake.write_deltalake(str(table), arrow_table(first), partition_by=["region"])
    report = grebe.convert(second.write(tmp_path / "more.csv"), table)
    assert report["version"] == 1
    peers.assert_all_read(table, first.names, first.rows + second.rows, version=1)
    grebe.run("compact", table)
    peers.assert_all_read(table, first.names, first.rows + second.rows)
    assert_grebe_reads(grebe, table, first)


QUERIES = [
    "count(*) AS n, count(region) AS r, sum(amount) AS s, min(day) AS a, max(day) AS b FROM {t}",
    "region, count(*) AS n, sum(id) AS s FROM {t} GROUP BY region ORDER BY region NULLS LAST",
    "id, note FROM {t} WHERE region = 'north' AND amount > 5000 ORDER BY id LIMIT 7",
    "id FROM {t} WHERE region IN ('south', 'west') OR day < DATE '2025-02-01' ORDER BY id",
    "id FROM {t} WHERE NOT (amount BETWEEN 100 AND 9000) AND note LIKE 'note 1%' ORDER BY id DESC",
    "id FROM {t} WHERE region IS NULL ORDER BY id",
    "count(*) AS n FROM {t} WHERE region IS NOT NULL AND day BETWEEN DATE '2025-03-01' "
    "AND DATE '2025-03-31'",
    "avg(id) AS a, avg(amount) AS m FROM {t} WHERE id < 1000000",
    "note, count(*) AS n FROM {t} WHERE id >= 100 GROUP BY note ORDER BY n DESC, note LIMIT 3",
]


@pytest.mark.parametrize("partition_by", [None, ["region"]], ids=["flat", "partitioned"])
@pytest.mark.parametrize("query", QUERIES)
def test_answers_equal_duckdb(grebe, tmp_path, query, partition_by):
    table = tmp_path / "t"
    data = arrow_table(dumps.orders(400, seed=10))
    for start in range(0, 400, 100):
        deltalake.write_deltalake(
            str(table), data.slice(start, 100), mode="append", partition_by=partition_by)
    found = grebe.query("SELECT " + query.format(t=f"'{table}'"))
    wanted = peers.DUCKDB.execute(
        "SELECT " + query.format(t=f"delta_scan('{table}')")).to_arrow_table().to_pylist()
    assert [plain(row) for row in found] == [plain(row) for row in wanted]


def plain(row: dict) -> dict:
    """Numbers by value and dates as text: an average has one value and many types."""
    def value(cell):
        if cell is None or isinstance(cell, str):
            return cell
        try:
            return round(float(cell), 6)
        except (TypeError, ValueError):
            return str(cell)
    return {name: value(cell) for name, cell in row.items()}
