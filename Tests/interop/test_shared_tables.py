"""Tables of Spark and others, every version: read as others read them, or refused by name."""

import io
import json
import pathlib
import tarfile
import urllib.parse
from decimal import Decimal

import deltalake
import pyarrow
import pytest

import peers
import variants
from rows import from_json

FLAT_TYPES = {
    "boolean": "boolean", "byte": "int", "short": "int", "integer": "int", "long": "long",
    "float": "float", "double": "double", "date": "date", "timestamp": "timestamp",
    "timestamp_ntz": "timestamp", "string": "string", "void": "string",
}

# Path below the `delta` folder; `.tar.zst` is unpacked first.
TABLES = [
    "app-txn-checkpoint", "app-txn-no-checkpoint", "app-txn-with-last-updated",
    "basic-decimal-table", "basic_partitioned",
    "cdf-column-mapping-id-mode.tar.zst", "cdf-column-mapping-name-mode-3-7.tar.zst",
    "cdf-column-mapping-name-mode.tar.zst", "cdf-table-backtick-column-names.tar.zst",
    "cdf-table-data-change.tar.zst", "cdf-table-delete-conditional-all-rows.tar.zst",
    "cdf-table-delete-conditional-two-rows.tar.zst", "cdf-table-delete-unconditional.tar.zst",
    "cdf-table-non-partitioned.tar.zst", "cdf-table-partitioned.tar.zst",
    "cdf-table-simple.tar.zst", "cdf-table-update-ops.tar.zst",
    "cdf-table-with-cdc-and-dvs.tar.zst", "cdf-table-with-dv.tar.zst", "cdf-table.tar.zst",
    "compacted-log-files-table.tar.zst", "crc-full", "data-reader-timestamp_ntz",
    "external-table-different-nullability", "mixed-nulls", "parquet_row_group_skipping",
    "parsed-stats", "partition_cm/id", "partition_cm/name", "partition_cm/none",
    "partitioned_with_materialize_feature", "stats-writing-all-types/delta", "table-with-cdf",
    "table-with-dv-small", "table-without-dv-small", "timestamp-partitioned-table.tar.zst",
    "timestamp-truncation-stats", "type-widening", "unshredded-variant.tar.zst",
    "v1-multi-part-partitioned-struct-stats-only", "v1-multi-part-struct-stats-only",
    "v1-single-part-struct-stats-only", "v2-checkpoints-json-with-last-checkpoint.tar.zst",
    "v2-checkpoints-json-with-sidecars.tar.zst", "v2-checkpoints-json-without-sidecars.tar.zst",
    "v2-checkpoints-parquet-with-last-checkpoint.tar.zst",
    "v2-checkpoints-parquet-with-sidecars.tar.zst",
    "v2-checkpoints-parquet-without-sidecars.tar.zst", "v2-classic-checkpoint-json.tar.zst",
    "v2-classic-checkpoint-parquet.tar.zst", "v2-classic-parquet-struct-stats-only",
    "v2-json-sidecars-struct-stats-only", "v2-parquet-sidecars-struct-stats-only", "void-column",
    "with-short-dv", "with_checkpoint_no_last_checkpoint",
]

LARGE_LOG = "300k-add-files-100-col-partitioned.tar.zst"

# What the tests below look at, and a text.
OTHERS = {LARGE_LOG, "crc-malformed", "table-with-geo", "unshredded-variant.expected.in"}

# Versions whose data files are not there: what the log says of them is compared instead.
WITHOUT_FILES = {
    "app-txn-with-last-updated": range(4), "with_checkpoint_no_last_checkpoint": range(1, 4),
    "table-with-cdf": range(1)}

# What others do not read, from which version on, and what they say. All else both of them read:
# no version is left that neither does.
UNREAD = {
    ("delta-rs", "type-widening"): (1, "TypeWideningPreview"),
    ("duckdb", "void-column"): (0, "Unsupported Delta table type: 'void'"),
}


def unpacked(archive: pathlib.Path, folder: pathlib.Path) -> pathlib.Path:
    """The table in an archive, unpacked into `folder`; a folder is the table itself."""
    if archive.is_dir():
        return archive
    with pyarrow.CompressedInputStream(pyarrow.OSFile(str(archive)), "zstd") as stream:
        tarfile.open(fileobj=io.BytesIO(stream.read())).extractall(folder, filter="data")
    [log] = [path for path in folder.rglob("_delta_log") if path.is_dir()]
    return log.parent


def schemas(table: pathlib.Path) -> list[dict]:
    """The columns of every version with their types (nested ones as JSON objects), by its log."""
    found = []
    for path in sorted((table / "_delta_log").glob("[0-9]*.json")):
        if len(path.stem) != 20:
            continue
        assert int(path.stem) == len(found), f"the log lacks a commit before {path.name}"
        schema = found[-1] if found else None
        for line in path.read_text(encoding="utf-8").splitlines():
            metadata = json.loads(line).get("metaData") if line.strip() else None
            if metadata:
                fields = json.loads(metadata["schemaString"])["fields"]
                schema = {field["name"]: field["type"] for field in fields}
        found.append(schema)
    return found


