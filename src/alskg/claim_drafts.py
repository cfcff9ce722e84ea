"""Claims as a curator writes them: the claim with its proposition, and its source where that is new."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pyoxigraph as ox

from alskg.drafts import (
    READ_ONLY,
    Document,
    Draft,
    Slips,
    minted,
    quads_of_terms,
    refuse_unknown,
    thing_draft,
)
from alskg.errors import BadParameter, TooLarge
from alskg.kept import retraction_of
from alskg.knowledge_graph import KnowledgeGraph
from alskg.meant import path_of
from alskg.names import ALS, DCTERMS, NAME_LENGTH_MAX, RDF, RDFS, SKOS, local_name, proposition_iri
from alskg.overlay import stored
from alskg.retraction import live_quads
from alskg.schema import Class, Predicate, Schema
from alskg.source_drafts import Sources, source_draft
from alskg.triples import Term, bearing, plain, text
from alskg.values import named, open_literal, predicate_called, terms_of

ENDS = ("subject", "predicate", "object")
_LITERAL = RDFS + "Literal"
_STATES = ALS + "states"
_SOURCE = DCTERMS + "source"
_LABEL = RDFS + "label"


@dataclass(frozen=True)
class ClaimDraft(Draft):
    """A claim, with what it states."""

    proposition: str = ""
    is_new_proposition: bool = False
    label: str = ""
    is_there: bool = False
    """Whether the graph has just this claim already; then there is nothing to add, and `iri` is that one."""
    sources: Sources = field(default_factory=dict)
    """The sources that it describes."""
    dropped: tuple[ox.Triple, ...] = ()
    """What it says of a source that is there already, which isn't taken over."""


def keys(kg: KnowledgeGraph) -> list[str]:
    """The keys that a claim may have, beside those that are passed over."""
    fields = [name for name in _class(kg, "Claim").fields if name not in ("states", "label", "source")]
    return [*ENDS, "proposition", *_scopes(kg), "source", "name", "label", *fields]


def claim_draft(kg: KnowledgeGraph, document: Document, sources: Sources | None = None) -> ClaimDraft:
    """
    A claim, with its proposition and its source where they are new.

    `subject`, `predicate`, `object` and the scope properties make the proposition, or `proposition` names one; an
    object that comes with its claim, as a finding, is described in its place where it is new. `source` names a source,
    gives its PMID or DOI, or describes a new one; every other key is a field of a claim. The claim's name follows from
    its content, so that the same claim posted twice is one; `name` chooses another.

    For example::

        {"subject": "drug:baclofen", "predicate": "relieves", "object": "muscle spasticity", "certainty": "asserted",
         "source": "PMID:12345678", "locator": "abstract"}

    Raises:
        BadParameter: a key is unknown or missing, or a value can't be understood; near ones are suggested, and where
            several are wrong, `errors` has each.
    """
    class_ = _class(kg, "Claim")
    refuse_unknown(document, {*keys(kg), "states", *READ_ONLY}, "a claim")
    document = {key: value for key, value in document.items() if value not in (None, "", [])}
    slips = Slips()
    with slips.gathered():
        proposition, made = _proposition(kg, document)
    with slips.gathered():
        source = source_draft(kg, document.get("source"), sources or {})
    with slips.gathered():
        terms = _qualifiers(kg, class_, document)
    slips.refuse()
    terms |= {_STATES: [proposition], _SOURCE: [ox.NamedNode(source.iri)], RDF + "type": [ox.NamedNode(class_.iri)]}
    terms = _as_stored(terms)
    name = document.get("name", _name(source.iri, terms))
    iri = minted(class_, name)
    said = _label_in(made) or text(kg.present, proposition.value, _LABEL) or proposition.value
    mark = next((plain(term) for term in terms.get(SKOS + "notation", ())), name)
    label = terms_of(kg, class_.fields["label"], document.get("label", f"{mark}: {said}"))
    same = _same(kg, terms)
    if same is None:
        _refuse_taken(kg, iri)
    quads = (*quads_of_terms(iri, {**terms, _LABEL: label}), *made, *source.added)
    return ClaimDraft(
        iri=same or iri,
        added=() if same else quads,
        proposition=proposition.value,
        is_new_proposition=bool(made),
        label=(text(kg.present, same, _LABEL) if same else None) or plain(label[0]),
        is_there=same is not None,
        sources=source.called,
        dropped=source.dropped,
    )


def claim_drafts(
    kg: KnowledgeGraph, documents: Iterable[Document | BadParameter], quads_max: int
) -> list[ClaimDraft | BadParameter]:
    """
    Many claims of one change, each as its draft or with what is wrong with it, be it known before.

    What one of them says of a new source, a later one may refer to.

    Raises:
        TooLarge: together they add more quads than the limit; those after that aren't looked at.
    """
    found: list[ClaimDraft | BadParameter] = []
    sources: dict[str, str] = {}
    added: set[ox.Quad] = set()
    for document in documents:
        try:
            draft = document if isinstance(document, BadParameter) else claim_draft(kg, document, sources)
        except BadParameter as error:
            draft = error
        found.append(draft)
        if isinstance(draft, ClaimDraft):
            sources |= draft.sources
            added.update(draft.added)
            _refuse_large(len(found), len(added), quads_max)
    return found


