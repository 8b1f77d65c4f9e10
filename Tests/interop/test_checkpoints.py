"""Grebe checkpoints and tidies logs, others read: every version, from the checkpoint alone."""

import json
import pathlib
import random
import shutil

import deltalake
import pyarrow.parquet
import pytest

import dumps
import peers


def log(table, pattern: str) -> list[str]:
    return sorted(path.name for path in (pathlib.Path(table) / "_delta_log").glob(pattern))


def version_of(name: str) -> int:
    return int(name[:20])


def commits(table) -> list[int]:
    return [version_of(name) for name in log(table, "*.json") if name.count(".") == 1]


def drop_log_before(table, version: int):
    """Leaves nothing of the log older than a checkpoint, nor the commit that it stands for."""
    for name in log(table, "0*"):
        if version_of(name) < version or name == f"{version:020d}.json":
            (pathlib.Path(table) / "_delta_log" / name).unlink()


def edit_first_commit(table, **changes):
    """Sets table properties and the protocol, as its creator would have."""
    path = pathlib.Path(table) / "_delta_log" / f"{0:020d}.json"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    for line in lines:
        if "metaData" in line:
            line["metaData"]["configuration"].update(changes.get("configuration", {}))
        if "protocol" in line and "protocol" in changes:
            line["protocol"] = changes["protocol"]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    for name in log(table, "*.crc"):  # Says what the table was before the change.
        (path.parent / name).unlink()


def grown(grebe, table: pathlib.Path, versions: int, seed: int, *options) -> list:
    """A table that gains rows with every version; the rows of each."""
    rows, states = [], []
    for version in range(versions):
        dump = dumps.orders(60, seed=seed + version)
        source = dump.write(table.parent / f"{table.name}-{seed + version}.csv")
        grebe.convert(source, table, "--schema", dump.ddl, *options)
        rows = rows + dump.rows
        states.append(rows)
    return [dump.names, states]


def read_pyarrow(path):
    return pyarrow.parquet.ParquetFile(path).read()


def test_every_version_from_automatic_checkpoints(grebe, tmp_path):
    table = tmp_path / "t"
    names, states = grown(grebe, table, 23, 10, "--partition-by", "region")
    assert [version_of(name) for name in log(table, "*.checkpoint.parquet")] == [10, 20]
    assert json.loads((table / "_delta_log/_last_checkpoint").read_text())["version"] == 20
    for version in range(23):
        peers.assert_all_read(table, names, states[version], version=version)
    for start in (10, 20):
        drop_log_before(table, start)
        for version in range(start, 23):
            peers.assert_all_read(table, names, states[version], version=version)
        peers.assert_all_read(table, names, states[-1])
        (table / "_delta_log/_last_checkpoint").unlink(missing_ok=True)
        peers.assert_all_read(table, names, states[-1])


@pytest.mark.parametrize("hint", [True, False], ids=["hint", "no hint"])
def test_every_type_from_a_checkpoint(grebe, tmp_path, hint):
    table = tmp_path / "t"
    dump = dumps.every_type(500, seed=3)
    source = dump.write(tmp_path / "t.csv")
    grebe.convert(source, table, "--schema", dump.ddl)
    report = grebe.json("checkpoint", table)
    assert (report["version"], report["kind"], report["files"]) == (0, "classic", 1)
    assert (table / report["path"]).stat().st_size == report["size_bytes"]
    drop_log_before(table, 0)
    if not hint:
        (table / "_delta_log/_last_checkpoint").unlink()
    peers.assert_all_read(table, dump.names, dump.rows)
    peers.assert_same_rows(
        dump.parse(grebe.query(f"SELECT * FROM '{table}'")), dump.rows, "grebe")


