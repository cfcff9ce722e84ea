"""Each rule on the curated files, broken in every way that it forbids."""

import ast
import inspect
import shutil
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox
import pytest

from alskg import apart, checks, evidence, figures, identity, labels, layout, legible, mapped, rules, spelling
from alskg.checks import RULES, Rule, badly_laid_out, derived_faults, derived_files, faults
from alskg.curated import Curated
from alskg.errors import SourceError
from alskg.faults import Fault
from alskg.files import mapping_files, mappings_of_file, triples_of_file, turtle_files
from alskg.knowledge_graph import published_quads
from alskg.names import ALS, BASE, RDFS, SCHEMA, SKOS
from alskg.store.embedded import EmbeddedStore

from ..extent import sampled

DRUGS = "data/things/drugs.ttl"
PHENOTYPES = "data/things/phenotypes.ttl"
PROPOSITIONS = "data/things/propositions.ttl"
SEED_2 = "data/claims/seed-002.ttl"
UNII = "ontology/mappings/unii.sssom.tsv"
PROPERTIES = "ontology/properties.ttl"
QUESTION = "queries/drugs-for-a-symptom.rq"
RETRACTED = "data/retracted/seed-002.ttl"
REPLACED = "data/replaced.ttl"

BACLOFEN = f"{BASE}drugs/baclofen"
RELIEF = f"{BASE}propositions/baclofen-relieves-muscle-spasticity-03eb7ceb"
NEW = f"{BASE}propositions/new"
TRIED = f"{BASE}propositions/ozanezumab-is-investigated-for-amyotrophic-lateral-sclerosis-0df02bde"
TRIED_SAYS = "ozanezumab is investigated for amyotrophic lateral sclerosis"
DAILY = f"{BASE}propositions/amx0035-has-recommended-dose-amx0035-one-packet-daily-89400f6c"
SPASTICITY = f"{BASE}phenotypes/muscle-spasticity"
FINDINGS, QUANTITIES = "data/things/findings.ttl", "data/things/quantities.ttl"
PHOENIX_NODE = "finding:phoenix-alsfrs-r-week-48"
PHOENIX = f"{BASE}findings/phoenix-alsfrs-r-week-48"

MAPPED = "drug:baclofen\tbaclofen\tskos:exactMatch\tUNII:H789N3FKE8\tBACLOFEN\tsemapv:ManualMappingCuration"
CLASS_MEND = "Add its file under ontology/classes/, or mend the slip."
TARGET_MEND = "Give it a class of ontology/classes/ (`a als:…`)."
ENDS_MEND = "Mend the proposition or the predicate."
FILES_MEND = (
    "A thing belongs in data/things/<collection>.ttl, a source in data/sources.ttl, a claim in "
    "data/claims/<source>.ttl; a class, a list and a mapping table each have their file under ontology/. Leave the "
    "graph out: a triple goes where its subject belongs."
)
MATCH_MEND = (
    "Put it into ontology/mappings/, with how it is known; with a thing stands only its exactMatch with its own "
    "DOI, PMC, PMID, NCT number."
)
LETTERS_MEND = "Write it in plain Latin letters, with Greek ones only where they look like none of these."
SHARED_MEND = "Keep it with one of them; say skos:closeMatch of the other, or merge the two."
SHAPES_MEND = "See docs/data-model.md, section Shapes."


@dataclass(frozen=True)
class Break:
    """One way to break a rule: in `file`, `old` becomes `new` (with no `old`, `new` is added); and what is seen."""

    name: str
    file: str
    old: str
    new: str
    node: str
    kind: str
    what: str
    mend: str
    seen_in: str = ""
    also: tuple[str, ...] = ()
    """Other nodes where it is seen."""

    def do(self, root: Path) -> None:
        file = root / self.file
        if file.is_dir():
            shutil.rmtree(file)
            return
        file.parent.mkdir(exist_ok=True)
        before = file.read_text(encoding="utf-8") if file.exists() else ""
        assert self.old in before, f"{self.file} has changed; the test needs another place to break."
        after = before.replace(self.old, self.new, 1) if self.old else before + self.new
        file.write_text(after, encoding="utf-8", newline="")

    @property
    def fault(self) -> Fault:
        return Fault(self.seen_in or self.file, self.node, self.kind, self.what, self.mend)


TIME = '"2026-07-01T00:00:00Z"^^<http://www.w3.org/2001/XMLSchema#dateTime>'
RECORD = f'prov:invalidatedAtTime {TIME} ; als:retractedBy "ana" ; als:retractionReason "It was a slip."@en'


def retracted_claim(name: str, record: str, source: str = "seed-002") -> str:
    prefixes = f"PREFIX als: <{ALS}> PREFIX prov: <http://www.w3.org/ns/prov#>"
    said_in = f"<http://purl.org/dc/terms/source> <{BASE}sources/{source}>"
    return f"{prefixes} <{BASE}claims/{name}> a als:Claim ; {said_in} ; {record} ."


def replacement(old: str, new: str) -> str:
    return f"<{BASE}drugs/{old}> <http://purl.org/dc/terms/isReplacedBy> <{BASE}drugs/{new}> ."


def proposition(subject: str, predicate: str, object_: str) -> str:
    ends = f"rdf:subject {subject} ; rdf:predicate {predicate} ; rdf:object {object_}"
    return f"proposition:new a als:Proposition ; {ends} ."


SAID_AGAIN = """
claim:s2-900 a als:Claim ; dcterms:source source:seed-002 ; als:certainty certainty:hedged ;
    als:locator "line 2; sentence 2" ; als:polarity polarity:affirms ;
    als:states proposition:amyotrophic-lateral-sclerosis-also-known-as-lou-gehrig-s-disease-47945710 .
"""
ONE_NAME = f"""
<{BASE}people/one> a als:Person ; rdfs:label 'A. One'@en .
<{BASE}people/other> a als:Person ; rdfs:label 'a. One'@en .
"""


def named(name: str) -> str:
    """How a label that names something otherwise is mended."""
    return (
        f"Say {name!r} in it. Where that is a new name, keep the old one as altLabel, or as hiddenLabel where it was a "
        "slip, and give it to nothing else."
    )


WORDED_MEND = (
    "Call it that; of a claim its notation or name may stand before it, with a colon, and 'not: ' after that where it "
    "denies."
)
BY_NAME = {rule.__name__: rule for rule in RULES}

