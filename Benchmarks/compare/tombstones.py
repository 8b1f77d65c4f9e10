"""What tombstones cost whoever opens a table or commits to it: Grebe and deltalake.

Two tables without any file, one of them with 200,000 removes that have not expired, in checkpoints
that Grebe wrote, with nothing of the log before; a copy of both for each contender. All open their
copy, and append rows to it, in turn; no checkpoint is due. Of Grebe the CPU of the whole process is
told, of deltalake that of its calls; of all runs the least. Grebe opens the larger table in a
checkpoint that deltalake wrote, too: its removes are not in row groups of their own.
"""

import json
import pathlib
import shutil
import subprocess
import sys
import time

from measuring import measure

# What is measured -> the most that the table with tombstones may cost of the one without.
BOUNDS = {"open with tombstones": 1.2, "commit with tombstones": 1.2}

PEERS = {
    "open": """
import sys, time
import deltalake
start = time.process_time()
deltalake.DeltaTable(sys.argv[1])
print(time.process_time() - start)
""",
    "commit": """
import sys, time
import deltalake, pyarrow
row = pyarrow.table({"id": pyarrow.array([5], pyarrow.int64())})
start = time.process_time()
deltalake.write_deltalake(sys.argv[1], row, mode="append")
print(time.process_time() - start)
"""}


def line(name: str, **fields) -> str:
    return json.dumps({name: fields}) + "\n"


def write_log(table: pathlib.Path, tombstone_count: int):
    field = {"name": "id", "type": "long", "nullable": True, "metadata": {}}
    head = line("protocol", minReaderVersion=1, minWriterVersion=2) + line(
        "metaData", id="5fba94ed-9794-4965-ba6e-6ee3c0d22af9",
        format={"provider": "parquet", "options": {}},
        schemaString=json.dumps({"type": "struct", "fields": [field]}), partitionColumns=[],
        configuration={"delta.checkpointInterval": "1000000"}, createdTime=1234567890)
    now = int(time.time() * 1000)
    removes = [
        line("remove", path=f"part-{index:06}-5fba94ed-9794-4965.zstd.parquet",
             deletionTimestamp=now, dataChange=True, extendedFileMetadata=True,
             partitionValues={}, size=1048576 + index)
        for index in range(tombstone_count)]
    log = table / "_delta_log"
    log.mkdir(parents=True)
    (log / f"{0:020}.json").write_text(head)
    (log / f"{1:020}.json").write_text("".join(removes) or line("commitInfo", timestamp=now))
    # Of the checkpoint's version the commit has to stay: deltalake commits to nothing else.
    (log / f"{2:020}.json").write_text(line("commitInfo", timestamp=now))


def make(folder: pathlib.Path, tombstone_count: int, grebe: pathlib.Path):
    """The tables `without`, `with` and `other`, the last in a checkpoint of deltalake."""
    import deltalake
    import pyarrow.parquet

    for name, count in (("without", 0), ("with", tombstone_count), ("other", tombstone_count)):
        write_log(folder / name, count)
        if name == "other":
            deltalake.DeltaTable(folder / name).create_checkpoint()
        else:
            subprocess.run(
                [grebe, "checkpoint", folder / name], check=True, stdout=subprocess.DEVNULL)
        log = folder / name / "_delta_log"
        for version in (0, 1):
            (log / f"{version:020}.json").unlink()
        [checkpoint] = log.glob("*.parquet")
        rows = pyarrow.parquet.ParquetFile(checkpoint).metadata.num_rows
        if rows != 2 + count:
            sys.exit(f"{name}: {rows} actions in the checkpoint")
    for name in ("without", "with"):
        shutil.copytree(folder / name, folder / f"peer-{name}")


def own_seconds(action: str, arguments, folder: pathlib.Path, table: str) -> float:
    commands = {
        "open": ["describe", folder / table],
        "commit": ["convert", folder / "row.csv", "--into", folder / table, "--force"]}
    return measure([arguments.grebe, *commands[action]]).cpu_seconds


def peer_seconds(action: str, folder: pathlib.Path, table: str) -> float:
    return float(subprocess.run(
        [sys.executable, "-c", PEERS[action], folder / f"peer-{table}"], capture_output=True,
        check=True).stdout)


def check(arguments, folder: pathlib.Path):
    """Every append of both is there."""
    import deltalake

    for table in ("without", "with"):
        files = json.loads(subprocess.run(
            [arguments.grebe, "files", folder / table, "--format", "json"], capture_output=True,
            check=True).stdout)
        peers = deltalake.DeltaTable(folder / f"peer-{table}").file_uris()
        if len(files) != len(peers) or not files:
            sys.exit(f"tombstones: grebe has {len(files)} files and deltalake {len(peers)}")


def race(arguments, folder: pathlib.Path) -> dict[str, float]:
    """Grebe's cost with tombstones as a multiple of that without, by what `BOUNDS` calls it."""
    count = max(1, int(200_000 * arguments.scale))
    make(folder, count, arguments.grebe)
    (folder / "row.csv").write_text("id\n5\n")
    found = {}
    for _ in range(arguments.rounds * 3):
        for action in PEERS:
            for table in ("without", "with"):
                for contender, seconds in (
                    ("grebe", own_seconds(action, arguments, folder, table)),
                    ("deltalake", peer_seconds(action, folder, table)),
                ):
                    key = (action, contender, table)
                    found[key] = min(seconds, found.get(key, seconds))
        other = own_seconds("open", arguments, folder, "other")
        found["other"] = min(other, found.get("other", other))
    check(arguments, folder)
    print(f"\ntombstones: CPU ms, without and with {count:,}")
    ratios = {}
    for action in PEERS:
        for contender, label in (("grebe", "grebe"), ("deltalake", "deltalake's calls")):
            without, with_them = (
                found[action, contender, table] for table in ("without", "with"))
            print(f"  {action:6} {label:17}"
                  f" {without * 1e3:7.1f} {with_them * 1e3:7.1f}  {with_them / without:.2f} times")
        own, peer = (found[action, contender, "with"] for contender in ("grebe", "deltalake"))
        print(f"  {action:6} grebe takes {own / peer:.2f} of the calls' CPU with tombstones")
        ratios[f"{action} with tombstones"] = (
            found[action, "grebe", "with"] / found[action, "grebe", "without"])
    print(f"  open   grebe, a checkpoint of deltalake: {found['other'] * 1e3:.1f}", flush=True)
    return ratios
