"""Nested columns and Parquet's own types: files and tables of other writers through the engine."""

import datetime
import decimal
import json
import math
import uuid

import deltalake
import duckdb
import pyarrow
import pyarrow.parquet
import pytest

ROWS = 3000

PERSON = pyarrow.struct([
    ("name", pyarrow.string()),
    ("address", pyarrow.struct([("city", pyarrow.string()), ("zip", pyarrow.int32())]))])
SCHEMA = pyarrow.schema([
    ("id", pyarrow.int64()), ("person", PERSON), ("tags", pyarrow.list_(pyarrow.string())),
    ("counts", pyarrow.map_(pyarrow.string(), pyarrow.int64())),
    ("matrix", pyarrow.list_(pyarrow.list_(pyarrow.float64()))),
    ("events", pyarrow.list_(pyarrow.struct([("k", pyarrow.int32()), ("v", pyarrow.string())]))),
    ("k", pyarrow.string())])


def row(i: int) -> dict:
    address = None if i % 11 == 5 else {"city": f"c{i % 7}", "zip": None if i % 3 else i}
    return {
        "id": i,
        "person": None if i % 13 == 2 else {"name": f'n "{i}",', "address": address},
        "tags": None if i % 17 == 3 else [None if j == 2 else f"t{j}" for j in range(i % 4)],
        "counts": [(f"k{j}", None if j == 1 else i * j) for j in range(i % 3)],
        "matrix": [[j / 4 for j in range(i % 3)] for _ in range(i % 2 + 1)],
        "events": [{"k": j, "v": None} for j in range(i % 5)],
        "k": f"p{i % 3}"}


def data(first=0, count=ROWS) -> pyarrow.Table:
    return pyarrow.Table.from_pylist([row(i) for i in range(first, first + count)], SCHEMA)


def plain(value):
    """As JSON holds it: maps as objects."""
    if isinstance(value, list) and value and isinstance(value[0], tuple):
        return {key: plain(part) for key, part in value}
    if isinstance(value, list):
        return [plain(part) for part in value]
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    return value


def expected(table: pyarrow.Table) -> list[dict]:
    maps = [field.name for field in table.schema if pyarrow.types.is_map(field.type)]
    rows = []
    for found in table.to_pylist():
        for name in maps:
            if found[name] is not None:
                found[name] = dict(found[name])
        rows.append(plain(found))
    return rows


def query(grebe, sql, *options) -> list[dict]:
    lines = grebe.run("query", sql, "--format", "ndjson", *options).stdout.splitlines()
    return [json.loads(line) for line in lines]


@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_a_file_comes_back_as_json(grebe, tmp_path, version):
    table = data()
    path = tmp_path / "f.parquet"
    pyarrow.parquet.write_table(
        table, path, row_group_size=700, data_page_size=2000, data_page_version=version)
    assert query(grebe, f"SELECT * FROM '{path}'") == expected(table)
    ordered = query(grebe, f"SELECT * FROM '{path}' WHERE k <> 'p1' ORDER BY id DESC LIMIT 50")
    wanted = [found for found in expected(table) if found["k"] != "p1"]
    assert ordered == wanted[::-1][:50]


@pytest.mark.parametrize("sql", [
    "SELECT id, person.address.city AS c FROM t WHERE person.address.zip > 100 ORDER BY id",
    "SELECT person.address.city AS c, count(*) AS n, count(tags) AS m FROM t GROUP BY 1 ORDER BY 1",
    "SELECT count(person) AS a, count(person.address) AS b, count(person.name) AS c FROM t",
    "SELECT id FROM t WHERE person.address IS NULL AND tags IS NOT NULL ORDER BY id",
    "SELECT id, CASE WHEN id % 2 = 0 THEN tags ELSE NULL END AS x FROM t ORDER BY id LIMIT 20",
    "SELECT max(person.address.zip) AS z, min(person.name) AS n FROM t",
])
def test_fields_as_duckdb_takes_them(grebe, tmp_path, sql):
    path = tmp_path / "f.parquet"
    pyarrow.parquet.write_table(data(), path, row_group_size=500)
    connection = duckdb.connect()
    connection.sql("SET default_null_order = 'nulls_last'")
    wanted = connection.sql(sql.replace("FROM t", f"FROM '{path}'")).fetchall()
    found = query(grebe, sql, "--table", f"t={path}")
    assert [tuple(line.values()) for line in found] == wanted


