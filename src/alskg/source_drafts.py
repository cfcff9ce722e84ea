"""Sources as a curator names or describes them: by name, by PMID or DOI, or as a new one."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import unquote

import pyoxigraph as ox

from alskg.curies import curie_of, iri_of
from alskg.drafts import Document, Draft, minted, quads_of_terms, refuse_unknown
from alskg.errors import BadParameter
from alskg.identity import numbers_of
from alskg.knowledge_graph import KnowledgeGraph
from alskg.meant import path_of, with_identifier
from alskg.names import ALS, DCTERMS, NAME, RDF, RDFS, SKOS, local_name, slug
from alskg.overlay import stored
from alskg.retraction import live_quads
from alskg.schema import Class, Field
from alskg.store.terms import iri as checked_iri
from alskg.triples import Term, iris, objects, plain
from alskg.values import named, names_in, shown, terms_of

IDENTIFIERS = {"doi": "10.1000/182", "pmc": "1234567", "pmid": "12345678"}
"""The identifiers by which a source may be given, with an example of each."""
NAME_CHARACTERS_MAX = 60
_MARKED = re.compile(r"(?P<kind>pmid|pubmed|doi|pmcid|pmc)\s*:\s*\S.*|(?P<spaced>pmid|pubmed|doi)\s+\S+", re.IGNORECASE)
"""What says itself which identifier it is."""
_MARKS = {"pubmed": "pmid", "pmcid": "pmc"}
"""Other names of the identifiers."""
_ADDRESS_OF_DOI = re.compile(r"(?:doi[:\s]\s*)?https?://(?:(?:dx|www)\.)?doi\.org/([^?#]+)[^ ]*", re.IGNORECASE)
_CODED_DOI = re.compile(r"10\.\d{4,9}%2f\S+", re.IGNORECASE)
"""One whose stroke is written as in an address, so that all of it is."""
_FORMS = {
    "doi": (r"(?:doi[:\s]\s*)?(10\.\d{4,9}/\S+)",),
    "pmc": (
        r"(?:pmc(?:id)?[:\s]\s*)?(?:pmc)?(\d+)",
        r"https?://(?:pmc|www)\.ncbi\.nlm\.nih\.gov/(?:pmc/)?articles/pmc(\d+)/?",
    ),
    "pmid": (
        r"(?:(?:pmid|pubmed)[:\s]?\s*)?([1-9]\d{0,7})",
        r"https?://(?:pubmed\.ncbi\.nlm\.nih\.gov|www\.ncbi\.nlm\.nih\.gov/pubmed)/([1-9]\d{0,7})/?",
    ),
}
"""How each is written: bare, after its name, or as the address of what it leads to."""
_MATCH = SKOS + "exactMatch"
_TITLES = (DCTERMS + "title", RDFS + "label")

Sources = Mapping[str, str]
"""Sources that the same change describes: IRIs by the names and identifiers that they are given there."""


@dataclass(frozen=True)
class SourceDraft(Draft):
    """A source, with nothing to add where it is there already."""

    called: Sources = field(default_factory=dict)
    """The names of one that is new."""
    dropped: tuple[ox.Triple, ...] = ()
    """What is said of one that is there already, and isn't said of it there."""


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
        return _new_source(kg, class_, value, known)
    if value is None:
        raise BadParameter("source: it is missing; nothing stands here without one.", parameter="source")
    wish = str(value.get("id") if isinstance(value, dict) else value).strip()
    kind = _kind_of(wish)
    curie = _curie(kind, wish) if kind else wish
    if curie in known:
        return SourceDraft(known[curie], ())
    if kind is None:
        return SourceDraft(_named(kg, class_, value), ())
    if found := _sources_with(kg, class_, curie):
        return SourceDraft(found[0], ())
    raise BadParameter(
        f"source: no source here bears {curie}. {_how_to_describe(kg, kind, curie.partition(':')[2])}",
        parameter="source",
    )


def _named(kg: KnowledgeGraph, class_: Class, value: object) -> str:
    try:
        return named(kg, value, [class_.iri], "source").value
    except BadParameter as error:
        what = str(error).partition(" Add ")[0]
        wish = str(value).strip()
        if wish.isdecimal():
            what += f" A number alone may be of several kinds: write PMID:{wish}, or PMC{wish}."
        raise BadParameter(f"{what} {_how_to_describe(kg, 'name', 'a-name')}", **error.extra) from error


def _how_to_describe(kg: KnowledgeGraph, key: str, value: str) -> str:
    kinds = names_in(kg, [str(kg.schema.classes[ALS + "Source"].fields["sourceKind"].class_)])
    return (
        f'If it is new, describe it: "source": {{"{key}": "{value}", "title": "...", "kind": "...", "date": "..."}}; '
        f"`kind` is {' or '.join(kinds)}. In a table: source.{key}, source.title, source.kind, source.date."
    )


def _kind_of(wish: str) -> str | None:
    """Which identifier a text is by its form; None where it is a name, or another IRI."""
    if marked := _MARKED.fullmatch(wish):
        mark = str(marked["kind"] or marked["spaced"]).lower()
        return _MARKS.get(mark, mark)
    # A number alone may be any; what is bare of a mark counts only where it can be nothing else.
    own = (kind for kind in _FORMS if not wish.isdigit() and not _is_name(wish) and _number(kind, wish))
    return next(own, None)


def _is_name(wish: str) -> bool:
    return re.fullmatch(r"(?:pmc|pmid)\d+", wish) is None and NAME.fullmatch(wish) is not None


