"""spec/delta/commit.pml, the commit protocol as a model: every state of it is looked at by spin."""

import pathlib
import re
import subprocess

import pytest

from needed import need

MODEL = pathlib.Path(__file__).resolve().parents[2] / "spec" / "delta" / "commit.pml"
SECONDS_MAX = 120

# What a writer or keeper could do wrong, and what then no longer holds.
BROKEN_RULES = {
    "PUT_REPLACES": "entries",
    "ENTRY_FIRST": "data",
    "NO_OWN_CHECK": "data",
    "DISCARD_ON_ERROR": "data",
    "NO_LOG_START": "made",
    "CLEAN_FIRST": "saved",
    "NO_RETENTION": "data",
}


def verify(folder: pathlib.Path, *names: str) -> str:
    """What the verifier that spin makes of the model prints, with these names defined."""
    need("spin", "gcc")
    for command in (
            ["spin", "-a", *[f"-D{name}" for name in names], MODEL],
            ["gcc", "-w", "-O2", "-DSAFETY", "-o", "pan", "pan.c"]):
        subprocess.run(command, cwd=folder, check=True, timeout=SECONDS_MAX, capture_output=True)
    done = subprocess.run(
        ["./pan", "-m100000"], cwd=folder, timeout=SECONDS_MAX, capture_output=True, text=True)
    return done.stdout


def test_no_commit_is_lost_or_doubled(tmp_path):
    found = verify(tmp_path)
    assert re.search(r"\berrors: 0$", found, re.MULTILINE), found
    # Nothing was left out, neither for want of depth or memory nor because it cannot happen.
    assert "Search not completed" not in found and "too small" not in found, found
    assert re.findall(r"\((\d+) of \d+ states\)", found) == ["0", "0", "0"], found
    states = int(re.search(r"(\d+) states, stored", found)[1])
    assert states > 1_000_000, found
    print(f"{states} states")


def test_one_source_at_once_is_loaded_once(tmp_path):
    found = verify(tmp_path, "SAME_SOURCE")
    assert re.search(r"\berrors: 0$", found, re.MULTILINE), found
    assert "Search not completed" not in found and "too small" not in found, found


@pytest.mark.parametrize("rule", BROKEN_RULES)
def test_a_broken_rule_is_found_out(tmp_path, rule):
    found = verify(tmp_path, rule)
    assert "errors: 1" in found, found
    [violated] = re.findall(r"assertion violated (.*) \(at depth", found)
    assert f"{BROKEN_RULES[rule]}[" in violated, violated
