"""What every interop test starts from: the binary, and where other engines' tables are."""

import os
import pathlib
import random

import pytest

from grebe_command import Grebe

ROOT = pathlib.Path(__file__).resolve().parents[2]


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


def pytest_report_header() -> str:
    return f"grebe: {find_binary()}"
