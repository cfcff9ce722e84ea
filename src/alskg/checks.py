"""Is what was curated sound? The house rules that SHACL can't say, and SHACL itself."""

from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from pathlib import Path

import pyoxigraph as ox

from alskg.apart import replaced as faults_of_replacement
from alskg.apart import retracted as faults_of_retraction
from alskg.coverage import coverage_page
from alskg.curated import Curated
from alskg.derivation import derived
from alskg.descriptions import derived_texts
from alskg.errors import SourceError
from alskg.faults import Fault, NodeRule, TripleRule
from alskg.files import FOLDERS, canonical_table, text_of
from alskg.layout import strays
from alskg.legible import circles as faults_of_circles
from alskg.legible import unnamed_terms as faults_of_naming
from alskg.legible import unreadable_questions
from alskg.mapped import mappings
from alskg.names import is_live
from alskg.rules import NODE_RULES, TRIPLE_RULES
from alskg.shapes import authoring_faults, violations
from alskg.store.embedded import EmbeddedStore
from alskg.triples import Memory, plain
from alskg.turtle import canonical

Rule = Callable[[Curated], Iterator[Fault]]


def faults(root: Path, tick: Callable[[int, int, str], None] = lambda done, total, name: None) -> list[Fault]:
    """
    Every fault of the curated files, in a stable order; none where all is sound.

    `tick` is told before each rule how many are done, of how many, and which one comes.
    """
    try:
        curated, found = Curated.read(root), set[Fault]()
        for done, rule in enumerate(RULES):
            tick(done, len(RULES), rule.__name__)
            found.update(rule(curated))
        return sorted(found)
    except SourceError as error:
        file, _, what = str(error).partition(": ")
        return [Fault(file, "-", "readable", what, "Mend it first; nothing else was checked.")]


def layout(curated: Curated) -> Iterator[Fault]:
    """Every Turtle file and mapping table is laid out as `alskg format` writes it."""
    prefixes = curated.schema.prefixes
    for file in (*curated.files, *curated.mappings):
        name = file.relative_to(curated.root).as_posix()
        before = text_of(file, curated.root)
        try:
            if _laid_out(file, before, prefixes) != before:
                yield Fault(name, "-", "layout", "It is not laid out in the house way.", "Run `alskg format`.")
        except SourceError as error:
            yield Fault(name, "-", "layout", str(error), "Then run `alskg format`.")


def badly_laid_out(root: Path) -> dict[Path, str]:
    """
    The files that are not in the house layout, with what they should hold.

    Raises:
        SourceError: one of them can't be read, or holds a comment.
    """
    curated, found = Curated.read(root), dict[Path, str]()
    for file in (*curated.files, *curated.mappings):
        before = text_of(file, root)
        try:
            due = _laid_out(file, before, curated.schema.prefixes)
        except SourceError as error:
            raise SourceError(f"{file.relative_to(root).as_posix()}: {error}") from error
        # Not by the text, from which a mark before it is gone.
        if due.encode() != file.read_bytes():
            found[file] = due
    return found


def _laid_out(file: Path, before: str, prefixes: Mapping[str, str]) -> str:
    return canonical(before, prefixes) if file.suffix == ".ttl" else canonical_table(before)


def derived_files(root: Path) -> dict[Path, str]:
    """The files that are derived from others, with what they should hold."""
    return {root / name: text_ for name, text_ in derived_texts(Curated.read(root).schema).items()}


def derived_documents(root: Path) -> dict[Path, str]:
    """What is derived for readers alone, where there is a place for it; `check` doesn't ask for it."""
    page = root / "docs" / "coverage.md"
    return {page: coverage_page(Curated.read(root))} if page.parent.is_dir() else {}


def stale(curated: Curated) -> Iterator[Fault]:
    """What is derived and committed is what `alskg derive` writes."""
    for file, due in derived_files(curated.root).items():
        if not file.exists() or text_of(file, curated.root) != due:
            name = file.relative_to(curated.root).as_posix()
            yield Fault(name, "-", "stale", "It is not what is derived from the ontology.", "Run `alskg derive`.")


def _each_triple(rule: TripleRule) -> Rule:
    """The rule over every triple of the live files."""

    @wraps(rule)
    def over_all(curated: Curated) -> Iterator[Fault]:
        for name, triple in _triples(curated):
            yield from rule(curated, name, triple)

    return over_all


