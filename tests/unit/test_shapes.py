"""What SHACL refuses, by each kind of constraint that the ontology has; and how shapes are to be written."""

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import pyoxigraph as ox
import pytest

from alskg.curated import Curated
from alskg.names import ALS, BASE, RDF, RDFS, SH, SKOS, local_name
from alskg.shapes import FAST_TRIPLES_MIN, MENDS, Engine, Violation, authoring_faults, engine_for, violations
from alskg.triples import Memory, plain

from ..extent import in_ci

PREFIXES = f"""
PREFIX als: <{ALS}>
PREFIX : <{BASE}>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX rdf: <{RDF}>
PREFIX rdfs: <{RDFS}>
PREFIX sh: <{SH}>
PREFIX skos: <{SKOS}>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
PREFIX certainty: <{BASE}vocabularies/certainties/>
PREFIX polarity: <{BASE}vocabularies/polarities/>
"""
SOUND = """
:relief a als:Proposition ; rdfs:label "baclofen relieves spasticity"@en ;
    rdf:subject :baclofen ; rdf:predicate als:relieves ; rdf:object :spasticity .
:baclofen a als:Drug ; rdfs:label "baclofen"@en .
:spasticity a als:Phenotype , als:Symptom ; rdfs:label "spasticity"@en .
:leaflet a als:Source ; rdfs:label "a leaflet"@en ; dcterms:title "A leaflet"@en ;
    als:sourceKind <https://w3id.org/alskg/vocabularies/source-kinds/primary-literature> ;
    als:reviewStatus <https://w3id.org/alskg/vocabularies/review-statuses/approved> .
:good a als:Claim ; rdfs:label "a good claim"@en ; als:states :relief ; als:polarity polarity:affirms ;
    als:certainty certainty:asserted ; als:locator "line 1" ; dcterms:source :leaflet .
:five-days a als:Quantity ; rdfs:label "five days"@en ; als:value 5.0 ;
    als:unit <https://w3id.org/alskg/vocabularies/units/day> .
:a-few a als:Quantity ; rdfs:label "a few"@en ; als:verbalValue "a few"@en .
:many a als:Quantity ; rdfs:label "40 participants"@en ; als:value 40.0 ;
    als:unit <https://w3id.org/alskg/vocabularies/units/participant> .
:trial a als:Study ; rdfs:label "a trial"@en .
:parted a als:Finding ; rdfs:label "y"@en ; als:study :trial ; als:treatmentParticipants :many ;
    als:comparatorParticipants :many ; als:participants :many ;
    als:findingDirection <https://w3id.org/alskg/vocabularies/finding-directions/not-compared> .
"""


def claim(**other: str) -> str:
    """A sound claim in which some properties have other values; None for those that are left out."""
    parts = {
        "rdfs:label": '"a claim"@en',
        "als:states": ":relief",
        "als:polarity": "polarity:affirms",
        "als:certainty": "certainty:asserted",
        "als:locator": '"line 1"',
        "dcterms:source": ":leaflet",
    }
    parts |= {name.replace("__", ":"): value for name, value in other.items()}
    return "a als:Claim ; " + " ; ".join(f"{name} {value}" for name, value in parts.items() if value)


