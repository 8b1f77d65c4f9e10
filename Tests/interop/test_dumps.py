"""Published dumps and made ones, converted without a flag, give the table a person would have made.

For the published ones DuckDB's `read_csv` says what that is, but for the columns named here, of
which spec/conformance.md says why.
"""

import csv
import datetime
import io
import json

import pytest

import peers
import rows as rows_module
from rows import as_tuples


def assert_same_rows(actual, expected):
    rows_module.assert_same_rows(actual, expected, "duckdb")


# File -> columns that DuckDB leaves as text -> what they mean, in its SQL.
DUMPS = {
    "airlines.dat": {"column7": "column7 in ('Y', 'y')"},
    "airports.dat": {"column09": "try_cast(column09 as double)"},
    "all_data.csv": {},
    "birdstrikes.csv": {},
    "marvel-wikia-data.csv": {},
    "raw-polls.csv": {},
    "routes.dat": {
        f"column{i}": f"try_cast(column{i} as bigint)" for i in (1, 3, 5)},
    "tweets.csv": {"created_at": "timezone('UTC', created_at)"},
    "zipcodes.csv": {},
}


@pytest.mark.parametrize("name", DUMPS)
def test_published_dump(grebe, tmp_path, shared_data, name):
    source = shared_data / "dumps" / name
    grebe.convert(source, tmp_path / "t")
    # A quoted field is a text, if an empty one; DuckDB's default takes it for a null.
    sniffed = (
        f"read_csv({peers.quoted(source)}, allow_quoted_nulls = false, nullstr = ['', '\\N'])")
    names = [row[0] for row in peers.DUCKDB.execute(f"describe from {sniffed}").fetchall()]
    meant = ", ".join(DUMPS[name].get(n, peers.named([n])) + f' as "{n}"' for n in names)
    expected = as_tuples(
        peers.DUCKDB.execute(f"select {meant} from {sniffed}").to_arrow_table().to_pylist(), names)
    columns = [field["name"] for field in schema(grebe, tmp_path / "t")]
    if not names[0].startswith("column0"):
        assert columns == names
    assert_same_rows(peers.read_duckdb(tmp_path / "t", columns), expected)


def schema(grebe, table) -> list[dict]:
    return grebe.json("schema", table)["fields"]


@pytest.mark.parametrize("name", [
    "comma_in_quotes", "empty", "empty_crlf", "escaped_quotes", "json", "newlines",
    "newlines_crlf", "quotes_and_newlines", "simple", "simple_crlf", "utf8"])
def test_csv_spectrum(grebe, tmp_path, shared_data, name):
    folder = shared_data / "csv-spectrum"
    source = folder / "csvs" / f"{name}.csv"
    grebe.convert(source, tmp_path / "t", "--all-strings")
    # Every reader of the csv module's kind agrees on these.
    text = source.read_bytes().decode().replace("\r\n", "\n")
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    found = peers.read_duckdb(tmp_path / "t", header)
    found = [tuple("" if v is None else v.replace("\r\n", "\n") for v in row) for row in found]
    assert_same_rows(found, [tuple(row) for row in rows])


def test_csv_spectrum_is_what_duckdb_reads(grebe, tmp_path, shared_data):
    sources = sorted((shared_data / "csv-spectrum" / "csvs").glob("*.csv"))
    assert len(sources) == 12
    for source in sources:
        grebe.convert(source, tmp_path / source.stem, "--all-strings")
        # As above of quoted fields.
        options = "all_varchar = true, allow_quoted_nulls = false"
        read = peers.DUCKDB.execute(f"from read_csv({peers.quoted(source)}, {options})")
        names, wanted = [column[0] for column in read.description], read.fetchall()
        found = peers.read_duckdb(tmp_path / source.stem, names)
        assert_same_rows(found, wanted)


