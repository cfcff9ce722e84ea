"""The command line, in this process and as the program that a user starts."""

import filecmp
import io
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pyoxigraph as ox
import pytest
import typer
from typer.testing import CliRunner

from alskg import __version__
from alskg.cli import app, main
from alskg.knowledge_graph import KnowledgeGraph
from alskg.names import ALS, BASE, RDF, RDFS
from alskg.settings import Settings
from alskg.store.embedded import QUADS

from ..extent import in_ci, sampled

PROJECT = Path(__file__).parents[2]
COMMANDS = ("serve", "ask", "check", "format", "derive", "load", "export", "release", "change", "diff", "token")
LABELS = "SELECT ?label WHERE { ?s a als:Polarity ; rdfs:label ?label } ORDER BY ?label"
QUESTION = """#+ title = "Terms of a list"
#+ question = "Which terms does this list have?"
#+ tags = ["lists"]
#+ [parameters.certainty]
#+ about = "A certainty."
#+ vocabulary = "certainties"
#+ example = "asserted"
SELECT ?label WHERE { ?certainty rdfs:label ?label }
"""


@pytest.fixture(scope="session")
def ontology(ontology_alone: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ontology without mappings and one question: a sound root that loads fast."""
    root = shutil.copytree(ontology_alone, tmp_path_factory.mktemp("cli") / "root")
    (root / "queries").mkdir()
    (root / "queries" / "one-certainty.rq").write_text(QUESTION)
    return root


@pytest.fixture
def root(ontology: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of that root that a test may change; commands work on it."""
    copy = shutil.copytree(ontology, tmp_path / "root")
    monkeypatch.setenv("ALSKG_ROOT", str(copy))
    monkeypatch.setenv("ALSKG_DATA_DIR", str(tmp_path / "store"))
    return copy


@dataclass(frozen=True)
class Done:
    """What a command left behind."""

    code: int
    out: str
    err: str


class Run:
    """Runs a command in this process, as the program does."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def __call__(self, *words: str, stdin: str = "") -> Done:
        self._monkeypatch.setattr(sys, "argv", ["alskg", *words])
        self._monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        with pytest.raises(SystemExit) as ended:
            main()
        captured = self._capsys.readouterr()
        return Done(int(ended.value.code or 0), captured.out, captured.err)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    return Run(monkeypatch, capsys)


def program(*words: str, root: Path, stdin: str = "", **settings: str) -> Done:
    """The command as a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "alskg", *words],
        env={**os.environ, "PYTHONPATH": str(PROJECT / "src"), "ALSKG_ROOT": str(root), **settings},
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def drug(root: Path) -> Path:
    return root / "ontology" / "classes" / "drug.ttl"


def broken(root: Path) -> str:
    """Writes a syntax error into a file, and says which."""
    drug(root).write_text("als:Drug a owl:Class .\n")
    return "ontology/classes/drug.ttl"


# ---------------------------------------------------------------- what teaches


def test_every_command_is_tested_here() -> None:
    assert set(typer.main.get_command(app).commands) == set(COMMANDS)  # type: ignore[attr-defined]


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_a_command_says_what_it_does_and_gives_an_example(command: str) -> None:
    result = CliRunner().invoke(app, [command, "--help"], terminal_width=200)
    shown = " ".join(result.stdout.replace("│", " ").split())
    assert result.exit_code == 0
    assert re.search(rf"For example[^:]*: alskg {command} ", shown), shown


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_of_a_command_is_explained(command: str) -> None:
    parameters = typer.main.get_command(app).commands[command].params  # type: ignore[attr-defined]
    assert [p.name for p in parameters if not getattr(p, "help", None)] == []


def test_the_help_names_every_command_and_where_settings_come_from() -> None:
    result = CliRunner().invoke(app, ["--help"])
    assert result.exit_code == 0
    assert all(command in result.stdout for command in COMMANDS)
    assert "ALSKG_*" in result.stdout
    assert "not medical advice" in result.stdout


