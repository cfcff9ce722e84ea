"""The files to take away: the same bytes for the same graph, whole, and readable by the tools that they are for."""

import csv
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from fastapi.testclient import TestClient

from alskg import kgx
from alskg.dumps import Dump, dumps
from alskg.knowledge_graph import KnowledgeGraph
from alskg.names import OWN_GRAPHS, RDF, SCHEMA
from alskg.release import CHECKSUMS, DESCRIPTION
from alskg.store.embedded import EmbeddedStore
from alskg.triples import graph_of, iris

from ..extent import in_ci, sampled

ROOT = Path(__file__).parents[2]
BIOLINK = {
    f"biolink:{row['term']}": row
    for row in csv.DictReader((ROOT / "tests/data/biolink_model.tsv").read_text("utf-8").splitlines(), delimiter="\t")
}
"""What the Biolink Model says of its terms in use here: what is above a category, between what a predicate leads."""
KNOWLEDGE_LEVELS = {
    "knowledge_assertion",
    "logical_entailment",
    "prediction",
    "statistical_association",
    "observation",
    "not_provided",
}
AGENT_TYPES = {
    "manual_agent",
    "automated_agent",
    "data_analysis_pipeline",
    "computational_model",
    "text_mining_agent",
    "image_processing_agent",
    "manual_validation_of_automated_agent",
    "not_provided",
}
"""The closed lists of the Biolink Model."""

CATCH_ALL = {"biolink:treats_or_applied_or_studied_to_treat"}
"""A mixin that the Biolink Model itself offers to those who report from sources that leave open which it is."""
INFORMATION_RESOURCES = {
    f"infores:{name}" for name in ("alskg", "chebi", "dismech", "drugcentral", "drugmechdb", "hpo-annotations", "mondo")
}
"""Ours; those looked up in the registry of Biolink; and that of dismech, which its own export bears."""

RDF_FORMATS = {
    "ttl": ox.RdfFormat.TURTLE,
    "nt": ox.RdfFormat.N_TRIPLES,
    "trig": ox.RdfFormat.TRIG,
    "nq": ox.RdfFormat.N_QUADS,
    "jsonld": ox.RdfFormat.JSON_LD,
}
SMALL = ("ontology", "data/sources.ttl", "data/claims/drugmechdb.ttl", "data/things/quantities.ttl")


@pytest.fixture(scope="module")
def made(kg: KnowledgeGraph) -> dict[str, Dump]:
    return dumps(kg)


def body(kg: KnowledgeGraph, made: dict[str, Dump], name: str) -> bytes:
    return made[name].make(kg)


def table(text: bytes, delimiter: str = "\t") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.decode()), delimiter=delimiter))


def quads(text: bytes, extension: str) -> set[ox.Quad]:
    """In store form: Turtle writes 1.0 where the store holds 1."""
    store = ox.Store()
    store.load(text, RDF_FORMATS[extension])
    return set(store)


@pytest.fixture(scope="module")
def nodes(kg: KnowledgeGraph, made: dict[str, Dump]) -> list[dict[str, str]]:
    return table(body(kg, made, "kgx/nodes.tsv"))


@pytest.fixture(scope="module")
def edges(kg: KnowledgeGraph, made: dict[str, Dump]) -> list[dict[str, str]]:
    return table(body(kg, made, "kgx/edges.tsv"))


