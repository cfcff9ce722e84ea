"""Many writers at once, at the same nodes: nothing is lost, and no constraint is broken by two of them together."""

import random
import re
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from alskg.access import Scope, Tokens
from alskg.candidate import Candidate
from alskg.checks import derived_faults
from alskg.derivation import Authored
from alskg.history import records
from alskg.knowledge_graph import KnowledgeGraph
from alskg.names import BASE, SKOS, XSD
from alskg.rules import faults_of
from alskg.schema import Schema
from alskg.settings import Settings
from alskg.shapes import violations
from alskg.store.embedded import EmbeddedStore
from alskg.triples import Memory, text
from alskg.web.app import build_app

from ..extent import extent

ROOT = Path(__file__).parents[2]
WRITERS = 16
CHANGES = extent(240, 2_000)
COUNTERS = 3
"""Few things that all writers count up."""
SLOTS = 60
"""How many things may each get one definition, and are to be removed or referred to, and claims to be made."""
TICK = f"""
    PREFIX skos: <{SKOS}> PREFIX xsd: <{XSD}>
    DELETE {{ <{BASE}drugs/ticked> skos:definition ?old }}
    INSERT {{ <{BASE}drugs/ticked> skos:definition ?new }}
    WHERE {{
        <{BASE}drugs/ticked> skos:definition ?old
        BIND(STRLANG(STR(1 + xsd:integer(STR(?old))), "en") AS ?new)
    }}"""
DRUG = 'drug:{name} a als:Drug ; rdfs:label "{name}"@en'
DEFINED = 'skos:definition "A drug for tests."@en'


@dataclass
class Tally:
    """What the writers were told."""

    statuses: "Counter[tuple[str, int]]" = field(default_factory=Counter)
    ticked: int = 0
    counted: "Counter[int]" = field(default_factory=Counter)
    defined: "Counter[int]" = field(default_factory=Counter)
    removed: set[int] = field(default_factory=set)
    referred: "Counter[int]" = field(default_factory=Counter)
    claimed: "Counter[int]" = field(default_factory=Counter)
    odd: list[str] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def add(self, counter: "Counter[int]", slot: int) -> None:
        with self.lock:
            counter[slot] += 1


class Writer:
    """One of many, with a connection of its own."""

    def __init__(self, address: str, token: str, number: int, tally: Tally) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        self._http = httpx2.Client(base_url=address, headers=headers, timeout=120)
        self._chance = random.Random(number)  # noqa: S311 - to have contention, not secrets
        self._number = number
        self._tally = tally

    def write(self, changes: int) -> None:
        kinds = (self._count, self._tick, self._define, self._remove, self._refer, self._claim)
        for kind in self._chance.choices(kinds, (38, 2, 15, 5, 20, 20), k=changes):
            # Slots are used up by and by, so that many are at the same one at any time.
            kind(self._chance.randrange(SLOTS))
        self._http.close()

    def _told(self, what: str, answer: Any, *allowed: int) -> int:
        status = int(answer.status_code)
        with self._tally.lock:
            self._tally.statuses[what, status] += 1
        is_busy = status in (429, 503) and "retry-after" in answer.headers
        if status not in (201, 412, 422, *allowed) and not is_busy:
            self._tally.odd.append(f"{what}: {status} {answer.text}")
        return status

    def _count(self, slot: int) -> None:
        slot %= COUNTERS
        read = self._http.get(f"/drugs/counter-{slot}", params={"format": "json"})
        found = re.search(r"\d+", str(read.json()["definition"]))
        assert found
        body = {"definition": f"A drug that was counted {int(found[0]) + 1} times."}
        headers = {"If-Match": f'"{read.json()["meta"]["revision"]}"'}
        if self._told("count", self._http.patch(f"/drugs/counter-{slot}", json=body, headers=headers)) == 201:
            self._tally.add(self._tally.counted, slot)

    def _tick(self, _: int) -> None:
        # What it writes follows from what it reads, with no If-Match.
        if self._told("tick", self._http.post("/sparql", data={"update": TICK})) == 201:
            with self._tally.lock:
                self._tally.ticked += 1

    def _change(self, what: str, turtle: str) -> int:
        return self._told(what, self._http.post("/changes", json={"message": what, "add": turtle}))

    def _define(self, slot: int) -> None:
        said = f"What writer {self._number} said as number {self._chance.randrange(10**9)}."
        turtle = f'quantity:defined-{slot} skos:definition "{said}"@en .'
        if self._change("define", turtle) == 201:
            self._tally.add(self._tally.defined, slot)

    def _remove(self, slot: int) -> None:
        # Once it is gone, there is nothing to remove.
        if self._told("remove", self._http.delete(f"/drugs/referred-{slot}", headers={"If-Match": "*"}), 404) == 201:
            self._tally.removed.add(slot)

    def _refer(self, slot: int) -> None:
        name = f"referring-{slot}-{self._number}-{self._chance.randrange(10**9)}"
        turtle = f"{DRUG.format(name=name)} ; {DEFINED} ; als:hasComponent drug:referred-{slot} ."
        if self._change("refer", turtle) == 201:
            self._tally.add(self._tally.referred, slot)

    def _claim(self, slot: int) -> None:
        body = {
            "subject": f"drug:counter-{slot % COUNTERS}",
            "predicate": "relieves",
            "object": "muscle cramps",
            "certainty": "asserted",
            "source": "seed-002",
            "locator": f"slot {slot}",
        }
        # 200: somebody made the very same claim before.
        if self._told("claim", self._http.post("/claims", json=body), 200) == 201:
            self._tally.add(self._tally.claimed, slot)


