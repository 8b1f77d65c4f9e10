"""The order of system calls of a commit on a local file system, as strace sees them.

What a log entry names has to be on disk before the entry can be found, and the entry has to be
whole, on disk and under a name that nobody else has taken before anybody is told.
"""

import dataclasses
import pathlib
import re
import subprocess

import pytest

from grebe_command import SECONDS_MAX
from needed import need

SYNC = ["fsync", "fdatasync"]
WRITE = ["write", "pwrite64", "writev", "pwritev", "pwritev2"]
RENAME = ["rename", "renameat", "renameat2"]
LINK = ["link", "linkat"]
CALLS = ["openat", "mkdir", "mkdirat", *SYNC, *WRITE, *RENAME, *LINK]


@dataclasses.dataclass
class Call:
    """One that worked. The path is that of the descriptor, or the last one of the arguments."""
    start: int  # places in the order of all starts and ends
    end: int
    name: str
    arguments: str
    result: int
    path: pathlib.Path
    source: pathlib.Path  # the first path: what is renamed or linked


def calls_of(trace: str, folder: pathlib.Path) -> list[Call]:
    """What a trace by `strace -f -y` says; paths are relative to the folder."""
    begun, found = {}, []
    for place, line in enumerate(trace.splitlines()):
        process, text = line.split(None, 1)
        start = place
        if text.endswith("<unfinished ...>"):
            begun[process] = place, text.removesuffix("<unfinished ...>")
            continue
        if resumed := re.match(r"<\.\.\. \w+ resumed>(.*)", text):
            start, text = begun.pop(process)
            text += resumed[1]
        if call := re.match(r"(\w+)\((.*)\)\s+= (\d+)", text):
            name, arguments, result = call.groups()
            of_descriptor = re.match(r"\d+<([^>]*)>", arguments)
            paths = [of_descriptor[1]] if of_descriptor else re.findall(r'"([^"]*)"', arguments)
            found.append(Call(start, place, name, arguments, int(result),
                              folder / paths[-1], folder / paths[0]))
    return found


class Trace:
    def __init__(self, calls: list[Call]):
        self.calls = calls

    def of(self, names: list[str], *paths: pathlib.Path) -> list[Call]:
        return [call for call in self.calls if call.name in names and call.path in paths]

    def names(self, path: pathlib.Path) -> list[pathlib.Path]:
        """What the file was called before, and the path itself."""
        return [path, *(call.source for call in self.of([*RENAME, *LINK], path))]

    def unsynced(self, *paths: pathlib.Path) -> "Trace":
        dropped = self.of(SYNC, *paths)
        assert dropped, f"{paths} were never synced"
        return Trace([call for call in self.calls if call not in dropped])

    def assert_synced(self, *names: pathlib.Path, after: int, before: int):
        """By one of its names."""
        assert any(after < call.start and call.end < before for call in self.of(SYNC, *names)), (
            f"{names[0]} is not synced between the calls {after} and {before}")

    def assert_made(self, path: pathlib.Path, before: int):
        """The file is on disk, whole and under its name."""
        names = self.names(path)
        named, written = self.of([*RENAME, *LINK], path), self.of(WRITE, *names)
        assert sum(call.result for call in written) == path.stat().st_size, path
        self.assert_synced(*names, after=max(call.end for call in written), before=before)
        self.assert_synced(
            path.parent, after=max(call.end for call in named or written), before=before)


def assert_is_durable(trace: Trace, entry: pathlib.Path, files: set[pathlib.Path]):
    """Of a commit that wrote this log entry and these files."""
    [publication] = trace.of([*LINK, *RENAME], entry)
    assert publication.name in LINK or "RENAME_NOREPLACE" in publication.arguments, publication
    assert not trace.of(WRITE, entry), "the entry is written under its own name"
    for path in files:
        trace.assert_made(path, before=publication.start)
    written = max(call.end for call in trace.of(WRITE, publication.source))
    trace.assert_synced(publication.source, after=written, before=publication.start)
    # Whoever reads the report finds the commit after a loss of power.
    told = min(call.start for call in trace.calls
               if call.name in WRITE and call.arguments.startswith("1<"))
    trace.assert_made(entry, before=told)
    for made in (call for call in trace.calls if call.name in ("mkdir", "mkdirat")):
        before = told if made.path == entry.parent else publication.start
        trace.assert_synced(made.path.parent, after=made.end, before=before)


@pytest.fixture(scope="session")
def strace(tmp_path_factory):
    """Runs a command in a folder and gives the calls that it made."""
    need("strace")
    output = tmp_path_factory.mktemp("strace") / "trace.txt"

    def run(command: list[str], folder: pathlib.Path):
        return subprocess.run(
            ["strace", "-f", "-y", "-s", "0", "-e", "trace=" + ",".join(CALLS), "-o", output,
             *command], cwd=folder, capture_output=True, text=True, timeout=SECONDS_MAX)

    probe = run(["true"], output.parent)
    if probe.returncode != 0:
        pytest.skip(f"strace may not trace here: {probe.stderr.strip()[-200:]}")

    def traced(command: list[str], folder: pathlib.Path) -> Trace:
        done = run(command, folder)
        assert done.returncode == 0, done.stderr
        return Trace(calls_of(output.read_text(), folder))

    return traced


def files_of(table: pathlib.Path) -> set[pathlib.Path]:
    """Data files, change files and deletion vectors."""
    return {path for path in table.rglob("*") if path.is_file() and "_delta_log" not in path.parts}


COMMANDS = {
    "create": ["convert", "a.csv", "--into", "t", "--partition-by", "p"],
    "append": ["convert", "b.csv", "--into", "t"],
    "change": ["alter", "t", "--set", "delta.enableChangeDataFeed=true"],
    "rewrite": ["delete", "t", "--where", "id = 1"],
    "allow vectors": ["alter", "t", "--set", "delta.enableDeletionVectors=true"],
    "mark": ["delete", "t", "--where", "id = 3"],
    "compact": ["compact", "t"],
}
WITHOUT_FILES = ["change", "allow vectors"]


def test_a_commit_is_on_disk_before_it_is_told(grebe, strace, tmp_path):
    (tmp_path / "a.csv").write_text("id,p\n" + "".join(f"{n},{'ab'[n % 2]}\n" for n in range(9)))
    (tmp_path / "b.csv").write_text("id,p\n10,b\n11,c\n")
    table = tmp_path / "t"
    for version, (what, command) in enumerate(COMMANDS.items()):
        before = files_of(table)
        trace = strace(grebe.command(*command), tmp_path)
        entry, files = table / "_delta_log" / f"{version:020}.json", files_of(table) - before
        assert bool(files) == (what not in WITHOUT_FILES), (what, files)
        assert_is_durable(trace, entry, files)
        # Without any of these it would not be.
        for path in [*files, entry]:
            for lost in (trace.names(path), [path.parent]):
                with pytest.raises(AssertionError, match="is not synced"):
                    assert_is_durable(trace.unsynced(*lost), entry, files)