def _number(kind: str, text: str) -> str | None:
    text = _plain_doi(text.strip()) if kind == "doi" else text.strip()
    found = (re.fullmatch(form, text.lower()) for form in _FORMS[kind])
    return next((match[1] for match in found if match), None)


def _plain_doi(text: str) -> str:
    """A DOI as it is, where it is written as a part of an address; what follows it there is none of it."""
    if address := _ADDRESS_OF_DOI.fullmatch(text):
        return unquote(address[1]).rstrip(".")
    bare = re.sub(r"^doi[:\s]\s*", "", text, flags=re.IGNORECASE)
    return unquote(bare) if _CODED_DOI.fullmatch(bare) else text


def _curie(kind: str, value: object) -> str:
    """
    `PMID:12345678`; `DOI:10.1000/182`, in lower case, since the case of a DOI makes no difference.

    Raises:
        BadParameter: it isn't of the form of such identifiers.
    """
    number = _number(kind, str(value))
    if number is None:
        raise BadParameter(
            f"source: {shown(value)} is no {kind.upper()}; write {IDENTIFIERS[kind]}.", parameter="source"
        )
    return f"{kind.upper()}:{number}"


def _sources_with(kg: KnowledgeGraph, class_: Class, curie: str) -> list[str]:
    return [iri for iri in with_identifier(kg, curie) if class_.iri in iris(kg.present, iri, RDF + "type")]


def _known_source(kg: KnowledgeGraph, class_: Class, iri: str, curie: str, given: Document) -> SourceDraft:
    """
    The source that bears an identifier already. It stays as it is; what was said of it besides is told.

    Raises:
        BadParameter: it is plainly another one, by its title.
    """
    titles = [plain(term) for path in _TITLES for term in objects(kg.present, iri, path)]
    title = given.get("title") or given.get("label")
    if isinstance(title, str) and titles and not any(_are_alike(title, other) for other in titles):
        raise BadParameter(
            f"source: {curie} is {path_of(kg, iri)} here, “{titles[0]}”, and not {shown(title)}. Mend the "
            "identifier, or give it alone.",
            parameter="source",
        )
    terms = {f.path: terms_of(kg, f, given[name]) for name, f in _described(class_).items() if name in given}
    there = {path: objects(kg.present, iri, path) for path in terms}
    there[RDFS + "label"] = there[DCTERMS + "title"] = [
        term for path in _TITLES for term in objects(kg.present, iri, path)
    ]
    lost = (quad.triple for quad in stored(quads_of_terms(iri, terms)))
    new = (
        triple
        for triple in lost
        if not any(plain(term) == plain(triple.object) for term in there[triple.predicate.value])
    )
    return SourceDraft(iri, (), dropped=tuple(new))


def _described(class_: Class) -> Mapping[str, Field]:
    return {**class_.fields, "kind": replace(class_.fields["sourceKind"], name="kind")}


def _are_alike(one: str, other: str) -> bool:
    """Whether two titles may be those of one work: one may be cut short, or be written a little differently."""
    words = [set(re.findall(r"\w+", title.lower())) for title in (one, other)]
    return len(words[0] & words[1]) * 2 >= min(map(len, words))


def _refuse_of_two(kg: KnowledgeGraph, class_: Class, curies: Sequence[str], known: Sources) -> None:
    found = {curie: [known[curie]] if curie in known else _sources_with(kg, class_, curie) for curie in curies}
    bearing = {curie: iris_[0] for curie, iris_ in found.items() if iris_}
    if len(set(bearing.values())) > 1:
        said = " and ".join(f"{curie} is {path_of(kg, iri)}" for curie, iri in bearing.items())
        raise BadParameter(
            f"source: {said} here, and one claim has one source. Mend the identifiers.", parameter="source"
        )


def _refuse_another(kg: KnowledgeGraph, iri: str, curies: Sequence[str]) -> list[ox.Triple]:
    """
    What is new of these identifiers of a source that is there.

    Raises:
        BadParameter: it bears another one of the same kind.
    """
    new = []
    for curie in curies:
        wanted = iri_of(kg.schema.prefixes, curie)
        others = numbers_of(kg.present, kg.schema, iri, curie.partition(":")[0])
        if others and wanted not in others:
            raise BadParameter(
                f"source: {path_of(kg, iri)} is {curie_of(kg.schema.prefixes, others[0])} here, and not {curie}. Mend "
                "the identifiers; or give one alone.",
                parameter="source",
            )
        if not others:
            new.append(ox.Triple(ox.NamedNode(iri), ox.NamedNode(_MATCH), checked_iri(wanted)))
    return new


def _new_source(kg: KnowledgeGraph, class_: Class, document: Document, known: Sources) -> SourceDraft:
    """The source with the identifier where there is one, or else a new one."""
    refuse_unknown(document, {*IDENTIFIERS, "name", "kind", *class_.fields}, "a source")
    given = {key: value for key, value in document.items() if value not in (None, "", [])}
    curies = [_curie(kind, given[kind]) for kind in sorted(IDENTIFIERS) if kind in given]
    _refuse_of_two(kg, class_, curies, known)
    for curie in curies:
        if found := _sources_with(kg, class_, curie):
            more = _refuse_another(kg, found[0], curies)
            draft = _known_source(kg, class_, found[0], curie, given)
            return replace(draft, dropped=(*draft.dropped, *more))
    label = given.get("label") or given.get("title")
    if label is None:
        raise BadParameter("source: a new source needs at least its title.", parameter="source")
    fields = _described(class_)
    given = {**given, "label": label}
    terms: dict[str, Sequence[Term]] = {
        f.path: terms_of(kg, f, given[name]) for name, f in fields.items() if name in given
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
