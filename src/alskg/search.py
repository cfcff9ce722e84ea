"""Search: things by identifier, or by label and synonym, from a prefix or in spite of a slip of the pen."""

import math
from collections.abc import Iterable, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz, process, utils
from rapidfuzz.distance import OSA

from alskg.answers import Question, rows
from alskg.curies import curie_of
from alskg.errors import BadParameter
from alskg.identity import MATCHES
from alskg.knowledge_graph import KnowledgeGraph
from alskg.meant import with_identifier
from alskg.related import SPEAKING
from alskg.schema import Class
from alskg.triples import plain

SCORE_MIN = 68.0
"""Of 100, what is nearly a name scores at least: by four letters in five, or by slips that may be."""

WHOLE, BEGINNING, NEAR = 100.0, 85.0, 84.9
"""What a whole name scores, what the beginning of a word scores at least, and what is nearly a name scores at most."""

COVERED, KNOWN = 4.0, 10.0
"""What such a beginning scores beside that: for how much of the name it covers, and for how much is stated."""

_NAMES = """PREFIX als: <https://w3id.org/alskg/ontology/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT DISTINCT ?id ?label ?name ?class WHERE {
    ?class als:collection ?collection .
    VALUES ?property { rdfs:label skos:altLabel skos:hiddenLabel skos:notation }
    ?id a ?class ; ?property ?name ; rdfs:label ?label .
}
"""


_STATED = """PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
SELECT ?id (COUNT(DISTINCT ?proposition) AS ?statements) WHERE { ?proposition rdf:subject|rdf:object ?id } GROUP BY ?id
"""


@dataclass(frozen=True)
class Hit:
    """A thing whose name is like what was looked for."""

    iri: str
    label: str
    class_: str
    matched: str
    score: float
    is_identified: bool = False
    """Whether it was found by its identifier, here or in another vocabulary."""


_Fitness = tuple[int, bool, float]


@dataclass(frozen=True)
class _Name:
    iri: str
    label: str
    class_: str
    name: str


def question() -> Question:
    """All the names that are searched."""
    return Question(_NAMES)


def search(kg: KnowledgeGraph, wish: str, classes: Iterable[Class] | None = None) -> list[Hit]:
    """
    Things by how well one of their names fits, the best first: the whole name, its beginning, or nearly so.

    Of those whose names begin so, the ones of which most is stated score most: a drug before its products. Where none
    is called so or begins so, each word may have slips, as many as `slips_allowed` says. What only speaks of things
    (propositions, claims, disagreements) comes after the things.

    What has just this identifier comes before all of them: a CURIE or an IRI, or what stands after the prefix.
    """
    allowed = None if classes is None else {c.iri for c in classes}
    index = _index(_Key(kg))
    identified = _identified(kg, index, wish.strip(), allowed)
    found = identified + [hit for hit in _named(kg, index, wish, allowed) if not _is_among(identified, hit)]
    return [hit for hit in found if hit.score >= BEGINNING] if identified else found


def _is_among(hits: Iterable[Hit], hit: Hit) -> bool:
    return any((hit.iri, hit.class_) == (other.iri, other.class_) for other in hits)


def _identified(kg: KnowledgeGraph, index: "_Index", wish: str, allowed: Set[str] | None) -> list[Hit]:
    """What bears an identifier, in each of its classes; what means exactly that comes first."""
    bearing: Sequence[str] = _by_identifier(_Key(kg)).get(wish.casefold(), ())
    if ":" in wish:
        # What looks like a CURIE may be a name with a colon in it.
        with suppress(BadParameter):
            bearing = with_identifier(kg, wish)
    classes = {(n.iri, n.class_): n.label for n in index.names if n.iri in bearing}
    return [
        Hit(iri, label, class_, wish, WHOLE, is_identified=True)
        for bearer in bearing
        for (iri, class_), label in sorted(classes.items())
        if iri == bearer and (allowed is None or class_ in allowed)
    ]


def _named(kg: KnowledgeGraph, index: "_Index", wish: str, allowed: Set[str] | None) -> list[Hit]:
    """What has a name that fits, the best first."""
    best: dict[tuple[str, str], tuple[_Fitness, _Name]] = {}
    for number, score in _scores(index, utils.default_process(wish), allowed).items():
        name = index.names[number]
        key, fitness = (name.iri, name.class_), _fitness(name, score)
        if key not in best or best[key][0] < fitness:
            best[key] = fitness, name
    stated = _stated(_Key(kg))
    most = math.log1p(max(stated.values(), default=1))
    found = []
    for (tier, _, score), name in best.values():
        known = KNOWN * math.log1p(stated.get(name.iri, 0)) / most if tier == 1 else 0.0
        found.append(Hit(name.iri, name.label, name.class_, name.name, round(score + known, 1)))
    return sorted(found, key=lambda hit: (hit.class_ in SPEAKING, -hit.score, hit.label, hit.iri))


