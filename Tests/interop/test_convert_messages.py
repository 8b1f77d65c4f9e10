"""What `convert` says where sources and options do not fit: the value, the column, a way on."""

import random
import subprocess

import pytest
from deltalake import DeltaTable


def put(tmp_path, name, text):
    source = tmp_path / name
    source.write_text(text)
    return source


# What is wrong -> source, options, exit status, parts of the message.
REFUSED = {
    "empty JSON string": (
        '{"v":1}\n{"v":""}\n', ["--schema", "v INT"], 65, ['"" in column v', "valid integer"]),
    "string in a struct": (
        '{"o":{"x":"x"}}\n', ["--schema", "o STRUCT<x: INT>"], 65, ['"x" in column o.x']),
    "cut JSON line of several": (
        '{"v":1}\n{"v":2}\n{"v":', [], 65, ["the JSON ends early, byte 5 of the record"]),
    "JSON cut in a word": ('{"v":true}\n{"v":true}\n{"v":tr', [], 65, ["the JSON ends early"]),
    "cut JSON line": ('{"v":1}\n{"v":\n', [], 65, ["the JSON ends early"]),
    "too many rows skipped": ("a\n1\n2\n", ["--skip-rows", "100"], 65, ["first 100 lines"]),
    "wider than the schema": (
        "id,name\n1,x\n", ["--schema", "id INT"], 65, ["column name that --schema lacks"]),
    "too few fields": ("a,b,c\n1,2,3\n4\n", ["--delimiter", ","], 65, ['expected: "4"']),
    "size without a number": ("a\n1\n", ["--target-file-size", "abc"], 64, ["such as 128MB"]),
    "seconds with a unit": ("a\n1\n", ["--settle-seconds", "2s"], 64, ["such as 60 or 0.5"]),
    "blank lines alone": ("\n\n", [], 65, ["there is no text to take columns from"]),
    "negative threads": ("a\n1\n", ["--threads", "-3"], 64, ["between 1 and 1024"]),
    "NaN in JSON": ('{"a":1}\n{"a":NaN}\n', [], 65, ["at NaN}, byte 5 of the record", "line 2"]),
    "comma behind JSON": ('{"a":1},\n{"a":2},\n', [], 65, ["at ,"]),
    "over the limit": (
        "v\n1\nx\n2\ny\n", ["--on-bad-row", "skip", "--schema", "v INT", "--max-bad-rows", "1"],
        65, ["2 of 4 rows", '"x" in column v is not a valid integer', "line 3"]),
    "over the limit of quarantine": (
        "v\n1\nx\n2\ny\n",
        ["--on-bad-row", "quarantine", "--schema", "v INT", "--max-bad-rows", "1"],
        65, ["2 of 4 rows", '"x" in column v is not a valid integer', "line 3"]),
    "a share that is none": ("a\n1\n", ["--max-bad-rows", "-1"], 64, ["such as 0.5%"]),
    "no delimiter": ("a\n1\n", ["--delimiter", ""], 64, ["1 to 16 bytes, or tab"]),
    "a long comment": ("a\n1\n", ["--comment", "//"], 64, ["one byte, such as #, or none"]),
    "a statement": (
        "a\n1\n", ["--schema", "CREATE TABLE t (a INT)"], 64, ["not the columns of a table"]),
    "fields that --schema lacks": (
        '{"o":{"a":1,"b":2}}\n', ["--schema", "o STRUCT<a: INT>"], 65,
        ["column o.b that --schema lacks"]),
    "negative rows": ("a\n1\n", ["--skip-rows", "-1"], 64, ["must not be negative"]),
}


@pytest.mark.parametrize("what", REFUSED)
def test_the_message_names_what_is_wrong(grebe, tmp_path, what):
    text, options, code, parts = REFUSED[what]
    source = put(tmp_path, "a.txt", text)
    error = grebe.run("convert", source, "--into", tmp_path / "t", *options, code=code).error
    assert all(part in error for part in parts), error
    assert '""x""' not in error


def test_an_unknown_option_is_named(grebe, tmp_path):
    outcome = grebe.run("convert", put(tmp_path, "a.csv", "a\n1\n"), "--to", "t", code=64)
    assert "--to" in outcome.error and "Missing" not in outcome.error
    missing = grebe.run("convert", tmp_path / "a.csv", code=64)
    assert "--into" in missing.error and missing.hint


def test_a_source_elsewhere_is_to_be_copied(grebe, tmp_path):
    outcome = grebe.run(
        "convert", "https://example.org/a.csv", "--into", tmp_path / "t", code=69)
    assert "table" not in outcome.hint


@pytest.mark.parametrize("options", [["--partition-by", "nope"], ["--date-format", "%Q"]])
def test_options_are_checked_where_nothing_is_to_be_done(grebe, tmp_path, options):
    source = put(tmp_path, "a.csv", "a\n1\n")
    grebe.run("convert", source, "--into", tmp_path / "t")
    grebe.run("convert", source, "--into", tmp_path / "t", *options, code=64)


