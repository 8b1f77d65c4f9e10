"""Logs of others: checkpoints that stand alone, paths with every character, clones."""

import json
import pathlib
import urllib.parse

import deltalake
import pyarrow
import pytest

import peers
from test_shared_tables import unpacked

V2_TABLES = [
    "v2-checkpoints-json-with-last-checkpoint.tar.zst",
    "v2-checkpoints-json-with-sidecars.tar.zst", "v2-checkpoints-json-without-sidecars.tar.zst",
    "v2-checkpoints-parquet-with-last-checkpoint.tar.zst",
    "v2-checkpoints-parquet-with-sidecars.tar.zst",
    "v2-checkpoints-parquet-without-sidecars.tar.zst", "v2-classic-checkpoint-json.tar.zst",
    "v2-classic-checkpoint-parquet.tar.zst",
]
# Partition values, each a directory of its own once a writer has escaped it.
ODD_VALUES = [
    "a b", "50%", "x+y", "%20", "%41", "é", "e\u0301", "日本", "a/b", "c:d", "#?&=", "'quote'",
    '"double"', "{x}", "[y]", "~t", "a,b;c", "..", "tab\tin", "",
]


@pytest.mark.parametrize("name", V2_TABLES)
def test_a_v2_checkpoint_is_all_that_is_needed(grebe, shared_data, tmp_path, name):
    archive = shared_data / "delta" / name
    if not archive.exists():
        pytest.skip(f"{archive} is not there")
    table = unpacked(archive, tmp_path)
    log = table / "_delta_log"
    expected = peers.read_delta_rs(table, ["id"])
    assert expected
    last = max(int(path.name[:20]) for path in log.glob("0*.checkpoint*"))
    for path in log.glob("0*.json"):
        if "checkpoint" not in path.name and int(path.name[:20]) <= last:
            path.unlink()
    found = [(row["id"],) for row in grebe.query(f"SELECT id FROM '{table}'")]
    peers.assert_same_rows(found, expected, f"grebe, {name}")


def odd_rows() -> pyarrow.Table:
    return pyarrow.table({
        "id": pyarrow.array(range(len(ODD_VALUES)), pyarrow.int64()),
        "part": pyarrow.array(ODD_VALUES, pyarrow.string())})


def assert_odd_rows(grebe, table: pathlib.Path):
    found = grebe.query(f"SELECT id, part FROM '{table}' ORDER BY id")
    # The format cannot tell an empty partition value from null.
    assert [(row["id"], row["part"] or "") for row in found] == list(enumerate(ODD_VALUES))
    for index, value in enumerate(ODD_VALUES[:-1]):
        text = value.replace("'", "''")
        assert grebe.query(f"SELECT id FROM '{table}' WHERE part = '{text}'") == [{"id": index}]


def test_paths_that_delta_rs_wrote(grebe, tmp_path):
    table = tmp_path / "a table 100%"
    deltalake.write_deltalake(str(table), odd_rows(), partition_by=["part"])
    assert_odd_rows(grebe, table)
    deltalake.DeltaTable(str(table)).create_checkpoint()
    assert_odd_rows(grebe, table)


def test_paths_that_spark_wrote(grebe, spark, tmp_path):
    table = tmp_path / "spark table"
    folder = tmp_path / "parquet"
    rows = [(index, value) for index, value in enumerate(ODD_VALUES)]
    spark.createDataFrame(rows, "id long, part string").write.partitionBy("part").parquet(
        str(folder))
    # Spark's own directories and their escapes, under a log that names them as URIs.
    log = table / "_delta_log"
    log.mkdir(parents=True)
    schema = {"type": "struct", "fields": [
        {"name": "id", "type": "long", "nullable": True, "metadata": {}},
        {"name": "part", "type": "string", "nullable": True, "metadata": {}}]}
    actions = [
        {"protocol": {"minReaderVersion": 1, "minWriterVersion": 2}},
        {"metaData": {
            "id": "x", "format": {"provider": "parquet", "options": {}},
            "schemaString": json.dumps(schema), "partitionColumns": ["part"],
            "configuration": {}}}]
    for path in sorted(folder.rglob("*.parquet")):
        relative = path.relative_to(folder)
        value = urllib.parse.unquote(relative.parts[0].removeprefix("part="))
        if value == "__HIVE_DEFAULT_PARTITION__":
            value = None
        target = table / relative
        target.parent.mkdir(exist_ok=True)
        path.rename(target)
        actions.append({"add": {
            "path": urllib.parse.quote(str(relative)), "partitionValues": {"part": value},
            "size": target.stat().st_size, "modificationTime": 1, "dataChange": True}})
    (log / f"{0:020}.json").write_text("".join(json.dumps(a) + "\n" for a in actions))
    assert_odd_rows(grebe, table)


@pytest.mark.parametrize("prefix", ["", "file:", "file://"])
def test_a_clone_refers_to_files_elsewhere(grebe, tmp_path, prefix):
    source, clone = tmp_path / "the source", tmp_path / "clone"
    deltalake.write_deltalake(str(source), odd_rows(), partition_by=["part"])
    (clone / "_delta_log").mkdir(parents=True)
    lines = []
    for line in (source / "_delta_log" / f"{0:020}.json").read_text().splitlines():
        action = json.loads(line)
        if "add" in action:
            root = urllib.parse.quote(str(source))
            action["add"]["path"] = f"{prefix}{root}/{action['add']['path']}"
        lines.append(json.dumps(action) + "\n")
    (clone / "_delta_log" / f"{0:020}.json").write_text("".join(lines))
    assert_odd_rows(grebe, clone)


def test_statistics_of_a_struct_only_checkpoint_leave_files_out(grebe, shared_data):
    for name in ("v1-single-part-struct-stats-only", "v2-parquet-sidecars-struct-stats-only"):
        table = shared_data / "delta" / name
        if not table.exists():
            pytest.skip(f"{table} is not there")
        plan = grebe.run("query", f"SELECT id FROM '{table}' WHERE id = 3", "--explain").stdout
        assert "4 of 5" in plan or "4 pruned" in plan, plan
        peers.assert_same_rows(
            [(row["id"],) for row in grebe.query(f"SELECT id FROM '{table}'")],
            peers.read_delta_rs(table, ["id"]), name)
