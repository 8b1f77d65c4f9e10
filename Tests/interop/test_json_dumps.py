"""The JSON dumps of the shared data, without any flag: what DuckDB's `read_json` reads, by cell.

Where DuckDB is not right or leaves a text, spec/conformance.md says what is.
"""

import datetime
import json
import re

import duckdb
import pytest


def day(text):
    return datetime.datetime.strptime(text, "%b %d %Y").strftime("%Y-%m-%d")


def moment(text):
    return datetime.datetime.strptime(text, "%a %b %d %H:%M:%S %z %Y").strftime(
        "%Y-%m-%dT%H:%M:%SZ")


def minute(text):
    return datetime.datetime.strptime(text, "%Y/%m/%d %H:%M").strftime("%Y-%m-%dT%H:%M:%SZ")


def text_of_number(value):
    return value if isinstance(value, str) or value is None else json.dumps(value)


def named(records):
    """Records whose first one has the names."""
    [names], *rows = [list(record.values()) for record in records]
    return [dict(zip(names, row, strict=True)) for [row] in rows]


# File -> its rows in DuckDB's SQL, what they are made of, and columns that DuckDB leaves as text or
# JSON with what they mean.
DUMPS = {
    "amazon_cellphones.ndjson": ("SELECT r FROM {0} r", named, {}),
    "earthquakes.json": ("SELECT unnest(features) AS r FROM {0}", list, {}),
    "flights-20k.json": ("SELECT r FROM {0} r", list, {"date": minute}),
    "movies.json": ("SELECT r FROM {0} r", list, {"Release Date": day, "Title": text_of_number}),
    "twitter.json": ("SELECT unnest(statuses) AS r FROM {0}", list, {"created_at": moment}),
}


def meant(value, columns):
    """A value of DuckDB's with columns, of structs as well, as what they mean."""
    if isinstance(value, list):
        return [meant(item, columns) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: columns[name](item) if name in columns and item is not None
        else meant(item, columns) for name, item in value.items()}


def differences(mine, wanted, path=""):
    """Paths of cells that are not equal: in value, and in being a number, a text, a flag, null."""
    if isinstance(mine, dict) and isinstance(wanted, dict):
        for name in sorted(mine.keys() | wanted.keys()):
            yield from differences(
                mine.get(name, "absent"), wanted.get(name, "absent"), f"{path}.{name}")
    elif isinstance(mine, list) and isinstance(wanted, list) and len(mine) == len(wanted):
        for one, other in zip(mine, wanted):
            yield from differences(one, other, f"{path}[]")
    elif mine != wanted or isinstance(mine, bool) != isinstance(wanted, bool):
        yield path, mine, wanted


@pytest.mark.parametrize("name", DUMPS)
def test_is_what_duckdb_reads(grebe, shared_data, tmp_path, name):
    path = shared_data / "dumps" / name
    rows, made, columns = DUMPS[name]
    rows = rows.format(f"read_json('{path}')")
    found = duckdb.sql(f"SELECT to_json(r)::VARCHAR FROM ({rows})").fetchall()
    wanted = [meant(row, columns) for row in made([json.loads(text) for [text] in found])]
    grebe.convert(path, tmp_path / "t")
    text = grebe.run("query", f"SELECT * FROM '{tmp_path / 't'}'", "--format", "ndjson").stdout
    mine = [json.loads(line) for line in text.splitlines()]
    assert len(mine) == len(wanted)
    assert not list(differences(mine, wanted))[:5]


@pytest.mark.parametrize("name, count", [("earthquakes.json", 1), ("twitter.json", 1)])
def test_duckdb_reads_an_object_around_the_rows_as_one(shared_data, name, count):
    path = shared_data / "dumps" / name
    assert duckdb.sql(f"SELECT count(*) FROM read_json('{path}')").fetchone() == (count,)


def test_types_that_text_does_not_tell(grebe, shared_data, tmp_path):
    """Dates are dates, also below lists and structs; large numbers keep their digits."""
    types = {}
    for name in ("flights-20k.json", "movies.json", "twitter.json"):
        preview = grebe.json(
            "convert", shared_data / "dumps" / name, "--into", tmp_path / "t", "--dry-run")
        types[name] = {field["name"]: json.dumps(field["type"]) for field in preview["schema"]}
    assert types["flights-20k.json"]["date"] == '"timestamp"'
    assert types["movies.json"]["Release Date"] == '"date"'
    assert types["twitter.json"]["id"] == '"long"'
    assert re.search("created_at\\W+timestamp", types["twitter.json"]["retweeted_status"])
