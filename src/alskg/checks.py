"""Is what was curated sound? The house rules that SHACL can't say, and SHACL itself."""

import difflib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from alskg.curated import Curated
from alskg.derivation import derived
from alskg.descriptions import derived_texts
from alskg.errors import SourceError
from alskg.files import canonical_table, expand, text_of
from alskg.names import ALS, BASE, DCTERMS, NAME, OWL, RDF, RDFS, SH, SKOS, local_name, proposition_iri
from alskg.queries import read_query
from alskg.schema import Class
from alskg.shapes import authoring_faults, violations
from alskg.store.embedded import EmbeddedStore
from alskg.triples import Memory, Term, iris, objects, plain, subjects, text
from alskg.turtle import canonical

LANGUAGES = (RDF, RDFS, OWL, SH, SKOS)
"""What an ontology is written in; their classes are declared elsewhere, and have no members in data/."""

MATCHES = frozenset(SKOS + f"{kind}Match" for kind in ("exact", "close", "broad", "narrow", "related"))


@dataclass(frozen=True, order=True)
class Fault:
    """One thing that is wrong: where, what, and how to mend it."""

    file: str
    node: str
    rule: str
    what: str
    mend: str

    def __str__(self) -> str:
        return f"{self.file}: {self.node}: {self.what} {self.mend} [{self.rule}]"


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
        if due != before:
            found[file] = due
    return found


def _laid_out(file: Path, before: str, prefixes: Mapping[str, str]) -> str:
    return canonical(before, prefixes) if file.suffix == ".ttl" else canonical_table(before)


def derived_files(root: Path) -> dict[Path, str]:
    """The files that are derived from others, with what they should hold."""
    return {root / name: text_ for name, text_ in derived_texts(Curated.read(root).schema).items()}


def stale(curated: Curated) -> Iterator[Fault]:
    """What is derived and committed is what `alskg derive` writes."""
    for file, due in derived_files(curated.root).items():
        if not file.exists() or text_of(file, curated.root) != due:
            name = file.relative_to(curated.root).as_posix()
            yield Fault(name, "-", "stale", "It is not what is derived from the ontology.", "Run `alskg derive`.")


def blank_nodes(curated: Curated) -> Iterator[Fault]:
    """Nothing is anonymous: a diff, a link and a report need a name."""
    for name, triple in _triples(curated):
        if isinstance(triple.subject, ox.BlankNode) or isinstance(triple.object, ox.BlankNode):
            yield Fault(
                name,
                plain(triple.subject),
                "blank-node",
                f"A blank node at {plain(triple.predicate)}.",
                "Give it an IRI.",
            )


def undeclared(curated: Curated) -> Iterator[Fault]:
    """Every property and every class in use is declared."""
    for name, triple in _triples(curated):
        property_, node = plain(triple.predicate), plain(triple.subject)
        if property_ not in curated.schema.properties:
            mend = "Declare it in ontology/properties.ttl, or mend the slip."
            yield Fault(name, node, "undeclared-property", f"The property {property_} is not declared.", mend)
        if property_ == RDF + "type" and not _is_class(curated, plain(triple.object), name):
            what = f"The class {plain(triple.object)} is not declared."
            yield Fault(name, node, "undeclared-class", what, "Add its file under ontology/classes/, or mend the slip.")


def _is_class(curated: Curated, iri: str, file: str) -> bool:
    if file.startswith("ontology/") and iri.startswith(LANGUAGES):
        return True
    return ox.NamedNode(OWL + "Class") in objects(curated.ontology, iri, RDF + "type")


def unnamed_terms(curated: Curated) -> Iterator[Fault]:
    """Every class, property and concept has a label and a definition."""
    terms = set(curated.schema.properties) | set(subjects(curated.ontology, RDF + "type", SKOS + "Concept"))
    for iri in sorted(terms | set(subjects(curated.ontology, RDF + "type", OWL + "Class"))):
        for property_ in (RDFS + "label", SKOS + "definition"):
            if text(curated.ontology, iri, property_) is None:
                what = f"It has no {local_name(property_)}."
                yield Fault(curated.where(iri), iri, "unnamed-term", what, "Add one in English (@en).")


def untargeted(curated: Curated) -> Iterator[Fault]:
    """Every node of data/ is of a class whose shape checks it, and that has a collection where it is found."""
    mend = "Give it a class of ontology/classes/ (`a als:…`)."
    for iri in _data_nodes(curated):
        if not any(type_ in curated.schema.classes for type_ in curated.types(iri)):
            what = "No shape targets this node, so nothing checks it."
            yield Fault(curated.where(iri), iri, "untargeted", what, mend)
        elif not _owners(curated, iri):
            what = "Its classes have no collection, so no address leads to it."
            yield Fault(curated.where(iri), iri, "untargeted", what, mend)


