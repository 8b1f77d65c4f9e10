"""Options of `convert` that say how a dump is written, what its columns are, where rows go."""

import datetime
import gzip
import json

import deltalake
import pytest

import peers
from rows import assert_same_rows

UTC = datetime.timezone.utc


def put(tmp_path, data, name="dump.csv"):
    source = tmp_path / name
    source.write_bytes(data if isinstance(data, bytes) else data.encode())
    return source


def types(table) -> dict[str, str]:
    return {f.name: f.type.type for f in deltalake.DeltaTable(str(table)).schema().fields}


def dry_run(grebe, source, *options) -> list[str]:
    """What was detected, and why, a line each."""
    preview = grebe.json("convert", source, "--into", source.parent / "t", "--dry-run", *options)
    return preview["dialect"]


# Options -> a dump that would be read otherwise without them, and its rows.
GIVEN = {
    "--quote none": ("id,x\n1,\"a\n2,\"b\"\n", [(1, '"a'), (2, '"b"')]),
    "--escape none": (
        'id,x\n1,"a\\"\n2,"b ""c"" \\"\n', [(1, "a\\"), (2, 'b "c" \\')]),
    "--delimiter |~|": ("id|~|x\n1|~|a|b\n2|~|c~\n", [(1, "a|b"), (2, "c~")]),
    "--delimiter @@": ("id@@x\n1@@a@b\n", [(1, "a@b")]),
    # As the web has it, and files do: Windows-1252 where Latin-1 has nothing.
    "--encoding latin1": (b"id,x\n1,Gr\xf6\xdfe\n2,\x80\n", [(1, "Größe"), (2, "€")]),
    "--line-end lf": ("id,x\n1,a\rb\rc\n", [(1, "a\rb\rc")]),
    "--line-end cr": ("id,x\r1,a\nb\r2,c\r", [(1, "a\nb"), (2, "c")]),
    "--line-end any": ("id,x\n1,a\r2,b\r\n3,c\r\r\n", [(1, "a"), (2, "b"), (3, "c")]),
    "--no-decimal-comma": ("id;x\n1;1,5\n2;1,234\n", [(1, "1,5"), (2, "1,234")]),
    "--decimal-comma": ("id;x\n1;1.234\n2;7\n", [(1, 1234), (2, 7)]),
    "--trailing-delimiter no": ("id,x,\n1,a,\n", [(1, "a")]),
    "--trailing-delimiter yes": ("1,a,\n2,b,\n", [(1, "a"), (2, "b")]),
    "--header-lines 1": (
        "id,x,y\nkg,m/s,s\n1,a,2\n2,b,3\n3,c,4\n",
        [("kg", "m/s"), ("1", "a"), ("2", "b"), ("3", "c")]),
    "--header-lines 3": ("id,x\na,b\n1,2\n3,4\n", [(3, 4)]),
}


@pytest.mark.parametrize("option", GIVEN)
def test_what_is_given_is_taken(grebe, tmp_path, option):
    text, expected = GIVEN[option]
    grebe.convert(put(tmp_path, text), tmp_path / "t", *option.split(" "))
    names = list(types(tmp_path / "t"))
    assert len(names) == (3 if option == "--trailing-delimiter no" or "y\nkg" in str(text) else 2)
    assert_same_rows(peers.read_duckdb(tmp_path / "t", names[:2]), expected, "duckdb")


@pytest.mark.parametrize("options", [
    ["--header", "no", "--header-lines", 1], ["--header-lines", 0], ["--line-end", "lfcr"],
    ["--line-end", "any", "--delimiter", "\r"], ["--trailing-delimiter", "maybe"],
])
def test_contradictions_are_refused(grebe, tmp_path, options):
    grebe.run("convert", put(tmp_path, "a\n1\n"), "--into", tmp_path / "t", *options, code=64)
    assert not (tmp_path / "t").exists()


