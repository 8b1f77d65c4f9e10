"""Rows keep their ids through whatever writes them again: Delta protocol, "Row Tracking".

The ids are put together here, from the log and the files, as the protocol has readers do it.
"""

import json
import pathlib

import deltalake
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

import peers

ROW_ID, VERSION = "_row-id-col-7", "_row-commit-version-col-7"


def create(table: pathlib.Path, *, partitioned: bool, mapping: str, properties: dict):
    def field(number: int, name: str, kind: str) -> dict:
        metadata = {} if mapping == "none" else {
            "delta.columnMapping.id": number, "delta.columnMapping.physicalName": f"p-{name}"}
        return {"name": name, "type": kind, "nullable": True, "metadata": metadata}

    features = ["rowTracking", "domainMetadata", "deletionVectors"]
    features += ["columnMapping"] if mapping != "none" else []
    configuration = {
        "delta.enableRowTracking": "true",
        "delta.rowTracking.materializedRowIdColumnName": ROW_ID,
        "delta.rowTracking.materializedRowCommitVersionColumnName": VERSION, **properties}
    if mapping != "none":
        configuration |= {"delta.columnMapping.mode": mapping,
                          "delta.columnMapping.maxColumnId": "2"}
    log = table / "_delta_log"
    log.mkdir(parents=True)
    schema = {"type": "struct", "fields": [field(1, "n", "integer"), field(2, "part", "string")]}
    lines = [
        {"protocol": {"minReaderVersion": 3, "minWriterVersion": 7,
                      "readerFeatures": features[2:], "writerFeatures": features}},
        {"metaData": {"id": "5f8f1f9c-0000-4000-8000-000000000007",
                      "format": {"provider": "parquet", "options": {}},
                      "schemaString": json.dumps(schema),
                      "partitionColumns": ["part"] if partitioned else [],
                      "configuration": configuration, "createdTime": 0}}]
    (log / f"{0:020}.json").write_text("".join(json.dumps(line) + "\n" for line in lines))


class Table:
    def __init__(self, grebe, path: pathlib.Path):
        self.grebe = grebe
        self.path = path

    def log(self) -> list[list[dict]]:
        entries = sorted((self.path / "_delta_log").glob("*[0-9].json"))
        return [[json.loads(line) for line in entry.read_text().splitlines()] for entry in entries]

    def load(self, *numbers: int, options=()):
        source = self.path.parent / f"{numbers[0]}.csv"
        source.write_text("n,part\n" + "".join(f"{n},{'ab'[n % 2]}\n" for n in numbers))
        self.grebe.run("convert", source, "--into", self.path, *options)

    def ids(self, id_name=ROW_ID, version_name=VERSION) -> dict[int, tuple[int, int]]:
        """Of every row by its number: its id, and the version it is from."""
        live = {}
        for action in (action for commit in self.log() for action in commit):
            if "add" in action:
                live[action["add"]["path"]] = action["add"]
            elif "remove" in action and live.get(
                    action["remove"]["path"], {}).get("deletionVector") == action["remove"].get(
                    "deletionVector"):
                del live[action["remove"]["path"]]
        found = {}
        seen = set(peers.read_delta_rs(self.path, ["n"]))
        for add in live.values():
            rows = parquet.read_table(self.path / add["path"], partitioning=None)
            [number] = [name for name in rows.column_names if name in ("n", "p-n")]
            for place, row in enumerate(rows.to_pylist()):
                row_id, version = row.get(id_name), row.get(version_name)
                if (row[number],) in seen:
                    found[row[number]] = (
                        add["baseRowId"] + place if row_id is None else row_id,
                        add["defaultRowCommitVersion"] if version is None else version)
        assert {(number,) for number in found} == seen
        assert len({row_id for row_id, _ in found.values()}) == len(found)
        return found

    def last(self, kind: str) -> dict:
        return [action[kind] for commit in self.log() for action in commit if kind in action][-1]


VARIANTS = [
    (False, "none", {}), (True, "none", {}), (True, "name", {}), (False, "id", {}),
    (True, "none", {"delta.enableChangeDataFeed": "true"}),
    (False, "name", {"delta.enableDeletionVectors": "true"})]


