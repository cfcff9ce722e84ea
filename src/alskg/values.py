"""Values: what a curator writes in JSON, as the terms that are meant; things by any of their names."""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal

import pyoxigraph as ox

from alskg.curies import curie_of, iri_of
from alskg.errors import BadParameter
from alskg.knowledge_graph import KnowledgeGraph
from alskg.meant import called, candidates, hint, member_known_as, namespaces, path_of, renamed, with_identifier
from alskg.names import BASE, RDF, XSD, local_name, slug
from alskg.rules import is_described
from alskg.schema import Field, Predicate
from alskg.triples import Term, iris, plain

SHOWN_CHARACTERS_MAX = 80
"""How much of a value that won't do is said again."""

_DATES = {
    "date": re.compile(r"\d{4}-\d{2}-\d{2}"),
    "gYearMonth": re.compile(r"\d{4}-\d{2}"),
    "gYear": re.compile(r"\d{4}"),
}
_FORMS = {
    **_DATES,
    "boolean": re.compile(r"true|false"),
    "integer": re.compile(r"[+-]?\d+"),
    "decimal": re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)"),
    "dateTime": re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})?"),
}
"""How the values of a datatype are written (XSD 1.1, part 2); those of every other one are texts."""
_EXAMPLES = {
    "date": "2014-04-09",
    "gYearMonth": "2014-04",
    "gYear": "2014",
    "boolean": "true",
    "integer": "12",
    "decimal": "12.5",
    "dateTime": "2014-04-09T12:00:00Z",
}


def shown(value: object) -> str:
    """A value as an error says it again: its beginning, where it is long."""
    whole = repr(value)
    return whole if len(whole) <= SHOWN_CHARACTERS_MAX else f"{whole[:SHOWN_CHARACTERS_MAX]}..."


def predicate_called(kg: KnowledgeGraph, value: object) -> Predicate:
    """
    The statement property that a caller names: its local name, label, CURIE or IRI.

    Raises:
        BadParameter: there is no such property.
    """
    wish = str(value["id"] if isinstance(value, dict) and "id" in value else value).strip()
    iri = expanded(kg.schema.prefixes, wish)
    for predicate in kg.schema.predicates.values():
        if wish in (predicate.name, predicate.label) or iri == predicate.iri:
            return predicate
    known = sorted(predicate.name for predicate in kg.schema.predicates.values())
    raise BadParameter(
        f"predicate: {shown(wish)} is no property that claims can state.{hint(wish, known)} /ontology lists them.",
        parameter="predicate",
        available=known,
    )


def expanded(prefixes: Mapping[str, str], wish: str) -> str | None:
    """The IRI that a CURIE or IRI is; None for what is neither."""
    if "://" in wish or ":" not in wish:
        return wish if ":" in wish else None
    try:
        return iri_of(prefixes, wish)
    except BadParameter:
        return None


def terms_of(kg: KnowledgeGraph, field: Field, value: object) -> list[Term]:
    """
    The terms that a JSON value stands for as the value of a field: one, or a list of them; none for null.

    Raises:
        BadParameter: it can't be understood as a value of the field.
    """
    values = value if isinstance(value, list) else [value]
    return [_term(kg, field, one) for one in values if one is not None]


def _term(kg: KnowledgeGraph, field: Field, value: object) -> Term:
    if field.is_link:
        return named(kg, value, [field.class_] if field.class_ else [], field.name)
    if field.datatype is None:
        return _open(kg, field, value)
    if field.datatype == RDF + "langString":
        return _in_english(value, field.name)
    return _literal(value, field.datatype, field.name)


def _open(kg: KnowledgeGraph, field: Field, value: object) -> Term:
    """The value of a field that declares neither datatype nor class: a date, or what a proposition is about."""
    if isinstance(value, dict) and "id" in value:
        return named(kg, value, [], field.name)
    # A year may come as a number; only a proposition's object may be one.
    is_year = isinstance(value, int) and not isinstance(value, bool) and field.path != RDF + "object"
    return open_literal(str(value) if is_year else value, field.name)


def _in_english(value: object, name: str) -> ox.Literal:
    if isinstance(value, dict) and "@value" in value:
        return _tagged(value["@value"], value.get("@language", "en"), name)
    return _tagged(value, "en", name)


