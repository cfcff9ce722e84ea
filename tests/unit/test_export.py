"""Export: what was loaded comes back byte by byte."""

import filecmp
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox
import pytest

from alskg.changes import commit
from alskg.changeset import Changeset
from alskg.errors import SourceError
from alskg.export import exported, left_over
from alskg.files import checksum
from alskg.knowledge_graph import KnowledgeGraph
from alskg.loading import files_in, quads_in_file
from alskg.names import BASE, DCTERMS, GRAPHS, RDFS, REPLACED_GRAPH, SKOS
from alskg.settings import Settings

from ..extent import in_ci


def write(graph: KnowledgeGraph, to: Path) -> None:
    for name, text in exported(graph):
        (to / name).parent.mkdir(parents=True, exist_ok=True)
        (to / name).write_text(text, encoding="utf-8", newline="")


def files_under(root: Path) -> set[str]:
    return {file.relative_to(root).as_posix() for file in root.rglob("*") if file.is_file()}


def test_exporting_what_was_loaded_changes_no_byte_of_any_file(pristine: Path, tmp_path: Path) -> None:
    graph = KnowledgeGraph.of_files(replace(Settings(), root=pristine))
    write(graph, tmp_path)
    graph.close()
    names = files_under(pristine)
    assert files_under(tmp_path) == names
    same, other, failed = filecmp.cmpfiles(pristine, tmp_path, names, shallow=False)
    assert (other, failed) == ([], [])
    assert set(same) == names
    assert checksum(tmp_path) == checksum(pristine)


def test_a_store_on_disk_exports_the_same(bare: Path, tmp_path: Path) -> None:
    graph = KnowledgeGraph.open(replace(Settings(), root=bare, data_dir=tmp_path / "store"))
    write(graph, tmp_path / "out")
    graph.close()
    assert checksum(tmp_path / "out") == checksum(bare)


def test_what_is_exported_says_what_the_store_says_and_not_what_is_derived(bare: Path, tmp_path: Path) -> None:
    (bare / "data").mkdir()
    text = f"<{BASE}drugs/x> a <{BASE}ontology/Drug> ; <{BASE}ontology/value> 1.50 ."
    (bare / "data" / "drugs.ttl").write_text(text)
    graph = KnowledgeGraph.of_files(replace(Settings(), root=bare))
    write(graph, tmp_path / "out")
    graph.close()
    assert (tmp_path / "out" / "data" / "drugs.ttl").read_text() == (
        "PREFIX als: <https://w3id.org/alskg/ontology/>\n"
        "PREFIX drug: <https://w3id.org/alskg/drugs/>\n\n"
        "drug:x\n    a als:Drug ;\n    als:value 1.5 ;\n.\n"
    )


@in_ci
def test_loading_all_data_through_the_gate_and_exporting_changes_no_byte(
    pristine: Path, bare: Path, tmp_path: Path
) -> None:
    graph = KnowledgeGraph.open(replace(Settings(), root=bare, data_dir=tmp_path / "store"))
    quads = [quad for file in files_in([pristine / "data"]) for quad in quads_in_file(graph, file)]
    assert commit(graph, Changeset("All of it", "ana", tuple(quads)), limited=False).committed
    write(graph, tmp_path / "out")
    graph.close()
    names = files_under(pristine / "data")
    assert files_under(tmp_path / "out" / "data") == names
    assert filecmp.cmpfiles(pristine / "data", tmp_path / "out" / "data", names, shallow=False)[1:] == ([], [])


def test_what_is_exported_can_be_served(pristine: Path, tmp_path: Path) -> None:
    graph = KnowledgeGraph.of_files(replace(Settings(), root=pristine))
    write(graph, tmp_path)
    graph.close()
    again = KnowledgeGraph.of_files(replace(Settings(), root=tmp_path))
    assert again.queries == graph.queries
    assert again.queries
    again.close()


# ---------------------------------------------------------------- mapping tables

