"""Coverage as a page to read: what the curated files hold, counted, and what is missing."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from alskg.curated import Curated
from alskg.names import ALS, DCTERMS, RDF, RDFS, local_name
from alskg.schema import Class
from alskg.triples import iris, plain, subjects, text

HEAD = """# Coverage

Derived from `ontology/` and `data/` by `alskg derive`; a test compares it. What the graph holds, and what it lacks.
"""
EXACT = "skos:exactMatch"
MEMBERS_NAMED_MAX = 40
"""How many members without an identifier are named; of more, the number is told."""
SHARE_EXPECTED = 0.5
"""Where at least this share of a class has identifiers, the members without one are named."""


def coverage_page(curated: Curated) -> str:
    """What there is by class, source, vocabulary and state, as Markdown."""
    sections = (
        ("In all", _in_all(curated)),
        ("Things by class", _by_class(curated)),
        ("Claims by source", _by_source(curated)),
        ("Verification of claims", _by_concept(curated, "verification", "claims")),
        ("Certainty of claims", _by_concept(curated, "certainty", "claims")),
        ("Sources by kind", _by_concept(curated, "sourceKind", "sources")),
        ("Identifiers by vocabulary", _by_vocabulary(curated)),
        (
            "Disagreements",
            [
                *_by_concept(curated, "verdict", "disagreements"),
                *_by_concept(curated, "resolutionStatus", "disagreements"),
            ],
        ),
        ("What is missing", _missing(curated)),
    )
    return "\n".join([HEAD, *(line for title, lines in sections for line in (f"## {title}\n", *lines))])


def _table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    yield f"| {' | '.join(columns)} |"
    yield f"|{'---|' * len(columns)}"
    for row in rows:
        yield f"| {' | '.join(map(str, row))} |"
    yield ""


def _members(curated: Curated) -> Mapping[str, list[str]]:
    """The members of each class that has a collection, by its name in the plural."""
    classes = sorted(curated.schema.collections.values(), key=lambda class_: class_.plural)
    return {class_.plural: _members_of(curated, class_) for class_ in classes}


def _members_of(curated: Curated, class_: Class) -> list[str]:
    kinds = sorted(curated.schema.descendants(class_.iri))
    return sorted({iri for kind in kinds for iri in subjects(curated.whole, RDF + "type", kind)})


def _identified(curated: Curated) -> set[str]:
    """The things that have an exact match in another vocabulary, or among the sources, in a register of works."""
    prefixes = curated.schema.prefixes
    found = set()
    for rows in curated.mappings.values():
        for row in rows:
            if row.predicate_id == EXACT:
                prefix, _, name = row.subject_id.partition(":")
                found.add(prefixes[prefix] + name)
    return found


def _spoken_of(curated: Curated) -> set[str]:
    ends = (RDF + "subject", RDF + "object")
    return {plain(triple.object) for end in ends for triple in curated.whole.match(None, end)}


def _in_all(curated: Curated) -> Iterator[str]:
    propositions = subjects(curated.whole, RDF + "type", ALS + "Proposition")
    claims = subjects(curated.whole, RDF + "type", ALS + "Claim")
    sides: dict[str, set[str]] = {}
    for claim in claims:
        for proposition in iris(curated.whole, claim, ALS + "states"):
            sides.setdefault(proposition, set()).update(iris(curated.whole, claim, ALS + "polarity"))
    rows = (
        ("propositions", len(propositions)),
        ("claims", len(claims)),
        ("propositions that claims stand for and against", sum(len(found) > 1 for found in sides.values())),
        ("sources with claims", len({s for claim in claims for s in iris(curated.whole, claim, DCTERMS + "source")})),
        ("mappings to other vocabularies", sum(map(len, curated.mappings.values()))),
    )
    yield from _table(("what", "number"), rows)


def _by_class(curated: Curated) -> Iterator[str]:
    identified, spoken_of = _identified(curated), _spoken_of(curated)
    rows = (
        (plural, len(members), len(identified.intersection(members)), len(spoken_of.intersection(members)))
        for plural, members in _members(curated).items()
    )
    yield from _table(("class", "members", "with an exact identifier", "in a statement"), rows)


def _by_source(curated: Curated) -> Iterator[str]:
    counted: Counter[str] = Counter()
    denied: Counter[str] = Counter()
    for claim in subjects(curated.whole, RDF + "type", ALS + "Claim"):
        found = iris(curated.whole, claim, DCTERMS + "source")
        counted.update(found)
        if any(local_name(iri) == "denies" for iri in iris(curated.whole, claim, ALS + "polarity")):
            denied.update(found)
    rows = ((curated.label(iri), counted[iri], denied[iri]) for iri in sorted(counted, key=curated.label))
    yield from _table(("source", "claims", "of them denials"), rows)


def _by_concept(curated: Curated, field: str, what: str) -> Iterator[str]:
    found = Counter(curated.label(plain(triple.object)) for triple in curated.whole.match(None, ALS + field))
    yield from _table((field, what), sorted(found.items()))


def _by_vocabulary(curated: Curated) -> Iterator[str]:
    rows = []
    for file, found in sorted(curated.mappings.items()):
        exact = sum(row.predicate_id == EXACT for row in found)
        labelled = sum(bool(row.object_label) for row in found)
        rows.append((file.name.partition(".")[0], len(found), exact, labelled))
    yield from _table(("vocabulary", "mappings", "exact", "with the label there"), rows)


def _missing(curated: Curated) -> Iterator[str]:
    identified, spoken_of, by_class = _identified(curated), _spoken_of(curated), _members(curated)
    for plural, members in by_class.items():
        without = [iri for iri in members if iri not in identified]
        if members and len(without) <= len(members) * (1 - SHARE_EXPECTED) and without:
            yield f"* {plural} without an exact identifier: {_named(curated, without)}."
    silent = {
        plural: len(set(members) - spoken_of) for plural, members in by_class.items() if spoken_of.intersection(members)
    }
    yield "* In no statement: " + ", ".join(f"{number} {plural}" for plural, number in silent.items() if number) + "."
    left_open = Counter(local_name(plain(t.object)) for t in curated.whole.match(None, ALS + "notStated"))
    yield "* Left open by sources: " + ", ".join(f"{name} ({n})" for name, n in sorted(left_open.items())) + "."
    bare = [
        claim
        for claim in subjects(curated.whole, RDF + "type", ALS + "Claim")
        if not iris(curated.whole, claim, ALS + "evidenceBasis")
    ]
    yield f"* Claims that bear no kind of evidence: {len(bare)}."
    untitled = [
        s
        for s in subjects(curated.whole, RDF + "type", ALS + "Source")
        if not text(curated.whole, s, DCTERMS + "title")
    ]
    yield from _without_need(curated)
    yield f"* Sources known by a number alone, without a title: {len(untitled)}."
    yield ""


def _without_need(curated: Curated) -> Iterator[str]:
    """What is stated of which every source leaves open what a claim by the property bears, as the day of an event."""
    whole = curated.whole
    for predicate in sorted(curated.schema.predicates.values(), key=lambda predicate: predicate.iri):
        stated = subjects(whole, RDF + "predicate", predicate.iri) if predicate.claim_needs else []
        claims = {one: subjects(whole, ALS + "states", one) for one in stated}
        for need in predicate.claim_needs:
            if bare := [one for one in stated if all(text(whole, claim, need) is None for claim in claims[one])]:
                what = f'Stated by "{predicate.label}", and of no source\'s {local_name(need)}'
                yield f"* {what}: {_named(curated, bare)}."


def _named(curated: Curated, found: Sequence[str]) -> str:
    if len(found) > MEMBERS_NAMED_MAX:
        return str(len(found))
    labels = sorted(text(curated.whole, iri, RDFS + "label") or local_name(iri) for iri in found)
    return f"{len(found)} ({', '.join(labels)})"
