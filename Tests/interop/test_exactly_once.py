"""However often a load dies, and however it is started again, every row arrives once."""

import gzip
import json
import os
import signal
import subprocess
import time

import pytest

import peers

KILL_COUNT = 200
ROWS = 5_000


def write_source(folder, number, name=None):
    """Rows with ids of their own in ten partitions, and one that is bad."""
    lines = ["id,text,amount"]
    first = number * ROWS
    lines += [f"{first + n},some text {n % 10},{n}.25" for n in range(ROWS)]
    lines.insert(1 + number % ROWS, f"{first},bad,none")
    path = folder / f"s{number if name is None else name:03}.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def load_ids(table):
    """Loads that the log knows."""
    ids = set()
    for path in sorted((table / "_delta_log").glob("*.json")):
        for line in path.read_text().splitlines():
            info = json.loads(line).get("commitInfo", {})
            ids.add(info.get("operationParameters", {}).get("loadId"))
    return ids


class Killed:
    """Loads into one table that die, each followed by the same one that does not."""

    def __init__(self, grebe, folder, *options):
        self.grebe, self.folder, self.options = grebe, folder, options
        self.table = folder / "t"
        self.killed = self.late = self.arrived = 0
        self.seconds = 0.0
        folder.mkdir()
        self.load(
            self.source(0), "--schema", "id BIGINT, text STRING, amount DOUBLE",
            *(["--partition-by", "text"] if folder.name == "partitions" else []))

    def source(self, number):
        return write_source(self.folder, number, number)

    def load(self, source, *options):
        started = time.monotonic()
        report = self.grebe.convert(source, self.table, *self.options, *options)
        seconds = time.monotonic() - started
        # One that took long because others had the processor says nothing of the next one.
        self.seconds = min(seconds, self.seconds * 1.05) if self.seconds else seconds
        return report

    def load_after_a_kill(self, number, share):
        """Kills a load when `share` of what the last one took is over, and runs it again."""
        source = self.source(number)
        process = subprocess.Popen(
            self.grebe.command("convert", source, "--into", self.table, *self.options),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(share * self.seconds)
        process.kill()
        if process.wait() == -signal.SIGKILL:
            self.killed += 1
        else:
            self.late += 1
            self.seconds *= 0.85
        seconds = self.seconds
        report = self.load(source)
        [entry] = report["sources"]
        if entry["status"] == "already_loaded":
            self.arrived += 1
            self.seconds = seconds
        else:
            assert entry["status"] == self.status
            assert (report["rows_written"], report["rows_quarantined"]) == (ROWS, 1)
        self.check(source)

    status = "loaded"

    def check(self, source):
        source.unlink()

    def check_all(self, count):
        """Every row of `count` sources is there once, and every bad one."""
        wanted = count * ROWS
        [found] = peers.read_delta_rs_query(
            self.table, "select count(*), count(distinct id) from t")
        assert tuple(found) == (wanted, wanted)
        rejects = self.grebe.query(f"SELECT load_id FROM '{self.table}/_quarantine'")
        known = self.known()
        assert sum(row["load_id"] in known for row in rejects) == count

    def known(self):
        """Loads whose rows the table has."""
        return load_ids(self.table)


class KilledReload(Killed):
    """The same source again and again, with other rows."""

    status = "reloaded"

    def source(self, number):
        return write_source(self.folder, number, 0)

    def known(self):
        paths = sorted((self.table / "_delta_log").glob("*.json"))
        infos = [json.loads(line).get("commitInfo") for line in paths[-1].open()]
        return [info["operationParameters"]["loadId"] for info in infos if info]

    def check(self, source):
        number = int(source.read_text().splitlines()[-1].split(",")[0]) // ROWS
        [found] = self.grebe.query(
            f"SELECT count(*) AS n, min(id) AS first, max(id) AS last FROM '{self.table}'")
        first = number * ROWS
        assert found == {"n": ROWS, "first": first, "last": first + ROWS - 1}


def test_killed_200_times(grebe, seeded, tmp_path):
    options = ["--on-bad-row", "quarantine"]
    tables = [
        Killed(grebe, tmp_path / "plain", *options),
        Killed(grebe, tmp_path / "partitions", *options),
        KilledReload(grebe, tmp_path / "reload", *options, "--reload-changed")]
    loads = [1] * len(tables)
    for number in range(KILL_COUNT):
        kind = number % len(tables)
        # At the start, in the midst, and right behind the commit.
        tables[kind].load_after_a_kill(loads[kind], seeded.uniform(0.05, 1))
        loads[kind] += 1
    for table, count in zip(tables[:2], loads):
        table.check_all(count)
    tables[2].check_all(1)
    for table in tables:
        print(f"{table.folder.name}: {table.killed} died before their end, {table.late} did not, "
              f"{table.arrived} had committed ({table.seconds:.2f} s)")
    assert sum(table.late for table in tables) <= KILL_COUNT // 10, "kills arrive too late"
    assert all(table.killed > table.arrived for table in tables)
    assert sum(table.arrived - table.late for table in tables) > 0, "no kill behind a commit"


def test_a_changed_source_is_reloaded(grebe, tmp_path):
    table = tmp_path / "t"
    for name, rows in [("a", "1,x\n2,y\n"), ("b", "3,z\n")]:
        (tmp_path / f"{name}.csv").write_text("id,text\n" + rows)
    grebe.convert(tmp_path / "*.csv", table)
    (tmp_path / "a.csv").write_text("id,text\n1,changed\n")
    grebe.run("convert", tmp_path / "*.csv", "--into", table, code=65)
    report = grebe.convert(tmp_path / "*.csv", table, "--reload-changed")
    assert {s["status"] for s in report["sources"]} == {"reloaded"}
    for read in peers.READERS.values():
        assert sorted(map(tuple, read(table, ["id", "text"]))) == [(1, "changed"), (3, "z")]
    assert grebe.convert(tmp_path / "*.csv", table)["rows_read"] == 0


def test_a_copy_is_known_and_a_change_of_one_byte_is_not(grebe, tmp_path):
    table = tmp_path / "t"
    plain = "id,text\n" + "".join(f"{n},some text\n" for n in range(1000))
    for name, pack in [("a.csv", bytes), ("b.csv.gz", lambda data: gzip.compress(data, mtime=0))]:
        path = tmp_path / name
        path.write_bytes(pack(plain.encode()))
        grebe.convert(path, table)
        path.write_bytes(pack(plain.encode()))
        [entry] = grebe.convert(path, table)["sources"]
        assert entry["status"] == "already_loaded"
        path.write_bytes(pack(plain.replace("7,some text", "7,same text", 1).encode()))
        grebe.run("convert", path, "--into", table, code=65)
        grebe.convert(path, table, "--reload-changed")
    assert grebe.query(f"SELECT count(*) AS n FROM '{table}'") == [{"n": 2000}]
    changed = f"SELECT count(*) AS n FROM '{table}' WHERE text = 'same text'"
    assert grebe.query(changed) == [{"n": 2}]


def test_progress_as_data(grebe, tmp_path):
    source = write_source(tmp_path, 1)
    outcome = grebe.run(
        "convert", source, "--into", tmp_path / "t", "--on-bad-row", "skip", "--format", "json",
        "--progress", "always")
    events = [json.loads(line) for line in outcome.stderr.splitlines()]
    progress = [event for event in events if event["event"] == "progress"]
    assert progress
    for event in progress:
        assert set(event) == {"event", "bytes_done", "bytes_total", "rows", "rate", "eta_seconds"}
    # The header is no unit's.
    assert progress[-1]["bytes_done"] <= progress[-1]["bytes_total"] == source.stat().st_size
    assert progress[-1]["rows"] == ROWS + 1


class Watch:
    """A `grebe convert --watch` in the background."""

    def __init__(self, grebe, folder, table, *options):
        self.log = open(folder.parent / "watch.log", "ab+")
        self.process = subprocess.Popen(
            grebe.command(
                "convert", "--watch", folder, "--into", table, "--watch-interval", "0.05",
                "--settle-seconds", "0.2", "--format", "json", *options),
            stdout=self.log, stderr=subprocess.STDOUT)

    def events(self):
        self.log.seek(0)
        lines = self.log.read().decode().splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.endswith("\n")]

    def wait_for(self, done, seconds=60):
        end = time.monotonic() + seconds
        while not done(self.events()):
            assert self.process.poll() is None, f"the watch ended\n{self.events()}"
            assert time.monotonic() < end, f"the watch is stuck\n{self.events()}"
            time.sleep(0.05)
        return self.events()

    def is_ready_to_stop(self):
        """Whether the command catches SIGTERM: before that, as any process, it dies of it."""
        with open(f"/proc/{self.process.pid}/status") as status:
            caught = next(line.split()[1] for line in status if line.startswith("SigCgt"))
        return bool(int(caught, 16) >> (signal.SIGTERM - 1) & 1)

    def stop(self, number=signal.SIGTERM):
        self.wait_for(lambda _: self.is_ready_to_stop())
        self.process.send_signal(number)
        assert self.process.wait(timeout=60) == 0
        self.log.close()


