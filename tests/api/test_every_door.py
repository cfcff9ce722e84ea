"""Every door for changes, tried with every kind of wrong change: refused with one report, and not a byte is changed."""

import hashlib
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from alskg.access import Scope, Tokens
from alskg.changes import commit
from alskg.changeset import Changeset, Patch, patch_text
from alskg.files import triples_of_file
from alskg.knowledge_graph import KnowledgeGraph
from alskg.names import ALS, BASE, GRAPHS, RDF, SKOS, local_name, proposition_iri, slug
from alskg.settings import Settings
from alskg.store.terms import data_text
from alskg.triples import subjects
from alskg.web.app import build_app

from ..extent import sampled
from ..sound import taken_for_sound

PREFIXES = """
PREFIX als: <https://w3id.org/alskg/ontology/>
PREFIX authority: <https://w3id.org/alskg/authorities/>
PREFIX certainty: <https://w3id.org/alskg/vocabularies/certainties/>
PREFIX claim: <https://w3id.org/alskg/claims/>
PREFIX comparator: <https://w3id.org/alskg/vocabularies/comparators/>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX findingdirection: <https://w3id.org/alskg/vocabularies/finding-directions/>
PREFIX disagreement: <https://w3id.org/alskg/disagreements/>
PREFIX drug: <https://w3id.org/alskg/drugs/>
PREFIX finding: <https://w3id.org/alskg/findings/>
PREFIX phenotype: <https://w3id.org/alskg/phenotypes/>
PREFIX polarity: <https://w3id.org/alskg/vocabularies/polarities/>
PREFIX proposition: <https://w3id.org/alskg/propositions/>
PREFIX product: <https://w3id.org/alskg/drug-products/>
PREFIX prov: <http://www.w3.org/ns/prov#>
PREFIX quantity: <https://w3id.org/alskg/quantities/>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX setting: <https://w3id.org/alskg/care-settings/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX source: <https://w3id.org/alskg/sources/>
PREFIX study: <https://w3id.org/alskg/studies/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
PREFIX unit: <https://w3id.org/alskg/vocabularies/units/>
PREFIX verification: <https://w3id.org/alskg/vocabularies/verification-states/>
"""
ROOT = Path(__file__).parents[2]
QUANTITY = "quantity:test a als:Quantity ; rdfs:label 'a quantity'@en ; als:unit unit:percent"
DRUG = "drug:testol a als:Drug ; skos:definition 'A drug for tests.'@en"
RELIEF = "proposition:baclofen-relieves-muscle-spasticity-03eb7ceb"
SAID = "baclofen relieves muscle spasticity"
CLAIM = (
    f"claim:test a als:Claim ; rdfs:label '{SAID}'@en ; als:certainty certainty:asserted ; als:locator 'line 1' ; "
    f"als:polarity polarity:affirms ; als:states {RELIEF}"
)


OF_S2_002 = next(
    str(triple.object)
    for triple in triples_of_file(ROOT / "data/claims/seed-002.ttl", ROOT)
    if str(triple.subject).endswith("/s2-002>") and str(triple.predicate).endswith("/states>")
)


def stating(said: str, subject: str, predicate: str, object_: str) -> str:
    """A claim on a proposition that isn't there, without its end: what else is said of the claim."""
    ends = (subject, f"{ALS}{predicate}", object_)
    name = local_name(
        proposition_iri(
            (RDF + end, f"<{iri}>") for end, iri in zip(("subject", "predicate", "object"), ends, strict=True)
        )
    )
    content = f"rdf:subject <{subject}> ; rdf:predicate als:{predicate} ; rdf:object <{object_}>"
    proposition = f"proposition:{name} a als:Proposition ; rdfs:label '{said}'@en ; {content} . "
    claim = CLAIM.replace(RELIEF, f"proposition:{name}").replace(SAID, said)
    return f"{proposition}{claim} ; dcterms:source source:seed-001"


STOPPED = "<https://w3id.org/alskg/stop-rules/amx0035-one-packet-daily> a als:StopRule ; rdfs:label 'a rule'@en"
BACLOFEN = f"{BASE}drugs/baclofen"
PHOENIX = f"{BASE}findings/phoenix-alsfrs-r-week-48"
FOUND = "a als:Finding ; rdfs:label 'a finding'@en ; als:findingDirection findingdirection:no-difference-shown"
OTHER_STUDY = "study:test a als:Study ; rdfs:label 'a study'@en ; skos:definition 'A study for tests.'@en . "
PREGNANT = f"{BASE}propositions/riluzole-is-recommended-in-pregnant-patients-cd77c075"
OTHER_FOUND = "a study found ALSFRS-R with AMX0035 at week 48 of PHOENIX"
MARKETED = stating(
    "Rilutek has regulatory event approval",
    f"{BASE}drug-products/rilutek",
    "hasRegulatoryEvent",
    f"{BASE}vocabularies/regulatory-events/approval",
)
ONE_SIDED = "disagreement:a1-only-approved-drug-2014"


