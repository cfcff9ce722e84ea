"""SHACL: validation of the whole by pySHACL, its report in plain words, and the rules for writing shapes."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Literal

import pyoxigraph as ox

from alskg.names import RDF, RDFS, SH, SKOS, local_name
from alskg.triples import Memory, Term, Triples, iris, objects, plain, subjects, text

MENDS = {
    "MinCountConstraintComponent": "Add it.",
    "MaxCountConstraintComponent": "Keep one.",
    "ClassConstraintComponent": "Link to a thing of that class, or give that thing its class.",
    "DatatypeConstraintComponent": "Write the value in that datatype.",
    "InConstraintComponent": "Use one of the listed values.",
    "NodeKindConstraintComponent": "Write an IRI, or a literal, as the shape says.",
    "LanguageInConstraintComponent": "Write it in English, tagged @en.",
    "UniqueLangConstraintComponent": "Keep one value for each language.",
    "PatternConstraintComponent": "Write it in the form that the pattern gives.",
    "NotConstraintComponent": "Complete it.",
    "DisjointConstraintComponent": "Say it by one of the two properties.",
    "LessThanOrEqualsConstraintComponent": "Mend one of the two: this is to be at most the other.",
    "MinInclusiveConstraintComponent": "Write a number that is at least the least one.",
    "MaxInclusiveConstraintComponent": "Write a number that is at most the greatest one.",
}
FORBIDDEN = ("sparql", "target", "js", "rule", "expression", "values")
"""SHACL features that engines treat differently, or that can't be validated by what a change touches."""
PLAIN_DATATYPES = frozenset(
    "string integer decimal double boolean date dateTime gYear gYearMonth anyURI langString".split()
)
"""The store keeps values, so that a derived integer type would be another one after it was written."""

SPELLINGS = ("pattern", "minLength", "maxLength")
SPELLED = frozenset("string langString anyURI".split())
"""Datatypes whose values the store leaves as they are spelled."""
_MISSING = "Less than 1 values on "
"""How pySHACL's own message begins where something must be there and isn't."""
_NAMED = re.compile(r"<(https?://[^<>\s]+)>")
ASKS_SHAPES = ("property", "node", "not", "qualifiedValueShape")
ASKS_LISTS = ("and", "or", "xone")
NESTED_MAX = 10
"""How many shapes may stand within one another; pySHACL gives up at 15."""


@dataclass(frozen=True)
class Violation:
    """One validation result (SHACL, section 3.6.2) in plain words."""

    focus: str
    path: str | None
    component: str
    what: str
    mend: str


Engine = Literal["pyshacl", "shifty"]

FAST_TRIPLES_MIN = 50_000
"""From this size on pySHACL takes minutes, and shifty is asked instead where it is installed (the extra `fast`)."""


def engine_for(triples: int) -> Engine:
    """The engine for so many triples as a whole: pySHACL, which is the reference, while it is quick enough."""
    return "shifty" if triples >= FAST_TRIPLES_MIN and find_spec("shifty") else "pyshacl"


def violations(data: Memory, shapes: Memory, engine: Engine | None = None) -> Iterator[Violation]:
    """
    What full validation finds, warnings included; by the engine that fits the size, where none is named.

    rdfs:subClassOf is read from the data, so the ontology is to be part of it (SHACL, section 1.5).
    """
    # pySHACL and rdflib take half a second to import and are needed nowhere else in a running server.
    from rdflib import Graph, URIRef

    validated = _by_shifty if (engine or engine_for(len(data))) == "shifty" else _by_pyshacl
    conforms, report, message = validated(_n_triples(data), _n_triples(shapes))
    if conforms:
        return
    if not isinstance(report, Graph):
        raise TypeError(f"The data could not be validated: {message}")
    term = {name: URIRef(SH + name) for name in ("result", "focusNode", "resultPath", "sourceConstraintComponent")}
    for result in report.objects(None, term["result"]):
        focus = str(report.value(result, term["focusNode"]))
        path = report.value(result, term["resultPath"])
        component = local_name(str(report.value(result, term["sourceConstraintComponent"])))
        value = report.value(result, URIRef(SH + "value"))
        said = str(report.value(result, URIRef(SH + "resultMessage")))
        yield Violation(
            focus,
            str(path) if path else None,
            component,
            in_words(data, focus, str(path) if path else None, str(value) if value is not None else None, said),
            MENDS.get(component, "Mend it as the shape says."),
        )


def _n_triples(triples: Memory) -> bytes:
    # Both engines see false violations in a graph over the store itself (simple literals), so they get a plain copy.
    return ox.serialize(triples.match(), format=ox.RdfFormat.N_TRIPLES) or b""


def _by_pyshacl(data: bytes, shapes: bytes) -> tuple[bool, object, str]:
    from pyshacl import validate
    from rdflib import Graph

    graphs = [Graph().parse(io.BytesIO(body), format="nt") for body in (data, shapes)]
    conforms, report, message = validate(graphs[0], shacl_graph=graphs[1], inference="none")
    return bool(conforms), report, str(message)


def _by_shifty(data: bytes, shapes: bytes) -> tuple[bool, object, str]:
    from shifty import validate

    conforms, report, message = validate(data.decode(), shapes.decode(), infer=False, on_unsupported="error")
    return bool(conforms), report, message


