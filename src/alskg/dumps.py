"""Dumps: the whole graph, or one collection of it, as files whose bytes follow from the graph and nothing else."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import pyoxigraph as ox

from alskg import kgx
from alskg.curies import curie_of
from alskg.derivation import OWN_LINKS
from alskg.errors import UnknownName
from alskg.export import tables
from alskg.knowledge_graph import KnowledgeGraph
from alskg.media import CSV, JSON_LD, N_QUADS, N_TRIPLES, TRIG, TSV, TURTLE, Format
from alskg.names import ALS, DCTERMS, RDF, RDFS, is_live
from alskg.schema import Class
from alskg.triples import iris, plain, text
from alskg.turtle import laid_out

JSON_LINES = Format("jsonl", "application/jsonl", (), "jsonl")
_RDF = {
    JSON_LD: ox.RdfFormat.JSON_LD,
    N_QUADS: ox.RdfFormat.N_QUADS,
    N_TRIPLES: ox.RdfFormat.N_TRIPLES,
    TRIG: ox.RdfFormat.TRIG,
}
_STATEMENT_COLUMNS = "claim polarity certainty source locator subject predicate object label supersededBy".split()
_STANCES = tuple(ALS + link for link in OWN_LINKS[:3])
_ENDS = tuple(RDF + end for end in ("subject", "predicate", "object"))
_JOINER = "|"


@dataclass(frozen=True)
class Dump:
    """A file that can be made of the graph at any time."""

    name: str
    """Its path within a release: `collections/tests.ttl`."""
    about: str
    format: Format
    make: Callable[[KnowledgeGraph], bytes]


def dumps(kg: KnowledgeGraph) -> dict[str, Dump]:
    """Every dump that there is, by its name."""
    found = [*_whole(), *_kgx(), *_tables(kg)]
    for class_ in kg.schema.collections.values():
        found += _of_collection(class_)
    return {dump.name: dump for dump in found}


def dump_called(kg: KnowledgeGraph, name: str) -> Dump:
    """
    The dump with that name.

    Raises:
        UnknownName: there is none.
    """
    found = dumps(kg)
    if name not in found:
        raise UnknownName(f"There is no dump {name}. /dumps lists them.")
    return found[name]


def _whole() -> Iterator[Dump]:
    for format_ in (TURTLE, N_TRIPLES, JSON_LD):
        about = "The published view: live data, ontology, mappings, and what is derived."
        yield Dump(f"graph.{format_.extension}", about, format_, _view_in(format_))
    for format_ in (TRIG, N_QUADS):
        about = "The published view as the default graph, and each curated file as a named graph."
        yield Dump(f"graph.{format_.extension}", about, format_, _graphs_in(format_))
    about = (
        "RDF 1.2: each live claim reifies the triple that it is about (rdf:reifies), beside what is said of the claim."
    )
    yield Dump("graph-rdf12.nt", about, N_TRIPLES, _reified)
    yield Dump("statements.csv", "Each live claim as a row.", CSV, _statements)


def _kgx() -> Iterator[Dump]:
    about = "KGX, in the categories and predicates of the Biolink Model: "
    yield Dump("kgx/nodes.tsv", f"{about}nodes.", TSV, lambda kg: kgx.as_table(kgx.nodes(kg), kgx.NODE_COLUMNS))
    yield Dump(
        "kgx/edges.tsv", f"{about}edges. {kgx.LEFT_OUT}", TSV, lambda kg: kgx.as_table(kgx.edges(kg), kgx.EDGE_COLUMNS)
    )
    yield Dump("kgx/nodes.jsonl", f"{about}nodes.", JSON_LINES, lambda kg: kgx.as_lines(kgx.nodes(kg)))
    yield Dump("kgx/edges.jsonl", f"{about}edges. {kgx.LEFT_OUT}", JSON_LINES, lambda kg: kgx.as_lines(kgx.edges(kg)))


def _tables(kg: KnowledgeGraph) -> Iterator[Dump]:
    for graph in kg.store.graphs():
        name = graph.rpartition("/")[2]
        if is_live(graph) and "/mappings/" in graph:
            about = "Identifiers in another vocabulary, as SSSOM."
            yield Dump(f"sssom/{name}.sssom.tsv", about, TSV, _table(name))


def _table(name: str) -> Callable[[KnowledgeGraph], bytes]:
    def make(kg: KnowledgeGraph) -> bytes:
        return next(body.encode() for path, body in tables(kg) if path.endswith(f"/{name}.sssom.tsv"))

    return make


def _of_collection(class_: Class) -> Iterator[Dump]:
    about = f"The {class_.plural}, with what is stated of them and by whom."
    for format_ in (TURTLE, TRIG, N_QUADS, JSON_LD):
        yield Dump(f"collections/{class_.collection}.{format_.extension}", about, format_, _members_in(class_, format_))
    yield Dump(f"collections/{class_.collection}.csv", f"The {class_.plural}, a row for each.", CSV, _rows(class_))


def _view_in(format_: Format) -> Callable[[KnowledgeGraph], bytes]:
    return lambda kg: _written(kg, (_quad(triple) for triple in kg.store.match()), format_)


def _graphs_in(format_: Format) -> Callable[[KnowledgeGraph], bytes]:
    return lambda kg: _written(kg, (*map(_quad, kg.store.match()), *_authored(kg)), format_)


def _members_in(class_: Class, format_: Format) -> Callable[[KnowledgeGraph], bytes]:
    def make(kg: KnowledgeGraph) -> bytes:
        wanted = _around(kg, class_)
        if format_ in (TRIG, N_QUADS):
            return _written(kg, (q for q in _authored(kg) if plain(q.subject) in wanted), format_)
        return _written(kg, (_quad(t) for iri in sorted(wanted) for t in kg.store.match(iri)), format_)

    return make


def _around(kg: KnowledgeGraph, class_: Class) -> set[str]:
    """The members of a class, the propositions of which they are the subject, and the live claims on these."""
    members = {plain(t.subject) for t in kg.store.match(None, RDF + "type", class_.iri)}
    stated = {plain(t.subject) for iri in members for t in kg.store.match(None, RDF + "subject", iri)}
    claims = {iri for one in stated for stance in _STANCES for iri in iris(kg.store, one, stance)}
    return members | stated | claims


def _authored(kg: KnowledgeGraph) -> Iterator[ox.Quad]:
    for graph in kg.store.graphs():
        if is_live(graph):
            yield from (_quad(triple, ox.NamedNode(graph)) for triple in kg.store.match_in(graph))


def _quad(triple: ox.Triple, graph: ox.NamedNode | None = None) -> ox.Quad:
    return ox.Quad(triple.subject, triple.predicate, triple.object, graph)


def _written(kg: KnowledgeGraph, quads: Iterable[ox.Quad], format_: Format) -> bytes:
    """In an order of their own, since the store's order is no property of the graph."""
    if format_ is TURTLE:
        return laid_out((quad.triple for quad in quads), kg.schema.prefixes).encode()
    # By graph and then by subject, as TriG and JSON-LD group them.
    ordered = sorted(set(quads), key=lambda q: (str(q.graph_name), str(q.subject), str(q.predicate), str(q.object)))
    prefixes = dict(sorted(kg.schema.prefixes.items()))
    return ox.serialize(ordered, format=_RDF[format_], prefixes=prefixes) or b""