@dataclass(frozen=True)
class Wrong:
    """A change that must not pass: Turtle to add and to remove, and what is said of it: the rules, or the status."""

    name: str
    rules: frozenset[str] = frozenset()
    add: str = ""
    remove: str = ""
    status: int = 422


WRONG = (
    Wrong("a node without a class", frozenset({"untargeted"}), "drug:testol rdfs:label 'testol'@en ."),
    Wrong(
        "a property that isn't declared",
        frozenset({"undeclared-property"}),
        f"{DRUG} ; rdfs:label 'testol'@en ; als:bogus 'x' .",
    ),
    Wrong(
        "a class that isn't declared",
        frozenset({"undeclared-class", "untargeted", "dangling"}),
        "drug:testol a als:Durg ; rdfs:label 'testol'@en .",
    ),
    Wrong(
        "a thing that nobody explains",
        frozenset({"undefined"}),
        "drug:testol a als:Drug ; rdfs:label 'testol'@en .",
    ),
    Wrong(
        "a thing that is what it is called",
        frozenset({"undefined"}),
        "drug:testol a als:Drug ; rdfs:label 'testol'@en ; skos:definition 'Testol.'@en .",
    ),
    Wrong(
        "a definition that vanishes",
        frozenset({"undefined"}),
        remove="setting:hospital-or-clinical-setting skos:definition "
        "'A hospital or another place where treatment is given under medical supervision.'@en .",
    ),
    Wrong("a label that another bears", frozenset({"shared-name"}), f"{DRUG} ; rdfs:label 'Riluzole'@en ."),
    Wrong("another's label as a synonym", frozenset({"shared-name"}), "drug:baclofen skos:altLabel 'RILUZOLE'@en ."),
    Wrong(
        "a proposition of a thing and itself",
        frozenset({"of-itself"}),
        f"{stating('baclofen differs from baclofen', BACLOFEN, 'differsFrom', BACLOFEN)} .",
    ),
    Wrong(
        "a finding that nobody states",
        frozenset({"unstated"}),
        f"finding:test {FOUND} ; als:study study:phoenix .",
    ),
    Wrong(
        "a finding of another study",
        frozenset({"at-odds"}),
        f"{OTHER_STUDY} {stating(OTHER_FOUND, f'{BASE}studies/test', 'found', PHOENIX)} .",
    ),
    Wrong(
        "a finding that is given to another study",
        frozenset({"at-odds", "restated"}),
        f"{OTHER_STUDY} finding:phoenix-alsfrs-r-week-48 als:study study:test .",
        "finding:phoenix-alsfrs-r-week-48 als:study study:phoenix .",
    ),
    Wrong("a regulatory event without its day", frozenset({"incomplete"}), f"{MARKETED} ."),
    Wrong(
        "a day that no calendar has",
        frozenset({"ill-typed"}),
        f"{MARKETED} ; als:date '2014-02-31'^^xsd:date .",
    ),
    Wrong(
        "a thing that is broader than itself",
        frozenset({"of-itself"}),
        "drug:baclofen skos:broader drug:baclofen .",
    ),
    Wrong(
        "a source's word that is said to be concluded",
        frozenset({"NotConstraintComponent"}),
        "claim:s1-001 als:verification verification:follows-from-other-claims .",
        "claim:s1-001 als:verification verification:checked-at-the-primary-source .",
    ),
    Wrong(
        "a conclusion that is said to have been checked",
        frozenset({"NotConstraintComponent"}),
        "claim:alskg-001 als:verification verification:checked-at-the-primary-source .",
        "claim:alskg-001 als:verification verification:follows-from-other-claims .",
    ),
    Wrong(
        "a claim on both sides",
        frozenset({"DisjointConstraintComponent"}),
        f"{ONE_SIDED} als:otherSide claim:s3-019 .",
    ),
    Wrong(
        "a disagreement with nobody on the other side",
        frozenset({"NotConstraintComponent"}),
        remove=f"{ONE_SIDED} als:otherSide claim:s2-026 , claim:s4-002 .",
    ),
    Wrong("a thing without a label", frozenset({"MinCountConstraintComponent"}), f"{DRUG} ."),
    Wrong("a second label", frozenset({"MaxCountConstraintComponent"}), "drug:baclofen rdfs:label 'baclofene'@en ."),
    Wrong(
        "a label in another language",
        frozenset({"LanguageInConstraintComponent"}),
        f"{DRUG} ; rdfs:label 'testol'@de .",
    ),
    Wrong(
        "a number that is a text",
        frozenset({"DatatypeConstraintComponent"}),
        "quantity:many a als:Quantity ; rdfs:label 'many'@en ; als:value 'many' ; als:unit unit:year .",
    ),
    Wrong(
        "a number that is none",
        frozenset({"ill-typed"}),
        "quantity:many a als:Quantity ; rdfs:label 'many'@en ; als:value 'NaN'^^xsd:decimal ; als:unit unit:year .",
    ),
    Wrong(
        "a decimal that isn't written as one",
        frozenset({"ill-typed", "DatatypeConstraintComponent"}),
        "quantity:many a als:Quantity ; rdfs:label 'many'@en ; als:value 'abc'^^xsd:decimal ; als:unit unit:year .",
    ),
    Wrong(
        "a claim without a source",
        frozenset({"no-source", "MinCountConstraintComponent"}),
        f"{CLAIM} .",
    ),
    Wrong(
        "a link to a thing of another class",
        frozenset({"ClassConstraintComponent"}),
        f"{CLAIM} ; dcterms:source drug:riluzole .",
    ),
    Wrong(
        "a reference to nothing",
        frozenset({"dangling", "ClassConstraintComponent"}),
        "drug:baclofen skos:related drug:nothing .",
    ),
    Wrong(
        "a statement without a claim",
        frozenset({"unfitting-property"}),
        f"{DRUG} ; rdfs:label 'testol'@en ; als:relieves phenotype:fatigue .",
    ),
    Wrong(
        "a proposition under an IRI of its own",
        frozenset({"proposition-iri"}),
        "proposition:mine a als:Proposition ; rdfs:label 'baclofen relieves fatigue'@en ; rdf:subject drug:baclofen ; "
        "rdf:predicate als:relieves ; rdf:object phenotype:fatigue . "
        f"{CLAIM.replace(RELIEF, 'proposition:mine').replace('muscle spasticity', 'fatigue')} ; "
        "dcterms:source source:seed-001 .",
    ),
    Wrong(
        "a proposition that nobody states",
        frozenset({"unsupported"}),
        "proposition:baclofen-relieves-fatigue-40e17125 a als:Proposition ; "
        "rdfs:label 'baclofen relieves fatigue'@en ; rdf:subject drug:baclofen ; "
        "rdf:predicate als:relieves ; rdf:object phenotype:fatigue .",
    ),
    Wrong("a node without a name", frozenset({"blank-node"}), "drug:baclofen skos:related [] ."),
    Wrong(
        "a claim that vanishes without a word",
        frozenset({"unretracted", "untargeted", "ClassConstraintComponent"}),
        remove="claim:s1-001 a als:Claim .",
    ),
    Wrong(
        "a claim that is taken back in passing",
        frozenset({"unfitting-property"}),
        "claim:s1-001 prov:invalidatedAtTime '2020-01-01'^^xsd:date .",
    ),
    Wrong(
        "a class that others count on",
        frozenset({"domain-range", "untargeted"}),
        remove="<https://w3id.org/alskg/care-needs/equipment-needs> a als:CareNeed .",
    ),
    Wrong(
        "a thing that others refer to",
        frozenset({"domain-range", "dangling", "ClassConstraintComponent"}),
        remove="setting:hospital-or-clinical-setting a als:CareSetting ; "
        "rdfs:label 'hospital or clinical setting'@en ; skos:definition "
        "'A hospital or another place where treatment is given under medical supervision.'@en .",
    ),
    Wrong(
        "a claim that rests on itself",
        frozenset({"inference", "of-itself", "NotConstraintComponent"}),
        "claim:s1-001 als:inferredFrom claim:s1-001 ; als:inferenceRule 'So it is.'@en .",
    ),
    Wrong(
        "a claim whose word would count no more",
        frozenset({"inference", "NotConstraintComponent"}),
        "claim:s1-001 als:inferredFrom claim:s2-001 ; als:inferenceRule 'So it is.'@en .",
    ),
    Wrong(
        "a word of this graph that is no inference",
        frozenset({"inference"}),
        f"{CLAIM} ; dcterms:source source:alskg .",
    ),
    Wrong(
        "an inference from an inference",
        frozenset({"inference"}),
        f"{CLAIM} ; dcterms:source source:alskg ; als:inferenceRule 'So it is.'@en ; "
        "als:inferredFrom claim:alskg-001 .",
    ),
    Wrong(
        "inferences in a circle",
        frozenset({"inference"}),
        f"{CLAIM} ; dcterms:source source:alskg ; als:inferenceRule 'So it is.'@en ; als:inferredFrom claim:test-2 . "
        f"{CLAIM.replace('claim:test', 'claim:test-2').replace('line 1', 'line 2')} ; dcterms:source source:alskg ; "
        "als:inferenceRule 'So it is.'@en ; als:inferredFrom claim:test .",
    ),
    Wrong(
        "a claim that changes sides",
        frozenset({"restated"}),
        "claim:s1-001 als:polarity polarity:denies .",
        "claim:s1-001 als:polarity polarity:affirms .",
    ),
    Wrong(
        "a claim that says something else",
        frozenset({"restated", "unsupported", "called-otherwise"}),
        f"claim:s2-002 als:states {RELIEF} .",
        f"claim:s2-002 als:states {OF_S2_002} .",
    ),
    Wrong(
        "a claim on somebody else's word",
        frozenset({"restated", "misplaced"}),
        "claim:s1-001 dcterms:source source:seed-002 .",
        "claim:s1-001 dcterms:source source:seed-001 .",
    ),
    Wrong(
        "a figure that changes under those who said it",
        frozenset({"restated", "misnumbered"}),
        "quantity:at-least-5-percent als:value 95.0 .",
        "quantity:at-least-5-percent als:value 5.0 .",
    ),
    Wrong(
        "a proposition by a name that says something else",
        frozenset({"restated", "called-otherwise"}),
        f"{RELIEF} rdfs:label 'baclofen cures ALS'@en .",
        f"{RELIEF} rdfs:label 'baclofen relieves muscle spasticity'@en .",
    ),
    Wrong(
        "a claim by a verb that turns it round",
        frozenset({"called-otherwise"}),
        f"{CLAIM.replace('relieves', 'worsens').replace('-worsens-', '-relieves-')} ; dcterms:source source:seed-001 .",
    ),
    Wrong(
        "a rule by the name of a rule of another kind",
        frozenset({"shared-address"}),
        f"{STOPPED} ; als:restsOn {RELIEF} ; als:drug drug:baclofen .",
    ),
    Wrong(
        "a thing by another name under what was said of it",
        frozenset({"called-otherwise"}),
        "drug:ozanezumab rdfs:label 'other'@en .",
        "drug:ozanezumab rdfs:label 'ozanezumab'@en .",
    ),
    Wrong(
        "two things that change names",
        frozenset({"called-otherwise"}),
        "drug:ozanezumab rdfs:label 'dexpramipexole'@en ; skos:hiddenLabel 'ozanezumab'@en . "
        "drug:dexpramipexole rdfs:label 'ozanezumab'@en ; skos:hiddenLabel 'dexpramipexole'@en . ",
        "drug:ozanezumab rdfs:label 'ozanezumab'@en . drug:dexpramipexole rdfs:label 'dexpramipexole'@en . ",
    ),
    Wrong(
        "another work in the place of a source",
        frozenset({"restated"}),
        "source:bensimon-1994 rdfs:label 'Other 1994'@en ; dcterms:title 'Another title'@en ; "
        "skos:exactMatch <http://www.ncbi.nlm.nih.gov/pubmed/1> .",
        "source:bensimon-1994 rdfs:label 'Bensimon 1994'@en ; "
        "dcterms:title 'A controlled trial of riluzole in amyotrophic lateral sclerosis'@en ; "
        "skos:exactMatch <http://www.ncbi.nlm.nih.gov/pubmed/8302340> , "
        "<https://doi.org/10.1056/nejm199403033300901> .",
    ),
    Wrong(
        "a number of two claims",
        frozenset({"shared-number", "restated", "called-otherwise"}),
        "claim:s1-002 skos:notation 'S1-001' .",
        "claim:s1-002 skos:notation 'S1-002' .",
    ),
    Wrong(
        "a claim that is there under another name",
        frozenset({"said-twice"}),
        CLAIM.replace("asserted", "hedged").replace("line 1", "line 8; sentence 19")
        + " ; dcterms:source source:seed-002 .",
    ),
    Wrong(
        "an identifier that is a text",
        frozenset({"match-outside", "blank-text", "NodeKindConstraintComponent"}),
        "drug:baclofen skos:exactMatch ' ' .",
    ),
    Wrong(
        "a name with a letter of another alphabet",
        frozenset({"lookalike"}),
        "drug:baclofen skos:altLabel 'm\u03bfrphine'@en .",
    ),
    Wrong(
        "a place that is a text",
        frozenset({"too-long"}),
        f"claim:s1-001 als:locator '{'line' * 200}' .",
        "claim:s1-001 als:locator 'line 3; sentence 3' .",
    ),
    Wrong(
        "a dose that every source denies",
        frozenset({"unaffirmed"}),
        f"<{BASE}dosing-rules/new> a als:DosingRule ; rdfs:label 'riluzole at 1 mg'@en ; als:drug drug:riluzole ; "
        f"als:restsOn <{PREGNANT}> .",
    ),
    Wrong(
        "a claim by another number",
        frozenset({"restated", "called-otherwise"}),
        "claim:s1-001 skos:notation 'S9-999' .",
        "claim:s1-001 skos:notation 'S1-001' .",
    ),
    Wrong(
        "a rule that rests on what is about something else",
        frozenset({"ungrounded"}),
        f"<{BASE}interactions/riluzole-with-cyp1a2-inducers> als:restsOn {RELIEF} .",
    ),
    Wrong(
        "a live thing that leads elsewhere",
        frozenset({"unfitting-property"}),
        "drug:baclofen dcterms:isReplacedBy drug:riluzole .",
    ),
    Wrong(
        "a live claim that leads elsewhere",
        frozenset({"unfitting-property", "of-itself"}),
        "claim:s1-001 dcterms:isReplacedBy claim:s1-001 .",
    ),
    Wrong(
        "a name that no file could bear",
        frozenset({"misnamed"}),
        f"{DRUG.replace('testol', 'a' * 250)} ; rdfs:label 'long'@en .",
    ),
    Wrong(
        "an identifier outside of the mapping tables",
        frozenset({"match-outside"}),
        "drug:baclofen skos:closeMatch <http://identifiers.org/unii/X> .",
    ),
    Wrong(
        "an identifier that another bears",
        frozenset({"match-outside", "shared-identifier"}),
        "drug:riluzole skos:exactMatch <http://identifiers.org/unii/H789N3FKE8> .",
    ),
    Wrong(
        "a number of a publication for two sources",
        frozenset({"shared-identifier"}),
        "source:seed-001 skos:exactMatch <https://doi.org/10.1000/182> . "
        "source:seed-002 skos:exactMatch <https://doi.org/10.1000/182> .",
    ),
    Wrong(
        "a link that a browser would run",
        frozenset({"strange-link"}),
        "source:seed-001 dcterms:license <javascript:alert(1)> .",
    ),
    Wrong(
        "a text that no XML can hold", frozenset({"unfit-character"}), "drug:baclofen skos:altLabel 'a\\u000Bb'@en ."
    ),
    Wrong(
        "a text that no letter follows", frozenset({"unfit-character"}), "drug:baclofen skos:altLabel 'a\\uFFFE'@en ."
    ),
    Wrong("a text that turns round", frozenset({"unfit-character"}), "drug:baclofen skos:altLabel 'a\\u202Eb'@en ."),
    Wrong("a label of spaces", frozenset({"blank-text"}), f"{DRUG} ; rdfs:label ' '@en ."),
    Wrong("a label of nothing", frozenset({"blank-text"}), f"{DRUG} ; rdfs:label ''@en ."),
    Wrong(
        "a certainty of one's own",
        frozenset({"closed-list"}),
        "drug:baclofen a als:Certainty .",
    ),
    Wrong("a derived triple", remove="drug:baclofen als:relieves phenotype:muscle-spasticity .", status=403),
    Wrong(
        "a DOI in capitals",
        frozenset({"strange-link"}),
        "source:seed-001 skos:exactMatch <https://doi.org/10.1000/ABC> .",
    ),
    Wrong("a text with a direction", frozenset({"text-direction"}), "drug:baclofen skos:altLabel 'x'@ar--rtl ."),
    Wrong("a name in another English", frozenset({"lookalike"}), "drug:baclofen skos:altLabel 'x'@en-GB ."),
    Wrong(
        "two that are each broader than the other",
        frozenset({"circle"}),
        "drug:baclofen skos:broader drug:tizanidine . drug:tizanidine skos:broader drug:baclofen .",
    ),
    Wrong(
        "a least value above the greatest",
        frozenset({"LessThanOrEqualsConstraintComponent"}),
        f"{QUANTITY} ; als:minimum 9.0 ; als:maximum 3.0 .",
    ),
    Wrong(
        "more who are affected than examined",
        frozenset({"LessThanOrEqualsConstraintComponent"}),
        f"{QUANTITY} ; als:numberAffected 9.0 ; als:numberExamined 3.0 .",
    ),
    Wrong(
        "a negative error",
        frozenset({"MinInclusiveConstraintComponent"}),
        f"{QUANTITY} ; als:value 1.0 ; als:comparator comparator:equal-to ; als:standardError -1.0 .",
    ),
    Wrong(
        "an interval of 900 percent",
        frozenset({"MaxInclusiveConstraintComponent"}),
        f"{QUANTITY} ; als:value 1.0 ; als:comparator comparator:equal-to ; als:intervalLevel 900.0 .",
    ),
    Wrong(
        "a value outside of its own interval",
        frozenset({"LessThanOrEqualsConstraintComponent"}),
        f"{QUANTITY} ; als:value 9.0 ; als:comparator comparator:equal-to ; als:intervalMinimum 1.0 ; "
        "als:intervalMaximum 3.0 .",
    ),
    Wrong(
        "a label with another number",
        frozenset({"misnumbered"}),
        "quantity:test a als:Quantity ; rdfs:label '12 %'@en ; als:unit unit:percent ; als:value 99.0 ; "
        "als:comparator comparator:equal-to .",
    ),
    Wrong(
        "a label with another unit",
        frozenset({"misnumbered"}),
        "quantity:test a als:Quantity ; rdfs:label '12 mg'@en ; als:unit unit:percent ; als:value 12.0 ; "
        "als:comparator comparator:equal-to .",
    ),
    Wrong(
        "a probability above one",
        frozenset({"out-of-bounds"}),
        f"{QUANTITY.replace('percent', 'probability')} ; als:value 1.2 ; als:comparator comparator:equal-to .",
    ),
    Wrong(
        "fewer people than none",
        frozenset({"out-of-bounds"}),
        f"{QUANTITY.replace('percent', 'participant')} ; als:value -3.0 ; als:comparator comparator:equal-to .",
    ),
    Wrong(
        "a share that its own counts deny",
        frozenset({"out-of-bounds"}),
        f"{QUANTITY} ; als:value 75.0 ; als:comparator comparator:equal-to ; als:numberAffected 4.0 ; "
        "als:numberExamined 8.0 .",
    ),
    Wrong(
        "a dose for a share",
        frozenset({"other-kind"}),
        "claim:s1-001 als:incidence quantity:50-mg .",
    ),
    Wrong(
        "more than all people",
        frozenset({"out-of-bounds"}),
        f"{QUANTITY} ; als:value 120.0 ; als:comparator comparator:equal-to . "
        "claim:s1-001 als:incidence quantity:test .",
    ),
    Wrong(
        "an authority that decides in another area",
        frozenset({"out-of-scope"}),
        "claim:chmp-opinion-on-albrioza-01 als:authority authority:u-s-food-and-drug-administration .",
        "claim:chmp-opinion-on-albrioza-01 als:authority authority:european-medicines-agency .",
    ),
    Wrong(
        "a source that was written before what it tells happened",
        frozenset({"ahead-of-source"}),
        "source:chmp-opinion-on-albrioza dcterms:issued '2022' .",
    ),
    Wrong(
        "another day for what happened",
        frozenset({"restated"}),
        "claim:chmp-opinion-on-albrioza-01 als:date '2023-06-22'^^xsd:date .",
        "claim:chmp-opinion-on-albrioza-01 als:date '2023-06-23'^^xsd:date .",
    ),
    Wrong(
        "the day of what happened, taken away",
        frozenset({"restated"}),
        "claim:chmp-opinion-on-albrioza-01 als:notStated als:date .",
        "claim:chmp-opinion-on-albrioza-01 als:date '2023-06-23'^^xsd:date .",
    ),
    Wrong(
        "a day for what had none",
        frozenset({"restated"}),
        "claim:aoki-2011-01 als:date '2001-01-01'^^xsd:date .",
        "claim:aoki-2011-01 als:notStated als:date .",
    ),
    Wrong(
        "two that are each a part of the other",
        frozenset({"circle"}),
        "drug:baclofen als:hasComponent drug:tizanidine . drug:tizanidine als:hasComponent drug:baclofen .",
    ),
    Wrong(
        "a day to come",
        frozenset({"to-come"}),
        "claim:s2-056 als:asOf '2205-10-18'^^xsd:date .",
    ),
    Wrong("the ontology", add="als:Drug skos:altLabel 'medicine'@en .", status=403),
)


