"""Exit statuses, one-line errors with hints, and help with an example: the contract."""

import os
import re
import shutil
import subprocess
import time

import deltalake
import pyarrow
import pyarrow.parquet
import pytest

import dumps
import peers
from dumps import ROOT_FIXTURES
from needed import is_missing, need

COMMANDS = ["convert", "query", "head", "schema", "describe", "history", "files", "compact",
            "checkpoint"]


@pytest.fixture
def table(grebe, tmp_path):
    dump = dumps.orders(50, seed=1)
    grebe.convert(dump.write(tmp_path / "orders.csv"), tmp_path / "t", "--schema", dump.ddl)
    return tmp_path / "t"


def listed_commands(grebe) -> list[str]:
    _, _, commands = grebe.run("--help").stdout.partition("SUBCOMMANDS:")
    return re.findall(r"^  (\w+)(?:  |\s*\(|$)", commands, re.MULTILINE)


def test_a_released_binary_needs_no_library_but_the_systems_and_isal(grebe):
    need("ldd")
    listed = subprocess.run(["ldd", grebe.binary], capture_output=True, text=True).stdout
    libraries = {line.split()[0].rpartition("/")[2].partition(".so")[0]
                 for line in listed.splitlines()}
    if "libswiftCore" in libraries:
        is_missing("this binary was not built by tools/build-release")
    assert "libc" in libraries
    loader = {name for name in libraries if name.startswith(("ld-linux", "linux-vdso"))}
    assert libraries - loader <= {"libc", "libm", "libgcc_s", "libisal"}


def test_help_of_every_command_has_an_example(grebe):
    commands = [name for name in listed_commands(grebe) if name != "help"]
    assert set(COMMANDS) <= set(commands)
    for command in commands:
        text = grebe.run(command, "--help").stdout
        heading = re.search(r"^\s*examples?:?$", text, re.IGNORECASE | re.MULTILINE)
        assert heading, f"no example in\n{text}"
        assert text.count(f"grebe {command}") >= 2, f"usage and example, but\n{text}"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(grebe, shell):
    assert "grebe" in grebe.run("--generate-completion-script", shell).stdout


@pytest.mark.parametrize("arguments", [
    ["nonsense"], ["convert"], ["convert", "x.csv"], ["query"], ["compact", "t", "--nonsense"],
    ["convert", "x.csv", "--into", "t", "--mode", "nonsense"],
    ["convert", "x.csv", "--into", "t", "--compression", "nonsense"],
    ["convert", "x.csv", "--into", "t", "--schema", "id NONSENSE"],
], ids=" ".join)
def test_64_usage(grebe, arguments, tmp_path):
    (tmp_path / "x.csv").write_text("id\n1\n")
    grebe.run(*arguments, code=64, cwd=tmp_path)


def test_64_sql_names_the_place(grebe, table):
    outcome = grebe.run("query", f"SELEC * FROM '{table}'", code=64)
    assert "SELEC" in outcome.error
    outcome = grebe.run("query", f"SELECT nothing FROM '{table}'", code=64)
    assert "nothing" in outcome.error and outcome.hint


