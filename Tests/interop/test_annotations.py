"""A rewritten file says what its source said: annotations, physical types, lengths, field ids."""

import datetime
import decimal
import json

import pyarrow
import pyarrow.parquet
import pytest

import parquet_corpus as corpus
import peers
import variants
from test_random_parquet import (
    PROFILES, assert_columns, columns_of, read_duckdb, read_pyarrow, rewrite)

STAMP = datetime.datetime(2024, 5, 17, 12, 30, 1, 999_000)


def annotated_table() -> pyarrow.Table:
    """Every annotation that pyarrow writes and Grebe maps onto a wider or a plain type."""
    def column(kind, *values):
        return pyarrow.array([*(values * 4)[:4], None, *values[:1]], kind)

    leaves = {
        **{f"uint{w}": column(getattr(pyarrow, f"uint{w}")(), 0, 1, 2**(w - 1), 2**w - 1)
           for w in (8, 16, 32, 64)},
        "half": column(pyarrow.float16(), -0.0, 1.5, 65504.0, 6e-8),
        "time_ms": column(pyarrow.time32("ms"), datetime.time(23, 59, 59, 999_000)),
        "ms_utc": column(pyarrow.timestamp("ms", "UTC"), STAMP),
        "ms_local": column(pyarrow.timestamp("ms"), STAMP),
        "fixed": column(pyarrow.binary(5), b"abcde", bytes(5)),
        "json": column(pyarrow.string(), '{"a":1}', "[]").cast(pyarrow.json_()),
        **{f"decimal_{p}": column(
            pyarrow.decimal128(p, 2), decimal.Decimal("-1.25"), decimal.Decimal("9.99"))
           for p in (5, 12, 30)},
    }
    table = pyarrow.table(leaves)
    nested = pyarrow.StructArray.from_arrays(list(leaves.values()), list(leaves))
    lists = pyarrow.ListArray.from_arrays(
        pyarrow.array(range(0, len(leaves["uint8"]) + 1), pyarrow.int32()), leaves["uint8"])
    offsets = pyarrow.array([0, 1] + [2] * (len(lists) - 1), pyarrow.int32())
    maps = pyarrow.MapArray.from_arrays(offsets, ["a", "b"], leaves["half"].slice(0, 2))
    return table.append_column("s", nested).append_column("l", lists).append_column("m", maps)


def annotation(leaf) -> tuple:
    said = json.loads(leaf.logical_type.to_json())
    for key in ("is_from_converted_type", "force_set_converted_type"):
        said.pop(key, None)
    return leaf.physical_type, leaf.length, leaf.precision, leaf.scale, said


def annotations(path) -> dict[str, tuple]:
    return {leaf.path: annotation(leaf) for leaf in pyarrow.parquet.ParquetFile(path).schema}


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("as_integer", [False, True])
def test_annotations_survive(grebe, tmp_path, profile, as_integer):
    table = annotated_table()
    path = tmp_path / "f.parquet"
    pyarrow.parquet.write_table(table, path, store_decimal_as_integer=as_integer)
    output = rewrite(grebe, path, profile)
    assert annotations(output) == annotations(path)
    wanted = columns_of(read_pyarrow(path), "pyarrow, the source")
    assert_columns(columns_of(read_pyarrow(output), "pyarrow"), wanted, profile)
    # DuckDB has no local time in milliseconds but its own: equal to what it makes of the source.
    assert_columns(
        columns_of(read_duckdb(output), "duckdb"), columns_of(read_duckdb(path), "duckdb, source"),
        profile)


# What a footer says of a JSON column and of a BSON one: converted type 19 or 20, in zigzag, and
# member 12 or 13 of the union of logical types, which is empty.
JSON_ELEMENT = b"\x25\x26\x4c\xcc\x00\x00"
BSON_ELEMENT = b"\x25\x28\x4c\xdc\x00\x00"


@pytest.mark.parametrize("profile", PROFILES)
def test_bson_is_binary_and_stays_bson(grebe, tmp_path, profile):
    """No writer at hand has BSON: the footer of pyarrow's JSON is changed to say so."""
    path = tmp_path / "f.parquet"
    texts = pyarrow.array(['{"a":1}', None, "\x05\0\0\0\0"] * 3).cast(pyarrow.json_())
    table = pyarrow.table({"b": texts, "s": pyarrow.StructArray.from_arrays([texts], ["x"])})
    pyarrow.parquet.write_table(table, path, store_schema=False)
    data = path.read_bytes()
    assert data.count(JSON_ELEMENT) == 2
    path.write_bytes(data.replace(JSON_ELEMENT, BSON_ELEMENT))
    said = annotations(path)
    assert {name: found[4] for name, found in said.items()} == {
        "b": {"Type": "BSON"}, "s.x": {"Type": "BSON"}}
    rows = grebe.query(f"SELECT b, s.x AS x FROM '{path}'")
    wanted = [None if text is None else text.encode().hex() for text in texts.to_pylist()]
    assert [row["b"] for row in rows] == [row["x"] for row in rows] == wanted
    output = rewrite(grebe, path, profile)
    assert annotations(output) == said
    assert_columns(
        columns_of(read_pyarrow(output), "pyarrow"),
        columns_of(read_pyarrow(path), "pyarrow, the source"), profile)