def quads(turtle: str) -> tuple[ox.Quad, ...]:
    return tuple(ox.parse((PREFIXES + turtle).encode(), format=ox.RdfFormat.TURTLE))


def canonical_hash(kg: KnowledgeGraph) -> str:
    """Of everything in the store: data, derived, history, proposals and state."""
    rows = kg.present.quads.dump(format=ox.RdfFormat.N_QUADS)
    assert isinstance(rows, bytes)
    return hashlib.sha256(b"\n".join(sorted(rows.splitlines()))).hexdigest()


class Curated:
    """A graph of its own, and a client who may publish."""

    def __init__(self, kg: KnowledgeGraph, client: TestClient) -> None:
        self.kg = kg
        self.client = client
        self._references: dict[str, dict[str, Any]] = {}

    @contextmanager
    def untouched(self) -> Iterator[None]:
        """Sees that what is done meanwhile leaves no trace in the store."""
        before = canonical_hash(self.kg)
        yield
        assert canonical_hash(self.kg) == before

    def reference(self, wrong: "Wrong") -> dict[str, Any]:
        """How a wrong change is refused at the first of the doors."""
        if wrong.name not in self._references:
            self._references[wrong.name] = outcome(changes_as_json(self.client, wrong))
        return self._references[wrong.name]


