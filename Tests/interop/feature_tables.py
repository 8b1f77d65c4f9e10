"""Delta tables that Grebe makes, a feature each, with the rows that every version has to have.

The rows are reckoned here, from what was asked for: no reader has a part in them.
"""

import dataclasses
import datetime
import json
import pathlib
from decimal import Decimal

import dumps
from grebe_command import Grebe
from rows import UTC


@dataclasses.dataclass
class Version:
    columns: list[str]
    rows: list[tuple]
    is_gone: bool = False  # Its files or its log entry are: nobody can read it.


class History:
    """A table that Grebe changes a commit at a time, and its rows at every version so far."""

    def __init__(self, grebe: Grebe, table: pathlib.Path):
        self.grebe = grebe
        self.table = table
        self.kinds: dict[str, str] = {}
        self.rows: list[dict] = []
        self.versions: list[Version] = []

    @property
    def log(self) -> pathlib.Path:
        return self.table / "_delta_log"

    def commit(self, command: str, *arguments):
        report = self.grebe.json(command, self.table, *arguments)
        assert report["version"] == len(self.versions), report
        self.record()

    def enter(self, *actions: dict):
        """A commit of somebody else, who changes no rows."""
        self.log.mkdir(parents=True, exist_ok=True)
        text = "".join(json.dumps(action) + "\n" for action in actions)
        (self.log / f"{len(self.versions):020}.json").write_text(text)
        self.record()

    def create(self, kinds: dict[str, str], features: list[str], *actions: dict,
               metadata: dict[str, dict] | None = None):
        """An empty table of writer features that nothing but another writer turns on.

        `metadata` is that of columns, the actions are further ones of its first commit.
        """
        fields = [{"name": name, "type": kind, "nullable": True,
                   "metadata": (metadata or {}).get(name, {})} for name, kind in kinds.items()]
        self.kinds = dict(kinds)
        self.enter(
            {"protocol": {"minReaderVersion": 1, "minWriterVersion": 7,
                          "writerFeatures": features}},
            {"metaData": {"id": "5f8f1f9c-0000-4000-8000-000000000008",
                          "format": {"provider": "parquet", "options": {}},
                          "schemaString": json.dumps({"type": "struct", "fields": fields}),
                          "partitionColumns": [], "configuration": {}, "createdTime": 0}},
            *actions)

    def record(self):
        """Takes the rows of the table for those of the version after the last."""
        names = list(self.kinds)
        self.versions.append(Version(names, [tuple(row[n] for n in names) for row in self.rows]))

    def load(self, kinds: dict[str, str], rows: list[tuple], *options, mode="append"):
        """Appends, or overwrites with, rows of columns of these kinds."""
        dump = dumps.Dump(kinds, rows)
        source = dump.write(self.table.parent / f"{self.table.name}-{len(self.versions)}.csv")
        # What overwrites brings a schema of its own: without one it would be inferred anew.
        schema = () if self.versions and mode == "append" else ("--schema", dump.ddl)
        report = self.grebe.convert(source, self.table, *schema, "--mode", mode, *options)
        assert report["version"] == len(self.versions), report
        for name, kind in kinds.items():
            if name not in self.kinds:
                self.add(name, kind)
        if mode == "overwrite":
            self.kinds, self.rows = dict(kinds), []
        self.rows = self.rows + [
            dict.fromkeys(self.kinds) | dict(zip(kinds, row)) for row in rows]
        self.record()

    def add(self, name: str, kind: str):
        self.kinds = self.kinds | {name: kind}
        self.rows = [row | {name: None} for row in self.rows]

    def set(self, *properties: str):
        self.commit("alter", *(part for pair in properties for part in ("--set", pair)))

    def add_column(self, name: str, kind: str):
        self.add(name, kind)
        self.commit("alter", "--add-column", f"{name} {kind}")

    def rename(self, old: str, new: str):
        self.kinds = {new if name == old else name: kind for name, kind in self.kinds.items()}
        self.rows = [
            {new if name == old else name: value for name, value in row.items()}
            for row in self.rows]
        self.commit("alter", "--rename-column", f"{old}={new}")

    def drop(self, name: str):
        self.kinds = {other: kind for other, kind in self.kinds.items() if other != name}
        self.rows = [{n: value for n, value in row.items() if n != name} for row in self.rows]
        self.commit("alter", "--drop-column", name)

    def widen(self, name: str, kind: str, convert):
        self.kinds = self.kinds | {name: kind}
        self.rows = [
            row | {name: None if row[name] is None else convert(row[name])} for row in self.rows]
        self.commit("alter", "--type", f"{name}={kind.upper()}")

    def delete(self, where: str, goes):
        """`goes` says of a row whether the condition is true for it."""
        kept = [row for row in self.rows if not goes(row)]
        assert len(kept) < len(self.rows), where
        self.rows = kept
        self.commit("delete", "--where", where)

    def compact(self):
        self.commit("compact")

    def restore(self, version: int):
        past = self.versions[version]
        assert set(past.columns) == set(self.kinds)
        self.rows = [dict(zip(past.columns, row)) for row in past.rows]
        self.commit("restore", "--to", version)

    def lose(self, versions):
        for number in versions:
            self.versions[number].is_gone = True

    def checkpoint(self, kind: str):
        """A checkpoint of the last version, and nothing of the log before it."""
        report = self.grebe.json("checkpoint", self.table)
        last = len(self.versions) - 1
        assert (report["version"], report["kind"]) == (last, kind), report
        for path in self.log.glob("0*.json"):
            if path.stem.isdigit() and int(path.stem) <= last:
                path.unlink()
        self.lose(range(last))