BREAKS: dict[str, tuple[Break, ...]] = {
    "layout": (
        Break(
            "two values on a line",
            DRUGS,
            'a als:Drug ;\n    rdfs:label "baclofen"@en ;',
            'a als:Drug ; rdfs:label "baclofen"@en ;',
            "-",
            "layout",
            "It is not laid out in the house way.",
            "Run `alskg format`.",
        ),
        Break(
            "a value that the store would write otherwise",
            "data/things/quantities.ttl",
            "als:value 1.0 ;",
            "als:value 1.00 ;",
            "-",
            "layout",
            "It is not laid out in the house way.",
            "Run `alskg format`.",
        ),
        Break(
            "line ends of another system",
            DRUGS,
            "drug:baclofen\n",
            "drug:baclofen\r\n",
            "-",
            "layout",
            "It is not laid out in the house way.",
            "Run `alskg format`.",
        ),
        Break(
            "a comment on a line of its own",
            DRUGS,
            "PREFIX",
            "# Drugs\nPREFIX",
            "-",
            "layout",
            "The comment at line 1 would be lost; say it as skos:editorialNote.",
            "Then run `alskg format`.",
        ),
        Break(
            "a comment behind a triple",
            DRUGS,
            "<https://w3id.org/alskg/ontology/>\n",
            "<https://w3id.org/alskg/ontology/> # ours\n",
            "-",
            "layout",
            "The comment at line 1 would be lost; say it as skos:editorialNote.",
            "Then run `alskg format`.",
        ),
        Break(
            "mappings in another order",
            UNII,
            MAPPED,
            "drug:zinc\tzinc\tskos:exactMatch\tUNII:1\tzinc\tsemapv:ManualMappingCuration\t\t\n" + MAPPED,
            "-",
            "layout",
            "It is not laid out in the house way.",
            "Run `alskg format`.",
        ),
    ),
    "stale": (
        Break(
            "a context that was written by hand",
            "ontology/context.jsonld",
            '"@context"',
            '"@contexts"',
            "-",
            "stale",
            "It is not what is derived from the ontology.",
            "Run `alskg derive`.",
        ),
        Break(
            "a field that the context doesn't know",
            "ontology/classes/drug.ttl",
            'sh:name "hasComponent"',
            'sh:name "component"',
            "-",
            "stale",
            "It is not what is derived from the ontology.",
            "Run `alskg derive`.",
            seen_in="ontology/context.jsonld",
        ),
    ),
    "files": (
        Break(
            "a second place for a class",
            "data/drugs.ttl",
            "",
            f"<{BASE}drugs/new> a <{ALS}Drug> .",
            "-",
            "no-such-file",
            "No file of that name belongs to the graph.",
            FILES_MEND,
        ),
        Break(
            "a file beside what was replaced",
            "data/replaced/more.ttl",
            "",
            replacement("old", "baclofen"),
            "-",
            "no-such-file",
            "No file of that name belongs to the graph.",
            FILES_MEND,
        ),
        Break(
            "a file of no class",
            "ontology/classes/durg.ttl",
            "",
            "<https://w3id.org/alskg/ontology/Drug> <http://www.w3.org/2004/02/skos/core#altLabel> 'medicine'@en .",
            "-",
            "no-such-file",
            "No file of that name belongs to the graph.",
            FILES_MEND,
        ),
        Break(
            "a mapping table that isn't one",
            "ontology/mappings/unii.ttl",
            "",
            f"<{BACLOFEN}> <{SKOS}exactMatch> <http://identifiers.org/unii/H789N3FKE8> .",
            "-",
            "no-such-file",
            "No file of that name belongs to the graph.",
            FILES_MEND,
        ),
        Break(
            "a mapping table among the data",
            "data/things/unii.sssom.tsv",
            "",
            "subject_id",
            "-",
            "no-such-file",
            "No file of that name belongs to the graph.",
            FILES_MEND,
        ),
    ),
    "links": (
        Break(
            "a link that a browser would run",
            DRUGS,
            "",
            "drug:baclofen skos:related <javascript:alert(1)> .",
            BACLOFEN,
            "strange-link",
            "related: javascript:alert(1) is no http, https or urn IRI.",
            "Use one that is.",
        ),
        Break(
            "a link to no host",
            DRUGS,
            "",
            "drug:baclofen skos:related <http:///baclofen> .",
            BACLOFEN,
            "strange-link",
            "related: http:///baclofen is no http, https or urn IRI.",
            "Use one that is.",
        ),
        Break(
            "a link without end",
            DRUGS,
            "",
            f"drug:baclofen skos:related <https://example.org/{'a' * 2_000}> .",
            BACLOFEN,
            "strange-link",
            f"related: https://example.org/{'a' * 40}… has 2,020 characters.",
            "Use one of at most 2,000 characters.",
        ),
        Break(
            "a link with what can't be seen",
            DRUGS,
            "",
            "drug:baclofen skos:related <https://example.org/\u200b> .",
            BACLOFEN,
            "strange-link",
            "related: https://example.org/\u200b has the character U+200B.",
            "Write it without.",
        ),
    ),
    "to_come": (
        Break(
            "an as-of date by a slip of the pen",
            SEED_2,
            "",
            'claim:s2-056 als:asOf "2205-10-18"^^<http://www.w3.org/2001/XMLSchema#date> .',
            f"{BASE}claims/s2-056",
            "to-come",
            "asOf: 2205-10-18 is yet to come.",
            "Mend the slip; only a claim that is anticipated is of a later day.",
        ),
        Break(
            "a source of a year to come",
            "data/sources.ttl",
            "",
            'source:seed-002 dcterms:issued "2205"^^xsd:gYear .',
            f"{BASE}sources/seed-002",
            "to-come",
            "issued: 2205 is yet to come.",
            "Mend the slip; only a claim that is anticipated is of a later day.",
        ),
        Break(
            "a source that will be read one day",
            "data/sources.ttl",
            "",
            'source:mondo als:seenOn "2205-10-18"^^xsd:date .',
            f"{BASE}sources/mondo",
            "to-come",
            "seenOn: 2205-10-18 is yet to come.",
            "Mend the slip; only a claim that is anticipated is of a later day.",
        ),
    ),
    "wording": (
        Break(
            "a name in an English of its own",
            DRUGS,
            'rdfs:label "baclofen"@en',
            'rdfs:label "baclofen"@en-GB',
            BACLOFEN,
            "lookalike",
            "label: 'baclofen' is in @en-gb, beside names in @en.",
            "Write it in @en.",
        ),
        Break(
            "a name with two spaces",
            DRUGS,
            "",
            'drug:baclofen skos:altLabel "a  name"@en .',
            BACLOFEN,
            "lookalike",
            "altLabel: 'a  name' has spaces in a row, or of another kind.",
            "Put one plain space between two words.",
        ),
        Break(
            "a name with a letter of another alphabet",
            DRUGS,
            "",
            'drug:baclofen skos:altLabel "b\u0430clofen"@en .',
            BACLOFEN,
            "lookalike",
            "altLabel: 'b\u0430clofen' has '\u0430' (U+0430), which can pass for other letters.",
            LETTERS_MEND,
        ),
        *(
            Break(
                f"a name with {what}",
                DRUGS,
                "",
                f'drug:baclofen skos:altLabel "x{letter}y"@en .',
                BACLOFEN,
                "lookalike",
                f"altLabel: {f'x{letter}y'!r} has {letter!r} (U+{ord(letter):04X}), which can pass for other letters.",
                mend,
            )
            for what, letter, mend in (
                ("a Greek letter that looks Latin", "\u03bf", LETTERS_MEND),
                ("an Armenian letter", "\u0585", LETTERS_MEND),
                ("a mark on a letter that has none", "\u0336", LETTERS_MEND),
                ("a joiner that can't be seen", "\u200d", LETTERS_MEND),
                ("a ligature", "\ufb01", "Write 'fi' in its place."),
                ("a letter of formulas", "\U0001d41b", "Write 'b' in its place."),
                ("the sign for micro", "\u00b5", "Write '\u03bc' in its place."),
                ("another hyphen", "\u2010", LETTERS_MEND),
                ("a digit of another script", "\u0661", LETTERS_MEND),
            )
        ),
        Break(
            "a place of more than a line",
            SEED_2,
            'als:locator "line',
            'als:locator "line\\n',
            f"{BASE}claims/s2-001",
            "unfit-character",
            "locator: the text has the character U+000A, which can't be seen.",
            "Write it without.",
        ),
        Break(
            "a place that is a text",
            SEED_2,
            'als:locator "line',
            f'als:locator "{"line" * 200}',
            f"{BASE}claims/s2-001",
            "too-long",
            f"locator: {('line' * 15)!r}… has 814 characters; at most 500 may be.",
            "Write it in one line; more belongs into another field.",
        ),
        Break(
            "a label of spaces",
            DRUGS,
            'rdfs:label "baclofen"@en',
            'rdfs:label "  "@en',
            BACLOFEN,
            "blank-text",
            "label: the text is blank.",
            "Write something, or leave it out.",
        ),
        Break(
            "spaces around a synonym",
            DRUGS,
            "",
            'drug:baclofen skos:altLabel "Lioresal "@en .',
            BACLOFEN,
            "blank-text",
            "altLabel: there are spaces around 'Lioresal'.",
            "Leave them out.",
        ),
        Break(
            "a control character",
            DRUGS,
            "",
            'drug:baclofen skos:editorialNote "a\\u0000b"@en .',
            BACLOFEN,
            "unfit-character",
            "editorialNote: the text has the character U+0000, which can't be seen.",
            "Write it without.",
        ),
        Break(
            "an order of letters turned round",
            DRUGS,
            "",
            'drug:baclofen skos:editorialNote "a\\u202Eb"@en .',
            BACLOFEN,
            "unfit-character",
            "editorialNote: the text has the character U+202E, which can't be seen.",
            "Write it without.",
        ),
        Break(
            "what is no character",
            DRUGS,
            "",
            'drug:baclofen skos:editorialNote "a\\uFFFFb"@en .',
            BACLOFEN,
            "unfit-character",
            "editorialNote: the text has the character U+FFFF, which can't be seen.",
            "Write it without.",
        ),
        Break(
            "a synonym of two lines",
            DRUGS,
            "",
            'drug:baclofen skos:altLabel "a\\nb"@en .',
            BACLOFEN,
            "unfit-character",
            "altLabel: the text has the character U+000A, which can't be seen.",
            "Write it without.",
        ),
        Break(
            "an accent that is a character of its own",
            DRUGS,
            "",
            'drug:baclofen skos:editorialNote "e\\u0301"@en .',
            BACLOFEN,
            "unfit-character",
            "editorialNote: the text is not in Unicode's form NFC, so what looks the same is not.",
            "Compose its characters.",
        ),
    ),
    "inferences": (
        Break(
            "a source's own word as an inference",
            SEED_2,
            "",
            "<https://w3id.org/alskg/claims/s2-001> als:inferredFrom <https://w3id.org/alskg/claims/s2-002> ; "
            "als:inferenceRule 'So it is.'@en .",
            f"{BASE}claims/s2-001",
            "inference",
            "It is inferred, and so no word of another source.",
            f"Leave als:inferredFrom out; or make it a claim of its own, with the source <{BASE}sources/alskg>.",
        ),
        Break(
            "this graph as a source",
            SEED_2,
            "dcterms:source source:seed-002",
            "dcterms:source source:alskg",
            f"{BASE}claims/s2-001",
            "inference",
            "This graph says nothing by itself; it only infers.",
            "Name the claims with als:inferredFrom, or another source.",
        ),
        Break(
            "an inference by no rule",
            "data/claims/alskg.ttl",
            "    als:inferenceRule ",
            "    skos:editorialNote ",
            f"{BASE}claims/alskg-001",
            "inference",
            "An inference has both als:inferredFrom and als:inferenceRule; of another claim it has neither.",
            "Add the one that is missing, or remove the other.",
        ),
        Break(
            "an inference from itself",
            "data/claims/alskg.ttl",
            "als:inferredFrom\n        claim:s0-012 ,",
            "als:inferredFrom\n        claim:alskg-001 ,",
            f"{BASE}claims/alskg-001",
            "inference",
            f"It is inferred from {BASE}claims/alskg-001, which is inferred itself.",
            "Name the claims that that one is inferred from.",
        ),
    ),
    "matches": (
        Break(
            "an identifier outside of the tables",
            DRUGS,
            "",
            "drug:baclofen skos:closeMatch <http://identifiers.org/unii/H789N3FKE8> .",
            BACLOFEN,
            "match-outside",
            "closeMatch: http://identifiers.org/unii/H789N3FKE8 stands outside of the mapping tables.",
            MATCH_MEND,
        ),
        Break(
            "a source that is like something else than a publication",
            "data/sources.ttl",
            "",
            "source:seed-001 skos:exactMatch <https://example.org/seed> .",
            f"{BASE}sources/seed-001",
            "match-outside",
            "exactMatch: https://example.org/seed stands outside of the mapping tables.",
            MATCH_MEND,
        ),
    ),
    "blank_nodes": (
        Break(
            "a blank object",
            DRUGS,
            "",
            "drug:baclofen skos:related [] .",
            BACLOFEN,
            "blank-node",
            f"A blank node at {SKOS}related.",
            "Give it an IRI.",
        ),
        Break(
            "a blank subject",
            DRUGS,
            "",
            '_:nameless rdfs:label "nameless"@en .',
            "nameless",
            "blank-node",
            f"A blank node at {RDFS}label.",
            "Give it an IRI.",
        ),
    ),
    "undeclared": (
        Break(
            "a slip in a property",
            SEED_2,
            "als:locator",
            "als:locatr",
            f"{BASE}claims/s2-001",
            "undeclared-property",
            f"The property {ALS}locatr is not declared.",
            "Declare it in ontology/properties.ttl, or mend the slip.",
        ),
        Break(
            "a slip in a class",
            DRUGS,
            "drug:baclofen\n    a als:Drug ;",
            "drug:baclofen\n    a als:Durg ;",
            BACLOFEN,
            "undeclared-class",
            f"The class {ALS}Durg is not declared.",
            CLASS_MEND,
        ),
        Break(
            "a class from elsewhere",
            DRUGS,
            "",
            "drug:baclofen a <https://schema.org/Drug> .",
            BACLOFEN,
            "undeclared-class",
            f"The class {SCHEMA}Drug is not declared.",
            CLASS_MEND,
        ),
        Break(
            "a property taken for a class",
            DRUGS,
            "",
            "drug:baclofen a als:relieves .",
            BACLOFEN,
            "undeclared-class",
            f"The class {ALS}relieves is not declared.",
            CLASS_MEND,
        ),
    ),
    "unfitting": (
        Break(
            "a statement without a claim",
            DRUGS,
            "",
            "drug:baclofen als:relieves <https://w3id.org/alskg/phenotypes/muscle-spasticity> .",
            BACLOFEN,
            "unfitting-property",
            "A drug has no property relieves of its own.",
            "State it: a proposition with this subject, predicate and object, and a claim with its source.",
        ),
        Break(
            "a derived property",
            DRUGS,
            "",
            "drug:baclofen als:contested true .",
            BACLOFEN,
            "unfitting-property",
            "A drug has no property contested of its own.",
            "Use one that it has: altLabel, broadMatch, broader, closeMatch, definition, editorialNote, exactMatch, "
            "hasComponent, hiddenLabel, label, narrowMatch, notStated, notation, related, relatedMatch.",
        ),
    ),
    "ill_typed": (
        Break(
            "a decimal that is no number",
            "data/things/quantities.ttl",
            "als:value 1.0 ;",
            'als:value "NaN"^^<http://www.w3.org/2001/XMLSchema#decimal> ;',
            f"{BASE}quantities/1-year",
            "ill-typed",
            "value: 'NaN' is no xsd:decimal.",
            "Write it as that datatype is written.",
        ),
        Break(
            "a day that no month has",
            SEED_2,
            "",
            f'<{BASE}claims/s2-001> als:asOf "2014-13-45"^^<http://www.w3.org/2001/XMLSchema#date> .',
            f"{BASE}claims/s2-001",
            "ill-typed",
            "asOf: '2014-13-45' is no xsd:date.",
            "Write it as that datatype is written.",
        ),
        Break(
            "a day that February never has",
            SEED_2,
            "",
            f'<{BASE}claims/s2-001> als:asOf "2014-02-30"^^<http://www.w3.org/2001/XMLSchema#date> .',
            f"{BASE}claims/s2-001",
            "ill-typed",
            "asOf: '2014-02-30' is no xsd:date.",
            "Write it as that datatype is written.",
        ),
    ),
    "unnamed_terms": (
        Break(
            "a property without a label",
            PROPERTIES,
            '    rdfs:label "relieves"@en ;\n',
            "",
            f"{ALS}relieves",
            "unnamed-term",
            "It has no label.",
            "Add one in English (@en).",
        ),
        Break(
            "a class without a definition",
            "ontology/classes/drug.ttl",
            "    skos:definition ",
            "    skos:altLabel ",
            f"{ALS}Drug",
            "unnamed-term",
            "It has no definition.",
            "Add one in English (@en).",
        ),
        Break(
            "a concept without a definition",
            "ontology/vocabularies/polarities.ttl",
            '    rdfs:label "affirms"@en ;\n    skos:definition ',
            '    rdfs:label "affirms"@en ;\n    skos:altLabel ',
            f"{BASE}vocabularies/polarities/affirms",
            "unnamed-term",
            "It has no definition.",
            "Add one in English (@en).",
        ),
    ),
    "untargeted": (
        Break(
            "a node without a class",
            DRUGS,
            "",
            'drug:nameless rdfs:label "nameless"@en .',
            f"{BASE}drugs/nameless",
            "untargeted",
            "No shape targets this node, so nothing checks it.",
            TARGET_MEND,
        ),
        Break(
            "a node of a class without a collection",
            DRUGS,
            "",
            'drug:any a als:Thing ; rdfs:label "any"@en .',
            f"{BASE}drugs/any",
            "untargeted",
            "Its classes have no collection, so no address leads to it.",
            TARGET_MEND,
        ),
        Break(
            "a certainty of one's own",
            DRUGS,
            "drug:baclofen\n    a als:Drug ;",
            "drug:baclofen\n    a als:Drug , als:Certainty ;",
            BACLOFEN,
            "closed-list",
            f"{ALS}Certainty has its members in the ontology, and no others.",
            TARGET_MEND,
        ),
    ),
    "dangling": (
        Break(
            "a link to nothing",
            DRUGS,
            "",
            "drug:baclofen skos:related drug:bacloven .",
            BACLOFEN,
            "dangling",
            f"related refers to {BASE}drugs/bacloven, which nothing describes.",
            "Describe it, or mend the slip.",
        ),
    ),
    "misplaced": (
        Break(
            "a name in upper case",
            DRUGS,
            "",
            'drug:AMX a als:Drug ; rdfs:label "AMX"@en .',
            f"{BASE}drugs/AMX",
            "misnamed",
            f"A drug is called {BASE}drugs/<lower-case-words>.",
            "Rename it.",
        ),
        Break(
            "a name of another collection",
            DRUGS,
            "",
            'drugclass:one a als:Drug ; rdfs:label "one"@en .',
            f"{BASE}drug-classes/one",
            "misnamed",
            f"A drug is called {BASE}drugs/<lower-case-words>.",
            "Rename it.",
        ),
        Break(
            "a name that no file could bear",
            DRUGS,
            "",
            f"drug:{'a' * 121} a als:Drug .",
            f"{BASE}drugs/{'a' * 121}",
            "misnamed",
            "Its name has 121 characters, too many for a file; at most 120 may be.",
            "Rename it.",
        ),
        Break(
            "a role that has no names of its own",
            DRUGS,
            "",
            'drug:fatigue a als:Symptom ; rdfs:label "fatigue"@en .',
            f"{BASE}drugs/fatigue",
            "misnamed",
            f"A phenotype is called {BASE}phenotypes/<lower-case-words>.",
            "Rename it.",
        ),
        Break(
            "a thing in another collection's file",
            PHENOTYPES,
            "",
            'PREFIX drug: <https://w3id.org/alskg/drugs/> drug:new a als:Drug ; rdfs:label "new"@en .',
            f"{BASE}drugs/new",
            "misplaced",
            "What is said of a drug of that name belongs in data/things/drugs.ttl.",
            "Move it there.",
        ),
        Break(
            "one more word on a thing in another file",
            PHENOTYPES,
            "",
            'PREFIX drug: <https://w3id.org/alskg/drugs/> drug:baclofen skos:altLabel "Lioresal"@en .',
            BACLOFEN,
            "misplaced",
            "What is said of a drug of that name belongs in data/things/drugs.ttl.",
            "Move it there.",
        ),
        Break(
            "a claim in another source's file",
            SEED_2,
            "dcterms:source source:seed-002",
            "dcterms:source source:seed-003",
            f"{BASE}claims/s2-001",
            "misplaced",
            "What is said of a claim of that name belongs in data/claims/seed-003.ttl.",
            "Move it there.",
        ),
    ),
    "propositions": (
        Break(
            "an IRI that says something else",
            PROPOSITIONS,
            "rdf:object phenotype:muscle-spasticity ;\n    rdf:predicate als:relieves ;\n    rdf:subject drug:baclofen",
            "rdf:object phenotype:muscle-weakness ;\n    rdf:predicate als:relieves ;\n    rdf:subject drug:baclofen",
            RELIEF,
            "proposition-iri",
            "Its IRI doesn't follow from its content.",
            f"Call it <{BASE}propositions/baclofen-relieves-muscle-weakness-be790cda>.",
        ),
        Break(
            "a scope that came later",
            PROPOSITIONS,
            "rdf:object phenotype:muscle-spasticity ;\n    rdf:predicate als:relieves ;\n    rdf:subject drug:baclofen",
            'als:scope "at night"@en ;\n    '
            "rdf:object phenotype:muscle-spasticity ;\n    rdf:predicate als:relieves ;\n    rdf:subject drug:baclofen",
            RELIEF,
            "proposition-iri",
            "Its IRI doesn't follow from its content.",
            f"Call it <{BASE}propositions/baclofen-relieves-muscle-spasticity-a2c4ffbf>.",
        ),
        Break(
            "a property that states nothing",
            PROPOSITIONS,
            "",
            proposition("drug:baclofen", "als:locator", "phenotype:muscle-spasticity"),
            NEW,
            "predicate",
            f"{ALS}locator is no als:StatementProperty.",
            "Declare it as one, or use another.",
        ),
        Break(
            "a subject of the wrong class",
            PROPOSITIONS,
            "",
            proposition("phenotype:muscle-spasticity", "als:relieves", "phenotype:muscle-spasticity"),
            NEW,
            "domain-range",
            "The subject of relieves is to be one of Device, Drug, DrugClass, Procedure, Therapy; "
            f"{BASE}phenotypes/muscle-spasticity is not.",
            ENDS_MEND,
        ),
        Break(
            "an object of the wrong class",
            PROPOSITIONS,
            "",
            proposition("drug:baclofen", "als:relieves", "drug:baclofen"),
            NEW,
            "domain-range",
            f"The object of relieves is to be one of Symptom; {BACLOFEN} is not.",
            ENDS_MEND,
        ),
        Break(
            "a thing and itself",
            PROPOSITIONS,
            "",
            proposition("drug:baclofen", "als:differsFrom", "drug:baclofen"),
            NEW,
            "of-itself",
            f"It says of {BACLOFEN} that it differs from itself.",
            "Mend its subject or its object.",
        ),
        Break(
            "words where a thing belongs",
            PROPOSITIONS,
            "",
            proposition("drug:baclofen", "als:relieves", '"muscle spasticity"@en'),
            NEW,
            "domain-range",
            "The object of relieves is to be one of Symptom; muscle spasticity is not.",
            ENDS_MEND,
        ),
    ),
    "unsupported": (
        Break(
            "a proposition that nobody states",
            PROPOSITIONS,
            "",
            proposition("drug:baclofen", "als:relieves", "phenotype:muscle-spasticity"),
            NEW,
            "unsupported",
            "No claim states this proposition.",
            "Add a claim with its source, or remove it.",
        ),
        Break(
            "a claim without a source",
            SEED_2,
            "    dcterms:source source:seed-002 ;\n",
            "",
            f"{BASE}claims/s2-001",
            "no-source",
            "The claim has no source.",
            "Say with dcterms:source where it stands.",
        ),
    ),
    "undefined": (
        Break(
            "a thing that nobody explains",
            DRUGS,
            "",
            'drug:new a als:Drug ; rdfs:label "new"@en .',
            f"{BASE}drugs/new",
            "undefined",
            "A drug needs a definition, which says what it is.",
            "Add skos:definition, in English (@en).",
        ),
        Break(
            "a label that is said again",
            DRUGS,
            "",
            'drug:new a als:Drug ; rdfs:label "a new drug"@en ; skos:definition "A new drug."@en .',
            f"{BASE}drugs/new",
            "undefined",
            "Its definition only says its label again.",
            "Say what it is.",
        ),
    ),
    "namesakes": (
        Break(
            "a label that another bears",
            "data/things/people.ttl",
            "",
            ONE_NAME,
            f"{BASE}people/one",
            "shared-name",
            f"{BASE}people/other is called 'A. One', too.",
            "Give one of them another label, or merge the two.",
            also=(f"{BASE}people/other",),
        ),
        Break(
            "another's label as a synonym",
            "data/things/people.ttl",
            "",
            ONE_NAME.replace("rdfs:label 'a. One'@en", "rdfs:label 'A. Other'@en ; skos:altLabel 'A. One'@en"),
            f"{BASE}people/one",
            "shared-name",
            f"{BASE}people/other is called 'A. One', too.",
            "Leave the synonym out; or tie the two by skos:related or skos:broader, or merge them.",
            also=(f"{BASE}people/other",),
        ),
    ),
    "numbered": (
        Break(
            "a number of two claims",
            SEED_2,
            'skos:notation "S2-002"',
            'skos:notation "S2-001"',
            f"{BASE}claims/s2-002",
            "shared-number",
            f"Its number S2-001 is that of {BASE}claims/s2-001, too.",
            "Give it a number of its own, or none.",
            also=(f"{BASE}claims/s2-001",),
        ),
    ),
    "of_two_works": (
        Break(
            "a source with the numbers of two works",
            "data/sources.ttl",
            "",
            "source:bensimon-1994 skos:exactMatch <http://www.ncbi.nlm.nih.gov/pubmed/1> .",
            f"{BASE}sources/bensimon-1994",
            "two-works",
            "Its PMID is http://www.ncbi.nlm.nih.gov/pubmed/1 and http://www.ncbi.nlm.nih.gov/pubmed/8302340.",
            "Keep its own; another work is a source of its own.",
        ),
    ),
    "said_twice": (
        Break(
            "a claim that is there under another name",
            SEED_2,
            "",
            SAID_AGAIN,
            f"{BASE}claims/s2-900",
            "said-twice",
            f"{BASE}claims/s2-001 says or denies this already, from the same source and the same place in it.",
            "One is enough: leave the other out, or retract it, and correct the one that stays; where the source says "
            "it twice, als:locator tells the places apart.",
            also=(f"{BASE}claims/s2-001",),
        ),
    ),
    "two_at_one_address": (
        Break(
            "a rule by the name of a rule of another kind",
            "data/things/dosing-rules.ttl",
            "",
            f"<{BASE}stop-rules/amx0035-one-packet-daily> a als:StopRule .",
            f"{BASE}stop-rules/amx0035-one-packet-daily",
            "shared-address",
            f"At /rules/amx0035-one-packet-daily stands {BASE}dosing-rules/amx0035-one-packet-daily, too.",
            "Give one of the two another name.",
            also=(f"{BASE}dosing-rules/amx0035-one-packet-daily",),
        ),
    ),
    "called_otherwise": (
        *(
            Break(
                name,
                DRUGS,
                'rdfs:label "ozanezumab"@en ;',
                f'rdfs:label "other"@en ;{more}',
                TRIED,
                "called-otherwise",
                f"Its label is {TRIED_SAYS!r}, and its subject {BASE}drugs/ozanezumab is not called so.",
                named("other"),
                seen_in=PROPOSITIONS,
            )
            for name, more in (
                ("a thing by another name than stands in what is said of it", ""),
                (
                    "a name that passes to another thing, and helps to find the first",
                    ' skos:hiddenLabel "ozanezumab"@en . drug:new skos:altLabel "Ozanezumab"@en . drug:ozanezumab',
                ),
            )
        ),
        Break(
            "a proposition by a name that is about something else",
            PROPOSITIONS,
            'rdfs:label "baclofen relieves muscle spasticity"@en ;',
            'rdfs:label "baclofen relieves drooling"@en ;',
            RELIEF,
            "called-otherwise",
            f"Its label is 'baclofen relieves drooling', and its object {SPASTICITY} is not called so.",
            named("muscle spasticity"),
        ),
        Break(
            "a proposition by another verb",
            PROPOSITIONS,
            'rdfs:label "baclofen relieves muscle spasticity"@en ;',
            'rdfs:label "baclofen worsens muscle spasticity"@en ;',
            RELIEF,
            "called-otherwise",
            f"Its label is 'baclofen worsens muscle spasticity', and its predicate {ALS}relieves is not called so.",
            named("relieves"),
        ),
        *(
            Break(
                f"a claim that is called {label!r}",
                SEED_2,
                'rdfs:label "S2-056: baclofen relieves muscle spasticity"@en ;',
                f'rdfs:label "{label}"@en ;',
                f"{BASE}claims/s2-056",
                "called-otherwise",
                f"Its label is {label!r}, which is not, by whatever names, 'baclofen relieves muscle spasticity'.",
                WORDED_MEND,
            )
            for label in (
                "S2-056: baclofen never relieves muscle spasticity",
                "S2-056: muscle spasticity relieves baclofen",
                "S2-056: not: baclofen relieves muscle spasticity",
                "refuted: baclofen relieves muscle spasticity",
            )
        ),
    ),
    "in_a_circle": (
        Break(
            "two that are each broader than the other",
            DRUGS,
            "",
            "drug:baclofen skos:broader drug:tizanidine . drug:tizanidine skos:broader drug:baclofen .",
            BACLOFEN,
            "circle",
            f"broader leads from it to {BASE}drugs/tizanidine, and from there back to it.",
            "Leave out one of the steps.",
            also=(f"{BASE}drugs/tizanidine",),
        ),
        *(
            Break(
                f"a circle of {property_}",
                file,
                "",
                f"<{BASE}{one}> {property_} <{BASE}{other}> . <{BASE}{other}> {property_} <{BASE}{one}> .",
                f"{BASE}{one}",
                "circle",
                f"{property_.partition(':')[2]} leads from it to {BASE}{other}, and from there back to it.",
                "Leave out one of the steps.",
                also=(f"{BASE}{other}",),
            )
            for property_, file, one, other in (
                ("als:hasComponent", DRUGS, "drugs/baclofen", "drugs/tizanidine"),
                ("als:supersededBy", SEED_2, "claims/s2-001", "claims/s2-002"),
                ("als:extensionOf", "data/things/studies.ttl", "studies/adore", "studies/atlas"),
            )
        ),
    ),
    "of_itself": (
        Break(
            "a drug broader than itself",
            DRUGS,
            "",
            "drug:baclofen skos:broader drug:baclofen .",
            BACLOFEN,
            "of-itself",
            "broader leads from it to itself.",
            "Leave it out, or mend the slip.",
        ),
    ),
    "unstated": (
        Break(
            "a finding that nobody states",
            "data/things/findings.ttl",
            "",
            "finding:new a als:Finding .",
            f"{BASE}findings/new",
            "unstated",
            "A finding is what a source says, and no proposition says it by found.",
            "Say it with its claim in one change, as POST /claims does where `object` describes it; or remove it with "
            "the claim that goes.",
        ),
    ),
    "unaffirmed": (
        Break(
            "a dose that its source denies",
            "data/claims/us-label-amx0035.ttl",
            "affirms ;\n    als:states proposition:amx0035-has-recommended-dose-amx0035-one-packet-daily-89400f6c",
            "denies ;\n    als:states proposition:amx0035-has-recommended-dose-amx0035-one-packet-daily-89400f6c",
            f"{BASE}dosing-rules/amx0035-one-packet-daily",
            "unaffirmed",
            f"A dosing rule rests on what a claim affirms, and none affirms {DAILY}.",
            "Name a proposition that a source affirms; what a source advises against is a contraindication.",
            seen_in="data/things/dosing-rules.ttl",
        ),
    ),
    "ungrounded": (
        Break(
            "a rule that rests on another drug's relief",
            "data/things/interactions.ttl",
            "",
            f"interaction:new a als:Interaction ; als:drug drug:riluzole ; als:restsOn <{RELIEF}> .",
            f"{BASE}interactions/new",
            "ungrounded",
            f"It restsOn {RELIEF}, which is about nothing that it names.",
            "Name one on its own drug or another of its ends; or state what it rests on, with its source.",
        ),
    ),
    "circles": (
        Break(
            "a class above itself",
            "ontology/classes/drug.ttl",
            "",
            "als:Drug rdfs:subClassOf als:Drug .",
            f"{BASE}ontology/Drug",
            "circle",
            "subClassOf leads from it back to itself.",
            "Leave out one of the steps.",
        ),
    ),
    "at_odds": (
        Break(
            "a finding of another study",
            PROPOSITIONS,
            "",
            f"proposition:new rdf:subject drug:baclofen ; rdf:predicate als:found ; rdf:object <{PHOENIX}> .",
            NEW,
            "at-odds",
            f"{PHOENIX} has {BASE}studies/phoenix as its study, and not the subject.",
            "Mend one of the two.",
        ),
    ),
    "out_of_scope": (
        Break(
            "an authority that decides in another area",
            "data/claims/chmp-opinion-on-albrioza.ttl",
            "als:authority authority:european-medicines-agency",
            f"als:authority <{BASE}authorities/health-canada>",
            f"{BASE}claims/chmp-opinion-on-albrioza-01",
            "out-of-scope",
            f"{BASE}authorities/health-canada has {BASE}jurisdictions/canada as its jurisdiction, and what is stated "
            f"holds within {BASE}jurisdictions/european-union.",
            "Mend the one that is wrong.",
        ),
        Break(
            "a standing where there is none of its kind",
            PROPOSITIONS,
            "",
            f"proposition:new a als:Proposition ; rdf:object <{BASE}vocabularies/regulatory-statuses/fda-approved> ; "
            f"als:jurisdiction <{BASE}jurisdictions/canada> .",
            NEW,
            "out-of-scope",
            f"There is {BASE}vocabularies/regulatory-statuses/fda-approved only within "
            f"{BASE}jurisdictions/united-states, and not within {BASE}jurisdictions/canada.",
            "Name another standing, or where it holds.",
        ),
    ),
    "ahead_of_its_source": (
        Break(
            "an event after the day of its source",
            "data/sources.ttl",
            "",
            "source:chmp-opinion-on-albrioza dcterms:issued '2022' .",
            f"{BASE}claims/chmp-opinion-on-albrioza-01",
            "ahead-of-source",
            "It tells of 2023-06-23, and its source is of 2022.",
            "Mend the day or the source; where the source was written anew since, say so with dcterms:modified.",
            seen_in="data/claims/chmp-opinion-on-albrioza.ttl",
            also=(f"{BASE}claims/chmp-opinion-on-albrioza-02",),
        ),
    ),
    "out_of_bounds": (
        Break(
            "people in hundredths",
            FINDINGS,
            "",
            f"{PHOENIX_NODE} als:participants quantity:12-percent .",
            PHOENIX,
            "other-kind",
            f"participants is told in units of people; {BASE}quantities/12-percent is in percent.",
            "Name a quantity of that kind, or use another property.",
        ),
        Break(
            "more than all people",
            FINDINGS,
            "",
            f"{PHOENIX_NODE} als:comparatorIncidence quantity:test . quantity:test a als:Quantity ; als:unit "
            f"<{BASE}vocabularies/units/percent> ; als:value 120.0 .",
            PHOENIX,
            "out-of-bounds",
            f"{BASE}quantities/test has 120; as comparatorIncidence a number is at least 0 and at most 100.",
            "Mend the number or its unit, or use another property.",
        ),
    ),
    "impossible": (
        Break(
            "a share that its own counts deny",
            QUANTITIES,
            "als:value 75.0",
            "als:value 74.9",
            f"{BASE}quantities/12-of-16-patients",
            "out-of-bounds",
            "12 of 16 is 75.0 %, and its value is 74.9.",
            "Mend the one that is wrong.",
        ),
        Break(
            "less than nobody",
            QUANTITIES,
            "",
            "quantity:test a als:Quantity ; als:unit unit:participant ; als:value -3.0 .",
            f"{BASE}quantities/test",
            "out-of-bounds",
            f"{BASE}quantities/test has -3; as people a number is at least 0.",
            "Mend the number or its unit, or use another property.",
        ),
    ),
    "misnumbered": (
        Break(
            "a label that says another number",
            QUANTITIES,
            '"12 %"@en',
            '"13 %"@en',
            f"{BASE}quantities/12-percent",
            "misnumbered",
            "It is called '13 %', and 13 is none of its numbers.",
            "Mend one of the two. The words of a source, with figures of other kinds, are its verbalValue.",
        ),
        Break(
            "a label with another unit",
            QUANTITIES,
            '"12 %"@en',
            '"12 mg"@en',
            f"{BASE}quantities/12-percent",
            "misnumbered",
            "It is called '12 mg', and 'mg' is not what its unit is called.",
            "Write percent or %. The words of a source, with figures of other kinds, are its verbalValue.",
        ),
        Break(
            "a label that leaves out the number",
            QUANTITIES,
            "",
            "quantity:test a als:Quantity ; rdfs:label '95 % CI'@en ; als:unit unit:point ; als:value 3.0 ; "
            "als:intervalLevel 95.0 .",
            f"{BASE}quantities/test",
            "misnumbered",
            "Its label '95 % CI' leaves out 3.",
            "Say the number in the label, or no number at all.",
        ),
    ),
    "incomplete": (
        Break(
            "an event without its day",
            PROPOSITIONS,
            "",
            f"proposition:new rdf:predicate als:hasRegulatoryEvent . "
            f"<{BASE}claims/new> a als:Claim ; als:states proposition:new .",
            f"{BASE}claims/new",
            "incomplete",
            "A claim by hasRegulatoryEvent bears date.",
            "Add als:date; where the source leaves it open, say als:notStated als:date.",
            seen_in=PROPOSITIONS,
        ),
    ),
    "retracted": (
        Break(
            "a claim without a record",
            RETRACTED,
            "",
            retracted_claim("s2-900", f"prov:invalidatedAtTime {TIME}"),
            f"{BASE}claims/s2-900",
            "retracted",
            "It was retracted without retractedBy, retractionReason.",
            "Say when, by whom and why; `alskg change retract` does.",
        ),
        Break(
            "a claim that is live",
            RETRACTED,
            "",
            retracted_claim("s2-001", RECORD),
            f"{BASE}claims/s2-001",
            "retracted",
            "It is retracted and live.",
            "Keep one: revert the retraction, or rename the live claim.",
        ),
        Break(
            "a thing",
            RETRACTED,
            "",
            f"<{BASE}drugs/gone> a <{ALS}Drug> .",
            f"{BASE}drugs/gone",
            "retracted",
            "It is no claim and no proposition, and only they are retracted.",
            "Remove it from here.",
        ),
        Break(
            "what another source said",
            RETRACTED,
            "",
            retracted_claim("s2-900", RECORD, "seed-003"),
            f"{BASE}claims/s2-900",
            "retracted",
            "What its source said and was taken back belongs in data/retracted/seed-003.ttl.",
            "Move it there.",
        ),
        Break(
            "what no source said",
            RETRACTED,
            "",
            retracted_claim("s2-900", RECORD).replace("dc/terms/source", "dc/terms/title"),
            f"{BASE}claims/s2-900",
            "retracted",
            "What its source said and was taken back belongs in data/retracted/without-source.ttl.",
            "Move it there.",
        ),
        Break(
            "a name in upper case",
            RETRACTED,
            "",
            retracted_claim("S2-900", RECORD),
            f"{BASE}claims/S2-900",
            "retracted",
            "Nothing can be called so.",
            "Rename it.",
        ),
        Break(
            "a reason that turns round",
            RETRACTED,
            "",
            retracted_claim("s2-900", RECORD.replace("It was", "It\\u202Ewas")),
            f"{BASE}claims/s2-900",
            "unfit-character",
            "retractionReason: the text has the character U+202E, which can't be seen.",
            "Write it without.",
        ),
    ),
    "replaced": (
        Break(
            "another word",
            REPLACED,
            "",
            f'<{BASE}drugs/old> <{RDFS}label> "old"@en .',
            f"{BASE}drugs/old",
            "replaced",
            "label is nothing to say of what was replaced.",
            "Only dcterms:isReplacedBy stands here.",
        ),
        Break(
            "a thing that is live",
            REPLACED,
            "",
            replacement("baclofen", "riluzole"),
            BACLOFEN,
            "replaced",
            "It is replaced and live.",
            "Keep one of the two.",
        ),
        Break(
            "a name that nothing could bear",
            REPLACED,
            "",
            replacement("Old", "baclofen"),
            f"{BASE}drugs/Old",
            "replaced",
            "Nothing was ever called so: no address could lead on.",
            "Remove it.",
        ),
        Break(
            "two successors",
            REPLACED,
            "",
            f"{replacement('old', 'baclofen')} {replacement('old', 'riluzole')}",
            f"{BASE}drugs/old",
            "replaced",
            "It is replaced by more than one.",
            "Keep one of them.",
        ),
        Break(
            "a slip in the successor",
            REPLACED,
            "",
            replacement("old", "bacloven"),
            f"{BASE}drugs/old",
            "replaced",
            f"It is replaced by {BASE}drugs/bacloven, which leads to nothing.",
            "Mend the slip.",
        ),
        Break(
            "a circle",
            REPLACED,
            "",
            replacement("old", "old"),
            f"{BASE}drugs/old",
            "replaced",
            f"It is replaced by {BASE}drugs/old, which leads to nothing.",
            "Mend the slip.",
        ),
    ),
    "mappings": (
        Break(
            "a mapping that stands twice",
            UNII,
            MAPPED,
            MAPPED + "\t\tAgain.\n" + MAPPED,
            "drug:baclofen",
            "mapping",
            "drug:baclofen skos:exactMatch UNII:H789N3FKE8 stands twice.",
            "Keep one of the rows.",
        ),
        Break(
            "an undeclared prefix",
            UNII,
            "UNII:H789N3FKE8",
            "UNNI:H789N3FKE8",
            "drug:baclofen",
            "mapping",
            "The prefix of 'UNNI:H789N3FKE8' is not declared in ontology/prefixes.ttl.",
            "Declare it, or mend the slip.",
        ),
        Break(
            "no CURIE",
            UNII,
            "UNII:H789N3FKE8",
            "H789N3FKE8",
            "drug:baclofen",
            "mapping",
            "The prefix of 'H789N3FKE8' is not declared in ontology/prefixes.ttl.",
            "Declare it, or mend the slip.",
        ),
        Break(
            "an identifier that no IRI can hold",
            UNII,
            "UNII:H789N3FKE8",
            "UNII:H789 N3FKE8",
            "drug:baclofen",
            "mapping",
            "'UNII:H789 N3FKE8' makes no IRI: Invalid IRI code point ' '.",
            "Declare it, or mend the slip.",
        ),
        Break(
            "a thing that there is not",
            UNII,
            "drug:baclofen\tbaclofen",
            "drug:bacloven\tbaclofen",
            "drug:bacloven",
            "mapping",
            "There is no such thing.",
            "Mend the slip.",
        ),
        Break(
            "another label than the thing's",
            UNII,
            "drug:baclofen\tbaclofen",
            "drug:baclofen\tBaclofen",
            "drug:baclofen",
            "mapping",
            "Its label is 'baclofen', not 'Baclofen'.",
            "Mend subject_label.",
        ),
        Break(
            "an identifier that a source bears, too",
            "data/sources.ttl",
            "",
            "source:seed-001 skos:exactMatch <http://identifiers.org/unii/H789N3FKE8> .",
            "drug:baclofen",
            "shared-identifier",
            f"UNII:H789N3FKE8 is what {BASE}sources/seed-001 is called, too.",
            SHARED_MEND,
            seen_in=UNII,
        ),
        Break(
            "a predicate that is no match",
            UNII,
            MAPPED,
            MAPPED.replace("skos:exactMatch", "skos:broader"),
            "drug:baclofen",
            "mapping",
            "skos:broader is no SKOS match.",
            "Use skos:exactMatch, closeMatch and the like.",
        ),
    ),
    "questions": (
        Break(
            "a folder that was left out",
            "queries",
            "",
            "",
            "-",
            "question",
            "There is no question here.",
            "Bring back the folder queries/.",
        ),
        Break(
            "a header that isn't known",
            QUESTION,
            "#+ tags =",
            "#+ tag =",
            "-",
            "question",
            "unknown key 'tag' in the #+ header; there is title, question, tags, audience, cost, parameters, answers, "
            "panel, counted, address.",
            "Mend it there.",
        ),
        Break(
            "an address that is a collection's",
            "queries/evidence-summary.rq",
            '#+ address = "evidence"',
            '#+ address = "drugs"',
            "-",
            "question",
            "'address' 'drugs' is that of a collection.",
            "Choose another word.",
        ),
        Break(
            "a class that isn't declared",
            QUESTION,
            '#+ class = "Symptom"',
            '#+ class = "Symtom"',
            "symptom",
            "question",
            "There is no class 'Symtom'.",
            "There is Symptom.",
        ),
        Break(
            "a list that isn't declared",
            "queries/approved-as-of.rq",
            '#+ vocabulary = "regulatory-statuses"',
            '#+ vocabulary = "regulatory-status"',
            "status",
            "question",
            "There is no vocabulary 'regulatory-status'.",
            "There is regulatory-statuses.",
        ),
    ),
    "shacl": (
        Break(
            "a thing without a label",
            "data/things/new.ttl",
            "",
            "<https://w3id.org/alskg/drugs/new> a <https://w3id.org/alskg/ontology/Drug> .",
            f"{BASE}drugs/new",
            "shacl",
            f"“{BASE}drugs/new”: label is missing.",
            "Add it.",
        ),
        Break(
            "a shape that isn't written by the rules",
            "ontology/classes/drug.ttl",
            '    sh:name "hasComponent" ;\n',
            "",
            f"{ALS}Drug-hasComponent",
            "shape-authoring",
            "It has no sh:name, which is the key in JSON.",
            SHAPES_MEND,
        ),
    ),
}

