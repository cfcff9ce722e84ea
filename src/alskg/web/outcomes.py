"""Outcomes of changes as answers: the diff with labels, the report in RDF and in plain words, what is told besides."""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, TypeGuard

import pyoxigraph as ox
from starlette.requests import Request
from starlette.responses import Response

from alskg.candidate import UNPLACED, Candidate
from alskg.changes import Outcome
from alskg.differences import Labels
from alskg.errors import ChangeRefused, NotAcceptable
from alskg.faults import Fault
from alskg.gate import Verdict
from alskg.knowledge_graph import KnowledgeGraph
from alskg.meant import path_of
from alskg.media import GRAPH, HTML, JSON, JSON_LD, Format
from alskg.names import ALS, RDF, RDFS, SH, XSD, file_of_graph, local_name
from alskg.retraction import live_quads
from alskg.shapes import MENDS
from alskg.statements import Pattern, statements
from alskg.store.evaluation import GRAPHS
from alskg.triples import Term, Triples, graph_of, plain, subjects, text
from alskg.web.denials import said_otherwise
from alskg.web.documents import Document, link_to, value_of
from alskg.web.problems import problem
from alskg.web.respond import NOTICE, send_json, send_page, wanted

if TYPE_CHECKING:
    from alskg.shacl.validator import Result

FORMATS = (JSON, *(format_ for format_ in GRAPH if format_ is not JSON_LD), HTML)
"""JSON and a page for the whole answer, RDF for the validation report alone."""
ROWS_SHOWN_MAX = 1_000
"""How many rows of a diff an answer shows; the patch of the revision has all of them."""
HINDERING_NAMED_MAX = 5
"""How many changes are named that stand in the way of a revert; the answer lists all of them."""
HOUSE_RULES = ALS + "house-rules/"
"""What the IRIs of the house rules begin with, as sources of validation results."""

More = Callable[[Document], Document]
"""What a door adds to the answer, or says in it in other words, from what the answer is without that."""

CONTESTED = ALS + "contested"
_PROPOSITION = ox.NamedNode(ALS + "Proposition")
_DISAGREEMENT = ox.NamedNode(ALS + "Disagreement")


def format_of(request: Request) -> Format:
    """
    The format in which the outcome of a change is told; to be asked before anything is written.

    Where none of the asked ones will do it is JSON: a client that sends an update asks for what it reads of queries,
    and a change that was made can't be answered with 406.

    Raises:
        NotAcceptable: `format=` names none that there is.
    """
    try:
        return wanted(request, FORMATS)
    except NotAcceptable:
        if request.query_params.get("format"):
            raise
        return JSON


def send_outcome(
    kg: KnowledgeGraph,
    request: Request,
    format_: Format,
    outcome: Outcome,
    *,
    is_dry_run: bool,
    more: More | None = None,
) -> Response:
    """
    200 for a dry run and where nothing changed, 201 with the place of the new revision, 422 where it is refused.

    Whoever asks for RDF gets the sh:ValidationReport (SHACL, section 3.6.1), with the same status and headers.
    """
    is_refused = not outcome.conforms and not is_dry_run
    status = 201 if outcome.committed else 422 if is_refused else 200
    headers = {"ETag": f'"{outcome.revision}"', "X-Alskg-Revision": str(outcome.revision), "Vary": "Accept"}
    headers |= {"Location": f"/changes/{outcome.revision}"} if outcome.committed else {}
    if format_ not in (JSON, HTML):
        return _report(kg, outcome, format_, headers, status)
    document = outcome_document(kg, outcome, is_dry_run=is_dry_run)
    document |= more(document) if more else {}
    if format_ is HTML:
        return send_page(request, "A dry run" if is_dry_run else "A change", document, headers, status)
    if is_refused:
        response = problem(request, status, ChangeRefused.title, str(document["summary"]), document)
        response.headers.update(headers)
        return response
    return send_json(document, JSON, headers, status)


def _report(kg: KnowledgeGraph, outcome: Outcome, format_: Format, headers: dict[str, str], status: int) -> Response:
    triples = report_triples(outcome.verdict)
    body = ox.serialize(triples, format=GRAPHS[format_.name], prefixes=dict(kg.schema.prefixes))
    return Response(body or b"", status, headers, format_.content_type)


