"""What a caller may say about an answer: the query parameters that doors share, and how they are documented."""

from collections.abc import Callable, Collection, Coroutine, Iterable, Iterator, Mapping, Sequence
from inspect import signature
from typing import Annotated, Any, get_args, get_origin
from urllib.parse import urlencode

from fastapi import Request
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError, create_model
from pydantic import Field as Parameter
from pydantic.fields import FieldInfo
from starlette.responses import Response

from alskg.claim_filters import ClaimFilter, claim_filter
from alskg.errors import BadParameter
from alskg.knowledge_graph import KnowledgeGraph
from alskg.meant import hint, namespaces
from alskg.members import Filters, are_told
from alskg.names import ALS, BASE, local_name
from alskg.parameters import Day, said
from alskg.schema import Class
from alskg.wording import counted

STRICT = ConfigDict(extra="forbid")
_TRUTH = {"true": True, "1": True, "": True, "false": False, "0": False}
OPEN = ConfigDict(extra="ignore")
"""For a list: what else there may be depends on the class (see `filters_of`)."""

FormatName = Annotated[
    str | None, Parameter(description="Overrides the Accept header: a short name (json, csv, turtle ...).")
]
Certainty = Annotated[list[str] | None, Parameter(description="Only claims of these certainties.")]
FromSources = Annotated[
    list[str] | None,
    Parameter(
        description="Only claims of these sources, each by its name, or by the name of its kind (seed-document)."
    ),
]
LeastEvidence = Annotated[
    str | None,
    Parameter(description="Only claims that rest on this kind of evidence, or on one as high in the order of kinds."),
]
CHOOSING = {
    "asOf": "claims that say it held or happened at this date or earlier, or, where they give no day, whose source is "
    "of then or was read here by then, and that nothing had put out of date",
    "certainty": "claims of these certainties",
    "minEvidence": "claims on this kind of evidence, or on one as high",
    "source": "claims of these sources, or of this kind of source",
}
"""How a list is narrowed to claims; the scope of statements does so, too."""
_BY_STANDING = {"asOf": "; and by events that began a standing which none had ended by then"}
_NO_FIELDS = {ALS + "Claim": ("asOf", "source")}
"""Of claims, what narrows a list to claims though it is the name of a field, since it says more there than a value."""
CHOSEN_ONCE = ("asOf", "minEvidence")
"""Those of them that take one value."""
AS_OF = (
    "A date counts what a claim says to have held or to have happened by then, unless it was out of date; a claim "
    "that gives no day counts from the date of its source, or else from the day on which that had been read here, and "
    "at no date where there is none of these."
)
"""What `asOf` means, as answers tell it."""
PAGING = ("limit", "cursor", "format", "output")
"""The parameters of a list that leave nothing out of it."""
AsOf = Annotated[
    Day | None,
    Parameter(description=f"Only claims of this date or earlier. {AS_OF}"),
]


class FormatOnly(BaseModel):
    """Parameters of what has none of its own."""

    model_config = STRICT
    format: FormatName = None
    output: FormatName = None


class OneThing(FormatOnly):
    """Parameters of one thing."""

    linked: Annotated[
        bool | None,
        Parameter(
            description="Also what links to it by a field, by collection, with what is stated of that (JSON); left "
            "out, as its class has it; the schema of the answer says how."
        ),
    ] = None


def list_model(kg: KnowledgeGraph) -> type[BaseModel]:
    """The parameters of every list of members, without the filters, which are different for each class."""
    most = kg.settings.batch_ids_max
    own: dict[str, Any] = {
        "fields": texts("Only these fields, comma-separated."),
        "id": texts(f"These members: name, CURIE, IRI or label, comma-separated or repeated; up to {most}."),
        "xref": texts("Members with this identifier, as a CURIE or IRI."),
    }
    return create_model("List", __config__=OPEN, **(_paging(kg) | own))


def neighbours_model(kg: KnowledgeGraph) -> type[BaseModel]:
    """The parameters of a list of things that stand next to another one."""
    only = Parameter(description="Only by statements with this property or a more special one, by its name.")
    own = {"asOf": (AsOf, None), "predicate": (Annotated[str | None, only], None)}
    return create_model("Neighbours", __config__=STRICT, **(_paging(kg) | own | claim_parameters(kg)))


def claim_parameters(kg: KnowledgeGraph) -> dict[str, Any]:
    """The parameters that say which claims count, and within which scope; a scope property brings its own."""
    scope = {
        local_name(iri): texts(
            f"Only statements that are limited to this {local_name(iri)}, and unlimited ones of a source that is."
        )
        for iri in kg.schema.scope_properties
    }
    return {
        "certainty": (Certainty, None),
        "source": (FromSources, None),
        "minEvidence": (LeastEvidence, None),
        **scope,
    }