class TestKgx:
    def test_ids_are_curies_and_come_once(
        self, nodes: list[dict[str, str]], edges: list[dict[str, str]], kg: KnowledgeGraph
    ) -> None:
        for rows in (nodes, edges):
            ids = [row["id"] for row in rows]
            assert len(ids) == len(set(ids))
            assert {id_.partition(":")[0] for id_ in ids} <= set(kg.schema.prefixes)

    def test_every_end_of_an_edge_is_a_node(self, nodes: list[dict[str, str]], edges: list[dict[str, str]]) -> None:
        known = {row["id"] for row in nodes}
        assert edges
        assert {row[end] for row in edges for end in ("subject", "object")} <= known

    def test_categories_and_predicates_are_biolinks(
        self, nodes: list[dict[str, str]], edges: list[dict[str, str]]
    ) -> None:
        categories = {category for row in nodes for category in row["category"].split("|")}
        assert {BIOLINK[category]["kind"] for category in categories} == {"category"}
        assert {BIOLINK[row["predicate"]]["kind"] for row in edges} == {"predicate"}
        assert {row["category"] for row in edges} == {"biolink:Association"}

    def test_no_category_and_no_predicate_is_one_that_nothing_is(
        self, nodes: list[dict[str, str]], edges: list[dict[str, str]]
    ) -> None:
        used = {category for row in nodes for category in row["category"].split("|")}
        used |= {row["predicate"] for row in edges} - CATCH_ALL
        assert {term: BIOLINK[term]["standing"] for term in used if BIOLINK[term]["standing"] != "concrete"} == {}
        assert {BIOLINK[f"biolink:{term}"]["standing"] for term in ("StudyResult", "Outcome")} == {"abstract", "mixin"}

    def test_every_edge_leads_between_what_its_predicate_leads_between(
        self, nodes: list[dict[str, str]], edges: list[dict[str, str]]
    ) -> None:
        above = {
            row["id"]: {a for category in row["category"].split("|") for a in BIOLINK[category]["above"].split("|")}
            for row in nodes
        }
        outside = [
            (row["id"], end, wanted)
            for row in edges
            for end, slot in (("subject", "domain"), ("object", "range"))
            if (wanted := BIOLINK[row["predicate"]][slot]) and wanted not in above[row[end]]
        ]
        assert outside == []

    def test_what_a_predicate_is_told_to_lead_between_is_what_the_model_has(self, kg: KnowledgeGraph) -> None:
        """Only so does the export see that a predicate doesn't fit; a device is none of what Biolink lets treat."""
        categories = {
            term for term, row in BIOLINK.items() if (row["kind"], row["standing"]) == ("category", "concrete")
        }
        for term, row in BIOLINK.items():
            for slot, path in (("domain", "domainIncludes"), ("range", "rangeIncludes")):
                told = set(iris(kg.store, kgx.BIOLINK + term.removeprefix("biolink:"), SCHEMA + path))
                own = {
                    kgx.BIOLINK + c.removeprefix("biolink:")
                    for c in categories
                    if row[slot] in BIOLINK[c]["above"].split("|")
                }
                assert told in (own, set()), (term, slot)
                assert told or row[slot] in ("", "NamedThing") or term == "biolink:has_route", (term, slot)

    def test_who_says_so_is_an_information_resource_and_the_document_a_publication(
        self, nodes: list[dict[str, str]], edges: list[dict[str, str]]
    ) -> None:
        assert {row["primary_knowledge_source"] for row in edges} == INFORMATION_RESOURCES
        passed_on = {row["aggregator_knowledge_source"] for row in edges if row["primary_knowledge_source"] != kgx.OURS}
        assert passed_on == {kgx.OURS}
        ours = [row for row in edges if row["primary_knowledge_source"] == kgx.OURS]
        assert [row["id"] for row in ours if not row["publications"]] == []
        known = {row["id"] for row in nodes}
        assert {source for row in edges for source in row["source"].split("|")} <= known

    def test_what_is_said_to_help_has_a_category_that_may(
        self, nodes: list[dict[str, str]], edges: list[dict[str, str]]
    ) -> None:
        """Biolink has chemicals, drugs and treatments before its predicates of treatment."""
        categories = {row["id"]: row["category"] for row in nodes}
        treating = {row["subject"] for row in edges if "treat" in row["predicate"]}
        assert {categories[id_] for id_ in treating} <= {"biolink:Drug", "biolink:ChemicalEntity", "biolink:Treatment"}

    def test_knowledge_level_and_agent_type_are_of_biolinks_lists(self, edges: list[dict[str, str]]) -> None:
        assert {row["knowledge_level"] for row in edges} <= KNOWLEDGE_LEVELS
        assert {row["agent_type"] for row in edges} <= AGENT_TYPES

    @pytest.mark.parametrize(
        ("id_", "expected"),
        [
            (
                "claim:s0-002",
                {"subject": "drug:riluzole", "negated": "false", "knowledge_level": "knowledge_assertion"},
            ),
            ("claim:s0-007", {"negated": "true"}),
            ("claim:alskg-001", {"knowledge_level": "logical_entailment", "agent_type": "computational_model"}),
            ("claim:dmdb-001", {"predicate": "biolink:affects", "object": "gene:scn5a"}),
            ("claim:dmdb-001", {"primary_knowledge_source": "infores:drugmechdb", "source": "source:drugmechdb"}),
            ("claim:s3-090", {"predicate": "biolink:affects", "original_predicate": "als:relieves"}),
            ("claim:s3-090", {"primary_knowledge_source": "infores:alskg", "publications": "source:seed-003"}),
            ("claim:valor-2022-01", {"publications": "DOI:10.1056/nejmoa2204705|PMID:36129998"}),
            ("claim:us-label-edaravone-01", {"predicate": "biolink:has_side_effect", "has_percentage": "15"}),
            ("claim:hpo-562", {"has_percentage": "", "frequency_qualifier": "HP:0040282"}),
        ],
    )
    def test_an_edge_says_what_its_claim_says(
        self, edges: list[dict[str, str]], id_: str, expected: dict[str, str]
    ) -> None:
        (row,) = [row for row in edges if row["id"] == id_]
        assert expected.items() <= row.items()

    def test_an_edge_that_is_out_of_date_names_what_superseded_it(
        self, kg: KnowledgeGraph, made: dict[str, Dump], edges: list[dict[str, str]]
    ) -> None:
        """What superseded a claim may lead to no thing, as an event does, and be no edge; it is a statement."""
        later = {row["id"]: row["superseded_by"].split("|") for row in edges if row["superseded_by"]}
        assert {"claim:s2-048", "claim:s2-052", "claim:s3-019"} <= set(later)
        assert "claim:phoenix-2024-04" in later["claim:s2-048"]
        told = list(csv.DictReader(io.StringIO(body(kg, made, "statements.csv").decode())))
        assert {id_ for ids in later.values() for id_ in ids} <= {row["claim"] for row in told}
        assert later.items() <= {r["claim"]: r["supersededBy"].split("|") for r in told}.items()

    def test_what_is_only_supposed_is_no_assertion(self, edges: list[dict[str, str]]) -> None:
        weak = {"hypothesised", "anticipated", "promotional", "implied"}
        levels = {row["knowledge_level"] for row in edges if row["certainty"] in weak}
        assert levels == {"not_provided", "logical_entailment"}

    def test_how_often_is_told_in_figures_and_a_bound_is_no_figure(
        self, kg: KnowledgeGraph, edges: list[dict[str, str]]
    ) -> None:
        (share,) = [row for row in edges if (row["has_count"], row["has_total"]) == ("16", "19")]
        assert share["has_percentage"] == "84.2"
        bounded = [
            row for row in edges if row["subject"] == "drug:tofersen" and row["predicate"] == "biolink:has_side_effect"
        ]
        assert bounded
        assert {row["has_percentage"] for row in bounded} == {""}
        (line,) = [json.loads(line) for line in kgx.as_lines([share]).splitlines()]  # type: ignore[list-item]
        assert (line["has_count"], line["has_total"], line["has_percentage"]) == (16, 19, 84.2)

    def test_a_share_bears_of_how_many_it_is_where_the_claim_says_so(self, edges: list[dict[str, str]]) -> None:
        harms = {
            row["object"]: (row["has_percentage"], row["has_total"])
            for row in edges
            if row["subject"] == "drug:dextromethorphan-quinidine" and row["has_percentage"]
        }
        assert harms["phenotype:nausea"] == ("11.8", "553")

    def test_what_is_cited_without_an_identifier_is_named_as_it_is_here(self, edges: list[dict[str, str]]) -> None:
        (row,) = (row for row in edges if row["id"] == "claim:dism-323")
        assert {"PMID:38470068", "source:genereviews-nbk1450"} <= set(row["publications"].split("|"))

    def test_what_is_left_out_is_told_with_the_edges(self, made: dict[str, Dump]) -> None:
        for name in ("kgx/edges.tsv", "kgx/edges.jsonl"):
            assert kgx.LEFT_OUT in made[name].about

    def test_a_node_bears_its_identifiers(self, nodes: list[dict[str, str]]) -> None:
        (riluzole,) = [row for row in nodes if row["id"] == "drug:riluzole"]
        assert {"CHEBI:8863", "UNII:7LJ087RS6F"} <= set(riluzole["xref"].split("|"))
        assert riluzole["category"] == "biolink:Drug"

    @pytest.mark.parametrize("name", ["nodes", "edges"])
    def test_lines_of_json_hold_what_the_table_holds(
        self, kg: KnowledgeGraph, made: dict[str, Dump], name: str
    ) -> None:
        lines: list[dict[str, Any]] = [json.loads(line) for line in body(kg, made, f"kgx/{name}.jsonl").splitlines()]
        rows = table(body(kg, made, f"kgx/{name}.tsv"))
        assert [line["id"] for line in lines] == [row["id"] for row in rows]
        assert all(isinstance(line["category"], list) for line in lines)


