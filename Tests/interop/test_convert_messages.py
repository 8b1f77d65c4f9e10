"""What `convert` says where sources and options do not fit: the value, the column, a way on."""

import random

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
    "cut JSON line": ('{"v":1}\n{"v":\n', [], 65, ["the JSON ends early"]),
    "too many rows skipped": ("a\n1\n2\n", ["--skip-rows", "100"], 65, ["first 100 lines"]),
    "wider than the schema": (
        "id,name\n1,x\n", ["--schema", "id INT"], 65, ["column name that --schema lacks"]),
    "too few fields": ("a,b,c\n1,2,3\n4\n", ["--delimiter", ","], 65, ['expected: "4"']),
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
