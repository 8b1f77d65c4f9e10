"""Spark 4 in a process and a Python environment of its own: both Sparks are called pyspark.

Reads a job a line from stdin and answers each with a line: JSON, `{"error": null}` where it worked.
  {"path": FILE, "output": FOLDER, "vectorized": BOOL}        reads the file and writes it again
  {"path": FILE, "output": FOLDER, "variant": COLUMN}         the same, of a VARIANT as JSON text
"""

import json
import os
import sys

from pyspark.sql import SparkSession

# What Spark prints goes elsewhere.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

builder = SparkSession.builder.master("local[1]").appName("interop")
for name, value in {
        "spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false", "spark.sql.session.timeZone": "UTC",
        "spark.sql.ansi.enabled": "false",
        "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
        **{f"spark.sql.parquet.{kind}RebaseModeIn{way}": "CORRECTED"
           for kind in ("int96", "datetime") for way in ("Read", "Write")}}.items():
    builder = builder.config(name, value)
spark = builder.getOrCreate()
spark.sparkContext.setLogLevel("ERROR")


def run(job: dict):
    for name in ("enableVectorizedReader", "enableNestedColumnVectorizedReader"):
        spark.conf.set(f"spark.sql.parquet.{name}", str(job.get("vectorized", True)).lower())
    frame = spark.read.parquet(job["path"])
    if "variant" in job:
        frame = frame.selectExpr(f"to_json(`{job['variant']}`) AS text")
    frame.coalesce(1).write.mode("overwrite").option("compression", "none").parquet(job["output"])


print(json.dumps({"version": spark.version}), file=answers, flush=True)
for line in sys.stdin:
    error = None
    try:
        run(json.loads(line))
    except Exception as thrown:  # The other side judges.
        error = str(thrown)
    print(json.dumps({"error": error}), file=answers, flush=True)
spark.stop()
