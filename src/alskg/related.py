"""What stands next to a thing: the members of another class that statements or fields link it to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import pyoxigraph as ox

from alskg.answers import Question, rows
from alskg.claim_filters import ClaimFilter
from alskg.knowledge_graph import KnowledgeGraph
from alskg.names import ALS, local_name
from alskg.schema import Class, Field, Schema
from alskg.statements import Pattern, Statement, statements
from alskg.triples import iris, plain

_SPOKEN_OF = {
    ALS + "Proposition": "?id rdf:subject|rdf:object ?thing .",
    ALS + "Claim": "?id als:states/(rdf:subject|rdf:object) ?thing .",
    ALS + "Disagreement": """
        { ?id als:about ?thing }
        UNION { ?id (als:oneSide|als:otherSide)/als:states/(rdf:subject|rdf:object) ?thing }""",
}
"""The parts of the data model that speak of things: whatever is spoken of leads to them."""

_STATES = ALS + "states"
_SIDES = (ALS + "oneSide", ALS + "otherSide")

SPEAKING = frozenset(_SPOKEN_OF)

SPOKEN_OF = "spoken of"

_NEIGHBOURS = """PREFIX als: <https://w3id.org/alskg/ontology/>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT DISTINCT ?id ?label WHERE {
    %s
    ?id a ?class .
    OPTIONAL { ?id rdfs:label ?label }
}
"""
_BY_PROPERTY = """
    { ?statement rdf:subject ?thing ; rdf:predicate ?by ; rdf:object ?id }
    UNION { ?statement rdf:subject ?id ; rdf:predicate ?by ; rdf:object ?thing }
    UNION { ?thing ?by ?id }
    UNION { ?id ?by ?thing }"""
_BY_MEMBERSHIP = """
    { ?id ?reaching ?group . ?thing ?along ?group }
    UNION { ?thing ?reaching ?group . ?id ?along ?group }"""
_REACHED = """PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT DISTINCT ?id ?label ?path ?along WHERE {
    ?from ?path ?group . ?to ?along ?group . ?id a ?class .
    OPTIONAL { ?id rdfs:label ?label }
}
"""
_LINKED = """PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT DISTINCT ?id ?label ?path WHERE {
    ?from ?path ?to . ?id a ?class .
    OPTIONAL { ?id rdfs:label ?label }
}
"""


@dataclass(frozen=True)
class Related:
    """Another thing, with what links it."""

    iri: str
    label: str
    as_object: tuple[Statement, ...]
    """Statements that lead from the one asked about to it."""
    as_subject: tuple[Statement, ...]
    """Statements that lead from it to the one asked about."""
    fields: tuple[str, ...]
    """Names of fields that link the two."""


def related_classes(schema: Schema, class_: Class) -> list[Class]:
    """The classes whose members may stand next to a member of this one."""
    others = (c for c in schema.collections.values())
    return [other for other in others if _are_related(schema, class_, other)]


def _are_related(schema: Schema, one: Class, other: Class) -> bool:
    stated = schema.between(one, other) or schema.between(other, one)
    return bool(stated or _fields(schema, one, other) or _fields(schema, other, one) or other.iri in _SPOKEN_OF)


def _fields(schema: Schema, one: Class, other: Class) -> list[Field]:
    """
    The fields of the one class that link to the other.

    Links to anything at all say nothing about a class; of those, what the property is said to lead to counts.
    """
    general = {iri for iri, class_ in schema.classes.items() if class_.collection is None}
    linked = ((f, f.ranges if f.class_ in general else [f.class_]) for f in one.fields.values() if f.class_)
    return [field for field, ends in linked if not schema.lineage(other.iri).isdisjoint(set(ends) - general)]


def related(
    kg: KnowledgeGraph,
    class_: Class,
    iri: str,
    other: Class,
    wanted: ClaimFilter = ClaimFilter(),  # noqa: B008 - a value that can't change
    predicate: str | None = None,
) -> list[Related]:
    """
    The members of the other class that stand next to this thing, in the order of their IRIs.

    With `wanted`, only by claims that count: what a field links is left where such a claim says something of it, or of
    what it rests on. With `predicate` (an IRI), only by it and more special ones.
    """
    forward, backward = patterns(kg.schema, class_, iri, other)
    if predicate is not None:
        forward, backward = _only(forward, predicate), _only(backward, predicate)
    found: dict[str, Related] = {}
    for statement in _stated(kg, forward, wanted):
        _add(found, plain(statement.object_), statement.object_label, as_object=statement)
    for statement in _stated(kg, backward, wanted):
        _add(found, statement.subject, statement.subject_label, as_subject=statement)
    # Neither a field nor being spoken of has a predicate.
    for other_iri, label, field in _without_claim(kg, class_, iri, other, wanted) if predicate is None else ():
        _add(found, other_iri, label, field=field)
    return [found[key] for key in sorted(found)]


def _without_claim(
    kg: KnowledgeGraph, class_: Class, iri: str, other: Class, wanted: ClaimFilter
) -> Iterable[tuple[str, str, str]]:
    """What is linked by a field, or speaks of the thing: each with its label and the name of what links it."""
    linked = list(_linked(kg, class_, iri, other))
    if other.iri in _SPOKEN_OF:
        spoken = rows(kg, _speaking(iri, other))
        linked += [(plain(row["id"]), plain(row.get("label", row["id"])), SPOKEN_OF) for row in spoken]
    if wanted.is_empty:
        return linked
    ends = sorted({one for one, _, _ in linked})
    if other.iri == ALS + "Disagreement":
        counting = _disputing(kg, ends, wanted)
    else:
        counting = _told_of(kg, ends, wanted) | _telling(kg, iri, wanted)
    return [one for one in linked if one[0] in counting]


def _disputing(kg: KnowledgeGraph, disagreements: Sequence[str], wanted: ClaimFilter) -> set[str]:
    """
    The disagreements of which each side had been said by the date, with a claim that counts on one of them at least.

    What is out of date by then is often what they are about, so it counts here.
    """
    sides = {d: [side for end in _SIDES if (side := iris(kg.store, d, end))] for d in disagreements}
    claims = {claim for both in sides.values() for side in both for claim in side}
    propositions = {proposition for claim in claims for proposition in iris(kg.store, claim, _STATES)}
    stated = statements(kg, Pattern((), propositions=sorted(propositions)))
    said, counting = (
        {claim.iri for statement in chosen.of(stated) for claim in statement.claims}
        for chosen in (ClaimFilter(wanted.as_of), replace(wanted, superseded=frozenset()))
    )
    return {
        disagreement
        for disagreement, both in sides.items()
        if all(map(said.intersection, both)) and any(map(counting.intersection, both))
    }


def _told_of(kg: KnowledgeGraph, things: Sequence[str], wanted: ClaimFilter) -> set[str]:
    """Those of which a claim that counts says something; of what rests on something, that it says this."""
    grounds = _grounds(kg, things)
    bare = [thing for thing in things if not grounds[thing]]
    said = {s.iri for s in wanted.of(_resting(kg, grounds))}
    ends = {end for s in wanted.of(_about(kg, bare)) for end in (s.subject, plain(s.object_))}
    return ends.intersection(bare) | {thing for thing in things if said.intersection(grounds[thing])}


def _grounds(kg: KnowledgeGraph, things: Iterable[str]) -> dict[str, list[str]]:
    """What each of the things rests on, by IRI; nothing for most."""
    return {thing: [p for path in kg.schema.grounds for p in iris(kg.store, thing, path)] for thing in things}


def _resting(kg: KnowledgeGraph, grounds: Mapping[str, Sequence[str]]) -> list[Statement]:
    """The statements that things rest on."""
    resting = sorted({proposition for propositions in grounds.values() for proposition in propositions})
    return statements(kg, Pattern((), propositions=resting))


def _about(kg: KnowledgeGraph, things: Sequence[str]) -> list[Statement]:
    """The statements with one of the things at an end."""
    return [*statements(kg, Pattern((), subjects=things)), *statements(kg, Pattern((), objects=things))]


def _telling(kg: KnowledgeGraph, iri: str, wanted: ClaimFilter) -> set[str]:
    """The propositions and claims that speak of the thing, where a claim that counts is behind them."""
    return {one for s in wanted.of(_about(kg, (iri,))) for one in (s.iri, *(c.iri for c in s.claims))}


def undated(
    kg: KnowledgeGraph, class_: Class, iri: str, other: Class, wanted: ClaimFilter, predicate: str | None
) -> int:
    """How many claims a date leaves out of what `related` looks at only because they count from no day at all."""
    whenever = replace(wanted, as_of=None, superseded=frozenset())
    found = related(kg, class_, iri, other, whenever, predicate)
    grounds = _grounds(kg, [one.iri for one in found if one.fields])
    looked_at = [*_resting(kg, grounds), *_about(kg, [thing for thing, resting in grounds.items() if not resting])]
    looked_at += _about(kg, (iri,)) if other.iri in _SPOKEN_OF else []
    stated = [s for one in found for s in (*one.as_object, *one.as_subject)]
    told = [*stated, *whenever.of(looked_at)]
    return len({claim.iri for statement in told for claim in statement.claims if claim.counts_from is None})


def patterns(schema: Schema, class_: Class, iri: str, other: Class) -> tuple[Pattern, Pattern]:
    """The statements that lead from the thing to the class, and those that lead back."""
    forward = Pattern(schema.between(class_, other), subjects=(iri,), object_class=other.iri)
    backward = Pattern(schema.between(other, class_), objects=(iri,), subject_class=other.iri)
    return forward, backward


def _only(pattern: Pattern, predicate: str) -> Pattern:
    return replace(pattern, predicates=[p for p in pattern.predicates if p.falls_under(predicate)])


def shown(schema: Schema, class_: Class, iri: str, other: Class) -> Question:
    """A question that finds the same things where every claim counts: by what is stated, by fields, as spoken of."""
    ways = ((class_, other), (other, class_))
    by = [p.iri for one, two in ways for p in schema.between(one, two)]
    by += [f.path for one, two in ways for f in _fields(schema, one, two)]
    reaching = [f for one, two in ways for f in _fields(schema, one, two) if f.reaches_along]
    parts = [_BY_PROPERTY] if by else []
    parts += [_BY_MEMBERSHIP] if reaching else []
    parts += [f"{{ {_SPOKEN_OF[other.iri]} }}"] if other.iri in _SPOKEN_OF else []
    bound = {"by": by, "reaching": [f.path for f in reaching], "along": [p for f in reaching for p in f.reaches_along]}
    properties = {
        name: [ox.NamedNode(iri) for iri in dict.fromkeys(bound_to)] for name, bound_to in bound.items() if bound_to
    }
    return Question(_NEIGHBOURS % " UNION ".join(parts), {**_ends(iri, other), **properties})


def _speaking(iri: str, other: Class) -> Question:
    return Question(_NEIGHBOURS % _SPOKEN_OF[other.iri], _ends(iri, other))


def _ends(iri: str, other: Class) -> dict[str, list[ox.NamedNode]]:
    return {"thing": [ox.NamedNode(iri)], "class": [ox.NamedNode(other.iri)]}


def _stated(kg: KnowledgeGraph, pattern: Pattern, wanted: ClaimFilter) -> Iterable[Statement]:
    if not pattern.predicates:
        return []
    found = statements(kg, pattern)
    return found if wanted.is_empty else wanted.of(found)


def _linked(kg: KnowledgeGraph, class_: Class, iri: str, other: Class) -> Iterable[tuple[str, str, str]]:
    me, kind = [ox.NamedNode(iri)], [ox.NamedNode(other.iri)]
    for own, ends in (
        (_fields(kg.schema, class_, other), ("from", "to")),
        (_fields(kg.schema, other, class_), ("to", "from")),
    ):
        here, there = ends
        reaching = [f for f in own if f.reaches_along]
        for template, fields in ((_LINKED, own), (_REACHED, reaching)):
            bindings = {here: me, "class": kind, "path": [ox.NamedNode(f.path) for f in fields]}
            if fields is reaching:
                bindings["along"] = [ox.NamedNode(path) for f in reaching for path in f.reaches_along]
            for row in rows(kg, Question(template.replace("?id", f"?{there}"), bindings)) if fields else ():
                label = plain(row["label"]) if "label" in row else plain(row[there])
                names = [local_name(plain(row[name])) for name in ("path", "along") if name in row]
                yield plain(row[there]), label, " by ".join(names)


def _add(
    found: dict[str, Related],
    iri: str,
    label: str,
    *,
    as_object: Statement | None = None,
    as_subject: Statement | None = None,
    field: str | None = None,
) -> None:
    before = found.get(iri, Related(iri, label, (), (), ()))
    found[iri] = replace(
        before,
        as_object=before.as_object + ((as_object,) if as_object else ()),
        as_subject=before.as_subject + ((as_subject,) if as_subject else ()),
        fields=before.fields + ((field,) if field else ()),
    )