@contextmanager
def curating(settings: Settings) -> Iterator[Curated]:
    # In memory, since all of it is read again and again.
    # However busy the machine is, the first request needn't wait until the shapes are compiled.
    kg = taken_for_sound(KnowledgeGraph.of_files(settings))
    token = Tokens(settings.data_dir).create("ana", [Scope.PUBLISH], None)
    headers = {"Authorization": f"Bearer {token}"}
    with TestClient(build_app(kg), headers=headers, raise_server_exceptions=False) as opened:
        yield Curated(kg, opened)


@pytest.fixture(scope="module")
def curated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Curated]:
    with curating(replace(Settings(), data_dir=tmp_path_factory.mktemp("doors"))) as opened:
        yield opened


@pytest.fixture(scope="module")
def small(ontology_alone: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Curated]:
    """Where looking at everything, as for each change of the ontology, takes no time."""
    with curating(replace(Settings(), root=ontology_alone, data_dir=tmp_path_factory.mktemp("small"))) as opened:
        yield opened


Door = Callable[[TestClient, Wrong], Response]


def changes_as_json(client: TestClient, wrong: Wrong) -> Response:
    return client.post("/changes", json={"message": "wrong", "add": wrong.add, "remove": wrong.remove})


def changes_as_patch(client: TestClient, wrong: Wrong) -> Response:
    patch = patch_text(Patch(quads(wrong.add), quads(wrong.remove)))
    return posted(client, "/changes?message=wrong", patch, "application/rdf-patch")


