"""What the things, the sources and their mappings to other vocabularies must hold, whoever adds to them."""

import csv
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pyshacl
import pytest
from rdflib import RDF, RDFS, SKOS, Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCTERMS, OWL, VANN
from rdflib.term import Node

from ..extent import in_ci

ROOT = Path(__file__).parents[2]
BASE = "https://w3id.org/alskg/"
ALS = Namespace(BASE + "ontology/")
PHENOTYPE = Namespace(BASE + "phenotypes/")
XSD = Namespace("http://www.w3.org/2001/XMLSchema#")
SOURCE = Namespace(BASE + "sources/")
DRUG = Namespace(BASE + "drugs/")

FILES = sorted([*(ROOT / "data" / "things").glob("*.ttl"), ROOT / "data" / "sources.ttl"])
CLASSES = sorted((ROOT / "ontology" / "classes").glob("*.ttl"))
MAPPINGS = sorted((ROOT / "ontology" / "mappings").glob("*.sssom.tsv"))

RECORDS = {
    "propositions",
    "quantities",
    "disagreements",
    "dosing-rules",
    "monitoring-rules",
    "interactions",
    "contraindications",
    "stop-rules",
    "findings",
}
"""Collections whose members are statements, rules or figures; these are understood from their parts, undefined."""

MATCHES = {"skos:exactMatch", "skos:closeMatch", "skos:broadMatch", "skos:narrowMatch", "skos:relatedMatch"}
JUSTIFICATIONS = {"semapv:ManualMappingCuration", "semapv:LexicalMatching", "semapv:MappingReview"}
COLUMNS = {"subject_id", "subject_label", "predicate_id", "object_id", "mapping_justification", "object_source"}
METADATA = {"mapping_set_id", "mapping_set_title", "mapping_set_description", "license", "comment"}

REFUSED = {
    "HP:0002355": "obsolete: difficulty walking",
    "HP:0005952": "obsolete: decreased pulmonary function",
    "GO:0070997": "withdrawn: neuron death",
    "MESH:C005435": "superseded record of edaravone",
    "MESH:D018696": "the class of neuroprotective agents, taken for a drug in the wild",
    "CHEBI:187893": "baclofen zwitterion",
    "ATC:L01XE22": "old code of masitinib",
    "RXNORM:9325": "invented code of riluzole",
    "RXNORM:1921877": "edaravone; confirmed by no open source",
    "RXNORM:2613950": "taurursodiol; confirmed by no open source",
    "RXNORM:2613965": "AMX0035; confirmed by no open source",
    "ATC:N07XX14": "edaravone; confirmed by no open source",
    "ATC:A05AA05": "taurursodiol; confirmed by no open source",
    "ATC:L01EX06": "masitinib; confirmed by no open source",
    "ATC:M03BX01": "baclofen; confirmed by no open source",
    "ATC:M03BX02": "tizanidine; confirmed by no open source",
    "ATC:N07AA02": "pyridostigmine; confirmed by no open source",
    "CHEMBL:CHEMBL1469": "phenylbutyrate; confirmed by no open source",
}


NAMED_BY_ONE_SOURCE = [
    "abacavir-dolutegravir-lamivudine",
    "allele-selective-sptlc1-sirna",
    "carbamazepine",
    "colesevelam",
    "colestipol",
    "ltx-002",
    "oxybutynin",
    "pregabalin",
    "ranolazine",
    "ulefnersen",
]
"""Drugs that dismech alone or a label alone names, without a chemical identifier."""


@dataclass(frozen=True)
class MappingSet:
    """One SSSOM file."""

    metadata: dict[str, str]
    prefixes: dict[str, str]
    rows: list[dict[str, str]]

    def iri(self, curie: str) -> URIRef:
        prefix, _, name = curie.partition(":")
        return URIRef(self.prefixes[prefix] + name)


def mapping_set_of(text: str) -> MappingSet:
    head = [line[1:] for line in text.splitlines() if line.startswith("#")]
    body = [line for line in text.splitlines() if not line.startswith("#")]
    pairs = [(line.startswith(" "), *line.strip().partition(": ")) for line in head if ": " in line]
    return MappingSet(
        {key: value.strip('"') for indented, key, _, value in pairs if not indented},
        {key: value.strip('"') for indented, key, _, value in pairs if indented},
        list(csv.DictReader(body, delimiter="\t", quoting=csv.QUOTE_NONE)),
    )