# What a dump shows -> the dump, and the lines of the dry run that tell of it.
TOLD = {
    "LF": ("a,b\n1,x\n", ["line end: LF"]),
    "CR LF": ("a,b\r\n1,x\r\n", ["line end: CR LF"]),
    "CR": ("a,b\r1,x\r", ["line end: CR: the sample has no line feed outside quotes"]),
    "mixed": ("a,b\r1,x\r2,y\n", ["line end: CR ends 2 records of the sample, LF 1"]),
    "CR as text": (
        "a,b\n1,x\ry\n2,z\n", ["line end: LF: records agree better if CR ends none"]),
    "quote": ("a,b\n1,'x,y'\n2,'z'\n", ["quote: ''': 2 fields begin and end with it"]),
    "escape": (
        'a,b\n1,"x \\"y\\", z"\n2,"w"\n', ["escape: '\\': it stands before quotes within fields"]),
    "delimiter": ("a;b\n1;x\n", ["delimiter: ';': 100% of 2 records have 2 fields"]),
    "header": ("a,b\n1,x\n", ['header: "a" stands over values of type integer']),
    "no header": ("1,x\n2,y\n", ['header: none: the first record holds a value, "1"']),
    "two header lines": (
        "time,speed,name\ns,m/s,\n0,1.5,a\n1,2.5,b\n2,3.5,c\n",
        ["header: 2 records: the fields of the first record are unlike those below"]),
    "preamble": (
        "Sales\nof 2026\n\na,b,c\n1,2,3\n4,5,6\n",
        ["preamble: 2 records before the table are passed over"]),
    "comments": (
        "# made\na,b\n1,2\n# half\n3,4\n",
        ["comment: '#': such lines are left out, and told, unless they have 2 fields",
         "comment: 1 line before the table with '#' in front"]),
    "trailing delimiter": (
        "a,b\n1,2,\n3,4,\n", ["trailing delimiter: nothing follows the last delimiter"]),
    "byte-order mark": ("\ufeffa,b\n1,x\n", ["encoding: UTF-8: the byte-order mark says so"]),
    "UTF-16": (
        "a,b\n1,x\n".encode("utf-16"),
        ["encoding: UTF-16 (little-endian): the byte-order mark says so"]),
    "decimal comma": (
        "a;b\n1;1,5\n2;2,25\n", ['numbers: decimal commas, as "1,5" in b']),
    "nulls": (
        "a,b,c\n1,NA,NA\n2,-,x\n3,NA,y\n4,7,z\n",
        ['null: b: "NA" (2), "-" (1) in the sample, as it is no text']),
    "database nulls": (
        "a,b\n1,\\N\n2,x\n", ["null: \\N: 1 fields of the sample are it, without quotes"]),
    "booleans": ("a,b\n1,Y\n2,N\n", ['flags: b: every value is "y" or "n"']),
    "dates": (
        "a,b\n1,31/12/2026\n2,01/02/2026\n", ["dates: b: day first"]),
}


@pytest.mark.parametrize("name", TOLD)
def test_the_dry_run_tells_each_guess(grebe, tmp_path, name):
    text, expected = TOLD[name]
    told = dry_run(grebe, put(tmp_path, text))
    for line in expected:
        assert any(found.startswith(line) for found in told), told


def test_lines_that_end_in_two_ways_are_told(grebe, tmp_path):
    report = grebe.convert(put(tmp_path, "a,b\r1,x\r2,y\n"), tmp_path / "t")
    [note] = [note for note in report["notes"] if "--line-end" in note]
    assert "dump.csv end with CR and with LF" in note and report["rows_written"] == 2


def test_a_schema_from_a_file(grebe, tmp_path):
    source = put(tmp_path, "id,name,day\n1,007,2026-01-02\n")
    ddl = put(tmp_path, "id BIGINT NOT NULL,\n  name STRING, day DATE\n", "schema.ddl")
    delta = put(tmp_path, json.dumps({"type": "struct", "fields": [
        {"name": name, "type": kind, "nullable": name != "id", "metadata": {}}
        for name, kind in [("id", "long"), ("name", "string"), ("day", "date")]]}), "schema.json")
    for number, schema in enumerate([ddl, delta]):
        table = tmp_path / f"t{number}"
        grebe.convert(source, table, "--schema", schema)
        assert types(table) == {"id": "long", "name": "string", "day": "date"}
        [field, *_] = deltalake.DeltaTable(str(table)).schema().fields
        assert not field.nullable
        assert grebe.query(f"SELECT * FROM '{table}'") == [
            {"id": 1, "name": "007", "day": "2026-01-02"}]


@pytest.mark.parametrize("unit, values", [
    ("year", [None, 1969, 2024, 2024]), ("month", None), ("day", None), ("hour", None)])
