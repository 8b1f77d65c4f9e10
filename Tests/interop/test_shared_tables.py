"""Tables of Spark and others: read as others read them, or refused by the feature's name."""

import io
import json
import pathlib
import re
import tarfile
from decimal import Decimal

import deltalake
import pyarrow
import pytest

import peers
from rows import from_json

FLAT_TYPES = {
    "boolean": "boolean", "byte": "int", "short": "int", "integer": "int", "long": "long",
    "float": "float", "double": "double", "date": "date", "timestamp": "timestamp",
    "timestamp_ntz": "timestamp", "string": "string",
}

# What this build does not read, by the name it is refused by.
REFUSED = {"table-with-geo": "geo"}

# Path below the `delta` folder; `.tar.zst` is unpacked first. Left out: tables whose data files
# are not there (app-txn-with-last-updated, with_checkpoint_no_last_checkpoint, crc-malformed).
TABLES = [
    "app-txn-checkpoint", "app-txn-no-checkpoint", "basic-decimal-table", "basic_partitioned",
    "cdf-table-non-partitioned.tar.zst", "cdf-table-partitioned.tar.zst",
    "cdf-table-update-ops.tar.zst", "cdf-table-delete-unconditional.tar.zst",
    "cdf-table-with-dv.tar.zst",
    "cdf-table.tar.zst", "external-table-different-nullability", "mixed-nulls", "parsed-stats",
    "partition_cm/none", "partitioned_with_materialize_feature", "table-without-dv-small",
    "timestamp-truncation-stats", "data-reader-timestamp_ntz", "table-with-cdf",
    # What Grebe may lack.
    "table-with-dv-small", "with-short-dv", "cdf-table-with-cdc-and-dvs.tar.zst",
    "compacted-log-files-table.tar.zst", "v1-multi-part-struct-stats-only",
    "v1-multi-part-partitioned-struct-stats-only", "v1-single-part-struct-stats-only",
    "timestamp-partitioned-table.tar.zst", "crc-full",
    "partition_cm/name", "partition_cm/id", "cdf-column-mapping-name-mode.tar.zst",
    "cdf-column-mapping-id-mode.tar.zst", "cdf-column-mapping-name-mode-3-7.tar.zst",
    "stats-writing-all-types/delta", "type-widening", "table-with-geo", "void-column",
    "unshredded-variant.tar.zst", "parquet_row_group_skipping",
    "cdf-table-backtick-column-names.tar.zst",
    "v2-checkpoints-json-with-sidecars.tar.zst", "v2-checkpoints-parquet-with-sidecars.tar.zst",
    "v2-checkpoints-parquet-without-sidecars.tar.zst", "v2-classic-checkpoint-parquet.tar.zst",
    "v2-json-sidecars-struct-stats-only", "v2-parquet-sidecars-struct-stats-only",
]


def unpacked(archive: pathlib.Path, folder: pathlib.Path) -> pathlib.Path:
    with pyarrow.CompressedInputStream(pyarrow.OSFile(str(archive)), "zstd") as stream:
        tarfile.open(fileobj=io.BytesIO(stream.read())).extractall(folder, filter="data")
    [log] = [path for path in folder.rglob("_delta_log") if path.is_dir()]
    return log.parent


class Description:
    """Protocol and schema as the JSON commits say, whether or not a peer can open the table."""

    def __init__(self, table: pathlib.Path):
        protocol, metadata = {"minReaderVersion": 1}, None
        for path in sorted((table / "_delta_log").glob("[0-9]*.json")):
            for line in path.read_text(encoding="utf-8").splitlines():
                action = json.loads(line) if line.strip() else {}
                protocol = action.get("protocol", protocol)
                metadata = action.get("metaData", metadata)
        self.features = set(protocol.get("readerFeatures") or [])
        if protocol["minReaderVersion"] == 2:
            self.features.add("columnMapping")
        self.fields = json.loads(metadata["schemaString"])["fields"]

    @property
    def types(self) -> dict[str, str]:
        def name(kind) -> str:
            return kind if isinstance(kind, str) else kind["type"]

        return {field["name"]: name(field["type"]) for field in self.fields}

    @property
    def comparable(self) -> dict[str, str | dict]:
        """The columns that are compared, with their types: nested ones are JSON objects."""
        return {
            field["name"]: field["type"] for field in self.fields if is_comparable(field["type"])}

    @property
    def must_be_read(self) -> bool:
        return not self.features and len(self.comparable) == len(self.types)

    def names_a_reason(self, error: str) -> bool:
        def letters(text):
            return re.sub("[^a-z0-9]", "", text.lower())

        unknown = {re.match(r"\w+", kind)[0] for name, kind in self.types.items()
                   if name not in self.comparable}
        return any(letters(reason) in letters(error) for reason in self.features | unknown)