def test_no_command_at_all_shows_the_help() -> None:
    result = CliRunner().invoke(app, [])
    assert "Usage:" in result.output
    assert "Commands" in result.output


def test_the_version_is_said() -> None:
    result = CliRunner().invoke(app, ["--version"])
    assert (result.exit_code, result.stdout) == (0, f"alskg {__version__}\n")


def test_a_command_that_there_is_not_is_refused() -> None:
    result = CliRunner().invoke(app, ["chekc"])
    assert result.exit_code == 2
    assert "chekc" in result.output


def test_the_program_teaches_too(ontology: Path) -> None:
    done = program("--help", root=ontology)
    assert (done.code, done.err) == (0, "")
    assert "serve" in done.out


# ---------------------------------------------------------------- check


def test_check_finds_sound_files_sound(root: Path, run: Run) -> None:
    done = run("check")
    assert (done.code, done.out) == (0, "")
    assert re.fullmatch(r"All is sound: \d+ rules and the derived view\.\n", done.err)


def test_check_names_each_fault_and_ends_with_1(root: Path, run: Run) -> None:
    file = broken(root)
    done = run("check")
    assert done.code == 1
    assert done.out.startswith(f"{file}: -: Parser error at line 1 ")
    assert done.out.count("\n") == 1
    assert done.err == "1 fault.\n"


def test_check_gives_faults_as_json_lines(root: Path, run: Run) -> None:
    file = broken(root)
    done = run("check", "--json")
    (fault,) = map(json.loads, done.out.splitlines())
    assert done.code == 1
    assert set(fault) == {"file", "node", "rule", "what", "mend"}
    assert (fault["file"], fault["rule"]) == (file, "readable")


def test_check_looks_at_the_questions(root: Path, run: Run) -> None:
    (root / "queries" / "one-certainty.rq").write_text(QUESTION.replace("SELECT", "SELCT"))
    done = run("check")
    assert done.code == 1
    assert done.out.startswith("queries/one-certainty.rq: -: below the header: Line 1, column 1: ")


@in_ci
def test_check_is_content_with_what_is_shipped() -> None:
    done = program("check", root=PROJECT)
    assert (done.code, done.out) == (0, "")
    assert "All is sound" in done.err


def test_check_as_a_program_ends_with_1_where_something_is_wrong(root: Path) -> None:
    broken(root)
    assert program("check", root=root).code == 1


# ---------------------------------------------------------------- format


def test_format_leaves_what_is_laid_out(root: Path, run: Run) -> None:
    assert run("format") == run("format", "--check") == Done(0, "", "")


def test_format_mends_the_layout_and_names_the_file(root: Path, run: Run) -> None:
    before = drug(root).read_text()
    drug(root).write_text(before.replace("\n    ", " "))
    assert run("format") == Done(0, f"{drug(root)}\n", "")
    assert drug(root).read_text() == before
    assert run("format") == Done(0, "", "")


def test_format_check_changes_nothing_and_ends_with_1(root: Path, run: Run) -> None:
    text = drug(root).read_text().replace("\n    ", " ")
    drug(root).write_text(text)
    assert run("format", "--check") == Done(1, f"{drug(root)}\n", "")
    assert drug(root).read_text() == text


def test_format_refuses_to_lose_a_comment(root: Path, run: Run) -> None:
    text = drug(root).read_text() + "# a thought\n"
    drug(root).write_text(text)
    done = run("format")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("alskg: ontology/classes/drug.ttl: The comment at line ")
    assert drug(root).read_text() == text


def test_format_as_a_program(root: Path) -> None:
    drug(root).write_text(drug(root).read_text().replace("\n    ", " "))
    assert program("format", "--check", root=root).code == 1
    assert program("format", root=root) == Done(0, f"{drug(root)}\n", "")


# ---------------------------------------------------------------- derive


def test_derive_leaves_what_is_derived(root: Path, run: Run) -> None:
    assert run("derive") == run("derive", "--check") == Done(0, "", "")