def cycle_in(graph: Graph) -> bool:
    return any(node in graph.transitive_objects(above, SKOS.broader) for node, above in graph[: SKOS.broader :])


def collection_of(iri: Node) -> str:
    return str(iri).removeprefix(BASE).partition("/")[0]


@pytest.fixture(scope="module")
def ontology() -> Graph:
    graph = Graph()
    for file in sorted((ROOT / "ontology").rglob("*.ttl")):
        graph.parse(file)
    return graph


@pytest.fixture(scope="module")
def things() -> Graph:
    graph = Graph()
    for file in FILES:
        graph.parse(file)
    return graph


@pytest.fixture(scope="module")
def mappings() -> list[MappingSet]:
    return [mapping_set_of(file.read_text()) for file in MAPPINGS]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
class TestFileOfThings:
    def test_every_thing_has_one_english_label(self, file: Path) -> None:
        graph = Graph().parse(file)
        labels = {iri: list(graph[iri : RDFS.label]) for iri in set(graph.subjects())}
        assert labels
        assert {iri for iri, found in labels.items() if [label.language for label in found] != ["en"]} == set()

    def test_every_thing_has_one_english_definition(self, file: Path) -> None:
        graph = Graph().parse(file)
        asked = {iri for iri in set(graph.subjects()) if collection_of(iri) not in RECORDS}
        definitions = {iri: list(graph[iri : SKOS.definition]) for iri in asked}
        assert {iri for iri, found in definitions.items() if [text.language for text in found] != ["en"]} == set()
        assert {text for found in definitions.values() for text in found if not text.endswith(".")} == set()

    def test_every_thing_lies_under_the_collection_that_the_file_is_named_for(self, file: Path) -> None:
        found = {collection_of(iri) for iri in Graph().parse(file).subjects() if isinstance(iri, URIRef)}
        assert found == {file.stem}

    def test_every_thing_is_of_a_class_of_the_ontology(self, file: Path, ontology: Graph) -> None:
        graph = Graph().parse(file)
        kinds = set(graph.objects(None, RDF.type))
        assert set(graph.subjects()) == set(graph.subjects(RDF.type, None))
        assert kinds <= set(ontology.subjects(RDF.type, OWL.Class))

    def test_no_synonym_repeats_the_label(self, file: Path) -> None:
        graph = Graph().parse(file)
        assert [iri for iri, label in graph[: RDFS.label :] if (iri, SKOS.altLabel, label) in graph] == []

    def test_no_two_things_of_a_file_share_a_label(self, file: Path) -> None:
        counted = Counter(str(label).lower() for label in Graph().parse(file).objects(None, RDFS.label))
        assert [label for label, count in counted.items() if count > 1] == []


@pytest.mark.parametrize("file", CLASSES, ids=lambda file: file.stem)
class TestClass:
    def test_the_class_says_what_it_is(self, file: Path) -> None:
        graph = Graph().parse(file)
        (class_,) = graph.subjects(RDF.type, OWL.Class)
        for property_ in (RDFS.label, ALS.pluralLabel, SKOS.definition):
            (text,) = graph[class_:property_]
            assert text.language == "en"

    def test_every_shape_of_a_field_has_an_iri_and_a_name(self, file: Path) -> None:
        graph = Graph().parse(file)
        namespace = Namespace("http://www.w3.org/ns/shacl#")
        for class_, shape in graph[: namespace.property :]:
            assert isinstance(shape, URIRef)
            (name,) = graph[shape : namespace.name]
            assert shape == URIRef(f"{class_}-{name}")


def test_no_two_classes_share_a_prefix(ontology: Graph) -> None:
    counted = Counter(ontology.objects(None, VANN.preferredNamespacePrefix))
    assert [prefix for prefix, count in counted.items() if count > 1] == []


def test_no_thing_is_broader_than_itself(things: Graph) -> None:
    assert not cycle_in(things)