def test_65_a_corrupt_file(grebe, table):
    [path] = peers.data_files(table)
    data = bytearray(path.read_bytes())
    data[len(data) // 2:] = b"\0" * (len(data) - len(data) // 2)
    path.write_bytes(data)
    outcome = grebe.run("query", f"SELECT * FROM '{table}'", code=65)
    assert path.name in outcome.error


@pytest.mark.parametrize("text", ["", "{", '{"add":{"path":"x"', "\0\0\0\0"], ids=repr)
def test_65_a_torn_commit_is_refused_loudly(grebe, table, text):
    (table / "_delta_log" / f"{1:020}.json").write_text(text)
    outcome = grebe.run("query", f"SELECT * FROM '{table}'", code=65)
    assert f"{1:020}.json" in outcome.error


def test_66_nothing_there(grebe, table, tmp_path):
    for arguments in [
        ["convert", tmp_path / "missing.csv", "--into", tmp_path / "new"],
        ["query", f"SELECT * FROM '{tmp_path / 'missing'}'"],
        ["query", f"SELECT * FROM '{table}' VERSION AS OF 7"],
        ["head", f"{table}@v7"],
        ["history", tmp_path / "missing"], ["schema", tmp_path / "missing"],
        ["compact", tmp_path / "missing"], ["checkpoint", tmp_path / "missing"],
        ["files", tmp_path],
    ]:
        outcome = grebe.run(*arguments, code=66)
        assert "missing" in outcome.error or "7" in outcome.error or str(tmp_path) in outcome.error
    assert not (tmp_path / "new").exists(), "a failed conversion left a folder"
    assert grebe.run("head", f"{table}@v7", code=66).hint


def test_69_a_feature_that_grebe_does_not_know(grebe, tmp_path):
    table = tmp_path / "t"
    deltalake.write_deltalake(str(table), pyarrow.table({"id": [1]}))
    protocol = (
        '{"protocol":{"minReaderVersion":3,"minWriterVersion":7,'
        '"readerFeatures":["teleportation"],"writerFeatures":["teleportation"]}}\n')
    (table / "_delta_log" / f"{1:020}.json").write_text(protocol)
    for arguments in [
        ["query", f"SELECT * FROM '{table}'"], ["head", table], ["compact", table],
        ["convert", ROOT_FIXTURES / "flights-sample.csv", "--into", table],
    ]:
        assert "teleportation" in grebe.run(*arguments, code=69).error
    assert grebe.query(f"SELECT * FROM '{table}' VERSION AS OF 0") == [{"id": 1}]


def test_69_a_writer_feature_that_grebe_does_not_know(grebe, tmp_path):
    table = tmp_path / "t"
    deltalake.write_deltalake(str(table), pyarrow.table({"id": [1]}))
    protocol = (
        '{"protocol":{"minReaderVersion":1,"minWriterVersion":7,'
        '"writerFeatures":["teleportation"]}}\n')
    (table / "_delta_log" / f"{1:020}.json").write_text(protocol)
    (tmp_path / "more.csv").write_text("id\n2\n")
    outcome = grebe.run("convert", tmp_path / "more.csv", "--into", table, code=69)
    assert "teleportation" in outcome.error
    assert grebe.query(f"SELECT * FROM '{table}'") == [{"id": 1}]


def test_73_mode_error_on_an_existing_table(grebe, table, tmp_path):
    outcome = grebe.run(
        "convert", tmp_path / "orders.csv", "--into", table, "--mode", "error", code=73)
    assert str(table) in outcome.error
    assert peers.versions(table) == [0]


def test_74_a_place_that_cannot_be_written(grebe, tmp_path):
    (tmp_path / "file").write_text("in the way")
    grebe.run(
        "convert", ROOT_FIXTURES / "flights-sample.csv", "--into", tmp_path / "file" / "t",
        code=(73, 74))


def test_75_if_version(grebe, table, tmp_path):
    more = dumps.orders(5, seed=2, first_id=1000).write(tmp_path / "more.csv")
    outcome = grebe.run("convert", more, "--into", table, "--if-version", "3", code=75)
    assert outcome.hint
    assert peers.versions(table) == [0]
    assert grebe.convert(more, table, "--if-version", "0")["version"] == 1


def test_a_failing_conversion_says_one_line_and_leaves_no_table(grebe, tmp_path):
    (tmp_path / "bad.csv").write_text("a,b\n1,2\n3\n")
    grebe.run("convert", tmp_path / "bad.csv", "--into", tmp_path / "t", code=65)
    assert not list(tmp_path.glob("t/**/*.json"))


def test_dry_run_writes_nothing(grebe, tmp_path):
    source = dumps.orders(50, seed=3).write(tmp_path / "orders.csv")
    outcome = grebe.run("convert", source, "--into", tmp_path / "t", "--dry-run")
    assert "amount" in outcome.stdout
    assert not (tmp_path / "t").exists()


def test_reports_are_one_json_document(grebe, table):
    assert grebe.json("history", table)[0]["version"] == 0
    files = grebe.json("files", table)
    assert {file["path"].rsplit("/", 1)[-1] for file in files} == {
        path.name for path in peers.data_files(table)}
    names = [field["name"] for field in grebe.json("schema", table)["fields"]]
    assert names == ["id", "region", "day", "amount", "note"]
    assert grebe.json("describe", table)["version"] == 0
    assert isinstance(grebe.json("compact", table, "--dry-run"), dict)


def test_results_go_to_stdout_and_the_rest_to_stderr(grebe, table):
    outcome = grebe.run("query", f"SELECT id FROM '{table}' LIMIT 1", "--format", "csv")
    assert len(outcome.stdout.splitlines()) == 2
    assert outcome.stderr == ""


def test_stdin_is_a_source(grebe, tmp_path):
    grebe.run("convert", "-", "--into", tmp_path / "t", stdin=b"id,name\n1,a\n2,b\n")
    peers.assert_all_read(tmp_path / "t", ["id", "name"], [(1, "a"), (2, "b")])


def test_directories_are_sources(grebe, tmp_path):
    (tmp_path / "in" / "deep").mkdir(parents=True)
    parts = [dumps.orders(20, seed=n, first_id=n * 100) for n in range(3)]
    for number, folder in enumerate(["in", "in", "in/deep"]):
        parts[number].write(tmp_path / folder / f"{number}.csv")
    grebe.convert(tmp_path / "in", tmp_path / "t", "--schema", parts[0].ddl)
    peers.assert_all_read(
        tmp_path / "t", parts[0].names, [row for part in parts for row in part.rows])


def test_a_name_that_is_there_is_no_pattern(grebe, tmp_path):
    """Browsers and spreadsheets name copies `dump [1].csv`."""
    for number, name in enumerate(["a [1].csv", "a 1.csv", "d[1]/b.csv", "d1/c.csv"]):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"n\n{number}\n")
    for source, wanted in [
            ("a [1].csv", [0]), ("d[1]", [2]), ("d[1]/", [2]), ("d[1]/b.csv", [2]), ("d[12]", []),
            ("a ?1].csv", [0]), ("a [1-2].csv", [1])]:
        table = tmp_path / "t"
        found = grebe.run(
            "convert", tmp_path / source, "--into", table, code=0 if wanted else 66)
        assert wanted or "no such source" in found.error
        if wanted:
            assert [row["n"] for row in grebe.query(f"SELECT n FROM '{table}'")] == wanted, source
            shutil.rmtree(table)