@pytest.mark.parametrize("name", ["context.jsonld", "VOCABULARY.md"])
@pytest.mark.parametrize("text", ["{}\n", None], ids=["stale", "missing"])
def test_derive_writes_what_is_due_and_names_the_file(text: str | None, name: str, root: Path, run: Run) -> None:
    context = root / "ontology" / name
    before = context.read_text()
    context.unlink()
    if text is not None:
        context.write_text(text)
    assert run("derive", "--check") == Done(1, f"{context}\n", "")
    assert context.exists() == (text is not None)
    assert run("derive") == Done(0, f"{context}\n", "")
    assert context.read_text() == before


def test_derive_as_a_program(root: Path) -> None:
    (root / "ontology" / "context.jsonld").write_text("{}")
    assert program("derive", "--check", root=root).code == 1
    assert program("derive", root=root).code == 0
    assert program("derive", "--check", root=root) == Done(0, "", "")


# ---------------------------------------------------------------- ask


def test_ask_answers_sparql_as_csv(root: Path, run: Run) -> None:
    assert run("ask", LABELS) == Done(0, "label\r\naffirms\r\ndenies\r\n", "")


def test_ask_reads_from_stdin(root: Path, run: Run) -> None:
    assert run("ask", "-", stdin=LABELS).out == "label\r\naffirms\r\ndenies\r\n"


def test_ask_answers_a_named_question(root: Path, run: Run) -> None:
    done = run("ask", "one-certainty", "--set", "certainty=hedged", "-f", "tsv")
    assert done == Done(0, '?label\n"hedged"@en\n', "")


@pytest.mark.parametrize(
    ("text", "format_", "begins"),
    [
        (LABELS, "json", '{"head":{"vars":["label"]}'),
        (LABELS, "xml", "<?xml"),
        ("ASK {}", "", "true"),
        ("DESCRIBE polarity:denies", "", "@prefix"),
        ("CONSTRUCT { ?s rdfs:label ?l } WHERE { ?s a als:Polarity ; rdfs:label ?l }", "ntriples", "<https://w3id"),
    ],
)
def test_ask_answers_in_the_form_that_is_asked_for(text: str, format_: str, begins: str, root: Path, run: Run) -> None:
    done = run("ask", text, *(["--format", format_] if format_ else []))
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(begins)
    assert done.out.endswith("\n")


@pytest.mark.parametrize(
    ("words", "message"),
    sampled(
        [
            (["SELECT ?x WHERE {"], "Line 1, column "),
            (["SELECT * WHERE { ?x nope:y ?z }"], "nope"),
            ([""], "Line 1, column 1: the query ends before it asks anything."),
            (["INSERT DATA { <a:a> <a:b> <a:c> }"], "This is an update, and here are answered questions."),
            (["SELECT * { SERVICE <http://example.org/> { } }"], "SERVICE http://example.org/ is refused"),
            (["SELECT * FROM <https://example.org/> { }"], "FROM <https://example.org/> is refused"),
            ([LABELS, "-f", "pdf"], "pdf"),
            ([LABELS, "-f", "turtle"], "turtle"),
            (["one-certanty"], "No question is called 'one-certanty'; did you mean one-certainty?"),
            (["one-certainty"], "one-certainty needs certainty; for example asserted."),
            (["one-certainty", "-s", "certainty=sure"], "certainty=sure: not in the list of certainties: anticipated,"),
            (["one-certainty", "-s", "cert=hedged"], "one-certainty has no parameter 'cert'; it has certainty."),
            (
                ["one-certainty", "-s", "certainty"],
                "--set certainty: write a name and a value, as in --set drug=riluzole.",
            ),
            ([LABELS, "-s", "certainty=hedged"], "--set is for named questions;"),
        ],
        5,
    ),
)
def test_ask_refuses_bad_input_with_one_sentence(words: list[str], message: str, root: Path, run: Run) -> None:
    done = run("ask", *words)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("alskg: ")
    assert message in done.err
    assert "Traceback" not in done.err


