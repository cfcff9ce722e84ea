"""Named questions: one file each under queries/, which is endpoint, documentation, example and test at once."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alskg.errors import BadQuery, SourceError
from alskg.names import NAME
from alskg.panels import Panel, panel_of, refuse_lost
from alskg.syntax import Form, form, undeclared_prefixes, variables

HEADER_MARK = "#+"

DATATYPES = ("xsd:string", "xsd:integer", "xsd:decimal", "xsd:boolean", "xsd:date", "xsd:gYear")

_KEYS = {
    "title": str,
    "question": str,
    "tags": list,
    "audience": str,
    "cost": str,
    "parameters": dict,
    "answers": list,
    "panel": dict,
    "counted": str,
    "address": str,
}
_REQUIRED = ("title", "question", "tags")
_PARAMETER_KEYS = {
    "about": str,
    "example": object,
    "default": object,
    "optional": bool,
    "class": str,
    "vocabulary": str,
    "property": bool,
    "datatype": str,
    "values": list,
}
COSTS = ("small", "large")
"""What a question takes of a million triples at worst; a large one is evaluated in a process that can be killed."""
_KINDS = ("class", "vocabulary", "property", "datatype")


@dataclass(frozen=True)
class Parameter:
    """A value that the asker gives, bound to the variable of the same name; exactly one of the kinds is set."""

    name: str
    about: str
    example: str
    default: str | None
    class_: str | None
    """The local name of a class: the value is a member's name in its collection, its CURIE or its IRI."""
    vocabulary: str | None
    """The name of a closed list: the value is the name of one of its concepts."""
    property_: bool
    """The value is the local name of a property that claims can state."""
    datatype: str | None
    """The value is a literal of this datatype, as a CURIE: `xsd:date`."""
    is_optional: bool = False
    """Whether it may be left out, and its variable free."""
    values: tuple[str, ...] = ()
    """The texts that there are to choose from; none, where every one of the datatype will do."""


@dataclass(frozen=True)
class NamedQuery:
    """A question with a name, and the SPARQL that answers it."""

    name: str
    """The file's name without its ending; also the route, the test's id and the heading."""
    title: str
    question: str
    text: str
    """Complete SPARQL: the header taken off, the PREFIX lines that it needs put in front."""
    form: Form
    tags: tuple[str, ...]
    audience: str
    cost: str
    """One of `COSTS`, as benchmarks/questions.py measures it."""
    parameters: tuple[Parameter, ...]
    answers: tuple[Mapping[str, str], ...]
    """Rows that the examples' answer must hold: variable to label, value or CURIE."""
    panel: Panel | None = None
    """How its answer is drawn on the pages of the things that it is asked of."""
    counted: str = ""
    """What its rows are called among the figures of the first page; "" where they aren't counted there."""
    address: str = ""
    """The first step of an address that leads to it, the second being what it is asked of; "" where it has none."""

    @property
    def asked_of(self) -> Parameter | None:
        """What the second step of its address gives: the one parameter that must be given; None without an address."""
        return _needed(self.parameters)[0] if self.address else None


def read_queries(folder: Path, prefixes: Mapping[str, str]) -> dict[str, NamedQuery]:
    """
    The questions of a folder by name, in the order of their names.

    Raises:
        SourceError: a file breaks a rule; the message says which file, which key, and the mend.
    """
    files = sorted(folder.glob("*.rq"), key=lambda file: file.stem)
    found = {file.stem: read_query(file.name, file.read_text(encoding="utf-8"), prefixes) for file in files}
    parameters = {name: [p.name for p in query.parameters] for name, query in found.items()}
    refuse_lost({name: query.panel for name, query in found.items()}, parameters)
    _refuse_shared(found)
    return found


def _refuse_shared(found: Mapping[str, NamedQuery]) -> None:
    addresses = [(query.address, name) for name, query in found.items() if query.address]
    first = dict(reversed(addresses))
    for address, name in addresses:
        if first[address] != name:
            raise SourceError(
                f"queries/{name}.rq: 'address' {address!r} leads to {first[address]}; choose another word."
            )


