"""Statements and things as JSON values: the shapes that every REST door shares."""

import math
from collections.abc import Iterable, Sequence
from contextlib import suppress

import pyoxigraph as ox

from alskg.answers import Question, Row, rows
from alskg.curies import curie_of
from alskg.knowledge_graph import KnowledgeGraph
from alskg.meant import path_of
from alskg.names import ALS, RDF, SKOS, XSD
from alskg.related import Related
from alskg.schema import Class, Field
from alskg.statements import SIDES, Claim, Statement, counts, stance_of_sides
from alskg.triples import Term, plain, text

Document = dict[str, object]

_VALUES = """PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT ?id ?path ?value ?label WHERE {
    ?id ?path ?value .
    OPTIONAL { ?value rdfs:label ?label }
}
"""


def documents(
    kg: KnowledgeGraph, class_: Class, iris: Sequence[str], fields: Sequence[str] | None, *, exact: bool = False
) -> list[Document]:
    """
    The members as JSON-LD documents, in the given order: one key for each field that has a value.

    `fields` picks among the class's fields; id, curie, type and label are always there. `exact`: see `value_of`.
    """
    if not iris:
        return []
    chosen = [f for f in class_.fields.values() if fields is None or f.name in fields or f.name == "label"]
    bindings = {
        "id": [ox.NamedNode(iri) for iri in iris],
        "path": [ox.NamedNode(path) for path in {f.path for f in chosen} | {RDF + "type"}],
    }
    values: dict[str, list[Row]] = {iri: [] for iri in iris}
    for row in rows(kg, Question(_VALUES, bindings)):
        values[plain(row["id"])].append(row)
    return [_document(kg, class_, iri, chosen, values[iri], exact=exact) for iri in iris]


def _document(
    kg: KnowledgeGraph, class_: Class, iri: str, fields: Sequence[Field], found: Sequence[Row], *, exact: bool
) -> Document:
    types = {plain(row["value"]) for row in found if plain(row["path"]) == RDF + "type"}
    document: Document = {
        "id": iri,
        "curie": curie_of(kg.schema.prefixes, iri),
        "type": _most_specific(kg, class_, types),
        "url": path_of(kg, iri),
    }
    for field in fields:
        # The context says the datatype of a field that has one; a JSON number with a fraction would be a double.
        is_open = exact and field.datatype in (None, XSD + "decimal")
        here = sorted((row for row in found if plain(row["path"]) == field.path), key=_order)
        if exact and field.datatype == XSD + "decimal":
            # JSON-LD reads a number with a point as a double, whose spelling no decimal may have.
            values: list[object] = [plain(row["value"]) for row in here]
        else:
            values = [_value(kg, row, exact=is_open) for row in here]
        if field.path in kg.schema.grounds:
            # What it rests on may be what a source denies, as that a drug is recommended for some.
            values = [{**link, "stance": stance_on(kg, str(link["id"]))} for link in values if isinstance(link, dict)]
        if values:
            document[field.name] = values if field.is_list else values[0]
    return document


def stance_on(kg: KnowledgeGraph, proposition: str) -> str:
    """See `Statement.stance`."""
    sides = {side for link, side in SIDES.items() if next(kg.store.match(proposition, ALS + link), None)}
    return stance_of_sides(sides)


def _most_specific(kg: KnowledgeGraph, class_: Class, types: set[str]) -> str | list[str]:
    ours = [kg.schema.classes[iri] for iri in types if iri in kg.schema.classes]
    above = {ancestor for c in ours for ancestor in c.ancestors}
    names = sorted(c.name for c in ours if c.iri not in above)
    return names[0] if len(names) == 1 else names or class_.name


def _order(row: Row) -> str:
    return plain(row.get("label", row["value"]))


def _value(kg: KnowledgeGraph, row: Row, *, exact: bool) -> object:
    return value_of(kg, row["value"], plain(row["label"]) if "label" in row else None, exact=exact)


def value_of(kg: KnowledgeGraph, term: Term, label: str | None, *, exact: bool = False) -> object:
    """
    A term as JSON: a link for an IRI, a number or truth or text for a literal.

    `exact` is for JSON-LD: where the context can't say it, a literal's datatype or language stands beside its value.
    """
    if isinstance(term, ox.NamedNode):
        return link_to(kg, term.value, label)
    if isinstance(term, ox.Literal):
        return _exact(term) if exact else _literal(term)
    return plain(term)


def _exact(term: ox.Literal) -> object:
    if term.language:
        return {"@value": term.value, "@language": term.language}
    if term.datatype.value == XSD + "string":
        return term.value
    return {"@value": term.value, "@type": term.datatype.value}


def link_to(kg: KnowledgeGraph, iri: str, label: str | None) -> Document:
    """An IRI with its CURIE and its label, where it has them."""
    link: Document = {"id": iri, "curie": curie_of(kg.schema.prefixes, iri), "label": label}
    return {key: value for key, value in link.items() if value is not None}


