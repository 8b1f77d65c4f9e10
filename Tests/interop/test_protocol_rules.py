"""Rules of the Delta protocol (PROTOCOL.md) that no other test looks at: spec/conformance.md."""

import json
import pathlib

import deltalake
import pyarrow as pa
from pyarrow import parquet
import pytest

ROWS = pa.table({"id": [1, 2, 3], "part": ["a", "b", "b"]})


@pytest.fixture
def table(tmp_path) -> pathlib.Path:
    path = tmp_path / "t"
    deltalake.write_deltalake(str(path), ROWS, partition_by=["part"])
    return path


def entry(table, version: int) -> pathlib.Path:
    return table / "_delta_log" / f"{version:020}.json"


def actions(table, version: int) -> list[dict]:
    return [json.loads(line) for line in entry(table, version).read_text().splitlines()]


def rewrite(table, version: int, lines: list[dict]):
    entry(table, version).write_text("".join(json.dumps(line) + "\n" for line in lines))


def last(table, kind: str) -> dict:
    """The newest action of a kind."""
    for version in range(len(list((table / "_delta_log").glob("*.json"))) - 1, -1, -1):
        for action in actions(table, version):
            if kind in action:
                return action[kind]
    raise AssertionError(f"no {kind}")


def convert(grebe, table, text: str, *arguments, code=0):
    source = table.parent / "new.csv"
    source.write_text(text)
    return grebe.run("convert", source, "--into", table, *arguments, code=code)


def found(grebe, table, columns="id"):
    return [tuple(row.values()) for row in grebe.query(
        f"SELECT {columns} FROM '{table}' ORDER BY id")]


def test_columns_that_only_files_have_are_not_seen(grebe, table):
    add = next(action["add"] for action in actions(table, 0) if "add" in action)
    path = table / add["path"]
    rows = parquet.read_table(path, partitioning=None)
    wider = rows.append_column("_change_type", pa.array(["insert"] * len(rows)))
    parquet.write_table(wider, path)
    lines = actions(table, 0)
    for line in lines:
        if line.get("add", {}).get("path") == add["path"]:
            line["add"]["size"] = path.stat().st_size
    rewrite(table, 0, lines)
    assert grebe.query(f"SELECT * FROM '{table}' ORDER BY id") == ROWS.to_pylist()
    grebe.run("compact", table, "--target-file-size", "1GiB")
    convert(grebe, table, "part,id\nb,4\n")
    grebe.run("compact", table)
    for file in deltalake.DeltaTable(str(table)).file_uris():
        if add["path"] not in file:
            assert parquet.read_schema(file).names == ["id"]


def test_actions_of_v2_checkpoints_take_no_part_in_a_commit(grebe, table):
    rewrite(table, 0, actions(table, 0) + [
        {"checkpointMetadata": {"version": 7}},
        {"sidecar": {"path": "x.parquet", "sizeInBytes": 1, "modificationTime": 1}}])
    assert found(grebe, table) == [(1,), (2,), (3,)]
    convert(grebe, table, "id,part\n4,c\n")
    assert len(found(grebe, table)) == 4


def test_what_a_checkpoint_of_an_old_protocol_leaves_out(grebe, table):
    grebe.run("delete", table, "--where", "id = 1")
    grebe.run("checkpoint", table)
    file = next((table / "_delta_log").glob("*.checkpoint.parquet"))
    schema = parquet.read_schema(file)
    assert {"stats", "tags"}.isdisjoint(field.name for field in schema.field("remove").type)
    assert "stats_parsed" not in [field.name for field in schema.field("add").type]
    protocols = [row for row in parquet.read_table(file)["protocol"].to_pylist() if row]
    assert len(protocols) == 1 and protocols[0]["minReaderVersion"] == 1
    assert protocols[0].get("readerFeatures") is None
    assert protocols[0].get("writerFeatures") is None
    checksum = json.loads(max((table / "_delta_log").glob("*.crc")).read_text())
    assert checksum.get("inCommitTimestampOpt") is None


@pytest.mark.parametrize("arguments, words", [
    (["--add-constraint", "c=nothing < 3"], "nothing"),
    (["--add-constraint", "c=id <"], "expected"),
    (["--add-column", "c INT DEFAULT 42"], "DEFAULT"),
])
def test_constraints_and_defaults_that_cannot_be(grebe, table, arguments, words):
    assert words.lower() in grebe.run("alter", table, *arguments, code=64).stderr.lower()
    assert len(list((table / "_delta_log").glob("*.json"))) == 1


