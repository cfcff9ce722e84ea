"""Renaming and merging: a thing gets another IRI, with all that refers to it, and its old one leads to the new."""

from alskg.curies import curie_of
from alskg.drafts import minted
from alskg.errors import BadParameter, Conflict, UnknownName
from alskg.identity import PUBLICATIONS, REGISTRATIONS, numbers_of
from alskg.kept import successor_of
from alskg.knowledge_graph import KnowledgeGraph
from alskg.meant import namespaces, path_of
from alskg.members import find
from alskg.names import ALS, NAME, local_name, name_of_iri
from alskg.retraction import live_quads
from alskg.rewriting import Renaming, Rewriting
from alskg.schema import Class
from alskg.values import expanded, shown

_CLAIM = ALS + "Claim"
_PROPOSITION = ALS + "Proposition"


def renamed(kg: KnowledgeGraph, wish: object, name: object) -> Renaming:
    """
    A thing under another name in its collection.

    Raises:
        UnknownName: there is no such thing.
        BadParameter: it is of a kind that keeps its name, or the new name is none.
        Conflict: the new name is one that another thing bears, or bore.
    """
    old, class_ = _called(kg, wish, "from")
    new = _named(kg, class_, name)
    if new == old:
        raise Conflict(f"{path_of(kg, old)} bears that name already.")
    if live_quads(kg.present, new):
        raise Conflict(
            f"{path_of(kg, new)} is there already. To make one thing of the two, POST /merge with "
            f'{{"from": "{name_of_iri(old)}", "into": "{name_of_iri(new)}"}}.'
        )
    # A name that somebody may have written down must not come to mean another thing.
    if (later := successor_of(kg.present, new)) not in (None, old):
        raise Conflict(f"{path_of(kg, new)} was a name of {path_of(kg, str(later))}; take another one.")
    return Rewriting(kg, old, new).renaming


def merged(kg: KnowledgeGraph, wish: object, into: object) -> Renaming:
    """
    A thing made one with another of its class, under the name of that one.

    Values are united. Where a property may have one value, that of the thing that is kept stays; the label of the other
    becomes an alternative one.

    Raises:
        UnknownName: there is no such thing.
        BadParameter: they are of different classes, or of a kind that isn't merged.
    """
    old, class_ = _called(kg, wish, "from")
    new, other = _called(kg, into, "into")
    if old == new:
        raise BadParameter("into: it is the same thing.", parameter="into")
    if class_.iri != other.iri:
        raise BadParameter(
            f"into: {path_of(kg, new)} is a {other.label}, and {path_of(kg, old)} is a {class_.label}; only things of "
            "one class can be merged.",
            parameter="into",
        )
    _refuse_two_publications(kg, old, new)
    return Rewriting(kg, old, new).renaming


def _refuse_two_publications(kg: KnowledgeGraph, old: str, new: str) -> None:
    """
    Nothing, where two things may be one by the numbers under which they were published or registered.

    Raises:
        BadParameter: they bear different ones of a kind; then they are two, or one of the numbers is wrong.
    """
    for kind in (*PUBLICATIONS, *REGISTRATIONS):
        mine, theirs = (numbers_of(kg.present, kg.schema, iri, kind) for iri in (old, new))
        if mine and theirs and set(mine).isdisjoint(theirs):
            said = [", ".join(str(curie_of(kg.schema.prefixes, one)) for one in ones) for ones in (mine, theirs)]
            raise BadParameter(
                f"into: {path_of(kg, old)} is {said[0]}, and {path_of(kg, new)} is {said[1]}: they are two. Where a "
                "number is wrong, mend exactMatch there first (PATCH), and merge then; two accounts of one work stay "
                "two sources, tied by notIndependentOf.",
                parameter="into",
            )


def _called(kg: KnowledgeGraph, wish: object, key: str) -> tuple[str, Class]:
    """The thing that a caller means by name (`collection/name`), CURIE or IRI, with the class that its IRI shows."""
    if not isinstance(wish, str) or not wish.strip():
        raise BadParameter(f"{key}: name a thing by collection/name, CURIE or IRI, not {shown(wish)}.", parameter=key)
    name = _name_of(kg, wish.strip())
    collection, _, local = (name or "").partition("/")
    if collection not in kg.schema.collections:
        raise UnknownName(f"{key}: {shown(wish)} is no thing of a collection. Name one as collection/name.")
    iri = _found(kg, kg.schema.collections[collection], local)
    class_ = kg.schema.collections[str(name_of_iri(iri)).partition("/")[0]]
    if class_.iri in (_CLAIM, _PROPOSITION):
        why = "is cited by its name" if class_.iri == _CLAIM else "is called by what it says"
        raise BadParameter(f"{key}: a {class_.label} {why}, and keeps it.", parameter=key)
    return iri, class_


def _found(kg: KnowledgeGraph, class_: Class, name: str) -> str:
    try:
        return find(kg, class_, name)
    except UnknownName:
        earlier = (space + name for space in namespaces(kg, class_) if NAME.fullmatch(name))
        later = next(filter(None, (successor_of(kg.present, iri) for iri in earlier)), None)
        if later is None:
            raise
        return later


def _name_of(kg: KnowledgeGraph, wish: str) -> str | None:
    if ":" not in wish:
        return wish.strip("/")
    iri = expanded(kg.schema.prefixes, wish)
    return name_of_iri(iri) if iri else None


def _named(kg: KnowledgeGraph, class_: Class, name: object) -> str:
    """The IRI that a caller wants, by the name alone or in any form that `_called` takes."""
    if not isinstance(name, str):
        raise BadParameter(f"to: write the new name, not {shown(name)}.", parameter="to")
    whole = _name_of(kg, name) if ":" in name or "/" in name else None
    collection, slash, local = (whole or "").partition("/")
    if slash and collection != class_.collection:
        raise BadParameter(f"to: a {class_.label} stays among /{class_.collection}.", parameter="to")
    return minted(class_, local if slash else name)


def summary(renaming: Renaming) -> str:
    """What a renaming comes to, in one line: the default message of the change."""
    (old, new), *propositions = renaming.replaced.items()
    verb = f"{local_name(old)} becomes {local_name(new)}"
    follow = "1 proposition follows" if len(propositions) == 1 else f"{len(propositions):,} propositions follow"
    return f"{verb}; {follow}" if propositions else verb
