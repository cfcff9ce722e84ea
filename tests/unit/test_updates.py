"""Updates told without changing anything: the effect is what the engine does when it runs the same request."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import pyoxigraph as ox
import pytest

from alskg.errors import BadQuery, Conflict, OutsideRefused, UnknownName
from alskg.store.update_operations import JOINTS_MAX
from alskg.store.update_sources import NESTING_MAX
from alskg.store.updates import Effect, effect_of, is_data_only, operations
from alskg.triples import Term

START = """
PREFIX : <http://e/>
:a :p :b, 1, 2.50, "x"@en, "y" ; :q :c .
:b :p :c ; :q "} ; { DROP ALL #" .
_:n :p _:m . _:m :q "blank" .
:l :items (1 2 3) .
:said :that <<( :a :p :b )>> .
GRAPH :g { :a :p :b . :g1 :p 1 . _:n :in :g }
GRAPH :h { :a :p :c . :h1 :p 1 . }
GRAPH :empty { }
"""
PREFIX = "PREFIX : <http://e/> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> "


class Memory:
    """A store in memory that the operations of a request work on."""

    def __init__(self, store: ox.Store) -> None:
        self.store = store

    def select(
        self, text: str, default_graphs: Sequence[str] | None, named_graphs: Sequence[str] | None
    ) -> list[Mapping[str, Term]]:
        default: list[ox.NamedNode | ox.BlankNode | ox.DefaultGraph] | None = None
        named: list[ox.NamedNode | ox.BlankNode] | None = None
        if default_graphs is not None:
            default = [ox.NamedNode(graph) for graph in default_graphs]
        if named_graphs is not None:
            named = [ox.NamedNode(graph) for graph in named_graphs]
        found = self.store.query(text, default_graph=default, named_graphs=named)
        assert isinstance(found, ox.QuerySolutions)
        names = [variable.value for variable in found.variables]
        return [
            {name: term for name, term in zip(names, solution, strict=True) if term is not None} for solution in found
        ]

    def quads(self, graph: ox.NamedNode | ox.DefaultGraph) -> Iterator[ox.Quad]:
        return self.store.quads_for_pattern(None, None, None, graph)

    def graphs(self) -> list[str]:
        return sorted(graph.value for graph in self.store.named_graphs())

    def apply(self, step: Effect) -> None:
        for quad in step.removed:
            self.store.remove(quad)
        for name in step.dropped:
            self.store.remove_graph(ox.NamedNode(name))
        for name in step.created:
            self.store.add_graph(ox.NamedNode(name))
        self.store.extend(step.added)


def start() -> ox.Store:
    """The same store each time, blank nodes and all."""
    store = ox.Store()
    store.extend(QUADS)
    store.add_graph(ox.NamedNode("http://e/empty"))
    return store


QUADS = list(ox.parse(START, format=ox.RdfFormat.TRIG))


def effect(text: str) -> Effect:
    return effect_of(operations(text), Memory(start()))


def canonical(quads: Iterable[ox.Quad]) -> ox.Dataset:
    dataset = ox.Dataset(quads)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return dataset


def graphs(store: ox.Store) -> set[str]:
    return {graph.value for graph in store.named_graphs()}


def both_ways(text: str, engines_own: str) -> tuple[ox.Store, ox.Store]:
    """The store with the effect of a request applied as a whole, and the store on which the engine ran the request."""
    told, run = Memory(start()), start()
    told.apply(effect(text))
    run.update(engines_own)
    return told.store, run


CHANGES = {
    "nothing": "",
    "a prologue": "",
    "data": "INSERT DATA { :x :p 1, 1.50, 1e0, true, 'z'@EN, '01'^^xsd:integer ; a :T . GRAPH :g { :x :p :y } }",
    "data in an empty block": "INSERT DATA { }",
    "data that is there": "INSERT DATA { :a :p :b }",
    "data in lower case": "insert data { :x :p 1 } ; delete data { :a :p 1 }",
    "data without spaces": "INSERT DATA{:x :p 1}",
    "data deleted": "DELETE DATA { :a :p 1, 2.5 . GRAPH :g { :a :p :b } }",
    "data deleted in another spelling": "DELETE DATA { :a :p '01'^^xsd:integer, '2.500'^^xsd:decimal }",
    "data deleted that is not there": "DELETE DATA { :nobody :p 1 . GRAPH :nowhere { :a :p 1 } }",
    "data with an empty list deleted": "INSERT DATA { :x :p () } ; DELETE DATA { :x :p () }",
    "blank nodes": "INSERT DATA { _:x :p _:y . _:y :q [ :r [ :s 1 ] ] . GRAPH :g { _:x :p 2 } }",
    "blank nodes of a template and of data": "INSERT DATA { _:x :p 1 } ; INSERT { _:x :q 1 } WHERE { }",
    "collections": "INSERT DATA { :x :p (1 (2 3) 'four') . (5 6) :p () }",
    "semicolons": "INSERT DATA { :x :p 1 ; :q 2 ; . :y :p 1 ; }",
    "a semicolon at the end": "INSERT DATA { :x :p 1 } ;",
    "literals that look hostile": r"""INSERT DATA { :x :p "} ; DROP ALL #", '''"}} ' \\ ;''', 'LOAD <x:y>'@en }""",
    "comments": "# } ;\nINSERT # ; {\n DATA { # } ;\n :x :p 1 # }\n } # the end ;\n ; # {\n DROP GRAPH :g # }",
    "IRIs with semicolons": "INSERT DATA { <http://e/;#> :p 1 }",
    "numbers with signs": "INSERT DATA { :x :p -1, +2, -.5, 1.0e0 }",
    "a triple term": "INSERT DATA { :x :p <<( :a :p <<( :b :p 'c' )>> )>> } ; "
    "DELETE DATA { :said :that <<( :a :p :b )>> }",
    "a reifier": "INSERT DATA { :x :p << :a :p :b >> . :y :p :z {| :q 1 |} . :y :p :w ~ :r }",
    "a direction": "INSERT DATA { :x :p 'x'@ar--rtl }",
    "a pattern": "INSERT { ?o :of ?s } WHERE { ?s :p ?o }",
    "a pattern for both": "DELETE { ?s :p ?o } INSERT { ?s :r ?o } WHERE { ?s :p ?o }",
    "deleted and inserted at once": "DELETE { ?s :p ?o } INSERT { ?s :p ?o } WHERE { ?s :p ?o }",
    "a short deletion": "DELETE WHERE { ?s :p ?o }",
    "a short deletion in graphs": "DELETE WHERE { GRAPH ?g { ?s :p ?o } ?s :q ?c }",
    "a short deletion without variables": "DELETE WHERE { :a :p :b . GRAPH :g { :a :p :b } }",
    "a short deletion that finds nothing": "DELETE WHERE { :a :p :nobody . ?s ?p ?o }",
    "a deletion alone": "DELETE { ?s ?p ?o } WHERE { ?s :q ?x ; ?p ?o }",
    "everything": "DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }",
    "everything everywhere": "DELETE { GRAPH ?g { ?s ?p ?o } } WHERE { GRAPH ?g { ?s ?p ?o } }",
    "empty templates": "DELETE { } INSERT { } WHERE { ?s ?p ?o }",
    "nothing at all": "DELETE { } WHERE { }",
    "a template with no variable": "INSERT { :x :p 1 } WHERE { ?s :p ?o }",
    "a template with no variable, not found": "INSERT { :x :p 1 } WHERE { ?s :nobody ?o }",
    "dollars": "INSERT { $s :r ?o } WHERE { ?s :p $o }",
    "an unbound variable": "INSERT { ?s :r ?o ; :t 1 . ?s :u ?nowhere } WHERE { ?s :p ?x OPTIONAL { ?x :q ?o } }",
    "literals where none may stand": "INSERT { ?o :r 1 . :x ?o 1 . GRAPH ?o { :x :p 1 } } "
    "WHERE { ?s :p ?o FILTER(!ISBLANK(?o)) }",
    "a triple term where none may stand": "INSERT { ?o :r 1 . :x ?o 1 . :x :p ?o } WHERE { ?s :that ?o }",
    "a triple term made of variables": "INSERT { :x :p <<( ?s :p <<( ?o :r ?s )>> )>> } WHERE { ?s :p ?o }",
    "a triple term taken apart": "DELETE { ?x :that ?t } INSERT { ?s ?p ?o } WHERE { ?x :that ?t "
    "BIND(SUBJECT(?t) AS ?s) BIND(PREDICATE(?t) AS ?p) BIND(OBJECT(?t) AS ?o) }",
    "a reifier in a template": "INSERT { << ?s :p ?o >> :r ?s } WHERE { ?s :p ?o }",
    "blank nodes for each solution": "INSERT { ?s :r [ :s ?o ] . _:x :t _:x } WHERE { ?s :p ?o }",
    "blank nodes for equal solutions": "INSERT { ?s :r [ :s 1 ] } WHERE { ?s :p ?o }",
    "blank nodes with no variable": "INSERT { [] :r 1 } WHERE { ?s :p ?o }",
    "a collection for each solution": "INSERT { ?s :r (?o 1) } WHERE { ?s :p ?o }",
    "blank nodes found": "DELETE { ?n :p ?m } INSERT { ?m :r ?n . GRAPH :h { ?n :s _:new } } "
    "WHERE { ?n :p ?m . ?m :q 'blank' }",
    "blank nodes found in a triple term": "INSERT { :x :p <<( ?n :p ?m )>> } WHERE { ?n :p ?m . ?m :q 'blank' }",
    "a graph for each solution": "INSERT { GRAPH ?s { ?s :r ?o } } WHERE { ?s :p ?o FILTER(ISIRI(?s)) }",
    "graphs found": "DELETE { GRAPH ?g { ?s :p ?o } } INSERT { GRAPH ?g { ?o :of ?s } :all :of ?g } "
    "WHERE { GRAPH ?g { ?s :p ?o } }",
    "with": "WITH :g DELETE { ?s :p ?o } INSERT { ?s :r ?o . GRAPH :h { ?s :r ?o } } WHERE { ?s :p ?o }",
    "with and named graphs": "WITH :g INSERT { ?s :r ?o . ?g :has ?o } WHERE { ?s :p ?x GRAPH ?g { ?s :p ?o } }",
    "with a graph that is not there": "WITH :new INSERT { ?s :r ?o } WHERE { ?s :p ?o }",
    "with a graph that is not there, made": "WITH :new INSERT { :x :p 1 } WHERE { }",
    "using": "INSERT { ?s :r ?o } USING :g USING :h WHERE { ?s :p ?o }",
    "using hides named graphs": "INSERT { ?s :r ?o } USING :g WHERE { GRAPH ?g { ?s :p ?o } }",
    "using named": "INSERT { ?s :r ?g } USING NAMED :g USING NAMED :nowhere WHERE { GRAPH ?g { ?s :p ?o } }",
    "using named hides the default graph": "INSERT { ?s :r ?o } USING NAMED :g WHERE { ?s :p ?o }",
    "with and using": "WITH :g DELETE { ?s :p ?o } INSERT { ?s :r ?o } USING :h WHERE { ?s :p ?o }",
    "with and using named": "WITH :g INSERT { ?s :r ?o } USING NAMED :h USING :h "
    "WHERE { GRAPH ?g { ?s :p ?o } ?s :p ?x }",
    "paths": "INSERT { ?s :far ?o } WHERE { ?s :p/:p|^:q ?o }",
    "paths without end": "INSERT { ?s :far ?o } WHERE { ?s (:p|:q)+ ?o }",
    "a subselect": "INSERT { ?s :n ?n } WHERE { { SELECT ?s (COUNT(*) AS ?n) WHERE { ?s ?p ?o } GROUP BY ?s } }",
    "only a subselect": "INSERT { ?s :n ?n } WHERE { SELECT ?s (SUM(?o) AS ?n) { ?s :p ?o } GROUP BY ?s }",
    "a subselect that hides": "INSERT { ?s :r ?o } WHERE { { SELECT ?s WHERE { ?s :p ?o } } }",
    "a subselect that cuts": "DELETE { ?s ?p ?o } WHERE { { SELECT * { ?s ?p ?o } ORDER BY ?p ?o LIMIT 0 } }",
    "minus": "DELETE { ?s ?p ?o } WHERE { ?s ?p ?o MINUS { ?s :q ?x } }",
    "exists": "DELETE { ?s ?p ?o } INSERT { ?x :r 1 } WHERE { ?s ?p ?o FILTER EXISTS { ?s :q ?x } }",
    "not exists": "DELETE { ?s ?p ?o } WHERE { ?s ?p ?o FILTER NOT EXISTS { ?s :q ?x } }",
    "union": "INSERT { ?s :r ?x ; :t ?y } WHERE { { ?s :p ?x } UNION { ?s :q ?y } }",
    "values": "INSERT { ?s :r ?v } WHERE { VALUES (?s ?v) { (:a 1) (:b UNDEF) (UNDEF 2) } ?s :p ?o }",
    "bind": "INSERT { ?s :r ?v } WHERE { ?s :p ?o BIND(STR(?o) AS ?v) }",
    "bind that spells otherwise": "INSERT { :x :p ?v } WHERE { BIND('01'^^xsd:integer AS ?v) }",
    "bind that has no value": "INSERT { ?s :r ?v } WHERE { ?s :p ?o BIND(?o + 1 AS ?v) }",
    "bind of a blank node": "INSERT { ?s :r ?v } WHERE { ?s :p ?o BIND(BNODE() AS ?v) }",
    "a comparison": "DELETE { ?s :p ?o } WHERE { ?s :p ?o FILTER(?o<2&&?o>0) }",
    "a regular expression": "DELETE { ?s ?p ?o } WHERE { ?s ?p ?o FILTER(REGEX(STR(?o), '^} ; [{]')) }",
    "operations that see those before": "INSERT DATA { :x :p :y } ; INSERT { ?o :of ?s } WHERE { ?s :p ?o } ; "
    "DELETE WHERE { :x ?p ?o }",
    "added and removed": "INSERT DATA { :x :p 1 } ; DELETE DATA { :x :p 1 }",
    "removed and added": "DELETE DATA { :a :p 1 } ; INSERT DATA { :a :p 1 }",
    "added, removed and added": "INSERT DATA { :x :p 1 } ; DELETE WHERE { :x ?p ?o } ; INSERT DATA { :x :p 1 }",
    "made and removed blank nodes": "INSERT DATA { [] :made [ :made 1 ] } ; DELETE WHERE { ?s :made ?o }",
    "a graph made": "CREATE GRAPH :new",
    "a graph made and filled": "CREATE GRAPH :new ; INSERT DATA { GRAPH :new { :x :p 1 } }",
    "a graph made and dropped": "CREATE GRAPH :new ; DROP GRAPH :new",
    "a graph dropped and made": "DROP GRAPH :g ; CREATE GRAPH :g",
    "a graph dropped and filled": "DROP GRAPH :g ; INSERT DATA { GRAPH :g { :x :p 1 } }",
    "a graph filled and dropped": "INSERT DATA { GRAPH :new { :x :p 1 } } ; DROP GRAPH :new",
    "a graph made that is there": "CREATE SILENT GRAPH :g",
    "clear": "CLEAR GRAPH :g",
    "clear default": "CLEAR DEFAULT",
    "clear named": "CLEAR NAMED",
    "clear all": "CLEAR SILENT ALL",
    "clear what is not there": "CLEAR SILENT GRAPH :nowhere",
    "clear what is empty": "CLEAR GRAPH :empty",
    "drop": "DROP GRAPH :g",
    "drop what is empty": "DROP GRAPH :empty",
    "drop default": "DROP DEFAULT",
    "drop named": "DROP NAMED",
    "drop all": "DROP ALL",
    "drop what is not there": "DROP SILENT GRAPH :nowhere",
    "copy": "COPY :g TO :h",
    "copy to a new one": "COPY GRAPH :g TO GRAPH :new",
    "copy to the default graph": "COPY :g TO DEFAULT",
    "copy from the default graph": "COPY DEFAULT TO :g",
    "copy to itself": "COPY :g TO :g ; COPY DEFAULT TO DEFAULT",
    "copy what is not there to nowhere": "COPY SILENT :nowhere TO :new",
    "move": "MOVE :g TO :h",
    "move to a new one": "MOVE SILENT :g TO :new",
    "move to the default graph": "MOVE :g TO DEFAULT",
    "move from the default graph": "MOVE DEFAULT TO :g",
    "move to itself": "MOVE :g TO :g",
    "move back and forth": "MOVE :g TO :new ; MOVE :new TO :g",
    "add": "ADD :g TO :h",
    "add to a new one": "ADD :g TO :new",
    "add to the default graph": "ADD :g TO DEFAULT",
    "add from the default graph": "ADD DEFAULT TO :h",
    "add to itself": "ADD :g TO :g",
    "add what is not there": "ADD SILENT :nowhere TO :g",
}


@pytest.mark.parametrize("text", CHANGES.values(), ids=CHANGES.keys())
def test_the_effect_is_what_the_engine_does(text: str) -> None:
    told, run = both_ways(PREFIX + text, PREFIX + text)
    assert canonical(told) == canonical(run)
    assert graphs(told) == graphs(run)


READ_OTHERWISE = {
    "a prologue for each operation": (
        "PREFIX p: <http://1/> INSERT DATA { p:x p:p 1 } ; PREFIX p: <http://2/> PREFIX q: <http://3/> "
        "INSERT DATA { p:x q:p 1 } ; INSERT { p:y q:p ?s } WHERE { ?s q:p 1 } ; PREFIX r: <x:>",
        "INSERT DATA { <http://1/x> <http://1/p> 1 . <http://2/x> <http://3/p> 1 . "
        "<http://2/y> <http://3/p> <http://2/x> }",
    ),
    "a base for each operation": (
        "BASE <http://1/a/> PREFIX p: <p#> INSERT DATA { <x> p:p <> } ; BASE <../b/> INSERT DATA { <x> p:p <//2> } ; "
        "BASE <http://3/> PREFIX q: <q/../r/> COPY <http://e/g> TO <y> ; INSERT DATA { <z> q:p 1 }",
        "INSERT DATA { <http://1/a/x> <http://1/a/p#p> <http://1/a/> . <http://1/b/x> <http://1/a/p#p> <http://2> . "
        "<http://3/z> <http://3/r/p> 1 } ; COPY <http://e/g> TO <http://3/y>",
    ),
    "a version": ("VERSION '1.2' INSERT DATA { <x:a> <x:p> 1 }", "INSERT DATA { <x:a> <x:p> 1 }"),
    "escapes": (
        "\\u0049NSERT DATA { <x:\\u0061> <x:p> '\\u003B', 'a\\U0000007Db' \\u007D \\u003B DROP GRAPH <http://e/g>",
        "INSERT DATA { <x:a> <x:p> ';', 'a}b' } ; DROP GRAPH <http://e/g>",
    ),
    "names with escapes": (
        "PREFIX e: <http://e/> INSERT DATA { e:x\\;y e:p e:z%7B, e:%7D.a } ; DROP GRAPH e:g ; "
        "WITH e:new\\#1 INSERT { e:a e:p 1 } WHERE { }",
        "INSERT DATA { <http://e/x;y> <http://e/p> <http://e/z%7B>, <http://e/%7D.a> GRAPH <http://e/new#1> "
        "{ <http://e/a> <http://e/p> 1 } } ; DROP GRAPH <http://e/g>",
    ),
    "no line breaks but returns": ("INSERT DATA { <x:a> <x:p> 1 # }\r} # ;\r; DROP ALL", "DROP ALL"),
    "a copy of an empty graph": ("COPY <http://e/empty> TO <http://e/h>", "CLEAR GRAPH <http://e/h>"),
    "a copy of an empty graph to a new one": ("ADD <http://e/empty> TO <x:new>", "CREATE GRAPH <x:new>"),
    "a copy of what is not there": ("COPY SILENT <x:nowhere> TO <http://e/g>", ""),
    "a move of what is not there": ("MOVE SILENT <x:nowhere> TO <http://e/g>", ""),
    "a graph that is a blank node": ("INSERT { GRAPH ?g { <x:a> <x:p> 1 } } WHERE { BIND(BNODE() AS ?g) }", ""),
}
"""Where Oxigraph is narrower than the standard, or would lose what is there; each with what it has to come to."""


@pytest.mark.parametrize(("text", "engines_own"), READ_OTHERWISE.values(), ids=READ_OTHERWISE.keys())
def test_the_effect_is_what_the_standard_says(text: str, engines_own: str) -> None:
    told, run = both_ways(text, engines_own)
    assert canonical(told) == canonical(run)
    assert graphs(told) == graphs(run)


def lines(quads: Iterable[ox.Quad]) -> list[str]:
    return sorted(map(str, quads))


def test_data_are_told_as_they_are_said() -> None:
    told = effect(PREFIX + "INSERT DATA { :a :p :b } ; DELETE DATA { :nobody :p '007'^^xsd:integer }")
    assert lines(told.added) == ["<http://e/a> <http://e/p> <http://e/b>"]
    assert lines(told.removed) == ['<http://e/nobody> <http://e/p> "7"^^<http://www.w3.org/2001/XMLSchema#integer>']


def test_of_a_quad_the_last_word_counts() -> None:
    told = effect(PREFIX + "INSERT DATA { :x :p 1 } ; DELETE DATA { :x :p 1, 2 } ; INSERT DATA { :x :p 2 }")
    assert lines(told.removed) == ['<http://e/x> <http://e/p> "1"^^<http://www.w3.org/2001/XMLSchema#integer>']
    assert lines(told.added) == ['<http://e/x> <http://e/p> "2"^^<http://www.w3.org/2001/XMLSchema#integer>']


def test_a_blank_node_that_the_request_made_and_removed_was_never_there() -> None:
    text = "INSERT DATA { [] :made <<( :a :p [] )>> } ; INSERT { [] :made 1 } WHERE { } ; DELETE WHERE { ?s :made ?o }"
    assert effect(PREFIX + text) == Effect()


def test_a_copy_tells_only_what_differs() -> None:
    told = effect(PREFIX + "INSERT DATA { GRAPH :h { :g1 :p 1 } } ; COPY :g TO :h")
    assert not set(told.added) & set(told.removed)
    assert lines(told.removed) == [
        "<http://e/a> <http://e/p> <http://e/c> <http://e/h>",
        '<http://e/h1> <http://e/p> "1"^^<http://www.w3.org/2001/XMLSchema#integer> <http://e/h>',
    ]


@pytest.mark.parametrize(
    ("text", "created", "dropped"),
    [
        ("CREATE GRAPH :new", ["new"], []),
        ("CREATE GRAPH :new ; DROP GRAPH :new", [], []),
        ("CREATE SILENT GRAPH :g", [], []),
        ("DROP GRAPH :g ; CREATE GRAPH :g", [], []),
        ("DROP GRAPH :g ; INSERT DATA { GRAPH :g { :x :p 1 } }", [], []),
        ("DROP GRAPH :g", [], ["g"]),
        ("DROP ALL", [], ["empty", "g", "h"]),
        ("CLEAR ALL", [], []),
        ("MOVE :g TO :h", [], ["g"]),
        ("MOVE :g TO :new", ["new"], ["g"]),
        ("MOVE DEFAULT TO :new", ["new"], []),
        ("COPY :empty TO :new", ["new"], []),
        ("ADD :g TO DEFAULT", [], []),
    ],
)
def test_graphs_come_and_go(text: str, created: list[str], dropped: list[str]) -> None:
    told = effect(PREFIX + text)
    assert sorted(told.created) == [f"http://e/{name}" for name in created]
    assert sorted(told.dropped) == [f"http://e/{name}" for name in dropped]


@pytest.mark.parametrize(
    ("text", "data_only"),
    [
        ("", True),
        ("INSERT DATA { } ; DELETE DATA { }", True),
        ("INSERT DATA { } ; INSERT { } WHERE { }", False),
        ("CLEAR ALL", False),
        ("CREATE GRAPH <x:g>", False),
        ("COPY DEFAULT TO <x:g>", False),
        ("DELETE WHERE { }", False),
    ],
)
def test_data_alone_ask_nothing_of_the_graph(text: str, data_only: bool) -> None:
    assert is_data_only(operations(text)) is data_only


@pytest.mark.parametrize(
    "text",
    [
        "CREATE GRAPH <http://e/g>",
        "CREATE GRAPH <x:g> ; CREATE GRAPH <x:g>",
        "CLEAR GRAPH <x:nowhere>",
        "DROP GRAPH <x:nowhere>",
        "DROP GRAPH <http://e/g> ; DROP GRAPH <http://e/g>",
        "COPY <x:nowhere> TO <http://e/g>",
        "COPY <x:nowhere> TO <x:nowhere>",
        "MOVE <x:nowhere> TO DEFAULT",
        "ADD <x:nowhere> TO DEFAULT",
    ],
)
def test_a_graph_that_is_missing_or_there_already_is_an_error(text: str) -> None:
    with pytest.raises((Conflict, UnknownName), match="SILENT"):
        effect(text)
    effect(
        text.replace("GRAPH", "SILENT GRAPH")
        .replace("COPY", "COPY SILENT")
        .replace("MOVE", "MOVE SILENT")
        .replace("ADD", "ADD SILENT")
    )


class Untouchable(Memory):
    """A store that must not be asked."""

    def select(
        self, text: str, default_graphs: Sequence[str] | None, named_graphs: Sequence[str] | None
    ) -> list[Mapping[str, Term]]:
        raise AssertionError(text)


def test_data_alone_are_told_without_asking() -> None:
    effect_of(operations("INSERT DATA { <x:a> <x:p> 1 } ; DELETE DATA { <x:a> <x:p> 1 }"), Untouchable(ox.Store()))


def test_the_graphs_that_where_sees_are_named() -> None:
    asked: list[tuple[Sequence[str] | None, Sequence[str] | None]] = []

    class Listening(Memory):
        def select(
            self, text: str, default_graphs: Sequence[str] | None, named_graphs: Sequence[str] | None
        ) -> list[Mapping[str, Term]]:
            asked.append((default_graphs and list(default_graphs), named_graphs and list(named_graphs)))
            return super().select(text, default_graphs, named_graphs)

    text = "INSERT { } WHERE { } ; WITH :g INSERT { } WHERE { } ; WITH :g INSERT { } USING :h USING NAMED :g WHERE { }"
    effect_of(operations(PREFIX + text), Listening(start()))
    every = ["http://e/empty", "http://e/g", "http://e/h"]
    assert asked == [(None, None), (["http://e/g"], every), (["http://e/h"], ["http://e/g"])]


OUTSIDE = [
    "LOAD <http://127.0.0.1:9/>",
    "load silent <file:passwords> into graph <x:g>",
    "LO\\u0041D <http://127.0.0.1:9/>",
    "INSERT DATA { } ; PREFIX e: <http://e/> LOAD e:x",
    "INSERT { } WHERE { SERVICE <http://127.0.0.1:9/> { } }",
    "DELETE { } INSERT { } WHERE { { SELECT * { service silent <http://127.0.0.1:9/> { } } } }",
    "INSERT { } WHERE { VALUES ?s { <http://127.0.0.1:9/> } SERVICE ?s { } }",
    "PREFIX s: <http://ok/> INSERT { } WHERE { } ; PREFIX s: <http://127.0.0.1:9/> "
    "INSERT { } WHERE { SERVICE s:x { } }",
]


@pytest.mark.parametrize("text", OUTSIDE)
def test_nothing_is_fetched_from_outside(text: str) -> None:
    with pytest.raises(OutsideRefused, match=r"^(LOAD|SERVICE .*) is refused"):
        operations(text, services_allowed=["http://ok/", "http://ok/x"])


def test_an_allowed_service_is_let_pass() -> None:
    text = "PREFIX s: <http://ok/> INSERT { ?s <x:p> 1 } WHERE { SERVICE s:x { ?s ?p ?o } }"
    assert len(operations(text, services_allowed=["http://ok/x"])) == 1


def test_what_only_looks_like_a_service_is_let_pass() -> None:
    text = "PREFIX load: <x:> INSERT { load:SERVICE load:p 'SERVICE <x:y> { } ; LOAD <x:y>' } WHERE { } # LOAD <x:y>"
    assert len(operations(text)) == 1


UNREADABLE = {
    "a query": ("SELECT * { ?s ?p ?o }", 1, 1, "expected INSERT, DELETE or another operation"),
    "a query after a prologue": ("PREFIX e: <x:>\n ASK { }", 2, 2, "found ASK"),
    "a query after an operation": ("INSERT DATA { } ;\nCONSTRUCT WHERE { ?s ?p ?o }", 2, 1, "found CONSTRUCT"),
    "no operation": (";", 1, 1, "an operation is missing"),
    "no operation between": ("INSERT DATA { } ;\n ; DROP ALL", 2, 2, "an operation is missing"),
    "no semicolon between": ("INSERT DATA { }\nDROP ALL", 2, 1, "expected ';' or the end, found DROP"),
    "cut off": ("INSERT DATA { <x:a> <x:p> 1", 1, 13, "never closed"),
    "too many braces": ("INSERT DATA { } }", 1, 17, "expected ';' or the end"),
    "no block": ("INSERT DATA", 1, 12, "expected '{' after DATA"),
    "a verb alone": ("DELETE", 1, 7, "expected '{' after DELETE"),
    "no WHERE": ("INSERT { <x:a> <x:p> 1 }", 1, 25, "expected WHERE after }"),
    "WHERE left out": ("INSERT { } { ?s ?p ?o }", 1, 12, "expected WHERE, found {"),
    "WITH alone": ("WITH <x:g> { }", 1, 12, "expected INSERT, found {"),
    "WITH a variable": ("WITH ?g INSERT { } WHERE { }", 1, 6, "expected an IRI, found ?g"),
    "WITH and a short deletion": ("WITH <x:g> DELETE WHERE { }", 1, 19, "expected '{', found WHERE"),
    "no source": ("COPY TO <x:g>", 1, 6, "expected an IRI, found TO"),
    "no TO": ("COPY <x:g> <x:h>", 1, 12, "expected TO, found <x:h>"),
    "no GRAPH": ("CLEAR <x:g>", 1, 7, "expected GRAPH, found <x:g>"),
    "no name": ("CREATE GRAPH", 1, 13, "expected an IRI after GRAPH"),
    "values after WHERE": ("INSERT { } WHERE { } VALUES ?x { 1 }", 1, 22, "expected ';' or the end, found VALUES"),
    "a word misspelt": ("INSERT DATA { } ;\n  INSRT DATA { }", 2, 3, "did you mean INSERT?"),
    "no prefix": ("INSERT DATA { } ;\n INSERT DATA { e:x e:p 1 }", 2, 16, "prefix e: is not declared"),
    "a prefix declared too late": ("INSERT DATA {\n e:x <x:p> 1 } ; PREFIX e: <x:> DROP ALL", 2, 7, ""),
    "no prefix for a graph": ("DROP GRAPH e:x", 1, 12, "can't be resolved"),
    "a relative IRI": ("INSERT DATA { <x:a> <x:p>\n <b> }", 2, 5, ""),
    "a relative graph": ("DROP GRAPH <g>", 1, 12, "can't be resolved"),
    "a relative prefix": ("PREFIX e: <g> DROP ALL", 1, 11, "can't be resolved"),
    "PREFIX without a colon": ("PREFIX <x:> DROP ALL", 1, 1, "expected a prefix such as ex:"),
    "PREFIX without an IRI": ("PREFIX e: DROP ALL", 1, 1, "expected an IRI in PREFIX"),
    "BASE without an IRI": ("DROP ALL ; BASE", 1, 12, "expected an IRI in BASE"),
    "VERSION without one": ("VERSION INSERT DATA { }", 1, 16, "found DATA"),
    "a variable in data": ("INSERT DATA {\n ?x <x:p> 1 }", 2, 2, "no variable may stand in this block"),
    "a variable in deleted data": ("DELETE DATA { ?x <x:p> 1 }", 1, 15, "no variable may stand in this block"),
    "a blank node in deleted data": ("DELETE DATA {\n _:x <x:p> 1 }", 2, 2, "no blank node may stand in this block"),
    "a blank node in a deletion": (
        "DELETE { <x:a> <x:p> [] } WHERE { }",
        1,
        22,
        "no blank node may stand in this block",
    ),
    "a blank node in a short deletion": ("DELETE WHERE { _:x ?p ?o }", 1, 16, "no blank node may stand in this block"),
    "a filter in a short deletion": ("DELETE WHERE { ?s ?p ?o FILTER(?o > 1) }", 1, None, ""),
    "a path in a template": ("INSERT { ?s <x:p>/<x:q> ?o } WHERE { ?s ?p ?o }", 1, 18, ""),
    "a label in two blocks of data": (
        "INSERT DATA { _:x <x:p> _:x } ;\nINSERT DATA { _:y <x:p> _:x }",
        2,
        25,
        "_:x stands in an earlier INSERT DATA",
    ),
    "a fault in WHERE": (
        "INSERT DATA { } ; INSERT { }\nWHERE {\n ?s ?p }",
        3,
        9,
        "can't go on like this after '?s ?p }'",
    ),
    "a fault in the line where it begins": ("DROP ALL ; INSERT { } WHERE { ?s ?p }", 1, 38, ""),
    "too deep": ("INSERT DATA { <x:a> <x:p> " + "[ <x:p> " * NESTING_MAX, 1, None, "brackets are open here"),
    "too deep a group": ("INSERT { } WHERE " + "{" * 50_000 + "}" * 50_000, 1, None, "brackets are open here"),
    "too many operators": (f"INSERT {{ }} WHERE {{ FILTER({'!' * JOINTS_MAX}1) }}", 1, 18, "operators and groups"),
    "an escape that is no character": ("INSERT DATA { } \\uD800", 1, 17, "stands for no character"),
}


@pytest.mark.parametrize(("text", "line", "column", "problem"), UNREADABLE.values(), ids=UNREADABLE.keys())
def test_what_does_not_parse_is_refused_where_it_goes_wrong(
    text: str, line: int, column: int | None, problem: str
) -> None:
    with pytest.raises(BadQuery) as refused:
        operations(text)
    assert problem in str(refused.value)
    assert refused.value.extra["line"] == line
    assert column in (None, refused.value.extra["column"])


def test_brackets_that_close_are_not_deep() -> None:
    text = "INSERT DATA { " + "<x:a> <x:p> ([] <<( <x:a> <x:p> ([]) )>>) {| <x:q> 1 |} . " * NESTING_MAX + "}"
    assert len(operations(text.replace("([]) )>>", "1 )>>"))) == 1


def test_a_long_request_takes_one_pass() -> None:
    """Operations that each carried all of the prologue, or all that came before, would not come to an end here."""
    parts = (
        f"PREFIX p{number}: <http://e/{number}/> INSERT DATA {{ p{number}:a p{number}:b 1 }}" for number in range(5000)
    )
    assert len(effect(" ; ".join(parts)).added) == 5000
