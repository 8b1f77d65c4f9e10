"""What changed between versions: as the change data feed of others tells it, and row by row."""

import collections
import json
import re
from decimal import Decimal

import deltalake
import pyarrow as pa
import pytest

from test_shared_tables import unpacked

FEEDS = [
    "cdf-table.tar.zst", "cdf-table-simple.tar.zst", "cdf-table-non-partitioned.tar.zst",
    "cdf-table-partitioned.tar.zst", "cdf-table-update-ops.tar.zst",
    "cdf-table-data-change.tar.zst", "cdf-table-delete-conditional-all-rows.tar.zst",
    "cdf-table-delete-conditional-two-rows.tar.zst", "cdf-table-delete-unconditional.tar.zst",
    "cdf-table-backtick-column-names.tar.zst", "cdf-table-with-dv.tar.zst",
    "cdf-table-with-cdc-and-dvs.tar.zst", "cdf-column-mapping-id-mode.tar.zst",
    "cdf-column-mapping-name-mode.tar.zst", "cdf-column-mapping-name-mode-3-7.tar.zst",
]


# Their change files tell of rows that never were in the table.
MADE_UP = {"cdf-table-simple.tar.zst", "cdf-table-update-ops.tar.zst"}


def counted(rows):
    return collections.Counter(json.dumps(row, sort_keys=True, default=str) for row in rows)


def told_by_delta_rs(handle, first):
    """Nil where it cannot: the feed was turned on later, or it decodes a path twice."""
    try:
        return pa.table(handle.load_cdf(starting_version=first)).to_pylist()
    except Exception as error:
        assert re.search("hange|not found|Column mapping", str(error)), error
        return None


@pytest.mark.parametrize("name", FEEDS)
def test_a_feed_leads_from_one_version_to_the_other(grebe, shared_data, tmp_path, name):
    archive = shared_data / "delta" / name
    if not archive.exists():
        pytest.skip(f"{archive} is not there")
    table = unpacked(archive, tmp_path)
    handle = deltalake.DeltaTable(str(table))
    last = counted(grebe.query(f"SELECT * FROM '{table}'"))
    for first in range(1, handle.version() + 1):
        outcome = grebe.run(
            "diff", table, "--from", str(first - 1), "--feed", "--format", "ndjson")
        found = [json.loads(line, parse_float=Decimal) for line in outcome.stdout.splitlines()]
        expected = told_by_delta_rs(handle, first)
        kinds = collections.Counter((row["_change_type"], row["_commit_version"]) for row in found)
        assert expected is None or kinds == collections.Counter(
            (row["_change_type"], row["_commit_version"]) for row in expected)
        if name in MADE_UP:
            continue
        balance = collections.Counter()
        for row in found:
            sign = 1 if row["_change_type"] in ("insert", "update_postimage") else -1
            for key in ("_change_type", "_commit_version", "_commit_timestamp"):
                del row[key]
            balance[next(iter(counted([row])))] += sign
        before = counted(grebe.query(f"SELECT * FROM '{table}' VERSION AS OF {first - 1}"))
        before.update(balance)
        assert +before == last and min(before.values(), default=0) >= 0


def test_a_feed_whose_files_are_gone_names_them(grebe, shared_data):
    """Its log names a change file for version 1, and no file has ever been there."""
    table = shared_data / "delta" / "table-with-cdf"
    refused = grebe.run("diff", table, "--from", "0", "--feed", code=65)
    assert "a file of the table is missing" in refused.error and "fake/path/2" in refused.error
    # Nothing but the schema, the property and a transaction changed since.
    for first in range(1, 5):
        told = grebe.run("diff", table, "--from", first, "--feed", "--format", "ndjson")
        assert told.stdout == "", first


