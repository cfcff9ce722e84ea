"""Search: things by label and synonym, from a prefix or in spite of a slip of the pen."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from rapidfuzz import fuzz, process, utils

from alskg.answers import Question, rows
from alskg.knowledge_graph import KnowledgeGraph
from alskg.related import SPEAKING
from alskg.schema import Class
from alskg.triples import plain

SCORE_MIN = 68.0
"""Of 100: two slips in a word of eight letters still pass, another word of the same length doesn't."""

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


@dataclass(frozen=True)
class _Name:
    iri: str
    label: str
    class_: str
    name: str
    folded: str


def question() -> Question:
    """All the names that are searched."""
    return Question(_NAMES)


def search(kg: KnowledgeGraph, wish: str, classes: Iterable[Class] | None = None) -> list[Hit]:
    """
    Things by how well one of their names fits, the best first: the whole name, its beginning, or nearly so.

    Of those whose names begin so, the ones of which most is stated score most: a drug before its products. What only
    speaks of things (propositions, claims, disagreements) comes after the things.
    """
    allowed = None if classes is None else {c.iri for c in classes}
    folded = utils.default_process(wish)
    names = [n for n in _names(_Key(kg)) if allowed is None or n.class_ in allowed]
    best: dict[tuple[str, str], Hit] = {}
    scores = process.extract(
        folded, [n.folded for n in names], scorer=_score, limit=None, score_cutoff=SCORE_MIN, processor=None
    )
    for _, score, position in scores:
        name = names[position]
        key = (name.iri, name.class_)
        hit = Hit(name.iri, name.label, name.class_, name.name, round(score, 1))
        if key not in best or _fitness(best[key]) < _fitness(hit):
            best[key] = hit
    stated = _stated(_Key(kg))
    most = math.log1p(max(stated.values(), default=1))
    found = [
        replace(hit, score=round(hit.score + KNOWN * math.log1p(stated.get(hit.iri, 0)) / most, 1))
        if _tier(hit) == 1
        else hit
        for hit in best.values()
    ]
    return sorted(found, key=lambda hit: (hit.class_ in SPEAKING, -hit.score, hit.label, hit.iri))


def _tier(hit: Hit) -> int:
    return sum(hit.score >= least for least in (BEGINNING, WHOLE))


def _fitness(hit: Hit) -> tuple[object, ...]:
    """What says which name of a thing fits best: where several begin so, the one that it goes by."""
    return _tier(hit), _tier(hit) == 1 and hit.matched == hit.label, hit.score


def _score(wish: str, name: str, **_: object) -> float:
    if wish == name:
        return WHOLE
    words = f" {name}"
    if f" {wish}" in words:
        # The beginning of a word: better the more of the name it covers.
        return BEGINNING + COVERED * len(wish) / len(name)
    near = max(fuzz.ratio(wish, name), 0.95 * max(fuzz.ratio(wish, word) for word in name.split() or [""]))
    return near / 100 * NEAR


@dataclass(frozen=True)
class _Key:
    """The graph, equal to itself while its revision stays."""

    kg: KnowledgeGraph

    def __hash__(self) -> int:
        return hash((id(self.kg.store), self.kg.revision))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and hash(self) == hash(other)


@lru_cache(maxsize=2)
def _names(key: _Key) -> tuple[_Name, ...]:
    found = rows(key.kg, question())
    return tuple(
        _Name(plain(r["id"]), plain(r["label"]), plain(r["class"]), plain(r["name"]), folded)
        for r in found
        if (folded := utils.default_process(plain(r["name"])))
    )


@lru_cache(maxsize=2)
def _stated(key: _Key) -> dict[str, int]:
    """How many statements there are of each thing or about it."""
    found = rows(key.kg, Question(_STATED))
    return {plain(row["id"]): int(plain(row["statements"])) for row in found}
