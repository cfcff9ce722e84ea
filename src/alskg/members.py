"""Members of a class: which there are, and which of them have what is asked for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pyoxigraph as ox

from alskg.answers import Question, rows
from alskg.derivation import certainties_of_facts
from alskg.errors import BadParameter, UnknownName
from alskg.knowledge_graph import KnowledgeGraph
from alskg.meant import candidates, hint, member_called, member_known_as, nearest, renamed
from alskg.names import XSD, local_name
from alskg.rules import is_described
from alskg.schema import Class, Field, Predicate
from alskg.store.terms import Bindable
from alskg.triples import Term, plain

_STATED = """    ?stated# rdf:subject ?id ; rdf:predicate ?predicate# ; rdf:object ?object# ; als:supportedBy ?claim# .
    ?claim# als:certainty ?certainty# .
"""
_PREFIXES = """PREFIX als: <https://w3id.org/alskg/ontology/>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
"""
OPEN_DATATYPES = ("string", "date", "gYearMonth", "gYear", "integer", "decimal", "boolean")
"""What a value may be where its field declares no datatype."""
VALUES_SHOWN_MAX = 50


@dataclass(frozen=True)
class Page:
    """Some members of a class, in the order of their IRIs."""

    iris: tuple[str, ...]
    total: int
    has_more: bool
    question: Question


@dataclass(frozen=True)
class Filters:
    """What members must have: values of their fields, and objects of what is affirmed of them."""

    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)
    statements: Mapping[str, Sequence[str]] = field(default_factory=dict)
    among: Sequence[str] | None = None
    """Only these members, by IRI; None for all there are."""
    claims: Mapping[str, Sequence[Bindable]] = field(default_factory=dict)
    """What a claim on such a statement must have, by property; any of the terms will do."""
    scope: Mapping[str, Sequence[Bindable]] = field(default_factory=dict)
    """What such a statement must be limited to, by property; any of the terms will do."""
    as_of: str | None = None
    """Only claims that say that it held, on this day or earlier."""


def page_of(kg: KnowledgeGraph, class_: Class, filters: Filters, limit: int, after: str | None) -> Page:
    """At most `limit` members whose IRI comes after the given one, and how many there are in all."""
    patterns, bindings = _filtered(kg, class_, filters)
    where = f"    ?id a ?class .\n{''.join(patterns)}"
    total_text = f"{_PREFIXES}SELECT (COUNT(DISTINCT ?id) AS ?total) WHERE {{\n{where}}}\n"
    total = rows(kg, Question(total_text, bindings))[0]["total"]
    beyond = "    FILTER(STR(?id) > ?after)\n" if after else ""
    more = {"after": [ox.Literal(after)]} if after else {}
    text = f"{_PREFIXES}SELECT DISTINCT ?id WHERE {{\n{where}{beyond}}}\nORDER BY STR(?id)\nLIMIT {limit + 1:d}\n"
    question = Question(text, {**bindings, **more})
    found = [plain(row["id"]) for row in rows(kg, question)]
    return Page(tuple(found[:limit]), int(plain(total)), len(found) > limit, question)


def _filtered(kg: KnowledgeGraph, class_: Class, filters: Filters) -> tuple[list[str], dict[str, Sequence[Bindable]]]:
    patterns: list[str] = []
    bindings: dict[str, Sequence[Bindable]] = {"class": [ox.NamedNode(class_.iri)]}
    if filters.among is not None:
        bindings["id"] = [ox.NamedNode(iri) for iri in filters.among]
    for number, (name, wanted) in enumerate(filters.fields.items()):
        field_ = class_.fields[name]
        patterns.append(f"    ?id ?path{number} ?value{number} .\n")
        bindings[f"path{number}"] = [ox.NamedNode(field_.path)]
        bindings[f"value{number}"] = _wanted(kg, class_, field_, wanted)
    for number, (name, wanted) in enumerate(filters.statements.items()):
        predicate = next(p for p in kg.schema.predicates.values() if p.name == name)
        special = [p.iri for p in kg.schema.predicates.values() if p.falls_under(predicate.iri)]
        patterns.append(_STATED.replace("#", str(number)))
        bindings[f"predicate{number}"] = [ox.NamedNode(property_) for property_ in special]
        bindings[f"object{number}"] = [
            term for value in wanted for term in _objects_called(kg, predicate, special, value)
        ]
        bindings[f"certainty{number}"] = [ox.NamedNode(iri_) for iri_ in certainties_of_facts(kg.schema)]
        wanted_of = (("claim", filters.claims, "has", "term"), ("stated", filters.scope, "limit", "within"))
        for node, terms_by_property, has, term in wanted_of:
            for place, (property_, terms) in enumerate(terms_by_property.items()):
                patterns.append(f"    ?{node}{number} ?{has}{number}x{place} ?{term}{number}x{place} .\n")
                bindings[f"{has}{number}x{place}"] = [ox.NamedNode(property_)]
                bindings[f"{term}{number}x{place}"] = terms
        if filters.as_of is not None:
            patterns.append(f"    ?claim{number} als:asOf ?asOf{number} .\n")
            patterns.append(f"    FILTER(STR(?asOf{number}) <= ?day)\n")
            bindings["day"] = [ox.Literal(filters.as_of)]
    return patterns, bindings


def _wanted(kg: KnowledgeGraph, class_: Class, field_: Field, values: Iterable[str]) -> list[Bindable]:
    found: list[Bindable] = []
    for value in values:
        terms = [term for term in _terms(kg, field_, value) if _is_value(kg, field_, term)]
        if not terms:
            used = values_in_use(kg, class_, field_)
            raise BadParameter(
                f"{field_.name}={value}: no {class_.label} has that value. "
                f"Give an IRI, a CURIE or a name.{hint(value, used)}",
                parameter=field_.name,
                available=used[:VALUES_SHOWN_MAX],
            )
        found += terms
    return found


def _terms(kg: KnowledgeGraph, field_: Field, value: str) -> Sequence[Bindable]:
    if field_.is_link:
        return [*(nodes := candidates(kg, value)), *renamed(kg, nodes)]
    datatypes = [field_.datatype] if field_.datatype else [XSD + name for name in OPEN_DATATYPES]
    literals = [ox.Literal(value, datatype=ox.NamedNode(datatype)) for datatype in datatypes]
    # A field that declares no datatype may hold things as well.
    things = [] if field_.datatype or " " in value else candidates(kg, value)
    return [*literals, ox.Literal(value, language="en"), *things, *renamed(kg, things)]


def values_in_use(kg: KnowledgeGraph, class_: Class, field_: Field) -> list[str]:
    """The values of a field that members of the class have, as they would be given in a filter."""
    text = "SELECT DISTINCT ?value WHERE { ?id a ?class ; ?path ?value . }"
    bindings = {"class": [ox.NamedNode(class_.iri)], "path": [ox.NamedNode(field_.path)]}
    return _as_given(row["value"] for row in rows(kg, Question(text, bindings)))


def _as_given(terms: Iterable[Term]) -> list[str]:
    """Terms as a caller may write them: an IRI by its last step."""
    return sorted({local_name(plain(t)) if isinstance(t, ox.NamedNode) else plain(t) for t in terms})


def _is_value(kg: KnowledgeGraph, field_: Field, term: Bindable) -> bool:
    return next(kg.store.match(None, field_.path, term), None) is not None


def _objects_called(kg: KnowledgeGraph, predicate: Predicate, special: Sequence[str], value: str) -> list[Bindable]:
    """The things and literals that a caller may mean as the object of a predicate or of its special ones."""
    text = (
        "PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> "
        "SELECT DISTINCT ?value WHERE { ?proposition rdf:predicate ?predicate ; rdf:object ?value . }"
    )
    question = Question(text, {"predicate": [ox.NamedNode(property_) for property_ in special]})
    used = [row["value"] for row in rows(kg, question)]
    literals: list[Bindable] = [term for term in used if isinstance(term, ox.Literal) and term.value == value]
    if literals:
        return literals
    meant = candidates(kg, value)
    known = [node for node in meant if is_described(kg.store, node.value)] or renamed(kg, meant)
    if not known:
        available = _as_given(used)
        raise BadParameter(
            f"{predicate.name}={value}: there is no such thing here."
            f"{hint(value, available) or hint(value, map(local_name, all_iris(kg)))}",
            parameter=predicate.name,
            available=available[:VALUES_SHOWN_MAX],
        )
    return list(known)


def all_iris(kg: KnowledgeGraph) -> list[str]:
    """The IRI of every thing that has a collection of its own."""
    classes = [ox.NamedNode(c.iri) for c in kg.schema.classes.values() if c.collection]
    found = rows(kg, Question("SELECT DISTINCT ?id WHERE { ?id a ?class . }", {"class": classes}))
    return sorted(plain(row["id"]) for row in found)


def find(kg: KnowledgeGraph, class_: Class, name: str) -> str:
    """
    The IRI of the member that bears the name.

    Raises:
        UnknownName: there is none; the nearest names are suggested.
    """
    found = None if ":" in name else member_called(kg, class_, name)
    if found is not None:
        return found
    known = member_known_as(kg, class_, name)
    if known is not None:
        address = f"/{class_.collection}/{local_name(known)}"
        raise UnknownName(f"{name!r} is another name of {local_name(known)}: {address}.", suggestions=[address])
    names = [local_name(iri) for iri in page_of(kg, class_, Filters(), kg.settings.answer_rows_max - 1, None).iris]
    raise UnknownName(
        f"No {class_.label} is called {name!r}.{hint(name, names)} All of them: /{class_.collection}.",
        suggestions=[f"/{class_.collection}/{near}" for near in nearest(name, names)],
    )


def question_about(iris: Iterable[str], properties: Iterable[str] | None = None) -> Question:
    """Everything that is said with these things as subject, or only by these properties, as a graph."""
    text = "CONSTRUCT { ?id ?property ?value } WHERE { ?id ?property ?value }"
    some = {"property": [ox.NamedNode(path) for path in properties]} if properties is not None else {}
    return Question(text, {"id": [ox.NamedNode(iri) for iri in iris], **some})
