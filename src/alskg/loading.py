"""Files of triples as what a change adds: which files are meant, how each is read, and where its triples belong."""

from collections.abc import Iterable, Iterator
from pathlib import Path, PurePath

import pyoxigraph as ox

from alskg.changeset import NOWHERE, RDF_PATCH, quads_of
from alskg.characters import decoded
from alskg.descriptions import contexts
from alskg.errors import BadDocument, BadParameter
from alskg.files import FOLDERS
from alskg.knowledge_graph import KnowledgeGraph
from alskg.layout import files_for
from alskg.media import JSON_LD, N_QUADS, N_TRIPLES, TRIG, TURTLE, Format
from alskg.names import DCTERMS, ONTOLOGY_GRAPHS, RDF, file_of_graph, graph_of_file, is_kept_apart, is_live
from alskg.triples import Memory, Triples, in_graph, iris, plain

FORMATS = (TURTLE, TRIG, N_QUADS, N_TRIPLES, JSON_LD)
"""What a file of triples may be written in."""
TABLES = ".sssom.tsv"
ENDINGS = frozenset({".n3", *(f".{format_.extension}" for format_ in FORMATS)})
"""How the files are called that are taken from a directory."""
UNREAD = frozenset({".rdf", ".rdfs", ".owl", ".trix", ".rj", ".hdt", ".jelly", f".{RDF_PATCH.extension}"})
"""Triples that aren't loaded: whoever has them in a directory means them, too."""
PACKED = frozenset({".gz", ".bz2", ".xz", ".zst", ".zip"})

_FOLDERS_OF_TERMS = tuple(f"{ONTOLOGY_GRAPHS}{folder}/" for folder in ("classes", "vocabularies"))


def format_called(name: str) -> Format:
    """
    The format of a short name or a media type: `turtle`, `text/turtle`, `ttl`.

    Raises:
        BadParameter: it is none of these.
    """
    if format_ := _called(name, (*FORMATS, RDF_PATCH)):
        return format_
    raise BadParameter(f"--format: no format of triples is called {name!r}; there is {_listed((*FORMATS, RDF_PATCH))}.")


def format_of(file: Path, *, by_name: bool = False) -> Format:
    """
    The format that the end of a file's name tells; `by_name`, where the caller could name another, RDF Patch too.

    Raises:
        BadParameter: it tells none that is read here.
    """
    formats = (*FORMATS, RDF_PATCH) if by_name else FORMATS
    if format_ := _called(file.suffix[1:], formats):
        return format_
    ending = f"no triples are read from what ends in {file.suffix!r}" if file.suffix else "its name has no ending"
    mend = _mend_of(file.suffix.lower(), by_name=by_name)
    raise BadParameter(f"{file}: {ending}; there is {_listed(formats)}. {mend}")


def _mend_of(ending: str, *, by_name: bool) -> str:
    if ending in PACKED:
        return "Unpack it first."
    if ending in UNREAD and ending != f".{RDF_PATCH.extension}":
        return "Write it in one of these, or leave it out."
    if by_name:
        return "--format says what it is."
    return "Give it the ending of its format; or to `alskg change add`, which has --format and takes RDF Patch."


def _called(name: str, formats: Iterable[Format]) -> Format | None:
    names = ((format_, (format_.name, format_.extension, format_.media_type, *format_.aliases)) for format_ in formats)
    return next((format_ for format_, called in names if name.lower() in called), None)


def _listed(formats: Iterable[Format]) -> str:
    return ", ".join(f"{format_.name} (.{format_.extension})" for format_ in formats)


