"""SPARQL constraints: what they read, and what is refused because that can't be told."""

from collections.abc import Iterable

import pytest
from rdflib import Namespace
from rdflib.term import Node

from alskg.shacl.data_graph import DataGraph
from alskg.shacl.language import Language
from alskg.shacl.sparql_reads import triggers_of
from alskg.triples import Memory

EX = Namespace("http://example.org/")
PREFIX = "PREFIX ex: <http://example.org/> "


def foci(query: str, data: str, changed: tuple[Node, Node, Node]) -> set[Node]:
    """The focus nodes that a changed triple matters to."""
    graph = DataGraph(Memory.of_turtle(f"{PREFIX} {data}"), Language())
    triggers = [one for one in triggers_of(PREFIX + query) if one.predicate == changed[1]]
    return {focus for trigger in triggers for focus in trigger.foci(graph, changed)}


def nodes(names: Iterable[str]) -> set[Node]:
    return {EX[name] for name in names}


@pytest.mark.parametrize(
    ("query", "data", "changed", "due"),
    {
        "the pattern has $this": ("{ $this ex:p ?x }", "", "a p b", "a"),
        "the pattern has another node": ("{ $this ex:p ex:c }", "", "a p b", ""),
        "the pattern has $this twice": ("{ $this ex:p $this }", "", "a p b", ""),
        "the pattern is joined to $this": ("{ $this ex:p ?x . ?x ex:q ?y }", "ex:a ex:p ex:b .", "b q c", "a"),
        "it is joined in two steps": (
            "{ $this ex:p ?x . ?x ex:q ?y . ?y ex:r ?z }",
            "ex:a ex:p ex:b . ex:b ex:q ex:c . ex:d ex:q ex:c . ex:e ex:p ex:d .",
            "c r d",
            "a e",
        ),
        "both ends are joined": (
            "{ $this ex:p ?x ; ex:r ?y . ?x ex:q ?y }",
            "ex:a ex:p ex:b ; ex:r ex:c . ex:d ex:p ex:b .",
            "b q c",
            "a",
        ),
        "an edge far down a path": (
            "{ $this ex:p ?x . ?x ex:q+ ?y }",
            "ex:a ex:p ex:b . ex:b ex:q ex:c . ex:c ex:q ex:d .",
            "d q e",
            "a",
        ),
        "an edge in the middle of a path, against it": (
            "{ $this ex:p/^ex:q/ex:r ?y }",
            "ex:a ex:p ex:b . ex:c ex:r ex:d .",
            "c q b",
            "a",
        ),
        "a path among what is joined": (
            "{ ?y ex:p* $this . ?y ex:q ?z }",
            "ex:b ex:p ex:a . ex:a ex:p ex:c .",
            "b q x",
            "a b c",
        ),
        "one group or another": (
            "{ { $this ex:p ?x } UNION { ?x ex:q $this . ?x ex:r ?y } }",
            "ex:x ex:q ex:a , ex:b .",
            "x r y",
            "a b",
        ),
        "what there isn't": (
            "{ $this ex:p ?x FILTER NOT EXISTS { ?x ex:q ?y FILTER EXISTS { ?y ex:r $this } } }",
            "ex:a ex:p ex:b . ex:b ex:q ex:c . ex:d ex:p ex:b .",
            "c r a",
            "a",
        ),
        "what is optional": ("{ $this ex:p ?x OPTIONAL { ?x ex:q ?y } }", "ex:a ex:p ex:b .", "b q c", "a"),
        "what is optional on a condition": (
            "{ $this ex:p ?x OPTIONAL { ?x ex:q ?y FILTER EXISTS { ?y ex:r ?z } } }",
            "ex:a ex:p ex:b . ex:b ex:q ex:c .",
            "c r d",
            "a",
        ),
        "a condition on what is computed": (
            "{ $this ex:p ?x BIND(EXISTS { ?x ex:q ?y } AS ?b) FILTER(?b) }",
            "ex:a ex:p ex:b .",
            "b q c",
            "a",
        ),
        "a group that is counted": (
            "{ $this ex:p ?x . ?x ex:q ?y } GROUP BY $this HAVING (COUNT(?y) > 1)",
            "ex:a ex:p ex:b .",
            "b q c",
            "a",
        ),
        "a query in the query": ("{ { SELECT $this ?x { $this ex:p ?x } } }", "", "a p b", "a"),
        "two ways lead to the same node": (
            "{ $this ex:p ?x . ?x ex:q ?y . ?y ex:r ?z }",
            "ex:a ex:p ex:b , ex:c . ex:b ex:q ex:d . ex:c ex:q ex:d .",
            "d r e",
            "a",
        ),
        "a pattern is written the other way round": (
            "{ ?x ^ex:p $this . ?x ex:q ?y }",
            "ex:a ex:p ex:b .",
            "b q c",
            "a",
        ),
        "what is joined begins with a known node": (
            "{ ex:k ex:p ?x . ?x ex:q $this . ?x ex:r ?y }",
            "ex:k ex:p ex:b . ex:b ex:q ex:a . ex:c ex:q ex:d .",
            "b r z",
            "a",
        ),
        "a hub is not where the search begins": (
            "{ $this ex:p ?x . ?x ex:q ex:hub . ?x ex:r ?y }",
            "ex:a ex:p ex:b . ex:b ex:q ex:hub . " + "".join(f"ex:n{n} ex:q ex:hub . " for n in range(300)),
            "b r c",
            "a",
        ),
    }.values(),
)
def test_a_changed_triple_matters_to(query: str, data: str, changed: str, due: str) -> None:
    subject, predicate, object_ = changed.split()
    assert foci(f"SELECT $this WHERE {query}", data, (EX[subject], EX[predicate], EX[object_])) == nodes(due.split())


