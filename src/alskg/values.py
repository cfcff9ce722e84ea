"""Values: what a curator writes in JSON, as the terms that are meant; things by any of their names."""

import re
from collections.abc import Collection, Iterable, Iterator
from decimal import Decimal

import pyoxigraph as ox

from alskg.curies import curie_of
from alskg.errors import BadParameter
from alskg.knowledge_graph import KnowledgeGraph
from alskg.members import candidates, hint, member_known_as, with_identifier
from alskg.names import BASE, RDF, XSD, local_name, slug
from alskg.schema import Field, Predicate
from alskg.triples import Term, iris

_DATES = {
    "date": re.compile(r"\d{4}-\d{2}-\d{2}"),
    "gYearMonth": re.compile(r"\d{4}-\d{2}"),
    "gYear": re.compile(r"\d{4}"),
}


def predicate_called(kg: KnowledgeGraph, value: object) -> Predicate:
    """
    The statement property that a caller names: its local name, label, CURIE or IRI.

    Raises:
        BadParameter: there is no such property.
    """
    wish = str(value["id"] if isinstance(value, dict) and "id" in value else value)
    for predicate in kg.schema.predicates.values():
        if wish in (predicate.name, predicate.label, predicate.iri, curie_of(kg.schema.prefixes, predicate.iri)):
            return predicate
    known = sorted(predicate.name for predicate in kg.schema.predicates.values())
    raise BadParameter(
        f"predicate: {wish!r} is no property that claims can state.{hint(wish, known)} /ontology lists them.",
        parameter="predicate",
        available=known,
    )


def terms_of(kg: KnowledgeGraph, field: Field, value: object) -> list[Term]:
    """
    The terms that a JSON value stands for as the value of a field: one, or a list of them.

    Raises:
        BadParameter: it can't be understood as a value of the field.
    """
    values = value if isinstance(value, list) else [value]
    return [_term(kg, field, one) for one in values if one is not None]


def _term(kg: KnowledgeGraph, field: Field, value: object) -> Term:
    if field.is_link:
        return named(kg, value, [field.class_] if field.class_ else [], field.name)
    if field.datatype is None:
        return open_literal(value)
    if field.datatype == RDF + "langString":
        return _in_english(value, field.name)
    return _literal(value, field.datatype, field.name)


def _in_english(value: object, name: str) -> ox.Literal:
    if isinstance(value, dict) and "@value" in value:
        return ox.Literal(str(value["@value"]), language=str(value.get("@language", "en")))
    if not isinstance(value, str) or not value.strip():
        raise BadParameter(f"{name}: write a text in English, not {value!r}.", parameter=name)
    return ox.Literal(value, language="en")


def _literal(value: object, datatype: str, name: str) -> ox.Literal:
    raw = value["@value"] if isinstance(value, dict) and "@value" in value else value
    if isinstance(raw, dict | list) or raw is None:
        raise BadParameter(f"{name}: write a plain value, not {value!r}.", parameter=name)
    return ox.Literal(_lexical(raw), datatype=ox.NamedNode(datatype))


def open_literal(value: object) -> ox.Literal:
    """The literal that a JSON value stands for where nothing says of what datatype it is to be."""
    if isinstance(value, dict) and "@value" in value:
        if "@language" in value:
            return ox.Literal(str(value["@value"]), language=str(value["@language"]))
        return ox.Literal(_lexical(value["@value"]), datatype=ox.NamedNode(str(value.get("@type", XSD + "string"))))
    if isinstance(value, bool):
        return ox.Literal(value)
    if isinstance(value, int | float):
        return ox.Literal(_lexical(value), datatype=ox.NamedNode(XSD + "decimal"))
    if not isinstance(value, str) or not value.strip():
        raise BadParameter(f"{value!r} is no value; write a text, a number, a date, or true or false.")
    kind = next((kind for kind, form in _DATES.items() if form.fullmatch(value)), None)
    return ox.Literal(value, datatype=ox.NamedNode(XSD + kind)) if kind else ox.Literal(value, language="en")


def _lexical(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    # A float's shortest form may be in exponents, which xsd:decimal doesn't know.
    return format(Decimal(str(value)), "f") if isinstance(value, int | float) else str(value)


def named(kg: KnowledgeGraph, value: object, classes: Collection[str], key: str) -> ox.NamedNode:
    """
    The thing, concept or term that a caller means: by IRI, CURIE (its own or one that a mapping gives it), name or
    label, of one of the classes (of any, where there are none).

    Raises:
        BadParameter: there is none, or several bear the name.
    """
    wish = value.get("id") if isinstance(value, dict) else value
    if not isinstance(wish, str) or not wish.strip():
        raise BadParameter(f"{key}: name a thing by its IRI, CURIE or name, not {value!r}.", parameter=key)
    found = list(dict.fromkeys(_meant(kg, wish.strip(), classes)))
    if len(found) == 1:
        return found[0]
    if found:
        choices = [curie_of(kg.schema.prefixes, node.value) or node.value for node in found]
        raise BadParameter(f"{key}: {wish!r} may be {' or '.join(choices)}; say which.", parameter=key)
    names = _names_in(kg, classes)
    kinds = f" of {' or '.join(local_name(iri) for iri in classes)}" if classes else ""
    raise BadParameter(
        f"{key}: there is no {wish!r}{kinds} here.{hint(wish, names)} Add it first, or in the same change.",
        parameter=key,
    )


def _meant(kg: KnowledgeGraph, wish: str, classes: Collection[str]) -> Iterator[ox.NamedNode]:
    absolute = ":" in wish and " " not in wish
    try:
        named_ = candidates(kg, slug(wish) if " " in wish else wish)
        by_mapping = [ox.NamedNode(iri) for iri in with_identifier(kg, wish)] if absolute else []
    except BadParameter:
        named_, by_mapping = [], []
    for node in (*named_, *by_mapping):
        if _is_of(kg, node, classes):
            yield node
    if not absolute:
        for class_ in (kg.schema.classes[iri] for iri in classes if iri in kg.schema.classes):
            if known := member_known_as(kg, class_, wish):
                yield ox.NamedNode(known)


def _is_of(kg: KnowledgeGraph, node: ox.NamedNode, classes: Collection[str]) -> bool:
    if not classes:
        return ":" in node.value and (
            not node.value.startswith(BASE) or next(kg.store.match(node.value), None) is not None
        )
    return not set(classes).isdisjoint(iris(kg.store, node.value, RDF + "type"))


def _names_in(kg: KnowledgeGraph, classes: Iterable[str]) -> list[str]:
    found = (triple.subject for class_ in classes for triple in kg.store.match(None, RDF + "type", class_))
    return sorted({local_name(node.value) for node in found if isinstance(node, ox.NamedNode)})
