"""NDJSON of the JSON benchmark: TPC-H orders, each with its customer as an object and a list of the
parts it ordered. The same every time. About 350 bytes an order, 520 MB at scale 1.

    python json_data.py SCALE FOLDER
"""

import pathlib
import subprocess
import sys
import tempfile

ORDERS = """
COPY (
  SELECT o_orderkey, o_orderstatus, o_totalprice, o_orderdate, o_orderpriority, o_clerk,
    o_comment,
    {{'c_custkey': c_custkey, 'c_name': c_name, 'c_acctbal': c_acctbal,
      'c_mktsegment': c_mktsegment}} AS customer,
    [(hash(o_orderkey, k) % 200000)::INTEGER for k in range((o_orderkey % 7)::BIGINT)] AS parts
  FROM read_csv('{orders}') JOIN read_csv('{customer}') ON o_custkey = c_custkey
  ORDER BY o_orderkey
) TO '{path}' (FORMAT json)
"""


def orders_ndjson(scale: str, folder: pathlib.Path) -> pathlib.Path:
    """Made once."""
    path = folder / f"orders-{scale}.ndjson"
    if path.exists():
        return path
    # Not at the top: a child's peak memory starts from what this process holds when it forks.
    import duckdb

    print(f"making {path.name} with tpchgen-cli", file=sys.stderr)
    folder.mkdir(parents=True, exist_ok=True)
    generator = pathlib.Path(sys.executable).parent / "tpchgen-cli"
    with tempfile.TemporaryDirectory(dir=folder) as part:
        sources = {}
        for table in ("orders", "customer"):
            output = pathlib.Path(part) / table
            subprocess.run(
                [generator, "csv", "-s", scale, "-T", table, "-o", output], check=True,
                stdout=subprocess.DEVNULL)
            [sources[table]] = output.rglob(f"{table}*.csv")
        made = pathlib.Path(part) / "orders.ndjson"
        duckdb.sql(ORDERS.format(**sources, path=made))
        made.rename(path)
    return path


if __name__ == "__main__":
    print(orders_ndjson(sys.argv[1], pathlib.Path(sys.argv[2])))