FINDING = (
    'a als:Finding ; rdfs:label "x"@en ; als:study :trial ; '
    "als:findingDirection <https://w3id.org/alskg/vocabularies/finding-directions/not-compared> ; "
)
BROKEN: Mapping[str, tuple[str, str, str]] = {
    # name: (what is said of the node, the property that is wrong, the kind of constraint)
    "disagreement-with-itself": (
        'a als:Disagreement ; rdfs:label "with itself"@en ; als:oneSide :good ; als:otherSide :good ; '
        "als:disagreementKind <https://w3id.org/alskg/vocabularies/disagreement-kinds/fact> ; "
        "als:verdict <https://w3id.org/alskg/vocabularies/verdicts/contradiction> ; "
        'als:resolutionStatus <https://w3id.org/alskg/vocabularies/resolution-statuses/open> ; als:remedy "none"@en',
        "oneSide",
        "Disjoint",
    ),
    "claim-without-source": (claim(dcterms__source=""), "source", "MinCount"),
    "claim-without-certainty": (claim(als__certainty=""), "certainty", "MinCount"),
    "claim-without-polarity": (claim(als__polarity=""), "polarity", "MinCount"),
    "claim-without-locator": (claim(als__locator=""), "locator", "MinCount"),
    "claim-without-proposition": (claim(als__states=""), "states", "MinCount"),
    "claim-of-two-certainties": (
        claim(als__certainty="certainty:asserted , certainty:hedged"),
        "certainty",
        "MaxCount",
    ),
    "claim-of-two-polarities": (claim(als__polarity="polarity:affirms , polarity:denies"), "polarity", "MaxCount"),
    "claim-of-unknown-certainty": (claim(als__certainty="certainty:certain"), "certainty", "Class"),
    "claim-of-a-certainty-from-another-list": (claim(als__certainty="polarity:affirms"), "certainty", "Class"),
    "claim-that-states-a-thing": (claim(als__states=":baclofen"), "states", "Class"),
    "claim-that-names-a-thing-as-source": (claim(dcterms__source=":baclofen"), "source", "Class"),
    "claim-with-a-moment-for-a-date": (claim(als__asOf='"May 2017"'), "asOf", "Pattern"),
    "claim-with-a-thing-for-a-date": (claim(als__asOf=":baclofen"), "asOf", "NodeKind"),
    "claim-with-words-for-a-truth": (claim(als__always='"yes"'), "always", "Datatype"),
    "thing-without-label": ("a als:Drug", "label", "MinCount"),
    "thing-with-two-labels": ('a als:Drug ; rdfs:label "one"@en , "two"@en', "label", "MaxCount"),
    "label-without-language": ('a als:Drug ; rdfs:label "one"', "label", "Datatype"),
    "label-in-another-language": ('a als:Drug ; rdfs:label "eins"@de', "label", "LanguageIn"),
    "broader-than-a-word": ('a als:Drug ; rdfs:label "one"@en ; skos:broader "drug"', "broader", "NodeKind"),
    "component-that-is-no-drug": (
        'a als:Drug ; rdfs:label "one"@en ; als:hasComponent :spasticity',
        "hasComponent",
        "Class",
    ),
    "role-without-label": ("a als:Symptom", "label", "MinCount"),
    "proposition-of-no-property": (
        'a als:Proposition ; rdfs:label "x"@en ; rdf:subject :baclofen ; '
        "rdf:predicate als:locator ; rdf:object :relief",
        "predicate",
        "Class",
    ),
    "proposition-without-object": (
        'a als:Proposition ; rdfs:label "x"@en ; rdf:subject :baclofen ; rdf:predicate als:relieves',
        "object",
        "MinCount",
    ),
    "proposition-of-two-subjects": (
        'a als:Proposition ; rdfs:label "x"@en ; rdf:subject :baclofen , :leaflet ; '
        "rdf:predicate als:relieves ; rdf:object :spasticity",
        "subject",
        "MaxCount",
    ),
    "quantity-in-whole-numbers": (
        'a als:Quantity ; rdfs:label "x"@en ; als:value 5 ; als:unit <U>',
        "value",
        "Datatype",
    ),
    "quantity-of-an-unknown-unit": ('a als:Quantity ; rdfs:label "x"@en ; als:unit :fortnight', "unit", "Class"),
    "value-without-unit": ('a als:Quantity ; rdfs:label "x"@en ; als:value 5.0', "", "Not"),
    "minimum-without-unit": ('a als:Quantity ; rdfs:label "x"@en ; als:minimum 5.0', "", "Not"),
    "quantity-from-more-to-less": (
        'a als:Quantity ; rdfs:label "x"@en ; als:minimum 9.0 ; als:maximum 3.0 ; als:unit <U>',
        "minimum",
        "LessThanOrEquals",
    ),
    "quantity-with-a-negative-error": (
        'a als:Quantity ; rdfs:label "x"@en ; als:value 1.0 ; als:unit <U> ; als:standardError -1.0',
        "standardError",
        "MinInclusive",
    ),
    "quantity-with-an-interval-beyond-all": (
        'a als:Quantity ; rdfs:label "x"@en ; als:value 1.0 ; als:unit <U> ; als:intervalLevel 900.0',
        "intervalLevel",
        "MaxInclusive",
    ),
    "maximum-without-unit": ('a als:Quantity ; rdfs:label "x"@en ; als:maximum 5.0', "", "Not"),
    "finding-that-mixes-its-sides-with-all": (
        FINDING + "als:participants :many ; als:comparatorParticipants :many",
        "",
        "Not",
    ),
}


