"""Sail and Daft, in a process and a Python environment of their own: engines.py starts it.

The argument is the command of Sail, whose server listens on a free port of the loopback for as long
as stdin is open. Reads a job a line from stdin and answers each with a line of JSON:
`{"error": null}` where it worked.
  {"engine": NAME, "read": TABLE, "version": N or null, "columns": [...], "output": FILE}
                       the rows go into an Arrow file
  {"engine": NAME, "write": FILE, "into": TABLE, "mode": MODE, "partition_by": [...],
   "properties": {...}}
                       the rows of an Arrow file, appended or overwriting
  {"sql": STATEMENT, "source": FILE or null}
                       Sail runs it; the rows of the Arrow file are the view `source`
"""

import atexit
import json
import os
import socket
import subprocess
import sys
import time

import daft
import pyarrow
from pyspark.sql import SparkSession

# What the engines print goes elsewhere.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

SECONDS_TO_START_MAX = 60


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for(port: int, server: subprocess.Popen):
    deadline = time.monotonic() + SECONDS_TO_START_MAX
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            assert server.poll() is None, f"Sail ended with {server.returncode}"
            assert time.monotonic() < deadline, f"Sail does not listen on port {port}"
            time.sleep(0.05)


port = free_port()
server = subprocess.Popen(
    [sys.argv[1], "spark", "server", "--ip", "127.0.0.1", "--port", str(port)],
    stdin=subprocess.DEVNULL)
atexit.register(server.kill)
wait_for(port, server)
spark = SparkSession.builder.remote(f"sc://127.0.0.1:{port}").getOrCreate()
spark.conf.set("spark.sql.session.timeZone", "UTC")
daft.set_runner_native()


def quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def read_sail(job: dict) -> pyarrow.Table:
    reader = spark.read.format("delta")
    if job["version"] is not None:
        reader = reader.option("versionAsOf", str(job["version"]))
    return reader.load(job["read"]).select(*map(quoted, job["columns"])).toArrow()


def read_daft(job: dict) -> pyarrow.Table:
    return daft.read_deltalake(job["read"], version=job["version"]).select(
        *job["columns"]).to_arrow()


def write_sail(job: dict, table: pyarrow.Table):
    writer = spark.createDataFrame(table).write.format("delta").mode(job["mode"])
    for key, value in job["properties"].items():
        writer = writer.option(key, value)
    if job["partition_by"]:
        writer = writer.partitionBy(*job["partition_by"])
    writer.save(job["into"])


def write_daft(job: dict, table: pyarrow.Table):
    daft.from_arrow(table).write_deltalake(
        job["into"], mode=job["mode"], partition_cols=job["partition_by"] or None,
        configuration=job["properties"] or None)


READ = {"sail": read_sail, "daft": read_daft}
WRITE = {"sail": write_sail, "daft": write_daft}


def arrow_rows(path: str) -> pyarrow.Table:
    with pyarrow.OSFile(path) as file:
        return pyarrow.ipc.open_file(file).read_all()


def run(job: dict):
    if "sql" in job:
        if job["source"]:
            spark.createDataFrame(arrow_rows(job["source"])).createOrReplaceTempView("source")
        spark.sql(job["sql"]).toArrow()
    elif "read" in job:
        table = READ[job["engine"]](job)
        with pyarrow.OSFile(job["output"], "wb") as file:
            with pyarrow.ipc.new_file(file, table.schema) as writer:
                writer.write_table(table)
    else:
        WRITE[job["engine"]](job, arrow_rows(job["write"]))


print(json.dumps({"error": None}), file=answers, flush=True)
for line in sys.stdin:
    error = None
    try:
        run(json.loads(line))
    except Exception as thrown:  # The other side judges.
        error = f"{type(thrown).__name__}: {thrown}"
    print(json.dumps({"error": error}), file=answers, flush=True)
# The client says goodbye to the server, so it goes first.
spark.stop()
server.terminate()
server.wait(timeout=20)