def outcome_document(kg: KnowledgeGraph, outcome: Outcome, *, is_dry_run: bool) -> Document:
    """What happened, or what would: everything that a curator should know of a change."""
    verdict, candidate = outcome.verdict, outcome.verdict.candidate
    data = _Labelled(kg, candidate.whole, Labels(kg))
    return {
        "summary": _summary(outcome, is_dry_run=is_dry_run),
        "dryRun": is_dry_run,
        "committed": outcome.committed,
        "conforms": outcome.conforms,
        "revision": outcome.revision,
        **({"url": f"/changes/{outcome.revision}"} if outcome.committed else {}),
        "diff": diff_document(kg, data, candidate.added, candidate.removed),
        "derived": {
            "appear": [_row(kg, data, ox.Quad(*triple)) for triple in sorted(verdict.appear, key=str)[:ROWS_SHOWN_MAX]],
            "vanish": [_row(kg, data, ox.Quad(*triple)) for triple in sorted(verdict.vanish, key=str)[:ROWS_SHOWN_MAX]],
        },
        **({"hindering": [record.told for record in outcome.hindering]} if outcome.hindering else {}),
        "report": {"conforms": outcome.conforms, "results": list(_results(kg, verdict))},
        "alreadyThere": [_row(kg, data, quad) for quad in candidate.already[:ROWS_SHOWN_MAX]],
        "notThere": [_row(kg, data, quad) for quad in candidate.absent[:ROWS_SHOWN_MAX]],
        "existing": list(_existing(kg, verdict)),
        "disagreements": _disagreements(kg, verdict),
        "notice": NOTICE,
    }


def _summary(outcome: Outcome, *, is_dry_run: bool) -> str:
    candidate = outcome.verdict.candidate
    size = f"{len(candidate.added):,} added, {len(candidate.removed):,} removed (quads)"
    if not outcome.conforms:
        faults = _faults(outcome.verdict)
        first = next(iter(faults))
        more = f" And {len(faults) - 1:,} more, see `report`." if len(faults) > 1 else ""
        consequence = "" if is_dry_run else ", so nothing was written"
        return f"The graph would not be sound{consequence}: {first}{more}{_first_others(outcome)}"
    if candidate.is_empty:
        return "Nothing changes: what is to be added is there, and what is to be removed isn't."
    return f"Would pass: {size}." if is_dry_run else f"Revision {outcome.revision}: {size}."


def _first_others(outcome: Outcome) -> str:
    """Which later changes are to be taken back before this one can be."""
    if not outcome.hindering:
        return ""
    named = ", ".join(
        f"revision {r.revision} by {r.agent} ({r.message})" for r in outcome.hindering[:HINDERING_NAMED_MAX]
    )
    return (
        f" Changed since by {named}; revert the newest of these first: POST {outcome.hindering[0].told['url']}/revert"
    )


def _faults(verdict: Verdict) -> list[str]:
    """Everything that is wrong, a sentence or two each."""
    by_shapes = [f"{verdict.in_words(result)} {_mend(verdict.candidate, result)}" for result in verdict.results]
    return [*(f"{fault.node}: {fault.what} {fault.mend}" for fault in verdict.faults), *by_shapes]


def diff_document(
    kg: KnowledgeGraph,
    data: "Triples | _Labelled",
    added: Iterable[ox.Quad],
    removed: Iterable[ox.Quad],
    since: int | None = None,
) -> dict[str, object]:
    """
    Quads added and removed, each with labels; the first of them where there are very many.

    `since` is the revision of a change that was made, so that what went later is called as it was then.
    """
    sides = {"added": list(added), "removed": list(removed)}
    labelled = data
    if not isinstance(labelled, _Labelled):
        labelled = _Labelled(kg, labelled, Labels(kg, (*sides["added"], *sides["removed"]), since))
    shown = {side: [_row(kg, labelled, quad) for quad in quads[:ROWS_SHOWN_MAX]] for side, quads in sides.items()}
    return {**shown, "counts": {side: len(quads) for side, quads in sides.items()}}