@pytest.fixture(scope="module")
def ontology(pristine: Path) -> Memory:
    return Curated.read(pristine).ontology


@pytest.fixture(scope="module")
def found(ontology: Memory) -> Mapping[str, list[Violation]]:
    """What one validation of everything that is broken sees, by the name of the node."""
    nodes = "".join(f":{name} {said} .\n" for name, (said, _, _) in BROKEN.items())
    text = PREFIXES + SOUND + nodes.replace("<U>", "<https://w3id.org/alskg/vocabularies/units/day>")
    data = Memory([*ontology.match(), *Memory.of_turtle(text).match()])
    seen = defaultdict(list)
    for violation in violations(data, ontology):
        seen[violation.focus.removeprefix(BASE)].append(violation)
    return seen


@pytest.mark.parametrize("name", BROKEN)
def test_shacl_refuses(name: str, found: Mapping[str, list[Violation]]) -> None:
    _, property_, kind = BROKEN[name]
    seen = {(local_name(v.path or ""), v.component.removesuffix("ConstraintComponent")) for v in found[name]}
    assert (property_, kind) in seen
    assert {path for path, _ in seen} == {property_}, "Only what is broken is to be seen."


def test_shacl_is_content_with_what_is_sound(found: Mapping[str, list[Violation]]) -> None:
    assert set(found) == set(BROKEN)


def test_a_violation_says_in_plain_words_what_is_wrong_and_how_to_mend_it(
    found: Mapping[str, list[Violation]],
) -> None:
    (violation,) = found["thing-with-two-labels"]
    assert violation.what == "“one”, label: More than 1 values on one->rdfs:label."
    assert violation.mend == "Keep one."


def test_a_number_without_its_unit_is_explained(found: Mapping[str, list[Violation]]) -> None:
    (violation,) = found["value-without-unit"]
    assert "A number needs its unit; a mere count has the unit of what is counted." in violation.what
    assert violation.mend == "Complete it."


CONSTRAINTS = {
    "class": "Class",
    "datatype": "Datatype",
    "disjoint": "Disjoint",
    "in": "In",
    "languageIn": "LanguageIn",
    "lessThanOrEquals": "LessThanOrEquals",
    "maxCount": "MaxCount",
    "maxInclusive": "MaxInclusive",
    "minCount": "MinCount",
    "minInclusive": "MinInclusive",
    "nodeKind": "NodeKind",
    "not": "Not",
    "pattern": "Pattern",
    "uniqueLang": "UniqueLang",
}
# What a sh:not is about is reported by that.
NO_CONSTRAINTS = {"property", "path", "name", "message", "declare", "prefix", "namespace", "hasValue"}


def test_every_kind_of_constraint_in_use_is_seen_to_bite(ontology: Memory) -> None:
    used = {plain(t.predicate).removeprefix(SH) for t in ontology.match() if plain(t.predicate).startswith(SH)}
    assert used - NO_CONSTRAINTS <= set(CONSTRAINTS)
    assert {CONSTRAINTS[name] for name in used - NO_CONSTRAINTS} == {kind for _, _, kind in BROKEN.values()}


def test_every_constraint_has_a_mend() -> None:
    assert {f"{kind}ConstraintComponent" for kind in CONSTRAINTS.values()} == set(MENDS)


@pytest.mark.parametrize(
    ("constraint", "good", "bad", "component"),
    [
        ("sh:in ( :a :b )", ":a", ":c", "InConstraintComponent"),
        ("sh:uniqueLang true", '"a"@en', '"a"@en , "b"@en', "UniqueLangConstraintComponent"),
        ("sh:minExclusive 3", "4", "3", "MinExclusiveConstraintComponent"),
    ],
    ids=["in", "uniqueLang", "one that has no words of its own"],
)
def test_a_constraint_that_no_shape_uses_yet_is_reported_too(
    constraint: str, good: str, bad: str, component: str
) -> None:
    shape = f":T a owl:Class , sh:NodeShape ; sh:property :p . :p a sh:PropertyShape ; sh:path :x ; {constraint} ."
    data = Memory.of_turtle(f"{PREFIXES} {shape} :good a :T ; :x {good} . :bad a :T ; :x {bad} .")
    (violation,) = violations(data, Memory.of_turtle(PREFIXES + shape))
    assert (violation.focus, violation.component) == (f"{BASE}bad", component)
    assert violation.mend == MENDS.get(component, "Mend it as the shape says.")


