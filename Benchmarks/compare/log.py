"""Opening large Delta logs side by side: Grebe and deltalake list the files of some partitions.

usage: log.py [--scale 1] [--rounds 5] [--only adds,commits,checkpoint,tombstones] [--check]
              [--grebe PATH]

adds        300,000 add actions in three large commits (the public table of that name, if it is
            among the shared data, else one like it)
commits     20,000 commits of one add each and no checkpoint
checkpoint  the 300,000 adds in a checkpoint that deltalake wrote, with statistics
tombstones  200,000 removes in a checkpoint, beside a table without: see tombstones.py

Every run is a process of its own, measured as in measuring.py; the contenders take turns. Of
deltalake both are told: the whole process, and the calls alone (`DeltaTable(path)` and
`file_uris` with a partition filter), without the start of Python. Grebe's time is always the
whole process. The number of files that each found and the sum of their sizes have to be equal.
With --check the exit status is 1 unless Grebe's wall time is below half of deltalake's calls, and
tombstones cost next to nothing.
"""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile

import tombstones
from convert import ROOT
from measuring import measure

PARTITION = "partition_col"
ARCHIVE = "delta/300k-add-files-100-col-partitioned.tar.zst"
# Name -> the most that Grebe's wall time may be of deltalake's calls.
BOUNDS = {"adds": 0.5, "commits": 0.5, "checkpoint": 0.5, **tombstones.BOUNDS}

PEER = """
import json, sys, time
import deltalake, pyarrow, pyarrow.compute
path, value, output = sys.argv[1:]
start = time.perf_counter()
table = deltalake.DeltaTable(path)
uris = table.file_uris(file_pruning_predicate=[("partition_col", "=", value)])
seconds = time.perf_counter() - start
actions = pyarrow.table(table.get_add_actions(flatten=True))
kept = actions.filter(pyarrow.compute.equal(actions["partition.partition_col"], value))
assert len(uris) == kept.num_rows
json.dump([len(uris), pyarrow.compute.sum(kept["size_bytes"]).as_py(), seconds], open(output, "w"))
"""

# Only what is measured; `PEER` checks what it finds.
PEER_TIMED = PEER[:PEER.index("actions =")] + "print(seconds)\n"


def action(name: str, **fields) -> str:
    return json.dumps({name: fields}, separators=(",", ":")) + "\n"


def head(column_count: int) -> str:
    fields = [{"name": PARTITION, "type": "string", "nullable": True, "metadata": {}}] + [
        {"name": f"col_{index}", "type": "long", "nullable": True, "metadata": {}}
        for index in range(column_count)]
    schema = json.dumps({"type": "struct", "fields": fields})
    return action("protocol", minReaderVersion=1, minWriterVersion=2) + action(
        "metaData", id="5fba94ed-9794-4965-ba6e-6ee3c0d22af9",
        format={"provider": "parquet", "options": {}}, schemaString=schema,
        partitionColumns=[PARTITION], configuration={}, createdTime=1234567890)


def add(index: int, has_statistics: bool) -> str:
    part = f"part_{index % 100}"
    more = {}
    if has_statistics:
        more["stats"] = json.dumps({
            "numRecords": 1000, "minValues": {"col_0": index, "col_1": -index},
            "maxValues": {"col_0": index + 999, "col_1": 0}, "nullCount": {"col_0": 0, "col_1": 3},
        }, separators=(",", ":"))
    return action(
        "add", path=f"{PARTITION}={part}/part-{index:05}-5fba94ed-9794-4965.zstd.parquet",
        partitionValues={PARTITION: part}, size=1048576 + index,
        modificationTime=1234567900 + index, dataChange=True, **more)


def write_commits(table: pathlib.Path, commits: list[str]):
    log = table / "_delta_log"
    log.mkdir(parents=True)
    for version, text in enumerate(commits):
        (log / f"{version:020}.json").write_text(text, encoding="utf-8")


def make_adds(table: pathlib.Path, scale: float):
    archive = pathlib.Path(
        os.environ.get("GREBE_SHARED_DATA", ROOT.parent / "shared/data")) / ARCHIVE
    if scale == 1 and archive.exists():
        import pyarrow

        with pyarrow.CompressedInputStream(pyarrow.OSFile(str(archive)), "zstd") as stream:
            tarfile.open(fileobj=stream, mode="r|").extractall(table, filter="data")
        [log] = table.rglob("_delta_log")
        shutil.move(log, table / "_delta_log")
        return
    count = max(1, int(100_000 * scale))
    write_commits(table, [head(100)] + [
        "".join(add(index, False) for index in range(part * count, (part + 1) * count))
        for part in range(3)])


