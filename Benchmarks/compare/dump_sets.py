"""The dumps that conversions race over, and how each contender converts one.

A set is made once per scale, by DuckDB out of row numbers or by tpchgen-cli: the same every time.
"""

import dataclasses
import gzip
import json
import pathlib
import shutil
import sys
import tempfile

from parquet_data import lineitem_csv, null_heavy, query, wide

QUOTES = """
SELECT i AS id, 'Said "' || (hash(i, 1) % 90000) || '", then left' AS title,
  'line one' || chr(10) || 'line ' || (hash(i, 2) % 1000) || ', "quoted"' AS body,
  'a,b;' || (hash(i, 3) % 100) AS tags, (hash(i, 4) % 100000) / 100.0::DOUBLE AS price,
  '"' || (hash(i, 5) % 7000) || '"' AS code
FROM range({rows}) t(i)
"""

# Orders with their customer as an object and the keys of their parts as a list.
ORDERS = """
SELECT i AS order_id, (hash(i, 1) % 150000)::BIGINT AS customer_id,
  ['F', 'O', 'P'][1 + (hash(i, 2) % 3)::INTEGER] AS status,
  (hash(i, 3) % 50000000) / 100.0::DOUBLE AS total_price,
  strftime(DATE '1992-01-01' + (hash(i, 4) % 2400)::INTEGER, '%Y-%m-%d') AS ordered_on,
  (hash(i, 5) % 5 + 1) || '-PRIORITY' AS priority, 'Clerk#' || (hash(i, 6) % 1000) AS clerk,
  {{'name': 'Customer#' || (hash(i, 1) % 150000), 'nation': 'Nation ' || (hash(i, 7) % 25),
    'address': {{
      'street': (hash(i, 8) % 900) || ' Main Street', 'city': 'City ' || (hash(i, 9) % 300)}},
    'balance': (hash(i, 10) % 1000000) / 100.0::DOUBLE}} AS customer,
  [(hash(i, 11, k) % 200000)::INTEGER for k in range((hash(i, 12) % 7 + 1)::BIGINT)] AS part_keys,
  'carefully final deposits ' || (hash(i, 13) % 100000) || ' sleep among the requests' AS comment
FROM range({rows}) t(i)
"""

CSV = "(FORMAT csv, HEADER true)"


@dataclasses.dataclass
class DumpSet:
    """One race: what is converted, into how many partitions, and what it has to cost at most."""

    # (scale, folder) -> a file, or a folder of them
    make: callable
    format: str = "csv"
    partition_by_month_of: str | None = None
    # Of a peer's wall time; `fastest` is whoever is.
    wall_bounds: dict[str, float] = dataclasses.field(default_factory=dict)
    # Of a peer's CPU time.
    cpu_bounds: dict[str, float] = dataclasses.field(default_factory=dict)
    # Of the bytes that a peer writes.
    byte_bounds: dict[str, float] = dataclasses.field(default_factory=dict)
    # Of Grebe's own.
    wall_bound_seconds: float | None = None
    memory_bound_bytes: int | None = None
    # False: nobody else converts it.
    has_peers: bool = True
    # Of such a set: all are to be there, by one commit.
    rows_per_file: int | None = None


def sql_dump(name: str, rows: int, sql, suffix="csv", options=CSV):
    def make(scale: str, folder: pathlib.Path) -> pathlib.Path:
        path = folder / f"{name}-{scale}.{suffix}"
        if not path.exists():
            import duckdb  # See `aside` in convert.py.

            folder.mkdir(parents=True, exist_ok=True)
            print(f"making {path.name}", file=sys.stderr)
            count = max(1000, round(rows * float(scale)))
            part = path.with_suffix(".part")
            duckdb.connect(config={"threads": 2}).sql(f"COPY ({sql(count)}) TO '{part}' {options}")
            part.rename(path)
        return path
    return make


def gzipped(make):
    def compressed(scale: str, folder: pathlib.Path) -> pathlib.Path:
        source = make(scale, folder)
        path = source.with_name(source.name + ".gz")
        if not path.exists():
            print(f"making {path.name}", file=sys.stderr)
            part = path.with_suffix(".part")
            with source.open("rb") as plain, gzip.open(part, "wb", compresslevel=6) as packed:
                shutil.copyfileobj(plain, packed, 1 << 20)
            part.rename(path)
        return path
    return compressed