def test_a_warning_counts() -> None:
    shape = ":T a owl:Class , sh:NodeShape ; sh:property :p . :p sh:path :x ; sh:minCount 1 ; sh:severity sh:Warning ."
    data = Memory.of_turtle(f"{PREFIXES} {shape} :bad a :T .")
    assert [v.focus for v in violations(data, Memory.of_turtle(PREFIXES + shape))] == [f"{BASE}bad"]


SHAPE = """
:T a owl:Class , sh:NodeShape ; skos:definition "A thing."@en ; sh:property :p .
:p a sh:PropertyShape ; sh:path :x ; sh:name "x" .
"""


def test_a_shape_in_the_house_way_has_no_fault() -> None:
    assert list(authoring_faults(Memory.of_turtle(PREFIXES + SHAPE))) == []


@pytest.mark.parametrize(
    ("old", "new", "shape", "what"),
    [
        ("sh:path :x", "sh:path ( :x :y )", "p", "Its sh:path is not a single property."),
        ("sh:path :x ;", "", "p", "Its sh:path is not a single property."),
        ("sh:path :x", "sh:path :x , :y", "p", "Its sh:path is not a single property."),
        ('sh:name "x"', "sh:minCount 1", "p", "It has no sh:name, which is the key in JSON."),
        (
            "sh:path :x",
            "sh:path :x ; sh:datatype xsd:int",
            "p",
            "The datatype http://www.w3.org/2001/XMLSchema#int changes when it is stored; use a plain one.",
        ),
        *(
            (
                "sh:path :x",
                f"sh:path :x ; sh:datatype xsd:date ; sh:{name} {value}",
                "p",
                f"sh:{name} reads how a value is spelled; use it on strings alone.",
            )
            for name, value in (("pattern", '"^2"'), ("minLength", "3"), ("maxLength", "3"))
        ),
        (
            "sh:path :x",
            "sh:path :x ; sh:lessThan :y",
            "p",
            "sh:lessThan compares values of one datatype; give both properties the same sh:datatype.",
        ),
        *(
            (
                "sh:property :p .",
                f'sh:property :p , :q . :q a sh:PropertyShape ; sh:path :y ; sh:name "y" {other} . '
                ":p sh:lessThanOrEquals :y ; sh:datatype xsd:date .",
                "p",
                "sh:lessThanOrEquals compares values of one datatype; give both properties the same sh:datatype.",
            )
            for other in ("", "; sh:datatype xsd:dateTime")
        ),
        ("sh:property :p", "sh:property :p ; sh:node :T", "T", "It leads back to itself; pySHACL cuts recursion off."),
        ("sh:path :x", "sh:path :x ; sh:class :U", "p", f"sh:class {BASE}U is not declared."),
        (
            "sh:property :p",
            "sh:property :p , [ sh:path :y ]",
            "T",
            "A property shape has no IRI; reports could not name it.",
        ),
        ("sh:property :p", "sh:closed false", "p", "No class has it as its sh:property, so it checks nothing."),
        (":p a sh:PropertyShape ;", ":p", "p", "It is no sh:PropertyShape, so its writing isn't checked."),
        *(
            (
                "sh:property :p",
                f"sh:property :p ; sh:{name} :z",
                "T",
                f"sh:{name} is not used here; say it with SHACL Core or as a house rule.",
            )
            for name in ("sparql", "target", "js", "rule", "expression", "values")
        ),
    ],
)
def test_a_shape_that_is_not_written_in_the_house_way_is_named(old: str, new: str, shape: str, what: str) -> None:
    assert old in SHAPE
    seen = list(authoring_faults(Memory.of_turtle(PREFIXES + SHAPE.replace(old, new))))
    assert seen == [(BASE + shape, what)]


