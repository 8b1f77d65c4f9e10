"""The files of apache/parquet-testing, and what other readers say is in them."""

import dataclasses
import pathlib

import pyarrow
import pyarrow.parquet

import cells
import peers

# Files with a mistake on purpose: refused with exit status 65. Most are what readers crashed on.
DAMAGED = {
    "bad_data/ARROW-GH-41317.parquet": "columns of different lengths",
    "bad_data/ARROW-GH-41321.parquet": "fewer levels than the page header says",
    "bad_data/ARROW-GH-45185.parquet": "repetition levels start with 1; DuckDB reads on",
    "bad_data/ARROW-GH-47662.parquet": "nulls in a required column",
    "bad_data/ARROW-RS-GH-6229-DICTHEADER.parquet": "a negative count in a dictionary page",
    "bad_data/ARROW-RS-GH-6229-LEVELS.parquet": "too few repetition levels; DuckDB reads on",
    "bad_data/PARQUET-1481.parquet": "a type that does not exist",
    "data/datapage_v1-corrupt-checksum.parquet": "a wrong CRC; DuckDB does not look",
    "data/rle-dict-uncompressed-corrupt-checksum.parquet": "a wrong CRC; DuckDB does not look",
    "shredded_variant/case-040.parquet": "value and typed_value both set",
    "shredded_variant/case-042.parquet": "value and typed_value both set",
    "shredded_variant/case-087.parquet": "a value that is no object beside shredded fields",
    "shredded_variant/case-128.parquet": "a value that is no object beside shredded fields",
}

# Types that the specification has no place for, where a later one may: refused with 69, named.
UNKNOWN_TYPES = {
    "shredded_variant/case-127.parquet": ("a variant shredded as an unsigned integer", "VARIANT"),
    "shredded_variant/case-137.parquet": ("a variant shredded as FIXED(4)", "VARIANT"),
}

# In bad_data, and yet a file of legal values for every reader.
HARMLESS = {
    "bad_data/ARROW-GH-43605.parquet": "indices of 0 bits: a dictionary of one value",
}

# (file, column) -> (who is right, why), where pyarrow and DuckDB differ.
DISAGREEMENTS: dict[tuple[str, str], tuple[str, str]] = {
    ("data/nested_structs.rust.parquet", "ul_observation_date"):
        ("pyarrow", "converted type TIMESTAMP_MICROS means an instant (LogicalTypes.md)"),
}

# (file, column) -> {row: cell}, where the file's description is right and readers are not.
STATED = {
    # Spark's microseconds overflowed into Julian day and nanoseconds; they wrap back to what the
    # description says: 290000-12-30T23:00:00Z.
    ("data/int96_from_spark.parquet", "a"): {5: ("timestamp", 9_089_380_393_200_000_000_000, "")},
}

# (file, column or None) -> why it is not compared. The same list stands in spec/conformance.md.
SKIPPED: dict[tuple[str, str | None], str] = {}


def all_files(corpus: pathlib.Path) -> list[str]:
    return sorted(
        str(path.relative_to(corpus)) for path in corpus.rglob("*.parquet*")
        if path.is_file() and not path.name.endswith(".json"))


@dataclasses.dataclass
class Opinion:
    """A table that a peer read, or why it did not."""
    table: pyarrow.Table | None
    error: str = ""


def ask_pyarrow(path: pathlib.Path) -> Opinion:
    try:
        # Spark's INT96 reaches further than the nanoseconds that pyarrow would make of it.
        file = pyarrow.parquet.ParquetFile(
            path, page_checksum_verification=True, coerce_int96_timestamp_unit="us")
        table = file.read(use_threads=False)
        table.validate(full=True)
        return Opinion(table)
    except (OSError, NotImplementedError, pyarrow.ArrowException) as error:
        return Opinion(None, str(error))


def ask_duckdb(path: pathlib.Path) -> Opinion:
    connection = peers.duckdb_connection()
    try:
        connection.execute(
            "SET timezone = 'UTC'; SET threads = 1; SET arrow_lossless_conversion = true")
        found = connection.execute(
            f"FROM read_parquet({peers.quoted(path)}, hive_partitioning = false)")
        return Opinion(found.to_arrow_table())
    except Exception as error:  # DuckDB's errors share no class but this one.
        return Opinion(None, str(error))
    finally:
        connection.close()


PEERS = {"pyarrow": ask_pyarrow, "duckdb": ask_duckdb}


@dataclasses.dataclass
class Truth:
    name: str
    kind: pyarrow.DataType
    cells: list
    who: str


def alike(a, b) -> bool:
    """Equal as far as both have words for it: names of fields aside, bytes that are an INTERVAL,
    and time stamps of readers that do not say whether they are instants."""
    match a, b:
        case ("struct", mine), ("struct", its):
            return len(mine) == len(its) and all(alike(x[1], y[1]) for x, y in zip(mine, its))
        case ("list", mine), ("list", its):
            return len(mine) == len(its) and all(map(alike, mine, its))
        case ("map", mine), ("map", its):
            return len(mine) == len(its) and all(
                alike(x[0], y[0]) and alike(x[1], y[1]) for x, y in zip(mine, its))
        case (("map", entries), ("list", rows)) | (("list", rows), ("map", entries)):
            # Polars has no maps: lists of key and value.
            return len(entries) == len(rows) and all(
                alike(("struct", (("key", k), ("value", v))), row)
                for (k, v), row in zip(entries, rows))
        case ("timestamp", one, zone), ("timestamp", other, its_zone):
            return one == other and (zone == its_zone or "" in (zone, its_zone))
        case (("interval", *_), ("binary", _)) | (("binary", _), ("interval", *_)):
            return cells.interval_bytes(a) == cells.interval_bytes(b)
    return a == b


