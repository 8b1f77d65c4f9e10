"""Parquet to columns and back, side by side: Grebe, pyarrow, Polars and DuckDB, in turn.

decode: a file in the page cache becomes the engine's own columns, all of them, in memory.
encode: columns in memory become a file. Every contender is a process that stays, does one round
unmeasured, and then takes turns with the others (A B C A B C), so that a slow minute of the
machine meets all of them. None gives memory back between rounds, as the peers' allocators do not
either: getting it again is the system's time. CPU is user and system time of the call itself on one
thread, by getrusage inside the process; wall likewise. What each wrote is read by DuckDB, and the
hash of every column in its order has to be that of the source.
memory: by how much Grebe's own grows while it reads or writes a file, batch by batch, above what
the largest row group takes: encoded where it is written, uncompressed (`total_byte_size`) where it
is read. At most 100 MB, or the run fails.

The bounds of the others stand below; the last lines name what missed one.
"""

import argparse
import dataclasses
import json
import os
import pathlib
import statistics
import subprocess
import sys

import parquet_data

ROOT = pathlib.Path(__file__).resolve().parents[2]
PEER = pathlib.Path(__file__).with_name("parquet_peer.py")
WRITERS = ["duckdb", "polars", "pyarrow", "grebe"]
MEMORY_MAX_BYTES = 100_000_000
# Of the fastest peer's CPU time, and of the smallest default of a peer.
CPU_BOUNDS, OTHER_CPU_BOUND = {"lineitem": 0.6}, 0.8
BYTE_BOUND = 0.95
READERS = ["pyarrow", "polars", "duckdb", "duckdb to arrow"]
# One thread; and what is freed stays with the process, for those that use the system's allocator.
ENVIRONMENT = {
    "POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1",
    "MALLOC_TRIM_THRESHOLD_": str(1 << 30), "MALLOC_MMAP_THRESHOLD_": str(64 << 20),
}


class Contender:
    """A process that does a round for each line."""

    def __init__(self, command: list):
        self.process = subprocess.Popen(
            [str(part) for part in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, env={**os.environ, **ENVIRONMENT})
        self.rounds: list[dict] = []
        self.answer()

    def answer(self) -> str:
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"{self.process.args}: ended with status {self.process.wait()}")
        return line

    def round(self) -> dict:
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return json.loads(self.answer())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def compete(commands: dict[str, list], rounds: int) -> dict[str, dict]:
    contenders = {name: Contender(command) for name, command in commands.items()}
    for contender in contenders.values():
        contender.round()
    for _ in range(rounds):
        for contender in contenders.values():
            contender.rounds.append(contender.round())
    for contender in contenders.values():
        contender.close()
    return {
        name: {
            "cpu_min": min(one["cpu"] for one in contender.rounds),
            "cpu_median": statistics.median(one["cpu"] for one in contender.rounds),
            "wall_min": min(one["wall"] for one in contender.rounds),
            "bytes": contender.rounds[-1]["bytes"],
            "peak": contender.rounds[-1]["peak"],
            "rows": contender.rounds[-1]["rows"],
        }
        for name, contender in contenders.items()}


