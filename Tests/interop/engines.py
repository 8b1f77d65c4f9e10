"""Sail and Daft, asked through a pipe (engines_worker.py): their packages clash with others."""

import json
import pathlib
import subprocess

import pyarrow

from rows import as_tuples

class Refused(Exception):
    """What an engine says when it does not do what it was asked for."""


class Engines:
    """The process that runs Daft and is a client of Sail, whose server it starts and ends."""

    def __init__(self, environment: pathlib.Path, folder: pathlib.Path):
        """`folder` takes the rows on their way, and what the processes print."""
        self.folder = folder
        self.count = 0
        worker = pathlib.Path(__file__).with_name("engines_worker.py")
        with open(folder / "engines.log", "w") as log:
            self.worker = subprocess.Popen(
                [environment / "bin" / "python", worker, environment / "bin" / "sail"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True)
        self.answer()

    def answer(self):
        line = self.worker.stdout.readline()
        assert line, f"the engines ended: {(self.folder / 'engines.log').read_text()[-2000:]}"
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
        source = self.arrow_file(rows)
        self.run(engine=engine, write=str(source), into=str(table), mode=mode,
                 partition_by=list(partition_by), properties=properties or {})
        source.unlink()

    def sql(self, statement: str, rows: pyarrow.Table | None = None):
        """Sail runs a statement; tables are named as delta.`/path`, `rows` is the view `source`."""
        source = None if rows is None else str(self.arrow_file(rows))
        self.run(sql=statement, source=source)

    def arrow_file(self, rows: pyarrow.Table) -> pathlib.Path:
        path = self.next_file()
        with pyarrow.OSFile(str(path), "wb") as file:
            with pyarrow.ipc.new_file(file, rows.schema) as writer:
                writer.write_table(rows)
        return path

    def stop(self):
        self.worker.stdin.close()
        try:
            self.worker.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.worker.kill()
            self.worker.wait()
