"""Dumps to Parquet side by side: Grebe, DuckDB, Polars, DataFusion and pyarrow, in turn.

The dumps are those of dump_sets.py, lineitem unless others are named.

Every conversion is a process of its own, measured as in measuring.py: wall time, user and system
CPU, peak resident memory. The start of Python is part of the peers' time, 0.10 to 0.15 s,
as it is for whoever runs them. The contenders take turns (A B C A B C), so that a slow minute of
the machine meets all of them. Afterwards what each wrote is read by DuckDB: the count, and per
column the nulls, the extremes and an exact sum have to be equal. A peer that cannot convert a dump,
or makes another table of it, is shown as such and not compared with.
"""

import argparse
import concurrent.futures
import dataclasses
import json
import multiprocessing
import os
import pathlib
import shutil
import statistics
import sys
import tempfile

from dump_sets import SETS, contenders, make
from measuring import Failed, measure

ROOT = pathlib.Path(__file__).resolve().parents[2]


def parquet_files(output: pathlib.Path) -> list[str]:
    if output.is_file():
        return [str(output)]
    return sorted(
        str(path) for path in output.rglob("*.parquet")
        if not any(part.startswith("_") for part in path.relative_to(output).parts))


def fingerprint(output: pathlib.Path) -> dict[str, list[str]]:
    """Column -> what has to be equal, whatever types a converter chose for numbers."""
    import duckdb

    relation = f"read_parquet({parquet_files(output)}, hive_partitioning=false)"
    columns = duckdb.sql(f"DESCRIBE FROM {relation}").fetchall()
    marks = {"": ["count(*)"]}
    for name, kind, *_ in columns:
        column = '"' + name.replace('"', '""') + '"'
        if kind.startswith("STRUCT") or kind.endswith("[]"):
            # As text: the widths of integers do not show in it.
            marks[name] = [f"sum(hash(to_json({column})::VARCHAR))"]
        elif kind in ("VARCHAR", "BLOB"):
            marks[name] = [f"min({column})", f"max({column})", f"sum(length({column}))"]
        elif kind == "BOOLEAN":
            marks[name] = [f"min({column})", f"max({column})", f"sum({column}::INTEGER)"]
        elif kind == "DATE" or kind.startswith("TIMESTAMP"):
            # As numbers: whether an instant carries its zone is a matter of the reader.
            moment = f"epoch_us({column}::TIMESTAMP)"
            marks[name] = [f"min({moment})", f"max({moment})", f"sum({moment})"]
        else:  # Numbers: exact sums, which do not depend on the order of the rows.
            number = f"{column}::DECIMAL(24,4)"
            marks[name] = [f"min({number})", f"max({number})", f"sum({number})"]
        marks[name].append(f"count({column})")
    everything = ", ".join(mark for column in marks.values() for mark in column)
    duckdb.sql("SET TimeZone = 'UTC'")
    values = map(str, duckdb.sql(f"SELECT {everything} FROM {relation}").fetchone())
    return {name: [next(values) for _ in column] for name, column in marks.items()}


def without_partition(columns: dict[str, list[str]]) -> dict[str, list[str]]:
    """Some contenders keep a partition column in the files, some only in the folders' names."""
    return {name: marks for name, marks in columns.items() if not name.endswith("_month")}


def aside(function, *arguments):
    """Calls `function` in a process of its own, so that the memory and the threads of DuckDB are
    gone when the next contender runs."""
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(function, *arguments).result()


def compare_outputs(outputs: dict[str, pathlib.Path]) -> dict[str, str]:
    """What is wrong with each contender's output, next to Grebe's; ends the run if none agrees."""
    found = {
        name: without_partition(aside(fingerprint, output)) for name, output in outputs.items()}
    mine = found["grebe"]
    faults = {}
    for name, columns in found.items():
        for column in mine.keys() | columns.keys():
            if mine.get(column) != columns.get(column):
                faults[name] = f"{column!r}: {columns.get(column)}, Grebe: {mine.get(column)}"
                break
    if len(found) > 1 and len(faults) == len(found) - 1:
        sys.exit(f"no peer agrees with Grebe: {faults}")
    agreeing = ", ".join(name for name in found if name not in faults and name != "grebe")
    if not agreeing:
        return faults
    print(f"The same {mine[''][0]} rows as {agreeing}: counts, nulls, extremes and sums are equal.")
    return faults


def assert_partitions(outputs: dict[str, pathlib.Path], column: str):
    counts = {name: len(list(output.glob(f"{column}_month=*"))) for name, output in outputs.items()}
    if len(set(counts.values())) != 1:
        sys.exit(f"numbers of partitions differ: {counts}")
    print(f"Partitions: {counts['grebe']}, one for each month.")


def assert_rows(table: pathlib.Path, expected: int):
    rows = int(aside(fingerprint, table)[""][0])
    commits = len(list((table / "_delta_log").glob("*.json")))
    if (rows, commits) != (expected, 1):
        sys.exit(f"{rows} rows by {commits} commits, not {expected} by one")
    print(f"All {rows} rows, by one commit.")


