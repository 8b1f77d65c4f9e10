"""Dialects and damage drawn at random: what is sound becomes rows, and exactly what is damaged lies
in quarantine, with its place and text, without any option that says how the text is written."""

import dataclasses
import random

import pytest

DELIMITERS = [",", ";", "\t", "|", "~", "^", "::", "||", ", "]
WORDS = ["ash", "beech", "a, b; c", "d|e", "tab\there", 'say "yes"', "it's", "Größe", "x y", "07",
         "C:\\dir", "zero\0", "5\" pipe", "a~b"]
# Reasons a damaged record may have. An unclosed quote may seem to close at the next one.
DAMAGE = {
    "short": {"too_few_fields"}, "long": {"too_many_fields"}, "stray": {"text_after_quote"},
    "unclosed": {"unclosed_quote", "text_after_quote"}, "not text": {"invalid_utf8"}}


@dataclasses.dataclass
class Dump:
    """A table as text, with damage between its rows.

    What cannot be told is not drawn: apostrophes around only those fields that need them (they are
    text to most files), and a single quote that opens where none is meant and closes where a field
    may end, in a file without quotes.
    """
    random: random.Random
    rows: list = dataclasses.field(default_factory=list)
    # By the line on which each begins: the reasons it may have and the text.
    damage: dict = dataclasses.field(default_factory=dict)

    def __post_init__(self):
        draw = self.random
        self.delimiter = draw.choice(DELIMITERS)
        self.quote = draw.choice(['"', '"', "'", None])
        self.escape = "\\" if self.quote and draw.random() < 0.4 else None
        self.quotes_all = self.quote == "'" or draw.random() < 0.3
        self.newline = draw.choice(["\n", "\r\n"])
        self.has_header = draw.random() < 0.8
        self.line = 1
        self.pieces = []
        self.width = draw.randint(3, 6)
        self.words = WORDS
        if self.quote is None:
            marks = ["\n", self.delimiter[0]]
            self.words = [word for word in WORDS if not any(mark in word for mark in marks)]
        if self.has_header:
            self.put([f"c{i}" for i in range(self.width)])
        count = draw.randint(200, 2_000)
        bad = set(draw.sample(range(20, count), draw.randint(1, 8)))
        for i in range(count):
            if i in bad:
                self.put_damage()
            row = self.row(i)
            self.rows.append(row)
            self.put(row)

    @property
    def names(self) -> list[str]:
        return [f"c{i}" if self.has_header else f"column_{i + 1}" for i in range(self.width)]

    @property
    def description(self) -> str:
        return (f"{self.delimiter!r} {self.quote} {self.escape} {self.newline!r} "
                f"all={self.quotes_all} header={self.has_header} {self.damage}")

    def row(self, i: int) -> list[str]:
        draw = self.random
        row = [str(i), f"{draw.randint(0, 10**6) / 4}", draw.choice(self.words)]
        has_lines = self.quote and draw.random() < 0.02
        row += [f"2024-0{draw.randint(1, 9)}-1{draw.randint(0, 9)}", str(draw.random() < 0.5),
                "two\nlines" if has_lines else "one"]
        return row[: self.width]

    def field(self, text: str) -> str:
        quote, escape = self.quote, self.escape
        if quote is None:
            return text
        special = [self.delimiter[0], quote, "\n", "\r"] + ([escape] if escape else [])
        if not self.quotes_all and not any(mark in text for mark in special):
            return text
        if escape:
            text = text.replace(escape, escape * 2)
        return quote + text.replace(quote, (escape or quote) + quote) + quote

    def put(self, fields: list[str], *, raw=False):
        text = self.delimiter.join(fields if raw else map(self.field, fields))
        self.pieces.append(text + self.newline)
        self.line += (text + self.newline).count("\n")
        return text

    def put_damage(self):
        """A record that no reading of the text explains."""
        draw = self.random
        fields = [self.field(text) for text in self.row(draw.randint(0, 9))[:3]]
        fields += [self.field("one")] * (self.width - 3)
        kinds = list(DAMAGE) if self.quote else ["short", "long", "not text"]
        kind = draw.choice(kinds)
        column = draw.randrange(self.width)
        if kind == "short":
            fields = fields[: draw.randint(1, self.width - 1)]
        elif kind == "long":
            fields += [self.field("one")] * draw.randint(1, 3)
        elif kind == "stray":
            fields[column] = f"{self.quote}oak{self.quote}bark"
        elif kind == "unclosed":
            fields[column] = f"{self.quote}oak"
        else:
            fields[column] = "a\udcff\udcc3"
        line = self.line
        self.damage[line] = (DAMAGE[kind], self.put(fields, raw=True))

    @property
    def content(self) -> bytes:
        return "".join(self.pieces).encode("utf-8", "surrogateescape")


def is_same(mine, text: str) -> bool:
    if isinstance(mine, (bool, str)):
        return str(mine) == text
    return float(mine) == float(text)


@pytest.mark.parametrize("run", range(30))
def test_exactly_what_is_damaged_is_set_aside(grebe, tmp_path, seeded, run):
    dump = Dump(random.Random(f"{seeded.random()} {run}"))
    print(dump.description)
    source = tmp_path / "dump.csv"
    source.write_bytes(dump.content)
    first = min(dump.damage)
    failed = grebe.run("convert", source, "--into", tmp_path / "t", code=65)
    assert f"dump.csv: line {first}" in failed.error and not (tmp_path / "t").exists()

    report = grebe.convert(source, tmp_path / "t", "--on-bad-row", "quarantine")
    found = grebe.query(f"SELECT line, reason, raw FROM '{tmp_path / 't' / '_quarantine'}'")
    assert sorted(row["line"] for row in found) == sorted(dump.damage)
    for row in found:
        reasons, text = dump.damage[row["line"]]
        assert row["reason"] in reasons
        if "\udcff" not in text:
            assert row["raw"].rstrip("\r\n") == text
    assert report["rows_written"] == len(dump.rows)
    rows = grebe.query(f"SELECT * FROM '{tmp_path / 't'}' ORDER BY {dump.names[0]}")
    assert len(rows) == len(dump.rows) and list(rows[0]) == dump.names
    for mine, wanted in zip(rows, dump.rows):
        for name, text in zip(dump.names, wanted):
            assert is_same(mine[name], text)