@pytest.mark.parametrize(
    ("query", "what"),
    [
        ("SELECT $this { $this ex:p ?x . ?y ex:q ?z }", r"the pattern \?y .* \?z is not joined to \$this"),
        ("SELECT $this { $this ex:p ?x . ?y ex:q ?z FILTER(?y = ?x) }", "is not joined"),
        ("SELECT $this { $this ex:p ?x BIND(?x AS ?y) ?y ex:q ?z }", "is not joined"),
        ("SELECT $this { $this ex:p ex:c . ex:c ex:q ?x }", "is not joined"),
        ("SELECT $this { FILTER NOT EXISTS { ex:a ex:p ex:b } }", "is not joined"),
        ("SELECT $this { { SELECT ?x { ?x ex:p ?y } } $this ex:q ?x }", "is not joined"),
        ("SELECT $this { $this ?p ?x }", "a variable for its property"),
        ("SELECT $this { $this ex:p [] }", "a blank node; use a variable"),
        ("SELECT $this { $this ex:p _:x }", "a blank node; use a variable"),
        ("SELECT $this { $this !ex:p ?x }", "a negated property set"),
        ("SELECT $this { $this ex:p ?x MINUS { $this ex:q ?x } }", "MINUS has no place"),
        ("SELECT $this { VALUES ?x { 1 } $this ex:p ?x }", "VALUES has no place"),
        ("SELECT $this { GRAPH ex:g { $this ex:p ?x } }", "GRAPH has no place"),
        ("SELECT $this { $this ex:p ?x } LIMIT 1", "LIMIT or OFFSET has no place"),
        ("SELECT $this { $this ex:p ?x } OFFSET 1", "LIMIT or OFFSET has no place"),
        ("SELECT $this { { SELECT $this { $this ex:p ?x } LIMIT 1 } }", "LIMIT or OFFSET has no place"),
        ("SELECT $this { { SELECT $this (COUNT(?x) AS ?n) { $this ex:p ?x } GROUP BY $this } }", "an aggregate in"),
        ("SELECT $this FROM ex:g { $this ex:p ?x }", "FROM has no place"),
        ("SELECT $this { $this ex:p ?x FILTER(?x < NOW()) }", r"NOW\(\) gives another value"),
        ("SELECT $this { $this ex:p ?x FILTER(RAND() < 0.5) }", r"RAND\(\) gives another value"),
        ("SELECT $this { $this ex:p ?x BIND(STRUUID() AS ?y) }", r"STRUUID\(\) gives another value"),
        ("ASK { $this ex:p ?x }", "takes a SELECT query"),
        ("CONSTRUCT { $this ex:p ?x } { $this ex:p ?x }", "takes a SELECT query"),
        ("SELECT $this { $this ex:p }", "it is not SPARQL"),
        ("SELECT $this { $this nobody:p ?x }", "it is not SPARQL"),
    ],
)
def test_a_query_whose_reads_cannot_be_told_is_refused(query: str, what: str) -> None:
    with pytest.raises(ValueError, match=what):
        triggers_of(PREFIX + query)


def test_a_query_that_reads_nothing_has_no_triggers() -> None:
    assert triggers_of("SELECT $this { FILTER(!isIRI($this)) }") == []
