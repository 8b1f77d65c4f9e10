"""The number of threads changes no byte of what is written."""

import hashlib

import pyarrow
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
