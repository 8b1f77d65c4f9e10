"""Types are guessed from a sample, verified on every row, widened when a later row disagrees."""

import pathlib

import deltalake
import pytest

import peers
from dumps import ROOT_FIXTURES


def converted(grebe, tmp_path: pathlib.Path, text: str, *options) -> dict[str, str]:
    source = tmp_path / "dump.csv"
    source.write_text(text, encoding="utf-8")
    grebe.convert(source, tmp_path / "t", *options)
    fields = deltalake.DeltaTable(str(tmp_path / "t")).schema().fields
    return {field.name: field.type.type for field in fields}


@pytest.mark.parametrize("values, kinds", [
    (["1", "2", ""], ["integer", "long"]),
    (["1", "3000000000"], ["long"]),
    (["1", "2.5"], ["double"]),
    (["0.1", "1e300"], ["double"]),
    (["true", "false"], ["boolean"]),
    (["2025-01-31", "2024-02-29"], ["date"]),
    (["2025-01-31 10:00:00", "2025-01-31T10:00:00Z"], ["timestamp"]),
    (["007", "008"], ["string"]),
    (["1", "x"], ["string"]),
    (["2025-01-31", "2025-02-30"], ["string"]),
    (["99999999999999999999999999"], ["string", "decimal(26,0)", "decimal(38,0)"]),
], ids=str)
def test_a_column_of(grebe, tmp_path, values, kinds):
    text = "id,c\n" + "".join(f"{i},{value}\n" for i, value in enumerate(values))
    assert converted(grebe, tmp_path, text)["c"] in kinds


@pytest.mark.parametrize("last, kind", [("3000000000", "long"), ("2.5", "double"), ("x", "string")])
def test_a_late_row_widens_the_column(grebe, tmp_path, last, kind):
    numbers = [str(n) for n in range(200_000)] + [last]
    types = converted(grebe, tmp_path, "c\n" + "\n".join(numbers) + "\n")
    assert types == {"c": kind}
    values = [row[0] for row in peers.read_duckdb(tmp_path / "t", ["c"])]
    parse = {"long": int, "double": float, "string": str}[kind]
    assert sorted(values) == sorted(parse(number) for number in numbers)


def test_all_strings(grebe, tmp_path):
    types = converted(grebe, tmp_path, "a,b\n1,true\n", "--all-strings")
    assert types == {"a": "string", "b": "string"}


def test_one_hint(grebe, tmp_path):
    types = converted(grebe, tmp_path, "a,b\n1,2\n", "--type", "a=DECIMAL(9,2)")
    assert types["a"] == "decimal(9,2)"


def test_null_spelling_and_real_shape(grebe, tmp_path):
    source = ROOT_FIXTURES / "flights-sample.csv"
    grebe.convert(source, tmp_path / "t", "--null", "NA", "--partition-by", "origin")
    expected = peers.DUCKDB.execute(
        f"""select month, origin, dep_delay, tailnum, time_hour
        from read_csv('{source}', nullstr='NA', auto_detect=true)""").to_arrow_table()
    columns = expected.column_names
    peers.assert_all_read(tmp_path / "t", columns, peers.as_tuples(expected.to_pylist(), columns))