def _refuse_large(number: int, quads: int, quads_max: int) -> None:
    if quads > quads_max:
        raise TooLarge(
            f"With row {number:,} the claims have {quads:,} quads; at most {quads_max:,} are taken at once "
            f"(ALSKG_CHANGE_QUADS_MAX). Send the {number - 1:,} rows before it first, and the rest after them.",
            limit="change_quads_max",
            row=number,
        )


def _qualifiers(kg: KnowledgeGraph, class_: Class, document: Document) -> dict[str, list[Term]]:
    """What stays with the claim."""
    apart = {"states", "label", "source", *ENDS, *_scopes(kg)}
    given = {"polarity": "affirms", **document}
    found, slips = dict[str, list[Term]](), Slips()
    for key, value in given.items():
        if key in class_.fields and key not in apart:
            with slips.gathered():
                found[class_.fields[key].path] = terms_of(kg, class_.fields[key], value)
    slips.refuse()
    return found


def _as_stored(terms: Mapping[str, Sequence[Term]]) -> dict[str, list[Term]]:
    """The terms as the store has them (`1.50` is `1.5`), so that what is the same has the same name."""
    found: dict[str, list[Term]] = {}
    for quad in sorted(stored(quads_of_terms(_STATES, terms)), key=str):
        found.setdefault(quad.predicate.value, []).append(quad.object)
    return found


def _name(source: str, terms: Mapping[str, Sequence[Term]]) -> str:
    content = sorted(f"{property_} {value}" for property_, values in terms.items() for value in values)
    digest = hashlib.sha256(chr(10).join(content).encode()).hexdigest()[:8]
    # The source is part of the content, so that two whose names begin alike make different claims all the same.
    return f"{local_name(source)[: NAME_LENGTH_MAX - len(digest) - 1].rstrip('-')}-{digest}"


def _same(kg: KnowledgeGraph, terms: Mapping[str, Sequence[Term]]) -> str | None:
    """The claim that says just this; what it is called makes no difference."""
    wanted = _content((property_, value) for property_, values in terms.items() for value in values)
    return next((claim for claim in bearing(kg.present, wanted) if _says(kg, claim) == wanted), None)


def _says(kg: KnowledgeGraph, claim: str) -> set[tuple[str, Term]]:
    return _content((quad.predicate.value, quad.object) for quad in live_quads(kg.present, claim))


def _content(said: Iterable[tuple[str, Term]]) -> set[tuple[str, Term]]:
    return {(property_, value) for property_, value in said if property_ not in (_LABEL, SKOS + "notation")}


def _refuse_taken(kg: KnowledgeGraph, iri: str) -> None:
    if live_quads(kg.present, iri):
        raise BadParameter(
            f"name: {path_of(kg, iri)} is there and says something else. PATCH corrects it; or choose another name.",
            parameter="name",
        )
    if retraction := retraction_of(kg.present, iri):
        raise BadParameter(
            f"name: {path_of(kg, iri)} was taken back at {retraction.time} by {retraction.agent}: {retraction.reason} "
            f"To say it again, choose another name, or revert the change that took it back: /changes?node={iri}.",
            parameter="name",
        )


def _proposition(kg: KnowledgeGraph, document: Document) -> tuple[ox.NamedNode, tuple[ox.Quad, ...]]:
    """The proposition that a claim states, and the quads that make it where it is new."""
    given = document.get("proposition", document.get("states"))
    scopes = _scopes(kg)
    if given is not None:
        if any(key in document for key in (*ENDS, *scopes)):
            raise BadParameter(
                "proposition: give the proposition, or its subject, predicate and object, not both.",
                parameter="proposition",
            )
        return named(kg, given, [ALS + "Proposition"], "proposition"), ()
    stated, described = _stated(kg, document)
    terms = _as_stored(stated)
    iri = proposition_iri((property_, str(value)) for property_, values in terms.items() for value in values)
    if live_quads(kg.present, iri):
        return ox.NamedNode(iri), ()
    label = ox.Literal(sentence(kg.schema, terms, lambda term: _label(kg, term, described)), language="en")
    whole: dict[str, Sequence[Term]] = {
        **terms,
        RDF + "type": [ox.NamedNode(_class(kg, "Proposition").iri)],
        _LABEL: [label],
    }
    return ox.NamedNode(iri), (*quads_of_terms(iri, whole), *described)


def _stated(kg: KnowledgeGraph, document: Document) -> tuple[dict[str, Sequence[Term]], tuple[ox.Quad, ...]]:
    """What a new proposition states, its ends and within what it holds; and the quads of an object that is new."""
    slips, terms, described = Slips(), dict[str, Sequence[Term]](), tuple[ox.Quad, ...]()
    for key in ENDS:
        with slips.gathered():
            if key not in document:
                what = f"{key}: it is missing; a claim states subject, predicate and object."
                raise BadParameter(what, parameter=key)
    with slips.gathered():
        # Without a property there is no saying what may stand at its ends.
        if "predicate" in document:
            ends, described = _ends(kg, predicate_called(kg, document["predicate"]), document)
            terms |= ends
    fields = _class(kg, "Proposition").fields
    for key, iri in _scopes(kg).items():
        with slips.gathered():
            if key in document:
                terms[iri] = terms_of(kg, fields[key], document[key])
    slips.refuse()
    return terms, described


