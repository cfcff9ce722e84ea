"""A change worked out against the store: where each quad belongs, what of it is new, and what the graph would be."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import cached_property

import pyoxigraph as ox

from alskg.changeset import NOWHERE, Changeset, Patch
from alskg.derivation import Authored
from alskg.errors import Forbidden, ReadOnly
from alskg.faults import Fault
from alskg.layout import files_for, strays_in
from alskg.names import (
    AUTHORED,
    DCTERMS,
    GRAPHS,
    MAPPING_GRAPHS,
    ONTOLOGY_GRAPHS,
    RDF,
    file_of_graph,
    is_live,
    is_of_ontology,
    local_name,
)
from alskg.overlay import Overlay, stored
from alskg.schema import Schema
from alskg.store.embedded import EmbeddedStore
from alskg.triples import Memory, Triples, graph_of, in_graph, iris, plain

UNPLACED = f"{GRAPHS}data/unplaced"
"""Where a quad stands while it is looked at, whose subject belongs nowhere; nothing is ever written there."""


@dataclass(frozen=True)
class Candidate:
    """What the store would hold after a change; a `Site`, so that the house rules can be asked of it."""

    store: EmbeddedStore
    schema: Schema
    """The schema after the change."""
    before: Authored
    added: tuple[ox.Quad, ...]
    """What is really new, in the graph where it belongs."""
    removed: tuple[ox.Quad, ...]
    """What is really there."""
    already: tuple[ox.Quad, ...] = ()
    absent: tuple[ox.Quad, ...] = ()
    """What needs no adding, as it is there, and no removing, as it isn't."""
    derived_unwanted: tuple[ox.Triple, ...] = ()
    """Derived triples that are to be removed: they go with what they follow from, or can't."""
    misfits: tuple[Fault, ...] = ()
    """What was found wrong while the quads were placed."""
    live_added: frozenset[ox.Triple] = field(default=frozenset())
    live_removed: frozenset[ox.Triple] = field(default=frozenset())
    """How live data and ontology change."""

    @cached_property
    def gone(self) -> frozenset[ox.Quad]:
        """The quads that go, to look one up."""
        return frozenset(self.removed)

    @cached_property
    def coming(self) -> Mapping[str, Sequence[ox.Quad]]:
        """The quads that come, by subject."""
        found: dict[str, list[ox.Quad]] = {}
        for quad in self.added:
            found.setdefault(plain(quad.subject), []).append(quad)
        return found

    @cached_property
    def whole(self) -> Triples:
        """Live data and ontology after the change."""
        return Overlay(self.before, self.live_added, self.live_removed)

    @property
    def ontology(self) -> Triples:
        """The triples of the ontology after the change, mappings left out."""
        changed = [
            [quad.triple for quad in quads if is_of_ontology(graph_of(quad))] for quads in (self.added, self.removed)
        ]
        return Overlay(self.store.ontology(), *changed)

    @cached_property
    def changes_ontology(self) -> bool:
        """Whether the ontology changes, so that everything must be looked at again."""
        return any(is_of_ontology(graph_of(quad)) for quad in (*self.added, *self.removed))

    @property
    def patch(self) -> Patch:
        """The curated quads that change."""
        return Patch(self.added, self.removed)

    @property
    def is_empty(self) -> bool:
        """Whether nothing would change."""
        return not self.added and not self.removed

    @cached_property
    def _by_subject(self) -> Mapping[str, tuple[set[ox.Quad], set[ox.Quad]]]:
        groups: dict[str, tuple[set[ox.Quad], set[ox.Quad]]] = {}
        for number, quads in enumerate((self.added, self.removed)):
            for quad in quads:
                groups.setdefault(plain(quad.subject), (set(), set()))[number].add(quad)
        return groups

    @property
    def strays(self) -> Iterator[Fault]:
        """What would stand in a graph that is no file of the house."""
        for graph, node in {(graph_of(quad), plain(quad.subject)) for quad in self.added}:
            if graph != UNPLACED:
                yield from strays_in(self.schema, graph, node)

    def data_nodes(self) -> set[str]:
        """Every node of data/ after the change; takes as long as there is data."""
        graphs = [graph for graph in self.store.graphs() if is_live(graph) and not is_of_ontology(graph)]
        there = {plain(triple.subject) for graph in graphs for triple in self.store.match_in(graph)}
        changed = {plain(quad.subject) for quad in (*self.added, *self.removed)}
        return (there - changed) | set(filter(self.is_data_node, changed))

    def is_data_node(self, iri: str) -> bool:
        """Whether something else than the ontology says something of a node after the change."""
        return any(not is_of_ontology(graph_of(quad)) for quad in self._live_quads_of(iri))

    def files_of(self, iri: str) -> list[str]:
        """See `Site.files_of`."""
        return sorted({file_of_graph(graph_of(quad)) for quad in self._quads_of(iri)})

    def files_with(self, triple: ox.Triple) -> list[str]:
        """See `Site.files_with`."""
        found = self._live_quads_of(plain(triple.subject))
        return sorted({file_of_graph(graph_of(quad)) for quad in found if quad.triple == triple})

    def _quads_of(self, iri: str) -> Iterator[ox.Quad]:
        return (quad for quad in self._live_quads_of(iri) if _is_place(graph_of(quad)))

    def _live_quads_of(self, iri: str) -> Iterator[ox.Quad]:
        added, removed = self._by_subject.get(iri, ((), ()))
        there = (quad for quad in self.before.quads_about(iri) if quad not in removed)
        return (quad for quad in (*there, *added) if is_live(graph_of(quad)))

    def where(self, iri: str) -> str:
        """See `Site.where`."""
        quads = list(self._quads_of(iri))
        graphs = set(map(graph_of, quads))
        if len(graphs) > 1:
            # The one that says what it is.
            first = min(quads, key=lambda quad: (quad.predicate.value != RDF + "type", str(quad)))
            graphs = {graph_of(first)}
        graph = next(iter(graphs), UNPLACED)
        return "(no file)" if graph == UNPLACED else file_of_graph(graph)