def dangling(curated: Curated) -> Iterator[Fault]:
    """Every IRI of ours that is referred to is described."""
    for name, triple in _triples(curated):
        if isinstance(triple.object, ox.NamedNode) and triple.object.value.startswith(BASE):
            iri = triple.object.value
            if iri not in curated.home and not _is_namespace(curated, iri):
                what = f"{local_name(plain(triple.predicate))} refers to {iri}, which nothing describes."
                yield Fault(name, plain(triple.subject), "dangling", what, "Describe it, or mend the slip.")


def _is_namespace(curated: Curated, iri: str) -> bool:
    return iri in curated.schema.prefixes.values()


def misplaced(curated: Curated) -> Iterator[Fault]:
    """A thing's IRI begins with its class's collection; it stands in the file of that name, a claim in its source's."""
    for iri in _data_nodes(curated):
        if ALS + "Claim" in curated.types(iri) and not iris(curated.whole, iri, DCTERMS + "source"):
            # Its source says where it belongs; that it has none is told by another rule.
            continue
        for class_ in _owners(curated, iri):
            name = iri.removeprefix(class_.namespace or "")
            if name == iri or not NAME.fullmatch(name):
                what = f"A {class_.label} is called {class_.namespace}<lower-case-words>."
                yield Fault(curated.where(iri), iri, "misnamed", what, "Rename it.")
                continue
            files = _files_for(curated, iri, class_)
            for place in sorted(file.relative_to(curated.root).as_posix() for file in curated.places[iri]):
                if place not in files:
                    what = f"What is said of a {class_.label} of that name belongs in {' or '.join(files)}."
                    yield Fault(place, iri, "misplaced", what, "Move it there.")


def _owners(curated: Curated, iri: str) -> list[Class]:
    """The classes that a node's IRI is to show: of each of its types, the nearest that has IRIs of its own."""
    found: dict[str, Class] = {}
    for type_ in curated.types(iri):
        class_ = curated.schema.classes.get(type_)
        line = (class_, *map(curated.schema.classes.get, class_.ancestors)) if class_ else ()
        if owner := next((c for c in line if c and c.namespace), None):
            found[owner.iri] = owner
    return list(found.values())


def _files_for(curated: Curated, iri: str, class_: Class) -> list[str]:
    sources = iris(curated.whole, iri, DCTERMS + "source")
    if class_.iri == ALS + "Claim" and sources:
        return [f"data/claims/{local_name(source)}.ttl" for source in sources]
    return [f"data/things/{class_.collection}.ttl", f"data/{class_.collection}.ttl"]


def propositions(curated: Curated) -> Iterator[Fault]:
    """A proposition's IRI follows from its content, and its ends are of the classes that its predicate declares."""
    for iri in subjects(curated.whole, RDF + "type", ALS + "Proposition"):
        content = list(_content(curated, iri))
        if {p for p, _ in content} >= {RDF + "subject", RDF + "predicate", RDF + "object"}:
            if (due := proposition_iri(content)) != iri:
                what = "Its IRI doesn't follow from its content."
                yield Fault(curated.where(iri), iri, "proposition-iri", what, f"Call it <{due}>.")
            yield from _ends(curated, iri)


def _content(curated: Curated, iri: str) -> Iterator[tuple[str, str]]:
    parts = (RDF + "subject", RDF + "predicate", RDF + "object", *curated.schema.scope_properties)
    return ((part, str(term)) for part in parts for term in objects(curated.whole, iri, part))


def _ends(curated: Curated, iri: str) -> Iterator[Fault]:
    for stated in iris(curated.whole, iri, RDF + "predicate"):
        predicate = curated.schema.predicates.get(stated)
        if predicate is None:
            what = f"{stated} is no als:StatementProperty."
            yield Fault(curated.where(iri), iri, "predicate", what, "Declare it as one, or use another.")
            continue
        for end, declared in (("subject", predicate.domains), ("object", predicate.ranges)):
            for term in objects(curated.whole, iri, RDF + end):
                if declared and _lineage(curated, term).isdisjoint(declared):
                    names = ", ".join(local_name(d) for d in declared)
                    what = f"The {end} of {predicate.name} is to be one of {names}; {plain(term)} is not."
                    yield Fault(curated.where(iri), iri, "domain-range", what, "Mend the proposition or the predicate.")


def _lineage(curated: Curated, term: Term) -> set[str]:
    if isinstance(term, ox.Literal):
        return {RDFS + "Literal", term.datatype.value}
    return {a for type_ in curated.types(plain(term)) for a in curated.schema.lineage(type_)}


