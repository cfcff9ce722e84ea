"""Drafts: what a curator writes as plain JSON, as the quads that it stands for."""

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyoxigraph as ox

from alskg.changeset import NOWHERE
from alskg.curies import iri_of
from alskg.errors import BadParameter
from alskg.knowledge_graph import KnowledgeGraph
from alskg.members import hint, with_identifier
from alskg.names import ALS, DCTERMS, NAME, RDF, RDFS, SKOS, local_name, proposition_iri, slug
from alskg.schema import Class, Predicate
from alskg.triples import Term, iris, plain, text
from alskg.values import named, open_literal, predicate_called, terms_of

READ_ONLY = frozenset("@context id curie type url statements statedAbout stated meta".split())
"""Keys that say something of the answer, or are derived: passed over, so that what was read can be sent back."""

STATEMENT_KEYS = ("proposition", "subject", "predicate", "object")
_LITERAL = RDFS + "Literal"
_IDENTIFIER = re.compile(r"(?P<prefix>pmid|doi|pmc):\s*(?P<value>\S+)", re.IGNORECASE)

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Draft:
    """Quads that a document stands for, and the thing that it is about."""

    iri: str
    added: tuple[ox.Quad, ...]
    removed: tuple[ox.Quad, ...] = ()

    @property
    def nodes(self) -> frozenset[str]:
        """The nodes that it says something of."""
        return frozenset(plain(quad.subject) for quad in (*self.added, *self.removed))


def claim_draft(kg: KnowledgeGraph, document: Document) -> Draft:
    """
    A claim, with its proposition and its source where they are new.

    `subject`, `predicate`, `object` and the scope properties make the proposition, or `proposition` names one; `source`
    names a source, gives its PMID or DOI, or describes a new one; every other key is a field of a claim. The claim's
    name follows from its content, so that the same claim posted twice is one; `name` chooses another.

    For example::

        {"subject": "drug:baclofen", "predicate": "relieves", "object": "muscle spasticity", "certainty": "asserted",
         "source": "PMID:12345678", "locator": "abstract"}

    Raises:
        BadParameter: a key is unknown or missing, or a value can't be understood; near ones are suggested.
    """
    class_ = _class(kg, "Claim")
    scopes = {local_name(iri): iri for iri in kg.schema.scope_properties}
    own = {"name", "label", "source", *STATEMENT_KEYS}
    _refuse_unknown(document, {*own, *scopes, *class_.fields, *READ_ONLY}, "a claim")
    proposition, made = _proposition(kg, document, scopes)
    source, described = _source(kg, document.get("source"))
    values = {k: v for k, v in document.items() if k in class_.fields and k not in own and k not in STATEMENT_KEYS}
    values = {"polarity": "affirms", **{name: value for name, value in values.items() if name not in scopes}}
    terms = {
        class_.fields[name].path: terms_of(kg, class_.fields[name], value)
        for name, value in values.items()
        if value is not None
    }
    terms |= {ALS + "states": [proposition], DCTERMS + "source": [source], RDF + "type": [ox.NamedNode(class_.iri)]}
    name = str(document.get("name") or _claim_name(source, terms))
    said = text_of_proposition(kg, made) or text(kg.store, proposition.value, RDFS + "label") or proposition.value
    terms[RDFS + "label"] = [ox.Literal(str(document.get("label") or f"{name}: {said}"), language="en")]
    iri = _minted(class_, name)
    return Draft(iri, (*_quads(iri, terms), *made, *described))


def _claim_name(source: ox.NamedNode, terms: Mapping[str, Sequence[Term]]) -> str:
    content = sorted(f"{property_} {value}" for property_, values in terms.items() for value in values)
    return f"{local_name(source.value)}-{hashlib.sha256(chr(10).join(content).encode()).hexdigest()[:8]}"


