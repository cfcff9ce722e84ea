"""What is kept apart moves in order: back where a claim is live again, and along with what it is about when that is
renamed.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

import pyoxigraph as ox

from alskg.changeset import NOTHING, Patch
from alskg.names import ALS, DCTERMS, RDF, RETRACTED_GRAPHS, is_live, is_retracted, local_name
from alskg.rules import iri_by_content
from alskg.schema import Schema
from alskg.store.embedded import EmbeddedStore
from alskg.triples import Memory, graph_of, iris, plain

_PROPOSITION = ALS + "Proposition"
_SOURCE = DCTERMS + "source"
_TYPE = RDF + "type"


def is_live_in(store: EmbeddedStore, iri: str) -> bool:
    """Whether the live graphs say anything of a node."""
    return any(is_live(graph_of(quad)) for quad in store.quads_about(iri))


def joined(*patches: Patch) -> Patch:
    """What patches come to that follow each other: what one adds and a later one removes is in neither side."""
    added: dict[ox.Quad, None] = {}
    removed: dict[ox.Quad, None] = {}
    for patch in patches:
        for quads, here, there in ((patch.removed, removed, added), (patch.added, added, removed)):
            for quad in quads:
                if quad in there:
                    del there[quad]
                else:
                    here[quad] = None
    return Patch(tuple(added), tuple(removed))


def following(
    store: EmbeddedStore, schema: Schema, renamed: Mapping[str, str], first: Patch = NOTHING, coming: Iterable[str] = ()
) -> Patch:
    """
    What is to change among what is kept apart, after `first`, where things and propositions get other names.

    A kept proposition is called by its content, as a live one is. Where there is one of its new name already, or it
    comes to be live (`coming`), it falls together with that.
    """
    live = set(coming)
    names, quads = _names_following(store, schema, renamed, first)
    graphs = {
        f"{RETRACTED_GRAPHS}{local_name(was)}": f"{RETRACTED_GRAPHS}{local_name(now)}"
        for was, now in renamed.items()
        if any(quad.predicate.value == _SOURCE and plain(quad.object) == was for quad in quads)
    }
    for graph in graphs:
        quads |= dict.fromkeys(_quads_in(store, graph, first))
    pairs = [(quad, _called(quad, names, graphs)) for quad in quads]
    gone = {plain(was.subject) for was, now in pairs if was.subject != now.subject} - live
    meant = {names[iri] for iri in gone}
    there = {iri for iri in meant if iri in live or is_live_in(store, iri) or any(_kept(store, iri, first))}
    moved = [(was, now) for was, now in pairs if was != now]
    added = [now for was, now in moved if was.subject == now.subject or plain(now.subject) not in there]
    return Patch(tuple(dict.fromkeys(added)), tuple(was for was, _ in moved))


def names_following(store: EmbeddedStore, schema: Schema, renamed: Mapping[str, str]) -> Mapping[str, str]:
    """The kept propositions that get another name where things do, and aren't live, each with that name."""
    names, _ = _names_following(store, schema, renamed, NOTHING)
    return {was: now for was, now in names.items() if was not in renamed and was != now and not is_live_in(store, was)}


def _names_following(
    store: EmbeddedStore, schema: Schema, renamed: Mapping[str, str], first: Patch
) -> tuple[dict[str, str], dict[ox.Quad, None]]:
    """The new names, those of kept propositions among them, and what is kept in which the old ones stand."""
    names, waiting, quads = dict(renamed), list(renamed), dict[ox.Quad, None]()
    while waiting:
        for quad in _mentioning(store, waiting.pop(), first):
            quads[quad] = None
            proposition = plain(quad.subject)
            due = _due(store, schema, proposition, names, first)
            if due != names.get(proposition, proposition):
                names[proposition] = due
                waiting.append(proposition)
    return names, quads


def _due(store: EmbeddedStore, schema: Schema, proposition: str, names: Mapping[str, str], first: Patch) -> str:
    """What a kept node is to be called under the new names: another name for a proposition with one of them in it."""
    data = Memory(quad.triple for quad in _kept(store, proposition, first))
    if _PROPOSITION not in iris(data, proposition, _TYPE):
        return proposition
    return iri_by_content(data, schema, proposition, names) or proposition


def _called(quad: ox.Quad, names: Mapping[str, str], graphs: Mapping[str, str]) -> ox.Quad:
    subject, object_ = (
        ox.NamedNode(names[term.value]) if isinstance(term, ox.NamedNode) and term.value in names else term
        for term in (quad.subject, quad.object)
    )
    graph = graph_of(quad)
    return ox.Quad(subject, quad.predicate, object_, ox.NamedNode(graphs.get(graph, graph)))  # type: ignore[arg-type]


def _mentioning(store: EmbeddedStore, iri: str, first: Patch) -> Iterator[ox.Quad]:
    node = ox.NamedNode(iri)
    return _after(
        first,
        (
            *store.quads.quads_for_pattern(node, None, None, None),
            *store.quads.quads_for_pattern(None, None, node, None),
        ),
        lambda quad: node in (quad.subject, quad.object),
    )


def _kept(store: EmbeddedStore, iri: str, first: Patch) -> Iterator[ox.Quad]:
    node = ox.NamedNode(iri)
    return _after(first, store.quads.quads_for_pattern(node, None, None, None), lambda quad: quad.subject == node)


def _quads_in(store: EmbeddedStore, graph: str, first: Patch) -> Iterator[ox.Quad]:
    node = ox.NamedNode(graph)
    return _after(first, store.quads.quads_for_pattern(None, None, None, node), lambda quad: quad.graph_name == node)


def _after(first: Patch, there: Iterable[ox.Quad], is_meant: Callable[[ox.Quad], bool]) -> Iterator[ox.Quad]:
    """The kept quads among some, and among what a patch brings, once it is done."""
    removed = frozenset(first.removed)
    yield from (quad for quad in there if is_retracted(graph_of(quad)) and quad not in removed)
    yield from (quad for quad in first.added if is_retracted(graph_of(quad)) and is_meant(quad))
