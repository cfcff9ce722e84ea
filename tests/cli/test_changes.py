"""`alskg change`, `load` and `diff`: the stored graph, changed and told of from the command line."""

import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pyoxigraph as ox
import pytest
import typer.main
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from alskg.changes import commit
from alskg.changeset import Changeset, Patch, quads_of
from alskg.cli import app, main
from alskg.history import EVERYTHING, quads_of_record, record_of
from alskg.knowledge_graph import KnowledgeGraph
from alskg.names import ALS, BASE, GRAPHS, RDFS, SKOS
from alskg.renaming import merged, renamed
from alskg.rewriting import Renaming
from alskg.settings import Settings
from alskg.store.embedded import EmbeddedStore
from alskg.web.app import build_app

from ..extent import in_ci, sampled

PROJECT = Path(__file__).parents[2]
COMMANDS = ("add", "remove", "retract", "revert", "restore", "log", "show")
RELIEF = "proposition:baclofen-relieves-muscle-spasticity-03eb7ceb"
SYNONYM = 'drug:baclofen skos:altLabel "Lioresal"@en .'
UNSOUND = 'drug:baclofen rdfs:label "another"@en .'

FILES = {
    "data/claims/seed-002.ttl": f"""
claim:s2-056 a als:Claim ; rdfs:label "S2-056: baclofen relieves muscle spasticity"@en ; skos:notation "S2-056" ;
    dcterms:source source:seed-002 ; als:certainty certainty:asserted ; als:locator "line 8; sentence 19" ;
    als:polarity polarity:affirms ; als:states {RELIEF} .""",
    "data/sources.ttl": """
source:seed-002 a als:Source ; rdfs:label "seed document 002"@en ; dcterms:title "The overview"@en ;
    skos:definition "An undated text."@en ; skos:notation "002" ; als:sourceKind sourcekind:seed-document ;
    als:notStated dcterms:creator , dcterms:date , dcterms:license , dcterms:publisher .""",
    "data/things/drugs.ttl": """
drug:baclofen a als:Drug ; rdfs:label "baclofen"@en ; skos:definition "A medication."@en .""",
    "data/things/phenotypes.ttl": """
phenotype:muscle-spasticity a als:Phenotype , als:Symptom ; rdfs:label "muscle spasticity"@en ;
    skos:definition "A lasting stiffness of muscles."@en .""",
    "data/things/propositions.ttl": f"""
{RELIEF} a als:Proposition ; rdfs:label "baclofen relieves muscle spasticity"@en ;
    rdf:subject drug:baclofen ; rdf:predicate als:relieves ; rdf:object phenotype:muscle-spasticity .""",
}


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

    def __call__(self, *words: object, stdin: str | bytes = "") -> Done:
        self._monkeypatch.setattr(sys, "argv", ["alskg", *map(str, words)])
        raw = stdin if isinstance(stdin, bytes) else stdin.encode()
        self._monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
        with pytest.raises(SystemExit) as ended:
            main()
        code = int(ended.value.code or 0)
        captured = self._capsys.readouterr()
        return Done(code, captured.out, captured.err)

    def add(self, triples: str, *words: object) -> Done:
        return self("change", "add", "-", "-f", "turtle", "-m", "A test", *words, stdin=triples)

    def remove(self, triples: str, *words: object) -> Done:
        return self("change", "remove", "-", "-f", "turtle", "-m", "A test", *words, stdin=triples)

    def revisions(self) -> list[int]:
        return [change["revision"] for change in json.loads(self("change", "log", "--json").out)["items"]]


def environment(root: Path, store: Path) -> dict[str, str]:
    return {"PYTHONPATH": str(PROJECT / "src"), "ALSKG_ROOT": str(root), "ALSKG_DATA_DIR": str(store)}


def program(*words: object, environ: dict[str, str], stdin: str = "") -> Done:
    """The command as a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "alskg", *map(str, words)],
        env={**os.environ, **environ},
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="session")
def empty_root(ontology_alone: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ontology without mappings, and no data."""
    return shutil.copytree(ontology_alone, tmp_path_factory.mktemp("changes") / "root")


@pytest.fixture(scope="session")
def files(empty_root: Path, laid_out_in: Callable[[Path, Mapping[str, str]], Path]) -> Path:
    """A drug, what it relieves, and who says so: a directory with data/ as `alskg export` writes it."""
    return laid_out_in(empty_root.parent / "files", FILES)


@pytest.fixture(scope="session")
def loaded(empty_root: Path, files: Path) -> Path:
    """A store with those files, loaded by a process of its own; nobody writes here."""
    store = empty_root.parent / "store"
    done = program("load", files / "data", environ=environment(empty_root, store))
    assert done.code == 0, done
    return store


