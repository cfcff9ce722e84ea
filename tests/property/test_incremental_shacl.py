"""Validation by what a change touches against full validation by pySHACL, on random shapes, data and changes."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Protocol, TypeAlias

import pyoxigraph as ox
import pytest
from pyshacl.errors import ReportableRuntimeError

from alskg.curated import Curated
from alskg.errors import SourceError
from alskg.names import RDF, RDFS
from alskg.overlay import Overlay, stored
from alskg.shacl.validator import Pair, Result, Validator
from alskg.triples import Memory, Triples, plain

from ..extent import extent

WORLDS = extent(135, 135, 2_700)
CHANGES = 8
"""How many random changes each world sees: some 1,000 in an ordinary run, and 20,000 in a long one."""

PREFIXES = """
PREFIX sh: <http://www.w3.org/ns/shacl#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX ex: <http://example.org/>
"""
NAMES = 'ex:names sh:declare [ sh:prefix "ex" ; sh:namespace "http://example.org/"^^xsd:anyURI ] .\n'

ROOT = Path(__file__).parents[2]
CHANGES_TO_CURATED = extent(30, 30, 500)
LOOKED_AT_EACH = extent(15, 1)
"""After how many of them everything is looked at; what went wrong before stays wrong until then."""

Table: TypeAlias = dict[Pair, tuple[Result, ...]]
Change: TypeAlias = tuple[list[ox.Triple], list[ox.Triple]]


class Found(Protocol):
    def __call__(self, shapes: Memory, data: Triples) -> "Counter[tuple[object, ...]]": ...


class Full(Protocol):
    stock: Found
    prepared: Found
    lean: Found
    found: Callable[[Result], tuple[object, ...]]


QUERIES = (
    "SELECT $this ?value WHERE { $this one ?value . ?o other ?value . FILTER(?o != $this) }",
    "SELECT $this WHERE { $this one ?x . ?x other ?y . FILTER NOT EXISTS { ?y third ?z . ?z a Class } }",
    "SELECT $this ?value WHERE { $this one ?value . OPTIONAL { ?value other ?w } FILTER(!bound(?w)) }",
    "SELECT $this ?w WHERE { $this one ?x OPTIONAL { ?x other ?w FILTER EXISTS { ?w third $this } } }",
    "SELECT $this ?w WHERE { $this one ?x OPTIONAL { ?x other ?w } $this third ?w }",
    "SELECT $this WHERE { { $this one ?x . ?x a Class } UNION { $this other Node } }",
    "SELECT $this WHERE { { $this one ?x } UNION { ?x other $this . ?x third ?y } }",
    "SELECT $this WHERE { FILTER NOT EXISTS { $this one ?x } }",
    "SELECT $this WHERE { $this one ?x FILTER EXISTS { ?x other ?y FILTER NOT EXISTS { ?y third $this } } }",
    "SELECT $this WHERE { { $this one ?x FILTER NOT EXISTS { ?x other ?y } } $this third ?y }",
    "SELECT $this (COUNT(?x) AS ?n) WHERE { $this one ?x . ?x other ?y } GROUP BY $this HAVING (COUNT(?x) > 1)",
    "SELECT $this ?value WHERE { ?value one $this . BIND(STR(?value) AS ?q) FILTER(STRENDS(?q, '1')) }",
    "SELECT $this ?value WHERE { { SELECT $this ?value WHERE { $this one ?value . ?value third ?y } } }",
    "SELECT DISTINCT $this ?path WHERE { $this one ?x BIND(third AS ?path) FILTER(isIRI(?x)) }",
    "SELECT $this WHERE { FILTER(!isIRI($this)) }",
)
"""Constraints with places for two paths, a property, a class and a node."""

QUERIES_BY_PATH = ("SELECT $this ?value WHERE { $this $PATH ?value . ?value one ?x }",) * 2


@dataclass
class Dice:
    """Random shapes and data over a small vocabulary, so that they meet often."""

    random: Random
    nodes: int = 7
    names: list[str] = field(default_factory=list)
    """Shapes without a target that others may ask for; each asks only for those before it."""

    def of(self, *options: str) -> str:
        return self.random.choice(options)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def property(self) -> str:
        return f"ex:p{self.random.randrange(4)}"

    def class_(self) -> str:
        return f"ex:C{self.random.randrange(4)}"

    def node(self) -> str:
        return f"ex:n{self.random.randrange(self.nodes)}"

    def literal(self) -> str:
        return self.of(
            *('"a"', '"b"', '"ab"', '"a"@en', '"b"@fr', '"b"@en', "1", "2", "3", "1.5", "true", '"c"^^ex:t'),
            *('"2020-01-01"^^xsd:date', '"2021-01-01"^^xsd:date', '"2020-01-01T00:00:00Z"^^xsd:dateTime', "1.0e0"),
            *('"x"^^xsd:integer', '"2020-01-01Z"^^xsd:date'),
        )

    def value(self) -> str:
        return self.node() if self.chance(0.6) else self.literal()

    def path(self, depth: int = 0) -> str:
        kinds = ["", "^"] if depth > 1 else ["", "", "", "", "^", "/", "/", "|", "*", "+", "?"]
        kind = self.of(*kinds)
        if kind == "":
            return self.property()
        if kind == "^":
            return f"[ sh:inversePath {self.property()} ]"
        one, other = self.path(depth + 1), self.path(depth + 1)
        return {
            "/": f"( {one} {other} )",
            "|": f"[ sh:alternativePath ( {one} {other} ) ]",
            "*": f"[ sh:zeroOrMorePath {one} ]",
            "+": f"[ sh:oneOrMorePath {one} ]",
            "?": f"[ sh:zeroOrOnePath {one} ]",
        }[kind]

    def constraint(self, depth: int, *, of_property: bool) -> str:
        """One constraint, without those of a shape that it may have only once twice."""
        options = [self.about_values, self.about_values, self.by_comparison, self.by_query]
        if depth < 3:
            options += [self.by_shape, self.by_shape, self.by_shape]
        if of_property:
            options += [self.about_number, self.about_number, self.about_text]
            if depth < 3:
                options.append(self.by_qualified)
        return self.random.choice(options)(depth, of_property)

    def about_values(self, depth: int, of_property: bool) -> str:
        few = " ".join(self.value() for _ in range(4))
        return self.of(
            f"sh:class {self.class_()}",
            f"sh:class {self.class_()}",
            f"sh:nodeKind sh:{self.of('IRI', 'Literal', 'BlankNodeOrIRI', 'BlankNode')}",
            f"sh:in ( {few} )",
            f"sh:hasValue {self.value()}",
            f"sh:closed true ; sh:ignoredProperties ( rdf:type {self.property()} )",
            f"sh:datatype {self.of('xsd:string', 'xsd:integer', 'rdf:langString', 'xsd:date', 'xsd:decimal')}",
        )

    def about_number(self, depth: int, of_property: bool) -> str:
        return self.of(
            f"sh:minCount {self.random.randint(1, 2)}",
            f"sh:maxCount {self.random.randint(0, 2)}",
            f"sh:minInclusive {self.random.randint(1, 2)}",
            "sh:maxExclusive 3",
        )

    def about_text(self, depth: int, of_property: bool) -> str:
        return self.of(
            "sh:uniqueLang true",
            'sh:languageIn ( "en" "de" )',
            'sh:pattern "[ab]"',
            'sh:pattern "^A" ; sh:flags "i"',
            "sh:minLength 2",
            "sh:maxLength 1",
        )

    def by_comparison(self, depth: int, of_property: bool) -> str:
        kinds = ["equals", "disjoint"] + (["lessThan", "lessThanOrEquals"] if of_property else [])
        return f"sh:{self.of(*kinds)} {self.property()}"

    def by_shape(self, depth: int, of_property: bool) -> str:
        one, other = self.shape(depth + 1), self.shape(depth + 1)
        named = self.of(*self.names) if self.names else f"[ {self.body(depth + 1, of_property=False)} ]"
        return self.of(
            f"sh:not {one}",
            f"sh:and ( {one} {other} )",
            f"sh:or ( {one} {other} )",
            f"sh:xone ( {one} {other} )",
            f"sh:node {named}",
            f"sh:node {named}",
            f"sh:property [ {self.body(depth + 1, of_property=True)} ]",
            f"sh:property [ {self.body(depth + 1, of_property=True)} ]",
        )

    def by_qualified(self, depth: int, of_property: bool) -> str:
        disjoint = "; sh:qualifiedValueShapesDisjoint true" if self.chance(0.5) else ""
        count = self.of("sh:qualifiedMinCount 1", "sh:qualifiedMaxCount 1")
        return f"sh:qualifiedValueShape {self.shape(depth + 1)} ; {count} {disjoint}"

    def by_query(self, depth: int, of_property: bool) -> str:
        if self.chance(0.6):
            return self.about_values(depth, of_property)
        return f'sh:sparql [ sh:prefixes ex:names ; sh:select """{self.query(of_property)}""" ]'

    def sparql_path(self) -> str:
        one, other = self.property(), self.property()
        return self.of(one, one, one, f"{one}+", f"{one}*", f"{one}?", f"{one}/{other}", f"{one}|{other}", f"^{one}")

    def query(self, of_property: bool) -> str:
        terms = {"one": self.sparql_path(), "other": self.sparql_path(), "third": self.property()}
        where = self.of(*QUERIES, *(QUERIES_BY_PATH if of_property else ()))
        where = re.sub(r"\b(one|other|third)\b", lambda word: terms[word[0]], where)
        return where.replace("Class", self.class_()).replace("Node", self.node())

    def body(self, depth: int, *, of_property: bool) -> str:
        said = {"sh:path": f"sh:path {self.path()}"} if of_property else {}
        for _ in range(self.random.choice([1, 1, 2, 2, 3])):
            constraint = self.constraint(depth, of_property=of_property)
            said.setdefault(constraint.split()[0], constraint)
        if self.chance(0.1):
            said["sh:severity"] = "sh:severity sh:Warning"
        if self.chance(0.05):
            said["sh:deactivated"] = "sh:deactivated true"
        return " ; ".join(said.values())

    def shape(self, depth: int) -> str:
        if self.names and self.chance(0.2):
            return self.of(*self.names)
        return f"[ {self.body(depth, of_property=self.chance(0.4))} ]"

    def targeted(self, number: int) -> str:
        of_property = self.chance(0.25)
        target = self.of(
            *[f"sh:targetClass {self.class_()}"] * 3,
            f"sh:targetNode {self.value()}",
            f"sh:targetSubjectsOf {self.property()}",
            f"sh:targetObjectsOf {self.property()}",
        )
        implicit = self.chance(0.15) and not of_property
        name = f"ex:C{number}" if implicit else f"ex:S{number}"
        kind = f"sh:{'Property' if of_property else 'Node'}Shape{', rdfs:Class' if implicit else ''}"
        more = "" if of_property else self.siblings()
        return f"{name} a {kind} ; {target} ; {self.body(0, of_property=of_property)} {more} .\n"

    def siblings(self) -> str:
        if self.chance(0.8):
            return ""
        path = self.path()
        parts = (
            f"[ sh:path {path} ; sh:qualifiedValueShapesDisjoint true ; sh:qualifiedMinCount 1 ; "
            f"sh:qualifiedValueShape [ sh:class {self.class_()} ] ]"
            for _ in range(2)
        )
        return f"; sh:property {' , '.join(parts)}"

    def shapes(self) -> Memory:
        text = ""
        self.names.clear()
        for number in range(self.random.randint(0, 2)):
            text += f"ex:N{number} a sh:NodeShape ; {self.body(1, of_property=False)} .\n"
            self.names.append(f"ex:N{number}")
        text += "".join(self.targeted(number) for number in range(self.random.randint(1, 4)))
        return Memory.of_turtle(PREFIXES + NAMES + text)

    def triple(self) -> str:
        kind = self.random.random()
        subject = f"_:b{self.random.randrange(3)}" if self.chance(0.04) else self.node()
        if kind < 0.25:
            return f"{subject} a {self.class_()} ."
        if kind < 0.3:
            return f"{self.class_()} rdfs:subClassOf {self.class_()} ."
        return f"{subject} {self.property()} {'_:b1' if self.chance(0.03) else self.value()} ."

    def triples(self, number: int) -> list[ox.Triple]:
        text = PREFIXES + "\n".join(self.triple() for _ in range(number))
        quads = ox.parse(text, ox.RdfFormat.TURTLE)
        return [quad.triple for quad in stored(quads)]

    def change(self, now: list[ox.Triple]) -> Change:
        """Adds and removes; at times what is there already, what isn't there, or the same triple in both ways."""
        add = self.random.choice([0, 1, 1, 2, 4])
        remove = self.random.choice([0, 1, 1, 2, 4] if add else [1, 2, 4])
        added, removed = self.triples(add), self.random.sample(now, min(remove, len(now)))
        if self.chance(0.1):
            added += self.random.sample(now, min(1, len(now)))
        if self.chance(0.1):
            removed += self.triples(1)
        if self.chance(0.1):
            added += removed[:1]
        return added, removed