def test_ask_answers_from_the_store_that_is_served(root: Path, tmp_path: Path, run: Run) -> None:
    # It serves from the store meanwhile.
    served = KnowledgeGraph.open(Settings(data_dir=tmp_path / "store", root=root))
    polarity = ox.NamedNode(f"{BASE}vocabularies/polarities/wonders")
    values: dict[str, ox.NamedNode | ox.Literal]
    values = {RDF + "type": ox.NamedNode(f"{ALS}Polarity"), RDFS + "label": ox.Literal("wonders", language="en")}
    new = [ox.Quad(polarity, ox.NamedNode(property_), value) for property_, value in values.items()]
    served.present.write(new, [], replace(served.present.state, revision=2, curated=True))
    snapshot = served.present.snapshots.held().directory
    assert run("ask", LABELS) == Done(0, "label\r\naffirms\r\ndenies\r\nwonders\r\n", "")
    assert run("ask", LABELS, "--packaged") == Done(0, "label\r\naffirms\r\ndenies\r\n", "")
    assert snapshot.exists()
    served.close()


def test_ask_says_that_a_store_cannot_be_read(root: Path, tmp_path: Path, run: Run) -> None:
    (tmp_path / "store" / QUADS).mkdir(parents=True)
    (tmp_path / "store" / QUADS / "CURRENT").write_text("nothing")
    done = run("ask", "ASK {}")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"alskg: The store under {tmp_path / 'store'} can't be read: ")


def test_ask_as_a_program(ontology: Path, tmp_path: Path) -> None:
    store = str(tmp_path / "store")
    done = program("ask", "-", root=ontology, stdin=LABELS, ALSKG_DATA_DIR=store)
    assert done.out.split() == ["label", "affirms", "denies"]
    assert not Path(store).exists()
    done = program("ask", "SELECT", root=ontology, ALSKG_DATA_DIR=store)
    assert (done.code, done.out) == (2, "")
    assert re.fullmatch(r"alskg: Line 1, column [^\n]*\n", done.err)


# ---------------------------------------------------------------- export


@pytest.mark.parametrize("words", [(), ("--packaged",)], ids=["without a store", "from the files"])
def test_export_writes_the_files_that_were_loaded(words: tuple[str, ...], root: Path, tmp_path: Path, run: Run) -> None:
    to = tmp_path / "some" / "where"
    names = [file.relative_to(root).as_posix() for file in root.rglob("*.*") if file.is_file()]
    assert run("export", "--to", str(to), *words) == Done(0, "", f"{len(names)} files in {to}\n")
    assert filecmp.cmpfiles(root, to, names, shallow=False)[1:] == ([], [])
    assert len([file for file in to.rglob("*.*") if file.is_file()]) == len(names)
    assert not (tmp_path / "store").exists()


def test_export_writes_what_is_stored_where_there_is_a_store(root: Path, tmp_path: Path, run: Run) -> None:
    synonym = 'polarity:denies skos:altLabel "negates"@en .'
    words = ("change", "add", "-", "-f", "turtle", "-m", "A synonym", "--admin")
    assert run(*words, stdin=synonym).code == 0
    list_ = Path("ontology") / "vocabularies" / "polarities.ttl"
    assert run("export", "--to", str(tmp_path / "stored")).code == 0
    assert "negates" in (tmp_path / "stored" / list_).read_text()
    assert run("export", "--to", str(tmp_path / "packaged"), "--packaged").code == 0
    assert "negates" not in (tmp_path / "packaged" / list_).read_text()


def test_export_names_files_that_the_graph_knows_nothing_of_and_removes_them_on_request(
    root: Path, tmp_path: Path, run: Run
) -> None:
    old = tmp_path / "to" / "data" / "things" / "old.ttl"
    old.parent.mkdir(parents=True)
    old.write_text("")
    notes = tmp_path / "to" / "data" / "notes.txt"
    notes.write_text("mine")
    assert f"{old}: no graph holds it; --prune removes it.\n" in run("export", "--to", str(tmp_path / "to")).err
    assert old.exists()
    assert f"{old}: removed.\n" in run("export", "--to", str(tmp_path / "to"), "--prune").err
    assert not old.exists()
    assert notes.exists()


