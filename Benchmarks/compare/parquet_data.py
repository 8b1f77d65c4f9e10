"""Data sets of the Parquet benchmark, made by DuckDB out of row numbers: the same every time."""

import pathlib
import subprocess
import sys
import tempfile

LINEITEM = """
SELECT * FROM read_csv('{csv}')
"""

# Nulls from none to nearly all, alone and in runs, in every kind of column.
NULL_HEAVY = "SELECT i AS row_id, {columns} FROM range({rows}) t(i)"
NULL_HEAVY_COLUMNS = {
    "count": "(hash(i, {seed}) % 1000)::INTEGER",
    "id": "(hash(i, {seed}) >> 1)::BIGINT",
    "price": "(hash(i, {seed}) % 1000000) / 100.0::DOUBLE",
    "note": "'note ' || (hash(i, {seed}) % 5000)",
    "day": "DATE '2020-01-01' + (hash(i, {seed}) % 2000)::INTEGER",
    "at": "TIMESTAMP '2024-01-01' + to_seconds((hash(i, {seed}) % 90000000)::BIGINT)",
    "flag": "hash(i, {seed}) % 3 = 0",
}
NULL_PERCENTAGES = [50, 90, 99, 100]

WIDE = "SELECT {columns} FROM range({rows}) t(i)"
WIDE_COLUMNS = [
    "(hash(i, {seed}) % 100)::INTEGER",
    "(i * 7 + hash(i, {seed}) % 5)::BIGINT",
    "(hash(i, {seed}) % 100000) / 1000.0::DOUBLE",
    "'v' || (hash(i, {seed}) % 40)",
    "CASE WHEN hash(i, {seed}) % 4 > 0 THEN (hash(i, {seed}) % 1000000)::INTEGER END",
]

NESTED = """
SELECT i AS order_id, DATE '2024-01-01' + (i / 5000)::INTEGER AS ordered_on,
  CASE WHEN hash(i, 1) % 50 > 0 THEN {{
    'id': (hash(i, 2) % 100000)::BIGINT, 'name': 'Customer ' || (hash(i, 2) % 100000),
    'balance': (hash(i, 3) % 1000000) / 100.0::DOUBLE,
    'address': CASE WHEN hash(i, 4) % 10 > 0 THEN {{
      'street': (hash(i, 5) % 900) || ' Main Street', 'city': 'City ' || (hash(i, 6) % 300)}} END
  }} END AS customer,
  CASE WHEN hash(i, 7) % 20 > 0 THEN
    [CASE WHEN hash(i, 8, k) % 30 > 0 THEN 'tag-' || (hash(i, 8, k) % 500) END
     for k in range((hash(i, 9) % 6)::BIGINT)] END AS tags,
  [{{'sku': (hash(i, 10, k) % 200000)::INTEGER, 'quantity': (hash(i, 11, k) % 20)::INTEGER,
    'price': (hash(i, 12, k) % 100000) / 100.0::DOUBLE}}
   for k in range((hash(i, 13) % 5)::BIGINT)] AS items
FROM range({rows}) t(i)
"""

STRINGS = """
SELECT md5(i::VARCHAR) AS id,
  'user' || (hash(i, 1) % 100000000) || '@example-' || (hash(i, 2) % 5000) || '.com' AS email,
  'https://example.com/p/' || lower(to_base((hash(i, 3) >> 14)::BIGINT, 36))
    || '?ref=' || (hash(i, 4) % 1000000) AS url,
  repeat(chr((97 + hash(i, 5) % 26)::INTEGER), (hash(i, 6) % 30)::INTEGER) || i AS key,
  'Order ' || i || ' of ' || (hash(i, 7) % 977) || ' parts, sent to depot '
    || (hash(i, 8) % 31337) || ' by carrier ' || (hash(i, 9) % 17) AS text
FROM range({rows}) t(i)
"""


def null_heavy(rows: int) -> str:
    columns = []
    for percentage in NULL_PERCENTAGES:
        for seed, (name, value) in enumerate(NULL_HEAVY_COLUMNS.items()):
            # Half of the columns are null in runs of 1000 rows, as of a feature switched on late.
            where = "i" if seed % 2 else "i // 1000"
            columns.append(
                f"CASE WHEN hash({where}, {100 + seed}) % 100 >= {percentage} THEN "
                f"{value.format(seed=seed)} END AS {name}_{percentage}")
    return NULL_HEAVY.format(columns=", ".join(columns), rows=rows)


def wide(rows: int, column_count=500) -> str:
    columns = (
        f"{WIDE_COLUMNS[i % len(WIDE_COLUMNS)].format(seed=i)} AS column_{i}"
        for i in range(column_count))
    return WIDE.format(columns=", ".join(columns), rows=rows)


# Name -> (rows at scale 1, SQL out of a number of rows); lineitem has rows of its own.
QUERIES = {
    "null-heavy": (2_000_000, null_heavy),
    "wide": (100_000, wide),
    "nested": (1_500_000, lambda rows: NESTED.format(rows=rows)),
    "strings": (2_000_000, lambda rows: STRINGS.format(rows=rows)),
}
NAMES = ["lineitem", *QUERIES]


def lineitem_csv(scale: str, folder: pathlib.Path) -> pathlib.Path:
    """TPC-H lineitem at a scale, made once."""
    path = folder / f"lineitem-{scale}.csv"
    if not path.exists():
        print(f"making {path.name} with tpchgen-cli", file=sys.stderr)
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as part:
            generator = pathlib.Path(sys.executable).parent / "tpchgen-cli"
            subprocess.run(
                [generator, "csv", "-s", scale, "-T", "lineitem", "-o", part], check=True,
                stdout=subprocess.DEVNULL)
            [made] = pathlib.Path(part).rglob("lineitem*.csv")
            made.rename(path)
    return path


def query(name: str, scale: str, folder: pathlib.Path) -> str:
    """SQL that gives the rows of a data set."""
    if name == "lineitem":
        return LINEITEM.format(csv=lineitem_csv(scale, folder))
    rows, make = QUERIES[name]
    return make(max(1000, round(rows * float(scale))))
