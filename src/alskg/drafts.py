"""Drafts: what a curator writes of a thing as plain JSON, as the quads that are to come and to go."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pyoxigraph as ox

from alskg.changeset import NOWHERE
from alskg.curies import curie_of
from alskg.errors import BadParameter
from alskg.knowledge_graph import KnowledgeGraph
from alskg.layout import files_for
from alskg.meant import hint, path_of
from alskg.names import ALS, DCTERMS, GRAPHS, NAME_LENGTH_MAX, RDF, is_name
from alskg.overlay import stored
from alskg.retraction import live_quads
from alskg.schema import Class, Field
from alskg.triples import Term, graph_of, in_graph, plain
from alskg.values import shown, terms_of

READ_ONLY = frozenset("@context id curie type url statements statedAbout stated linked meta".split())
"""Keys that say what the thing is called, or are derived: an answer can be sent back with them."""

_CLAIM = ALS + "Claim"
_SOURCE = DCTERMS + "source"
_TYPE = RDF + "type"

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Draft:
    """Quads that a document stands for, and the thing that it is about."""

    iri: str
    added: tuple[ox.Quad, ...]
    removed: tuple[ox.Quad, ...] = ()

    @property
    def nodes(self) -> frozenset[str]:
        """The nodes that it says something of."""
        return frozenset(plain(quad.subject) for quad in (*self.added, *self.removed))


class Slips:
    """What is wrong with the values of a document, gathered, so that whoever wrote it reads all of it at once."""

    def __init__(self) -> None:
        self._found: list[BadParameter] = []

    @contextmanager
    def gathered(self) -> Iterator[None]:
        """What is wrong in this block is told later, with the rest."""
        try:
            yield
        except BadParameter as error:
            self._found.append(error)

    def refuse(self) -> None:
        """
        Nothing, where nothing is wrong.

        Raises:
            BadParameter: the one that was gathered; or for several one that says all of them, with each in `errors`.
        """
        if len(self._found) == 1:
            raise self._found[0]
        if self._found:
            told = [one for error in self._found for one in told_of(error)]
            words = " ".join(str(error) for error in self._found)
            raise BadParameter(words, parameter=told[0]["parameter"], errors=told)


def told_of(error: BadParameter) -> list[dict[str, object]]:
    """Each value that an error is about: the `parameter`, and in `detail` what is wrong with it."""
    several = error.extra.get("errors")
    return several if isinstance(several, list) else [{"parameter": "", **error.extra, "detail": str(error)}]


def thing_draft(kg: KnowledgeGraph, class_: Class, name: str, document: Document, *, is_whole: bool) -> Draft:
    """
    A thing as a document says: with `is_whole` it has just these fields, else only the ones that are named change, and
    null removes (JSON Merge Patch, RFC 7396). What already is as it should be is no part of the draft.

    Raises:
        BadParameter: a key is no field of the class, or a value can't be understood.
    """
    fields = _fields(kg, class_)
    refuse_unknown(document, {*fields, *READ_ONLY}, f"a {class_.label}")
    iri = minted(class_, name)
    _refuse_other_name(kg, iri, document)
    there = [ox.Quad(*triple) for triple in kg.present.match(iri)]
    changed = {field.path for key, field in fields.items() if key in document or (is_whole and key in class_.fields)}
    given = {key: fields[key] for key in document if key in fields}
    said, slips = list[ox.Quad](), Slips()
    for key, field in given.items():
        with slips.gathered():
            said += _said(kg, iri, field, document[key])
    slips.refuse()
    wanted = stored(said)
    was = [quad for quad in there if quad.predicate.value in changed]
    new_types, old_types = _retyped(kg, class_, iri, document.get("type"))
    added = (*new_types, *(quad for quad in wanted if quad not in was))
    removed = (*old_types, *(quad for quad in was if quad not in wanted))
    return _in_its_file(kg, class_, Draft(iri, added, removed))


def _fields(kg: KnowledgeGraph, class_: Class) -> dict[str, Field]:
    """The fields of a class, and those of the roles that its members may have."""
    below = (kg.schema.classes[iri] for iri in sorted(kg.schema.descendants(class_.iri)))
    roles = {name: field for role in below if role.is_role for name, field in role.fields.items()}
    return {**roles, **class_.fields}


def _said(kg: KnowledgeGraph, iri: str, field: Field, value: object) -> list[ox.Quad]:
    return quads_of_terms(iri, {field.path: terms_of(kg, field, value)})


def _refuse_other_name(kg: KnowledgeGraph, iri: str, document: Document) -> None:
    for key, due in (("id", iri), ("curie", curie_of(kg.schema.prefixes, iri)), ("url", path_of(kg, iri))):
        if document.get(key) not in (None, due):
            raise BadParameter(
                f"{key}: {shown(document[key])} is another thing than {due}. Leave it out; POST /rename gives a thing "
                "another name.",
                parameter=key,
            )


def _retyped(kg: KnowledgeGraph, class_: Class, iri: str, given: object) -> tuple[list[ox.Quad], list[ox.Quad]]:
    """The types that a document gives a thing and those that it takes, where it says other ones than there are."""
    there = [quad for quad in live_quads(kg.present, iri) if quad.predicate.value == _TYPE]
    if there and given is None:
        return [], []
    wanted = _classes_called(kg, class_, given)
    if there and {c.name for c in wanted} == kg.schema.most_special(plain(quad.object) for quad in there):
        return [], []
    # Roles have no IRIs of their own, so that whoever bears one is of the class as well.
    types = dict.fromkeys((*(c.iri for c in wanted), class_.iri))
    new = quads_of_terms(iri, {_TYPE: [ox.NamedNode(type_) for type_ in types]})
    standing = {quad.triple for quad in there}
    return [q for q in new if q.triple not in standing], [q for q in there if plain(q.object) not in types]


def _classes_called(kg: KnowledgeGraph, class_: Class, given: object) -> list[Class]:
    if given is None:
        return [class_]
    below = {kg.schema.classes[iri].name: kg.schema.classes[iri] for iri in kg.schema.descendants(class_.iri)}
    names = [str(name) for name in (given if isinstance(given, list) else [given])]
    for name in names:
        if name not in below:
            known = sorted(below)
            raise BadParameter(
                f"type: {shown(name)} is no {class_.label}.{hint(name, known)} There is {', '.join(known)}.",
                parameter="type",
                available=known,
            )
    return [below[name] for name in names] or [class_]


def _in_its_file(kg: KnowledgeGraph, class_: Class, draft: Draft) -> Draft:
    """The draft; where a claim gets another source, all of it moves to the file of that one."""
    there = live_quads(kg.present, draft.iri)
    gone = {quad.triple for quad in draft.removed}
    triples = [*(quad.triple for quad in there if quad.triple not in gone), *(quad.triple for quad in draft.added)]
    sources = [plain(triple.object) for triple in triples if triple.predicate.value == _SOURCE]
    places = [GRAPHS + file.removesuffix(".ttl") for file in files_for(class_, sources)]
    if class_.iri != _CLAIM or not sources or not there or {graph_of(quad) for quad in there} & set(places):
        return draft
    return Draft(draft.iri, tuple(in_graph(triple, places[0]) for triple in triples), tuple(there))


def removal_draft(kg: KnowledgeGraph, iri: str, *, even_kept: bool = False) -> Draft:
    """A thing taken out of the live graphs; `even_kept`, out of those that are kept apart, too."""
    quads = kg.present.quads_about(iri) if even_kept else live_quads(kg.present, iri)
    return Draft(iri, (), tuple(quads))


def minted(class_: Class, name: object) -> str:
    """
    The IRI of the member that bears the name.

    Raises:
        BadParameter: it is no name.
    """
    if not isinstance(name, str) or not is_name(name):
        what = f"write lower-case words and digits with hyphens, at most {NAME_LENGTH_MAX} characters"
        raise BadParameter(f"name: {shown(name)} won't do; {what}.", parameter="name")
    return f"{class_.namespace}{name}"


def refuse_unknown(document: object, known: Collection[str], what: str) -> None:
    """
    Nothing.

    Raises:
        BadParameter: it is no object, or has a key that isn't known; near ones are suggested.
    """
    if not isinstance(document, dict):
        raise BadParameter(f"Write {what} as a JSON object, not {shown(document)}.")
    for key in document:
        if key not in known:
            names = sorted(set(known) - READ_ONLY)
            raise BadParameter(
                f"{shown(key)}: {what} has no such key.{hint(key, names)} There are {', '.join(names)}.",
                parameter=key,
                available=names,
            )


def quads_of_terms(iri: str, terms: Mapping[str, Iterable[Term]]) -> list[ox.Quad]:
    """The values of a thing's properties as quads, which belong where the thing is described."""
    return list(_each_quad(ox.NamedNode(iri), terms))


def _each_quad(me: ox.NamedNode, terms: Mapping[str, Iterable[Term]]) -> Iterator[ox.Quad]:
    for property_, values in terms.items():
        for value in values:
            yield ox.Quad(me, ox.NamedNode(property_), value, NOWHERE)
