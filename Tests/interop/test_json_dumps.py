"""The JSON dumps of the shared data, without any flag: the table that a person would have made."""

import datetime
import json
import re

import duckdb
import pytest


def same(mine, wanted) -> bool:
    """Whether a value of the table is what the JSON says."""
    if wanted is None or wanted == {} or wanted == []:
        return mine in (None, [], "{}") or mine == {} or (
            isinstance(mine, dict) and all(value is None for value in mine.values()))
    if isinstance(wanted, dict) and isinstance(mine, dict):
        return all(same(mine.get(key), wanted.get(key)) for key in mine.keys() | wanted.keys())
    if isinstance(wanted, list) and isinstance(mine, list):
        return len(mine) == len(wanted) and all(map(same, mine, wanted))
    if isinstance(mine, str) and isinstance(wanted, str) and mine != wanted:
        for spelling in ("%b %d %Y", "%a %b %d %H:%M:%S %z %Y"):
            try:
                date = datetime.datetime.strptime(wanted, spelling)
            except ValueError:
                continue
            form = "%Y-%m-%d" if date.tzinfo is None else "%Y-%m-%dT%H:%M:%SZ"
            return mine == date.strftime(form)
    if isinstance(mine, str) and isinstance(wanted, str) and re.match(r"\d{4}/\d\d/\d\d ", wanted):
        # A time stamp by now.
        return re.sub(r"\D", "", mine).startswith(re.sub(r"\D", "", wanted))
    if isinstance(mine, str) and not isinstance(wanted, str):
        # Of several kinds: JSON text.
        return json.loads(mine) == wanted
    return type(mine) in (type(wanted), int, float) and mine == wanted


def lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def named(records):
    return [dict(zip(records[0], record)) for record in records[1:]]


DUMPS = {
    "amazon_cellphones.ndjson": lambda path: named(lines(path)),
    "earthquakes.json": lambda path: json.loads(path.read_text())["features"],
    "flights-20k.json": lambda path: json.loads(path.read_text()),
    "movies.json": lambda path: json.loads(path.read_text()),
    "twitter.json": lambda path: json.loads(path.read_text())["statuses"],
}


@pytest.mark.parametrize("name", DUMPS)
def test_is_the_table_of_its_records(grebe, shared_data, tmp_path, name):
    path = shared_data / "dumps" / name
    wanted = DUMPS[name](path)
    grebe.convert(path, tmp_path / "t")
    text = grebe.run("query", f"SELECT * FROM '{tmp_path / 't'}'", "--format", "ndjson").stdout
    mine = [json.loads(line) for line in text.splitlines()]
    assert len(mine) == len(wanted)
    for one, other in zip(mine, wanted):
        assert same(one, other), f"{one}\n{other}"


@pytest.mark.parametrize("name, rows", [
    # The others DuckDB reads as one row of everything, or with a row for the names.
    ("flights-20k.json", "read_json('{path}')"),
    ("movies.json", "read_json('{path}')"),
    ("earthquakes.json", "(SELECT unnest(features) AS f FROM read_json('{path}'))"),
    ("twitter.json", "(SELECT unnest(statuses) AS s FROM read_json('{path}'))"),
])
def test_has_the_rows_that_duckdb_finds(grebe, shared_data, tmp_path, name, rows):
    path = shared_data / "dumps" / name
    [count] = duckdb.sql(f"SELECT count(*) FROM {rows.format(path=path)}").fetchone()
    report = grebe.convert(path, tmp_path / "t")
    assert report["rows_written"] == count
