"""Which rows of a mapping a caller wants to see: by property, kind, certainty, source, date and ends."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal

import pyoxigraph as ox
from pydantic import BaseModel, create_model
from pydantic import Field as Parameter

from alskg.answers import Question
from alskg.claim_filters import scoped
from alskg.errors import BadParameter
from alskg.knowledge_graph import KnowledgeGraph
from alskg.meant import called, hint, is_member, member_meant, things_meant
from alskg.members import all_iris, elsewhere, names_of_members
from alskg.names import local_name
from alskg.parameters import property_called
from alskg.schema import Class
from alskg.statements import HELD, Pattern, Statement
from alskg.store.terms import Bindable
from alskg.web.parameters import (
    STRICT,
    AsOf,
    Certainty,
    FormatName,
    FromSources,
    LeastEvidence,
    claim_parameters,
    wanted_claims,
)

Stance = Literal["affirmed", "denied", "contested", "inferred"]


class MappingQuery(BaseModel):
    """Parameters of a mapping."""

    model_config = STRICT
    asOf: AsOf = None  # noqa: N815 - the name in the URL
    stance: Annotated[list[Stance] | None, Parameter(description="Only rows of these stances.")] = None
    predicate: Annotated[
        list[str] | None, Parameter(description="Only rows of these properties, and of the more special ones.")
    ] = None
    kind: Annotated[list[str] | None, Parameter(description="Only rows whose subjects are in these collections.")] = (
        None
    )
    certainty: Certainty = None
    source: FromSources = None
    minEvidence: LeastEvidence = None  # noqa: N815 - the name in the URL
    subject: Annotated[
        str | None, Parameter(description="Only rows of this subject, by IRI, CURIE, name or label.")
    ] = None
    object: Annotated[str | None, Parameter(description="Only rows of this object, by IRI, CURIE, name or label.")] = (
        None
    )
    format: FormatName = None
    output: FormatName = None


def mapping_model(kg: KnowledgeGraph) -> type[MappingQuery]:
    """The parameters of a mapping, with one for each property that limits statements."""
    own = {name: field for name, field in claim_parameters(kg).items() if name not in MappingQuery.model_fields}
    return create_model("Mapping", __base__=MappingQuery, **own)


def kept(kg: KnowledgeGraph, found: Sequence[Statement], query: MappingQuery) -> list[Statement]:
    """
    The statements that a caller wants to see, each with the claims that are wanted.

    Raises:
        BadParameter: a filter names what there is not.
    """
    found = wanted_claims(kg, query).of(found)
    tests = _tests_of_statements(kg, found, query)
    return [s for s in found if s.claims and all(test(s) for test in tests)]


def _tests_of_statements(
    kg: KnowledgeGraph, found: Sequence[Statement], query: MappingQuery
) -> list[Callable[[Statement], bool]]:
    tests: list[Callable[[Statement], bool]] = []
    if query.stance is not None:
        tests.append(lambda s: s.stance in (query.stance or ()))
    if query.predicate is not None:
        wanted = _predicates(kg, query.predicate)
        tests.append(lambda s: s.predicate in wanted)
    if query.kind is not None:
        classes = [_collection(kg, name) for name in query.kind]
        tests.append(lambda s: any(is_member(kg, class_, s.subject) for class_ in classes))
    if query.subject is not None:
        of_subject = _called(kg, "subject", query.subject, map(_subject, found))
        tests.append(lambda s: s.subject in of_subject)
    if query.object is not None:
        of_object = _called(kg, "object", query.object, map(iri_of_object, found))
        tests.append(lambda s: iri_of_object(s) in of_object)
    return tests


def _predicates(kg: KnowledgeGraph, names: Sequence[str]) -> set[str]:
    """The properties of these names, and the more special ones, by IRI."""
    above = [property_called(kg, "predicate", name) for name in names]
    return {p.iri for p in kg.schema.predicates.values() if any(map(p.falls_under, above))}


def _collection(kg: KnowledgeGraph, name: str) -> Any:
    if name not in kg.schema.collections:
        raise _unknown("kind", name, list(kg.schema.collections))
    return kg.schema.collections[name]


def _called(kg: KnowledgeGraph, parameter: str, wish: str, ends: Iterable[str]) -> set[str]:
    """Those of the ends that a caller means: by IRI, CURIE, name, identifier or label."""
    among = {iri for iri in ends if iri}
    if ":" not in wish and (named := {iri for iri in among if local_name(iri) == wish}):
        return named
    return {node.value for node in things_meant(kg, parameter, wish, map(ox.NamedNode, among))}


def refuse_strangers(
    kg: KnowledgeGraph, found: Sequence[Statement], query: MappingQuery, sides: tuple[Class, Class] | None
) -> None:
    """
    Nothing, where the subject and the object that a caller asks for are members of the classes of these sides, or any
    things at all where there are no sides; `found` are all statements between them.

    Raises:
        BadParameter: one of them isn't; near names are suggested.
    """
    for place, (name, end) in enumerate((("subject", _subject), ("object", iri_of_object))):
        wish = getattr(query, name)
        class_ = sides[place] if sides else None
        if wish is not None and not _is_known(kg, name, wish, [end(s) for s in found], class_):
            known = names_of_members(kg, class_) if class_ else map(local_name, all_iris(kg))
            near = hint(wish.rpartition("/")[2].rpartition(":")[2], known)
            nobody = f"no {class_.label}" if class_ else "nothing here"
            others, addresses = elsewhere(kg, class_, wish) if class_ else ("", [])
            told = f"{name}={wish}: {nobody} is called so.{others}{near}"
            raise BadParameter(told, parameter=name, suggestions=addresses)


def _is_known(kg: KnowledgeGraph, parameter: str, wish: str, ends: Sequence[str], class_: Class | None) -> bool:
    """Whether the class, or the graph, has what is called so, be anything stated of it or not."""
    if class_ and (member_meant(kg, class_, wish) or called(kg, wish, class_)):
        return True
    meant = _called(kg, parameter, wish, ends)
    return any(class_ is None or is_member(kg, class_, iri) for iri in meant)


def _unknown(parameter: str, value: str, known: list[str]) -> BadParameter:
    return BadParameter(
        f"{parameter}={value}: there is no such thing here.{hint(value, known)}", parameter=parameter, available=known
    )


_ROWS = """
SELECT ?proposition ?label ?subject ?subjectLabel ?predicate ?object ?objectLabel WHERE {{{{{{pattern}}
    VALUES ?link {{{{ als:supportedBy als:disputedBy als:inferredBy }}}}
    ?proposition ?link ?claim .
{limits}    OPTIONAL {{{{ ?proposition rdfs:label ?label }}}}
    OPTIONAL {{{{ ?subject rdfs:label ?subjectLabel }}}}
    OPTIONAL {{{{ ?object rdfs:label ?objectLabel }}}}
}}}}
GROUP BY ?proposition ?label ?subject ?subjectLabel ?predicate ?object ?objectLabel
{having}ORDER BY ?proposition
"""
_HAS_SIDE = "MAX(IF(?link = als:{link}, 1, 0)) = {number}"
_SIDES_OF: Mapping[str, tuple[int, int]] = {
    "affirmed": (1, 0),
    "denied": (0, 1),
    "contested": (1, 1),
    "inferred": (0, 0),
}
"""Whether there are claims for and against, for each stance."""


def question_of(kg: KnowledgeGraph, pattern: Pattern, found: Iterable[Statement], query: MappingQuery) -> Question:
    """
    The rows of a mapping that a caller wants to see, as a question that anyone can ask again; `found` are all that the
    pattern has. It says with `kept` the same in SPARQL.
    """
    claims, limits, bindings = wanted_claims(kg, query), list[str](), dict[str, Sequence[Bindable]]()
    for path, terms in claims.terms.items():
        bindings[local_name(path)] = terms
        limits.append(f"?claim <{path}> ?{local_name(path)} .")
    if claims.as_of is not None:
        bindings["day"] = [ox.Literal(claims.as_of)]
        limits.append(_as_template(HELD.replace("#", "")))
    for path, terms in claims.scope_terms.items():
        bindings[local_name(path)] = terms
        limits.append(_as_template(scoped("?proposition", "?claim", f"<{path}>", local_name(path))))
    if query.kind is not None:
        bindings["kind"] = [ox.NamedNode(_collection(kg, name).iri) for name in query.kind]
        limits.append("?subject a ?kind .")
    if query.predicate is not None:
        wanted_predicates = _predicates(kg, query.predicate)
        pattern = replace(pattern, predicates=[p for p in pattern.predicates if p.iri in wanted_predicates])
        bindings["predicate"] = [ox.NamedNode(p.iri) for p in pattern.predicates]
    for name, end in (("subject", _subject), ("object", iri_of_object)):
        if (wish := getattr(query, name)) is not None:
            bindings[name] = [ox.NamedNode(iri) for iri in sorted(_called(kg, name, wish, map(end, found)))]
    text = _ROWS.format(limits="".join(f"    {limit}\n" for limit in limits), having=_having(query.stance))
    asked = pattern.question(text)
    return Question(asked.text, {**asked.bindings, **bindings})


def _as_template(text: str) -> str:
    """The same for a text that is a template still, in which a brace is written twice."""
    return text.strip().replace("{", "{{").replace("}", "}}")


def _having(stances: Sequence[str] | None) -> str:
    if stances is None:
        return ""
    either = []
    for stance in stances:
        sides = zip(("supportedBy", "disputedBy"), _SIDES_OF[stance], strict=True)
        either.append(" && ".join(_HAS_SIDE.format(link=link, number=number) for link, number in sides))
    return f"HAVING ({' || '.join(f'({one})' for one in either)})\n"


def _subject(statement: Statement) -> str:
    return statement.subject


def iri_of_object(statement: Statement) -> str:
    """The IRI of what a statement leads to; "" where it is a literal."""
    return statement.object_.value if isinstance(statement.object_, ox.NamedNode) else ""
