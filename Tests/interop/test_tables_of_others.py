"""Others write, Grebe reads every version, writes on, and all of them read what became of it."""

import collections
import datetime
from decimal import Decimal

import deltalake
import pyarrow
import pytest

import feature_tables
import peers
from rows import UTC, assert_same_rows, canonical

KINDS = {"id": "long", "p": "string", "day": "date", "amount": "decimal(12,2)",
         "at": "timestamp", "v": "double"}
ARROW = pyarrow.schema({
    "id": pyarrow.int64(), "p": pyarrow.string(), "day": pyarrow.date32(),
    "amount": pyarrow.decimal128(12, 2), "at": pyarrow.timestamp("us", "UTC"),
    "v": pyarrow.float64()})
# No slash: Daft would make directories of it, and Polars go by those.
PARTS = ["plain", "two words", "50%", "éü", "a=b:c", "a+b,(c)&d@e", None]


def make_row(index: int) -> dict:
    at = datetime.datetime(1969, 12, 31, tzinfo=UTC) + index * datetime.timedelta(
        hours=7, microseconds=1)
    return {
        "id": index, "p": PARTS[index % len(PARTS)],
        "day": None if index % 5 == 0 else at.date(),
        "amount": None if index % 4 == 0 else Decimal(index * 101 - 5000).scaleb(-2),
        "at": None if index % 7 == 0 else at, "v": None if index % 3 == 0 else index / 3}


def make_rows(first: int, count: int) -> list[dict]:
    return [make_row(index) for index in range(first, first + count)]


def arrow(rows: list[dict]) -> pyarrow.Table:
    return pyarrow.Table.from_pylist(rows, schema=ARROW)


# Sail does not find its way to versions before a checkpoint, its own among them.
ALWAYS = {"sail": ["Missing commit file"]}


class TableOfOthers(feature_tables.History):
    """The same, but another engine makes the commits: each method takes one that it made."""

    def __init__(self, grebe, table):
        super().__init__(grebe, table)
        self.kinds = dict(KINDS)

    def took(self, rows: list[dict]):
        self.rows = rows
        self.record()

    def appended(self, rows):
        self.took(self.rows + rows)

    def deleted(self, goes):
        self.took([row for row in self.rows if not goes(row)])

    def updated(self, which, **values):
        self.took([row | values if which(row) else row for row in self.rows])

    def merged(self, rows):
        new = {row["id"]: row for row in rows}
        kept = [row for row in self.rows if row["id"] not in new]
        self.took(kept + rows)

    def rearranged(self):
        """Takes the same rows again, unless there was nothing to commit."""
        if self.grebe.versions(self.table)[-1] == len(self.versions):
            self.record()

    def assert_grebe_reads(self, folder, first=0):
        assert self.grebe.versions(self.table)[-1] == len(self.versions) - 1
        for number in range(first, len(self.versions)):
            version = self.versions[number]
            found = peers.read_grebe(self.grebe, folder, self.table, version.columns, number)
            assert_same_rows(found, version.rows, f"grebe, version {number}")

    def assert_others_read(self, readers, refusals, first=0):
        for engine, read in readers.items():
            for number in range(first, len(self.versions)):
                version = self.versions[number]
                try:
                    found = read(self.table, version.columns, number)
                except Exception as error:
                    words = refusals.get(engine, []) + ALWAYS.get(engine, [])
                    assert any(word in str(error) for word in words), (
                        f"{engine}, version {number}: {error}")
                else:
                    assert_same_rows(found, version.rows, f"{engine}, version {number}")

    def grebe_writes_on(self):
        """An append, a delete and a compaction."""
        rows = make_rows(1000, 12)
        self.load(KINDS, [tuple(row.values()) for row in rows])
        self.delete("id % 4 = 1", lambda row: row["id"] % 4 == 1)
        self.commit("compact")


@pytest.fixture
def readers(engines):
    return {**peers.READERS,
            "sail": lambda *query: engines.read("sail", *query),
            "daft": lambda *query: engines.read("daft", *query)}