def posted(client: TestClient, url: str, body: str, media_type: str) -> Response:
    return client.post(url, content=body.encode(), headers={"Content-Type": media_type})


def changes_as_document(format_: ox.RdfFormat) -> Door:
    def door(client: TestClient, wrong: Wrong) -> Response:
        found = quads(wrong.add)
        body = ox.serialize(found if format_.supports_datasets else (q.triple for q in found), format=format_)
        return posted(client, "/changes?message=wrong", (body or b"").decode(), format_.media_type)

    return door


def update(wrong: Wrong) -> str:
    return f"DELETE DATA {{ {data_text(quads(wrong.remove))} }} ; INSERT DATA {{ {data_text(quads(wrong.add))} }}"


def sparql_update(client: TestClient, wrong: Wrong) -> Response:
    return posted(client, "/sparql", update(wrong), "application/sparql-update")


def sparql_form(client: TestClient, wrong: Wrong) -> Response:
    return client.post("/sparql", data={"update": update(wrong)})


def sparql_pattern(client: TestClient, wrong: Wrong) -> Response:
    text = f"DELETE {{ {data_text(quads(wrong.remove))} }} INSERT {{ {data_text(quads(wrong.add))} }} WHERE {{ }}"
    return posted(client, "/sparql", text, "application/sparql-update")