MODULES = (apart, checks, evidence, figures, identity, labels, layout, legible, mapped, rules, spelling)
CASES = [
    pytest.param(BY_NAME[name], case, id=f"{name}: {case.name}") for name, cases in BREAKS.items() for case in cases
]


SPARED: dict[str, tuple[str, ...]] = {
    "layout": ("data", "ontology/mappings", "ontology/vocabularies", PROPERTIES),
    "shacl": ("data", "ontology/mappings"),
}
"""Over the whole these rules take seconds; this is what they do without in a test, but for the file that is broken."""


def spare(root: Path, rule: Rule, broken: str) -> None:
    for name in SPARED.get(rule.__name__, ()):
        for file in [root / name] if (root / name).is_file() else (root / name).rglob("*.*"):
            if file.relative_to(root).as_posix() != broken:
                file.unlink()


@pytest.fixture(scope="module")
def sound(pristine: Path) -> Curated:
    return Curated.read(pristine)


def read_again(root: Path, sound: Curated) -> Curated:
    """What `Curated.read` would read; of a file that is as it was copied, what was read of that one."""

    def origin(file: Path) -> Path | None:
        same = sound.root / file.relative_to(root)
        return same if same.exists() and file.read_bytes() == same.read_bytes() else None

    files = {file: origin(file) for file in turtle_files(root)}
    tables = {file: origin(file) for file in mapping_files(root)}
    return Curated(
        root,
        {file: sound.files[same] if same else tuple(triples_of_file(file, root)) for file, same in files.items()},
        {file: sound.mappings[same] if same else tuple(mappings_of_file(file, root)) for file, same in tables.items()},
    )


