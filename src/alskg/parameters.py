"""The parameters of a named question: from what a caller wrote to the terms that its variables are bound to."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

import pyoxigraph as ox
from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError

from alskg.curies import iri_of
from alskg.errors import BadParameter, UnknownName
from alskg.knowledge_graph import KnowledgeGraph
from alskg.meant import has_known_prefix, hint, is_member, member_known_as, member_meant, nearest, same_as
from alskg.media import FORMAT_PARAMETERS
from alskg.members import find
from alskg.queries import NamedQuery, Parameter
from alskg.schema import Class
from alskg.store.terms import Bindable


def _day(value: object) -> object:
    """The value; pydantic reads a number as seconds since 1970, which nobody means here."""
    if isinstance(value, str) and not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        raise ValueError("a day is written 2017-05-05")
    return value


Day = Annotated[date, BeforeValidator(_day)]

_WORDS: Mapping[str, str] = {
    "date_from_datetime_parsing": "there is no such day; write one as 2017-05-05",
    "date_parsing": "there is no such day; write one as 2017-05-05",
    "int_parsing": "write a whole number",
    "decimal_parsing": "write a number",
    "bool_parsing": "write true or false",
    "literal_error": "write {expected}",
    "greater_than_equal": "write a number that is {ge} or more",
    "less_than_equal": "write a number that is {le} or less",
    "string_too_short": "write something here",
    "string_too_long": "write no more than {max_length} characters",
    "value_error": "{error}",
}
"""What to do about what pydantic finds wrong with a value, by the types of its errors."""


def said(error: Mapping[str, Any]) -> str:
    """What is wrong with a value, in words for people: what pydantic says is for those who write programs with it."""
    words = _WORDS.get(str(error["type"]))
    return str(error["msg"]) if words is None else words.format(**error.get("ctx", {}))


TYPES: Mapping[str, Any] = {
    "xsd:date": Day,
    "xsd:integer": int,
    "xsd:decimal": Decimal,
    "xsd:boolean": bool,
    "xsd:gYear": Annotated[str, Field(pattern=r"^[0-9]{4}$")],
}
"""How a parameter's datatype is read and checked; every other one is text."""


def type_of(parameter: Parameter) -> Any:
    """The Python type that reads a parameter's value and refuses what isn't of its datatype."""
    return Literal[parameter.values] if parameter.values else TYPES.get(parameter.datatype or "", str)


def bindings(kg: KnowledgeGraph, query: NamedQuery, given: Mapping[str, object]) -> dict[str, list[Bindable]]:
    """
    The terms for each variable, from values as text or as already read; none for an optional one that isn't given.

    Raises:
        BadParameter: one is missing, unknown or of the wrong form; the message says which and what would do.
    """
    known = [p.name for p in query.parameters]
    for name in given:
        if name not in known and name not in FORMAT_PARAMETERS:
            raise BadParameter(f"{query.name} has no parameter {name!r}; it has {', '.join(known) or 'none'}.")
    values = {p: given.get(p.name, p.default) for p in query.parameters}
    values = {p: value for p, value in values.items() if not (p.is_optional and value in (None, ""))}
    for parameter, value in values.items():
        if value is None:
            raise BadParameter(f"{query.name} needs {parameter.name}; for example {parameter.example}.")
    return {p.name: [_term(kg, p, _read(p, value))] for p, value in values.items()}


def _read(parameter: Parameter, value: object) -> object:
    try:
        return TypeAdapter(type_of(parameter)).validate_python(value)
    except ValidationError as error:
        raise BadParameter(
            f"{parameter.name}={value}: {said(error.errors()[0])}; for example {parameter.example}.",
            parameter=parameter.name,
        ) from error


def _term(kg: KnowledgeGraph, parameter: Parameter, value: object) -> Bindable:
    if parameter.class_ is not None:
        return ox.NamedNode(_thing(kg, parameter, str(value)))
    if parameter.vocabulary is not None:
        return ox.NamedNode(_concept(kg, parameter, str(value)))
    if parameter.property_:
        return ox.NamedNode(property_called(kg, parameter.name, str(value)))
    return _literal(parameter, value, kg.schema.prefixes)


def _thing(kg: KnowledgeGraph, parameter: Parameter, value: str) -> str:
    class_ = next(c for c in kg.schema.classes.values() if c.name == parameter.class_)
    try:
        named = member_meant(kg, class_, value) or member_known_as(kg, class_, value)
        return named or _identified(kg, class_, value) or find(kg, class_, value)
    except UnknownName as error:
        raise BadParameter(f"{parameter.name}={value}: {error}", parameter=parameter.name, **error.extra) from error


def _identified(kg: KnowledgeGraph, class_: Class, value: str) -> str | None:
    """The one member of the class that a mapping gives this identifier; None where none or several have it."""
    if "://" not in value and not (":" in value and has_known_prefix(kg, value)):
        return None
    found = [iri for iri in same_as(kg, value) if is_member(kg, class_, iri)]
    return found[0] if len(found) == 1 else None


def _concept(kg: KnowledgeGraph, parameter: Parameter, value: str) -> str:
    vocabulary = kg.schema.vocabularies[parameter.vocabulary or ""]
    known = {name: vocabulary.namespace + name for name in vocabulary.concepts}
    found = _called(kg, known, value)
    if found is None:
        raise BadParameter(
            f"{parameter.name}={value}: not in the list of {vocabulary.name}: {', '.join(sorted(known))}.",
            parameter=parameter.name,
            available=sorted(known),
        )
    return found


def property_called(kg: KnowledgeGraph, parameter: str, value: str) -> str:
    """
    The IRI of a property that claims state, by its name, its CURIE or the IRI itself.

    Raises:
        BadParameter: there is none; the message names the parameter and suggests the nearest.
    """
    known = {p.name: p.iri for p in kg.schema.predicates.values()}
    found = _called(kg, known, value)
    if found is None:
        raise BadParameter(
            f"{parameter}={value}: no property of that name is stated here.{hint(value, nearest(value, known)[:1])}",
            parameter=parameter,
            available=sorted(known),
        )
    return found


def _called(kg: KnowledgeGraph, known: Mapping[str, str], value: str) -> str | None:
    """The IRI that is meant by a name, a CURIE or the IRI itself; None where it isn't among the known ones."""
    if ":" not in value:
        return known.get(value)
    iri = value if "://" in value else iri_of(kg.schema.prefixes, value)
    return iri if iri in known.values() else None


def _literal(parameter: Parameter, value: object, prefixes: Mapping[str, str]) -> ox.Literal:
    datatype = iri_of(prefixes, parameter.datatype or "xsd:string")
    try:
        return ox.Literal(_lexical(value), datatype=ox.NamedNode(datatype))
    except ValueError as error:
        raise BadParameter(f"{parameter.name}: not a text of Unicode characters.", parameter=parameter.name) from error


def _lexical(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return format(value, "f") if isinstance(value, Decimal) else str(value)
