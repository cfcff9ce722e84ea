"""Proposals: changes that wait for somebody who may publish them; kept in the store, apart from the data."""

import json
from collections.abc import Iterator, Set
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime

import pyoxigraph as ox

from alskg.changes import Outcome, commit, foreseen, refuse_unsayable, weigh
from alskg.changeset import NOTHING, Changeset, Patch, patch_of, patch_text, touched_by, written
from alskg.errors import BadParameter, Conflict, Crowded, TooLarge, UnknownName
from alskg.gate import Verdict
from alskg.history import Record, records
from alskg.knowledge_graph import KnowledgeGraph
from alskg.names import ACCEPTED_BY, ALS, BASE, PROPOSALS_GRAPH
from alskg.reversal import restoring, reverting
from alskg.store.embedded import EmbeddedStore
from alskg.triples import plain

PROPOSALS = f"{BASE}proposals/"
STATES = ("open", "accepted", "declined", "withdrawn")
FAULTS_SAID_MAX = 3
"""How much is said of what is wrong with a proposal that the graph has moved away from."""

_GRAPH = ox.NamedNode(PROPOSALS_GRAPH)
# One JSON text for each: nobody asks for proposals by SPARQL, and what they would change is no data yet.
_DOCUMENT = ox.NamedNode(ALS + "document")


@dataclass(frozen=True)
class Comment:
    """What somebody said of a proposal."""

    agent: str
    time: str
    text: str


@dataclass(frozen=True)
class Proposal:
    """A change that somebody wants made."""

    number: int
    agent: str
    time: str
    message: str
    base: int
    """The revision at which it was proposed."""
    patch: str
    """As RDF Patch; a quad without a graph belongs where its subject is described."""
    retracted: tuple[tuple[str, str], ...] = ()
    kept: str = ""
    """What it changes among what is kept apart, as a renaming or a revert does; as RDF Patch."""
    reverts: int | None = None
    restores: int | None = None
    state: str = "open"
    decided_by: str | None = None
    decided_at: str | None = None
    revision: int | None = None
    """The revision that it became, once it was accepted."""
    comments: tuple[Comment, ...] = ()
    conformed: bool = True
    """Whether the graph would have been sound with it when it was made."""

    @property
    def changeset(self) -> Changeset:
        """The change as it would be made."""
        patch = patch_of(self.patch)
        return Changeset(
            message=self.message,
            agent=self.agent,
            added=patch.added,
            removed=patch.removed,
            retracted=self.retracted,
            kept=patch_of(self.kept),
            reverts=self.reverts,
            restores=self.restores,
            door=f"proposals/{self.number}",
        )


def wanted_now(kg: KnowledgeGraph, proposal: Proposal) -> Changeset:
    """
    The change that a proposal asks for, as the graph is now.

    One that goes back is worked out again, since what is between here and there is another thing by now. Any other one
    is as it was written, unless somebody has meanwhile changed just what it changes.

    Raises:
        Conflict: somebody has; the changes are named.
        UnknownName, TooLarge: what it goes back to can't be known any more; see `reversal`.
    """
    change = proposal.changeset
    again: Changeset | None = None
    if proposal.restores is not None:
        again = restoring(kg, proposal.restores, change.agent, change.message)
    elif proposal.reverts is not None:
        again = reverting(kg, proposal.reverts, change.agent, change.message)
    if again is not None:
        return replace(again, door=change.door)
    _refuse_overtaken(kg, proposal, change)
    return change


def _refuse_overtaken(kg: KnowledgeGraph, proposal: Proposal, change: Changeset) -> None:
    lost = {quad.triple for quad in change.removed if not _is_there(kg, quad)}
    new = {quad.triple for quad in change.added if not _is_there(kg, quad)}
    if not lost and not new:
        return
    fields = [field for class_ in kg.schema.classes.values() for field in class_.fields.values()]
    single = {field.path for field in fields} - {field.path for field in fields if field.is_list}
    said = {(triple.subject, triple.predicate) for triple in new if triple.predicate.value in single}
    replaced = {quad.triple for quad in change.removed}
    nodes = frozenset(touched_by(Patch(change.added, change.removed)))
    conflicts = [
        record
        for record in records(kg.present, proposal.base)
        if record.concerns(nodes) and _overtakes(kg, record.patch, lost, said, replaced)
    ]
    if conflicts:
        raise Conflict(
            f"Since proposal {proposal.number} was made at revision {proposal.base}, others changed the same values: "
            f"{_named(conflicts)}. {_way_out(proposal)}",
            conflicts=[record.told for record in conflicts],
        )