def without_zones(cell):
    """The cell with its time stamps unsaid to be instants or not."""
    match cell:
        case ("struct", fields):
            return ("struct", tuple((n, without_zones(c)) for n, c in fields))
        case ("list", elements):
            return ("list", tuple(without_zones(c) for c in elements))
        case ("map", entries):
            return ("map", tuple(
                (without_zones(k), without_zones(v)) for k, v in entries))
        case ("timestamp", nanos, _):
            return ("timestamp", nanos, "")
    return cell


def judge(file: str, path: pathlib.Path) -> list[Truth]:
    """What each column holds, by the readers together; fails where they differ undecided."""
    opinions = {who: ask(path) for who, ask in PEERS.items()}
    tables = {who: opinion.table for who, opinion in opinions.items() if opinion.table is not None}
    errors = {who: opinion.error for who, opinion in opinions.items() if opinion.table is None}
    assert tables, f"nobody reads {file}: {errors}"
    widths = {table.num_columns for table in tables.values()}
    assert len(widths) == 1, f"{file}: different numbers of columns: {widths}"
    has_int96 = int96_columns(path)
    return [
        judge_column(file, index, tables, index in has_int96) for index in range(widths.pop())]


def int96_columns(path: pathlib.Path) -> set[int]:
    """Top-level columns with an INT96 leaf; none of a file whose footer pyarrow does not read."""
    try:
        schema = pyarrow.parquet.ParquetFile(path).schema
    except (OSError, NotImplementedError, pyarrow.ArrowException):
        return set()
    names = list(dict.fromkeys(leaf.path.split(".")[0] for leaf in schema))
    return {
        names.index(leaf.path.split(".")[0]) for leaf in schema if leaf.physical_type == "INT96"}


def judge_column(
    file: str, index: int, tables: dict[str, pyarrow.Table], has_int96: bool
) -> Truth:
    found = {}
    for who, table in tables.items():
        field = table.schema.field(index)
        column = cells.from_arrow(table.column(index))
        # Nothing says that INT96 is an instant, though it is; DuckDB has none in nanoseconds.
        if has_int96 or (who == "duckdb" and holds_nanos(field.type)):
            column = list(map(without_zones, column))
        found[who] = Truth(field.name, field.type, column, who)
    first, *others = found.values()
    for row, cell in STATED.get((file, first.name), {}).items():
        for truth in found.values():
            truth.cells[row] = cell
    for other in others:
        if not same_cells(first, other):
            decided = DISAGREEMENTS.get((file, first.name))
            assert decided, (
                f"{file}, column {first.name!r}: {first.who} and {other.who} differ, and "
                f"DISAGREEMENTS does not say who is right: {first_difference(first, other)}")
            return found[decided[0]]
    return first


def holds_nanos(kind) -> bool:
    if pyarrow.types.is_nested(kind):
        return any(holds_nanos(kind.field(i).type) for i in range(kind.num_fields))
    return kind == pyarrow.timestamp("ns")


def cut_to_micros(cell):
    """The cell as DuckDB has it, which reads instants and times in nanoseconds as microseconds."""
    match cell:
        case ("struct", fields):
            return ("struct", tuple((name, cut_to_micros(c)) for name, c in fields))
        case ("list", elements):
            return ("list", tuple(map(cut_to_micros, elements)))
        case ("map", entries):
            return ("map", tuple((cut_to_micros(k), cut_to_micros(v)) for k, v in entries))
        case ("timestamp", nanos, "instant"):
            return ("timestamp", abs(nanos) // 1000 * 1000 * (1 if nanos > 0 else -1), "instant")
        case ("time", nanos):
            return ("time", nanos // 1000 * 1000)
    return cell


def same_cells(one: Truth, other: Truth) -> bool:
    return len(one.cells) == len(other.cells) and all(map(alike, one.cells, other.cells))


def first_difference(one: Truth, other: Truth) -> str:
    if len(one.cells) != len(other.cells):
        return f"{len(one.cells)} rows and {len(other.cells)}"
    for row, (a, b) in enumerate(zip(one.cells, other.cells)):
        if not alike(a, b):
            return f"row {row}{where(a, b)}"
    return "nowhere"


def where(a, b) -> str:
    """The path to the first parts that differ, and these."""
    match a, b:
        case ("struct", mine), ("struct", its) if len(mine) == len(its):
            parts = [(f".{name}", x, y) for (name, x), (_, y) in zip(mine, its)]
        case ("list", mine), ("list", its) if len(mine) == len(its):
            parts = [(f"[{i}]", x, y) for i, (x, y) in enumerate(zip(mine, its))]
        case ("map", mine), ("map", its) if len(mine) == len(its):
            parts = [(f"[{shorten(k)}]", (k, x), (j, y)) for (k, x), (j, y) in zip(mine, its)]
        case _:
            parts = []
    for step, x, y in parts:
        if not alike(x, y):
            return step + where(x, y)
    return f": {shorten(a)} and {shorten(b)}"


def shorten(cell) -> str:
    text = repr(cell)
    return text if len(text) < 300 else text[:300] + "..."