def graph_store_default(client: TestClient, wrong: Wrong) -> Response:
    return posted(client, "/graphs?default", PREFIXES + wrong.add, "text/turtle")


def proposal(client: TestClient, wrong: Wrong) -> Response:
    made = client.post("/changes?propose=true", json={"message": "wrong", "add": wrong.add, "remove": wrong.remove})
    if made.status_code != 202:
        return made
    return client.post(f"{made.headers['Location']}/accept")


DOORS: Mapping[str, Door] = {
    "changes as JSON": changes_as_json,
    "changes as RDF Patch": changes_as_patch,
    "changes as Turtle": changes_as_document(ox.RdfFormat.TURTLE),
    "changes as TriG": changes_as_document(ox.RdfFormat.TRIG),
    "changes as N-Quads": changes_as_document(ox.RdfFormat.N_QUADS),
    "changes as N-Triples": changes_as_document(ox.RdfFormat.N_TRIPLES),
    "changes as JSON-LD": changes_as_document(ox.RdfFormat.JSON_LD),
    "SPARQL Update": sparql_update,
    "SPARQL Update by form": sparql_form,
    "SPARQL Update with WHERE": sparql_pattern,
    "Graph Store Protocol": graph_store_default,
    "an accepted proposal": proposal,
}
ONLY_ADD = {name for name in DOORS if name.startswith("changes as ") and name[11:] not in ("JSON", "RDF Patch")}
ONLY_ADD |= {"Graph Store Protocol"}


