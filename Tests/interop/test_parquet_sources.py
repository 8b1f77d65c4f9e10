"""`grebe convert FILE.parquet --into TABLE`: what other writers' files become as a table."""

import datetime
import decimal
import json
import pathlib
import uuid

import deltalake
import pyarrow
import pyarrow.parquet
import pytest

from test_nested import SCHEMA, data, expected, query


def write(path: pathlib.Path, table: pyarrow.Table, **options) -> str:
    pyarrow.parquet.write_table(table, path, **options)
    return str(path)


def test_nested_files_become_one_table(grebe, tmp_path):
    first = write(tmp_path / "a.parquet", data(0, 2000), row_group_size=300)
    second = write(tmp_path / "b.parquet", data(2000, 1000))
    table = str(tmp_path / "t")
    report = grebe.convert([first, second], table)
    assert report["rows_read"] == report["rows_written"] == 3000
    assert report["bytes_read"] > 0
    back = deltalake.DeltaTable(table).to_pyarrow_table().sort_by("id").select(SCHEMA.names)
    assert expected(back) == expected(data())
    assert query(grebe, f"SELECT * FROM '{table}' ORDER BY id") == expected(data())
    again = grebe.convert([first, second], table)
    assert again["rows_read"] == 0
    assert {source["status"] for source in again["sources"]} == {"already_loaded"}


@pytest.mark.parametrize("threads", [1, 3])
def test_partitions_computed_and_plain(grebe, tmp_path, threads):
    stamps = [datetime.datetime(2026, 1, 1 + i % 5, i % 24) for i in range(500)]
    rows = pyarrow.table({
        "at": pyarrow.array(stamps, pyarrow.timestamp("us")),
        "k": [f"k{i % 3}" for i in range(500)], "n": list(range(500))})
    source = write(tmp_path / "a.parquet", rows, row_group_size=60)
    table = str(tmp_path / "t")
    report = grebe.convert(
        source, table, "--partition-by", "k,day(at)", "--threads", str(threads))
    assert report["partitions"] == 15
    found = deltalake.DeltaTable(table).to_pyarrow_table()
    assert sorted(found["n"].to_pylist()) == list(range(500))
    refused = grebe.run(
        "convert", write(tmp_path / "n.parquet", data(0, 5)), "--into", str(tmp_path / "u"),
        "--partition-by", "tags", code=64)
    assert "tags" in refused.error


def test_types_that_tables_lack(grebe, tmp_path):
    rows = pyarrow.table({
        "t": pyarrow.array([datetime.time(1, 2, 3, 4), None], pyarrow.time64("us")),
        "u": pyarrow.array([uuid.UUID(int=7).bytes, None], pyarrow.binary(16)).cast(pyarrow.uuid()),
        "ns": pyarrow.array([1_999, -1], pyarrow.timestamp("ns", "UTC")),
        "deep": pyarrow.array([[{"ns": 5_001}], None], pyarrow.list_(
            pyarrow.struct([("ns", pyarrow.timestamp("ns"))]))),
        "nothing": pyarrow.nulls(2)})
    table = str(tmp_path / "t")
    done = grebe.run("convert", write(tmp_path / "a.parquet", rows), "--into", table)
    assert "nanoseconds of ns, deep are cut off" in done.stderr
    assert query(grebe, f"SELECT * FROM '{table}'") == [
        {"t": "01:02:03.000004", "u": "00000000-0000-0000-0000-000000000007",
         "ns": "1970-01-01T00:00:00.000001Z", "deep": [{"ns": "1970-01-01T00:00:00.000005"}],
         "nothing": None},
        {"t": None, "u": None, "ns": "1969-12-31T23:59:59.999999Z", "deep": None, "nothing": None}]
    types = {field.name: str(field.type) for field in deltalake.DeltaTable(table).schema().fields}
    assert "string" in types["t"] and "string" in types["nothing"] and "timestamp" in types["ns"]


