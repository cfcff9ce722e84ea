"""What is meant: the things that a name, a CURIE, a label or an identifier may stand for, and where each is served."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import islice

import pyoxigraph as ox
from rapidfuzz import process
from rapidfuzz.distance import JaroWinkler

from alskg.answers import Question, rows
from alskg.curies import curie_of, iri_of
from alskg.errors import BadParameter
from alskg.identity import MATCHES
from alskg.kept import successor_of
from alskg.knowledge_graph import KnowledgeGraph
from alskg.names import ALS, RDF, RDFS, SKOS, name_of_iri
from alskg.rules import is_described
from alskg.schema import Class
from alskg.spelling import DOIS
from alskg.store.terms import Bindable, iri
from alskg.triples import Term, objects, plain, subjects

NAMES = tuple([RDFS + "label"] + [SKOS + kind for kind in ("altLabel", "hiddenLabel", "notation")])
"""The properties that carry what a thing is called."""
SUGGESTIONS_MAX = 5
SUGGESTION_SCORE_MIN, SLIP_SCORE_MIN = 75, 60
"""Of 100: from which on a name looks like another; less will do where both begin alike, as after a slip they do."""
SLIP_LIKENESS_MIN = 0.84
"""Of 1, by Jaro and Winkler, who count the beginning for more."""


def candidates(kg: KnowledgeGraph, value: str, spaces: Sequence[str] | None = None) -> list[ox.NamedNode]:
    """
    The IRIs that a caller may mean: the IRI, the CURIE, or the name in any collection or closed list, or just in these
    namespaces.
    """
    if "://" in value:
        return [iri(value)]
    if ":" in value:
        return [iri(iri_of(kg.schema.prefixes, value))]
    if spaces is None:
        own = [c.namespace for c in kg.schema.classes.values() if c.namespace]
        spaces = [*own, *(v.namespace for v in kg.schema.vocabularies.values()), ALS]
    # What can't be part of an IRI is no name; then there is no candidate, and the caller is told what there is.
    return [ox.NamedNode(space + value) for space in spaces] if _is_iri(ALS + value) else []


def renamed(kg: KnowledgeGraph, nodes: Iterable[ox.NamedNode]) -> list[ox.NamedNode]:
    """What those are called now that bore one of these names before, and of which nothing is said under it now."""
    later = (successor_of(kg.store, node.value) for node in nodes if not is_described(kg.store, node.value))
    return [ox.NamedNode(iri_) for iri_ in dict.fromkeys(later) if iri_]


def renamed_among(kg: KnowledgeGraph, values: Iterable[str]) -> dict[str, str]:
    """Of what a caller wrote, the earlier names of things, each with the IRI that stands for it now."""
    found: dict[str, str] = {}
    for value in values:
        with suppress(BadParameter):
            nodes = candidates(kg, value)
            if not any(is_described(kg.store, node.value) for node in nodes) and (later := renamed(kg, nodes)):
                found[value] = later[0].value
    return found


def _is_iri(text: str) -> bool:
    try:
        ox.NamedNode(text)
    except ValueError:
        return False
    return True


def member_called(kg: KnowledgeGraph, class_: Class, wish: str) -> str | None:
    """The IRI of the member that a caller means by a name, a CURIE or an IRI; None where there is none."""
    if "://" in wish:
        candidates = [wish]
    elif ":" in wish:
        candidates = [iri_of(kg.schema.prefixes, wish)] if has_known_prefix(kg, wish) else []
    else:
        candidates = [space + wish for space in namespaces(kg, class_)]
    return next((iri for iri in candidates if is_member(kg, class_, iri)), None)


def member_meant(kg: KnowledgeGraph, class_: Class, wish: str) -> str | None:
    """As `member_called`; where nothing bears the name now, the member that bore it before."""
    if found := member_called(kg, class_, wish):
        return found
    later = renamed_among(kg, [wish]).get(wish)
    return later if later and is_member(kg, class_, later) else None


def things_meant(kg: KnowledgeGraph, parameter: str, value: str, among: Iterable[Term] = ()) -> list[ox.NamedNode]:
    """
    The things that a caller means by an IRI, a CURIE, a name, an identifier in another vocabulary, or else what a thing
    is called: one of those `among` these terms before any other. None where nothing is called so.

    Raises:
        BadParameter: several are called so, or the prefix isn't known; the message says what would do.
    """
    try:
        return _meant(kg, value, [term.value for term in among if isinstance(term, ox.NamedNode)])
    except BadParameter as error:
        raise BadParameter(f"{parameter}={value}: {error}", parameter=parameter, **error.extra) from error


def _meant(kg: KnowledgeGraph, value: str, among: Iterable[str]) -> list[ox.NamedNode]:
    nodes = candidates(kg, value)
    if ":" in value and (same := same_as(kg, value)):
        return [ox.NamedNode(iri_) for iri_ in same]
    if known := [node for node in nodes if is_described(kg.store, node.value)] or renamed(kg, nodes):
        return known
    found = called_among(kg, value, among) or called(kg, value)
    if len(found) > 1:
        named = [curie_of(kg.schema.prefixes, iri_) or iri_ for iri_ in found]
        raise BadParameter(f"{value!r} may be {' or '.join(named)}; say which one.", available=named)
    return [ox.NamedNode(iri_) for iri_ in found]


def called_among(kg: KnowledgeGraph, wish: str, among: Iterable[str]) -> list[str]:
    """Those that bear this label, or else this synonym, hidden label or notation, in any case."""
    bearers: dict[str, list[str]] = {}
    for node in sorted(set(among)):
        for property_ in NAMES:
            if any(plain(term).casefold() == wish.casefold() for term in objects(kg.store, node, property_)):
                bearers.setdefault(property_, []).append(node)
    return next((bearers[name] for name in NAMES if name in bearers), [])


def called(kg: KnowledgeGraph, wish: str, class_: Class | None = None) -> list[str]:
    """The things, of a class or of any, that are called so; see `called_among`."""
    text = f"""SELECT DISTINCT ?id ?property WHERE {{
        {"?id a ?class ; ?property ?name" if class_ else "?id ?property ?name"} .
        FILTER(LCASE(STR(?name)) = LCASE(?wish))
    }}"""
    bindings: dict[str, Sequence[Bindable]] = {
        **({"class": [ox.NamedNode(class_.iri)]} if class_ else {}),
        "property": [ox.NamedNode(name) for name in NAMES],
        "wish": [ox.Literal(wish)],
    }
    bearers: dict[str, list[str]] = {}
    for row in rows(kg, Question(text, bindings)):
        bearers.setdefault(plain(row["property"]), []).append(plain(row["id"]))
    return next((sorted(bearers[name]) for name in NAMES if name in bearers), [])


def member_known_as(kg: KnowledgeGraph, class_: Class, wish: str) -> str | None:
    """
    The one member that bears this label, or else this synonym, hidden label or notation, in any case; None where none
    or several do.
    """
    found = called(kg, wish, class_)
    return found[0] if len(found) == 1 else None


def has_known_prefix(kg: KnowledgeGraph, curie: str) -> bool:
    """Whether the prefix of a CURIE is declared."""
    return curie.partition(":")[0].casefold() in map(str.casefold, kg.schema.prefixes)


def namespaces(kg: KnowledgeGraph, class_: Class) -> list[str]:
    """What the IRIs of members may begin with: the class's own namespace, and those of the classes below and above."""
    others = (kg.schema.classes[iri] for iri in sorted(kg.schema.descendants(class_.iri)))
    above = (kg.schema.classes[iri] for iri in class_.ancestors if iri in kg.schema.classes)
    return list(dict.fromkeys(c.namespace for c in (class_, *others, *above) if c.namespace))


