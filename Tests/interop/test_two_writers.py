"""Two processes append to one table at once: both get in, or one is told to try again."""

import shutil
import subprocess

import pytest

import dumps
import peers

ROUNDS = 8


def race(grebe, commands: list[list[str]]) -> list[int]:
    processes = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for command in commands]
    errors = [process.communicate()[1].decode() for process in processes]
    codes = [process.returncode for process in processes]
    assert set(codes) <= {0, 75} and 0 in codes, (codes, errors)
    for code, error in zip(codes, errors):
        assert code == 0 or "grebe: error: " in error
    return codes


@pytest.mark.parametrize("exists", [True, False], ids=["append", "create"])
def test_no_row_is_lost_or_doubled(grebe, tmp_path, exists):
    base = dumps.orders(100, seed=0) if exists else dumps.orders(0, seed=0)
    for number in range(ROUNDS):
        table = tmp_path / f"t{number}"
        if exists:
            grebe.convert(base.write(tmp_path / "base.csv"), table, "--schema", base.ddl)
        loads = [dumps.orders(5000, seed=n, first_id=n * 10**6) for n in (1, 2)]
        sources = [load.write(tmp_path / f"load{n}.csv") for n, load in enumerate(loads)]
        commands = [
            grebe.command("convert", source, "--into", table, "--schema", base.ddl)
            for source in sources]
        codes = race(grebe, commands)

        expected = list(base.rows)
        for code, load in zip(codes, loads):
            expected += load.rows if code == 0 else []
        assert len(peers.versions(table)) == exists + codes.count(0)
        peers.assert_all_read(table, base.names, expected)

        for code, source in zip(codes, sources):
            if code == 75:
                grebe.convert(source, table)
        everything = [*base.rows, *loads[0].rows, *loads[1].rows]
        peers.assert_same_rows(
            peers.read_delta_rs(table, base.names), everything, "after the second try")
        shutil.rmtree(table)


def test_the_same_source_twice_at_once_is_loaded_once(grebe, tmp_path):
    dump = dumps.orders(5000, seed=3)
    base = dumps.orders(10, seed=4, first_id=10**7)
    source = dump.write(tmp_path / "load.csv")
    for number in range(ROUNDS):
        table = tmp_path / f"t{number}"
        grebe.convert(base.write(tmp_path / "base.csv"), table, "--schema", base.ddl)
        race(grebe, [grebe.command("convert", source, "--into", table)] * 2)
        peers.assert_same_rows(
            peers.read_delta_rs(table, base.names), base.rows + dump.rows, f"round {number}")
