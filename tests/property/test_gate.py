"""The gate looks at what a change touches, and must find what looking at everything finds; also for what is derived."""

import random
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox
import pytest

from alskg.candidate import Candidate, worked_out
from alskg.changes import Outcome, commit, weigh
from alskg.changeset import Changeset
from alskg.curated import Curated
from alskg.derivation import Authored, derived
from alskg.errors import ReadOnly, StaleBase, TooLarge, UnknownName
from alskg.gate import Gate
from alskg.history import records
from alskg.knowledge_graph import KnowledgeGraph
from alskg.names import ALS, BASE, DCTERMS, OWN_SOURCE, RDF, RDFS, SKOS, XSD, graph_of_file, is_live
from alskg.past import Past
from alskg.rules import NODE_RULES, faults_of
from alskg.schema import Schema
from alskg.settings import Settings
from alskg.store.embedded import EmbeddedStore
from alskg.store.limits import Limits
from alskg.store.workers import Workers
from alskg.triples import Memory, in_graph, plain, subjects, text

from ..extent import extent, in_ci

ROOT = Path(__file__).parents[2]
EDITS = extent(60, 150, 4_000)
CLAIMS = 12


def small_part(curated: Curated) -> list[ox.Quad]:
    """The ontology, and a few claims with everything that they lead to."""
    wanted = subjects(curated.whole, RDF + "type", ALS + "Claim")[:CLAIMS]
    wanted += subjects(curated.whole, RDF + "type", ALS + "DosingRule")[:1]
    data: set[str] = set()
    while wanted:
        iri = wanted.pop()
        if iri in data or iri not in curated.home or curated.is_ontology(curated.home[iri]):
            continue
        data.add(iri)
        wanted += [plain(triple.object) for triple in curated.whole.match(iri)]
        # A proposition that something rests on stands by its claims.
        wanted += subjects(curated.whole, ALS + "states", iri)
    quads = []
    for file, triples in curated.live.items():
        graph = graph_of_file(file, curated.root)
        quads += [
            in_graph(triple, graph) for triple in triples if curated.is_ontology(file) or plain(triple.subject) in data
        ]
    return quads


@pytest.fixture(scope="module")
def part() -> list[ox.Quad]:
    return small_part(Curated.read(ROOT))


@pytest.fixture
def small(part: list[ox.Quad], tmp_path: Path) -> Iterator[KnowledgeGraph]:
    """A graph of some hundred triples beside the ontology, so that looking at everything is quick."""
    settings = replace(Settings(), data_dir=tmp_path)
    store = EmbeddedStore.in_memory()
    live = Memory(quad.triple for quad in part)
    schema = Schema(Memory(quad.triple for quad in part if "/ontology/" in str(quad.graph_name)))
    view = {*live.match(), *derived(live, schema)}
    store.load([*part, *(ox.Quad(*triple) for triple in view)], "")
    gate = Gate(store, schema, settings.change_pairs_max, settings.change_seconds_max)
    workers = Workers(1, Limits(1, 1, 1))
    graph = KnowledgeGraph(settings, {}, store, workers, workers, gate, Past(store, 1_000))
    yield graph
    graph.close()


