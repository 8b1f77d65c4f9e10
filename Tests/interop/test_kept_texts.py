"""What `convert` must not lose in silence: digits, rows behind a compressed text, given types."""

import bz2
import gzip
import io
import pickle
import sqlite3
import struct
import zipfile

import pytest


def put(tmp_path, name, data):
    source = tmp_path / name
    source.write_bytes(data if isinstance(data, bytes) else data.encode())
    return source


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress])
def test_text_behind_a_compressed_one_is_damage(grebe, tmp_path, compress):
    table = tmp_path / "t"
    packed = compress(b"id,n\n1,a\n2,b\n")
    grebe.run("convert", put(tmp_path, "a.csv", packed + b"3,c\n"), "--into", table, code=65)
    assert not table.exists()
    assert grebe.convert(put(tmp_path, "b.csv", packed + bytes(512)), table)["rows_written"] == 2


@pytest.mark.parametrize("pin", ["@v0", "@v7", "@2026-01-01"])
def test_a_pinned_version_is_not_written(grebe, tmp_path, pin):
    source = put(tmp_path, "a.csv", "id\n1\n")
    outcome = grebe.run("convert", source, "--into", f"{tmp_path}/t{pin}", code=64)
    assert "pinned version" in outcome.error
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


# Column type by the first load -> a value that would lose digits, and one that would not.
PADDED = {
    "int": ("90210", "02139", "0"),
    "long": ("4912345678901", "+49123", "-7"),
    "double": ("1.5", "01.5", "0.5"),
    "negative": ("-1", "-007", "-70"),
    "many": ("12", "0000000000000000000012", "13"),
}


@pytest.mark.parametrize("case", PADDED)
def test_zeros_and_signs_in_front_do_not_fit_numbers_of_a_table(grebe, tmp_path, case):
    first, padded, plain = PADDED[case]
    table = tmp_path / "t"
    grebe.convert(put(tmp_path, "a.csv", f"id,z\n1,{first}\n"), table)
    bad = put(tmp_path, "b.csv", f"id,z\n2,{padded}\n3,{plain}\n")
    outcome = grebe.run("convert", bad, "--into", table, code=65)
    assert f'"{padded}" in column z' in outcome.error and "--type z=" in outcome.hint
    grebe.run("convert", bad, "--into", table, "--on-type-conflict", "widen", code=65)
    report = grebe.convert(bad, table, "--on-bad-row", "quarantine")
    assert (report["rows_written"], report["rows_quarantined"]) == (1, 1)
    rows = grebe.query(f"SELECT id, z FROM '{table}' WHERE id = 3")
    assert [float(row["z"]) for row in rows] == [float(plain)]


def test_the_same_of_many_rows_and_of_type_conflicts(grebe, tmp_path):
    table = tmp_path / "t"
    grebe.convert(put(tmp_path, "a.csv", "id,z\n1,90210\n"), table)
    lines = [f"{row},{'0' if row % 7 == 3 else ''}{row + 10000}" for row in range(100)]
    bad = put(tmp_path, "b.csv", "id,z\n" + "\n".join(lines) + "\n")
    report = grebe.convert(bad, table, "--on-type-conflict", "quarantine")
    assert (report["rows_written"], report["rows_quarantined"]) == (86, 14)


def test_a_type_that_the_load_names_takes_them(grebe, tmp_path):
    table = tmp_path / "t"
    grebe.convert(put(tmp_path, "a.csv", "id,z\n1,90210\n"), table)
    more = put(tmp_path, "b.csv", "id,z\n2,02139\n")
    grebe.convert(more, table, "--type", "z=INT")
    grebe.convert(put(tmp_path, "c.csv", "id,z\n3,007\n"), table, "--schema", "id INT, z INT")
    rows = grebe.query(f"SELECT z FROM '{table}' ORDER BY id")
    assert [int(row["z"]) for row in rows] == [90210, 2139, 7]


def test_strings_of_json_are_no_other(grebe, tmp_path):
    table = tmp_path / "t"
    grebe.convert(put(tmp_path, "a.json", '{"id":1,"z":777}\n'), table)
    text = '{"id":2,"z":"00777"}\n{"id":3,"z":"+7"}\n{"id":4,"z":"778"}\n'
    report = grebe.convert(put(tmp_path, "b.json", text), table, "--on-bad-row", "quarantine")
    assert (report["rows_written"], report["rows_quarantined"]) == (1, 2)


