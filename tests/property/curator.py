"""Somebody who does anything that a curator or an administrator may do, by chance, and gets some of it wrong."""

import random
from collections.abc import Callable, Mapping
from typing import Any

from fastapi.testclient import TestClient

from alskg.knowledge_graph import KnowledgeGraph
from alskg.names import RDF, REPLACED_GRAPH, RETRACTED_GRAPHS
from alskg.triples import plain, subjects

BACK = 60
"""How many revisions back a change is taken back."""
DRUGS = ["riluzole", "baclofen", "edaravone", "tizanidine"]
PHENOTYPES = ["muscle-cramps", "fatigue", "excessive-salivation"]
SOURCES = ["seed-001", "seed-002", "seed-004"]
OWN = 0.7


class Curator:
    """See above; `mark` begins the names that it gives."""

    def __init__(self, kg: KnowledgeGraph, client: TestClient, chance: random.Random, mark: str) -> None:
        self.kg = kg
        self.client = client
        self.chance = chance
        self.mark = mark
        self.counted = 0
        self.first = self.revision
        self.done: list[str] = []

    @property
    def revision(self) -> int:
        return self.kg.present.state.revision

    def step(self, never: Callable[["Curator"], Any] | None = None) -> None:
        """One change, if it is let pass; a refusal is an answer, a failure isn't. One kind may never be made."""
        kinds = [kind for kind in KINDS if kind is not never]
        kind = self.chance.choices(kinds, [KINDS[kind] for kind in kinds])[0]
        answer = kind(self)
        assert answer.status_code < 500, (kind.__name__, answer.text)
        self.done.append(f"{self.revision}: {kind.__name__} {answer.status_code} {answer.json().get('summary', '')}")

    def name(self) -> str:
        self.counted += 1
        return f"{self.mark}-{self.counted}"

    def post(self, url: str, **said: Any) -> Any:
        return self.client.post(url, json=said)

    def names(self, collection: str) -> list[str]:
        """What stands in a collection."""
        class_ = self.kg.schema.collections[collection]
        found = subjects(self.kg.present, RDF + "type", class_.iri)
        return sorted(iri.rsplit("/", 1)[1] for iri in found)

    def one_of(self, collection: str, favourites: list[str]) -> str:
        """A thing, by the name that it has now: one that many claims are about, or a new one."""
        names = self.names(collection)
        own = [name for name in names if name.startswith(self.mark) or name in favourites]
        return self.chance.choice(own or names)

    def claim_of(self) -> str:
        """The name of a live claim; more often than not one of those that were added here."""
        names = self.names("claims")
        own = [name for name in names if self.mark in name]
        return self.chance.choice(own if own and self.chance.random() < OWN else names)

    def a_revision(self, back: int) -> int:
        """One of the last revisions since it began."""
        return self.chance.choice(range(self.first, self.revision + 1)[-back:])

    def kept(self) -> list[str]:
        graphs = [graph for graph in self.kg.present.graphs() if graph.startswith(RETRACTED_GRAPHS)]
        found = {plain(t.subject) for graph in graphs for t in self.kg.present.match_in(graph)}
        return sorted(iri.rsplit("/", 1)[1] for iri in found if "/claims/" in iri)


def add_a_claim(curator: Curator) -> Any:
    return curator.post(
        "/claims",
        subject=curator.one_of("drugs", DRUGS),
        predicate="relieves",
        object=curator.one_of("phenotypes", PHENOTYPES),
        polarity=curator.chance.choice(["affirms", "denies"]),
        certainty="asserted",
        source=curator.one_of("sources", SOURCES),
        locator=f"line {curator.counted}",
        name=curator.name(),
    )


def take_a_claim_back(curator: Curator) -> Any:
    return curator.client.request("DELETE", f"/claims/{curator.claim_of()}", json={"reason": curator.name()})


def correct_a_claim(curator: Curator) -> Any:
    url = f"/claims/{curator.claim_of()}"
    return curator.client.patch(url, json={"locator": curator.name()}, headers={"If-Match": "*"})


