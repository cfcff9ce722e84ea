"""
How long each named question takes on a large graph, and so which of them have to say `cost = "large"`.

The published view is copied until it has so many triples. In every other copy only what is said is new, of the same
things (so that a drug has ever more claims); in the others the things are new, too. Each question is asked with its
example, and with those members of its parameters' classes that most is said of; the slowest counts.

    python benchmarks/questions.py [triples] [seconds that are small]
"""

import itertools
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox

from alskg.answers import Question, graph, rows, truth
from alskg.errors import TooLarge
from alskg.knowledge_graph import KnowledgeGraph, published_quads
from alskg.names import ALS, BASE, RDF
from alskg.parameters import bindings
from alskg.queries import COSTS, NamedQuery, Parameter
from alskg.settings import Settings
from alskg.store.embedded import EmbeddedStore, State
from alskg.triples import Term, plain

OURS = (ALS, f"{BASE}vocabularies/", f"{BASE}graphs/")
"""What there is once, however large the graph."""
BUSIEST = 1
SMALL_SECONDS = 0.1


def copied(triples: list[ox.Triple], wanted: int) -> Iterator[ox.Quad]:
    """The triples again and again under other names, until there are so many."""
    ends = {RDF + "subject", RDF + "object"}
    spoken_of = {t.object for t in triples if t.predicate.value in ends}
    for number in range(max(1, round(wanted / len(triples)))):
        kept = spoken_of if number % 2 else frozenset()
        for s, p, o in triples:
            yield ox.Quad(_named(s, number, kept), p, _named(o, number, kept))  # type: ignore[arg-type]


def _named(term: Term, number: int, kept: Collection[Term]) -> Term:
    """A term of a copy; the first one is the original."""
    is_ours = isinstance(term, ox.NamedNode) and term.value.startswith(BASE) and not term.value.startswith(OURS)
    return ox.NamedNode(f"{plain(term)}-{number}") if number and is_ours and term not in kept else term


def enlarged(directory: Path, wanted: int) -> KnowledgeGraph:
    """A graph with about so many triples in its view."""
    quads = list(published_quads(Settings().root))
    view = [quad.triple for quad in quads if isinstance(quad.graph_name, ox.DefaultGraph)]
    store = EmbeddedStore.on_disk(directory)
    store.load(itertools.chain(quads, copied(view, wanted)), "")
    store.write((), (), State(store.state.revision, "", curated=True))
    store.close()
    del store
    return KnowledgeGraph.open(replace(Settings(), data_dir=directory))


def values_of(kg: KnowledgeGraph, parameter: Parameter, talked_of: Counter[str]) -> list[str]:
    """What a parameter is tried with: its example, and the members that most is said of."""
    if parameter.class_ is None:
        return [parameter.example]
    class_ = next(c for c in kg.schema.classes.values() if c.name == parameter.class_)
    members = [plain(triple.subject) for triple in kg.store.match(None, RDF + "type", class_.iri)]
    return [parameter.example, *sorted(members, key=lambda iri: -talked_of[iri])[:BUSIEST]]


def seconds(kg: KnowledgeGraph, named: NamedQuery, given: dict[str, str]) -> tuple[float, str]:
    """How long the question takes, and how much it answers."""
    question = Question(named.text, bindings(kg, named, given))
    # Of a processor, as it would take if nothing else ran: evaluation has one thread.
    started = time.process_time()
    try:
        if named.form == "ASK":
            found = str(truth(kg, question))
        else:
            found = f"{len(rows(kg, question) if named.form == 'SELECT' else graph(kg, question)):,}"
    except TooLarge:
        found = "too many"
    return time.process_time() - started, found


def main() -> None:
    """Prints how long each question takes, and whether its header says otherwise."""
    wanted, small = int((sys.argv[1:2] or ["1000000"])[0]), float((sys.argv[2:3] or [str(SMALL_SECONDS)])[0])
    with tempfile.TemporaryDirectory() as directory:
        kg = enlarged(Path(directory), wanted)
        print(f"{sum(1 for _ in kg.store.match()):,} triples in the view; small is up to {small:g} s", flush=True)
        ends = (RDF + "subject", RDF + "object")
        talked_of = Counter(plain(triple.object) for end in ends for triple in kg.store.match(None, end))
        for named in kg.queries.values():
            tried = itertools.product(*(values_of(kg, parameter, talked_of) for parameter in named.parameters))
            names = [parameter.name for parameter in named.parameters]
            took, found = max(seconds(kg, named, dict(zip(names, values, strict=True))) for values in tried)
            cost = COSTS[took > small]
            says = "" if named.cost == cost else f"  (says {named.cost})"
            print(f"{took:9.4f} s  {found:>10} rows  {cost}  {named.name}{says}", flush=True)
        kg.close()


if __name__ == "__main__":
    main()