def _named(changes: list[Record]) -> str:
    return ", ".join(f"revision {record.revision} by {record.agent} ({record.message})" for record in changes)


def _way_out(proposal: Proposal) -> str:
    door = f"POST /proposals/{proposal.number}/decline"
    return f"Decline it with a reason ({door}), and propose anew what still is to change."


def _overtakes(
    kg: KnowledgeGraph,
    patch: Patch,
    lost: set[ox.Triple],
    said: set[tuple[ox.NamedNode | ox.BlankNode | ox.Triple, ox.NamedNode]],
    replaced: set[ox.Triple],
) -> bool:
    """Whether a later change took away what is to be replaced, or gave another value where there may be one only."""
    if any(quad.triple in lost for quad in patch.removed):
        return True
    # What brought back the value that is to be replaced, as taking back another change does, stands against nothing.
    others = (quad for quad in patch.added if quad.triple not in replaced)
    return any((quad.subject, quad.predicate) in said and _is_there(kg, quad) for quad in others)


def _is_there(kg: KnowledgeGraph, quad: ox.Quad) -> bool:
    return ox.Quad(*quad.triple) in kg.present.quads


def propose(kg: KnowledgeGraph, change: Changeset) -> tuple[Outcome, Proposal | None]:
    """
    Keeps a change as a new proposal, with what would come of it today; None where it changes nothing.

    One that the gate would refuse is kept, too, since what counts is the graph when it is accepted.

    Raises:
        Crowded: too many wait for a decision.
        TooLarge: it would change more than may be kept.
        See `changes.weigh`.
    """
    outcome = weigh(kg, change)
    if outcome.verdict.candidate.is_empty:
        return outcome, None
    with kg.gate.turn():
        known = proposals(kg)
        _refuse_more(kg, sum(proposal.state == "open" for proposal in known))
        proposal = Proposal(
            number=max((one.number for one in known), default=0) + 1,
            agent=change.agent,
            time=written(change.time),
            message=change.message,
            base=outcome.revision,
            patch=patch_text(Patch(change.added, change.removed)),
            retracted=change.retracted,
            kept=patch_text(change.kept) if change.kept != NOTHING else "",
            reverts=change.reverts,
            restores=change.restores,
            conformed=outcome.conforms,
        )
        _refuse_large(kg, proposal)
        _keep(kg.present, proposal)
        return outcome, proposal


def _refuse_more(kg: KnowledgeGraph, count: int) -> None:
    if count >= (most := kg.settings.proposals_open_max):
        raise Crowded(
            f"{count:,} proposals wait for a decision, and at most {most:,} may (ALSKG_PROPOSALS_OPEN_MAX). Ask those "
            "who may publish to accept or decline some; or withdraw one of yours: POST /proposals/{number}/decline.",
            limit="proposals_open_max",
            retry_after_seconds=60,
        )


def _refuse_large(kg: KnowledgeGraph, proposal: Proposal) -> None:
    size, most = len(proposal.patch.encode()) + len(proposal.kept.encode()), kg.settings.proposal_bytes_max
    if size > most:
        raise TooLarge(
            f"What is proposed has {size:,} bytes as RDF Patch; at most {most:,} are kept (ALSKG_PROPOSAL_BYTES_MAX). "
            "Propose it in parts.",
            limit="proposal_bytes_max",
        )


def proposals(kg: KnowledgeGraph, state: str | None = None) -> list[Proposal]:
    """All proposals, or those in one state, the newest first."""
    found = (_read(plain(triple.object)) for triple in kg.present.match_in(PROPOSALS_GRAPH))
    return sorted((p for p in found if state is None or p.state == state), key=lambda p: -p.number)