def test_columns_go_by_name_and_widen(grebe, tmp_path):
    first = write(tmp_path / "a.parquet", pyarrow.table({
        "x": pyarrow.array([1], pyarrow.int32()), "y": ["a"]}))
    second = write(tmp_path / "b.parquet", pyarrow.table({
        "z": [1.5], "x": pyarrow.array([1 << 40], pyarrow.int64())}))
    table = str(tmp_path / "t")
    grebe.convert([first, second], table)
    assert query(grebe, f"SELECT x, y, z FROM '{table}' ORDER BY x") == [
        {"x": 1, "y": "a", "z": None}, {"x": 1 << 40, "y": None, "z": 1.5}]
    third = write(tmp_path / "c.parquet", pyarrow.table({"X": [5]}))
    grebe.convert(third, table)
    assert query(grebe, f"SELECT count(*) AS n FROM '{table}'") == [{"n": 3}]


@pytest.mark.parametrize("columns, options, words", [
    ({"x": ["text"]}, [], "x is string, and the table's is integer"),
    ({"new": [1]}, [], "new"), ({"x": [1]}, [], "x is long"),
    ({"x": pyarrow.array([None], pyarrow.int32())}, [], "x"),
])
def test_what_does_not_fit_is_refused_and_nothing_is_loaded(
        grebe, tmp_path, columns, options, words):
    table = str(tmp_path / "t")
    grebe.convert(
        write(tmp_path / "a.parquet", pyarrow.table({"x": [1]})), table,
        "--schema", "x INT NOT NULL")
    failed = grebe.run(
        "convert", write(tmp_path / "b.parquet", pyarrow.table(columns)), "--into", table,
        *options, code=65)
    assert words in failed.error and "b.parquet" in failed.error
    assert query(grebe, f"SELECT x FROM '{table}'") == [{"x": 1}]
    assert len(list((tmp_path / "t").glob("*.parquet"))) == 1


INT, SHORT, LONG, FLOAT = pyarrow.int32(), pyarrow.int16(), pyarrow.int64(), pyarrow.float32()
STAMP = datetime.datetime(2020, 1, 2, 23, 5)
NTZ, INSTANT = pyarrow.timestamp("us"), pyarrow.timestamp("us", "UTC")


def dec(precision, scale):
    return pyarrow.decimal128(precision, scale)


def listed(kind):
    return pyarrow.list_(kind)


def struct(**fields):
    return pyarrow.struct(list(fields.items()))


