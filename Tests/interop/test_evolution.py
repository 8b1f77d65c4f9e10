"""Sources that do not look like the table: what every reader then sees."""

import decimal
import json

import pyarrow as pa
from pyarrow import parquet
import pytest

import peers


@pytest.fixture
def table(grebe, tmp_path):
    (tmp_path / "a.csv").write_text("id,amount\n1,10\n2,20\n")
    grebe.convert(tmp_path / "a.csv", tmp_path / "t")
    return tmp_path / "t"


def rows(table, columns):
    """What all readers agree on, sorted by the first column."""
    found = [
        sorted(map(tuple, read(table, columns)), key=lambda row: row[0])
        for read in peers.READERS.values()]
    assert all(one == found[0] for one in found)
    return found[0]


def test_new_columns(grebe, table, tmp_path):
    (tmp_path / "b.csv").write_text("note,id\nhello,3\n,4\n")
    grebe.run("convert", tmp_path / "b.csv", "--into", table, code=65)
    report = grebe.convert(tmp_path / "b.csv", table, "--on-new-column", "add")
    assert report["added_columns"] == [{"name": "note", "type": "string"}]
    assert rows(table, ["id", "amount", "note"]) == [
        (1, 10, None), (2, 20, None), (3, None, "hello"), (4, None, None)]


def test_ignored_columns(grebe, table, tmp_path):
    (tmp_path / "b.csv").write_text("note,ID\nhello,3\n")
    grebe.run(
        "convert", tmp_path / "b.csv", "--into", table, "--on-new-column", "ignore",
        "--match-columns", "exact", code=65)
    preview = grebe.json(
        "convert", tmp_path / "b.csv", "--into", table, "--on-new-column", "ignore", "--dry-run")
    assert preview["ignored_columns"] == [{"name": "note"}]
    report = grebe.convert(tmp_path / "b.csv", table, "--on-new-column", "ignore")
    assert report["ignored_columns"] == [{"name": "note", "sources": 1, "rows": 1}]
    assert rows(table, ["id", "amount"]) == [(1, 10), (2, 20), (3, None)]
    told = grebe.run(
        "convert", tmp_path / "b.csv", "--into", table, "--on-new-column", "ignore", "--force")
    assert "\nignored: note (1 source, 1 row)\n" in told.stdout


def test_rescued_columns(grebe, table, tmp_path):
    (tmp_path / "b.csv").write_text('id,note,"a ""b"""\n3,"x, ""y""",7\n4,,\n')
    grebe.convert(tmp_path / "b.csv", table, "--on-new-column", "rescue")
    found = rows(table, ["id", "amount", "_rescued_data"])
    assert found[:2] == [(1, 10, None), (2, 20, None)] and found[3] == (4, None, None)
    assert json.loads(found[2][2]) == {"note": 'x, "y"', 'a "b"': "7"}


def test_values_rescued_from_parquet_are_json_of_their_kind(grebe, table, tmp_path):
    """The same as a query prints, whatever the type; bytes need not be text."""
    columns = {
        "n": pa.array([2**60 + 1, None], pa.int64()), "f": [1.5, float("nan")],
        "d": pa.array([decimal.Decimal("123456789012345678901.25"), None], pa.decimal128(23, 2)),
        "yes": [True, None], "b": pa.array([b"\xff\x00", b"ok"], pa.binary()),
        "s": ['say "x"', ""], "day": pa.array([0, None], pa.date32()),
        "at": pa.array([1_999, None], pa.timestamp("ns", "UTC")),
        "l": pa.array([[1, None], []], pa.list_(pa.int8())),
        "o": [{"x": 1.0, "y": b"\x01"}, None], "nothing": pa.nulls(2)}
    source = tmp_path / "b.parquet"
    parquet.write_table(pa.table({"id": pa.array([3, 4], pa.int32()), **columns}), source)
    report = grebe.convert(source, table, "--on-new-column", "rescue")
    assert report["rows_written"] == 2
    found = [row[2] for row in rows(table, ["id", "amount", "_rescued_data"])[2:]]
    assert json.loads(found[0], parse_float=decimal.Decimal) == {
        "n": 2**60 + 1, "f": decimal.Decimal("1.5"),
        "d": decimal.Decimal("123456789012345678901.25"), "yes": True, "b": "ff00",
        "s": 'say "x"', "day": "1970-01-01", "at": "1970-01-01T00:00:00.000001999Z",
        "l": [1, None], "o": {"x": decimal.Decimal("1.0"), "y": "01"}}
    assert json.loads(found[1]) == {"f": "NaN", "b": "6f6b", "s": "", "l": []}
    printed = grebe.query(f"SELECT * FROM '{source}' WHERE id = 3")[0]
    kept = {name: value for name, value in printed.items() if value is not None and name != "id"}
    assert json.loads(found[0], parse_float=decimal.Decimal) == kept


