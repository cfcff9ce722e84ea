"""One IRI in the place of another: everything live that names it, and all that follows from that."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import pyoxigraph as ox

from alskg.changeset import NOTHING, Patch
from alskg.claim_drafts import sentence
from alskg.keeping import following, joined, names_following
from alskg.knowledge_graph import KnowledgeGraph
from alskg.layout import files_for
from alskg.names import ALS, DCTERMS, GRAPHS, RDF, RDFS, REPLACED_GRAPH, SKOS, is_live
from alskg.retraction import live_quads
from alskg.rules import iri_by_content
from alskg.triples import Term, graph_of, iris, objects, plain, subjects, text

_CLAIM = ALS + "Claim"
_STATES = ALS + "states"
_LABEL = RDFS + "label"
_ALTERNATIVE = SKOS + "altLabel"
_REPLACED = ox.NamedNode(DCTERMS + "isReplacedBy")
_TYPE = RDF + "type"


@dataclass(frozen=True)
class Renaming:
    """What a renaming or a merger comes to."""

    added: tuple[ox.Quad, ...]
    removed: tuple[ox.Quad, ...]
    replaced: Mapping[str, str]
    """Every IRI that is given up, with the one that stands for it now: the thing's, and those of propositions."""
    kept: Patch = NOTHING
    """What changes with it among the claims that were taken back."""
    dropped: tuple[ox.Triple, ...] = ()
    """What the merged thing said and can't be kept: a second value where there may be one, a link to itself."""


