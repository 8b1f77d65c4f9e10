"""What every interop test starts from: the binary, and where other engines' tables are."""

import collections
import json
import os
import pathlib
import random
import subprocess

import pytest

from engines import Engines
import schedule
from grebe_command import Grebe
from needed import is_missing, need

ROOT = pathlib.Path(__file__).resolve().parents[2]


def pytest_collection_modifyitems(items: list):
    items.sort(key=lambda item: schedule.place(item.path.name))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    return schedule.make_scheduler(config, log) if config.option.dist == "loadfile" else None


def find_binary() -> pathlib.Path:
    named = os.environ.get("GREBE")
    candidates = [named] if named else [ROOT / ".build/release/grebe", ROOT / ".build/debug/grebe"]
    for candidate in map(pathlib.Path, candidates):
        if candidate.is_file():
            return candidate.resolve()
    raise pytest.UsageError(
        "no grebe binary at " + " or ".join(map(str, candidates)) + ": run tools/build-release")


@pytest.fixture(scope="session")
def grebe() -> Grebe:
    return Grebe(find_binary())


@pytest.fixture(scope="session")
def shared_data() -> pathlib.Path:
    """Tables and files of other engines that the repository does not hold."""
    folder = pathlib.Path(os.environ.get("GREBE_SHARED_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no shared test data at {folder} (GREBE_SHARED_DATA names the folder)")
    return folder


@pytest.fixture
def seeded(request) -> random.Random:
    """Randomness that a failing test can be run with again: GREBE_SEED=N."""
    seed = int(os.environ.get("GREBE_SEED", random.SystemRandom().randrange(1 << 32)))
    print(f"{request.node.name}: GREBE_SEED={seed}")
    return random.Random(seed)


@pytest.fixture(scope="session")
def spark():
    """Apache Spark in this process, as the Gregorian calendar and UTC have it."""
    try:
        import pyspark.sql as session_module
    except ImportError:
        is_missing("pyspark is not installed")
    need("java")
    settings = {
        "spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false", "spark.sql.session.timeZone": "UTC",
        **{f"spark.sql.parquet.{kind}RebaseModeIn{way}": "CORRECTED"
           for kind in ("int96", "datetime") for way in ("Read", "Write")}}
    builder = session_module.SparkSession.builder.master("local[1]").appName("interop")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


class Spark4:
    """The next major version, asked through a pipe: spark4_worker.py."""

    def __init__(self, python: pathlib.Path):
        worker = pathlib.Path(__file__).with_name("spark4_worker.py")
        self.process = subprocess.Popen(
            [python, worker], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.version = self.answer()["version"]

    def answer(self) -> dict:
        line = self.process.stdout.readline()
        assert line, "Spark 4 ended"
        return json.loads(line)

    def run(self, path: pathlib.Path, output: pathlib.Path, **job) -> pathlib.Path:
        """The one file that Spark made of `path`."""
        job = {"path": str(path), "output": str(output), **job}
        print(json.dumps(job), file=self.process.stdin, flush=True)
        error = self.answer()["error"]
        if error:
            raise RuntimeError(error)
        [part] = output.glob("*.parquet")
        return part

    def stop(self):
        self.process.stdin.close()
        self.process.wait(timeout=60)


@pytest.fixture(scope="session")
def spark4():
    """Spark 4 beside Spark 3, in its own environment; tools/test makes one."""
    named = os.environ.get("GREBE_SPARK4_VENV", ROOT / ".venv-spark4")
    python = pathlib.Path(named) / "bin" / "python"
    if not python.exists():
        is_missing(f"no Spark 4 at {named} (GREBE_SPARK4_VENV names its environment)")
    need("java")
    session = Spark4(python)
    assert session.version.startswith("4."), session.version
    yield session
    session.stop()


@pytest.fixture(scope="session")
def engines(tmp_path_factory):
    """Sail and Daft in their own environment; tools/test makes one."""
    named = pathlib.Path(os.environ.get("GREBE_ENGINES_VENV", ROOT / ".venv-engines"))
    if not (named / "bin" / "sail").exists():
        is_missing(f"no Sail and Daft at {named} (GREBE_ENGINES_VENV names their environment)")
    session = Engines(named, tmp_path_factory.mktemp("engines"))
    yield session
    session.stop()


def pytest_report_header() -> str:
    return f"grebe: {find_binary()}"


# What the conformance tests compared, for the last line of the report.
TALLY: collections.Counter = collections.Counter()


@pytest.fixture
def tally() -> collections.Counter:
    return TALLY


def pytest_terminal_summary(terminalreporter):
    if TALLY["files"]:
        terminalreporter.write_line(
            f"Parquet corpora: {TALLY['files']} files, {TALLY['columns']} columns, "
            f"{TALLY['cells']} cells compared, {TALLY['skipped']} skipped")