def files_in(paths: Iterable[Path]) -> list[Path]:
    """
    The files of triples that are meant, those under a directory too, in a stable order and each once.

    Raises:
        BadParameter: there is no such file, nothing to read in a directory, triples in a format that isn't read, or a
            mapping table, which says more than triples can.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if not path.exists():
            raise BadParameter(f"{path}: there is no such file or directory.")
        below = _below(path)
        if table := next((file for file in below if file.name.endswith(TABLES)), None):
            raise BadParameter(
                f"{table}: a mapping table says more than triples can, so it is not loaded. Put it under "
                "ontology/mappings/ of ALSKG_ROOT; load the other files, or only data/. A whole export is taken in, "
                "mappings included, with --replace."
            )
        known = [file for file in below if not path.is_dir() or _is_meant(file)]
        if not known:
            raise BadParameter(
                f"{path}: there is no file of triples in this directory; there may be {_listed(FORMATS)}."
            )
        for file in known:
            format_of(file)
        found |= dict.fromkeys(known)
    return list(found)


def left_out(paths: Iterable[Path]) -> list[Path]:
    """The files under these directories that hold nothing to load; what is hidden is passed over."""
    below = ((path, file) for path in paths if path.is_dir() for file in _below(path) if not _is_meant(file))
    found = (file for path, file in below if not any(part[0] == "." for part in file.relative_to(path).parts))
    return list(dict.fromkeys(found))


def _below(path: Path) -> list[Path]:
    return sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]


def _is_meant(file: Path) -> bool:
    """Whether a file of a directory is one of triples, be it in a format that isn't read."""
    ending = file.suffix.lower()
    return (Path(file.stem).suffix.lower() if ending in PACKED else ending) in ENDINGS | UNREAD


def quads_in_file(kg: KnowledgeGraph, file: Path, format_: Format | None = None) -> list[ox.Quad]:
    """
    The quads of a file, each in the graph that the file's place names; `NOWHERE` where the gate finds it.

    Raises:
        BadParameter: the file can't be read, or the end of its name tells no format.
        BadDocument: it isn't of its format; file, line and column are named.
    """
    format_ = format_ or format_of(file)
    return list(_placed(kg, file, quads_in_text(kg, text_in(file), format_, str(file))))


def text_in(file: Path) -> str:
    """
    What a file holds.

    Raises:
        BadParameter: it can't be read, or isn't UTF-8.
    """
    try:
        return decoded(file.read_bytes())
    except OSError as error:
        raise BadParameter(f"{file} can't be read: {error}.") from error
    except BadDocument as error:
        raise BadParameter(f"{file} can't be read: {error}") from error


def quads_in_text(kg: KnowledgeGraph, text: str, format_: Format, name: str) -> list[ox.Quad]:
    """
    The quads of a document that goes by this name.

    Raises:
        BadDocument: it isn't of its format; name, line and column are told.
    """
    own = contexts(kg.schema, [kg.settings.base_url]) if format_ is JSON_LD else {}
    try:
        return quads_of(text, format_.media_type, kg.schema.prefixes, own)
    except BadDocument as error:
        raise BadDocument(f"{name}: {error}", **error.extra) from error


def graph_named_by(file: PurePath) -> str | None:
    """The graph that a Turtle file is written from: …/data/claims/seed-001.ttl; None where its place names none."""
    parts = file.parts
    starts = [number for number, part in enumerate(parts[:-1]) if part in FOLDERS]
    if not starts or file.suffix != ".ttl":
        return None
    return graph_of_file(file, PurePath(*parts[: starts[-1]]))


def _placed(kg: KnowledgeGraph, file: Path, quads: list[ox.Quad]) -> Iterator[ox.Quad]:
    graph = graph_named_by(file.resolve())
    data = Memory(quad.triple for quad in quads if quad.graph_name == NOWHERE)
    belongs: dict[str, bool] = {}
    for quad in quads:
        if graph is None or quad.graph_name != NOWHERE or not isinstance(quad.subject, ox.NamedNode):
            yield quad
            continue
        subject = plain(quad.subject)
        if subject not in belongs:
            belongs[subject] = _belongs(kg, data, graph, subject)
        yield in_graph(quad.triple, graph) if belongs[subject] else quad


def _belongs(kg: KnowledgeGraph, data: Triples, graph: str, subject: str) -> bool:
    """
    Whether a subject of a file belongs to the graph that the file's place names.

    It does where it stands there already; or nowhere, and may stand there. A directory may be called data by chance:
    then the gate finds the place.
    """
    if is_kept_apart(graph):
        return True
    if standing := [place for place in kg.present.graphs_about(subject) if is_live(place)]:
        return graph in standing
    if graph.startswith(ONTOLOGY_GRAPHS):
        return graph.startswith(_FOLDERS_OF_TERMS) or kg.present.has_graph(graph)
    sources = iris(data, subject, DCTERMS + "source")
    owners = kg.schema.owners(iris(data, subject, RDF + "type"))
    return any(file_of_graph(graph) in files_for(class_, sources) for class_ in owners)