def test_what_raises_the_protocol_lists_what_it_implied(grebe, table):
    grebe.run("alter", table, "--add-constraint", "c=id < 100")
    assert last(table, "protocol")["minWriterVersion"] == 3
    grebe.run(
        "alter", table, "--set", "delta.enableDeletionVectors=true", "--set",
        "delta.checkpointPolicy=v2", "--add-feature", "vacuumProtocolCheck")
    protocol = last(table, "protocol")
    assert (protocol["minReaderVersion"], protocol["minWriterVersion"]) == (3, 7)
    asked = {"deletionVectors", "v2Checkpoint", "vacuumProtocolCheck"}
    assert set(protocol["readerFeatures"]) == asked
    assert set(protocol["writerFeatures"]) == asked | {
        "appendOnly", "invariants", "checkConstraints"}
    # Vectors count whatever the property says later.
    grebe.run("delete", table, "--where", "id = 3")
    grebe.run("alter", table, "--set", "delta.enableDeletionVectors=false")
    assert found(grebe, table) == [(1,), (2,)]


def test_a_mapped_table_speaks_physical_names(grebe, table):
    grebe.run(
        "alter", table, "--set", "delta.columnMapping.mode=name", "--rename-column", "id=key",
        "--rename-column", "part=region", "--set", "delta.checkpoint.writeStatsAsStruct=true")
    convert(grebe, table, "key,region\n4,c\n")
    add = last(table, "add")
    assert add["partitionValues"] == {"part": "c"}
    assert json.loads(add["stats"])["minValues"] == {"id": 4}
    grebe.run("checkpoint", table)
    schema = parquet.read_schema(next((table / "_delta_log").glob("*.checkpoint.parquet")))
    parsed = {field.name: field.type for field in schema.field("add").type}
    assert [field.name for field in parsed["partitionValues_parsed"]] == ["part"]
    statistics = {field.name: field.type for field in parsed["stats_parsed"]}
    assert [field.name for field in statistics["minValues"]] == ["id"]


def mapped(table, mode: str, **names):
    """Gives the first version's columns ids and other physical names, as a writer would have."""
    lines = actions(table, 0)
    for line in lines:
        if "protocol" in line:
            line["protocol"] = {"minReaderVersion": 2, "minWriterVersion": 5}
        if "metaData" in line:
            schema = json.loads(line["metaData"]["schemaString"])
            for number, field in enumerate(schema["fields"]):
                field["metadata"] = {
                    "delta.columnMapping.id": number + 1,
                    "delta.columnMapping.physicalName": names.get(field["name"], field["name"])}
            line["metaData"]["schemaString"] = json.dumps(schema)
            line["metaData"]["configuration"] = {"delta.columnMapping.mode": mode}
    rewrite(table, 0, lines)


def test_mode_none_goes_by_the_names_that_are_shown(grebe, table):
    mapped(table, "none", id="physical")
    assert found(grebe, table) == [(1,), (2,), (3,)]


@pytest.mark.parametrize("ids", [None, 77])
def test_mode_id_has_nulls_for_ids_that_a_file_lacks(grebe, tmp_path, ids):
    table = tmp_path / "t"
    deltalake.write_deltalake(str(table), pa.table({"id": [1, 2, 3]}))
    mapped(table, "id")
    lines = actions(table, 0)
    for add in (line["add"] for line in lines if "add" in line):
        path = table / add["path"]
        metadata = None if ids is None else {"PARQUET:field_id": str(ids)}
        schema = pa.schema([pa.field("id", pa.int64(), metadata=metadata)])
        parquet.write_table(pa.table([[1, 2, 3]], schema=schema), path)
        add["size"] = path.stat().st_size
        add.pop("stats", None)
    rewrite(table, 0, lines)
    assert found(grebe, table) == [(None,)] * 3


@pytest.mark.parametrize("features, kind", [
    (["variantType"], "variant"), (["variantType", "variantShredding"], "long")])
def test_tables_of_variants_are_not_written_to(grebe, table, features, kind):
    lines = actions(table, 0)
    for line in lines:
        if "protocol" in line:
            line["protocol"] = {
                "minReaderVersion": 3, "minWriterVersion": 7, "readerFeatures": features,
                "writerFeatures": features}
        if "metaData" in line:
            schema = json.loads(line["metaData"]["schemaString"])
            schema["fields"].append(
                {"name": "v", "type": kind, "nullable": True, "metadata": {}})
            line["metaData"]["schemaString"] = json.dumps(schema)
    rewrite(table, 0, lines)
    outcome = convert(grebe, table, "id,part\n4,c\n", code=69)
    assert features[-1] in outcome.stderr
    assert found(grebe, table) == [(1,), (2,), (3,)]


