"""Tables that Grebe altered, read by others, and written to again."""

import json

import deltalake
import pyarrow as pa
from pyarrow import csv, parquet
import pytest

import peers

ROWS = pa.table({
    "id": pa.array([1, 2, 3], pa.int32()),
    "part": pa.array(["a", "b", None]),
    "note": pa.array(["x", "y", "z"]),
})


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "t"
    deltalake.write_deltalake(str(path), ROWS, partition_by=["part"])
    return path


def alter(grebe, table, *arguments, code=0):
    outcome = grebe.run("alter", table, *arguments, "--format", "json", code=code)
    return outcome if code else json.loads(outcome.stdout)


def rows(table, columns):
    return sorted(peers.read_duckdb(table, columns), key=str)


def append(grebe, table, folder, text):
    source = folder / f"{abs(hash(text))}.csv"
    source.write_text(text)
    grebe.run("convert", source, "--into", table)


def test_columns_are_added_renamed_and_dropped(grebe, table, tmp_path):
    alter(grebe, table, "--add-column", "price DOUBLE, at DATE")
    assert rows(table, ["id", "price", "at"]) == [(i, None, None) for i in (1, 2, 3)]
    assert "--set delta.columnMapping.mode=name" in alter(
        grebe, table, "--rename-column", "note=comment", code=64).stderr
    report = alter(
        grebe, table, "--set", "delta.columnMapping.mode=name", "--rename-column", "note=comment",
        "--rename-column", "part=region")
    assert (report["min_reader_version"], report["min_writer_version"]) == (2, 5)
    assert rows(table, ["id", "comment", "region"]) == [
        (1, "x", "a"), (2, "y", "b"), (3, "z", None)]
    # What is appended now goes under the physical names, with field ids.
    append(grebe, table, tmp_path, "id,region,comment,price,at\n4,c,w,1.5,2026-01-02\n")
    assert len(rows(table, ["id", "comment", "region"])) == 4
    alter(grebe, table, "--drop-column", "comment")
    alter(grebe, table, "--add-column", "comment STRING")
    assert {row[1] for row in rows(table, ["id", "comment"])} == {None}
    append(grebe, table, tmp_path, "id,region,price,at,comment\n5,c,1.5,2026-01-02,new\n")
    grebe.run("compact", table)
    grebe.run("delete", table, "--where", "region = 'a' OR comment = 'none'")
    expected = [(2, "b", None), (3, None, None), (4, "c", None), (5, "c", "new")]
    assert rows(table, ["id", "region", "comment"]) == expected
    found = grebe.query(f"SELECT id, region, comment FROM '{table}' WHERE comment = 'new'")
    assert found == [{"id": 5, "region": "c", "comment": "new"}]
    old = grebe.query(f"SELECT note FROM '{table}' VERSION AS OF 1 ORDER BY id")
    assert [row["note"] for row in old] == ["x", "y", "z"]


def test_a_convert_adds_columns_to_a_mapped_table(grebe, table, tmp_path):
    alter(grebe, table, "--set", "delta.columnMapping.mode=name")
    source = tmp_path / "new.csv"
    source.write_text("id,part,note,extra\n4,a,w,7\n")
    grebe.run("convert", source, "--into", table, "--on-new-column", "add")
    assert rows(table, ["id", "extra"]) == [(1, None), (2, None), (3, None), (4, 7)]


def test_types_grow(grebe, table, tmp_path):
    assert "delta.enableTypeWidening" in alter(grebe, table, "--type", "id=BIGINT", code=64).stderr
    alter(grebe, table, "--set", "delta.enableTypeWidening=true", "--type", "id=BIGINT")
    append(grebe, table, tmp_path, "id,part,note\n5000000000,a,big\n")
    assert [row[0] for row in rows(table, ["id"])] == [1, 2, 3, 5000000000]
    assert grebe.query(f"SELECT id FROM '{table}' WHERE id > 2 ORDER BY id") == [
        {"id": 3}, {"id": 5000000000}]
    assert "cannot become" in alter(grebe, table, "--type", "id=INT", code=64).stderr


