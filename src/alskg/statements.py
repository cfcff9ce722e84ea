"""What is stated: propositions with the claims for and against them, as questions and as plain values."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field

import pyoxigraph as ox

from alskg.answers import Question, Row, rows
from alskg.knowledge_graph import KnowledgeGraph
from alskg.names import ALS, local_name
from alskg.schema import Predicate
from alskg.store.terms import Bindable
from alskg.triples import Term, iris, plain

_STATED = """
    ?proposition rdf:subject ?subject ; rdf:predicate ?predicate ; rdf:object ?object .
"""
_SUBJECT_CLASS = "    ?subject a ?subjectClass .\n"
_OBJECT_CLASS = "    ?object a ?objectClass .\n"
_PROPOSITIONS = """
SELECT DISTINCT ?proposition ?label ?subject ?subjectLabel ?predicate ?object ?objectLabel WHERE {{{pattern}
    OPTIONAL {{ ?proposition rdfs:label ?label }}
    OPTIONAL {{ ?subject rdfs:label ?subjectLabel }}
    OPTIONAL {{ ?object rdfs:label ?objectLabel }}
}}
"""
_SCOPES = """
SELECT DISTINCT ?proposition ?property ?value ?valueLabel WHERE {{{pattern}
    ?property a als:ScopeProperty . ?proposition ?property ?value .
    OPTIONAL {{ ?value rdfs:label ?valueLabel }}
}}
"""
_CLAIMS = """
SELECT DISTINCT ?proposition ?link ?claim ?notation ?certainty ?source ?sourceLabel ?said ?seen ?locator ?asOf ?date
    ?term ?evidence ?level ?verification WHERE {{{pattern}
    VALUES ?link {{ als:supportedBy als:disputedBy als:inferredBy }}
    ?proposition ?link ?claim .
    OPTIONAL {{ ?claim skos:notation ?notation }}
    OPTIONAL {{ ?claim als:certainty ?certainty }}
    OPTIONAL {{
        ?claim dcterms:source ?source .
        OPTIONAL {{ ?source rdfs:label ?sourceLabel }}
        OPTIONAL {{ ?source als:date ?said }}
        OPTIONAL {{ ?source als:seenOn ?seen }}
    }}
    OPTIONAL {{ ?claim als:locator ?locator }}
    OPTIONAL {{ ?claim als:asOf ?asOf }}
    OPTIONAL {{ ?claim als:date ?date }}
    OPTIONAL {{ ?claim als:sourceTerm ?term }}
    OPTIONAL {{ ?claim als:evidenceBasis ?evidence . OPTIONAL {{ ?evidence als:level ?level }} }}
    OPTIONAL {{ ?claim als:verification ?verification }}
}}
"""
_PREFIXES = """PREFIX als: <https://w3id.org/alskg/ontology/>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>"""

_DISAGREEMENTS = """
SELECT DISTINCT ?proposition ?disagreement ?title ?verdict WHERE {{{pattern}
    ?claim als:states ?proposition .
    ?disagreement als:oneSide|als:otherSide ?claim ; als:verdict ?verdict .
    OPTIONAL {{ ?disagreement rdfs:label ?title }}
}}
"""

_BY_THEN = """    OPTIONAL {{ {found}?{claim}# als:date ?{claim}Date# }}
    OPTIONAL {{ {found}?{claim}# als:asOf ?{claim}AsOf# }}
    OPTIONAL {{ {found}?{claim}# dcterms:source/als:date ?{claim}Said# }}
    OPTIONAL {{ {found}?{claim}# dcterms:source/als:seenOn ?{claim}Seen# }}
    FILTER(COALESCE(STR(?{claim}Date#), STR(?{claim}AsOf#), IF(STRLEN(STR(?{claim}Said#)) = 4,
        CONCAT(STR(?{claim}Said#), "-12-31"), IF(STRLEN(STR(?{claim}Said#)) = 7,
        CONCAT(STR(?{claim}Said#), "-31"), STR(?{claim}Said#))), STR(?{claim}Seen#)) <= ?day)
"""
_SUPERSEDED = "?claim# als:supersededBy ?later# . "
# Each OPTIONAL says again how it is found: the engine looks the days of all claims up else, once for each row.
HELD = f"""{_BY_THEN.format(claim="claim", found="")}    FILTER NOT EXISTS {{
    {_SUPERSEDED}
{_BY_THEN.format(claim="later", found=_SUPERSEDED)}    }}
"""
"""
That a claim counts at `?day`: the day from which it counts (see `counts_from`) is that one or an earlier one, and
nothing that counts by then superseded it. `#` is a number, where several claims are asked of.
"""


