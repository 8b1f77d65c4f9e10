"""What is no row of the table is refused, or kept beside it; never lost."""

import pathlib

import pytest

import peers

DUMP = """id,amount,day
1,10.50,2025-01-01
2,ten,2025-01-02
3,30.00,2025-02-30
4,40.00
5,50.00,2025-01-05
"""
SCHEMA = "id BIGINT, amount DECIMAL(12,2), day DATE"


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "bad.csv"
    path.write_text(DUMP)
    return path


def test_fail_names_the_place_and_commits_nothing(grebe, source, tmp_path):
    table = tmp_path / "t"
    outcome = grebe.run("convert", source, "--into", table, "--schema", SCHEMA, code=65)
    for part in ("bad.csv", "3", "amount", "ten"):
        assert part in outcome.error, f"{part} is not named\n{outcome}"
    assert outcome.hint
    assert not list(table.glob("_delta_log/*.json"))
    grebe.run("query", f"SELECT * FROM '{table}'", code=66)


def test_quarantine_is_a_table_beside_the_table(grebe, source, tmp_path):
    table = tmp_path / "t"
    report = grebe.convert(source, table, "--schema", SCHEMA, "--on-bad-row", "quarantine")
    counts = [report[f"rows_{fate}"] for fate in ("read", "written", "quarantined", "skipped")]
    assert counts == [5, 2, 3, 0]
    for read in peers.READERS.values():
        assert sorted(row[0] for row in read(table, ["id"])) == [1, 5]

    quarantine = table / "_quarantine"
    fields = {
        field.name: str(field.type.type)
        for field in peers.deltalake.DeltaTable(str(quarantine)).schema().fields}
    assert fields == {
        **dict.fromkeys(["load_id", "source", "column", "reason", "message", "raw", "context",
                         "replay_id"], "string"),
        "line": "long", "byte_offset": "long", "loaded_at": "timestamp"}
    for who, read in peers.READERS.items():
        text = str(read(quarantine, sorted(fields)))
        assert all(part in text for part in ("bad.csv", "ten", "2025-02-30", "4,40.00")), who
    found = grebe.query(f"SELECT count(*) AS n FROM '{quarantine}'")
    assert found == [{"n": 3}]


def test_skip_counts_what_it_skips(grebe, source, tmp_path):
    report = grebe.convert(
        source, tmp_path / "t", "--schema", SCHEMA, "--on-bad-row", "skip")
    assert (report["rows_written"], report["rows_skipped"]) == (2, 3)
    reasons = {entry["reason"]: entry for entry in report["skip_reasons"]}
    assert {reason: entry["rows"] for reason, entry in reasons.items()} == {
        "invalid_value": 2, "too_few_fields": 1}
    first = reasons["invalid_value"]["first"]
    assert pathlib.Path(first["source"]).name == "bad.csv"
    assert (first["line"], first["column"]) == (3, "amount") and "ten" in first["message"]
    text = grebe.run(
        "convert", source, "--into", tmp_path / "text", "--schema", SCHEMA, "--on-bad-row",
        "skip").stdout
    assert "skipped: 2 rows, invalid_value; first: \"ten\" in column amount" in text
    assert "bad.csv: line 5)" in text


@pytest.mark.parametrize("limit, code", [("3", 0), ("2", 65), ("60%", 0), ("59%", 65)])
def test_max_bad_rows(grebe, source, tmp_path, limit, code):
    table = tmp_path / "t"
    grebe.run(
        "convert", source, "--into", table, "--schema", SCHEMA, "--on-bad-row", "quarantine",
        "--max-bad-rows", limit, code=code)
    assert table.joinpath("_delta_log", f"{0:020}.json").exists() == (code == 0)
