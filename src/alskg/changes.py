"""Changing: the one place where the graph is written, after the gate has found that it may be."""

from dataclasses import dataclass, replace

import pyoxigraph as ox

from alskg.changeset import NOTHING, Changeset, Patch, touched_by
from alskg.characters import in_one_line, unfit
from alskg.errors import BadParameter, StaleBase, TooLarge
from alskg.gate import Foreseen, Tick, Verdict
from alskg.history import EVERYTHING, Record, quads_of_record, record_of, records, records_back
from alskg.knowledge_graph import KnowledgeGraph
from alskg.names import ALS

TOUCHED_MAX = 5_000
"""Of a change that touches more, the nodes aren't kept by name: a list of them would be longer than the change."""
_CLAIM = ox.NamedNode(ALS + "Claim")


@dataclass(frozen=True)
class Outcome:
    """What became of a change, or what would."""

    verdict: Verdict
    revision: int
    """The revision that it made, or that it was judged at."""
    committed: bool
    hindering: tuple[Record, ...] = ()
    """Where a revert isn't sound: the later changes that touched what would be wrong, the newest first."""

    @property
    def conforms(self) -> bool:
        """Whether the graph is sound with it."""
        return self.verdict.conforms

    @property
    def patch(self) -> Patch:
        """The curated quads that change."""
        return self.verdict.candidate.patch


def weigh(kg: KnowledgeGraph, change: Changeset, tick: Tick | None = None, *, limited: bool = True) -> Outcome:
    """
    What would happen; nothing is written.

    Raises:
        TooLarge: it has more quads, or touches more pairs of shape and node, than the limits.
        BadParameter: what is said of it can't be kept.
        ReadOnly, Forbidden, UnknownName: see `candidate.worked_out` and `retraction.with_retractions`.
        StaleBase: it rests on a revision since which others changed what it touches.
        LimitExceeded: others were at their turn for too long.
    """
    _refuse_unsayable(kg, change)
    if limited:
        _refuse_large(kg, change)
    # Without limits nobody else is there who would have to wait.
    ahead = kg.gate.foreseen(change, tick, looks_max=1) if limited else None
    with kg.gate.turn():
        verdict = kg.gate.as_foreseen(ahead) if ahead else kg.gate.judge(change, tick, limited=limited)
        _refuse_stale(kg, change, verdict)
        revision = ahead.revision if ahead else kg.present.state.revision
        return Outcome(verdict, revision, committed=False, hindering=_hindering(kg, change, verdict))


def foreseen(kg: KnowledgeGraph, change: Changeset) -> Foreseen | None:
    """
    What the gate finds of a change before its turn, where that takes long, so that others need not wait; for `commit`.

    Raises:
        See `weigh`.
    """
    _refuse_unsayable(kg, change)
    _refuse_large(kg, change)
    return kg.gate.foreseen(change)


def commit(
    kg: KnowledgeGraph,
    change: Changeset,
    beside: Patch = NOTHING,
    tick: Tick | None = None,
    *,
    ahead: Foreseen | None = None,
    limited: bool = True,
) -> Outcome:
    """
    Checks a change and writes it, with what is derived from it and its record, as a new revision: all or nothing.

    Where it doesn't conform, or changes nothing, nothing is written, and the outcome says so. `beside` goes into the
    same transaction: what the store keeps for itself, as the state of a proposal. `ahead` is what was foreseen.

    Raises:
        See `weigh`.
    """
    _refuse_unsayable(kg, change)
    if limited:
        _refuse_large(kg, change)
    with kg.gate.turn():
        verdict = kg.gate.judge(change, tick, ahead, limited=limited)
        _refuse_stale(kg, change, verdict)
        state, store = kg.present.state, kg.present
        if not verdict.conforms or (verdict.candidate.is_empty and not change.created and not change.dropped):
            return Outcome(verdict, state.revision, committed=False, hindering=_hindering(kg, change, verdict))
        patch = verdict.candidate.patch
        record = record_of(change, state.revision + 1, patch, _touched(verdict, patch))
        step = verdict.patch
        new = replace(
            state,
            revision=record.revision,
            curated=True,
            conforms=True,
            ontology=record.revision if verdict.candidate.changes_ontology else state.ontology,
        )
        store.write((*step.added, *quads_of_record(record), *beside.added), (*step.removed, *beside.removed), new)
        store.keep_graphs(change.created, change.dropped)
        kg.gate.passed(verdict)
        if kg.settings.sync == "commit":
            store.flush()
        if store.unsettled >= kg.settings.settle_changes:
            store.settle()
        return Outcome(verdict, record.revision, committed=True)