@pytest.mark.parametrize(("rule", "case"), sampled(CASES, 80))
def test_a_rule_bites(rule: Rule, case: Break, root: Path, sound: Curated) -> None:
    case.do(root)
    spare(root, rule, case.file)
    seen = set(rule(read_again(root, sound)))
    assert case.fault in seen
    both = {case.node, *case.also}
    assert {(fault.node, fault.rule) for fault in seen if fault.rule == case.kind} == {
        (node, case.kind) for node in both
    }


def test_every_rule_has_a_case_that_breaks_it() -> None:
    assert set(BREAKS) == set(BY_NAME), "Add a row to BREAKS for each rule."


def test_every_kind_of_fault_has_a_case() -> None:
    modules = (ast.parse(inspect.getsource(module)) for module in MODULES)
    calls = (node for module in modules for node in ast.walk(module) if isinstance(node, ast.Call))
    made = [call.args[2] for call in calls if isinstance(call.func, ast.Name) and call.func.id == "Fault"]
    kinds = {str(kind.value) for kind in made if isinstance(kind, ast.Constant)}
    seen = {case.kind for cases in BREAKS.values() for case in cases}
    assert kinds == seen | {"readable", "derived"}, "Add a row to BREAKS for each kind of fault."


def test_all_rules_are_asked_and_their_faults_sorted(bare: Path) -> None:
    asked = []
    drugs = bare / DRUGS
    drugs.parent.mkdir(parents=True)
    drugs.write_text(f'<{BACLOFEN}> <{RDFS}label> "baclofen"@en ; <{SKOS}related> <{BASE}drugs/none> .\n')
    found = faults(bare, lambda done, total, name: asked.append((done, total, name)))
    assert asked == [(number, len(RULES), rule.__name__) for number, rule in enumerate(RULES)]
    assert [fault.rule for fault in found] == ["layout", "dangling", "untargeted", "question"]
    assert found == sorted(found)


