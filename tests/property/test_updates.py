"""Updates made at random: their effect is what the engine does, and nothing that it would fetch is missed."""

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence

import pyoxigraph as ox
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from alskg.errors import BadQuery, Conflict, OutsideRefused, UnknownName
from alskg.store.updates import Effect, effect_of, is_data_only, operations
from alskg.triples import Term

START = list(
    ox.parse(
        "PREFIX : <http://e/> :a :p :b, 1, 'x'@en ; :q _:n . _:n :p :a . :b :q <<( :a :p 2 )>> . "
        "GRAPH :g { :a :p :b . :b :q 'g' } GRAPH :h { :a :q :b }",
        format=ox.RdfFormat.TRIG,
    )
)
PROLOGUE = "PREFIX : <http://e/> BASE <http://e/> "


class Memory:
    """A store in memory that the operations of a request work on."""

    def __init__(self) -> None:
        self.store = ox.Store()
        self.store.extend(START)

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
        return [{name: term for name, term in zip(names, row, strict=True) if term is not None} for row in found]

    def quads(self, graph: ox.NamedNode | ox.DefaultGraph) -> Iterator[ox.Quad]:
        return self.store.quads_for_pattern(None, None, None, graph)

    def graphs(self) -> list[str]:
        return [graph.value for graph in self.store.named_graphs()]

    def apply(self, step: Effect) -> None:
        for quad in step.removed:
            self.store.remove(quad)
        for name in step.dropped:
            self.store.remove_graph(ox.NamedNode(name))
        for name in step.created:
            self.store.add_graph(ox.NamedNode(name))
        self.store.extend(step.added)


def canonical(quads: Iterable[ox.Quad]) -> ox.Dataset:
    dataset = ox.Dataset(quads)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return dataset