@pytest.fixture
def run(empty_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    for variable, value in environment(empty_root, tmp_path / "store").items():
        monkeypatch.setenv(variable, value)
    return Run(monkeypatch, capsys)


@pytest.fixture
def store(loaded: Path, tmp_path: Path) -> Path:
    """A copy of the loaded store that the commands of this test work on; it is at revision 2."""
    return shutil.copytree(loaded, tmp_path / "store")


EXPORTED = re.compile(r"\d+ files in .*\n")


def exported(run: Run, to: Path) -> None:
    done = run("export", "--to", to)
    assert (done.code, done.out) == (0, "")
    assert EXPORTED.fullmatch(done.err), done.err


def tree(root: Path) -> dict[str, bytes]:
    return {file.relative_to(root).as_posix(): file.read_bytes() for file in root.rglob("*") if file.is_file()}


# ---------------------------------------------------------------- what teaches


def test_every_command_is_tested_here() -> None:
    group = typer.main.get_command(app).commands["change"]  # type: ignore[attr-defined]
    assert set(group.commands) == set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_a_command_gives_an_example_and_explains_every_option(command: str) -> None:
    result = CliRunner().invoke(app, ["change", command, "--help"], terminal_width=200)
    shown = " ".join(result.stdout.replace("│", " ").split())
    assert re.search(rf"For example: .*alskg change {command} ", shown), shown
    group = typer.main.get_command(app).commands["change"]  # type: ignore[attr-defined]
    assert [p.name for p in group.commands[command].params if not getattr(p, "help", None)] == []


def test_the_help_says_who_may_and_what_to_do_while_a_server_runs() -> None:
    shown = " ".join(CliRunner().invoke(app, ["change", "--help"]).stdout.replace("│", " ").split())
    assert "Whoever can open ALSKG_DATA_DIR may do everything here." in shown
    assert "POST /changes" in shown


# ---------------------------------------------------------------- load


def test_files_are_loaded_as_one_change_and_the_rate_is_told(run: Run, files: Path) -> None:
    done = run("load", files / "data", "--author", "ana")
    assert (done.code, done.out) == (0, "")
    assert re.search(r"^30 quads in [\d.]+ s \([\d,]+ quads/s\), revision 2\.$", done.err, re.MULTILINE)
    (change,) = json.loads(run("change", "log", "--json").out)["items"]
    assert (change["agent"], change["added"], change["door"]) == ("ana", 30, "command line")
    assert change["message"] == f"Load {files / 'data'}"


def test_loading_and_exporting_changes_no_byte(run: Run, files: Path, store: Path, tmp_path: Path) -> None:
    exported(run, tmp_path / "out")
    assert tree(tmp_path / "out" / "data") == tree(files / "data")


def test_files_that_need_each_other_are_refused_one_by_one(run: Run, files: Path) -> None:
    done = run("load", files / "data" / "claims", files / "data" / "sources.ttl")
    assert done.code == 1
    assert f"{BASE}claims/s2-056: states refers to " in done.out
    assert re.fullmatch(r"\d+ faults; nothing was written\.\n", done.err)
    assert run.revisions() == []


def test_a_dry_run_of_a_load_writes_nothing(run: Run, files: Path) -> None:
    done = run("load", files / "data", "--dry-run")
    assert done.code == 0
    assert "a dry run at revision 1." in done.err
    assert run.revisions() == []


def test_loading_again_changes_nothing(run: Run, files: Path, store: Path) -> None:
    done = run("load", files / "data")
    assert done.code == 0
    assert done.err.startswith("Nothing changes: ")
    assert run.revisions() == [2]


def test_a_file_in_another_place_is_placed_by_the_gate(run: Run, files: Path, store: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "data" / "mine.ttl"
    elsewhere.parent.mkdir()
    elsewhere.write_text('drug:new a als:Drug ; rdfs:label "new"@en ; skos:definition "A medication."@en .')
    assert run("load", elsewhere).code == 0
    assert "in data/things/drugs.ttl" in run("change", "show", "3").out


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("none.ttl", None, "none.ttl: there is no such file or directory."),
        ("x.csv", "a,b", "x.csv: no triples are read from what ends in '.csv'; there is turtle (.ttl), "),
        ("x.rdfp", "TX .", "or to `alskg change add`, which has --format and takes RDF Patch."),
        ("x.txt", "", "Give it the ending of its format; or to `alskg change add`, which has --format"),
        ("x.ttl.gz", b"\x1f\x8b", "x.ttl.gz: no triples are read from what ends in '.gz'; "),
        ("x.nt.gz", b"\x1f\x8b", "Unpack it first."),
        ("x.rdf", "<rdf/>", "Write it in one of these, or leave it out."),
        ("x", "", "x: its name has no ending; "),
        ("x.sssom.tsv", "", "x.sssom.tsv: a mapping table says more than triples can, so it is not loaded. "),
        ("x.ttl", "drug:x a\n nope:y .", "x.ttl: Line 2, column "),
        (
            "x.ttl",
            b"\xef\xbb\xbf# a\n# caf\xe9",
            "x.ttl can't be read: it is not UTF-8: byte 13, in line 2, is 0xe9. Write it in UTF-8.",
        ),
        ("x.ttl", "# a".encode("utf-16"), "x.ttl can't be read: it is UTF-16; write it in UTF-8."),
    ],
)
def test_a_file_that_cant_be_loaded_is_named(
    name: str, text: str | bytes | None, message: str, run: Run, tmp_path: Path
) -> None:
    if text is not None:
        (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    done = run("load", tmp_path / name)
    assert (done.code, done.out) == (2, "")
    assert message in done.err
    assert "Traceback" not in done.err


def test_a_file_with_a_mark_before_it_is_read(run: Run, store: Path, tmp_path: Path) -> None:
    (tmp_path / "x.ttl").write_bytes(b"\xef\xbb\xbf" + SYNONYM.encode())
    assert run("load", tmp_path / "x.ttl").code == 0
    done = run("change", "remove", "-", "-f", "ttl", "-m", "x", stdin=b"\xef\xbb\xbf" + SYNONYM.encode())
    assert done == Done(0, "", "Revision 4: 0 added, 1 removed (quads).\n")


def test_what_is_left_out_of_a_directory_is_named(run: Run, store: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    (mine / ".git").mkdir(parents=True)
    for name, text in (("x.TTL", SYNONYM), ("notes.txt", "mine"), ("a.csv", ""), (".git/config", ""), ("y.n3", "")):
        (mine / name).write_text(text)
    done = run("load", mine)
    assert done.code == 0
    assert f"Left out, as their ending is of no triples: {mine / 'a.csv'}, {mine / 'notes.txt'}.\n" in done.err
    assert re.search(r"^1 quad in [\d.]+ s", done.err, re.MULTILINE)
    assert "Left out" not in run("load", mine / "x.TTL").err


@pytest.mark.parametrize("name", ["x.rdf", "x.owl", "x.rdfp", "x.ttl.gz", "x.rdf.gz"])
def test_triples_in_a_directory_that_are_not_read_are_refused(name: str, run: Run, store: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a.ttl").write_text(SYNONYM)
    (tmp_path / "mine" / name).write_text("")
    done = run("load", tmp_path / "mine")
    assert done.code == 2
    assert f"{tmp_path / 'mine' / name}: no triples are read from what ends in " in done.err
    assert run.revisions() == [2]


def test_a_directory_without_triples_is_refused(run: Run, tmp_path: Path) -> None:
    done = run("load", tmp_path)
    assert done.code == 2
    assert "there is no file of triples in this directory; there may be turtle (.ttl), " in done.err


def test_a_mapping_table_in_a_directory_is_refused(run: Run, files: Path, tmp_path: Path) -> None:
    shutil.copytree(files, tmp_path / "all")
    (tmp_path / "all" / "x.sssom.tsv").write_text("")
    done = run("load", tmp_path / "all")
    assert done.code == 2
    assert "x.sssom.tsv: a mapping table says more than triples can" in done.err


def test_the_ontology_is_loaded_with_admin_alone(run: Run, store: Path, tmp_path: Path) -> None:
    term = tmp_path / "ontology" / "vocabularies" / "severities.ttl"
    term.parent.mkdir(parents=True)
    term.write_text(f'<{ALS}relieves> skos:altLabel "eases"@en .')
    done = run("load", term)
    assert done.code == 2
    assert "only the scope `admin` may change" in done.err
    assert run("load", term, "--admin").code == 0
    assert "in ontology/properties.ttl" in run("change", "show", "3").out


def test_what_was_retracted_is_loaded_with_admin_alone(run: Run, files: Path, store: Path, tmp_path: Path) -> None:
    run("change", "retract", "s2-056", "-m", "It was a slip")
    run("export", "--to", tmp_path / "out")
    shutil.rmtree(store)
    done = run("load", tmp_path / "out" / "data")
    assert done.code == 1
    assert "[kept-apart]" in done.out
    assert run("load", tmp_path / "out" / "data", "--admin").code == 0
    exported(run, tmp_path / "again")
    assert tree(tmp_path / "again") == tree(tmp_path / "out")
    assert "data/retracted/seed-002.ttl" in tree(tmp_path / "again")


def test_a_retracted_claim_without_a_reason_is_refused_even_to_admin(run: Run, store: Path, tmp_path: Path) -> None:
    record = tmp_path / "data" / "retracted" / "seed-002.ttl"
    record.parent.mkdir(parents=True)
    record.write_text("claim:s2-900 a als:Claim .")
    done = run("load", record, "--admin")
    assert done.code == 1
    assert "claims/s2-900: It was retracted without invalidatedAtTime, retractedBy, retractionReason." in done.out
    record.write_text(record.read_text().replace("s2-900", "s2-056"))
    assert "claims/s2-056: It is retracted and live." in run("load", record, "--admin").out


def test_what_was_replaced_is_loaded_with_admin_alone_and_leads_to_what_is_there(
    run: Run, store: Path, tmp_path: Path
) -> None:
    record = tmp_path / "data" / "replaced.ttl"
    record.parent.mkdir(parents=True)
    record.write_text("drug:old dcterms:isReplacedBy drug:baclofen .")
    assert "[kept-apart]" in run("load", record).out
    assert run("load", record, "--admin").code == 0
    again = run.add('drug:old a als:Drug ; rdfs:label "old"@en ; skos:definition "A medication."@en .', "--admin")
    assert again.code == 1
    assert f"{BASE}drugs/old: It was retracted or replaced, and would be live beside its record." in again.out
    for said, what in (
        ("drug:x dcterms:isReplacedBy drug:y", "leads to nothing"),
        ("drug:baclofen a als:Drug", "is nothing"),
    ):
        record.write_text(f"{said} .")
        done = run("load", record, "--admin")
        assert done.code == 1
        assert what in done.out


# ---------------------------------------------------------------- load --replace


def curated(root: Path, store: Path) -> None:
    """A thing renamed, one merged, and a new one, in a store with a claim that was taken back."""
    kg = KnowledgeGraph.open(replace(Settings(), root=root, data_dir=store))
    new = "source:trial a als:Source ; rdfs:label 'a trial'@en ; dcterms:title 'A trial'@en ; skos:notation 'T' ;"
    new += "als:sourceKind sourcekind:seed-document ; skos:definition 'A trial.'@en ;"
    new += "als:notStated dcterms:creator , dcterms:date , dcterms:license , dcterms:publisher ."
    new += 'drug:other a als:Drug ; rdfs:label "other"@en ; skos:definition "A medication."@en .'
    quads = quads_of(new, "text/turtle", kg.schema.prefixes, {})
    assert commit(kg, Changeset("New", "ana", tuple(quads))).committed
    steps: tuple[tuple[Callable[[KnowledgeGraph, object, object], Renaming], str, str], ...] = (
        (renamed, "drugs/baclofen", "lioresal"),
        (merged, "drugs/other", "drugs/lioresal"),
    )
    for step, one, other in steps:
        found = step(kg, one, other)
        assert commit(kg, Changeset("Names", "ana", found.added, found.removed, kept=found.kept)).committed
    kg.close()


@pytest.fixture
def whole(run: Run, empty_root: Path, files: Path, store: Path, tmp_path: Path) -> Path:
    """The export of a curated store, with a record and earlier names; the store is then as it was before."""
    run("change", "retract", "s2-056", "-m", "It was a slip")
    curated(empty_root, store)
    exported(run, tmp_path / "whole")
    shutil.rmtree(store)
    assert run("load", files / "data").code == 0
    return tmp_path / "whole"


@in_ci
def test_an_export_that_is_loaded_in_place_of_what_is_there_comes_out_again(
    run: Run, whole: Path, tmp_path: Path
) -> None:
    assert {"data/replaced.ttl", "data/retracted/seed-002.ttl"} <= set(tree(whole))
    done = run("load", "--replace", whole)
    assert (done.code, done.out) == (0, "")
    assert run.revisions() == [3, 2]
    exported(run, tmp_path / "again")
    assert tree(tmp_path / "again") == tree(whole)
    assert "Nothing changes" in run("load", "--replace", whole).err
    assert run("change", "revert", "3").code == 0
    assert run("diff", "2", "4").out == ""


@in_ci
def test_an_export_with_retractions_is_checked_and_served_as_it_is(run: Run, whole: Path, tmp_path: Path) -> None:
    shutil.copytree(PROJECT / "queries", whole / "queries")
    checked = program("check", environ=environment(whole, tmp_path / "none"))
    assert checked.code == 0, checked
    kg = KnowledgeGraph.open(replace(Settings(), root=whole, data_dir=tmp_path / "served"))
    with TestClient(build_app(kg)) as client:
        assert client.get("/claims/s2-056").json()["reason"] == "It was a slip"
        moved = client.get("/drugs/baclofen", follow_redirects=False)
        assert (moved.status_code, moved.headers["location"]) == (308, "/drugs/lioresal")
        assert client.get(f"/{RELIEF.replace(':', 's/', 1)}").status_code == 410
    done = program("export", "--to", tmp_path / "out", environ=environment(whole, tmp_path / "served"))
    assert done.code == 0, done
    assert tree(tmp_path / "out") == tree(whole)


def test_a_plain_load_of_such_an_export_points_to_replace(run: Run, whole: Path) -> None:
    done = run("load", whole / "data")
    assert done.code == 1
    assert "`alskg load --replace DIR`" in done.err
    assert "--replace" not in run("load", whole / "data" / "things" / "phenotypes.ttl").err


@pytest.mark.parametrize(
    ("file", "was", "now", "rule"),
    sampled(
        [
            ("data/retracted/seed-002.ttl", "polarity:affirms", "polarity:denies", "[unretracted]"),
            ("data/retracted/seed-002.ttl", '    als:retractionReason "It was a slip"@en ;\n', "", "[retracted]"),
            ("data/things/phenotypes.ttl", "als:Symptom", "als:Symptoms", "[undeclared-class]"),
            ("data/replaced.ttl", "drug:lioresal", "drug:nothing", "[replaced]"),
        ],
        2,
    ),
)
def test_what_no_curator_would_have_brought_about_is_refused(
    file: str, was: str, now: str, rule: str, run: Run, whole: Path
) -> None:
    text = (whole / file).read_text()
    assert was in text
    (whole / file).write_text(text.replace(was, now))
    done = run("load", "--replace", whole)
    assert done.code == 1
    assert rule in done.out
    assert run.revisions() == [2]


@in_ci
def test_a_record_that_was_changed_in_the_files_is_refused_but_to_admin(run: Run, whole: Path) -> None:
    assert run("load", "--replace", whole).code == 0
    record = whole / "data/retracted/seed-002.ttl"
    record.write_text(record.read_text().replace("It was a slip", "Nobody knows"))
    done = run("load", "--replace", whole)
    assert done.code == 1
    assert "What was retracted or replaced is kept as it is." in done.out
    record.unlink()
    assert "[kept-apart]" in run("load", "--replace", whole).out
    (whole / "data/replaced.ttl").unlink()
    assert run("load", "--replace", whole, "--admin").code == 0
    assert run("change", "retract", "s2-056", "-m", "x").code == 2


@in_ci
def test_a_claim_whose_file_is_missing_is_not_gone_without_a_record(run: Run, store: Path, tmp_path: Path) -> None:
    run("export", "--to", tmp_path / "out")
    shutil.rmtree(tmp_path / "out" / "data")
    done = run("load", "--replace", tmp_path / "out")
    assert done.code == 1
    assert "[unretracted]" in done.out
    assert run("load", "--replace", tmp_path / "out", "--admin").code == 0
    exported(run, tmp_path / "again")
    assert not (tmp_path / "again" / "data").exists()


def test_only_the_directory_of_one_export_takes_the_place_of_what_is_there(run: Run, files: Path) -> None:
    done = run("load", "--replace", files)
    assert (done.code, done.out) == (2, "")
    assert "there is no ontology/ in this directory" in done.err
    assert "takes one directory" in run("load", "--replace", files, files).err


# ---------------------------------------------------------------- add, remove


def test_a_patch_rests_on_the_revision_that_it_names(run: Run, store: Path, tmp_path: Path) -> None:
    rows = f'TX .\nA <{BASE}drugs/baclofen> <{SKOS}altLabel> "Lioresal"@en .\nTC .\n'
    (tmp_path / "ahead.rdfp").write_text(f'H previous "99" .\n{rows}')
    done = run("change", "add", tmp_path / "ahead.rdfp", "-m", "A synonym")
    assert (done.code, "rests on revision 99" in done.err) == (2, True)
    (tmp_path / "here.rdfp").write_text(f'H previous "2" .\n{rows}')
    assert run("change", "add", tmp_path / "here.rdfp", "-m", "A synonym").code == 0


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("x.ttl", SYNONYM),
        ("x.trig", f"<{BASE}graphs/data/things/drugs> {{ {SYNONYM} }}"),
        ("x.nt", f'<{BASE}drugs/baclofen> <{SKOS}altLabel> "Lioresal"@en .\n'),
        ("x.nq", f'<{BASE}drugs/baclofen> <{SKOS}altLabel> "Lioresal"@en <{BASE}graphs/data/things/drugs> .\n'),
        ("x.jsonld", f'{{"@context": "/context.jsonld", "id": "{BASE}drugs/baclofen", "altLabel": "Lioresal"}}'),
        ("x.rdfp", f'TX .\nA <{BASE}drugs/baclofen> <{SKOS}altLabel> "Lioresal"@en .\nTC .\n'),
    ],
)
def test_triples_are_added_from_a_file_of_any_format(
    name: str, text: str, run: Run, store: Path, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(text)
    done = run("change", "add", tmp_path / name, "-m", "A synonym")
    assert done == Done(0, "", "Revision 3: 1 added, 0 removed (quads).\n")
    assert run("change", "show", "3").out.splitlines()[1:] == [
        "baclofen (drug:baclofen) in data/things/drugs.ttl",
        '  + synonym: "Lioresal"@en',
    ]


def test_a_format_may_be_said_where_the_ending_tells_another(run: Run, store: Path, tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text(SYNONYM)
    assert run("change", "add", tmp_path / "x.txt", "-f", "turtle", "-m", "A synonym").code == 0


def test_a_change_that_is_refused_says_why_and_writes_nothing(run: Run, store: Path) -> None:
    done = run.add(UNSOUND)
    assert done == Done(
        1,
        f"data/things/drugs.ttl: {BASE}drugs/baclofen: “another”, label: More than 1 values on "
        "another->rdfs:label. Keep one. [MaxCountConstraintComponent]\n",
        "1 fault; nothing was written.\n",
    )
    assert run.revisions() == [2]


def test_a_dry_run_shows_the_diff_and_writes_nothing(run: Run, store: Path) -> None:
    done = run.add(SYNONYM, "--dry-run")
    assert done.out == 'baclofen (drug:baclofen) in data/things/drugs.ttl\n  + synonym: "Lioresal"@en\n'
    assert done.err == "Would pass: 1 added, 0 removed (quads).\n"
    assert run.add(UNSOUND, "--dry-run").code == 1
    assert run.revisions() == [2]


@pytest.mark.parametrize(("triples", "code"), [(SYNONYM, 0), (UNSOUND, 1)], ids=["sound", "unsound"])
def test_json_is_the_document_of_the_door(triples: str, code: int, run: Run, store: Path) -> None:
    done = run.add(triples, "--json")
    document = json.loads(done.out)
    assert (done.code, done.err) == (code, "")
    assert (document["committed"], document["conforms"]) == (code == 0, code == 0)
    assert document["diff"]["counts"] == {"added": 1, "removed": 0}
    assert len(document["report"]["results"]) == code


def test_the_ontology_is_changed_with_admin_alone(run: Run, store: Path) -> None:
    triples = f'<{ALS}relieves> skos:altLabel "eases"@en .'
    refused = run.add(triples)
    assert (refused.code, refused.out) == (2, "")
    assert "only the scope `admin` may change" in refused.err
    assert run.add(triples, "--admin").code == 0


def test_triples_are_removed(run: Run, store: Path) -> None:
    assert run.add(SYNONYM).code == 0
    assert run.remove(SYNONYM).err == "Revision 4: 0 added, 1 removed (quads).\n"
    done = run.remove(SYNONYM)
    assert done == Done(
        0,
        "",
        "Nothing changes: what is to be added is there, and what is to be removed isn't.\n"
        "Quads that are not there: 1.\n",
    )


def test_a_claim_is_purged_with_purge_alone(run: Run, store: Path, files: Path) -> None:
    claim, proposition = ((files / name).read_text() for name in (*FILES,) if "claims" in name or "propos" in name)
    refused = run.remove(claim + proposition)
    assert refused.code == 1
    assert "A claim would vanish without a record of who takes it back, and why." in refused.out
    assert run.remove(claim + proposition, "--purge").code == 0


def test_a_patch_that_rests_on_a_revision_is_no_list_of_triples_to_remove(
    run: Run, store: Path, tmp_path: Path
) -> None:
    file = tmp_path / "x.rdfp"
    file.write_text(f'H prev "1" .\nTX .\nA <{BASE}drugs/baclofen> <{RDFS}label> "baclofen"@en .\nTC .\n')
    done = run("change", "remove", file, "-m", "x")
    assert done.code != 0
    assert "alskg change add" in done.err


def test_a_directory_is_loaded_rather_than_added(run: Run, store: Path, tmp_path: Path) -> None:
    done = run("change", "add", tmp_path, "-m", "x")
    assert done.code == 2
    assert f"`alskg load {tmp_path}`" in done.err


def test_a_patch_with_records_of_another_store_needs_purge(
    run: Run, empty_root: Path, files: Path, store: Path, tmp_path: Path
) -> None:
    """As docs/curation.md says."""
    run("change", "retract", "s2-056", "-m", "It was a slip")
    patch = tmp_path / "all.rdfp"
    patch.write_text(run("diff", "1", "3", "-f", "rdfpatch").out)
    exported(run, tmp_path / "one")
    shutil.rmtree(store)
    for words in ((), ("--admin",)):
        refused = run("change", "add", patch, "-m", "Theirs", *words)
        assert refused.code == 1
        assert "on the command line, --purge; with alskg load, --admin" in refused.out
    assert run("change", "add", patch, "-m", "Theirs", "--purge").code == 0
    exported(run, tmp_path / "other")
    assert tree(tmp_path / "other") == tree(tmp_path / "one")


def test_a_patch_is_given_to_add(run: Run, store: Path, tmp_path: Path) -> None:
    (tmp_path / "x.rdfp").write_text(f'D <{BASE}drugs/baclofen> <{SKOS}definition> "A medication."@en .')
    done = run("change", "remove", tmp_path / "x.rdfp", "-m", "No")
    assert done.code == 2
    assert "give it to `alskg change add`" in done.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["change", "add", "-", "-m", "x"], "What comes from stdin has no ending: say with --format what it is."),
        (["change", "add", "none.ttl", "-m", "x"], "none.ttl can't be read: "),
        (["change", "add", "-", "-f", "rdfxml", "-m", "x"], "no format of triples is called 'rdfxml'; there is turtle"),
        (["change", "add", "x.txt", "-m", "x"], "rdfpatch (.rdfp). --format says what it is."),
        (["change", "add", "x.ttl.gz", "-m", "x"], "Unpack it first."),
        (["change", "add", "x.rdf", "-m", "x"], "rdfpatch (.rdfp). Write it in one of these, or leave it out."),
        (["change", "add", "-", "-f", "ttl", "-m", "x"], "stdin: Line 1, column "),
        (["change", "add", "-", "-f", "rdfpatch", "-m", "x"], "-: Line 1: "),
        (["change", "add", "-", "-f", "ttl", "-m", " "], "Say in `message` what the change is for"),
        (["change", "retract", "s2-999", "-m", "x"], f"There is no live claim <{BASE}claims/s2-999> to retract."),
        (["change", "retract", "nope:x", "-m", "x"], "the prefix 'nope' is not declared here."),
        (["change", "show", "9"], "There is no change of revision 9: there is none yet. The graph is at revision 2."),
        (["change", "revert", "1"], "There is no change of revision 1: it is a load of the curated files, or older."),
        (["diff", "2", "9"], "There is no revision 9 yet; the graph is at revision 2."),
        (["diff", "0", "2"], "There is no revision 0: they are counted from 1; the graph is at revision 2."),
        (["change", "add", "-", "-f", "ttl"], "Missing option '--message'"),
    ],
)
def test_bad_input_is_refused_with_one_sentence(words: list[str], message: str, run: Run, store: Path) -> None:
    done = run(*words, stdin="" if words[-1] == " " else "this is no triple")
    assert (done.code, done.out) == (2, "")
    assert message in " ".join(done.err.replace("│", " ").split())
    assert "Traceback" not in done.err