HEADER = "subject_id\tsubject_label\tpredicate_id\tobject_id\tobject_label\tmapping_justification\tcomment"
TABLE = f"""#mapping_set_id: {BASE}mappings/unii
#curie_map:
#  UNII: "http://identifiers.org/unii/"
#  semapv: "https://w3id.org/semapv/vocab/"
#comment: "By hand."
{HEADER}
drug:alpha\talpha\tskos:exactMatch\tUNII:A\tALPHA\tsemapv:LexicalMatching\tSure.
drug:beta\tbeta\tskos:exactMatch\tUNII:B\tBETA\tsemapv:ManualMappingCuration\t
"""
UNII = "ontology/mappings/unii.sssom.tsv"
IN_UNII = ox.NamedNode(f"{GRAPHS}ontology/mappings/unii")


@pytest.fixture
def mapped(bare: Path) -> Iterator[KnowledgeGraph]:
    """The ontology, two drugs, and a mapping of each."""
    (bare / "data").mkdir()
    drugs = (f'<{BASE}drugs/{name}> <{RDFS}label> "{name}"@en .\n' for name in ("alpha", "beta"))
    (bare / "data" / "drugs.ttl").write_text("".join(drugs))
    (bare / UNII).parent.mkdir(exist_ok=True)
    (bare / UNII).write_text(TABLE)
    graph = KnowledgeGraph.of_files(replace(Settings(), root=bare))
    yield graph
    graph.close()


def mapping(drug: str, unii: str, kind: str = "exactMatch", graph: ox.NamedNode = IN_UNII) -> ox.Quad:
    ends = (f"{BASE}drugs/{drug}", SKOS + kind, f"http://identifiers.org/unii/{unii}")
    subject, predicate, object_ = map(ox.NamedNode, ends)
    return ox.Quad(subject, predicate, object_, graph)


def labelled(drug: str, label: str) -> ox.Quad:
    return ox.Quad(ox.NamedNode(f"{BASE}drugs/{drug}"), ox.NamedNode(RDFS + "label"), ox.Literal(label, language="en"))


def replacement(old: str, new: str) -> ox.Quad:
    ends = (f"{BASE}drugs/{old}", f"{DCTERMS}isReplacedBy", f"{BASE}drugs/{new}")
    subject, predicate, object_ = map(ox.NamedNode, ends)
    return ox.Quad(subject, predicate, object_, ox.NamedNode(REPLACED_GRAPH))


def stored(graph: KnowledgeGraph, added: Iterable[ox.Quad] = (), removed: Iterable[ox.Quad] = ()) -> None:
    """Writes what a change would, without asking whether it may: what is tested here is what comes out."""
    graph.present.write(added, removed, graph.present.state)


def table_of(graph: KnowledgeGraph, name: str = UNII) -> str:
    return dict(exported(graph))[name]


def test_a_table_that_nothing_changed_stays_as_it_is(mapped: KnowledgeGraph) -> None:
    assert table_of(mapped) == TABLE


def test_a_row_whose_mapping_is_gone_is_left_out(mapped: KnowledgeGraph) -> None:
    stored(mapped, removed=[mapping("beta", "B")])
    assert table_of(mapped) == "".join(
        line for line in TABLE.splitlines(keepends=True) if not line.startswith("drug:beta")
    )


def test_a_table_without_any_mapping_is_left_out(mapped: KnowledgeGraph) -> None:
    stored(mapped, removed=[mapping("alpha", "A"), mapping("beta", "B")])
    assert UNII not in dict(exported(mapped))


def test_a_mapping_that_was_added_becomes_a_row_made_by_hand(mapped: KnowledgeGraph) -> None:
    other = ox.NamedNode("http://purl.obolibrary.org/obo/HP_0000001")
    quad = mapping("alpha", "A", "closeMatch")
    stored(mapped, [ox.Quad(quad.subject, quad.predicate, other, IN_UNII)])
    row = "drug:alpha\talpha\tskos:closeMatch\tHP:0000001\t\tsemapv:ManualMappingCuration\t\n"
    prefix = '#  HP: "http://purl.obolibrary.org/obo/HP_"\n'
    before, rest = TABLE.split('#  UNII: "')
    head, rows = rest.split("drug:alpha", 1)
    assert table_of(mapped) == f'{before}{prefix}#  UNII: "{head}{row}drug:alpha{rows}'