def proposal_numbered(kg: KnowledgeGraph, number: int) -> Proposal:
    """
    One proposal.

    Raises:
        UnknownName: there is none of this number.
    """
    found = next((plain(t.object) for t in kg.present.match_in(PROPOSALS_GRAPH, f"{PROPOSALS}{number}")), None)
    if found is None:
        raise UnknownName(f"There is no proposal {number}. /proposals lists them.")
    return _read(found)


def comment(kg: KnowledgeGraph, number: int, agent: str, text: str) -> Proposal:
    """
    Adds what somebody says of a proposal, whatever its state.

    Raises:
        UnknownName: there is none of this number.
        TooLarge: enough was said of it.
        BadParameter: these words can't be kept.
    """
    with kg.gate.turn():
        before = proposal_numbered(kg, number)
        if len(before.comments) >= (most := kg.settings.proposal_comments_max):
            raise TooLarge(
                f"Proposal {number} has {len(before.comments):,} comments; at most {most:,} are kept "
                "(ALSKG_PROPOSAL_COMMENTS_MAX). What goes with a decision is still taken: accept or decline it.",
                limit="proposal_comments_max",
            )
        after = _commented(kg, before, agent, text)
        _keep(kg.present, after, before)
        return after


def weighed_now(
    kg: KnowledgeGraph, number: int, base: int | None = None, *, may_change_ontology: bool = False
) -> Outcome:
    """
    What would come of accepting a proposal; nothing is written.

    Raises:
        See `accept`.
    """
    proposal = _open(kg, number)
    change = replace(wanted_now(kg, proposal), base=base, may_change_ontology=may_change_ontology)
    with _laid_to_others(kg, proposal, change):
        outcome = weigh(kg, change)
    _refuse_moved(kg, proposal, change, outcome)
    _refuse_needless(proposal, outcome)
    return outcome


def accept(
    kg: KnowledgeGraph,
    number: int,
    agent: str,
    text: str = "",
    base: int | None = None,
    *,
    may_change_ontology: bool = False,
) -> Outcome:
    """
    Makes the change that was proposed (see `wanted_now`), after the gate has looked at it as the graph stands now.

    The proposal is accepted, with what is said of that, in the same transaction; where the outcome isn't committed, it
    stays as it was. `base` is the revision at which whoever accepts it looked at it.

    Raises:
        Conflict: it isn't open any more, what it would change is so already, or others changed just that or what it
            rests on meanwhile.
        See `changes.commit`.
    """

    def accepted() -> tuple[Proposal, Changeset]:
        before = _open(kg, number)
        by = f"{before.agent}{ACCEPTED_BY}{agent}"
        return before, replace(wanted_now(kg, before), agent=by, base=base, may_change_ontology=may_change_ontology)

    before, change = accepted()
    with _laid_to_others(kg, before, change):
        ahead = foreseen(kg, change)
    with kg.gate.turn():
        before, change = accepted()
        after = replace(_decided(kg, before, "accepted", agent, text), revision=kg.present.state.revision + 1)
        with _laid_to_others(kg, before, change):
            outcome = commit(kg, change, Patch(*(_quads(p) for p in (after, before))), ahead=ahead)
        _refuse_moved(kg, before, change, outcome)
        if not outcome.committed:
            _refuse_needless(before, outcome)
        return outcome


def _refuse_needless(proposal: Proposal, outcome: Outcome) -> None:
    if outcome.conforms and outcome.verdict.candidate.is_empty:
        raise Conflict(
            f"Proposal {proposal.number} changes nothing any more: what it asks for is so already. Decline it."
        )


@contextmanager
def _laid_to_others(kg: KnowledgeGraph, proposal: Proposal, change: Changeset) -> Iterator[None]:
    """What a proposal is about, and isn't there as it was, is told with the later changes that touched it."""
    try:
        yield
    except (UnknownName, Conflict) as error:
        if moved := _moved(kg, proposal, change, str(error), frozenset()):
            raise moved from error
        raise


