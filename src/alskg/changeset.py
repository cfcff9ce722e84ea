"""A change as a value: what it adds and removes, who makes it and why; and RDF Patch, which writes it down."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice

import pyoxigraph as ox

from alskg.errors import BadDocument, BadQuery, StaleBase, TooLarge, UnsupportedMedia
from alskg.media import JSON_LD, N_QUADS, N_TRIPLES, TRIG, TURTLE, Format
from alskg.names import BASE
from alskg.plain_json import json_of
from alskg.tokens import tokens
from alskg.triples import plain

RDF_PATCH = Format("rdfpatch", "application/rdf-patch", ("text/rdf-patch", "rdf-patch", "patch"), "rdfp")
"""https://afs.github.io/rdf-delta/rdf-patch.html"""

READ = {
    TURTLE.media_type: ox.RdfFormat.TURTLE,
    TRIG.media_type: ox.RdfFormat.TRIG,
    N_TRIPLES.media_type: ox.RdfFormat.N_TRIPLES,
    N_QUADS.media_type: ox.RdfFormat.N_QUADS,
    JSON_LD.media_type: ox.RdfFormat.JSON_LD,
}
"""The formats in which triples may be sent. No XML: a document type could make it fetch or grow."""

_ROWS = ("A", "D", "PA", "PD", "H", "TX", "TC", "TA")
_BOUNDS = ("TX", "TC", "TA")

NOWHERE = ox.DefaultGraph()
"""The graph of a quad that is written without one: it belongs where its subject is described."""


def written(time: datetime) -> str:
    """A time in UTC as xsd:dateTime, to the second: `2026-11-25T10:32:48Z`."""
    return time.isoformat(timespec="seconds").replace("+00:00", "Z")


@dataclass(frozen=True)
class Patch:
    """Quads removed, then quads added."""

    added: tuple[ox.Quad, ...]
    removed: tuple[ox.Quad, ...]

    @property
    def inverse(self) -> "Patch":
        """What takes it back."""
        return Patch(self.removed, self.added)

    def part(self, of: Callable[[ox.Quad], bool]) -> "Patch":
        """What it does to the quads of some kind."""
        return Patch(tuple(filter(of, self.added)), tuple(filter(of, self.removed)))


NOTHING = Patch((), ())


@dataclass(frozen=True)
class Changeset:
    """What somebody wants to change, and why."""

    message: str
    agent: str
    """Who: the name of a token, or of a user of this machine."""
    added: tuple[ox.Quad, ...] = ()
    removed: tuple[ox.Quad, ...] = ()
    """Both with the graph `NOWHERE` where the caller named none."""
    retracted: tuple[tuple[str, str], ...] = ()
    """Claims to take back, by IRI, each with the reason."""
    kept: Patch = NOTHING
    """
    What comes and goes among what is kept apart, beside what the retractions bring: worked out here, and not written by
    a caller, who may not touch it.
    """
    about: tuple[str, ...] = ()
    """Nodes that it rests on, by IRI, even where there is nothing to change at them any more."""
    created: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    """Named graphs that come and go as such, empty ones too (SPARQL 1.1 Update, section 3.2)."""
    time: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))
    """When it was made."""
    base: int | None = None
    """The revision that the caller looked at, where it said so."""
    door: str = ""
    """Where the change came in: `changes`, `sparql`, `graphs`, `command line` ..."""
    reverts: int | None = None
    """The revision that this change takes back."""
    restores: int | None = None
    """The revision that this change goes back to."""
    may_change_ontology: bool = False
    may_purge: bool = False
    """Whether claims may vanish without a record of their retraction."""


def patch_text(patch: Patch, header: Mapping[str, str] | None = None) -> str:
    """
    A patch as RDF Patch: `H` header lines, then `TX`, deletions, additions and `TC`.

    For example::

        H revision "12" .
        TX .
        D <https://...> <https://...> "text"@en <https://...graph> .
        A <https://...> <https://...> <https://...> <https://...graph> .
        TC .
    """
    heads = [f"H {name} {ox.Literal(value)} ." for name, value in (header or {}).items()]
    rows = [
        f"{letter} {_row(quad)} ." for letter, quads in (("D", patch.removed), ("A", patch.added)) for quad in quads
    ]
    return "\n".join([*heads, "TX .", *rows, "TC .", ""])


def _row(quad: ox.Quad) -> str:
    graph = "" if isinstance(quad.graph_name, ox.DefaultGraph) else f" {quad.graph_name}"
    return f"{quad.subject} {quad.predicate} {quad.object}{graph}"