def test_a_statement_of_something_that_is_no_node_makes_no_edge(kg: KnowledgeGraph) -> None:
    known = {row["id"] for row in kgx.nodes(kg)}
    literal = {row["object"] for row in kgx.edges(kg)} - known
    assert literal == set()


class TestRdf:
    @in_ci
    def test_the_view_is_the_same_in_every_format(self, kg: KnowledgeGraph, made: dict[str, Dump]) -> None:
        view = {ox.Quad(t.subject, t.predicate, t.object) for t in kg.store.match()}
        for extension in ("ttl", "nt", "jsonld"):
            assert quads(body(kg, made, f"graph.{extension}"), extension) == view

    @in_ci
    def test_each_curated_file_is_a_named_graph(self, kg: KnowledgeGraph, made: dict[str, Dump]) -> None:
        found = quads(body(kg, made, "graph.nq"), "nq")
        assert found == quads(body(kg, made, "graph.trig"), "trig")
        names = {str(quad.graph_name) for quad in found}
        assert "<https://w3id.org/alskg/graphs/data/claims/seed-001>" in names

    def test_a_claim_reifies_the_triple_that_it_is_about(self, kg: KnowledgeGraph, made: dict[str, Dump]) -> None:
        reifies = ox.NamedNode(RDF + "reifies")
        found = {q.subject: q.object for q in quads(body(kg, made, "graph-rdf12.nt"), "nt") if q.predicate == reifies}
        base = "https://w3id.org/alskg/"
        ends = ("drugs/riluzole", "ontology/slowsProgression", "diseases/amyotrophic-lateral-sclerosis")
        assert found[ox.NamedNode(f"{base}claims/s0-002")] == ox.Triple(*(ox.NamedNode(base + end) for end in ends))
        live = {t.subject for t in kg.store.match(None, RDF + "type", f"{base}ontology/Claim")}
        assert set(found) == live

    @pytest.mark.parametrize("extension", ["ttl", "trig", "nq", "jsonld"])
    def test_a_collection_comes_with_its_statements_and_claims(
        self, kg: KnowledgeGraph, made: dict[str, Dump], extension: str
    ) -> None:
        subjects = {str(q.subject) for q in quads(body(kg, made, f"collections/drugs.{extension}"), extension)}
        assert "<https://w3id.org/alskg/drugs/riluzole>" in subjects
        assert "<https://w3id.org/alskg/claims/s0-002>" in subjects