def test_a_circle_of_broader_things_would_be_seen() -> None:
    graph = Graph()
    for lower, upper in ("ab", "bc", "ca"):
        graph.add((PHENOTYPE[lower], SKOS.broader, PHENOTYPE[upper]))
    assert cycle_in(graph)


def test_every_link_of_a_thing_leads_to_a_thing(things: Graph) -> None:
    asked = (SKOS.broader, SKOS.related, ALS.productOf, ALS.hasComponent, ALS.hasMember, DCTERMS.creator)
    known = set(things.subjects())
    assert {(s, o) for p in asked for s, o in things[:p:] if o not in known} == set()


def test_no_thing_is_both_related_to_another_and_below_it(things: Graph) -> None:
    clash = {(a, b) for a, b in things[: SKOS.related :] if b in things.transitive_objects(a, SKOS.broader)}
    assert clash == set()


def test_related_is_said_on_both_sides(things: Graph) -> None:
    assert {(a, b) for a, b in things[: SKOS.related :] if (b, SKOS.related, a) not in things} == set()


def test_gastrointestinal_conditions_roll_up_nausea_and_abdominal_pain(things: Graph) -> None:
    found = set(things.transitive_subjects(SKOS.broader, PHENOTYPE["gastrointestinal-conditions"]))
    assert {PHENOTYPE["nausea"], PHENOTYPE["abdominal-pain"]} <= found
    assert PHENOTYPE["constipation"] not in found


def test_raised_transaminases_are_changes_of_liver_enzymes_and_of_liver_function_but_no_injury(things: Graph) -> None:
    found = set(things.transitive_objects(PHENOTYPE["increased-serum-transaminases"], SKOS.broader))
    assert {PHENOTYPE["liver-enzyme-changes"], PHENOTYPE["liver-function-changes"]} <= found
    assert PHENOTYPE["hepatic-injury"] not in found


def test_drooling_is_a_kind_of_excessive_salivation_as_it_is_in_hpo(things: Graph) -> None:
    assert (PHENOTYPE["drooling"], SKOS.broader, PHENOTYPE["excessive-salivation"]) in things


def test_fatigue_is_one_phenotype_in_two_roles_and_is_not_asthenia(things: Graph) -> None:
    fatigue = PHENOTYPE["fatigue"]
    assert set(things[fatigue : RDF.type]) == {ALS.Phenotype, ALS.Symptom, ALS.AdverseEffect}
    assert (fatigue, SKOS.related, PHENOTYPE["asthenia"]) in things
    assert (fatigue, SKOS.exactMatch, PHENOTYPE["asthenia"]) not in things


def test_the_bare_word_weakness_leads_to_three_phenotypes(things: Graph) -> None:
    found = set(things.subjects(SKOS.altLabel, Literal("weakness", "en")))
    assert found == {PHENOTYPE[name] for name in ("asthenia", "muscle-weakness", "weakness-adverse-effect")}


def test_every_symptom_and_adverse_effect_is_a_phenotype(things: Graph) -> None:
    roles = {iri for role in (ALS.Symptom, ALS.AdverseEffect) for iri in things[: RDF.type : role]}
    assert roles
    assert {iri for iri in roles if (iri, RDF.type, ALS.Phenotype) not in things} == set()


def test_the_components_of_amx0035_come_with_a_note_that_no_seed_document_says_so(things: Graph) -> None:
    assert set(things[DRUG["amx0035"] : ALS.hasComponent]) == {DRUG["sodium-phenylbutyrate"], DRUG["taurursodiol"]}
    assert any("no seed document" in note for note in things[DRUG["amx0035"] : SKOS.editorialNote])


