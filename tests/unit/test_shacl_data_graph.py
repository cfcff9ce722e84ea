"""The graph that pySHACL reads: the answers of rdflib's own graph, and no more fetched than is asked for."""

from collections import Counter
from collections.abc import Iterator

import pyoxigraph as ox
import pytest
from rdflib import RDF, RDFS, XSD, BNode, Graph, Literal, Namespace, URIRef
from rdflib.plugins.sparql import CUSTOM_EVALS
from rdflib.term import Node

from alskg.errors import SourceError
from alskg.shacl import data_graph, language
from alskg.shacl.data_graph import NEAR_MAX, DataGraph
from alskg.shacl.joins import join_as_bound
from alskg.shacl.language import Language
from alskg.triples import Memory, Term

EX = Namespace("http://example.org/")
PREFIXES = "PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> PREFIX : <http://example.org/> "
SMALL = """
:a a :A ; :p :b , "x" , "x"@en , 1 , 1.5 , "2020-01-01"^^xsd:date , "2020-01-01Z"^^xsd:date , true , "y"^^:type .
:b a :A ; :p :b , "x" , 1 , "2020-01-01Z"^^xsd:date , "2020-01-01T00:00:00Z"^^xsd:dateTime , "0"^^xsd:double ; :q _:n .
_:n :p 1 , :a , _:m ; :q "" . _:m :p "x" . :c :p 0 , false .
"""
HUB = SMALL + "".join(f":n{n} :p :hub . :hub :p :n{n} , {n} . _:n :r {n} . " for n in range(NEAR_MAX + 10))


class Counting(Memory):
    """Triples that count what is fetched of them."""

    fetched = 0
    asked = 0

    def match(
        self, subject: str | None = None, predicate: str | None = None, object_: Term | str | None = None
    ) -> Iterator[ox.Triple]:
        self.asked += 1
        for triple in super().match(subject, predicate, object_):
            self.fetched += 1
            yield triple


def memory(text: str) -> Counting:
    return Counting.of_turtle(PREFIXES + text)


def dumped(triples: Memory) -> Graph:
    """rdflib's own graph with the same blank nodes."""
    language, graph = Language(), Graph()
    for triple in triples.match():
        graph.add(tuple(map(language.term, triple)))  # type: ignore[arg-type]
    return graph


@pytest.mark.parametrize("text", [SMALL, HUB], ids=["few edges", "hubs"])
@pytest.mark.parametrize("kept", [3, 10_000], ids=["little kept", "all kept"])
def test_every_pattern_has_the_answers_of_rdflib(text: str, kept: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_graph, "KEPT_MAX", kept)
    triples = memory(text)
    lean, plain = DataGraph(triples, Language()), dumped(triples)
    subjects: set[Node | None] = {EX.a, EX.b, EX.hub, EX.n1, EX.nobody, None, *plain.subjects(EX.q), Literal("x")}
    objects: set[Node | None] = {*plain.objects(EX.a, EX.p), *plain.objects(EX.b, EX.p), EX.hub, EX.n1, None}
    objects |= {Literal("x", datatype=XSD.string), Literal("", lang="en"), BNode(), Literal(0), Literal(False)}
    for subject in subjects:
        for predicate in (EX.p, EX.q, RDF.type, None, EX.nothing):
            for object_ in objects:
                pattern = (subject, predicate, object_)
                due = Counter(plain.triples(pattern))
                assert Counter(lean.triples(pattern)) == due, pattern
                assert (pattern in lean) == bool(due)
                assert lean.has(*pattern) == bool(due)


@pytest.mark.parametrize("text", [SMALL, HUB], ids=["few edges", "hubs"])
def test_what_pyshacl_calls_has_the_answers_of_rdflib(text: str) -> None:
    triples = memory(text)
    lean, plain = DataGraph(triples, Language()), dumped(triples)
    for node in {*plain.all_nodes(), EX.nobody}:
        assert set(lean.objects(node, EX.p)) == set(plain.objects(node, EX.p))
        assert set(lean.subjects(EX.p, node)) == set(plain.subjects(EX.p, node))
        assert set(lean.predicate_objects(node)) == set(plain.predicate_objects(node))
        assert set(lean.transitive_objects(node, EX.p)) == set(plain.transitive_objects(node, EX.p))
    assert set(lean.subject_objects(EX.p)) == set(plain.subject_objects(EX.p))
    assert set(lean.objects(None, EX.p)) == set(plain.objects(None, EX.p))
    assert set(lean.subjects(EX.p, [EX.b, EX.hub])) == set(plain.subjects(EX.p, [EX.b, EX.hub]))


def test_a_string_is_a_plain_literal() -> None:
    graph = DataGraph(memory(':a :p "x"^^xsd:string .'), Language())
    assert list(graph.objects(EX.a, EX.p)) == [Literal("x")]
    assert Literal("x") != Literal("x", datatype=XSD.string)


@pytest.mark.parametrize("text", ['"x"@en', '"2020-01-01T00:00:00Z"^^xsd:dateTime', "1.0e0", "_:n", '"x"', ":a"])
def test_a_term_comes_back_as_the_store_has_it(text: str) -> None:
    (triple,) = memory(f":s :p {text} .").match()
    language = Language()
    assert language.stored(language.term(triple.object)) == triple.object


def test_a_term_that_was_never_read_is_written() -> None:
    language = Language()
    assert language.stored(EX.a) == ox.NamedNode(str(EX.a))
    assert language.stored(BNode("n")) == ox.BlankNode("n")
    assert language.stored(Literal("x", lang="en")) == ox.Literal("x", language="en")
    assert language.stored(Literal(5)) == ox.Literal(5)
    with pytest.raises(TypeError):
        language.stored(Graph())