def test_properties_and_their_features(grebe, table):
    report = alter(grebe, table, "--set", "delta.enableDeletionVectors=true", "--set", "owner=me")
    assert "deletionVectors" in report["features"] and report["properties"]["owner"] == "me"
    grebe.run("delete", table, "--where", "id = 2")
    assert [row[0] for row in rows(table, ["id"])] == [1, 3]
    alter(grebe, table, "--unset", "owner")
    metadata = deltalake.DeltaTable(str(table)).metadata()
    assert "owner" not in metadata.configuration
    report = alter(grebe, table, "--set", "delta.enableInCommitTimestamps=true")
    assert "delta.inCommitTimestampEnablementVersion" in report["properties"]
    grebe.run("delete", table, "--where", "id = 3")
    assert [row[0] for row in rows(table, ["id"])] == [1]


def test_a_property_that_no_engine_knows_is_told(grebe, table):
    def told(key):
        return grebe.run("alter", table, "--set", f"{key}=1", "--dry-run").stderr

    assert 'did you mean "delta.dataSkippingStatsColumns"?' in told("delta.dataSkipingStatsColumns")
    assert "no engine is known to heed the property delta.quux" in told("delta.quux")
    for known in ["delta.dataSkippingStatsColumns", "delta.universalFormat.x", "mine", "a.delta.b"]:
        assert told(known) == ""


def test_a_constraint_holds_for_what_is_there(grebe, table):
    outcome = alter(grebe, table, "--add-constraint", "small=id < 3", code=65)
    assert "1 row does not satisfy" in outcome.stderr
    report = alter(grebe, table, "--add-constraint", "small=id < 10")
    assert report["properties"]["delta.constraints.small"] == "id < 10"
    assert alter(grebe, table, "--drop-constraint", "none", code=64).stderr
    alter(grebe, table, "--drop-constraint", "small")
    assert deltalake.DeltaTable(str(table)).version() == 2


@pytest.mark.parametrize("suffix", ["csv", "ndjson", "parquet"])
def test_rows_that_break_a_constraint_are_bad_rows(grebe, table, tmp_path, suffix):
    alter(grebe, table, "--add-constraint", "small=id < 10")
    source = tmp_path / f"new.{suffix}"
    new = pa.table({
        "id": pa.array([4, 50, 6, None, 8], pa.int32()), "part": ["a", "b", "c", "d", "e"],
        "note": ["p", "q", "r", "s", "t"]})
    if suffix == "csv":
        csv.write_csv(new, source)
    elif suffix == "parquet":
        parquet.write_table(new, source)
    else:
        source.write_text("".join(json.dumps(row) + "\n" for row in new.to_pylist()))
    outcome = grebe.run("convert", source, "--into", table, code=65)
    assert "constraint small (id < 10)" in outcome.stderr and source.name in outcome.stderr
    assert suffix == "parquet" or (f"line {3 if suffix == 'csv' else 2}") in outcome.stderr
    assert len(rows(table, ["id"])) == 3
    report = json.loads(grebe.run(
        "convert", source, "--into", table, "--on-bad-row", "quarantine", "--format", "json"
    ).stdout)
    assert (report["rows_written"], report["rows_quarantined"]) == (3, 2)
    assert sorted(row[0] for row in rows(table, ["id"])) == [1, 2, 3, 4, 6, 8]
    kept = grebe.query(f"SELECT reason, line, raw FROM '{table}/_quarantine' ORDER BY line")
    assert [row["reason"] for row in kept] == ["constraint", "constraint"]
    if suffix == "csv":
        assert [row["raw"] for row in kept] == ['50,"b","q"', ',"d","s"']
    alter(grebe, table, "--drop-constraint", "small")
    grebe.run("convert", "--replay-quarantine", table)
    if suffix != "parquet":
        assert len(rows(table, ["id"])) == 8