class TestCsv:
    def test_every_live_claim_is_a_row(self, kg: KnowledgeGraph, made: dict[str, Dump]) -> None:
        rows = table(body(kg, made, "statements.csv"), ",")
        live = list(kg.store.match(None, RDF + "type", "https://w3id.org/alskg/ontology/Claim"))
        assert len(rows) == len(live)
        (row,) = [row for row in rows if row["claim"] == "claim:s0-002"]
        assert (row["subject"], row["polarity"]) == ("drug:riluzole", "polarity:affirms")

    def test_every_member_of_a_collection_is_a_row(self, kg: KnowledgeGraph, made: dict[str, Dump]) -> None:
        rows = table(body(kg, made, "collections/drugs.csv"), ",")
        (row,) = [row for row in rows if row["id"].endswith("/drugs/riluzole")]
        assert row["label"] == "riluzole"
        assert "CHEBI:8863" in row["exactMatch"].split("|")


class TestDoor:
    def test_every_dump_is_listed_with_its_address(self, client: TestClient, made: dict[str, Dump]) -> None:
        found = client.get("/dumps").raise_for_status().json()
        assert {item["url"] for item in found["items"]} == {f"/dumps/{name}" for name in made}

    @pytest.mark.parametrize(
        "name",
        ["kgx/edges.tsv", "kgx/nodes.jsonl", "statements.csv", "sssom/chebi.sssom.tsv", "collections/tests.trig"],
    )
    def test_a_dump_is_sent_as_it_is_made(
        self, client: TestClient, kg: KnowledgeGraph, made: dict[str, Dump], name: str
    ) -> None:
        answer = client.get(f"/dumps/{name}").raise_for_status()
        assert answer.content == body(kg, made, name)
        assert answer.headers["Content-Type"].startswith(made[name].format.media_type)
        assert answer.headers["X-Alskg-Revision"] == str(kg.revision)

    @pytest.mark.parametrize("name", ["kgx/edges.xml", "collections/nothing.ttl", "x"])
    def test_another_name_is_refused(self, client: TestClient, name: str) -> None:
        problem = client.get(f"/dumps/{name}")
        assert problem.status_code == 404
        assert "/dumps" in problem.json()["detail"]

    def test_a_file_has_one_format(self, client: TestClient) -> None:
        assert client.get("/dumps/statements.csv", params={"format": "turtle"}).status_code == 406
        assert client.get("/dumps/statements.csv", params={"format": "csv"}).status_code == 200