def _literal(term: ox.Literal) -> object:
    kind = term.datatype.value.removeprefix(XSD)
    if kind == "boolean":
        return term.value == "true"
    if kind == "integer":
        with suppress(ValueError):
            return int(term.value)
    if kind == "decimal":
        # What is no number is shown as it is written, so that a report on it can be read.
        with suppress(ValueError):
            return number if math.isfinite(number := float(term.value)) else term.value
    return term.value


def statement_document(kg: KnowledgeGraph, statement: Statement, *, exact: bool = False) -> Document:
    """A statement with its scope, its stance and the claims behind it; `exact`: see `value_of`."""
    predicate = kg.schema.predicates.get(statement.predicate)
    return {
        "id": statement.iri,
        "label": statement.label,
        "subject": link_to(kg, statement.subject, statement.subject_label),
        "predicate": link_to(kg, statement.predicate, predicate.label if predicate else None),
        "object": value_of(kg, statement.object_, statement.object_label, exact=exact),
        "scope": dict(statement.scope),
        "stance": statement.stance,
        "certainties": statement.certainties,
        "for": statement.count("for"),
        "against": statement.count("against"),
        "inferred": statement.count("inferred"),
        "superseded": statement.superseded,
        "sources": [link_to(kg, iri, label) for iri, label in sorted(statement.sources.items())],
        "asOf": statement.as_of,
        "claims": [_claim(kg, claim) for claim in statement.claims],
        "disagreements": [{**link_to(kg, d.iri, d.label), "verdict": d.verdict} for d in statement.disputes],
    }


def _claim(kg: KnowledgeGraph, claim: Claim) -> Document:
    values: Document = {
        "id": claim.iri,
        "notation": claim.notation,
        "side": claim.side,
        "certainty": claim.certainty,
        "source": claim.source,
        "locator": claim.locator,
        "asOf": claim.as_of,
        "date": claim.date,
        "sourceDate": claim.said,
        "sourceSeenOn": claim.seen,
        "sourceTerm": claim.term,
        "evidence": claim.evidence,
        "verification": claim.verification,
        # By their numbers: the label of a claim doesn't say whether it affirms or denies.
        "supersededBy": [link_to(kg, iri, text(kg.store, iri, SKOS + "notation")) for iri in claim.superseded_by]
        or None,
    }
    return {key: value for key, value in values.items() if value is not None}


def related_document(kg: KnowledgeGraph, one: Related, *, exact: bool = False) -> Document:
    """A neighbour with the statements that make it one; `exact`: see `value_of`."""
    found = (*one.as_object, *one.as_subject)
    return {
        **link_to(kg, one.iri, one.label),
        "stance": stance_of(one),
        "claims": counts(found),
        "byPredicate": [_summary(kg, predicate, found) for predicate in dict.fromkeys(s.predicate for s in found)],
        "statements": [statement_document(kg, statement, exact=exact) for statement in found],
        "linkedBy": list(dict.fromkeys(one.fields)),
    }


def _summary(kg: KnowledgeGraph, predicate: str, found: Sequence[Statement]) -> Document:
    """What the statements with one predicate come to; stances of different predicates don't add up."""
    those = [statement for statement in found if statement.predicate == predicate]
    known = kg.schema.predicates.get(predicate)
    return {
        "predicate": link_to(kg, predicate, known.label if known else None),
        "stances": list(dict.fromkeys(statement.stance for statement in those)),
        "certainties": list(dict.fromkeys(c for statement in those for c in statement.certainties)),
        "claims": counts(those),
    }


def stance_of(one: Related) -> str:
    """How the neighbour is linked on the whole: the strongest stance of its statements, or `linked` by a field."""
    stances = {statement.stance for statement in (*one.as_object, *one.as_subject)}
    order = ("contested", "affirmed", "denied", "inferred", "not stated")
    return next((stance for stance in order if stance in stances), "linked")


def answer_of(items: Iterable[Related]) -> str:
    """
    `stated`; `denied` where all there is are denials; `linked` where only fields link the things, without a claim; or
    `not stated` where no source says a word that counts.
    """
    stances = {stance_of(item) for item in items}
    if stances == {"linked"}:
        return "linked"
    if not stances:
        return "not stated"
    return "denied" if stances == {"denied"} else "stated"


FILTERED_OUT = "filtered out"
"""The answer where there is something, and nothing of it passes the filters."""


def none_passes(number: int, one: str, many: str, filters: Sequence[tuple[str, str]] = ()) -> str:
    """That nothing of what there is passes the filters, by name and value where they are given; without a full stop."""
    named = f" ({', '.join(f'{name}={value}' for name, value in filters)})" if filters else ""
    if number == 1:
        return f"The one {one} here does not pass the filters{named}"
    return f"None of the {number:,} {many} here passes the filters{named}"


NOT_STATED = "No source in this graph says anything here. That is not a statement that there is nothing."