def quoted(text: str, mark: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace('"', '\\"')
    if len(mark) == 1:
        escaped = escaped.replace("\n", "\\n").replace("\r", "\\r")
    return f"{mark}{escaped}{mark}"


hostile = st.text(alphabet="{};#<>\"'\\\n .", max_size=6) | st.sampled_from(["} ; DROP ALL #", "LOAD <x:y>", "'''"])
literals = st.builds(quoted, hostile, st.sampled_from(["'", '"', "'''", '"""'])) | st.sampled_from(
    ["1", "-2.50", "1e0", "true", "'x'@en", "'01'^^<http://www.w3.org/2001/XMLSchema#integer>"]
)
gaps = st.sampled_from([" ", "\n"]) | st.text(alphabet="{};'\"<#ab ", max_size=5).map(lambda text: f" #{text}\n")
iris = st.sampled_from([":a", ":b", "<a>", "<http://e/c;d>", ":e\\;f", ":"])
predicates = st.sampled_from([":p", ":q", "a"])
graph_names = st.sampled_from([":g", ":h", "<new>"])
named_variables = st.sampled_from(["?x", "?y", "?z"])


@st.composite
def triples(draw: st.DrawFn, subjects: st.SearchStrategy[str], objects: st.SearchStrategy[str]) -> str:
    parts = [
        f"{draw(subjects)}{draw(gaps)}{draw(predicates)} {draw(objects)} ,{draw(gaps)}{draw(objects)}{draw(gaps)}."
        for _ in range(draw(st.integers(0, 2)))
    ]
    return " ".join(parts)


@st.composite
def blocks(draw: st.DrawFn, subjects: st.SearchStrategy[str], objects: st.SearchStrategy[str], graph: str) -> str:
    """A block of quads: what stands after INSERT and DELETE."""
    default, named = draw(triples(subjects, objects)), draw(triples(subjects, objects))
    inner = f"{default} GRAPH {graph} {{ {named} }}" if draw(st.booleans()) else default
    return f"{{{inner}{draw(gaps)}}}"


places = iris | named_variables
fresh = st.sampled_from(["_:new", "[]", "[ :p ?x ]", "(?x 1)", "<<( ?x :p ?y )>>"])
PATTERNS = [
    "?x :p ?y",
    "?x :q ?y OPTIONAL { ?y :p ?z }",
    "?x ?any ?y FILTER(?y!=1)",
    "?x :p ?y MINUS { ?x :q ?z }",
    "GRAPH ?z { ?x :p ?y }",
    "?x :p/:q|^:p ?y",
    "{ SELECT ?x (COUNT(*) AS ?y) { ?x ?p ?o } GROUP BY ?x }",
    "VALUES (?x ?y) { (:a 1) (UNDEF '}') } ?x :p ?z",
    "{ ?x :p :b } UNION { ?y :q ?x }",
    "BIND(1 AS ?x)",
    "",
]


@st.composite
def data(draw: st.DrawFn) -> str:
    graph = draw(graph_names)
    if draw(st.booleans()):
        return f"DELETE{draw(gaps)}DATA{draw(gaps)}{draw(blocks(iris, iris | literals, graph))}"
    return f"INSERT{draw(gaps)}DATA{draw(blocks(iris | st.just('[]'), iris | literals, graph))}"


@st.composite
def changes(draw: st.DrawFn) -> str:
    graph = draw(graph_names | named_variables)
    head = f"WITH {draw(graph_names)} " if draw(st.booleans()) else ""
    deletion = f"DELETE{draw(gaps)}{draw(blocks(places, places | literals, graph))} "
    insertion = f"INSERT{draw(gaps)}{draw(blocks(places, places | literals | fresh, graph))} "
    verbs = draw(st.sampled_from([deletion, insertion, deletion + insertion]))
    using = draw(st.sampled_from(["", "", "USING :g ", "USING NAMED :g ", "USING :h USING NAMED :g "]))
    # A graph that is a blank node is no graph to us.
    pattern = f"{draw(st.sampled_from(PATTERNS))} FILTER(!ISBLANK({graph}))" if graph[0] == "?" else ""
    return f"{head}{verbs}{using}WHERE{draw(gaps)}{{ {pattern or draw(st.sampled_from(PATTERNS))} }}"


@st.composite
def management(draw: st.DrawFn) -> str:
    verb = draw(st.sampled_from(["CREATE", "CLEAR", "DROP", "COPY", "MOVE", "ADD"]))
    if verb == "CREATE":
        return f"CREATE SILENT{draw(gaps)}GRAPH {draw(graph_names)}"
    if verb in ("CLEAR", "DROP"):
        target = draw(st.sampled_from(["DEFAULT", "NAMED", "ALL"]) | graph_names.map("GRAPH {}".format))
        return f"{verb} SILENT{draw(gaps)}{target}"
    ends = st.just("DEFAULT") | graph_names
    return f"{verb} {draw(ends)}{draw(gaps)}TO {draw(ends)}"


requests = st.lists(data() | changes() | st.sampled_from(["DELETE WHERE { ?x :p ?y }"]) | management(), max_size=4)


@settings(max_examples=300)
@given(requests, gaps)
def test_the_effect_is_what_the_engine_does(parts: list[str], gap: str) -> None:
    text = PROLOGUE + f"{gap};{gap}".join(parts)
    told, run = Memory(), Memory()
    found = operations(text)
    assert len(found) == len(parts)
    try:
        effect = effect_of(found, Memory())
    except (Conflict, UnknownName):
        # A graph that is missing: Oxigraph lets it pass in COPY and ADD.
        return
    told.apply(effect)
    run.store.update(text)
    assert canonical(told.store) == canonical(run.store)
    assert not set(effect.added) & set(effect.removed)


@given(st.lists(data(), max_size=4))
def test_data_alone_are_so_called(parts: list[str]) -> None:
    assert is_data_only(operations(PROLOGUE + " ; ".join(parts)))


@given(st.text(st.characters(codec="utf-8"), max_size=20) | hostile)
def test_a_value_goes_through_a_template_as_it_is(text: str) -> None:
    memory = Memory()
    quad = ox.Quad(ox.NamedNode("http://e/s"), ox.NamedNode("http://e/value"), ox.Literal(text, language="en"))
    memory.store.add(quad)
    effect = effect_of(operations(PROLOGUE + "INSERT { GRAPH :k { ?s :v ?o } } WHERE { ?s :value ?o }"), memory)
    assert [added.object for added in effect.added] == [quad.object]


ENDPOINT = "http://127.0.0.1:9/"
"""Oxigraph refuses this port before it opens a connection: an OSError tells that it would have gone there."""


def fetches(text: str) -> bool:
    try:
        ox.Store().update(text)
    except OSError:
        return True
    except (SyntaxError, RuntimeError):
        return False
    return False


before_load = st.sampled_from(
    [
        "",
        "INSERT DATA { } ;",
        "INSERT DATA {<x:a> <x:p> '''}''' } ;",
        "INSERT DATA {<x:a> <x:p> '\\u0027}' } ;",
        "INSERT { } WHERE { ?s ?p ?a FILTER(?a<?b)#>\n} ;",
        "INSERT { } WHERE { } #",
        "CREATE GRAPH<x:g>;",
        "CREATE GRAPH LOADex:g;",
        "DROP ALL;",
        "COPY LOADex:a TO<x:b>;",
        "BASE <x:a>",
    ]
)
separators = st.sampled_from(["", " ", "\n", "#>\n", "#'\n", "#\r", "\\u0020"])
words = st.sampled_from(["LOAD", "load", "LOADSILENT", "LOAD SILENT", "L\\u004FAD"])
targets = st.sampled_from([f"<{ENDPOINT}>", "ex:a", ":", "LOADex:a", f"<{ENDPOINT}>INTO GRAPH<x:g>"])


@example("", "LOAD", "", "ex:a", "")
@settings(max_examples=500)
@given(before_load, words, separators, targets, st.sampled_from(["", "#", ";", " ; INSERT DATA { }"]))
def test_what_the_engine_would_load_is_never_missed(
    before: str, word: str, separator: str, target: str, after: str
) -> None:
    head = f"PREFIX ex:<{ENDPOINT}> PREFIX :<{ENDPOINT}> PREFIX LOADex:<{ENDPOINT}> "
    text = f"{head}{before}{word}{separator}{target}{after}"
    if fetches(text):
        with pytest.raises((OutsideRefused, BadQuery)):
            operations(text)


@given(hostile | st.text(alphabet="INSERT DATA{}<x:>?'\";#() \n", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(BadQuery, OutsideRefused):
        operations(text)
