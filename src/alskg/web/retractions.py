"""Taking claims back over HTTP, with a reason; and where something rests on one, the change that would take both."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import Annotated

import pyoxigraph as ox
from fastapi import Request
from pydantic import AliasChoices, BaseModel
from pydantic import Field as Parameter
from starlette.responses import Response

from alskg.access import Agent
from alskg.changes import weigh
from alskg.changeset import Changeset
from alskg.drafts import minted, removal_draft
from alskg.errors import BadParameter, UnknownName
from alskg.knowledge_graph import KnowledgeGraph
from alskg.meant import path_of
from alskg.members import find
from alskg.names import ALS, RDF, RDFS, is_live, local_name
from alskg.retraction import live_quads
from alskg.schema import Class
from alskg.triples import graph_of, iris, plain, text
from alskg.web.bodies import read_json
from alskg.web.documents import Document, link_to
from alskg.web.parameters import STRICT
from alskg.web.things import present_address
from alskg.web.writing import Wish, deliver

_CLAIM = ALS + "Claim"
_STATES = ALS + "states"
_DOOR = "claims"


class Reason(BaseModel):
    """Why a claim is taken back."""

    model_config = STRICT
    reason: Annotated[
        str,
        Parameter(description="Why; the claim is kept with it.", validation_alias=AliasChoices("reason", "message")),
    ] = ""


class Retract(Wish):
    """What a caller may say of a claim that is to go."""

    reason: Annotated[str | None, Parameter(description="Why it is taken back; it may stand in the body.")] = None


def retract(kg: KnowledgeGraph, request: Request, class_: Class, name: str, wish: Retract, body: str) -> Response:
    """A claim taken back; with `purge`, it goes without a record."""

    @cache
    def named() -> tuple[str, str]:
        said = read_json(body, Reason) if body.strip() else Reason()
        # What was taken back already can only be purged.
        is_kept = wish.purge and bool(kg.present.quads_about(minted(class_, name)))
        claim = minted(class_, name) if is_kept else live_member(kg, class_, name)
        return claim, (said.reason or wish.reason or wish.message or "").strip()

    agents: list[Agent] = []

    def build(agent: Agent) -> Changeset:
        agents.append(agent)
        claim, reason = named()
        if wish.purge:
            change = Changeset(f"Removes claim {name} and its record", agent.name, door=_DOOR)
            change = replace(change, removed=removal_draft(kg, claim, even_kept=True).removed)
        elif not reason:
            raise BadParameter(
                'reason: say why the claim is taken back, as {"reason": "..."} or ?reason=...; it is kept with it.',
                parameter="reason",
            )
        else:
            change = Changeset(
                f"Takes back claim {name}: {reason}", agent.name, retracted=((claim, reason),), door=_DOOR
            )
        return replace(change, message=(wish.message or "").strip() or change.message)

    def more(document: Document) -> Document:
        return {} if document["conforms"] else _hindrances(kg, *named(), agents[0].name)

    return deliver(kg, request, wish, build, more=more)


def live_member(kg: KnowledgeGraph, class_: Class, name: str) -> str:
    """
    The IRI of the member that bears the name.

    Raises:
        UnknownName: there is none; where it bears another name now, that is told.
        Gone: it was taken back.
    """
    try:
        return find(kg, class_, name)
    except UnknownName:
        if later := present_address(kg, class_, name):
            raise UnknownName(f"{name!r} is called {later} now.", suggestions=[later]) from None
        raise


def referring(kg: KnowledgeGraph, claim: str) -> list[Document]:
    """What counts on a claim or on what it alone states: links, each with the property that leads to it."""
    return _told(kg, *_counting_on(kg, claim))


def _told(kg: KnowledgeGraph, claims: Sequence[str], links: Sequence[ox.Quad]) -> list[Document]:
    found = [(plain(quad.subject), {"property": local_name(plain(quad.predicate))}) for quad in links]
    found += [(iri, {}) for iri in claims[1:]]
    return [{**link_to(kg, iri, text(kg.present, iri, RDFS + "label")), **more} for iri, more in found]


def _hindrances(kg: KnowledgeGraph, claim: str, reason: str, agent: str) -> Document:
    """What rests on a claim that is to go, and the change that would take both back together."""
    claims, links = _counting_on(kg, claim)
    whole = _together(kg, claims, links, reason, agent)
    gone = {plain(quad.subject): None for quad in (whole.removed if whole else ())}
    resting = dict.fromkeys([*claims[1:], *(plain(quad.subject) for quad in links), *gone])
    if not resting:
        return {}
    named = [path_of(kg, iri) or iri for iri in resting]
    found = {"referredToBy": _told(kg, claims, links)}
    rests = (
        f"{', '.join(named)} {'rests' if len(named) == 1 else 'rest'} on the claim or on what it alone states, so it"
    )
    if whole is None:
        return found | {"summary": f"{rests} can't go alone. Correct or remove that first (PATCH, DELETE)."}
    body = {
        "message": reason,
        "retract": [{"claim": iri, "reason": why} for iri, why in whole.retracted],
        "remove": "".join(f"{quad.triple} .\n" for quad in whole.removed),
    }
    return found | {
        "summary": f"{rests} can't go alone. Take it back together with that: `mendBy` is such a change.",
        "mendBy": {"method": "POST", "url": "/changes", "body": body},
    }


def together(kg: KnowledgeGraph, claim: str, reason: str, agent: str) -> Changeset | None:
    """The change that takes a claim back with all that counts on it; None where no such change would be sound."""
    return _together(kg, *_counting_on(kg, claim), reason, agent)


def _together(
    kg: KnowledgeGraph, claims: Sequence[str], links: Sequence[ox.Quad], reason: str, agent: str
) -> Changeset | None:
    retracted = tuple((iri, reason) for iri in claims)
    removed = _sound(kg, agent, retracted, links)
    return None if removed is None else Changeset(reason, agent, (), tuple(removed), retracted, door=_DOOR)


def _sound(
    kg: KnowledgeGraph, agent: str, retracted: Sequence[tuple[str, str]], links: Sequence[ox.Quad]
) -> Sequence[ox.Quad] | None:
    """
    What is to be removed so that the claims can go: the links, and all of what can't do without them, or without the
    claim that alone told of it, as a finding. None where that isn't enough.
    """
    propositions = set(_stated_alone(kg, [claim for claim, _ in retracted]))
    told = {iri for proposition in propositions for iri in iris(kg.present, proposition, RDF + "object")}
    whole: set[str] = set()
    while True:
        goes = [quad for iri in sorted(whole) for quad in (*live_quads(kg.present, iri), *_referring(kg, iri))]
        beside = (quad for quad in goes if plain(quad.subject) not in propositions)
        removed = tuple(dict.fromkeys((*links, *beside)))
        verdict = weigh(kg, Changeset("Takes back claims", agent, (), removed, tuple(retracted))).verdict
        if verdict.conforms:
            return removed
        more = (({plain(link.subject) for link in links} | told) & verdict.wrong) - whole
        if not more:
            return None
        whole |= more


def _counting_on(kg: KnowledgeGraph, claim: str) -> tuple[list[str], list[ox.Quad]]:
    """The claim with every other one that refers to it, and all else that refers to these."""
    claims = list(_resting(kg, claim))
    return claims, list(dict.fromkeys(_links(kg, claims)))


def _resting(kg: KnowledgeGraph, claim: str) -> Iterator[str]:
    """The claim, and every other one that refers to it."""
    found = [claim]
    for one in found:
        yield one
        found += [
            subject
            for quad in _referring(kg, one)
            if _CLAIM in iris(kg.present, subject := plain(quad.subject), RDF + "type") and subject not in found
        ]


def _links(kg: KnowledgeGraph, claims: list[str]) -> Iterator[ox.Quad]:
    """What refers to these claims, or to a proposition that only they state, and is itself no claim."""
    for claim in claims:
        yield from (quad for quad in _referring(kg, claim) if plain(quad.subject) not in claims)
    for proposition in _stated_alone(kg, claims):
        yield from (quad for quad in _referring(kg, proposition) if quad.predicate.value != _STATES)


def _stated_alone(kg: KnowledgeGraph, claims: list[str]) -> Iterator[str]:
    """The propositions that no other claims state."""
    for proposition in dict.fromkeys(iri for claim in claims for iri in iris(kg.present, claim, _STATES)):
        referring = _referring(kg, proposition)
        if {plain(quad.subject) for quad in referring if quad.predicate.value == _STATES} <= set(claims):
            yield proposition


def _referring(kg: KnowledgeGraph, iri: str) -> Iterator[ox.Quad]:
    found = kg.present.quads.quads_for_pattern(None, None, ox.NamedNode(iri), None)
    return (quad for quad in found if is_live(graph_of(quad)))