def output_bytes(output: pathlib.Path) -> int:
    if output.is_file():
        return output.stat().st_size
    return sum(path.stat().st_size for path in output.rglob("*") if path.is_file())


def warm_page_cache(path: pathlib.Path):
    files = [path] if path.is_file() else sorted(path.iterdir())
    for one in files:
        with one.open("rb", buffering=0) as file:
            while file.read(1 << 20):
                pass


def compete(commands: dict, source: pathlib.Path, rounds: int, folder: pathlib.Path):
    """Measurements by contender, what each wrote in the last round, and who failed."""
    measured = {name: [] for name in commands}
    outputs = {name: folder / name.replace(" ", "-") for name in commands}
    failed = {}
    warm_page_cache(source)
    for number in range(rounds):
        for name, command in commands.items():
            if name in failed:
                continue
            if outputs[name].is_dir():
                shutil.rmtree(outputs[name])
            outputs[name].unlink(missing_ok=True)
            try:
                measured[name].append(measure(command(source, outputs[name])))
            except Failed as error:
                if name == "grebe":
                    sys.exit(f"grebe: {error}")
                failed[name] = str(error)
                continue
            print(f"round {number + 1}/{rounds} {name}: {measured[name][-1].wall_seconds:.2f} s",
                  file=sys.stderr)
    for name in failed:
        del measured[name], outputs[name]
    return measured, outputs, failed


def summarize(measured: dict, outputs: dict, faults: dict) -> dict[str, dict]:
    def least(name, field):
        return min(getattr(one, field) for one in measured[name])

    peers = [name for name in measured if name != "grebe" and name not in faults]
    fastest = min((least(name, "wall_seconds") for name in peers), default=float("nan"))
    return {
        name: {
            "wall_seconds_min": least(name, "wall_seconds"),
            "wall_seconds_median": statistics.median(one.wall_seconds for one in runs),
            "cpu_seconds_min": least(name, "cpu_seconds"),
            "peak_memory_bytes": max(one.peak_memory_bytes for one in runs),
            "output_bytes": output_bytes(outputs[name]),
            "wall_ratio_to_fastest_peer": least(name, "wall_seconds") / fastest,
            "agrees": name not in faults,
            "runs": [dataclasses.asdict(one) for one in runs],
        }
        for name, runs in measured.items()}


def show(name: str, source: pathlib.Path, summary: dict[str, dict], rounds: int):
    files = [source] if source.is_file() else list(source.iterdir())
    megabytes = sum(file.stat().st_size for file in files) / 1e6
    print(f"\n{name}: {source.name}, {megabytes:.1f} MB, rounds: {rounds}, "
          f"cores: {os.cpu_count()}; peers include the start of Python\n")
    print(f"{'':14} {'wall min':>9} {'median':>9} {'CPU min':>8} {'peak MB':>8} {'out MB':>8} "
          f"{'/ fastest':>9}")
    for name, row in summary.items():
        print(f"{name:14} {row['wall_seconds_min']:8.3f}s {row['wall_seconds_median']:8.3f}s "
              f"{row['cpu_seconds_min']:7.2f}s {row['peak_memory_bytes'] / 1e6:8.0f} "
              f"{row['output_bytes'] / 1e6:8.1f} {row['wall_ratio_to_fastest_peer']:9.2f}")


def misses(name: str, summary: dict[str, dict], are_all=True) -> list[str]:
    """What of a set's bounds Grebe does not keep. A peer that made another table, or none, shows
    nothing, unless it was not asked."""
    dump, mine = SETS[name], summary["grebe"]
    found = []
    kinds = [
        ("wall time", "wall_seconds_min", dump.wall_bounds),
        ("CPU time", "cpu_seconds_min", dump.cpu_bounds),
        ("bytes", "output_bytes", dump.byte_bounds)]
    for kind, key, bounds in kinds:
        for peer, bound in bounds.items():
            rows = [row for label, row in summary.items()
                    if label != "grebe" and row["agrees"] and peer in (label, "fastest")]
            if not rows and are_all:
                found.append(f"{name}: no {kind} of {peer} to compare with")
            if rows and (ratio := mine[key] / min(row[key] for row in rows)) > bound:
                found.append(f"{name}: {ratio:.2f} of {peer}'s {kind}, over {bound}")
    wall = mine["wall_seconds_min"]
    if dump.wall_bound_seconds and wall > dump.wall_bound_seconds:
        found.append(f"{name}: {wall * 1000:.1f} ms, over {dump.wall_bound_seconds * 1000:.0f}")
    memory = mine["peak_memory_bytes"]
    if dump.memory_bound_bytes and memory > dump.memory_bound_bytes:
        found.append(f"{name}: {memory / 1e6:.0f} MB, over {dump.memory_bound_bytes / 1e6:.0f}")
    return found