def read_query(file_name: str, source: str, prefixes: Mapping[str, str]) -> NamedQuery:
    """
    The question in the text of a file.

    Example of a file::

        #+ title = "What relieves a symptom"
        #+ question = "Which drugs relieve this symptom, and who says so?"
        #+ tags = ["symptoms"]
        #+ [parameters.symptom]
        #+ about = "A symptom."
        #+ class = "Symptom"
        #+ example = "spasticity"
        SELECT ?drug WHERE { ?drug als:relieves ?symptom }

    Raises:
        SourceError: see `read_queries`.
    """
    where = f"queries/{file_name}"
    name = file_name.removesuffix(".rq")
    if not NAME.fullmatch(name):
        raise SourceError(f"{where}: the name must be lower-case words joined by hyphens.")
    header, body = _parts(source, where)
    _check_keys(header, _KEYS, _REQUIRED, where, "the #+ header")
    try:
        form_ = form(body)
        text = _with_prefixes(body, prefixes, where)
        known = variables(body)
    except BadQuery as error:
        raise SourceError(f"{where}: below the header: {error}") from error
    if form_ == "UPDATE":
        raise SourceError(f"{where}: this is an update; a question is SELECT, ASK, CONSTRUCT or DESCRIBE.")
    parameters = tuple(_parameter(*named, known, where) for named in _tables(header))
    return NamedQuery(
        name=name,
        title=header["title"],
        question=header["question"],
        text=text,
        form=form_,
        tags=_strings(header["tags"], where, "tags"),
        audience=header.get("audience", ""),
        cost=_cost(header, where),
        parameters=parameters,
        answers=tuple(_answer(row, known, where) for row in header.get("answers", [])),
        panel=panel_of(header.get("panel"), [p.name for p in parameters if p.class_], known, where),
        counted=_counted(header, form_, parameters, where),
        address=_address(header, parameters, where),
    )


def _cost(header: Mapping[str, Any], where: str) -> str:
    cost: str = header.get("cost", COSTS[0])
    if cost not in COSTS:
        raise SourceError(
            f"{where}: 'cost' is {cost!r}; there is {' and '.join(COSTS)} (benchmarks/questions.py says)."
        )
    return cost


def _counted(header: Mapping[str, Any], form_: Form, parameters: Sequence[Parameter], where: str) -> str:
    counted: str = header.get("counted", "")
    if counted and (form_ != "SELECT" or _needed(parameters)):
        raise SourceError(f"{where}: 'counted' goes with a SELECT that can be asked without giving anything.")
    return counted


def _address(header: Mapping[str, Any], parameters: Sequence[Parameter], where: str) -> str:
    address: str = header.get("address", "")
    if address and not NAME.fullmatch(address):
        raise SourceError(f"{where}: 'address' is {address!r}; write lower-case words joined by hyphens.")
    if address and len(_needed(parameters)) != 1:
        raise SourceError(f"{where}: 'address' goes with a question that has just one parameter that must be given.")
    return address


def _needed(parameters: Sequence[Parameter]) -> list[Parameter]:
    return [p for p in parameters if not p.is_optional and p.default is None]


def _parts(source: str, where: str) -> tuple[dict[str, Any], str]:
    lines = source.splitlines()
    length = next((number for number, line in enumerate(lines) if not line.startswith(HEADER_MARK)), len(lines))
    if length == 0:
        raise SourceError(f'{where}: begin with a header: #+ title = "...".')
    if any(line.startswith(HEADER_MARK) for line in lines[length:]):
        raise SourceError(f"{where}: the lines that begin with #+ must stand together at the top.")
    toml = "\n".join(line.removeprefix(HEADER_MARK) for line in lines[:length])
    try:
        return tomllib.loads(toml), "\n".join(lines[length:]).strip() + "\n"
    except tomllib.TOMLDecodeError as error:
        raise SourceError(f"{where}: the #+ header is not TOML: {error}.") from error