def test_the_author_is_the_user_of_this_machine_unless_named(
    run: Run, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "machine-user")
    run.add(SYNONYM)
    run.remove(SYNONYM, "--author", "ana")
    changes = json.loads(run("change", "log", "--json", "--limit", "2").out)["items"]
    assert [change["agent"] for change in changes] == ["ana", "machine-user"]


@pytest.mark.parametrize(
    ("author", "said"),
    [
        ("ana\nbob", "write a name in one line"),
        ("a" * 121, "it has 121 characters; at most 120 are kept"),
        ("u-curate, accepted by bob", "only a proposal is “accepted by” somebody"),
    ],
)
@pytest.mark.parametrize("command", ["add", "remove"])
def test_an_author_is_one_name_in_one_line(command: str, author: str, said: str, run: Run, store: Path) -> None:
    done = run.add(SYNONYM, "--author", author) if command == "add" else run.remove(SYNONYM, "--author", author)
    assert done.code == 2
    assert said in done.err
    assert run.revisions() == [2]


def test_a_machine_that_doesnt_know_its_user_asks_for_the_author(
    run: Run, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 1000")

    monkeypatch.setattr("getpass.getuser", nobody)
    done = run.add(SYNONYM)
    assert done == Done(2, "", "alskg: This machine doesn't know who you are: say it with --author NAME.\n")


# ---------------------------------------------------------------- retract, revert


@pytest.mark.parametrize("name", ["s2-056", "claims/s2-056", "claim:s2-056", f"{BASE}claims/s2-056"])
def test_a_claim_is_retracted_by_any_of_its_names(name: str, run: Run, store: Path, tmp_path: Path) -> None:
    assert run("change", "retract", name, "-m", "It was a slip", "--author", "ana").code == 0
    assert run("export", "--to", tmp_path / "out").code == 0
    kept = (tmp_path / "out" / "data" / "retracted" / "seed-002.ttl").read_text()
    assert 'als:retractedBy "ana"' in kept
    assert 'als:retractionReason "It was a slip"@en' in kept
    assert not (tmp_path / "out" / "data" / "claims").exists()


def test_a_retracted_claim_is_not_added_again_beside_its_record(run: Run, store: Path, files: Path) -> None:
    run("change", "retract", "s2-056", "-m", "It was a slip")
    done = run("load", files / "data")
    assert done.code == 1
    assert f"{BASE}claims/s2-056: It was retracted or replaced, and would be live beside its record." in done.out


def test_a_change_is_taken_back(run: Run, store: Path, files: Path, tmp_path: Path) -> None:
    run("change", "retract", "s2-056", "-m", "It was a slip")
    assert run("change", "revert", "3", "-m", "It was none").code == 0
    exported(run, tmp_path / "out")
    assert tree(tmp_path / "out" / "data") == tree(files / "data")


def test_a_whole_load_is_taken_back_however_large(
    run: Run, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALSKG_CHANGE_PAIRS_MAX", "1")
    monkeypatch.setenv("ALSKG_CHANGE_QUADS_MAX", "1")
    assert run("change", "revert", "2").code == 0
    run("export", "--to", tmp_path / "out")
    assert list(tree(tmp_path / "out" / "data")) == ["retracted/seed-002.ttl"]


def test_a_change_that_was_changed_since_is_not_taken_back(run: Run, store: Path) -> None:
    run.add(SYNONYM)
    run.remove(SYNONYM)
    done = run("change", "revert", "3")
    assert (done.code, done.out) == (2, "")
    assert "Revision 3 can't be taken back by itself: " in done.err
    assert "(on the command line, alskg change revert 4)" in done.err


# ---------------------------------------------------------------- log, show, diff


def test_the_log_tells_changes_the_newest_first(run: Run, store: Path) -> None:
    run.add(SYNONYM, "--author", "ana")
    lines = run("change", "log").out.splitlines()
    assert re.fullmatch(r"3  \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ  ana \(command line\)  \+1 -0  A test", lines[0])
    assert [line.split()[0] for line in lines] == ["3", "2"]
    assert [line.split()[0] for line in run("change", "log", "--since", "1").out.splitlines()] == ["2", "3"]
    assert [line.split()[0] for line in run("change", "log", "--limit", "1").out.splitlines()] == ["3"]


@pytest.mark.parametrize(("name", "revisions"), [("drug:baclofen", [3, 2]), ("drugs/baclofen", [3, 2]), ("drug:x", [])])
def test_the_log_of_a_node_tells_the_changes_that_touched_it(
    name: str, revisions: list[int], run: Run, store: Path
) -> None:
    run.add(SYNONYM)
    found = json.loads(run("change", "log", "--node", name, "--json").out)
    assert [change["revision"] for change in found["items"]] == revisions
    assert found["revision"] == 3


def test_a_change_is_shown_as_a_patch_and_as_json(run: Run, store: Path) -> None:
    run.add(SYNONYM, "--author", "ana")
    quad = f'<{BASE}drugs/baclofen> <{SKOS}altLabel> "Lioresal"@en <{BASE}graphs/data/things/drugs> .'
    assert run("change", "show", "3", "-f", "rdfpatch").out.splitlines() == [
        'H revision "3" .',
        'H previous "2" .',
        "TX .",
        f"A {quad}",
        "TC .",
    ]
    document = json.loads(run("change", "show", "3", "-f", "json").out)
    assert (document["agent"], document["message"]) == ("ana", "A test")
    assert [row["nquads"] for row in document["diff"]["added"]] == [quad]


def test_two_revisions_differ_by_what_didnt_come_and_go(run: Run, store: Path) -> None:
    run.add(SYNONYM)
    run.add('drug:baclofen skos:altLabel "Kemstro"@en .')
    run.remove(SYNONYM)
    done = run("diff", "2", "5")
    assert done.out == 'baclofen (drug:baclofen) in data/things/drugs.ttl\n  + synonym: "Kemstro"@en\n'
    assert done.err == "1 added, 0 removed (quads).\n"
    assert '  - synonym: "Kemstro"@en' in run("diff", "5", "2").out
    assert run("diff", "3", "3").out == ""


def test_a_difference_as_a_patch_leads_from_one_revision_to_the_other(run: Run, store: Path, tmp_path: Path) -> None:
    run.add(SYNONYM)
    run("change", "retract", "s2-056", "-m", "It was a slip")
    run("change", "revert", "4")
    run.remove(SYNONYM)
    assert json.loads(run("diff", "2", "6", "-f", "json").out)["diff"]["counts"] == {"added": 0, "removed": 0}
    (tmp_path / "back.rdfp").write_text(run("diff", "6", "3", "-f", "rdfpatch").out)
    assert run("change", "add", tmp_path / "back.rdfp", "-m", "Back to 3").code == 0
    assert run("diff", "3", "7").out == ""


def test_the_graph_is_put_back_to_a_revision_in_one_step(run: Run, store: Path) -> None:
    run.add(SYNONYM)
    run("change", "retract", "s2-056", "-m", "It was a slip")
    run.add('drug:baclofen skos:altLabel "Kemstro"@en .')
    tried = run("change", "restore", "3", "--dry-run")
    assert '  - synonym: "Kemstro"@en' in tried.out
    assert run.revisions()[0] == 5
    assert run("change", "restore", "3", "-m", "Before the slip").code == 0
    assert run("diff", "3", "6").out == ""
    assert "Before the slip" in run("change", "log").out.splitlines()[0]


@pytest.mark.parametrize(
    ("revision", "said"),
    [
        ("9", "There is no revision 9 yet; the graph is at revision 2."),
        ("0", "0 is not in the range"),
    ],
)
def test_a_revision_that_there_was_not_is_not_gone_back_to(revision: str, said: str, run: Run, store: Path) -> None:
    done = run("change", "restore", revision)
    assert done.code == 2
    assert said in " ".join(done.err.split())


def test_a_graph_that_cannot_be_opened_any_more_is_put_back(run: Run, store: Path) -> None:
    """As an earlier version let an administrator take out what everything is read with."""
    run.add(SYNONYM)
    graph = EmbeddedStore.on_disk(store)
    prefixes = list(graph.quads.quads_for_pattern(None, None, None, ox.NamedNode(f"{GRAPHS}ontology/prefixes")))
    patch = Patch((), tuple(prefixes))
    record = record_of(Changeset("Clears it", "ana"), 4, patch, frozenset({EVERYTHING}))
    view = [ox.Quad(*quad.triple) for quad in prefixes]
    state = replace(graph.state, revision=4, ontology=4)
    graph.write(quads_of_record(record), [*prefixes, *view], state)
    graph.close()
    broken = program("change", "log", environ={**environment(PROJECT, store)})
    assert broken.code == 2
    assert "alskg change restore 3" in broken.err
    refused = run("change", "restore", "3")
    assert refused.code == 2
    assert "--admin" in refused.err
    assert run("change", "restore", "3", "--admin").code == 0
    assert run("diff", "3", "5").out == ""
    assert run.add('drug:baclofen skos:altLabel "Kemstro"@en .').code == 0


# ---------------------------------------------------------------- the store over time


def test_a_curated_store_keeps_its_changes_and_serve_says_that_the_files_are_others(
    empty_root: Path, run: Run, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.add(SYNONYM)
    root = shutil.copytree(empty_root, tmp_path / "root")
    environ = environment(root, store)
    assert "Note:" not in served(environ)
    (root / "data" / "things").mkdir(parents=True)
    (root / "data" / "things" / "drugs.ttl").write_text(f'<{BASE}drugs/x> <{RDFS}label> "x"@en .')
    assert f"Note: this store was curated, so it keeps what it has. The files under {root} " in served(environ)
    monkeypatch.setenv("ALSKG_ROOT", str(root))
    assert run.revisions() == [3, 2]
    run("export", "--to", tmp_path / "out")
    assert "Lioresal" in (tmp_path / "out" / "data" / "things" / "drugs.ttl").read_text()


def served(environ: dict[str, str]) -> str:
    """What `alskg serve` says on stderr until it serves."""
    command = [sys.executable, "-m", "alskg", "serve", "--port", "0"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env={**os.environ, **environ}, stdout=pipe, stderr=pipe, text=True) as server:
        assert server.stdout
        assert [next(server.stdout) for _ in range(2)][1].startswith("Serving at ")
        server.send_signal(signal.SIGINT)
        try:
            return server.communicate(timeout=60)[1]
        finally:
            # Leaving the block waits for its end, come what may.
            server.kill()


@pytest.mark.parametrize("words", [["change", "log"], ["load", "x"], ["diff", "1", "2"], ["export", "--to", "x"]])
def test_a_store_that_is_in_use_is_refused_with_the_way_through_the_server(
    words: list[str], run: Run, store: Path
) -> None:
    held = ox.Store(str(store / "quads"))
    done = run(*words)
    del held
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"alskg: The store under {store} can't be opened: ")
    assert "While a server runs, changes go to it: POST /changes." in done.err


def test_changes_as_a_program(empty_root: Path, files: Path, tmp_path: Path) -> None:
    environ = environment(empty_root, tmp_path / "store")
    assert program("load", files / "data", environ=environ).code == 0
    words = ("change", "add", "-", "-f", "ttl", "-m", "A synonym", "--author", "ana")
    assert program(*words, environ=environ, stdin=SYNONYM) == Done(0, "", "Revision 3: 1 added, 0 removed (quads).\n")
    assert program(*words, environ=environ, stdin=UNSOUND).code == 1
    assert program("diff", "2", "3", environ=environ).out.endswith('  + synonym: "Lioresal"@en\n')