class Rewriting:
    """The live graphs with one IRI in the place of another, and what follows from that."""

    def __init__(self, kg: KnowledgeGraph, old: str, new: str) -> None:
        self._kg = kg
        self._store = kg.present
        self._old = old
        self._new = new

    @property
    def renaming(self) -> Renaming:
        """What comes and what goes."""
        touched = list(dict.fromkeys(self._touched()))
        kept, dropped = self._without_seconds([(quad, self._rewritten(quad)) for quad in touched])
        relabelled = dict(self._relabelled())
        added = [relabelled.get(quad, quad) for quad in kept]
        added += [quad for was, quad in relabelled.items() if was not in kept]
        back = [quad for iri in self._targets for quad in self._kept_apart(iri)]
        gone = [*touched, *(was for was in relabelled if was not in kept), *back]
        return Renaming(
            added=tuple(dict.fromkeys((*added, *self._replacements()))),
            removed=tuple(quad for quad in dict.fromkeys(gone) if quad not in added),
            replaced=self._replaced,
            kept=joined(
                following(self._store, self._kg.schema, self._replaced, coming=self._targets), self._retired_names()
            ),
            dropped=tuple(dropped),
        )

    @cached_property
    def _replaced(self) -> Mapping[str, str]:
        """The thing, and every proposition about what is replaced: its IRI follows from its content."""
        found = {self._old: self._new}
        waiting = [self._old]
        while waiting:
            iri = waiting.pop()
            for proposition in self._propositions_with(iri):
                due = iri_by_content(self._store, self._kg.schema, proposition, found)
                if due and found.get(proposition) != due:
                    found[proposition] = due
                    waiting.append(proposition)
        return found

    def _propositions_with(self, iri: str) -> set[str]:
        parts = (RDF + "subject", RDF + "object", *self._kg.schema.scope_properties)
        found = {node for part in parts for node in subjects(self._store, part, iri)}
        # A rule may have a property that also narrows propositions.
        return {node for node in found if ALS + "Proposition" in iris(self._store, node, _TYPE)}

    @cached_property
    def _targets(self) -> list[str]:
        return sorted(set(self._replaced.values()))

    def _touched(self) -> Iterator[ox.Quad]:
        """The live quads that name what is replaced, and the claims whose file goes by the name of their source."""
        for iri in self._replaced:
            node = ox.NamedNode(iri)
            for pattern in ((node, None, None, None), (None, None, node, None)):
                yield from (q for q in self._store.quads.quads_for_pattern(*pattern) if is_live(graph_of(q)))
        for graph in self._moved_graphs:
            yield from self._store.quads.quads_for_pattern(None, None, None, ox.NamedNode(graph))

    @cached_property
    def _moved_graphs(self) -> Mapping[str, str]:
        claims = self._kg.schema.classes[_CLAIM]
        old, new = (GRAPHS + files_for(claims, [iri])[0].removesuffix(".ttl") for iri in (self._old, self._new))
        return {old: new} if self._old.startswith(self._kg.schema.classes[ALS + "Source"].namespace or "?") else {}

    def _rewritten(self, quad: ox.Quad) -> ox.Quad:
        graph = graph_of(quad)
        subject, object_ = (self._now(term) for term in (quad.subject, quad.object))
        return ox.Quad(subject, quad.predicate, object_, ox.NamedNode(self._moved_graphs.get(graph, graph)))  # type: ignore[arg-type]

    def _now(self, term: Term) -> Term:
        return ox.NamedNode(self._replaced.get(term.value, term.value)) if isinstance(term, ox.NamedNode) else term

    def _without_seconds(self, pairs: Sequence[tuple[ox.Quad, ox.Quad]]) -> tuple[list[ox.Quad], list[ox.Triple]]:
        """The rewritten quads without second values, as far as they must go, and those that went."""
        kept: list[ox.Quad] = []
        dropped: list[ox.Triple] = []
        taken = {iri: {q.predicate.value: q.object for q in live_quads(self._store, iri)} for iri in self._targets}
        for was, now in sorted(pairs, key=lambda pair: str(pair[0])):
            subject = plain(now.subject)
            moves = plain(was.subject) != subject
            if now.subject == now.object and was.subject != was.object:
                dropped.append(was.triple)
            elif not moves or self._may_stand(subject, now, taken[subject]):
                kept.append(now)
            elif now.predicate.value == _LABEL and subject == self._new:
                kept += self._alternative(now)
            else:
                dropped += [] if subject != self._new and now.predicate.value == _LABEL else [was.triple]
        return kept, dropped

    def _may_stand(self, iri: str, quad: ox.Quad, taken: dict[str, Term]) -> bool:
        """Whether a value that comes to a thing is no second one where there may be one."""
        path = quad.predicate.value
        return path not in self._single(iri) or taken.setdefault(path, quad.object) == quad.object

    def _single(self, iri: str) -> frozenset[str]:
        origins = [was for was, now in self._replaced.items() if now == iri]
        types = {type_ for node in (iri, *origins) for type_ in iris(self._store, node, _TYPE)}
        classes = (self._kg.schema.classes[type_] for type_ in types if type_ in self._kg.schema.classes)
        return frozenset(field.path for class_ in classes for field in class_.fields.values() if not field.is_list)

    def _alternative(self, label: ox.Quad) -> list[ox.Quad]:
        other = text(self._store, plain(label.subject), _LABEL)
        if other == plain(label.object):
            return []
        return [ox.Quad(label.subject, ox.NamedNode(_ALTERNATIVE), label.object, label.graph_name)]

    def _relabelled(self) -> Iterator[tuple[ox.Quad, ox.Quad]]:
        """
        The labels of rewritten propositions that say just what is stated, and of claims that end in such a label, each
        with the one that says it with the present names. What somebody put in other words stays as it is.
        """
        for was, now in self._replaced.items():
            if was == self._old:
                continue
            before, standing = (text(self._store, iri, _LABEL) for iri in (was, now))
            after = standing or self._sentence(was, before)
            if before is None or after is None or before == after:
                continue
            if standing is None:
                yield from self._with_label(was, after)
            for claim in subjects(self._store, _STATES, was):
                label = text(self._store, claim, _LABEL) or ""
                if label == before or label.endswith(f": {before}"):
                    yield from self._with_label(claim, f"{label.removesuffix(before)}{after}")

    def _with_label(self, iri: str, said: str) -> Iterator[tuple[ox.Quad, ox.Quad]]:
        """A label where it will stand, and the one that is to stand there."""
        for quad in live_quads(self._store, iri):
            if quad.predicate.value == _LABEL:
                here = self._rewritten(quad)
                label = ox.Literal(said, language="en")
                yield here, ox.Quad(here.subject, here.predicate, label, here.graph_name)

    def _sentence(self, proposition: str, before: str | None) -> str | None:
        """What the label of a proposition would be with the present names; None where it was put in other words."""
        schema = self._kg.schema
        parts = (*(RDF + end for end in ("subject", "predicate", "object")), *schema.scope_properties)
        content = {part: found for part in parts if (found := objects(self._store, proposition, part))}
        if len(content.keys() & {*parts[:3]}) < len(parts[:3]):
            return None
        said = sentence(schema, content, lambda term: self._called(term))
        return None if said != before else sentence(schema, content, lambda term: self._called(self._now(term)))

    def _called(self, term: Term) -> str:
        """The label of a thing; before it is there under its new name, that of the one which will be."""
        origins = (was for was, now in self._replaced.items() if now == plain(term))
        names = [plain(term), *origins] if isinstance(term, ox.NamedNode) else []
        return next((label for name in names if (label := text(self._store, name, _LABEL))), plain(term))

    def _kept_apart(self, iri: str) -> Iterable[ox.Quad]:
        """What says of a name that comes back that something else stands for it."""
        return self._store.quads.quads_for_pattern(ox.NamedNode(iri), _REPLACED, None, ox.NamedNode(REPLACED_GRAPH))

    def _replacements(self) -> Iterator[ox.Quad]:
        return map(_replacement, self._replaced.items())

    def _retired_names(self) -> Patch:
        """
        What leads on from the earlier names of propositions that were taken back: who wrote one down is told of that.
        """
        names = names_following(self._store, self._kg.schema, self._replaced)
        back = (quad for now in sorted({*names.values()} - {*self._targets}) for quad in self._kept_apart(now))
        return Patch(tuple(map(_replacement, names.items())), tuple(back))


def _replacement(names: tuple[str, str]) -> ox.Quad:
    """What says that something of one name is called by another now."""
    was, now = map(ox.NamedNode, names)
    return ox.Quad(was, _REPLACED, now, ox.NamedNode(REPLACED_GRAPH))
