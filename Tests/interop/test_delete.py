"""Rows that Grebe deletes are gone for everyone, and only they."""

import json

import deltalake
import pyarrow as pa
import pytest

import peers


def make_table(path, configuration=None, partition_by=None):
    rows = pa.table({
        "id": pa.array(range(1000), pa.int64()),
        "part": pa.array(["a" if i % 3 else "b" for i in range(1000)]),
        "value": pa.array([None if i % 7 == 0 else i * 0.5 for i in range(1000)], pa.float64()),
    })
    for start in (0, 500):
        deltalake.write_deltalake(
            str(path), rows.slice(start, 500), mode="append", partition_by=partition_by,
            configuration=configuration if start == 0 else None)
    return {row["id"]: row for row in rows.to_pylist()}


def ids(table, reader):
    return sorted(row[0] for row in reader(table, ["id"]))


WITH_VECTORS = {"delta.enableDeletionVectors": "true"}


@pytest.mark.parametrize("configuration", [None, WITH_VECTORS], ids=["rewrite", "vectors"])
@pytest.mark.parametrize("partition_by", [None, ["part"]], ids=["whole", "partitioned"])
def test_deleted_rows_are_gone_for_everyone(grebe, tmp_path, configuration, partition_by):
    table = tmp_path / "t"
    rows = make_table(table, configuration, partition_by)
    left = set(rows)
    for predicate, goes in [
        ("id % 10 = 3", lambda row: row["id"] % 10 == 3),
        ("value > 300", lambda row: row["value"] is not None and row["value"] > 300),
        ("part = 'b' AND id < 100", lambda row: row["part"] == "b" and row["id"] < 100),
    ]:
        gone = {key for key in left if goes(rows[key])}
        report = json.loads(
            grebe.run("delete", table, "--where", predicate, "--format", "json").stdout)
        assert report["rows_deleted"] == len(gone)
        assert (report["deletion_vectors"] > 0) == (
            configuration is not None and report["files_removed"] == 0)
        left -= gone
        assert ids(table, peers.read_duckdb) == sorted(left)
        if configuration is None:
            assert ids(table, peers.read_delta_rs) == sorted(left)
        found = grebe.query(f"SELECT id FROM '{table}'")
        assert sorted(row["id"] for row in found) == sorted(left)
    assert len(grebe.query(f"SELECT id FROM '{table}' VERSION AS OF 1")) == 1000

    grebe.run("compact", table)
    assert ids(table, peers.read_delta_rs) == sorted(left)
    assert ids(table, peers.read_duckdb) == sorted(left)


def test_vectors_of_others_are_read_and_united(grebe, tmp_path):
    table = tmp_path / "t"
    make_table(table, WITH_VECTORS)
    grebe.run("delete", table, "--where", "id IN (1, 2, 600)")
    grebe.run("delete", table, "--where", "id IN (2, 3, 601)")
    assert set(range(1000)) - set(ids(table, peers.read_duckdb)) == {1, 2, 3, 600, 601}
    summary = json.loads(grebe.run("describe", table, "--format", "json").stdout)
    assert summary["rows"] == 995


def test_a_whole_partition_and_everything(grebe, tmp_path):
    table = tmp_path / "t"
    make_table(table, partition_by=["part"])
    report = json.loads(
        grebe.run("delete", table, "--where", "part = 'b'", "--format", "json").stdout)
    assert (report["files_removed"], report["files_rewritten"]) == (2, 0)
    assert {row[0] for row in peers.read_delta_rs(table, ["part"])} == {"a"}
    grebe.run("delete", table, "--where", "true")
    assert ids(table, peers.read_delta_rs) == []
    nothing = json.loads(
        grebe.run("delete", table, "--where", "true", "--format", "json").stdout)
    assert nothing["committed"] is False and nothing["rows_deleted"] == 0


def test_change_files_hold_every_deleted_row(grebe, tmp_path):
    table = tmp_path / "t"
    make_table(table, {"delta.enableChangeDataFeed": "true"}, ["part"])
    grebe.run("delete", table, "--where", "part = 'b' OR id = 1")
    changes = pa.table(deltalake.DeltaTable(str(table)).load_cdf(starting_version=2)).to_pylist()
    wanted = {i for i in range(1000) if i % 3 == 0} | {1}
    assert {row["id"] for row in changes} == wanted
    assert {row["_change_type"] for row in changes} == {"delete"}


@pytest.mark.parametrize("arguments, code, words", [
    (["--where", "nothing = 1"], 64, "nothing"),
    (["--where", "id +"], 64, "expression"),
    (["--where", "id = 1", "--if-version", "0"], 75, "is at version 1, not 0"),
])
def test_what_makes_no_sense_changes_nothing(grebe, tmp_path, arguments, code, words):
    table = tmp_path / "t"
    make_table(table)
    outcome = grebe.run("delete", table, *arguments, code=code)
    assert words in outcome.error
    assert deltalake.DeltaTable(str(table)).version() == 1


def test_a_table_that_only_takes_appends(grebe, tmp_path):
    table = tmp_path / "t"
    make_table(table, {"delta.appendOnly": "true"})
    assert "appendOnly" in grebe.run("delete", table, "--where", "id = 1", code=64).error


def test_a_vector_says_how_many_rows_the_file_has(grebe, tmp_path):
    """Also where nothing said it before, and that the bounds may be wide now."""
    table = tmp_path / "t"
    make_table(table, WITH_VECTORS)
    for version in (0, 1):
        path = table / "_delta_log" / f"{version:020}.json"
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        for line in lines:
            if "add" in line and version == 0:
                line["add"].pop("stats", None)
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    grebe.run("delete", table, "--where", "id = 3 OR id = 703")
    lines = (table / "_delta_log" / f"{2:020}.json").read_text().splitlines()
    adds = [json.loads(line)["add"] for line in lines if '"add"' in line]
    assert len(adds) == 2 and all(add["deletionVector"]["cardinality"] == 1 for add in adds)
    for add in adds:
        stats = json.loads(add["stats"])
        assert (stats["numRecords"], stats["tightBounds"]) == (500, False)


def test_no_vectors_where_the_table_does_not_ask_for_them(grebe, tmp_path):
    table = tmp_path / "t"
    make_table(table)
    grebe.run("alter", table, "--add-feature", "deletionVectors")
    report = json.loads(
        grebe.run("delete", table, "--where", "id = 3", "--format", "json").stdout)
    assert report["deletion_vectors"] == 0 and report["files_rewritten"] == 1
