"""The vocabulary as a page to read: classes, properties and closed lists in tables, derived from the ontology."""

from collections.abc import Iterable, Iterator

from alskg.curies import curie_of
from alskg.names import local_name
from alskg.schema import Class, Schema, Vocabulary

HEAD = """# Vocabulary

Derived from `ontology/` by `alskg derive`; change it there. How the parts belong together: `docs/data-model.md`.

Labels and texts are tagged `@en`: match them with `STR(?label) = "usually mild"`, or write `"usually mild"@en`.
"""


def vocabulary_page(schema: Schema) -> str:
    """All terms with their definitions, as Markdown."""
    return "\n".join(
        [
            HEAD,
            "## Prefixes\n",
            "```sparql",
            *(f"PREFIX {prefix}: <{namespace}>" for prefix, namespace in sorted(schema.prefixes.items())),
            "```\n",
            "## Classes\n",
            *_table(("class", "collection", "prefix", "what it is"), map(_class_row, _named(schema.classes.values()))),
            "## Fields of a class\n",
            "The key in JSON and in filters is the name; in SPARQL it is the property. Every class also has the fields "
            "of `als:Thing`.\n",
            *_table(("class", "name", "property", "what it says"), _field_rows(schema)),
            "## What claims state\n",
            "A row under another is more special: it is asked for by the broader property too.\n",
            *_table(("property", "label", "broader", "from", "to", "what it says"), _predicate_rows(schema)),
            "## Scope\n",
            "Properties that narrow a proposition and belong to its meaning: "
            + ", ".join(f"`{curie_of(schema.prefixes, iri)}`" for iri in schema.scope_properties)
            + ".\n",
            "## Closed lists\n",
            *_table(("list", "prefix", "concepts"), map(_list_row, schema.vocabularies.values())),
        ]
    )


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    yield from (f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in rows)
    yield ""


def _named(classes: Iterable[Class]) -> list[Class]:
    return sorted(classes, key=lambda class_: class_.name)


def _class_row(class_: Class) -> tuple[str, ...]:
    collection = f"`/{class_.collection}`" if class_.collection else ""
    return f"`als:{class_.name}`", collection, f"`{class_.prefix}:`" if class_.prefix else "", class_.definition


def _field_rows(schema: Schema) -> Iterator[tuple[str, ...]]:
    for class_ in _named(schema.classes.values()):
        inherited = {
            name for above in class_.ancestors if above in schema.classes for name in schema.classes[above].fields
        }
        for name, field in class_.fields.items():
            if name not in inherited:
                path = f"`{curie_of(schema.prefixes, field.path) or field.path}`"
                yield f"`als:{class_.name}`", f"`{name}`", path, field.definition


def _predicate_rows(schema: Schema) -> Iterator[tuple[str, ...]]:
    for predicate in sorted(schema.predicates.values(), key=lambda p: p.name.lower()):
        yield (
            f"`als:{predicate.name}`",
            predicate.label,
            _curies(schema, predicate.ancestors),
            _names(predicate.domains),
            _names(predicate.ranges),
            predicate.definition,
        )


def _curies(schema: Schema, found: Iterable[str]) -> str:
    return ", ".join(f"`{curie_of(schema.prefixes, iri) or iri}`" for iri in found)


def _names(found: Iterable[str]) -> str:
    return ", ".join(map(local_name, found))


def _list_row(vocabulary: Vocabulary) -> tuple[str, ...]:
    return vocabulary.name, f"`{vocabulary.prefix}:`", ", ".join(f"`{name}`" for name in vocabulary.concepts)