def test_a_result_goes_to_parquet_as_it_is(grebe, tmp_path):
    table = data()
    source, target = tmp_path / "f.parquet", tmp_path / "g.parquet"
    pyarrow.parquet.write_table(table, source)
    grebe.run(
        "query", f"SELECT * FROM '{source}'", "--format", "parquet", "--output", str(target))
    assert pyarrow.parquet.read_table(target).to_pylist() == table.to_pylist()
    wanted = duckdb.sql(f"SELECT * FROM '{source}' ORDER BY id").fetchall()
    assert duckdb.sql(f"SELECT * FROM '{target}' ORDER BY id").fetchall() == wanted


@pytest.mark.parametrize("partitioned", [True, False])
def test_a_table_is_read_and_compacted(grebe, tmp_path, partitioned):
    path = str(tmp_path / "t")
    for part in range(3):
        deltalake.write_deltalake(
            path, data(part * 1000, 1000), mode="append",
            partition_by=["k"] if partitioned else None)
    wanted = expected(data())
    ordered = f"SELECT * FROM '{path}' ORDER BY id"
    assert query(grebe, ordered) == wanted
    assert query(grebe, f"SELECT id FROM '{path}' WHERE person IS NULL ORDER BY id") == [
        {"id": found["id"]} for found in wanted if found["person"] is None]
    grebe.run("compact", path)
    assert len(deltalake.DeltaTable(path).file_uris()) == (3 if partitioned else 1)
    assert query(grebe, ordered) == wanted
    back = deltalake.DeltaTable(path).to_pyarrow_table().sort_by("id").select(SCHEMA.names)
    assert expected(back) == wanted


def test_a_struct_that_grew_is_null_where_files_are_older(grebe, tmp_path):
    path = str(tmp_path / "t")
    old = pyarrow.table({"id": [1], "s": pyarrow.array([{"a": 1}])})
    new = pyarrow.table({"id": [2], "s": pyarrow.array([{"a": 2, "b": "x"}])})
    deltalake.write_deltalake(path, old)
    deltalake.write_deltalake(path, new, mode="append", schema_mode="merge")
    assert query(grebe, f"SELECT * FROM '{path}' ORDER BY id") == [
        {"id": 1, "s": {"a": 1, "b": None}}, {"id": 2, "s": {"a": 2, "b": "x"}}]
    assert query(grebe, f"SELECT id FROM '{path}' WHERE s.b = 'x'") == [{"id": 2}]


OWN = {
    "time_us": (pyarrow.time64("us"), [datetime.time(1, 2, 3, 4), None], "01:02:03.000004"),
    "time_ms": (pyarrow.time32("ms"), [datetime.time(23, 59, 59, 999000), None], "23:59:59.999"),
    "time_ns": (pyarrow.time64("ns"), [3_600_000_000_001, None], "01:00:00.000000001"),
    "nanos": (pyarrow.timestamp("ns"), [1, None], "1970-01-01T00:00:00.000000001"),
    "nanos_utc": (
        pyarrow.timestamp("ns", "UTC"), [-1, None], "1969-12-31T23:59:59.999999999Z"),
    "uuid": (
        pyarrow.uuid(), [uuid.UUID(int=5).bytes, None], "00000000-0000-0000-0000-000000000005"),
    "nothing": (pyarrow.null(), [None, None], None),
    "half": (pyarrow.float16(), [1.5, None], 1.5),
    "u64": (pyarrow.uint64(), [2**64 - 1, None], 2**64 - 1),
    "wide": (pyarrow.decimal128(38, 3), [decimal.Decimal("-1.250"), None], -1.25),
    "blob": (pyarrow.binary(), [b"\x00\xff", None], "00ff"),
}