def _refuse_moved(kg: KnowledgeGraph, proposal: Proposal, change: Changeset, outcome: Outcome) -> None:
    """
    Nothing, where the graph would be sound with a proposal, or wouldn't have been when it was made either.

    Raises:
        Conflict: later changes touched what it rests on; they are named.
    """
    if outcome.conforms or not proposal.conformed:
        return
    verdict = outcome.verdict
    said = _faults(verdict)
    more = f" And {len(said) - FAULTS_SAID_MAX} more." if len(said) > FAULTS_SAID_MAX else ""
    if moved := _moved(kg, proposal, change, f"{' '.join(said[:FAULTS_SAID_MAX])}{more}", verdict.wrong):
        raise moved


def _faults(verdict: Verdict) -> list[str]:
    return [*(f"{fault.node}: {fault.what}" for fault in verdict.faults), *map(verdict.in_words, verdict.results)]


def _moved(kg: KnowledgeGraph, proposal: Proposal, change: Changeset, why: str, wrong: Set[str]) -> Conflict | None:
    """That the graph has moved away from a proposal, and by which changes; None where none touched what it rests on."""
    if proposal.restores is not None or proposal.reverts is not None:
        # It was worked out just now.
        return None
    nodes = frozenset(_rests_on(change) | wrong)
    later = [record for record in records(kg.present, proposal.base) if record.concerns(nodes)]
    # What alone was looked at for a change says less than what it touched.
    conflicts = [record for record in later if touched_by(record.patch) & nodes] or later
    if not conflicts:
        return None
    return Conflict(
        f"The graph has moved since proposal {proposal.number} was made at revision {proposal.base}: {why} Others "
        f"changed what it rests on: {_named(conflicts)}. {_way_out(proposal)}",
        conflicts=[record.told for record in conflicts],
    )


def _rests_on(change: Changeset) -> set[str]:
    """The nodes that a change says something of, names or takes back."""
    quads = (*change.added, *change.removed, *change.kept.added, *change.kept.removed)
    named = {plain(quad.object) for quad in quads if isinstance(quad.object, ox.NamedNode)}
    return named | {plain(quad.subject) for quad in quads} | {claim for claim, _ in change.retracted}


def decline(kg: KnowledgeGraph, number: int, agent: str, text: str = "") -> Proposal:
    """
    Closes a proposal without making its change, with what is said of that; who made it withdraws it so.

    Raises:
        Conflict: it isn't open any more.
        BadParameter: nothing is said of why, by somebody else than who made it; or these words can't be kept.
    """
    with kg.gate.turn():
        before = _open(kg, number)
        is_own = before.agent == agent
        if not text and not is_own:
            raise BadParameter(
                f"message: say why, so that {before.agent} learns what to do better; it is kept with the proposal.",
                parameter="message",
            )
        after = _decided(kg, before, "withdrawn" if is_own else "declined", agent, text)
        _keep(kg.present, after, before)
        return after


def _open(kg: KnowledgeGraph, number: int) -> Proposal:
    found = proposal_numbered(kg, number)
    if found.state != "open":
        raise Conflict(f"Proposal {number} is {found.state} since {found.decided_at}, by {found.decided_by}.")
    return found


def _commented(kg: KnowledgeGraph, proposal: Proposal, agent: str, text: str) -> Proposal:
    if not text:
        return proposal
    refuse_unsayable(kg, "message", text, one_line=False)
    return replace(proposal, comments=(*proposal.comments, Comment(agent, written(datetime.now(UTC)), text)))


def _decided(kg: KnowledgeGraph, proposal: Proposal, state: str, agent: str, text: str) -> Proposal:
    proposal = _commented(kg, proposal, agent, text)
    return replace(proposal, state=state, decided_by=agent, decided_at=written(datetime.now(UTC)))


def _keep(store: EmbeddedStore, after: Proposal, before: Proposal | None = None) -> None:
    store.write(_quads(after), _quads(before) if before else (), store.state)


def _quads(proposal: Proposal) -> tuple[ox.Quad, ...]:
    me = ox.NamedNode(f"{PROPOSALS}{proposal.number}")
    return (ox.Quad(me, _DOCUMENT, ox.Literal(json.dumps(asdict(proposal))), _GRAPH),)


def _read(text: str) -> Proposal:
    values = json.loads(text)
    values["retracted"] = tuple(map(tuple, values["retracted"]))
    values["comments"] = tuple(Comment(**one) for one in values["comments"])
    return Proposal(**values)