def patch_of(text: str) -> Patch:
    """
    Reads RDF Patch: the net effect of its rows, a later one overruling an earlier. Terms are as in N-Quads.

    Prefixes (`PA`, `PD`) are those of the rows that follow. Transactions are not apart: the whole is one change; but
    what one did that ends with `TA` (abort) counts for nothing.

    Raises:
        BadDocument: a line is not of a known form, or a transaction doesn't end; the line is named.
    """
    _refuse_triple_terms(text)
    effect: dict[ox.Quad, str] = {}
    before: dict[ox.Quad, str] = {}
    prefixes: dict[str, str] = {}
    begun: int | None = None
    for number, letter, rest in _rows_of(text):
        if letter in _BOUNDS:
            _refuse_unended(begun if letter == "TX" else None)
            begun = number if letter == "TX" else None
        if letter in ("A", "D"):
            effect[_quad(rest, prefixes, number)] = letter
        elif letter == "PA":
            prefixes |= _prefix(rest, number)
        elif letter == "PD":
            prefixes.pop(rest.strip().strip('":'), None)
        elif letter == "TA":
            effect = dict(before)
        elif letter != "H":
            before = dict(effect)
    _refuse_unended(begun)
    added = tuple(quad for quad, letter in effect.items() if letter == "A")
    return Patch(added, tuple(quad for quad, letter in effect.items() if letter == "D"))


_PREVIOUS = re.compile(r'(?i:prev|previous)\s*(?:"(?P<text>[^"]*)"|<(?P<iri>[^>]*)>)(?:\^\^<[^>]*>)?')


def previous_of(text: str, bases: Iterable[str] = ()) -> int | None:
    """
    The revision that an RDF Patch says to come right after (`H prev`, in our own `H previous "11"`), as a number or
    the address of the change; None where it says none. `bases` are where this server is reached, beside the IRIs here.

    Raises:
        BadDocument: it is no text and no IRI.
        StaleBase: it is the identifier of a patch that isn't of this history, so that nothing here is what it rests on.
    """
    for number, letter, rest in _rows_of(text):
        if letter == "H" and re.match(r"\s*prev(ious)?\b", rest, re.IGNORECASE):
            if (found := _PREVIOUS.fullmatch(rest.strip())) is None:
                # What is meant as a condition is never passed over.
                raise BadDocument(f'Line {number}: write the revision that the patch comes after as H prev "12" .')
            said = found["text"] if found["text"] is not None else found["iri"]
            addresses = (f"{base.rstrip('/')}/changes/" for base in (BASE, "", *bases))
            number_said = next((said.removeprefix(one) for one in addresses if said.startswith(one)), said)
            if re.fullmatch(r"[0-9]{1,15}", number_said) is None:
                raise StaleBase(
                    f"The patch comes after {said} (H prev), which is no revision here. Write the number of the one "
                    'that it rests on, as in H prev "12"; or leave the row out.'
                )
            return int(number_said)
    return None


def _refuse_unended(begun: int | None) -> None:
    if begun is not None:
        raise BadDocument(
            f"Line {begun}: the transaction that begins here (TX) has no end. The patch was cut off, or lacks its TC."
        )


def _rows_of(text: str) -> Iterator[tuple[int, str, str]]:
    """The rows of an RDF Patch: which line it is, what it is, and what it says."""
    # Only a line feed ends a row: what else Python takes for the end of a line may stand in a literal.
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        letter, _, rest = line.strip().removesuffix(".").strip().partition(" ")
        if letter not in _ROWS:
            known = f"{', '.join(_ROWS[:-1])} and {_ROWS[-1]}"
            raise BadDocument(
                f"Line {number}: {letter or line!r} is no row of RDF Patch that is read here; there are {known}."
            )
        yield number, letter, rest


def _quad(row: str, prefixes: Mapping[str, str], number: int) -> ox.Quad:
    try:
        quads = list(_quads_of_row(row, prefixes))
    except (SyntaxError, BadQuery) as error:
        what = "write subject, predicate, object and, if need be, the graph, as in N-Quads"
        raise BadDocument(f"Line {number}: this is no quad ({error}); {what}.") from error
    if len(quads) != 1:
        raise BadDocument(f"Line {number}: there must be one quad; there are {len(quads)}.")
    return quads[0]


def _quads_of_row(row: str, prefixes: Mapping[str, str]) -> Iterable[ox.Quad]:
    try:
        return list(ox.parse(f"{row} .".encode(), format=ox.RdfFormat.N_QUADS))
    except SyntaxError:
        if not prefixes:
            raise
    # With prefixed names it is no N-Quads; TriG reads those, but has the graph in front.
    names = "".join(f"PREFIX {prefix}: <{namespace}>\n" for prefix, namespace in prefixes.items())
    terms = _terms_of_row(row)
    triple = f"{' '.join(terms[:3])} ."
    inner = f"GRAPH {terms[3]} {{ {triple} }}" if len(terms) == 4 else f"{' '.join(terms)} ."
    return list(ox.parse((names + inner).encode(), format=ox.RdfFormat.TRIG))


def _terms_of_row(row: str) -> list[str]:
    """The terms of a row, a literal with its language or datatype."""
    terms: list[str] = []
    joined = False
    for token in tokens(row):
        if joined or token.kind == "language" or token.text == "^^":
            terms[-1:] = ["".join((*terms[-1:], token.text))]
        else:
            terms.append(token.text)
        joined = token.text == "^^"
    return terms