class Editor:
    """Makes up changes: mostly small and near to what is there, many of them wrong."""

    def __init__(self, kg: KnowledgeGraph, chance: random.Random) -> None:
        self._kg = kg
        self._chance = chance

    def change(self) -> Changeset:
        kinds = (
            self.adding,
            self.removing,
            self.replacing,
            self.retyping,
            self.dropping,
            self.claiming,
            self.inferring,
            self.identifying,
            self.calling,
            self.stepping,
            self.retracting,
        )
        added: list[ox.Quad] = []
        removed: list[ox.Quad] = []
        retracted: list[tuple[str, str]] = []
        for _ in range(self._chance.choice((1, 1, 1, 2, 3))):
            self._chance.choice(kinds)(added, removed, retracted)
        return Changeset("edit", "fuzz", tuple(added), tuple(removed), retracted=tuple(dict.fromkeys(retracted)))

    def quads(self) -> list[ox.Quad]:
        live = (q for q in self._kg.present.quads if "/graphs/data/" in str(q.graph_name) and is_live(plain_graph(q)))
        return sorted(live, key=str)

    def nodes(self) -> list[str]:
        return sorted({plain(quad.subject) for quad in self.quads()})

    def of_class(self, name: str) -> list[str]:
        return subjects(self._kg.present, RDF + "type", ALS + name)

    def label_of(self, iri: str) -> ox.Literal:
        return ox.Literal(text(self._kg.present, iri, RDFS + "label") or "nothing", language="en")

    def term(self) -> ox.NamedNode | ox.Literal:
        return self._chance.choice(
            (
                ox.NamedNode(self._chance.choice(self.nodes())),
                ox.NamedNode(f"{BASE}drugs/nothing"),
                ox.NamedNode(f"{ALS}Drug"),
                ox.Literal("a text", language="en"),
                ox.Literal("ein Text", language="de"),
                ox.Literal("plain"),
                ox.Literal("1.5", datatype=ox.NamedNode(XSD + "decimal")),
                ox.Literal(" "),
                ox.Literal("e\u0301\u202e", language="en"),
                ox.NamedNode("javascript:alert(1)"),
                ox.NamedNode("https://doi.org/10.1000/182"),
            )
        )

    def adding(self, added: list[ox.Quad], removed: list[ox.Quad], retracted: list[tuple[str, str]]) -> None:
        quad = self._chance.choice(self.quads())
        subject = self._chance.choice((plain(quad.subject), f"{BASE}drugs/new-{self._chance.randrange(3)}"))
        object_ = self._chance.choice((quad.object, self.term()))
        added.append(ox.Quad(ox.NamedNode(subject), quad.predicate, object_))

    def removing(self, added: list[ox.Quad], removed: list[ox.Quad], retracted: list[tuple[str, str]]) -> None:
        removed.append(self._chance.choice(self.quads()))

    def replacing(self, added: list[ox.Quad], removed: list[ox.Quad], retracted: list[tuple[str, str]]) -> None:
        quad = self._chance.choice(self.quads())
        others = [other.object for other in self.quads() if other.predicate == quad.predicate]
        removed.append(quad)
        added.append(
            ox.Quad(quad.subject, quad.predicate, self._chance.choice((*others, self.term())), quad.graph_name)
        )

    def retyping(self, added: list[ox.Quad], removed: list[ox.Quad], retracted: list[tuple[str, str]]) -> None:
        quad = self._chance.choice([q for q in self.quads() if q.predicate.value == RDF + "type"])
        name = self._chance.choice(("Drug", "Phenotype", "Symptom", "Thing", "Claim", "Durg"))
        added.append(ox.Quad(quad.subject, quad.predicate, ox.NamedNode(ALS + name), quad.graph_name))
        if self._chance.random() < 0.7:
            removed.append(quad)

    def dropping(self, added: list[ox.Quad], removed: list[ox.Quad], retracted: list[tuple[str, str]]) -> None:
        node = self._chance.choice(self.nodes())
        removed += [quad for quad in self.quads() if plain(quad.subject) == node]

    def claiming(self, added: list[ox.Quad], removed: list[ox.Quad], retracted: list[tuple[str, str]]) -> None:
        if not (propositions := self.of_class("Proposition")) or not (sources := self.of_class("Source")):
            return
        source, name = self._chance.choice(sources), f"new-{self._chance.randrange(40)}"
        polarity = self._chance.choice(("affirms", "affirms", "denies", "maybe"))
        certainty = self._chance.choice(("asserted", "hypothesised", "hedged"))
        values: dict[str, ox.NamedNode | ox.Literal] = {
            RDF + "type": ox.NamedNode(f"{ALS}Claim"),
            RDFS + "label": self.label_of(proposition := self._chance.choice(propositions)),
            ALS + "states": ox.NamedNode(proposition),
            ALS + "polarity": ox.NamedNode(f"{BASE}vocabularies/polarities/{polarity}"),
            ALS + "certainty": ox.NamedNode(f"{BASE}vocabularies/certainties/{certainty}"),
            ALS + "locator": ox.Literal(f"line {self._chance.randrange(4)}"),
            DCTERMS + "source": ox.NamedNode(source),
            SKOS + "notation": ox.Literal(name),
        }
        me = ox.NamedNode(f"{BASE}claims/{name}")
        added += [ox.Quad(me, ox.NamedNode(property_), value) for property_, value in values.items()]

    def inferring(self, added: list[ox.Quad], removed: list[ox.Quad], retracted: list[tuple[str, str]]) -> None:
        if not (claims := self.of_class("Claim")):
            return
        claim, premise = self._chance.choice(claims), self._chance.choice(claims)
        values: dict[str, ox.NamedNode | ox.Literal] = {
            ALS + "inferredFrom": ox.NamedNode(premise),
            ALS + "inferenceRule": ox.Literal("So it is.", language="en"),
            DCTERMS + "source": ox.NamedNode(OWN_SOURCE),
        }
        for property_ in self._chance.sample(list(values), self._chance.randrange(1, 4)):
            added.append(ox.Quad(ox.NamedNode(claim), ox.NamedNode(property_), values[property_]))
        if self._chance.random() < 0.3:
            removed += [q for q in self.quads() if plain(q.subject) == claim and "nferred" in q.predicate.value]

    def identifying(self, added: list[ox.Quad], removed: list[ox.Quad], retracted: list[tuple[str, str]]) -> None:
        match = ox.NamedNode(SKOS + self._chance.choice(("exactMatch", "exactMatch", "closeMatch")))
        subject = self._chance.choice((*self.of_class("Source"), *self.nodes()))
        number = f"https://doi.org/10.1000/{self._chance.randrange(2)}"
        added.append(ox.Quad(ox.NamedNode(subject), match, ox.NamedNode(number)))

    def calling(self, added: list[ox.Quad], removed: list[ox.Quad], retracted: list[tuple[str, str]]) -> None:
        one, other = self._chance.choice(self.nodes()), self._chance.choice(self.nodes())
        property_ = self._chance.choice((RDFS + "label", SKOS + "altLabel", SKOS + "related", SKOS + "definition"))
        labels = [plain(quad.object) for quad in self.quads() if quad.predicate.value == RDFS + "label"]
        word = self._chance.choice((str.upper, str.title, str))(self._chance.choice(labels))
        value = ox.NamedNode(other) if property_ == SKOS + "related" else ox.Literal(word, language="en")
        there = [q for q in self.quads() if plain(q.subject) == one and q.predicate.value == property_]
        removed += there if self._chance.random() < 0.7 else []
        added.append(ox.Quad(ox.NamedNode(one), ox.NamedNode(property_), value))

    def stepping(self, added: list[ox.Quad], removed: list[ox.Quad], retracted: list[tuple[str, str]]) -> None:
        property_ = self._chance.choice(sorted(self._kg.schema.acyclic))
        nodes = self.of_class(self._chance.choice(("Drug", "Claim", "Phenotype")))
        if len(nodes) > 1:
            one, other = map(ox.NamedNode, self._chance.sample(nodes[:4], 2))
            added.append(ox.Quad(one, ox.NamedNode(property_), other))

    def retracting(self, added: list[ox.Quad], removed: list[ox.Quad], retracted: list[tuple[str, str]]) -> None:
        if claims := self.of_class("Claim"):
            retracted.append((self._chance.choice(claims), "It was wrong."))