def in_both_layouts(kinds, these: list[str]) -> list:
    """(kind, partition columns): all kinds with one, these without as well."""
    pairs = [(kind, ["p"]) for kind in kinds] + [(kind, []) for kind in these]
    return [pytest.param(*pair, id=f"{pair[0]}, {'partitioned' if pair[1] else 'whole'}")
            for pair in pairs]


def trusted(readers, kind: str, partition_by: list[str]) -> dict:
    """Without those that misread partitioned tables of this kind, whoever made them: MISREADINGS in
    test_delta_features."""
    misreads = {"deletion vectors": "polars", "mapped by name": "duckdb", "mapped by id": "duckdb"}
    left_out = misreads.get(kind) if partition_by else None
    return {engine: read for engine, read in readers.items() if engine != left_out}


@pytest.mark.parametrize("place", [0, 1], ids=["before the others", "behind another"])
def test_duckdb_takes_mapped_partitions_for_nulls(grebe, tmp_path, place):
    """Where a column before them has another name in files, as all have in tables mapped from
    their start: nobody but delta-rs has touched this one. It is why `trusted` leaves DuckDB out."""
    columns, rows = ["id"], [(1, "a"), (2, "b")]
    columns.insert(place, "p")
    arrays = {name: [row[name == "p"] for row in rows] for name in columns}
    deltalake.write_deltalake(
        str(tmp_path / "t"), pyarrow.table(arrays), partition_by=["p"],
        configuration={"delta.columnMapping.mode": "name"})
    query = (tmp_path / "t", ["id", "p"])
    assert_same_rows(peers.read_delta_rs(*query), rows, "delta-rs")
    assert_same_rows(peers.read_grebe(grebe, tmp_path, *query), rows, "grebe")
    misread = [(row[0], None) for row in rows]
    assert_same_rows(peers.read_duckdb(*query), misread if place else rows, "duckdb")


NO_VECTORS = {"daft": ["deletion vectors are not yet supported"]}
NO_MAPPING = {"polars": ["polars does not support"]}

# Properties of tables that Sail makes, and who does not read them.
SAIL = {
    "plain": ({}, {}),
    "deletion vectors": ({"delta.enableDeletionVectors": "true"}, NO_VECTORS),
    "mapped by name": ({"delta.columnMapping.mode": "name"}, NO_MAPPING),
    "mapped by id": ({"delta.columnMapping.mode": "id"}, NO_MAPPING),
    "in-commit timestamps": ({"delta.enableInCommitTimestamps": "true"}, {}),
    "checkpoints": ({"delta.checkpointInterval": "2"}, {}),
    "v2 checkpoints": (
        {"delta.checkpointPolicy": "v2", "delta.checkpointInterval": "2"},
        {"polars": ["polars does not support"]}),
    "widening allowed": ({"delta.enableTypeWidening": "true"}, {
        "polars": ["typeWidening"], "delta-rs": ["TypeWidening"]}),
}


@pytest.mark.parametrize("kind, partition_by", in_both_layouts(
    SAIL, ["plain", "deletion vectors", "mapped by id"]))
def test_sail(grebe, engines, readers, tmp_path, kind, partition_by):
    properties, refusals = SAIL[kind]
    table = tmp_path / "t"
    history = TableOfOthers(grebe, table)
    engines.write("sail", arrow(make_rows(0, 40)), table, partition_by=partition_by,
                  properties=properties)
    history.appended(make_rows(0, 40))
    engines.write("sail", arrow(make_rows(40, 20)), table)
    history.appended(make_rows(40, 20))
    engines.sql(f"DELETE FROM delta.`{table}` WHERE id % 3 = 0")
    history.deleted(lambda row: row["id"] % 3 == 0)
    engines.sql(f"UPDATE delta.`{table}` SET v = 99.5 WHERE id % 7 = 1")
    history.updated(lambda row: row["id"] % 7 == 1, v=99.5)
    engines.sql(
        f"MERGE INTO delta.`{table}` t USING source s ON t.id = s.id "
        "WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *",
        arrow(make_rows(55, 10)))
    history.merged(make_rows(55, 10))
    history.assert_grebe_reads(tmp_path)
    first = len(history.versions)
    history.grebe_writes_on()
    engines.write("sail", arrow(make_rows(2000, 5)), table)
    history.appended(make_rows(2000, 5))
    engines.write("sail", arrow(make_rows(0, 9)), table, mode="overwrite")
    history.took(make_rows(0, 9))
    history.assert_grebe_reads(tmp_path, first)
    history.assert_others_read(trusted(readers, kind, partition_by), refusals, first - 1)