def test_export_needs_to_be_told_where_to(root: Path, run: Run) -> None:
    done = run("export")
    assert done.code == 2
    assert "--to" in done.err


def test_export_to_a_place_that_cant_be_written_is_refused(root: Path, tmp_path: Path, run: Run) -> None:
    (tmp_path / "file").write_text("in the way")
    done = run("export", "--to", str(tmp_path / "file"))
    assert done.code == 2
    assert done.err.startswith("alskg: ")
    assert "Traceback" not in done.err


def test_export_as_a_program(ontology: Path, tmp_path: Path) -> None:
    assert program("export", "--to", str(tmp_path), root=ontology).err.endswith(f" files in {tmp_path}\n")
    assert filecmp.cmp(drug(ontology), drug(tmp_path), shallow=False)


# ---------------------------------------------------------------- serve


@pytest.fixture
def busy() -> Iterator[int]:
    """A port that somebody else listens at."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


def test_serve_says_that_a_port_is_busy(busy: int, root: Path, run: Run) -> None:
    done = run("serve", "--port", str(busy))
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"alskg: Can't listen at 127.0.0.1:{busy}: ")
    assert done.err.endswith("Set ALSKG_HOST to an address of this machine and ALSKG_PORT to a free port.\n")


def test_serve_as_a_program_says_that_a_port_is_busy(busy: int, root: Path) -> None:
    done = program("serve", root=root, ALSKG_PORT=str(busy))
    assert done.code == 2
    assert re.fullmatch(rf"alskg: Can't listen at 127\.0\.0\.1:{busy}: [^\n]*\n", done.err)


@pytest.mark.parametrize("port", ["70000", "-1"])
def test_serve_refuses_a_port_that_there_is_not(port: str, root: Path, run: Run) -> None:
    done = run("serve", "--port", port)
    assert done.code == 2
    assert "Traceback" not in done.err


def test_serve_says_that_the_store_is_taken(root: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "alskg", "serve", "--port", "0"]
    environ = {**os.environ, "PYTHONPATH": str(PROJECT / "src")}
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as first:
        assert first.stdout
        said = [next(first.stdout), next(first.stdout)]
        assert said[0].startswith(f"alskg {__version__}, revision 1, ")
        assert "not medical advice" in said[0]
        assert re.match(r"Serving at http://127\.0\.0\.1:\d+ ", said[1])
        second = program("serve", "--port", "0", root=root)
        first.send_signal(signal.SIGINT)
        first.communicate(timeout=60)
    assert second.code == 2
    assert second.err.startswith(f"alskg: The store under {tmp_path / 'store'} can't be opened: ")
    assert "set ALSKG_DATA_DIR to another directory." in second.err


# ---------------------------------------------------------------- settings


@pytest.mark.parametrize(
    "command", [["check"], ["ask", "ASK {}"], ["serve"], ["format"], ["derive"], ["load", "x"], ["diff", "1", "2"]]
)
def test_a_wrong_setting_ends_every_command_with_one_sentence(
    command: list[str], root: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALSKG_PORTT", "1")
    done = run(*command)
    assert (done.code, done.out) == (2, "")
    assert done.err == "alskg: ALSKG_PORTT: there is no such setting; did you mean ALSKG_PORT?\n"


def test_a_root_without_files_is_refused(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALSKG_ROOT", str(tmp_path / "nowhere"))
    monkeypatch.setenv("ALSKG_DATA_DIR", str(tmp_path / "empty"))
    for command in (["check"], ["ask", "ASK {}"], ["format", "--check"]):
        done = run(*command)
        assert done.code != 0, command
        assert f"{tmp_path / 'nowhere'}: " in done.out + done.err
        assert "there is no ontology/ in this directory; set ALSKG_ROOT" in done.out + done.err