def counts_from(date: str | None, as_of: str | None, said: str | None, seen: str | None) -> str | None:
    """
    The day from which a claim counts: its own, or else the one by which somebody had said it.

    Its own is that of what happened, or else that at which it held; by the date of its source it had been said, or
    else by the day on which that had been read. None where it has none of these. `HELD` says the same in SPARQL. Days,
    months and years compare as text: 2022-01 is not after 2022-01-31, so that what happened or held in a month counts
    from its first day. What came out in it counts from its last: before, it may not have been there.
    """
    return date or as_of or (said and said + {4: "-12-31", 7: "-31"}.get(len(said), "")) or seen


SIDES = {"supportedBy": "for", "disputedBy": "against", "inferredBy": "inferred"}


def stance_of_sides(sides: Set[str]) -> str:
    """How something stands on which there are claims of these sides; see `Statement.stance`."""
    if {"for", "against"} <= sides:
        return "contested"
    names = {"for": "affirmed", "against": "denied", "inferred": "inferred"}
    return next((names[side] for side in names if side in sides), "not stated")


@dataclass(frozen=True)
class Pattern:
    """Which statements are meant: by the thing at an end, by the class at both ends, by predicate."""

    predicates: Sequence[Predicate]
    subjects: Sequence[str] = ()
    objects: Sequence[str] = ()
    propositions: Sequence[str] = ()
    subject_class: str | None = None
    object_class: str | None = None

    def question(self, template: str) -> Question:
        """One of the templates above over this pattern."""
        bindings: dict[str, Sequence[Bindable]] = {}
        for name, values in (
            ("subject", self.subjects),
            ("object", self.objects),
            ("proposition", self.propositions),
            ("subjectClass", [self.subject_class] if self.subject_class else []),
            ("objectClass", [self.object_class] if self.object_class else []),
            ("predicate", [p.iri for p in self.predicates]),
        ):
            if values:
                bindings[name] = [ox.NamedNode(value) for value in values]
        pattern = _STATED
        pattern += _SUBJECT_CLASS if self.subject_class else ""
        pattern += _OBJECT_CLASS if self.object_class else ""
        return Question(_PREFIXES + template.format(pattern=pattern), bindings)


@dataclass(frozen=True)
class Claim:
    """One source's word on a proposition."""

    iri: str
    notation: str | None
    side: str
    certainty: str | None
    source: str | None
    source_label: str | None
    locator: str | None
    as_of: str | None
    evidence: str | None = None
    """The kind of evidence, by the name that the closed list has for it."""
    level: float | None = None
    """How far up this kind stands in the order of the list."""
    verification: str | None = None
    date: str | None = None
    """The day on which it happened, where it tells of an event."""
    said: str | None = None
    """The date of its source."""
    seen: str | None = None
    """The day by which its source had been read for this graph."""
    term: str | None = None
    """What the source calls its object, where that is something else."""
    superseded_by: tuple[str, ...] = ()
    """The later claims by which it is out of date."""

    @property
    def day(self) -> str | None:
        """The day of its own: that of the event that it tells of, or else the one at which it held."""
        return self.date or self.as_of

    @property
    def counts_from(self) -> str | None:
        """The day from which it counts; see `counts_from`."""
        return counts_from(self.date, self.as_of, self.said, self.seen)


@dataclass(frozen=True)
class Dispute:
    """A disagreement on record that a statement's claims are part of."""

    iri: str
    label: str
    verdict: str