def outcome(response: Response) -> dict[str, Any]:
    """What a refusal says, without what differs from one node without a name to the next."""
    body = response.json()
    assert body["status"] == response.status_code
    results = body.get("report", {}).get("results", [])
    return {"status": response.status_code, "results": sorted((nameless(r["node"]["id"]), r["rule"]) for r in results)}


def nameless(node: str) -> str:
    return node if ":" in node else re.sub(".*", "_:", node, count=1)


def can_say(name: str, wrong: Wrong) -> bool:
    """Whether a door has words for a change: some only add, and a blank node in a template is made anew."""
    return not (wrong.remove and name in ONLY_ADD) and (name, wrong.name) != NOT_SAID


NOT_SAID = ("SPARQL Update with WHERE", "a node without a name")


def not_refused_as_it_should_be(curated: Curated, name: str, wrong: Wrong) -> str:
    """What is amiss with how a door answers a wrong change; nothing, where it is refused as at every other one."""
    before, reference = curated.kg.revision, curated.reference(wrong)
    response = DOORS[name](curated.client, wrong)
    is_as_it_should_be = (
        response.headers["content-type"] == "application/problem+json"
        and response.status_code == wrong.status
        and outcome(response) == reference
        and {rule for _, rule in reference["results"]} == wrong.rules
        and curated.kg.revision == before
    )
    return "" if is_as_it_should_be else f"{response.status_code} {response.text[:2_000]}"


@pytest.mark.parametrize("name", DOORS)
def test_each_wrong_change_is_refused_and_leaves_no_trace(curated: Curated, name: str) -> None:
    # A proposal that is refused is kept all the same; see the next test.
    with nullcontext() if name == "an accepted proposal" else curated.untouched():
        tried = {w.name: not_refused_as_it_should_be(curated, name, w) for w in WRONG if can_say(name, w)}
    assert {wrong: amiss for wrong, amiss in tried.items() if amiss} == {}