def test_wider_types(grebe, table, tmp_path):
    (tmp_path / "b.csv").write_text("id,amount\n3000000000,1.5\n")
    grebe.run("convert", tmp_path / "b.csv", "--into", table, code=65)
    report = grebe.convert(tmp_path / "b.csv", table, "--on-type-conflict", "widen")
    assert report["rows_written"] == 1
    assert rows(table, ["id", "amount"]) == [(1, 10.0), (2, 20.0), (3000000000, 1.5)]
    assert grebe.query(f"SELECT count(*) AS n FROM '{table}' VERSION AS OF 0") == [{"n": 2}]


def test_conflicting_values_in_quarantine_and_replayed(grebe, table, tmp_path):
    (tmp_path / "b.csv").write_text("id,amount\n3,30\n4,3000000000\n5,none\n")
    report = grebe.convert(tmp_path / "b.csv", table, "--on-type-conflict", "quarantine")
    assert (report["rows_written"], report["rows_quarantined"]) == (1, 2)
    widens = grebe.run(
        "convert", "--replay-quarantine", table, "--on-type-conflict", "widen", code=64)
    assert "goes without --on-type-conflict widen" in widens.error
    (tmp_path / "c.csv").write_text("id,amount\n6,4000000000\n")
    grebe.convert(tmp_path / "c.csv", table, "--on-type-conflict", "widen")

    over = grebe.run("convert", "--replay-quarantine", table, "--max-bad-rows", "0", code=65)
    assert "1 of 2 rows are bad, over the limit of 0" in over.error
    replay = grebe.json("convert", "--replay-quarantine", table)
    assert (replay["rows_read"], replay["rows_written"], replay["rows_left"]) == (2, 1, 1)
    assert rows(table, ["id", "amount"]) == [
        (1, 10), (2, 20), (3, 30), (4, 3000000000), (6, 4000000000)]

    # Corrected by another engine, where the row stands.
    quarantine = peers.deltalake.DeltaTable(str(table / "_quarantine"))
    quarantine.update(updates={"raw": "'5,50'"}, predicate="raw = '5,none'")
    replay = grebe.json("convert", "--replay-quarantine", table)
    assert (replay["rows_read"], replay["rows_written"], replay["rows_left"]) == (1, 1, 0)
    assert (5, 50) in rows(table, ["id", "amount"])
    assert grebe.query(f"SELECT count(*) AS n FROM '{table}/_quarantine'") == [{"n": 0}]


def write_lines(path, *records):
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