def _is_place(graph: str) -> bool:
    """Whether a graph can be the one that a node belongs to: a mapping only adds to what stands elsewhere."""
    return is_live(graph) and not graph.startswith(MAPPING_GRAPHS)


def worked_out(store: EmbeddedStore, schema: Schema, before: Authored, change: Changeset) -> Candidate:
    """
    The candidate that a change makes, before anyone judged it.

    Raises:
        ReadOnly: it writes what is derived, or a graph that isn't curated.
        Forbidden: it writes the ontology or mappings, and may not.
    """
    misfits = [fault for quad in change.added for fault in _unkept(quad)]
    wanted = stored(quad for quad in change.added if not any(_unkept(quad)))
    removed, absent, derived = _present(
        store, change, stored(change.removed), frozenset(quad.triple for quad in wanted)
    )
    placed = stored(_placed(store, schema, before, wanted, misfits))
    gone = set(removed) - set(placed)
    new = [quad for quad in placed if quad not in store.quads]
    _refuse_unwritable(change, (*new, *gone))
    live_added, live_removed = _live_change(store, before, new, gone)
    candidate = Candidate(
        store=store,
        schema=schema,
        before=before,
        added=tuple(new),
        removed=tuple(sorted(gone, key=str)),
        already=tuple(quad for quad in placed if quad in store.quads and quad not in removed),
        absent=tuple(absent),
        derived_unwanted=tuple(derived),
        misfits=tuple(misfits),
        live_added=live_added,
        live_removed=live_removed,
    )
    if candidate.changes_ontology:
        return replace(candidate, schema=Schema(Memory(candidate.ontology.match())))
    return candidate


def taken_literally(store: EmbeddedStore, schema: Schema, change: Changeset) -> Candidate:
    """The candidate where a graph's name means just that graph, the unnamed one too, and nothing is derived."""
    wanted, unwanted = stored(change.added), stored(change.removed)
    return Candidate(
        store=store,
        schema=schema,
        before=Authored(store, schema),
        added=tuple(quad for quad in wanted if quad not in store.quads),
        removed=tuple(quad for quad in unwanted if quad in store.quads and quad not in wanted),
        already=tuple(quad for quad in wanted if quad in store.quads),
        absent=tuple(quad for quad in unwanted if quad not in store.quads),
    )


def _unkept(quad: ox.Quad) -> Iterator[Fault]:
    """
    What of a quad can't be kept: a node without a name could neither be found again nor be placed, and a direction of
    RDF 1.2 could not be validated.
    """
    file, node, at = file_of_graph(graph_of(quad)), plain(quad.subject), plain(quad.predicate)
    for term in (quad.subject, quad.object):
        if isinstance(term, ox.BlankNode | ox.Triple):
            kind = "blank node" if isinstance(term, ox.BlankNode) else "triple term"
            yield Fault(file, node, "blank-node", f"A {kind} at {at}.", "Give it an IRI.")
        elif isinstance(term, ox.Literal) and term.direction is not None:
            what = f"{local_name(at)}: the text has a direction ({term.direction.value})."
            yield Fault(file, node, "text-direction", what, f"Write @{term.language} alone.")


