"""Partitioned and sorted conversions side by side: Grebe, DuckDB and Polars lay out lineitem.

usage: layout.py [--scale 1] [--rounds 3] [--only month,sort] [--grebe PATH]

Every conversion is a process of its own, measured as in convert.py; the contenders take turns.
Afterwards the rows that each wrote are counted and summed by DuckDB, and have to be equal.
"""

import argparse
import pathlib
import shutil
import statistics
import sys
import tempfile

from convert import ROOT, output_bytes, parquet_files, warm_page_cache
from measuring import measure
from parquet_data import lineitem_csv

DUCKDB_OPTIONS = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, PARQUET_VERSION v2"

# Name -> (Grebe's options, DuckDB's columns, rest of its query and options, Polars' code).
# Partitions at scale 1: 84 months, 2,526 days, 10,000 suppliers.
TASKS = {
    "plain": ([], "*", "", "", "frame.sink_parquet(output, **options)"),
    "month": (
        ["--partition-by", "month(l_shipdate)"], "*, strftime(l_shipdate, '%Y-%m') AS part", "",
        ", PARTITION_BY (part)",
        "frame = frame.with_columns(part=polars.col('l_shipdate').dt.strftime('%Y-%m'))\n"
        "sink('part')"),
    "day": (
        ["--partition-by", "day(l_shipdate)"], "*, l_shipdate AS part", "",
        ", PARTITION_BY (part)",
        "frame = frame.with_columns(part=polars.col('l_shipdate'))\nsink('part')"),
    "key": (
        ["--partition-by", "l_suppkey"], "*", "", ", PARTITION_BY (l_suppkey)",
        "sink('l_suppkey')"),
    "sort": (
        ["--sort-by", "l_shipdate"], "*", "ORDER BY l_shipdate NULLS FIRST", "",
        "frame.sort('l_shipdate').sink_parquet(output, **options)"),
}

POLARS = """
import polars, sys
source, output = sys.argv[1:]
options = dict(compression="zstd", compression_level=1)
frame = polars.scan_csv(source, try_parse_dates=True)
def sink(key):
    target = polars.PartitionBy(output, key=key, include_key=False)
    frame.sink_parquet(target, mkdir=True, **options)
"""

CHECK = """
SELECT count(*), sum(l_orderkey), sum(l_extendedprice::DECIMAL(24,4)), sum(length(l_comment)),
  sum(hash(l_comment || l_shipdate::VARCHAR || l_suppkey::VARCHAR))
FROM read_parquet({files}, hive_partitioning = {hive})
"""


def commands(task: str, grebe: pathlib.Path, source: pathlib.Path, folder: pathlib.Path) -> dict:
    options, columns, order, partition, polars_code = TASKS[task]
    duckdb_query = (
        f"COPY (SELECT {columns} FROM read_csv('{source}') {order}) "
        f"TO '{folder / 'duckdb'}' ({DUCKDB_OPTIONS}{partition})")
    return {
        "grebe": [
            grebe, "convert", source, "--into", folder / "grebe", "--quiet", *options],
        "polars": [sys.executable, "-c", POLARS + polars_code, source, folder / "polars"],
        "duckdb": [sys.executable, "-c", f"import duckdb; duckdb.sql({duckdb_query!r})"],
    }


def remove(path: pathlib.Path):
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)


def check(outputs: dict[str, pathlib.Path]):
    import duckdb

    found = {}
    for name, output in outputs.items():
        files = parquet_files(output)
        hive = len(files) > 1
        found[name] = duckdb.sql(CHECK.format(files=files, hive=hive)).fetchone()
    if len(set(found.values())) != 1:
        sys.exit(f"the rows differ: {found}")


def race(task: str, arguments, source: pathlib.Path, folder: pathlib.Path):
    runs = commands(task, arguments.grebe, source, folder)
    measured = {name: [] for name in runs}
    for _ in range(arguments.rounds):
        for name, command in runs.items():
            remove(folder / name)
            warm_page_cache(source)
            measured[name].append(measure(command))
    print(f"\n{task}: wall s, CPU s, peak MB, files, MB")
    for name, runs in measured.items():
        output = folder / name
        print(
            f"  {name:8} {statistics.median(run.wall_seconds for run in runs):6.2f} "
            f"{statistics.median(run.cpu_seconds for run in runs):6.2f} "
            f"{max(run.peak_memory_bytes for run in runs) / 1e6:6.0f} "
            f"{len(parquet_files(output)):6} {output_bytes(output) / 1e6:6.0f}")
    best = min(
        statistics.median(run.wall_seconds for run in runs)
        for name, runs in measured.items() if name != "grebe")
    own = statistics.median(run.wall_seconds for run in measured["grebe"])
    print(f"  grebe takes {own / best:.2f} of the faster peer's time", flush=True)
    check({name: folder / name for name in measured})
    for name in measured:
        remove(folder / name)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--scale", default="1")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default=",".join(TASKS))
    parser.add_argument(
        "--data", type=pathlib.Path, default=ROOT / ".build/benchmark-data")
    parser.add_argument(
        "--grebe", type=pathlib.Path, default=ROOT / ".build/release/grebe")
    arguments = parser.parse_args()
    source = lineitem_csv(arguments.scale, arguments.data)
    with tempfile.TemporaryDirectory(dir=arguments.data) as folder:
        for task in arguments.only.split(","):
            race(task, arguments, source, pathlib.Path(folder))


if __name__ == "__main__":
    main()