def test_a_limit_without_effect_is_told_of(grebe, tmp_path):
    source = put(tmp_path, "a.csv", "a\n1\n")
    outcome = grebe.run("convert", source, "--into", tmp_path / "t", "--max-bad-rows", 3)
    assert "note: --max-bad-rows has no effect" in outcome.stderr


def test_a_header_alone_may_be_a_row(grebe, tmp_path):
    source = put(tmp_path, "a.csv", "Bob,Paris\n")
    outcome = grebe.run("convert", source, "--into", tmp_path / "t")
    assert "--header no" in outcome.stderr


def test_dates_by_earlier_loads_are_told_of(grebe, tmp_path):
    table = tmp_path / "t"
    grebe.convert(put(tmp_path, "a.csv", "d,n\n31/12/2025,1\n"), table)
    outcome = grebe.run("convert", put(tmp_path, "b.csv", "d,n\n01/02/2026,2\n"), "--into", table)
    assert "are read with the day first, as in earlier loads; --date-format" in outcome.stderr


def test_a_file_that_may_not_grow_is_an_error(grebe, tmp_path):
    lines = "".join(f"{n},{n * 7919 % 100_003}\n" for n in range(100_000))
    source = put(tmp_path, "a.csv", "id,k\n" + lines)
    command = grebe.command("convert", source, "--into", tmp_path / "t")
    done = subprocess.run(
        ["sh", "-c", 'ulimit -f 8; exec "$@"', "sh", *command], capture_output=True, text=True)
    assert done.returncode == 74 and "File too large" in done.stderr, done
    assert not [path for path in (tmp_path / "t").rglob("*") if path.is_file()]


@pytest.mark.parametrize("option, type", [("date", "date"), ("timestamp", "timestamp")])
def test_a_format_that_nothing_is_written_in_is_told_of(grebe, tmp_path, option, type):
    dates = put(tmp_path, "a.csv", "id,d\n1,03/04/2026\n2,05/06/2026\n")
    [note] = grebe.convert(dates, tmp_path / "t", f"--{option}-format", "%Y%m%d")["notes"]
    assert note == f"no column of {dates} is written as --{option}-format %Y%m%d says"
    assert grebe.convert(dates, tmp_path / "u", f"--{option}-format", "%d/%m/%Y")["notes"] == []
    found = DeltaTable(str(tmp_path / "u")).schema().fields
    assert [str(field.type.type) for field in found][1] == type


@pytest.mark.parametrize("into, code", [("b.csv", 73), ("b.csv/t", 74), ("/proc/t", 74)])
def test_where_no_table_can_be_the_place_given_is_named(grebe, tmp_path, into, code):
    source = put(tmp_path, "a.csv", "a,b\n1,2\n")
    put(tmp_path, "b.csv", "a\n1\n")
    table = tmp_path / into
    for options in [], ["--partition-by", "a"]:
        error = grebe.run("convert", source, "--into", table, *options, code=code).error
        assert error.endswith(f"({table})"), error
    assert (tmp_path / "b.csv").read_text() == "a\n1\n"


def test_empty_texts_that_become_null_in_a_partition_column_are_told_of(grebe, tmp_path):
    source = put(tmp_path, "a.csv", 'p,n,q\n"",1,"x"\nb,2,""\n,3,y\n"",4,z\n')
    notes = grebe.convert(source, tmp_path / "t", "--partition-by", "p")["notes"]
    assert notes == [
        "empty texts in p (2 rows) became null, as a partition column holds none"]
    both = grebe.convert(source, tmp_path / "u", "--partition-by", "p,q")["notes"]
    assert any("in p (2 rows), q (1 row) became" in note for note in both), both
    assert grebe.convert(source, tmp_path / "v")["notes"] == []


def test_columns_of_the_schema_that_no_source_has_are_told_of(grebe, tmp_path):
    source = put(tmp_path, "a.csv", "id,name\n1,x\n")
    schema = ["--schema", "id INT, nmae STRING, name STRING"]
    [note] = grebe.convert(source, tmp_path / "t", *schema)["notes"]
    assert note == "column nmae of --schema is in no source, and null in all rows"
    other = put(tmp_path, "b.csv", "id,nmae\n1,x\n")
    assert grebe.convert(source, tmp_path / "u", other, *schema)["notes"] == []
    lines = put(tmp_path, "a.ndjson", '{"id":1,"name":"x"}\n')
    [note] = grebe.convert(lines, tmp_path / "v", *schema)["notes"]
    assert "column nmae of --schema is in no record of the samples" in note
    query = f"SELECT id, name FROM '{tmp_path / 't'}'"
    grebe.run("query", query, "--output", tmp_path / "a.parquet")
    [note] = grebe.convert(tmp_path / "a.parquet", tmp_path / "w", *schema)["notes"]
    assert "column nmae of --schema is in no source" in note


