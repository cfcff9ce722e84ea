"""The curated files as they are read."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest

from alskg.curated import Curated
from alskg.errors import SourceError
from alskg.files import (
    MappingRow,
    authored_quads,
    canonical_table,
    checksum,
    expand,
    mapping_files,
    mappings_of_file,
    ontology_triples,
    triples_of_file,
    turtle_files,
)
from alskg.names import BASE, GRAPHS, SKOS

HEADER = "subject_id\tsubject_label\tpredicate_id\tobject_id\tmapping_justification\n"
ROW = "drug:x\tx\tskos:exactMatch\tUNII:1\tsemapv:ManualMappingCuration\n"
PREFIXES = {"drug": f"{BASE}drugs/", "skos": SKOS, "UNII": "https://example.org/unii/"}


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A root with one file of each kind."""
    for folder in ("data/things", "ontology/mappings"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "data/things/drugs.ttl").write_text("<a:x> <a:p> <a:y> .\n")
    (tmp_path / "ontology/alskg.ttl").write_text("<a:o> <a:p> <a:y> .\n")
    (tmp_path / "ontology/mappings/unii.sssom.tsv").write_text("#license: CC0\n" + HEADER + ROW)
    return tmp_path


def test_every_file_is_found_in_a_stable_order(tiny: Path) -> None:
    names = [file.relative_to(tiny).as_posix() for file in (*turtle_files(tiny), *mapping_files(tiny))]
    assert names == ["data/things/drugs.ttl", "ontology/alskg.ttl", "ontology/mappings/unii.sssom.tsv"]


def rename(root: Path) -> None:
    (root / "data/things/drugs.ttl").rename(root / "data/things/others.ttl")


def add_a_space(root: Path) -> None:
    (root / "data/things/drugs.ttl").write_text("<a:x> <a:p>  <a:y> .\n")


def add_a_mapping(root: Path) -> None:
    (root / "ontology/mappings/unii.sssom.tsv").write_text("#license: CC0\n" + HEADER + ROW + ROW)


def move_a_byte_to_the_next_file(root: Path) -> None:
    (root / "data/things/drugs.ttl").write_text("<a:x> <a:p> <a:y> .")
    (root / "ontology/alskg.ttl").write_text("\n<a:o> <a:p> <a:y> .\n")


@pytest.mark.parametrize("change", [rename, add_a_space, add_a_mapping, move_a_byte_to_the_next_file])
def test_the_checksum_sees_every_change(change: Callable[[Path], None], tiny: Path) -> None:
    before = checksum(tiny)
    change(tiny)
    assert checksum(tiny) != before


def test_the_checksum_is_the_same_in_another_place(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = shutil.copytree(tiny, tmp_path_factory.mktemp("elsewhere") / "root")
    assert checksum(elsewhere) == checksum(tiny)


def test_a_syntax_error_names_file_and_line(tiny: Path) -> None:
    file = tiny / "data/things/drugs.ttl"
    file.write_text("<a:x> <a:p> <a:y> .\n<a:x> <a:p> oops .\n")
    with pytest.raises(SourceError, match=r"^data/things/drugs\.ttl: Parser error at line 2 "):
        list(triples_of_file(file, tiny))


def test_a_file_that_is_not_utf_8_is_named(tiny: Path) -> None:
    file = tiny / "ontology/mappings/unii.sssom.tsv"
    file.write_bytes(HEADER.encode() + b"drug:\xff")
    with pytest.raises(SourceError, match=r"^ontology/mappings/unii\.sssom\.tsv: it is not UTF-8: byte 76, in line 2"):
        list(mappings_of_file(file, tiny))


def test_a_mark_before_a_file_is_passed_over(tiny: Path) -> None:
    mark = b"\xef\xbb\xbf"
    file, table = tiny / "data/things/drugs.ttl", tiny / "ontology/mappings/unii.sssom.tsv"
    before = list(triples_of_file(file, tiny))
    file.write_bytes(mark + file.read_bytes())
    assert list(triples_of_file(file, tiny)) == before
    table.write_bytes(mark + f"#a: b\n{HEADER}".encode())
    assert list(mappings_of_file(table, tiny)) == []


def test_a_mapping_is_read_by_the_names_of_its_columns(tiny: Path) -> None:
    file = tiny / "ontology/mappings/unii.sssom.tsv"
    columns = "object_label\tobject_id\tsubject_id\tsubject_label\tpredicate_id\tmapping_justification\tcomment\n"
    file.write_text("#a: b\n" + columns + 'THE "X"\tUNII:1\tdrug:x\tx\tskos:exactMatch\tj:k\t\n')
    assert list(mappings_of_file(file, tiny)) == [
        MappingRow("drug:x", "x", "skos:exactMatch", "UNII:1", 'THE "X"', "j:k")
    ]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (HEADER.replace("subject_label\t", ""), "the column subject_label is missing; SSSOM requires it."),
        ("", "the column subject_id is missing; SSSOM requires it."),
        (HEADER + "drug:x\tx\tskos:exactMatch\n", "the row of drug:x has not one cell for each column."),
        (HEADER + ROW.replace("\n", "\tmore\n"), "the row of drug:x has not one cell for each column."),
    ],
    ids=["a column too few", "an empty table", "a cell too few", "a cell too many"],
)
def test_a_table_that_is_not_whole_is_refused(text: str, what: str, tiny: Path) -> None:
    file = tiny / "ontology/mappings/unii.sssom.tsv"
    file.write_text(text)
    with pytest.raises(SourceError) as caught:
        list(mappings_of_file(file, tiny))
    assert str(caught.value) == f"ontology/mappings/unii.sssom.tsv: {what}"