DATE, UTC = datetime.date, datetime.timezone.utc
MADE = {
    "title, blank line, header": (
        "Sales of 2026\nas of today\n\nid,name,amount\n1,a,2.5\n2,b,3.5\n",
        ["id", "name", "amount"], [(1, "a", 2.5), (2, "b", 3.5)]),
    "title padded with delimiters": (
        "Sales,,\n,,\nid,name,amount\n1,a,2.5\n2,b,3.5\n",
        ["id", "name", "amount"], [(1, "a", 2.5), (2, "b", 3.5)]),
    "preamble filled up with delimiters": (
        "Sales,,,\nby:,Bob,,\n,,,\nid,name,amount,n\n1,a,2.5,1\n2,b,3.5,2\n",
        ["id", "name", "amount", "n"], [(1, "a", 2.5, 1), (2, "b", 3.5, 2)]),
    "years below merged cells": (
        ",Sales,,Cost,\nregion,2019,2020,2019,2020\nN,1,2,3,4\nS,5,6,7,8\n",
        ["region", "Sales_2019", "Sales_2020", "Cost_2019", "Cost_2020"],
        [("N", 1, 2, 3, 4), ("S", 5, 6, 7, 8)]),
    "joined files": (
        "id,x\n1,a\n2,b\nid,x\n3,c\n", ["id", "x"], [(1, "a"), (2, "b"), (3, "c")]),
    "joined files with a row of units": (
        "t,v\ns,m/s\n0,1.5\n1,2.5\nt,v\ns,m/s\n2,3.5\n3,4.5\n", ["t_s", "v_m/s"],
        [(0, 1.5), (1, 2.5), (2, 3.5), (3, 4.5)]),
    "addresses without a header": (
        "a@b.com\nc@d.org\ne@f.net\n", ["column_1"], [("a@b.com",), ("c@d.org",), ("e@f.net",)]),
    "times without a header": ("12:30\n13:45\n", ["column_1"], [("12:30",), ("13:45",)]),
    "one name over thousands": (
        "total\n1,234,567\n2,345\n12\n", ["total"], [(1234567,), (2345,), (12,)]),
    "one name over decimal commas": (
        "rate\n1,5\n1.234,25\n", ["rate"], [(1.5,), (1234.25,)]),
    "title above text": (
        "Staff list\nname,city\nBob,Rome\nAl,Oslo\n", ["name", "city"],
        [("Bob", "Rome"), ("Al", "Oslo")]),
    "signs between fields": (
        "id@x@n\n1@a@2.5\n2@b, c@3.5\n3@d@4.5\n", ["id", "x", "n"],
        [(1, "a", 2.5), (2, "b, c", 3.5), (3, "d", 4.5)]),
    "comments before and between": (
        "# made by hand\nid,x\n1,2\n# it's half \"done\n3,4\n", ["id", "x"], [(1, 2), (3, 4)]),
    "header in a comment": ("# station list\n#id\tx\n1\t2\n3\t4\n", ["id", "x"], [(1, 2), (3, 4)]),
    "row of units": (
        "time,speed,name\ns,m/s,\n0,1.5,a\n1,2.5,b\n2,3.5,c\n",
        ["time_s", "speed_m/s", "name"], [(0, 1.5, "a"), (1, 2.5, "b"), (2, 3.5, "c")]),
    "delimiter at the end of records": ("a,b\n1,2,\n3,4,\n", ["a", "b"], [(1, 2), (3, 4)]),
    "pipes at the end, no header": (
        "1|x|\n2|y|\n", ["column_1", "column_2"], [(1, "x"), (2, "y")]),
    "names of rows": (
        "mpg cyl disp\nMazda 21.0 6 160\nFord 15.8 8 351\n".replace(" ", ","),
        ["column_1", "mpg", "cyl", "disp"], [("Mazda", 21.0, 6, 160), ("Ford", 15.8, 8, 351)]),
    "two bars": ("id||t\n1||a|b\n2||\"c||d\"\n", ["id", "t"], [(1, "a|b"), (2, "c||d")]),
    "comma and space": (
        "id, name, note\n1, \"a, b\", x\n2, c, y\n", ["id", "name", "note"],
        [(1, "a, b", "x"), (2, "c", "y")]),
    "decimal commas": (
        "id;amount;rate\n1;1.234,56;0,5\n2;-7,25;1,25\n", ["id", "amount", "rate"],
        [(1, 1234.56, 0.5), (2, -7.25, 1.25)]),
    "thousands": (
        'id,n,p\n1,"1,234",5%\n2,12,6%\n3,"1,234,567",7%\n', ["id", "n", "p"],
        [(1, 1234, "5%"), (2, 12, "6%"), (3, 1234567, "7%")]),
    "groups that are none": (
        'id,n\n1,"1,23"\n2,"4,567"\n', ["id", "n"], [(1, "1,23"), (2, "4,567")]),
    "day first": (
        "d,x\n01/02/2026,1\n31/12/2026,2\n", ["d", "x"],
        [(DATE(2026, 2, 1), 1), (DATE(2026, 12, 31), 2)]),
    "month first": (
        "d,x\n01/02/2026,1\n12/31/2026,2\n", ["d", "x"],
        [(DATE(2026, 1, 2), 1), (DATE(2026, 12, 31), 2)]),
    "day or month first": (
        "d,x\n01/02/2026,1\n03/04/2026,2\n", ["d", "x"], [("01/02/2026", 1), ("03/04/2026", 2)]),
    "named months": (
        'd,x\n"Jan 2, 2026",1\n"December 31, 2025",2\n', ["d", "x"],
        [(DATE(2026, 1, 2), 1), (DATE(2025, 12, 31), 2)]),
    "zones": (
        "t,x\n2026-01-02 03:04:05+02,1\n2026-01-02T03:04:05.5Z,2\n", ["t", "x"],
        [(datetime.datetime(2026, 1, 2, 1, 4, 5, tzinfo=UTC), 1),
         (datetime.datetime(2026, 1, 2, 3, 4, 5, 500000, tzinfo=UTC), 2)]),
    "twelve hours": (
        "t,x\n12/31/2026 1:05 PM,1\n01/02/2026 12:00 AM,2\n", ["t", "x"],
        [(datetime.datetime(2026, 12, 31, 13, 5, tzinfo=UTC), 1),
         (datetime.datetime(2026, 1, 2, tzinfo=UTC), 2)]),
    "flags": ("id,a,b\n1,Y,t\n2,N,t\n3,,t\n", ["id", "a", "b"],
              [(1, True, "t"), (2, False, "t"), (3, None, "t")]),
    "spellings of null": (
        "id,x\n1,-\n2,N/A\n3,nan\n4,?\n5,7\n", ["id", "x"],
        [(1, None), (2, None), (3, None), (4, None), (5, 7)]),
    "leading zeros and long numbers": (
        "zip,n,f\n007,9223372036854775808,0.123456789012345678\n123,1,2.5\n", ["zip", "n"],
        [("007", "9223372036854775808"), ("123", "1")]),
    "byte-order mark and mixed line ends": (
        "\ufeffid,x\r\n1,a\n2,b\r\n", ["id", "x"], [(1, "a"), (2, "b")]),
    "backslashes before quotes": (
        'id,x\n1,"say \\"hi\\", you"\n2,"b"\n', ["id", "x"], [(1, 'say "hi", you'), (2, "b")]),
    "apostrophes": ("id,x\n1,'a,b'\n2,'c'\n", ["id", "x"], [(1, "a,b"), (2, "c")]),
    "names twice and missing": (
        "a,a,,A\n1,2,3,4\n5,6,7,8\n", ["a", "a_1", "column_3", "A_2"],
        [(1, 2, 3, 4), (5, 6, 7, 8)]),
}