@pytest.mark.parametrize("table, source, value, words", [
    (LONG, pyarrow.float64(), 2.5, "v is double, and the table's is long"),
    (INT, LONG, 1, "v is long, and the table's is integer"),
    (FLOAT, pyarrow.float64(), 0.1, "v is double"), (FLOAT, INT, 1, "v is integer"),
    (pyarrow.float64(), LONG, 2**60 + 1, "v is long, and the table's is double"),
    (dec(9, 2), dec(9, 4), decimal.Decimal("1.2345"), "v is decimal(9,4)"),
    (dec(9, 2), dec(10, 2), decimal.Decimal("1.25"), "v is decimal(10,2)"),
    (dec(18, 0), LONG, 1, "v is long"), (dec(9, 2), pyarrow.float64(), 1.239, "v is double"),
    (LONG, dec(9, 2), decimal.Decimal("1.75"), "v is decimal(9,2)"),
    (pyarrow.float64(), dec(9, 2), decimal.Decimal("1.75"), "v is decimal(9,2)"),
    (LONG, pyarrow.string(), "1.5", "v is string"), (pyarrow.string(), LONG, 1, "v is long"),
    (pyarrow.date32(), NTZ, STAMP, "v is timestamp_ntz"), (NTZ, INSTANT, STAMP, "v is timestamp,"),
    (INSTANT, NTZ, STAMP, "v is timestamp_ntz"),
    (INSTANT, pyarrow.date32(), STAMP.date(), "v is date"),
    (pyarrow.bool_(), LONG, 7, "v is long"), (LONG, pyarrow.bool_(), True, "v is boolean"),
    (pyarrow.string(), pyarrow.binary(), b"a", "v is binary"),
    (pyarrow.binary(), pyarrow.string(), "a", "v is string"),
    (pyarrow.string(), struct(a=LONG), {"a": 1}, "v is struct<a:long>"),
    (SHORT, pyarrow.uint16(), 65535, "v is integer, and the table's is short"),
    (LONG, pyarrow.uint64(), 1, "v is decimal(20,0)"),
    (listed(LONG), listed(pyarrow.float64()), [1.5], "v.element is double"),
    (struct(a=struct(b=INT)), struct(a=struct(b=LONG)), {"a": {"b": 1}}, "v.a.b is long"),
    (pyarrow.map_(pyarrow.string(), INT), pyarrow.map_(INT, INT), [(1, 1)], "v.key is integer"),
    (struct(a=INT), INT, 1, "v is integer"), (INT, struct(a=INT), {"a": 1}, "v is struct<a:int"),
    (struct(a=INT), struct(a=INT, c=INT), {"a": 1, "c": 2}, "field v.c that the table lacks"),
    (listed(struct(a=INT)), listed(struct(a=INT, c=INT)), [{"c": 2}], "field v.element.c"),
    (pyarrow.map_(INT, struct(a=INT)), pyarrow.map_(INT, struct(c=INT)), [(1, {"c": 2})],
     "field v.value.c"),
    (struct(a=INT), struct(a=INT, A=INT), {"a": 1, "A": 2}, "field v.A"),
])
def test_an_append_that_would_lose_something_is_refused(
        grebe, tmp_path, table, source, value, words):
    into = str(tmp_path / "t")
    grebe.convert(write(
        tmp_path / "a.parquet", pyarrow.table({"v": pyarrow.array([None], table)})), into)
    path = write(tmp_path / "b.parquet", pyarrow.table({"v": pyarrow.array([value], source)}))
    refused = grebe.run("convert", path, "--into", into, code=65)
    assert words in refused.error and path in refused.error and refused.hint
    assert len(list((tmp_path / "t").glob("*.parquet"))) == 1
    assert len(list((tmp_path / "t" / "_delta_log").glob("*.json"))) == 1


@pytest.mark.parametrize("table, source, value, stored", [
    (LONG, SHORT, -5, -5), (pyarrow.float64(), INT, 2**31 - 1, 2.0**31 - 1),
    (FLOAT, SHORT, 7, 7.0), (pyarrow.float64(), FLOAT, 0.5, 0.5),
    (dec(19, 0), LONG, 2**60 + 1, decimal.Decimal(2**60 + 1)),
    (dec(12, 4), dec(9, 2), decimal.Decimal("1.25"), decimal.Decimal("1.2500")),
    (NTZ, pyarrow.date32(), STAMP.date(), datetime.datetime(2020, 1, 2)),
    (NTZ, pyarrow.timestamp("ns"), STAMP, STAMP), (LONG, pyarrow.null(), None, None),
    (pyarrow.string(), pyarrow.time64("us"), datetime.time(1, 2, 3), "01:02:03"),
    (dec(20, 0), pyarrow.uint64(), 2**64 - 1, decimal.Decimal(2**64 - 1)),
    (listed(LONG), listed(INT), [1, None], [1, None]),
    (struct(a=LONG, b=pyarrow.string()), struct(B=pyarrow.string(), A=INT), {"A": 1, "B": "x"},
     {"a": 1, "b": "x"}),
    (struct(a=INT, b=pyarrow.string()), struct(a=INT), {"a": 1}, {"a": 1, "b": None}),
    (listed(struct(a=INT, b=INT)), listed(struct(b=INT)), [{"b": 1}], [{"a": None, "b": 1}]),
    (struct(a=LONG), struct(a=pyarrow.null()), {"a": None}, {"a": None}),
])
def test_an_append_that_loses_nothing_is_taken(grebe, tmp_path, table, source, value, stored):
    into = str(tmp_path / "t")
    grebe.convert(write(
        tmp_path / "a.parquet", pyarrow.table({"v": pyarrow.array([None], table)})), into)
    grebe.convert(write(
        tmp_path / "b.parquet", pyarrow.table({"v": pyarrow.array([value, value], source)})), into)
    found = deltalake.DeltaTable(into).to_pyarrow_table()["v"].to_pylist()
    assert [v for v in found if v is not None] == ([] if stored is None else [stored] * 2)
    assert len(found) == 3