def _prefix(rest: str, number: int) -> dict[str, str]:
    found = re.fullmatch(r'"?([\w.-]*?):?"?:?\s+(?:<([^<>"\s]*)>|"([^<>"\s]*)")', rest.strip())
    if found is None:
        raise BadDocument(f'Line {number}: write a prefix as PA "name" "iri" .')
    return {found[1]: found[2] or found[3]}


TRIPLE_TERMS_MAX = 1_000
"""How many triple terms a document may have: they may stand in each other, and the engine reads them by recursion."""


def quads_of(
    text: str,
    media_type: str,
    prefixes: Mapping[str, str],
    contexts: Mapping[str, object],
    quads_max: int | None = None,
) -> list[ox.Quad]:
    """
    The quads of a document; `NOWHERE` is the graph of those that are in none. Reading ends where there are too many.

    In Turtle and TriG the declared prefixes need not be written. A JSON-LD document may name one of the `contexts` by
    its address, in whose place it is put; nothing is ever fetched, and no other remote one is read.

    Raises:
        UnsupportedMedia: the format is not read here.
        BadDocument: the document can't be parsed; line and column are named. Or a CURIE in it is none there.
        TooLarge: it has more than `quads_max` quads.
    """
    if media_type not in READ:
        known = [*READ, RDF_PATCH.media_type]
        raise UnsupportedMedia(
            f"Triples in {media_type or '(no media type)'} are not read here; send {', '.join(known)}.", available=known
        )
    if media_type == JSON_LD.media_type:
        text = _with_contexts(text, contexts)
    _refuse_triple_terms(text)
    names = "".join(f"PREFIX {prefix}: <{namespace}> " for prefix, namespace in prefixes.items())
    head = f"{names}\n" if media_type in (TURTLE.media_type, TRIG.media_type) else ""
    try:
        parsed = ox.parse((head + text).encode(), format=READ[media_type], base_iri=BASE)
        found = list(parsed if quads_max is None else islice(parsed, quads_max + 1))
    except SyntaxError as error:
        raise _unparsed(error, bool(head)) from error
    if quads_max is not None and len(found) > quads_max:
        raise TooLarge(
            f"The document has more than {quads_max:,} quads (ALSKG_CHANGE_QUADS_MAX). Send it in parts.",
            limit="change_quads_max",
        )
    if media_type == JSON_LD.media_type:
        _refuse_unexpanded(found, prefixes)
    return found


def _refuse_unexpanded(quads: Iterable[ox.Quad], prefixes: Mapping[str, str]) -> None:
    """
    Nothing, where no CURIE stands for an IRI as it is: JSON-LD takes one so whose prefix its context doesn't declare.

    Raises:
        BadDocument: one does.
    """
    terms = (term for quad in quads for term in quad if isinstance(term, ox.NamedNode))
    for iri in (term.value for term in terms):
        prefix, _, name = iri.partition(":")
        if prefix in prefixes and not name.startswith("//"):
            raise BadDocument(
                f"{iri} would be an IRI as it stands: the context of the document declares no prefix {prefix}. Write "
                f"the whole IRI, {prefixes[prefix]}{name}, or declare the prefix beside the context."
            )


def _refuse_triple_terms(text: str) -> None:
    # A bound on how deep they are that no string with brackets in it can get round.
    if text.count("<<") > TRIPLE_TERMS_MAX:
        raise BadDocument(f"The document has more than {TRIPLE_TERMS_MAX:,} triple terms (<<), and so may be too deep.")


def _unparsed(error: SyntaxError, with_head: bool) -> BadDocument:
    reason = re.sub(r" \(line \d+\)", "", str(error).partition(": ")[2] or str(error))
    if error.lineno is None:
        hint = " Only this server's own /context.jsonld is read." if "remote contexts" in reason else ""
        return BadDocument(f"The document can't be read: {str(error).rstrip('.')}.{hint}")
    line, column = error.lineno - with_head, error.offset or 1
    return BadDocument(f"Line {line}, column {column}: {reason.rstrip('.')}.", line=line, column=column)


def _with_contexts(text: str, contexts: Mapping[str, object]) -> str:
    return json.dumps(_replaced(json_of(text), contexts))


def _replaced(value: object, contexts: Mapping[str, object]) -> object:
    if isinstance(value, list):
        return [_replaced(item, contexts) for item in value]
    if isinstance(value, dict):
        return {k: _own(v, contexts) if k == "@context" else _replaced(v, contexts) for k, v in value.items()}
    return value


def _own(value: object, contexts: Mapping[str, object]) -> object:
    if isinstance(value, list):
        return [_own(item, contexts) for item in value]
    return contexts.get(value, value) if isinstance(value, str) else value


def touched_by(patch: Patch) -> set[str]:
    """The subjects that a patch says something of."""
    return {plain(quad.subject) for quad in (*patch.added, *patch.removed)}
