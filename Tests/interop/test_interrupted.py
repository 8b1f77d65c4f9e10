"""A conversion that dies leaves the last version and nothing else; run again, it loads once."""

import pathlib
import shutil
import signal
import subprocess
import time

import deltalake
import pytest

import dumps
import peers

KILL_COUNT = 50
ROWS = 120_000


@pytest.fixture(scope="module")
def stage(grebe, tmp_path_factory):
    """A table of one version, and a dump whose conversion takes long enough to be killed."""
    folder = tmp_path_factory.mktemp("interrupted")
    base = dumps.orders(500, seed=1)
    source = dumps.orders(2000, seed=2, first_id=1_000_000)
    lines = source.write(folder / "more.csv").read_text().splitlines()
    repeated = [lines[0]] + [
        f"{1_000_000 + n},{lines[1 + n % 2000].split(',', 1)[1]}" for n in range(ROWS)]
    (folder / "more.csv").write_text("\n".join(repeated) + "\n")
    options = ["--schema", base.ddl, "--partition-by", "region"]
    grebe.convert(base.write(folder / "base.csv"), folder / "base", *options)
    return folder


def command(grebe, stage: pathlib.Path, table: pathlib.Path) -> list[str]:
    return grebe.command(
        "convert", stage / "more.csv", "--into", table, "--format", "json", "--threads", "1")


def row_count_and_ids(table) -> tuple[int, int]:
    [(rows, ids)] = peers.read_delta_rs_query(table, "select count(*), count(distinct id) from t")
    return rows, ids


def assert_whole(grebe, table):
    """Version 0, or version 1 complete; never a third thing."""
    versions = peers.versions(table)
    assert versions in ([0], [0, 1])
    wanted = 500 if versions == [0] else 500 + ROWS
    assert row_count_and_ids(table) == (wanted, wanted)
    assert grebe.query(f"SELECT count(*) AS n FROM '{table}'") == [{"n": wanted}]
    assert grebe.query(f"SELECT count(*) AS n FROM '{table}' VERSION AS OF 0") == [{"n": 500}]
    assert grebe.versions(table) == versions


def test_kill_at_random_points(grebe, stage, seeded, tmp_path):
    started = time.monotonic()
    shutil.copytree(stage / "base", tmp_path / "whole")
    subprocess.run(command(grebe, stage, tmp_path / "whole"), check=True, capture_output=True)
    seconds = time.monotonic() - started

    killed_in_time = 0
    for round_number in range(KILL_COUNT):
        table = tmp_path / f"t{round_number}"
        shutil.copytree(stage / "base", table)
        process = subprocess.Popen(
            command(grebe, stage, table), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(seeded.uniform(0, seconds * 1.05))
        process.kill()
        killed_in_time += process.wait() == -signal.SIGKILL
        assert_whole(grebe, table)

        grebe.run("convert", stage / "more.csv", "--into", table)
        assert peers.versions(table) == [0, 1]
        assert row_count_and_ids(table) == (500 + ROWS, 500 + ROWS)
        shutil.rmtree(table)
    print(f"{killed_in_time} of {KILL_COUNT} died before they were done ({seconds:.2f} s)")
    assert killed_in_time >= KILL_COUNT // 4, "the conversion is too short to be interrupted"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_is_clean(grebe, stage, tmp_path, number):
    shutil.copytree(stage / "base", tmp_path / "t")
    process = subprocess.Popen(command(grebe, stage, tmp_path / "t"), stdout=subprocess.DEVNULL)
    time.sleep(0.05)
    process.send_signal(number)
    # A shell shows a death by SIGINT as 130, too. On a fast machine it may be done already.
    assert process.wait() in (130, -number, 0)
    assert_whole(grebe, tmp_path / "t")


def test_a_kill_while_the_table_is_made(grebe, stage, seeded, tmp_path):
    for round_number in range(5):
        table = tmp_path / f"t{round_number}"
        process = subprocess.Popen(
            command(grebe, stage, table), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(seeded.uniform(0, 0.1))
        process.kill()
        process.wait()
        if not deltalake.DeltaTable.is_deltatable(str(table)):
            grebe.run("query", f"SELECT * FROM '{table}'", code=66)
        grebe.run("convert", stage / "more.csv", "--into", table)
        assert row_count_and_ids(table) == (ROWS, ROWS)
