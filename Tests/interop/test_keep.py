"""Restored, vacuumed and repaired tables, as others read them; and their tables, kept by Grebe."""

import datetime
import json
import os
import pathlib
import subprocess
import sys
import time
import urllib.parse

import deltalake
import pyarrow
import pytest

import dumps
import peers
import test_read_tables

NOW = ["--retain", "0", "--no-retention-check"]


@pytest.fixture(params=[None, "region"], ids=["flat", "partitioned"])
def versions(request, grebe, tmp_path):
    """A table of two appends, an overwrite and a compaction; the rows of each version."""
    table = tmp_path / "orders"
    loads = [dumps.orders(300, seed=n, first_id=n * 1000) for n in range(3)]
    layout = ["--partition-by", request.param] if request.param else []
    for number, dump in enumerate(loads):
        source = dump.write(tmp_path / f"orders-{number}.csv")
        mode = ["--mode", "overwrite"] if number == 2 else []
        grebe.convert(source, table, "--schema", dump.ddl, *(layout if number == 0 else []), *mode)
    a, b, c = (dump.rows for dump in loads)
    return table, loads[0].names, [a, a + b, c]


def test_everyone_reads_a_restored_table(grebe, versions):
    table, names, rows = versions
    for version in [1, 0, 2]:
        report = grebe.json("restore", table, "--to", version)
        peers.assert_all_read(table, names, rows[version])
        peers.assert_all_read(table, names, rows[version], report["version"])
    entry = deltalake.DeltaTable(str(table)).history(1)[0]
    assert entry["operation"] == "RESTORE"
    grebe.run("verify", table, "--deep")


def test_a_restore_to_a_time_after_the_last_version_says_so(grebe, versions):
    table, names, rows = versions
    refused = grebe.run("restore", table, "--to", "2999-01-01T00:00:00Z", code=66)
    assert "2999-01-01T00:00:00Z lies after the table's last version, 2 of 2" in refused.stderr
    assert "hint: " in refused.stderr and "grebe history" in refused.stderr
    # A time that is past, after which nothing has changed: there is an answer, and nothing to do.
    time.sleep(1.1)
    past = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    report = grebe.run("restore", table, "--to", past)
    assert "nothing to do" in report.stdout
    assert f"{past} lies after its last version, 2 of 2" in report.stdout
    assert deltalake.DeltaTable(str(table)).version() == 2
    # Reading takes any time: the last version is the one that is current then.
    assert len(grebe.query(f"SELECT 1 AS x FROM '{table}' TIMESTAMP AS OF '2999-01-01'")) == len(
        rows[2])


def test_others_read_what_a_vacuum_leaves(grebe, versions):
    table, names, rows = versions
    before = set(peers.data_files(table))
    listed = grebe.json("vacuum", table, *NOW, "--dry-run")["files"]
    assert set(peers.data_files(table)) == before
    report = grebe.json("vacuum", table, *NOW)
    assert report["files_deleted"] == len(listed)
    after = set(peers.data_files(table))
    assert before - after == {table / path for path in listed}
    assert after == {pathlib.Path(uri.removeprefix("file://"))
                     for uri in deltalake.DeltaTable(str(table)).file_uris()}
    peers.assert_all_read(table, names, rows[2])
    history = deltalake.DeltaTable(str(table)).history(2)
    assert [entry["operation"] for entry in history] == ["VACUUM END", "VACUUM START"]
    assert grebe.json("vacuum", table, *NOW)["files_deleted"] == 0
    grebe.run("restore", table, "--to", 0, code=66)
    grebe.run("verify", table, "--deep")


def test_delta_rs_finds_nothing_left_to_vacuum(grebe, versions):
    table, _, _ = versions
    handle = deltalake.DeltaTable(str(table))
    theirs = handle.vacuum(retention_hours=0, enforce_retention_duration=False, full=True)
    ours = grebe.json("vacuum", table, *NOW, "--dry-run")["files"]
    assert sorted(ours) == sorted(theirs)
    grebe.run("vacuum", table, *NOW)
    handle = deltalake.DeltaTable(str(table))
    # It goes on naming what tombstones name, whether or not the file is there.
    named = handle.vacuum(retention_hours=0, enforce_retention_duration=False, full=True)
    assert [name for name in named if (table / urllib.parse.unquote(name)).exists()] == []


