"""Files, row groups and pages are left out by what is known of the fields of structs."""

import hashlib
import json
import re

import deltalake
import pyarrow as pa
import pyarrow.parquet as pq
import pytest


def make_table(path):
    for start in (0, 100, 200):
        ids = range(start, start + 100)
        rows = pa.table({
            "id": pa.array(ids, pa.int64()),
            "s": pa.array([
                None if i % 10 == 0 else {"n": i, "deep": {"name": f"k{i:03}", "none": None}}
                for i in ids],
                pa.struct([("n", pa.int64()), ("deep", pa.struct([
                    ("name", pa.string()), ("none", pa.int32())]))])),
        })
        deltalake.write_deltalake(str(path), rows, mode="append")


@pytest.fixture(params=["written", "mapped"])
def table(request, grebe, tmp_path):
    path = tmp_path / "t"
    make_table(path)
    if request.param == "mapped":
        grebe.run("alter", path, "--set", "delta.columnMapping.mode=name", "--rename-column", "s=q")
        return path, "q"
    return path, "s"


@pytest.mark.parametrize("condition, rows, files", [
    ("{s}.n = 150", 0, 1), ("{s}.n = 151", 1, 1), ("{s}.n > 195 AND {s}.n < 203", 6, 2),
    ("{s}.deep.name = 'k042'", 1, 1), ("{s}.deep.name LIKE 'k2%'", 90, 1),
    ("{s}.n IS NULL", 30, 3), ("{s}.deep.none IS NOT NULL", 0, 0), ("{s}.n < 0 OR id = 7", 1, 1),
    ("{s}.n + 1 = 152", 1, 1),
])
def test_files_that_cannot_match_are_not_read(grebe, table, condition, rows, files):
    path, name = table
    sql = f"SELECT id FROM '{path}' WHERE " + condition.format(s=name)
    assert len(grebe.query(sql)) == rows
    plan = grebe.run("query", sql, "--explain").stdout
    total, read = re.search(r"files: +(\d+) in all, .* (\d+) read", plan).groups()
    assert (int(read), int(total)) == (files, 3), plan


@pytest.mark.parametrize("mapping", [None, "name", "id"])
def test_fields_that_nobody_looks_at_are_not_read(grebe, request, tmp_path, mapping):
    path = tmp_path / "t"
    texts = [hashlib.sha512(b"%d" % i).hexdigest() for i in range(2000)]
    rows = pa.table({"id": range(2000), "s": pa.array([
        None if i % 10 == 0 else {
            "n": i, "text": texts[i], "deep": {"k": i * 2, "text": texts[-i]}, "many": [{"a": i}]}
        for i in range(2000)])})
    if mapping == "id":
        request.getfixturevalue("engines").write(
            "sail", rows, path, properties={"delta.columnMapping.mode": "id"})
    else:
        deltalake.write_deltalake(str(path), rows)
    if mapping == "name":
        grebe.run("alter", path, "--set", "delta.columnMapping.mode=name")

    def bytes_read(sql: str) -> int:
        plan = grebe.run("query", sql, "--explain").stdout
        return int(re.search(r"bytes read: (\d+)", plan).group(1))

    def query(sql: str):
        return grebe.query(sql.format(t=f"'{path}'"))

    whole = bytes_read(f"SELECT s FROM '{path}'")
    for part in ["s.n", "s.deep.k", "sum(s.deep.k)", "s.many"]:
        assert bytes_read(f"SELECT {part} FROM '{path}'") * 4 < whole, part
    assert bytes_read(f"SELECT s.n FROM '{path}' WHERE s IS NOT NULL") > whole * 0.9
    assert "scan" in (plan := grebe.run(
        "query", f"SELECT s.n FROM '{path}' WHERE s.deep.k < 9", "--explain").stdout)
    assert "[s.deep.k, s.n]" in plan
    assert query("SELECT s.n, s.deep.k FROM {t} WHERE s.deep.k < 9") == [
        {"n": n, "k": n * 2} for n in range(1, 5)]
    assert query("SELECT count(*) AS c FROM {t} WHERE s.deep IS NULL") == [{"c": 200}]
    assert query("SELECT s.deep.text AS x, s FROM {t} WHERE s.n = 7") == [
        {"x": texts[-7], "s": rows["s"][7].as_py()}]