@pytest.mark.parametrize("arguments, code, words", [
    ([], 64, "nothing to change"),
    (["--drop-column", "nothing"], 64, "no column nothing"),
    (["--add-column", "id INT"], 73, "has a column id"),
    (["--add-column", "x INT NOT NULL"], 64, "must allow nulls"),
    (["--set", "delta.enableDeletionVectors=maybe"], 64, "true or false"),
    (["--set", "delta.columnMapping.mode=id"], 64, "none to name"),
    (["--set", "delta.enableRowTracking=true", "--set", "delta.rowTrackingSuspended=true"], 64,
     "cannot both be true"),
    (["--set", "delta.rowTracking.materializedRowIdColumnName=x"], 64, "cannot be set"),
    (["--add-feature", "magic"], 69, "magic"),
    (["--rename-column", "note"], 64, "'--rename-column <old=new>'"),
    (["--type", "=BIGINT"], 64, "'--type <column=type>'"),
    (["--set", "owner"], 64, "'--set <key=value>'"),
    (["--add-constraint", "id"], 64, "'--add-constraint <name=condition>'"),
    (["--rename-column", "nothing=x"], 64, "no column nothing"),
    (["--type", "nothing=BIGINT"], 64, "no column nothing"),
    (["--drop-not-null", "nothing"], 64, "no column nothing"),
    (["--add-constraint", "c=nothing > 1"], 64, 'no column "nothing"'),
    (["--set", "delta.parquet.compression.codec=rar"], 64, "zstd or brotli"),
    (["--unset", "owner"], 64, "no property"),
    (["--set", "delta.columnMapping.maxColumnId=1"], 64, "maxColumnId"),
    (["--set", "delta.enableVariantShredding=true"], 69, "ariantShredding"),
    (["--set", "delta.feature.magic=supported"], 69, "magic"),
    (["--set", "a=b", "--if-version", "7"], 75, "is at version 0, not 7"),
    (["--set", "a=b", "--unset", "a"], 64, "a is set or unset twice"),
    (["--set", "delta.logRetentionDuration=banana"], 64, "a duration such as"),
])
def test_what_makes_no_sense_changes_nothing(grebe, table, arguments, code, words):
    assert words in alter(grebe, table, *arguments, code=code).stderr
    assert deltalake.DeltaTable(str(table)).version() == 0


@pytest.mark.parametrize("change, condition", [
    (["--drop-column", "id"], "n > 0"), (["--drop-column", "id"], "length(note) > 5"),
])
def test_a_constraint_beside_other_changes_is_checked_on_its_own_column(
        grebe, tmp_path, change, condition):
    table = tmp_path / "t"
    deltalake.write_deltalake(
        str(table), pa.table({"id": [1, 2], "n": [-5, 6], "note": ["x", "y"]}))
    alter(grebe, table, "--set", "delta.columnMapping.mode=name")
    outcome = alter(grebe, table, *change, "--add-constraint", f"c={condition}", code=65)
    assert "not satisfy the constraint c" in outcome.stderr
    outcome = alter(
        grebe, table, "--rename-column", "n=m", "--add-constraint", "c=m > 0", code=64)
    assert "a commit of its own" in outcome.stderr
    alter(grebe, table, "--drop-column", "id", "--add-constraint", "c=n < 7")


def test_types_that_changed_are_told_by_the_schema(grebe, tmp_path):
    table = tmp_path / "t"
    deltalake.write_deltalake(str(table), pa.table({"n": pa.array([1], pa.int32())}))
    alter(grebe, table, "--set", "delta.enableTypeWidening=true")
    alter(grebe, table, "--set", "delta.columnMapping.mode=name")
    alter(grebe, table, "--type", "n=BIGINT")
    alter(grebe, table, "--rename-column", "n=m")
    log = table / "_delta_log"
    commit = (log / f"{max(int(f.stem) for f in log.glob('*.json')):020}.json").read_text()
    metadata = next(json.loads(line)["metaData"] for line in commit.splitlines()
                    if "metaData" in line)
    field = json.loads(metadata["schemaString"])["fields"][0]
    assert field["name"] == "m"
    assert field["metadata"]["delta.typeChanges"] == [{"fromType": "integer", "toType": "long"}]
    assert "cannot become" in alter(grebe, table, "--type", "m=DECIMAL(19,0)", code=64).stderr
    alter(grebe, table, "--type", "m=DECIMAL(20,0)")
    assert grebe.query(f"SELECT m FROM '{table}'") == [{"m": 1}]


