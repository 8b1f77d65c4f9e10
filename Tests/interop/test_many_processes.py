"""Eight processes load, delete and compact one table at once, killed at random, while others read.

The log is the order of events. Every version must have the rows of the one before it, changed by
its own load or deletion and by nothing else; what a process was told must be in the log once, and
what was refused not at all; and every reader must have seen the rows of some version of its time.
"""

import collections
import dataclasses
import json
import os
import pathlib
import random
import signal
import subprocess
import threading
import time

import deltalake
import pytest

import peers

SECONDS = float(os.environ.get("GREBE_MANY_SECONDS", 20))
ROWS = 20  # of a load
LOADERS, DELETERS, COMPACTORS, QUERIES = 5, 2, 1, 1


@dataclasses.dataclass
class Act:
    """A command that changes the table, and what became of it."""
    arguments: list
    kind: str
    key: str  # the source, or the condition
    ids: range = range(0)
    version: int | None = None  # what it was told
    code: int | None = None  # None: killed


@dataclasses.dataclass
class Sight:
    """What a reader saw: of one version, or of some version of a span of time."""
    who: str
    first: int
    last: int | None
    ids: collections.Counter


class Arena:
    def __init__(self, grebe, folder: pathlib.Path, seed: int):
        self.grebe, self.folder, self.seed = grebe, folder, seed
        self.table = folder / "t"
        self.acts: list[Act] = []
        self.sights: list[Sight] = []
        self.problems: list[str] = []
        self.lock = threading.Lock()
        self.deadline = time.monotonic() + SECONDS
        self.numbers = 0
        self.latest = 0  # acknowledged
        self.usual_seconds = 0.1  # that a command takes

    def number(self) -> int:
        with self.lock:
            self.numbers += 1
            return self.numbers

    def run(self, act: Act, seeded: random.Random):
        """Runs the command; one in three is killed at some moment of its life."""
        is_killed = seeded.random() < 1 / 3
        started = time.monotonic()
        process = subprocess.Popen(
            self.grebe.command(*act.arguments, "--format", "json", "--threads", "1"),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if is_killed:
            time.sleep(seeded.random() * self.usual_seconds * 1.1)
            process.kill()
        stdout, stderr = process.communicate()
        with self.lock:
            self.acts.append(act)
            if process.returncode == -signal.SIGKILL:
                return
            act.code = process.returncode
            if not is_killed:
                self.usual_seconds += (time.monotonic() - started - self.usual_seconds) / 8
            if act.code == 0:
                report = json.loads(stdout)
                if report.get("committed", True) and report.get("version") is not None:
                    act.version = report["version"]
                    self.latest = max(self.latest, act.version)
            elif act.code != 75:
                self.problems.append(f"{act.arguments}: exit {act.code}\n{stderr.decode()}")

    def load(self, seeded: random.Random):
        n = self.number()
        ids = range(n * 1000, n * 1000 + ROWS)
        source = self.folder / f"load{n}.csv"
        source.write_text("id,part\n" + "".join(f"{i},{'ab'[i % 2]}\n" for i in ids))
        for _ in range(3):
            act = Act(["convert", source, "--into", self.table], "load", str(source), ids)
            self.run(act, seeded)
            if act.code == 0 or time.monotonic() > self.deadline:
                return

    def delete(self, seeded: random.Random):
        n = self.number()
        where = f"id % 7 = {seeded.randrange(7)} AND part = '{seeded.choice('ab')}' AND id <> {-n}"
        self.run(Act(["delete", self.table, "--where", where], "delete", where), seeded)

    def compact(self, seeded: random.Random):
        size = seeded.choice(["64KiB", "1MiB"])
        self.run(Act(["compact", self.table, "--target-file-size", size], "compact", ""), seeded)

    def query(self, seeded: random.Random):
        first = self.latest
        rows = self.grebe.query(f"SELECT id FROM '{self.table}'")
        with self.lock:
            self.sights.append(
                Sight("grebe", first, None, collections.Counter(row["id"] for row in rows)))

    def read(self, seeded: random.Random, vectors: bool):
        """As engines of others do, in this process. delta-rs does not know deletion vectors."""
        acknowledged = self.latest
        version = self.latest_of_delta_rs()
        if version < acknowledged:
            self.problems.append(f"version {version} is the latest, after {acknowledged} was made")
        who, reader = ("duckdb", peers.read_duckdb) if vectors or seeded.random() < 0.5 else (
            "delta-rs", peers.read_delta_rs)
        found = collections.Counter(row[0] for row in reader(self.table, ["id"], version))
        with self.lock:
            self.sights.append(Sight(who, version, version, found))
        time.sleep(0.2)

    def latest_of_delta_rs(self) -> int:
        """The latest version. A commit that is made during its listing can be missing there while
        the checksum after it is found, which delta-rs takes for an error of its own: so does a
        table that Spark writes. The next listing has both."""
        try:
            return deltalake.DeltaTable(str(self.table)).version()
        except deltalake.exceptions.DeltaError as error:
            if "is newer than log segment version" not in str(error):
                raise
        return deltalake.DeltaTable(str(self.table)).version()

    def repeat(self, work, name: str):
        seeded = random.Random(f"{self.seed}-{name}")
        try:
            while time.monotonic() < self.deadline and not self.problems:
                work(seeded)
        except BaseException as error:  # A thread's failure is the test's.
            self.problems.append(f"{name}: {error!r}")

    def everyone(self, vectors: bool):
        works = (
            [(self.load, "load")] * LOADERS + [(self.delete, "delete")] * DELETERS
            + [(self.compact, "compact")] * COMPACTORS + [(self.query, "query")] * QUERIES
            + [(lambda seeded: self.read(seeded, vectors), "read")])
        threads = [
            threading.Thread(target=self.repeat, args=(work, f"{name}{n}"))
            for n, (work, name) in enumerate(works)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not self.problems, self.problems[0]

    # What must have come of it.

    def log(self) -> list[tuple[str, str]]:
        """What each version is, by its own commit: its kind and its key."""
        found = []
        for path in sorted((self.table / "_delta_log").glob("*.json")):
            if len(path.stem) != 20:
                continue
            assert int(path.stem) == len(found), f"the log has a gap before {path.name}"
            lines = [json.loads(line) for line in path.read_text().splitlines()]
            [info] = [line["commitInfo"] for line in lines if "commitInfo" in line]
            if "grebeSources" in info:
                [source] = info["grebeSources"]
                found.append(("load", source["path"]))
            elif info["operation"] == "DELETE":
                found.append(("delete", json.loads(info["operationParameters"]["predicate"])[0]))
            else:
                found.append(("compact" if info["operation"] == "OPTIMIZE" else "create", ""))
        return found

    def expected(self, log) -> list[set[int]]:
        """The rows of each version."""
        loads = {act.key: act.ids for act in self.acts if act.kind == "load"}
        rows: set[int] = set()
        versions = []
        for kind, key in log:
            if kind == "load":
                [ids] = [ids for source, ids in loads.items() if source.endswith(key)]
                rows = rows | set(ids)
            elif kind == "delete":
                words = key.split()
                remainder, part = int(words[4]), words[8].strip("'")
                rows = {i for i in rows if i % 7 != remainder or "ab"[i % 2] != part}
            versions.append(rows)
        return versions

    def check(self):
        log = self.log()
        counts = collections.Counter(entry for entry in log if entry[0] in ("load", "delete"))
        assert set(counts.values()) <= {1}, f"in the log twice: {counts.most_common(3)}"
        told = collections.defaultdict(set)
        for act in self.acts:
            if act.kind == "load":
                told[act.key].add(act.code)
            if act.version is not None and act.kind != "compact" and act.code == 0:
                kind, key = log[act.version]
                is_there = kind == act.kind and act.key.endswith(key)
                # A load that was done before says the version that it found.
                assert is_there or (act.kind == "load" and counts["load", act.key] == 1), act
            if act.kind == "delete" and act.code == 75:
                assert ("delete", act.key) not in counts, act
        loaded = {key for kind, key in counts if kind == "load"}
        for source, codes in told.items():
            if 0 in codes:
                assert source in loaded, f"{source} was loaded and is not in the log"
            elif codes == {75}:
                assert source not in loaded, f"{source} was refused and is in the log"

        expected = self.expected(log)
        for sight in self.sights:
            last = len(expected) - 1 if sight.last is None else sight.last
            assert max(sight.ids.values(), default=1) == 1, f"{sight.who} saw rows twice"
            assert any(
                set(sight.ids) == rows for rows in expected[sight.first:last + 1]
            ), f"{sight.who} saw rows of no version from {sight.first} to {last}"
        return log, expected

    def check_versions(self, expected, seeded: random.Random, vectors: bool):
        """The same rows for everyone, of the last version and some others."""
        chosen = seeded.sample(range(len(expected)), min(6, len(expected)))
        for version in {*chosen, len(expected) - 1}:
            readers = [peers.read_duckdb] if vectors else [peers.read_duckdb, peers.read_delta_rs]
            for reader in readers:
                found = sorted(row[0] for row in reader(self.table, ["id"], version))
                assert found == sorted(expected[version]), f"{reader}, version {version}"
            rows = self.grebe.query(f"SELECT id FROM '{self.table}' VERSION AS OF {version}")
            assert sorted(row["id"] for row in rows) == sorted(expected[version]), version


@pytest.mark.parametrize("vectors", [False, True], ids=["rewrite", "vectors"])
def test_eight_processes_and_kills(grebe, tmp_path, request, vectors):
    seed = int(os.environ.get("GREBE_SEED", random.SystemRandom().randrange(1 << 32)))
    print(f"{request.node.name}: GREBE_SEED={seed}")
    arena = Arena(grebe, tmp_path, seed)
    deltalake.DeltaTable.create(
        str(arena.table), partition_by=["part"],
        schema=deltalake.Schema([
            deltalake.Field("id", deltalake.schema.PrimitiveType("long")),
            deltalake.Field("part", deltalake.schema.PrimitiveType("string"))]),
        configuration={
            "delta.checkpointInterval": "7",
            **({"delta.enableDeletionVectors": "true"} if vectors else {})})
    arena.deadline = time.monotonic() + SECONDS
    arena.everyone(vectors)

    log, expected = arena.check()
    arena.check_versions(expected, random.Random(seed), vectors)
    kinds = collections.Counter(kind for kind, _ in log)
    ends = collections.Counter(f"{act.kind} {act.code}" for act in arena.acts)
    print(f"{len(log)} versions {dict(kinds)}; {dict(ends)}; {len(arena.sights)} reads")
    assert all(kinds[kind] > 0 for kind in ("load", "delete", "compact")), kinds
    assert ends["load None"] > 0 and arena.sights
    assert list((arena.table / "_delta_log").glob("*.checkpoint*.parquet"))
    assert_doubling_is_found(arena)


def assert_doubling_is_found(arena: Arena):
    """A load that is in the log once more must not pass."""
    folder = arena.table / "_delta_log"
    entries = sorted(path for path in folder.glob("*.json") if len(path.stem) == 20)
    [one, *_] = [path for path in entries if "grebeSources" in path.read_text()]
    (folder / f"{len(entries):020}.json").write_text(one.read_text())
    with pytest.raises(AssertionError, match="in the log twice"):
        arena.check()