def _tagged(value: object, language: object, name: str) -> ox.Literal:
    if not isinstance(value, str) or not value.strip():
        raise BadParameter(f"{name}: write a text, not {shown(value)}.", parameter=name)
    try:
        return ox.Literal(value, language=str(language))
    except ValueError as error:
        raise BadParameter(f"{name}: {shown(language)} is no language tag; write en.", parameter=name) from error


def _literal(value: object, datatype: str, name: str) -> ox.Literal:
    raw = value["@value"] if isinstance(value, dict) and "@value" in value else value
    if not isinstance(raw, str | int | float) or (isinstance(raw, str) and not raw.strip()):
        raise BadParameter(f"{name}: write a plain value, not {shown(raw)}.", parameter=name)
    kind, lexical = local_name(datatype), _lexical(raw)
    if not _is_of_form(kind, lexical):
        example = f"; write one as {_EXAMPLES[kind]}" if kind in _EXAMPLES else "; write a text"
        raise BadParameter(f"{name}: {shown(raw)} is no {kind}{example}.", parameter=name)
    try:
        return ox.Literal(lexical, datatype=ox.NamedNode(datatype))
    except ValueError as error:
        raise BadParameter(f"{name}: {shown(datatype)} is no datatype; give its IRI.", parameter=name) from error


def _is_of_form(kind: str, lexical: str) -> bool:
    form = _FORMS.get(kind)
    if form is not None and not form.fullmatch(lexical):
        return False
    if kind in ("date", "dateTime", "gYearMonth", "gYear"):
        return _is_day(f"{lexical[:10]}-01-01"[:10])
    return True


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def open_literal(value: object, name: str = "object") -> ox.Literal:
    """
    The literal that a JSON value stands for where nothing says of what datatype it is to be.

    A text in the form of a date is one: `"2014-04"`. `{"@value": "2014", "@language": "en"}` says otherwise.

    Raises:
        BadParameter: it is no value, or a date that isn't in the calendar.
    """
    if isinstance(value, dict) and "@value" in value:
        if "@language" in value:
            return _tagged(value["@value"], value["@language"], name)
        return _literal(value, str(value.get("@type", XSD + "string")), name)
    if isinstance(value, bool):
        return ox.Literal(value)
    if isinstance(value, int | float):
        return _literal(value, XSD + "decimal", name)
    if not isinstance(value, str) or not value.strip():
        what = "write a text, a number, a date, or true or false"
        raise BadParameter(f"{name}: {shown(value)} is no value; {what}.", parameter=name)
    kind = next((kind for kind, form in _DATES.items() if form.fullmatch(value)), None)
    return _literal(value, XSD + kind, name) if kind else ox.Literal(value, language="en")


def _lexical(value: str | float) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    # A float's shortest form may be in exponents, which xsd:decimal doesn't know.
    return format(Decimal(str(value)), "f") if isinstance(value, int | float) else value


def named(kg: KnowledgeGraph, value: object, classes: Collection[str], key: str) -> ox.NamedNode:
    """
    The thing, concept or term that a caller means: by IRI, CURIE (its own or one that a mapping gives it), name or
    label, of one of the classes (of any, where there are none). An earlier name counts where nothing bears it now.

    Raises:
        BadParameter: there is none, or several bear the name.
    """
    wish = value.get("id") if isinstance(value, dict) else value
    if not isinstance(wish, str) or not wish.strip():
        raise BadParameter(f"{key}: name a thing by its IRI, CURIE or name, not {shown(value)}.", parameter=key)
    found = list(dict.fromkeys(_meant(kg, wish.strip(), classes)))
    if len(found) == 1:
        return found[0]
    if found:
        choices = [curie_of(kg.schema.prefixes, node.value) or node.value for node in found]
        raise BadParameter(f"{key}: {shown(wish)} may be {' or '.join(choices)}; say which.", parameter=key)
    kinds = f" of {_either(classes)}" if classes else ""
    _refuse_of_others(kg, wish.strip(), classes, f"{key}: there is no {shown(wish)}{kinds} here.", key)
    known = names_in(kg, classes)
    is_closed = _are_closed(kg, classes)
    more = f"There are {', '.join(known)}." if is_closed else _how_to_add(kg, classes)
    raise BadParameter(
        f"{key}: there is no {shown(wish)}{kinds} here.{hint(wish, known)} {more}",
        parameter=key,
        **({"available": known} if is_closed else {}),
    )


def _either(classes: Iterable[str]) -> str:
    return " or ".join(map(local_name, classes))