def grow(arguments: argparse.Namespace) -> list[str]:
    """Grebe alone on lineitem, at the scale and at N times it, in turn: time is to grow with the
    input and memory not at all. Returns what of that does not hold."""
    factor, command = arguments.growth, contenders("lineitem", arguments.grebe.absolute())["grebe"]
    scales = [arguments.scale, f"{float(arguments.scale) * factor:g}"]
    sources = [aside(make, "lineitem", scale, arguments.data).absolute() for scale in scales]
    runs = {scale: [] for scale in scales}
    with tempfile.TemporaryDirectory(dir=arguments.data) as folder:
        for _ in range(arguments.rounds):
            for scale, source in zip(scales, sources):
                output = pathlib.Path(folder) / "out"
                shutil.rmtree(output, ignore_errors=True)
                warm_page_cache(source)
                runs[scale].append(measure(command(source, output)))
    small, large = (
        {field: statistics.median(getattr(run, field) for run in runs[scale])
         for field in ("wall_seconds", "cpu_seconds", "peak_memory_bytes")} for scale in scales)
    for scale, row in zip(scales, (small, large)):
        print(f"lineitem {scale}: {row['wall_seconds']:.2f} s, CPU {row['cpu_seconds']:.2f} s, "
              f"{row['peak_memory_bytes'] / 1e6:.0f} MB")
    ratios = {field: large[field] / small[field] for field in small}
    print(f"{factor} times the rows cost {ratios['wall_seconds']:.2f} times the time, "
          f"{ratios['cpu_seconds']:.2f} times the CPU time, "
          f"{ratios['peak_memory_bytes']:.2f} times the memory")
    bounds = {"wall_seconds": 1.05 * factor, "peak_memory_bytes": 1.25}
    return [f"growth: {ratios[field]:.2f} times the {field}, over {bound:.2f}"
            for field, bound in bounds.items() if ratios[field] > bound]


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="Benchmarks/compare/run", description=__doc__.split("\n\n")[0],
        epilog="example: Benchmarks/compare/run --sets lineitem,ndjson --scale 1 --rounds 5")
    parser.add_argument("--sets", default="lineitem", help=f"by comma, or all: {', '.join(SETS)}")
    parser.add_argument("--scale", default="1", help="of the sets (lineitem at 1: 766 MB)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", help="contenders, by comma (Grebe always runs)")
    parser.add_argument(
        "--check", action="store_true",
        help="fail where a bound on time, bytes or memory is missed")
    parser.add_argument(
        "--growth", type=int, metavar="N",
        help="no race, but Grebe on lineitem at the scale and at N times it")
    parser.add_argument("--json", type=pathlib.Path, help="also write the result to this file")
    parser.add_argument(
        "--grebe", type=pathlib.Path, help="the binary (.build/release/grebe)",
        default=pathlib.Path(os.environ.get("GREBE", ROOT / ".build/release/grebe")))
    parser.add_argument(
        "--data", type=pathlib.Path, default=ROOT / ".build/benchmark-data",
        help="where inputs are kept and outputs are made")
    return parser.parse_args()


def race(name: str, arguments: argparse.Namespace) -> dict[str, dict]:
    commands = contenders(name, arguments.grebe.absolute())
    if arguments.only:
        wanted = {"grebe", *arguments.only.split(",")}
        commands = {label: commands[label] for label in commands if label in wanted}
    source = aside(make, name, arguments.scale, arguments.data).absolute()
    with tempfile.TemporaryDirectory(dir=arguments.data) as folder:
        measured, outputs, failed = compete(
            commands, source, arguments.rounds, pathlib.Path(folder))
        faults = compare_outputs(outputs)
        if rows := SETS[name].rows_per_file:
            assert_rows(outputs["grebe"], rows * len(list(source.iterdir())))
        if SETS[name].partition_by_month_of:
            assert_partitions(outputs, SETS[name].partition_by_month_of)
        summary = summarize(measured, outputs, faults)
        show(name, source, summary, arguments.rounds)
    for label, error in failed.items():
        print(f"{label} did not convert it: {error}")
    for label, fault in faults.items():
        print(f"{label} made another table of it: {fault}")
    return summary


def main():
    arguments = parse_arguments()
    names = list(SETS) if arguments.sets == "all" else arguments.sets.split(",")
    if unknown := [name for name in names if name not in SETS]:
        sys.exit(f"no such set: {', '.join(unknown)} (there are {', '.join(SETS)})")
    if not arguments.grebe.exists():
        sys.exit(f"no binary at {arguments.grebe}: run tools/build-release")
    arguments.data.mkdir(parents=True, exist_ok=True)
    if arguments.growth:
        missed = grow(arguments)
        print("\n".join(missed))
        sys.exit(1 if missed and arguments.check else 0)
    results = {name: race(name, arguments) for name in names}
    if arguments.json:
        arguments.json.write_text(json.dumps(
            {"scale": arguments.scale, "rounds": arguments.rounds, "sets": results}, indent=2)
            + "\n")
    missed = [
        line for name, summary in results.items()
        for line in misses(name, summary, are_all=not arguments.only)]
    if missed:
        print("\nmissed:\n" + "\n".join(missed))
    if missed and arguments.check:
        sys.exit(1)


if __name__ == "__main__":
    main()