@dataclass(frozen=True)
class Statement:
    """A proposition and who says what about it."""

    iri: str
    label: str
    subject: str
    subject_label: str
    predicate: str
    object_: Term
    object_label: str
    scope: Mapping[str, str]
    claims: tuple[Claim, ...]
    disputes: tuple[Dispute, ...] = ()
    within: Mapping[str, str] = field(default_factory=dict)
    """Its scope by the IRIs or texts of the values."""

    @property
    def stance(self) -> str:
        """`affirmed`, `denied`, `contested`, `inferred`, or `not stated` where no live claim is left."""
        return stance_of_sides({claim.side for claim in self.claims})

    def count(self, side: str) -> int:
        """How many live claims there are on a side: `for`, `against`, `inferred`."""
        return sum(claim.side == side for claim in self.claims)

    @property
    def superseded(self) -> int:
        """How many of its claims are out of date by a later one."""
        return sum(bool(claim.superseded_by) for claim in self.claims)

    @property
    def certainties(self) -> list[str]:
        """The certainties of the claims that affirm it, the most frequent first."""
        found = Counter(c.certainty for c in self.claims if c.side == "for" and c.certainty)
        return [certainty for certainty, _ in sorted(found.items(), key=lambda item: (-item[1], item[0]))]

    @property
    def sources(self) -> dict[str, str]:
        """The sources of all its claims, with their labels."""
        return {c.source: c.source_label or c.source for c in self.claims if c.source}

    @property
    def as_of(self) -> list[str]:
        """The dates at which its claims say that it held, or happened."""
        return sorted({c.day for c in self.claims if c.day})


def statements(kg: KnowledgeGraph, pattern: Pattern) -> list[Statement]:
    """The statements of a pattern, in the order of their propositions' IRIs; none where no predicate fits."""
    if not pattern.predicates and not pattern.propositions and not pattern.subjects and not pattern.objects:
        return []
    scopes = _by_proposition(rows(kg, pattern.question(_SCOPES)))
    claims = _by_proposition(rows(kg, pattern.question(_CLAIMS)))
    disputes = _by_proposition(rows(kg, pattern.question(_DISAGREEMENTS)))
    found = {plain(row["proposition"]): row for row in rows(kg, pattern.question(_PROPOSITIONS))}
    return [
        _statement(iri, row, scopes[iri], [_claim(kg, claim) for claim in claims[iri]], disputes[iri])
        for iri, row in sorted(found.items())
    ]


def shown_as(pattern: Pattern) -> Question:
    """The question that stands behind a list of statements, for the caller to ask again."""
    return pattern.question(_PROPOSITIONS)


def counts(found: Iterable[Statement]) -> dict[str, int]:
    """Live claims for and against, and inferred ones, over all the statements."""
    total = Counter(claim.side for statement in found for claim in statement.claims)
    return {side: total[side] for side in SIDES.values()}


def _by_proposition(found: Iterable[Row]) -> defaultdict[str, list[Row]]:
    groups: defaultdict[str, list[Row]] = defaultdict(list)
    for row in found:
        groups[plain(row["proposition"])].append(row)
    return groups


def _statement(
    iri: str, row: Row, scopes: Sequence[Row], claims: Iterable[Claim], disputes: Iterable[Row]
) -> Statement:
    return Statement(
        iri=iri,
        label=_text(row, "label") or iri,
        subject=plain(row["subject"]),
        subject_label=_text(row, "subjectLabel") or plain(row["subject"]),
        predicate=plain(row["predicate"]),
        object_=row["object"],
        object_label=_text(row, "objectLabel") or plain(row["object"]),
        scope={local_name(plain(s["property"])): _text(s, "valueLabel") or plain(s["value"]) for s in scopes},
        claims=tuple(sorted(claims, key=lambda claim: claim.iri)),
        disputes=tuple(sorted(map(_dispute, disputes), key=lambda dispute: dispute.iri)),
        within={local_name(plain(s["property"])): plain(s["value"]) for s in scopes},
    )


def _dispute(row: Row) -> Dispute:
    iri = plain(row["disagreement"])
    return Dispute(iri, _text(row, "title") or iri, local_name(plain(row["verdict"])))


def _claim(kg: KnowledgeGraph, row: Row) -> Claim:
    certainty, evidence, verification = (_text(row, name) for name in ("certainty", "evidence", "verification"))
    return Claim(
        iri=plain(row["claim"]),
        notation=_text(row, "notation"),
        side=SIDES[local_name(plain(row["link"]))],
        certainty=local_name(certainty) if certainty else None,
        source=_text(row, "source"),
        source_label=_text(row, "sourceLabel"),
        locator=_text(row, "locator"),
        as_of=_text(row, "asOf"),
        evidence=local_name(evidence) if evidence else None,
        level=float(level) if (level := _text(row, "level")) else None,
        verification=local_name(verification) if verification else None,
        date=_text(row, "date"),
        said=_text(row, "said"),
        seen=_text(row, "seen"),
        term=_text(row, "term"),
        superseded_by=tuple(sorted(iris(kg.store, plain(row["claim"]), ALS + "supersededBy"))),
    )


def _text(row: Row, name: str) -> str | None:
    return plain(row[name]) if name in row else None
