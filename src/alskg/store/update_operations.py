"""The operations of a SPARQL Update request, each read into its parts."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import pyoxigraph as ox

from alskg.errors import BadQuery
from alskg.store.update_sources import Source, refuse_unreadable, resolved, sources
from alskg.tokens import Token, misread

Graph: TypeAlias = ox.NamedNode | ox.DefaultGraph

JOINTS_MAX = 10_000
"""How many operators and joined groups a WHERE may have: the engine nests them in each other, as NESTING_MAX tells."""

_JOINTS = frozenset("|| && + - * / | ! ^ UNION OPTIONAL MINUS FILTER BIND VALUES GRAPH SERVICE LATERAL".split())
_MINTING = frozenset(("[", "(", "<<", "{|", "~"))
"""What makes a blank node without naming it: `[]`, a collection, a reifier."""

_TRANSFERS: tuple[Literal["COPY", "MOVE", "ADD"], ...] = ("COPY", "MOVE", "ADD")


@dataclass(frozen=True)
class Template:
    """Quads with variables, as they stand after DELETE or INSERT."""

    text: str
    """With its braces."""
    variables: tuple[str, ...]
    """Their names without `?` and `$`."""
    makes_blank_nodes: bool


@dataclass(frozen=True)
class DataChange:
    """INSERT DATA or DELETE DATA (SPARQL 1.1 Update, sections 3.1.1 and 3.1.2)."""

    prologue: str
    block: str
    adds: bool


@dataclass(frozen=True)
class PatternChange:
    """DELETE/INSERT ... WHERE, or DELETE WHERE (section 3.1.3)."""

    prologue: str
    graph: ox.NamedNode | None
    """WITH: where the templates' triples belong, and what WHERE sees by default."""
    delete: Template | None
    insert: Template | None
    using: tuple[str, ...]
    using_named: tuple[str, ...]
    where: str


@dataclass(frozen=True)
class GraphChange:
    """CREATE, CLEAR or DROP (sections 3.1.5, 3.2.1 and 3.2.2)."""

    verb: Literal["CREATE", "CLEAR", "DROP"]
    silent: bool
    target: Graph | Literal["NAMED", "ALL"]


@dataclass(frozen=True)
class Transfer:
    """COPY, MOVE or ADD (sections 3.2.3 to 3.2.5)."""

    verb: Literal["COPY", "MOVE", "ADD"]
    silent: bool
    source: Graph
    destination: Graph


Operation: TypeAlias = DataChange | PatternChange | GraphChange | Transfer


def operations(text: str, services_allowed: Collection[str] = ()) -> list[Operation]:
    """
    The operations of a request, in their order; none where it holds a prologue at most.

    `text` is what the caller sent; its codepoint escapes are written out here, and only here. Nothing of it is run.

    Raises:
        BadQuery: it doesn't parse, is a query, or is nested too deeply; with line and column where they are known.
        OutsideRefused: it would LOAD something, or ask a SERVICE that is not among those allowed.
    """
    labels: set[str] = set()
    return [_operation(source, labels) for source in sources(text, services_allowed)]


def _operation(source: Source, labels: set[str]) -> Operation:
    """One operation, read from its tokens, and then by the engine."""
    first = source.found[0]
    if first.keyword not in _READERS:
        problem = f"expected INSERT, DELETE or another operation of SPARQL Update, found {first.text[:40]}"
        raise misread(source.text, first.start, problem)
    reader = _Reader(source)
    operation = _READERS[first.keyword](reader)
    reader.expect_end()
    if isinstance(operation, DataChange) and operation.adds:
        _refuse_shared_labels(source, labels)
    refuse_unreadable(source)
    return operation


def _refuse_shared_labels(source: Source, labels: set[str]) -> None:
    """A label is one node in a request, and INSERT DATA makes a new one each time (SPARQL 1.1, section 19.6)."""
    own = [token for token in source.found if token.kind == "blank"]
    for token in own:
        if token.text in labels:
            problem = f"{token.text} stands in an earlier INSERT DATA; write one block of both"
            raise misread(source.text, token.start, problem)
    labels |= {token.text for token in own}