@pytest.mark.parametrize("name", MADE)
def test_made_dump(grebe, tmp_path, name):
    text, columns, expected = MADE[name]
    source = tmp_path / "dump.csv"
    source.write_bytes(text.encode())
    grebe.convert(source, tmp_path / "t")
    found = [field["name"] for field in schema(grebe, tmp_path / "t")]
    assert found[:len(columns)] == columns
    assert_same_rows(peers.read_duckdb(tmp_path / "t", columns), expected)


def test_every_guess_can_be_overridden(grebe, tmp_path):
    source = tmp_path / "dump.csv"
    source.write_text(
        "junk\n%note\nx;'1,5';02.01.2026;none\ny;'it^'s';03.01.2026;?\n", encoding="utf-8")
    grebe.convert(
        source, tmp_path / "t", "--skip-rows", 1, "--comment", "%", "--delimiter", ";", "--quote",
        "'", "--escape", "^", "--header", "no", "--date-format", "%m.%d.%Y", "--null", "none",
        "--null", "?", "--decimal-comma")
    assert_same_rows(
        peers.read_duckdb(tmp_path / "t", [f"column_{i}" for i in range(1, 5)]),
        [("x", "1,5", DATE(2026, 2, 1), None), ("y", "it's", DATE(2026, 3, 1), None)])


def test_the_dry_run_says_why(grebe, tmp_path):
    source = tmp_path / "dump.csv"
    source.write_text("d;x\n31/12/2026;1,5\n01/02/2026;2,5\n", encoding="utf-8")
    preview = grebe.json("convert", source, "--into", tmp_path / "t", "--dry-run")
    said = json.dumps(preview["dialect"])
    for part in ("';'", "header", "day first", "31/12/2026", "decimal commas"):
        assert part in said, said


def test_damage_costs_its_own_records(grebe, tmp_path):
    source = tmp_path / "dump.csv"
    lines = [f'{i},"w {i}"' for i in range(2000)]
    bad = {100: "few", 300: '300,"open', 500: '500,"a"b', 700: "700,x,more", 900: "900,\udcff"}
    for line, text in bad.items():
        lines[line] = text
    source.write_bytes(("id,w\n" + "\n".join(lines) + "\n").encode("utf-8", "surrogateescape"))
    report = grebe.convert(source, tmp_path / "t", "--on-bad-row", "quarantine")
    assert report["rows_quarantined"] == len(bad)
    kept = [row[0] for row in peers.read_duckdb(tmp_path / "t", ["id"])]
    assert sorted(kept) == [i for i in range(2000) if i not in bad]
    found = peers.read_duckdb(tmp_path / "t" / "_quarantine", ["line", "reason"])
    assert sorted(found) == [
        (102, "too_few_fields"), (302, "unclosed_quote"), (502, "text_after_quote"),
        (702, "too_many_fields"), (902, "invalid_utf8")]


def test_ten_thousand_columns_and_a_megabyte_field(grebe, tmp_path):
    source = tmp_path / "wide.csv"
    names = [f"c{i}" for i in range(10_000)]
    big = "x" * (1 << 20)
    source.write_text(
        ",".join(names) + "\n" + ",".join(map(str, range(10_000))) + "\n"
        + ",".join([f'"{big}\n\0"'] + ["7"] * 9_999) + "\n", encoding="utf-8")
    grebe.convert(source, tmp_path / "t")
    found = peers.read_duckdb(tmp_path / "t", ["c0", "c9999"])
    assert sorted(found) == [("0", 9999), (big + "\n\0", 7)]