def _claims(kg: KnowledgeGraph) -> Iterator[tuple[str, dict[str, object]]]:
    """Every live claim, with the ends of its proposition by property."""
    for stance in _STANCES:
        for triple in kg.store.match(None, stance):
            ends = {t.predicate.value: t.object for t in kg.store.match(plain(triple.subject))}
            yield plain(triple.object), {**ends, ALS + "states": triple.subject}


def _reified(kg: KnowledgeGraph) -> bytes:
    lines: set[str] = set()
    reifies = ox.NamedNode(RDF + "reifies")
    for claim, ends in _claims(kg):
        statement = ox.Triple(*(ends[end] for end in _ENDS))  # type: ignore[arg-type]
        said = [ox.Triple(ox.NamedNode(claim), reifies, statement), *kg.store.match(claim)]
        lines.update(f"{triple} ." for triple in said)
    return "".join(f"{line}\n" for line in sorted(lines)).encode()


def _statements(kg: KnowledgeGraph) -> bytes:
    rows = []
    for claim, ends in _claims(kg):
        said = {name: _named(kg, claim, ALS + name) for name in ("polarity", "certainty")}
        subject, predicate, object_ = (_shown(kg, ends[end]) for end in _ENDS)
        source, locator = _named(kg, claim, DCTERMS + "source"), text(kg.store, claim, ALS + "locator") or ""
        label = text(kg.store, plain(ends[ALS + "states"]), RDFS + "label") or ""  # type: ignore[arg-type]
        id_ = curie_of(kg.schema.prefixes, claim) or claim
        later = _named(kg, claim, ALS + "supersededBy")
        ends_and_label = subject, predicate, object_, label
        rows.append([id_, said["polarity"], said["certainty"], source, locator, *ends_and_label, later])
    return _csv(_STATEMENT_COLUMNS, sorted(rows))


def _rows(class_: Class) -> Callable[[KnowledgeGraph], bytes]:
    def make(kg: KnowledgeGraph) -> bytes:
        names = sorted(class_.fields)
        members = sorted({plain(t.subject) for t in kg.store.match(None, RDF + "type", class_.iri)})
        rows = ([iri, *(_named(kg, iri, class_.fields[name].path) for name in names)] for iri in members)
        return _csv(["id", *names], rows)

    return make


def _named(kg: KnowledgeGraph, iri: str, property_: str) -> str:
    return _JOINER.join(sorted(_shown(kg, t.object) for t in kg.store.match(iri, property_)))


def _shown(kg: KnowledgeGraph, term: object) -> str:
    if isinstance(term, ox.NamedNode):
        return curie_of(kg.schema.prefixes, term.value) or term.value
    return plain(term)  # type: ignore[arg-type]


def _csv(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue().encode()
