"""JSON dumps: every layout, nested values exact, late columns, bad documents one by one."""

import decimal
import json

import deltalake
import duckdb
import pytest

RECORDS = [
    {"id": i, "name": f"naïve \"{i}\" \\ \n", "tags": ["a", None, f"t{i}"][: i % 4],
     "customer": {"id": i * 3, "address": {"city": f"City {i % 5}"} if i % 3 else None},
     "at": f"2026-11-{1 + i % 28:02}T10:00:00Z"}
    for i in range(500)]


def rows(table) -> list:
    return deltalake.DeltaTable(str(table)).to_pyarrow_table().to_pylist()


def layouts():
    text = [json.dumps(record) for record in RECORDS]
    return {
        "lines": "\n".join(text) + "\n",
        "lines without a last break": "\n".join(text),
        "array": "[" + ", ".join(text) + "]",
        "pretty array": json.dumps(RECORDS, indent=2),
        "concatenated": "".join(text),
        "pretty values": "\n".join(json.dumps(record, indent=1) for record in RECORDS),
        "a member": json.dumps({"took": 3, "hits": RECORDS}),
        "with a byte-order mark": "\ufeff" + "\n".join(text),
    }


def plain(table) -> list:
    return sorted(
        (row["id"], row["name"], row["tags"], row["customer"], row["at"].isoformat())
        for row in rows(table))


@pytest.mark.parametrize("layout", layouts())
def test_every_layout_is_the_same_table(grebe, tmp_path, layout):
    (tmp_path / "dump").write_text(layouts()[layout], encoding="utf-8")
    grebe.convert(tmp_path / "dump", tmp_path / "t")
    wanted = sorted(
        (r["id"], r["name"], r["tags"], r["customer"], r["at"].replace("Z", "+00:00"))
        for r in RECORDS)
    assert plain(tmp_path / "t") == wanted


def test_duckdb_reads_the_same_out_of_the_json(grebe, tmp_path):
    path = tmp_path / "dump.ndjson"
    path.write_text(layouts()["lines"], encoding="utf-8")
    grebe.convert(path, tmp_path / "t")
    wanted = duckdb.sql(
        f"SELECT to_json(t)::VARCHAR FROM read_json('{path}') t ORDER BY id").fetchall()
    mine = grebe.run(
        "query", f"SELECT * FROM '{tmp_path / 't'}' ORDER BY id", "--format", "ndjson").stdout
    pairs = zip(map(json.loads, mine.splitlines()), (json.loads(text) for text, in wanted))
    count = 0
    for one, other in pairs:
        count += 1
        # DuckDB's instants have no zone.
        del one["at"], other["at"]
        assert one == other
    assert count == len(RECORDS)


def test_late_members_and_types_are_found(grebe, tmp_path):
    lines = [json.dumps({"id": i, "v": i}) for i in range(60_000)]
    lines.append(json.dumps({"id": -1, "v": 2.5, "late": {"deep": [1, 2]}}))
    (tmp_path / "d.ndjson").write_text("\n".join(lines))
    grebe.convert(tmp_path / "d.ndjson", tmp_path / "t")
    last = [row for row in rows(tmp_path / "t") if row["id"] == -1]
    assert last == [{"id": -1, "v": 2.5, "late": {"deep": [1, 2]}}]
    assert len(rows(tmp_path / "t")) == 60_001


def test_numbers_keep_every_digit(grebe, tmp_path):
    (tmp_path / "d.json").write_text(
        '{"a": 12345678901234567890, "b": 0.1234567890123456789, '
        '"c": 9007199254740993, "d": "007"}\n'
        '{"a": 1, "b": 2.5, "c": 1, "d": "8"}\n')
    grebe.convert(tmp_path / "d.json", tmp_path / "t")
    first = sorted(rows(tmp_path / "t"), key=lambda row: str(row["d"]))[0]
    assert decimal.Decimal(str(first["a"])) == decimal.Decimal("12345678901234567890")
    assert decimal.Decimal(str(first["b"])) == decimal.Decimal("0.1234567890123456789")
    assert first["c"] == 9007199254740993 and first["d"] == "007"


def test_a_bad_document_is_one_bad_row(grebe, tmp_path):
    (tmp_path / "d.ndjson").write_text(
        '{"a": 1}\n{"a": 2,}\n{"a": 3}\n{"a": "unclosed}\n{"a": 5}\n')
    outcome = grebe.run("convert", tmp_path / "d.ndjson", "--into", tmp_path / "t", code=65)
    assert "line 2" in outcome.error
    grebe.convert(tmp_path / "d.ndjson", tmp_path / "t", "--on-bad-row", "quarantine")
    assert sorted(row["a"] for row in rows(tmp_path / "t")) == [1, 3, 5]
    bad = rows(tmp_path / "t" / "_quarantine")
    assert sorted((row["line"], row["reason"], row["raw"]) for row in bad) == [
        (2, "invalid_json", '{"a": 2,}'), (4, "invalid_json", '{"a": "unclosed}')]


def test_appending_checks_types_and_names(grebe, tmp_path):
    (tmp_path / "a.ndjson").write_text('{"a": 1, "s": {"x": 1}}\n')
    (tmp_path / "b.ndjson").write_text('{"a": 2, "s": {"x": 2}}\n{"a": "no", "s": null}\n')
    (tmp_path / "c.ndjson").write_text('{"a": 3, "new": 1}\n')
    grebe.convert(tmp_path / "a.ndjson", tmp_path / "t")
    outcome = grebe.run("convert", tmp_path / "b.ndjson", "--into", tmp_path / "t", code=65)
    assert "line 2" in outcome.error and "a" in outcome.error
    outcome = grebe.run("convert", tmp_path / "c.ndjson", "--into", tmp_path / "t", code=65)
    assert "new" in outcome.error
    assert rows(tmp_path / "t") == [{"a": 1, "s": {"x": 1}}]


def test_records_are_where_the_user_says(grebe, tmp_path):
    (tmp_path / "d.json").write_text('{"a": [1, 2], "rows": [{"x": 1}, {"x": 2}]}')
    grebe.convert(tmp_path / "d.json", tmp_path / "t", "--json-records", "values")
    assert rows(tmp_path / "t") == [{"a": [1, 2], "rows": [{"x": 1}, {"x": 2}]}]
    grebe.convert(tmp_path / "d.json", tmp_path / "u", "--json-records", "rows")
    assert sorted(row["x"] for row in rows(tmp_path / "u")) == [1, 2]


def test_a_csv_header_in_brackets_is_no_json(grebe, tmp_path):
    (tmp_path / "d.csv").write_text("[id],[name]\n1,x\n2,y\n")
    grebe.convert(tmp_path / "d.csv", tmp_path / "t")
    assert sorted(row["[id]"] for row in rows(tmp_path / "t")) == [1, 2]
