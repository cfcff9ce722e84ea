"""The house rules on what stands behind a statement: a source for each claim, and claims for each inference."""

from collections.abc import Iterator, Sequence

import pyoxigraph as ox

from alskg.faults import Fault, Site
from alskg.names import ALS, BASE, DCTERMS, OWN_SOURCE, RDF, local_name
from alskg.schema import Schema
from alskg.triples import Term, Triples, bearing, iris, objects, plain, subjects

DENIES = f"{BASE}vocabularies/polarities/denies"
INFERRED_FROM = ALS + "inferredFrom"
OBJECT = RDF + "object"
POLARITY = ALS + "polarity"
PREDICATE = RDF + "predicate"
SUBJECT = RDF + "subject"
STATES = ALS + "states"
_CLAIM = ALS + "Claim"
_PROPOSITION = ALS + "Proposition"
_LOCATOR = ALS + "locator"
_NOT_STATED = ALS + "notStated"
_AFFIRMS = f"{BASE}vocabularies/polarities/affirms"
_RULE = ALS + "inferenceRule"
_BOUNDS = ALS + "boundsStatus"
DATE = ALS + "date"
CERTAINTY = ALS + "certainty"
ANTICIPATED = f"{BASE}vocabularies/certainties/anticipated"
_WRITTEN = (DATE, DCTERMS + "issued", DCTERMS + "modified", DCTERMS + "date")
_SOURCE = DCTERMS + "source"
_TYPE = RDF + "type"

SAID_AT = (STATES, _SOURCE, _LOCATOR)
"""Of what a claim speaks, on whose word and where. Claims that have all of this in common are one."""


def unsupported(site: Site, iri: str) -> Iterator[Fault]:
    """Nothing without a source: every proposition is stated by a claim, and every claim names where it stands."""
    types = iris(site.whole, iri, _TYPE)
    if _PROPOSITION in types and next(site.whole.match(None, STATES, iri), None) is None:
        what = "No claim states this proposition."
        yield Fault(site.where(iri), iri, "unsupported", what, "Add a claim with its source, or remove it.")
    if _CLAIM in types and not objects(site.whole, iri, _SOURCE):
        what = "The claim has no source."
        yield Fault(site.where(iri), iri, "no-source", what, "Say with dcterms:source where it stands.")


def unstated(site: Site, iri: str) -> Iterator[Fault]:
    """Of some classes a member is what a source says, as a figure that a study found is: then a proposition says it."""
    for class_ in site.schema.owners(iris(site.whole, iri, _TYPE)):
        for property_ in class_.stated_by:
            about = subjects(site.whole, OBJECT, iri)
            if not any(property_ in iris(site.whole, proposition, PREDICATE) for proposition in about):
                what = f"A {class_.label} is what a source says, and no proposition says it by {local_name(property_)}."
                mend = "Say it with its claim in one change, as POST /claims does where `object` describes it; or "
                mend += "remove it with the claim that goes."
                yield Fault(site.where(iri), iri, "unstated", what, mend)


def ungrounded(site: Site, iri: str) -> Iterator[Fault]:
    """What rests on a proposition names something that it is about: no rule is built on another drug's relief."""
    for property_ in site.schema.grounds:
        for proposition in iris(site.whole, iri, property_):
            ends = {end for name in (SUBJECT, OBJECT) for end in iris(site.whole, proposition, name)}
            own = {t.object.value for t in site.whole.match(iri) if isinstance(t.object, ox.NamedNode)} | {iri}
            if ends and not ends & own:
                what = f"It {local_name(property_)} {proposition}, which is about nothing that it names."
                mend = "Name one on its own drug or another of its ends; or state what it rests on, with its source."
                yield Fault(site.where(iri), iri, "ungrounded", what, mend)


def unaffirmed(site: Site, iri: str) -> Iterator[Fault]:
    """How to dose or to monitor rests on what a source says is so: what sources only deny is no guidance."""
    grounds = [proposition for property_ in site.schema.grounds for proposition in iris(site.whole, iri, property_)]
    for class_ in (site.schema.classes[t] for t in iris(site.whole, iri, _TYPE) if t in site.schema.classes):
        if class_.needs_support and grounds and not any(_is_affirmed(site.whole, one) for one in grounds):
            what = f"A {class_.label} rests on what a claim affirms, and none affirms {', '.join(grounds)}."
            mend = "Name a proposition that a source affirms; what a source advises against is a contraindication."
            yield Fault(site.where(iri), iri, "unaffirmed", what, mend)


