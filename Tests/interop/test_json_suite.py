"""nst/JSONTestSuite, each file converted as it lies there: `y_` is rows, `n_` is rejected, `i_` is
as spec/conformance.md decides."""

import json
import pathlib

import pytest

from test_parquet_corpus import FOLDER

SUITE = FOLDER.parent / "json-test-suite"

# Nothing is no JSON text, and no record either.
EMPTY = {"n_single_space", "n_structure_no_data", "n_structure_UTF8_BOM_no_data"}
# Two values in a file are no JSON text, but two records.
TWO_VALUES = {"n_structure_double_array", "n_structure_object_with_trailing_garbage"}
# Brackets that never close, over more bytes than a reject keeps: the load ends.
NEVER_CLOSED = {"n_structure_100000_opening_arrays", "n_structure_open_array_object"}
# JSON that has no columns: a new table needs them from elsewhere. Rows, where it has.
NO_COLUMNS = {
    "y_array_empty": 0, "y_structure_whitespace_array": 0, "y_object_simple": 0,
    "y_object_empty": 1, "i_structure_UTF-8_BOM_empty_object": 1}

# What the grammar leaves open. Text: what the one value is; bytes: read as Windows-1252.
HALF = "\ufffd"
DECIDED = {
    "i_number_double_huge_neg_exp": "123.456e-789",
    "i_number_huge_exp": "0.4e00669999999999999999999999999999999999999999999999999999999999999999"
    "999999999999999999999999999999999999999999999999999969999999006",
    "i_number_neg_int_huge_exp": "-1e+9999",
    "i_number_pos_double_huge_exp": "1.5e+9999",
    "i_number_real_neg_overflow": "-123123e100000",
    "i_number_real_pos_overflow": "123123e100000",
    "i_number_real_underflow": "123e-10000000",
    "i_number_too_big_neg_int": "-123123123123123123123123123123",
    "i_number_too_big_pos_int": "100000000000000000000",
    "i_number_very_big_negative_int": "-237462374673276894279832749832423479823246327846",
    "i_object_key_lone_2nd_surrogate": {HALF: 0},
    "i_string_1st_surrogate_but_2nd_missing": HALF,
    "i_string_1st_valid_surrogate_2nd_invalid": HALF + "\u1234",
    "i_string_incomplete_surrogate_and_escape_valid": HALF + "\n",
    "i_string_incomplete_surrogate_pair": HALF + "a",
    "i_string_incomplete_surrogates_escape_valid": HALF + HALF + "\n",
    "i_string_invalid_lonely_surrogate": HALF,
    "i_string_invalid_surrogate": HALF + "abc",
    "i_string_inverted_surrogates_U+1D11E": HALF + HALF,
    "i_string_lone_second_surrogate": HALF,
    "i_string_UTF-16LE_with_BOM": "é",
    "i_string_utf16BE_no_BOM": "é",
    "i_string_utf16LE_no_BOM": "é",
    "i_string_UTF8_surrogate_U+D800": b"\xed\xa0\x80",
    "i_string_iso_latin_1": b"\xe9",
    "i_string_not_in_unicode_range": b"\xf4\xbf\xbf\xbf",
    "i_string_overlong_sequence_2_bytes": b"\xc0\xaf",
    "i_string_overlong_sequence_6_bytes": b"\xfc\x83\xbf\xbf\xbf\xbf",
    "i_string_overlong_sequence_6_bytes_null": b"\xfc\x80\x80\x80\x80\x80",
    "i_structure_500_nested_arrays": "[" * 499 + "]" * 499,
    "i_structure_UTF-8_BOM_empty_object": {},
}
REJECTED = {
    "i_string_UTF-8_invalid_sequence", "i_string_invalid_utf-8",
    "i_string_lone_utf8_continuation_byte", "i_string_truncated-utf-8"}


def files(prefix: str) -> list:
    names = sorted(path.stem for path in SUITE.glob(f"{prefix}_*.json"))
    return names or [pytest.param("", marks=pytest.mark.skip("no json-test-suite"))]


def source(name: str) -> pathlib.Path:
    return SUITE / f"{name}.json"


def schema(value) -> list[str]:
    """What declares the columns of records that are, or are like, `value`."""
    is_object = isinstance(value, dict) and value
    return ["--schema", "value STRING", *(["--on-new-column", "add"] if is_object else [])]


def records(value) -> list:
    return value if isinstance(value, list) else [value]


def rows(grebe, table) -> list[dict]:
    text = grebe.run("query", f"SELECT * FROM '{table}'", "--format", "ndjson").stdout
    return [json.loads(line) for line in text.split("\n") if line]


