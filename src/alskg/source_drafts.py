"""Sources as a curator names or describes them: by name, by PMID or DOI, or as a new one."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pyoxigraph as ox

from alskg.curies import iri_of
from alskg.drafts import Document, Draft, minted, quads_of_terms, refuse_unknown
from alskg.errors import BadParameter
from alskg.knowledge_graph import KnowledgeGraph
from alskg.members import path_of, with_identifier
from alskg.names import ALS, RDF, SKOS, local_name, slug
from alskg.retraction import live_quads
from alskg.schema import Class
from alskg.store.terms import iri as checked_iri
from alskg.triples import Term, iris
from alskg.values import named, shown, terms_of

IDENTIFIERS = {"doi": r"10\.\S+", "pmc": r"\d+", "pmid": r"\d+"}
"""The identifiers by which a source may be given, with their form."""
NAME_CHARACTERS_MAX = 60
_IDENTIFIER = re.compile(r"(?P<kind>pmid|doi|pmc):\s*(?P<value>\S+)", re.IGNORECASE)
_MATCH = SKOS + "exactMatch"

Sources = Mapping[str, str]
"""Sources that the same change describes: IRIs by the names and identifiers that they are given there."""


@dataclass(frozen=True)
class SourceDraft(Draft):
    """A source, with nothing to add where it is there already."""

    called: Sources = field(default_factory=dict)
    """The names of one that is new."""


def keys(kg: KnowledgeGraph) -> list[str]:
    """The keys that a new source may have."""
    return [*IDENTIFIERS, "name", "kind", *kg.schema.classes[ALS + "Source"].fields]


def source_draft(kg: KnowledgeGraph, value: object, known: Sources) -> SourceDraft:
    """
    The source that a claim names: by any of its names, by its PMID, DOI or PMC number, or as one of `known`; or a new
    one, as an object with at least a title and a kind. One that bears an identifier of the object is no new one.

    For example::

        {"pmid": "12345678", "title": "Baclofen in ALS", "kind": "article", "date": "2014-04"}

    Raises:
        BadParameter: there is no such source, or it isn't described as one.
    """
    class_ = kg.schema.classes[ALS + "Source"]
    if isinstance(value, dict) and "id" not in value:
        return _new_source(kg, class_, value)
    if value is None:
        raise BadParameter("source: it is missing; nothing stands here without one.", parameter="source")
    wish = str(value.get("id") if isinstance(value, dict) else value).strip()
    identifier = _IDENTIFIER.fullmatch(wish)
    curie = _curie(identifier["kind"], identifier["value"]) if identifier else wish
    if curie in known:
        return SourceDraft(known[curie], ())
    if identifier is None:
        return SourceDraft(named(kg, value, [class_.iri], "source").value, ())
    if found := _sources_with(kg, class_, curie):
        return SourceDraft(found[0], ())
    kind, number = identifier["kind"].lower(), curie.partition(":")[2]
    raise BadParameter(
        f'source: no source here bears {curie}. Describe it: "source": {{"{kind}": "{number}", "title": "...", '
        '"kind": "...", "date": "..."}.',
        parameter="source",
    )


def _curie(kind: str, value: object) -> str:
    """
    `PMID:12345678`; `DOI:10.1000/182`, in lower case, since the case of a DOI makes no difference.

    Raises:
        BadParameter: it isn't of the form of such identifiers.
    """
    number = str(value).strip().lower().removeprefix("https://doi.org/").removeprefix("pmc")
    if not re.fullmatch(IDENTIFIERS[kind.lower()], number):
        example = {"doi": "10.1000/182"}.get(kind.lower(), "12345678")
        raise BadParameter(f"source: {shown(value)} is no {kind.upper()}; write {example}.", parameter="source")
    return f"{kind.upper()}:{number}"


def _sources_with(kg: KnowledgeGraph, class_: Class, curie: str) -> list[str]:
    return [iri for iri in with_identifier(kg, curie) if class_.iri in iris(kg.present, iri, RDF + "type")]


def _new_source(kg: KnowledgeGraph, class_: Class, document: Document) -> SourceDraft:
    """The source with the identifier where there is one, or else a new one."""
    refuse_unknown(document, {*IDENTIFIERS, "name", "kind", *class_.fields}, "a source")
    given = {key: value for key, value in document.items() if value not in (None, "", [])}
    curies = [_curie(kind, given[kind]) for kind in sorted(IDENTIFIERS) if kind in given]
    for curie in curies:
        if found := _sources_with(kg, class_, curie):
            return SourceDraft(found[0], ())
    label = given.get("label") or given.get("title")
    if label is None:
        raise BadParameter("source: a new source needs at least its title.", parameter="source")
    given = {("sourceKind" if key == "kind" else key): value for key, value in given.items()} | {"label": label}
    terms: dict[str, Sequence[Term]] = {
        f.path: terms_of(kg, f, given[name]) for name, f in class_.fields.items() if name in given
    }
    matches = [checked_iri(iri_of(kg.schema.prefixes, curie)) for curie in curies]
    terms |= {RDF + "type": [ox.NamedNode(class_.iri)], _MATCH: [*terms.get(_MATCH, ()), *matches]}
    usual = slug(curies[0] if curies else str(label))[:NAME_CHARACTERS_MAX].strip("-")
    iri = minted(class_, given.get("name", usual))
    if live_quads(kg.present, iri):
        raise BadParameter(
            f"source: {path_of(kg, iri)} is there already; give its name alone, or give this one another name.",
            parameter="source",
        )
    called = dict.fromkeys((*curies, local_name(iri), iri, f"{class_.prefix}:{local_name(iri)}"), iri)
    return SourceDraft(iri, tuple(quads_of_terms(iri, terms)), called=called)
