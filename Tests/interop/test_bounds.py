"""What a large conversion may take: resident memory, the spool, open files. Each run is measured by
itself, as the system counts it."""

import collections
import gzip
import os
import pathlib
import subprocess
import sys

import deltalake
import numpy
import pyarrow
import pyarrow.compute
import pyarrow.parquet
import pytest

MB = 1 << 20
INPUT_BYTES = 120 * MB
# The first units of a source, from which types are guessed, are behind it.
LATE = 0.97
# What a command takes that does nothing much.
PROCESS_BYTES = 20 * MB


# A process starts with the peak of the one that it was forked from: this one is small.
LAUNCHER = """
import os, resource, subprocess, sys
place, limits, *command = sys.argv[1:]
for limit in limits.split():
    what, most = limit.split("=")
    resource.setrlimit(getattr(resource, what), (int(most), int(most)))
status = subprocess.run(command).returncode
with open(place, "w") as file:
    file.write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss << 10))
sys.exit(status)
"""


def peak_bytes(grebe, folder: pathlib.Path, *arguments, stdin=None, **limits) -> int:
    """The most memory that a command had resident, which has to succeed."""
    command = [
        sys.executable, "-I", "-S", "-c", LAUNCHER, folder / "peak",
        " ".join(f"{what}={most}" for what, most in limits.items())]
    done = subprocess.run(
        [*command, *grebe.command(*arguments)], stdin=stdin, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return int((folder / "peak").read_text())


def lines():
    """Records whose last ones contradict what all before them say of the types."""
    yield "id,code,amount,flag,day\n"
    late = None
    size = 0
    for i in range(1 << 60):
        if size > INPUT_BYTES * LATE and late is None:
            late = i
        if size > INPUT_BYTES:
            break
        line = f"{i},{i % 1000 + 1000},{i % 7},true,2024-01-{i % 28 + 1:02}\n"
        if i == late:
            # An id that no int holds; a code that no number is written as; a fraction; a word.
            line = "3000000000,007,2.5,maybe,soon\n"
        size += len(line)
        yield line


@pytest.fixture(scope="module")
def dump(tmp_path_factory) -> pathlib.Path:
    path = tmp_path_factory.mktemp("late") / "late.csv"
    with path.open("w") as file:
        file.writelines(lines())
    return path


def check_widened(table: pathlib.Path, dump: pathlib.Path):
    types = {f.name: f.type.type for f in deltalake.DeltaTable(str(table)).schema().fields}
    assert types == {
        "id": "long", "code": "string", "amount": "double", "flag": "string", "day": "string"}
    rows = deltalake.DeltaTable(str(table)).to_pyarrow_table()
    with dump.open() as file:
        assert rows.num_rows == sum(1 for _ in file) - 1
    # Every value as it was written, the first as well as the last.
    rows = rows.sort_by("id")
    assert rows.slice(0, 2).to_pylist() == [
        {"id": i, "code": f"{1000 + i}", "amount": float(i), "flag": "true",
         "day": f"2024-01-0{i + 1}"} for i in range(2)]
    assert rows.slice(rows.num_rows - 1).to_pylist() == [
        {"id": 3_000_000_000, "code": "007", "amount": 2.5, "flag": "maybe", "day": "soon"}]
    lengths = set(pyarrow.compute.unique(pyarrow.compute.utf8_length(rows["code"])).to_pylist())
    assert lengths == {3, 4}


@pytest.mark.parametrize("kind", ["standard input", "gzip", "gzip on standard input", "a file"])
def test_a_late_contradiction_costs_no_memory(grebe, tmp_path, dump, kind):
    source = dump
    if "gzip" in kind:
        source = tmp_path / "late.csv.gz"
        with gzip.open(source, "wb", compresslevel=1) as file:
            file.write(dump.read_bytes())
    # No file may be larger than the input: what is spooled is spooled once.
    limits = {"RLIMIT_FSIZE": source.stat().st_size + MB}
    arguments = ["--into", tmp_path / "t", "--memory", "64MB", "--threads", "2"]
    if "input" in kind:
        with source.open("rb") as file:
            # Through a pipe, which can be read once.
            with subprocess.Popen(["cat"], stdin=file, stdout=subprocess.PIPE) as cat:
                peak = peak_bytes(
                    grebe, tmp_path, "convert", "-", *arguments, stdin=cat.stdout, **limits)
    else:
        peak = peak_bytes(grebe, tmp_path, "convert", source, *arguments, **limits)
    # Less than the promised 200 MB over the budget, and than the text and its columns take.
    assert peak < 160 * MB, f"{peak:,} bytes"
    check_widened(tmp_path / "t", dump)


def test_rows_are_sorted_within_the_budget(grebe, tmp_path):
    """160 MB of columns, more than the process may take: rows are sorted on disk."""
    source, count = tmp_path / "unsorted.csv", 2_500_000
    with source.open("w") as file:
        file.write("k,text\n")
        file.writelines(
            f"{n * 7_368_787 % count},the {n * 31 % 9973}th of some forty bytes of text\n"
            for n in range(count))
    assert source.stat().st_size > 110 * MB
    peak = peak_bytes(
        grebe, tmp_path, "convert", source, "--into", tmp_path / "t", "--sort-by", "k",
        "--memory", "32MB", "--threads", "2")
    assert peak < 128 * MB, f"{peak:,} bytes"
    keys = deltalake.DeltaTable(str(tmp_path / "t")).to_pyarrow_table(columns=["k"])["k"]
    assert sorted(keys.to_pylist()) == list(range(count))
    for path in (tmp_path / "t").glob("*.parquet"):
        part = pyarrow.parquet.read_table(path, columns=["k"])["k"].to_pylist()
        assert part == sorted(part)


PARTITIONS = 10_000


def test_ten_thousand_partitions_need_few_files_and_little_memory(grebe, tmp_path):
    source = tmp_path / "many.csv"
    counts = collections.Counter()
    with source.open("w") as file:
        file.write("k,id,name\n")
        for i in range(300_000):
            # In no order, and of different sizes.
            key = i * 7919 % PARTITIONS if i % 3 else i * i % PARTITIONS
            counts[key] += 1
            file.write(f"{key},{i},name {i * 2654435761 % 10_007}\n")
    assert len(counts) == PARTITIONS
    peak = peak_bytes(
        grebe, tmp_path, "convert", source, "--into", tmp_path / "t", "--partition-by", "k",
        "--threads", "2", RLIMIT_NOFILE=256)
    assert peak <= 300 * 1_000_000, f"{peak:,} bytes"
    assert len(os.listdir(tmp_path / "t")) == PARTITIONS + 1
    table = deltalake.DeltaTable(str(tmp_path / "t"))
    adds = table.get_add_actions(flatten=True)
    found = collections.Counter()
    for key, rows in zip(adds["partition.k"].to_pylist(), adds["num_records"].to_pylist()):
        found[key] += rows
    assert found == counts
    ids = table.to_pyarrow_table(columns=["id", "k"])
    assert sorted(ids["id"].to_pylist()) == list(range(300_000))



WIDE_COLUMNS, WIDE_ROWS = 1500, 12_000


@pytest.fixture(scope="module", params=["dictionaries", "small pages", "strings"])
def wide(request, tmp_path_factory) -> tuple[pathlib.Path, int]:
    """A row group of many columns, and its bytes before compression."""
    path = tmp_path_factory.mktemp("wide") / "wide.parquet"
    numbers = numpy.random.default_rng(3).integers(0, 1 << 40, (WIDE_COLUMNS, WIDE_ROWS))
    if request.param == "strings":
        made = [
            pyarrow.array([f"value {n:030}" for n in row[:WIDE_ROWS // 4]] * 4)
            for row in numbers[:10]]
        columns = {f"c{i}": made[i % len(made)] for i in range(WIDE_COLUMNS)}
    else:
        columns = {f"c{i}": pyarrow.array(row) for i, row in enumerate(numbers)}
    settings = {"use_dictionary": False, "data_page_size": 2048} \
        if request.param == "small pages" else {}
    pyarrow.parquet.write_table(
        pyarrow.table(columns), path, row_group_size=WIDE_ROWS, **settings)
    return path, pyarrow.parquet.read_metadata(path).row_group(0).total_byte_size


def test_a_wide_file_is_read_in_little_more_than_a_row_group(grebe, tmp_path, wide):
    path, group_bytes = wide
    largest = ", ".join(f"max(c{i})" for i in range(WIDE_COLUMNS))
    peak = peak_bytes(
        grebe, tmp_path, "query", f"SELECT {largest} FROM '{path}'", "--format", "ndjson")
    assert peak <= group_bytes + PROCESS_BYTES + 100 * 1_000_000, f"{peak:,} of {group_bytes:,}"


@pytest.mark.parametrize("how", ["query", "ndjson", "rewrite", "convert"])
def test_a_wide_file_is_read_and_rewritten_within_the_budget(grebe, tmp_path, wide, how):
    path, _ = wide
    everything = f"SELECT * FROM '{path}'"
    largest = ", ".join(f"max(c{i})" for i in range(WIDE_COLUMNS))
    arguments = {
        "query": ["query", f"SELECT {largest} FROM '{path}'", "--format", "ndjson"],
        "ndjson": ["query", everything, "--output", tmp_path / "o.ndjson"],
        "rewrite": ["query", everything, "--output", tmp_path / "o.parquet"],
        "convert": ["convert", path, "--into", tmp_path / "t"],
    }[how]
    peak = peak_bytes(grebe, tmp_path, *arguments, "--memory", "64MB", "--threads", "2")
    assert peak <= (64 + 200) * 1_000_000, f"{peak:,} bytes"
    if how == "rewrite":
        assert pyarrow.parquet.read_table(tmp_path / "o.parquet").equals(
            pyarrow.parquet.read_table(path))
