"""What a curator fills in: a row for each field, made from the shape of a class, and read back as a document."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import pyoxigraph as ox

from alskg.claim_drafts import ENDS
from alskg.drafts import told_of
from alskg.errors import BadParameter
from alskg.identity import PUBLICATIONS
from alskg.knowledge_graph import KnowledgeGraph
from alskg.names import ALS, RDF, RDFS, SKOS, XSD, local_name
from alskg.schema import Class, Field
from alskg.triples import text
from alskg.web.advice import in_words_of
from alskg.web.documents import Document

Form = Mapping[str, Sequence[str]]

CHOICES_MAX = 60
"""A class with no more members than these is offered as a list; of a larger one, names are suggested while typing."""
KEPT_ELSEWHERE = frozenset("exactMatch closeMatch broadMatch narrowMatch relatedMatch isReplacedBy".split())
"""Fields that other ways write: mappings are files, and a thing is replaced by /rename and /merge."""
SHORT_TEXTS = frozenset({"label", "altLabel", "hiddenLabel"})
NEEDED = "This is needed, and nothing is written here."
WORDS = MappingProxyType(
    {
        "MinCountConstraintComponent": NEEDED,
        "MaxCountConstraintComponent": "There is room for fewer values here; take some away.",
        "ClassConstraintComponent": "What is written here is a thing of another kind, or none that there is.",
        "NodeKindConstraintComponent": "This takes a thing by its name or CURIE, and not a text; or the other way.",
        "DatatypeConstraintComponent": "This is not written as such a value is: a number, a date, a text in English.",
        "LessThanOrEqualsConstraintComponent": "This is more than the number that it is to be at most.",
        "MinInclusiveConstraintComponent": "This number is less than it can be.",
        "MaxInclusiveConstraintComponent": "This number is more than it can be.",
        "PatternConstraintComponent": "This is not written as it has to be; the line above says how.",
        "undefined": "Say here what it is; its label again doesn't.",
    }
)
"""What is wrong with a field, where its rule says it all; of any other rule, the report speaks."""
PATTERNS = MappingProxyType(
    {"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$": "Write a day as 2024-04-05, a month as 2024-04, or a year as 2024."}
)
"""What to write, for the patterns of shapes that many fields have."""
NAMED_IN_LABELS = "called-otherwise"
"""The house rule that what is called anew breaks at each statement and claim that has the name in its label."""
FIELDS_OF_RULES = MappingProxyType(
    {"undefined": ("definition",), "shared-name": ("label", "altLabel"), NAMED_IN_LABELS: ("label",)}
)
"""The fields that a house rule is about; of several, the one that has the value that it quotes."""
_FIRST_OF_CLAIM = ("polarity", "certainty", "source", "locator", "asOf")


def first(form: Form | None, name: str) -> str:
    """The first value of a field, without spaces around it; "" where there is none."""
    return next(iter((form or {}).get(name, ())), "").strip()


@dataclass(frozen=True)
class Row:
    """One field of a form."""

    name: str
    label: str
    about: str = ""
    kind: str = "line"
    """`line`, `text`, `turtle`, `choice` (one of the options), `thing` (names are suggested), `boolean`."""
    path: str = ""
    values: tuple[str, ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    said_of: Mapping[str, str] = field(default_factory=dict)
    """By option: the prefixes of what it may be said of; where there are any, the list is looked through by typing."""
    collection: str = ""
    is_list: bool = False
    is_required: bool = False
    is_folded: bool = False
    """Whether it stands among those that few need."""
    problems: tuple[str, ...] = field(default=())

    def filled(self, form: Form) -> "Row":
        """The row with what somebody wrote."""
        return replace(self, values=tuple(value.strip() for value in form.get(self.name, ()) if value.strip()))


def rows_of_class(kg: KnowledgeGraph, class_: Class, document: Mapping[str, Any] | None = None) -> list[Row]:
    """A row for each field that a curator may write of a member, with what is there."""
    known = document or {}
    found = [
        replace(_row(kg, f), values=_texts(known.get(f.name)), is_folded=not f.count_min and f.name not in known)
        for f in class_.fields.values()
        if f.name not in KEPT_ELSEWHERE
    ]
    own = {f.name for f in class_.fields.values() if f.name not in kg.schema.classes[ALS + "Thing"].fields}
    found += _rows_of_roles(kg, class_, known) + _rows_of_identifiers(class_, known)
    shown = {"label", "definition", "altLabel", *own}
    return [replace(row, is_folded=row.is_folded and row.name not in shown) for row in _ordered(found)]


def _rows_of_roles(kg: KnowledgeGraph, class_: Class, known: Mapping[str, Any]) -> list[Row]:
    """The row for the roles that a member may have; none where there are none, as of most classes."""
    below = (kg.schema.classes[iri] for iri in sorted(kg.schema.descendants(class_.iri)))
    roles = tuple((role.name, role.label) for role in below if role.is_role)
    if not roles:
        return []
    values = tuple(name for name in _texts(known.get("type")) if name in dict(roles))
    about = f"What it is beside a {class_.label}; it is listed there as well."
    return [Row("type", "roles", about, "choice", RDF + "type", values, roles, is_list=True)]


def _rows_of_identifiers(class_: Class, known: Mapping[str, Any]) -> list[Row]:
    """The row for the numbers by which a source is known, which stand with it; of other things they are in files."""
    if class_.iri != ALS + "Source":
        return []
    field_ = class_.fields["exactMatch"]
    about = f"Its own number as {' or '.join(PUBLICATIONS)}, as DOI:10.1000/182."
    return [
        Row(field_.name, "identifier", about, path=field_.path, values=_texts(known.get(field_.name)), is_list=True)
    ]


def rows_of_claim(kg: KnowledgeGraph, given: Form) -> list[Row]:
    """The rows of a new claim: what it states, who says so and how, and what few claims need."""
    class_ = kg.schema.classes[ALS + "Claim"]
    predicates = tuple(sorted(((p.name, p.label) for p in kg.schema.predicates.values()), key=_by_label))
    ends = [
        Row("subject", "subject", "What it is about.", "thing", RDF + "subject", is_required=True),
        Row(
            "predicate", "property", "What is said of it: what may be said of the subject is suggested.", "choice",
            RDF + "predicate", options=predicates, said_of=_said_of(kg),
            is_required=True,
        ),
        Row("object", "object", "A thing; or a text, where the property takes one.", "thing", RDF + "object",
            is_required=True),
    ]  # fmt: skip
    scopes = [
        Row(local_name(iri), _label(kg, iri), f"Part of the meaning. {_definition(kg, iri)}".strip(), "thing", iri)
        for iri in kg.schema.scope_properties
    ]
    fields = [class_.fields[name] for name in (*_FIRST_OF_CLAIM, *class_.fields) if name in class_.fields]
    chosen = [f for f in dict.fromkeys(fields) if f.name not in (*ENDS, "states", "label", *KEPT_ELSEWHERE)]
    rest = [replace(_row(kg, f), is_folded=f.name not in _FIRST_OF_CLAIM) for f in chosen]
    rest = [_affirming(row) if row.name == "polarity" else row for row in rest]
    return [row.filled(given) for row in (*ends, *scopes, *rest)]


def _affirming(row: Row) -> Row:
    """Who affirms need not say so."""
    return replace(row, is_required=False, about=f"{row.about} Left open, it affirms.")


def _by_label(option: tuple[str, str]) -> str:
    return option[1].casefold()


def _said_of(kg: KnowledgeGraph) -> dict[str, str]:
    """By property: the prefixes of the classes whose members it may be said of."""
    own = [class_ for class_ in kg.schema.classes.values() if class_.prefix]
    return {
        predicate.name: " ".join(str(c.prefix) for c in own if predicate in kg.schema.stated_of[c.iri])
        for predicate in kg.schema.predicates.values()
    }


def document_of(rows: Iterable[Row], form: Form, *, fields: Mapping[str, Field]) -> Document:
    """What somebody wrote, as a document; a row that is left empty is null."""
    found: Document = {}
    for row in rows:
        values = [_typed(fields.get(row.name), value) for value in row.filled(form).values]
        found[row.name] = None if not values else values if row.is_list else values[0]
    return found


def changed(document: Document, rows: Iterable[Row]) -> Document:
    """Only what differs from what the rows held before, as JSON Merge Patch (RFC 7396)."""
    before = {row.name: row.values for row in rows}
    return {name: value for name, value in document.items() if _texts(value) != before.get(name, ())}


def with_problems(rows: Iterable[Row], problems: Iterable[tuple[str, str]]) -> tuple[list[Row], list[str]]:
    """The rows with what is wrong with each, by name or path; and what is wrong with none of them."""
    found, left = {row.name: row for row in rows}, []
    by_path = {row.path: row.name for row in found.values() if row.path}
    for where, what in problems:
        name = where if where in found else by_path.get(where)
        if name is None:
            left.append(what)
        else:
            found[name] = replace(found[name], problems=(*found[name].problems, what), is_folded=False)
    return list(found.values()), left


def with_missing(error: BadParameter, rows: Iterable[Row], document: Document) -> BadParameter:
    """What is wrong with what was written, and with the rows that are needed and empty: all of it at once."""
    missing = [row.name for row in rows if row.is_required and document.get(row.name) is None]
    told: list[dict[str, object]] = [{"parameter": name, "detail": NEEDED} for name in missing]
    told += [one for one in told_of(error) if one["parameter"] not in missing]
    return BadParameter(str(error), errors=told)


def _ordered(rows: Iterable[Row]) -> list[Row]:
    """The label first, then what is required, then the alphabet."""
    return sorted(rows, key=lambda row: (row.name != "label", row.name != "definition", not row.is_required, row.name))


def _row(kg: KnowledgeGraph, f: Field) -> Row:
    row = Row(f.name, f.label, f.definition, path=f.path, is_list=f.is_list, is_required=f.count_min > 0, kind=_kind(f))
    members = _members(kg, f.class_) if f.class_ else ()
    if f.class_ and len(members) <= CHOICES_MAX and not f.is_list:
        return replace(row, kind="choice", options=members)
    class_ = kg.schema.classes.get(f.class_ or "")
    collection = str(class_.collection or "") if class_ else ""
    return replace(row, options=members if len(members) <= CHOICES_MAX else (), collection=collection)


def _kind(f: Field) -> str:
    if f.is_link:
        return "thing"
    if f.datatype == XSD + "boolean":
        return "boolean"
    return "text" if f.datatype == RDF + "langString" and f.name not in SHORT_TEXTS else "line"


def _members(kg: KnowledgeGraph, class_: str) -> tuple[tuple[str, str], ...]:
    """The members of a class as what is written and what is read, up to one more than are offered."""
    found: dict[str, str] = {}
    for triple in kg.store.match(None, RDF + "type", class_):
        if isinstance(triple.subject, ox.NamedNode):
            iri = triple.subject.value
            found[_short(kg, iri)] = text(kg.store, iri, RDFS + "label") or local_name(iri)
        if len(found) > CHOICES_MAX:
            break
    return tuple(sorted(found.items(), key=_by_label))


def _short(kg: KnowledgeGraph, iri: str) -> str:
    spaces = ((prefix, space) for prefix, space in kg.schema.prefixes.items() if space and iri.startswith(space))
    return next((f"{prefix}:{iri.removeprefix(space)}" for prefix, space in spaces), iri)


def _label(kg: KnowledgeGraph, iri: str) -> str:
    return text(kg.store, iri, RDFS + "label") or local_name(iri)


def _definition(kg: KnowledgeGraph, iri: str) -> str:
    return text(kg.store, iri, SKOS + "definition") or ""


def _texts(value: Any) -> tuple[str, ...]:
    """Values of a document as they stand in a form."""
    if value is None:
        return ()
    if isinstance(value, list | tuple):
        return tuple(one for inner in value for one in _texts(inner))
    if isinstance(value, dict):
        return (str(value.get("curie") or value.get("id") or value.get("label")),)
    if isinstance(value, bool):
        return (str(value).lower(),)
    return (str(value),)


def _typed(f: Field | None, value: str) -> object:
    if f is not None and f.datatype == XSD + "boolean" and value in ("true", "false"):
        return value == "true"
    return value


def with_results(
    rows: Iterable[Row], results: Iterable[Mapping[str, Any]], nodes: Sequence[str]
) -> tuple[list[Row], list[Mapping[str, Any]]]:
    """
    The rows with the results of a report beside them, in plain words; and the results that are about none of them.

    `nodes` are the things that the form is of, by IRI; where there are none, a result may be of any.
    """
    found, left, naming = list(rows), list[Mapping[str, Any]](), list[Mapping[str, Any]]()
    labels = {row.name: row.label for row in found if row.label != row.name}
    for given in results:
        result = {**given, "mend": in_words_of(labels, given["mend"])}
        if result["rule"] == NAMED_IN_LABELS and any(f"{node} is not called so" in result["what"] for node in nodes):
            naming.append(result)
            continue
        is_of_form = not nodes or result["node"]["id"] in nodes
        place = _place(found, result) if is_of_form else ""
        found, unplaced = with_problems(found, [(place, _said(result))])
        left += [result] if unplaced else []
    # Where the new name is another's, that comes first.
    if naming and not any(row.name == "label" and row.problems for row in found):
        found, unplaced = with_problems(found, [("label", _renamed(naming))])
        left += naming if unplaced else []
    return found, left


def _renamed(naming: Sequence[Mapping[str, Any]]) -> str:
    """What to do where statements and claims have a name in their labels that a thing is not to have any more."""
    one = naming[0]
    others = f" So have {len(naming) - 1:,} others." if len(naming) > 1 else ""
    return f"The label of {one['node'].get('label')!r} has the name that it had.{others} {one['mend']}"


def _place(rows: Iterable[Row], result: Mapping[str, Any]) -> str:
    """The property, or the name of the row, that a result is about; "" where it says none."""
    path = result.get("path")
    if isinstance(path, dict):
        return str(path["id"])
    names = FIELDS_OF_RULES.get(str(result["rule"]), ())
    quoting = (row.name for row in rows if row.name in names and any(repr(v) in result["what"] for v in row.values))
    return next(quoting, names[0] if names else "")


def _said(result: Mapping[str, Any]) -> str:
    what = str(result["what"])
    by_pattern = (words for pattern, words in PATTERNS.items() if pattern in what)
    return next(by_pattern, "") or WORDS.get(str(result["rule"]), f"{what} {result['mend']}")