def is_member(kg: KnowledgeGraph, class_: Class, iri: str) -> bool:
    """Whether the graph has a thing of that IRI in the class."""
    return _is_iri(iri) and next(kg.store.match(iri, RDF + "type", class_.iri), None) is not None


def with_identifier(kg: KnowledgeGraph, identifier: str) -> list[str]:
    """The things that bear a CURIE or IRI: their own, or one that a mapping gives them (exact ones first)."""
    wanted = _identifier(kg, identifier).value
    if path_of(kg, wanted):
        own = ox.NamedNode(wanted)
        return [wanted] if is_described(kg.store, own.value) else [node.value for node in renamed(kg, [own])]
    return list(dict.fromkeys(s for match in MATCHES for s in subjects(kg.store, match, wanted) if path_of(kg, s)))


def same_as(kg: KnowledgeGraph, identifier: str) -> list[str]:
    """The things that a mapping gives this CURIE or IRI, by the closest kind of match that there is."""
    wanted = _identifier(kg, identifier).value
    by_match = ([s for s in subjects(kg.store, match, wanted) if path_of(kg, s)] for match in MATCHES)
    return next(filter(None, by_match), [])


def question_of_identifier(kg: KnowledgeGraph, curie: str) -> Question:
    """What bears an identifier by a mapping, for the caller to ask again."""
    matches = [ox.NamedNode(match) for match in MATCHES]
    text = "SELECT ?id ?match WHERE { ?id ?match ?identifier }"
    return Question(text, {"match": matches, "identifier": [_identifier(kg, curie)]})


def _identifier(kg: KnowledgeGraph, identifier: str) -> ox.NamedNode:
    found = iri(identifier if "://" in identifier else iri_of(kg.schema.prefixes, identifier))
    # A DOI is the same in any case (DOI Handbook, 2.4), and stands here in lower case.
    return ox.NamedNode(found.value.lower()) if found.value.startswith(DOIS) else found


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """The known names that look most like this one, whatever their case."""
    names = list(dict.fromkeys(known))
    found = process.extract(name, names, limit=None, score_cutoff=SLIP_SCORE_MIN, processor=str.casefold)
    near = (match for match, score, _ in found if score >= SUGGESTION_SCORE_MIN or _begin_alike(name, match))
    return list(islice(near, SUGGESTIONS_MAX))


def _begin_alike(one: str, other: str) -> bool:
    return JaroWinkler.similarity(one, other, processor=str.casefold) >= SLIP_LIKENESS_MIN


def hint(value: str, known: Iterable[str]) -> str:
    """A sentence that suggests the nearest known names, with a space before it; "" where none is near."""
    near = nearest(value, known)
    return f" Did you mean {' or '.join(near[:3])}?" if near else ""


def path_of(kg: KnowledgeGraph, iri: str) -> str | None:
    """Where a thing is served on this server (`/drugs/riluzole`); None for an IRI that isn't a member's."""
    name = name_of_iri(iri)
    return f"/{name}" if name and name.partition("/")[0] in kg.schema.collections else None