class TestSources:
    def test_the_dated_seed_documents_stand_in_the_order_of_their_dates(self, things: Graph) -> None:
        seeds = [SOURCE[f"seed-00{number}"] for number in range(5)]
        dated = sorted((str(date), seed) for seed in seeds for date in things[seed : ALS.date])
        assert [seed.rpartition("-")[2] for _, seed in dated] == ["003", "004", "001"]

    def test_a_seed_document_without_a_date_says_so(self, things: Graph) -> None:
        found = set(things.subjects(ALS.notStated, DCTERMS.date))
        assert {seed for seed in found if "/seed-" in str(seed)} == {SOURCE["seed-000"], SOURCE["seed-002"]}

    def test_no_source_has_a_date_and_says_that_it_has_none(self, things: Graph) -> None:
        assert [s for s in things.subjects(ALS.notStated, DCTERMS.date) if list(things[s : ALS.date])] == []

    def test_what_a_source_does_not_state_it_does_not_have(self, things: Graph) -> None:
        assert [(s, p) for s, p in things[: ALS.notStated :] if list(things[s:p])] == []

    def test_every_date_has_the_datatype_of_its_precision(self, things: Graph) -> None:
        datatypes = {4: XSD.gYear, 7: XSD.gYearMonth, 10: XSD.date}
        asked = (ALS.date, ALS.reviewedOn, DCTERMS.date, DCTERMS.issued, DCTERMS.modified)
        dates = [date for p in asked for date in things.objects(None, p) if isinstance(date, Literal)]
        assert dates
        assert [date for date in dates if date.datatype != datatypes[len(date)]] == []

    def test_the_review_of_document_001_is_pending_and_its_text_is_machine_made(self, things: Graph) -> None:
        seed = SOURCE["seed-001"]
        status = URIRef(BASE + "vocabularies/review-statuses/human-review-pending")
        assert (seed, ALS.reviewStatus, status) in things
        assert (seed, ALS.machineGenerated, Literal(True)) in things

    def test_the_eight_numbered_references_of_document_001_are_unresolved(self, things: Graph) -> None:
        found = set(things.subjects(ALS.resolved, Literal(False)))
        assert found == {SOURCE[f"seed-001-reference-{number}"] for number in range(1, 9)}
        assert {things.value(iri, DCTERMS.isReferencedBy) for iri in found} == {SOURCE["seed-001"]}

    def test_that_two_sources_are_not_independent_is_said_on_both_sides(self, things: Graph) -> None:
        pairs = set(things[: ALS.notIndependentOf :])
        assert pairs
        assert {(b, a) for a, b in pairs} == pairs


BROKEN = {
    "a label that is not English": 'drug:x a als:Drug ; rdfs:label "riluzol"@de .',
    "no label": "drug:x a als:Drug .",
    "two labels": 'drug:x a als:Drug ; rdfs:label "a"@en , "b"@en .',
    "a product of something that is no drug": 'product:x a als:DrugProduct ; rdfs:label "x"@en ; '
    "als:productOf drug:y .",
    "a broader thing that is not there": 'drug:x a als:Drug ; rdfs:label "x"@en ; skos:broader drug:y .',
    "a source of no kind": 'source:x a als:Source ; rdfs:label "x"@en .',
    "a source whose date is no date": 'source:x a als:Source ; rdfs:label "x"@en ; als:sourceKind '
    'sourcekind:cited-work ; als:date "spring" .',
}
HEAD = """
PREFIX als: <https://w3id.org/alskg/ontology/> PREFIX drug: <https://w3id.org/alskg/drugs/>
PREFIX product: <https://w3id.org/alskg/drug-products/> PREFIX source: <https://w3id.org/alskg/sources/>
PREFIX sourcekind: <https://w3id.org/alskg/vocabularies/source-kinds/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
"""


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_the_shapes_refuse(text: str, ontology: Graph) -> None:
    graph = ontology + Graph().parse(data=HEAD + text, format="turtle")
    conforms, _, _ = pyshacl.validate(graph, shacl_graph=ontology)
    assert not conforms


@in_ci
def test_the_shapes_accept_all_that_is_there(ontology: Graph) -> None:
    graph = ontology + Graph()
    for file in sorted((ROOT / "data").rglob("*.ttl")):
        graph.parse(file)
    conforms, _, report = pyshacl.validate(graph, shacl_graph=ontology)
    assert conforms, report