def plain_graph(quad: ox.Quad) -> str:
    return getattr(quad.graph_name, "value", "")


def everything_wrong(candidate: Candidate) -> set[tuple[str, str, str]]:
    """What looking at every node finds by the house rules."""
    return {(f.node, f.rule, f.what) for f in faults_of(candidate, candidate.data_nodes())}


def assert_view_is_what_follows(kg: KnowledgeGraph) -> None:
    store = kg.present
    live = Memory(q.triple for q in store.quads if plain_graph(q) and is_live(plain_graph(q)))
    assert set(store.match()) == {*live.match(), *derived(live, kg.schema)}


def noted(iri: str, words: str) -> Changeset:
    quad = ox.Quad(ox.NamedNode(iri), ox.NamedNode(SKOS + "editorialNote"), ox.Literal(words, language="en"))
    return Changeset("A note.", "ana", (quad,), may_change_ontology=iri.startswith(ALS))


@in_ci
def test_others_write_while_a_change_of_the_ontology_is_looked_at(small: KnowledgeGraph) -> None:
    drug, written = Editor(small, random.Random(0)).of_class("Drug")[0], list[bool]()  # noqa: S311

    def meanwhile(done: int, total: int) -> None:
        if not written:
            other = threading.Thread(target=lambda: written.append(commit(small, noted(drug, "x")).committed))
            other.start()
            other.join(small.settings.change_seconds_max)

    change = noted(f"{ALS}relieves", "x")
    ahead = small.gate.foreseen(change, meanwhile)
    assert written == [True]
    # It was looked at again, since the graph had moved on; now it counts, and nothing is looked at in its turn.
    looked_at: list[int] = []
    assert commit(small, change, ahead=ahead, tick=lambda done, total: looked_at.append(done)).committed
    assert looked_at == []
    assert small.gate.foreseen(noted(drug, "y")) is None
    assert_view_is_what_follows(small)


