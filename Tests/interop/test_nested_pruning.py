"""Files, row groups and pages are left out by what is known of the fields of structs."""

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