@pytest.mark.parametrize(
    "more",
    [
        "<{people}one> skos:altLabel 'Same'@en . <{people}other> skos:altLabel 'Same'@en .",
        "<{people}one> skos:altLabel 'A. Other'@en ; skos:related <{people}other> .",
        "<{people}one> skos:altLabel 'A. Other'@en . <{people}other> skos:broader <{people}one> .",
        "<{people}one> skos:hiddenLabel 'A. Other'@en .",
        f"<{BASE}drugs/other> a als:Drug ; rdfs:label 'A. One'@en .",
        f"<{BASE}quantities/a> a als:Quantity ; rdfs:label 'A'@en . "
        f"<{BASE}quantities/b> a als:Quantity ; rdfs:label 'A'@en .",
    ],
    ids=[
        "a synonym of two",
        "a synonym of what is related",
        "a synonym of what is narrower",
        "a hidden label",
        "a label of another class",
        "a label of what is told by its fields",
    ],
)
def test_a_word_may_be_of_two_where_it_leads_nobody_astray(bare: Path, more: str) -> None:
    people = bare / "data/things/people.ttl"
    people.parent.mkdir(parents=True)
    two = f"PREFIX als: <{ALS}> PREFIX rdfs: <{RDFS}> PREFIX skos: <{SKOS}> {ONE_NAME.replace('a. One', 'A. Other')}"
    people.write_text(two + more.replace("{people}", f"{BASE}people/"))
    assert list(BY_NAME["namesakes"](Curated.read(bare))) == []