def _ends(
    kg: KnowledgeGraph, predicate: Predicate, document: Document
) -> tuple[dict[str, list[Term]], tuple[ox.Quad, ...]]:
    slips, terms = Slips(), {RDF + "predicate": list[Term]([ox.NamedNode(predicate.iri)])}
    described: tuple[ox.Quad, ...] = ()
    with slips.gathered():
        if "subject" in document:
            terms[RDF + "subject"] = [named(kg, document["subject"], predicate.domains, "subject")]
    with slips.gathered():
        if "object" in document:
            class_ = _class_stated(kg, predicate)
            if class_ and _is_description(document["object"]):
                draft = _described(kg, class_, predicate, document["object"], terms.get(RDF + "subject", []))
                terms[RDF + "object"], described = [ox.NamedNode(draft.iri)], draft.added
            else:
                terms[RDF + "object"] = [_object(kg, predicate, document["object"])]
    slips.refuse()
    return terms, described


def _class_stated(kg: KnowledgeGraph, predicate: Predicate) -> Class | None:
    """The class whose members come and go with claims on such propositions, as findings do; None where none is so."""
    return next((class_ for class_ in kg.schema.classes.values() if predicate.iri in class_.stated_by), None)


def _is_description(value: object) -> bool:
    """Whether an object is described, rather than named or written."""
    return isinstance(value, dict) and "id" not in value and "@value" not in value


def _described(
    kg: KnowledgeGraph, class_: Class, predicate: Predicate, document: Document, subject: Sequence[Term]
) -> Draft:
    """
    A new object of a claim, as it is described there; what it has in common with the subject need not be said again.

    Raises:
        BadParameter: it has no name, is there already, or one of its values can't be understood.
    """
    if "name" not in document:
        what = f"object: give the new {class_.label} a `name`, the last part of its IRI."
        raise BadParameter(what, parameter="object")
    iri = minted(class_, document["name"])
    if live_quads(kg.present, iri):
        raise BadParameter(
            f"object: {path_of(kg, iri)} is there already; give its name alone, or give this one another name.",
            parameter="object",
        )
    common = {
        name: [{"id": plain(term)} for term in subject]
        for name, field_ in class_.fields.items()
        if field_.path in predicate.agrees_with
    }
    given = {key: value for key, value in document.items() if key != "name"}
    return thing_draft(kg, class_, str(document["name"]), {**common, **given}, is_whole=True)


def sentence(schema: Schema, content: Mapping[str, Sequence[Term]], label: Callable[[Term], str]) -> str:
    """What a proposition with this content says: `baclofen relieves muscle spasticity (adults)`."""
    stated = plain(content[RDF + "predicate"][0])
    verb = schema.predicates[stated].label if stated in schema.predicates else local_name(stated)
    subject, object_ = (label(content[RDF + end][0]) for end in ("subject", "object"))
    within = ", ".join(label(value) for scope in schema.scope_properties for value in content.get(scope, ()))
    return f"{subject} {verb} {object_}" + (f" ({within})" if within else "")


def _label(kg: KnowledgeGraph, term: Term, described: Iterable[ox.Quad]) -> str:
    """What a term is called here, or where it is described."""
    if not isinstance(term, ox.NamedNode):
        return plain(term)
    own = _label_in(quad for quad in described if quad.subject == term)
    return own or text(kg.present, term.value, _LABEL) or plain(term)


def _label_in(quads: Iterable[ox.Quad]) -> str | None:
    return next((plain(quad.object) for quad in quads if quad.predicate.value == _LABEL), None)


def _object(kg: KnowledgeGraph, predicate: Predicate, value: object) -> Term:
    classes = [range_ for range_ in predicate.ranges if range_ != _LITERAL]
    if _LITERAL not in predicate.ranges:
        return _named(kg, predicate, value, classes)
    try:
        return named(kg, value, classes, "object") if classes else open_literal(value)
    except BadParameter:
        return open_literal(value)


def _named(kg: KnowledgeGraph, predicate: Predicate, value: object, classes: Sequence[str]) -> Term:
    try:
        return named(kg, value, classes, "object")
    except BadParameter as error:
        class_ = _class_stated(kg, predicate)
        if class_ is None:
            raise
        what = str(error).partition(" Add ")[0]
        how = f'Describe a new {class_.label} in its place: "object": {{"name": "...", ...}}, with the keys that '
        raise BadParameter(f"{what} {how}PUT /{class_.collection}/{{name}} takes.", **error.extra) from error


def _scopes(kg: KnowledgeGraph) -> dict[str, str]:
    return {local_name(iri): iri for iri in kg.schema.scope_properties}


def _class(kg: KnowledgeGraph, name: str) -> Class:
    return kg.schema.classes[ALS + name]
