"""The house rules on what is kept apart of the published view: what was retracted, and what was renamed or merged."""

from collections.abc import Callable, Iterator
from pathlib import PurePath

import pyoxigraph as ox

from alskg.faults import Fault, Site
from alskg.names import ALS, DCTERMS, PROV, RDF, is_name, local_name
from alskg.rules import blank_nodes, is_described
from alskg.spelling import ill_typed, links, wording
from alskg.triples import Triples, iris, objects, plain

RECORD = (PROV + "invalidatedAtTime", ALS + "retractedBy", ALS + "retractionReason")
"""What is said of a claim when it is taken back: when, by whom, why."""
WITHOUT_SOURCE = "without-source"
"""The file of a retracted claim that names no source."""

_CLAIM = ALS + "Claim"
_PROPOSITION = ALS + "Proposition"
_REPLACED = DCTERMS + "isReplacedBy"
_SOURCE = DCTERMS + "source"
_TYPE = RDF + "type"


def retracted(site: Site, kept: Triples, file: str, iri: str) -> Iterator[Fault]:
    """
    What was taken back is a claim that isn't live, with when, by whom and why, in the file of its source; or a
    proposition that it stated.
    """
    types = iris(kept, iri, _TYPE)
    if _CLAIM in types:
        if missing := [local_name(property_) for property_ in RECORD if not objects(kept, iri, property_)]:
            what = f"It was retracted without {', '.join(missing)}."
            yield Fault(file, iri, "retracted", what, "Say when, by whom and why; `alskg change retract` does.")
        if is_described(site.whole, iri):
            what = "It is retracted and live."
            yield Fault(file, iri, "retracted", what, "Keep one: revert the retraction, or rename the live claim.")
        places = [local_name(source) for source in iris(kept, iri, _SOURCE)] or [WITHOUT_SOURCE]
        if PurePath(file).stem not in places:
            what = f"What its source said and was taken back belongs in data/retracted/{places[0]}.ttl."
            yield Fault(file, iri, "retracted", what, "Move it there.")
    elif _PROPOSITION not in types:
        what = "It is no claim and no proposition, and only they are retracted."
        yield Fault(file, iri, "retracted", what, "Remove it from here.")
    if not _is_a_name(site, iri):
        yield Fault(file, iri, "retracted", "Nothing can be called so.", "Rename it.")
    yield from _written(site, kept, file, iri)


def replaced(
    site: Site, kept: Triples, file: str, triple: ox.Triple, retired: Callable[[str], bool] = lambda iri: False
) -> Iterator[Fault]:
    """
    What was renamed or merged isn't live, and leads in the end to one thing that is, or that was retracted since.

    `retired` tells whether something was retracted.
    """
    old, new = plain(triple.subject), plain(triple.object)
    if triple.predicate.value != _REPLACED:
        what = f"{local_name(plain(triple.predicate))} is nothing to say of what was replaced."
        yield Fault(file, old, "replaced", what, "Only dcterms:isReplacedBy stands here.")
        return
    if is_described(site.whole, old):
        yield Fault(file, old, "replaced", "It is replaced and live.", "Keep one of the two.")
    if not _is_a_name(site, old):
        yield Fault(file, old, "replaced", "Nothing was ever called so: no address could lead on.", "Remove it.")
    if len(objects(kept, old, _REPLACED)) > 1:
        yield Fault(file, old, "replaced", "It is replaced by more than one.", "Keep one of them.")
    elif not is_described(site.whole, end := successor(kept, old) or old) and not retired(end):
        yield Fault(file, old, "replaced", f"It is replaced by {new}, which leads to nothing.", "Mend the slip.")


def successor(replacements: Triples, iri: str) -> str | None:
    """The present name of what was renamed or merged, perhaps more than once; None where it wasn't, or in a circle."""
    seen = [iri]
    while following := iris(replacements, seen[-1], _REPLACED):
        if following[0] in seen:
            return None
        seen.append(following[0])
    return seen[-1] if len(seen) > 1 else None


def _is_a_name(site: Site, iri: str) -> bool:
    """Whether an IRI is one that a member of some class may have."""
    spaces = (class_.namespace for class_ in site.schema.classes.values())
    return any(space and iri.startswith(space) and is_name(iri.removeprefix(space)) for space in spaces)


def _written(site: Site, kept: Triples, file: str, iri: str) -> Iterator[Fault]:
    """What is wrong with how it is written; it may be live again, and is shown as it stands."""
    for triple in kept.match(iri):
        for rule in (blank_nodes, ill_typed, links, wording):
            yield from rule(site, file, triple)
