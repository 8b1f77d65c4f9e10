"""Every file of apache/parquet-testing: Grebe's cells are those of pyarrow and of DuckDB."""

import collections
import json
import os
import pathlib
import re

import pytest

import cells
import parquet_corpus as corpus
import peers
import variants
from conftest import ROOT

FOLDER = (
    pathlib.Path(os.environ.get("GREBE_SHARED_DATA", ROOT.parent / "shared" / "data"))
    / "parquet-testing")
FILES = corpus.all_files(FOLDER) if FOLDER.is_dir() else []
ENCRYPTED = [file for file in FILES if file.endswith(".encrypted")]
REFUSED = {*corpus.DAMAGED, *corpus.UNKNOWN_TYPES, *ENCRYPTED}
SHREDDED = [file for file in FILES if file.startswith("shredded_variant/") and file not in REFUSED]
LARGE = ["data/large_string_map.brotli.parquet"]
READABLE = [
    file for file in FILES
    if file not in {*REFUSED, *SHREDDED, *LARGE}
    and (file, None) not in corpus.SKIPPED]

pytestmark = pytest.mark.skipif(not FILES, reason=f"no files of parquet-testing at {FOLDER}")


def query(grebe, path: pathlib.Path, **expectation):
    return grebe.run("query", f"SELECT * FROM '{path}'", "--format", "ndjson", **expectation)


def read_rows(grebe, path: pathlib.Path) -> list[cells.Entries]:
    # Not `splitlines`: it also breaks at characters that stand unescaped in JSON text.
    return [cells.parse_json(line) for line in query(grebe, path).stdout.split("\n") if line]


@pytest.mark.parametrize("file", READABLE)
def test_every_cell(grebe, tally, file):
    columns = corpus.judge(file, FOLDER / file)
    compared = [column for column in columns if (file, column.name) not in corpus.SKIPPED]
    tally["skipped"] += len(columns) - len(compared)
    assert_cells(grebe, tally, FOLDER / file, columns, compared)


def assert_cells(grebe, tally, path: pathlib.Path, columns: list, compared: list):
    rows = read_rows(grebe, path)
    assert len(rows) == len(columns[0].cells), f"{path}: {len(rows)} rows"
    if rows:
        assert [name for name, _ in rows[0]] == [column.name for column in columns]
    wrong = []
    for index, column in enumerate(columns):
        if column not in compared:
            continue
        found = corpus.Truth(
            column.name, column.kind, [cells.from_json(row[index][1], column.kind) for row in rows],
            "grebe")
        if not corpus.same_cells(found, column):
            wrong.append(
                f"{column.name!r} ({column.kind}): Grebe and {column.who} differ, "
                f"{corpus.first_difference(found, column)}")
        tally["columns"] += 1
        tally["cells"] += cells.count_cells(column.cells)
    assert not wrong, f"{path}: " + "; ".join(wrong)
    tally["files"] += 1


DELTA = FOLDER.parent / "delta"
DELTA_FILES = sorted(map(str, (path.relative_to(DELTA) for path in DELTA.rglob("*.parquet"))))


@pytest.mark.parametrize("file", DELTA_FILES)
def test_every_cell_of_the_files_of_delta_tables(grebe, tally, file):
    """Data files, checkpoints and sidecars, as the Parquet files that they are."""
    columns = corpus.judge(file, DELTA / file)
    assert_cells(grebe, tally, DELTA / file, columns, columns)


def shredded_cases() -> dict[str, dict]:
    path = FOLDER / "shredded_variant/cases.json"
    cases = json.loads(path.read_text()) if path.exists() else []
    return {case["parquet_file"]: case for case in cases if "parquet_file" in case}


@pytest.mark.parametrize("file", SHREDDED)
def test_every_shredded_variant(grebe, tally, file):
    """Against the variants beside the file: the JSON text of each means the same."""
    folder, name = FOLDER / "shredded_variant", pathlib.Path(file).name
    case = shredded_cases()[name]
    stored = case.get("variant_files") or [case["variant_file"]]
    wanted = [
        None if binary is None else variants.decode_file((folder / binary).read_bytes())
        for binary in stored]
    # The specification has no place for these; who reads them reads what the case says.
    outcome = query(grebe, FOLDER / file, code=(0, 65) if "INVALID" in name else 0)
    if outcome.code == 0:
        rows = [dict(cells.parse_json(line)) for line in outcome.stdout.split("\n") if line]
        assert len(rows) == len(wanted)
        for row, binary, value in zip(rows, stored, wanted):
            if binary is None:
                assert row["var"] is None
                continue
            assert isinstance(row["var"], str), f"{file}: {row}"
            found = cells.parse_json(row["var"])
            assert variants.same(found, value), f"{found} is not {value}"
        tally["cells"] += 2 * len(rows)
    tally["files"] += 1
    tally["columns"] += 2


@pytest.mark.parametrize("file", LARGE)
def test_a_chunk_of_more_than_two_gigabytes(grebe, tally, tmp_path, file):
    """Two keys of 1 GiB. They take a minute and 10 GB: only their number, unless GREBE_LARGE is
    set; then DuckDB has to find the same in a copy that Grebe made."""
    assert grebe.json("query", f"SELECT count(*) AS n FROM '{FOLDER / file}'") == [{"n": 2}]
    if os.environ.get("GREBE_LARGE"):
        copy = tmp_path / "copy.parquet"
        grebe.run(
            "query", f"SELECT * FROM '{FOLDER / file}'", "--format", "parquet", "--output", copy)
        wanted, found = (
            peers.DUCKDB.execute(
                f"SELECT md5(map_keys(arr)[1]), map_values(arr) FROM {peers.quoted(path)}"
            ).fetchall() for path in (FOLDER / file, copy))
        assert found == wanted
        tally["cells"] += 4
    tally["files"] += 1


@pytest.mark.parametrize("file", sorted(corpus.DAMAGED))
def test_damage_is_refused(grebe, tally, file):
    outcome = query(grebe, FOLDER / file, code=65)
    assert pathlib.Path(file).name in outcome.error, outcome
    tally["files"] += 1


@pytest.mark.parametrize("file", sorted(corpus.UNKNOWN_TYPES))
def test_unknown_types_are_refused_by_name(grebe, tally, file):
    _, name = corpus.UNKNOWN_TYPES[file]
    assert name in query(grebe, FOLDER / file, code=69).error
    tally["files"] += 1


@pytest.mark.parametrize("file", ENCRYPTED)
def test_encryption_is_refused_by_name(grebe, tally, file):
    outcome = query(grebe, FOLDER / file, code=69)
    assert "encrypt" in outcome.error, outcome
    tally["files"] += 1


def test_every_table_names_files_that_are_there():
    named = {
        *corpus.DAMAGED, *corpus.UNKNOWN_TYPES, *corpus.HARMLESS, *LARGE,
        *(file for file, _ in corpus.DISAGREEMENTS), *(file for file, _ in corpus.STATED),
        *(file for file, _ in corpus.SKIPPED)}
    assert named <= set(FILES), named - set(FILES)


def test_the_skips_are_those_of_the_conformance_table():
    """Lines `- FILE, COLUMN: reason` below the heading of the skips."""
    text = (ROOT / "spec/conformance.md").read_text()
    section = text.split("### Not compared")[1].split("\n#")[0]
    listed = collections.Counter(re.findall(r"^- `([^`]+)`(?:, column `([^`]+)`)?:", section, re.M))
    wanted = collections.Counter((file, column or "") for file, column in corpus.SKIPPED)
    assert listed == wanted
