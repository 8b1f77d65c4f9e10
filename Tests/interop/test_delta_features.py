"""Who reads what Grebe's tables have: every engine, every version, equal rows or a refusal."""

import collections
import datetime
import json

import deltalake
import pyarrow
import pytest

import feature_tables
import peers
from rows import UTC, as_tuples, assert_same_rows, canonical

ENGINES = ["grebe", "delta-rs", "polars", "duckdb", "sail", "daft"]

MAPPED = ["column mapping", "column mapping, partitioned", "column mapping from the start",
          "renamed before a partition column", "all together"]
WIDENED = ["widened types", "widened between kinds", "dates widened to times", "all together"]
MARKED = ["deletion vectors", "deletion vectors in partitions",
          "change data feed, deletion vectors", "restored, deletion vectors", "all together"]
V2_CHECKPOINTS = ["v2 checkpoints", "v2 checkpoint of a classic name",
                  "v2 checkpoint with sidecars"]

FROM_THE_START = ["partitioned by binary"]

# What an engine says of the features that it lacks. Anything else is read, at every version.
# spec/conformance.md has the same as a table.
REFUSALS = {
    **{("delta-rs", feature): "TypeWidening" for feature in WIDENED},
    **{("polars", feature): "typeWidening" for feature in WIDENED},
    **{("polars", feature): "polars does not support" for feature in [
        *MAPPED, *V2_CHECKPOINTS, "vacuum protocol check"]},
    ("polars", "partitioned by binary"): "unsupported data type when reading CSV: binary",
    ("delta-rs", "vacuum protocol check"): "VacuumProtocolCheck",
    **{("daft", feature): "deletion vectors are not yet supported" for feature in MARKED},
    # Files from before the table was mapped have no field ids, nor does the protocol ask for them.
    **{("daft", feature): "carries no parquet field IDs"
       for feature in ["column mapping", "column mapping, partitioned",
                       "renamed before a partition column"]},
    # Of a file that has a dropped column between those that are read; pyarrow's files as well.
    ("daft", "column mapping from the start"): "failed to fill whole buffer",
    # Of versions before a checkpoint, whoever wrote it: this table is the one that has ten.
    ("sail", "column mapping from the start"): "Missing commit file",
}

# What engines misread, whoever wrote it: the rows that they make of these. Grebe cannot help it,
# and says so in spec/conformance.md; it fails here when they are mended.
MISREADINGS = {
    # A partition column is null for it if a column before it has another name in files.
    ("duckdb", "renamed before a partition column"):
        lambda history, version: [(row[0], None, row[2]) for row in version.rows],
    # It takes no notice of deletion vectors of files whose paths have escapes.
    ("polars", "deletion vectors in partitions"):
        lambda history, version: [row for row in history.versions[0].rows
                                  if row in version.rows or row[1] in ("two words", "é")],
}


@pytest.fixture(scope="session")
def history_of(grebe, tmp_path_factory):
    """Makes the table of a feature once."""
    made = {}

    def make(feature: str) -> feature_tables.History:
        if feature not in made:
            made[feature] = feature_tables.History(grebe, tmp_path_factory.mktemp("feature") / "t")
            feature_tables.FEATURES[feature](made[feature])
        return made[feature]

    return make


@pytest.fixture
def read(request, grebe, tmp_path):
    def reader_of(engine: str):
        if engine in peers.READERS:
            return peers.READERS[engine]
        if engine == "grebe":
            return lambda *query: peers.read_grebe(grebe, tmp_path, *query)
        engines = request.getfixturevalue("engines")
        return lambda *query: engines.read(engine, *query)
    return reader_of


@pytest.mark.parametrize("feature", feature_tables.FEATURES)
@pytest.mark.parametrize("engine", ENGINES)
def test_every_version_is_read_or_refused(history_of, read, engine, feature):
    history, reader = history_of(feature), read(engine)
    refusal = REFUSALS.get((engine, feature))
    misreading = MISREADINGS.get((engine, feature))
    refused, misread = [], []
    for number, version in enumerate(history.versions):
        if version.is_gone:
            continue
        try:
            found = reader(history.table, version.columns, number)
        except Exception as error:
            assert refusal and refusal in str(error), f"version {number}: {error}"
            refused.append(number)
            continue
        who = f"{engine}, {feature}, version {number}"
        try:
            assert_same_rows(found, version.rows, who)
        except AssertionError:
            if not misreading:
                raise
            assert_same_rows(found, misreading(history, version), who)
            misread.append(number)
    assert bool(refused) == bool(refusal), f"refused: {refused}"
    assert bool(misread) == bool(misreading), f"misread: {misread}"
    # Whoever lacks it reads the table as it was before, if it was.
    assert 0 not in refused or feature in FROM_THE_START


def changes(history: feature_tables.History, first: int) -> list[tuple]:
    """(kind, version, the row...) of every commit from this version on."""
    found = []
    for number in range(first, len(history.versions)):
        before, after = (
            collections.Counter(history.versions[n].rows) for n in (number - 1, number))
        found += [("insert", number, *row) for row in (after - before).elements()]
        found += [("delete", number, *row) for row in (before - after).elements()]
    return found


FEEDS = ["change data feed", "change data feed, deletion vectors"]
FEED_COLUMNS = ["_change_type", "_commit_version", *feature_tables.NUMBERED]


@pytest.mark.parametrize("feature", FEEDS)
def test_the_change_feed_as_delta_rs_reads_it(history_of, feature):
    history = history_of(feature)
    feed = deltalake.DeltaTable(str(history.table)).load_cdf(starting_version=1)
    found = pyarrow.table(feed).to_pylist()
    assert_same_rows(as_tuples(found, FEED_COLUMNS), changes(history, 1), f"delta-rs, {feature}")
    for row in found:
        assert abs(row["_commit_timestamp"].replace(tzinfo=UTC) - commit_time(
            history.table, row["_commit_version"])) < datetime.timedelta(milliseconds=1), row


def commit_time(table, version: int) -> datetime.datetime:
    log = table / "_delta_log" / f"{version:020}.json"
    info = json.loads(log.read_text().splitlines()[0])["commitInfo"]
    at = info.get("inCommitTimestamp", info["timestamp"])
    return datetime.datetime.fromtimestamp(at / 1000, UTC)


@pytest.mark.parametrize("feature", FEEDS)
def test_the_change_feed_as_grebe_tells_it(grebe, history_of, feature):
    history = history_of(feature)
    outcome = grebe.run(
        "diff", history.table, "--from", "0", "--feed", "--format", "ndjson")
    found = [json.loads(line) for line in outcome.stdout.splitlines()]
    assert_same_rows(as_tuples(found, FEED_COLUMNS), changes(history, 1), f"grebe, {feature}")


def test_a_difference_of_any_two_versions(grebe, history_of):
    """Of a mapped, widened table with deletion vectors: the columns are those of the later one."""
    history = history_of("all together")
    last = history.versions[-1]
    outcome = grebe.run("diff", history.table, "--from", "2", "--format", "ndjson")
    found = [json.loads(line) for line in outcome.stdout.splitlines()]
    before, after = (collections.Counter(
        tuple(map(canonical, row)) for row in history.versions[n].rows) for n in (2, -1))
    told = {kind: collections.Counter(
        tuple(canonical(row[name]) for name in last.columns)
        for row in found if row["_change_type"] == kind) for kind in ("insert", "delete")}
    assert told == {"insert": after - before, "delete": before - after}
