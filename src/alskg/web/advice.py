"""Advice: what the program says to those who call it, in the words of the pages: forms in place of calls."""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup, escape

from alskg.knowledge_graph import KnowledgeGraph
from alskg.names import ALS, slug
from alskg.web.documents import Document

_CALLS = re.compile(
    r"PUT /(?P<collection>[\w-]+)/\{name\}"
    r"|POST /changes/(?P<revision>\d+)/revert"
    r'|If it is new, describe it: "source": \{"(?P<kind>\w+)": "(?P<given>[^"]*)".*',
    re.DOTALL,
)
"""What a message tells a program to call, and a page offers as a form."""
_KEY = re.compile(r"\b[a-z]+[A-Z]\w*\b")
"""A key of JSON that is no word of English, as `altLabel`."""


def advice(kg: KnowledgeGraph, said: str, written: str = "") -> Markup:
    """A message as HTML, with links to forms for what it says to call; a new thing is called as somebody wrote."""
    parts, end = list[str](), 0
    for found in _CALLS.finditer(said):
        parts += [escape(said[end : found.start()]), _form_for(kg, found, written)]
        end = found.end()
    return Markup().join([*parts, escape(said[end:])])


def _form_for(kg: KnowledgeGraph, found: re.Match[str], written: str) -> Markup:
    if revision := found["revision"]:
        return _link(f"/curate/revert/{revision}", f"take back revision {revision}")
    if collection := found["collection"]:
        label = {} if ":" in written else {"label": written}
        return _link(f"/curate/new/{collection}", f"a new {kg.schema.collections[collection].label}", **label)
    sources = kg.schema.classes[ALS + "Source"].collection
    is_name = found["kind"] == "name"
    given = {"label": written, "name": slug(written)} if is_name else {"exactMatch": _curie(found)}
    return Markup("If it is new, {}; then come back to this form.").format(
        _link(f"/curate/new/{sources}", "describe it as a new source", **given)
    )


def _curie(found: re.Match[str]) -> str:
    return f"{found['kind'].upper()}:{found['given']}"


def _link(address: str, words: str, **given: str) -> Markup:
    query = urlencode({name: value for name, value in given.items() if value})
    return Markup('<a href="{}">{}</a>').format(f"{address}?{query}".removesuffix("?"), words)


def in_words_of(labels: Mapping[str, str], said: str) -> str:
    """A message with what the form calls its fields in place of their keys in JSON."""
    return _KEY.sub(lambda found: f"“{labels[found[0]]}”" if found[0] in labels else found[0], said)


def each_once(results: Iterable[Mapping[str, Any]]) -> list[Document]:
    """The results of a report without those by a shape that a house rule tells of in its own words."""
    every = list(results)
    ruled = [result for result in every if "path" not in result]
    return [dict(result) for result in every if not any(_is_told_by(other, result) for other in ruled)]


def _is_told_by(ruled: Mapping[str, Any], result: Mapping[str, Any]) -> bool:
    """Whether both are about one value of one node, which is no such thing."""
    value = result.get("value")
    return (
        result["rule"] == "ClassConstraintComponent"
        and isinstance(value, dict)
        and ruled["node"]["id"] == result["node"]["id"]
        and str(value["id"]) in ruled["what"]
    )