def _refuse_of_others(kg: KnowledgeGraph, wish: str, classes: Collection[str], said: str, key: str) -> None:
    """
    Nothing, where a name is nobody's.

    Raises:
        BadParameter: it is that of a thing which is of none of the classes; where one of them is a role that it may
            have, the request that gives it that is told.
    """
    there = [*_meant(kg, wish, ()), *map(ox.NamedNode, called(kg, wish))] if classes else []
    iri = next((node.value for node in there if path_of(kg, node.value) and is_described(kg.store, node.value)), None)
    if iri is None:
        return
    path = str(path_of(kg, iri))
    whole = kg.schema.collections[path.split("/")[1]]
    types = sorted(kg.schema.most_special(iris(kg.store, iri, RDF + "type")))
    said = f"{said} {path} is there, and is {' and '.join(types)}, not {_either(classes)}."
    found = (kg.schema.classes[one] for one in classes if one in kg.schema.classes)
    role = next((class_ for class_ in found if class_.is_role and whole.iri in class_.ancestors), None)
    if role is None:
        raise BadParameter(said, parameter=key)
    body = {"type": [*(name for name in types if name != whole.name), role.name]}
    raise BadParameter(
        f"{said} If it is that as well, say so first: PATCH {path} with {json.dumps(body)} and If-Match: *.",
        parameter=key,
        mendBy={"method": "PATCH", "url": path, "body": body},
    )


def _meant(kg: KnowledgeGraph, wish: str, classes: Collection[str]) -> Iterator[ox.NamedNode]:
    is_identifier = ":" in wish and " " not in wish
    name = slug(wish) if " " in wish else wish
    try:
        # Nearly always it is where the members of its class are; looking everywhere takes many times as long.
        if near := [node for node in candidates(kg, name, _spaces(kg, classes)) if _is_of(kg, node, classes)]:
            yield from near
            return
        nodes = candidates(kg, name)
    except BadParameter:
        # An undeclared prefix, or what can't be part of an IRI: then nothing is called so.
        return
    own = [node for node in nodes if _is_of(kg, node, classes)] or [
        node for node in renamed(kg, nodes) if _is_of(kg, node, classes)
    ]
    yield from own
    if own:
        # A name goes before a label, which would be looked for among all members of a class.
        return
    if is_identifier:
        yield from (ox.NamedNode(iri) for iri in with_identifier(kg, wish) if _is_of(kg, ox.NamedNode(iri), classes))
    else:
        for class_ in (kg.schema.classes[iri] for iri in classes if iri in kg.schema.classes):
            if known := member_known_as(kg, class_, wish):
                yield ox.NamedNode(known)


def _spaces(kg: KnowledgeGraph, classes: Collection[str]) -> list[str]:
    """What the IRIs begin with of what is of these classes, as far as the classes show it."""
    found = [kg.schema.classes[iri] for iri in classes if iri in kg.schema.classes]
    closed = [] if len(found) == len(classes) else [v.namespace for v in kg.schema.vocabularies.values()]
    return list(dict.fromkeys([*(space for class_ in found for space in namespaces(kg, class_)), *closed]))


def _is_of(kg: KnowledgeGraph, node: ox.NamedNode, classes: Collection[str]) -> bool:
    if not classes:
        # Where any IRI may stand, those of others needn't be described here.
        return not node.value.startswith(BASE) or next(kg.store.match(node.value), None) is not None
    return any(next(kg.store.match(node.value, RDF + "type", class_), None) is not None for class_ in classes)


def _how_to_add(kg: KnowledgeGraph, classes: Collection[str]) -> str:
    found = (kg.schema.classes[iri] for iri in classes if iri in kg.schema.classes)
    places = [f"PUT /{class_.collection}/{{name}}" for class_ in found if class_.namespace]
    return f"Add what is missing first{': ' if places else ''}{' or '.join(places)}."


def _are_closed(kg: KnowledgeGraph, classes: Collection[str]) -> bool:
    """Whether all that there is of these classes is in closed lists, which the ontology has."""
    found = [plain(t.subject) for class_ in classes for t in kg.store.match(None, RDF + "type", class_)]
    return kg.schema.are_listed(found)


def names_in(kg: KnowledgeGraph, classes: Iterable[str]) -> list[str]:
    """The names of all that there is of these classes."""
    found = (triple.subject for class_ in classes for triple in kg.store.match(None, RDF + "type", class_))
    return sorted({local_name(plain(node)) for node in found})
