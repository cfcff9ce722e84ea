"""The house rules that SHACL can't say: each as a function of one triple or of one node, wherever they are kept."""

from collections.abc import Iterable, Iterator, Mapping

import pyoxigraph as ox

from alskg.evidence import (
    ahead_of_its_source,
    at_odds,
    incomplete,
    inferences,
    out_of_scope,
    read_across,
    said_twice,
    unaffirmed,
    ungrounded,
    unstated,
    unsupported,
)
from alskg.faults import Fault, NodeRule, Site, TripleRule
from alskg.figures import impossible, misnumbered, out_of_bounds, told_by
from alskg.identity import EXACT, matches, namesakes, numbered, of_two_works, undefined, with_their_names
from alskg.labels import called_otherwise, worded_by
from alskg.layout import files_for
from alskg.names import (
    ALS,
    BASE,
    DCTERMS,
    NAME_LENGTH_MAX,
    OWL,
    RDF,
    RDFS,
    SH,
    SKOS,
    is_name,
    local_name,
    proposition_iri,
)
from alskg.schema import Schema
from alskg.spelling import ill_typed, links, to_come, wording
from alskg.triples import Term, Triples, iris, objects, plain, reached, subjects

LANGUAGES = (RDF, RDFS, OWL, SH, SKOS)
"""What an ontology is written in; their classes are declared elsewhere, and have no members in data/."""

_TYPE = RDF + "type"
_PROPOSITION = ALS + "Proposition"
_CLAIM = ALS + "Claim"
_REPLACED = DCTERMS + "isReplacedBy"
_ENDS = (RDF + "subject", RDF + "object")
_CLASS_MEND = "Give it a class of ontology/classes/ (`a als:…`)."


def blank_nodes(site: Site, file: str, triple: ox.Triple) -> Iterator[Fault]:
    """Nothing is anonymous: a diff, a link and a report need a name."""
    if isinstance(triple.subject, ox.BlankNode) or isinstance(triple.object, ox.BlankNode):
        what = f"A blank node at {plain(triple.predicate)}."
        yield Fault(file, plain(triple.subject), "blank-node", what, "Give it an IRI.")


def undeclared(site: Site, file: str, triple: ox.Triple) -> Iterator[Fault]:
    """Every property and every class in use is declared."""
    property_, node = plain(triple.predicate), plain(triple.subject)
    if property_ not in site.schema.properties:
        mend = "Declare it in ontology/properties.ttl, or mend the slip."
        yield Fault(file, node, "undeclared-property", f"The property {property_} is not declared.", mend)
    if property_ == _TYPE and not _is_class(site, triple.object, file):
        what = f"The class {plain(triple.object)} is not declared."
        yield Fault(file, node, "undeclared-class", what, "Add its file under ontology/classes/, or mend the slip.")


def _is_class(site: Site, term: Term, file: str) -> bool:
    if not isinstance(term, ox.NamedNode):
        return False
    if file.startswith("ontology/") and term.value.startswith(LANGUAGES):
        return True
    return ox.NamedNode(OWL + "Class") in objects(site.whole, term.value, _TYPE)


def dangling(site: Site, file: str, triple: ox.Triple) -> Iterator[Fault]:
    """Every IRI of ours that is referred to is described."""
    if isinstance(triple.object, ox.NamedNode) and triple.object.value.startswith(BASE):
        iri = triple.object.value
        if not is_described(site.whole, iri) and iri not in site.schema.prefixes.values():
            what = f"{local_name(plain(triple.predicate))} refers to {iri}, which nothing describes."
            yield Fault(file, plain(triple.subject), "dangling", what, "Describe it, or mend the slip.")


def of_itself(site: Site, file: str, triple: ox.Triple) -> Iterator[Fault]:
    """Nothing is broader than itself, follows from itself, or is superseded by itself."""
    if triple.subject == triple.object:
        what = f"{local_name(triple.predicate.value)} leads from it to itself."
        yield Fault(file, plain(triple.subject), "of-itself", what, "Leave it out, or mend the slip.")


def in_a_circle(site: Site, file: str, triple: ox.Triple) -> Iterator[Fault]:
    """Nothing is broader than what it is narrower than, nor a part of its part; see als:neverLeadsBack."""
    node, next_, property_ = plain(triple.subject), plain(triple.object), triple.predicate.value
    if _is_step(site.schema, triple) and node != next_ and node in reached(site.whole, next_, property_):
        what = f"{local_name(property_)} leads from it to {next_}, and from there back to it."
        yield Fault(file, node, "circle", what, "Leave out one of the steps.")


def _is_step(schema: Schema, triple: ox.Triple) -> bool:
    return triple.predicate.value in schema.acyclic and isinstance(triple.object, ox.NamedNode)