@pytest.mark.parametrize(
    "said",
    [
        '"2014-02-28"^^xsd:date',
        '"2016-02-29"^^xsd:date',
        '"-0044-03-15"^^xsd:date',
        '"2014-04-09T12:00:00Z"^^xsd:dateTime',
        '"2014-04"^^xsd:gYearMonth',
    ],
)
def test_a_day_of_the_calendar_is_one(bare: Path, said: str) -> None:
    (bare / "data/claims").mkdir(parents=True)
    text = f"PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> <{BASE}claims/new> <{ALS}asOf> {said} ."
    (bare / SEED_2).write_text(text)
    assert list(BY_NAME["ill_typed"](Curated.read(bare))) == []


@pytest.mark.parametrize("more", ["als:date '2014'", "als:notStated als:date"])
def test_a_claim_that_says_what_its_source_leaves_open_is_complete(bare: Path, more: str) -> None:
    (bare / "data/claims").mkdir(parents=True)
    stated = f"<{NEW}> <http://www.w3.org/1999/02/22-rdf-syntax-ns#predicate> als:hasRegulatoryEvent ."
    text = f"PREFIX als: <{ALS}> {stated} <{BASE}claims/new> a als:Claim ; als:states <{NEW}> ; {more} ."
    (bare / SEED_2).write_text(text)
    assert list(BY_NAME["incomplete"](Curated.read(bare))) == []