@pytest.fixture(scope="module")
def bare(ontology_alone: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ontology alone with its mappings left out: a whole release of it is quick to make."""
    root = shutil.copytree(ontology_alone, tmp_path_factory.mktemp("bare") / "root")
    (root / "data" / "things").mkdir(parents=True)
    shutil.copy(ROOT / "data" / "things" / "professions.ttl", root / "data" / "things")
    return root


def release(root: Path, to: Path, seed: str) -> dict[str, bytes]:
    environment = {**os.environ, "ALSKG_ROOT": str(root), "PYTHONHASHSEED": seed}
    command = [sys.executable, "-m", "alskg", "release", "--to", str(to), "--packaged"]
    subprocess.run(command, env=environment, check=True, capture_output=True, timeout=300)
    return {file.relative_to(to).as_posix(): file.read_bytes() for file in sorted(to.rglob("*")) if file.is_file()}


@pytest.fixture(scope="module")
def first(bare: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return release(bare, tmp_path_factory.mktemp("first"), "1")


class TestRelease:
    @in_ci
    def test_two_runs_give_the_same_bytes(self, bare: Path, first: dict[str, bytes], tmp_path: Path) -> None:
        assert release(bare, tmp_path / "second", "2") == first

    def test_the_checksums_are_those_of_the_files(self, first: dict[str, bytes]) -> None:
        sums = dict(line.split("  ")[::-1] for line in first[CHECKSUMS].decode().splitlines())
        assert sums.keys() == first.keys() - {CHECKSUMS}
        assert {name: hashlib.sha256(first[name]).hexdigest() for name in sums} == sums

    def test_the_description_names_every_file_with_its_checksum(self, first: dict[str, bytes]) -> None:
        sums = dict(line.split("  ")[::-1] for line in first[CHECKSUMS].decode().splitlines())
        found = {
            str(quad.subject): quad.object.value
            for quad in quads(first[DESCRIPTION], "ttl")
            if quad.predicate.value.endswith("/sha256") and isinstance(quad.object, ox.Literal)
        }
        described = {
            f"<https://w3id.org/alskg/dumps/{name}>" for name in sums if name not in (DESCRIPTION, "README.md")
        }
        assert found.keys() == described
        assert set(found.values()) <= set(sums.values())

    def test_a_place_that_cannot_be_written_is_named(self, bare: Path, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("x", encoding="utf-8")
        with pytest.raises(subprocess.CalledProcessError) as caught:
            release(bare, tmp_path / "file", "1")
        assert b"Choose another directory" in caught.value.stderr


@pytest.fixture(scope="module")
def another(kg: KnowledgeGraph) -> Iterator[KnowledgeGraph]:
    """The same graph, whose triples went into the store in another order."""
    store = EmbeddedStore.in_memory()
    quads_ = [quad for quad in kg.store.quads if graph_of(quad) not in OWN_GRAPHS]
    store.load(quads_[::-1], kg.store.state.files_checksum)
    yield replace(kg, present=store)
    store.close()


@pytest.mark.parametrize(
    "name",
    sampled(["graph.nq", "collections/drugs.trig", "graph.jsonld", "graph-rdf12.nt", "kgx/edges.tsv"], 2),
)
def test_the_order_of_the_store_makes_no_difference(
    kg: KnowledgeGraph, another: KnowledgeGraph, made: dict[str, Dump], name: str
) -> None:
    assert made[name].make(another) == made[name].make(kg)


def test_a_release_holds_every_dump(first: dict[str, bytes], made: dict[str, Dump]) -> None:
    assert {"graph.ttl", "graph.trig", "kgx/edges.jsonl", "sssom/hp.sssom.tsv", "collections/claims.csv"} <= set(made)
    assert {name for name in made if not name.startswith("sssom/")} == first.keys() - {
        CHECKSUMS,
        DESCRIPTION,
        "README.md",
    }
