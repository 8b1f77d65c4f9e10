"""What footers of other writers say or leave out, and none at hand does: values are the same."""

import decimal
import json

import pyarrow
import pyarrow.parquet
import pytest

import footer
import peers

REPEATED, LIST_CONVERTED, ENUM_CONVERTED = 2, 3, 4
TIME_MILLIS, TIME_MICROS, JSON_CONVERTED, BSON_CONVERTED, INTERVAL_CONVERTED = 7, 8, 19, 20, 21


def query(grebe, path) -> list[dict]:
    return grebe.query(f"SELECT * FROM '{path}'")


def write_lists(folder, rows: list[dict], element: pyarrow.DataType) -> footer.File:
    """Lists of a required element, in three levels."""
    path = folder / "lists.parquet"
    field = pyarrow.field("l", pyarrow.list_(pyarrow.field("element", element, nullable=False)))
    pyarrow.parquet.write_table(
        pyarrow.Table.from_pylist(rows, pyarrow.schema([field])), path, store_schema=False)
    return footer.File(path)


def without_middle(file: footer.File, name: str) -> None:
    """The element itself is what repeats, by this name: the lists of old writers."""
    root, outer, _, element, *rest = file.schema
    element[footer.REPETITION] = (5, REPEATED)
    element[footer.NAME] = (footer.BINARY, name.encode())
    file.schema[:] = [root, outer, element, *rest]
    file.rename_paths(lambda path: [path[0], name.encode(), *path[3:]])


# By the specification's rules for lists of old writers, several fields make an element whatever
# its name, and one field does under two names.
PAIRS = [{"l": [{"s": "a", "n": 1}, {"s": "b", "n": None}]}, {"l": []}, {"l": None},
         {"l": [{"s": None, "n": 3}]}]
SINGLES = [{"l": [{"s": "a"}, {"s": None}]}, {"l": []}, {"l": None}, {"l": [{"s": "c"}]}]


@pytest.mark.parametrize("annotation", ["both", "converted", "logical"])
@pytest.mark.parametrize("name", ["element", "array", "l_tuple", "bag"])
def test_rule_2_a_repeated_group_of_several_fields_is_the_element(
        grebe, tmp_path, name, annotation):
    kind = pyarrow.struct({"s": pyarrow.string(), "n": pyarrow.int32()})
    file = write_lists(tmp_path, PAIRS, kind)
    without_middle(file, name)
    if annotation != "both":
        del file.schema[1][footer.LOGICAL if annotation == "converted" else footer.CONVERTED]
    assert query(grebe, file.save(tmp_path / "f.parquet")) == PAIRS


@pytest.mark.parametrize("name", ["array", "l_tuple"])
def test_rule_4_a_repeated_group_of_one_field_is_the_element_by_its_name(grebe, tmp_path, name):
    file = write_lists(tmp_path, SINGLES, pyarrow.struct({"s": pyarrow.string()}))
    without_middle(file, name)
    assert query(grebe, file.save(tmp_path / "f.parquet")) == SINGLES


@pytest.mark.parametrize("name", ["bag", "list", "m_tuple"])
def test_rule_5_a_repeated_group_of_one_field_is_a_level_by_any_other_name(grebe, tmp_path, name):
    file = write_lists(tmp_path, SINGLES, pyarrow.struct({"s": pyarrow.string()}))
    without_middle(file, name)
    wanted = [
        {"l": row["l"] and [element["s"] for element in row["l"]]} for row in SINGLES]
    assert query(grebe, file.save(tmp_path / "f.parquet")) == wanted


def annotated() -> pyarrow.Table:
    """Every annotation that both ways of saying it have, with extremes and a null."""
    def column(kind, *values):
        return pyarrow.array([*values, None], kind)

    units = decimal.Decimal("1.25")
    columns = {}
    for bits in (8, 16, 32, 64):
        columns[f"u{bits}"] = column(getattr(pyarrow, f"uint{bits}")(), 0, 2**bits - 1)
        columns[f"i{bits}"] = column(
            getattr(pyarrow, f"int{bits}")(), -2**(bits - 1), 2**(bits - 1) - 1)
    for unit in ("ms", "us"):
        columns[f"at_{unit}"] = column(pyarrow.timestamp(unit, "UTC"), 1, -1)
    return pyarrow.table({
        **columns, "utf8": column(pyarrow.string(), "ü", ""),
        "json": column(pyarrow.string(), "{}", "[1]").cast(pyarrow.json_()),
        "enum": column(pyarrow.string(), "RED", "BLUE"),
        "bson": column(pyarrow.binary(), b"\5\0\0\0\0", b"\5\0\0\0\0"),
        "day": column(pyarrow.date32(), 1, -1),
        "time_ms": column(pyarrow.time32("ms"), 1, 86_399_999),
        "time_us": column(pyarrow.time64("us"), 1, 86_399_999_999),
        **{f"decimal{p}": column(pyarrow.decimal128(p, 2), units, -units) for p in (9, 18, 30)}})


GIVEN = {
    "enum": ENUM_CONVERTED, "json": JSON_CONVERTED, "bson": BSON_CONVERTED,
    "time_ms": TIME_MILLIS, "time_us": TIME_MICROS}


