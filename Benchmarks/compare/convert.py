"""CSV to Parquet side by side: Grebe, DuckDB and Polars convert the same file, in turn.

Every conversion is a process of its own, measured by the kernel (wait4): wall time, user and
system CPU, peak resident memory. The start of Python is part of the peers' time, 0.10 to 0.15 s,
as it is for whoever runs them. The contenders take turns (A B C A B C), so that a slow minute of
the machine meets all of them. Afterwards what each wrote is read by DuckDB: the count, and per
column the nulls, the extremes and an exact sum have to be equal.
"""

import argparse
import dataclasses
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from parquet_data import lineitem_csv

ROOT = pathlib.Path(__file__).resolve().parents[2]
REFERENCE = "polars"

DUCKDB = """
import duckdb, sys
duckdb.sql(f"COPY (FROM read_csv('{sys.argv[1]}')) TO '{sys.argv[2]}' (FORMAT parquet, {OPTIONS})")
"""
POLARS = """
import polars, sys
polars.scan_csv(sys.argv[1], try_parse_dates=True).sink_parquet(
    sys.argv[2], compression="zstd", compression_level=1)
"""


# Only for lineitem: the same rows in a partition for each month they were shipped in, which are 84
# at scale 1.
BY_MONTH = "grebe by month"


def contenders(grebe: pathlib.Path) -> dict:
    """Name -> a function from (source, output) to a command."""
    def python(code: str):
        return lambda source, output: [sys.executable, "-c", code, source, output]

    def duckdb_with(options: str):
        return python(DUCKDB.replace("{OPTIONS}", options))

    return {
        "grebe": lambda source, output: [
            grebe, "convert", source, "--into", output, "--quiet"],
        BY_MONTH: lambda source, output: [
            grebe, "convert", source, "--into", output, "--quiet",
            "--partition-by", "month(l_shipdate)"],
        "polars": python(POLARS),
        "duckdb v2": duckdb_with("COMPRESSION zstd, COMPRESSION_LEVEL 1, PARQUET_VERSION v2"),
        "duckdb": duckdb_with("COMPRESSION zstd"),
    }


@dataclasses.dataclass
class Measurement:
    wall_seconds: float
    cpu_seconds: float
    peak_memory_bytes: int


def measure(command: list) -> Measurement:
    start = time.perf_counter()
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"exit {process.returncode}: {' '.join(process.args)}")
    kilobyte = 1 if sys.platform == "darwin" else 1024
    return Measurement(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * kilobyte)


def parquet_files(output: pathlib.Path) -> list[str]:
    if output.is_file():
        return [str(output)]
    return sorted(
        str(path) for path in output.rglob("*.parquet")
        if not any(part.startswith("_") for part in path.relative_to(output).parts))


def fingerprint(output: pathlib.Path) -> dict[str, list[str]]:
    """Column -> what has to be equal, whatever types a converter chose for numbers."""
    # Not at the top: a child's peak memory starts from what this process holds when it forks.
    import duckdb

    relation = f"read_parquet({parquet_files(output)}, hive_partitioning=false)"
    columns = duckdb.sql(f"DESCRIBE FROM {relation}").fetchall()
    marks = {"": ["count(*)"]}
    for name, kind, *_ in columns:
        column = '"' + name.replace('"', '""') + '"'
        if kind in ("VARCHAR", "BLOB"):
            marks[name] = [f"min({column})", f"max({column})", f"sum(length({column}))"]
        elif kind in ("DATE", "BOOLEAN") or kind.startswith("TIMESTAMP"):
            marks[name] = [f"min({column})", f"max({column})", f"sum(hash({column}::VARCHAR))"]
        else:  # Numbers: exact sums, which do not depend on the order of the rows.
            number = f"{column}::DECIMAL(24,4)"
            marks[name] = [f"min({number})", f"max({number})", f"sum({number})"]
        marks[name].append(f"count({column})")
    everything = ", ".join(mark for column in marks.values() for mark in column)
    values = map(str, duckdb.sql(f"SELECT {everything} FROM {relation}").fetchone())
    return {name: [next(values) for _ in column] for name, column in marks.items()}


def assert_equal_output(outputs: dict[str, pathlib.Path]):
    found = {name: fingerprint(output) for name, output in outputs.items()}
    reference = found[REFERENCE]
    for name, columns in found.items():
        for column in reference.keys() | columns.keys():
            mine, wanted = columns.get(column), reference.get(column)
            if mine != wanted:
                sys.exit(f"{name} and {REFERENCE} disagree on {column!r}: {mine} != {wanted}")
    rows = reference[""][0]
    print(f"\nAll hold the same {rows} rows: counts, nulls, extremes and sums are equal.")


def assert_months(output: pathlib.Path, reference: pathlib.Path):
    import duckdb  # See `fingerprint`.

    found = len(list(output.glob("l_shipdate_month=*")))
    months = "SELECT count(DISTINCT date_trunc('month', l_shipdate))"
    [wanted] = duckdb.sql(f"{months} FROM read_parquet('{reference}')").fetchone()
    if found != wanted:
        sys.exit(f"{BY_MONTH}: {found} partitions, not {wanted}")
    print(f"{BY_MONTH}: {found} partitions, one for each month.")


