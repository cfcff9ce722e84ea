"""The house rules on what stands behind a statement: a source for each claim, and claims for each inference."""

from collections.abc import Iterator

from alskg.faults import Fault, Site
from alskg.names import ALS, DCTERMS, OWN_SOURCE, RDF
from alskg.triples import iris, objects

INFERRED_FROM = ALS + "inferredFrom"
STATES = ALS + "states"
_CLAIM = ALS + "Claim"
_PROPOSITION = ALS + "Proposition"
_RULE = ALS + "inferenceRule"
_SOURCE = DCTERMS + "source"
_TYPE = RDF + "type"


def unsupported(site: Site, iri: str) -> Iterator[Fault]:
    """Nothing without a source: every proposition is stated by a claim, and every claim names where it stands."""
    types = iris(site.whole, iri, _TYPE)
    if _PROPOSITION in types and next(site.whole.match(None, STATES, iri), None) is None:
        what = "No claim states this proposition."
        yield Fault(site.where(iri), iri, "unsupported", what, "Add a claim with its source, or remove it.")
    if _CLAIM in types and not objects(site.whole, iri, _SOURCE):
        what = "The claim has no source."
        yield Fault(site.where(iri), iri, "no-source", what, "Say with dcterms:source where it stands.")


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