def test_a_fault_reads_as_one_line() -> None:
    fault = Fault("data/x.ttl", "drug:x", "some-rule", "It is wrong.", "Mend it.")
    assert str(fault) == "data/x.ttl: drug:x: It is wrong. Mend it. [some-rule]"


@pytest.mark.parametrize(
    ("file", "text", "what"),
    [
        (DRUGS, "PREFIX a: <b:c>\n\na:b a:c\n", "Parser error at line 4 column 1: "),
        (DRUGS, "drug:x a drug:y .\n", "Parser error at line 1 between columns 1 and 7: The prefix drug: has not been"),
        (UNII, "subject_id\tsubject_label\tpredicate_id\tobject_id\n", "the column mapping_justification is missing"),
    ],
    ids=["a sentence that isn't ended", "an undeclared prefix", "a table that lacks a column"],
)
def test_a_file_that_cant_be_read_is_the_only_fault(file: str, text: str, what: str, root: Path) -> None:
    (root / file).write_text(text)
    (fault,) = faults(root)
    assert (fault.file, fault.node, fault.rule) == (file, "-", "readable")
    assert fault.what.startswith(what)
    assert fault.mend == "Mend it first; nothing else was checked."


def test_an_ontology_that_lacks_what_the_program_needs_is_the_only_fault(root: Path) -> None:
    drug = root / "ontology/classes/drug.ttl"
    drug.write_text(drug.read_text().replace("sh:path als:hasComponent ;", ""))
    (fault,) = faults(root)
    assert (fault.file, fault.rule) == ("ontology", "readable")
    assert fault.what.startswith(f"{ALS}Drug-hasComponent has no sh:path that is a single property")


