"""Some partitions of a table are replaced, in one commit, and no others."""

import json

import deltalake
import pyarrow as pa
import pytest

import peers


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "t"
    deltalake.write_deltalake(
        str(path), pa.table({"id": [1, 2, 3, 4], "day": ["a", "b", "b", None]}),
        partition_by=["day"])
    return path


def replace(grebe, table, folder, text, *arguments, code=0):
    source = folder / "new.csv"
    source.write_text(text)
    return grebe.run(
        "convert", source, "--into", table, "--mode", "overwrite", *arguments, code=code)


def test_only_the_named_partitions_are_replaced(grebe, table, tmp_path):
    replace(grebe, table, tmp_path, "id,day\n7,b\n8,b\n", "--replace-where", "day = 'b'")
    expected = [(1, "a"), (7, "b"), (8, "b"), (4, None)]
    peers.assert_all_read(table, ["id", "day"], expected)
    # The same file again replaces what it loaded.
    replace(grebe, table, tmp_path, "id,day\n7,b\n8,b\n", "--replace-where", "day = 'b'")
    peers.assert_all_read(table, ["id", "day"], expected)
    peers.assert_all_read(
        table, ["id", "day"], [(1, "a"), (2, "b"), (3, "b"), (4, None)], version=0)
    commit = json.loads(grebe.run("history", table, "--format", "json").stdout)[0]
    assert commit["operation"] == "WRITE" and commit["parameters"]["predicate"] == "day = 'b'"


def test_rows_of_other_partitions_are_bad_rows(grebe, table, tmp_path):
    outcome = replace(
        grebe, table, tmp_path, "id,day\n7,b\n8,c\n", "--replace-where", "day = 'b'", code=65)
    assert "--replace-where (day = 'b')" in outcome.stderr and "line 3" in outcome.stderr
    peers.assert_all_read(table, ["id"], [(1,), (2,), (3,), (4,)])


@pytest.mark.parametrize("condition, code, words", [
    ("id = 1", 64, "not a partition column"), ("nothing = 1", 64, "nothing"),
])
def test_conditions_that_make_no_sense(grebe, table, tmp_path, condition, code, words):
    outcome = replace(
        grebe, table, tmp_path, "id,day\n7,b\n", "--replace-where", condition, code=code)
    assert words in outcome.stderr


def test_without_a_table_or_a_mode(grebe, table, tmp_path):
    outcome = replace(
        grebe, tmp_path / "none", tmp_path, "id,day\n7,b\n", "--replace-where", "day = 'b'",
        code=66)
    assert "no table" in outcome.stderr
    source = tmp_path / "new.csv"
    assert "--mode overwrite" in grebe.run(
        "convert", source, "--into", table, "--replace-where", "day = 'b'", code=64).stderr


def test_a_type_widens_while_partitions_are_replaced(grebe, table, tmp_path):
    replace(
        grebe, table, tmp_path, "id,day\n7.5,b\n", "--replace-where", "day = 'b'",
        "--on-type-conflict", "widen")
    peers.assert_all_read(table, ["id", "day"], [(1.0, "a"), (4.0, None), (7.5, "b")])
