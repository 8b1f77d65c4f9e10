"""Runs the `grebe` command and holds it to what every command promises."""

import dataclasses
import decimal
import json
import pathlib
import subprocess

SECONDS_MAX = 120


@dataclasses.dataclass
class Outcome:
    arguments: list[str]
    code: int
    stdout: str
    stderr: str

    def __str__(self) -> str:
        return (
            f"$ grebe {' '.join(self.arguments)}\nexit {self.code}\n"
            f"--- stdout\n{self.stdout[-4000:]}\n--- stderr\n{self.stderr[-4000:]}")

    @property
    def error(self) -> str:
        """The line `grebe: error: ...`; fails unless there is one, followed by hints only."""
        lines = [line for line in self.stderr.splitlines() if line.strip()]
        starts = [i for i, line in enumerate(lines) if line.startswith("grebe: error: ")]
        assert len(starts) == 1, f"wanted one line `grebe: error: ...`\n{self}"
        rest = lines[starts[0] + 1:]
        assert all(line.startswith("hint: ") for line in rest), f"more than hints follow\n{self}"
        return lines[starts[0]]

    @property
    def hint(self) -> str:
        hints = [line for line in self.stderr.splitlines() if line.startswith("hint: ")]
        assert hints, f"wanted a hint\n{self}"
        return hints[0]


class Grebe:
    def __init__(self, binary: pathlib.Path):
        self.binary = binary

    def command(self, *arguments) -> list[str]:
        return [str(self.binary), *map(str, arguments)]

    def run(self, *arguments, code=0, stdin: bytes | None = None, cwd=None) -> Outcome:
        """Fails the test unless the exit status is `code` (or one of them)."""
        done = subprocess.run(
            self.command(*arguments), input=stdin, cwd=cwd, capture_output=True,
            timeout=SECONDS_MAX)
        outcome = Outcome(
            [str(a) for a in arguments], done.returncode,
            done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))
        wanted = code if isinstance(code, tuple) else (code,)
        assert outcome.code in wanted, f"wanted exit {code}\n{outcome}"
        if outcome.code != 0:
            assert outcome.error
        return outcome

    def json(self, *arguments, **options):
        """The one document that `--format json` prints; decimals keep their digits."""
        outcome = self.run(*arguments, "--format", "json", **options)
        try:
            return json.loads(outcome.stdout, parse_float=decimal.Decimal)
        except ValueError as error:
            raise AssertionError(f"stdout is not one JSON document: {error}\n{outcome}") from error

    def query(self, sql: str) -> list[dict]:
        outcome = self.run("query", sql, "--format", "ndjson")
        return [
            json.loads(line, parse_float=decimal.Decimal)
            for line in outcome.stdout.split("\n") if line]

    def convert(self, source, table, *options, **expectation) -> dict:
        """Converts and checks the row accounting of the closing report."""
        sources = source if isinstance(source, list) else [source]
        report = self.json("convert", *sources, "--into", table, *options, **expectation)
        accounted = sum(report[f"rows_{fate}"] for fate in ("written", "quarantined", "skipped"))
        assert report["rows_read"] == accounted, report
        for field in ("files_written", "bytes_read", "bytes_written", "version", "sources",
                      "seconds", "peak_memory_bytes"):
            assert field in report, f"the report lacks {field}: {report}"
        return report

    def versions(self, table) -> list[int]:
        """The versions that `history` lists, in ascending order."""
        return sorted(commit["version"] for commit in self.json("history", table))