@pytest.mark.parametrize(
    "more",
    [
        'sh:datatype xsd:string ; sh:pattern "^2"',
        'sh:nodeKind sh:Literal ; sh:pattern "^2"',
        "sh:datatype xsd:date ; sh:lessThan :y",
    ],
    ids=["spelling of a string", "spelling of any literal", "comparison of two dates"],
)
def test_what_is_written_by_the_rules_has_no_fault(more: str) -> None:
    other = ':T sh:property :q . :q a sh:PropertyShape ; sh:path :y ; sh:name "y" ; sh:datatype xsd:date .'
    text = PREFIXES + SHAPE.replace("sh:path :x", f"sh:path :x ; {more}") + other
    assert list(authoring_faults(Memory.of_turtle(text))) == []


@pytest.mark.parametrize("kind", ["node", "not", "qualifiedValueShape"])
@pytest.mark.parametrize("list_", ["and", "or", "xone"])
def test_shapes_that_lead_back_are_named(kind: str, list_: str) -> None:
    text = f":n1 a sh:NodeShape ; sh:{kind} :n2 . :n2 a sh:NodeShape ; sh:{list_} :list . "
    text += ":list rdf:first :n3 ; rdf:rest :more . :more rdf:first :n1 ; rdf:rest rdf:nil ."
    seen = dict(authoring_faults(Memory.of_turtle(PREFIXES + text)))
    assert seen == dict.fromkeys((f"{BASE}n1", f"{BASE}n2"), "It leads back to itself; pySHACL cuts recursion off.")


def test_shapes_that_nest_too_deep_are_named() -> None:
    text = "".join(f":n{place} a sh:NodeShape ; sh:node :n{place + 1} . " for place in range(11))
    seen = dict(authoring_faults(Memory.of_turtle(PREFIXES + text)))
    assert set(seen) == {f"{BASE}n0", f"{BASE}n1"}
    assert seen[f"{BASE}n1"] == "It nests 10 shapes or more; pySHACL would give up."


def test_the_shapes_of_the_ontology_are_written_in_the_house_way(ontology: Memory) -> None:
    assert list(authoring_faults(ontology)) == []


# The fast engine

WRONG = """
PREFIX als: <https://w3id.org/alskg/ontology/> PREFIX claim: <https://w3id.org/alskg/claims/>
PREFIX dcterms: <http://purl.org/dc/terms/> PREFIX drug: <https://w3id.org/alskg/drugs/>
PREFIX quantity: <https://w3id.org/alskg/quantities/> PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
drug:baclofen rdfs:label "Baclofen"@en , "Baclofen"@de ; skos:exactMatch "no IRI" ; skos:related drug:nothing .
drug:tizanidine skos:notation 7 .
drug:new a als:Drug ; als:hasComponent claim:s1-001 .
claim:new a als:Claim ; als:states drug:riluzole ; als:polarity drug:riluzole ; dcterms:source drug:riluzole .
quantity:new a als:Quantity ; als:value "many" ; als:unit drug:riluzole .
als:new a als:Proposition ; rdf:subject "text" ; rdf:predicate drug:riluzole ; rdf:object 1 , 2 .
"""


def found_by(engine: Engine, data: Memory, shapes: Memory) -> set[tuple[str, str | None, str]]:
    return {(v.focus, v.path, v.component) for v in violations(data, shapes, engine)}


@in_ci
def test_the_fast_engine_finds_what_pyshacl_finds() -> None:
    curated = Curated.read(Path(__file__).parents[2])
    wrong = (quad.triple for quad in ox.parse(WRONG.encode(), format=ox.RdfFormat.TURTLE))
    data = Memory([*curated.whole.match(), *wrong])
    found = found_by("pyshacl", data, curated.ontology)
    assert found_by("shifty", data, curated.ontology) == found
    assert len(found) > 15
    assert found_by("shifty", curated.whole, curated.ontology) == set()


def test_only_a_large_graph_is_left_to_the_fast_engine() -> None:
    assert engine_for(FAST_TRIPLES_MIN - 1) == "pyshacl"
    assert engine_for(FAST_TRIPLES_MIN) == "shifty"
