"""`grebe inspect` against what pyarrow reads from the same footers."""

import json
import pathlib

import pyarrow
import pyarrow.parquet
import pytest


def inspect(grebe, path, *options) -> dict:
    return json.loads(grebe.run("inspect", str(path), "--format", "json", *options).stdout)


def footers(folder: pathlib.Path) -> dict[pathlib.Path, pyarrow.parquet.FileMetaData]:
    found = {}
    for path in sorted(folder.rglob("*.parquet")):
        try:
            found[path] = pyarrow.parquet.read_metadata(path)
        except (OSError, pyarrow.ArrowException):
            pass  # Not a file that pyarrow reads.
    return found


def test_every_footer_says_what_pyarrow_says(grebe, shared_data):
    files = footers(shared_data / "parquet-testing" / "data")
    assert len(files) > 50
    for path, expected in files.items():
        found = inspect(grebe, path)
        assert found["rows"] == expected.num_rows, path
        assert found["created_by"] == (expected.created_by or None), path
        assert len(found["row_groups"]) == expected.num_row_groups, path
        for index, group in enumerate(found["row_groups"]):
            wanted = expected.row_group(index)
            assert group["rows"] == wanted.num_rows, path
            assert group["uncompressed_bytes"] == wanted.total_byte_size, path
            for position, column in enumerate(group["columns"]):
                compare_chunk(column, wanted.column(position), path)


def compare_chunk(column: dict, wanted: pyarrow.parquet.ColumnChunkMetaData, path):
    assert column["column"] == wanted.path_in_schema, path
    assert column["values"] == wanted.num_values, path
    assert column["compressed_bytes"] == wanted.total_compressed_size, path
    assert column["uncompressed_bytes"] == wanted.total_uncompressed_size, path
    assert column["physical_type"] == wanted.physical_type, path
    assert column["data_page_offset"] == wanted.data_page_offset, path
    assert set(column["encodings"]) == set(wanted.encodings), path
    assert (column["column_index"] is not None) == wanted.has_column_index, path
    statistics = wanted.statistics
    if statistics is not None and statistics.has_null_count and column["statistics"]:
        assert column["statistics"]["nulls"] in (statistics.null_count, None), path


def test_pages_add_up_to_their_chunks(grebe, shared_data):
    for path in footers(shared_data / "parquet-testing" / "data"):
        result = grebe.run("inspect", str(path), "--format", "json", "--pages")
        for group in json.loads(result.stdout)["row_groups"]:
            for column in group["columns"]:
                if column["encrypted"]:
                    continue
                pages = column["pages"]
                values = sum(page["values"] for page in pages if page["kind"].startswith("data"))
                assert values == column["values"], (path, column["column"])


def test_what_pyarrow_wrote(grebe, tmp_path):
    data = pyarrow.table({
        "k": pyarrow.array([3, 1, None], pyarrow.int32()),
        "s": pyarrow.array([{"t": ["a"]}, None, {"t": []}])})
    path = tmp_path / "f.parquet"
    pyarrow.parquet.write_table(
        data.replace_schema_metadata({"note": "ours"}), path, write_page_index=True,
        sorting_columns=[pyarrow.parquet.SortingColumn(0)], data_page_version="2.0")
    found = inspect(grebe, path, "--pages")
    assert {"key": "note", "value": "ours"} in found["key_value_metadata"]
    group = found["row_groups"][0]
    assert group["sorting_columns"] == [
        {"column": "k", "descending": False, "nulls_first": False}]
    k, t = group["columns"]
    assert (k["statistics"]["min"], k["statistics"]["max"], k["statistics"]["nulls"]) == (1, 3, 1)
    assert t["column"] == "s.t.list.element"
    page = k["pages"][-1]
    assert (page["kind"], page["values"], page["nulls"], page["rows"]) == ("data v2", 3, 1, 3)
    text = grebe.run("inspect", str(path)).stdout
    assert "optional group t (LIST)" in text and "sorted by k" in text


@pytest.mark.parametrize("cut, status", [(0, 65), (3, 65), (-5, 65)])
def test_what_is_no_file_or_a_damaged_one(grebe, tmp_path, cut, status):
    path = tmp_path / "f.parquet"
    pyarrow.parquet.write_table(pyarrow.table({"a": [1]}), path)
    path.write_bytes(path.read_bytes()[:cut])
    failed = grebe.run("inspect", str(path), code=status)
    assert failed.stdout == "" and failed.stderr.startswith("grebe: error: ")
    assert str(path) in failed.stderr
    missing = grebe.run("inspect", str(tmp_path / "missing.parquet"), code=66)
    assert "hint: " in missing.stderr


def test_a_directory_is_called_one(grebe, tmp_path):
    for path in [tmp_path, f"{tmp_path}/", f"{tmp_path}/."]:
        refused = grebe.run("inspect", str(path), code=66)
        assert "a directory, not a file" in refused.stderr and "grebe files " in refused.stderr