NUMBERED = {"id": "long", "name": "string", "value": "double"}


def numbered(first: int, count: int) -> list[tuple]:
    return [(i, None if i % 5 == 0 else f"name {i % 7}", None if i % 4 == 0 else i / 2)
            for i in range(first, first + count)]


def plain(history: History):
    dump = dumps.every_type(120, seed=21)
    history.load(dump.columns, dump.rows)
    history.load(dump.columns, dumps.every_type(80, seed=22).rows)
    history.delete("id < 10", lambda row: row["id"] < 10)
    history.compact()
    history.load(dump.columns, dumps.every_type(5, seed=23).rows, mode="overwrite")


def nested(history: History):
    """Structs, lists and maps, nulls at every depth; from NDJSON."""
    source = history.table.parent / "nested.ndjson"
    source.write_text(
        '{"id": 1, "s": {"a": 1, "t": {"b": "x"}}, "l": [1, null, 3], "r": [{"k": "a", "n": 1}]}\n'
        '{"id": 2, "s": {"a": null, "t": null}, "l": [], "r": [null, {"k": null, "n": 2}]}\n'
        '{"id": 3, "s": null, "l": null, "r": null}\n')
    history.grebe.convert(source, history.table)
    history.kinds = {"id": "long", "s": "struct", "l": "list", "r": "list"}
    history.rows = [
        {"id": 1, "s": {"a": 1, "t": {"b": "x"}}, "l": [1, None, 3], "r": [{"k": "a", "n": 1}]},
        {"id": 2, "s": {"a": None, "t": None}, "l": [], "r": [None, {"k": None, "n": 2}]},
        {"id": 3, "s": None, "l": None, "r": None}]
    history.record()
    history.delete("id = 3", lambda row: row["id"] == 3)


PARTITION_VALUES = {
    "boolean": [True, False, None],
    "tinyint": [0, -128, 127, None],
    "smallint": [0, -32768, 32767, None],
    "int": [0, -5, 2**31 - 1, None],
    "long": [-(2**63), 2**63 - 1, None],
    "float": [0.5, -1e10, None],
    "double": [0.5, -1e22, None],
    "date": [datetime.date(1969, 12, 31), datetime.date(2024, 2, 29), None],
    "timestamp": [datetime.datetime(2026, 3, 29, 1, 30, 5, 123456, tzinfo=UTC),
                  datetime.datetime(1969, 12, 31, 23, 0, tzinfo=UTC), None],
    "decimal(12,2)": [Decimal("1.50"), Decimal("-0.01"), None],
    "string": ["plain", "two words", " led", "50%", "%20", "a=b", "a/b", "a:b", "a+b", "a&b?c#d",
               "émile", "日本語", "🪶", "it's", 'a"b', "a\\b", "__HIVE_DEFAULT_PARTITION__x", None],
    "binary": [b"plain", b"\x01\x02\x03", "é/%".encode(), None],
}


