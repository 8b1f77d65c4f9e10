"""Writes the files beside it: three row groups whose values lie between each other's, with bloom
filters, in the manner of pyarrow and DuckDB.

usage: write.py

Row group g holds the numbers n with n % 3 == g, n below 600, in every column: so a value is in one
row group alone, and the bounds of all three allow it.
"""
import datetime
import decimal
import os
import random

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

HERE = os.path.dirname(os.path.abspath(__file__))
ROWS = 2048
GROUPS = 3


def table():
    random.seed(11)
    numbers = [
        None if random.random() < 0.05 else group + GROUPS * random.randrange(200)
        for group in range(GROUPS)
        for _ in range(ROWS)
    ]

    def column(kind, value):
        return pa.array([None if n is None else value(n) for n in numbers], kind)

    day = datetime.date(2020, 1, 1)
    return pa.table(
        {
            "int": column(pa.int32(), lambda n: n - 300),
            "long": column(pa.int64(), lambda n: (n - 300) * 10**12),
            "float": column(pa.float32(), lambda n: (n - 300) / 4),
            "double": column(pa.float64(), lambda n: (n - 300) / 10),
            "text": column(pa.string(), lambda n: f"word {n}"),
            "date": column(pa.date32(), lambda n: day + datetime.timedelta(n)),
            "instant": column(
                pa.timestamp("us", "UTC"),
                lambda n: datetime.datetime(2020, 1, 1) + datetime.timedelta(hours=n),
            ),
            "small": column(pa.decimal128(9, 2), lambda n: decimal.Decimal(n - 300) / 4),
            "large": column(pa.decimal128(30, 2), lambda n: decimal.Decimal(n - 300) * 10**20),
        }
    )


def main():
    data = table()
    pq.write_table(
        data,
        os.path.join(HERE, "pyarrow.parquet"),
        row_group_size=ROWS,
        compression="zstd",
        store_decimal_as_integer=True,
        bloom_filter_options={name: {"ndv": 200, "fpp": 0.01} for name in data.column_names},
    )
    connection = duckdb.connect()
    connection.register("data", data)
    path = os.path.join(HERE, "duckdb.parquet")
    connection.execute(
        f"COPY (SELECT * FROM data) TO '{path}' (FORMAT parquet, ROW_GROUP_SIZE {ROWS}, CODEC zstd)"
    )


if __name__ == "__main__":
    main()
