"""Files of triples as what a change adds: which files are meant, how each is read, and where its triples belong."""

from collections.abc import Iterable, Iterator
from pathlib import Path, PurePath

import pyoxigraph as ox

from alskg.changeset import NOWHERE, RDF_PATCH, quads_of
from alskg.descriptions import context
from alskg.errors import BadParameter, BadQuery
from alskg.files import FOLDERS
from alskg.knowledge_graph import KnowledgeGraph
from alskg.media import JSON_LD, N_QUADS, N_TRIPLES, TRIG, TURTLE, Format
from alskg.names import DCTERMS, GRAPHS, KEPT_APART, ONTOLOGY_GRAPHS, RDF, file_of_graph, is_live
from alskg.rules import files_for
from alskg.triples import Memory, graph_of, in_graph, iris, plain

FORMATS = (TURTLE, TRIG, N_QUADS, N_TRIPLES, JSON_LD)
"""What a file of triples may be written in."""
TABLES = ".sssom.tsv"


def format_called(name: str, formats: Iterable[Format] = (*FORMATS, RDF_PATCH)) -> Format:
    """
    The format of a short name, a media type or the end of a file's name: `turtle`, `text/turtle`, `ttl`.

    Raises:
        BadParameter: it is none of these.
    """
    for format_ in formats:
        if name.lower() in (format_.name, format_.extension, format_.media_type, *format_.aliases):
            return format_
    known = ", ".join(format_.name for format_ in formats)
    raise BadParameter(f"{name or '(no ending)'}: triples are not read from such files; write them as {known}.")


def files_in(paths: Iterable[Path]) -> list[Path]:
    """
    The files of triples that are meant, those under a directory too, in a stable order and each once.

    Raises:
        BadParameter: there is no such file, nothing to read in a directory, or a mapping table, which says more than
            triples can.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if not path.exists():
            raise BadParameter(f"{path}: there is no such file or directory.")
        below = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
        if table := next((file for file in below if file.name.endswith(TABLES)), None):
            raise BadParameter(
                f"{table}: a mapping table says more than triples can, so it is not loaded. Put it under "
                "ontology/mappings/ of ALSKG_ROOT; load the other files, or only data/."
            )
        known = [file for file in below if not path.is_dir() or file.suffix[1:] in {f.extension for f in FORMATS}]
        if not known:
            raise BadParameter(f"{path}: there is no file of triples in this directory.")
        found |= dict.fromkeys(known)
    return list(found)


def quads_in_file(kg: KnowledgeGraph, file: Path, format_: Format | None = None) -> list[ox.Quad]:
    """
    The quads of a file, each in the graph that the file's place names; `NOWHERE` where the gate finds it.

    Raises:
        BadParameter: the file can't be read, or the end of its name tells no format.
        BadQuery: it isn't of its format; file, line and column are named.
    """
    format_ = format_ or format_called(file.suffix[1:], FORMATS)
    return list(_placed(kg, file, quads_in_text(kg, text_in(file), format_, str(file))))


def text_in(file: Path) -> str:
    """
    What a file holds.

    Raises:
        BadParameter: it can't be read, or isn't UTF-8.
    """
    try:
        return file.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        raise BadParameter(f"{file} can't be read: {error}.") from error


def quads_in_text(kg: KnowledgeGraph, text: str, format_: Format, name: str) -> list[ox.Quad]:
    """
    The quads of a document that goes by this name.

    Raises:
        BadQuery: it isn't of its format; name, line and column are told.
    """
    own = context(kg.schema)["@context"] if format_ is JSON_LD else {}
    try:
        return quads_of(text, format_.media_type, kg.schema.prefixes, own if isinstance(own, dict) else {})
    except BadQuery as error:
        raise BadQuery(f"{name}: {error}", **error.extra) from error


def _placed(kg: KnowledgeGraph, file: Path, quads: list[ox.Quad]) -> Iterator[ox.Quad]:
    graph = graph_named_by(file)
    data = Memory(quad.triple for quad in quads) if graph and not is_live(graph) else Memory()
    if graph and not graph.startswith((ONTOLOGY_GRAPHS, *KEPT_APART)):
        data = Memory(quad.triple for quad in quads)
    belongs: dict[str, bool] = {}
    for quad in quads:
        subject = plain(quad.subject)
        if graph is None or quad.graph_name != NOWHERE:
            yield quad
            continue
        if subject not in belongs:
            belongs[subject] = _belongs(kg, data, graph, subject)
        yield in_graph(quad.triple, graph) if belongs[subject] else quad