def loaded_rows(events):
    return sum(event["rows_written"] for event in events if event["event"] == "loaded")


@pytest.fixture
def landing(tmp_path):
    folder = tmp_path / "landing"
    folder.mkdir()
    return folder


def test_watch_loads_files_as_they_land(grebe, landing, tmp_path):
    table = tmp_path / "t"
    (landing / "a.csv").write_text("id,text\n1,x\n2,y\n")
    watch = Watch(grebe, landing, table)
    watch.wait_for(lambda events: loaded_rows(events) == 2)
    # Written slowly, hidden, or renamed in: each is loaded when it is whole.
    with open(landing / "slow.csv", "w") as slow:
        slow.write("id,text\n")
        for n in range(3, 9):
            slow.write(f"{n},slow\n")
            slow.flush()
            time.sleep(0.05)
    (landing / ".hidden.csv").write_text("id,text\n100,x\n")
    (tmp_path / "elsewhere").write_text("id,text\n9,moved\n")
    (tmp_path / "elsewhere").rename(landing / "moved.csv")
    (landing / "bad.csv").write_text("id,text\nseven,x\n")
    (landing / "good.csv").write_text("id,text\n10,x\n")
    events = watch.wait_for(
        lambda events: loaded_rows(events) == 10
        and any(event["event"] == "failed" for event in events))
    failed = [event for event in events if event["event"] == "failed"]
    assert len(failed) == 1 and failed[0]["path"].endswith("bad.csv") and "seven" in str(failed)
    last = [event for event in events if event["event"] == "loaded"][-1]
    assert {"version", "backlog_files", "backlog_bytes", "seconds_behind"} <= set(last)
    # Mended, it is tried again.
    (landing / "bad.csv").write_text("id,text\n11,mended\n")
    watch.wait_for(lambda events: loaded_rows(events) == 11)
    watch.stop()
    [found] = peers.read_delta_rs_query(table, "select count(*), count(distinct id) from t")
    assert tuple(found) == (11, 11)