def is_comparable(kind) -> bool:
    return all(
        part in FLAT_TYPES or part.startswith("decimal") or part == "variant"
        for part in scalar_types(kind))


def scalar_types(kind) -> list[str]:
    """The types of the values that one of a type consists of."""
    if isinstance(kind, str):
        return [kind]
    parts = [field["type"] for field in kind.get("fields", [])] + [
        kind[name] for name in ("elementType", "keyType", "valueType") if name in kind]
    return [scalar for part in parts for scalar in scalar_types(part)]


def value_of(printed, kind):
    """What Grebe printed as JSON, as the Python value of a Delta type. A variant is JSON text."""
    if printed is None:
        return None
    if kind == "variant":
        return json.loads(printed)
    if isinstance(kind, str):
        return from_json(printed, FLAT_TYPES.get(kind, kind))
    match kind["type"]:
        case "struct":
            return {field["name"]: value_of(printed[field["name"]], field["type"])
                    for field in kind["fields"]}
        case "array":
            return [value_of(element, kind["elementType"]) for element in printed]
        case "map":
            return {value_of(key, kind["keyType"]): value_of(value, kind["valueType"])
                    for key, value in printed.items()}


def with_dictionaries(value, kind):
    """A peer's value with maps as dictionaries, which some give as pairs."""
    if value is None or isinstance(kind, str):
        return value
    match kind["type"]:
        case "struct":
            return {field["name"]: with_dictionaries(value[field["name"]], field["type"])
                    for field in kind["fields"]}
        case "array":
            return [with_dictionaries(element, kind["elementType"]) for element in value]
        case "map":
            return {key: with_dictionaries(item, kind["valueType"])
                    for key, item in dict(value).items()}


def oracle(table, columns: dict) -> list[tuple]:
    names = list(columns)
    has_variants = any("variant" in scalar_types(kind) for kind in columns.values())
    try:
        rows = None if has_variants else peers.read_delta_rs(table, names)
    except Exception:  # Whatever a peer raises where it lacks a feature: then the other one.
        rows = None
    if rows is None:
        rows = peers.DUCKDB.execute(
            f"select {peers.named(names)} from delta_scan({peers.quoted(table)})").fetchall()
    return [tuple(map(with_dictionaries, row, columns.values())) for row in rows]


@pytest.mark.parametrize("name", TABLES)
def test_read_right_or_refused_by_name(grebe, shared_data, tmp_path, name):
    table = shared_data / "delta" / name
    if not table.exists():
        pytest.skip(f"{table} is not there")
    if name.endswith(".tar.zst"):
        table = unpacked(table, tmp_path)
    description = Description(table)
    columns = description.comparable

    selected = peers.named(list(columns)) if columns else "*"
    outcome = grebe.run(
        "query", f"SELECT {selected} FROM '{table}'", "--format", "ndjson", code=(0, 69))
    if name in REFUSED:
        assert outcome.code == 69 and REFUSED[name] in outcome.error.lower(), outcome
    if outcome.code == 69:
        assert name in REFUSED or name.startswith("v2-"), outcome
        assert not description.must_be_read, f"a plain table was refused\n{outcome}"
        assert description.names_a_reason(outcome.error), f"the reason is not named\n{outcome}"
        return
    assert columns, f"{description.types} cannot have been read\n{outcome}"
    found = [json.loads(line, parse_float=Decimal) for line in outcome.stdout.splitlines()]
    rows = [
        tuple(value_of(row[name], kind) for name, kind in columns.items())
        for row in found]
    peers.assert_same_rows(rows, oracle(table, columns), f"grebe, {name}")


def test_an_old_version_of_a_shared_table(grebe, shared_data):
    table = shared_data / "delta" / "basic_partitioned"
    columns = [field.name for field in deltalake.DeltaTable(str(table)).schema().fields]
    for version in peers.versions(table):
        found = grebe.query(f"SELECT count(*) AS n FROM '{table}' VERSION AS OF {version}")
        assert found == [{"n": len(peers.read_delta_rs(table, columns, version))}]