def protocol(table, **changes):
    lines = actions(table, 0)
    for line in lines:
        if "protocol" in line:
            line["protocol"] |= changes
    rewrite(table, 0, lines)


# Of features that tables list and do not use: whether readers have to know them, and the exit
# status of a query, of whatever writes files, and of what only takes files in and out.
LISTED = {
    "materializePartitionColumns": (False, 0, 69, 0),
    "geospatial": (True, 69, 69, 69),
    "icebergCompatV1": (False, 0, 69, 69),
    "icebergCompatV2": (False, 0, 69, 69),
    "icebergCompatV3": (False, 0, 69, 69),
    "variantType-preview": (True, 0, 0, 0),
    "variantShredding-preview": (True, 0, 69, 0),
    "catalogManaged": (True, 69, 69, 69),
    "someWriterFeature": (False, 0, 69, 69),
    "someReaderFeature": (True, 69, 69, 69),
}


@pytest.mark.parametrize("feature", LISTED)
def test_what_a_feature_in_the_protocol_forbids(grebe, table, feature):
    is_for_readers, *codes = LISTED[feature]
    deltalake.write_deltalake(str(table), ROWS, mode="append")
    protocol(table, minReaderVersion=3 if is_for_readers else 1, minWriterVersion=7,
             writerFeatures=[feature],
             **({"readerFeatures": [feature]} if is_for_readers else {}))
    source = table.parent / "new.csv"
    source.write_text("id,part\n4,c\n")
    asked = [
        [["query", f"SELECT * FROM '{table}'"], ["head", table]],
        [["convert", source, "--into", table], ["delete", table, "--where", "id = 1"],
         ["compact", table]],
        [["restore", table, "--to", 0], ["vacuum", table]]]
    for code, commands in zip(codes, asked):
        for command in commands:
            outcome = grebe.run(*command, code=code)
            assert code == 0 or f"needs the feature {feature}," in outcome.error, command


def test_two_metadata_in_one_commit_are_found(grebe, table):
    lines = actions(table, 0)
    rewrite(table, 0, lines + [line for line in lines if "metaData" in line])
    assert "metaData" in grebe.run("verify", table, code=65).stdout


def test_features_are_in_force_whatever_the_reader_version(grebe, table):
    protocol(table, minReaderVersion=1, minWriterVersion=7, readerFeatures=["later"],
             writerFeatures=["later"])
    assert "later" in grebe.run("head", table, code=69).stderr


@pytest.mark.parametrize("writer", [2, 5])
def test_reader_version_3_is_read_beside_an_older_writer_version(grebe, table, writer):
    protocol(table, minReaderVersion=3, minWriterVersion=writer, readerFeatures=[])
    assert found(grebe, table) == [(1,), (2,), (3,)]


def test_a_remove_that_does_not_say_so_changes_data(grebe, table):
    grebe.run("delete", table, "--where", "id = 1")
    lines = actions(table, 1)
    [remove] = [line["remove"] for line in lines if "remove" in line]
    assert remove.pop("dataChange") is True
    rewrite(table, 1, lines)
    told = json.loads(grebe.run(
        "diff", table, "--from", "0", "--to", "1", "--feed", "--format", "json").stdout)
    assert [(row["_change_type"], row["id"]) for row in told] == [("delete", 1)]


def test_the_feed_has_the_time_of_every_commit(grebe, table):
    convert(grebe, table, "id,part\n4,c\n")
    told = json.loads(grebe.run(
        "diff", table, "--from", "0", "--to", "1", "--feed", "--format", "json").stdout)
    times = {entry["version"]: entry["timestamp"] for entry in json.loads(
        grebe.run("history", table, "--format", "json").stdout)}
    assert {row["_commit_version"] for row in told} == {1}
    for row in told:
        assert row["_commit_timestamp"].rstrip("Z0") == times[1].rstrip("Z0")


def test_null_counts_without_tight_bounds_are_tight(grebe, table):
    lines = actions(table, 0)
    for line in lines:
        if "add" in line:
            stats = json.loads(line["add"]["stats"])
            stats.pop("tightBounds", None)
            assert stats["nullCount"]["id"] == 0
            line["add"]["stats"] = json.dumps(stats)
    rewrite(table, 0, lines)
    plan = grebe.run("query", f"SELECT id FROM '{table}' WHERE id IS NULL", "--explain").stdout
    assert "2 pruned, 0 read" in plan