@pytest.mark.parametrize("partition_by", [[], ["p"]], ids=["whole", "partitioned"])
def test_daft(grebe, engines, readers, tmp_path, partition_by):
    table = tmp_path / "t"
    history = TableOfOthers(grebe, table)
    engines.write("daft", arrow(make_rows(0, 40)), table, partition_by=partition_by)
    history.appended(make_rows(0, 40))
    engines.write("daft", arrow(make_rows(40, 20)), table, partition_by=partition_by)
    history.appended(make_rows(40, 20))
    history.grebe_writes_on()
    engines.write("daft", arrow(make_rows(60, 20)), table, partition_by=partition_by)
    history.appended(make_rows(60, 20))
    engines.write("daft", arrow(make_rows(3, 7)), table, "overwrite", partition_by)
    history.took(make_rows(3, 7))
    history.assert_grebe_reads(tmp_path)
    history.assert_others_read(readers, {})


@pytest.mark.parametrize("partition_by", [[], ["p"]], ids=["whole", "partitioned"])
def test_duckdb(grebe, readers, tmp_path, partition_by):
    table = tmp_path / "t"
    history = TableOfOthers(grebe, table)
    deltalake.write_deltalake(str(table), arrow(make_rows(0, 10)), partition_by=partition_by)
    history.appended(make_rows(0, 10))

    def insert(rows):
        connection = peers.duckdb_with_delta()
        connection.register("source", arrow(rows))
        connection.execute(f"ATTACH {peers.quoted(table)} AS target (TYPE delta)")
        connection.execute("INSERT INTO target SELECT * FROM source")
        connection.close()
        history.appended(rows)

    # One partition: of several, DuckDB fails with an internal error. None whose value needs
    # escapes: it logs the directory's name as it is, which is that of another once unescaped. And
    # not null: it logs the empty string, which delta-rs takes for one.
    insert([row for row in make_rows(10, 30) if not partition_by or row["p"] == "plain"])
    history.assert_grebe_reads(tmp_path)
    history.grebe_writes_on()
    insert([make_row(len(PARTS) * 8)])
    history.assert_grebe_reads(tmp_path)
    history.assert_others_read(readers, {})


# Properties of tables that delta-rs makes, and who does not read them.
DELTA_RS = {
    "plain": ({}, {}),
    "change data feed": ({"delta.enableChangeDataFeed": "true"}, {}),
    "deletion vectors": ({"delta.enableDeletionVectors": "true"}, NO_VECTORS),
    "checkpoints": ({"delta.checkpointInterval": "2"}, {}),
    "mapped by name": ({"delta.columnMapping.mode": "name"}, NO_MAPPING),
}


def merge(table, rows):
    (deltalake.DeltaTable(str(table)).merge(
        arrow(rows), "t.id = s.id", source_alias="s", target_alias="t")
        .when_matched_update_all().when_not_matched_insert_all().execute())


@pytest.mark.parametrize("kind, partition_by", in_both_layouts(
    DELTA_RS, ["plain", "deletion vectors"]))