def test_a_curie_expands_by_the_declared_prefixes() -> None:
    assert expand("drug:riluzole", PREFIXES) == f"{BASE}drugs/riluzole"


@pytest.mark.parametrize("curie", ["drugs:riluzole", "riluzole", "", ":x"])
def test_an_undeclared_prefix_is_refused(curie: str) -> None:
    with pytest.raises(SourceError, match=r"is not declared in ontology/prefixes\.ttl"):
        expand(curie, PREFIXES)


@pytest.mark.parametrize("name", ["a b", "a>b", "a\nb", 'a"b', "a{b}"])
def test_a_curie_that_makes_no_iri_is_refused(name: str) -> None:
    with pytest.raises(SourceError, match="makes no IRI"):
        expand(f"drug:{name}", PREFIXES)


def test_every_triple_stands_in_the_graph_of_its_file(tiny: Path) -> None:
    assert {str(quad) for quad in authored_quads(tiny, PREFIXES)} == {
        f"<a:x> <a:p> <a:y> <{GRAPHS}data/things/drugs>",
        f"<a:o> <a:p> <a:y> <{GRAPHS}ontology/alskg>",
        f"<{BASE}drugs/x> <{SKOS}exactMatch> <https://example.org/unii/1> <{GRAPHS}ontology/mappings/unii>",
    }


def test_the_ontology_is_without_data_and_mappings(tiny: Path) -> None:
    assert [t.subject for t in ontology_triples(tiny)] == [ox.NamedNode("a:o")]


def test_a_table_is_laid_out_by_rows_each_of_them_once() -> None:
    assert canonical_table("#b: 2\n#a: 1\nx\ty\nb\t1\na\t2\n\nb\t1") == "#b: 2\n#a: 1\nx\ty\na\t2\nb\t1\n"


@pytest.mark.parametrize("cell", ["a\u2028b", "a\x0bb", "a\x85b"])
def test_a_cell_keeps_what_only_looks_like_the_end_of_a_line(cell: str) -> None:
    assert canonical_table(f"x\n{cell}\n") == f"x\n{cell}\n"


def test_laying_out_a_table_twice_changes_nothing(pristine: Path) -> None:
    for file in mapping_files(pristine):
        assert canonical_table(file.read_text()) == file.read_text()


def test_a_subject_is_at_home_in_the_file_that_gives_its_type(tiny: Path) -> None:
    (tiny / "data/a.ttl").write_text("<a:x> <a:p> <a:z> .\n")
    (tiny / "data/b.ttl").write_text("<a:x> a <a:T> .\n")
    curated = Curated.read(tiny)
    assert curated.where("a:x") == "data/b.ttl"
    assert curated.where("a:o") == "ontology/alskg.ttl"
    assert curated.where("a:none") == "(no file)"
    assert {file.name for file in curated.places["a:x"]} == {"a.ttl", "b.ttl", "drugs.ttl"}