@pytest.mark.parametrize("partitioned, mapping, properties", VARIANTS)
def test_rows_keep_their_ids(grebe, tmp_path, partitioned, mapping, properties):
    create(tmp_path / "t", partitioned=partitioned, mapping=mapping, properties=properties)
    table = Table(grebe, tmp_path / "t")
    for start in range(0, 40, 10):
        table.load(*range(start, start + 10))
    first = table.ids()
    assert sorted(row_id for row_id, _ in first.values()) == list(range(40))
    assert [first[n][1] for n in (0, 10, 39)] == [1, 2, 4]

    grebe.run("compact", table.path)
    assert table.ids() == first
    assert len(deltalake.DeltaTable(str(table.path)).file_uris()) == (2 if partitioned else 1)
    info = table.last("commitInfo")
    assert info["operation"] == "OPTIMIZE"
    assert info["tags"] == {"delta.rowTracking.preserved": "true"}

    grebe.run("delete", table.path, "--where", "n % 3 = 0")
    kept = {n: ids for n, ids in first.items() if n % 3}
    assert table.ids() == kept

    table.load(100, 101)
    grebe.run("compact", table.path, "--target-file-size", "1GiB")
    ids = table.ids()
    assert {n: ids[n] for n in kept} == kept
    marks = json.loads(table.last("domainMetadata")["configuration"])
    assert all(39 < ids[n][0] <= marks["rowIdHighWaterMark"] for n in (100, 101))
    # A checkpoint keeps the ids of what is there, and of what went.
    grebe.run("checkpoint", table.path)
    rows = parquet.read_table(
        next((table.path / "_delta_log").glob("*.checkpoint.parquet"))).to_pylist()
    for kind in ("add", "remove"):
        kept = [row[kind] for row in rows if row[kind]]
        assert kept and all(
            file["baseRowId"] is not None and file["defaultRowCommitVersion"] is not None
            for file in kept), kind
    # Files state no bounds of what is no column of the table.
    stats = json.loads(table.last("add")["stats"])
    assert all(not set(stats[part]) & {ROW_ID, VERSION}
               for part in ("minValues", "maxValues", "nullCount"))
    if mapping == "none":
        for read in (peers.read_polars, peers.read_duckdb):
            assert sorted(read(table.path, ["n"])) == sorted((n,) for n in ids), read


def test_a_load_that_widens_a_column_keeps_them(grebe, tmp_path):
    create(tmp_path / "t", partitioned=False, mapping="none", properties={})
    table = Table(grebe, tmp_path / "t")
    table.load(1, 2, 3)
    before = table.ids()
    table.load(3_000_000_000, options=["--on-type-conflict", "widen"])
    ids = table.ids()
    assert {n: ids[n] for n in before} == before and ids[3_000_000_000][0] > 2
    assert [field.type.type for field in
            deltalake.DeltaTable(str(table.path)).schema().fields][0] == "long"


@pytest.mark.parametrize("option", ["--add-column=`{}` INT", "--rename-column=n={}"])
def test_no_other_column_gets_the_name(grebe, tmp_path, option):
    create(tmp_path / "t", partitioned=False, mapping="name", properties={})
    result = grebe.run("alter", tmp_path / "t", option.format(ROW_ID.upper()), code=64)
    assert ROW_ID in result.stderr


def test_what_a_table_has_to_say_before_its_rows_are_moved(grebe, tmp_path):
    """The columns' names, the feature that the mark needs, and the ids of every file."""
    create(tmp_path / "t", partitioned=False, mapping="none", properties={})
    table = Table(grebe, tmp_path / "t")
    table.load(1, 2)
    entry = table.path / "_delta_log" / f"{0:020}.json"
    whole = entry.read_text()
    for what, gone, code in [
            ("rowTracking", '"delta.rowTracking.materializedRowIdColumnName"', 69),
            ("rowTracking without domainMetadata", '"domainMetadata"', 69)]:
        entry.write_text(whole.replace(gone, '"x"'))
        refused = grebe.run("delete", table.path, "--where", "n = 1", code=code)
        assert what in refused.stderr
    entry.write_text(whole)
    entry = table.path / "_delta_log" / f"{1:020}.json"
    entry.write_text(entry.read_text().replace('"baseRowId"', '"other"'))
    refused = grebe.run("delete", table.path, "--where", "n = 1", code=65)
    assert "gives the file none" in refused.stderr
    assert len(table.log()) == 2


def test_files_of_which_some_rows_state_their_ids(grebe, tmp_path):
    """As a MERGE of others leaves them: what is stated counts, what is null is counted."""
    create(tmp_path / "t", partitioned=False, mapping="none", properties={})
    table = Table(grebe, tmp_path / "t")
    rows = pa.table({
        "n": pa.array([1, 2, 3, 4], pa.int32()), "part": ["a"] * 4,
        ROW_ID: pa.array([70, None, 72, None]), VERSION: pa.array([None, 7, None, 8])})
    parquet.write_table(rows, table.path / "f.parquet")
    add = {"path": "f.parquet", "partitionValues": {}, "modificationTime": 0, "dataChange": True,
           "size": (table.path / "f.parquet").stat().st_size, "baseRowId": 10,
           "stats": json.dumps({"numRecords": 4}), "defaultRowCommitVersion": 1}
    mark = {"domain": "delta.rowTracking", "removed": False,
            "configuration": json.dumps({"rowIdHighWaterMark": 99})}
    (table.path / "_delta_log" / f"{1:020}.json").write_text(
        json.dumps({"domainMetadata": mark}) + "\n" + json.dumps({"add": add}) + "\n")
    wanted = {1: (70, 1), 2: (11, 7), 3: (72, 1), 4: (13, 8)}
    assert table.ids() == wanted
    grebe.run("delete", table.path, "--where", "n = 3")
    del wanted[3]
    assert table.ids() == wanted
    table.load(5)
    grebe.run("compact", table.path)
    assert table.ids() == wanted | {5: (103, 3)}