def test_delta_rs(grebe, readers, tmp_path, kind, partition_by):
    properties, refusals = DELTA_RS[kind]
    table = tmp_path / "t"
    history = TableOfOthers(grebe, table)

    def append(rows):
        deltalake.write_deltalake(
            str(table), arrow(rows), mode="append", partition_by=partition_by,
            configuration=properties if not history.versions else None)
        history.appended(rows)

    append(make_rows(0, 40))
    append(make_rows(40, 20))
    deltalake.DeltaTable(str(table)).delete("id % 3 = 0")
    history.deleted(lambda row: row["id"] % 3 == 0)
    deltalake.DeltaTable(str(table)).update(predicate="id % 7 = 1", updates={"v": "99.5"})
    history.updated(lambda row: row["id"] % 7 == 1, v=99.5)
    merge(table, make_rows(55, 10))
    history.merged(make_rows(55, 10))
    if kind != "mapped by name":  # delta-rs does not optimize such tables.
        deltalake.DeltaTable(str(table)).optimize.compact()
        history.rearranged()
    deltalake.DeltaTable(str(table)).create_checkpoint()
    history.assert_grebe_reads(tmp_path)
    first = len(history.versions)

    history.grebe_writes_on()
    deltalake.DeltaTable(str(table)).delete("id = 1002")
    history.deleted(lambda row: row["id"] == 1002)
    append(make_rows(2000, 20))
    if kind != "mapped by name":
        deltalake.DeltaTable(str(table)).optimize.z_order(["id"])
        history.rearranged()
    deltalake.DeltaTable(str(table)).restore(1)
    history.took([*make_rows(0, 40), *make_rows(40, 20)])
    deltalake.write_deltalake(str(table), arrow(make_rows(5, 9)), mode="overwrite")
    history.took(make_rows(5, 9))
    history.assert_grebe_reads(tmp_path, first)
    # delta-rs says of strings in files that it rewrites what Daft does not know.
    refusals = refusals | {"daft": refusals.get("daft", []) + ["DataType: Utf8View"]}
    history.assert_others_read(trusted(readers, kind, partition_by), refusals, first)
    if kind == "change data feed":
        assert_the_feed_leads_on(history)


def assert_the_feed_leads_on(history: TableOfOthers):
    """Grebe's feed, over change files of delta-rs and its own, has each commit's difference."""
    output = history.table.parent / "feed.parquet"
    history.grebe.run("diff", history.table, "--from", "0", "--feed", "--output", output)
    found = collections.defaultdict(collections.Counter)
    for kind, number, *row in peers.read_parquet_pyarrow(
            output, ["_change_type", "_commit_version", *KINDS]):
        found[number][tuple(map(canonical, row))] += (
            1 if kind in ("insert", "update_postimage") else -1)
    for number in range(1, len(history.versions)):
        wanted = collections.Counter()
        for sign, version in ((-1, number - 1), (1, number)):
            for row in history.versions[version].rows:
                wanted[tuple(map(canonical, row))] += sign
        assert +found[number] == +wanted and -found[number] == -wanted, number


def test_delta_rs_vacuums_and_adds_columns(grebe, readers, tmp_path):
    table = tmp_path / "t"
    history = TableOfOthers(grebe, table)
    deltalake.write_deltalake(str(table), arrow(make_rows(0, 30)))
    history.appended(make_rows(0, 30))
    wide = arrow(make_rows(30, 5)).append_column("more", pyarrow.array(range(5), pyarrow.int32()))
    deltalake.write_deltalake(str(table), wide, mode="append", schema_mode="merge")
    history.add("more", "int")
    history.appended([row | {"more": i} for i, row in enumerate(make_rows(30, 5))])
    deltalake.DeltaTable(str(table)).alter.add_constraint({"positive": "id >= 0"})
    history.rearranged()
    grebe.run("compact", table)
    history.rearranged()
    history.assert_grebe_reads(tmp_path)
    deltalake.DeltaTable(str(table)).vacuum(
        retention_hours=0, enforce_retention_duration=False, dry_run=False)
    latest = grebe.versions(table)[-1]
    while len(history.versions) <= latest:
        history.record()
    history.load(KINDS, [tuple(row.values()) for row in make_rows(40, 3)])
    history.assert_grebe_reads(tmp_path, latest)
    history.assert_others_read(readers, {}, latest)
    source = tmp_path / "bad.csv"
    source.write_text("id\n-1\n")
    assert "positive" in grebe.run("convert", source, "--into", table, code=65).error
