"""What links to a thing by a field, by collection: each as its document, with what is stated of it."""

from collections.abc import Sequence
from typing import Any

from alskg.knowledge_graph import KnowledgeGraph
from alskg.names import ALS, RDF, RDFS
from alskg.schema import Class
from alskg.statements import Pattern, statements
from alskg.triples import iris, subjects, text
from alskg.web.documents import Document, documents, statement_document

_STATING = frozenset({ALS + "Proposition", ALS + "Claim"})
"""What is stated is told as statements, and not once more as things."""


def linked(kg: KnowledgeGraph, iri: str) -> dict[str, list[Document]]:
    """The things that have this one in a field, by the collection where they are at home."""
    paths = sorted({field.path for class_ in _classes(kg) for field in class_.fields.values() if field.is_link})
    fields: dict[str, list[str]] = {}
    for path in paths:
        for subject in subjects(kg.store, path, iri):
            fields.setdefault(subject, []).append(path)
    found: dict[str, list[Document]] = {}
    told = _told(kg, sorted(fields))
    owners = {other: kg.schema.owners(iris(kg.store, other, RDF + "type")) for other in sorted(fields)}
    for class_ in _classes(kg):
        if here := [other for other in owners if class_ in owners[other]]:
            found[str(class_.collection)] = [
                {**document, "statements": told.get(str(document["id"]), [])}
                for document in documents(kg, class_, here, None)
            ]
    return found


def _classes(kg: KnowledgeGraph) -> list[Class]:
    return [c for c in kg.schema.collections.values() if c.namespace and c.iri not in _STATING]


def _told(kg: KnowledgeGraph, things: Sequence[str]) -> dict[str, list[Document]]:
    """What is stated of each of these things, asked for in one go."""
    found: dict[str, list[Document]] = {}
    if things:
        for statement in statements(kg, Pattern((), subjects=things)):
            found.setdefault(statement.subject, []).append(statement_document(kg, statement))
    return found


def add_figures(kg: KnowledgeGraph, told: Any) -> None:
    """Adds to each claim of these statements the quantities that it carries, by the names of its fields."""
    fields = kg.schema.classes[ALS + "Claim"].fields.values()
    paths = {field.path: field.name for field in fields if field.class_ == ALS + "Quantity"}
    for claim in (claim for statement in told for claim in statement["claims"]):
        figures = {
            name: text(kg.store, quantity, RDFS + "label")
            for path, name in paths.items()
            for quantity in iris(kg.store, claim["id"], path)
        }
        if figures:
            claim["figures"] = figures
