"""What can be done at the desk: for each address the form, and the change or the decision that it stands for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from alskg.access import Agent, Scope
from alskg.changeset import Changeset, quads_of
from alskg.claim_drafts import claim_draft
from alskg.drafts import minted, thing_draft
from alskg.errors import BadDocument, BadParameter, Forbidden, RequestError, StaleBase, UnknownName
from alskg.history import Record, record_at, records, reverted_by
from alskg.knowledge_graph import KnowledgeGraph
from alskg.meant import hint, path_of
from alskg.media import TRIG
from alskg.members import find
from alskg.names import ALS
from alskg.proposals import Proposal, accept, comment, decline, proposal_numbered, proposals, weighed_now
from alskg.retraction import live_quads
from alskg.reversal import reverting
from alskg.schema import Class
from alskg.web.denials import denials, denies, denying
from alskg.web.documents import Document, documents
from alskg.web.entries import Form, Row, changed, document_of, first, rows_of_claim, rows_of_class, with_missing
from alskg.web.outcomes import diff_document, joined, outcome_document
from alskg.web.retractions import live_member, referring, together

DOOR = "pages"
_TOGETHER = "together"
_CLAIM = ALS + "Claim"


@dataclass(frozen=True)
class Task:
    """A piece of work."""

    title: str
    about: str = ""
    rows: Sequence[Row] = ()
    build: Callable[[Agent, Form], Changeset] | None = None
    """From who asks and what was written to the change."""
    decide: Callable[[Agent, Form], str] | None = None
    """For what is no change of the graph by itself: does it, and says where to go."""
    way_out: Callable[[Agent, Form], Document] | None = None
    """What the page offers in place of a change that the gate would refuse."""
    says_itself: bool = True
    """Whether what was done can be told where nobody says what the change is for."""
    view: str = "task"
    shown: Mapping[str, Any] = field(default_factory=dict)


def task_of(kg: KnowledgeGraph, address: str, given: Form, agent: Agent) -> Task:
    """
    The work that an address below /curate stands for; `given` are the fields of a form, or the parameters of a link.

    Raises:
        UnknownName: there is none.
    """
    kind, *rest = address.split("/")
    known: dict[tuple[str, int], Callable[..., Task]] = {
        ("edit", 2): _edit,
        ("new", 1): _new,
        ("claim", 0): _claim,
        ("retract", 2): _retract,
        ("revert", 1): _revert,
        ("turtle", 0): _turtle,
        ("proposals", 0): _proposals,
        ("proposals", 1): _proposal,
    }
    make = known.get((kind, len(rest)))
    if make is None:
        raise UnknownName(f"There is no work called {address!r} at the desk.{hint(kind, [name for name, _ in known])}")
    return make(kg, given, *rest)


def _class_called(kg: KnowledgeGraph, kind: str, collection: str, name: str = "") -> Class:
    class_ = kg.schema.collections.get(collection)
    if class_ is None:
        raise UnknownName(f"Nothing is written under /{collection}.{hint(collection, kg.schema.collections)}")
    if class_.is_role:
        # Its members are those of another class, and are written there.
        owner = next(iter(kg.schema.owners([class_.iri])))
        instead = f"/curate/{kind}/{owner.collection}" + (f"/{name}" if name else f"?type={class_.name}")
        raise UnknownName(
            f"A {class_.label} is a {owner.label} in a role, and is written as a {owner.label}: {instead}.",
            suggestions=[instead],
        )
    return class_


def _edit(kg: KnowledgeGraph, given: Form, collection: str, name: str) -> Task:
    class_ = _class_called(kg, "edit", collection, name)
    iri = find(kg, class_, name)
    # Known before what is read: what comes in between is refused then, rather than overwritten.
    now = kg.revision
    before = documents(kg, class_, [iri], None)[0]
    rows = rows_of_class(kg, class_, before)
    wish = next(iter(given.get("base", ())), "")
    base = int(wish) if wish.isdecimal() and len(wish) < len(str(now)) + 1 else now
    since = [record for record in records(kg.present, base) if record.concerns(frozenset({iri}))]

    def build(agent: Agent, form: Form) -> Changeset:
        was = _rows_at(kg, class_, iri, base) if since else rows
        document = changed(document_of(rows, form, fields=class_.fields), was)
        if not document:
            raise BadParameter("Nothing is changed yet.")
        _refuse_overtaken(document, was, rows, since)
        if "type" in document:
            # Whoever has no role any more is what it is all the same.
            roles = document["type"]
            document["type"] = [class_.name, *(roles if isinstance(roles, list) else ())]
        draft = thing_draft(kg, class_, name, document, is_whole=False)
        usual = f"Changes {', '.join(document)} of {class_.label} {name}"
        return Changeset(usual, agent.name, draft.added, draft.removed, about=(iri,), base=now, door=DOOR)

    about = f"A {class_.label}. {class_.definition}"
    # It stays what the form rests on, until the form is loaded anew.
    shown = {"base": base, "since": [record.told for record in since]}
    title = f"Edit {'the denial ' if denies(kg, iri) else ''}{before.get('label', name)}"
    return Task(title, about, rows, build, shown=shown)


def _rows_at(kg: KnowledgeGraph, class_: Class, iri: str, revision: int) -> list[Row]:
    """The rows as a form of that revision showed them."""
    with kg.as_of(revision):
        return rows_of_class(kg, class_, documents(kg, class_, [iri], None)[0])


def _refuse_overtaken(document: Document, was: Sequence[Row], now: Sequence[Row], since: Sequence[Record]) -> None:
    """
    Nothing, where others wrote other fields than this form does, or just the same.

    Raises:
        StaleBase: somebody else wrote one of its fields meanwhile.
    """
    there = {row.name: row for row in now}
    theirs = {row.name for row in was if row.values != there[row.name].values}
    both = [there[name].label for name in changed(document, now) if name in theirs]
    if both:
        raise StaleBase(
            f"Since you opened this form, somebody else changed {', '.join(both)}, which you changed as well. Nothing "
            "of theirs is overwritten.",
            conflicts=[record.told for record in since],
        )


def _new(kg: KnowledgeGraph, given: Form, collection: str) -> Task:
    class_ = _class_called(kg, "new", collection)
    about = "The last part of its address: lower-case words with hyphens. It stays when the label changes."
    own = [Row("name", "name", about, is_required=True), *rows_of_class(kg, class_)]

    def build(agent: Agent, form: Form) -> Changeset:
        document = document_of(own, form, fields=class_.fields)
        name = str(document["name"] or "")
        said = {key: value for key, value in document.items() if value is not None and key != "name"}
        try:
            iri = minted(class_, name)
            if any(live_quads(kg.present, iri)):
                what = f"There is a {class_.label} called {name} already: {path_of(kg, iri)}."
                raise BadParameter(what, parameter="name")
            draft = thing_draft(kg, class_, name, said, is_whole=True)
        except BadParameter as error:
            raise with_missing(error, own, document) from error
        usual = f"Adds {class_.label} {name}"
        return Changeset(usual, agent.name, draft.added, draft.removed, about=(iri,), door=DOOR)

    rows = [row.filled(given) if given.get(row.name) else row for row in own]
    return Task(f"A new {class_.label}", class_.definition, rows, build)


def _claim(kg: KnowledgeGraph, given: Form) -> Task:
    class_ = kg.schema.classes[_CLAIM]
    rows = rows_of_claim(kg, given)

    def build(agent: Agent, form: Form) -> Changeset:
        document = document_of(rows, form, fields=class_.fields)
        try:
            draft = claim_draft(kg, {key: value for key, value in document.items() if value is not None})
        except BadParameter as error:
            raise with_missing(error, rows, document) from error
        if draft.is_there:
            raise BadParameter(f"The graph has just this claim already: {path_of(kg, draft.iri)}.")
        usual = f"Adds the {'denial' if denying(draft.added) else 'claim'} {draft.label}"
        return Changeset(usual, agent.name, draft.added, door=DOOR)

    about = "One source saying, or denying, one thing, at one place of it. What many sources say is many claims."
    return Task("A new claim", about, rows, build)


def _retract(kg: KnowledgeGraph, given: Form, collection: str, name: str) -> Task:
    class_ = _class_called(kg, "retract", collection, name)
    if class_.iri != _CLAIM:
        raise UnknownName(f"Only claims are taken back; a {class_.label} is removed by DELETE.")
    iri = live_member(kg, class_, name)
    label = documents(kg, class_, [iri], None)[0].get("label", name)
    what = f"the denial {label}" if denies(kg, iri) else str(label)
    rows = [Row("reason", "reason", "Why; it stays on record with the claim.", "text", is_required=True).filled(given)]
    if counting := referring(kg, iri):
        goes = "Claims that refer to it are taken back as well, and what else can't do without it is removed."
        rows.append(Row(_TOGETHER, "together with what counts on it", goes, "boolean").filled(given))

    def build(agent: Agent, form: Form) -> Changeset:
        why = first(form, "reason")
        if not why:
            raise BadParameter("Say why the claim is taken back.", parameter="reason")
        message = f"Takes back {'denial' if denies(kg, iri) else 'claim'} {name}: {why}"
        alone = Changeset(message, agent.name, retracted=((iri, why),), door=DOOR)
        whole = together(kg, iri, why, agent.name) if _is_whole(form) else None
        return replace(alone, removed=whole.removed, retracted=whole.retracted) if whole else alone

    def way_out(agent: Agent, form: Form) -> Document:
        return {"together": not _is_whole(form) and together(kg, iri, first(form, "reason"), agent.name) is not None}

    about = "It is kept with when, by whom and why, and is gone from answers."
    return Task(f"Take back {what}", about, rows, build, way_out=way_out, shown={"referring": counting})


def _is_whole(form: Form) -> bool:
    # The button adds its value to that of the field.
    return "true" in form.get(_TOGETHER, ())


def _revert(kg: KnowledgeGraph, given: Form, revision: str) -> Task:
    number = _number(revision)
    record = record_at(kg.present, number)

    def build(agent: Agent, form: Form) -> Changeset:
        change = reverting(kg, number, agent.name, next(iter(form.get("message", ())), "").strip())
        return replace(change, door=DOOR)

    about = f"{record.message} (by {record.agent}). A new revision takes away what it added and brings back the rest."
    taken_back = reverted_by(kg.present, number)
    title, shown = f"Take back revision {number}", {"taken_back": taken_back}
    return Task(title, about, [], None if taken_back else build, shown=shown)


def _turtle(kg: KnowledgeGraph, given: Form) -> Task:
    rows = [
        Row("add", "add", "Turtle or TriG; the declared prefixes need not be written.", "turtle").filled(given),
        Row("remove", "remove", "Just these triples.", "turtle").filled(given),
    ]

    def build(agent: Agent, form: Form) -> Changeset:
        added, removed = (_read(kg, form, row.name) for row in rows)
        if not added and not removed:
            said = [row.name for row in rows if first(form, row.name)]
            what = "There is no triple in it, only comments or prefixes. " if said else ""
            raise BadParameter(f"{what}Write triples to add or to remove.", parameter=said[0] if said else "add")
        return Changeset("", agent.name, added, removed, door=DOOR)

    return Task(
        "Turtle",
        "For those who would rather write triples; the same gate looks at them.",
        rows,
        build,
        says_itself=False,
    )


def _read(kg: KnowledgeGraph, form: Form, name: str) -> tuple[Any, ...]:
    try:
        return tuple(quads_of("\n".join(form.get(name, ())), TRIG.media_type, kg.schema.prefixes, {}))
    except BadDocument as error:
        raise BadDocument(str(error), **{**error.extra, "parameter": name}) from error


def _number(text: str) -> int:
    if not text.isdecimal() or len(text) > 15:
        raise UnknownName(f"{text!r} is no number.")
    return int(text)


def _proposals(kg: KnowledgeGraph, given: Form) -> Task:
    return Task("Proposals", view="proposals", shown={"proposals": proposals(kg)})


def _proposal(kg: KnowledgeGraph, given: Form, number: str) -> Task:
    proposal = proposal_numbered(kg, _number(number))

    def decide(agent: Agent, form: Form) -> str:
        return _decided(kg, proposal.number, agent, form)

    change = proposal.changeset
    denied = denials(kg, (*change.added, *change.removed))
    shown: Document = {
        "proposal": proposal,
        "comments": [asdict(said) for said in proposal.comments],
        "today": None,
        "proposed": diff_document(kg, kg.present, change.added, change.removed),
        "denials": denied,
        "retracted": [
            {"url": path_of(kg, iri), "iri": iri, "reason": reason, "denies": iri in denied}
            for iri, reason in proposal.retracted
        ],
    }
    if proposal.state == "open":
        shown |= _today(kg, proposal)
    return Task(f"Proposal {proposal.number}", decide=decide, view="proposal", shown=shown)


def _today(kg: KnowledgeGraph, proposal: Proposal) -> Document:
    """What would come of a proposal as the graph is now, or why it can't be accepted as it is."""
    try:
        outcome = weighed_now(kg, proposal.number)
    except RequestError as error:
        return {"stands_against": str(error), "conflicts": error.extra.get("conflicts", ())}
    today: Document = {
        "today": outcome_document(kg, outcome, is_dry_run=True),
        "joined": joined(kg, outcome.verdict.candidate),
    }
    return today if outcome.conforms else {**today, "stands_against": "The graph would not be sound with it."}


def _decided(kg: KnowledgeGraph, number: int, agent: Agent, form: Form) -> str:
    action, said = (next(iter(form.get(name, ())), "").strip() for name in ("action", "message"))
    here = f"/curate/proposals/{number}"
    is_own = proposal_numbered(kg, number).agent == agent.name
    if (action == "accept" or (action == "decline" and not is_own)) and not agent.may(Scope.PUBLISH):
        raise Forbidden(f"{agent.name} may propose, and not decide; this takes the scope {Scope.PUBLISH}.")
    if action == "accept":
        outcome = accept(kg, number, agent.name, said, may_change_ontology=agent.may(Scope.ADMIN))
        if outcome.committed:
            return f"/changes/{outcome.revision}"
    elif action == "decline":
        decline(kg, number, agent.name, said)
        return here
    if action == "comment" and not said:
        raise BadParameter("Write what is to be said of it.", parameter="message")
    if said:
        # What was written beside an acceptance that the gate refused isn't lost.
        comment(kg, number, agent.name, said)
    return here