def test_partitions_of_a_time(grebe, tmp_path, unit, values):
    moments = [
        None, datetime.datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC),
        datetime.datetime(2024, 2, 29, 0, 0, 1, tzinfo=UTC),
        datetime.datetime(2024, 2, 29, 13, 30, tzinfo=UTC)]
    text = "id,x\n" + "".join(f"{i},{m or ''}\n" for i, m in enumerate(moments))
    table = tmp_path / "t"
    grebe.convert(put(tmp_path, text), table, "--partition-by", f"{unit}(x)")
    made = {
        "year": lambda m: m.year, "month": lambda m: m.strftime("%Y-%m"),
        "day": lambda m: m.date(), "hour": lambda m: m.strftime("%Y-%m-%d-%H")}[unit]
    expected = [(i, m, made(m) if m else None) for i, m in enumerate(moments)]
    assert_same_rows(peers.read_duckdb(table, ["id", "x", f"x_{unit}"]), expected, "duckdb")
    if values:
        assert [row[2] for row in expected] == values
    folders = {p.parent.name for p in table.rglob("*.parquet")}
    assert len(folders) == len({row[2] for row in expected})
    # How it is computed is in the log, for every writer after this one; and readers go by it.
    computed = json.loads(deltalake.DeltaTable(str(table)).schema().to_json())["fields"][2]
    assert computed["metadata"]["delta.generationExpression"] == {
        "year": "YEAR(x)", "month": "DATE_FORMAT(x, 'yyyy-MM')", "day": "CAST(x AS DATE)",
        "hour": "DATE_FORMAT(x, 'yyyy-MM-dd-HH')"}[unit]
    plan = grebe.run(
        "query", "--explain", f"SELECT id FROM '{table}' WHERE x = '2024-02-29 13:30:00'").stdout
    assert f"{len(folders)} in all, {len(folders) - 1} pruned, 1 read" in plan, plan


def test_a_value_that_is_too_deep_is_one_bad_row(grebe, tmp_path):
    deep = "[" * 600 + "]" * 600
    source = put(tmp_path, f'{{"a": 1}}\n{{"a": 2, "b": {deep}}}\n{{"a": 3}}\n', "d.ndjson")
    report = grebe.convert(source, tmp_path / "t", "--on-bad-row", "quarantine")
    assert (report["rows_written"], report["rows_quarantined"]) == (2, 1)
    assert [row["a"] for row in grebe.query(f"SELECT a FROM '{tmp_path / 't'}'")] == [1, 3]
    [bad] = grebe.query(f"SELECT line, reason FROM '{tmp_path / 't' / '_quarantine'}'")
    assert bad == {"line": 2, "reason": "too_deep"}


@pytest.mark.parametrize("name, text", {
    "d.csv": "\ufeffid,x\r\n1,\"a\r\nb\"\r\n2,b,c\r\n3,é\r\n4\r\n",
    "cr.csv": "id,x\r1,\"a\r\nb\"\r2,b,c\r3,é\r4\n",
    "d.ndjson": '{"id": 1}\n{"id": 2,}\n{"id": 3}\n{"id"\n',
}.items(), ids=lambda value: value if len(value) < 12 else "")
def test_quarantine_knows_the_place_in_the_source(grebe, tmp_path, name, text):
    source = put(tmp_path, text, name)
    grebe.convert(source, tmp_path / "t", "--on-bad-row", "quarantine")
    bad = grebe.query(
        f"SELECT byte_offset, line, raw FROM '{tmp_path / 't' / '_quarantine'}' ORDER BY line")
    assert len(bad) == 2
    data = source.read_bytes()
    for row in bad:
        assert data[row["byte_offset"]:].startswith(row["raw"].encode())
    lines = [4, 6] if name == "d.csv" else [4, 6] if name == "cr.csv" else [2, 4]
    assert [row["line"] for row in bad] == lines


@pytest.mark.parametrize("way", ["stdin", "gzip"])
def test_json_that_contradicts_late(grebe, tmp_path, way):
    lines = [f'{{"id": {i}, "text": "some text of a row"}}' for i in range(60_000)]
    data = "\n".join(lines + ['{"id": "x1", "late": [1.5]}', ""]).encode()
    table = tmp_path / "t"
    if way == "stdin":
        report = grebe.convert("-", table, stdin=data)
    else:
        source = put(tmp_path, gzip.compress(data, 1), "d.ndjson.gz")
        report = grebe.convert(source, table)
    assert report["rows_written"] == 60_001
    assert types(table)["id"] == "string"
    found = grebe.query(f"SELECT id, late FROM '{table}' WHERE late IS NOT NULL OR id = '59999'")
    assert [(row["id"], row["late"]) for row in found] == [("59999", None), ("x1", [1.5])]


def test_small_partitions_are_told_of_in_numbers(grebe, tmp_path):
    day = datetime.date(2026, 1, 1)
    text = "day,x\n" + "".join(f"{day + datetime.timedelta(n)},{n}\n" for n in range(70))
    source = put(tmp_path, text)
    told = grebe.run(
        "convert", source, "--into", tmp_path / "t", "--partition-by", "day").stderr
    [line] = [line for line in told.splitlines() if "partitions got" in line]
    assert line.startswith("note: half of the 70 partitions got ") and "B or less" in line
    assert line.endswith("partition by something coarser, or not at all")
    report = grebe.convert(source, tmp_path / "u", "--partition-by", "day")
    assert report["notes"] == [line.removeprefix("note: ")]