def unfitting(site: Site, file: str, triple: ox.Triple) -> Iterator[Fault]:
    """A node has the properties that its classes give it, and no others: what is stated of it needs a claim."""
    node, property_ = plain(triple.subject), plain(triple.predicate)
    if file.startswith("ontology/") or property_ == _TYPE or property_ not in site.schema.properties:
        return
    classes = [site.schema.classes[t] for t in iris(site.whole, node, _TYPE) if t in site.schema.classes]
    if classes and not any(property_ in class_.paths for class_ in classes):
        what = f"A {classes[0].label} has no property {local_name(property_)} of its own."
        mend = f"Use one that it has: {', '.join(sorted(classes[0].fields))}."
        if property_ in site.schema.predicates:
            mend = "State it: a proposition with this subject, predicate and object, and a claim with its source."
        elif property_ == _REPLACED:
            mend = "Rename or merge it: POST /rename or /merge; what it was called leads to it then."
        yield Fault(file, node, "unfitting-property", what, mend)


def is_described(triples: Triples, iri: str) -> bool:
    """Whether anything is said with this IRI as subject."""
    return next(triples.match(iri), None) is not None


def untargeted(site: Site, iri: str) -> Iterator[Fault]:
    """Every node of data/ is of a class whose shape checks it, and that has a collection where it is found."""
    types = iris(site.whole, iri, _TYPE)
    if not any(type_ in site.schema.classes for type_ in types):
        what = "No shape targets this node, so nothing checks it."
        yield Fault(site.where(iri), iri, "untargeted", what, _CLASS_MEND)
    elif not site.schema.owners(types):
        what = "Its classes have no collection, so no address leads to it."
        yield Fault(site.where(iri), iri, "untargeted", what, _CLASS_MEND)
    else:
        for type_ in types:
            if type_ not in site.schema.classes:
                what = f"{type_} has its members in the ontology, and no others."
                yield Fault(site.where(iri), iri, "closed-list", what, _CLASS_MEND)


def misplaced(site: Site, iri: str) -> Iterator[Fault]:
    """A thing's IRI begins with its class's collection; it stands in the file of that name, a claim in its source's."""
    types = iris(site.whole, iri, _TYPE)
    sources = iris(site.whole, iri, DCTERMS + "source")
    if _CLAIM in types and not sources:
        # Its source says where it belongs; that it has none is told by another rule.
        return
    for class_ in site.schema.owners(types):
        name = iri.removeprefix(class_.namespace or "")
        if name == iri or not is_name(name):
            what = f"A {class_.label} is called {class_.namespace}<lower-case-words>."
            if len(name) > NAME_LENGTH_MAX:
                what = f"Its name has {len(name):,} characters, too many for a file; at most {NAME_LENGTH_MAX} may be."
            yield Fault(site.where(iri), iri, "misnamed", what, "Rename it.")
            continue
        files = files_for(class_, sources)
        for place in sorted(site.files_of(iri)):
            if place not in files:
                what = f"What is said of a {class_.label} of that name belongs in {' or '.join(files)}."
                yield Fault(place, iri, "misplaced", what, "Move it there.")


def two_at_one_address(site: Site, iri: str) -> Iterator[Fault]:
    """A name leads to one thing in each collection that shows it, in that of all rules as well as in its own."""
    for class_ in _shown_with_others(site.schema, iris(site.whole, iri, _TYPE)):
        for other in _of_the_same_name(site.schema, class_, iri):
            if class_ in _shown_with_others(site.schema, iris(site.whole, other, _TYPE)):
                address = f"/{site.schema.classes[class_].collection}/{local_name(iri)}"
                what = f"At {address} stands {other}, too."
                yield Fault(site.where(iri), iri, "shared-address", what, "Give one of the two another name.")


def _shown_with_others(schema: Schema, types: Iterable[str]) -> set[str]:
    """Of the classes of a node, those whose collection has members with IRIs of several classes."""
    return {class_ for type_ in types for class_ in schema.lineage(type_)} & schema.spaces_of_many.keys()


def _of_the_same_name(schema: Schema, class_: str, iri: str) -> Iterator[str]:
    """What else would have the address of a node in the collection of a class."""
    spaces = schema.spaces_of_many[class_]
    if iri.startswith(spaces):
        yield from (other for space in spaces if (other := space + local_name(iri)) != iri)


def propositions(site: Site, iri: str) -> Iterator[Fault]:
    """A proposition's IRI follows from its content, and its ends are of the classes that its predicate declares."""
    if _PROPOSITION not in iris(site.whole, iri, _TYPE):
        return
    if due := iri_by_content(site.whole, site.schema, iri):
        if due != iri:
            what = "Its IRI doesn't follow from its content."
            yield Fault(site.where(iri), iri, "proposition-iri", what, f"Call it <{due}>.")
        yield from _ends(site, iri)