def folder_of_files(name: str, count: int, text, suffix="csv"):
    """A folder of `count` files at scale 1; `text` makes the one of a number."""
    def make(scale: str, folder: pathlib.Path) -> pathlib.Path:
        path = folder / f"{name}-{scale}"
        if not path.exists():
            print(f"making {path.name}", file=sys.stderr)
            folder.mkdir(parents=True, exist_ok=True)
            part = pathlib.Path(tempfile.mkdtemp(dir=folder))
            for number in range(max(100, round(count * float(scale)))):
                (part / f"part-{number:06}.{suffix}").write_text(text(number))
            part.rename(path)
        return path
    return make


def small_rows(number: int, count: int):
    """Values of the rows of a small file."""
    return (
        (number * count + row, f"2026-11-{1 + row % 28:02}", row * 37 % 1000 / 8,
         f"customer number {(number * row) % 977}") for row in range(count))


def small_csv(count: int):
    return lambda number: "id,day,price,note\n" + "".join(
        ",".join(map(str, row)) + "\n" for row in small_rows(number, count))


def small_ndjson(count: int):
    names = ("id", "day", "price", "note")
    return lambda number: "".join(
        json.dumps(dict(zip(names, row))) + "\n" for row in small_rows(number, count))


# A kilobyte each.
small_files = folder_of_files("small", 10_000, small_csv(20))


def tiny(scale: str, folder: pathlib.Path) -> pathlib.Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "tiny.csv"
    path.write_text("id,name,price\n" + "".join(f"{i},name {i},{i / 4}\n" for i in range(10)))
    return path


SETS = {
    "lineitem": DumpSet(
        lineitem_csv, wall_bounds={"polars": 0.30, "duckdb v2": 0.26, "duckdb": 0.26},
        cpu_bounds={"polars": 0.32}, byte_bounds={"polars": 1.0}, memory_bound_bytes=150_000_000),
    "by-month": DumpSet(
        lineitem_csv, partition_by_month_of="l_shipdate", wall_bounds={"fastest": 0.35},
        memory_bound_bytes=300_000_000),
    "ndjson": DumpSet(
        sql_dump("orders", 1_500_000, lambda n: ORDERS.format(rows=n), "ndjson", "(FORMAT json)"),
        format="json", wall_bounds={"duckdb": 0.40, "duckdb v2": 0.40},
        memory_bound_bytes=200_000_000),
    "null-heavy": DumpSet(
        # The first rows have every value, so that the peers' samples find the types.
        sql_dump("null-heavy", 2_000_000, lambda n: null_heavy(n).replace(
            "CASE WHEN ", "CASE WHEN i < 50 OR ")), wall_bounds={"fastest": 0.6}),
    "quote-heavy": DumpSet(
        sql_dump("quote-heavy", 3_000_000, lambda n: QUOTES.format(rows=n)),
        wall_bounds={"fastest": 0.6}),
    "wide": DumpSet(
        sql_dump("wide-1000", 40_000, lambda n: wide(n, column_count=1000)),
        wall_bounds={"fastest": 0.6}),
    "strings": DumpSet(
        sql_dump("strings", 2_000_000, lambda n: query("strings", str(n / 2_000_000), None)),
        wall_bounds={"fastest": 0.6}),
    "gzip": DumpSet(gzipped(lineitem_csv), wall_bounds={"fastest": 0.6}),
    "small-files": DumpSet(small_files, wall_bounds={"fastest": 0.5}),
    # What a load keeps of each source counts here, not what it reads.
    "many-csv": DumpSet(
        folder_of_files("many-csv", 100_000, small_csv(5)), memory_bound_bytes=200_000_000,
        has_peers=False, rows_per_file=5),
    "many-ndjson": DumpSet(
        folder_of_files("many-ndjson", 100_000, small_ndjson(5), "ndjson"), format="json",
        memory_bound_bytes=200_000_000, has_peers=False, rows_per_file=5),
    "tiny": DumpSet(tiny, wall_bound_seconds=0.015),
}


def make(name: str, scale: str, folder: pathlib.Path) -> pathlib.Path:
    return SETS[name].make(scale, folder)


DUCKDB = """
import duckdb, sys
source, output = sys.argv[1:]
duckdb.sql(f"COPY ({QUERY}) TO '{output}' (FORMAT parquet, {OPTIONS})")
"""

POLARS = """
import polars, sys
source, output = sys.argv[1:]
rows = {SCAN}
rows.sink_parquet({TARGET}, compression="zstd"{MORE})
"""

