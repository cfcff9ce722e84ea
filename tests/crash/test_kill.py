"""A server that is killed at any moment: what it acknowledged is there whole, and nothing is there in part."""

import random
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import httpx2
import pyoxigraph as ox
import pytest

from alskg.changeset import Patch
from alskg.checks import derived_faults
from alskg.derivation import derived
from alskg.files import authored_quads, ontology_triples
from alskg.history import record_at
from alskg.names import ALS, BASE, OWN_GRAPHS, SKOS, is_live
from alskg.overlay import stored
from alskg.schema import Schema
from alskg.store.embedded import EmbeddedStore
from alskg.triples import Memory, graph_of

from ..extent import extent

ROOT = Path(__file__).parents[2]
ACKNOWLEDGED = extent(75, 1_000)
KILLS = extent(2, 16)
SEED = random.SystemRandom().randrange(10**6)
FILES = {
    "data/sources.ttl": """
source:seed-002 a als:Source ; rdfs:label "seed document 002"@en ; dcterms:title "The overview"@en ;
    skos:definition "An undated text."@en ; als:sourceKind sourcekind:seed-document .""",
    "data/things/drugs.ttl": """
drug:baclofen a als:Drug ; rdfs:label "baclofen"@en ; skos:definition "A medication."@en .
drug:riluzole a als:Drug ; rdfs:label "riluzole"@en ; skos:definition "Another medication."@en .""",
    "data/things/phenotypes.ttl": """
phenotype:fatigue a als:Phenotype , als:Symptom ; rdfs:label "fatigue"@en ; skos:definition "Tiredness."@en .
phenotype:muscle-cramps a als:Phenotype , als:Symptom ; rdfs:label "muscle cramps"@en ;
    skos:definition "Muscles that contract, and hurt."@en .
phenotype:muscle-spasticity a als:Phenotype , als:Symptom ; rdfs:label "muscle spasticity"@en ;
    skos:definition "A lasting stiffness of muscles."@en .""",
}
"""What is written about; a small graph is soon looked at as a whole, and it is, after each kill."""
TAKEN = (200, 201)
REFUSED = (404, 409, 410, 412, 422)


@dataclass
class Ledger:
    """What a writer was told of its changes."""

    acknowledged: dict[int, Patch] = field(default_factory=dict)
    """By revision."""
    claims: list[str] = field(default_factory=list)
    """Those that it added and didn't take back, by name."""
    asked: int = 0
    waiting: str = ""
    """The message of the change that no answer has come to."""

    def note(self, answer: Any) -> None:
        assert answer.status_code in (*TAKEN, *REFUSED), answer.text
        self.waiting = ""
        if answer.status_code == 201:
            diff = answer.json()["diff"]
            added, removed = (tuple(map(quad, diff[side])) for side in ("added", "removed"))
            self.acknowledged[answer.json()["revision"]] = Patch(added, removed)


def quad(row: Any) -> ox.Quad:
    (found,) = ox.parse(row["nquads"].encode(), format=ox.RdfFormat.N_QUADS)
    return cast("ox.Quad", found)


@dataclass
class Writer:
    """Makes one change after the other: mostly new claims; now and then it takes one back, edits or reverts."""

    http: httpx2.Client
    ledger: Ledger
    chance: random.Random

    def write(self) -> None:
        self.ledger.asked += 1
        self.ledger.waiting = message = f"change {self.ledger.asked}"
        kinds = (self._claim, self._retract, self._edit, self._revert, self._update)
        (kind,) = self.chance.choices(kinds, (76, 8, 10, 4, 2))
        self.ledger.note(kind(message))

    def _claim(self, message: str) -> Any:
        body = {
            "subject": "drug:baclofen",
            "predicate": "relieves",
            "object": self.chance.choice(("muscle cramps", "muscle spasticity", "fatigue")),
            "polarity": self.chance.choice(("affirms", "affirms", "denies")),
            "certainty": self.chance.choice(("asserted", "hypothesised")),
            "source": "seed-002",
            "locator": message,
            "name": message.replace(" ", "-"),
        }
        answer = self.http.post("/claims", params={"message": message}, json=body)
        if answer.status_code == 201:
            self.ledger.claims.append(str(body["name"]))
        return answer

    def _retract(self, message: str) -> Any:
        if not self.ledger.claims:
            return self._claim(message)
        name = self.ledger.claims.pop(self.chance.randrange(len(self.ledger.claims)))
        return self.http.delete(f"/claims/{name}", params={"reason": "It was made up.", "message": message})

    def _edit(self, message: str) -> Any:
        headers = {"If-Match": "*"}
        body = {"editorialNote": message}
        return self.http.patch("/drugs/riluzole", params={"message": message}, headers=headers, json=body)

    def _revert(self, message: str) -> Any:
        revision = self.chance.choice([*self.ledger.acknowledged][-20:] or [1])
        return self.http.post(f"/changes/{revision}/revert", json={"message": message})

    def _update(self, message: str) -> Any:
        label = ox.Literal(f"baclofen {message}", language="en")
        called = f"<{BASE}drugs/baclofen> <{SKOS}hiddenLabel>"
        update = f"""
            DELETE {{ {called} ?old }}
            INSERT {{ {called} {label} }}
            WHERE {{ <{BASE}drugs/baclofen> a <{ALS}Drug> OPTIONAL {{ {called} ?old }} }}"""
        return self.http.post("/sparql", data={"update": update}, params={"message": message})