def iri_by_content(
    data: Triples, schema: Schema, proposition: str, renamed: Mapping[str, str] | None = None
) -> str | None:
    """What a proposition is to be called where others are `renamed`; None of what lacks a part, and so is none."""
    needed = (RDF + "subject", RDF + "predicate", RDF + "object")
    parts = (*needed, *schema.scope_properties)
    content = [(part, str(term)) for part in parts for term in objects(data, proposition, part)]
    if not {part for part, _ in content}.issuperset(needed):
        return None
    names = {f"<{was}>": f"<{now}>" for was, now in (renamed or {}).items()}
    return proposition_iri((part, names.get(term, term)) for part, term in content)


def _ends(site: Site, iri: str) -> Iterator[Fault]:
    for stated in iris(site.whole, iri, RDF + "predicate"):
        predicate = site.schema.predicates.get(stated)
        if predicate is None:
            what = f"{stated} is no als:StatementProperty."
            yield Fault(site.where(iri), iri, "predicate", what, "Declare it as one, or use another.")
            continue
        both = [objects(site.whole, iri, end) for end in _ENDS]
        if both[0] == both[1] and not predicate.may_hold_of_itself:
            what = f"It says of {plain(both[0][0])} that it {predicate.label} itself."
            yield Fault(site.where(iri), iri, "of-itself", what, "Mend its subject or its object.")
        for end, declared in (("subject", predicate.domains), ("object", predicate.ranges)):
            for term in objects(site.whole, iri, RDF + end):
                if declared and _lineage(site, term).isdisjoint(declared):
                    names = ", ".join(local_name(d) for d in declared)
                    what = f"The {end} of {predicate.name} is to be one of {names}; {plain(term)} is not."
                    yield Fault(site.where(iri), iri, "domain-range", what, "Mend the proposition or the predicate.")


def _lineage(site: Site, term: Term) -> set[str]:
    if isinstance(term, ox.Literal):
        return {RDFS + "Literal", term.datatype.value}
    return {a for type_ in iris(site.whole, plain(term), _TYPE) for a in site.schema.lineage(type_)}


TRIPLE_RULES: tuple[TripleRule, ...] = (
    blank_nodes,
    undeclared,
    unfitting,
    ill_typed,
    dangling,
    of_itself,
    in_a_circle,
    links,
    wording,
    to_come,
)
NODE_RULES: tuple[NodeRule, ...] = (
    untargeted,
    misplaced,
    two_at_one_address,
    propositions,
    unsupported,
    unstated,
    ungrounded,
    unaffirmed,
    at_odds,
    out_of_scope,
    ahead_of_its_source,
    incomplete,
    inferences,
    said_twice,
    out_of_bounds,
    impossible,
    misnumbered,
    matches,
    of_two_works,
    undefined,
    namesakes,
    numbered,
    called_otherwise,
)


def faults_of(site: Site, nodes: Iterable[str]) -> Iterator[Fault]:
    """What is wrong with these nodes of data/ by all of the rules."""
    for iri in nodes:
        found = list(site.whole.match(iri))
        file = site.where(iri)
        yield from (fault for triple in found for rule in TRIPLE_RULES for fault in rule(site, file, triple))
        if found:
            yield from (fault for rule in NODE_RULES for fault in rule(site, iri))


def touched(
    schema: Schema, before: Triples, after: Triples, added: Iterable[ox.Triple], removed: Iterable[ox.Triple]
) -> set[str]:
    """
    The nodes whose verdict by the rules a change may alter: its own, and those that read something of what changed.

    A node that becomes anonymous or loses its file is among the changed ones itself. What a rule reads beyond a node's
    own triples: whether an object is described (dangling), an end's types (propositions), what claims and propositions
    say of it and what these say themselves, and which claim says the same (evidence), who else bears an identifier
    (matches) or a name (namesakes), what an end is called (labels), what has the same
    address (two_at_one_address), the figures that it tells (figures).
    Each of these leads back along one edge, which stands before or after; only what never leads back does along many.
    """
    changed = [*added, *removed]
    found = with_their_names(before, after, changed) | set(read_across(schema, before, after, changed))
    found.update(worded_by(schema, after, changed), told_by(after, changed))
    for triple in changed:
        subject = plain(triple.subject)
        found.add(subject)
        if triple.predicate.value == EXACT:
            found.update(subjects(after, EXACT, triple.object))
        if _is_step(schema, triple):
            start, property_ = plain(triple.object), triple.predicate.value
            found.update(*(reached(triples, start, property_) for triples in (before, after)))
        if triple.predicate.value == _TYPE:
            found.update(
                other for class_ in schema.spaces_of_many for other in _of_the_same_name(schema, class_, subject)
            )
            found.update(iri for end in _ENDS for iri in subjects(after, end, subject))
    gone = {plain(t.subject) for t in removed if not is_described(after, plain(t.subject))}
    found.update(plain(t.subject) for iri in gone for t in after.match(None, None, iri))
    return {iri for iri in found if is_described(after, iri) or is_described(before, iri)}