@pytest.mark.parametrize("vectors", [False, True])
def test_a_difference_is_one_of_rows(grebe, tmp_path, vectors):
    table = tmp_path / "t"
    rows = [{"id": i, "name": f"n{i % 5}", "value": None if i % 4 == 0 else i / 2}
            for i in range(200)]
    twice = rows[:150] + rows[140:150]  # Equal rows count as often as they are there.
    deltalake.write_deltalake(str(table), pa.Table.from_pylist(twice), configuration={
        "delta.enableDeletionVectors": "true"} if vectors else None)
    deltalake.write_deltalake(str(table), pa.Table.from_pylist(rows[150:]), mode="append")
    grebe.run("delete", table, "--where", "id BETWEEN 10 AND 12 OR id = 145")
    grebe.run("compact", table)
    grebe.run("delete", table, "--where", "id = 199")

    versions = []
    for version in range(6):
        found = grebe.query(f"SELECT * FROM '{table}' VERSION AS OF {min(version, 4)}")
        versions.append(counted(found))
    for first in range(5):
        for last in range(5):
            outcome = grebe.run(
                "diff", table, "--from", str(first), "--to", str(last), "--format", "ndjson")
            found = {"insert": collections.Counter(), "delete": collections.Counter()}
            for line in outcome.stdout.splitlines():
                row = json.loads(line, parse_float=Decimal)
                found[row.pop("_change_type")] += counted([row])
            assert found["insert"] == versions[last] - versions[first], (first, last)
            assert found["delete"] == versions[first] - versions[last], (first, last)
    summary = grebe.run("diff", table, "--from", "1", "--summary", "--format", "ndjson").stdout
    assert [json.loads(line) for line in summary.splitlines()] == [{"change": "delete", "rows": 6}]


def test_versions_that_are_not_there(grebe, tmp_path):
    table = tmp_path / "t"
    deltalake.write_deltalake(str(table), pa.table({"a": [1]}))
    assert "no version 9" in grebe.run("diff", table, "--from", "9", code=66).stderr
    assert "not a time" in grebe.run("diff", table, "--from", "soon", code=64).stderr
    assert grebe.run("diff", table, "--from", "0").stdout.strip() != ""


def test_files_that_are_gone_are_the_tables_damage(grebe, tmp_path):
    table = tmp_path / "t"
    deltalake.write_deltalake(str(table), pa.table({"id": list(range(9))}), configuration={
        "delta.enableDeletionVectors": "true"})
    grebe.run("delete", table, "--where", "id = 3")
    grebe.run("delete", table, "--where", "id = 4")
    asked = [["query", f"SELECT * FROM '{table}'"], ["diff", table, "--from", "1"],
             ["diff", table, "--from", "1", "--feed"], ["delete", table, "--where", "id = 5"]]
    for kind in ["deletion_vector_*.bin", "*.parquet"]:
        for file in table.glob(kind):
            file.unlink()
        for arguments in asked:
            told = grebe.run(*arguments, code=65).stderr
            assert "a file of the table is missing" in told and "VACUUM" in told, arguments


def test_versions_that_are_partitioned_otherwise(grebe, tmp_path):
    table = tmp_path / "t"
    rows = pa.table({"id": [1, 2, 3], "p": ["a", "b", "b"]})
    deltalake.write_deltalake(str(table), rows)
    deltalake.write_deltalake(
        str(table), rows, mode="overwrite", partition_by=["p"], schema_mode="overwrite")
    deltalake.write_deltalake(str(table), pa.table({"id": [4], "p": ["c"]}), mode="append")

    def told(*arguments):
        out = grebe.run("diff", table, *arguments, "--format", "ndjson").stdout
        return sorted(
            (row["_change_type"], row["id"], row["p"]) for row in map(json.loads, out.splitlines()))

    assert told("--from", "0", "--to", "1") == []
    assert told("--from", "0") == [("insert", 4, "c")]
    # The table keeps no change files: rows that a commit wrote again are no change of it.
    assert told("--from", "0", "--to", "1", "--feed") == []
    # A range without a commit.
    assert told("--from", "1", "--to", "1", "--feed") == []
    assert told("--from", "2", "--to", "2", "--feed") == []


def test_a_type_that_changed_is_named(grebe, tmp_path):
    table = tmp_path / "t"
    deltalake.write_deltalake(str(table), pa.table({"id": [1]}))
    deltalake.write_deltalake(
        str(table), pa.table({"id": ["x"]}), mode="overwrite", schema_mode="overwrite")
    for arguments in (["--from", "0"], ["--from", "1", "--to", "0"], ["--from", "0", "--feed"]):
        outcome = grebe.run("diff", table, *arguments, code=69)
        assert "the column id is" in outcome.stderr