@pytest.mark.parametrize("name", OWN)
def test_a_type_of_parquets_own(grebe, tmp_path, name):
    kind, values, shown = OWN[name]
    if name == "uuid":
        array = pyarrow.array(values, pyarrow.binary(16)).cast(kind)
    else:
        array = pyarrow.array(values, kind)
    path = tmp_path / "f.parquet"
    pyarrow.parquet.write_table(pyarrow.table({"x": array, "l": [[1], None]}), path)
    assert query(grebe, f"SELECT * FROM '{path}'") == [
        {"x": shown, "l": [1]}, {"x": None, "l": None}]
    again = tmp_path / "g.parquet"
    grebe.run("query", f"SELECT x FROM '{path}'", "--format", "parquet", "-o", str(again))
    assert query(grebe, f"SELECT x FROM '{again}'")[0] == {"x": shown}
    text = grebe.run("head", str(path), "--format", "csv").stdout
    assert text.splitlines()[2] == ","


def test_what_json_has_no_number_for(grebe, tmp_path):
    path = tmp_path / "f.parquet"
    values = [math.nan, math.inf, -math.inf, -0.0, 1e300]
    pyarrow.parquet.write_table(
        pyarrow.table({"x": values, "l": [[value] for value in values]}), path)
    found = query(grebe, f"SELECT * FROM '{path}'")
    shown = ["NaN", "Infinity", "-Infinity", -0.0, 1e300]
    assert found == [{"x": value, "l": [value]} for value in shown]


@pytest.mark.parametrize("sql, words", [
    ("SELECT * FROM t ORDER BY tags", "array<string>"),
    ("SELECT count(*) FROM t GROUP BY counts", "map<string,long>"),
    ("SELECT tags + 1 FROM t", "array<string>"),
    ("SELECT person.nme FROM t", "nme"),
])
def test_what_nested_values_cannot_do_is_one_line(grebe, tmp_path, sql, words):
    path = tmp_path / "f.parquet"
    pyarrow.parquet.write_table(data(0, 5), path)
    failed = grebe.run("query", sql, "--table", f"t={path}", code=(64, 69))
    assert words in failed.error


@pytest.mark.parametrize("profile", ["compatible", "standard", "modern"])
def test_a_profile_is_what_the_files_are_written_in(grebe, tmp_path, profile):
    dump = tmp_path / "d.csv"
    dump.write_text("id,x\n" + "".join(f"{i},{i * 7919 % 10007}.5\n" for i in range(20000)))
    table = str(tmp_path / "t")
    grebe.run("convert", str(dump), "--into", table, "--parquet-profile", profile)
    assert deltalake.DeltaTable(table).to_pyarrow_table().num_rows == 20000 or profile == "modern"
    allowed = {"PLAIN", "RLE", "RLE_DICTIONARY", "PLAIN_DICTIONARY"}
    for path in (tmp_path / "t").glob("*.parquet"):
        columns = json.loads(
            grebe.run("inspect", str(path), "--format", "json").stdout)["row_groups"][0]["columns"]
        used = {encoding for column in columns for encoding in column["encodings"]}
        if profile == "compatible":
            assert used <= allowed
        if profile == "standard":
            assert used <= allowed | {
                "DELTA_BINARY_PACKED", "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY"}
    refused = grebe.run(
        "convert", str(dump), "--into", table, "--parquet-profile", "new", code=64)
    assert "new" in refused.error
    refused = grebe.run("compact", table, "--bloom-filter", "idd", code=64)
    assert "idd" in refused.error and '"id"' in refused.hint
