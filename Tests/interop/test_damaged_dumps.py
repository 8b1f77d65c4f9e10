"""Dialects and damage drawn at random: what is sound becomes rows, and exactly what is damaged lies
in quarantine, with its place and text, without any option that says how the text is written."""

import dataclasses
import random

import pytest

DELIMITERS = [",", ";", "\t", "|"]
WORDS = ["ash", "beech", "a, b; c", "d|e", "tab\there", 'say "yes"', "it's", "Größe", "x y", "07"]


@dataclasses.dataclass
class Dump:
    """A table as text, with damage between its rows."""
    random: random.Random
    rows: list = dataclasses.field(default_factory=list)
    # By the line on which each begins: the reason and the text.
    damage: dict = dataclasses.field(default_factory=dict)

    def __post_init__(self):
        draw = self.random
        self.delimiter = draw.choice(DELIMITERS)
        self.quotes_all = draw.random() < 0.3
        self.newline = draw.choice(["\n", "\r\n"])
        self.line = 1
        self.pieces = []
        self.width = draw.randint(3, 6)
        self.put([f"c{i}" for i in range(self.width)])
        count = draw.randint(200, 2_000)
        bad = set(draw.sample(range(20, count), draw.randint(1, 8)))
        for i in range(count):
            if i in bad:
                self.put_damage()
            row = self.row(i)
            self.rows.append(row)
            self.put(row)

    def row(self, i: int) -> list[str]:
        draw = self.random
        row = [str(i), f"{draw.randint(0, 10**6) / 4}", draw.choice(WORDS)]
        row += [f"2024-0{draw.randint(1, 9)}-1{draw.randint(0, 9)}", str(draw.random() < 0.5),
                "two\nlines" if draw.random() < 0.02 else "one"]
        return row[: self.width]

    def field(self, text: str) -> str:
        special = any(mark in text for mark in (self.delimiter, '"', "\n", "\r"))
        if special or self.quotes_all:
            return '"' + text.replace('"', '""') + '"'
        return text

    def put(self, fields: list[str], *, raw=False):
        text = self.delimiter.join(fields if raw else map(self.field, fields))
        self.pieces.append(text + self.newline)
        self.line += (text + self.newline).count("\n")
        return text

    def put_damage(self):
        """A record that no reading of the text explains."""
        fields = [self.field(text) for text in self.row(self.random.randint(0, 9))[:3]]
        fields += [self.field("one")] * (self.width - 3)
        fields = [field for field in fields]
        reason = self.random.choice(["too_few_fields", "too_many_fields", "text_after_quote"])
        if reason == "too_few_fields":
            fields = fields[: self.random.randint(1, self.width - 1)]
        elif reason == "too_many_fields":
            fields += [self.field("one")] * self.random.randint(1, 3)
        else:
            fields[self.random.randint(1, self.width - 1)] = '"oak"bark'
        line = self.line
        self.damage[line] = (reason, self.put(fields, raw=True))

    @property
    def text(self) -> str:
        return "".join(self.pieces)


@pytest.mark.parametrize("run", range(30))
def test_exactly_what_is_damaged_is_set_aside(grebe, tmp_path, seeded, run):
    draw = random.Random(f"{seeded.random()} {run}")
    dump = Dump(draw)
    source = tmp_path / "dump.csv"
    source.write_text(dump.text, encoding="utf-8", newline="")
    first = min(dump.damage)
    failed = grebe.run("convert", source, "--into", tmp_path / "t", code=65)
    assert f"dump.csv: line {first}" in failed.error and not (tmp_path / "t").exists()

    report = grebe.convert(source, tmp_path / "t", "--on-bad-row", "quarantine")
    assert report["rows_written"] == len(dump.rows)
    found = grebe.query(f"SELECT line, reason, raw FROM '{tmp_path / 't' / '_quarantine'}'")
    assert {row["line"]: (row["reason"], row["raw"].rstrip("\r\n")) for row in found} == dump.damage
    names = [f"c{i}" for i in range(dump.width)]
    rows = grebe.query(f"SELECT * FROM '{tmp_path / 't'}' ORDER BY c0")
    assert len(rows) == len(dump.rows)
    for mine, wanted in zip(rows, dump.rows):
        for name, text in zip(names, wanted):
            value = mine[name]
            if isinstance(value, bool) or isinstance(value, str):
                assert str(value) == text
            else:
                assert float(value) == float(text)