def field_ids(fields) -> list:
    found = []
    for field in fields:
        found.append((field.name, (field.metadata or {}).get(b"PARQUET:field_id")))
        kind = field.type
        parts = []
        if pyarrow.types.is_struct(kind):
            parts = [kind.field(i) for i in range(kind.num_fields)]
        elif pyarrow.types.is_map(kind):
            parts = [kind.key_field, kind.item_field]
        elif pyarrow.types.is_list(kind):
            parts = [kind.value_field]
        found.append(field_ids(parts))
    return found


def test_field_ids_survive(grebe, tmp_path):
    def field(name, kind, number):
        return pyarrow.field(name, kind, metadata={"PARQUET:field_id": str(number)})

    schema = pyarrow.schema([
        field("a", pyarrow.int64(), 5),
        field("s", pyarrow.struct([
            field("x", pyarrow.uint8(), 7), field("y", pyarrow.date32(), 8)]),
              6),
        field("l", pyarrow.list_(field("element", pyarrow.string(), 10)), 9),
        field("m", pyarrow.map_(
            pyarrow.field("key", pyarrow.string(), False, {"PARQUET:field_id": "12"}),
            field("value", pyarrow.float16(), 13)), 11),
    ])
    rows = [{"a": 1, "s": {"x": 2, "y": None}, "l": ["t", None], "m": [("k", 1.5)]}]
    path = tmp_path / "f.parquet"
    pyarrow.parquet.write_table(
        pyarrow.Table.from_pylist(rows, schema), path, store_schema=False)
    output = rewrite(grebe, path, "standard")
    wanted = field_ids(pyarrow.parquet.ParquetFile(path).schema_arrow)
    assert "b'13'" in str(wanted)
    assert field_ids(pyarrow.parquet.ParquetFile(output).schema_arrow) == wanted


def test_key_value_metadata_survives_but_for_copies_of_the_schema(grebe, tmp_path):
    path = tmp_path / "f.parquet"
    geo = json.dumps({
        "version": "1.0.0", "primary_column": "g", "columns": {"g": {"encoding": "WKB"}}})
    table = pyarrow.table({
        "g": pyarrow.array([b"\x01"], pyarrow.binary()), "n": pyarrow.array([1], pyarrow.int8())})
    said = {"geo": geo, "station": "K\u00f6ln", "pandas": '{"index_columns":["n"]}'}
    pyarrow.parquet.write_table(table.replace_schema_metadata(said), path)
    source = pyarrow.parquet.read_metadata(path).metadata
    assert set(source) == {b"ARROW:schema", b"geo", b"station", b"pandas"}

    def kept(select):
        output = tmp_path / "g.parquet"
        grebe.run("query", f"SELECT {select} FROM '{path}'", "--output", output)
        # Types are those of the file, not of the source's ARROW:schema.
        assert pyarrow.parquet.read_table(output).num_rows == 1
        return pyarrow.parquet.read_metadata(output).metadata or {}

    station = {b"station": source[b"station"]}
    assert kept("*") == {b"geo": source[b"geo"], **station}
    assert kept("n AS m") == station
    assert kept("g, n + 1 AS m") == {b"geo": source[b"geo"]}
    assert kept("max(n) AS m") == {}


def test_what_a_query_computes_is_stored_by_its_type(grebe, tmp_path):
    """Names follow columns, not the other way round; only what is unchanged keeps its storage."""
    path = tmp_path / "f.parquet"
    pyarrow.parquet.write_table(
        pyarrow.table({"a": pyarrow.array([1, 2], pyarrow.uint8()), "b": [1.5, 2.5]}), path)
    output = tmp_path / "g.parquet"
    grebe.run(
        "query", f"SELECT b AS a, a AS c, a + 1 AS d, count(*) AS b FROM '{path}' "
        "GROUP BY a, b ORDER BY a LIMIT 1", "--format", "parquet", "--output", output)
    kinds = {
        field.name: field.type for field in pyarrow.parquet.ParquetFile(output).schema_arrow}
    assert kinds == {
        "a": pyarrow.float64(), "c": pyarrow.uint8(), "d": pyarrow.int64(), "b": pyarrow.int64()}


# The corpus

def corpus_file(shared_data, name):
    path = shared_data / "parquet-testing" / name
    assert path.is_file(), path
    return path


# The files of apache/parquet-testing whose leaves say more than their physical type does.
ANNOTATED = [
    "data/byte_array_decimal.parquet", "data/fixed_length_decimal.parquet",
    "data/fixed_length_decimal_legacy.parquet", "data/int32_decimal.parquet",
    "data/int64_decimal.parquet", "data/float16_nonzeros_and_nans.parquet",
    "data/float16_zeros_and_nans.parquet", "data/fixed_length_byte_array.parquet",
    "data/geospatial/geospatial.parquet", "data/geospatial/crs-default.parquet",
    "data/geospatial/crs-geography.parquet", "data/geospatial/crs-projjson.parquet",
    "data/geospatial/crs-srid.parquet", "data/geospatial/crs-arbitrary-value.parquet",
    "data/geospatial/geospatial-with-nan.parquet",
    *(f"data/geospatial/geography-{kind}.parquet" for kind in ("lines", "points", "polygons")),
]