def test_a_table_whose_log_names_its_files_by_absolute_paths(grebe, tmp_path):
    table = tmp_path / "t"
    deltalake.write_deltalake(
        str(table), pa.table({"id": [1, 2, 3]}),
        configuration={"delta.enableDeletionVectors": "true"})
    commit = table / "_delta_log" / f"{0:020}.json"
    lines = [json.loads(line) for line in commit.read_text().splitlines()]
    for line in lines:
        if "add" in line:
            line["add"]["path"] = str(table / line["add"]["path"])
    commit.write_text("".join(json.dumps(line) + "\n" for line in lines))
    grebe.run("verify", table, "--deep")
    grebe.run("delete", table, "--where", "id = 2")
    assert [row["id"] for row in grebe.query(f"SELECT id FROM '{table}' ORDER BY id")] == [1, 3]
    grebe.run("restore", table, "--to", "0")
    assert len(grebe.query(f"SELECT id FROM '{table}'")) == 3


def test_a_null_in_a_required_column_names_it(grebe, tmp_path):
    source = tmp_path / "s.csv"
    source.write_text("a,b\n1,x\n,y\n")
    outcome = grebe.run(
        "convert", source, "--into", tmp_path / "t", "--schema", "a INT NOT NULL, b STRING",
        code=65)
    assert "a null in column a, which allows none" in outcome.stderr
    assert "line 3" in outcome.stderr


NESTED = pa.table({
    "id": pa.array([1, 2], pa.int32()),
    "who": pa.array(
        [{"name": "Ada", "at": {"city": "Oslo", "zip": 7}}, None],
        pa.struct([("name", pa.string()), ("at", pa.struct([
            ("city", pa.string()), ("zip", pa.int32())]))])),
    "tags": pa.array([[{"k": 1}], []], pa.list_(pa.struct([("k", pa.int32())]))),
    "counts": pa.array([[("a", 1)], None], pa.map_(pa.string(), pa.int32())),
})


def test_fields_of_structs_are_added_renamed_dropped_and_grow(grebe, tmp_path):
    table = tmp_path / "t"
    deltalake.write_deltalake(str(table), NESTED)

    def query(sql):
        return grebe.query(sql.format(t=f"'{table}'"))

    alter(grebe, table, "--add-column",
          "who.at.country STRING, tags.element.v STRUCT<x: INT, y: ARRAY<STRING>>, "
          "more MAP<STRING, DATE> COMMENT 'it''s new'")
    assert query("SELECT * FROM {t} ORDER BY id") == [
        {"id": 1, "who": {"name": "Ada", "at": {"city": "Oslo", "zip": 7, "country": None}},
         "tags": [{"k": 1, "v": None}], "counts": {"a": 1}, "more": None},
        {"id": 2, "who": None, "tags": [], "counts": None, "more": None}]
    assert "column mapping" in alter(
        grebe, table, "--rename-column", "who.at.city=town", code=64).stderr
    alter(grebe, table, "--set", "delta.columnMapping.mode=name",
          "--set", "delta.enableTypeWidening=true", "--rename-column", "who.at.city=town",
          "--drop-column", "who.name", "--type", "who.at.zip=BIGINT",
          "--type", "tags.element.k=BIGINT", "--type", "counts.value=BIGINT")
    new = tmp_path / "n.ndjson"
    new.write_text(json.dumps({
        "id": 3, "who": {"at": {"town": "Rome", "zip": 3_000_000_000, "country": "it"}},
        "tags": [{"k": 4_000_000_000, "v": {"x": 1, "y": ["z"]}}],
        "counts": {"b": 5_000_000_000}, "more": {"d": "2026-01-02"}}) + "\n")
    grebe.run("convert", new, "--into", table)
    wanted = [
        {"id": 1, "who": {"at": {"town": "Oslo", "zip": 7, "country": None}},
         "tags": [{"k": 1, "v": None}], "counts": {"a": 1}, "more": None},
        {"id": 2, "who": None, "tags": [], "counts": None, "more": None},
        {"id": 3, "who": {"at": {"town": "Rome", "zip": 3_000_000_000, "country": "it"}},
         "tags": [{"k": 4_000_000_000, "v": {"x": 1, "y": ["z"]}}],
         "counts": {"b": 5_000_000_000}, "more": {"d": "2026-01-02"}}]
    assert query("SELECT * FROM {t} ORDER BY id") == wanted
    assert query("SELECT id FROM {t} WHERE who.at.zip > 2147483647") == [{"id": 3}]
    grebe.run("compact", table, "--target-file-size", "1GiB")
    assert query("SELECT * FROM {t} ORDER BY id") == wanted
    metadata = [json.loads(line) for line in max(
        (table / "_delta_log").glob("*2.json")).read_text().splitlines()]
    schema = json.loads(
        next(line["metaData"]["schemaString"] for line in metadata if "metaData" in line))
    fields = {field["name"]: field for field in schema["fields"]}
    # An element's change stands at the field that it is part of.
    assert fields["counts"]["metadata"]["delta.typeChanges"] == [
        {"fieldPath": "value", "fromType": "integer", "toType": "long"}]
    assert "delta.typeChanges" not in fields["tags"]["metadata"]
    element = fields["tags"]["type"]["elementType"]["fields"][0]
    assert element["metadata"]["delta.typeChanges"] == [{"fromType": "integer", "toType": "long"}]
    ids = json.dumps(schema).count('"delta.columnMapping.id"')
    assert ids == 13 and len(set(
        part.split(",")[0].split("}")[0] for part in
        json.dumps(schema).split('"delta.columnMapping.id": ')[1:])) == ids


