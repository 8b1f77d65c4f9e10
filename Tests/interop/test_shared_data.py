"""Tests over files that the repository does not hold are not skipped by mistake."""

import collections
import os
import pathlib

import pytest

import test_dumps
import test_json_dumps
import test_parquet_corpus

PARTS = ["parquet-testing", "delta", "dumps", "csv-spectrum", "json-test-suite"]


def test_the_corpora_are_found_where_shared_data_are_and_everything_is_required():
    folder = test_parquet_corpus.FOLDER.parent
    if os.environ.get("GREBE_REQUIRE_ALL", "0") == "0" or not (
            folder.is_dir() or "GREBE_SHARED_DATA" in os.environ):
        pytest.skip("nothing is required, or there are no shared data at all")
    for part in PARTS:
        assert (folder / part).is_dir(), f"no {part} in {folder}: its tests would be skipped"
    assert len(test_parquet_corpus.READABLE) > 60, "few files of parquet-testing were found"
    assert len(test_parquet_corpus.DELTA_FILES) > 80, "few files of Delta tables were found"
    suite = collections.Counter(
        path.name[:2] for path in (folder / "json-test-suite").glob("*.json"))
    assert suite["y_"] >= 95 and suite["n_"] >= 188 and suite["i_"] >= 35
    assert {path.name for path in (folder / "dumps").iterdir()} == {
        *test_dumps.DUMPS, *test_json_dumps.DUMPS}
    assert test_parquet_corpus.SHREDDED and test_parquet_corpus.ENCRYPTED
    for file in [*test_parquet_corpus.READABLE, *test_parquet_corpus.LARGE]:
        assert pathlib.Path(test_parquet_corpus.FOLDER / file).is_file(), file