def test_others_write_while_a_large_change_is_tried(small: KnowledgeGraph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alskg.gate.LARGE_FROM_QUADS", 1)
    drug, written = Editor(small, random.Random(0)).of_class("Drug")[0], list[Outcome]()  # noqa: S311

    def meanwhile(done: int, total: int) -> None:
        if not written:
            other = threading.Thread(target=lambda: written.append(commit(small, noted(drug, "x"))))
            other.start()
            other.join(small.settings.change_seconds_max)

    tried = weigh(small, noted(drug, "y"), meanwhile)
    assert [outcome.committed for outcome in written] == [True]
    # It is told as of the revision that it was tried on.
    assert (tried.conforms, tried.revision) == (True, written[0].revision - 1)
    assert [quad.triple for quad in tried.patch.added] == [quad.triple for quad in noted(drug, "y").added]
    with pytest.raises(StaleBase):
        weigh(small, replace(noted(drug, "z"), base=tried.revision))


def test_what_was_foreseen_counts_for_nothing_after_another_change(small: KnowledgeGraph) -> None:
    drug, wrong = Editor(small, random.Random(0)).of_class("Drug")[0], noted(f"{ALS}relieves", " ")  # noqa: S311
    ahead = small.gate.foreseen(noted(f"{ALS}relieves", "x"))
    assert ahead is not None
    assert ahead.verdict.conforms
    assert not commit(small, wrong, ahead=ahead).conforms
    assert commit(small, noted(drug, "x")).committed
    looked_at: list[int] = []
    change = noted(f"{ALS}relieves", "x")
    assert commit(small, change, ahead=ahead, tick=lambda done, total: looked_at.append(done)).committed
    assert looked_at


def test_a_name_by_which_much_is_called_wants_full_validation(small: KnowledgeGraph) -> None:
    gate = Gate(small.present, small.schema, len(NODE_RULES), small.settings.change_seconds_max)
    about: dict[str, int] = {}
    for end in ("subject", "object"):
        for triple in small.present.match(None, RDF + end):
            about[plain(triple.object)] = about.get(plain(triple.object), 0) + 1
    drugs = {iri: about.get(iri, 0) for iri in Editor(small, random.Random(0)).of_class("Drug")}  # noqa: S311
    much, little = max(drugs, key=drugs.__getitem__), min(drugs, key=drugs.__getitem__)
    assert drugs[much] > 1
    assert drugs[little] <= 1

    def synonym(iri: str) -> Changeset:
        name = ox.Literal("another name", language="en")
        return Changeset("A synonym.", "ana", (ox.Quad(ox.NamedNode(iri), ox.NamedNode(SKOS + "altLabel"), name),))

    with pytest.raises(TooLarge, match="Full validation required"):
        gate.judge(synonym(much))
    assert gate.judge(synonym(much), limited=False).conforms
    assert gate.judge(synonym(little)).conforms


@pytest.mark.slow
def test_what_is_touched_tells_what_everything_tells(small: KnowledgeGraph) -> None:
    seed = random.randrange(10**9)  # noqa: S311 - chance, no secret
    chance = random.Random(seed)  # noqa: S311
    editor, passed = Editor(small, chance), 0
    for number in range(EDITS):
        change = editor.change()
        before = set(small.present.quads)
        try:
            outcome = weigh(small, change)
        except (UnknownName, ReadOnly):
            # A claim that is gone, or a derived triple that can't go by itself.
            continue
        candidate = outcome.verdict.candidate
        mine = {(f.node, f.rule, f.what) for f in outcome.verdict.faults if f.rule in HOUSE}
        assert mine == everything_wrong(candidate), f"seed {seed}, edit {number}: {change}"
        assert commit(small, change).committed is (outcome.conforms and not candidate.is_empty)
        if outcome.conforms:
            passed += not candidate.is_empty
            assert_view_is_what_follows(small)
        else:
            assert set(small.present.quads) == before, f"seed {seed}, edit {number}: it was refused, and wrote"
    assert passed > EDITS // 20, f"seed {seed}: of {EDITS} edits only {passed} passed, so little was tried"
    assert_history_leads_back(small)


HOUSE = frozenset(
    "undeclared-property undeclared-class unfitting-property ill-typed dangling untargeted misnamed misplaced "
    "proposition-iri predicate domain-range unsupported no-source strange-link blank-text unfit-character closed-list "
    "inference match-outside shared-identifier undefined shared-name of-itself unstated ungrounded at-odds "
    "incomplete to-come lookalike circle called-otherwise unaffirmed shared-number said-twice two-works too-long "
    "shared-address misnumbered out-of-bounds other-kind out-of-scope ahead-of-source".split()
)
"""The house rules on what there is; there are others on the change itself, as that no claim vanishes."""


def assert_history_leads_back(kg: KnowledgeGraph) -> None:
    """Taking back every change, one by one, gives what there was at first; each on the way is what follows from it."""
    last = kg.present.state.revision
    assert [record.revision for record in records(kg.present, 1)] == list(range(2, last + 1))
    first = kg.past.at(1)
    authored = {quad for quad in first.quads if plain_graph(quad) and is_live(plain_graph(quad))}
    live = Memory(quad.triple for quad in authored)
    assert set(first.match()) == {*live.match(), *derived(live, kg.schema)}
    assert not [quad for quad in first.quads if "/data/retracted/" in plain_graph(quad)]


def test_reading_the_published_view_shows_just_what_is_authored(small: KnowledgeGraph) -> None:
    store = small.present
    authored = {q.triple for q in store.quads if plain_graph(q) and is_live(plain_graph(q))}
    assert set(Authored(store, small.schema).match()) == authored
    assert set(store.match()) > authored


def test_what_moves_between_data_and_ontology_is_data_where_it_comes_to_stand(small: KnowledgeGraph) -> None:
    store, moving = small.present, f"{BASE}authorities/u-s-food-and-drug-administration"
    there = store.quads_about(moving)
    moved = tuple(in_graph(quad.triple, f"{BASE}graphs/ontology/properties") for quad in there)
    before = Authored(store, small.schema)
    for gone, come, is_data in ((tuple(there), moved, False), ((), moved, True)):
        change = Changeset("m", "ana", come, gone, may_change_ontology=True)
        candidate = worked_out(store, small.schema, before.anew(), change)
        assert (moving in candidate.data_nodes()) is is_data
