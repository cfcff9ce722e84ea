"""What is easy to ask is derived, never authored: from propositions and their claims to the edges that show them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product

import pyoxigraph as ox

from alskg.names import ALS, PROV, RDF, is_live, proposition_iri
from alskg.schema import Schema
from alskg.store.embedded import EmbeddedStore
from alskg.triples import Term, Triples, iris, objects, plain, subjects, text

CERTAINTIES_OF_FACTS = frozenset({"asserted", "demonstrated", "hedged", "recommended"})
"""
Only these make a flat fact: a hypothesis, an implication, a hope or an advertisement never turns into an edge that
doesn't show what it is.
"""


def certainties_of_facts(schema: Schema) -> list[str]:
    """Those certainties as IRIs."""
    namespace = schema.vocabularies["certainties"].namespace
    return [namespace + name for name in sorted(CERTAINTIES_OF_FACTS)]


OWN_LINKS = ("supportedBy", "disputedBy", "inferredBy", "contested")
"""The properties of the ontology that are derived, and never authored."""

_PROPOSITION = ALS + "Proposition"
_STATES = ALS + "states"
_TYPE = ox.NamedNode(RDF + "type")


@dataclass(frozen=True)
class Claims:
    """The live claims on one proposition, by what they say of it."""

    supporting: tuple[str, ...]
    disputing: tuple[str, ...]
    inferred: tuple[str, ...]


def claims_on(data: Triples, proposition: str) -> Claims:
    """The claims that are not retracted; inferred ones count neither for nor against."""
    live = [c for c in subjects(data, _STATES, proposition) if not objects(data, c, PROV + "invalidatedAtTime")]
    inferred = [c for c in live if objects(data, c, ALS + "inferredFrom")]
    said = {c: _local(data, c, "polarity") for c in live if c not in inferred}
    supporting, disputing = ([c for c in said if said[c] == polarity] for polarity in ("affirms", "denies"))
    return Claims(tuple(supporting), tuple(disputing), tuple(inferred))


def derived_of(proposition: str, data: Triples, schema: Schema) -> Iterator[ox.Triple]:
    """Everything that follows from one proposition and the claims on it."""
    me, claims = ox.NamedNode(proposition), claims_on(data, proposition)
    links = {"supportedBy": claims.supporting, "disputedBy": claims.disputing, "inferredBy": claims.inferred}
    for name, found in links.items():
        for claim in found:
            yield ox.Triple(me, ox.NamedNode(ALS + name), ox.NamedNode(claim))
    if claims.supporting and claims.disputing:
        yield ox.Triple(me, ox.NamedNode(ALS + "contested"), ox.Literal(True))
    if _is_flat_fact(proposition, data, schema, claims):
        yield from _edges(proposition, data, schema)


def derived(data: Triples, schema: Schema) -> Iterator[ox.Triple]:
    """Everything that is derived from live data, computed from nothing; may repeat a triple."""
    for proposition in subjects(data, RDF + "type", _PROPOSITION):
        yield from derived_of(proposition, data, schema)
    for triple in data.match(None, RDF + "type"):
        yield from _superclasses(triple, schema)


def derivable(schema: Schema) -> frozenset[str]:
    """The properties that derived triples may have, by IRI."""
    edges = (edge for predicate in schema.predicates.values() for edge in (predicate.iri, *predicate.ancestors))
    return frozenset({*(ALS + link for link in OWN_LINKS), RDF + "type", *edges})


def is_derived(triple: ox.Triple, data: Triples, schema: Schema) -> bool:
    """
    Whether a triple follows from live data.

    The propositions that an edge may follow from are found by their IRIs, which follow from their content: a busy end
    with thousands of propositions costs nothing. So data must be sound in this (rule `propositions`).
    """
    subject = triple.subject
    if triple.predicate.value == RDF + "type":
        found = data.match(plain(subject), RDF + "type")
        return any(triple in set(_superclasses(typed, schema)) for typed in found)
    return any(
        triple in set(derived_of(proposition, data, schema))
        for proposition in (plain(subject), *_unscoped(triple, schema))
        if next(data.match(proposition, RDF + "predicate"), None) is not None
    )


def _unscoped(triple: ox.Triple, schema: Schema) -> Iterator[str]:
    """The propositions without scope that may make an edge."""
    subject, edge, object_ = triple
    for predicate in schema.predicates.values():
        if predicate.falls_under(edge.value):
            parts = {"subject": str(subject), "predicate": f"<{predicate.iri}>", "object": str(object_)}
            yield proposition_iri((RDF + part, term) for part, term in parts.items())


def derived_change(
    before: Triples, after: Triples, changed: Iterable[ox.Triple], schema: Schema
) -> tuple[set[ox.Triple], set[ox.Triple]]:
    """
    The derived triples that appear and those that vanish when live data changes from `before` to `after`.

    `changed` are the triples by which the two differ; `schema` is that of both. The cost follows the change: looked at
    are the propositions that it says something of, those whose claims it touches, and the types that it gives or takes.
    """
    nodes = {plain(triple.subject) for triple in changed}
    claimed = (iri for data in (before, after) for node in nodes for iri in iris(data, node, _STATES))
    propositions = {*nodes, *claimed}
    was, is_ = (
        {triple for iri in propositions | nodes for triple in _derived_at(iri, data, schema)}
        for data in (before, after)
    )
    return is_ - was, {triple for triple in was - is_ if not is_derived(triple, after, schema)}


def _derived_at(iri: str, data: Triples, schema: Schema) -> Iterator[ox.Triple]:
    types = list(data.match(iri, RDF + "type"))
    if any(plain(typed.object) == _PROPOSITION for typed in types):
        yield from derived_of(iri, data, schema)
    for typed in types:
        yield from _superclasses(typed, schema)


class Authored:
    """The live data and the ontology without what is derived, read from the published view, which is the fast one."""

    def __init__(self, store: EmbeddedStore, schema: Schema) -> None:
        self._store = store
        self._derivable = derivable(schema)
        self._superclasses = frozenset(above for class_ in schema.classes.values() for above in class_.ancestors)

    def match(
        self, subject: str | None = None, predicate: str | None = None, object_: Term | str | None = None
    ) -> Iterator[ox.Triple]:
        """See `Triples.match`."""
        for triple in self._store.match(subject, predicate, object_):
            if not self._may_be_derived(triple) or self.holds(triple):
                yield triple

    def _may_be_derived(self, triple: ox.Triple) -> bool:
        if triple.predicate.value == RDF + "type":
            return plain(triple.object) in self._superclasses
        return triple.predicate.value in self._derivable

    def holds(self, triple: ox.Triple) -> bool:
        """Whether a live graph holds the triple."""
        return any(map(is_live, self._store.graphs_with(triple)))


def _superclasses(triple: ox.Triple, schema: Schema) -> Iterator[ox.Triple]:
    class_ = schema.classes.get(getattr(triple.object, "value", ""))
    for ancestor in class_.ancestors if class_ else ():
        yield ox.Triple(triple.subject, _TYPE, ox.NamedNode(ancestor))


def _is_flat_fact(proposition: str, data: Triples, schema: Schema, claims: Claims) -> bool:
    if any(objects(data, proposition, scope) for scope in schema.scope_properties):
        return False
    return any(_local(data, claim, "certainty") in CERTAINTIES_OF_FACTS for claim in claims.supporting)


def _edges(proposition: str, data: Triples, schema: Schema) -> Iterator[ox.Triple]:
    subjects_, predicates = (iris(data, proposition, RDF + end) for end in ("subject", "predicate"))
    for subject, predicate, object_ in product(subjects_, predicates, objects(data, proposition, RDF + "object")):
        stated = schema.predicates.get(predicate)
        for edge in (predicate, *(stated.ancestors if stated else ())):
            yield ox.Triple(ox.NamedNode(subject), ox.NamedNode(edge), object_)


def _local(data: Triples, subject: str, property_: str) -> str:
    return (text(data, subject, ALS + property_) or "").rsplit("/", 1)[-1]
