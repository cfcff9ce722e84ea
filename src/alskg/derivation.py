"""What is easy to ask is derived, never authored: from propositions and their claims to the edges that show them."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from itertools import chain, product

import pyoxigraph as ox

from alskg.names import ALS, ONTOLOGY_GRAPHS, PROV, RDF, is_live, proposition_iri
from alskg.schema import Schema
from alskg.store.embedded import EmbeddedStore
from alskg.triples import Term, Triples, graph_of, iris, objects, plain, subjects, text

CERTAINTIES_OF_FACTS = frozenset({"asserted", "demonstrated", "hedged", "recommended"})
"""
Only these make a flat fact: a hypothesis, an implication, a hope or an advertisement never turns into an edge that
doesn't show what it is.
"""


def certainties_of_facts(schema: Schema) -> list[str]:
    """Those certainties as IRIs."""
    namespace = schema.vocabularies["certainties"].namespace
    return [namespace + name for name in sorted(CERTAINTIES_OF_FACTS)]


NODES_MAX = 50_000
"""How many nodes are remembered before they are forgotten and read again."""

OWN_LINKS = ("supportedBy", "disputedBy", "inferredBy", "contested")
"""The properties of the ontology that are derived, and never authored."""

_SUPPORTED, _DISPUTED, _INFERRED, _CONTESTED = (ALS + link for link in OWN_LINKS)
_PROPOSITION = ALS + "Proposition"
_STATES = ALS + "states"
_TYPE = ox.NamedNode(RDF + "type")


@dataclass(frozen=True)
class Claims:
    """The live claims on one proposition, by what they say of it."""

    supporting: tuple[str, ...]
    disputing: tuple[str, ...]
    inferred: tuple[str, ...]


ClaimsBy = Callable[[str], Iterable[str]]
"""From a link to the claims that it leads to; they may be read one by one, so that looking for one needn't take all."""


def claims_on(data: Triples, proposition: str) -> Claims:
    """The claims that are not retracted; inferred ones count neither for nor against."""
    found: dict[str | None, list[str]] = {}
    for claim in subjects(data, _STATES, proposition):
        found.setdefault(_link_of(data, claim), []).append(claim)
    return Claims(*(tuple(found.get(link, ())) for link in (_SUPPORTED, _DISPUTED, _INFERRED)))


def _link_of(data: Triples, claim: str) -> str | None:
    """The property that leads from a proposition to this claim on it; None where the claim doesn't count."""
    if _has(data, claim, PROV + "invalidatedAtTime"):
        return None
    if _has(data, claim, ALS + "inferredFrom"):
        return _INFERRED
    return {"affirms": _SUPPORTED, "denies": _DISPUTED}.get(_local(data, claim, "polarity"))


def derived_of(proposition: str, data: Triples, schema: Schema) -> Iterator[ox.Triple]:
    """Everything that follows from one proposition and the claims on it."""
    claims = claims_on(data, proposition)
    links = {_SUPPORTED: claims.supporting, _DISPUTED: claims.disputing, _INFERRED: claims.inferred}
    yield from (_link(proposition, link, claim) for link, found in links.items() for claim in found)
    yield from _derived_together(proposition, data, schema, links.__getitem__)


def _derived_together(proposition: str, data: Triples, schema: Schema, claims: ClaimsBy) -> Iterator[ox.Triple]:
    """What follows from the claims on one proposition together: that it is contested, and its edges."""
    if any(claims(_SUPPORTED)) and any(claims(_DISPUTED)):
        yield ox.Triple(ox.NamedNode(proposition), ox.NamedNode(_CONTESTED), ox.Literal(True))
    if _is_flat_fact(proposition, data, schema, claims):
        yield from _edges(proposition, data, schema)


def _link(proposition: str, link: str, claim: str) -> ox.Triple:
    return ox.Triple(ox.NamedNode(proposition), ox.NamedNode(link), ox.NamedNode(claim))


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
        _follows_from(proposition, triple, data, schema)
        for proposition in (plain(subject), *_unscoped(triple, schema))
        if _has(data, proposition, RDF + "predicate")
    )


def _follows_from(proposition: str, triple: ox.Triple, data: Triples, schema: Schema) -> bool:
    """Whether a triple follows from a proposition and its claims, of which no more are read than it takes."""
    if triple.predicate.value in (_SUPPORTED, _DISPUTED, _INFERRED):
        claim = plain(triple.object)
        return _states(data, claim, proposition) and _link_of(data, claim) == triple.predicate.value

    def claims(link: str) -> Iterator[str]:
        on_it = (plain(found.subject) for found in data.match(None, _STATES, proposition))
        return (claim for claim in on_it if _link_of(data, claim) == link)

    return triple in set(_derived_together(proposition, data, schema, claims))


