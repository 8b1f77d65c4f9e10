"""Generated columns: what Grebe computes for rows that it adds is what Spark computes.

Tables of any engine can have them, of Spark's SQL. Each expression is computed by Spark over the
same rows, which also says its type: Delta has a generated column be of the type of its expression.
"""

import datetime
import json
import math
from decimal import Decimal

import deltalake
import pyarrow as pa
import pytest
from pyarrow import parquet

UTC = datetime.timezone.utc


def instant(text: str, zone=UTC) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text).replace(tzinfo=zone)


TIMES = ["2024-02-29T23:59:59.999999", "1969-12-31T23:00:00.5", "2000-01-01T00:00:00",
         "1582-10-15T12:00:00", "2023-07-02T05:06:07.000001", None, "9999-12-30T12:34:56.7"]
COLUMNS = {
    "id": (pa.int32(), list(range(7))),
    "i": (pa.int32(), [0, 1, -7, 2**31 - 1, -2**31, None, 42]),
    "j": (pa.int32(), [3, 0, 2, 1, -1, 5, None]),
    "l": (pa.int64(), [0, 2**40, -7, 2**62, -2**63, None, 12]),
    "k": (pa.int16(), [0, 1, -1, 32767, -32768, None, 7]),
    "d": (pa.float64(), [0.5, -0.5, 2.5, -2.5, 1e15, None, math.nan]),
    "f": (pa.float32(), [0.5, -1.5, 3.25, 0.1, 1e10, None, -0.0]),
    "c": (pa.decimal128(10, 2), [Decimal(x) for x in ("0.00", "1.25", "-1.25", "99999999.99",
                                                      "-0.05")] + [None, Decimal("2.50")]),
    "e": (pa.decimal128(18, 6), [Decimal(x) for x in ("0.000001", "-1.500000", "2.999999",
                                                      "123456789012.5", "1")] + [None, Decimal(7)]),
    "t": (pa.string(), ["abc", "", " Groß x ", "ÉCLAIR", "a_b%c", None, "日本語"]),
    "n": (pa.string(), ["1", "-20", "300", "0", "7", None, "99"]),
    "x": (pa.string(), ["2024-01-05T10:00:00", "2024-02-29 23:59", " 2024-12-31 ", "1969-1-5",
                        "2024-01-05", None, "0001-01-01Tx"]),
    "y": (pa.string(), ["1", "-7", "1.9", "1e3", " 12 ", None, "2147483647"]),
    "b": (pa.bool_(), [True, False, True, False, True, None, False]),
    "day": (pa.date32(), [time and instant(time).date() for time in TIMES]),
    "at": (pa.timestamp("us", "UTC"), [time and instant(time) for time in TIMES]),
    "s": (pa.struct([("x", pa.int32()), ("y y", pa.string())]),
          [{"x": 1, "y y": "p"}, {"x": None, "y y": "q"}, None, {"x": -5, "y y": None},
           {"x": 0, "y y": ""}, {"x": 9, "y y": "r"}, {"x": 2, "y y": "s"}]),
}

