"""Files, row groups and pages are left out by what is known of the fields of structs."""

import hashlib
import re

import deltalake
import pyarrow as pa
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