def test_statistics_in_both_forms(grebe, tmp_path):
    table = tmp_path / "t"
    names, states = grown(grebe, table, 4, 30, "--partition-by", "region")
    edit_first_commit(table, configuration={
        "delta.checkpoint.writeStatsAsStruct": "true",
        "delta.checkpoint.writeStatsAsJson": "false"})
    report = grebe.json("checkpoint", table)
    adds = [row["add"] for row in read_pyarrow(table / report["path"]).to_pylist() if row["add"]]
    assert len(adds) == report["files"] > 0
    assert all("stats" not in add for add in adds)
    assert sum(add["stats_parsed"]["numRecords"] for add in adds) == len(states[-1])
    found = {add["partitionValues_parsed"]["region"] for add in adds}
    assert found == {row[1] for row in states[-1]}
    days = [row[2] for row in states[-1] if row[2] is not None]
    assert min(add["stats_parsed"]["minValues"]["day"] for add in adds) == min(days)
    assert max(add["stats_parsed"]["maxValues"]["day"] for add in adds) == max(days)
    drop_log_before(table, 3)
    peers.assert_all_read(table, names, states[-1])
    # What pruning leaves must be everything that fits.
    day = sorted(days)[len(days) // 2]
    wanted = [row for row in states[-1] if row[2] == day]
    found = peers.read_delta_rs_query(table, f"select * from t where day = DATE '{day}'")
    assert len(found) == len(wanted)
    duck = peers.DUCKDB.execute(
        f"select count(*) from delta_scan('{table}') where day = DATE '{day}'").fetchone()[0]
    assert duck == len(wanted)


V2 = {
    "minReaderVersion": 3, "minWriterVersion": 7, "readerFeatures": ["v2Checkpoint"],
    "writerFeatures": ["v2Checkpoint", "appendOnly", "invariants"]}


def assert_v2_is_read(table, names: list[str], rows: list[tuple]):
    """By whoever has the feature; Polars does not, and says so."""
    for who in ("delta-rs", "duckdb"):
        peers.assert_same_rows(peers.READERS[who](table, names), rows, f"{who}, {table}")
    with pytest.raises(Exception, match="v2Checkpoint"):
        peers.read_polars(table, names)


def test_v2_checkpoints(grebe, tmp_path):
    table = tmp_path / "t"
    names, states = grown(grebe, table, 4, 50)
    edit_first_commit(
        table, configuration={"delta.checkpointPolicy": "v2", "delta.checkpointInterval": "2"},
        protocol=V2)
    report = grebe.json("checkpoint", table)
    assert (report["kind"], report["sidecars"]) == ("v2", 0)
    hint = json.loads((table / "_delta_log/_last_checkpoint").read_text())
    assert "_delta_log/" + hint["v2Checkpoint"]["path"] == report["path"]
    rows = read_pyarrow(table / report["path"]).to_pylist()
    own = [row["checkpointMetadata"] for row in rows if row["checkpointMetadata"]]
    assert [action["version"] for action in own] == [3]
    drop_log_before(table, 3)
    assert_v2_is_read(table, names, states[-1])


def test_v2_sidecars(grebe, tmp_path):
    table = tmp_path / "t"
    names, states = grown(grebe, table, 3, 70)
    edit_first_commit(
        table, configuration={"delta.checkpointPolicy": "v2", "delta.checkpointInterval": "1"},
        protocol=V2)
    # Tombstones enough that one file would be large: of files that never were.
    add_tombstones(table, 3, 60_000)
    report = grebe.json("checkpoint", table)
    assert (report["kind"], report["sidecars"], report["tombstones"]) == ("v2", 3, 60_000)
    sidecars = list((table / "_delta_log/_sidecars").glob("*.parquet"))
    assert len(sidecars) == 3
    assert sum(pyarrow.parquet.read_metadata(path).num_rows for path in sidecars) == (
        60_000 + report["files"])
    alone = tmp_path / "alone"
    shutil.copytree(table, alone)
    drop_log_before(alone, 3)
    assert_v2_is_read(alone, names, states[-1])
    # Commits go on, and so do checkpoints.
    dump = dumps.orders(60, seed=99)
    grebe.convert(dump.write(tmp_path / "more.csv"), table, "--schema", dump.ddl)
    assert [version_of(name) for name in log(table, "*.checkpoint.*")] == [3, 4]
    drop_log_before(table, 4)
    assert_v2_is_read(table, names, states[-1] + dump.rows)


def add_tombstones(table: pathlib.Path, version: int, count: int):
    """A commit that removes files that never were."""
    path = table / "_delta_log" / f"{version:020d}.json"
    removes = [
        {"remove": {"path": f"gone-{index}.parquet", "deletionTimestamp": 4102444800000,
                    "dataChange": True, "partitionValues": {}, "size": 10}}
        for index in range(count)]
    path.write_text("".join(json.dumps(line) + "\n" for line in removes))


def test_many_tombstones(grebe, tmp_path):
    table = tmp_path / "t"
    names, states = grown(grebe, table, 3, 170, "--partition-by", "region")
    add_tombstones(table, 3, 6_000)
    report = grebe.json("checkpoint", table)
    assert (report["kind"], report["tombstones"]) == ("classic", 6_000)
    metadata = pyarrow.parquet.read_metadata(table / report["path"])
    assert metadata.num_row_groups == 2 and metadata.row_group(1).num_rows == 6_000
    drop_log_before(table, 3)
    peers.assert_all_read(table, names, states[-1])
    tombstones = peers.pyarrow.table(
        pyarrow.parquet.read_table(table / report["path"], columns=["remove"])).to_pylist()
    assert sum(row["remove"] is not None for row in tombstones) == 6_000
    again = grebe.json("checkpoint", table)
    assert (again["files"], again["tombstones"]) == (report["files"], 6_000)


@pytest.mark.parametrize("group_rows", [500, 1_000_000])
@pytest.mark.parametrize("written", [
    {}, {"write_statistics": False},
    {"write_page_index": True, "data_page_size": 1000, "write_batch_size": 100}], ids=str)
@pytest.mark.parametrize("order", ["shuffled", "files last", "files within"])
def test_tombstones_among_files(grebe, tmp_path, order, written, group_rows):
    """As other writers mix them: the same files, rows and tombstones."""
    table = tmp_path / "t"
    names, states = grown(grebe, table, 3, 180, "--partition-by", "region")
    add_tombstones(table, 3, 9_000)
    report = grebe.json("checkpoint", table)
    drop_log_before(table, 3)

    def told():
        files = grebe.json("files", table)
        return [
            sorted(files, key=lambda file: file["path"]),
            sorted(grebe.query(f"SELECT * FROM '{table}'"), key=str)]

    expected = told()
    path = table / report["path"]
    data = read_pyarrow(path)
    rows = list(range(data.num_rows))
    if order == "shuffled":
        random.Random(5).shuffle(rows)
    elif order == "files last":
        rows.reverse()
    else:
        rows = rows[-4_500:] + rows[:-4_500]
    (table / "_delta_log/_last_checkpoint").unlink()
    pyarrow.parquet.write_table(data.take(rows), path, row_group_size=group_rows, **written)
    assert told() == expected
    again = grebe.json("checkpoint", table)
    assert (again["files"], again["tombstones"]) == (report["files"], 9_000)
    assert told() == expected
    peers.assert_all_read(table, names, states[-1])


def test_a_checkpoint_after_deltalake_and_deltalake_after_it(grebe, tmp_path):
    table = tmp_path / "t"
    names, states = grown(grebe, table, 2, 90)
    handle = deltalake.DeltaTable(str(table))
    handle.create_checkpoint()
    grebe.json("checkpoint", table)
    dump = dumps.orders(60, seed=95)
    grebe.convert(dump.write(tmp_path / "more.csv"), table, "--schema", dump.ddl)
    grebe.json("checkpoint", table)
    handle = deltalake.DeltaTable(str(table))
    handle.optimize.compact()
    handle = deltalake.DeltaTable(str(table))
    report = grebe.json("checkpoint", table)
    assert report["version"] == handle.version() and report["tombstones"] > 0
    drop_log_before(table, report["version"])
    peers.assert_all_read(table, names, states[-1] + dump.rows)
    handle = deltalake.DeltaTable(str(table))
    # Tombstones keep what vacuum may not remove yet.
    assert handle.vacuum(retention_hours=0, dry_run=True, enforce_retention_duration=False)


def test_checksum_files_agree_with_deltalake(grebe, tmp_path):
    table = tmp_path / "t"
    grown(grebe, table, 5, 110, "--partition-by", "region")
    grebe.json("compact", table)
    for version in range(deltalake.DeltaTable(str(table)).version() + 1):
        stated = json.loads((table / "_delta_log" / f"{version:020d}.crc").read_text())
        handle = deltalake.DeltaTable(str(table), version=version)
        adds = peers.pyarrow.table(handle.get_add_actions(flatten=True)).to_pylist()
        assert stated["numFiles"] == len(adds)
        assert stated["tableSizeBytes"] == sum(add["size_bytes"] for add in adds)
        assert stated["metadata"]["id"] == str(handle.metadata().id)


def test_compacted_logs_are_read(grebe, tmp_path):
    table = tmp_path / "t"
    names, states = grown(grebe, table, 1, 130)
    edit_first_commit(table, configuration={
        "grebe.logCompactionInterval": "3", "delta.checkpointInterval": "100"})
    more, later = grown(grebe, table, 6, 140)
    assert log(table, "*.compacted.json") == [
        f"{1:020d}.{3:020d}.compacted.json", f"{4:020d}.{6:020d}.compacted.json"]
    for version, rows in enumerate(later, start=1):
        peers.assert_all_read(table, names, states[0] + rows, version=version)


def test_expired_log_files_go(grebe, tmp_path):
    import os

    table = tmp_path / "t"
    names, states = grown(grebe, table, 14, 160)
    old = 1_600_000_000
    for path in (table / "_delta_log").iterdir():
        if path.name[0] == "0" and version_of(path.name) <= 12:
            os.utime(path, (old + version_of(path.name), old + version_of(path.name)))
    report = grebe.json("checkpoint", table)
    assert commits(table) == [10, 11, 12, 13]
    assert report["log_files_removed"] == 20  # Ten commits and their checksums.
    for version in range(10, 14):
        peers.assert_all_read(table, names, states[version], version=version)
    failed = grebe.run("head", f"{table}@v9", code=66)
    assert "9" in failed.error
    shutil.rmtree(table)


def test_a_version_with_a_checkpoint_in_parts_gets_no_second_one(grebe, shared_data, tmp_path):
    table = tmp_path / "t"
    shutil.copytree(shared_data / "delta" / "v1-multi-part-struct-stats-only", table)
    before = log(table, "*")
    told = grebe.run("checkpoint", table, code=73).stderr
    assert "there is a checkpoint already, in" in told and "hint: " in told
    assert log(table, "*") == before
    # The next version has one.
    grebe.run("alter", table, "--set", "a=1")
    grebe.run("checkpoint", table)
    count = grebe.query(f"SELECT count(*) AS n FROM '{table}'")[0]["n"]
    for _ in range(8):  # Which of two it takes is chance.
        found = peers.DUCKDB.execute(
            f"SELECT count(*) FROM delta_scan({peers.quoted(table)})").fetchone()
        assert found == (count,)