class Expected:
    """The authored graphs as history tells them: those of the files, with every change since."""

    def __init__(self, root: Path) -> None:
        self.schema = Schema(Memory(ontology_triples(root)))
        self.quads = set(stored(authored_quads(root, self.schema.prefixes)))
        self.revision = 1

    def replay(self, store: EmbeddedStore, ledger: Ledger) -> None:
        """Takes up the changes since, each of which must be as it was acknowledged."""
        for revision in range(self.revision + 1, store.state.revision + 1):
            patch = record_at(store, revision).patch
            if revision in ledger.acknowledged:
                told = ledger.acknowledged[revision]
                assert (set(patch.added), set(patch.removed)) == (set(told.added), set(told.removed))
            assert self.quads.issuperset(patch.removed)
            assert self.quads.isdisjoint(patch.added)
            self.quads = (self.quads - set(patch.removed)) | set(patch.added)
        self.revision = store.state.revision


def authored(store: EmbeddedStore) -> Iterator[ox.Quad]:
    return (quad for quad in store.quads if graph_of(quad) and graph_of(quad) not in OWN_GRAPHS)


def look(data_dir: Path, ledger: Ledger, expected: Expected) -> None:
    """Holds what is on disk after a kill against what was acknowledged."""
    store = EmbeddedStore.on_disk(data_dir)
    now, last = store.state.revision, max(ledger.acknowledged, default=1)
    assert now in (last, last + 1)
    if now > last:
        assert record_at(store, now).message == ledger.waiting
    expected.replay(store, ledger)
    assert set(authored(store)) == expected.quads
    live = Memory(quad.triple for quad in expected.quads if is_live(graph_of(quad)))
    assert set(store.match()) == {*live.match(), *derived(live, expected.schema)}
    store.close()
    if now > last:
        # It was made, but not told; from here on it counts as if it had been.
        ledger.acknowledged[now] = Patch((), ())


@pytest.fixture
def root(ontology_alone: Path, laid_out_in: Callable[[Path, Mapping[str, str]], Path], tmp_path: Path) -> Path:
    """A root with those files."""
    root = shutil.copytree(ontology_alone, tmp_path / "root")
    shutil.copytree(ROOT / "queries", root / "queries")
    return laid_out_in(root, FILES)


@pytest.mark.slow
def test_commits_survive_a_server_that_is_killed_again_and_again(
    serving_from: Callable[..., AbstractContextManager[Any]], root: Path, tmp_path: Path
) -> None:
    # Shown with a failure, to have it again.
    print(f"seed {SEED}")  # noqa: T201
    chance, ledger = random.Random(SEED), Ledger()  # noqa: S311
    with serving_from(tmp_path / "store", ALSKG_ROOT=str(root)) as served:
        # Killed while it builds its store, which it begins anew the next time.
        served.start()
        time.sleep(chance.uniform(0.3, 1.0))
        served.end(signal.SIGKILL)
        expected, token, acknowledged, kills = Expected(root), served.token, 0, 0
        while acknowledged < ACKNOWLEDGED or kills < KILLS:
            served.start()
            share = chance.randint(1, 2 * ACKNOWLEDGED // KILLS)
            acknowledged += written_until_killed(served, token, ledger, chance, share)
            kills += 1
            look(tmp_path / "store", ledger, expected)
        store = EmbeddedStore.on_disk(tmp_path / "store")
        assert derived_faults(store, root) == []
        del store
        exported = served.run("export", "--to", str(tmp_path / "exported"))
        assert exported.returncode == 0, exported.stderr
        served.environment["ALSKG_ROOT"] = str(tmp_path / "exported")
        # The house rules and full validation by pySHACL, over everything.
        checked = served.run("check")
        assert checked.returncode == 0, checked.stdout + checked.stderr


def written_until_killed(served: Any, token: str, ledger: Ledger, chance: random.Random, share: int) -> int:
    """Writes about so many changes, then kills the server at a random moment of the next; how many it acknowledged."""
    before = len(ledger.acknowledged)
    headers = {"Authorization": f"Bearer {token}"}
    with httpx2.Client(base_url=served.address(), headers=headers, timeout=60) as http:
        writer, killer = Writer(http, ledger, chance), None
        try:
            while True:
                writer.write()
                if killer is None and len(ledger.acknowledged) - before >= share:
                    killer = threading.Timer(chance.uniform(0, 0.05), served.process.kill)
                    killer.start()
        except httpx2.TransportError:
            assert killer is not None, "the server ended by itself"
            killer.join()
    served.end(signal.SIGKILL)
    return len(ledger.acknowledged) - before
