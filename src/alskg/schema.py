"""The classes, their fields and the statement predicates, read from the ontology; all that is derived starts here."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache, cached_property
from types import MappingProxyType

from alskg.errors import SourceError
from alskg.names import ALS, BASE, OWL, RDF, RDFS, SCHEMA, SH, SKOS, VANN, XSD, kebab, local_name
from alskg.triples import Triples, iris, objects, plain, subjects, text

_LEAST, _GREATEST = ALS + "leastValue", ALS + "greatestValue"

JSON_TYPES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        XSD + "boolean": {"type": "boolean"},
        XSD + "integer": {"type": "integer"},
        XSD + "decimal": {"type": "number"},
        XSD + "date": {"type": "string", "format": "date"},
        XSD + "anyURI": {"type": "string", "format": "uri"},
    }
)
"""How a datatype reads in JSON Schema; every other one is a plain string."""


@dataclass(frozen=True)
class Field:
    """One property of a class, as its property shape has it."""

    name: str
    path: str
    label: str
    definition: str
    count_min: int
    count_max: int | None
    class_: str | None
    datatype: str | None
    is_link: bool
    ranges: tuple[str, ...] = ()
    """The classes that its property is said to lead to."""
    reaches_along: tuple[str, ...] = ()
    """The properties that lead from members to the group that it links, and so to its members; see als:reachesAlong."""

    @property
    def is_list(self) -> bool:
        """Whether a document carries a list of values under this name."""
        return self.count_max != 1

    @property
    def json_schema(self) -> dict[str, object]:
        """The values of this field in JSON Schema (2020-12)."""
        one: dict[str, object]
        one = {"$ref": "#/components/schemas/Link"} if self.is_link else dict(self._literal_schema())
        whole: dict[str, object] = {"type": "array", "items": one} if self.is_list else one
        return whole if "$ref" in whole else {**whole, "description": self.definition}

    def _literal_schema(self) -> Mapping[str, str]:
        return JSON_TYPES.get(self.datatype or "", {"type": "string"})


@dataclass(frozen=True)
class Class:
    """A class of the ontology, with the fields it declares and inherits."""

    iri: str
    label: str
    plural: str
    definition: str
    collection: str | None
    prefix: str | None
    ancestors: tuple[str, ...]
    fields: Mapping[str, Field]
    is_told_by_fields: bool
    """Whether its members need neither a definition nor a name of their own; see als:toldByItsFields."""
    stated_by: tuple[str, ...]
    """The predicates by which a proposition must say each of its members; see als:statedBy."""
    needs_support: bool
    """Whether a claim must affirm what each of its members rests on; see als:needsSupport."""
    is_content: bool
    """Whether its members are part of what claims say, and so stay as they are; see als:isContent."""
    tells_linked: bool
    """Whether the document of a member tells what links to it without being asked; see als:tellsLinked."""

    @property
    def name(self) -> str:
        """`AdverseEffect`."""
        return local_name(self.iri)

    @cached_property
    def paths(self) -> frozenset[str]:
        """The properties of its fields, by IRI."""
        return frozenset(field.path for field in self.fields.values())

    @property
    def slug(self) -> str:
        """`adverse-effect`."""
        return kebab(self.name)

    @property
    def is_role(self) -> bool:
        """Whether its members are those of another class, in a role: it has a collection, but no IRIs of its own."""
        return self.collection is not None and self.prefix is None

    @property
    def namespace(self) -> str | None:
        """What the IRIs of its members begin with, where the class has IRIs of its own (roles have none)."""
        return f"{BASE}{self.collection}/" if self.collection and self.prefix else None


@dataclass(frozen=True, eq=False)
class Predicate:
    """A property that a proposition may state of its subject."""

    iri: str
    label: str
    inverse_label: str
    definition: str
    ancestors: tuple[str, ...]
    domains: tuple[str, ...]
    ranges: tuple[str, ...]
    may_hold_of_itself: bool
    agrees_with: tuple[str, ...]
    """The fields of the object that name the subject as well; see als:agreesWith."""
    claim_needs: tuple[str, ...]
    """What a claim on such a proposition bears, or says that its source leaves open; see als:claimNeeds."""
    follows_from: tuple[str, ...]
    """The properties that tell of the events by which it begins and ends; see als:followsFrom."""
    follows_along: tuple[str, ...]
    """The fields that lead from what the event happened to on to what it holds of as well; see als:followsAlong."""

    @property
    def name(self) -> str:
        """`hasAdverseEffect`."""
        return local_name(self.iri)

    def falls_under(self, iri: str) -> bool:
        """Whether it is that property, or a more special one."""
        return iri in (self.iri, *self.ancestors)


@dataclass(frozen=True)
class Measure:
    """What the quantities of a property, or the numbers of a unit or a kind of quantity, measure, and their bounds."""

    kinds: tuple[str, ...]
    least: Decimal | None
    greatest: Decimal | None


@dataclass(frozen=True)
class Vocabulary:
    """A closed list (a SKOS concept scheme): its concepts, by local name."""

    name: str
    label: str
    prefix: str
    concepts: Mapping[str, str]

    @property
    def namespace(self) -> str:
        """What the IRIs of its concepts begin with."""
        return f"{BASE}vocabularies/{self.name}/"


class Schema:
    """The ontology as the program sees it."""

    def __init__(self, ontology: Triples) -> None:
        self._ontology = ontology
        # Most fields of a class are those of the classes above it.
        self._field = cache(self._read_field)

    @cached_property
    def classes(self) -> Mapping[str, Class]:
        """Every class, by IRI."""
        found = subjects(self._ontology, RDF + "type", SH + "NodeShape")
        return {iri: self._class(iri) for iri in found}

    @cached_property
    def collections(self) -> Mapping[str, Class]:
        """The classes that have a collection, by its name (`adverse-effects`)."""
        return {c.collection: c for c in self.classes.values() if c.collection}

    @cached_property
    def predicates(self) -> Mapping[str, Predicate]:
        """The properties that propositions state, by IRI."""
        found = subjects(self._ontology, RDF + "type", ALS + "StatementProperty")
        return {iri: self._predicate(iri) for iri in found}

    @cached_property
    def agreeing(self) -> frozenset[str]:
        """The fields that must agree with what propositions say; see `Predicate.agrees_with`."""
        return frozenset(field for predicate in self.predicates.values() for field in predicate.agrees_with)

    @cached_property
    def needed(self) -> frozenset[str]:
        """What claims bear by what they state; see `Predicate.claim_needs`."""
        return frozenset(need for predicate in self.predicates.values() for need in predicate.claim_needs)

    @cached_property
    def grounds(self) -> tuple[str, ...]:
        """The properties that lead to propositions about what the node links to as well; see als:sharesAnEnd."""
        return tuple(sorted(iri for iri in self.properties if self._says(iri, ALS + "sharesAnEnd")))

    @cached_property
    def acyclic(self) -> frozenset[str]:
        """The properties that lead from nothing back to itself, at however many steps; see als:neverLeadsBack."""
        return frozenset(iri for iri in self.properties if self._says(iri, ALS + "neverLeadsBack"))

    @cached_property
    def measures(self) -> Mapping[str, Measure]:
        """What properties, units and kinds of quantities measure, by IRI; those that say nothing of it are left out."""
        saying = (ALS + "quantityKind", _LEAST, _GREATEST)
        found = {plain(triple.subject) for property_ in saying for triple in self._ontology.match(None, property_)}
        return {iri: self._measure(iri) for iri in sorted(found)}

    @cached_property
    def scope_properties(self) -> tuple[str, ...]:
        """The properties that narrow a proposition and so belong to its meaning."""
        return tuple(subjects(self._ontology, RDF + "type", ALS + "ScopeProperty"))

    @cached_property
    def properties(self) -> frozenset[str]:
        """Every declared property, foreign ones included."""
        kinds = (RDF + "Property", OWL + "ObjectProperty", OWL + "DatatypeProperty", OWL + "AnnotationProperty")
        return frozenset(iri for kind in kinds for iri in subjects(self._ontology, RDF + "type", kind))

    @cached_property
    def vocabularies(self) -> Mapping[str, Vocabulary]:
        """The closed lists, by name (`certainties`)."""
        found = (self._vocabulary(iri) for iri in subjects(self._ontology, RDF + "type", SKOS + "ConceptScheme"))
        return {vocabulary.name: vocabulary for vocabulary in found}

    @cached_property
    def prefixes(self) -> Mapping[str, str]:
        """Prefix to namespace: the declared ones, then those of the classes and of the closed lists."""
        declared = {
            text(self._ontology, iri, SH + "prefix") or "": text(self._ontology, iri, SH + "namespace") or ""
            for iri in subjects(self._ontology, RDF + "type", SH + "PrefixDeclaration")
        }
        own = {c.prefix: c.namespace for c in self.classes.values() if c.prefix and c.namespace}
        lists = {v.prefix: v.namespace for v in self.vocabularies.values()}
        return declared | own | lists

    def descendants(self, iri: str) -> frozenset[str]:
        """The class and everything below it."""
        return frozenset(c.iri for c in self.classes.values() if iri in c.ancestors) | {iri}

    def are_listed(self, found: Collection[str]) -> bool:
        """Whether there are IRIs, and all of them are in closed lists of the ontology."""
        spaces = tuple(vocabulary.namespace for vocabulary in self.vocabularies.values())
        return bool(found) and all(iri.startswith(spaces) for iri in found)

    def most_special(self, types: Iterable[str]) -> frozenset[str]:
        """The names of those of a node's types above none of the others."""
        ours = [self.classes[iri] for iri in types if iri in self.classes]
        above = {ancestor for c in ours for ancestor in c.ancestors}
        return frozenset(c.name for c in ours if c.iri not in above)

    def owners(self, types: Iterable[str]) -> list[Class]:
        """The classes that a node's IRI is to show: of each of its types, the nearest that has IRIs of its own."""
        found: dict[str, Class] = {}
        for type_ in types:
            class_ = self.classes.get(type_)
            line = (class_, *map(self.classes.get, class_.ancestors)) if class_ else ()
            if owner := next((c for c in line if c and c.namespace), None):
                found[owner.iri] = owner
        return list(found.values())

    @cached_property
    def spaces_of_many(self) -> Mapping[str, tuple[str, ...]]:
        """By class: what the IRIs of its members begin with, where those of several classes stand in one collection."""
        below = {
            class_.iri: sorted(space for iri in self.descendants(class_.iri) if (space := self.classes[iri].namespace))
            for class_ in self.collections.values()
        }
        return {iri: tuple(spaces) for iri, spaces in below.items() if len(spaces) > 1}

    def lineage(self, iri: str) -> frozenset[str]:
        """The class and everything above it."""
        class_ = self.classes.get(iri)
        return frozenset((iri, *(class_.ancestors if class_ else ())))

    @cached_property
    def stated_of(self) -> Mapping[str, tuple[Predicate, ...]]:
        """
        The predicates that members of a class may be the subject of, by the class's IRI.

        A class below or above a declared one qualifies, a sibling doesn't. For a role (a class without IRIs of its own)
        only a declaration of that very role counts: fatigue is a symptom and an adverse effect, and what is said of
        phenotypes at large, or of the other role, must not turn up under this one.
        """
        return {iri: tuple(p for p in self.predicates.values() if line & set(p.domains)) for iri, line in self._lines}

    @cached_property
    def leading_to(self) -> Mapping[str, tuple[Predicate, ...]]:
        """The predicates that members of a class may be the object of, by the class's IRI; see `stated_of`."""
        return {iri: tuple(p for p in self.predicates.values() if line & set(p.ranges)) for iri, line in self._lines}

    @cached_property
    def _lines(self) -> tuple[tuple[str, frozenset[str]], ...]:
        return tuple(
            (iri, self.descendants(iri) | (frozenset() if class_.is_role else self.lineage(iri)))
            for iri, class_ in self.classes.items()
        )

    def between(self, subject: Class, object_: Class) -> tuple[Predicate, ...]:
        """The predicates that may lead from a member of the one class to a member of the other."""
        reaching = self.leading_to[object_.iri]
        return tuple(p for p in self.stated_of[subject.iri] if p in reaching)

    def _class(self, iri: str) -> Class:
        ancestors = tuple(a for a in self._closure(iri, RDFS + "subClassOf") if a.startswith(ALS))
        shapes = (s for owner in (*reversed(ancestors), iri) for s in iris(self._ontology, owner, SH + "property"))
        is_told = any(self._says(class_, ALS + "toldByItsFields") for class_ in (iri, *ancestors))
        fields = {field.name: field for field in map(self._field, shapes)}
        if not is_told:
            # A house rule asks for it, of every class but those that say otherwise.
            fields = {n: replace(f, count_min=1) if f.path == SKOS + "definition" else f for n, f in fields.items()}
        label = self._need(iri, RDFS + "label")
        return Class(
            iri=iri,
            label=label,
            plural=text(self._ontology, iri, ALS + "pluralLabel") or label,
            definition=self._need(iri, SKOS + "definition"),
            collection=text(self._ontology, iri, ALS + "collection"),
            prefix=text(self._ontology, iri, VANN + "preferredNamespacePrefix"),
            ancestors=ancestors,
            fields=MappingProxyType(fields),
            is_told_by_fields=is_told,
            stated_by=tuple(iris(self._ontology, iri, ALS + "statedBy")),
            needs_support=any(self._says(class_, ALS + "needsSupport") for class_ in (iri, *ancestors)),
            is_content=self._says(iri, ALS + "isContent"),
            tells_linked=self._says(iri, ALS + "tellsLinked"),
        )

    def _read_field(self, shape: str) -> Field:
        path = iris(self._ontology, shape, SH + "path")
        if len(path) != 1:
            raise SourceError(f"ontology: {shape} has no sh:path that is a single property; a field needs one.")
        node_kind = text(self._ontology, shape, SH + "nodeKind")
        class_ = text(self._ontology, shape, SH + "class")
        maximum = text(self._ontology, shape, SH + "maxCount")
        return Field(
            name=self._need(shape, SH + "name"),
            path=path[0],
            label=text(self._ontology, path[0], RDFS + "label") or local_name(path[0]),
            definition=text(self._ontology, path[0], SKOS + "definition") or "",
            count_min=int(text(self._ontology, shape, SH + "minCount") or 0),
            count_max=None if maximum is None else int(maximum),
            class_=class_,
            datatype=text(self._ontology, shape, SH + "datatype"),
            is_link=class_ is not None or node_kind == SH + "IRI",
            ranges=tuple(iris(self._ontology, path[0], SCHEMA + "rangeIncludes")),
            reaches_along=tuple(iris(self._ontology, path[0], ALS + "reachesAlong")),
        )

    def _predicate(self, iri: str) -> Predicate:
        label = self._need(iri, RDFS + "label")
        return Predicate(
            iri=iri,
            label=label,
            inverse_label=text(self._ontology, iri, ALS + "inverseLabel") or f"is object of: {label}",
            definition=self._need(iri, SKOS + "definition"),
            ancestors=self._closure(iri, RDFS + "subPropertyOf"),
            domains=tuple(iris(self._ontology, iri, SCHEMA + "domainIncludes")),
            ranges=tuple(iris(self._ontology, iri, SCHEMA + "rangeIncludes")),
            may_hold_of_itself=self._says(iri, ALS + "mayHoldOfItself"),
            agrees_with=tuple(iris(self._ontology, iri, ALS + "agreesWith")),
            claim_needs=tuple(iris(self._ontology, iri, ALS + "claimNeeds")),
            follows_from=tuple(iris(self._ontology, iri, ALS + "followsFrom")),
            follows_along=tuple(iris(self._ontology, iri, ALS + "followsAlong")),
        )

    def _measure(self, iri: str) -> Measure:
        least, greatest = (text(self._ontology, iri, bound) for bound in (_LEAST, _GREATEST))
        return Measure(
            kinds=tuple(iris(self._ontology, iri, ALS + "quantityKind")),
            least=None if least is None else Decimal(least),
            greatest=None if greatest is None else Decimal(greatest),
        )

    def _vocabulary(self, scheme: str) -> Vocabulary:
        concepts = subjects(self._ontology, SKOS + "inScheme", scheme)
        return Vocabulary(
            name=local_name(scheme),
            label=self._need(scheme, RDFS + "label"),
            prefix=self._need(scheme, VANN + "preferredNamespacePrefix"),
            concepts=MappingProxyType({local_name(iri): self._need(iri, RDFS + "label") for iri in concepts}),
        )

    def _closure(self, iri: str, property_: str) -> tuple[str, ...]:
        found: dict[str, None] = {}
        waiting = iris(self._ontology, iri, property_)
        while waiting:
            above = waiting.pop(0)
            if above not in found and above != iri:
                found[above] = None
                waiting += iris(self._ontology, above, property_)
        return tuple(found)

    def _need(self, iri: str, property_: str) -> str:
        found = text(self._ontology, iri, property_)
        if found is None:
            raise SourceError(f"ontology: {iri} has no {local_name(property_)}; add one in its file.")
        return found

    def _says(self, iri: str, property_: str) -> bool:
        return text(self._ontology, iri, property_) == "true"

    def labels(self) -> Iterator[tuple[str, str]]:
        """Every term of the ontology with its label."""
        for triple in self._ontology.match(None, RDFS + "label"):
            yield plain(triple.subject), plain(triple.object)

    def values(self, iri: str, property_: str) -> list[str]:
        """The values of any property of a term of the ontology, as plain text."""
        return [plain(term) for term in objects(self._ontology, iri, property_)]