@pytest.mark.parametrize("arguments, code, words", [
    (["--add-column", "who.at.city STRING"], 73, "has a column city"),
    (["--add-column", "id.x STRING"], 64, "no struct"),
    (["--add-column", "who.no.x STRING"], 64, "no column who.no"),
    (["--add-column", "who.x STRUCT<a INT"], 64, "expected >"),
    (["--drop-column", "tags.element"], 64, "is no field"),
    (["--drop-column", "counts.key"], 64, "is no field"),
    (["--rename-column", "who.at.zip=city"], 73, "has a column city"),
    (["--type", "counts.key=INT"], 64, "cannot become"),
    (["--drop-column", "tags.element.k"], 64, "only field there"),
    (["--rename-column", "who.at.zip=who.at.code"], 64, "who.at.zip=code"),
    (["--rename-column", "who.name="], 64, "needs a name"),
    (["--type", "counts.value.=BIGINT"], 64, "no column counts.value."),
    (["--drop-column", "who."], 64, "no column who."),
    (["--add-column", "d " + "STRUCT<x " * 128 + "INT" + ">" * 128], 64, "128 groups"),
    (["--add-column", "d " + "ARRAY<" * 70 + "INT" + ">" * 70], 64, "128 groups"),
])
def test_fields_that_cannot_be_changed_so(grebe, tmp_path, arguments, code, words):
    table = tmp_path / "t"
    deltalake.write_deltalake(str(table), NESTED)
    alter(grebe, table, "--set", "delta.columnMapping.mode=name")
    assert words in alter(grebe, table, *arguments, code=code).stderr
    assert len(list((table / "_delta_log").glob("*.json"))) == 2


def test_what_was_done_is_told(grebe, table, tmp_path):
    said = grebe.run("alter", table, "--add-column", "price DOUBLE", "--set", "x=1").stdout
    assert "ADD COLUMN price double" in said and "SET x = 1" in said and "version 1" in said
    assert alter(grebe, table, "--unset", "x", "--user-metadata", "ticket 7")["changes"] == [
        "UNSET x"]
    source = tmp_path / "n.csv"
    source.write_text("id,part,note,price\n9,b,w,1.5\n")
    report = grebe.convert(source, table, "--mode", "overwrite", "--replace-where", "part = 'b'")
    assert (report["files_replaced"], report["rows_replaced"]) == (1, 1)
    said = grebe.run(
        "convert", source, "--into", table, "--mode", "overwrite", "--user-metadata", "new").stdout
    assert "replaced: 3 files with 3 rows" in said
    grebe.run("restore", table, "--to", "2", "--user-metadata", "back")
    lines = grebe.run("history", table, "--limit", "5").stdout.splitlines()[2:]
    for line, words in zip(lines, [
            ["RESTORE", "to 2", "note: back"], ["WRITE", "overwrites", "note: new"],
            ["WRITE", "where part = 'b'"], ["UNSET x", "note: ticket 7"],
            ["SET x = 1, ADD COLUMN price double"]]):
        assert all(word in line for word in words), line
    assert len(lines) == 5
    history = json.loads(grebe.run("history", table, "--limit", "2", "--format", "json").stdout)
    assert [entry["user_metadata"] for entry in history] == ["back", "new"]
    grebe.run("history", table, "--limit", "0", code=64)
    # A limit reads no more of the log than it tells of.
    grebe.run("checkpoint", table)
    entry = table / "_delta_log" / f"{1:020}.json"
    entry.write_bytes(b"{")
    assert len(grebe.run("history", table, "--limit", "3").stdout.splitlines()) == 5
    grebe.run("history", table, code=65)