DOUBLE = pyarrow.float64()


@pytest.mark.parametrize("table, source, good, bad", [
    (DOUBLE, LONG, [0, -7, 2**53, -2**53, 2**60, -2**63], [2**53 + 1, -2**53 - 1, 2**63 - 1]),
    (DOUBLE, dec(20, 0), [0, 2**53, 10**19], [2**53 + 1, 10**20 - 1]),
    (DOUBLE, dec(9, 2), [decimal.Decimal("1.10"), decimal.Decimal("-9999999.99")], []),
    (DOUBLE, dec(38, 18), [decimal.Decimal("0.5")], [decimal.Decimal("0.123456789012345678")]),
])
@pytest.mark.parametrize("policy", ["widen", "quarantine"])
def test_values_that_no_wider_type_holds_are_judged_one_by_one(
        grebe, tmp_path, table, source, good, bad, policy):
    """The table's column stays a double; what is not exactly one is a bad row, never rounded."""
    into = str(tmp_path / "t")
    grebe.convert(write(
        tmp_path / "a.parquet", pyarrow.table({"v": pyarrow.array([0.5], table)})), into)
    values = [None, *good, *bad]
    path = write(tmp_path / "b.parquet", pyarrow.table({"v": pyarrow.array(values, source)}))
    if bad and policy == "widen":
        refused = grebe.run("convert", path, "--into", into, "--on-type-conflict", "widen", code=65)
        assert f"row {len(good) + 2}" in refused.error and "does not fit double" in refused.error
    report = grebe.convert(
        path, into, "--on-type-conflict", policy, "--on-bad-row", "quarantine")
    assert (report["rows_written"], report["rows_quarantined"]) == (1 + len(good), len(bad))
    back = deltalake.DeltaTable(into).to_pyarrow_table()["v"]
    assert back.type == DOUBLE
    wanted = [0.5, *(float(value) for value in good)]
    assert sorted(v for v in back.to_pylist() if v is not None) == sorted(wanted)
    if bad:
        rejected = deltalake.DeltaTable(into + "/_quarantine").to_pyarrow_table()
        assert sorted(json.loads(raw, parse_float=decimal.Decimal)["v"]
                      for raw in rejected["raw"].to_pylist()) == sorted(bad)


def test_a_named_type_is_a_cast_but_drops_no_field(grebe, tmp_path):
    one = write(tmp_path / "a.parquet", pyarrow.table({"v": [1]}))
    two = write(tmp_path / "b.parquet", pyarrow.table({"v": ["x"]}))
    refused = grebe.run("convert", one, two, "--into", str(tmp_path / "t"), code=65)
    assert "--type v=TYPE" in refused.hint
    grebe.convert([one, two], str(tmp_path / "t"), "--type", "v=STRING")
    assert query(grebe, f"SELECT v FROM '{tmp_path / 't'}' ORDER BY v") == [{"v": "1"}, {"v": "x"}]
    wide = write(tmp_path / "c.parquet", pyarrow.table({"v": [{"a": 1, "c": 2}]}))
    (tmp_path / "schema.json").write_text(deltalake.Schema([deltalake.Field(
        "v", deltalake.schema.StructType([deltalake.Field("a", "long")]))]).to_json())
    dropped = grebe.run(
        "convert", wide, "--into", str(tmp_path / "u"), "--schema", str(tmp_path / "schema.json"),
        code=65)
    assert "v.c" in dropped.error