@dataclasses.dataclass
class Bench:
    grebe: pathlib.Path
    folder: pathlib.Path
    scale: str
    rounds: int
    results: list[dict] = dataclasses.field(default_factory=list)

    def path(self, data: str, writer: str) -> pathlib.Path:
        return self.folder / f"{data}-{self.scale}.{writer}.parquet"

    def encode_commands(self, data: str, compressions: dict[str, list[str]]) -> dict[str, list]:
        source = self.path(data, "duckdb")
        commands = {}
        for engine, codecs in compressions.items():
            for codec in codecs:
                out = self.folder / f"out-{data}.{engine}-{codec}.parquet"
                if engine == "grebe":
                    command = [
                        self.grebe, "encode", source, "--out", out, "--paced", *codec.split()]
                else:
                    command = [sys.executable, PEER, engine, "encode", source, out, codec]
                commands[f"{engine} {codec}"] = (command, out)
        return commands

    def decode_commands(self, path: pathlib.Path) -> dict[str, list]:
        return {
            "grebe": [self.grebe, "decode", path, "--paced"],
            **{name: [sys.executable, PEER, name, "decode", path] for name in READERS}}

    # Files to read

    def make_source(self, data: str):
        import duckdb

        path = self.path(data, "duckdb")
        if not path.exists():
            print(f"making {path.name}", file=sys.stderr)
            sql = parquet_data.query(data, self.scale, self.folder)
            part = path.with_suffix(".part")
            duckdb.sql(f"COPY ({sql}) TO '{part}' (FORMAT parquet, COMPRESSION zstd)")
            part.rename(path)

    def make_files(self, data: str, writers: list[str]):
        self.make_source(data)
        for writer in writers:
            if writer == "duckdb" or (self.path(data, writer).exists() and writer != "grebe"):
                continue
            source, out = self.path(data, "duckdb"), self.path(data, writer)
            if writer == "grebe":
                subprocess.run(
                    [self.grebe, "encode", source, "--out", out, "--rounds", "1"], check=True,
                    stdout=subprocess.DEVNULL)
            else:
                one = Contender([sys.executable, PEER, writer, "encode", source, out, "zstd"])
                one.round()
                one.close()

    # Races

    def race(self, title: str, commands: dict[str, list], sized: bool) -> dict[str, dict]:
        print(f"\n## {title}\n", flush=True)
        found = compete(commands, self.rounds)
        fastest = min((row["cpu_min"] for name, row in found.items() if "grebe" not in name))
        print(f"| {'':28} | CPU s min | median | wall s | / fastest peer | peak MB |"
              f"{' bytes MB |' if sized else ''}")
        print("|---|---|---|---|---|---|" + ("---|" if sized else ""))
        for name, row in found.items():
            row["cpu_ratio"] = row["cpu_min"] / fastest
            size = f" {row['bytes'] / 1e6:.2f} |" if sized else ""
            print(f"| {name:28} | {row['cpu_min']:.3f} | {row['cpu_median']:.3f} "
                  f"| {row['wall_min']:.3f} | {row['cpu_ratio']:.2f} "
                  f"| {row['peak'] / 1e6:.0f} |{size}", flush=True)
        self.results.append({"title": title, "contenders": found})
        return found

    def decode(self, data: str, writer: str):
        path = self.path(data, writer)
        title = f"decode {data} as {writer} wrote it ({path.stat().st_size / 1e6:.1f} MB)"
        found = self.race(title, self.decode_commands(path), sized=False)
        rows = {row["rows"] for row in found.values()}
        if len(rows) != 1:
            sys.exit(f"{title}: the numbers of rows differ: {rows}")

    def encode(self, data: str, options: list[str]):
        entries = self.encode_commands(data, {
            "grebe": options, "pyarrow": ["default", "zstd"], "polars": ["default"],
            "duckdb": ["default", "zstd"]})
        try:
            found = self.race(
                f"encode {data}", {name: entry[0] for name, entry in entries.items()}, sized=True)
            smallest = min(row["bytes"] for name, row in found.items() if "default" in name)
            for name, row in found.items():
                row["bytes_ratio"] = row["bytes"] / smallest
                if "grebe" in name:
                    print(f"\n{name}: {row['bytes_ratio']:.3f} times the bytes of the smallest "
                          "default of a peer")
            self.assert_equal(data, {name: entry[1] for name, entry in entries.items()})
        finally:
            for _, out in entries.values():
                out.unlink(missing_ok=True)

    # Memory

    def memory(self, data: str, writers: list[str]):
        """One line a file that is read, one for writing; each in a process of its own."""
        print(f"\n## memory {data}\n", flush=True)
        print(f"| {'':28} | grows MB | row group MB | uncompressed MB | above MB |")
        print("|---|---|---|---|---|")
        for writer in writers:
            path = self.path(data, writer)
            self.grow(f"read {data} by {writer}", "group_uncompressed", [
                "decode", path, "--discard"])
        out = self.folder / f"out-{data}.memory.parquet"
        try:
            self.grow(f"write {data}", "group", [
                "encode", self.path(data, "duckdb"), "--out", out])
        finally:
            out.unlink(missing_ok=True)

    def grow(self, title: str, measure: str, command: list):
        line = subprocess.run(
            [self.grebe, *command, "--memory", "--rounds", "1"], check=True, capture_output=True,
            text=True).stdout
        found = json.loads(line)
        found["above"] = found["grown"] - found[measure]
        print(f"| {title:28} | {found['grown'] / 1e6:.0f} | {found['group'] / 1e6:.0f} "
              f"| {found['group_uncompressed'] / 1e6:.0f} | {found['above'] / 1e6:.0f} |",
              flush=True)
        self.results.append({"title": f"memory: {title}", "contenders": {"grebe": found}})

    def assert_small(self):
        """After everything else: a run that fails shows its figures."""
        large = [
            result["title"] for result in self.results
            if result["contenders"].get("grebe", {}).get("above", 0) > MEMORY_MAX_BYTES]
        if large:
            sys.exit(f"more than {MEMORY_MAX_BYTES / 1e6:.0f} MB above the row group: {large}")

    def misses(self) -> list[str]:
        """Which bound each race has missed, by how much."""
        missed = []
        for result in self.results:
            most = CPU_BOUNDS.get(result["title"].split()[1], OTHER_CPU_BOUND)
            for name, row in result["contenders"].items():
                if "grebe" not in name or "cpu_ratio" not in row:
                    continue
                if row["cpu_ratio"] > most:
                    missed.append(
                        f"{result['title']}: {row['cpu_ratio']:.2f} times the CPU time of the "
                        f"fastest peer, over {most}")
                if row.get("bytes_ratio", 0) > BYTE_BOUND:
                    missed.append(
                        f"{result['title']}: {row['bytes_ratio']:.3f} times the bytes of the "
                        f"smallest default, over {BYTE_BOUND}")
        return missed

    def assert_equal(self, data: str, outputs: dict[str, pathlib.Path]):
        """By DuckDB, or by Grebe where it wrote what DuckDB does not read."""
        source = self.path(data, "duckdb")
        wanted = fingerprint(source)
        for name, path in outputs.items():
            if "modern" in name:
                if self.checksum(path) != self.checksum(source):
                    sys.exit(f"{data}: what {name} wrote has other checksums")
                continue
            found = fingerprint(path)
            if found != wanted:
                wrong = [column for column in wanted if wanted[column] != found.get(column)]
                sys.exit(f"{data}: what {name} wrote differs in {wrong or found.keys()}")
        rows = wanted[""][0]
        print(f"\nAll hold the same {rows} rows: the hashes of all columns, in order, are equal.")

    def checksum(self, path: pathlib.Path) -> str:
        return subprocess.run(
            [self.grebe, "checksum", path], check=True, capture_output=True, text=True).stdout


