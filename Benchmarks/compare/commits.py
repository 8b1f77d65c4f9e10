"""Commits a second to one table from one process: Grebe and delta-rs, in turn.

Each contender is a process that stays and commits one prepared `add` a version to a local table.
Grebe's commits are durable when they return (file and directory synced), and write a version
checksum file and, at intervals, checkpoints; delta-rs syncs nothing, and checkpoints every
hundredth version. A round of Grebe's commits in turns to a table of 10 versions and to one of
--versions: their ratio says whether a commit's cost grows with the log.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
FASTER_MIN = 5.0
GROWTH_MAX = 1.2

PEER = """
import sys, time
import deltalake
from deltalake.transaction import AddAction
path, commits = sys.argv[1], int(sys.argv[2])
schema = deltalake.Schema([
    deltalake.Field("id", deltalake.schema.PrimitiveType("long")),
    deltalake.Field("name", deltalake.schema.PrimitiveType("string"))])
statistics = '{"numRecords":10,"minValues":{"id":1},"maxValues":{"id":10}}'
made = 0
print("ready", flush=True)
for line in sys.stdin:
    table = deltalake.DeltaTable.create(f"{path}-{made}", schema)
    start = time.monotonic()
    for index in range(commits):
        add = AddAction(f"part-{made}-{index}.parquet", 1000, {}, 1700000000000, True, statistics)
        table.create_write_transaction([add], "append", schema, [])
    seconds = time.monotonic() - start
    assert deltalake.DeltaTable(f"{path}-{made}").version() == commits
    made += 1
    print(seconds, flush=True)
"""


class Contender:
    """A process that does a round for each line."""

    def __init__(self, command: list):
        self.process = subprocess.Popen(
            [str(part) for part in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True)
        self.answer()

    def answer(self) -> str:
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"{self.process.args[0]}: ended with status {self.process.wait()}")
        return line

    def round(self) -> str:
        print(file=self.process.stdin, flush=True)
        return self.answer()

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def race(arguments, folder: pathlib.Path) -> tuple[float, float]:
    """Grebe's speed as a multiple of delta-rs', and the long log's cost as one of the short's."""
    start = time.monotonic()
    grebe = Contender([
        arguments.grebe, folder, "--versions", arguments.versions, "--commits", arguments.commits])
    print(f"made a log of {arguments.versions} versions in {time.monotonic() - start:.1f} s")
    peer = Contender([sys.executable, "-c", PEER, folder / "peer", arguments.peer_commits])
    short, long, others = [], [], []
    for _ in range(arguments.rounds):
        found = json.loads(grebe.round())
        short.append(found["short"] / arguments.commits)
        long.append(found["long"] / arguments.commits)
        others.append(float(peer.round()) / arguments.peer_commits)
    grebe.close()
    peer.close()
    print("commits a second: median of the rounds, fastest round")
    for name, rounds in [
        ("grebe, 10 versions", short), (f"grebe, {arguments.versions} versions", long),
        ("delta-rs, new table", others),
    ]:
        print(f"  {name:24} {1 / statistics.median(rounds):8.1f} {1 / min(rounds):8.1f}")
    growth = statistics.median(b / a for a, b in zip(short, long))
    return statistics.median(others) / statistics.median(long), growth


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--versions", type=int, default=10_000)
    parser.add_argument("--commits", type=int, default=500, help="Grebe's, a round and table")
    parser.add_argument("--peer-commits", type=int, default=100, help="delta-rs', a round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=pathlib.Path, default=ROOT / ".build",
                        help="on the file system to measure")
    parser.add_argument("--check", action="store_true", help="fail where a bound is missed")
    parser.add_argument(
        "--grebe", type=pathlib.Path, default=ROOT / "Benchmarks/.build/release/Commits")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        faster, growth = race(arguments, pathlib.Path(folder))
    print(f"grebe commits {faster:.1f} times as fast (bound: {FASTER_MIN:.0f})")
    print(f"a commit to the long log costs {growth:.2f} of one to the short (bound: {GROWTH_MAX})")
    if arguments.check and (faster < FASTER_MIN or growth > GROWTH_MAX):
        sys.exit("a bound was missed")


if __name__ == "__main__":
    main()