@pytest.mark.parametrize("kind", ["ndjson", "parquet"])
@pytest.mark.parametrize("mapping", [None, "name"])
def test_new_fields_of_structs(grebe, tmp_path, kind, mapping):
    table = tmp_path / "t"
    grebe.convert(write_lines(
        tmp_path / "a.ndjson", {"id": 1, "who": {"name": "Ada"}, "tags": [{"k": 1}]}), table)
    if mapping:
        grebe.run("alter", table, "--set", f"delta.columnMapping.mode={mapping}")
    source = write_lines(
        tmp_path / "b.ndjson",
        {"id": 2, "who": {"name": "Bo", "at": {"city": "Oslo"}}, "tags": [{"k": 2, "v": "x"}]},
        {"id": 3, "who": {"age": 41}, "tags": [{"v": "y"}, {"k": 3}]},
        {"id": 4, "who": {"age": 1.5}, "more": True})
    if kind == "parquet":
        source = tmp_path / "b.parquet"
        parquet.write_table(pa.table({
            "id": pa.array([2, 3, 4], pa.int32()),
            "who": [{"name": "Bo", "at": {"city": "Oslo"}, "age": None},
                    {"name": None, "at": None, "age": 41.0},
                    {"name": None, "at": None, "age": 1.5}],
            "tags": pa.array(
                [[{"k": 2, "v": "x"}], [{"k": None, "v": "y"}, {"k": 3, "v": None}], None],
                pa.list_(pa.struct([("k", pa.int32()), ("v", pa.string())]))),
            "more": [None, None, True]}), source)
    before = len(list(table.glob("*.parquet")))
    refused = grebe.run("convert", source, "--into", table, code=65)
    assert "--on-new-column add" in refused.stderr
    report = grebe.convert(source, table, "--on-new-column", "add")
    assert report["rows_written"] == 3
    # Files that are there stay as they are.
    assert len(list(table.glob("*.parquet"))) == before + 1
    found = grebe.query(f"SELECT * FROM '{table}' ORDER BY id")
    assert found == [
        {"id": 1, "who": {"name": "Ada", "at": None, "age": None},
         "tags": [{"k": 1, "v": None}], "more": None},
        {"id": 2, "who": {"name": "Bo", "at": {"city": "Oslo"}, "age": None},
         "tags": [{"k": 2, "v": "x"}], "more": None},
        {"id": 3, "who": {"name": None, "at": None, "age": 41.0},
         "tags": [{"k": None, "v": "y"}, {"k": 3, "v": None}], "more": None},
        {"id": 4, "who": {"name": None, "at": None, "age": 1.5}, "tags": None, "more": True}]
    grebe.run("compact", table, "--target-file-size", "1GiB")
    assert grebe.query(f"SELECT * FROM '{table}' ORDER BY id") == found
    assert {row["id"]: row["who"]["age"] for row in found} == {
        number: who["age"] for number, who in peers.read_duckdb(table, ["id", "who"])}
    # The same again needs nothing new.
    version = grebe.convert(source, table, "--force")["version"]
    assert "metaData" not in (table / "_delta_log" / f"{version:020}.json").read_text()


def test_fields_of_structs_go_by_their_names_whatever_the_case(grebe, tmp_path):
    table = tmp_path / "t"
    grebe.convert(write_lines(tmp_path / "a.ndjson", {"id": 1, "who": {"name": "Ada"}}), table)
    source = write_lines(tmp_path / "b.ndjson", {"id": 2, "who": {"NAME": "Bo", "New": 1}})
    grebe.convert(source, table, "--on-new-column", "add")
    assert grebe.query(f"SELECT who FROM '{table}' ORDER BY id") == [
        {"who": {"name": "Ada", "New": None}}, {"who": {"name": "Bo", "New": 1}}]


def test_the_type_of_a_new_field_holds_for_the_whole_input(grebe, tmp_path):
    """A word long after the numbers that a sample shows: the field is text, and no row is lost."""
    table = tmp_path / "t"
    grebe.convert(write_lines(tmp_path / "a.ndjson", {"id": 0, "c": {"a": 1}}), table)
    count = 60_000
    source = write_lines(
        tmp_path / "b.ndjson",
        *({"id": i, "c": {"b": i, "in": {"x": i}}} for i in range(1, count)),
        {"id": count, "c": {"a": 3, "b": "word", "in": {"x": 1.5, "y": True}}})
    report = grebe.convert(source, table, "--on-new-column", "add")
    assert report["rows_written"] == count
    assert grebe.query(f"SELECT id, c FROM '{table}' WHERE id = 1 OR id = {count} ORDER BY id") == [
        {"id": 1, "c": {"a": None, "b": "1", "in": {"x": 1.0, "y": None}}},
        {"id": count, "c": {"a": 3, "b": "word", "in": {"x": 1.5, "y": True}}}]
    # What the table has is given all the same: a word there is a bad row.
    bad = write_lines(tmp_path / "c.ndjson", {"id": 1, "c": {"a": "word", "new": 1}})
    assert "word" in grebe.run(
        "convert", bad, "--into", table, "--on-new-column", "add", code=65).stderr


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_new_fields_of_several_parquet_files(grebe, tmp_path, order):
    table = tmp_path / "t"
    grebe.convert(write_lines(tmp_path / "a.ndjson", {"c": {"a": 1}}), table)
    kinds = [pa.int32(), pa.int64()]
    files = []
    for index in order:
        kind = pa.struct([("b", kinds[index]), (f"only{index}", pa.string())])
        files.append(tmp_path / f"{index}.parquet")
        parquet.write_table(
            pa.table({"c": pa.array([{"b": index, f"only{index}": "x"}], kind)}), files[-1])
    grebe.run("convert", *files, "--into", table, "--on-new-column", "add")
    found = [row["c"] for row in grebe.query(f"SELECT c FROM '{table}'")]
    assert sorted((row["b"] is None, row["b"]) for row in found if row["b"] is not None) == [
        (False, 0), (False, 1)]
    assert grebe.query(
        f"SELECT count(*) AS n FROM '{table}' WHERE c.only0 = 'x' OR c.only1 = 'x'") == [{"n": 2}]