def test_the_sample_dump_is_what_its_generator_makes():
    root = ROOT_FIXTURES.parents[1]
    made = subprocess.run([root / "tools/make-sample-dump"], check=True, capture_output=True)
    assert made.stdout == (ROOT_FIXTURES / "flights-sample.csv").read_bytes()


UNKNOWN_COLUMNS = {
    "convert, type": ["convert", "{csv}", "--into", "{new}", "--type", "nothing=INT"],
    "convert, type, Parquet": ["convert", "{parquet}", "--into", "{new}", "--type", "nothing=INT"],
    "convert, sort": ["convert", "{csv}", "--into", "{new}", "--sort-by", "nothing"],
    "convert, partition": ["convert", "{csv}", "--into", "{new}", "--partition-by", "nothing"],
    "convert, transform": ["convert", "{csv}", "--into", "{new}", "--partition-by", "day(nothing)"],
    "convert, filter": ["convert", "{csv}", "--into", "{new}", "--bloom-filter", "nothing"],
    "append, filter": ["convert", "{csv}", "--into", "{table}", "--bloom-filter", "nothing"],
    "alter, drop": ["alter", "{table}", "--drop-column", "nothing"],
    "alter, drop a field": ["alter", "{table}", "--drop-column", "id.nothing"],
    "alter, rename": ["alter", "{table}", "--rename-column", "nothing=x"],
    "alter, type": ["alter", "{table}", "--type", "nothing=BIGINT"],
    "alter, nulls": ["alter", "{table}", "--drop-not-null", "nothing"],
    "alter, add a field": ["alter", "{table}", "--add-column", "nothing.x INT"],
    "alter, constraint": ["alter", "{table}", "--add-constraint", "c=nothing > 1"],
    "delete": ["delete", "{table}", "--where", "nothing = 1"],
    "delete, filter": ["delete", "{table}", "--where", "id = 1", "--bloom-filter", "nothing"],
    "compact": ["compact", "{table}", "--where", "nothing = 1"],
    "compact, filter": ["compact", "{table}", "--bloom-filter", "nothing"],
    "query": ["query", "SELECT nothing FROM '{table}'"],
    "query, file": ["query", "SELECT nothing FROM '{parquet}'"],
}


@pytest.mark.parametrize("words", UNKNOWN_COLUMNS.values(), ids=UNKNOWN_COLUMNS)
def test_an_unknown_column_is_a_usage_error_everywhere(grebe, table, tmp_path, words):
    pyarrow.parquet.write_table(pyarrow.table({"a": [1]}), tmp_path / "a.parquet")
    places = {"table": table, "new": tmp_path / "new", "csv": tmp_path / "orders.csv",
              "parquet": tmp_path / "a.parquet"}
    force = ["--force"] if words[0] == "convert" else []
    outcome = grebe.run(*[word.format(**places) for word in words], *force, code=64)
    assert "nothing" in outcome.stderr and not (tmp_path / "new").exists()