def _proposition(
    kg: KnowledgeGraph, document: Document, scopes: Mapping[str, str]
) -> tuple[ox.NamedNode, tuple[ox.Quad, ...]]:
    """The proposition that a claim states, and the quads that make it where it is new."""
    if document.get("proposition"):
        if any(key in document for key in ("subject", "predicate", "object", *scopes)):
            raise BadParameter("proposition: give the proposition, or its subject, predicate and object, not both.")
        return named(kg, document["proposition"], [ALS + "Proposition"], "proposition"), ()
    for key in ("subject", "predicate", "object"):
        if document.get(key) in (None, ""):
            raise BadParameter(f"{key}: it is missing; a claim states subject, predicate and object.", parameter=key)
    predicate = predicate_called(kg, document["predicate"])
    subject = named(kg, document["subject"], predicate.domains, "subject")
    object_ = _object(kg, predicate, document["object"])
    class_ = _class(kg, "Proposition")
    terms: dict[str, Sequence[Term]] = {
        RDF + "subject": [subject],
        RDF + "predicate": [ox.NamedNode(predicate.iri)],
        RDF + "object": [object_],
        **{
            iri: terms_of(kg, class_.fields[name], document[name]) for name, iri in scopes.items() if document.get(name)
        },
    }
    iri = proposition_iri((property_, str(value)) for property_, values in terms.items() for value in values)
    if next(kg.store.match(iri), None) is not None:
        return ox.NamedNode(iri), ()
    terms[RDF + "type"] = [ox.NamedNode(class_.iri)]
    terms[RDFS + "label"] = [ox.Literal(_sentence(kg, subject, predicate, object_, terms, scopes), language="en")]
    return ox.NamedNode(iri), tuple(_quads(iri, terms))


def _sentence(
    kg: KnowledgeGraph,
    subject: ox.NamedNode,
    predicate: Predicate,
    object_: Term,
    terms: Mapping[str, Sequence[Term]],
    scopes: Mapping[str, str],
) -> str:
    within = ", ".join(_label(kg, value) for iri in scopes.values() for value in terms.get(iri, ()))
    return f"{_label(kg, subject)} {predicate.label} {_label(kg, object_)}" + (f" ({within})" if within else "")


def _label(kg: KnowledgeGraph, term: Term) -> str:
    return (text(kg.store, term.value, RDFS + "label") if isinstance(term, ox.NamedNode) else None) or plain(term)


def text_of_proposition(kg: KnowledgeGraph, quads: Iterable[ox.Quad]) -> str | None:
    """The label of a proposition among new quads; None where there is none."""
    return next((plain(quad.object) for quad in quads if quad.predicate.value == RDFS + "label"), None)


def _object(kg: KnowledgeGraph, predicate: Predicate, value: object) -> Term:
    classes = [range_ for range_ in predicate.ranges if range_ != _LITERAL]
    if _LITERAL not in predicate.ranges:
        return named(kg, value, classes, "object")
    try:
        return named(kg, value, classes, "object") if classes else open_literal(value)
    except BadParameter:
        return open_literal(value)


def _source(kg: KnowledgeGraph, value: object) -> tuple[ox.NamedNode, tuple[ox.Quad, ...]]:
    """The source that a claim names, and the quads that describe it where it is new."""
    class_ = _class(kg, "Source")
    if isinstance(value, dict) and "id" not in value:
        return _new_source(kg, class_, value)
    if value in (None, ""):
        raise BadParameter("source: it is missing; nothing stands here without one.", parameter="source")
    identifier = _IDENTIFIER.fullmatch(str(value))
    if identifier is None:
        return named(kg, value, [class_.iri], "source"), ()
    curie = _curie(identifier)
    found = [iri for iri in with_identifier(kg, curie) if class_.iri in iris(kg.store, iri, RDF + "type")]
    if not found:
        raise BadParameter(
            f'source: no source here bears {curie}. Describe it: "source": {{"{identifier["prefix"].lower()}": '
            f'"{identifier["value"]}", "title": "...", "kind": "...", "date": "..."}}.',
            parameter="source",
        )
    return ox.NamedNode(found[0]), ()


def _curie(identifier: re.Match[str]) -> str:
    return f"{identifier['prefix'].upper()}:{identifier['value']}"