def test_text_and_parquet_do_not_mix_and_damage_is_found(grebe, tmp_path):
    good = write(tmp_path / "a.parquet", pyarrow.table({"x": [1]}))
    (tmp_path / "b.csv").write_text("x\n2\n")
    mixed = grebe.run(
        "convert", good, str(tmp_path / "b.csv"), "--into", str(tmp_path / "t"), code=69)
    assert f"{tmp_path}/b.csv is not ({good})" in mixed.error
    (tmp_path / "c.parquet").write_bytes(pathlib.Path(good).read_bytes()[:-9])
    cut = grebe.run(
        "convert", str(tmp_path / "c.parquet"), "--into", str(tmp_path / "t"), code=65)
    assert f"{tmp_path}/c.parquet" in cut.error
    assert not (tmp_path / "t" / "_delta_log").exists()


def test_a_dry_run_and_standard_input(grebe, tmp_path):
    source = write(tmp_path / "a.parquet", data(0, 20))
    shown = grebe.run(
        "convert", source, "--into", str(tmp_path / "t"), "--dry-run", "--format", "json").stdout
    assert '"person"' in shown and not (tmp_path / "t").exists()
    report = grebe.run(
        "convert", "-", "--into", str(tmp_path / "t"), stdin=pathlib.Path(source).read_bytes())
    assert "20 written" in report.stdout


@pytest.mark.parametrize("beside", [False, True])
def test_encrypted_files_are_refused_as_such(grebe, tmp_path, shared_data, beside):
    folder = shared_data / "parquet-testing" / "data"
    source = folder / "encrypt_columns_and_footer.parquet.encrypted"
    if not source.is_file():
        pytest.skip(f"no {source}")
    (tmp_path / "plain.csv").write_text("x\n1\n")
    others = [tmp_path / "plain.csv"] if beside else []
    refused = grebe.run("convert", source, *others, "--into", str(tmp_path / "t"), code=69)
    assert str(source) in refused.error
    assert ("plain.csv is not" if beside else "encrypt") in refused.error.replace(str(source), "")
    assert not (tmp_path / "t").exists()


def test_a_header_that_begins_as_encrypted_files_do_is_text(grebe, tmp_path):
    (tmp_path / "a.csv").write_text("PARENT,CHILD\n1,2\n")
    assert grebe.convert(str(tmp_path / "a.csv"), str(tmp_path / "t"))["rows_written"] == 1


def test_errors_name_the_path_as_it_was_given(grebe, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "empty.parquet").write_bytes(b"")
    (tmp_path / "in" / "short.parquet").write_bytes(b"PAR1PAR1")
    good = pyarrow.table({"x": list(range(1000))})
    write(tmp_path / "in" / "bad.parquet", good, use_dictionary=False, compression="none")
    damaged = bytearray((tmp_path / "in" / "bad.parquet").read_bytes())
    damaged[4:24] = b"\xff" * 20
    (tmp_path / "in" / "bad.parquet").write_bytes(damaged)
    for name, words in ("empty", "not a Parquet file"), ("short", "too short"), ("bad", ""):
        refused = grebe.run(
            "convert", f"in/{name}.parquet", "--into", "t", cwd=tmp_path, code=65)
        assert f"in/{name}.parquet" in refused.error and words in refused.error
    assert not (tmp_path / "t" / "_delta_log").exists()


def test_columns_that_differ_only_in_case(grebe, tmp_path):
    source = write(tmp_path / "a.parquet", pyarrow.table({"x": [1], "X": ["a"]}))
    refused = grebe.run("convert", source, "--into", str(tmp_path / "t"), code=65)
    assert "columns x and X differ only in case" in refused.error


def test_what_its_name_alone_calls_a_parquet_file(grebe, tmp_path):
    for name, data in [("text.parquet", b"a,b\n1,2\n"), ("bytes.parquet", bytes(range(256)))]:
        (tmp_path / name).write_bytes(data)
        refused = grebe.run("convert", tmp_path / name, "--into", tmp_path / "t", code=65)
        assert "not a Parquet file" in refused.stderr and "--input-format" in refused.stderr
    grebe.run("convert", tmp_path / "text.parquet", "--into", tmp_path / "t",
              "--input-format", "csv")
    assert grebe.query(f"SELECT * FROM '{tmp_path / 't'}'") == [{"a": 1, "b": 2}]