def unsupported(curated: Curated) -> Iterator[Fault]:
    """Nothing without a source: every proposition is stated by a claim, and every claim names where it stands."""
    stated = {plain(t.object) for t in curated.whole.match(None, ALS + "states")}
    for iri in subjects(curated.whole, RDF + "type", ALS + "Proposition"):
        if iri not in stated:
            what = "No claim states this proposition."
            yield Fault(curated.where(iri), iri, "unsupported", what, "Add a claim with its source, or remove it.")
    for iri in subjects(curated.whole, RDF + "type", ALS + "Claim"):
        if not objects(curated.whole, iri, DCTERMS + "source"):
            what = "The claim has no source."
            yield Fault(curated.where(iri), iri, "no-source", what, "Say with dcterms:source where it stands.")


def mappings(curated: Curated) -> Iterator[Fault]:
    """Every mapping is of a thing that exists, under its label, by a SKOS match predicate, and stands once."""
    for file, rows in curated.mappings.items():
        name = file.relative_to(curated.root).as_posix()
        ids = [(row.subject_id, row.predicate_id, row.object_id) for row in rows]
        for twice in sorted(key for key, count in Counter(ids).items() if count > 1):
            yield Fault(name, twice[0], "mapping", f"{' '.join(twice)} stands twice.", "Keep one of the rows.")
        for row, curies in zip(rows, ids, strict=True):
            try:
                ends = [expand(curie, curated.schema.prefixes) for curie in curies]
            except SourceError as error:
                yield Fault(name, row.subject_id, "mapping", str(error), "Declare it, or mend the slip.")
                continue
            if ends[0] not in curated.home:
                yield Fault(name, row.subject_id, "mapping", "There is no such thing.", "Mend the slip.")
            elif curated.label(ends[0]) != row.subject_label:
                what = f"Its label is {curated.label(ends[0])!r}, not {row.subject_label!r}."
                yield Fault(name, row.subject_id, "mapping", what, "Mend subject_label.")
            if ends[1] not in MATCHES:
                what = f"{row.predicate_id} is no SKOS match."
                yield Fault(name, row.subject_id, "mapping", what, "Use skos:exactMatch, closeMatch and the like.")


def questions(curated: Curated) -> Iterator[Fault]:
    """Every question can be read, and asks for members of classes and lists that there are."""
    schema = curated.schema
    known = {
        "class": {c.name for c in schema.classes.values()},
        "vocabulary": set(schema.vocabularies),
    }
    for file in sorted((curated.root / "queries").glob("*.rq")):
        name = file.relative_to(curated.root).as_posix()
        try:
            query = read_query(file.name, text_of(file, curated.root), schema.prefixes)
        except SourceError as error:
            yield Fault(name, "-", "question", str(error).removeprefix(f"{name}: "), "Mend it there.")
            continue
        for parameter in query.parameters:
            for kind, value in (("class", parameter.class_), ("vocabulary", parameter.vocabulary)):
                if value is not None and value not in known[kind]:
                    near = difflib.get_close_matches(value, known[kind], n=1) or sorted(known[kind])
                    what = f"There is no {kind} {value!r}."
                    yield Fault(name, parameter.name, "question", what, f"There is {', '.join(near)}.")


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
    blank_nodes,
    undeclared,
    unnamed_terms,
    untargeted,
    dangling,
    misplaced,
    propositions,
    unsupported,
    mappings,
    questions,
    shacl,
)


def derived_faults(store: EmbeddedStore, root: Path) -> list[Fault]:
    """Where the published view of a store differs from what its live data and the ontology say, computed afresh."""
    live = Memory(quad.triple for graph in store.graphs() for quad in _quads(store, graph))
    schema = Curated.read(root).schema
    due = {*live.match(), *derived(live, schema)}
    there = set(store.match())
    found = [_derived_fault(t, "is missing") for t in due - there]
    found += [_derived_fault(t, "follows from nothing") for t in there - due]
    return sorted(found)


def _quads(store: EmbeddedStore, graph: str) -> Iterator[ox.Quad]:
    return store.quads.quads_for_pattern(None, None, None, ox.NamedNode(graph))


def _derived_fault(triple: ox.Triple, what: str) -> Fault:
    words = f"{triple.predicate} {triple.object} {what} in the published view."
    mend = "Stop the server, remove the directory of the store (ALSKG_DATA_DIR), and start it again."
    return Fault("(store)", plain(triple.subject), "derived", words, mend)


def _triples(curated: Curated) -> Iterator[tuple[str, ox.Triple]]:
    for file, triples in curated.files.items():
        name = file.relative_to(curated.root).as_posix()
        yield from ((name, triple) for triple in triples)


def _data_nodes(curated: Curated) -> list[str]:
    nodes = {
        t.subject.value
        for file, triples in curated.files.items()
        if not curated.is_ontology(file)
        for t in triples
        if isinstance(t.subject, ox.NamedNode)
    }
    return sorted(nodes)
