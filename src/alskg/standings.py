"""Standings: who has one at a day, by the events that began it and that no other event has ended by then."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from alskg.claim_filters import ClaimFilter
from alskg.derivation import certainties_of_facts
from alskg.knowledge_graph import KnowledgeGraph
from alskg.names import ALS, SKOS, local_name
from alskg.schema import Predicate
from alskg.statements import Pattern, Statement, statements
from alskg.triples import iris, reached, subjects


@dataclass(frozen=True)
class _Event:
    """What happened, to what, within which scope, and from which day it counts."""

    bearer: str
    kind: str
    scope: Mapping[str, str]
    day: str


def held(kg: KnowledgeGraph, predicate: Predicate, standings: Iterable[str], chosen: ClaimFilter) -> set[str]:
    """
    The things that have one of these standings at the date that is chosen, by events with a day; without a date, as
    the last event left it that the graph knows of. None where the property doesn't follow from events.

    What begins and ends a standing is said by the events themselves (als:beginsStatus, als:endsStatus). A standing may
    be a broader one within bounds, as "approved by this authority" is "approved" within its area (als:boundsStatus).
    """
    if not predicate.follows_from:
        return set()
    told = statements(kg, Pattern([kg.schema.predicates[iri] for iri in predicate.follows_from]))
    events, ends = _events(kg, chosen.of(told)), _events(kg, ClaimFilter(as_of=chosen.as_of).of(told))
    return {
        owner
        for standing in standings
        for event in _begun(kg, standing, events)
        if not any(_is_ended_by(kg, event, end, _above(kg, standing)) for end in ends)
        for owner in (
            event.bearer,
            *(o for path in predicate.follows_along for o in iris(kg.store, event.bearer, path)),
        )
    }


def _events(kg: KnowledgeGraph, told: Iterable[Statement]) -> list[_Event]:
    """The events that a source states; what it only implies begins and ends nothing."""
    sure = set(map(local_name, certainties_of_facts(kg.schema)))
    found = []
    for statement in told:
        days = [c.day for c in statement.claims if c.day and c.side == "for" and c.certainty in sure]
        if days and (kind := _kind(statement)):
            found.append(_Event(statement.subject, kind, statement.within, min(days)))
    return found


def _kind(statement: Statement) -> str:
    return str(getattr(statement.object_, "value", ""))


def _begun(kg: KnowledgeGraph, standing: str, events: Sequence[_Event]) -> list[_Event]:
    """The events that begin the standing, or the broader one within the limits that make it this one."""
    # Only within bounds the broader standing is this one.
    bounds = set(subjects(kg.store, ALS + "boundsStatus", standing))
    begun = _above(kg, standing) if bounds else [standing]
    kinds = {kind for status in begun for kind in subjects(kg.store, ALS + "beginsStatus", status)}
    return [e for e in events if e.kind in kinds and (not bounds or not bounds.isdisjoint(e.scope.values()))]


def _above(kg: KnowledgeGraph, standing: str) -> list[str]:
    """The standing itself and the broader ones; what ends one of those ends it, too."""
    return [standing, *sorted(reached(kg.store, standing, SKOS + "broader"))]


def _is_ended_by(kg: KnowledgeGraph, event: _Event, end: _Event, standings: Sequence[str]) -> bool:
    """Whether the later event ends for the same bearer, within no other scope, what the first one began."""
    shared = event.scope.keys() & end.scope.keys()
    return (
        end.bearer == event.bearer
        and end.day >= event.day
        and all(event.scope[name] == end.scope[name] for name in shared)
        and not set(standings).isdisjoint(iris(kg.store, end.kind, ALS + "endsStatus"))
    )
