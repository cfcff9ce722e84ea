"""Export: what was loaded comes back byte by byte."""

import filecmp
from dataclasses import replace
from pathlib import Path

from alskg.export import exported
from alskg.files import checksum
from alskg.knowledge_graph import KnowledgeGraph
from alskg.names import BASE
from alskg.settings import Settings


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
    names = {name for name in files_under(pristine) if name.partition("/")[0] in ("data", "ontology")}
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