def output_bytes(output: pathlib.Path) -> int:
    if output.is_file():
        return output.stat().st_size
    return sum(path.stat().st_size for path in output.rglob("*") if path.is_file())


def warm_page_cache(path: pathlib.Path):
    with path.open("rb", buffering=0) as file:
        while file.read(1 << 20):
            pass


def compete(commands: dict, source: pathlib.Path, rounds: int, folder: pathlib.Path):
    """Measurements by contender, and what each wrote in the last round."""
    measured = {name: [] for name in commands}
    outputs = {name: folder / name.replace(" ", "-") for name in commands}
    warm_page_cache(source)
    for number in range(rounds):
        for name, command in commands.items():
            if outputs[name].is_dir():
                shutil.rmtree(outputs[name])
            outputs[name].unlink(missing_ok=True)
            measured[name].append(measure(command(source, outputs[name])))
            print(f"round {number + 1}/{rounds} {name}: {measured[name][-1].wall_seconds:.2f} s",
                  file=sys.stderr)
    return measured, outputs


def summarize(measured: dict, outputs: dict) -> dict[str, dict]:
    def least(name, field):
        return min(getattr(one, field) for one in measured[name])

    return {
        name: {
            "wall_seconds_min": least(name, "wall_seconds"),
            "wall_seconds_median": statistics.median(one.wall_seconds for one in runs),
            "cpu_seconds_min": least(name, "cpu_seconds"),
            "peak_memory_bytes": max(one.peak_memory_bytes for one in runs),
            "output_bytes": output_bytes(outputs[name]),
            f"wall_ratio_to_{REFERENCE}":
                least(name, "wall_seconds") / least(REFERENCE, "wall_seconds"),
            "runs": [dataclasses.asdict(one) for one in runs],
        }
        for name, runs in measured.items()}


def show(source: pathlib.Path, summary: dict[str, dict], rounds: int):
    print(f"\n{source.name}, {source.stat().st_size / 1e6:.1f} MB, rounds: {rounds}, "
          f"cores: {os.cpu_count()}; peers include the start of Python\n")
    print(f"{'':14} {'wall min':>9} {'median':>8} {'CPU min':>8} {'peak MB':>8} {'out MB':>8} "
          f"{'/ ' + REFERENCE:>9}")
    for name, row in summary.items():
        print(f"{name:14} {row['wall_seconds_min']:8.2f}s {row['wall_seconds_median']:7.2f}s "
              f"{row['cpu_seconds_min']:7.2f}s {row['peak_memory_bytes'] / 1e6:8.0f} "
              f"{row['output_bytes'] / 1e6:8.1f} {row[f'wall_ratio_to_{REFERENCE}']:9.2f}")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="Benchmarks/compare/run", description=__doc__.split("\n\n")[0],
        epilog="example: Benchmarks/compare/run --scale 1 --rounds 5 --json result.json")
    parser.add_argument("--scale", default="1", help="TPC-H scale of lineitem (1: 766 MB)")
    parser.add_argument("--csv", type=pathlib.Path, help="convert this file instead")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", help="contenders, by comma (Polars always runs)")
    parser.add_argument("--json", type=pathlib.Path, help="also write the result to this file")
    parser.add_argument(
        "--grebe", type=pathlib.Path, help="the binary (.build/release/grebe)",
        default=pathlib.Path(os.environ.get("GREBE", ROOT / ".build/release/grebe")))
    parser.add_argument(
        "--data", type=pathlib.Path, default=ROOT / ".build/benchmark-data",
        help="where inputs are kept and outputs are made")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    commands = contenders(arguments.grebe.absolute())
    if arguments.only:
        wanted = {REFERENCE, *arguments.only.split(",")}
        commands = {name: commands[name] for name in commands if name in wanted}
    if "grebe" in commands and not arguments.grebe.exists():
        sys.exit(f"no binary at {arguments.grebe}: run tools/build-release")
    source = (arguments.csv or lineitem_csv(arguments.scale, arguments.data)).absolute()
    if not source.name.startswith("lineitem"):
        commands.pop(BY_MONTH, None)
    arguments.data.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=arguments.data) as folder:
        measured, outputs = compete(commands, source, arguments.rounds, pathlib.Path(folder))
        summary = summarize(measured, outputs)
        show(source, summary, arguments.rounds)
        assert_equal_output(outputs)
        if BY_MONTH in outputs:
            assert_months(outputs[BY_MONTH], outputs[REFERENCE])
    if arguments.json:
        arguments.json.write_text(json.dumps(
            {"source": source.name, "source_bytes": source.stat().st_size,
             "rounds": arguments.rounds, "contenders": summary}, indent=2) + "\n")


if __name__ == "__main__":
    main()