@pytest.mark.parametrize("options", [
    ["--type", "z=STRING"], ["--type", "z=BIGINT"], ["--all-strings"], ["--type", "y=INT"],
])
def test_types_that_cannot_hold_are_refused(grebe, tmp_path, options):
    table = tmp_path / "t"
    grebe.convert(put(tmp_path, "a.csv", "id,z\n1,90210\n"), table)
    more = put(tmp_path, "b.csv", "id,z\n2,02139\n")
    assert options[0] in grebe.run("convert", more, "--into", table, *options, code=64).error


def test_a_column_has_one_type(grebe, tmp_path):
    source = put(tmp_path, "a.csv", "id,name\n1,x\n")
    schema = ["--schema", "id INT, name STRING"]
    table = tmp_path / "t"
    outcome = grebe.run("convert", source, "--into", table, *schema, "--type", "id=BIGINT", code=64)
    assert "--type id=" in outcome.error
    grebe.convert(source, table, *schema, "--type", "id=INT")


def workbook() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
    return file.getvalue()


def database(tmp_path) -> bytes:
    connection = sqlite3.connect(tmp_path / "rows.db")
    connection.execute("CREATE TABLE t (id INT)")
    connection.commit()
    connection.close()
    return (tmp_path / "rows.db").read_bytes()


# What a file is -> what it begins with.
FOREIGN = {
    "old Excel": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512),
    "Avro": b"Obj\x01\x04\x16avro.schema",
    "ORC": b"ORC\x08\x03\x10\x00" + bytes(20),
    "PDF": b"%PDF-1.7\n1 0 obj\n",
    "HTML": b"<!DOCTYPE html>\n<html><body>Not found</body></html>\n",
    "SQLite": database,
    "Excel": workbook(),
    "compressed file inside": gzip.compress(gzip.compress(b"id\n1\n")),
    "7z": b"7z\xbc\xaf\x27\x1c\0\4" + bytes(20),
    "RAR": b"Rar!\x1a\x07\x01\0" + bytes(20),
    "snappy": b"\xff\6\0\0sNaPpY\0\1\0\0",
    "Feather": b"FEA1\0\0\0\0",
    "pickle": pickle.dumps({"a": [1, 2]}),
    "SAS": bytes(12) + b"\xc2\xea\x81\x60\xb3\x14\x11\xcf" + bytes(400),
    "SPSS": b"$FL2@(#) SPSS DATA FILE",
    "HDF5": b"\x89HDF\r\n\x1a\n" + bytes(20),
    "NetCDF": b"CDF\x01\0\0\0\2",
    "BSON": struct.pack("<I", 12) + b"\x10a\0\1\0\0\0\0",
    "PostgreSQL": b"PGDMP\x01\x0e\0\4\x08",
    "XML": b"<?xml version='1.0'?>\n<a><b>1</b></a>\n",
    "an XML": b"<table>\n<tr><td>1,2</td></tr>\n<tr><td>3,4</td></tr>\n</table>\n",
    "JavaScript": b'window.YTD.tweets.part0 = [ {\n"id" : 1\n} ]\n',
    "no text": bytes(range(256)) * 40,
}


@pytest.mark.parametrize("what", FOREIGN)
def test_files_of_other_programs_are_named(grebe, tmp_path, what):
    data = FOREIGN[what]
    source = put(tmp_path, "a.csv", data(tmp_path) if callable(data) else data)
    outcome = grebe.run("convert", source, "--into", tmp_path / "t", code=69)
    assert what.split()[-1] in outcome.error
    assert outcome.hint


def test_texts_that_begin_alike_are_text(grebe, tmp_path):
    for index, name in enumerate(["ORC", "ORC_ID", "Obj", "PDF"]):
        source = put(tmp_path, f"{index}.csv", f"{name},n\na,1\n")
        assert grebe.convert(source, tmp_path / str(index))["rows_written"] == 1
    texts = ["<TICKER>,<PER>\nGOOG,5\n", "<http://a/b> <http://c> 1 .\n<http://d> <http://c> 2 .\n",
             'msg={"a":1}\nmsg={"a":2}\n']
    for index, text in enumerate(texts):
        source = put(tmp_path, f"text{index}.csv", text)
        assert grebe.convert(source, tmp_path / f"t{index}")["rows_read"] >= 1
