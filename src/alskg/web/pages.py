"""Documents as plain pages: the same values as in JSON, with links that can be followed."""

from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, select_autoescape

from alskg.names import name_of_iri


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("alskg.web"), autoescape=select_autoescape(default=True), trim_blocks=True
    )
    environment.filters["href"] = href
    return environment


def page(title: str, body: Mapping[str, object]) -> str:
    """The page of a document or of a list of documents."""
    return _environment().get_template("document.html").render(title=title, body=body)


def sparql_page(endpoint: str, example: str) -> str:
    """The page where a query can be written and asked."""
    return _environment().get_template("sparql.html").render(title="SPARQL", endpoint=endpoint, example=example)


def href(iri: str) -> str:
    """Where a link leads: our own things stay on this server; what is no web address leads nowhere."""
    name = name_of_iri(iri)
    if name is not None:
        return f"/{name}"
    return iri if urlsplit(iri).scheme in {"http", "https"} or iri.startswith("/") else "#"