class Terminal:
    """A pseudo-terminal that a command writes its standard error to."""

    def __init__(self):
        self.descriptor, self.other_end = os.openpty()

    def run(self, command, code=0) -> str:
        """What the command wrote, CR LF of the terminal as LF."""
        with subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=self.other_end) as process:
            os.close(self.other_end)
            written = bytearray()
            while True:
                try:
                    some = os.read(self.descriptor, 4096)
                except OSError:  # Linux says EIO once the last writer has gone.
                    break
                if not some:
                    break
                written += some
            assert process.wait(timeout=120) == code, written.decode()
        os.close(self.descriptor)
        return written.decode().replace("\r\n", "\n")


def screen(written: str) -> list[str]:
    """The lines that stay to be seen: a carriage return begins to write over a line."""
    lines = []
    for line in written.split("\n"):
        shown = []
        for piece in line.split("\r"):
            shown[:len(piece)] = piece
        lines.append("".join(shown).rstrip())
    return lines


SIZE = r"[\d.]+ (?:B|kB|MB|GB)"
PROGRESS = re.compile(rf"{SIZE} of {SIZE}, [\d,]+ rows?, {SIZE}/s, [\d.]+ s left *")


def test_progress_on_a_terminal_is_one_line_that_goes(grebe, tmp_path):
    source = tmp_path / "a.csv"
    source.write_text("id,text\n" + "".join(f"{n},some text\n" for n in range(20_000)))
    written = Terminal().run(grebe.command("convert", source, "--into", tmp_path / "t"))
    first, *pieces = written.split("\r")
    assert first == ""
    assert pieces and pieces[-1] == "", written
    shown = [piece for piece in pieces if piece.strip()]
    assert shown and all(PROGRESS.fullmatch(piece) for piece in shown), shown
    assert screen(written) == [""]
    for option in (["--progress", "never"], ["--quiet"]):
        assert Terminal().run(
            grebe.command("convert", source, "--into", tmp_path / "u", "--force", *option)) == ""


def test_what_follows_progress_on_a_terminal_has_a_line_of_its_own(grebe, tmp_path):
    rows = "".join(f"{n},x\n" for n in range(200_000))
    source = tmp_path / "a.csv"
    # Behind the sample, so that the note comes when progress is shown.
    source.write_text("id,text\n" + rows + "1.5,x\n")
    written = Terminal().run(grebe.command("convert", source, "--into", tmp_path / "t"))
    assert "left" in written
    [note, last] = screen(written)
    assert note.startswith("later rows contradict the guess: ") and last == ""
    written = Terminal().run(
        grebe.command("convert", source, "--into", tmp_path / "u", "--type", "id=INT"), code=65)
    assert "left" in written
    assert screen(written)[0].startswith("grebe: error: ")


@pytest.mark.parametrize("quiet", [[], ["--quiet"]], ids=["loud", "quiet"])
def test_a_quiet_watch_says_only_what_it_loaded_and_set_aside(grebe, tmp_path, quiet):
    table, landing = tmp_path / "t", tmp_path / "landing"

    def land(name, text):
        """In one step: half of it would be loaded, and the rest be a change."""
        (tmp_path / name).write_text(text)
        (tmp_path / name).rename(landing / name)

    with open(tmp_path / "out", "wb") as out, open(tmp_path / "err", "wb") as err:
        watch = subprocess.Popen(
            grebe.command(
                "convert", "--watch", landing, "--into", table, "--watch-interval", "0.05",
                "--settle-seconds", "0", *quiet), stdout=out, stderr=err)
        try:
            time.sleep(0.5)
            landing.mkdir()
            land("a.csv", "id\n1\n")
            end = time.monotonic() + 60
            while b"version 0" not in (tmp_path / "out").read_bytes():
                assert time.monotonic() < end and watch.poll() is None
                time.sleep(0.05)
            land("b.csv", "id\nseven\n")
            while b"set aside" not in (tmp_path / "err").read_bytes():
                assert time.monotonic() < end and watch.poll() is None
                time.sleep(0.05)
        finally:
            watch.terminate()
            assert watch.wait(timeout=60) == 0
    said = (tmp_path / "err").read_text().splitlines()
    notes = [line for line in said if "is not there yet" in line]
    assert len(notes) == (0 if quiet else 1), said
    assert len(said) - len(notes) == 1 and "b.csv: set aside" in said[-1], said
    assert "(line 2); nothing was committed; --on-bad-row quarantine" in said[-1], said