@pytest.mark.parametrize("file", MAPPINGS, ids=lambda file: file.name.partition(".")[0])
class TestMappingSet:
    def test_the_metadata_are_complete(self, file: Path) -> None:
        found = mapping_set_of(file.read_text())
        assert found.metadata.keys() >= METADATA
        assert found.metadata["mapping_set_id"] == f"{BASE}mappings/{file.name.partition('.')[0]}"
        assert found.metadata["license"].startswith("https://")
        assert found.rows

    def test_every_row_is_complete_and_its_prefixes_are_declared(self, file: Path) -> None:
        found = mapping_set_of(file.read_text())
        for row in found.rows:
            assert all(row[column] for column in COLUMNS)
            assert row["predicate_id"] in MATCHES
            assert row["mapping_justification"] in JUSTIFICATIONS
            for column in ("subject_id", "predicate_id", "object_id", "mapping_justification", "object_source"):
                found.iri(row[column])

    def test_every_subject_is_a_thing_with_that_label(self, file: Path, things: Graph) -> None:
        found = mapping_set_of(file.read_text())
        for row in found.rows:
            assert str(things.value(found.iri(row["subject_id"]), RDFS.label)) == row["subject_label"]

    def test_every_object_belongs_to_the_vocabulary_of_the_file(self, file: Path) -> None:
        prefixes = {row["object_id"].partition(":")[0] for row in mapping_set_of(file.read_text()).rows}
        assert [prefix.lower() for prefix in prefixes] == [file.name.partition(".")[0]]

    def test_the_rows_are_sorted_and_no_pair_comes_twice(self, file: Path) -> None:
        rows = [(r["subject_id"], r["object_id"], r["predicate_id"]) for r in mapping_set_of(file.read_text()).rows]
        in_order = sorted(rows, key=lambda row: (row[0], row[2], row[1]))
        assert sorted(rows) == sorted(set(rows))
        assert [row[0] for row in rows] == [row[0] for row in in_order]
        assert len({row[:2] for row in rows}) == len(rows)

    def test_no_identifier_is_used_that_is_known_to_be_wrong_or_unconfirmed(self, file: Path) -> None:
        used = {row["object_id"] for row in mapping_set_of(file.read_text()).rows}
        assert used.isdisjoint(REFUSED)


def test_no_identifier_is_the_exact_match_of_two_things(mappings: list[MappingSet]) -> None:
    exact = [r["object_id"] for m in mappings for r in m.rows if r["predicate_id"] == "skos:exactMatch"]
    assert [identifier for identifier, count in Counter(exact).items() if count > 1] == []


def test_no_thing_has_two_exact_matches_in_one_vocabulary(mappings: list[MappingSet]) -> None:
    for found in mappings:
        exact = [row["subject_id"] for row in found.rows if row["predicate_id"] == "skos:exactMatch"]
        assert [subject for subject, count in Counter(exact).items() if count > 1] == []


def test_every_prefix_means_the_same_in_all_mapping_sets(mappings: list[MappingSet]) -> None:
    meanings: dict[str, set[str]] = {}
    for found in mappings:
        for prefix, namespace in found.prefixes.items():
            meanings.setdefault(prefix, set()).add(namespace)
    assert {prefix: found for prefix, found in meanings.items() if len(found) > 1} == {}


def test_every_prefix_means_what_the_ontology_declares(mappings: list[MappingSet], ontology: Graph) -> None:
    shacl = Namespace("http://www.w3.org/ns/shacl#")
    declared = {
        str(ontology.value(iri, shacl.prefix)): str(ontology.value(iri, shacl.namespace))
        for iri in ontology.subjects(RDF.type, shacl.PrefixDeclaration)
    }
    assert declared
    for found in mappings:
        common = found.prefixes.keys() & declared.keys()
        assert {prefix: found.prefixes[prefix] for prefix in common} == {p: declared[p] for p in common}


def test_every_drug_or_each_of_its_components_has_a_chemical_identifier(
    things: Graph, mappings: list[MappingSet]
) -> None:
    exact = {
        found.iri(row["subject_id"])
        for found in mappings
        for row in found.rows
        if row["predicate_id"] == "skos:exactMatch"
        and row["object_id"].partition(":")[0] in {"CHEBI", "UNII", "RXNORM"}
    }
    drugs = set(things[: RDF.type : ALS.Drug])
    assert drugs
    found = {d for d in drugs if not {*things[d : ALS.hasComponent]} and d not in exact}
    assert found == {DRUG[name] for name in NAMED_BY_ONE_SOURCE}
    assert {c for c in things.objects(None, ALS.hasComponent) if c not in exact} == set()