def wanted_claims(kg: KnowledgeGraph, query: Any) -> ClaimFilter:
    """
    The filter that these parameters ask for.

    Raises:
        BadParameter: one of them names what there is not.
    """
    return claim_filter(
        kg,
        query.asOf.isoformat() if query.asOf else None,
        query.certainty,
        query.source,
        query.minEvidence,
        {name: getattr(query, name) for name in map(local_name, kg.schema.scope_properties)},
    )


def given_filters(request: Request, query: BaseModel) -> list[tuple[str, str]]:
    """The filters of a list that a caller gave, as they were written."""
    given = request.query_params.multi_items()
    return [(n, value) for n, value in given if value and n in query.model_fields_set and n not in PAGING]


def choosing_claims(kg: KnowledgeGraph, request: Request, class_: Class) -> list[tuple[str, str]]:
    """What a caller gave to say which claims count for a list of the class, as it was written."""
    names = _choosing(kg, class_)
    return [(name, value) for name, value in request.query_params.multi_items() if value and name in names]


def about_date(undated: int) -> str:
    """What `asOf` means, and how many claims it leaves out for want of a date."""
    return f"{AS_OF} {counted(undated, 'claim')} left out for want of one." if undated else AS_OF


def _paging(kg: KnowledgeGraph) -> dict[str, Any]:
    most = kg.settings.page_items_max
    limit = Parameter(ge=1, le=most, description=f"How many items; at most {most}.")
    cursor = Parameter(description="Where the last page ended: its `nextCursor`.")
    return {
        "limit": (Annotated[int, limit], kg.settings.page_items_default),
        "cursor": (Annotated[str | None, cursor], None),
        "format": (FormatName, None),
        "output": (FormatName, None),
    }


def refuse_repeated(given: Iterable[tuple[str, str]], names: Collection[str]) -> None:
    """
    Nothing, where each of these parameters is given once at most: of two values, nobody could say which counts.

    Raises:
        BadParameter: one of them is given again.
    """
    seen = set[str]()
    for name, _ in given:
        if name in names and name in seen:
            raise BadParameter(f"{name}: it is given more than once; say it once.", parameter=name)
        seen.add(name)


class Room(APIRoute):
    """
    A route that reads without those of its parameters that are empty, and with each of the others given once, but for
    those that take several values.
    """

    @property
    def known(self) -> frozenset[str]:
        """The parameters that it reads, by its model and by what is documented beside."""
        fields = dict(_fields_of(self.endpoint))
        # A door without a model reads by a protocol of its own, where ?default may mean something without a value.
        beside = (self.openapi_extra or {}).get("parameters", ()) if fields else ()
        return frozenset([*fields, *(parameter["name"] for parameter in beside)])

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """What answers a request; a door for changes looks at who asks first, and then at its parameters itself."""
        handler, known = super().get_route_handler(), self.known
        once = {name for name, field in _fields_of(self.endpoint) if not _takes_several(field.annotation)}

        async def handle(request: Request) -> Response:
            if request.method in ("GET", "HEAD"):
                request = _without_empty(request, known)
                refuse_repeated(request.query_params.multi_items(), once)
            return await handler(request)

        return handle


def _without_empty(request: Request, names: Collection[str]) -> Request:
    """The request without those of these parameters that are empty: a form sends what was left empty so."""
    given = request.query_params.multi_items()
    rest = [(name, value) for name, value in given if value or name not in names]
    if len(rest) == len(given):
        return request
    return Request({**request.scope, "query_string": urlencode(rest).encode()}, request.receive)


def _fields_of(endpoint: Callable[..., Any]) -> Iterator[tuple[str, FieldInfo]]:
    for parameter in signature(endpoint).parameters.values():
        model = get_args(parameter.annotation)[0] if get_origin(parameter.annotation) is Annotated else None
        if isinstance(model, type) and issubclass(model, BaseModel):
            yield from model.model_fields.items()


def _takes_several(annotation: Any) -> bool:
    return get_origin(annotation) is list or any(map(_takes_several, get_args(annotation)))


def refuse_unknown_parameters(given: Iterable[str], known: Sequence[str]) -> None:
    """
    Nothing, where all parameters are among the known ones.

    Raises:
        BadParameter: one of them isn't; near ones are suggested.
    """
    for name in given:
        if name not in known:
            raise BadParameter(
                f"{name}: there is no such parameter here.{hint(name, known)} There are {', '.join(known)}.",
                parameter=name,
                available=list(known),
            )


def flag(given: Mapping[str, Sequence[str]], name: str) -> bool:
    """
    A parameter that is true or false, where no model reads it; false where it isn't given.

    Raises:
        BadParameter: it is neither.
    """
    value = next(iter(given.get(name, ())), "false").lower()
    if value not in _TRUTH:
        raise BadParameter(f"{name}={value}: write true or false.", parameter=name)
    return _TRUTH[value]


def texts(about: str) -> tuple[Any, None]:
    """A parameter that may be given several times, or not at all."""
    return Annotated[list[str] | None, Parameter(description=about)], None


