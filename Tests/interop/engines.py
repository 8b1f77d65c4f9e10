"""Sail and Daft, asked through a pipe (engines_worker.py): their Python packages clash with others."""

import json
import pathlib
import socket
import subprocess
import time

import pyarrow

from rows import as_tuples

SECONDS_TO_START_MAX = 60


class Refused(Exception):
    """What an engine says when it does not do what it was asked for."""


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


class Engines:
    """Sail's server on the loopback, and the process that is its client and runs Daft."""

    def __init__(self, environment: pathlib.Path, folder: pathlib.Path):
        """`folder` takes the rows on their way, and what the two processes print."""
        self.folder = folder
        self.count = 0
        port = free_port()
        with open(folder / "sail.log", "w") as log:
            self.server = subprocess.Popen(
                [environment / "bin" / "sail", "spark", "server", "--ip", "127.0.0.1",
                 "--port", str(port)], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.worker = None
        try:
            wait_for(port, self.server)
            with open(folder / "worker.log", "w") as log:
                self.worker = subprocess.Popen(
                    [environment / "bin" / "python",
                     pathlib.Path(__file__).with_name("engines_worker.py"), str(port)],
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True)
            self.answer()
        except BaseException:
            self.stop()
            raise

    def answer(self):
        line = self.worker.stdout.readline()
        assert line, f"the engines ended: {(self.folder / 'worker.log').read_text()[-2000:]}"
        error = json.loads(line)["error"]
        if error:
            raise Refused(error)

    def run(self, **job):
        print(json.dumps(job), file=self.worker.stdin, flush=True)
        self.answer()

    def next_file(self) -> pathlib.Path:
        self.count += 1
        return self.folder / f"{self.count}.arrow"

    def read(self, engine: str, table, columns: list[str], version=None) -> list[tuple]:
        output = self.next_file()
        self.run(engine=engine, read=str(table), version=version, columns=columns,
                 output=str(output))
        with pyarrow.OSFile(str(output)) as file:
            found = pyarrow.ipc.open_file(file).read_all()
        output.unlink()
        return as_tuples(found.to_pylist(), columns)

    def write(self, engine: str, rows: pyarrow.Table, table, mode="append", partition_by=(),
              properties=None):
        source = self.next_file()
        with pyarrow.OSFile(str(source), "wb") as file:
            with pyarrow.ipc.new_file(file, rows.schema) as writer:
                writer.write_table(rows)
        self.run(engine=engine, write=str(source), into=str(table), mode=mode,
                 partition_by=list(partition_by), properties=properties or {})
        source.unlink()

    def sql(self, statement: str):
        """Sail runs a statement; tables are named as delta.`/path`."""
        self.run(sql=statement)

    def stop(self):
        # The client says goodbye to the server, so it goes first.
        if self.worker:
            self.worker.stdin.close()
            try:
                self.worker.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.worker.kill()
                self.worker.wait()
        self.server.terminate()
        try:
            self.server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.server.kill()
            self.server.wait()