@pytest.mark.parametrize(
    "term",
    [
        ox.Triple(ox.NamedNode("urn:a"), ox.NamedNode("urn:b"), ox.NamedNode("urn:c")),
        ox.Literal("x", language="en", direction=ox.BaseDirection.LTR),
    ],
    ids=["a triple term", "a direction"],
)
def test_what_rdflib_cannot_read_is_refused(term: Term) -> None:
    with pytest.raises(SourceError, match=r"RDF 1\.2"):
        Language().term(term)


def test_terms_are_forgotten_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language, "TERMS_MAX", 3)
    monkeypatch.setattr(data_graph, "NODES_MAX", 3)
    triples = memory(SMALL)
    graph = DataGraph(triples, Language())
    assert set(graph) == set(dumped(triples))
    for node in graph.all_nodes():
        assert set(graph.predicate_objects(node)) == set(dumped(triples).predicate_objects(node))
    assert len(graph._out) <= 3


def test_the_properties_of_a_node_are_fetched_once() -> None:
    triples = memory(SMALL)
    graph = DataGraph(triples, Language())
    for predicate in (EX.p, EX.q, EX.r, RDF.type):
        list(graph.objects(EX.a, predicate))
    assert triples.asked == 1


def test_whether_a_hub_has_an_edge_is_told_without_fetching_all() -> None:
    triples = memory("".join(f":n{n} :p :hub . " for n in range(5_000)))
    graph = DataGraph(triples, Language())
    assert graph.has(None, EX.p, EX.hub)
    assert (None, EX.p, EX.hub) in graph
    assert triples.fetched < 2 * NEAR_MAX


def test_a_hub_is_read_as_far_as_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_graph, "KEPT_MAX", 500)
    triples = memory("".join(f":n{n} :p :hub . " for n in range(5_000)))
    graph = DataGraph(triples, Language())
    next(iter(graph.subjects_with(EX.p, EX.hub)))
    assert triples.fetched < 1_000
    assert len(set(graph.subjects_with(EX.p, EX.hub))) == 5_000


def test_the_classes_of_a_node_are_those_above_its_own() -> None:
    text = f":a a :A , :B . :A <{RDFS.subClassOf}> :C . :C <{RDFS.subClassOf}> :A ."
    graph = DataGraph(memory(text), Language())
    assert graph.classes_of(EX.a) == {EX.A, EX.B, EX.C}
    assert graph.classes_of(EX.C) == frozenset()
    assert graph.classes_of(Literal("x")) == frozenset()


def test_a_graph_is_read_only_but_for_what_is_there() -> None:
    graph = DataGraph(memory(":a :p :b ."), Language())
    assert graph.add((EX.a, EX.p, EX.b)) is graph
    with pytest.raises(TypeError):
        graph.add((EX.a, EX.p, EX.c))


JOINS = [
    "SELECT * { ?x :p ?y . ?y :p ?z . ?z :q ?w }",
    "SELECT * { ?x :p ?x }",
    "SELECT * { ?x a :A . ?y a :A . ?x :p ?y }",
    "SELECT * { ?x ?p ?y . ?y ?p ?x }",
    "SELECT * { ?x :p 1 , ?y OPTIONAL { ?y :q ?z . ?z :p ?u } }",
    "SELECT * { ?x :p/:q ?y . ?y :p* ?z }",
    "SELECT (COUNT(?y) AS ?n) { ?x :p ?y . ?z :p ?y } GROUP BY ?x",
]


@pytest.mark.parametrize("query", JOINS)
@pytest.mark.parametrize("bound", [None, EX.a])
def test_a_query_has_the_answers_of_rdflib(query: str, bound: URIRef | None) -> None:
    join_as_bound()
    triples = memory(SMALL)
    bindings = {"x": bound} if bound else {}
    answers = [
        Counter(frozenset(row.asdict().items()) for row in graph.query(PREFIXES + query, initBindings=bindings))  # type: ignore[union-attr]
        for graph in (DataGraph(triples, Language()), dumped(triples))
    ]
    assert answers[0] == answers[1]


def test_a_query_is_parsed_once() -> None:
    language = Language()
    query = language.query("SELECT * { ?x ?p ?y }")
    assert language.query("SELECT * { ?x ?p ?y }") is query


def test_a_join_begins_with_what_is_narrow() -> None:
    join_as_bound()
    triples = memory(HUB)
    graph = DataGraph(triples, Language())
    rows = list(graph.query(f"{PREFIXES} SELECT * {{ ?x :p :hub . ?x :q ?y . :b :q ?y }}", initBindings={"x": EX.b}))
    assert rows == []
    assert triples.fetched < 100


def test_the_order_of_joins_is_that_of_our_graphs_alone() -> None:
    join_as_bound()
    join = CUSTOM_EVALS["alskg"]
    context = type("Context", (), {"graph": Graph()})()
    part = type("Part", (), {"name": "BGP", "triples": []})()
    with pytest.raises(NotImplementedError):
        join(context, part)


@pytest.mark.parametrize("literal", ["0", '""', "false"])
def test_a_literal_at_the_end_of_a_path_is_no_variable(literal: str) -> None:
    graph = DataGraph(memory(f":a :p {literal} . :b :q :c ."), Language())
    (value,) = graph.objects(EX.a, EX.p)
    rows = graph.query(f"{PREFIXES} SELECT ?y {{ ?x :q* ?y }}", initBindings={"x": value})
    assert [row.asdict()["y"] for row in rows] == [value]  # type: ignore[union-attr]
    rows = graph.query(f"{PREFIXES} SELECT ?x {{ ?x :p+ ?y }}", initBindings={"y": value})
    assert [row.asdict()["x"] for row in rows] == [EX.a]  # type: ignore[union-attr]