def partitioned(kind: str):
    def make(history: History):
        values = PARTITION_VALUES[kind]
        rows = [(i, values[i % len(values)], f"n{i}") for i in range(3 * len(values))]
        kinds = {"id": "long", "p": kind, "note": "string"}
        history.load(kinds, rows, "--partition-by", "p")
        history.load(kinds, [(1000 + row[0], *row[1:]) for row in rows])
        history.delete("id % 2 = 0", lambda row: row["id"] % 2 == 0)
        history.compact()
        history.delete("p IS NULL", lambda row: row["p"] is None)
    return make


def deletion_vectors(history: History):
    history.load(NUMBERED, numbered(0, 400))
    history.set("delta.enableDeletionVectors=true")
    history.delete("id % 10 = 3", lambda row: row["id"] % 10 == 3)
    history.load(NUMBERED, numbered(400, 100))
    history.delete("value > 150", lambda row: row["value"] is not None and row["value"] > 150)
    history.delete("name IS NULL", lambda row: row["name"] is None)
    history.compact()


def column_mapping(history: History):
    kinds = {"id": "long", "part": "string", "note": "string", "extra": "int"}
    history.load(kinds, [(1, "a", "x", 7), (2, "b c", None, None), (3, None, "z", 9)],
                 "--partition-by", "part")
    history.set("delta.columnMapping.mode=name")
    history.rename("note", "a comment, of {sorts}")
    history.rename("part", "region")
    history.load({"id": "long", "region": "string", "a comment, of {sorts}": "string",
                  "extra": "int"}, [(4, "a", "w", 1), (5, "ü", "v", None)])
    history.drop("extra")
    history.add_column("extra", "string")
    history.load({"id": "long", "region": "string", "a comment, of {sorts}": "string",
                  "extra": "string"}, [(6, "a", "u", "new")])
    history.delete("id = 1", lambda row: row["id"] == 1)
    history.compact()


def deletion_vectors_in_partitions(history: History):
    kinds = {"id": "long", "p": "string"}
    parts = ["plain", "two words", "é", None]
    history.load(kinds, [(i, parts[i % 4]) for i in range(40)], "--partition-by", "p")
    history.set("delta.enableDeletionVectors=true")
    history.delete("id % 3 = 1", lambda row: row["id"] % 3 == 1)


def renamed_before_a_partition(history: History):
    history.load({"a": "long", "p": "string", "b": "int"}, [(1, "x", 1), (2, "y z", 2)],
                 "--partition-by", "p")
    history.set("delta.columnMapping.mode=name")
    history.rename("a", "id")


def mapped_without_partitions(history: History):
    history.load(NUMBERED, numbered(0, 50))
    history.set("delta.columnMapping.mode=name")
    history.rename("name", "title")
    history.load({"id": "long", "title": "string", "value": "double"}, numbered(50, 10))
    history.drop("value")


def mapped_from_the_start(history: History):
    """Every file of it has field ids, which those of an older table lack."""
    kinds = {"id": "long", "p": "string", "note": "string"}
    history.load(kinds, [], "--partition-by", "p")
    history.set("delta.columnMapping.mode=name")
    history.load(kinds, [(1, "a b", "x"), (2, None, None)])
    history.rename("note", "comment")
    history.add_column("note", "int")
    history.load({"id": "long", "p": "string", "comment": "string", "note": "int"},
                 [(3, "a b", "y", 7), (4, "%", None, 8)])
    history.drop("comment")
    history.rename("p", "q")
    history.compact()
    history.delete("id = 1", lambda row: row["id"] == 1)
    history.load({"id": "long", "q": "string", "note": "int"}, [(9, "z", 1)], mode="overwrite")


def widened(history: History):
    kinds = {"id": "int", "small": "smallint", "f": "float", "d": "decimal(6,2)", "n": "int"}
    rows = [(1, 5, 0.5, Decimal("1.25"), -3), (2, -32768, None, Decimal("-9999.99"), None),
            (3, None, -2.25, None, 2**31 - 1)]
    history.load(kinds, rows)
    history.set("delta.enableTypeWidening=true")
    history.widen("id", "bigint", int)
    history.load({**kinds, "id": "long"}, [(2**40, 1, 1.5, Decimal("3.00"), 4)])
    history.widen("small", "int", int)
    history.widen("f", "double", float)
    history.widen("d", "decimal(12,2)", Decimal)
    history.load({"id": "long", "small": "int", "f": "double", "d": "decimal(12,2)", "n": "int"},
                 [(5, 10**6, 1 / 3, Decimal("1234567890.12"), 5)])
    history.delete("id = 2", lambda row: row["id"] == 2)
    history.compact()