def text_of(value) -> str:
    """JSON as Grebe prints a variant."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def of_grebe(printed, kind):
    """What Grebe printed as JSON, as the Python value of a Delta type. A variant is its text."""
    match kind:
        case "binary":
            return bytes.fromhex(printed)
        case str():
            return from_json(printed, FLAT_TYPES.get(kind, kind))


def of_delta_rs(value, kind):
    if kind == "variant":
        return text_of(variants.decode(value["metadata"], value["value"]))
    return value


def of_duckdb(value, kind):
    return text_of(value) if kind == "variant" else value


def value_of(value, kind, flat):
    """A value of a Delta type, by what `flat` makes of values that have no parts."""
    if value is None:
        return None
    if isinstance(kind, str):
        return flat(value, kind)
    match kind["type"]:
        case "struct":
            return {field["name"]: value_of(value[field["name"]], field["type"], flat)
                    for field in kind["fields"]}
        case "array":
            return [value_of(element, kind["elementType"], flat) for element in value]
        case "map":  # Some give pairs.
            return {value_of(key, kind["keyType"], flat): value_of(item, kind["valueType"], flat)
                    for key, item in dict(value).items()}


def read_duckdb(table, columns: list[str], version: int) -> list[tuple]:
    """Arrow has every type but variants, and the Python values all but times with a zone."""
    try:
        return peers.read_duckdb(table, columns, version)
    except peers.duckdb.NotImplementedException:
        return peers.DUCKDB.execute(
            f"select {peers.named(columns)} from delta_scan({peers.quoted(table)}, "
            f"version={version})").fetchall()


ORACLES = {"delta-rs": (peers.read_delta_rs, of_delta_rs), "duckdb": (read_duckdb, of_duckdb)}


def typed(rows, columns: dict, flat) -> list[tuple]:
    return [tuple(value_of(value, kind, flat) for value, kind in zip(row, columns.values()))
            for row in rows]


def assert_read_right(grebe, table, name: str, version: int, at: str, columns: dict):
    outcome = grebe.run(
        "query", f"SELECT {peers.named(list(columns))} FROM '{table}'{at}", "--format", "ndjson")
    lines = [json.loads(line, parse_float=Decimal) for line in outcome.stdout.splitlines()]
    found = typed([line.values() for line in lines], columns, of_grebe)
    for who, (read, flat) in ORACLES.items():
        first, words = UNREAD.get((who, name), (version + 1, ""))
        if version >= first:
            with pytest.raises(Exception, match=words):
                read(table, list(columns), version)
            continue
        expected = typed(read(table, list(columns), version), columns, flat)
        peers.assert_same_rows(found, expected, f"grebe and {who}, {name}, version {version}")


def assert_files_are_those_of_the_log(grebe, table, version: int, at: str):
    outcome = grebe.run("query", f"SELECT * FROM '{table}'{at}", code=65)
    assert "a file of the table is missing" in outcome.error
    files = grebe.json("files", table, "--version", version)
    uris = deltalake.DeltaTable(str(table), version=version).file_uris()
    assert files
    assert_same_files(table, files, uris)


def assert_same_files(table, files: list[dict], uris: list[str]):
    """What `files` lists, and the absolute paths or URIs of delta-rs."""
    assert sorted(str(table / file["path"]) for file in files) == sorted(
        urllib.parse.unquote(uri).removeprefix("file://") for uri in uris)


@pytest.mark.parametrize("name", TABLES)
def test_every_version_is_read_right(grebe, shared_data, tmp_path, name):
    table = shared_data / "delta" / name
    if not table.exists():
        pytest.skip(f"{table} is not there")
    table = unpacked(table, tmp_path)
    versions = schemas(table)
    for version, columns in enumerate(versions):
        # The last one as the latest: who is not told a number has to find it.
        at = f" VERSION AS OF {version}" if version < len(versions) - 1 else ""
        if version in WITHOUT_FILES.get(name, []):
            assert_files_are_those_of_the_log(grebe, table, version, at)
        else:
            assert_read_right(grebe, table, name, version, at, columns)


def test_a_log_of_300000_files_without_data(grebe, shared_data, tmp_path):
    table = unpacked(shared_data / "delta" / LARGE_LOG, tmp_path)
    handle = deltalake.DeltaTable(str(table))
    sizes = pyarrow.table(handle.get_add_actions())["size_bytes"].to_pylist()
    description = grebe.json("describe", table)
    assert (description["files"], description["size_bytes"]) == (300_000, sum(sizes))
    assert len(sizes) == 300_000
    part = "part_1"
    files = grebe.json("files", table, "--where", f"partition_col = '{part}'")
    assert 0 < len(files) < len(sizes) / 50
    uris = handle.file_uris(file_pruning_predicate=[("partition_col", "=", part)])
    assert_same_files(table, files, uris)


def test_no_table_is_left_out(shared_data):
    there = {path.name for path in (shared_data / "delta").iterdir()}
    assert there - OTHERS <= {name.split("/")[0] for name in TABLES}


def test_a_feature_that_is_not_read_is_named(grebe, shared_data):
    table = shared_data / "delta" / "table-with-geo"
    outcome = grebe.run("query", f"SELECT * FROM '{table}'", code=69)
    assert "needs the feature geospatial" in outcome.error


def test_a_checksum_alone_is_no_table(grebe, shared_data):
    table = shared_data / "delta" / "crc-malformed"
    outcome = grebe.run("query", f"SELECT * FROM '{table}'", code=66)
    assert "there is no Delta table here" in outcome.error