def test_a_field_that_older_files_lack(grebe, tmp_path):
    path = tmp_path / "t"
    deltalake.write_deltalake(
        str(path), pa.table({"id": [1, 2], "s": pa.array([{"n": 1}, None])}))
    deltalake.write_deltalake(
        str(path), pa.table({"id": [3], "s": [{"n": 1, "later": {"x": 5}}]}),
        mode="append", schema_mode="merge")

    def query(sql: str):
        return grebe.query(sql.format(t=f"'{path}'"))

    assert query("SELECT id, s.later.x AS x FROM {t} ORDER BY id") == [
        {"id": 1, "x": None}, {"id": 2, "x": None}, {"id": 3, "x": 5}]
    assert query("SELECT id FROM {t} WHERE s.later IS NOT NULL AND s.n = 1") == [{"id": 3}]


def field(name: str, kind, number: int, physical: str) -> dict:
    return {"name": name, "type": kind, "nullable": True, "metadata": {
        "delta.columnMapping.id": number, "delta.columnMapping.physicalName": physical}}


def table_of(path, fields: list[dict], mode: str):
    """A table of one file, f.parquet, whose metadata nobody has checked."""
    (path / "_delta_log").mkdir(parents=True)
    lines = [
        {"protocol": {"minReaderVersion": 2, "minWriterVersion": 5}},
        {"metaData": {"id": "x", "format": {"provider": "parquet", "options": {}},
                      "schemaString": json.dumps({"type": "struct", "fields": fields}),
                      "partitionColumns": [], "createdTime": 0,
                      "configuration": {"delta.columnMapping.mode": mode}}},
        {"add": {"path": "f.parquet", "partitionValues": {}, "size": 1, "modificationTime": 0,
                 "dataChange": True}}]
    (path / "_delta_log" / f"{0:020}.json").write_text(
        "".join(json.dumps(line) + "\n" for line in lines))


@pytest.mark.parametrize("mode", ["name", "id"])
def test_two_columns_of_a_table_that_are_one_of_the_file(grebe, tmp_path, mode):
    path = tmp_path / "t"
    def struct(names: str, first: int) -> dict:
        kinds = ["integer", "string"]
        return {"type": "struct", "fields": [
            field(name, kind, first + index, "xy"[index])
            for index, (name, kind) in enumerate(zip(names, kinds))]}
    first = 2 if mode == "id" else 12
    table_of(path, [field("a", struct("xy", 2), 1, "p"), field("b", struct("uv", first), 1, "p")],
             mode)
    def numbered(name, kind, number):
        return pa.field(name, kind, metadata={"PARQUET:field_id": str(number)})
    kind = pa.struct([numbered("x", pa.int32(), 2), numbered("y", pa.string(), 3)])
    pq.write_table(pa.Table.from_arrays(
        [pa.array([{"x": 1, "y": "a"}], kind)], schema=pa.schema([numbered("p", kind, 1)])),
        path / "f.parquet")
    assert grebe.query(f"SELECT a.x, b.v FROM '{path}'") == [{"x": 1, "v": "a"}]
    assert grebe.query(f"SELECT b.u, a.y, a FROM '{path}'") == [
        {"u": 1, "y": "a", "a": {"x": 1, "y": "a"}}]


def test_a_struct_of_which_the_file_has_no_field_at_all(grebe, tmp_path):
    path = tmp_path / "t"
    inner = {"type": "struct", "fields": [field("x", "integer", 2, "q")]}
    table_of(path, [field("a", inner, 1, "p"), field("n", "integer", 3, "n")], "name")
    pq.write_table(pa.table({
        "p": pa.array([{"q": 1}], pa.struct([("q", pa.int32())])),
        "n": pa.array([5], pa.int32())}), path / "f.parquet")
    # The column p loses its child: one column more, and a group of none.
    data = (path / "f.parquet").read_bytes()
    assert data.count(b"schema\x15\x04") == data.count(b"\x01p\x15\x02") == 1
    (path / "f.parquet").write_bytes(
        data.replace(b"schema\x15\x04", b"schema\x15\x06").replace(
            b"\x01p\x15\x02", b"\x01p\x15\x00"))
    for sql in ["a.x", "n, a.x", "a"]:
        outcome = grebe.run("query", f"SELECT {sql} FROM '{path}'", code=(65, 69))
        assert outcome.stderr.startswith("grebe: error: ")
