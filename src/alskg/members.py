"""Members of a class: which there are, and which of them have what is asked for."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import pyoxigraph as ox

from alskg.answers import Question, rows
from alskg.claim_filters import ClaimFilter, scoped
from alskg.derivation import certainties_of_facts
from alskg.errors import BadParameter, UnknownName
from alskg.knowledge_graph import KnowledgeGraph
from alskg.meant import (
    SUGGESTIONS_MAX,
    called,
    candidates,
    hint,
    is_member,
    member_called,
    member_known_as,
    nearest,
    path_of,
    renamed,
    things_meant,
)
from alskg.names import ALS, SKOS, XSD, local_name
from alskg.rules import is_described
from alskg.schema import Class, Field, Predicate
from alskg.standings import held
from alskg.statements import HELD
from alskg.store.terms import Bindable
from alskg.triples import Term, plain, reached
from alskg.wording import one_of

_STATED = """    ?stated# rdf:subject ?id ; rdf:predicate ?predicate# ; rdf:object ?object# ; als:supportedBy ?claim# .
    ?claim# als:certainty ?certainty# .
"""
_PREFIXES = """PREFIX als: <https://w3id.org/alskg/ontology/>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
"""
_TOLD = {ALS + "Claim": ("?stated#", "?id"), ALS + "Proposition": ("?id", "?claim#")}
"""Of a class of claims, or of what they state: what stands in a pattern for the statement, and what for the claim."""
OPEN_DATATYPES = ("string", "date", "gYearMonth", "gYear", "integer", "decimal", "boolean")
"""What a value may be where its field declares no datatype."""
VALUES_SHOWN_MAX = 50


@dataclass(frozen=True)
class Page:
    """Some members of a class, in the order of their IRIs."""

    iris: tuple[str, ...]
    total: int
    has_more: bool
    question: Question


@dataclass(frozen=True)
class Filters:
    """What members must have: values of their fields, and objects of what is affirmed of them."""

    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)
    statements: Mapping[str, Sequence[str]] = field(default_factory=dict)
    among: Sequence[str] | None = None
    """Only these members, by IRI; None for all there are."""
    chosen: ClaimFilter = field(default_factory=ClaimFilter)
    """What a claim must have to count, and its statement as scope; see `are_told`, too."""


def page_of(kg: KnowledgeGraph, class_: Class, filters: Filters, limit: int, after: str | None) -> Page:
    """At most `limit` members whose IRI comes after the given one, and how many there are in all."""
    patterns, bindings = _filtered(kg, class_, filters)
    where = f"    ?id a ?class .\n{''.join(patterns)}"
    total_text = f"{_PREFIXES}SELECT (COUNT(DISTINCT ?id) AS ?total) WHERE {{\n{where}}}\n"
    total = rows(kg, Question(total_text, bindings))[0]["total"]
    beyond = "    FILTER(STR(?id) > ?after)\n" if after else ""
    more = {"after": [ox.Literal(after)]} if after else {}
    text = f"{_PREFIXES}SELECT DISTINCT ?id WHERE {{\n{where}{beyond}}}\nORDER BY STR(?id)\nLIMIT {limit + 1:d}\n"
    question = Question(text, {**bindings, **more})
    found = [plain(row["id"]) for row in rows(kg, question)]
    return Page(tuple(found[:limit]), int(plain(total)), len(found) > limit, question)


def _filtered(kg: KnowledgeGraph, class_: Class, filters: Filters) -> tuple[list[str], dict[str, Sequence[Bindable]]]:
    patterns: list[str] = []
    bindings: dict[str, Sequence[Bindable]] = {"class": [ox.NamedNode(class_.iri)]}
    among = None if filters.among is None else set(filters.among)
    for number, (name, wanted) in enumerate(filters.fields.items()):
        field_ = class_.fields[name]
        patterns.append(f"    ?id ?path{number} ?value{number} .\n")
        bindings[f"path{number}"] = [ox.NamedNode(field_.path)]
        bindings[f"value{number}"] = _wanted(kg, class_, field_, wanted)
    for number, (name, wanted) in enumerate(filters.statements.items()):
        predicate, *_ = special = predicates_named(kg, name)
        terms = [term for value in wanted for term in _objects_called(kg, predicate, special, value)]
        stated, bound = _stated(kg, number, special, terms, filters.chosen)
        if owners := {iri for p in special for iri in held(kg, p, map(plain, terms), filters.chosen)}:
            # What follows from events is no pattern of one claim, so both are looked up first.
            owners |= _owners(kg, class_, stated, bound)
            among = owners if among is None else owners & among
        else:
            patterns.append(stated)
            bindings |= bound
    if are_told(class_) and not filters.chosen.is_empty:
        told, bound = _told(class_, len(filters.statements), filters.chosen)
        patterns.append(told)
        bindings |= bound
    if among is not None:
        bindings["id"] = [ox.NamedNode(iri) for iri in sorted(among)]
    return patterns, bindings


def are_told(class_: Class) -> bool:
    """Whether its members are claims, or stand and fall with them: then those that count choose among the members."""
    return class_.iri in _TOLD or bool(class_.stated_by)


def _told(class_: Class, number: int, chosen: ClaimFilter) -> tuple[str, dict[str, Sequence[Bindable]]]:
    """That `?id` is a claim which counts, or that such a one tells of it."""
    stated, claim = _TOLD.get(class_.iri, ("?stated#", "?claim#"))
    pattern, bindings = _counting(number, chosen)
    pattern = f"    ?claim# als:states ?stated# .\n{pattern}"
    if class_.stated_by:
        pattern = f"    ?stated# rdf:predicate ?by# ; rdf:object ?id .\n{pattern}"
        bindings[f"by{number}"] = [ox.NamedNode(iri) for iri in class_.stated_by]
    return pattern.replace("?stated#", stated).replace("?claim#", claim).replace("#", str(number)), bindings


def predicates_named(kg: KnowledgeGraph, name: str) -> list[Predicate]:
    """The property of this name, and after it the more special ones."""
    predicate = next(p for p in kg.schema.predicates.values() if p.name == name)
    below = (p for p in kg.schema.predicates.values() if p.falls_under(predicate.iri))
    return [predicate, *(p for p in below if p != predicate)]


def _owners(kg: KnowledgeGraph, class_: Class, pattern: str, bindings: Mapping[str, Sequence[Bindable]]) -> set[str]:
    """The members of the class that a pattern fits."""
    text = f"{_PREFIXES}SELECT DISTINCT ?id WHERE {{\n    ?id a ?class .\n{pattern}}}\n"
    found = rows(kg, Question(text, {"class": [ox.NamedNode(class_.iri)], **bindings}))
    return {plain(row["id"]) for row in found}


def _stated(
    kg: KnowledgeGraph, number: int, special: Sequence[Predicate], terms: Sequence[Bindable], chosen: ClaimFilter
) -> tuple[str, dict[str, Sequence[Bindable]]]:
    """That a claim which counts states one of these properties of `?id`, with one of these objects."""
    pattern, bindings = _counting(number, chosen)
    bindings |= {
        f"predicate{number}": [ox.NamedNode(p.iri) for p in special],
        f"object{number}": terms,
        f"certainty{number}": [ox.NamedNode(iri_) for iri_ in certainties_of_facts(kg.schema)],
    }
    return (_STATED + pattern).replace("#", str(number)), bindings


def _counting(number: int, chosen: ClaimFilter) -> tuple[str, dict[str, Sequence[Bindable]]]:
    """That `?claim#`, which states `?stated#`, counts; `#` is the number, which is to be put in."""
    pattern, bindings = "", dict[str, Sequence[Bindable]]()
    for place, (property_, values) in enumerate(chosen.terms.items()):
        pattern += f"    ?claim# ?has#x{place} ?term#x{place} .\n"
        bindings[f"has{number}x{place}"] = [ox.NamedNode(property_)]
        bindings[f"term{number}x{place}"] = values
    for place, (property_, values) in enumerate(chosen.scope_terms.items()):
        pattern += scoped("?stated#", "?claim#", f"?limit#x{place}", f"within#x{place}")
        bindings[f"limit{number}x{place}"] = [ox.NamedNode(property_)]
        bindings[f"within{number}x{place}"] = values
    if chosen.as_of is not None:
        pattern += HELD
        bindings["day"] = [ox.Literal(chosen.as_of)]
    return pattern, bindings


def _wanted(kg: KnowledgeGraph, class_: Class, field_: Field, values: Iterable[str]) -> list[Bindable]:
    found: list[Bindable] = []
    for value in values:
        terms = [term for term in _terms(kg, field_, value) if _is_value(kg, field_, term)]
        if not terms:
            in_use = _values_in_use(kg, class_, field_)
            is_open = field_.is_link or field_.datatype is None
            things = things_meant(kg, field_.name, value, in_use) if is_open else []
            terms = [term for term in things if _is_value(kg, field_, term)]
        if not terms:
            used = _as_given(in_use)
            raise BadParameter(
                f"{field_.name}={value}: no {class_.label} has that value. "
                f"Give an IRI, a CURIE, a name, an identifier or a label.{hint(value, used)}",
                parameter=field_.name,
                available=used[:VALUES_SHOWN_MAX],
            )
        found += terms
    return found


def _terms(kg: KnowledgeGraph, field_: Field, value: str) -> Sequence[Bindable]:
    if field_.is_link:
        return [*(nodes := candidates(kg, value)), *renamed(kg, nodes)]
    datatypes = [field_.datatype] if field_.datatype else [XSD + name for name in OPEN_DATATYPES]
    literals = [ox.Literal(value, datatype=ox.NamedNode(datatype)) for datatype in datatypes]
    # A field that declares no datatype may hold things as well.
    things = [] if field_.datatype or " " in value else candidates(kg, value)
    return [*literals, ox.Literal(value, language="en"), *things, *renamed(kg, things)]


def values_in_use(kg: KnowledgeGraph, class_: Class, field_: Field) -> list[str]:
    """The values of a field that members of the class have, as they would be given in a filter."""
    return _as_given(_values_in_use(kg, class_, field_))


def _values_in_use(kg: KnowledgeGraph, class_: Class, field_: Field) -> list[Term]:
    text = "SELECT DISTINCT ?value WHERE { ?id a ?class ; ?path ?value . }"
    bindings = {"class": [ox.NamedNode(class_.iri)], "path": [ox.NamedNode(field_.path)]}
    return [row["value"] for row in rows(kg, Question(text, bindings))]


def _as_given(terms: Iterable[Term]) -> list[str]:
    """Terms as a caller may write them: an IRI by its last step."""
    return sorted({local_name(plain(t)) if isinstance(t, ox.NamedNode) else plain(t) for t in terms})


def _is_value(kg: KnowledgeGraph, field_: Field, term: Bindable) -> bool:
    return next(kg.store.match(None, field_.path, term), None) is not None


def _objects_called(
    kg: KnowledgeGraph, predicate: Predicate, special: Sequence[Predicate], value: str
) -> list[Bindable]:
    """The things and literals that a caller may mean as the object of a predicate or of its special ones."""
    text = (
        "PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> "
        "SELECT DISTINCT ?value WHERE { ?proposition rdf:predicate ?predicate ; rdf:object ?value . }"
    )
    question = Question(text, {"predicate": [ox.NamedNode(p.iri) for p in special]})
    used = [row["value"] for row in rows(kg, question)]
    literals: list[Bindable] = [term for term in used if isinstance(term, ox.Literal) and term.value == value]
    if literals:
        return literals
    known = things_meant(kg, predicate.name, value, used)
    if not known:
        available = _as_given(used)
        raise BadParameter(
            f"{predicate.name}={value}: there is no such thing here."
            f"{hint(value, available) or hint(value, map(local_name, all_iris(kg)))}",
            parameter=predicate.name,
            available=available[:VALUES_SHOWN_MAX],
        )
    return [*known, *(ox.NamedNode(iri) for node in known for iri in _narrower(kg, node.value))]


def _narrower(kg: KnowledgeGraph, concept: str) -> list[str]:
    """What a closed list has below a concept, as an accelerated approval is an approval; of a thing, nothing."""
    lists = (one for one in kg.schema.vocabularies.values() if concept.startswith(one.namespace))
    others = (one.namespace + name for one in lists for name in one.concepts)
    return [iri for iri in others if concept in reached(kg.store, iri, SKOS + "broader")]


def all_iris(kg: KnowledgeGraph) -> list[str]:
    """The IRI of every thing that has a collection of its own."""
    classes = [ox.NamedNode(c.iri) for c in kg.schema.classes.values() if c.collection]
    found = rows(kg, Question("SELECT DISTINCT ?id WHERE { ?id a ?class . }", {"class": classes}))
    return sorted(plain(row["id"]) for row in found)


def find(kg: KnowledgeGraph, class_: Class, name: str) -> str:
    """
    The IRI of the member that bears the name.

    Raises:
        UnknownName: there is none; the nearest names are suggested.
    """
    found = None if ":" in name else member_called(kg, class_, name)
    if found is not None:
        return found
    known = member_known_as(kg, class_, name)
    if known is not None:
        address = _address(kg, class_, known)
        raise UnknownName(f"{name!r} is another name of {local_name(known)}: {address}.", suggestions=[address])
    paths = {local_name(iri): _address(kg, class_, iri) for iri in _all_members(kg, class_)}
    others, addresses = elsewhere(kg, class_, name)
    whole = f" All of them: /{class_.collection}." if class_.collection else ""
    raise UnknownName(
        f"No {class_.label} is called {name!r}.{others}{hint(name, paths)}{whole}",
        suggestions=[*addresses, *map(paths.__getitem__, nearest(name, paths))],
    )


def _address(kg: KnowledgeGraph, class_: Class, iri: str) -> str:
    """Where a member of the class is served: in the collection of the class, or else in its own."""
    return f"/{class_.collection}/{local_name(iri)}" if class_.collection else path_of(kg, iri) or iri


def names_of_members(kg: KnowledgeGraph, class_: Class) -> list[str]:
    """The last parts of the IRIs of all members."""
    return [local_name(iri) for iri in _all_members(kg, class_)]


def _all_members(kg: KnowledgeGraph, class_: Class) -> Sequence[str]:
    return page_of(kg, class_, Filters(), kg.settings.answer_rows_max - 1, None).iris


def elsewhere(kg: KnowledgeGraph, class_: Class, name: str) -> tuple[str, list[str]]:
    """What isn't of the class and bears the name, or is called so: told in a sentence each, and by their addresses."""
    with suppress(BadParameter):
        iris = [node.value for node in candidates(kg, name) if is_described(kg.store, node.value)] or called(kg, name)
        paths = [path for iri in iris if not is_member(kg, class_, iri) and (path := path_of(kg, iri))]
        if len(paths) <= SUGGESTIONS_MAX:
            labels = [(kg.schema.collections[path.split("/")[1]].label, path) for path in paths]
            return "".join(f" There is {one_of(label)} of this name: {path}." for label, path in labels), paths
    # The name is one of very many things, or no name at all.
    return "", []


def question_about(iris: Iterable[str], properties: Iterable[str] | None = None) -> Question:
    """Everything that is said with these things as subject, or only by these properties, as a graph."""
    text = "CONSTRUCT { ?id ?property ?value } WHERE { ?id ?property ?value }"
    some = {"property": [ox.NamedNode(path) for path in properties]} if properties is not None else {}
    return Question(text, {"id": [ox.NamedNode(iri) for iri in iris], **some})
