"""Every version of a table that Grebe wrote stays readable, through appends and compactions."""

import datetime
import itertools
import json
import os

import deltalake
import pyarrow as pa
import pytest

import dumps
import peers
from rows import UTC


@pytest.fixture(params=[None, "region"], ids=["flat", "partitioned"])
def loads(request, grebe, tmp_path):
    """A table of three appends, and the dumps they loaded."""
    table = tmp_path / "orders"
    loaded = [dumps.orders(600, seed=n, first_id=n * 1000) for n in range(3)]
    for number, dump in enumerate(loaded):
        layout = ["--partition-by", request.param] if request.param and number == 0 else []
        source = dump.write(tmp_path / f"orders-{number}.csv")
        report = grebe.convert(source, table, "--schema", dump.ddl, *layout)
        assert report["version"] == number
    return table, loaded


def assert_version(grebe, table, version, dump_list):
    names = dump_list[0].names
    expected = [row for dump in dump_list for row in dump.rows]
    peers.assert_all_read(table, names, expected, version)
    found = grebe.query(f"SELECT * FROM '{table}' VERSION AS OF {version}")
    peers.assert_same_rows(dump_list[0].parse(found), expected, f"grebe, version {version}")


@pytest.mark.parametrize("arguments", [
    ["head", "T@v0", "--version", "1"], ["schema", "T@v0", "--timestamp", "2999-01-01"],
    ["query", "SELECT * FROM 'T@v0' VERSION AS OF 0"]])
def test_a_version_is_named_once(grebe, tmp_path, arguments):
    table = tmp_path / "t"
    deltalake.write_deltalake(str(table), pa.table({"a": [1]}))
    told = grebe.run(*[word.replace("T@", f"{table}@") for word in arguments], code=64).stderr
    assert "pins a version" in told and "hint: use one of the two" in told


def test_appends(grebe, loads):
    table, loaded = loads
    for version in range(3):
        assert_version(grebe, table, version, loaded[:version + 1])
    assert grebe.versions(table) == peers.versions(table) == [0, 1, 2]


def test_overwrite(grebe, loads, tmp_path):
    table, loaded = loads
    fresh = dumps.orders(100, seed=9, first_id=90_000)
    source = fresh.write(tmp_path / "fresh.csv")
    grebe.convert(source, table, "--mode", "overwrite", "--schema", fresh.ddl)
    assert_version(grebe, table, 2, loaded)
    assert_version(grebe, table, 3, [fresh])


def test_compaction_keeps_rows_and_old_versions(grebe, loads):
    table, loaded = loads
    before = deltalake.DeltaTable(str(table))
    file_count = len(before.file_uris())

    grebe.run("compact", table, "--dry-run")
    assert peers.versions(table) == [0, 1, 2], "--dry-run committed something"

    grebe.run("compact", table)
    assert peers.versions(table) == [0, 1, 2, 3]
    after = deltalake.DeltaTable(str(table))
    assert len(after.file_uris()) < file_count
    assert len(after.partitions()) == len(before.partitions())
    for version in range(3):
        assert_version(grebe, table, version, loaded[:version + 1])
    assert_version(grebe, table, 3, loaded)

    grebe.run("compact", table)
    assert peers.versions(table) == [0, 1, 2, 3], "nothing to compact, and yet a commit"


def test_compaction_moves_rows_and_changes_none(grebe, loads):
    table, _ = loads
    grebe.run("compact", table)
    text = (table / "_delta_log" / f"{3:020}.json").read_text(encoding="utf-8")
    actions = [json.loads(line) for line in text.splitlines()]
    moved = [a.get("add") or a.get("remove") for a in actions if "add" in a or "remove" in a]
    assert moved and all(action["dataChange"] is False for action in moved)


def test_time_travel_by_pin_and_by_time(grebe, loads):
    table, loaded = loads
    count = f"SELECT count(*) AS n FROM '{table}@v1'"
    assert grebe.query(count) == [{"n": 1200}]
    assert len(grebe.json("head", f"{table}@v0", "-n", "5")) == 5
    future = f"SELECT count(*) AS n FROM '{table}' TIMESTAMP AS OF '2999-01-01T00:00:00Z'"
    assert grebe.query(future) == [{"n": 1800}]
    grebe.run(
        "query", f"SELECT * FROM '{table}' TIMESTAMP AS OF '1999-01-01T00:00:00Z'", code=66)


def entry(table, version):
    return table / "_delta_log" / f"{version:020}.json"


def set_file_millis(table, version, millis):
    os.utime(entry(table, version), ns=(millis * 10**6,) * 2)


def in_commit_millis(table, version):
    return json.loads(entry(table, version).read_text().splitlines()[0])["commitInfo"][
        "inCommitTimestamp"]


