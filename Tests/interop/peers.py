"""Readers that nobody here wrote. Each gives the rows of one version of a Delta table."""

import pathlib

import deltalake
import duckdb
import duckdb_extension_delta
import polars
import pyarrow
import pyarrow.parquet

from rows import as_tuples, assert_same_rows


def duckdb_connection() -> duckdb.DuckDBPyConnection:
    """A DuckDB of its own, which fetches nothing. It knows Parquet files, but no Delta tables."""
    return duckdb.connect(config={
        "autoinstall_known_extensions": "false", "autoload_known_extensions": "false"})


def duckdb_with_delta() -> duckdb.DuckDBPyConnection:
    """One that has the delta extension out of the wheel: half a second, where `DUCKDB` won't do."""
    connection = duckdb_connection()
    folder = pathlib.Path(duckdb_extension_delta.__file__).parent / "extensions"
    extension = folder / f"v{duckdb.__version__}" / "delta.duckdb_extension"
    connection.execute(f"LOAD '{extension}'")
    return connection


DUCKDB = duckdb_with_delta()


def quoted(path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def named(columns: list[str]) -> str:
    return ", ".join('"' + name.replace('"', '""') + '"' for name in columns)


def read_delta_rs(table, columns, version=None) -> list[tuple]:
    # The query engine of delta-rs; its pyarrow path refuses or misreads some features.
    handle = deltalake.DeltaTable(str(table), version=version)
    reader = deltalake.QueryBuilder().register("t", handle).execute(
        f"select {named(columns)} from t")
    return as_tuples(pyarrow.table(reader.read_all()).to_pylist(), columns)


def read_polars(table, columns, version=None) -> list[tuple]:
    frame = polars.scan_delta(str(table), version=version).select(columns).collect()
    return as_tuples(frame.to_arrow().to_pylist(), columns)


def read_duckdb(table, columns, version=None) -> list[tuple]:
    at = "" if version is None else f", version={version}"
    found = DUCKDB.execute(f"select {named(columns)} from delta_scan({quoted(table)}{at})")
    return as_tuples(found.to_arrow_table().to_pylist(), columns)


READERS = {"delta-rs": read_delta_rs, "polars": read_polars, "duckdb": read_duckdb}


def assert_all_read(table, columns: list[str], expected: list[tuple], version=None):
    """Every reader finds exactly these rows."""
    for who, read in READERS.items():
        assert_same_rows(
            read(table, columns, version), expected, f"{who}, {table}, version {version}")


def versions(table) -> list[int]:
    return sorted(entry["version"] for entry in deltalake.DeltaTable(str(table)).history())


def data_files(table) -> list[pathlib.Path]:
    """Every Parquet file below the table but those of hidden folders."""
    table = pathlib.Path(table)
    return sorted(
        path for path in table.rglob("*.parquet")
        if not any(part.startswith(("_", ".")) for part in path.relative_to(table).parts))


def read_parquet_pyarrow(path, columns) -> list[tuple]:
    # Spark's INT96 reaches further than the nanoseconds that pyarrow would make of it.
    file = pyarrow.parquet.ParquetFile(
        path, page_checksum_verification=True, coerce_int96_timestamp_unit="us")
    return as_tuples(file.read(columns=columns).to_pylist(), columns)


def read_parquet_duckdb(path, columns) -> list[tuple]:
    found = DUCKDB.execute(
        f"select {named(columns)} from read_parquet({quoted(path)}, hive_partitioning=false)")
    return as_tuples(found.to_arrow_table().to_pylist(), columns)


def read_grebe(grebe, folder, table, columns, version=None) -> list[tuple]:
    """By way of a Parquet file in `folder`, which keeps every type; pyarrow reads that."""
    output = folder / "read-by-grebe.parquet"
    at = "" if version is None else f" VERSION AS OF {version}"
    grebe.run("query", f"SELECT {named(columns)} FROM {quoted(table)}{at}", "--output", output)
    return read_parquet_pyarrow(output, columns)


def assert_files_hold(table, columns: list[str], expected: list[tuple]):
    """pyarrow and DuckDB read every data file, and together the files hold these rows."""
    files = data_files(table)
    assert files or not expected, f"no data files in {table}"
    for who, read in {"pyarrow": read_parquet_pyarrow, "duckdb": read_parquet_duckdb}.items():
        found = [row for path in files for row in read(path, columns)]
        assert_same_rows(found, expected, f"{who}, the files of {table}")


def read_delta_rs_query(table, sql: str, version=None) -> list[tuple]:
    """The rows of a query over the table `t`, by delta-rs."""
    handle = deltalake.DeltaTable(str(table), version=version)
    found = pyarrow.table(
        deltalake.QueryBuilder().register("t", handle).execute(sql).read_all())
    return as_tuples(found.to_pylist(), found.column_names)