def purge_a_claim(curator: Curator) -> Any:
    name = curator.chance.choice([curator.claim_of(), *curator.kept()])
    return curator.client.request("DELETE", f"/claims/{name}?purge=true", json={"reason": "x"})


def add_a_thing(curator: Curator) -> Any:
    collection = curator.chance.choice(["drugs", "phenotypes"])
    name = curator.name()
    return curator.client.put(
        f"/{collection}/{name}", json={"label": name, "definition": "A test.", "altLabel": [f"{name} too"]}
    )


def correct_a_thing(curator: Curator) -> Any:
    url = f"/drugs/{curator.one_of('drugs', DRUGS)}"
    return curator.client.patch(url, json={"altLabel": [curator.name()]}, headers={"If-Match": "*"})


def remove_a_thing(curator: Curator) -> Any:
    url = f"/drugs/{curator.one_of('drugs', [])}"
    return curator.client.delete(url, headers={"If-Match": "*"})


def rename_a_thing(curator: Curator) -> Any:
    collection, favourites = curator.chance.choice([("drugs", DRUGS), ("phenotypes", PHENOTYPES), ("sources", SOURCES)])
    name = curator.one_of(collection, favourites)
    return curator.post("/rename", **{"from": f"{collection}/{name}", "to": curator.name()})


def rename_back(curator: Curator) -> Any:
    replaced = [(plain(t.subject), plain(t.object)) for t in curator.kg.present.match_in(REPLACED_GRAPH)]
    things = [(was, now) for was, now in replaced if "/drugs/" in was] or [("drugs/x", "drugs/y")]
    was, now = curator.chance.choice(things)
    return curator.post("/rename", **{"from": now, "to": was.rsplit("/", 1)[1]})


def merge_two(curator: Curator) -> Any:
    collection, favourites = curator.chance.choice([("drugs", DRUGS), ("phenotypes", PHENOTYPES), ("sources", SOURCES)])
    one, other = (f"{collection}/{curator.one_of(collection, favourites)}" for _ in range(2))
    return curator.post("/merge", **{"from": one, "into": other})


def update(curator: Curator) -> Any:
    name = curator.one_of("drugs", DRUGS)
    text = (
        "PREFIX drug: <https://w3id.org/alskg/drugs/> PREFIX skos: <http://www.w3.org/2004/02/skos/core#> "
        f'DELETE {{ drug:{name} skos:altLabel ?x }} INSERT {{ drug:{name} skos:altLabel "{curator.name()}"@en }} '
        f"WHERE {{ OPTIONAL {{ drug:{name} skos:altLabel ?x }} }}"
    )
    return curator.client.post("/sparql", data={"update": text})


def change_the_ontology(curator: Curator) -> Any:
    note = f'als:relieves skos:editorialNote "{curator.name()}"@en .'
    return curator.post("/changes", message="A note.", add=note)


def change_by_hand(curator: Curator) -> Any:
    claim, name = curator.claim_of(), curator.name()
    return curator.post(
        "/changes",
        message="By hand.",
        add=f'drug:{name} a als:Drug ; rdfs:label "{name}"@en ; skos:definition "A test."@en .',
        retract=[{"claim": claim, "reason": name}],
    )


def take_a_change_back(curator: Curator) -> Any:
    return curator.post(f"/changes/{curator.a_revision(BACK)}/revert")


def go_back(curator: Curator) -> Any:
    return curator.post(f"/changes/{curator.a_revision(5)}/restore")


KINDS: Mapping[Callable[[Curator], Any], float] = {
    add_a_claim: 6,
    take_a_claim_back: 4,
    correct_a_claim: 2,
    purge_a_claim: 1,
    add_a_thing: 2,
    correct_a_thing: 1,
    remove_a_thing: 1,
    rename_a_thing: 3,
    rename_back: 1,
    merge_two: 2,
    update: 1,
    change_the_ontology: 0.2,
    change_by_hand: 1,
    take_a_change_back: 6,
    go_back: 0.6,
}
"""What may be done, each with how often it is."""