LONG_AGO = 1_000_000_000_000  # 2001-09-09T01:46:40Z


def by_file_times(grebe, table, add):
    """The third file is older than the second, whose time it follows by a millisecond."""
    written = [LONG_AGO, LONG_AGO + 60_000, LONG_AGO + 30_000, LONG_AGO + 90_123]
    for version, millis in enumerate(written):
        add()
        set_file_millis(table, version, millis)
    return [*written[:2], written[1] + 1, written[3]]


def by_commit_times(grebe, table, add):
    """From the first version on, as its creator would have it; the times of files say nothing."""
    add()
    lines = [json.loads(line) for line in entry(table, 0).read_text().splitlines()]
    for line in lines:
        line.get("commitInfo", {})["inCommitTimestamp"] = LONG_AGO
        if "protocol" in line:
            line["protocol"] = {"minReaderVersion": 1, "minWriterVersion": 7,
                                "writerFeatures": ["inCommitTimestamp"]}
        if "metaData" in line:
            line["metaData"]["configuration"]["delta.enableInCommitTimestamps"] = "true"
    entry(table, 0).write_text("".join(json.dumps(line) + "\n" for line in lines))
    entry(table, 0).with_suffix(".crc").unlink()  # Says what the table was before.
    for version in range(1, 4):
        add()
        set_file_millis(table, version, LONG_AGO - version)
    return [in_commit_millis(table, version) for version in range(4)]


def by_both(grebe, table, add):
    """In commits from the third version on."""
    written = [LONG_AGO, LONG_AGO + 7]
    for version, millis in enumerate(written):
        add()
        set_file_millis(table, version, millis)
    grebe.run("alter", table, "--set", "delta.enableInCommitTimestamps=true")
    add()
    set_file_millis(table, 2, LONG_AGO - 1)
    set_file_millis(table, 3, LONG_AGO - 2)
    return written + [in_commit_millis(table, version) for version in (2, 3)]


@pytest.mark.parametrize("make", [by_file_times, by_commit_times, by_both])
def test_time_travel_to_the_millisecond(grebe, tmp_path, make):
    table, count = tmp_path / "t", itertools.count()

    def add():
        number = next(count)
        source = tmp_path / f"{number}.csv"
        source.write_text(f"n\n{number}\n")
        grebe.convert(source, table)

    times = make(grebe, table, add)
    assert times == sorted(set(times))
    history = grebe.json("history", table)
    assert [commit["timestamp_millis"] for commit in reversed(history)] == times
    ways = itertools.cycle([
        lambda moment: [f"{table}@{moment}"], lambda moment: [table, "--timestamp", moment]])
    rows = [len(peers.read_delta_rs(table, ["n"], version)) for version in range(4)]
    for millis in sorted({time + step for time in times for step in (-1, 0, 1)}):
        moment = datetime.datetime.fromtimestamp(millis // 1000, UTC).strftime("%FT%T")
        moment += f".{millis % 1000:03}Z"
        current = sum(time <= millis for time in times) - 1
        for arguments in (["query", f"SELECT n FROM '{table}' TIMESTAMP AS OF '{moment}'"],
                          ["head", *next(ways)(moment)]):
            if current < 0:
                refused = grebe.run(*arguments, code=66)
                assert "no version as old as that" in refused.error
            else:
                assert len(grebe.json(*arguments)) == rows[current], (moment, current)


def test_a_source_is_loaded_once(grebe, tmp_path):
    dump = dumps.orders(300, seed=1)
    source, table = dump.write(tmp_path / "orders.csv"), tmp_path / "t"
    first = grebe.convert(source, table, "--schema", dump.ddl)
    again = grebe.convert(source, table)
    assert "loaded" in str(first["sources"]) and "already_loaded" in str(again["sources"])
    assert (again["rows_written"], again["version"]) == (0, 0)
    peers.assert_all_read(table, dump.names, dump.rows)
    forced = grebe.convert(source, table, "--force")
    assert (forced["rows_written"], forced["version"]) == (300, 1)
    peers.assert_all_read(table, dump.names, dump.rows * 2, version=1)


def test_others_append_to_a_table_of_grebe(grebe, loads):
    table, loaded = loads
    more = dumps.orders(50, seed=8, first_id=70_000)
    schema = deltalake.DeltaTable(str(table)).schema().to_arrow()
    columns = zip(*more.rows)
    arrays = [
        peers.pyarrow.array(column, peers.pyarrow.field(field).type)
        for column, field in zip(columns, schema)]
    names = [peers.pyarrow.field(field).name for field in schema]
    deltalake.write_deltalake(
        str(table), peers.pyarrow.Table.from_arrays(arrays, names=names), mode="append")
    assert_version(grebe, table, 3, [*loaded, more])
    assert_version(grebe, table, 2, loaded)
