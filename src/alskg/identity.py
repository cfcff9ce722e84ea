"""The house rules on names: what a thing is called here is its own, and what it is called elsewhere has its place."""

from collections.abc import Iterator

import pyoxigraph as ox

from alskg.faults import Fault, Site
from alskg.names import ALS, RDF, SKOS, local_name
from alskg.triples import Term, iris, objects, plain, subjects

MATCHES = tuple(SKOS + name for name in ("exactMatch", "closeMatch", "broadMatch", "narrowMatch", "relatedMatch"))
"""The ways in which a thing may be like one of another vocabulary."""
EXACT = MATCHES[0]
PUBLICATIONS = ("DOI", "PMC", "PMID")
"""The prefixes of the identifiers by which a source is known; they stand with the source."""
REGISTRATIONS = ("NCT",)
"""Those under which what is registered was entered itself; they stand with it, as nobody had to find out."""
_SOURCE = ALS + "Source"
_TYPE = RDF + "type"


def matches(site: Site, iri: str) -> Iterator[Fault]:
    """What else a thing is called stands in a mapping table, which says how that is known; each name of one thing."""
    for property_ in MATCHES:
        for term in objects(site.whole, iri, property_):
            yield from _out_of_place(site, iri, property_, term)
    for term in objects(site.whole, iri, EXACT):
        for other in subjects(site.whole, EXACT, plain(term)):
            if other != iri:
                what = f"{plain(term)} is what {other} is called, too; /resolve could lead to either."
                mend = "Keep it with one of them; say skos:closeMatch of the other, or merge the two."
                yield Fault(site.where(iri), iri, "shared-identifier", what, mend)


def _out_of_place(site: Site, iri: str, property_: str, term: Term) -> Iterator[Fault]:
    triple = ox.Triple(ox.NamedNode(iri), ox.NamedNode(property_), term)
    outside = [file for file in site.files_with(triple) if not file.startswith("ontology/mappings/")]
    if not outside or (property_ == EXACT and _is_registered(site, iri, plain(term))):
        return
    what = f"{local_name(property_)}: {plain(term)} stands outside of the mapping tables."
    mend = (
        "Put it into ontology/mappings/, with how it is known; with a thing stands only its exactMatch with its own "
        f"{', '.join((*PUBLICATIONS, *REGISTRATIONS))} number."
    )
    yield from (Fault(file, iri, "match-outside", what, mend) for file in sorted(outside))


def _is_registered(site: Site, iri: str, identifier: str) -> bool:
    """Whether an identifier is one that a thing of this kind has by itself."""
    is_source = _SOURCE in iris(site.whole, iri, _TYPE)
    known = site.schema.prefixes
    spaces = tuple(known[name] for name in (PUBLICATIONS if is_source else REGISTRATIONS) if name in known)
    return identifier.startswith(spaces)