def test_every_tenth_v2_checkpoint_is_one_by_its_metadata(grebe, table):
    grebe.run("alter", table, "--set", "delta.checkpointPolicy=v2")
    for number in range(40):
        convert(grebe, table, f"id,part\n{number},c\n", "--force")
        grebe.run("checkpoint", table)
        classic = [path for path in (table / "_delta_log").glob("*.checkpoint.parquet")]
        if classic:
            break
    [path] = classic
    rows = [row for row in parquet.read_table(path).to_pylist() if row["checkpointMetadata"]]
    assert [row["checkpointMetadata"]["version"] for row in rows] == [int(path.name[:20])]


def test_a_shredded_variant_of_a_table(grebe, tmp_path, shared_data):
    source = shared_data / "parquet-testing" / "shredded_variant" / "case-001.parquet"
    table = tmp_path / "t"
    (table / "_delta_log").mkdir(parents=True)
    (table / "f.parquet").write_bytes(source.read_bytes())
    names = [field.name for field in parquet.read_schema(source)]
    fields = [{"name": name, "type": "variant" if name == "var" else "integer", "nullable": True,
               "metadata": {}} for name in names]
    features = ["variantType", "variantShredding"]
    rewrite(table, 0, [
        {"protocol": {"minReaderVersion": 3, "minWriterVersion": 7, "readerFeatures": features,
                      "writerFeatures": features}},
        {"metaData": {"id": "x", "format": {"provider": "parquet", "options": {}},
                      "schemaString": json.dumps({"type": "struct", "fields": fields}),
                      "partitionColumns": [], "configuration": {}, "createdTime": 0}},
        {"add": {"path": "f.parquet", "partitionValues": {}, "size": source.stat().st_size,
                 "modificationTime": 0, "dataChange": True}}])
    assert grebe.query(f"SELECT var FROM '{table}'") == grebe.query(f"SELECT var FROM '{source}'")
    assert "typed_value" in str(parquet.read_schema(source).field("var").type)


def test_a_variant_without_annotation_and_bounds_that_are_no_texts(grebe, tmp_path):
    """Files are older than Parquet's VARIANT; bounds of variants are variants, in base 85."""
    table = tmp_path / "t"
    (table / "_delta_log").mkdir(parents=True)
    variant = pa.struct([("value", pa.binary()), ("metadata", pa.binary())])
    values = [{"value": bytes([0x0C, number]), "metadata": b"\x01\x00\x00"} for number in (5, 6)]
    parquet.write_table(
        pa.table({"id": [1, 2, 3], "v": pa.array([*values, None], variant)}), table / "f.parquet")
    fields = [{"name": name, "type": kind, "nullable": True, "metadata": {}}
              for name, kind in (("id", "long"), ("v", "variant"))]
    statistics = {"numRecords": 3, "minValues": {"v": "zzz"}, "maxValues": {"v": "zzz"},
                  "nullCount": {"id": 0, "v": 1}}
    rewrite(table, 0, [
        {"protocol": {"minReaderVersion": 3, "minWriterVersion": 7,
                      "readerFeatures": ["variantType"], "writerFeatures": ["variantType"]}},
        {"metaData": {"id": "x", "format": {"provider": "parquet", "options": {}},
                      "schemaString": json.dumps({"type": "struct", "fields": fields}),
                      "partitionColumns": [], "configuration": {}, "createdTime": 0}},
        {"add": {"path": "f.parquet", "partitionValues": {}, "dataChange": True,
                 "size": (table / "f.parquet").stat().st_size, "modificationTime": 0,
                 "stats": json.dumps(statistics)}}])
    assert found(grebe, table, "id, v") == [(1, "5"), (2, "6"), (3, None)]
    assert grebe.query(f"SELECT id FROM '{table}' WHERE v = '6'") == [{"id": 2}]
    assert grebe.query(f"SELECT id FROM '{table}' WHERE v IS NULL") == [{"id": 3}]
    assert "all is well" in grebe.run("verify", table, "--deep").stdout