def counted(full: Full, table: Table) -> "Counter[tuple[object, ...]]":
    return Counter(full.found(result) for results in table.values() for result in results)


def changed(validator: Validator, table: Table, before: Triples, after: Triples, change: Change) -> Table:
    """The table of results after a change."""
    pairs = validator.affected(before, after, *change)
    looked_at = set(pairs)
    kept = {pair: results for pair, results in table.items() if pair not in looked_at}
    return kept | validator.results(pairs, after)


@dataclass(frozen=True)
class World:
    """Random shapes and data, and how to tell of them when something is wrong."""

    seed: int
    dice: Dice
    shapes: Memory
    validator: Validator
    size: int

    @classmethod
    def of(cls, seed: int) -> "World":
        dice = Dice(Random(seed))  # noqa: S311 - it is to be repeated.
        size = dice.random.choice([8, 12, 20, 30])
        if dice.chance(0.015):
            size = dice.random.choice([300, 1000])
            dice.nodes = size
        while True:
            shapes = dice.shapes()
            try:
                return cls(seed, dice, shapes, Validator(shapes), size)
            except SourceError as error:
                # pySHACL writes a path that repeats a repeated one into a query without brackets.
                if "it is not SPARQL" not in str(error):
                    raise

    def told(self, before: Triples, change: Change) -> str:
        added, removed = (" .\n".join(map(str, triples)) for triples in change)
        shapes = (ox.serialize(self.shapes.match(), format=ox.RdfFormat.TURTLE) or b"").decode()
        data = " .\n".join(str(triple) for triple in before.match())
        return f"seed {self.seed}\n{shapes}\n{data}\n+ {added}\n- {removed}"