DATAFUSION = """
import datafusion, sys
source, output = sys.argv[1:]
context = datafusion.SessionContext()
{REGISTER}
context.sql(f"COPY (SELECT * FROM t) TO '{output}' STORED AS PARQUET {MORE}"
            "OPTIONS ('compression' 'zstd(1)')").collect()
"""

PYARROW = """
import sys, pyarrow.{MODULE} as reader, pyarrow.parquet as pq, pyarrow as pa, glob, os
source, output = sys.argv[1:]
paths = sorted(glob.glob(source + "/*")) if os.path.isdir(source) else [source]
writer = None
for path in paths:
    for batch in {READ}:
        writer = writer or pq.ParquetWriter(
            output, batch.schema, compression="zstd", compression_level=1)
        writer.write(batch)
writer.close()
"""


def contenders(name: str, grebe: pathlib.Path) -> dict:
    """Name -> a function from (source, output) to a command."""
    dump = SETS[name]
    day = dump.partition_by_month_of

    def python(code: str):
        return lambda source, output: [sys.executable, "-c", code, source, output]

    def by_grebe(source, output):
        partitions = ["--partition-by", f"month({day})"] if day else []
        return [grebe, "convert", source, "--into", output, "--quiet", *partitions]

    if not dump.has_peers:
        return {"grebe": by_grebe}
    # Polars at its own level of zstd (3), and at the level that Grebe writes.
    commands = {
        "grebe": by_grebe, "polars": python(polars(dump, "")),
        "polars zstd-1": python(polars(dump, ", compression_level=1"))}
    for label, options in {
            "duckdb v2": "COMPRESSION zstd, COMPRESSION_LEVEL 1, PARQUET_VERSION v2",
            "duckdb": "COMPRESSION zstd"}.items():
        commands[label] = python(duckdb(dump, options))
    if dump.format == "csv":
        commands["datafusion"] = python(datafusion(dump, gzipped=name == "gzip"))
    if not day and name != "small-files":
        commands["pyarrow"] = python(pyarrow(dump))
    return commands


def duckdb(dump: DumpSet, options: str) -> str:
    day = dump.partition_by_month_of
    month = f", strftime({day}, '%Y-%m') AS {day}_month" if day else ""
    if day:
        options += f", PARTITION_BY ({day}_month)"
    # A folder is read by pattern; one file by its name.
    path = "{source}/*" if dump.make is small_files else "{source}"
    reader = "read_json" if dump.format == "json" else "read_csv"
    text = f"SELECT *{month} FROM {reader}('{path}')"
    return DUCKDB.replace("{QUERY}", text).replace("{OPTIONS}", options)


def polars(dump: DumpSet, level: str) -> str:
    day = dump.partition_by_month_of
    path = 'source + "/*.csv"' if dump.make is small_files else "source"
    scan = (
        "polars.scan_ndjson(source)" if dump.format == "json"
        else f"polars.scan_csv({path}, try_parse_dates=True, infer_schema_length=10_000)")
    if day:
        scan += f'.with_columns({day}_month=polars.col("{day}").dt.strftime("%Y-%m"))'
    target = f'polars.PartitionBy(output, key="{day}_month")' if day else "output"
    more = level + (", mkdir=True" if day else "")
    return POLARS.replace("{SCAN}", scan).replace("{TARGET}", target).replace("{MORE}", more)


def datafusion(dump: DumpSet, gzipped: bool) -> str:
    day = dump.partition_by_month_of
    options = ', file_compression_type="gzip", file_extension=".gz"' if gzipped else ""
    register = f'context.register_csv("t", source{options})'
    if day:
        register = (
            'context.register_csv("s", source)\n'
            f"context.sql(\"CREATE VIEW t AS SELECT *, to_char({day}, '%Y-%m') AS {day}_month"
            ' FROM s")')
    more = f"PARTITIONED BY ({day}_month) " if day else ""
    return DATAFUSION.replace("{REGISTER}", register).replace("{MORE}", more)


def pyarrow(dump: DumpSet) -> str:
    if dump.format == "json":
        return PYARROW.replace("{MODULE}", "json").replace("{READ}", "reader.open_json(path)")
    # Line breaks inside quotes are an option there; with it blocks are found out one by one.
    options = "parse_options=reader.ParseOptions(newlines_in_values=True)"
    return PYARROW.replace("{MODULE}", "csv").replace(
        "{READ}", f"reader.open_csv(path, {options})")