def _each_node(rule: NodeRule) -> Rule:
    """The rule over every node of data/."""

    @wraps(rule)
    def over_all(curated: Curated) -> Iterator[Fault]:
        for iri in _data_nodes(curated):
            yield from rule(curated, iri)

    return over_all


def files(curated: Curated) -> Iterator[Fault]:
    """Every file under ontology/ and data/ is one that the house knows; no other would be read."""
    derived_ = {file.relative_to(curated.root).as_posix() for file in derived_files(curated.root)}
    for folder in FOLDERS:
        for file in sorted((curated.root / folder).rglob("*")):
            name = file.relative_to(curated.root).as_posix()
            if file.is_file() and not file.name.startswith(".") and name not in derived_:
                yield from strays(curated.schema, name)


def unnamed_terms(curated: Curated) -> Iterator[Fault]:
    """See `legible.unnamed_terms`."""
    yield from faults_of_naming(curated.schema, curated.ontology, curated.where)


def circles(curated: Curated) -> Iterator[Fault]:
    """See `legible.circles`."""
    yield from faults_of_circles(curated.ontology, curated.where)


def retracted(curated: Curated) -> Iterator[Fault]:
    """Every claim under data/retracted/ has its record, and isn't live."""
    for name, kept in _kept(curated, "data/retracted/"):
        for iri in sorted({plain(triple.subject) for triple in kept.match()}):
            yield from faults_of_retraction(curated, kept, name, iri)


def replaced(curated: Curated) -> Iterator[Fault]:
    """Everything in data/replaced.ttl is gone, and leads to what is there."""
    gone = {plain(t.subject) for _, claims in _kept(curated, "data/retracted/") for t in claims.match()}
    for name, kept in _kept(curated, "data/replaced.ttl"):
        for triple in kept.match():
            yield from faults_of_replacement(curated, kept, name, triple, gone.__contains__)


def _kept(curated: Curated, beginning: str) -> Iterator[tuple[str, Memory]]:
    for file, triples in curated.files.items():
        name = file.relative_to(curated.root).as_posix()
        if name.startswith(beginning):
            yield name, Memory(triples)


def questions(curated: Curated) -> Iterator[Fault]:
    """There are questions, and each can be read; see `legible.unreadable_questions`."""
    if not any((curated.root / "queries").glob("*.rq")):
        yield Fault("queries", "-", "question", "There is no question here.", "Bring back the folder queries/.")
    yield from unreadable_questions(curated.schema, curated.root)


def shacl(curated: Curated) -> Iterator[Fault]:
    """The shapes are written as the engines need them, and the data conforms to them."""
    for node, what in authoring_faults(curated.ontology):
        yield Fault(curated.where(node), node, "shape-authoring", what, "See docs/data-model.md, section Shapes.")
    for violation in violations(curated.whole, curated.ontology):
        where = curated.where(violation.focus)
        yield Fault(where, violation.focus, "shacl", violation.what, violation.mend)


RULES: tuple[Rule, ...] = (
    layout,
    stale,
    files,
    *map(_each_triple, TRIPLE_RULES),
    unnamed_terms,
    circles,
    *map(_each_node, NODE_RULES),
    retracted,
    replaced,
    mappings,
    questions,
    shacl,
)


def derived_faults(store: EmbeddedStore, root: Path) -> list[Fault]:
    """Where the published view of a store differs from what its live data and the ontology say, computed afresh."""
    live = Memory(triple for graph in filter(is_live, store.graphs()) for triple in store.match_in(graph))
    schema = Curated.read(root).schema
    due = {*live.match(), *derived(live, schema)}
    there = set(store.match())
    found = [_derived_fault(t, "is missing") for t in due - there]
    found += [_derived_fault(t, "follows from nothing") for t in there - due]
    return sorted(found)


def _derived_fault(triple: ox.Triple, what: str) -> Fault:
    words = f"{triple.predicate} {triple.object} {what} in the published view."
    mend = "Stop the server, remove the directory of the store (ALSKG_DATA_DIR), and start it again."
    return Fault("(store)", plain(triple.subject), "derived", words, mend)


def _triples(curated: Curated) -> Iterator[tuple[str, ox.Triple]]:
    for file, triples in curated.live.items():
        name = file.relative_to(curated.root).as_posix()
        yield from ((name, triple) for triple in triples)


def _data_nodes(curated: Curated) -> list[str]:
    nodes = {
        t.subject.value
        for file, triples in curated.live.items()
        if not curated.is_ontology(file)
        for t in triples
        if isinstance(t.subject, ox.NamedNode)
    }
    return sorted(nodes)
