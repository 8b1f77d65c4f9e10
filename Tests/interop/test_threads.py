"""The number of threads changes no byte of what is written."""

import hashlib
import json

import pyarrow
import pyarrow.csv
import pyarrow.parquet
import pytest

ROWS = 150_000

QUERIES = {
    "every row": "SELECT * FROM '{}'",
    "some rows": "SELECT id, word FROM '{}' WHERE price < 300",
    "sorted": "SELECT * FROM '{}' ORDER BY word, id",
    "grouped": "SELECT word, count(*) AS n, sum(price) AS p FROM '{}' GROUP BY word",
}


@pytest.mark.parametrize("query", QUERIES)
def test_a_file_is_the_same_from_any_number_of_threads(grebe, seeded, tmp_path, query):
    table = pyarrow.table({
        "id": range(ROWS), "word": [f"w{seeded.randrange(5000)}" for _ in range(ROWS)],
        "price": [seeded.randrange(10**5) / 100 for _ in range(ROWS)],
        "l": [[i] * (i % 4) for i in range(ROWS)]})
    source = tmp_path / "f.parquet"
    pyarrow.parquet.write_table(table, source, row_group_size=9000)
    digests = {}
    for run, threads in enumerate([1, 2, 4, 4]):
        output = tmp_path / f"{run}.parquet"
        grebe.run(
            "query", QUERIES[query].format(source), "--output", output, "--threads", threads)
        digests[run, threads] = hashlib.sha256(output.read_bytes()).hexdigest()
    assert len(set(digests.values())) == 1, digests


OPTIONS = {
    "plain": [],
    "sorted": ["--sort-by", "price"],
    "small files": ["--target-file-size", "64KiB"],
    "partitions": ["--partition-by", "part"],
    "compatible": ["--parquet-profile", "compatible", "--bloom-filter", "word"],
    "modern": ["--parquet-profile", "modern"],
}


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    """The same rows as a Parquet file of several row groups, as lines of JSON, and flat as CSV."""
    count = 60_000
    table = pyarrow.table({
        "id": range(count), "word": [f"w{i * 7919 % 30_011}" for i in range(count)],
        "price": [i * 2_654_435_761 % 2**32 / 7 for i in range(count)],
        "part": [i % 3 for i in range(count)], "l": [[i] * (i % 3) for i in range(count)],
        "s": [{"x": i, "y": f"{i}"} for i in range(count)]})
    folder = tmp_path_factory.mktemp("threads")
    pyarrow.parquet.write_table(table, folder / "f.parquet", row_group_size=7000)
    with open(folder / "f.ndjson", "w") as file:
        for row in table.to_pylist():
            file.write(json.dumps(row) + "\n")
    pyarrow.csv.write_csv(table.drop_columns(["l", "s"]), folder / "f.csv")
    return folder


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("kind", ["parquet", "ndjson", "csv"])
def test_a_table_has_the_same_files_from_any_number_of_threads(
        grebe, tmp_path, sources, kind, options):
    digests = {}
    for run, threads in enumerate([1, 2, 4, 4]):
        table = tmp_path / f"{run}"
        grebe.run(
            "convert", sources / f"f.{kind}", "--into", table, "--threads", threads,
            *OPTIONS[options])
        digests[run, threads] = tuple(sorted(
            hashlib.sha256(file.read_bytes()).hexdigest() for file in table.rglob("*.parquet")))
    assert len(set(digests.values())) == 1, digests
    [files] = set(digests.values())
    assert options != "partitions" or len(files) > 1
