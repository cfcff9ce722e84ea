"""Search: things by label and synonym, from a prefix or in spite of a slip of the pen."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz, process, utils

from alskg.answers import Question, rows
from alskg.knowledge_graph import KnowledgeGraph
from alskg.related import SPEAKING
from alskg.schema import Class
from alskg.triples import plain

SCORE_MIN = 72.0
"""Of 100: two slips in a word of eight letters still pass, another word of the same length doesn't."""

_NAMES = """PREFIX als: <https://w3id.org/alskg/ontology/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT DISTINCT ?id ?label ?name ?class WHERE {
    ?class als:collection ?collection .
    VALUES ?property { rdfs:label skos:altLabel skos:hiddenLabel skos:notation }
    ?id a ?class ; ?property ?name ; rdfs:label ?label .
}
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

    What only speaks of things (propositions, claims, disagreements) comes after the things.
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
        if key not in best or best[key].score < score:
            best[key] = Hit(name.iri, name.label, name.class_, name.name, round(score, 1))
    return sorted(best.values(), key=lambda hit: (hit.class_ in SPEAKING, -hit.score, hit.label, hit.iri))


def _score(wish: str, name: str, **_: object) -> float:
    if wish == name:
        return 100.0
    words = f" {name}"
    if f" {wish}" in words:
        # The beginning of a word: better the more of the name it covers.
        return 85.0 + 14.0 * len(wish) / len(name)
    return max(fuzz.ratio(wish, name), 0.95 * max(fuzz.ratio(wish, word) for word in name.split() or [""])) * 0.9


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