def test_a_remove_says_all_that_its_file_was(grebe, table):
    """With `extendedFileMetadata` come partition values, size and tags, be there none."""
    convert(grebe, table, "part,id\nb,4\nc,5\n")
    grebe.run("delete", table, "--where", "id = 1")
    grebe.run("compact", table)
    convert(grebe, table, "part,id\nb,6\n", "--mode", "overwrite", "--force")
    grebe.run("restore", table, "--to", "1")
    known, removes = {}, []
    for version in range(len(list((table / "_delta_log").glob("*[0-9].json")))):
        for action in actions(table, version):
            if "add" in action:
                known[action["add"]["path"]] = action["add"]
            elif "remove" in action:
                removes.append(action["remove"])
    assert len({remove["path"] for remove in removes}) >= 5
    tags = []
    for remove in removes:
        add = known[remove["path"]]
        assert remove["extendedFileMetadata"] is True
        assert remove["partitionValues"] == add["partitionValues"]
        assert remove["size"] == add["size"]
        assert remove["tags"] == (add.get("tags") or {})
        tags.append(remove["tags"])
    assert {} in tags and any("grebe.load" in some for some in tags)
    # A checkpoint has no tags of what is gone, and does not say that it has.
    grebe.run("checkpoint", table)
    [checkpoint] = (table / "_delta_log").glob("*.checkpoint.parquet")
    gone = [row["remove"] for row in parquet.read_table(checkpoint).to_pylist() if row["remove"]]
    assert gone and all(
        "tags" not in remove and not remove["extendedFileMetadata"] for remove in gone)


# Of a table over files that others wrote, as CONVERT TO DELTA makes one: engines that take no heed
# of case read every name in the files.
@pytest.mark.parametrize("where", ["TRUE", "id > 2", "info.name = 'b'", "info.name IS NULL"])
def test_fields_go_by_their_names_whatever_the_case(grebe, spark, tmp_path, where):
    path = tmp_path / "t"
    rows = [{"id": id, "info": info} for id, info in [
        (1, {"name": "a", "marks": [{"k": 1}]}), (2, None),
        (3, {"name": "b", "marks": [{"k": None}, {"k": 2}]}), (4, {"name": None, "marks": None})]]
    schema = pa.schema({"id": pa.int64(), "info": pa.struct({
        "name": pa.string(), "marks": pa.list_(pa.struct({"k": pa.int32()}))})})
    deltalake.write_deltalake(str(path), pa.Table.from_pylist(rows, schema=schema))
    file = path / last(path, "add")["path"]
    others = pa.schema({"Info": pa.struct({
        "MARKS": pa.list_(pa.struct({"K": pa.int32()})), "nAme": pa.string()}), "ID": pa.int64()})
    shouted = [
        {"ID": row["id"], "Info": row["info"] and {
            "nAme": row["info"]["name"], "MARKS": row["info"]["marks"] and [
                {"K": mark["k"]} for mark in row["info"]["marks"]]}} for row in rows]
    parquet.write_table(pa.Table.from_pylist(shouted, schema=others), file)
    lines = actions(path, 0)
    for line in lines:
        if "add" in line:
            line["add"].update(size=file.stat().st_size, stats=None)
    rewrite(path, 0, lines)
    told = spark.read.schema("id long, info struct<name: string, marks: array<struct<k: int>>>")
    expected = [row.asDict(recursive=True) for row in
                told.parquet(str(file)).where(where).orderBy("id").collect()]
    assert expected
    assert grebe.query(f"SELECT * FROM '{path}' WHERE {where} ORDER BY id") == expected
    assert grebe.query(f"SELECT info.name AS name FROM '{path}' WHERE {where} ORDER BY id") == [
        {"name": row["info"] and row["info"]["name"]} for row in expected]


def test_names_that_differ_in_case_alone_are_told_apart(grebe, table):
    add = next(action["add"] for action in actions(table, 0) if "add" in action)
    path = table / add["path"]
    rows = parquet.read_table(path, partitioning=None)
    doubled = pa.table({"ID": [7] * len(rows), "id": rows["id"], "Id": [8] * len(rows)})
    parquet.write_table(doubled, path)
    lines = actions(table, 0)
    for line in lines:
        if line.get("add", {}).get("path") == add["path"]:
            line["add"]["size"] = path.stat().st_size
    rewrite(table, 0, lines)
    assert found(grebe, table) == [(1,), (2,), (3,)]
    parquet.write_table(doubled.select(["ID", "Id"]), path)
    for line in lines:
        if line.get("add", {}).get("path") == add["path"]:
            line["add"]["size"] = path.stat().st_size
    rewrite(table, 0, lines)
    done = grebe.run("query", f"SELECT id FROM '{table}'", code=65)
    assert "ID" in done.stderr and "Id" in done.stderr