def test_what_is_not_laid_out_is_returned_as_it_should_be(bare: Path) -> None:
    drug = bare / "ontology/classes/drug.ttl"
    before = drug.read_text()
    drug.write_text(before.replace("\n    ", " "))
    assert badly_laid_out(bare) == {drug: before}
    drug.write_bytes(b"\xef\xbb\xbf" + before.encode())
    assert badly_laid_out(bare) == {drug: before}


def test_a_comment_is_refused_with_the_name_of_its_file(bare: Path) -> None:
    drug = bare / "ontology/classes/drug.ttl"
    drug.write_text("# A class\n" + drug.read_text())
    with pytest.raises(SourceError, match=r"^ontology/classes/drug\.ttl: The comment at line 1 would be lost"):
        badly_laid_out(bare)


def test_what_is_derived_is_what_is_committed(pristine: Path) -> None:
    names = ("ontology/context.jsonld", "ontology/VOCABULARY.md")
    assert derived_files(pristine) == {pristine / name: (pristine / name).read_text() for name in names}


@pytest.fixture
def relief(bare: Path) -> Path:
    """The ontology and one claim: baclofen relieves muscle spasticity."""
    text = f"""
    PREFIX als: <{ALS}>
    PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
    <{RELIEF}> a als:Proposition ; rdf:subject <{BACLOFEN}> ;
        rdf:predicate als:relieves ; rdf:object <{BASE}phenotypes/muscle-spasticity> .
    <{BASE}claims/c> als:states <{RELIEF}> ; als:polarity <{BASE}vocabularies/polarities/affirms> ;
        als:certainty <{BASE}vocabularies/certainties/asserted> .
    """
    (bare / "data").mkdir()
    (bare / "data" / "all.ttl").write_text(text)
    return bare


EDGE = ox.Triple(
    ox.NamedNode(BACLOFEN), ox.NamedNode(f"{ALS}relieves"), ox.NamedNode(f"{BASE}phenotypes/muscle-spasticity")
)
DERIVED_MEND = "Stop the server, remove the directory of the store (ALSKG_DATA_DIR), and start it again."


def test_a_published_view_as_it_is_computed_has_no_fault(relief: Path) -> None:
    store = EmbeddedStore.in_memory()
    store.load(published_quads(relief), "")
    assert ox.Quad(*EDGE) in store.quads
    assert derived_faults(store, relief) == []
    store.close()


def test_what_was_retracted_or_replaced_well_has_no_fault_and_is_no_part_of_the_view(root: Path) -> None:
    (root / RETRACTED).parent.mkdir()
    (root / RETRACTED).write_text(retracted_claim("s2-900", RECORD))
    (root / REPLACED).write_text(f"{replacement('older', 'old')} {replacement('old', 'baclofen')}")
    curated = Curated.read(root)
    assert [*BY_NAME["retracted"](curated), *BY_NAME["replaced"](curated)] == []
    store = EmbeddedStore.in_memory()
    store.load(published_quads(root), "")
    assert not list(store.match(f"{BASE}drugs/old"))
    assert derived_faults(store, root) == []
    store.close()


def test_a_derived_triple_that_is_missing_is_seen(relief: Path) -> None:
    store = EmbeddedStore.in_memory()
    store.load((quad for quad in published_quads(relief) if quad != ox.Quad(*EDGE)), "")
    what = f"<{ALS}relieves> <{BASE}phenotypes/muscle-spasticity> is missing in the published view."
    assert derived_faults(store, relief) == [Fault("(store)", BACLOFEN, "derived", what, DERIVED_MEND)]
    store.close()


def test_a_derived_triple_that_follows_from_nothing_is_seen(relief: Path) -> None:
    store = EmbeddedStore.in_memory()
    extra = ox.Quad(ox.NamedNode(RELIEF), ox.NamedNode(f"{ALS}contested"), ox.Literal(True))
    store.load([*published_quads(relief), extra], "")
    what = f"<{ALS}contested> {ox.Literal(True)} follows from nothing in the published view."
    assert derived_faults(store, relief) == [Fault("(store)", RELIEF, "derived", what, DERIVED_MEND)]
    store.close()