def widened_between_kinds(history: History):
    """Of integers to double and decimal: Spark does not do it by itself, the protocol allows it."""
    history.load({"id": "long", "n": "int", "m": "int"}, [(1, 1, 7), (2, None, None), (3, -3, 8)])
    history.set("delta.enableTypeWidening=true")
    history.widen("n", "double", float)
    history.widen("m", "decimal(14,3)", Decimal)
    history.load({"id": "long", "n": "double", "m": "decimal(14,3)"}, [(4, 0.5, Decimal("0.125"))])


def widened_dates(history: History):
    midnight = datetime.time()
    history.load({"id": "long", "d": "date"}, [
        (1, datetime.date(1969, 12, 31)), (2, None), (3, datetime.date(2024, 2, 29))])
    history.set("delta.enableTypeWidening=true")
    history.widen("d", "timestamp_ntz", lambda day: datetime.datetime.combine(day, midnight))
    history.load({"id": "long", "d": "timestamp_ntz"}, [
        (4, datetime.datetime(2026, 1, 2, 3, 4, 5, 6))])


TIMES = [datetime.datetime(1969, 12, 31, 23, 59, 59, 999999), None,
         datetime.datetime(2026, 3, 29, 2, 30), datetime.datetime(1700, 1, 1, 0, 0, 0, 1)]


def timestamps_without_zone(history: History):
    kinds = {"id": "long", "at": "timestamp_ntz"}
    history.load(kinds, list(enumerate(TIMES)))
    history.load(kinds, [(10 + i, at) for i, at in enumerate(TIMES)])
    history.delete("id = 1", lambda row: row["id"] == 1)
    history.compact()


def partitioned_by_times_without_zone(history: History):
    kinds = {"id": "long", "at": "timestamp_ntz"}
    history.load(kinds, list(enumerate(TIMES)), "--partition-by", "at")
    history.load(kinds, [(10 + i, at) for i, at in enumerate(TIMES)])
    history.compact()


def in_commit_timestamps(history: History):
    history.load(NUMBERED, numbered(0, 20))
    history.set("delta.enableInCommitTimestamps=true")
    history.load(NUMBERED, numbered(20, 20))
    history.delete("id > 30", lambda row: row["id"] > 30)
    history.compact()


def added_columns(history: History):
    history.load(NUMBERED, numbered(0, 20))
    history.add_column("day", "date")
    history.add_column("price", "decimal(12,2)")
    day, price = datetime.date(2026, 1, 2), Decimal("9.99")
    history.load({**NUMBERED, "day": "date", "price": "decimal(12,2)"},
                 [(*row, day, price) for row in numbered(20, 10)])
    history.load({**NUMBERED, "more": "string"}, [(99, "n", 1.0, "m")], "--on-new-column", "add")
    history.compact()


def constraints(history: History):
    history.load(NUMBERED, numbered(0, 20))
    history.commit("alter", "--add-constraint", "positive=id >= 0")
    history.load(NUMBERED, numbered(20, 20))
    history.delete("id = 4", lambda row: row["id"] == 4)
    history.commit("alter", "--drop-constraint", "positive")


def change_feed(history: History):
    history.load(NUMBERED, numbered(0, 20))
    history.set("delta.enableChangeDataFeed=true")
    history.load(NUMBERED, numbered(20, 20))
    history.delete("id % 4 = 1", lambda row: row["id"] % 4 == 1)
    history.compact()
    history.delete("true", lambda row: True)


def change_feed_of_vectors(history: History):
    history.load(NUMBERED, numbered(0, 40))
    history.set("delta.enableChangeDataFeed=true", "delta.enableDeletionVectors=true",
                "delta.enableInCommitTimestamps=true")
    history.delete("id % 4 = 1", lambda row: row["id"] % 4 == 1)
    history.load(NUMBERED, numbered(40, 20))
    history.delete("id % 3 = 1", lambda row: row["id"] % 3 == 1)
    history.compact()