def test_fields_of_parquet_structs_that_are_ignored_or_unknown(grebe, tmp_path):
    table = tmp_path / "t"
    grebe.convert(write_lines(tmp_path / "a.ndjson", {"c": {"a": 1}}), table)
    source = tmp_path / "b.parquet"
    parquet.write_table(pa.table({"c": pa.array(
        [{"b": "x", "a": 2}, None], pa.struct([("b", pa.string()), ("a", pa.int32())]))}), source)
    report = grebe.convert(source, table, "--on-new-column", "ignore")
    assert report["ignored_columns"] == [{"name": "c.b", "sources": 1, "rows": 2}]
    assert grebe.query(f"SELECT c FROM '{table}' ORDER BY c.a") == [
        {"c": {"a": 1}}, {"c": {"a": 2}}, {"c": None}]
    wide = pa.array([decimal.Decimal(1)], pa.decimal256(50, 2))
    parquet.write_table(pa.table({"c": pa.StructArray.from_arrays([wide], ["d"])}), source)
    assert "decimal(50,2)" in grebe.run(
        "convert", source, "--into", table, "--on-new-column", "add", "--force", code=69).stderr


@pytest.mark.parametrize("kind", ["ndjson", "parquet"])
def test_a_null_in_a_required_field_of_a_struct_is_a_bad_row(grebe, tmp_path, kind):
    table = tmp_path / "t"
    (tmp_path / "a.csv").write_text("id\n1\n")
    grebe.convert(tmp_path / "a.csv", table)
    grebe.run("alter", table, "--add-column",
              "r STRUCT<x INT NOT NULL, y INT>, many ARRAY<STRUCT<k INT NOT NULL>>")
    rows = [{"id": 2, "r": {"x": 1, "y": None}, "many": [{"k": 1}, None]},
            {"id": 3, "r": {"x": None, "y": 2}, "many": None},
            {"id": 4, "r": None, "many": [{"k": 1}, {"k": None}]},
            {"id": 5, "r": None, "many": []}]
    source = write_lines(tmp_path / "b.ndjson", *rows)
    if kind == "parquet":
        source = tmp_path / "b.parquet"
        i = pa.int32()
        parquet.write_table(pa.Table.from_pylist(rows, pa.schema([
            ("id", i), ("r", pa.struct([("x", i), ("y", i)])),
            ("many", pa.list_(pa.struct([("k", i)])))])), source)
    assert "allows none" in grebe.run("convert", source, "--into", table, code=65).stderr
    report = grebe.convert(source, table, "--on-bad-row", "quarantine")
    assert (report["rows_written"], report["rows_quarantined"]) == (2, 2)
    assert grebe.query(f"SELECT id FROM '{table}' ORDER BY id") == [
        {"id": 1}, {"id": 2}, {"id": 5}]


def test_a_dry_run_tells_what_a_load_would_meet(grebe, tmp_path):
    table = tmp_path / "t"
    source = write_lines(tmp_path / "a.ndjson", {"id": 1, "who": {"name": "Ada"}})
    grebe.convert(source, table)
    told = grebe.run("convert", source, "--into", table, "--dry-run").stdout
    assert "sources: 1 source, 1 already loaded" in told
    new = write_lines(tmp_path / "b.ndjson", {"id": 2, "who": {"name": "Bo", "age": 7}})
    assert "who.age" in grebe.run("convert", new, "--into", table, "--dry-run", code=65).stderr
    preview = grebe.json(
        "convert", new, "--into", table, "--dry-run", "--on-new-column", "add")
    assert [json.loads(row["who"]) for row in preview["first_rows"]] == [
        {"name": "Bo", "age": 7}]
    bad = write_lines(tmp_path / "c.ndjson", {"id": 3}, {"id": "x"}, {"id": 4}, {"id": []})
    preview = grebe.json("convert", bad, "--into", table, "--dry-run")
    assert (preview["sample_rows"], preview["sample_bad_rows"]) == (4, 2)
    assert "c.ndjson: line 2" in preview["first_bad_row"]
    assert "bad rows: 2 of the first 4; " in grebe.run(
        "convert", bad, "--into", table, "--dry-run").stdout