def test_what_others_did_is_told(grebe, table):
    properties = deltalake.CommitProperties(custom_metadata={"who": "me", "run": "7"})
    new = pa.table({"id": pa.array([1, 9], pa.int32()), "part": ["a", "z"], "note": ["w", "v"]})
    (deltalake.DeltaTable(str(table)).merge(
        new, "s.id = t.id", "s", "t", commit_properties=properties)
     .when_matched_update_all().when_not_matched_insert_all().execute())
    line = grebe.run("history", table, "--limit", "1").stdout.splitlines()[-1]
    assert "MERGE" in line and "num_target_rows_inserted 1" in line
    told = json.loads(grebe.run("history", table, "--format", "json").stdout)[0]
    assert told["others"]["who"] == "me" and told["others"]["run"] == "7"
    assert told["metrics"]["num_target_rows_updated"] == 1
    assert told["read_version"] == 0


def test_text_in_double_quotes_is_told_from_a_column(grebe, table):
    refused = grebe.run("delete", table, "--where", 'note = "gift"', code=64).stderr
    assert "text goes in single quotes: 'gift'" in refused
    assert "single quotes" not in grebe.run("delete", table, "--where", "gift = 1", code=64).stderr


def test_types_stay_within_what_is_read_again(grebe, table):
    """The deepest that is taken, and one more level of it."""
    deep = "d " + "STRUCT<x " * 126 + "INT" + ">" * 126
    alter(grebe, table, "--add-column", deep)
    path = ".".join(["d"] + ["x"] * 125)
    alter(grebe, table, "--add-column", f"{path}.y STRUCT<z INT>")
    assert "128 groups" in alter(
        grebe, table, "--add-column", f"{path}.w STRUCT<z STRUCT<z INT>>", code=64).stderr
    sql = f"SELECT count(*) AS n FROM '{table}' WHERE {path}.y.z IS NULL"
    assert grebe.query(sql) == [{"n": 3}]
    grebe.run("delete", table, "--where", "id = 1")
    grebe.run("verify", table, "--deep")


def test_names_within_types_are_those_that_files_can_have(grebe, table):
    for ddl in [
            "s STRUCT<`a b` INT>", "s ARRAY<STRUCT<`a=b` INT>>", "s MAP<INT, STRUCT<`a;` INT>>"]:
        assert "without column mapping" in alter(
            grebe, table, "--add-column", ddl, code=64).stderr
    alter(grebe, table, "--set", "delta.columnMapping.mode=name",
          "--add-column", "s STRUCT<`a b` INT>")


def test_a_constraint_guards_the_column_that_a_path_leads_to(grebe, tmp_path):
    table = tmp_path / "t"
    deltalake.write_deltalake(str(table), pa.table({
        "id": [1], "a": [{"b": {"c": 1, "d": 2}}]}))
    alter(grebe, table, "--set", "delta.columnMapping.mode=name", "--add-column", "x INT")
    alter(grebe, table, "--rename-column", "x=`a.b`")
    alter(grebe, table, "--add-constraint", "c=a.b.c > 0")
    assert "reads the column a" in alter(
        grebe, table, "--drop-column", "a.b.c", code=64).stderr
    for option in ("--drop-column=a.b", "--rename-column=a.b=w"):
        assert "more than one field" in alter(grebe, table, option, code=64).stderr


def test_only_what_is_different_is_told(grebe, table):
    alter(grebe, table, "--set", "x=1")
    report = alter(grebe, table, "--set", "x=1", "--add-column", "price DOUBLE")
    assert report["changes"] == ["ADD COLUMN price double"]
    assert alter(grebe, table, "--set", "x=1")["changes"] == []