class _Reader:
    """The tokens of one operation, taken one after the other."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._position = 0

    def take(self, *keywords: str) -> bool:
        """Whether these keywords come next; if so, they are passed over."""
        end = self._position + len(keywords)
        if tuple(token.keyword for token in self.source.found[self._position : end]) != keywords:
            return False
        self._position = end
        return True

    def expect(self, keyword: str) -> None:
        """Passes over this keyword, which has to come next."""
        if not self.take(keyword):
            raise self._unexpected(keyword)

    def expect_end(self) -> None:
        """All of the operation has to be read."""
        if self._position < len(self.source.found):
            raise self._unexpected("';' or the end")

    def iri(self) -> ox.NamedNode:
        """The IRI that comes next, by itself or as a prefixed name."""
        following = self.source.found[self._position : self._position + 1]
        if not following or following[0].kind not in ("iri", "name"):
            raise self._unexpected("an IRI")
        self._position += 1
        return resolved(following[0], self.source.prologue, self.source.text)

    def graph(self) -> Graph:
        """DEFAULT or an IRI; GRAPH may stand before the latter."""
        if self.take("DEFAULT"):
            return ox.DefaultGraph()
        self.take("GRAPH")
        return self.iri()

    def block(self) -> tuple[str, Sequence[Token]]:
        """What stands in braces, with them, as text and as tokens."""
        found, start = self.source.found, self._position
        if not found[start : start + 1] or found[start].text != "{":
            raise self._unexpected("'{'")
        depth = 0
        for index in range(start, len(found)):
            depth += {"{": 1, "}": -1}.get(found[index].text, 0)
            if depth == 0:
                self._position = index + 1
                return self.source.between(start, index + 1), found[start : index + 1]
        raise misread(self.source.text, found[start].start, "this '{' is never closed")

    def _unexpected(self, expected: str) -> BadQuery:
        text, following = self.source.text, self.source.found[self._position : self._position + 1]
        if following:
            return misread(text, following[0].start, f"expected {expected}, found {following[0].text[:40]}")
        last = self.source.found[-1]
        return misread(text, last.start + len(last.text), f"expected {expected} after {last.text[:40]}")


def _change(reader: _Reader) -> Operation:
    prologue = reader.source.prologue
    if reader.take("INSERT", "DATA"):
        return DataChange(prologue, _block_without(reader, "variable"), adds=True)
    if reader.take("DELETE", "DATA"):
        return DataChange(prologue, _block_without(reader, "variable", "blank node"), adds=False)
    if reader.take("DELETE", "WHERE"):
        pattern = _template(reader, "blank node")
        return PatternChange(prologue, None, pattern, None, (), (), pattern.text)
    graph = reader.iri() if reader.take("WITH") else None
    delete = _template(reader, "blank node") if reader.take("DELETE") else None
    if delete is None:
        reader.expect("INSERT")
    insert = _template(reader) if delete is None or reader.take("INSERT") else None
    using, using_named = _using(reader)
    reader.expect("WHERE")
    return PatternChange(prologue, graph, delete, insert, using, using_named, _where(reader))


def _template(reader: _Reader, *unlawful: str) -> Template:
    text, found = _block(reader, unlawful)
    variables = dict.fromkeys(token.text[1:] for token in found if token.kind == "variable")
    return Template(text, tuple(variables), any(t.kind == "blank" or t.text in _MINTING for t in found))


def _block_without(reader: _Reader, *unlawful: str) -> str:
    return _block(reader, unlawful)[0]


def _block(reader: _Reader, unlawful: Collection[str]) -> tuple[str, Sequence[Token]]:
    """The engine refuses what is unlawful here as well, but doesn't say where it stands."""
    text, found = reader.block()
    for token in found:
        kind = "blank node" if token.kind == "blank" or token.text == "[" else token.kind
        if kind in unlawful:
            problem = f"no {kind} may stand in this block; find values for variables in a WHERE"
            raise misread(reader.source.text, token.start, problem)
    return text, found


def _using(reader: _Reader) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The graphs after USING, and those after USING NAMED."""
    default: list[str] = []
    named: list[str] = []
    while reader.take("USING"):
        graphs = named if reader.take("NAMED") else default
        graphs.append(reader.iri().value)
    return tuple(default), tuple(named)


def _where(reader: _Reader) -> str:
    text, found = reader.block()
    if sum(token.text.upper() in _JOINTS for token in found if token.kind in ("mark", "word")) > JOINTS_MAX:
        problem = f"this WHERE has more than {JOINTS_MAX:,} operators and groups; send it in parts"
        raise misread(reader.source.text, found[0].start, problem)
    return text


def _create(reader: _Reader) -> Operation:
    reader.expect("CREATE")
    silent = reader.take("SILENT")
    reader.expect("GRAPH")
    return GraphChange("CREATE", silent, reader.iri())


def _clear(reader: _Reader) -> Operation:
    verb: Literal["CLEAR", "DROP"] = "CLEAR" if reader.take("CLEAR") else "DROP"
    reader.take("DROP")
    silent = reader.take("SILENT")
    if reader.take("NAMED"):
        return GraphChange(verb, silent, "NAMED")
    if reader.take("ALL"):
        return GraphChange(verb, silent, "ALL")
    if reader.take("DEFAULT"):
        return GraphChange(verb, silent, ox.DefaultGraph())
    reader.expect("GRAPH")
    return GraphChange(verb, silent, reader.iri())


def _transfer(reader: _Reader) -> Operation:
    verb = next(verb for verb in _TRANSFERS if reader.take(verb))
    silent = reader.take("SILENT")
    source = reader.graph()
    reader.expect("TO")
    return Transfer(verb, silent, source, reader.graph())


_READERS: Mapping[str, Callable[[_Reader], Operation]] = {
    **dict.fromkeys(("INSERT", "DELETE", "WITH"), _change),
    **dict.fromkeys(_TRANSFERS, _transfer),
    "CREATE": _create,
    "CLEAR": _clear,
    "DROP": _clear,
}