def fingerprint(path: pathlib.Path) -> dict[str, list]:
    """Column -> count and a sum over every row of the hash of its value and its place."""
    import duckdb

    relation = f"read_parquet('{path}', file_row_number=true)"
    columns = [row[0] for row in duckdb.sql(f"DESCRIBE FROM read_parquet('{path}')").fetchall()]
    found = {"": list(duckdb.sql(f"SELECT count(*) FROM {relation}").fetchone())}
    for start in range(0, len(columns), 50):
        some = columns[start:start + 50]
        marks = ", ".join(
            f'count("{name}"), sum(hash("{name}", file_row_number))' for name in some)
        row = duckdb.sql(f"SELECT {marks} FROM {relation}").fetchone()
        found |= {name: list(row[2 * i:2 * i + 2]) for i, name in enumerate(some)}
    return found


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="Benchmarks/compare/run-parquet", description=__doc__.split("\n\n")[0],
        epilog="example: Benchmarks/compare/run-parquet --data-sets lineitem --json result.json")
    parser.add_argument("--scale", default="1", help="1: lineitem of 6 million rows")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--data-sets", default=",".join(parquet_data.NAMES), help="by comma (all)")
    parser.add_argument(
        "--writers", default=",".join(WRITERS), help="whose lineitem is decoded, by comma (all)")
    parser.add_argument(
        "--options", action="append", default=[],
        help="of Grebe's encoder, such as '--compression snappy'; repeats: each is a contender")
    parser.add_argument("--only", choices=["decode", "encode", "memory"])
    parser.add_argument(
        "--check", action="store_true", help="fail where a bound on CPU time or bytes is missed")
    parser.add_argument("--json", type=pathlib.Path, help="also write the result to this file")
    parser.add_argument(
        "--grebe", type=pathlib.Path, help="the ParquetFiles benchmark",
        default=ROOT / "Benchmarks/.build/release/ParquetFiles")
    parser.add_argument(
        "--data", type=pathlib.Path, default=ROOT / ".build/benchmark-data",
        help="where inputs are kept and outputs are made")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    if not arguments.grebe.exists():
        sys.exit(f"no binary at {arguments.grebe}: swift build -c release in Benchmarks")
    arguments.data.mkdir(parents=True, exist_ok=True)
    bench = Bench(
        arguments.grebe.absolute(), arguments.data.absolute(), arguments.scale, arguments.rounds)
    for data in arguments.data_sets.split(","):
        writers = arguments.writers.split(",") if data == "lineitem" else ["duckdb", "grebe"]
        bench.make_files(data, writers)
        if arguments.only in (None, "decode"):
            for writer in writers:
                bench.decode(data, writer)
        if arguments.only in (None, "encode"):
            bench.encode(data, arguments.options or [""])
        if arguments.only in (None, "memory"):
            bench.memory(data, writers)
    if arguments.json:
        arguments.json.write_text(json.dumps(
            {"scale": arguments.scale, "rounds": arguments.rounds, "races": bench.results},
            indent=2) + "\n")
    if missed := bench.misses():
        print("\nmissed:\n" + "\n".join(missed))
    bench.assert_small()
    if missed and arguments.check:
        sys.exit(1)


if __name__ == "__main__":
    main()
