"""Changes that are easy to get wrong, one by one; and a validator with a fault in it is seen by them."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

import pyoxigraph as ox
import pytest
from pyshacl.constraints.core.logical_constraints import NotConstraintComponent, XoneConstraintComponent
from pyshacl.constraints.core.shape_based_constraints import (
    NodeConstraintComponent,
    PropertyConstraintComponent,
    QualifiedValueShapeConstraintComponent,
)
from rdflib import Literal
from rdflib.term import Node

from alskg.errors import SourceError
from alskg.names import XSD
from alskg.overlay import Overlay, stored
from alskg.shacl import data_graph, judge, paths, sparql_reads, units, validator
from alskg.shacl.units import Read
from alskg.shacl.validator import Pair, Result, TooManyPairs, Validator
from alskg.triples import Memory, Triples

PREFIXES = """
PREFIX sh: <http://www.w3.org/ns/shacl#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX : <http://example.org/>
"""
NAMES = ':names sh:declare [ sh:prefix "ex" ; sh:namespace "http://example.org/"^^xsd:anyURI ] .'


class Full(Protocol):
    stock: Callable[[Memory, Triples], "Counter[tuple[object, ...]]"]
    found: Callable[[Result], tuple[object, ...]]


def memory(text: str) -> Memory:
    return Memory.of_turtle(PREFIXES + text)


def triples(text: str) -> list[ox.Triple]:
    return [quad.triple for quad in stored(ox.parse(PREFIXES + text, ox.RdfFormat.TURTLE))]


def query(text: str) -> str:
    return f'sh:sparql [ sh:prefixes :names ; sh:select """{text}""" ]'


@dataclass(frozen=True)
class Case:
    """A change of which full validation finds other results than before."""

    shapes: str
    data: str
    added: str = ""
    removed: str = ""

    @property
    def change(self) -> tuple[list[ox.Triple], list[ox.Triple]]:
        return triples(self.added), triples(self.removed)

    @property
    def before(self) -> Memory:
        return memory(self.data)

    @property
    def after(self) -> Memory:
        return Memory(Overlay(self.before, *self.change).match())


NAMED = ":S a sh:NodeShape ; sh:targetClass :A ; sh:property [ sh:path :p ; sh:minCount 1 ] ."
LINKED = ":S a sh:NodeShape ; sh:targetClass :A ; sh:property [ sh:path :p ; sh:class :B ] ."

CASES = {
    "a node loses its type": Case(NAMED, ":a a :A .", "", ":a a :A ."),
    "a node gets another type": Case(NAMED, ":a a :B .", ":a a :A .", ":a a :B ."),
    "a node of several types loses one": Case(NAMED, ":a a :A , :B .", "", ":a a :A ."),
    "a node that others link to loses its type": Case(
        LINKED, ":a a :A ; :p :b . :c a :A ; :p :b . :b a :B .", "", ":b a :B ."
    ),
    "a class comes under another, two levels below the one that is asked for": Case(
        LINKED, ":a a :A ; :p :b . :b a :C . :D rdfs:subClassOf :B .", ":C rdfs:subClassOf :D ."
    ),
    "a class comes under the target": Case(NAMED, ":a a :C . :D rdfs:subClassOf :A .", ":C rdfs:subClassOf :D ."),
    "a class leaves the target": Case(NAMED, ":a a :C . :C rdfs:subClassOf :A .", "", ":C rdfs:subClassOf :A ."),
    "an instance is held to the shape of a superclass": Case(NAMED, ":C rdfs:subClassOf :A .", ":a a :C ."),
    "one of two results goes": Case(
        ":S a sh:NodeShape ; sh:targetClass :A ; sh:property [ sh:path :p ; sh:datatype xsd:integer ] .",
        ':a a :A ; :p "x" , "y" .',
        "",
        ':a :p "x" .',
    ),
    "a focus node by its property loses it": Case(
        ":S a sh:NodeShape ; sh:targetSubjectsOf :q ; sh:property [ sh:path :p ; sh:minCount 1 ] .",
        ":a :q :b .",
        "",
        ":a :q :b .",
    ),
    "a literal is a focus node": Case(
        ":S a sh:NodeShape ; sh:targetObjectsOf :p ; sh:nodeKind sh:IRI .", "", ':a :p "x"@en , 1 , "y" .'
    ),
    "a path leads back from a literal": Case(
        ":S a sh:NodeShape ; sh:targetObjectsOf :q ; sh:property [ sh:path [ sh:inversePath :p ] ; sh:maxCount 1 ] .",
        ':a :q 5 , "x" , "y"@en ; :p 5 , "x" , "y"@en .',
        ':b :p 5 , "x" , "y"@en .',
    ),
    "a path leads back from a date that is spelled in two ways": Case(
        ":S a sh:NodeShape ; sh:targetObjectsOf :q ; sh:property [ sh:path [ sh:inversePath :p ] ; sh:maxCount 1 ] .",
        ':a :q "2020-01-01"^^xsd:date ; :p "2020-01-01"^^xsd:date .',
        ':b :p "2020-01-01Z"^^xsd:date .',
    ),
    "a moment is spelled in another way by rdflib": Case(
        ":S a sh:NodeShape ; sh:targetNode :a ; sh:property [ sh:path ( :p [ sh:inversePath :p ] ) ; sh:maxCount 1 ] .",
        ':a :p "2020-01-01T00:00:00Z"^^xsd:dateTime .',
        ':b :p "2020-01-01T00:00:00Z"^^xsd:dateTime .',
    ),
    "a step back in the middle of a path": Case(
        ":S a sh:NodeShape ; sh:targetNode :a ; "
        "sh:property [ sh:path ( :p [ sh:inversePath :q ] :r ) ; sh:maxCount 0 ] .",
        ":a :p :b . :c :r :d .",
        ":c :q :b .",
    ),
    "an edge far down a repeated path": Case(
        ":S a sh:NodeShape ; sh:targetClass :A ; "
        "sh:property [ sh:path ( [ sh:zeroOrMorePath :p ] :q ) ; sh:maxCount 0 ] .",
        ":a a :A ; :p :b . :b :p :c . :c :p :d .",
        ":d :q :e .",
    ),
    "a link in a repeated path goes": Case(
        ":S a sh:NodeShape ; sh:targetClass :A ; sh:property [ sh:path [ sh:oneOrMorePath :p ] ; sh:minCount 3 ] .",
        ":a a :A ; :p :b . :b :p :c . :c :p :d .",
        "",
        ":b :p :c .",
    ),
    "a shape that is asked for by sh:node": Case(
        ":S a sh:NodeShape ; sh:targetClass :A ; sh:property [ sh:path :p ; sh:node :T ] . "
        ":T a sh:NodeShape ; sh:property [ sh:path :q ; sh:minCount 1 ] .",
        ":a a :A ; :p :b . :b :q :c .",
        "",
        ":b :q :c .",
    ),
    "what a negation asks for": Case(
        ":S a sh:NodeShape ; sh:targetClass :A ; sh:not [ sh:property [ sh:path :q ; sh:maxCount 0 ] ] .",
        ":a a :A ; :q :b .",
        "",
        ":a :q :b .",
    ),
    "what one of several shapes asks for": Case(
        ":S a sh:NodeShape ; sh:targetClass :A ; sh:xone ( [ sh:property [ sh:path :p ; sh:minCount 1 ] ] "
        "[ sh:property [ sh:path :q ; sh:minCount 1 ] ] ) .",
        ":a a :A ; :p :b .",
        ":a :q :b .",
    ),
    "a value comes to conform to a sibling": Case(
        ":S a sh:NodeShape ; sh:targetClass :Hand ; sh:property [ sh:path :digit ; sh:qualifiedMinCount 1 ; "
        "sh:qualifiedValueShapesDisjoint true ; sh:qualifiedValueShape [ sh:class :Thumb ] ] , "
        "[ sh:path :digit ; sh:qualifiedMaxCount 4 ; "
        "sh:qualifiedValueShape [ sh:property [ sh:path :long ; sh:minCount 1 ] ] ] .",
        ":h a :Hand ; :digit :t . :t a :Thumb .",
        ":t :long true .",
    ),
    "a property that isn't listed": Case(
        ":S a sh:NodeShape ; sh:targetClass :A ; sh:closed true ; sh:ignoredProperties ( rdf:type ) .",
        ":a a :A .",
        ":a :p :b .",
    ),
    "the other of two properties that are compared": Case(
        ":S a sh:NodeShape ; sh:targetClass :A ; sh:property [ sh:path :p ; sh:lessThan :q ] .",
        ":a a :A ; :p 1 .",
        ":a :q 0 .",
    ),
    "the other of two properties that must agree": Case(
        ":S a sh:NodeShape ; sh:targetClass :A ; sh:property [ sh:path :p ; sh:equals :q ] .",
        ":a a :A ; :p 1 ; :q 1 .",
        "",
        ":a :q 1 .",
    ),
    "two triples that are joined go at once": Case(
        NAMES
        + ":S a sh:NodeShape ; sh:targetClass :A ; "
        + query("SELECT $this WHERE { $this ex:p ?y . FILTER NOT EXISTS { ?y ex:q ?z . ?z a ex:C } }")
        + " .",
        ":a a :A ; :p :y . :y :q :z . :z a :C .",
        "",
        ":y :q :z . :z a :C .",
    ),
    "two links of a join go at once": Case(
        NAMES
        + ":S a sh:NodeShape ; sh:targetClass :A ; "
        + query("SELECT $this WHERE { $this ex:p ?y . ?y ex:q ?z . ?z ex:r ?w }")
        + " .",
        ":a a :A ; :p :y . :y :q :z . :z :r :w .",
        "",
        ":y :q :z . :z :r :w .",
    ),
    "two nodes have the same key": Case(
        NAMES
        + ":S a sh:NodeShape ; sh:targetClass :A ; "
        + query("SELECT $this ?value WHERE { $this ex:key ?value . ?o ex:key ?value . FILTER(?o != $this) }")
        + " .",
        ':a a :A ; :key "k" .',
        ':b a :A ; :key "k" .',
    ),
    "what is beside an optional part doesn't narrow it": Case(
        NAMES
        + ":S a sh:NodeShape ; sh:targetClass :A ; "
        + query("SELECT $this ?w WHERE { $this ex:p ?x OPTIONAL { ?x ex:q ?w } $this ex:r ?w }")
        + " .",
        ":a a :A ; :p :x ; :r :y .",
        ":x :q :z .",
    ),
    "what is beside a group doesn't narrow what the group says there isn't": Case(
        NAMES
        + ":S a sh:NodeShape ; sh:targetClass :A ; "
        + query("SELECT $this WHERE { { $this ex:p ?x FILTER NOT EXISTS { ?x ex:q ?y } } $this ex:r ?y }")
        + " .",
        ":a a :A ; :p :x ; :r :y .",
        ":x :q :z .",
    ),
    "a query of a shape that is asked for": Case(
        NAMES
        + ":S a sh:NodeShape ; sh:targetClass :A ; sh:property [ sh:path :p ; sh:node :T ] . :T a sh:NodeShape ; "
        + query("SELECT $this WHERE { $this ex:q/ex:r+ ?y }")
        + " .",
        ":a a :A ; :p :b . :b :q :c . :d :r :e .",
        ":c :r :d .",
    ),
    "a blank node": Case(
        ":S a sh:NodeShape ; sh:targetClass :A ; "
        "sh:property [ sh:path :p ; sh:property [ sh:path :q ; sh:minCount 1 ] ] .",
        ":a a :A .",
        ":a :p _:b . _:b :r :c .",
    ),
    "a number is written in another way": Case(
        ":S a sh:NodeShape ; sh:targetClass :A ; sh:property [ sh:path :p ; sh:in ( 1.5 2.0 ) ] .",
        ":a a :A ; :p 3.0 .",
        ":a :p 1.50 .",
        ":a :p 3.0 .",
    ),
    "a derived datatype is another one once it is stored": Case(
        ":S a sh:NodeShape ; sh:targetClass :A ; sh:property [ sh:path :p ; sh:datatype xsd:int ] .",
        ":a a :A .",
        ':a :p "1"^^xsd:int .',
    ),
    "a language is written in capitals": Case(
        ':S a sh:NodeShape ; sh:targetClass :A ; sh:property [ sh:path :p ; sh:hasValue "x"@en ] .',
        ":a a :A .",
        ':a :p "x"@EN .',
    ),
    "a string with its datatype": Case(
        ':S a sh:NodeShape ; sh:targetClass :A ; sh:property [ sh:path :p ; sh:in ( "x" "y" ) ] .',
        ':a a :A ; :p "z" .',
        ':a :p "x"^^xsd:string .',
        ':a :p "z" .',
    ),
    "two shapes say the same": Case(
        ":S a sh:NodeShape ; sh:targetClass :A ; sh:property :P . :T a sh:NodeShape ; sh:targetClass :A ; "
        "sh:property :P . :P sh:path :p ; sh:minCount 1 .",
        "",
        ":a a :A .",
    ),
    "two shapes find the same at the end of two paths": Case(
        ":S a sh:NodeShape ; sh:targetClass :A ; sh:property [ sh:path :p ; sh:property :P ] . "
        ":P sh:path :q ; sh:minCount 1 .",
        ":a a :A ; :p :b . :c a :A ; :p :b . :b :q :d .",
        "",
        ":b :q :d .",
    ),
}

SAME = {
    "a triple goes and comes back": Case(NAMED, ":a a :A .", ":a a :A .", ":a a :A ."),
    "a triple comes that is there": Case(NAMED, ":a a :A .", ":a a :A ."),
    "a triple goes that isn't there": Case(NAMED, ":a a :A .", "", ":a :p :b ."),
    "a class is declared in the shapes alone": Case(f"{NAMED} :C rdfs:subClassOf :A .", ":a a :A .", ":b a :C ."),
    "a shape that is deactivated": Case(f"{NAMED} :S sh:deactivated true .", "", ":a a :A ."),
}
"""Changes that change no result."""


def result_of(case: Case) -> tuple[dict[Pair, tuple[Result, ...]], dict[Pair, tuple[Result, ...]]]:
    """The table before a change and after it."""
    checked = Validator(memory(case.shapes))
    before, change = case.before, case.change
    state = Overlay(before, *change)
    table = checked.results(checked.every(before), before)
    pairs = checked.affected(before, state, *change)
    looked_at = set(pairs)
    kept = {pair: results for pair, results in table.items() if pair not in looked_at}
    return table, kept | checked.results(pairs, state)


def counted(full: Full, table: dict[Pair, tuple[Result, ...]]) -> "Counter[tuple[object, ...]]":
    return Counter(full.found(result) for results in table.values() for result in results)


@pytest.fixture(scope="module")
def due(full: Full) -> Callable[[str], "Counter[tuple[object, ...]]"]:
    """What pySHACL finds after the change of a case."""

    @cache
    def found(name: str) -> "Counter[tuple[object, ...]]":
        case = (CASES | SAME)[name]
        shapes = memory(case.shapes)
        # Blank nodes get other labels each time that a text is read.
        return nameless(full.stock(shapes, case.after))

    return found


def nameless(found: "Counter[tuple[object, ...]]") -> "Counter[tuple[object, ...]]":
    """Without the labels of blank nodes, which are others each time that a text is read."""
    places = Counter[tuple[object, ...]]()
    for result, times in found.items():
        node, path, value, component, shape, severity, _ = result
        known = tuple(text if ":" in str(text) else "-" for text in (node, value, shape))
        places[(*known, path, component, severity)] += times
    return places


@pytest.mark.parametrize("name", CASES)
def test_a_change_is_seen(name: str, full: Full, due: Callable[[str], object]) -> None:
    before, after = result_of(CASES[name])
    assert nameless(counted(full, after)) == due(name)
    assert counted(full, before) != counted(full, after), "A case in which nothing changes tests nothing."


@pytest.mark.parametrize("name", SAME)
def test_what_changes_nothing_changes_nothing(name: str, full: Full, due: Callable[[str], object]) -> None:
    before, after = result_of(SAME[name])
    assert before == after
    assert nameless(counted(full, after)) == due(name)


# A validator with a fault in it.


def unread(*kinds: type[judge.ConstraintComponent]) -> Callable[[pytest.MonkeyPatch], None]:
    """The shapes that some constraints ask for are not looked into."""
    whole = judge.shapes_in

    def fault(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(judge, "shapes_in", lambda one: iter(()) if isinstance(one, kinds) else whole(one))

    return fault


def no_siblings(patch: pytest.MonkeyPatch) -> None:
    def nodes_in(component: judge.ConstraintComponent) -> Iterable[Node]:
        if isinstance(component, QualifiedValueShapeConstraintComponent):
            return component.value_shapes
        return whole(component)

    whole = judge._nodes_in
    patch.setattr(judge, "_nodes_in", nodes_in)


def only_forward(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(units, "Read", lambda path, predicate, backward=False: Read(path, predicate))


def way_back_in_the_order_of_the_way(patch: pytest.MonkeyPatch) -> None:
    def inverse(path: paths.Sequence) -> paths.Path:
        return paths.Sequence(tuple(part.inverse for part in path.parts))

    patch.setattr(paths.Sequence, "inverse", property(inverse))


def first_round_alone(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(paths.Repeat, "edges", property(lambda path: path.part.edges))


def joined_after_the_change(patch: pytest.MonkeyPatch) -> None:
    def init(self: object, after: object, before: object, either: object, most: object) -> None:
        whole(self, after, before, after, most)

    whole: Any = validator._Search.__init__
    patch.setattr(validator._Search, "__init__", init)


def narrowed_by_what_is_beside(patch: pytest.MonkeyPatch) -> None:
    whole = sparql_reads._occurrences
    patch.setattr(
        sparql_reads, "_occurrences", lambda part, fixed, beside, nested: whole(part, fixed + beside, (), nested)
    )


def queries_at_the_root(patch: pytest.MonkeyPatch) -> None:
    whole = units._Collector._query
    patch.setattr(units._Collector, "_query", lambda self, shape, text, focus: whole(self, shape, text, paths.HERE))


def literals_passed_over(patch: pytest.MonkeyPatch) -> None:
    def found(self: Any, units_: Any, focus: Node) -> None:
        if not isinstance(focus, Literal):
            whole(self, units_, focus)

    whole = validator._Search.found
    patch.setattr(validator._Search, "found", found)


def only_what_is_a_focus_node_now(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(validator._Search, "_holds", lambda self, target, focus: target.holds(focus, self.after))


FAULTS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "no reads against a property": only_forward,
    "no reads of superclasses": lambda patch: patch.setattr(units, "CLASS_READS", units.CLASS_READS[:1]),
    "no reads of classes": lambda patch: patch.setattr(units, "CLASS_READS", ()),
    "no reads of targets": lambda patch: patch.setattr(units.Target, "reads", property(lambda self: ())),
    "no reads through sh:node": unread(NodeConstraintComponent),
    "no reads through sh:property": unread(PropertyConstraintComponent),
    "no reads through sh:not": unread(NotConstraintComponent),
    "no reads through sh:xone": unread(XoneConstraintComponent),
    "no reads of siblings": no_siblings,
    "no reads of all properties": lambda patch: patch.setattr(units, "_CLOSED", frozenset()),
    "no reads of the other property": lambda patch: patch.setattr(units, "_COMPARED", frozenset()),
    "the way back in the order of the way": way_back_in_the_order_of_the_way,
    "only the first round of a repeated path": first_round_alone,
    "joins in the state after the change": joined_after_the_change,
    "joins with what is beside an optional part": narrowed_by_what_is_beside,
    "queries of nested shapes taken for the root's": queries_at_the_root,
    "literals passed over": literals_passed_over,
    "focus nodes that are none any more passed over": only_what_is_a_focus_node_now,
    "typed literals by one spelling": lambda patch: patch.setattr(data_graph, "_may_be_respelled", lambda node: False),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_seen(name: str, full: Full, due: Callable[[str], object], monkeypatch: pytest.MonkeyPatch) -> None:
    FAULTS[name](monkeypatch)
    blind = [case for case in CASES if nameless(counted(full, result_of(CASES[case])[1])) != due(case)]
    assert blind, "No case sees this fault."


# What else the validator promises.


def test_a_result_names_the_node_that_the_shape_is_for() -> None:
    _, table = result_of(CASES["two shapes find the same at the end of two paths"])
    found = sorted((result.focus, result.node) for results in table.values() for result in results)
    assert found == [("http://example.org/a", "http://example.org/b"), ("http://example.org/c", "http://example.org/b")]


def test_a_result_in_the_terms_of_the_store() -> None:
    shapes = (
        ":S a sh:NodeShape ; sh:targetClass :A ; sh:property :P . "
        ":P sh:path [ sh:zeroOrMorePath :p ] ; sh:nodeKind sh:IRI ; sh:severity sh:Info ; "
        'sh:message "one" , "another" .'
    )
    _, table = result_of(Case(shapes, "", ':a a :A ; :p "2020-01-01T00:00:00Z"^^xsd:dateTime .'))
    assert [result for results in table.values() for result in results] == [
        Result(
            focus="http://example.org/a",
            node="http://example.org/a",
            path="<http://example.org/p>*",
            value=ox.Literal("2020-01-01T00:00:00Z", datatype=ox.NamedNode(f"{XSD}dateTime")),
            component="http://www.w3.org/ns/shacl#NodeKindConstraintComponent",
            shape="http://example.org/P",
            severity="http://www.w3.org/ns/shacl#Info",
            message="another\none",
        )
    ]


def test_a_change_that_touches_too_much_is_refused_before_all_is_counted() -> None:
    checked = Validator(memory(LINKED))
    before = memory("".join(f":a{place} a :A ; :p :hub . " for place in range(1_000)) + ":hub a :B .")
    removed = triples(":hub a :B .")
    after = Overlay(before, (), removed)
    assert len(checked.affected(before, after, [], removed, pairs_max=1_000)) == 1_000
    with pytest.raises(TooManyPairs, match="at least 11 pairs") as caught:
        checked.affected(before, after, [], removed, pairs_max=10)
    assert caught.value.count == 11


def test_pairs_tell_their_foci() -> None:
    checked = Validator(memory(f"{LINKED} :T a sh:NodeShape ; sh:targetObjectsOf :q ; sh:nodeKind sh:Literal ."))
    data = memory(':a a :A ; :q "x"@en , 1.0 .')
    pairs = checked.every(data)
    assert len(pairs) == 3
    assert pairs.foci == {"http://example.org/a", "x", "1"}
    assert len(set(pairs)) == 3


def test_only_the_constraints_that_read_a_property_are_judged() -> None:
    shapes = (
        ":S a sh:NodeShape ; sh:targetClass :A ; sh:property [ sh:path :p ; sh:minCount 1 ] , "
        "[ sh:path :q ; sh:minCount 1 ] ."
    )
    checked = Validator(memory(shapes))
    before = memory(":a a :A . :b a :A .")
    added = triples(":a :p 1 .")
    assert len(checked.affected(before, Overlay(before, added), added, [])) == 1


def test_progress_is_told() -> None:
    checked = Validator(memory(NAMED))
    data = memory("".join(f":a{place} a :A . " for place in range(450)))
    told = list[int]()
    results = checked.results(checked.every(data), data, told.append)
    assert told == [200, 400, 450]
    assert len(results) == 450


def test_a_table_outlives_the_validator_that_it_was_made_with() -> None:
    data = memory(":a a :A .")
    named = memory(NAMED.replace("[", ":P . :P ").replace("]", ""))
    one, other = Validator(named), Validator(named)
    assert one.results(one.every(data), data) == other.results(other.every(data), data) != {}


@pytest.mark.parametrize(
    ("values", "others"),
    [("_:b", "1"), ("1", "_:b"), ('"one"^^xsd:integer', "1")],
    ids=["a blank node", "beside a blank node", "what is no number"],
)
def test_what_pyshacl_cannot_judge_is_an_error_that_names_the_shape(values: str, others: str) -> None:
    shapes = ":S a sh:NodeShape ; sh:targetClass :A ; sh:property :P . :P sh:path :p ; sh:lessThanOrEquals :q ."
    checked = Validator(memory(shapes))
    data = memory(f":a a :A ; :p {values} ; :q {others} .")
    with pytest.raises(SourceError, match=r"^http://example.org/P: pySHACL can't judge it: "):
        checked.results(checked.every(data), data)


def nested(times: int) -> str:
    links = (f":N{place} a sh:NodeShape ; sh:node :N{place + 1} . " for place in range(times))
    return "".join(links) + f":N{times} a sh:NodeShape ; sh:class :B ."


REFUSED = {
    "recursion": (":S a sh:NodeShape ; sh:property [ sh:path :p ; sh:node :S ] .", "must not lead back to itself"),
    "recursion in a list": (":S a sh:NodeShape ; sh:or ( [ sh:class :B ] [ sh:not :S ] ) .", "lead back to itself"),
    "nesting": (nested(10), "shapes may nest less than 10 deep"),
    "inverse of a path": (
        ":S a sh:PropertyShape ; sh:path [ sh:inversePath ( :p :q ) ] .",
        "sh:path: sh:inversePath takes a property, not a path",
    ),
    "a target of SHACL-AF": (':S a sh:NodeShape ; sh:target [ sh:select "SELECT ?this {}" ] .', "sh:target is not"),
    "JavaScript": (":S a sh:NodeShape ; sh:js [] .", "sh:js is not used"),
    "a rule": (":S a sh:NodeShape ; sh:rule [] .", "sh:rule is not used"),
    "an expression": (":S a sh:NodeShape ; sh:expression [] .", "sh:expression is not used"),
    "derived values": (":S a sh:PropertyShape ; sh:path :p ; sh:values [] .", "sh:values is not used"),
    "a component of one's own": (
        "sh:C a sh:ConstraintComponent . :C a sh:ConstraintComponent ; sh:parameter [ sh:path :x ] ; "
        'sh:validator [ a sh:SPARQLAskValidator ; sh:ask "ASK {}" ] .',
        "custom constraint components are not used here",
    ),
    "a query that isn't joined": (
        f"{NAMES} :S a sh:NodeShape ; {query('SELECT $this WHERE { $this ex:p ?x . ?y ex:q ?z }')} .",
        r"sh:sparql: the pattern \?y <http://example.org/q> \?z is not joined to \$this",
    ),
    "a shape that isn't there": (":S a sh:PropertyShape ; sh:path :p , :q .", "more than one 'sh:path'"),
    "a pattern that is none": (":S a sh:PropertyShape ; sh:path :p ; sh:pattern '['.", "unterminated character set"),
    "a count that is no number": (":S a sh:PropertyShape ; sh:path :p ; sh:minCount :q .", "minCount must be"),
    "a node shape for a property": (
        ":S a sh:NodeShape ; sh:property :B . :B sh:class :C .",
        "sh:property asks for .*, which has no sh:path",
    ),
    "a property shape for a node": (
        ":S a sh:NodeShape ; sh:node [ sh:path :p ; sh:minCount 1 ] .",
        "sh:node asks for .*, which is a property shape",
    ),
}


@pytest.mark.parametrize(
    ("shapes", "what"),
    REFUSED.values(),
    ids=REFUSED,
)
def test_a_shape_outside_of_the_rules_is_refused(shapes: str, what: str) -> None:
    with pytest.raises(SourceError, match=what):
        Validator(memory(shapes))
