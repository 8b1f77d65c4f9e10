"""Compressed dumps and dumps in other encodings are the table that their plain text is."""

import bz2
import gzip
import lzma

import deltalake
import pytest

from dumps import ROOT_FIXTURES

LINES = ["id,Größe,note"] + [
    f'{i},{i * 7 % 1000 / 8},"Straße {i}, ""süß"" – €{i % 9}"' for i in range(20_000)]
TEXT = "\n".join(LINES) + "\n"


def rows(table) -> list:
    found = deltalake.DeltaTable(str(table)).to_pyarrow_table().to_pylist()
    return sorted(tuple(row.values()) for row in found)


@pytest.fixture(scope="module")
def plain(grebe, tmp_path_factory):
    folder = tmp_path_factory.mktemp("plain")
    (folder / "dump.csv").write_text(TEXT, encoding="utf-8")
    grebe.convert(folder / "dump.csv", folder / "t")
    return rows(folder / "t")


@pytest.mark.parametrize("encode", [
    gzip.compress, bz2.compress, lzma.compress,
    lambda data: gzip.compress(data[:5000]) + gzip.compress(data[5000:]),
], ids=["gzip", "bzip2", "xz", "gzip of two members"])
def test_compressed(grebe, tmp_path, plain, encode):
    (tmp_path / "dump").write_bytes(encode(TEXT.encode()))
    grebe.convert(tmp_path / "dump", tmp_path / "t")
    assert rows(tmp_path / "t") == plain


@pytest.mark.parametrize("name", [
    "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "cp1252"])
def test_encodings_are_told_from_the_bytes(grebe, tmp_path, plain, name):
    (tmp_path / "dump.csv").write_bytes(TEXT.encode(name))
    grebe.convert(tmp_path / "dump.csv", tmp_path / "t")
    assert rows(tmp_path / "t") == plain


@pytest.mark.parametrize("order", ["le", "be"])
def test_utf_32_json_with_its_mark(grebe, tmp_path, order):
    text = '\ufeff{"name": "süß"}\n{"name": "日本"}\n'
    (tmp_path / "dump.ndjson").write_bytes(text.encode(f"utf-32-{order}"))
    grebe.convert(tmp_path / "dump.ndjson", tmp_path / "t")
    assert rows(tmp_path / "t") == [("süß",), ("日本",)]


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_zero_bytes_are_refused_in_one_line(grebe, tmp_path, pack):
    (tmp_path / "dump.csv").write_bytes(pack(bytes(100_000)))
    outcome = grebe.run("convert", tmp_path / "dump.csv", "--into", tmp_path / "t", code=65)
    assert "nothing but zero bytes" in outcome.error and "dump.csv" in outcome.error
    assert "again" in outcome.hint and not (tmp_path / "t").exists()


def test_encodings_are_taken_from_the_option(grebe, tmp_path):
    text = "name,n\nПривет,1\n"
    (tmp_path / "dump.csv").write_bytes(text.encode("koi8-r"))
    grebe.convert(tmp_path / "dump.csv", tmp_path / "t", "--encoding", "KOI8-R")
    assert rows(tmp_path / "t") == [("Привет", 1)]


def test_an_unknown_encoding_is_a_matter_of_usage(grebe, tmp_path):
    (tmp_path / "dump.csv").write_text("a,b\n1,2\n")
    outcome = grebe.run(
        "convert", tmp_path / "dump.csv", "--into", tmp_path / "t", "--encoding", "klingon",
        code=64)
    assert "klingon" in outcome.error and "iconv" in outcome.hint


def test_a_character_that_is_none_is_one_bad_row(grebe, tmp_path):
    data = "a,b\n1,x\n2,y\n3,z\n".encode("utf-16-le").replace(b"y\x00", b"\x00\xd8")
    (tmp_path / "dump.csv").write_bytes(b"\xff\xfe" + data)
    grebe.convert(tmp_path / "dump.csv", tmp_path / "t", "--on-bad-row", "quarantine")
    assert rows(tmp_path / "t") == [(1, "x"), (3, "z")]
    bad = deltalake.DeltaTable(str(tmp_path / "t" / "_quarantine")).to_pyarrow_table().to_pylist()
    assert [(row["line"], row["reason"]) for row in bad] == [(3, "invalid_utf8")]


def test_standard_input_may_be_compressed(grebe, tmp_path, plain):
    grebe.run("convert", "-", "--into", tmp_path / "t", stdin=gzip.compress(TEXT.encode()))
    assert rows(tmp_path / "t") == plain


def test_a_file_that_is_cut_short_commits_nothing(grebe, tmp_path):
    (tmp_path / "dump.csv.gz").write_bytes(gzip.compress(TEXT.encode())[:-20])
    outcome = grebe.run("convert", tmp_path / "dump.csv.gz", "--into", tmp_path / "t", code=65)
    assert "dump.csv.gz" in outcome.error
    assert not (tmp_path / "t" / "_delta_log").exists()


def test_archives_are_refused_by_name(grebe, tmp_path):
    import io, tarfile, zipfile
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        archive.add(ROOT_FIXTURES / "flights-sample.csv", "f.csv")
    (tmp_path / "a.tar.gz").write_bytes(buffer.getvalue())
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("f.csv", "a,b\n1,2\n")
    for name, word in [("a.tar.gz", "tar archive"), ("a.zip", "zip archive")]:
        outcome = grebe.run("convert", tmp_path / name, "--into", tmp_path / "t", code=65 + 4)
        assert word in outcome.error
