"""A graph of any size for measuring: things, propositions and claims, valid by construction, on top of the files."""

import random
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

import pyoxigraph as ox

from alskg.candidate import Candidate
from alskg.derivation import Authored, derived
from alskg.files import authored_quads, checksum, ontology_triples
from alskg.names import ALS, BASE, DCTERMS, GRAPHS, RDF, RDFS, SKOS, is_live, proposition_iri
from alskg.rules import faults_of
from alskg.schema import Schema
from alskg.store.embedded import EmbeddedStore, State
from alskg.triples import Memory, graph_of

PREDICATE = ALS + "slowsProgression"
Values = dict[str, list[ox.NamedNode | ox.Literal]]
TRIPLES_PER_CLAIM = 12
"""About so many triples of the published view come with each claim, its share in propositions and things included."""
SAMPLE = 200


def _text(words: str) -> ox.Literal:
    return ox.Literal(words, language="en")


class Generated:
    """
    Drugs, diseases and sources; propositions that join them; claims, of which a few propositions have very many.

    How often a thing, and how often a proposition, is taken falls with its rank (Zipf), as it does in what people write
    about: with 80,000 claims, the most talked of proposition has several thousand.
    """

    def __init__(self, claims: int, seed: int = 1) -> None:
        self._random = random.Random(seed)  # noqa: S311 - to measure, not to guard
        self._claims = claims
        self._things = max(10, claims // 20)

    def _ranks(self, count: int, drawn: int) -> list[int]:
        weights = list(accumulate(1 / (rank + 1) for rank in range(count)))
        return self._random.choices(range(count), cum_weights=weights, k=drawn)

    def quads(self) -> Iterator[ox.Quad]:
        """The authored quads, each in the graph where it belongs."""
        sources = self._claims // 60 + 1
        for number in range(sources):
            yield from self._source(number)
        for number in range(self._things):
            yield from self._thing("drugs", "Drug", number)
            yield from self._thing("diseases", "Disease", number)
        drawn = self._claims // 3 + 1
        ranks = (self._ranks(self._things, drawn), self._ranks(self._things, drawn))
        pairs = sorted(set(zip(*ranks, strict=True)), key=sum)
        # Every proposition once, so that none is without a claim; the rest by rank.
        stated = [*range(len(pairs)), *self._ranks(len(pairs), max(0, self._claims - len(pairs)))]
        self._random.shuffle(stated)
        described: set[int] = set()
        for number, which in enumerate(stated):
            source = number % sources
            graph = f"{GRAPHS}data/claims/generated-{source}"
            if which not in described:
                described.add(which)
                yield from _proposition(*pairs[which])[1]
            yield from self._claim(number, pairs[which], source, graph)

    def _source(self, number: int) -> Iterator[ox.Quad]:
        graph = f"{GRAPHS}data/sources"
        values: Values = {
            RDF + "type": [ox.NamedNode(ALS + "Source")],
            RDFS + "label": [_text(f"generated {number}")],
            DCTERMS + "title": [_text(f"generated {number}")],
            ALS + "notStated": [ox.NamedNode(DCTERMS + "creator"), ox.NamedNode(DCTERMS + "date")],
            ALS + "sourceKind": [ox.NamedNode(f"{BASE}vocabularies/source-kinds/cited-work")],
        }
        yield from _quads(f"{BASE}sources/generated-{number}", values, graph)

    def _thing(self, collection: str, class_: str, number: int) -> Iterator[ox.Quad]:
        name = f"generated {class_} {number}"
        values: Values = {
            RDF + "type": [ox.NamedNode(ALS + class_)],
            RDFS + "label": [_text(name)],
            SKOS + "definition": [_text(f"A {class_} that is there to be counted.")],
        }
        yield from _quads(f"{BASE}{collection}/generated-{number}", values, f"{GRAPHS}data/things/{collection}")

    def _claim(self, number: int, pair: tuple[int, int], source: int, graph: str) -> Iterator[ox.Quad]:
        polarity = "denies" if self._random.random() < 0.05 else "affirms"
        certainty = self._random.choice(("asserted", "hedged", "hypothesised"))
        yield from claim_quads(number, pair, polarity, certainty, source, graph)


def claim_quads(
    number: int, pair: tuple[int, int], polarity: str, certainty: str, source: int, graph: str
) -> Iterator[ox.Quad]:
    """One claim."""
    values: Values = {
        RDF + "type": [ox.NamedNode(ALS + "Claim")],
        RDFS + "label": [_text(f"generated-{number}: {_said(*pair)}")],
        DCTERMS + "source": [ox.NamedNode(f"{BASE}sources/generated-{source}")],
        ALS + "states": [ox.NamedNode(_proposition(*pair)[0])],
        ALS + "polarity": [ox.NamedNode(f"{BASE}vocabularies/polarities/{polarity}")],
        ALS + "certainty": [ox.NamedNode(f"{BASE}vocabularies/certainties/{certainty}")],
        ALS + "locator": [ox.Literal(f"line {number}")],
    }
    return _quads(f"{BASE}claims/generated-{number}", values, graph)


def _said(drug: int, disease: int) -> str:
    return f"generated Drug {drug} slows progression of generated Disease {disease}"


def _proposition(drug: int, disease: int) -> tuple[str, list[ox.Quad]]:
    values: Values = {
        RDF + "subject": [ox.NamedNode(f"{BASE}drugs/generated-{drug}")],
        RDF + "predicate": [ox.NamedNode(PREDICATE)],
        RDF + "object": [ox.NamedNode(f"{BASE}diseases/generated-{disease}")],
    }
    iri = proposition_iri((property_, str(value)) for property_, terms in values.items() for value in terms)
    values[RDF + "type"] = [ox.NamedNode(ALS + "Proposition")]
    values[RDFS + "label"] = [_text(_said(drug, disease))]
    return iri, list(_quads(iri, values, f"{GRAPHS}data/things/propositions"))


def _quads(iri: str, values: Values, graph: str) -> Iterator[ox.Quad]:
    for property_, terms in values.items():
        for term in terms:
            yield ox.Quad(ox.NamedNode(iri), ox.NamedNode(property_), term, ox.NamedNode(graph))


def build(directory: Path, root: Path, triples: int) -> int:
    """
    A store under a directory with the files of `root` and so much more that its published view has about so many
    triples; how many it has.

    To validate a million triples takes hours, so that the store is marked as sound once a sample of its nodes was.
    """
    store, schema = EmbeddedStore.on_disk(directory), Schema(Memory(ontology_triples(root)))
    own = list(authored_quads(root, schema.prefixes))
    live = sum(is_live(graph_of(quad)) for quad in own)
    more = list(Generated((triples - live) // TRIPLES_PER_CLAIM).quads()) if triples > live + 5_000 else []
    # Each by itself: nothing that is generated says anything of what the files hold.
    store.load(_published([*own, *more], schema), checksum(root))
    _check_sample(store, schema, [quad.triple for quad in more])
    state = store.state
    store.write((), (), State(state.revision, state.files_checksum, curated=False, conforms=True, ontology=1))
    store.flush()
    count = sum(1 for _ in store.match())
    store.close()
    return count


def _published(authored: list[ox.Quad], schema: Schema) -> Iterator[ox.Quad]:
    live = Memory(quad.triple for quad in authored if is_live(graph_of(quad)))
    yield from authored
    yield from (ox.Quad(*triple) for triple in live.match())
    yield from (ox.Quad(*triple) for triple in derived(live, schema))


def _check_sample(store: EmbeddedStore, schema: Schema, triples: list[ox.Triple]) -> None:
    from alskg.shacl.validator import Validator

    if not triples:
        return
    data = Authored(store, schema)
    sample = random.Random(2).sample(triples, SAMPLE)  # noqa: S311 - to measure, not to guard
    nodes = {triple.subject.value for triple in sample if isinstance(triple.subject, ox.NamedNode)}
    faults = list(faults_of(Candidate(store, schema, data, (), ()), nodes))
    whole = [triple for node in nodes for triple in data.match(node)]
    validator = Validator(store.ontology())
    results = validator.results(validator.affected(data, data, whole, ()), data)
    if faults or results:
        raise SystemExit(f"What is generated is not sound: {faults[:3]} {list(results.values())[:3]}")


HUB_PROPOSITION = _proposition(0, 0)[0]
"""What joins the first drug to the first disease, which are the ones that are most talked of."""
