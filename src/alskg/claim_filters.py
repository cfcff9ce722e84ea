"""Which claims count for a caller, and within which scope: by date, certainty, source and least kind of evidence."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

import pyoxigraph as ox

from alskg.errors import BadParameter
from alskg.knowledge_graph import KnowledgeGraph
from alskg.meant import hint, member_known_as, member_meant, things_meant
from alskg.names import ALS, DCTERMS, RDF, local_name
from alskg.statements import Claim, Statement, counts_from
from alskg.store.terms import Bindable
from alskg.triples import Triples, objects, plain, subjects, text

_SCOPED = """    {{ {stated} {limit} ?{within} }}
    UNION
    {{
        {claim} als:states {stated} ; dcterms:source ?{within}By .
        ?{within}By {limit} ?{within} .
        FILTER NOT EXISTS {{ {stated} {limit} ?{within}Else }}
    }}
"""


def scoped(stated: str, claim: str, limit: str, within: str) -> str:
    """
    That a claim lies within a scope, in SPARQL: by what the statement is limited to, or else by what its source is.

    The first three are terms or variables as they are written, the last one is the name of a variable.
    """
    return _SCOPED.format(stated=stated, claim=claim, limit=limit, within=within)


@dataclass(frozen=True)
class ClaimFilter:
    """What a claim must have to count, and its statement as scope; empty where everything counts."""

    as_of: str | None = None
    superseded: frozenset[str] = frozenset()
    """Claims that were out of date by then, by IRI."""
    certainties: frozenset[str] | None = None
    """Their IRIs."""
    sources: frozenset[str] | None = None
    evidence: frozenset[str] | None = None
    """The kinds of evidence that do, by IRI."""
    scope: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Scope properties by name, with the IRIs or texts that do."""
    limited: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """The sources that are limited so in all that they say, by IRI and by the name of the scope property."""

    @property
    def is_empty(self) -> bool:
        """Whether everything counts."""
        return self == ClaimFilter()

    @property
    def terms(self) -> dict[str, list[Bindable]]:
        """What a claim must have for its certainty, source and evidence to do, by property; see `members.Filters`."""
        wanted = {
            ALS + "certainty": self.certainties,
            DCTERMS + "source": self.sources,
            ALS + "evidenceBasis": self.evidence,
        }
        return {p: [ox.NamedNode(iri) for iri in sorted(iris)] for p, iris in wanted.items() if iris is not None}

    @property
    def scope_terms(self) -> dict[str, list[Bindable]]:
        """What a statement must be limited to, by scope property; any of the terms will do."""
        return {ALS + name: [_term(value) for value in sorted(wanted)] for name, wanted in self.scope.items()}

    def _held(self, claim: Claim) -> bool:
        """Whether it counts at the date; `statements.HELD` says the same in SPARQL."""
        if self.as_of is None:
            return True
        day = claim.counts_from
        return day is not None and day <= self.as_of and claim.iri not in self.superseded

    def of(self, found: Iterable[Statement]) -> list[Statement]:
        """
        The statements within the scope, each with the claims that count; none without such.

        What isn't limited at all lies within the scope by the claims of those sources that are.
        """
        certainties, evidence = _names(self.certainties), _names(self.evidence)

        def counts(claim: Claim) -> bool:
            return (
                self._held(claim)
                and (certainties is None or claim.certainty in certainties)
                and (self.sources is None or claim.source in self.sources)
                and (evidence is None or claim.evidence in evidence)
            )

        within = (s for s in found if all(s.within.get(n) in (None, *wanted) for n, wanted in self.scope.items()))
        then = (replace(s, claims=tuple(c for c in s.claims if counts(c) and self._lies(s, c))) for s in within)
        return [statement for statement in then if statement.claims]

    def _lies(self, statement: Statement, claim: Claim) -> bool:
        """Whether a claim on it lies within the scope; `scoped` says the same in SPARQL."""
        return all(n in statement.within or claim.source in self.limited.get(n, ()) for n in self.scope)


def _term(value: str) -> Bindable:
    return ox.NamedNode(value) if "://" in value else ox.Literal(value, language="en")


def _names(iris: frozenset[str] | None) -> set[str] | None:
    return None if iris is None else set(map(local_name, iris))