def _unscoped(triple: ox.Triple, schema: Schema) -> Iterator[str]:
    """The propositions without scope that may make an edge."""
    subject, edge, object_ = triple
    for predicate in schema.predicates.values():
        if predicate.falls_under(edge.value):
            parts = {"subject": str(subject), "predicate": f"<{predicate.iri}>", "object": str(object_)}
            yield proposition_iri((RDF + part, term) for part, term in parts.items())


def derived_change(
    before: Triples, after: Triples, changed: Iterable[ox.Triple], schema: Schema, published: Triples
) -> tuple[set[ox.Triple], set[ox.Triple]]:
    """
    The derived triples that appear and those that vanish when live data changes from `before` to `after`.

    `changed` are the triples by which the two differ; `schema` is that of both; `published` holds what is derived from
    `before`. The cost follows the change: looked at are the propositions that it says something of, those whose claims
    it touches, and the types that it gives or takes. How many other claims there are on them doesn't count: which of
    them affirm and which deny is read from what was derived.
    """
    changed = list(changed)
    nodes = {plain(triple.subject) for triple in changed}
    retyped = {plain(triple.subject) for triple in changed if triple.predicate.value == _TYPE.value}
    states = [(data, _by_proposition(data, nodes)) for data in (before, after)]
    near = {*nodes, *(iri for _, claims in states for iri in claims)}
    was, is_ = (
        {
            *(t for iri in near for t in _superclasses_at(iri, data, schema)),
            *(t for iri in retyped if _is_proposition(data, iri) for t in derived_of(iri, data, schema)),
            *(
                t
                for iri in near - retyped
                if _is_proposition(data, iri)
                for t in _derived_near(iri, data, schema, published, claims.get(iri, ()))
            ),
        }
        for data, claims in states
    )
    return is_ - was, {triple for triple in was - is_ if not is_derived(triple, after, schema)}


def _by_proposition(data: Triples, nodes: Iterable[str]) -> dict[str, list[str]]:
    """The claims among these nodes, by the propositions that they state."""
    found: dict[str, list[str]] = {}
    for node in nodes:
        for iri in iris(data, node, _STATES):
            found.setdefault(iri, []).append(node)
    return found


def _derived_near(
    proposition: str, data: Triples, schema: Schema, published: Triples, changed: Collection[str]
) -> Iterator[ox.Triple]:
    """What follows from a proposition, but for the links to those of its claims that didn't change."""
    for claim in changed:
        if link := _link_of(data, claim):
            yield _link(proposition, link, claim)

    def claims(link: str) -> Iterator[str]:
        known = (plain(found.object) for found in published.match(proposition, link))
        on_it = chain(changed, (claim for claim in known if _states(data, claim, proposition)))
        return (claim for claim in on_it if _link_of(data, claim) == link)

    yield from _derived_together(proposition, data, schema, claims)


def _superclasses_at(iri: str, data: Triples, schema: Schema) -> Iterator[ox.Triple]:
    return (above for typed in data.match(iri, _TYPE.value) for above in _superclasses(typed, schema))


def _is_proposition(data: Triples, iri: str) -> bool:
    return _has(data, iri, _TYPE.value, ox.NamedNode(_PROPOSITION))


def _states(data: Triples, claim: str, proposition: str) -> bool:
    return _has(data, claim, _STATES, ox.NamedNode(proposition))


def _has(data: Triples, subject: str, predicate: str, object_: Term | None = None) -> bool:
    return next(data.match(subject, predicate, object_), None) is not None