def test_a_row_of_a_renamed_thing_has_its_new_name_and_keeps_the_rest(mapped: KnowledgeGraph) -> None:
    renamed = [mapping("gamma", "A"), labelled("gamma", "gamma"), replacement("alpha", "alpha-two")]
    stored(mapped, [*renamed, replacement("alpha-two", "gamma")], [mapping("alpha", "A")])
    row = "drug:gamma\tgamma\tskos:exactMatch\tUNII:A\tALPHA\tsemapv:LexicalMatching\tSure."
    assert row in table_of(mapped).splitlines()
    assert "alpha" not in table_of(mapped)


def test_a_row_of_a_merged_thing_doesnt_take_the_place_of_the_others_own(mapped: KnowledgeGraph) -> None:
    stored(mapped, [mapping("beta", "A"), replacement("alpha", "beta")], [mapping("alpha", "A")])
    assert [row.split("\t")[:4] for row in table_of(mapped).splitlines() if row.startswith("drug:")] == [
        ["drug:beta", "beta", "skos:exactMatch", "UNII:A"],
        ["drug:beta", "beta", "skos:exactMatch", "UNII:B"],
    ]
    stored(mapped, [], [mapping("beta", "A")])
    assert table_of(mapped).count("drug:beta") == 1


def test_a_row_follows_the_label_of_its_thing(mapped: KnowledgeGraph) -> None:
    stored(mapped, [labelled("beta", "beta acid")], [labelled("beta", "beta")])
    assert "drug:beta\tbeta acid\tskos:exactMatch\tUNII:B\tBETA\t" in table_of(mapped)


def test_a_mapping_graph_without_a_table_gets_one(mapped: KnowledgeGraph) -> None:
    stored(mapped, [mapping("beta", "B", graph=ox.NamedNode(f"{GRAPHS}ontology/mappings/new"))])
    assert table_of(mapped, "ontology/mappings/new.sssom.tsv").splitlines() == [
        f"#mapping_set_id: {BASE}mappings/new",
        "#license: https://creativecommons.org/licenses/by/4.0/",
        "#curie_map:",
        '#  UNII: "http://identifiers.org/unii/"',
        f'#  drug: "{BASE}drugs/"',
        '#  semapv: "https://w3id.org/semapv/vocab/"',
        '#  skos: "http://www.w3.org/2004/02/skos/core#"',
        HEADER.removesuffix("\tcomment"),
        "drug:beta\tbeta\tskos:exactMatch\tUNII:B\t\tsemapv:ManualMappingCuration",
    ]


def test_a_mapping_to_what_no_prefix_fits_is_refused(mapped: KnowledgeGraph) -> None:
    quad = mapping("beta", "B")
    stored(mapped, [ox.Quad(quad.subject, quad.predicate, ox.NamedNode("https://example.org/B"), IN_UNII)])
    with pytest.raises(SourceError, match=r"No prefix of ontology/prefixes.ttl fits <https://example.org/B>"):
        table_of(mapped)


def test_a_table_that_broke_since_it_was_loaded_is_refused(mapped: KnowledgeGraph) -> None:
    (mapped.settings.root / UNII).write_text(TABLE + "drug:beta\tbeta\n")
    with pytest.raises(SourceError, match=r"the row of drug:beta has not one cell for each column"):
        table_of(mapped)


# ---------------------------------------------------------------- what is kept apart, and what is left over


def test_what_was_replaced_is_written(mapped: KnowledgeGraph) -> None:
    stored(mapped, [replacement("old", "beta")])
    assert dict(exported(mapped))["data/replaced.ttl"].endswith("\ndrug:old\n    dcterms:isReplacedBy drug:beta ;\n.\n")


def test_a_file_whose_graph_holds_nothing_is_left_over(mapped: KnowledgeGraph) -> None:
    root = mapped.settings.root
    names = [name for name, _ in exported(mapped)]
    assert left_over(root, names) == []
    assert left_over(root, set(names) - {"data/drugs.ttl", UNII}) == [root / "data" / "drugs.ttl", root / UNII]