def is_same(mine, wanted) -> bool:
    """Whether a value of a table is what the JSON says: text of several kinds is JSON."""
    if isinstance(wanted, dict) and isinstance(mine, dict):
        # No reader takes a zero byte in a column's name.
        wanted = {name.replace("\0", "_"): value for name, value in wanted.items()}
        return mine.keys() >= wanted.keys() and all(
            is_same(value, wanted.get(key)) for key, value in mine.items())
    if isinstance(mine, str) and not isinstance(wanted, str):
        return json.loads(mine) == wanted
    return mine == wanted


def check(grebe, table, wanted: list):
    mine = rows(grebe, table)
    assert len(mine) == len(wanted)
    are_objects = all(isinstance(record, dict) for record in wanted)
    for row, record in zip(mine, wanted):
        row = row if are_objects else row["value"]
        assert is_same(row, record), f"{row!r} is not {record!r}"


@pytest.mark.parametrize("name", files("y"))
def test_y_is_its_records(grebe, tmp_path, name):
    value = json.loads(source(name).read_bytes())
    # Elements of the list within an object are its rows.
    wanted = [] if NO_COLUMNS.get(name) == 0 else records(value)
    if name in NO_COLUMNS:
        outcome = grebe.run("convert", source(name), "--into", tmp_path / "t", code=65)
        assert "records" in outcome.error and "--schema" in outcome.hint
        assert not (tmp_path / "t").exists()
    else:
        grebe.convert(source(name), tmp_path / "t")
        check(grebe, tmp_path / "t", wanted)
    report = grebe.convert(source(name), tmp_path / "given", *schema(value))
    assert report["rows_written"] == len(wanted) == NO_COLUMNS.get(name, len(wanted))
    check(grebe, tmp_path / "given", wanted)
    # Again, into what is a table now.
    report = grebe.convert(source(name), tmp_path / "given", "--force", "--on-bad-row", "fail")
    assert report["rows_written"] == len(wanted)
    assert not (tmp_path / "given" / "_quarantine").exists()


@pytest.mark.parametrize("name", files("n"))
def test_n_is_rejected_and_kept(grebe, tmp_path, name):
    given = ["--schema", "value STRING", "--on-new-column", "add"]
    if name in TWO_VALUES:
        assert grebe.convert(source(name), tmp_path / "t")["rows_written"] == 2
        return
    grebe.run("convert", source(name), "--into", tmp_path / "t", code=65)
    assert not (tmp_path / "t").exists()
    if name in EMPTY:
        assert grebe.convert(source(name), tmp_path / "given", *given)["rows_read"] == 0
        return
    grebe.run("convert", source(name), "--into", tmp_path / "given", *given, code=65)
    kept = [*given, "--on-bad-row", "quarantine"]
    if name in NEVER_CLOSED:
        outcome = grebe.run("convert", source(name), "--into", tmp_path / "kept", *kept, code=65)
        assert "bytes in a row are not JSON records" in outcome.error
        return
    report = grebe.convert(source(name), tmp_path / "kept", *kept)
    bad = grebe.query(f"SELECT reason, raw FROM '{tmp_path / 'kept' / '_quarantine'}'")
    assert report["rows_quarantined"] == len(bad) > 0
    # What was taken is sound: each value is JSON, and the text holds it.
    text = source(name).read_bytes().decode(errors="replace")
    for row in rows(grebe, tmp_path / "kept"):
        for value in row.values():
            assert value is None or str(value).strip('"') in text


@pytest.mark.parametrize("name", files("i"))
def test_i_is_as_decided(grebe, tmp_path, name):
    assert (name in DECIDED) != (name in REJECTED)
    if name in REJECTED:
        given = ["--schema", "value STRING"]
        grebe.run("convert", source(name), "--into", tmp_path / "t", code=65)
        grebe.run("convert", source(name), "--into", tmp_path / "t", *given, code=65)
        grebe.convert(source(name), tmp_path / "t", *given, "--on-bad-row", "quarantine")
        bad = grebe.query(f"SELECT reason FROM '{tmp_path / 't' / '_quarantine'}'")
        assert bad == [{"reason": "invalid_utf8"}]
        return
    wanted = DECIDED[name]
    report = grebe.convert(source(name), tmp_path / "t", *schema(wanted))
    assert report["rows_written"] == 1
    [row] = rows(grebe, tmp_path / "t")
    if isinstance(wanted, bytes):
        # Told, and not guessed where the user says what it is.
        assert row["value"] == wanted.decode("cp1252")
        grebe.run(
            "convert", source(name), "--into", tmp_path / "u", *schema(""), "--encoding", "utf-8",
            code=65)
    elif isinstance(wanted, dict):
        assert is_same(row, {**row, **wanted})
    else:
        assert row["value"] == wanted