def test_lite_takes_what_delta_rs_takes(grebe, versions):
    table, names, rows = versions
    orphan = table / "part-orphan.parquet"
    orphan.write_bytes(b"x")
    handle = deltalake.DeltaTable(str(table))
    theirs = handle.vacuum(retention_hours=0, enforce_retention_duration=False, full=False)
    ours = grebe.json("vacuum", table, *NOW, "--lite", "--dry-run")["files"]
    assert sorted(ours) == sorted(theirs) and ours
    grebe.run("vacuum", table, *NOW, "--lite")
    assert orphan.exists()
    peers.assert_all_read(table, names, rows[2])


def test_a_table_of_delta_rs(grebe, tmp_path):
    table = tmp_path / "t"
    dump = dumps.orders(300, seed=1)
    data = test_read_tables.arrow_table(dump)
    for start in range(0, 300, 50):
        deltalake.write_deltalake(
            str(table), data.slice(start, 50), mode="append", partition_by=["region"])
        if start == 100:
            deltalake.DeltaTable(str(table)).create_checkpoint()
    deltalake.DeltaTable(str(table)).delete("id % 3 = 0")
    grebe.run("verify", table, "--deep")
    for version in [1, 6, 4]:
        expected = peers.read_delta_rs(table, dump.names, version)
        grebe.run("restore", table, "--to", version)
        peers.assert_all_read(table, dump.names, expected)
    grebe.run("vacuum", table, *NOW)
    peers.assert_all_read(table, dump.names, dump.rows[:250])
    grebe.run("verify", table, "--deep")


def test_delta_rs_restores_what_grebe_restored(grebe, versions):
    table, names, rows = versions
    grebe.run("restore", table, "--to", 0)
    deltalake.DeltaTable(str(table)).restore(1)
    peers.assert_all_read(table, names, rows[1])
    found = grebe.query(f"SELECT count(*) AS n FROM '{table}'")
    assert found == [{"n": len(rows[1])}]
    grebe.run("verify", table, "--deep")


def tear(table, version: int, length: int) -> pathlib.Path:
    commit = table / "_delta_log" / f"{version:020}.json"
    commit.write_bytes(commit.read_bytes()[:length])
    os.utime(commit, (time.time() - 300,) * 2)
    return commit


@pytest.mark.parametrize("length", [0, 40, 900])
def test_others_read_a_repaired_table_and_write_on(grebe, versions, length):
    table, names, rows = versions
    commit = tear(table, 2, length)
    found = grebe.run("verify", table, code=65)
    assert "commit_torn" in found.stdout
    report = grebe.json("verify", table, "--repair")
    assert report["ok"] and report["repaired"]["version"] == 2 and report["version"] == 1
    assert not commit.exists() and (table / report["repaired"]["moved_to"]).exists()
    peers.assert_all_read(table, names, rows[1])
    deltalake.DeltaTable(str(table)).delete("id < 1000")
    peers.assert_all_read(table, names, [row for row in rows[1] if row[0] >= 1000])
    assert grebe.versions(table) == [0, 1, 2]
    # The files of the torn load are nobody's now.
    left = grebe.json("vacuum", table, *NOW)["files_deleted"]
    assert left > 0
    peers.assert_all_read(table, names, [row for row in rows[1] if row[0] >= 1000])