def test_nanoseconds_of_int96_are_told_of(grebe, tmp_path):
    path = tmp_path / "f.parquet"
    pyarrow.parquet.write_table(
        pyarrow.table({"t": pyarrow.array([1], pyarrow.timestamp("ns"))}), path,
        use_deprecated_int96_timestamps=True)
    told = grebe.run("convert", path, "--into", tmp_path / "t").stderr
    assert "nanoseconds of t are cut off" in told


def test_a_query_says_where_nanoseconds_of_int96_were_cut_off(grebe, tmp_path):
    """Where there are none, as in all that Spark writes, there is nothing to say."""
    path = tmp_path / "f.parquet"
    for nanos, notes in [(1_500, 1), (-1, 1), (2_000, 0)]:
        for dictionary in (True, False):
            pyarrow.parquet.write_table(
                pyarrow.table({
                    "t": pyarrow.array([0, None, nanos], pyarrow.timestamp("ns")), "n": [1, 2, 3]}),
                path, use_deprecated_int96_timestamps=True, use_dictionary=dictionary)
            sql = f"SELECT t FROM '{path}' ORDER BY t LIMIT 1"
            for words in (["query", sql], ["query", sql, "--output", tmp_path / "g.parquet"],
                          ["head", path], ["query", f"SELECT count(t) AS n FROM '{path}'"]):
                said = grebe.run(*words).stderr
                assert said.count("nanoseconds of t are cut off") == notes, words
            assert "nanoseconds" not in grebe.run("query", f"SELECT n FROM '{path}'").stderr


def test_folders_in_paths_are_columns_as_other_readers_have_them(grebe, tmp_path):
    rows = pyarrow.table({
        "id": list(range(6)), "k": [1, 1, 2, 2, 3, None],
        "s": ["a b", "a b", "x=y", "x=y", "é/", None]})
    pyarrow.parquet.write_to_dataset(rows, tmp_path / "in", partition_cols=["k", "s"])
    grebe.convert(tmp_path / "in", tmp_path / "t")
    ours = deltalake.DeltaTable(tmp_path / "t").to_pyarrow_table().sort_by("id").to_pylist()
    assert ours == rows.select(["id", "k", "s"]).to_pylist()
    plain = tmp_path / "plain"
    grebe.convert(tmp_path / "in", plain, "--hive-partitioning", "no")
    assert deltalake.DeltaTable(plain).to_pyarrow_table().column_names == ["id"]


def test_values_of_paths_are_rescued_as_json(grebe, tmp_path):
    folder = tmp_path / "k=a\"b"
    folder.mkdir()
    pyarrow.parquet.write_table(pyarrow.table({"id": [1]}), folder / "a.parquet")
    table = tmp_path / "t"
    grebe.convert(write(tmp_path / "n.parquet", pyarrow.table({"id": [0]})), table)
    grebe.convert(folder, table, "--on-new-column", "rescue")
    rescued = deltalake.DeltaTable(table).to_pyarrow_table().sort_by("id")["_rescued_data"]
    assert rescued.to_pylist() == [None, '{"k":"a\\"b"}']


def test_a_delta_table_is_no_source(grebe, tmp_path):
    grebe.convert(write(tmp_path / "n.parquet", pyarrow.table({"id": [1, 2], "v": [3, 4]})),
                  tmp_path / "t", "--partition-by", "id")
    (part,) = (tmp_path / "t/id=1").iterdir()
    for source in [tmp_path / "t", f"{tmp_path}/t/*/*.parquet", tmp_path / "t/id=1", part]:
        refused = grebe.run("convert", source, "--into", tmp_path / "u", code=69)
        assert "Delta table" in refused.error and "grebe query" in refused.hint
    assert not (tmp_path / "u").exists()
    (tmp_path / "n.parquet").unlink()
    grebe.run("convert", tmp_path, "--into", tmp_path / "u", code=66)