def _is_affirmed(triples: Triples, proposition: str) -> bool:
    """Whether a source affirms a proposition; an inference doesn't count."""
    return any(
        _AFFIRMS in iris(triples, claim, POLARITY) and not objects(triples, claim, INFERRED_FROM)
        for claim in subjects(triples, STATES, proposition)
    )


def at_odds(site: Site, iri: str) -> Iterator[Fault]:
    """A proposition says nothing else of its object than that says itself: a finding is of the study that found it."""
    for stated in iris(site.whole, iri, PREDICATE):
        predicate = site.schema.predicates.get(stated)
        for field in predicate.agrees_with if predicate else ():
            for thing in iris(site.whole, iri, OBJECT):
                own = iris(site.whole, thing, field)
                if own and not set(own).intersection(iris(site.whole, iri, RDF + "subject")):
                    what = f"{thing} has {', '.join(own)} as its {local_name(field)}, and not the subject."
                    yield Fault(site.where(iri), iri, "at-odds", what, "Mend one of the two.")


def out_of_scope(site: Site, iri: str) -> Iterator[Fault]:
    """
    What holds within limits is told within them: who decides in one area decides nothing in another, and a standing
    that there is in one area alone is nowhere else.
    """
    types = iris(site.whole, iri, _TYPE)
    named = [t.object.value for t in site.whole.match(iri) if isinstance(t.object, ox.NamedNode)]
    for proposition in iris(site.whole, iri, STATES) if _CLAIM in types else ():
        for limit in site.schema.scope_properties:
            within = iris(site.whole, proposition, limit)
            for thing in named if within else ():
                own = iris(site.whole, thing, limit)
                if thing != proposition and own and set(own).isdisjoint(within):
                    what = f"{thing} has {', '.join(own)} as its {local_name(limit)}, and what is stated holds within "
                    what += f"{', '.join(within)}."
                    yield Fault(site.where(iri), iri, "out-of-scope", what, "Mend the one that is wrong.")
    for standing in iris(site.whole, iri, OBJECT) if _PROPOSITION in types else ():
        bounds = subjects(site.whole, _BOUNDS, standing)
        kinds = {kind for bound in bounds for kind in iris(site.whole, bound, _TYPE)}
        for limit in site.schema.scope_properties if bounds else ():
            within = [
                area for area in iris(site.whole, iri, limit) if kinds.intersection(iris(site.whole, area, _TYPE))
            ]
            if within and set(within).isdisjoint(bounds):
                what = f"There is {standing} only within {', '.join(bounds)}, and not within {', '.join(within)}."
                yield Fault(site.where(iri), iri, "out-of-scope", what, "Name another standing, or where it holds.")


def ahead_of_its_source(site: Site, iri: str) -> Iterator[Fault]:
    """A source tells what happened by the day on which it was last written; what it only foresees is anticipated."""
    if _CLAIM not in iris(site.whole, iri, _TYPE) or ANTICIPATED in iris(site.whole, iri, CERTAINTY):
        return
    days = [plain(term) for term in objects(site.whole, iri, DATE)]
    for source in iris(site.whole, iri, _SOURCE):
        written = sorted(plain(day) for property_ in _WRITTEN for day in objects(site.whole, source, property_))
        # A month is before the days of another month, and neither before nor after its own.
        late = [day for day in days if written and all(day[: len(last)] > last[: len(day)] for last in written)]
        if late:
            what = f"It tells of {', '.join(late)}, and its source is of {written[-1]}."
            mend = "Mend the day or the source; where the source was written anew since, say so with dcterms:modified."
            yield Fault(site.where(iri), iri, "ahead-of-source", what, mend)


def incomplete(site: Site, iri: str) -> Iterator[Fault]:
    """A claim bears what its predicate asks of it, as an event its day; or says that the source leaves it open."""
    if _CLAIM not in iris(site.whole, iri, _TYPE):
        return
    open_ = iris(site.whole, iri, _NOT_STATED)
    propositions = iris(site.whole, iri, STATES)
    for stated in (by for proposition in propositions for by in iris(site.whole, proposition, PREDICATE)):
        predicate = site.schema.predicates.get(stated)
        for need in predicate.claim_needs if predicate else ():
            if need not in open_ and not objects(site.whole, iri, need):
                name = local_name(need)
                what = f"A claim by {local_name(stated)} bears {name}."
                mend = f"Add als:{name}; where the source leaves it open, say als:notStated als:{name}."
                yield Fault(site.where(iri), iri, "incomplete", what, mend)