def beginning() -> str:
    """What the writers contend for."""
    counters = (
        f'{DRUG.format(name=f"counter-{n}")} ; skos:definition "A drug that was counted 0 times."@en .'
        for n in range(COUNTERS)
    )
    # A quantity needs no definition, so that one may be given to it.
    # A number in its label would have to be its own.
    defined = (
        f'quantity:defined-{n} a als:Quantity ; rdfs:label "defined {chr(97 + n // 26)}{chr(97 + n % 26)}"@en .'
        for n in range(SLOTS)
    )
    referred = (f"{DRUG.format(name=f'referred-{n}')} ; {DEFINED} ." for n in range(SLOTS))
    ticked = f'{DRUG.format(name="ticked")} ; skos:definition "0"@en .'
    return "\n".join((*counters, ticked, *defined, *referred))


@pytest.mark.slow
def test_writers_who_contend_lose_nothing_and_break_nothing_together(
    serving_from: Callable[..., AbstractContextManager[Any]], filled: Callable[[Path], Path], tmp_path: Path
) -> None:
    tally = Tally()
    with serving_from(filled(tmp_path)) as served:
        token = served.token
        served.start()
        address = served.address()
        headers = {"Authorization": f"Bearer {token}"}
        body = {"message": "What there is to contend for.", "add": beginning()}
        assert httpx2.post(f"{address}/changes", json=body, headers=headers, timeout=60).status_code == 201
        writers = [Writer(address, token, number, tally) for number in range(WRITERS)]
        with ThreadPoolExecutor(WRITERS) as pool:
            list(pool.map(lambda writer: writer.write(CHANGES // WRITERS), writers))
        served.end(signal.SIGINT)
        assert "Traceback" not in served.complaints[0].replace("KeyboardInterrupt", "")
    assert tally.odd == []
    assert sum(tally.statuses.values()) == CHANGES
    # Each way of losing was met, or nothing was contended for.
    assert {("count", 412), ("define", 422), ("refer", 422), ("claim", 200)} <= set(tally.statuses), tally.statuses
    store = EmbeddedStore.on_disk(tmp_path)
    assert_is_what_was_told(store, tally)
    assert_is_sound(store)


def assert_is_what_was_told(store: EmbeddedStore, tally: Tally) -> None:
    for slot in range(COUNTERS):
        definition = text(store, f"{BASE}drugs/counter-{slot}", SKOS + "definition")
        assert definition == f"A drug that was counted {tally.counted[slot]} times."
    assert text(store, f"{BASE}drugs/ticked", SKOS + "definition") == str(tally.ticked)
    assert tally.ticked > CHANGES // 125
    for slot in range(SLOTS):
        assert (
            len(list(store.match(f"{BASE}quantities/defined-{slot}", SKOS + "definition"))) == tally.defined[slot] <= 1
        )
        referred = f"{BASE}drugs/referred-{slot}"
        assert (next(store.match(referred), None) is None) == (slot in tally.removed)
        assert len(list(store.match(None, None, referred))) == tally.referred[slot]
        assert not (slot in tally.removed and tally.referred[slot])
        assert tally.claimed[slot] <= 1
    made = sum(count for (_, status), count in tally.statuses.items() if status == 201)
    # One more made what there was to contend for.
    assert len(list(records(store, 1))) == made + 1 == store.state.revision - 1


def assert_is_sound(store: EmbeddedStore) -> None:
    assert derived_faults(store, ROOT) == []
    schema = Schema(store.ontology())
    everything = Candidate(store, schema, Authored(store, schema), (), ())
    assert list(faults_of(everything, everything.data_nodes())) == []
    assert list(violations(Memory(everything.whole.match()), store.ontology())) == []


@pytest.fixture
def impatient(filled: Callable[[Path], Path], tmp_path: Path) -> Iterator[KnowledgeGraph]:
    """A graph where nobody waits long for others."""
    graph = KnowledgeGraph.open(replace(Settings(), data_dir=filled(tmp_path), change_seconds_max=0.2))
    yield graph
    graph.close()


def test_a_change_that_waits_too_long_for_its_turn_is_told_when_to_come_again(impatient: KnowledgeGraph) -> None:
    token = Tokens(impatient.settings.data_dir).create("waiting", {Scope.PUBLISH}, None)
    client = TestClient(build_app(impatient), headers={"Authorization": f"Bearer {token}"})
    body = {"message": "Waits.", "add": f"{DRUG.format(name='waiting')} ; {DEFINED} ."}
    taken, done = Event(), Event()

    def keep_others_waiting() -> None:
        with impatient.gate.turn():
            taken.set()
            done.wait(60)

    other = Thread(target=keep_others_waiting)
    other.start()
    taken.wait(60)
    for params in ({}, {"dry_run": "true"}):
        refused = client.post("/changes", json=body, params=params)
        assert (refused.status_code, refused.json()["limit"]) == (503, "change_seconds_max")
        assert "ALSKG_CHANGE_SECONDS_MAX" in refused.json()["detail"]
        assert refused.headers["retry-after"] == "1"
    done.set()
    other.join()
    assert client.post("/changes", json=body).status_code == 201