def make_commits(table: pathlib.Path, scale: float):
    count = max(2, int(20_000 * scale))
    write_commits(table, [head(10)] + [add(index, True) for index in range(count)])


def make_checkpoint(table: pathlib.Path, scale: float):
    import deltalake

    count = max(1, int(300_000 * scale))
    write_commits(table, [head(10), "".join(add(index, True) for index in range(count))])
    deltalake.DeltaTable(str(table)).create_checkpoint()
    for path in (table / "_delta_log").glob("*.json"):
        path.unlink()


TABLES = {"adds": make_adds, "commits": make_commits, "checkpoint": make_checkpoint}


def grebe_command(grebe: pathlib.Path, table: pathlib.Path, value: str) -> list:
    return [
        grebe, "files", table, "--where", f"{PARTITION} = '{value}'", "--format", "json"]


def check(name: str, grebe: pathlib.Path, table: pathlib.Path, value: str):
    output = subprocess.run(
        [str(part) for part in grebe_command(grebe, table, value)], capture_output=True, check=True)
    files = json.loads(output.stdout)
    own = [len(files), sum(file["size_bytes"] for file in files)]
    with tempfile.NamedTemporaryFile() as file:
        subprocess.run([sys.executable, "-c", PEER, table, value, file.name], check=True)
        peer = json.load(open(file.name))[:2]
    if own != peer or own[0] == 0:
        sys.exit(f"{name}: grebe finds {own} and deltalake {peer} (files, bytes)")
    return own


def race(name: str, arguments, folder: pathlib.Path) -> dict[str, float]:
    """Ratios by what they are of."""
    table = folder / name
    TABLES[name](table, arguments.scale)
    value = "part_1"
    count, _ = check(name, arguments.grebe, table, value)
    own, peer, calls = [], [], []
    for _ in range(arguments.rounds):
        own.append(measure(grebe_command(arguments.grebe, table, value)))
        peer.append(measure([sys.executable, "-c", PEER_TIMED, table, value, "-"]))
        calls.append(float(subprocess.run(
            [sys.executable, "-c", PEER_TIMED, table, value, "-"], capture_output=True,
            check=True).stdout))
    print(f"\n{name}: {count:,} files found; wall s, CPU s, peak MB")
    for contender, runs in (("grebe", own), ("deltalake", peer)):
        print(
            f"  {contender:10} {statistics.median(run.wall_seconds for run in runs):7.3f} "
            f"{statistics.median(run.cpu_seconds for run in runs):7.3f} "
            f"{max(run.peak_memory_bytes for run in runs) / 1e6:6.0f}")
    called = statistics.median(calls)
    print(f"  {'its calls':10} {called:7.3f}")
    ratio = statistics.median(run.wall_seconds for run in own) / called
    cpu = statistics.median(run.cpu_seconds for run in own) / statistics.median(
        run.cpu_seconds for run in peer)
    memory = max(run.peak_memory_bytes for run in own) / max(
        run.peak_memory_bytes for run in peer)
    print(
        f"  grebe takes {ratio:.2f} of the calls' wall time, {cpu:.2f} of the CPU and "
        f"{memory:.2f} of the memory of the process", flush=True)
    return {name: ratio}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--scale", type=float, default=1)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default=",".join([*TABLES, "tombstones"]))
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--data", type=pathlib.Path, default=ROOT / ".build/benchmark-data")
    parser.add_argument("--grebe", type=pathlib.Path, default=ROOT / ".build/release/grebe")
    arguments = parser.parse_args()
    arguments.data.mkdir(parents=True, exist_ok=True)
    ratios = {}
    with tempfile.TemporaryDirectory(dir=arguments.data) as folder:
        for name in arguments.only.split(","):
            if name == "tombstones":
                ratios |= tombstones.race(arguments, pathlib.Path(folder))
            else:
                ratios |= race(name, arguments, pathlib.Path(folder))
    slow = [name for name, ratio in ratios.items() if ratio > BOUNDS[name]]
    if arguments.check and slow:
        sys.exit("over the bound: " + ", ".join(
            f"{name} {ratios[name]:.2f} > {BOUNDS[name]}" for name in slow))


if __name__ == "__main__":
    main()