def steps(world: World, full: Full, reference: Found) -> Iterator[bool]:
    """Makes random changes; says of each whether the results are others now."""
    validator, data = world.validator, Memory()
    table = validator.results(validator.every(data), data)
    change: Change = (world.dice.triples(world.size), [])
    for _ in range(CHANGES + 1):
        state = Overlay(data, *change)
        after = Memory(state.match())
        try:
            new = changed(validator, table, data, state, change)
        except SourceError:
            # pySHACL can't judge, which full validation is to find as well; the change isn't made.
            with pytest.raises((ReportableRuntimeError, TypeError)):
                reference(world.shapes, after)
        else:
            due, mine = reference(world.shapes, after), counted(full, new)
            assert mine == due, f"missed {due - mine}, made up {mine - due}\n{world.told(data, change)}"
            yield new != table
            data, table = after, new
        change = world.dice.change(list(data.match()))


PARTS = 9


@pytest.mark.parametrize("part", range(PARTS))
def test_the_result_is_that_of_full_validation(part: int, full: Full) -> None:
    made, alive = 0, 0
    for seed in range(part, WORLDS, PARTS):
        for has_changed in steps(World.of(seed), full, full.prepared):
            made += 1
            alive += has_changed
    assert made > CHANGES * WORLDS / PARTS
    assert alive > made / 4, "Hardly a change matters; then nothing is tested."