def slips_allowed(word: str) -> int:
    """How many letters of a word may be wrong, missing, too many or swapped: what AUTO is in Lucene's fuzzy queries."""
    return 0 if len(word) < 3 else 1 if len(word) < 6 else 2


def _fitness(name: _Name, score: float) -> _Fitness:
    """What says which name of a thing fits best: where several begin so, the one that it goes by."""
    tier = (score >= BEGINNING) + (score >= WHOLE)
    return tier, tier == 1 and name.name == name.label, score


def _scores(index: "_Index", wish: str, allowed: Set[str] | None) -> dict[int, float]:
    """How well names of these classes fit, by their numbers; without those that don't."""
    found = {**_alike(index, wish), **_begun(index, wish)}
    found = {n: score for n, score in found.items() if allowed is None or index.names[n].class_ in allowed}
    if any(score >= BEGINNING for score in found.values()):
        # Who writes a name, or begins to, made no slip, and is not to be drowned in what is nearly so.
        return found
    slips = _with_slips(index, wish)
    kept = {n: score for n, score in slips.items() if allowed is None or index.names[n].class_ in allowed}
    return {n: max(found.get(n, 0.0), kept.get(n, 0.0)) for n in {**found, **kept}}


def _begun(index: "_Index", wish: str) -> dict[int, float]:
    """The names that are just so, or of which a word begins so: better the more of the name is covered."""
    begun = f" {wish}"
    return {
        number: WHOLE if wish == name else BEGINNING + COVERED * len(wish) / len(name)
        for number, name in enumerate(index.folded)
        if name.startswith(wish) or begun in name
    }


def _alike(index: "_Index", wish: str) -> dict[int, float]:
    """The names that share most letters with what was looked for, or that have a word that does."""
    found: dict[int, float] = {}
    for texts, having, weight in ((index.folded, None, NEAR / 100), (index.words, index.having, 0.95 * NEAR / 100)):
        for _, ratio, place in process.extract(
            wish, texts, scorer=fuzz.ratio, limit=None, score_cutoff=SCORE_MIN / weight, processor=None
        ):
            for number in having[place] if having else (place,):
                found[number] = max(found.get(number, 0.0), ratio * weight)
    return found


def _with_slips(index: "_Index", wish: str) -> dict[int, float]:
    """The names that have each word of what was looked for, in spite of slips: the fewer, the better."""
    found: dict[int, int] | None = None
    for word in wish.split():
        slips: dict[int, int] = {}
        for _, count, place in process.extract(
            word, index.words, scorer=OSA.distance, limit=None, score_cutoff=slips_allowed(word), processor=None
        ):
            for number in index.having[place]:
                slips[number] = min(slips.get(number, count), count)
        found = slips if found is None else {n: found[n] + count for n, count in slips.items() if n in found}
    return {
        number: SCORE_MIN + (NEAR - SCORE_MIN) * (1 - count / len(wish)) * _covered(wish, index.folded[number])
        for number, count in (found or {}).items()
    }


def _covered(wish: str, name: str) -> float:
    """A weight between a half and one, by how much of a name is as long as what was looked for."""
    return (1 + min(1.0, len(wish) / len(name))) / 2


@dataclass(frozen=True)
class _Index:
    """Names, the same in small letters without signs, and the words that these are made of, each with its names."""

    names: tuple[_Name, ...]
    folded: tuple[str, ...]
    words: tuple[str, ...]
    having: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class _Key:
    """The graph, equal to itself while its revision stays."""

    kg: KnowledgeGraph

    def __hash__(self) -> int:
        return hash((id(self.kg.store), self.kg.revision))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and hash(self) == hash(other)


@lru_cache(maxsize=2)
def _index(key: _Key) -> _Index:
    names: list[_Name] = []
    folded: list[str] = []
    having: dict[str, dict[int, None]] = {}
    for row in rows(key.kg, question()):
        name = _Name(plain(row["id"]), plain(row["label"]), plain(row["class"]), plain(row["name"]))
        if small := utils.default_process(name.name):
            for word in small.split():
                having.setdefault(word, {})[len(names)] = None
            names.append(name)
            folded.append(small)
    return _Index(tuple(names), tuple(folded), tuple(having), tuple(map(tuple, having.values())))


@lru_cache(maxsize=2)
def _by_identifier(key: _Key) -> dict[str, list[str]]:
    """What bears an identifier in another vocabulary, by what stands after its prefix, in small letters."""
    found: dict[str, list[str]] = {}
    for triple in (triple for match in MATCHES for triple in key.kg.store.match(None, match)):
        curie = curie_of(key.kg.schema.prefixes, plain(triple.object)) or ""
        found.setdefault(curie.partition(":")[2].casefold(), []).append(plain(triple.subject))
    return found


@lru_cache(maxsize=2)
def _stated(key: _Key) -> dict[str, int]:
    """How many statements there are of each thing or about it."""
    found = rows(key.kg, Question(_STATED))
    return {plain(row["id"]): int(plain(row["statements"])) for row in found}