class _Labelled:
    """Links with the labels of their things, each looked up once: most rows of an answer speak of the same ones."""

    def __init__(self, kg: KnowledgeGraph, data: Triples, labels: Labels) -> None:
        self._kg = kg
        self._labels = labels
        self._data = data
        self._links: dict[str, Document] = {}

    def link(self, iri: str) -> Document:
        """The link to a thing, a copy of its own."""
        if iri not in self._links:
            self._links[iri] = link_to(self._kg, iri, _label(self._kg, self._data, iri) or self._labels.of(iri))
        return {**self._links[iri]}


def _row(kg: KnowledgeGraph, data: _Labelled, quad: ox.Quad) -> Document:
    graph = graph_of(quad)
    return {
        "subject": data.link(plain(quad.subject)),
        "predicate": data.link(plain(quad.predicate)),
        "object": data.link(quad.object.value)
        if isinstance(quad.object, ox.NamedNode)
        else value_of(kg, quad.object, None),
        **({"file": file_of_graph(graph)} if graph not in ("", UNPLACED) else {}),
        "nquads": f"{quad} .",
    }


def _value(kg: KnowledgeGraph, data: Triples, term: Term) -> object:
    # A time is written with colons, too, and is no IRI.
    return value_of(kg, term, _label(kg, data, term.value) if isinstance(term, ox.NamedNode) else None)


def _label(kg: KnowledgeGraph, data: Triples, iri: str) -> str | None:
    if ":" not in iri or " " in iri:
        return None
    # What is removed has its label in the graph as it stood.
    return text(data, iri, RDFS + "label") or text(kg.present, iri, RDFS + "label")


def _results(kg: KnowledgeGraph, verdict: Verdict) -> Iterator[Document]:
    data = verdict.candidate.whole
    for fault in verdict.faults:
        yield {
            "node": link_to(kg, fault.node, _label(kg, data, fault.node)),
            "file": fault.file,
            "rule": fault.rule,
            "what": fault.what,
            "mend": fault.mend,
        }
    for result in verdict.results:
        value = None if result.value is None else _value(kg, data, result.value)
        yield {
            "node": link_to(kg, result.focus, _label(kg, data, result.focus)),
            "file": verdict.candidate.where(result.focus),
            **({"path": link_to(kg, result.path, _label(kg, data, result.path))} if result.path else {}),
            **({"value": value} if value is not None else {}),
            "rule": local_name(result.component),
            "shape": result.shape,
            "what": verdict.in_words(result),
            "mend": _mend(verdict.candidate, result),
        }


def _mend(candidate: Candidate, result: "Result") -> str:
    kind, value = local_name(result.component), result.value
    mend = MENDS.get(kind, "Mend it as the shape says.")
    if kind == "MinCountConstraintComponent" and (known := _listed(candidate, result.path)):
        return f"{mend.rstrip('.')}: {', '.join(known)}."
    if kind == "DatatypeConstraintComponent" and "decimal" in result.message and _is_whole(value):
        return f"Write {value.value}.0; without a point it is a whole number."
    return mend


def _is_whole(value: object) -> TypeGuard[ox.Literal]:
    return isinstance(value, ox.Literal) and value.datatype.value == XSD + "integer"


def _listed(candidate: Candidate, path: str | None) -> list[str]:
    """The names of what a property leads to, where all that there is of it is in a closed list of the ontology."""
    schema = candidate.schema
    fields = (field for class_ in schema.classes.values() for field in class_.fields.values() if field.path == path)
    classes = {field.class_ for field in fields}
    found = [iri for class_ in classes if class_ for iri in subjects(candidate.whole, RDF + "type", class_)]
    return sorted(map(local_name, found)) if schema.are_listed(found) else []


def _existing(kg: KnowledgeGraph, verdict: Verdict) -> Iterator[Document]:
    """The propositions that somebody wanted to add and that are there: a claim on them is what is to be added."""
    candidate = verdict.candidate
    for quad in candidate.already:
        if quad.predicate.value == RDF + "type" and quad.object == _PROPOSITION:
            iri = plain(quad.subject)
            yield {
                **link_to(kg, iri, _label(kg, candidate.whole, iri)),
                "url": path_of(kg, iri),
                "addClaim": {"method": "POST", "url": "/claims", "body": {"proposition": iri}},
            }


