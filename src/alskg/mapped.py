"""The house rules on the mapping tables: what each row says of what a thing is called elsewhere."""

from collections import Counter
from collections.abc import Iterator

from alskg.curated import Curated
from alskg.errors import SourceError
from alskg.faults import Fault
from alskg.files import MappingRow, expand
from alskg.identity import EXACT, MATCHES
from alskg.triples import plain


def mappings(curated: Curated) -> Iterator[Fault]:
    """Every mapping is of a thing that exists, under its label, by a SKOS match predicate, and stands once."""
    yield from _shared(curated)
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


def _shared(curated: Curated) -> Iterator[Fault]:
    """The identifiers that more than one thing bears, in whichever tables; `matches` sees those outside of them."""
    bearers: dict[str, set[str]] = {}
    rows = [(file, row) for file, table in curated.mappings.items() for row in table]
    for triple in curated.whole.match(None, EXACT):
        bearers.setdefault(plain(triple.object), set()).add(plain(triple.subject))
    found = [(file, row, _ends(curated, row)) for file, row in rows]
    for _, _, ends in found:
        if ends and ends[1] == EXACT:
            bearers.setdefault(ends[2], set()).add(ends[0])
    for file, row, ends in found:
        if ends and ends[1] == EXACT and len(bearers[ends[2]]) > 1:
            name = file.relative_to(curated.root).as_posix()
            what = f"{row.object_id} is what {', '.join(sorted(bearers[ends[2]] - {ends[0]}))} is called, too."
            mend = "Keep it with one of them; say skos:closeMatch of the other, or merge the two."
            yield Fault(name, row.subject_id, "shared-identifier", what, mend)


def _ends(curated: Curated, row: MappingRow) -> list[str]:
    """The IRIs that a row speaks of; none where one of them can't be told."""
    try:
        return [expand(curie, curated.schema.prefixes) for curie in (row.subject_id, row.predicate_id, row.object_id)]
    except SourceError:
        return []