def test_columns_that_are_gone_are_named(grebe, tmp_path):
    table = tmp_path / "t"
    deltalake.write_deltalake(str(table), pa.table({"id": [1], "v": ["a"]}))
    deltalake.write_deltalake(
        str(table), pa.table({"id": [1], "w": ["a"]}), mode="overwrite", schema_mode="overwrite")
    outcome = grebe.run("diff", table, "--from", "0")
    assert "version 1 no longer has v of version 0" in outcome.stderr


def test_fields_that_are_gone_are_named_by_their_paths(grebe, tmp_path):
    table = tmp_path / "t"
    row = {"a": 1, "b": 2, "in": {"c": 3, "d": 4}}
    deltalake.write_deltalake(str(table), pa.table({
        "id": [1], "who": [row], "list": [[row]],
        "map": pa.array([[("k", row)]], pa.map_(pa.string(), pa.infer_type([row])))}))
    grebe.run("alter", table, "--set", "delta.columnMapping.mode=name")
    gone = ["who.b", "who.in.c", "list.element.in.d", "map.value.a"]
    grebe.run("alter", table, *[f"--drop-column={path}" for path in gone])
    for feed in ([], ["--feed"]):
        told = grebe.run("diff", table, "--from", "1", *feed).stderr
        assert f"version 2 no longer has {', '.join(gone)} of version 1" in told
        # A name that is used again is another field.
        assert "no longer" not in grebe.run("diff", table, "--from", "2", *feed).stderr
    grebe.run("alter", table, "--rename-column=who.a=b")
    grebe.run("alter", table, "--add-column=who.a STRING")
    assert "no longer" not in grebe.run("diff", table, "--from", "2").stderr


def test_a_feed_names_columns_that_came_and_went_between_its_ends(grebe, tmp_path):
    table = tmp_path / "t"
    source = tmp_path / "new.csv"
    deltalake.write_deltalake(str(table), pa.table({"id": [1], "old": [1]}))
    grebe.run("alter", table, "--set", "delta.columnMapping.mode=name")
    grebe.run("alter", table, "--add-column", "tmp INT, other INT")
    source.write_text("id,old,tmp,other\n2,2,2,2\n")
    grebe.run("convert", source, "--into", table)
    grebe.run("alter", table, "--drop-column", "other")
    grebe.run("alter", table, "--drop-column", "tmp", "--drop-column", "old")
    told = grebe.run("diff", table, "--from", "0", "--feed").stderr.splitlines()
    notes = [line for line in told if "no longer" in line]
    assert len(notes) == 2
    assert "version 5 no longer has old of version 0" in notes[0]
    assert "version 5 no longer has tmp, other of version 2" in notes[1]
    # The two ends alone, and a feed that starts behind it.
    assert "tmp" not in grebe.run("diff", table, "--from", "0").stderr
    assert "no longer" not in grebe.run("diff", table, "--from", "5", "--feed").stderr
    assert "no longer has old, tmp of version 4" in grebe.run(
        "diff", table, "--from", "4", "--feed").stderr


def test_a_feed_without_change_files_tells_what_each_commit_changed(grebe, tmp_path):
    table = tmp_path / "t"
    deltalake.write_deltalake(str(table), pa.table({"id": list(range(100))}))
    for removed in (3, 7):
        grebe.run("delete", table, "--where", f"id = {removed}")
    out = grebe.run("diff", table, "--from", "0", "--feed", "--format", "ndjson").stdout
    found = [json.loads(line) for line in out.splitlines()]
    assert [(row["_change_type"], row["_commit_version"], row["id"]) for row in found] == [
        ("delete", 1, 3), ("delete", 2, 7)]


def test_a_file_that_a_vacuum_took_is_told_with_a_hint(grebe, tmp_path):
    table = tmp_path / "t"
    deltalake.write_deltalake(str(table), pa.table({"id": [1]}))
    for path in table.glob("*.parquet"):
        path.unlink()
    deltalake.write_deltalake(str(table), pa.table({"id": [2]}), mode="overwrite")
    outcome = grebe.run("diff", table, "--from", "0", code=65)
    assert "a file of the table" in outcome.stderr and "VACUUM" in outcome.stderr