def joined(kg: KnowledgeGraph, candidate: Candidate) -> list[Document]:
    """The statements that are there and that get claims by a change, each with who speaks to it already."""
    # What is taken back is added, too, where such claims are kept.
    stated = {plain(triple.object) for triple in candidate.live_added if triple.predicate.value == ALS + "states"}
    there = sorted(iri for iri in stated if live_quads(kg.present, iri))
    found = statements(kg, Pattern((), propositions=there)) if there else []
    return [
        {
            **link_to(kg, one.iri, one.label),
            "claims": [
                {**link_to(kg, claim.iri, claim.notation), "side": claim.side, "source": claim.source_label or ""}
                for claim in one.claims
            ],
        }
        for one in found
        if one.claims
    ]


def _disagreements(kg: KnowledgeGraph, verdict: Verdict) -> Document:
    """
    What the change makes contested, or not so any more; the disagreements that it records or drops; and what is said
    otherwise with another scope, which contests nothing.
    """
    candidate = verdict.candidate
    kinds = {
        "created": (verdict.appear, candidate.live_added),
        "resolved": (verdict.vanish, candidate.live_removed),
    }
    found: Document = {
        name: [
            link_to(kg, plain(triple.subject), _label(kg, candidate.whole, plain(triple.subject)))
            for triple in sorted((*derived, *live), key=str)
            if triple.predicate.value == CONTESTED
            or (triple.predicate.value == RDF + "type" and triple.object == _DISAGREEMENT)
        ]
        for name, (derived, live) in kinds.items()
    }
    otherwise = said_otherwise(candidate, ROWS_SHOWN_MAX).items()
    links = [{**link_to(kg, iri, _label(kg, candidate.whole, iri)), "side": side} for iri, side in otherwise]
    return {**found, "inOtherScope": links}


def report_triples(verdict: Verdict) -> Iterator[ox.Triple]:
    """The verdict as an sh:ValidationReport; a house rule counts as a constraint component of ours."""
    report = ox.BlankNode("report")
    yield _said(report, RDF + "type", ox.NamedNode(SH + "ValidationReport"))
    yield _said(report, SH + "conforms", ox.Literal(verdict.conforms))
    results = [*map(_of_fault, verdict.faults), *map(_of_result, verdict.results)]
    for number, values in enumerate(results, 1):
        node = ox.BlankNode(f"result{number}")
        yield _said(report, SH + "result", node)
        yield _said(node, RDF + "type", ox.NamedNode(SH + "ValidationResult"))
        for name, value in values.items():
            yield _said(node, SH + name, value)


def _said(subject: ox.BlankNode, predicate: str, object_: ox.NamedNode | ox.BlankNode | ox.Literal) -> ox.Triple:
    return ox.Triple(subject, ox.NamedNode(predicate), object_)


def _of_fault(fault: Fault) -> dict[str, ox.NamedNode | ox.Literal]:
    return {
        "focusNode": _node(fault.node),
        "resultSeverity": ox.NamedNode(SH + "Violation"),
        "sourceConstraintComponent": ox.NamedNode(HOUSE_RULES + fault.rule),
        "resultMessage": ox.Literal(f"{fault.what} {fault.mend}", language="en"),
    }


def _of_result(result: "Result") -> dict[str, ox.NamedNode | ox.Literal]:
    optional = {
        "resultPath": _node(result.path) if result.path else None,
        "value": result.value if isinstance(result.value, ox.NamedNode | ox.Literal) else None,
    }
    return {
        "focusNode": _node(result.node),
        "resultSeverity": ox.NamedNode(result.severity),
        "sourceConstraintComponent": ox.NamedNode(result.component),
        "sourceShape": _node(result.shape),
        "resultMessage": ox.Literal(result.message),
        **{name: term for name, term in optional.items() if term is not None},
    }


def _node(name: str) -> ox.NamedNode | ox.Literal:
    """The node that a report names by its text: an IRI, or else a literal or a node without a name."""
    try:
        return ox.NamedNode(name)
    except ValueError:
        return ox.Literal(name)