def claim_filter(
    kg: KnowledgeGraph,
    as_of: str | None = None,
    certainty: Sequence[str] | None = None,
    source: Sequence[str] | None = None,
    least_evidence: str | None = None,
    scope: Mapping[str, Sequence[str] | None] | None = None,
) -> ClaimFilter:
    """
    The filter that a caller means by these names.

    Raises:
        BadParameter: a name is not known; the message says which, and what there is.
    """
    within = {name: frozenset(_values(kg, name, wanted)) for name, wanted in (scope or {}).items() if wanted}
    return ClaimFilter(
        as_of,
        frozenset() if as_of is None else frozenset(superseded(kg.store, as_of)),
        None if certainty is None else frozenset(_concept(kg, "certainties", "certainty", name) for name in certainty),
        None if source is None else frozenset(iri for name in source for iri in sources_called(kg, name)),
        None if least_evidence is None else frozenset(_at_least(kg, least_evidence)),
        within,
        {name: frozenset(_limited(kg, ALS + name, wanted)) for name, wanted in within.items()},
    )


def _limited(kg: KnowledgeGraph, property_: str, wanted: Iterable[str]) -> Iterable[str]:
    """The sources that are limited by this property to one of these IRIs or texts."""
    for source in subjects(kg.store, RDF + "type", ALS + "Source"):
        if not set(map(plain, objects(kg.store, source, property_))).isdisjoint(wanted):
            yield source


def superseded(triples: Triples, day: str) -> Iterable[str]:
    """The claims that what counts by this day put out of date, by IRI."""
    for triple in triples.match(None, ALS + "supersededBy"):
        first = _counts_from(triples, plain(triple.object))
        if first is not None and first <= day:
            yield plain(triple.subject)


def _counts_from(triples: Triples, claim: str) -> str | None:
    """The day from which a claim counts; see `statements.counts_from`."""
    source = text(triples, claim, DCTERMS + "source") or ""
    own = (text(triples, claim, ALS + name) for name in ("date", "asOf"))
    return counts_from(*own, *(text(triples, source, ALS + name) for name in ("date", "seenOn")))


def sources_called(kg: KnowledgeGraph, name: str) -> list[str]:
    """
    The sources that a name stands for: one by its own name, or all of a kind by the name of the kind.

    Raises:
        BadParameter: there is neither.
    """
    class_ = kg.schema.classes[ALS + "Source"]
    if found := member_meant(kg, class_, name):
        return [found]
    kinds = kg.schema.vocabularies["source-kinds"]
    if name in kinds.concepts:
        return sorted(subjects(kg.store, ALS + "sourceKind", kinds.namespace + name))
    if found := member_known_as(kg, class_, name):
        return [found]
    raise BadParameter(
        f"source={name}: there is no such source and no such kind of source; /sources lists them, and the kinds are "
        f"{', '.join(sorted(kinds.concepts))}.",
        parameter="source",
        available=sorted(kinds.concepts),
    )


def _at_least(kg: KnowledgeGraph, name: str) -> list[str]:
    """The kinds of evidence that stand as high as this one, or higher."""
    kinds = kg.schema.vocabularies["evidence-kinds"]
    least = _level(kg, _concept(kg, kinds.name, "minEvidence", name))
    iris = [kinds.namespace + concept for concept in kinds.concepts]
    return [iri for iri in iris if _level(kg, iri) >= least]


def _level(kg: KnowledgeGraph, kind: str) -> Decimal:
    return max((Decimal(plain(term)) for term in objects(kg.store, kind, ALS + "level")), default=Decimal(0))


def _concept(kg: KnowledgeGraph, vocabulary: str, parameter: str, name: str) -> str:
    known = kg.schema.vocabularies[vocabulary]
    if name not in known.concepts:
        raise BadParameter(
            f"{parameter}={name}: there is no such thing here.{hint(name, known.concepts)} "
            f"There are {', '.join(sorted(known.concepts))}.",
            parameter=parameter,
            available=sorted(known.concepts),
        )
    return known.namespace + name


def _values(kg: KnowledgeGraph, name: str, wanted: Iterable[str]) -> Iterable[str]:
    """What a scope property may have: the things that are called so, or the text itself."""
    for value in wanted:
        terms = {triple.object for triple in kg.store.match(None, ALS + name)}
        is_text = ox.Literal(value, language="en") in terms
        known = [] if is_text else [node.value for node in things_meant(kg, name, value, terms)]
        if not known and not is_text:
            used = sorted({local_name(plain(term)) for term in terms})
            raise BadParameter(
                f"{name}={value}: no statement is limited to that.{hint(value, used)}", parameter=name, available=used
            )
        yield from known or [value]