def test_types_of_the_table_bind_parquet_files_too(grebe, tmp_path):
    table = tmp_path / "t"
    grebe.convert(put(tmp_path, "a.csv", "id,name\n1,x\n"), table)
    grebe.run("query", f"SELECT id, name FROM '{table}'", "--output", tmp_path / "a.parquet")
    load = ["convert", tmp_path / "a.parquet", "--into", table]
    error = grebe.run(*load, "--type", "id=STRING", code=64).error
    assert "column id is integer by the table (--type id=string)" in error
    grebe.run(*load, "--type", "nope=STRING", code=64)
    grebe.run(*load, "--all-strings", code=64)
    grebe.run(*load, "--type", "id=INT")


def test_what_came_through_a_pipe_before_is_told_of(grebe, tmp_path):
    table, data = tmp_path / "t", b"id,name\n1,a\n2,b\n"
    assert grebe.convert("-", table, stdin=data)["notes"] == []
    [note] = grebe.convert("-", table, stdin=data)["notes"]
    assert "standard input has the size and checksum of a source that came through a pipe" in note
    assert grebe.convert("-", table, stdin=data.replace(b"2", b"3"))["notes"] == []
    [note] = grebe.convert(put(tmp_path, "a.csv", data.decode()), table)["notes"]
    assert "a.csv has the size and checksum of a source that came through a pipe" in note
    assert grebe.query(f"SELECT count(*) AS n FROM '{table}'") == [{"n": 8}]
    grebe.run("restore", table, "--to", "0")
    [note] = grebe.convert("-", table, stdin=data)["notes"]
    assert "its rows are in the table twice" in note
    grebe.convert("-", table, "--mode", "overwrite", stdin=b"id,name\n7,z\n")
    assert grebe.convert("-", table, stdin=data)["notes"] == []


def test_an_error_leaves_no_directory(grebe, tmp_path):
    source = put(tmp_path, "a.csv", "v,p\n1,a\nx,a\n")
    for index, options in enumerate([["fail"], ["skip", "--max-bad-rows", "0"],
                                     ["quarantine", "--max-bad-rows", "0"]]):
        table = tmp_path / str(index)
        grebe.run("convert", source, "--into", table, "--schema", "v INT, p STRING",
                  "--partition-by", "p", "--on-bad-row", *options, code=65)
        assert not table.exists(), sorted(table.rglob("*"))


def test_widening_is_advised_only_where_it_helps(grebe, tmp_path):
    for index, (first, second, helps) in enumerate([
            ("1", "9999999999", True), ("1", "6.5", True), ("9999999999", "9" * 20, False),
            ("0.5", "9007199254740993", False), ("1", "x", False)]):
        table = tmp_path / str(index)
        grebe.convert(put(tmp_path, f"{index}a.csv", f"v\n{first}\n"), table)
        more = put(tmp_path, f"{index}b.csv", f"v\n{second}\n")
        outcome = grebe.run("convert", more, "--into", table, "--header", "yes", code=65)
        assert ("--on-type-conflict widen" in outcome.hint) == helps, (second, outcome.hint)
        grebe.run("convert", more, "--into", table, "--header", "yes",
                  "--on-type-conflict", "widen", code=0 if helps else 65)


@pytest.mark.parametrize("text", ["\\x01", "\\001", "^A", "\x01"])
def test_a_control_byte_is_a_delimiter_in_any_spelling(grebe, tmp_path, text):
    source = put(tmp_path, "a.csv", "a\x01b\n1\x012\n")
    grebe.convert(source, tmp_path / "t", "--delimiter", text)
    assert DeltaTable(tmp_path / "t").to_pyarrow_table().to_pylist() == [{"a": 1, "b": 2}]


def test_a_delimiter_that_does_not_occur_is_told_of(grebe, tmp_path):
    source = put(tmp_path, "a.csv", "a;b\n1;2\n")
    outcome = grebe.run("convert", source, "--into", tmp_path / "t", "--delimiter", "|")
    assert "--delimiter divides no line of" in outcome.stderr


def test_a_null_may_begin_with_a_minus(grebe, tmp_path):
    source = put(tmp_path, "a.csv", "a,b\n-99,x\n1,-99\n")
    grebe.convert(source, tmp_path / "t", "--null", "-99", "--null", "-")


def test_types_of_other_databases_are_read(grebe, tmp_path):
    source = put(tmp_path, "a.csv", "a,b,c\nxyz,y,2024-01-01 10:00:00\n")
    grebe.convert(
        source, tmp_path / "t", "--schema", "a VARCHAR(3), b CHAR(1) NOT NULL, c DATETIME")
    fields = DeltaTable(tmp_path / "t").schema().fields
    assert [field.type.type for field in fields] == ["string", "string", "timestamp"]


def test_small_files_are_made_where_they_are_asked_for(grebe, tmp_path):
    numbers = random.Random(1)
    rows = "\n".join(f"{numbers.random()},{numbers.random()}" for _ in range(60000))
    source = put(tmp_path, "a.csv", "a,b\n" + rows + "\n")
    report = grebe.convert(source, tmp_path / "t", "--target-file-size", "200KB")
    assert report["files_written"] > 3