def _check_keys(
    table: Mapping[str, Any], known: Mapping[str, type], required: Sequence[str], where: str, place: str
) -> None:
    for key, value in table.items():
        if key not in known:
            raise SourceError(f"{where}: unknown key '{key}' in {place}; there is {', '.join(known)}.")
        if not isinstance(value, known[key]):
            raise SourceError(f"{where}: '{key}' in {place} must be {_AS_WORDS[known[key]]}.")
    for key in required:
        if table.get(key) in (None, "", []):
            raise SourceError(f"{where}: '{key}' is missing in {place}; add it.")


_AS_WORDS = {str: "a string", list: "a list", dict: "a table", bool: "true"}


def _tables(header: Mapping[str, Any]) -> list[tuple[str, object]]:
    return list(header.get("parameters", {}).items())


def _strings(values: Sequence[object], where: str, key: str) -> tuple[str, ...]:
    if not all(isinstance(value, str) for value in values):
        raise SourceError(f"{where}: '{key}' must be a list of strings.")
    return tuple(map(str, values))


def _parameter(name: str, table: object, known: set[str], where: str) -> Parameter:
    place = f"[parameters.{name}]"
    if not isinstance(table, dict):
        raise SourceError(f"{where}: write the parameter as a table, {place}.")
    _check_keys(table, _PARAMETER_KEYS, ("about", "example"), where, place)
    kinds = [key for key in _KINDS if key in table]
    if len(kinds) != 1 or table.get("property") is False:
        raise SourceError(f"{where}: {place} must have exactly one of {', '.join(_KINDS)} (property = true).")
    if table.get("datatype", DATATYPES[0]) not in DATATYPES:
        raise SourceError(f"{where}: {place} has an unknown datatype; there is {', '.join(DATATYPES)}.")
    if table.get("optional") and "default" in table:
        raise SourceError(f"{where}: {place} is optional and has a default; drop one of the two.")
    if name not in known:
        raise SourceError(f"{where}: {place}: the query has no variable ?{name}; use it, or drop the parameter.")
    values = _strings(table.get("values", []), where, f"values of {place}")
    if values and (table.get("datatype") != DATATYPES[0] or table["example"] not in values):
        raise SourceError(
            f"{where}: {place} has values, so its datatype is {DATATYPES[0]}, and its example one of them."
        )
    return Parameter(
        name=name,
        about=table["about"],
        example=_lexical(table["example"]),
        default=_lexical(table["default"]) if "default" in table else None,
        is_optional=table.get("optional", False),
        class_=table.get("class"),
        vocabulary=table.get("vocabulary"),
        property_="property" in table,
        datatype=table.get("datatype"),
        values=values,
    )


def _answer(row: object, known: set[str], where: str) -> Mapping[str, str]:
    if not isinstance(row, dict) or not row:
        raise SourceError(f"{where}: write an answer as a table, [[answers]], of variables and values.")
    for variable in row:
        if variable not in known:
            raise SourceError(f"{where}: [[answers]]: the query has no variable ?{variable}.")
    return {variable: _lexical(value) for variable, value in row.items()}


def _lexical(value: object) -> str:
    """A TOML value as XSD writes it: 2017-05-05, 1.5, true."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _with_prefixes(body: str, prefixes: Mapping[str, str], where: str) -> str:
    for prefix in undeclared_prefixes(body):
        if prefix not in prefixes:
            raise SourceError(
                f"{where}: the prefix {prefix}: is not known; declare it in ontology/prefixes.ttl, or with PREFIX here."
            )
    return with_prefixes(body, prefixes)


def with_prefixes(text: str, prefixes: Mapping[str, str]) -> str:
    """
    The text with PREFIX lines for those known prefixes that it uses and doesn't declare, so that it can stay short.

    Raises:
        BadQuery: it can't be tokenised.
    """
    missing = sorted(set(undeclared_prefixes(text)) & set(prefixes))
    return "".join(f"PREFIX {prefix}: <{prefixes[prefix]}>\n" for prefix in missing) + text