def test_what_others_wrote_with_deletion_vectors_is_kept(grebe, shared_data, tmp_path):
    source = shared_data / "delta" / "table-with-dv-small"
    if not source.exists():
        pytest.skip(f"{source} is not there")
    table = tmp_path / "t"
    table.mkdir()
    for path in source.rglob("*"):
        if path.is_file():
            copy = table / path.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    columns = [field.name for field in deltalake.DeltaTable(str(source)).schema().fields]
    expected = peers.read_delta_rs(table, columns)
    grebe.run("verify", table, "--deep")
    (table / "orphan.bin").write_bytes(b"x")
    assert grebe.json("vacuum", table, *NOW)["files_deleted"] == 1
    peers.assert_all_read(table, columns, expected)
    grebe.run("restore", table, "--to", 0)
    assert len(peers.read_delta_rs(table, columns)) > len(expected)
    grebe.run("restore", table, "--to", 1)
    peers.assert_all_read(table, columns, expected)


def test_a_table_that_delta_rs_damaged_nothing_of(grebe, tmp_path):
    """Every type with nulls, several row groups, written by another engine."""
    dump = dumps.every_type(1500, seed=2)
    data = test_read_tables.arrow_table(dump)
    deltalake.write_deltalake(str(tmp_path / "t"), data)
    report = grebe.json("verify", tmp_path / "t", "--deep")
    assert report["ok"] and report["rows_checked"] == 1500
    [commit] = (tmp_path / "t" / "_delta_log").glob("*.json")
    lines = [json.loads(line) for line in commit.read_text().splitlines()]
    for line in lines:
        if "add" in line:
            stats = json.loads(line["add"]["stats"])
            stats["numRecords"] += 1
            line["add"]["stats"] = json.dumps(stats)
    commit.write_text("\n".join(map(json.dumps, lines)))
    grebe.run("verify", tmp_path / "t", code=0)
    report = json.loads(
        grebe.run("verify", tmp_path / "t", "--deep", "--format", "json", code=65).stdout)
    assert {finding["kind"] for finding in report["findings"]} == {"row_count"}
    assert isinstance(data, pyarrow.Table)


# A process starts with the peak of the one that made it: this one is small.
MEASURE = """
import resource, subprocess, sys
subprocess.run(sys.argv[2:], stdout=open(sys.argv[1], "w"), check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)
"""


def peak_bytes(grebe, output: pathlib.Path, *arguments) -> int:
    """Memory that a command takes at most; what it prints goes to `output`."""
    return int(subprocess.check_output(
        [sys.executable, "-S", "-c", MEASURE, output, *grebe.command(*arguments)]))


@pytest.mark.parametrize("form", ["text", "json"])
def test_files_that_a_vacuum_finds_take_little_more_than_their_names(grebe, tmp_path, form):
    """In memory, told of or deleted."""
    tables = {tmp_path / "few": 1_000, tmp_path / "many": 40_000}
    name = "part-{:05}-0f8fad5b-d9cb-469f-a165-70867728950e.zstd.parquet"
    for table, count in tables.items():
        deltalake.write_deltalake(str(table), pyarrow.table({"n": [1]}))
        for number in range(count):
            path = table / f"p={number // 1000}" / name.format(number)
            path.parent.mkdir(exist_ok=True)
            path.touch()
            os.utime(path, (0, 0))
    told = {}
    for arguments in (["--dry-run"], []):
        peaks = []
        for table in tables:
            told[table] = tmp_path / f"{table.name}.{form}"
            peaks.append(peak_bytes(
                grebe, told[table], "vacuum", table, "--format", form, *arguments))
        grown = (peaks[1] - peaks[0]) / (40_000 - 1_000)
        assert grown < 2.5 * len(name.format(0)), f"{grown:.0f} bytes a file"
        if not arguments:
            continue
        for table, count in tables.items():
            text = told[table].read_text()
            if form == "json":
                report = json.loads(text)
                assert report["files_deleted"] == count
                paths = report["files"]
            else:
                paths = text.splitlines()[:-1]
            assert len(paths) == count
            assert paths == sorted(paths, key=lambda path: path.rpartition("/")[::2])
            assert set(paths) == {
                f"p={number // 1000}/{name.format(number)}" for number in range(count)}
    assert not list((tmp_path / "many").glob("p=*"))