@pytest.mark.parametrize("decimals", ["bytes", "integers"])
def test_every_converted_type_alone_is_read(grebe, tmp_path, decimals):
    path = tmp_path / "f.parquet"
    pyarrow.parquet.write_table(
        annotated(), path, store_schema=False, store_decimal_as_integer=decimals == "integers")
    wanted = query(grebe, path)
    file = footer.File(path)
    found = set()
    for element in file.schema[1:]:
        element.pop(footer.LOGICAL, None)
        name = element[footer.NAME][1].decode()
        if name in GIVEN:
            element[footer.CONVERTED] = (5, GIVEN[name])
        # INT_32 and INT_64 say what INT32 and INT64 are anyway.
        if name in ("i32", "i64"):
            element[footer.CONVERTED] = (5, {"i32": 17, "i64": 18}[name])
        found.add(element[footer.CONVERTED][1])
    # All but maps and lists, which have tests of their own, and INTERVAL, which Arrow has not.
    assert found == {*range(22)} - {1, 2, 3, INTERVAL_CONVERTED}
    assert query(grebe, file.save(path)) == wanted


def test_a_converted_interval_is_read(grebe, tmp_path):
    path = tmp_path / "f.parquet"
    peers.duckdb_connection().execute(
        "COPY (SELECT INTERVAL '14 months 3 days 7 milliseconds' AS i UNION ALL SELECT NULL) "
        f"TO {peers.quoted(path)} (FORMAT parquet)")
    file = footer.File(path)
    assert file.schema[1][footer.CONVERTED][1] == INTERVAL_CONVERTED
    assert footer.LOGICAL not in file.schema[1]
    first, second = query(grebe, path)
    assert second["i"] is None and first["i"]


# What the format has as optional, or what readers can do without: by the struct it stands in.
OPTIONAL = {
    "footer": [footer.KEY_VALUES, footer.CREATED_BY, footer.COLUMN_ORDERS],
    "row group": [4, 5, 6, 7],
    "chunk": [4, 5, 6, 7],
    "chunk metadata": [8, 12, 13, 14, 15, 16, 17],
}


def structs(file: footer.File, where: str) -> list[dict]:
    return {
        "footer": [file.footer], "row group": file.row_groups, "chunk": file.chunks,
        "chunk metadata": [chunk[footer.CHUNK_METADATA][1] for chunk in file.chunks],
    }[where]


CASES = [
    *((f"{where} {field}", {where: [field]})
      for where, fields in OPTIONAL.items() for field in fields),
    ("all", OPTIONAL)]


@pytest.fixture(scope="module")
def rich(tmp_path_factory):
    """A file whose footer has what is optional."""
    path = tmp_path_factory.mktemp("rich") / "f.parquet"
    table = annotated().append_column("l", [[[1, None], [], None]])
    table = pyarrow.concat_tables([table] * 40)
    pyarrow.parquet.write_table(
        table, path, row_group_size=50, write_page_index=True, data_page_size=64,
        sorting_columns=[pyarrow.parquet.SortingColumn(0)])
    return path


@pytest.mark.parametrize("name,fields", CASES, ids=[name for name, _ in CASES])
def test_what_is_optional_may_be_missing(grebe, tmp_path, rich, name, fields):
    file = footer.File(rich)
    for where, ids in fields.items():
        for one in structs(file, where):
            for field in ids:
                one.pop(field, None)
    if name == "all":
        for chunk in file.chunks:
            # Encodings are a list that has to be there; nobody needs what is in it.
            chunk[footer.CHUNK_METADATA][1][footer.ENCODINGS] = (footer.LIST, (5, []))
    assert query(grebe, file.save(tmp_path / "f.parquet")) == query(grebe, rich)


DEPTH = 63


def test_lists_in_structs_to_a_depth_of_63(grebe, tmp_path):
    kind = pyarrow.int64()
    rows: list = [5, None, 7]
    for depth in range(DEPTH - 1):
        if depth % 2:
            kind = pyarrow.list_(kind)
            rows = [[row, row] if i else [] for i, row in enumerate(rows)]
            rows = [row if len(json.dumps(row)) < 1000 else row[:1] for row in rows]
        else:
            kind, rows = pyarrow.struct({"f": kind}), [{"f": row} for row in rows]
    table = pyarrow.table({"c": pyarrow.array([*rows, None], kind)})
    path, copy = tmp_path / "f.parquet", tmp_path / "copy.parquet"
    pyarrow.parquet.write_table(table, path)
    assert query(grebe, path) == table.to_pylist()
    grebe.run("query", f"SELECT * FROM '{path}'", "--output", copy)
    assert pyarrow.parquet.read_table(copy).to_pylist() == table.to_pylist()


@pytest.mark.parametrize("column,missing", [("id", "7"), ("word", "'w7'")])
def test_a_query_leaves_out_row_groups_by_the_bloom_filters_of_another_writer(
        grebe, tmp_path, column, missing):
    path = tmp_path / "f.parquet"
    peers.duckdb_connection().execute(
        # DuckDB gives the filters to chunks with dictionaries.
        "COPY (SELECT range * 7919 % 20000 * 2 AS id, 'w' || range * 7919 % 20000 * 2 AS word "
        f"FROM range(20000)) TO {peers.quoted(path)} (FORMAT parquet, ROW_GROUP_SIZE 2048, "
        "DICTIONARY_SIZE_LIMIT 100000)")
    groups = pyarrow.parquet.read_metadata(path).num_row_groups
    assert groups == 10
    sql = f"SELECT count(*) AS n FROM '{path}' WHERE {column} = {missing}"
    assert grebe.query(sql) == [{"n": 0}]
    plan = grebe.run("query", sql, "--explain").stdout
    assert f"{groups} in those, {groups} pruned, 0 read" in plan, plan