def test_a_reload_of_sources_that_share_a_file_says_that_ids_changed(grebe, tmp_path):
    create(tmp_path / "t", partitioned=False, mapping="none", properties={})
    for name, number in [("x", 1), ("y", 2)]:
        (tmp_path / f"{name}.csv").write_text(f"n,part\n{number},a\n")
    table = Table(grebe, tmp_path / "t")
    grebe.run("convert", tmp_path / "x.csv", tmp_path / "y.csv", "--into", table.path)
    assert table.last("commitInfo")["tags"] == {"delta.rowTracking.preserved": "true"}
    (tmp_path / "y.csv").write_text("n,part\n3,a\n")
    grebe.run("convert", tmp_path / "y.csv", "--into", table.path, "--reload-changed")
    assert table.last("commitInfo")["tags"] == {"delta.rowTracking.preserved": "false"}


def in_log(table: Table, change):
    """Every commit's actions as `change` has them."""
    for number, commit in enumerate(table.log()):
        (table.path / "_delta_log" / f"{number:020}.json").write_text(
            "".join(json.dumps(change(action)) + "\n" for action in commit))


@pytest.mark.parametrize("stats", ["stats", "no stats"])
@pytest.mark.parametrize("properties", [
    {}, {"delta.enableDeletionVectors": "true"}, {"delta.columnMapping.mode": "name"},
    {"delta.enableChangeDataFeed": "true"}])
def test_it_is_turned_on_for_a_table_that_has_rows(grebe, tmp_path, properties, stats):
    """One commit; from then on rows keep the ids that they got by it."""
    table = Table(grebe, tmp_path / "t")
    for numbers in (range(0, 10), range(10, 20)):
        deltalake.write_deltalake(
            str(table.path), pa.table({
                "n": pa.array(numbers, pa.int32()), "part": ["ab"[n % 2] for n in numbers]}),
            mode="append", partition_by=["part"])
    settings = [f"--set={name}={value}" for name, value in properties.items()]
    if settings:
        grebe.run("alter", table.path, *settings)
    grebe.run("delete", table.path, "--where", "n = 3 OR n = 14")
    if stats == "no stats":
        def forget(action):
            vector = "deletionVector" in action.get("add", {})
            return action if vector or "add" not in action else {
                "add": {key: value for key, value in action["add"].items() if key != "stats"}}
        in_log(table, forget)
    before = len(table.log())
    report = json.loads(grebe.run(
        "alter", table.path, "--set", "delta.enableRowTracking=true", "--dry-run", "--format",
        "json").stdout)
    assert (report["committed"], report["files_numbered"]) == (False, 4)
    assert len(table.log()) == before
    output = grebe.run("alter", table.path, "--set", "delta.enableRowTracking=true").stdout
    assert "rows get ids in 4 files" in output and "writers 7" in output
    assert len(table.log()) == before + 1

    configuration = table.last("metaData")["configuration"]
    names = [configuration[f"delta.rowTracking.materialized{what}ColumnName"]
             for what in ("RowId", "RowCommitVersion")]
    assert len(set(names)) == 2
    first = table.ids(*names)
    assert set(first) == set(range(20)) - {3, 14}
    assert {version for _, version in first.values()} == {before}
    marks = json.loads(table.last("domainMetadata")["configuration"])
    assert max(row_id for row_id, _ in first.values()) <= marks["rowIdHighWaterMark"]
    rows_before = sorted((n,) for n in first)
    for read in (peers.read_delta_rs, peers.read_duckdb):
        assert sorted(read(table.path, ["n"])) == rows_before, read
    # No row came or went, however it is asked.
    for feed in ([], ["--feed"] if properties.get("delta.enableChangeDataFeed") else []):
        told = grebe.run("diff", table.path, "--from", str(before - 1), "--to", str(before),
                         "--summary", "--format", "json", *feed)
        assert json.loads(told.stdout) == []
    grebe.run("verify", table.path, "--deep")

    grebe.run("compact", table.path)
    assert table.ids(*names) == first
    grebe.run("delete", table.path, "--where", "n % 4 = 1")
    kept = {n: ids for n, ids in first.items() if n % 4 != 1}
    assert table.ids(*names) == kept
    table.load(100, 101)
    ids = table.ids(*names)
    assert {n: ids[n] for n in kept} == kept
    assert all(ids[n][0] > marks["rowIdHighWaterMark"] for n in (100, 101))
    # Back to before ids, and on again: no row gets an id that another one has had.
    grebe.run("restore", table.path, "--to", str(before - 1))
    grebe.run("alter", table.path, "--set", "delta.enableRowTracking=true")
    again = table.ids(*[
        table.last("metaData")["configuration"][f"delta.rowTracking.materialized{what}ColumnName"]
        for what in ("RowId", "RowCommitVersion")])
    assert set(again) == set(first)
    grebe.run("verify", table.path, "--deep")