# What each computes for all rows, but for those whose ids are named: Spark's result of them depends
# on `spark.sql.ansi.enabled`.
EXPRESSIONS = {
    # numbers
    "i + 1": {3}, "j * 2": set(), "-j": set(), "i - j": set(), "k + k": {3, 4}, "l % 10": set(),
    "i % j": set(), "i / j": set(), "l / 3": set(), "id + 1.5": set(), "d * 2": set(),
    "d + f": set(), "c + e": set(), "c * c": set(), "c * 3": set(), "c - 1": set(),
    "c % 1": set(), "c / 3": set(), "c / j": set(), "c / c": set(), "e / c": set(), "i / c": set(),
    "e / e": set(), "1 / c": set(), "c / (1 + 2)": set(), "c / cast(3 AS INT)": set(),
    "c / 123": set(),
    "f = 0.1": set(), "f > 0.1": set(), "f IN (0.1, 0.5)": set(), "f BETWEEN 0.1 AND 3.25": set(),
    "CASE f WHEN 0.1 THEN 'near' ELSE 'far' END": set(), "f IS NOT DISTINCT FROM 0.1": set(),
    "f = f": set(), "cast(y AS INT)": {2, 3}, "cast(y AS BIGINT)": {2, 3}, "i = '1'": set(),
    "abs(j)": set(), "abs(c)": set(), "abs(d)": set(),
    "floor(d)": {6},
    "ceil(d)": {6}, "floor(c)": set(), "ceil(e)": set(), "round(c, 1)": set(), "round(c)": set(),
    "round(d)": set(), "round(j)": set(), "l + i": {4}, "cast(j AS BIGINT) * 3": set(),
    "cast(d AS INT)": {4, 6}, "cast(c AS INT)": set(), "cast(e AS BIGINT)": set(),
    "cast(f AS DOUBLE)": set(), "cast(j AS STRING)": set(), "cast(c AS STRING)": set(),
    "cast(e AS STRING)": set(), "cast(e AS DECIMAL(10, 1))": {3}, "cast(n AS INT)": set(),
    "cast(n AS DOUBLE)": set(), "cast(b AS INT)": set(), "cast(j AS BOOLEAN)": set(),
    "cast(b AS STRING)": set(), "cast(j AS DOUBLE) / 4": set(), "cast(i AS SMALLINT)": {3, 4},
    "cast(c AS DOUBLE)": set(), "j": set(), "7": set(),
    "i IN (1, 42)": set(), "c > 1": set(), "d > 1": set(),
    "NOT b": set(), "b AND i > 0": set(), "i BETWEEN -10 AND 10": set(), "i IS NULL": set(),
    "i IS DISTINCT FROM j": set(),
    # choices
    "CASE WHEN i > 0 THEN 'many' WHEN i = 0 THEN 'none' ELSE 'less' END": set(),
    "CASE j WHEN 1 THEN 10 WHEN 2 THEN 20 END": set(), "if(b, 1, 0)": set(),
    "if(b, c, 0)": set(), "coalesce(i, j, 0)": set(), "nvl(t, 'none')": set(),
    "nullif(j, 5)": set(), "coalesce(l, i)": set(), "CASE WHEN b THEN c ELSE 0.5 END": set(),
    # texts
    "upper(t)": set(), "lower(t)": set(), "trim(t)": set(), "ltrim(t)": set(), "rtrim(t)": set(),
    "length(t)": set(), "substring(t, 1, 2)": set(), "substring(t, 0, 2)": set(),
    "substr(t, -2)": set(), "substring(t, -5, 3)": set(), "left(t, 2)": set(),
    "concat(t, '-', n)": set(), "concat(t, j)": set(), "t || '!'": set(), "concat(day, '')": set(),
    "concat(c, '')": set(), "concat(at, '')": set(), "t LIKE '%b%'": set(),
    r"t LIKE 'a\\_b%'": set(),
    "startswith(t, 'a')": set(), "contains(t, 'b')": set(), "t = 'abc'": set(),
    # dates and times
    "year(at)": set(), "quarter(at)": set(), "month(day)": set(), "day(at)": set(),
    "dayofmonth(day)": set(), "dayofyear(day)": set(), "dayofweek(day)": set(), "hour(at)": set(),
    "minute(at)": set(), "second(at)": set(), "date_part('YEAR', at)": set(),
    "extract(MONTH FROM day)": set(), "cast(at AS DATE)": set(), "to_date(at)": set(),
    "cast(x AS DATE)": set(),
    "to_date(x)": set(), "date_add(x, 1)": set(), "year(cast(x AS DATE))": set(),
    "date(at)": set(), "cast(day AS TIMESTAMP)": set(), "to_timestamp(day)": set(),
    "date_trunc('QUARTER', at)": set(), "date_trunc('week', at)": set(),
    "date_trunc('DD', day)": set(), "date_trunc('MINUTE', at)": set(), "trunc(day, 'MM')": set(),
    "trunc(at, 'YEAR')": set(), "trunc(day, 'WEEK')": set(), "day + 1": set(),
    "date_sub(day, j)": set(),
    "date_add(day, 1)": set(), "datediff(day, DATE '2000-01-01')": set(),
    "year(at) * 100 + month(at)": set(), "date_format(at, 'yyyy-MM-dd HH:mm:ss.SSSSSS')": set(),
    "date_format(day, 'EEEE, d. MMMM yy')": set(), "date_format(at, \"h:m a 'o''clock' E MMM D\")":
    set(), "date_format(at, 'yyyyMMdd')": set(), "date_format(at, 'Q, S SSS')": set(),
    "at > TIMESTAMP '2000-01-01 00:00:00'": set(), "day = DATE '2000-01-01'": set(),
    "cast(day AS STRING)": set(), "cast(at AS STRING)": set(),
    # structs
    "s.x": set(), "s.`y y`": set(), "coalesce(s.x, -1)": set(),
}