def filters_of(
    kg: KnowledgeGraph, request: Request, class_: Class, names: Mapping[str, str], known: Iterable[str]
) -> Filters:
    """
    The filters among a request's parameters.

    `names` are the filters of the class (see `filter_names`), `known` the parameters that are read elsewhere.

    Raises:
        BadParameter: there is no such filter; the ones there are are listed.
    """
    wishes = {name: request.query_params.getlist(name) for name in request.query_params if name not in known}
    for name in wishes:
        if name not in names:
            available = [*known, *names]
            raise BadParameter(
                f"{name}: {class_.plural} have no such filter.{hint(name, available)} "
                f"There are {', '.join(available)}.",
                parameter=name,
                available=available,
            )
    choosing = {name: wishes.pop(name) for name in _choosing(kg, class_) if name in wishes}
    refuse_repeated([(n, v) for n in CHOSEN_ONCE for v in choosing.get(n, ())], CHOSEN_ONCE)
    stated = {name: values for name, values in wishes.items() if name not in class_.fields}
    if choosing and not stated and not are_told(class_):
        raise BadParameter(
            f"{', '.join(choosing)}: it chooses among claims, and goes with a filter by what is stated.",
            parameter=next(iter(choosing)),
        )
    chosen = claim_filter(
        kg,
        _day(choosing["asOf"][0]) if "asOf" in choosing else None,
        choosing.get("certainty"),
        choosing.get("source"),
        choosing.get("minEvidence", [None])[0],
        {name: values for name, values in choosing.items() if name not in CHOOSING},
    )
    return Filters(
        {name: values for name, values in wishes.items() if name in class_.fields},
        stated,
        chosen=chosen,
    )


def _choosing(kg: KnowledgeGraph, class_: Class) -> dict[str, str]:
    """What narrows a list of the class to claims that count, with what it is for; a field of that name comes first."""
    within = "statements that are limited to this {}, and by those without a limit of a source that is"
    scope = {name: within.format(name) for name in map(local_name, kg.schema.scope_properties)}
    own = set(class_.fields).difference(_NO_FIELDS.get(class_.iri, ()))
    if are_told(class_):
        about = {name: f"Only by {which}." for name, which in (CHOOSING | scope).items()}
    elif kg.schema.stated_of[class_.iri]:
        begin = "With a filter by what is stated: only by"
        about = {n: f"{begin} {which}{_BY_STANDING.get(n, '')}." for n, which in (CHOOSING | scope).items()}
    else:
        about = {}
    return {name: what for name, what in about.items() if name not in own}


def _day(text: str) -> str:
    try:
        return TypeAdapter(Day).validate_python(text).isoformat()
    except ValidationError as error:
        raise BadParameter(f"asOf={text}: {said(error.errors()[0])}.", parameter="asOf") from error


def filter_names(kg: KnowledgeGraph, class_: Class, known: Iterable[str]) -> dict[str, str]:
    """The filters of a class with what each is for: its fields, and what may be stated of its members."""
    predicates = kg.schema.stated_of[class_.iri]
    stated = {
        p.name: f"Filter by what is affirmed, and surer than implied or hypothesised: {p.definition}"
        for p in predicates
    }
    fields = {f.name: f"Filter: {f.definition or f.label}" for f in class_.fields.values()}
    names = {**stated, **fields, **_choosing(kg, class_)}
    return {name: about for name, about in sorted(names.items()) if name not in known}


def documented(names: Mapping[str, str]) -> list[dict[str, object]]:
    """The filters as OpenAPI parameters."""
    one = {"type": "string"}
    many = {"type": "array", "items": one}
    return [
        {
            "name": name,
            "in": "query",
            "required": False,
            "schema": one if name in CHOSEN_ONCE else many,
            "description": about,
        }
        for name, about in names.items()
    ]


def after(kg: KnowledgeGraph, class_: Class, cursor: str | None) -> str | None:
    """
    The IRI that a page begins after.

    Raises:
        BadParameter: the cursor is not from a list of this class.
    """
    if cursor is None:
        return None
    if not any((BASE + cursor).startswith(space) for space in namespaces(kg, class_)):
        raise BadParameter(
            f"cursor={cursor}: not a cursor of this list; use the `nextCursor` of the page before.", parameter="cursor"
        )
    return BASE + cursor


def chosen_fields(class_: Class, given: Iterable[str] | None) -> list[str] | None:
    """
    The fields of the class that a caller asks for; None for all.

    Raises:
        BadParameter: there is no such field; the ones there are are listed.
    """
    if given is None:
        return None
    names = [name.strip() for part in given for name in part.split(",") if name.strip()]
    known = [*class_.fields, "id", "curie", "type", "url"]
    for name in names:
        if name not in known:
            raise BadParameter(
                f"fields={name}: a {class_.label} has no such field.{hint(name, known)} There are {', '.join(known)}.",
                parameter="fields",
                available=known,
            )
    return [name for name in names if name in class_.fields]