@pytest.mark.parametrize("form, text, micros", [
    ("%d.%m.%Y %H:%M:%S", "31.12.2023 23:59:58", "2023-12-31 23:59:58"),
    ("%m/%d/%Y %I:%M %p", "12/31/2023 11:05 PM", "2023-12-31 23:05:00"),
    ("%d %b %Y %H:%M:%S.%f", "01 Feb 2024 10:00:00.123456", "2024-02-01 10:00:00.123456"),
    ("%Y-%m-%dT%H:%M:%S%z", "2024-02-01T10:00:00+0230", "2024-02-01 07:30:00"),
])
def test_a_timestamp_format(grebe, tmp_path, form, text, micros):
    source = tmp_path / "dump.csv"
    source.write_text(f"id,at,other\n1,{text},2024-01-01 00:00:00\n2,,x\n")
    # As the guess has it, and for a column that is declared.
    for table, options in [("t", []), ("u", ["--schema", "id INT, at TIMESTAMP, other STRING"])]:
        grebe.convert(source, tmp_path / table, "--timestamp-format", form, *options)
        types = {f.name: f.type.type for f in deltalake.DeltaTable(
            str(tmp_path / table)).schema().fields}
        assert types == {"id": "integer", "at": "timestamp", "other": "string"}
        found = peers.DUCKDB.execute(
            f"""SELECT id, ("at" AT TIME ZONE 'UTC')::VARCHAR
            FROM delta_scan('{tmp_path / table}') ORDER BY id"""
        ).fetchall()
        assert found == [(1, micros), (2, None)]
    # What is written otherwise is a bad row of a declared column, and makes text of a guess.
    with source.open("a") as file:
        file.write("3,2024-01-01 10:00,y\n")
    options = ["--timestamp-format", form, "--schema", "id INT, at TIMESTAMP, other STRING"]
    failed = grebe.run("convert", source, "--into", tmp_path / "v", *options, code=65)
    assert "line 4" in failed.error and "at" in failed.error
    report = grebe.convert(source, tmp_path / "v", *options, "--on-bad-row", "quarantine")
    assert (report["rows_written"], report["rows_quarantined"]) == (2, 1)
    grebe.convert(source, tmp_path / "w", "--timestamp-format", form)
    assert grebe.query(f"SELECT at FROM '{tmp_path / 'w'}' WHERE id = 1") == [{"at": text}]


@pytest.mark.parametrize("option, form, text, shown, kind", [
    ("--timestamp-format", "%Y%m%d%H%M%S", "20240229010203", "2024-02-29T01:02:03Z", "TIMESTAMP"),
    ("--date-format", "%Y%m%d", "20240229", "2024-02-29", "DATE")])
def test_a_format_of_digits_alone(grebe, tmp_path, option, form, text, shown, kind):
    source = tmp_path / "dump.csv"
    # Numbers of other columns stay, if a single one is no date.
    numbers = [int(text), int(text.replace("0229", "0230"))]
    source.write_text(f"t,n\n{text},{numbers[0]}\n{text},{numbers[1]}\n")

    def found(table: str, *options) -> list:
        grebe.convert(source, tmp_path / table, option, form, *options)
        rows = grebe.query(f"SELECT CAST(t AS STRING) AS t, n FROM '{tmp_path / table}' ORDER BY n")
        return [(row["t"], row["n"]) for row in rows]

    assert found("guessed") == [(shown, number) for number in numbers]
    assert found("said", "--type", f"t={kind}") == [(shown, number) for number in numbers]
    assert found("number", "--type", "t=BIGINT") == [(text, number) for number in numbers]


def test_a_timestamp_format_that_is_none(grebe, tmp_path):
    (tmp_path / "dump.csv").write_text("at\n2024-01-01\n")
    for form in ["%Q", "%d", ""]:
        outcome = grebe.run(
            "convert", tmp_path / "dump.csv", "--into", tmp_path / "t", "--timestamp-format", form,
            code=64)
        assert f'"{form}"' in outcome.error and outcome.hint


@pytest.mark.parametrize("yes, no, kind", [
    ("true", "false", "boolean"), ("TRUE", "False", "boolean"), ("t", "f", "boolean"),
    ("T", "F", "boolean"), ("y", "n", "boolean"), ("Y", "N", "boolean"), ("yes", "no", "boolean"),
    ("Yes", "NO", "boolean"), ("on", "off", "string"), ("y", "yes", "string"), ("y", "", "string"),
    ("1", "0", "integer")])
def test_flags_in_the_spellings_that_csv_has_for_them(grebe, tmp_path, yes, no, kind):
    source = tmp_path / "dump.csv"
    source.write_text(f"id,b\n1,{yes}\n2,{no}\n3,{yes}\n")
    grebe.convert(source, tmp_path / "t")
    found = grebe.query(f"SELECT b FROM '{tmp_path / 't'}' ORDER BY id")
    texts = [yes, no or None, yes]
    wanted = {"boolean": [True, False, True], "string": texts, "integer": [1, 0, 1]}[kind]
    assert [row["b"] for row in found] == wanted
    # A third word makes text of them all, without a change.
    with source.open("a") as file:
        file.write("4,perhaps\n")
    grebe.convert(source, tmp_path / "u")
    found = grebe.query(f"SELECT b FROM '{tmp_path / 'u'}' ORDER BY id")
    assert [row["b"] for row in found] == [*texts, "perhaps"]