REFUSED = ["cast(d AS DECIMAL(10, 2))", "cast(f AS DECIMAL(12, 2))", "cast(l AS FLOAT)",
           "cast(s AS STRING)", "i = '1.9'", "try_cast(n AS INT)", "nullif(f, 0.1)", "f * f",
           "f + j", "e * cast(e AS DECIMAL(38, 6))", "cast(d AS STRING)",
           "round(d, 2)", "n + 1", "day - DATE '2000-01-01'", "hash(t)", "rand()",
           "date_format(at, 'G yyyy')", "date_trunc('decade', at)", "concat(d, '')",
           "cast(at AS BIGINT)", "regexp_extract(t, 'a')", "(SELECT 1)", "nosuch + 1", "g", "i +"]


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    path = tmp_path_factory.mktemp("generated") / "rows.parquet"
    table = pa.table({name: pa.array(values, kind) for name, (kind, values) in COLUMNS.items()})
    parquet.write_table(table, path)
    return path


@pytest.fixture(scope="module")
def computed(spark, rows):
    """The columns, and the type and the values that Spark gives each expression."""
    spark.conf.set("spark.sql.ansi.enabled", "false")
    frame = spark.read.parquet(str(rows))
    names = [f"g{i}" for i in range(len(EXPRESSIONS))]
    result = frame.selectExpr(
        "id", *(f"{expression} AS {name}" for name, expression in zip(names, EXPRESSIONS)))
    kinds = {field["name"]: field["type"] for field in json.loads(result.schema.json())["fields"]}
    answers = result.orderBy("id").collect()
    return json.loads(frame.schema.json())["fields"], {
        expression: (kinds[name], [row[name] for row in answers])
        for name, expression in zip(names, EXPRESSIONS)}


def make(path, fields: list[dict], expression: str, kind, nullable=True):
    """An empty table with a column `g` of the expression."""
    field = {"name": "g", "type": kind, "nullable": nullable,
             "metadata": {"delta.generationExpression": expression}}
    log = path / "_delta_log"
    log.mkdir(parents=True)
    schema = {"type": "struct", "fields": [*fields, field]}
    actions = [
        {"protocol": {"minReaderVersion": 1, "minWriterVersion": 4}},
        {"metaData": {"id": "5f8f1f9c-0000-4000-8000-000000000009",
                      "format": {"provider": "parquet", "options": {}},
                      "schemaString": json.dumps(schema), "partitionColumns": [],
                      "configuration": {}, "createdTime": 0}}]
    (log / f"{0:020}.json").write_text("".join(json.dumps(a) + "\n" for a in actions))


def plain(value):
    """Comparable: a NaN is one, times are in UTC."""
    if isinstance(value, float) and math.isnan(value):
        return "NaN"
    if isinstance(value, datetime.datetime):
        return value.astimezone(UTC).replace(tzinfo=None)
    return value


def stored(path) -> dict:
    table = deltalake.DeltaTable(str(path)).to_pyarrow_table(columns=["id", "g"])
    return {row["id"]: plain(row["g"]) for row in table.to_pylist()}


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_what_is_computed_is_what_spark_computes(grebe, computed, rows, tmp_path, expression):
    fields, answers = computed
    kind, values = answers[expression]
    table = tmp_path / "t"
    make(table, fields, expression, kind)
    grebe.json("convert", rows, "--into", table, "--on-bad-row", "quarantine")
    found = stored(table)
    expected = {i: plain(value) for i, value in enumerate(values)
                if i not in EXPRESSIONS[expression]}
    assert found == expected


@pytest.mark.parametrize("expression", REFUSED)
def test_what_is_not_computed_is_refused_by_name(grebe, computed, rows, tmp_path, expression):
    table = tmp_path / "t"
    make(table, computed[0], expression, "integer")
    result = grebe.run("convert", rows, "--into", table, code=69)
    assert f"generatedColumns (column g as {expression})" in result.stderr, result.stderr