def _new_source(kg: KnowledgeGraph, class_: Class, document: Document) -> tuple[ox.NamedNode, tuple[ox.Quad, ...]]:
    known = {"pmid", "doi", "pmc"}
    fields = {"kind": "sourceKind", **{name: name for name in class_.fields}}
    _refuse_unknown(document, {*known, "name", "kind", *class_.fields}, "a source")
    ids = [f"{key.upper()}:{document[key]}" for key in sorted(known) if document.get(key)]
    for curie in ids:
        if found := with_identifier(kg, curie):
            return ox.NamedNode(found[0]), ()
    label = document.get("label") or document.get("title")
    if not label:
        raise BadParameter("source: a new source needs at least its title.", parameter="source")
    values = {fields[key]: value for key, value in document.items() if key in fields and value is not None}
    terms: dict[str, Sequence[Term]] = {
        class_.fields[name].path: terms_of(kg, class_.fields[name], value) for name, value in values.items()
    }
    terms[RDF + "type"] = [ox.NamedNode(class_.iri)]
    terms[RDFS + "label"] = [ox.Literal(str(label), language="en")]
    if ids:
        matches = [ox.NamedNode(iri_of(kg.schema.prefixes, curie)) for curie in ids]
        terms[SKOS + "exactMatch"] = [*terms.get(SKOS + "exactMatch", ()), *matches]
    iri = _minted(class_, str(document.get("name") or slug(ids[0] if ids else str(label))[:60].strip("-")))
    return ox.NamedNode(iri), tuple(_quads(iri, terms))


def thing_draft(kg: KnowledgeGraph, class_: Class, name: str, document: Document, *, is_whole: bool) -> Draft:
    """
    A thing as a document says: with `is_whole` it has just these fields, else only the ones that are named change, and
    null removes (JSON Merge Patch, RFC 7396).

    Raises:
        BadParameter: a key is no field of the class, or a value can't be understood.
    """
    _refuse_unknown(document, {*class_.fields, *READ_ONLY}, f"a {class_.label}")
    iri = _minted(class_, name)
    there: dict[str, list[ox.Quad]] = {}
    for quad in (ox.Quad(*triple) for triple in kg.store.match(iri)):
        there.setdefault(quad.predicate.value, []).append(quad)
    given = {key: value for key, value in document.items() if key in class_.fields}
    changed = class_.fields if is_whole else given
    added: list[ox.Quad] = []
    removed: list[ox.Quad] = []
    for key in changed:
        field = class_.fields[key]
        value = given.get(key)
        terms = [] if value is None else terms_of(kg, field, value)
        added += _quads(iri, {field.path: terms})
        removed += there.get(field.path, [])
    if RDF + "type" not in there:
        added += _quads(iri, {RDF + "type": _types(kg, class_, document.get("type"))})
    kept = set(added)
    return Draft(iri, tuple(added), tuple(quad for quad in removed if quad not in kept))


def _types(kg: KnowledgeGraph, class_: Class, given: object) -> list[Term]:
    names = [str(name) for name in (given if isinstance(given, list) else [given or class_.name])]
    known = {c.name: c for c in kg.schema.classes.values()}
    for name in names:
        if name not in known:
            raise BadParameter(f"type: there is no class {name!r}.{hint(name, known)}", parameter="type")
    owners = [known[name].iri for name in names]
    # A role has no IRIs of its own, so that whoever bears it is of the class above as well.
    above = [a for iri in owners for a in kg.schema.classes[iri].ancestors if kg.schema.classes[iri].is_role]
    nearest = [a for a in above if a in kg.schema.classes and kg.schema.classes[a].namespace]
    return [ox.NamedNode(iri) for iri in dict.fromkeys((*owners, *nearest))]


def _class(kg: KnowledgeGraph, name: str) -> Class:
    return kg.schema.classes[ALS + name]


def _minted(class_: Class, name: str) -> str:
    if not NAME.fullmatch(name):
        raise BadParameter(
            f"name: {name!r} won't do; write lower-case words and digits with hyphens.", parameter="name"
        )
    return f"{class_.namespace}{name}"


def _refuse_unknown(document: Document, known: Collection[str], what: str) -> None:
    if not isinstance(document, dict):
        raise BadParameter(f"Write {what} as a JSON object.")
    for key in document:
        if key not in known:
            names = sorted(known - READ_ONLY if isinstance(known, set) else known)
            raise BadParameter(
                f"{key}: {what} has no such key.{hint(key, names)} There are {', '.join(names)}.",
                parameter=key,
                available=names,
            )


def _quads(iri: str, terms: Mapping[str, Iterable[Term]]) -> list[ox.Quad]:
    me = ox.NamedNode(iri)
    return [
        ox.Quad(me, ox.NamedNode(property_), value, NOWHERE) for property_, values in terms.items() for value in values
    ]