def in_words(data: Triples, focus: str, path: str | None, value: str | None, said: str) -> str:
    """A validation result as a sentence: the node's label, the path's label, the value, and what the shape says."""
    name = text(data, focus, RDFS + "label") or focus
    property_ = (text(data, path, RDFS + "label") or local_name(path)) if path else "it"
    if said.startswith(_MISSING):
        return f"“{name}”: {property_} is missing."
    shown = f" ({value})" if value else ""
    said = _NAMED.sub(lambda found: text(data, found[1], RDFS + "label") or local_name(found[1]), said)
    return f"“{name}”, {property_}{shown}: {said.rstrip('.')}."


def authoring_faults(ontology: Triples) -> Iterator[tuple[str, str]]:
    """Each shape that is not written by the rules of the house, with what is wrong."""
    typed = {kind: set(subjects(ontology, RDF + "type", SH + kind)) for kind in ("NodeShape", "PropertyShape")}
    used = {plain(t.object): t for t in ontology.match(None, SH + "property")}
    for shape in sorted(typed["NodeShape"] | typed["PropertyShape"]):
        yield from ((shape, what) for what in _faults_of(ontology, shape))
    for shape in sorted(typed["PropertyShape"] - set(used)):
        yield shape, "No class has it as its sh:property, so it checks nothing."
    for shape, triple in sorted(used.items()):
        if not isinstance(triple.object, ox.NamedNode):
            yield plain(triple.subject), "A property shape has no IRI; reports could not name it."
        elif shape not in typed["PropertyShape"]:
            yield shape, "It is no sh:PropertyShape, so its writing isn't checked."


def _faults_of(ontology: Triples, shape: str) -> Iterator[str]:
    for name in FORBIDDEN:
        if objects(ontology, shape, SH + name):
            yield f"sh:{name} is not used here; say it with SHACL Core or as a house rule."
    for datatype in iris(ontology, shape, SH + "datatype"):
        if local_name(datatype) not in PLAIN_DATATYPES:
            yield f"The datatype {datatype} changes when it is stored; use a plain one."
    for class_ in iris(ontology, shape, SH + "class"):
        if not objects(ontology, class_, SKOS + "definition") and not class_.startswith("http://www.w3.org/"):
            yield f"sh:class {class_} is not declared."
    yield from _faults_of_spelling(ontology, shape)
    yield from _faults_of_comparison(ontology, shape)
    yield from _faults_of_nesting(ontology, shape)
    if ox.NamedNode(SH + "PropertyShape") in objects(ontology, shape, RDF + "type"):
        yield from _faults_of_property_shape(ontology, shape)


def _faults_of_spelling(ontology: Triples, shape: str) -> Iterator[str]:
    spelled = [name for name in SPELLINGS if objects(ontology, shape, SH + name)]
    for datatype in iris(ontology, shape, SH + "datatype"):
        if local_name(datatype) not in SPELLED:
            yield from (f"sh:{name} reads how a value is spelled; use it on strings alone." for name in spelled)


def _faults_of_comparison(ontology: Triples, shape: str) -> Iterator[str]:
    """pySHACL finds an order where there is none: a date is less than a number, and than a moment."""
    own = objects(ontology, shape, SH + "datatype")
    for name in ("lessThan", "lessThanOrEquals"):
        for other in iris(ontology, shape, SH + name):
            if not own or not any(own == datatypes for datatypes in _datatypes_beside(ontology, shape, other)):
                yield f"sh:{name} compares values of one datatype; give both properties the same sh:datatype."


def _datatypes_beside(ontology: Triples, shape: str, path: str) -> Iterator[list[Term]]:
    """The datatypes that the same class asks for at another path."""
    for class_ in subjects(ontology, SH + "property", shape):
        for sibling in iris(ontology, class_, SH + "property"):
            if path in iris(ontology, sibling, SH + "path"):
                yield objects(ontology, sibling, SH + "datatype")


def _faults_of_nesting(ontology: Triples, shape: str) -> Iterator[str]:
    within = [{shape}]
    while asked := {inner for outer in within[-1] for inner in _shapes_in(ontology, outer)}:
        if shape in asked:
            yield "It leads back to itself; pySHACL cuts recursion off."
            return
        if len(within) >= NESTED_MAX:
            yield f"It nests {NESTED_MAX} shapes or more; pySHACL would give up."
            return
        within.append(asked)


def _shapes_in(ontology: Triples, shape: str) -> Iterator[str]:
    for name in ASKS_SHAPES:
        yield from iris(ontology, shape, SH + name)
    for name in ASKS_LISTS:
        for cell in iris(ontology, shape, SH + name):
            yield from _members(ontology, cell)


def _members(ontology: Triples, cell: str) -> Iterator[str]:
    seen = set[str]()
    while cell not in seen:
        seen.add(cell)
        yield from iris(ontology, cell, RDF + "first")
        cell = next(iter(iris(ontology, cell, RDF + "rest")), cell)


def _faults_of_property_shape(ontology: Triples, shape: str) -> Iterator[str]:
    if [type(path) for path in objects(ontology, shape, SH + "path")] != [ox.NamedNode]:
        yield "Its sh:path is not a single property."
    if text(ontology, shape, SH + "name") is None:
        yield "It has no sh:name, which is the key in JSON."
