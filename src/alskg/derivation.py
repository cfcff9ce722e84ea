"""What is easy to ask is derived, never authored: from propositions and their claims to the edges that show them."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import pyoxigraph as ox

from alskg.names import ALS, PROV, RDF
from alskg.schema import Schema
from alskg.triples import Triples, iris, objects, subjects, text

CERTAINTIES_OF_FACTS = frozenset({"asserted", "demonstrated", "hedged", "recommended"})
"""
Only these make a flat fact: a hypothesis, an implication, a hope or an advertisement never turns into an edge that
doesn't show what it is.
"""


def certainties_of_facts(schema: Schema) -> list[str]:
    """Those certainties as IRIs."""
    namespace = schema.vocabularies["certainties"].namespace
    return [namespace + name for name in sorted(CERTAINTIES_OF_FACTS)]


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