def said_twice(site: Site, iri: str) -> Iterator[Fault]:
    """
    What a source says at one place is one claim, whatever it is called: a second one would count it twice, or have the
    source deny there what it affirms.
    """
    for other in said_as_well(site.whole, iri):
        what = f"{other} says or denies this already, from the same source and the same place in it."
        mend = "One is enough: leave the other out, or retract it, and correct the one that stays; "
        mend += "where the source says it twice, als:locator tells the places apart."
        yield Fault(site.where(iri), iri, "said-twice", what, mend)


def said_as_well(triples: Triples, iri: str) -> list[str]:
    """The other claims of the same proposition, on whichever side, from the same source and the same place in it."""
    said = _said_at(triples, iri)
    if {property_ for property_, _ in said} != {*SAID_AT} or _CLAIM not in iris(triples, iri, _TYPE):
        # What lacks one of these is told so by other rules.
        return []
    others = (other for other in bearing(triples, said) if other != iri)
    return [other for other in others if _CLAIM in iris(triples, other, _TYPE) and _said_at(triples, other) == said]


def _said_at(triples: Triples, iri: str) -> set[tuple[str, Term]]:
    return {(property_, value) for property_ in SAID_AT for value in objects(triples, iri, property_)}


def read_across(schema: Schema, before: Triples, after: Triples, changed: Sequence[ox.Triple]) -> Iterator[str]:
    """The nodes, beside their subjects, whose verdict by these rules triples may alter that come or go."""
    said_anew = {plain(triple.subject) for triple in changed if triple.predicate.value in (*SAID_AT, _TYPE)}
    yield from (other for iri in said_anew for triples in (before, after) for other in said_as_well(triples, iri))
    for triple in changed:
        subject, property_ = plain(triple.subject), triple.predicate.value
        about = [subject] if property_ in (SUBJECT, OBJECT) else []
        if property_ == STATES and isinstance(triple.object, ox.NamedNode):
            about = [triple.object.value]
        elif property_ in (POLARITY, INFERRED_FROM):
            about = [proposition for triples in (before, after) for proposition in iris(triples, subject, STATES)]
        yield from (iri for one in about for ground in schema.grounds for iri in subjects(after, ground, one))
        if property_ == INFERRED_FROM:
            yield from subjects(after, INFERRED_FROM, subject)
        elif property_ in (STATES, OBJECT) and isinstance(triple.object, ox.NamedNode):
            yield triple.object.value
        elif property_ == PREDICATE:
            yield from (iri for triples in (before, after) for iri in iris(triples, subject, OBJECT))
            yield from subjects(after, STATES, subject)
        elif property_ in schema.agreeing:
            yield from subjects(after, OBJECT, subject)
    yield from _limited_by(schema, after, changed)


def _limited_by(schema: Schema, after: Triples, changed: Sequence[ox.Triple]) -> Iterator[str]:
    """Of those the ones that hold within what changed, or were said after what changed was written."""
    for triple in changed:
        subject, property_ = plain(triple.subject), triple.predicate.value
        if property_ in _WRITTEN:
            yield from subjects(after, _SOURCE, subject)
        elif property_ == _BOUNDS:
            yield from subjects(after, OBJECT, triple.object)
        elif property_ in schema.scope_properties or property_ == _TYPE:
            # Whatever refers to it: a claim by a qualifier, or by the proposition that it states.
            yield from (plain(other.subject) for other in after.match(None, None, subject))


def inferences(site: Site, iri: str) -> Iterator[Fault]:
    """
    What this graph infers is its own word and nobody else's, says from what and by which rule, and rests on sources.

    An inference from an inference is refused: one that leads back to itself would stand on nothing.
    """
    if _CLAIM not in iris(site.whole, iri, _TYPE):
        return
    where, premises = site.where(iri), iris(site.whole, iri, INFERRED_FROM)
    is_own = OWN_SOURCE in iris(site.whole, iri, _SOURCE)
    if premises and not is_own:
        mend = f"Leave als:inferredFrom out; or make it a claim of its own, with the source <{OWN_SOURCE}>."
        yield Fault(where, iri, "inference", "It is inferred, and so no word of another source.", mend)
    if is_own and not premises:
        what = "This graph says nothing by itself; it only infers."
        yield Fault(where, iri, "inference", what, "Name the claims with als:inferredFrom, or another source.")
    if bool(premises) != bool(objects(site.whole, iri, _RULE)):
        what = "An inference has both als:inferredFrom and als:inferenceRule; of another claim it has neither."
        yield Fault(where, iri, "inference", what, "Add the one that is missing, or remove the other.")
    for premise in premises:
        if objects(site.whole, premise, INFERRED_FROM):
            what = f"It is inferred from {premise}, which is inferred itself."
            yield Fault(where, iri, "inference", what, "Name the claims that that one is inferred from.")