def _nodes(verdict: Verdict, patch: Patch) -> frozenset[str]:
    """What a change touches: what it says something of, and what was looked at for it and not for any other."""
    is_of_all = verdict.candidate.changes_ontology
    return frozenset(touched_by(patch)) if is_of_all else verdict.nodes | touched_by(patch)


def _touched(verdict: Verdict, patch: Patch) -> frozenset[str]:
    nodes = _nodes(verdict, patch)
    whole = verdict.candidate.changes_ontology or len(nodes) > TOUCHED_MAX
    return frozenset({EVERYTHING}) if whole else nodes


def _refuse_unsayable(kg: KnowledgeGraph, change: Changeset) -> None:
    refuse_unsayable(kg, "message", change.message)
    for _, reason in change.retracted:
        if not reason.strip():
            raise BadParameter("Say in `reason` why the claim is taken back; it is kept with it.", parameter="reason")
        refuse_unsayable(kg, "reason", reason)


def refuse_unsayable(kg: KnowledgeGraph, name: str, said: str, *, one_line: bool = True) -> None:
    """
    Nothing, where words may be kept: in the history each is one row of a list, so `one_line`; a comment may have more.

    Raises:
        BadParameter: they are too long, or have a character that can't be seen.
    """
    most = kg.settings.change_message_characters_max
    if len(said) > most:
        raise BadParameter(
            f"{name}: it has {len(said):,} characters; at most {most:,} are kept "
            "(ALSKG_CHANGE_MESSAGE_CHARACTERS_MAX).",
            parameter=name,
            limit="change_message_characters_max",
        )
    if (character := unfit(said, one_line=one_line)) is not None:
        what = "one line of what can be seen" if one_line else "what can be seen"
        raise BadParameter(f"{name}: it has the character {character}; write {what}.", parameter=name)


def shortened(kg: KnowledgeGraph, message: str) -> str:
    """A message that is made here, so that it may always be kept."""
    said, most = in_one_line(message), kg.settings.change_message_characters_max
    return said if len(said) <= most else f"{said[: most - 1]}…"


def _hindering(kg: KnowledgeGraph, change: Changeset, verdict: Verdict) -> tuple[Record, ...]:
    if change.reverts is None or verdict.conforms:
        return ()
    wrong, since = verdict.wrong, records_back(kg.present, change.reverts)
    return tuple(r for r in since if r.concerns(wrong) and touched_by(r.patch) & wrong)


def _refuse_large(kg: KnowledgeGraph, change: Changeset) -> None:
    count, most = len(change.added) + len(change.removed), kg.settings.change_quads_max
    if count > most:
        raise TooLarge(
            f"The change has {count:,} quads; at most {most:,} are taken at once (ALSKG_CHANGE_QUADS_MAX). Split it, "
            "or stop the server and use `alskg load`.",
            limit="change_quads_max",
        )


def _refuse_stale(kg: KnowledgeGraph, change: Changeset, verdict: Verdict) -> None:
    """Lets a change that rests on an older revision pass where nothing since touches what it touches."""
    now = kg.present.state.revision
    if change.base is None or change.base == now:
        return
    if change.base > now or now - change.base > kg.settings.revision_distance_max:
        raise StaleBase(
            f"The change rests on revision {change.base}, and the graph is at revision {now}. Read again what you "
            "change, and send it with the revision of that answer, which is in its header X-Alskg-Revision.",
            revision=now,
        )
    mine = _nodes(verdict, Patch(change.added, change.removed)) | frozenset(change.about)
    conflicts = [record for record in records(kg.present, change.base) if record.concerns(mine)]
    if conflicts:
        raise StaleBase(
            f"Since revision {change.base}, others changed what this change touches: "
            f"{', '.join(f'revision {record.revision} by {record.agent}' for record in conflicts)}. Read it again, and "
            f"send the change with the revision of that answer.",
            revision=now,
            conflicts=[_conflict(record, mine) for record in conflicts],
        )


def _conflict(record: Record, nodes: frozenset[str]) -> dict[str, object]:
    return {**record.told, "nodes": sorted(record.concerned(nodes))}


def refuse_wordless(message: str) -> str:
    """
    The message of a change, without spaces around it.

    Raises:
        BadParameter: there is none: history would not tell why.
    """
    if not (said := message.strip()):
        raise BadParameter("Say in `message` what the change is for; history keeps it.", parameter="message")
    return said