def generated_columns(history: History):
    """`--partition-by day(at)`: a generated column of its own, which appends fill in."""
    kinds = {"id": "long", "at": "timestamp"}
    times = [datetime.datetime(2026, 1, day, 12, tzinfo=UTC) for day in (1, 2)] + [None]
    days = {at: at and at.date() for at in times}

    def load(first: int, *options):
        history.load(kinds, [(first + i, at) for i, at in enumerate(times)], *options)
        history.kinds = history.kinds | {"at_day": "date"}
        history.rows = [row | {"at_day": days[row["at"]]} for row in history.rows]
        history.versions.pop()
        history.record()

    load(0, "--partition-by", "day(at)")
    load(10)
    history.compact()


def append_only(history: History):
    history.load(NUMBERED, numbered(0, 20))
    history.set("delta.appendOnly=true")
    history.load(NUMBERED, numbered(20, 20))


def everything(history: History):
    """Mapped, partitioned, widened, with deletion vectors and in-commit timestamps at once."""
    kinds = {"id": "int", "p": "string", "note": "string"}
    history.load(kinds, [(i, ["a b", "c%", None][i % 3], f"n{i}") for i in range(30)],
                 "--partition-by", "p")
    history.set("delta.enableDeletionVectors=true", "delta.columnMapping.mode=name",
                "delta.enableTypeWidening=true", "delta.enableInCommitTimestamps=true",
                "delta.enableChangeDataFeed=true")
    history.rename("note", "remark")
    history.widen("id", "bigint", int)
    history.delete("id % 5 = 0", lambda row: row["id"] % 5 == 0)
    history.load({"id": "long", "p": "string", "remark": "string"},
                 [(2**50, "new", "x"), (2**51, "a b", None)])
    history.rename("p", "q")
    history.compact()


def v2_checkpoints(interval: int, tombstones: int = 0):
    """Every tenth one has a classic name, that of the version before the first interval too."""
    def make(history: History):
        history.load(NUMBERED, numbered(0, 40))
        history.set("delta.checkpointPolicy=v2", f"delta.checkpointInterval={interval}")
        history.delete("id = 3", lambda row: row["id"] == 3)
        history.load(NUMBERED, numbered(40, 20))
        # Of files that never were: past a size there are sidecars.
        history.enter(*({"remove": {
            "path": f"gone-{n}.parquet", "deletionTimestamp": 4102444800000, "dataChange": True,
            "partitionValues": {}, "size": 10}} for n in range(tombstones)), {"commitInfo": {}})
        history.checkpoint("v2")
        assert bool(tombstones) == (history.log / "_sidecars").exists()
        history.load(NUMBERED, numbered(60, 20))
        if not tombstones:
            history.compact()
            history.load(NUMBERED, numbered(80, 5))
    return make


def compacted_log(history: History):
    history.load(NUMBERED, numbered(0, 20))
    history.set("grebe.logCompactionInterval=3")
    for first in range(20, 60, 10):
        history.load(NUMBERED, numbered(first, 10))
    history.delete("id = 21", lambda row: row["id"] == 21)
    history.load(NUMBERED, numbered(60, 10))
    names = sorted(path.name for path in history.log.glob("*.compacted.json"))
    assert names == [f"{first:020}.{first + 2:020}.compacted.json" for first in (1, 4)], names


def row_tracking(history: History):
    history.load(NUMBERED, numbered(0, 20))
    history.set("delta.enableRowTracking=true")  # The rows that are there get ids.
    history.load(NUMBERED, numbered(20, 20))
    history.delete("id = 7", lambda row: row["id"] == 7)
    history.compact()
    history.load(NUMBERED, numbered(40, 5), mode="overwrite")


def restored(history: History):
    history.load(NUMBERED, numbered(0, 20))
    history.delete("id < 5", lambda row: row["id"] < 5)
    history.load(NUMBERED, numbered(20, 20))
    history.restore(0)
    history.load(NUMBERED, numbered(40, 5))
    history.compact()
    history.restore(2)
    history.delete("id > 30", lambda row: row["id"] > 30)


def restored_with_vectors(history: History):
    history.load(NUMBERED, numbered(0, 20))
    history.set("delta.enableDeletionVectors=true")
    history.delete("id < 5", lambda row: row["id"] < 5)
    history.delete("id > 15", lambda row: row["id"] > 15)
    history.restore(2)
    history.restore(1)
    history.delete("id = 9", lambda row: row["id"] == 9)
    history.restore(3)