@pytest.mark.parametrize("name", ANNOTATED)
def test_the_corpus_keeps_its_annotations(grebe, shared_data, tmp_path, name):
    source = corpus_file(shared_data, name)
    path = tmp_path / "f.parquet"
    path.write_bytes(source.read_bytes())
    output = rewrite(grebe, path, "standard")
    assert list(annotations(output).values()) == list(annotations(path).values())
    wanted = columns_of(read_pyarrow(path), "pyarrow, the source")
    assert_columns(columns_of(read_pyarrow(output), "pyarrow"), wanted, name)


# VARIANT

def variant_files(shared_data) -> list:
    folder = shared_data / "parquet-testing" / "shredded_variant"
    refused = {*corpus.DAMAGED, *corpus.UNKNOWN_TYPES}
    return [
        path for path in sorted(folder.glob("*.parquet"))
        if "INVALID" not in path.name and f"shredded_variant/{path.name}" not in refused]


def plain_numbers(value):
    """JSON with numbers by what they are, not how they are written."""
    match value:
        case dict():
            return {name: plain_numbers(part) for name, part in value.items()}
        case list():
            return [plain_numbers(part) for part in value]
        case bool() | None | str():
            return value
        case float():
            return decimal.Decimal(repr(value)).normalize()
    return decimal.Decimal(value).normalize()


def test_variants_are_written(grebe, shared_data, tmp_path):
    """Shredded or not, every variant of the corpus comes out of the file that Grebe wrote of it,
    decoded by other means, as the JSON that Grebe reads in the source."""
    compared = 0
    for source in variant_files(shared_data):
        path = tmp_path / source.name
        path.write_bytes(source.read_bytes())
        output = rewrite(grebe, path, "standard")
        text = grebe.run("query", f"SELECT * FROM '{path}'", "--format", "ndjson").stdout
        rows = [json.loads(line, parse_float=decimal.Decimal) for line in text.splitlines()]
        assert rows, source.name
        again = grebe.run("query", f"SELECT * FROM '{output}'", "--format", "ndjson").stdout
        assert again == text, source.name
        table = pyarrow.parquet.ParquetFile(output).read()
        names = [
            field.name for field in pyarrow.parquet.ParquetFile(path).schema_arrow
            if "metadata" in str(field.type)]
        assert names, source.name
        for name in names:
            cells = table.column(name).combine_chunks()
            cells = getattr(cells, "storage", cells)
            assert [field.name for field in cells.type] == ["metadata", "value"]
            for row, cell in zip(rows, cells.to_pylist()):
                if cell is None:
                    assert row[name] is None
                    continue
                value = variants.Reader(cell["metadata"]).value(cell["value"])
                wanted = json.loads(row[name], parse_float=decimal.Decimal)
                assert plain_numbers(value) == plain_numbers(wanted), f"{source.name}: {name}"
                compared += 1
    assert compared > 120


def test_duckdb_reads_a_written_variant(grebe, tmp_path):
    path = tmp_path / "f.parquet"
    connection = peers.duckdb_connection()
    connection.execute(
        "COPY (SELECT {'a': 1, 'b': ['x', NULL], 'c': {'d': 2.5, 'e': true}}::VARIANT AS v "
        "UNION ALL "
        f"SELECT NULL) TO {peers.quoted(path)} (FORMAT parquet)")
    output = rewrite(grebe, path, "standard")
    query = "SELECT v::VARCHAR FROM read_parquet({})"
    found = connection.execute(query.format(peers.quoted(output))).fetchall()
    assert found == connection.execute(query.format(peers.quoted(path))).fetchall()
    assert len(found) == 2
    kinds = connection.execute(
        f"DESCRIBE SELECT * FROM read_parquet({peers.quoted(output)})").fetchall()
    assert kinds[0][1] == "VARIANT"
    connection.close()


def test_spark4_reads_a_written_variant(grebe, spark4, shared_data, tmp_path):
    """Objects, arrays and strings of the corpus: what Spark makes of them is the JSON of Grebe."""
    compared = 0
    for source in variant_files(shared_data)[::12]:
        path = tmp_path / source.name
        path.write_bytes(source.read_bytes())
        output = rewrite(grebe, path, "standard")
        [name] = [
            field.name for field in pyarrow.parquet.ParquetFile(path).schema_arrow
            if "metadata" in str(field.type)]
        found = read_pyarrow(spark4.run(output, tmp_path / "spark", variant=name))
        text = grebe.run("query", f"SELECT * FROM '{output}'", "--format", "ndjson").stdout
        rows = [json.loads(line) for line in text.splitlines()]
        for row, cell in zip(rows, found.column("text").to_pylist(), strict=True):
            mine, its = row[name], cell
            if mine is not None:
                mine, its = (
                    plain_numbers(json.loads(t, parse_float=decimal.Decimal)) for t in (mine, its))
            assert mine == its, source.name
            compared += 1
    assert compared > 8
