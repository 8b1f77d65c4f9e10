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