@pytest.mark.parametrize("option, value, loads", [
    ("--batch-files", 2, [40] * 5), ("--batch-bytes", 300, [40] * 5),
    # How many bytes a row takes shows the first load.
    ("--batch-rows", 45, [20, 40, 40, 40, 40, 20])])
def test_a_batch_of_a_watch_is_bounded(grebe, landing, tmp_path, option, value, loads):
    """Ten files of 20 rows and 148 bytes."""
    for number in range(10):
        lines = "".join(f"{1000 + number * 20 + n},x\n" for n in range(20))
        path = landing / f"{number}.csv"
        path.write_text("id,text\n" + lines)
        os.utime(path, (1_700_000_000, 1_700_000_000))
    watch = Watch(grebe, landing, tmp_path / "t", option, str(value))
    events = watch.wait_for(lambda events: loaded_rows(events) == 200)
    watch.stop()
    assert [event["rows_written"] for event in events if event["event"] == "loaded"] == loads


def test_a_watch_stops_cleanly_in_the_midst_of_a_load(grebe, landing, tmp_path):
    table = tmp_path / "t"
    lines = "".join(f"{n},{n * 7919 % 1_000_003},some text\n" for n in range(1_000_000))
    (landing / "large.csv").write_text("id,k,text\n" + lines)
    watch = Watch(grebe, landing, table, "--sort-by", "k")
    time.sleep(0.7)
    watch.stop()
    written = list(table.rglob("*.parquet"))
    committed = list((table / "_delta_log").glob("*.json"))
    assert committed or not written, written
    watch = Watch(grebe, landing, table, "--sort-by", "k")
    end = time.monotonic() + 60
    while not committed and loaded_rows(watch.events()) < 1_000_000:
        assert watch.process.poll() is None and time.monotonic() < end
        time.sleep(0.05)
    watch.stop()
    [found] = peers.read_delta_rs_query(table, "select count(*), count(distinct id) from t")
    assert tuple(found) == (1_000_000, 1_000_000)


def test_watch_killed_and_started_again(grebe, seeded, landing, tmp_path):
    table = tmp_path / "t"
    for number in range(30):
        lines = "".join(f"{number * 1000 + n},x\n" for n in range(1000))
        (landing / f"f{number:02}.csv").write_text("id,text\n" + lines)
        if number % 3 == 0:
            watch = Watch(grebe, landing, table, "--batch-files", "2")
            time.sleep(seeded.uniform(0, 0.5))
            watch.process.kill()
            watch.process.wait()
            watch.log.close()
    watch = Watch(grebe, landing, table)
    end = time.monotonic() + 60
    while time.monotonic() < end:
        found = [(0, 0)]
        if (table / "_delta_log").is_dir() and any((table / "_delta_log").glob("*.json")):
            found = peers.read_delta_rs_query(table, "select count(*), count(distinct id) from t")
        if tuple(found[0]) == (30_000, 30_000):
            break
        assert watch.process.poll() is None
        time.sleep(0.1)
    watch.stop(signal.SIGINT)
    [found] = peers.read_delta_rs_query(table, "select count(*), count(distinct id) from t")
    assert tuple(found) == (30_000, 30_000)