def test_the_result_is_that_of_pyshacl_as_it_comes(full: Full) -> None:
    for seed in range(WORLDS, WORLDS + WORLDS // 45):
        assert len(list(steps(World.of(seed), full, full.stock))) <= CHANGES + 1


# Over the curated files themselves.


@pytest.fixture(scope="module")
def curated() -> Curated:
    return Curated.read(ROOT)


@dataclass
class Editor:
    """Random changes to the curated graph that break it now and then."""

    random: Random
    subjects: list[str]

    def change(self, graph: Triples, number: int) -> Change:
        kinds = (self.removal, self.removal, self.replacement, self.copy, self.move, self.retype, self.subclass)
        return self.random.choice(kinds)(graph) if number % 10 else self.disappearance(graph)

    def about(self, graph: Triples) -> list[ox.Triple]:
        while True:
            found = list(graph.match(self.random.choice(self.subjects)))
            if found:
                return found

    def one(self, graph: Triples) -> ox.Triple:
        return self.random.choice(self.about(graph))

    def removal(self, graph: Triples) -> Change:
        about = self.about(graph)
        return [], self.random.sample(about, min(2, len(about)))

    def disappearance(self, graph: Triples) -> Change:
        return [], self.about(graph)

    def replacement(self, graph: Triples) -> Change:
        old = self.one(graph)
        return [ox.Triple(old.subject, old.predicate, self.one(graph).object)], [old]

    def copy(self, graph: Triples) -> Change:
        old = self.one(graph)
        return [ox.Triple(self.one(graph).subject, old.predicate, old.object)], []

    def move(self, graph: Triples) -> Change:
        other = ox.NamedNode(f"https://example.org/{self.random.randrange(10**6)}")
        old = self.about(graph)
        return [ox.Triple(other, triple.predicate, triple.object) for triple in old], old

    def retype(self, graph: Triples) -> Change:
        subject = self.one(graph).subject
        assert isinstance(subject, ox.NamedNode)
        old = list(graph.match(subject.value, RDF + "type"))
        classes = [triple.object for triple in self.every(graph, RDF + "type")]
        return [ox.Triple(subject, ox.NamedNode(RDF + "type"), self.random.choice(classes))], old

    def subclass(self, graph: Triples) -> Change:
        old = self.random.choice(self.every(graph, RDFS + "subClassOf"))
        return [ox.Triple(old.subject, old.predicate, self.every(graph, RDFS + "subClassOf")[0].object)], [old]

    def every(self, graph: Triples, predicate: str) -> list[ox.Triple]:
        return sorted(graph.match(None, predicate), key=str)


@pytest.mark.slow
def test_over_the_curated_files_the_result_is_that_of_full_validation(curated: Curated, full: Full) -> None:
    validator, data = Validator(curated.ontology), curated.whole
    subjects = sorted({plain(triple.subject) for triple in data.match()})
    editor = Editor(Random(7), subjects)  # noqa: S311 - it is to be repeated.
    pairs = validator.every(data)
    assert len(set(pairs)) == len(pairs), "Two constraints have the same name."
    table = validator.results(pairs, data)
    assert table == {}
    sizes = []
    for number in range(CHANGES_TO_CURATED):
        change = editor.change(data, number)
        state = Overlay(data, *change)
        table = changed(validator, table, data, state, change)
        data = Memory(state.match())
        sizes.append(len(table))
        if number % LOOKED_AT_EACH == LOOKED_AT_EACH - 1:
            due = validator.results(validator.every(data), data)
            assert counted(full, table) == counted(full, due), f"seed 7, change {number}: {change}"
        if number % 100 == 99:
            assert counted(full, table) == full.lean(curated.ontology, data)
    assert counted(full, table) == full.stock(curated.ontology, data)
    assert sizes[-1] > 10