def _present(
    store: EmbeddedStore, change: Changeset, unwanted: Sequence[ox.Quad], wanted: Set[ox.Triple]
) -> tuple[list[ox.Quad], list[ox.Quad], list[ox.Triple]]:
    """
    What is to go: the quads that are there, each in its graph; those that aren't there; and what is derived.

    What may not go, and isn't wanted again, is refused where it is first met: of a whole graph much is to be looked up.
    """
    found: list[ox.Quad] = []
    absent: list[ox.Quad] = []
    derived: list[ox.Triple] = []
    for quad in unwanted:
        if quad.graph_name == NOWHERE:
            graphs = [graph for graph in store.graphs_with(quad.triple) if is_live(graph)]
            here = [in_graph(quad.triple, graph) for graph in graphs]
            if quad.triple not in wanted:
                _refuse_unwritable(change, here)
            found += here
            if not graphs and quad in store.quads:
                derived.append(quad.triple)
            elif not graphs:
                absent.append(quad)
        elif quad in store.quads:
            found.append(quad)
        else:
            absent.append(quad)
    return found, absent, derived


def _placed(
    store: EmbeddedStore, schema: Schema, before: Authored, wanted: Sequence[ox.Quad], misfits: list[Fault]
) -> Iterator[ox.Quad]:
    """The quads that are to come, each in the graph where it belongs."""
    new = Overlay(before, [quad.triple for quad in wanted])
    places: dict[str, str] = {}
    for quad in wanted:
        if quad.graph_name != NOWHERE:
            yield quad
        elif before.holds(quad.triple) or quad in store.quads:
            # It is there, authored or derived; where, doesn't matter.
            yield from _standing(store, quad)
        else:
            subject = plain(quad.subject)
            if subject not in places:
                places[subject] = _place(store, schema, new, subject, misfits)
            yield in_graph(quad.triple, places[subject])


def _standing(store: EmbeddedStore, quad: ox.Quad) -> Iterator[ox.Quad]:
    graphs = [graph for graph in store.graphs_with(quad.triple) if is_live(graph)]
    yield in_graph(quad.triple, graphs[0]) if graphs else quad


def _place(store: EmbeddedStore, schema: Schema, data: Triples, subject: str, misfits: list[Fault]) -> str:
    """The graph that a subject belongs to: where it is described already, or else where its class says."""
    standing = [graph for graph in store.graphs_about(subject) if _is_place(graph)] if _is_iri(subject) else []
    choices = standing or _due(schema, data, subject)
    if len(choices) == 1:
        return choices[0]
    if choices:
        files = " or ".join(file_of_graph(graph) for graph in choices)
        what = f"It may belong in {files}."
        misfits.append(Fault("(no file)", subject, "ambiguous-place", what, "Say which: send TriG or N-Quads."))
    return UNPLACED


def _is_iri(text: str) -> bool:
    return ":" in text


def _due(schema: Schema, data: Triples, subject: str) -> list[str]:
    sources = iris(data, subject, DCTERMS + "source")
    due: list[str] = []
    for class_ in schema.owners(iris(data, subject, RDF + "type")):
        due += [GRAPHS + file.removesuffix(".ttl") for file in files_for(class_, sources)]
    return list(dict.fromkeys(due))


def _refuse_unwritable(change: Changeset, quads: Iterable[ox.Quad]) -> None:
    for graph in {graph_of(quad) for quad in quads}:
        if graph == "":
            continue
        if not graph.startswith(AUTHORED):
            raise ReadOnly(
                f"<{graph}> is no graph of curated files, so nothing can be written there. Leave the graph out: a "
                "triple belongs where its subject is described.",
                graph=graph,
            )
        if graph.startswith(ONTOLOGY_GRAPHS) and not change.may_change_ontology:
            raise Forbidden(
                f"<{graph}> belongs to the ontology and its mappings, which only the scope `admin` may change "
                "(on the command line, --admin).",
                graph=graph,
                needs="admin",
            )


def _live_change(
    store: EmbeddedStore, before: Authored, new: Iterable[ox.Quad], gone: Iterable[ox.Quad]
) -> tuple[frozenset[ox.Triple], frozenset[ox.Triple]]:
    """The triples that become live, and those that are so no more."""
    added = {quad.triple for quad in new if is_live(graph_of(quad))}
    removed: dict[ox.Triple, set[str]] = {}
    for quad in gone:
        if is_live(graph_of(quad)):
            removed.setdefault(quad.triple, set()).add(graph_of(quad))
    vanish = {
        triple
        for triple, graphs in removed.items()
        if triple not in added and not set(filter(is_live, store.graphs_with(triple))) - graphs
    }
    return frozenset(triple for triple in added if not before.holds(triple)), frozenset(vanish)