class Authored:
    """
    The live data and the ontology without what is derived.

    A node is read once, from the graphs that were authored, and remembered: take another one, `anew`, when the store
    has changed. What leads to a node is read from the published view.
    """

    def __init__(self, store: EmbeddedStore, schema: Schema) -> None:
        self._store = store
        self._derivable = derivable(schema)
        self._superclasses = frozenset(above for class_ in schema.classes.values() for above in class_.ancestors)
        self._nodes: dict[str, _Node] = {}
        self._kept: dict[str, _Node] = {}

    def anew(self) -> "Authored":
        """The same, which remembers no more than was kept."""
        other = copy(self)
        other._nodes = dict(self._kept)
        return other

    def keep(self, other: "Authored") -> None:
        """Keeps what another one read of the ontology, which every change needs and few change."""
        for iri in other._nodes.keys() - self._kept.keys():
            if other._nodes[iri].is_of_ontology:
                self._kept[iri] = other._nodes[iri]

    def forget(self, nodes: Iterable[str] | None = None) -> None:
        """Keeps these nodes no longer, since they were written; without any, all of them."""
        for iri in list(self._kept) if nodes is None else nodes:
            self._kept.pop(iri, None)

    def match(
        self, subject: str | None = None, predicate: str | None = None, object_: Term | str | None = None
    ) -> Iterator[ox.Triple]:
        """See `Triples.match`."""
        if subject is not None:
            yield from self._node(subject).match(predicate, object_)
            return
        if predicate is None and object_ is None:
            yield from self.everything()
            return
        for triple in self._store.match(None, predicate, object_):
            if not self._may_be_derived(triple) or self.holds(triple):
                yield triple

    def everything(self) -> set[ox.Triple]:
        """All of it; quicker than to look up each triple, where all are wanted."""
        return {triple for graph in filter(is_live, self._store.graphs()) for triple in self._store.match_in(graph)}

    def quads_about(self, subject: str) -> Sequence[ox.Quad]:
        """What the named graphs say of a subject."""
        return self._node(subject).quads

    def _node(self, iri: str) -> "_Node":
        if iri not in self._nodes:
            if len(self._nodes) >= NODES_MAX:
                self._nodes.clear()
            self._nodes[iri] = _Node(self._store.quads_about(iri))
        return self._nodes[iri]

    def _may_be_derived(self, triple: ox.Triple) -> bool:
        if triple.predicate.value == RDF + "type":
            return plain(triple.object) in self._superclasses
        return triple.predicate.value in self._derivable

    def holds(self, triple: ox.Triple) -> bool:
        """Whether a live graph holds the triple."""
        if isinstance(triple.subject, ox.NamedNode) and triple.subject.value in self._nodes:
            return triple in self._nodes[triple.subject.value].by_predicate.get(triple.predicate.value, ())
        return any(map(is_live, self._store.graphs_with(triple)))


class _Node:
    """What was authored of one node."""

    def __init__(self, quads: Sequence[ox.Quad]) -> None:
        self.quads = quads
        self.is_of_ontology = any(graph_of(quad).startswith(ONTOLOGY_GRAPHS) for quad in quads)
        self.by_predicate: dict[str, dict[ox.Triple, None]] = {}
        for quad in quads:
            if is_live(graph_of(quad)):
                self.by_predicate.setdefault(quad.predicate.value, {})[quad.triple] = None

    def match(self, predicate: str | None, object_: Term | str | None) -> Iterator[ox.Triple]:
        """Its live triples that agree."""
        end = ox.NamedNode(object_) if isinstance(object_, str) else object_
        near = self.by_predicate.values() if predicate is None else [self.by_predicate.get(predicate, {})]
        return (triple for triples in near for triple in triples if end is None or triple.object == end)


def _superclasses(triple: ox.Triple, schema: Schema) -> Iterator[ox.Triple]:
    class_ = schema.classes.get(getattr(triple.object, "value", ""))
    for ancestor in class_.ancestors if class_ else ():
        yield ox.Triple(triple.subject, _TYPE, ox.NamedNode(ancestor))


def _is_flat_fact(proposition: str, data: Triples, schema: Schema, claims: ClaimsBy) -> bool:
    if any(_has(data, proposition, scope) for scope in schema.scope_properties):
        return False
    return any(_local(data, claim, "certainty") in CERTAINTIES_OF_FACTS for claim in claims(_SUPPORTED))


def _edges(proposition: str, data: Triples, schema: Schema) -> Iterator[ox.Triple]:
    subjects_, predicates = (iris(data, proposition, RDF + end) for end in ("subject", "predicate"))
    for subject, predicate, object_ in product(subjects_, predicates, objects(data, proposition, RDF + "object")):
        stated = schema.predicates.get(predicate)
        for edge in (predicate, *(stated.ancestors if stated else ())):
            yield ox.Triple(ox.NamedNode(subject), ox.NamedNode(edge), object_)


def _local(data: Triples, subject: str, property_: str) -> str:
    return (text(data, subject, ALS + property_) or "").rsplit("/", 1)[-1]