def test_an_accepted_proposal_that_is_refused_stays_open_and_changes_no_data(curated: Curated) -> None:
    client, wrong = curated.client, WRONG[0]
    made = client.post("/changes?propose=true", json={"message": "wrong", "add": wrong.add})
    with curated.untouched():
        assert client.post(f"{made.headers['Location']}/accept").status_code == 422
    assert client.get(made.headers["Location"]).json()["state"] == "open"


@pytest.mark.parametrize(
    ("graph", "status"),
    [
        (f"{GRAPHS}data/things/symptoms", 422),
        (f"{GRAPHS}data/drugs", 422),
        (f"{GRAPHS}data/unplaced", 422),
        (f"{GRAPHS}data/replaced/more", 422),
        (f"{GRAPHS}data/replacedmore", 422),
        (f"{GRAPHS}data/retracted/seed-001/more", 422),
        (f"{GRAPHS}data/retracted/{'a' * 250}", 422),
        (f"{GRAPHS}data/claims/{'a' * 250}", 422),
        (f"{GRAPHS}data/", 422),
        (f"{GRAPHS}state", 403),
        (f"{GRAPHS}history", 403),
        (f"{GRAPHS}proposals", 403),
        (f"{GRAPHS}ontology/properties", 403),
        (f"{GRAPHS}data/retracted/seed-001", 422),
        (f"{GRAPHS}data/replaced", 422),
        ("http://example.org/graph", 403),
    ],
)
@pytest.mark.parametrize("door", sampled(["changes", "sparql", "graphs", "graphs by PUT"], 1))
def test_a_graph_that_is_no_place_for_it_is_refused_by_every_door_that_names_graphs(
    curated: Curated, door: str, graph: str, status: int
) -> None:
    with curated.untouched():
        response = written_into(curated, door, graph)
    assert response.status_code == status, response.text


def written_into(curated: Curated, door: str, graph: str) -> Response:
    kg, client = curated.kg, curated.client
    body = f"{DRUG} ; rdfs:label 'testol'@en ."
    if door == "changes":
        return client.post("/changes", json={"message": "wrong", "add": f"GRAPH <{graph}> {{ {body} }}"})
    if door == "sparql":
        text = f"{PREFIXES} INSERT DATA {{ GRAPH <{graph}> {{ {body} }} }}"
        return posted(client, "/sparql", text, "application/sparql-update")
    method = "PUT" if door == "graphs by PUT" else "POST"
    headers = {"Content-Type": "text/turtle"}
    if method == "PUT" and graph in set(kg.present.graphs()):
        headers["If-Match"] = f'"{client.get("/health").json()["revision"]}"'
    return client.request(method, "/graphs", params={"graph": graph}, content=PREFIXES + body, headers=headers)


@pytest.mark.parametrize(
    "place", sampled(["more", "classes/more", "classes/drug/more", "vocabularies/more", "mappings/Un-Ii"], 2)
)
def test_no_administrator_writes_an_ontology_that_no_file_holds(small: Curated, place: str) -> None:
    token = Tokens(small.kg.settings.data_dir).create(f"admin-{slug(place)}", [Scope.ADMIN], None)
    body = f"GRAPH <{GRAPHS}ontology/{place}> {{ als:Drug skos:altLabel 'medicine'@en }}"
    wanted = {"message": "wrong", "add": body}
    with small.untouched():
        response = small.client.post("/changes", json=wanted, headers={"Authorization": f"Bearer {token}"})
    assert response.status_code == 422
    assert "no-such-file" in {r["rule"] for r in response.json()["report"]["results"]}


def test_a_dry_run_says_what_would_be_refused_and_leaves_no_trace(curated: Curated) -> None:
    with curated.untouched():
        for wrong in WRONG:
            if wrong.status == 422:
                asked = {"message": "wrong", "add": wrong.add, "remove": wrong.remove}
                response = curated.client.post("/changes?dry_run=true", json=asked)
                assert response.status_code == 200
                assert response.json()["conforms"] is False
                assert {r["rule"] for r in response.json()["report"]["results"]} == wrong.rules


def test_of_changes_at_once_that_give_many_the_same_number_one_passes(curated: Curated) -> None:
    kg = curated.kg
    number, writers = "<https://doi.org/10.1000/at-once>", 5
    ready = threading.Barrier(writers)

    def give(source: int) -> bool:
        change = Changeset("A number.", "ana", quads(f"source:seed-00{source} skos:exactMatch {number} ."))
        ready.wait()
        return commit(kg, change).committed

    with ThreadPoolExecutor(writers) as pool:
        passed = list(pool.map(give, range(writers)))
    assert passed.count(True) == 1
    bearers = subjects(kg.present, f"{SKOS}exactMatch", number.strip("<>"))
    assert bearers == [f"{BASE}sources/seed-00{passed.index(True)}"]
