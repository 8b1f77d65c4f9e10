"""One peer of the Parquet benchmark in a process of its own: a round for every line on stdin.

    parquet_peer.py ENGINE decode FILE
    parquet_peer.py ENGINE encode FILE OUTPUT COMPRESSION

Answers with a line of JSON: CPU seconds (user and system, all threads) and wall seconds of the
call alone, rows, bytes. What a round made is dropped after it was measured. One thread each, set
before the engine is imported.
"""

import gc
import json
import os
import pathlib
import resource
import sys
import time


class PyArrow:
    def __init__(self):
        import pyarrow.parquet
        pyarrow.set_cpu_count(1)
        self.parquet = pyarrow.parquet

    def decode(self, path):
        table = self.parquet.read_table(path, use_threads=False, partitioning=None)
        return table, table.num_rows

    def load(self, path):
        self.table, _ = self.decode(path)

    def encode(self, output, compression):
        options = {} if compression == "default" else {"compression": compression}
        self.parquet.write_table(self.table, output, **options)


class Polars:
    def __init__(self):
        os.environ["POLARS_MAX_THREADS"] = "1"
        import polars
        self.polars = polars

    def decode(self, path):
        frame = self.polars.read_parquet(path, hive_partitioning=False)
        return frame, frame.height

    def load(self, path):
        self.frame, _ = self.decode(path)

    def encode(self, output, compression):
        options = {} if compression == "default" else {"compression": compression}
        self.frame.write_parquet(output, **options)


class DuckDB:
    def __init__(self):
        import duckdb
        self.connection = duckdb.connect(config={"threads": "1"})

    def decode(self, path):
        # DuckDB's own columns: an in-memory table, uncompressed.
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE t AS FROM read_parquet('{path}')")
        return None, self.connection.execute("SELECT count(*) FROM t").fetchone()[0]

    def load(self, path):
        self.decode(path)

    def encode(self, output, compression):
        options = "" if compression == "default" else f", COMPRESSION {compression}"
        self.connection.execute(f"COPY t TO '{output}' (FORMAT parquet{options})")


class DuckDBArrow(DuckDB):
    """What DuckDB hands out instead of keeping it."""

    def decode(self, path):
        table = self.connection.execute(f"FROM read_parquet('{path}')").to_arrow_table()
        return table, table.num_rows


ENGINES = {
    "pyarrow": PyArrow, "polars": Polars, "duckdb": DuckDB, "duckdb to arrow": DuckDBArrow}


def cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def peak_memory_bytes() -> int:
    """Of this program alone: getrusage would count what the parent held when it forked."""
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def serve(work, measure_bytes):
    print("ready", flush=True)
    for _ in sys.stdin:
        gc.collect()
        cpu, wall = cpu_seconds(), time.perf_counter()
        result = work()
        cpu, wall = cpu_seconds() - cpu, time.perf_counter() - wall
        rows = result[1] if result else 0
        del result
        print(json.dumps({
            "cpu": cpu, "wall": wall, "rows": rows, "bytes": measure_bytes(),
            "peak": peak_memory_bytes()}), flush=True)


def main():
    engine_name, action, path, *rest = sys.argv[1:]
    engine = ENGINES[engine_name]()
    if action == "decode":
        serve(lambda: engine.decode(path), lambda: 0)
    else:
        output, compression = rest
        engine.load(path)
        serve(lambda: engine.encode(output, compression),
              lambda: pathlib.Path(output).stat().st_size)


if __name__ == "__main__":
    main()
