"""Whether a text that came from outside may be asked at all, and what has to be known of it before it is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from alskg import syntax
from alskg.errors import BadParameter, OutsideRefused, UpdateRefused
from alskg.store.terms import iri
from alskg.tokens import unescaped

# A word that isn't in the text in any form, not even in a string or in a part of a name, is no keyword of it. So most
# texts need no tokenizing; in those that hold such letters, the tokens decide.
_LOOK = ("SERVICE", "FROM", "LOAD", "GRAPH", "NOW", "RAND", "UUID", "BNODE")

UPDATES_REFUSED = (
    "This is an update, and here are answered questions. Send it by POST as application/sparql-update or as the form "
    "field `update`, with a token; or use POST /changes."
)


@dataclass(frozen=True)
class Admitted:
    """A text that may be asked."""

    text: str
    r"""As it is to be given to the engine: SPARQL resolves \uXXXX before anything else is read (section 19.2), and the
    engine does so in strings and IRIs alone."""
    form: syntax.Form
    names_graphs: bool
    """Whether it looks into named graphs without saying which there are."""
    is_fixed: bool
    """Whether it has one answer at one revision: it asks neither for the time nor for chance, and no other server."""


def admitted(text: str, graphs: Callable[[], Sequence[str]], services: Sequence[str]) -> Admitted:
    """
    What is known of a text, once it is certain that it reaches nothing but `graphs` and the endpoints `services`.

    Raises:
        BadQuery: it doesn't parse.
        UpdateRefused: it is an update.
        OutsideRefused: it would reach outside the store.
    """
    if "\\" in text:
        text = unescaped(text)
    form = syntax.form_at_a_glance(text)
    if form == "UPDATE":
        raise UpdateRefused(UPDATES_REFUSED)
    letters = text.upper()
    if not any(word in letters for word in _LOOK):
        return Admitted(text, form, names_graphs=False, is_fixed=True)
    keywords = syntax.mentions(text, {"SERVICE", "FROM", "GRAPH", *syntax.CHANGING})
    if "SERVICE" in keywords:
        _refuse_foreign(text, services)
    if "FROM" in keywords:
        _refuse_unknown(text, graphs())
    return Admitted(text, form, "GRAPH" in keywords and "FROM" not in keywords, not keywords & syntax.CHANGING)


def _refuse_foreign(text: str, services: Sequence[str]) -> None:
    foreign = [target for target in syntax.services(text) if target not in services]
    if foreign:
        raise OutsideRefused(
            f"SERVICE {', '.join(foreign)} is refused: this server queries no other one on a caller's behalf. "
            "Federate from your side, or take a dump from /graph.",
            keyword="SERVICE",
        )


def _refuse_unknown(text: str, known: Sequence[str]) -> None:
    foreign = [name for name in syntax.datasets(text) if name not in known]
    if foreign:
        raise OutsideRefused(
            f"FROM <{foreign[0]}> is refused: it is no graph of this store, and nothing is fetched from elsewhere.",
            keyword="FROM",
            available=list(known),
        )


def known_graphs(names: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    """
    Graphs that a caller named beside the query.

    Raises:
        BadParameter: one of them is no graph of this store.
    """
    for name in names:
        if iri(name).value not in known:
            raise BadParameter(
                f"There is no graph <{name}> here, and none is fetched from elsewhere.", available=list(known)
            )
    return tuple(names)