def vacuumed(history: History):
    history.load(NUMBERED, numbered(0, 20))
    history.load(NUMBERED, numbered(20, 20))
    history.delete("id = 7", lambda row: row["id"] == 7)
    history.compact()
    history.load(NUMBERED, numbered(40, 5))
    # Of what the compaction and the deletion replaced nothing is left.
    history.lose(range(3))
    before = len(list(history.table.glob("*.parquet")))
    vacuum = history.grebe.json("vacuum", history.table, "--retain", "0", "--no-retention-check")
    assert before - vacuum["files_deleted"] == 2, vacuum
    history.record()  # VACUUM START
    history.record()  # VACUUM END
    history.load(NUMBERED, numbered(45, 5))


def checked_vacuums(history: History):
    history.load(NUMBERED, numbered(0, 20))
    history.commit("alter", "--add-feature", "vacuumProtocolCheck")
    history.load(NUMBERED, numbered(20, 20))
    history.delete("id = 7", lambda row: row["id"] == 7)


def column_defaults(history: History):
    """A source that lacks a column gets its default; a null that it has stays."""
    kinds = {"id": "long", "kind": "string", "n": "integer"}
    history.create(kinds, ["allowColumnDefaults"], metadata={
        "kind": {"CURRENT_DEFAULT": "'none'"}, "n": {"CURRENT_DEFAULT": "-7"}})
    history.load(kinds, [(1, "a", 1), (2, None, None)])
    history.load({"id": "long"}, [(3,), (4,)])
    history.rows = [
        row | {"kind": "none", "n": -7} if row["id"] > 2 else row for row in history.rows]
    history.versions.pop()
    history.record()
    history.compact()
    history.delete("n = -7 AND id = 4", lambda row: row["id"] == 4)


def domains(history: History):
    history.load(NUMBERED, numbered(0, 20))
    history.commit("alter", "--add-feature", "domainMetadata")
    history.enter(
        {"domainMetadata": {"domain": "app.state", "configuration": '{"at":1}', "removed": False}},
        {"domainMetadata": {"domain": "app.old", "configuration": "", "removed": True}})
    history.load(NUMBERED, numbered(20, 20))
    history.compact()
    history.checkpoint("classic")
    history.load(NUMBERED, numbered(40, 5))


def clustered(history: History):
    history.create(NUMBERED, ["clustering", "domainMetadata"], {"domainMetadata": {
        "domain": "delta.clustering", "configuration": '{"clusteringColumns":[["value"]]}',
        "removed": False}})
    history.load(NUMBERED, numbered(0, 20))
    history.load(NUMBERED, numbered(20, 20))
    history.delete("id % 4 = 1", lambda row: row["id"] % 4 == 1)
    history.compact()
    history.load(NUMBERED, numbered(40, 5), mode="overwrite")


FEATURES = {
    "plain": plain,
    "nested": nested,
    **{f"partitioned by {kind}": partitioned(kind) for kind in PARTITION_VALUES},
    "generated columns": generated_columns,
    "deletion vectors": deletion_vectors,
    "deletion vectors in partitions": deletion_vectors_in_partitions,
    "column mapping": mapped_without_partitions,
    "column mapping, partitioned": column_mapping,
    "column mapping from the start": mapped_from_the_start,
    "renamed before a partition column": renamed_before_a_partition,
    "widened types": widened,
    "widened between kinds": widened_between_kinds,
    "dates widened to times": widened_dates,
    "timestampNtz": timestamps_without_zone,
    "partitioned by timestampNtz": partitioned_by_times_without_zone,
    "in-commit timestamps": in_commit_timestamps,
    "added columns": added_columns,
    "constraints": constraints,
    "change data feed": change_feed,
    "change data feed, deletion vectors": change_feed_of_vectors,
    "append only": append_only,
    "v2 checkpoints": v2_checkpoints(3),
    "v2 checkpoint of a classic name": v2_checkpoints(100),
    "v2 checkpoint with sidecars": v2_checkpoints(3, tombstones=50_000),
    "compacted log": compacted_log,
    "row tracking": row_tracking,
    "restored": restored,
    "restored, deletion vectors": restored_with_vectors,
    "vacuumed": vacuumed,
    "vacuum protocol check": checked_vacuums,
    "column defaults": column_defaults,
    "domain metadata": domains,
    "clustered": clustered,
    "all together": everything,
}
