"""Door 6, /graph and /dumps: the graph and each of its collections as files to take away, in the formats of others."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from alskg.answers import Question, rows
from alskg.descriptions import citation
from alskg.dumps import JSON_LINES, Dump, dump_called, dumps
from alskg.knowledge_graph import KnowledgeGraph
from alskg.media import CSV, GRAPH, HTML, JSON, JSON_LD, N_QUADS, N_TRIPLES, TRIG, TSV, TURTLE, Format, negotiate
from alskg.names import BASE
from alskg.names import GRAPHS as FILES_AS_GRAPHS
from alskg.store.evaluation import GRAPHS
from alskg.triples import plain
from alskg.web.documents import Document
from alskg.web.openapi import responses, rooms
from alskg.web.parameters import FormatOnly
from alskg.web.renderings import files
from alskg.web.respond import LISTS, meta, send, send_graph, send_page, wanted

FILES = (TURTLE, N_TRIPLES, TRIG, N_QUADS, JSON_LD, CSV, TSV, JSON_LINES)
WHOLE = (*GRAPH, HTML)
"""For the whole graph; its page says what is in it."""
_COUNTS = "SELECT (COUNT(*) AS ?triples) (COUNT(DISTINCT ?subject) AS ?subjects) WHERE { ?subject ?property ?value }"
_COUNTS_BY_GRAPH = (
    "SELECT ?graph (COUNT(*) AS ?triples) WHERE { GRAPH ?graph { ?subject ?property ?value } } GROUP BY ?graph"
)


def router(kg: KnowledgeGraph) -> APIRouter:
    """The whole graph, the list of dumps, and each of them."""
    routes, turns = rooms("about"), asyncio.Semaphore(kg.settings.dumps_at_once_max)
    _whole(routes, kg)

    @routes.get("/dumps", name="list dumps", summary="The files to take away", responses=responses(LISTS, None))
    def listed(request: Request, query: Annotated[FormatOnly, Query()]) -> Response:
        format_ = wanted(request, LISTS)
        if format_ not in (JSON, HTML):
            return send_graph(kg, files(kg), format_)
        items = [_described(dump) for dump in dumps(kg).values()]
        body = {"items": items, "total": len(items), "cite": citation(kg), "meta": meta(kg, None)}
        return send(request, format_, body, "Dumps", view="dumps")

    @routes.get(
        "/dumps/{name:path}",
        name="get dump",
        summary="One of the files",
        description="The same graph gives the same bytes. `alskg release` writes all of them, with their checksums.",
        responses=responses(FILES, None, 404),
    )
    async def file(
        request: Request,
        name: Annotated[str, Path(description="Its path, as /dumps lists it.", examples=["kgx/edges.tsv"])],
        query: Annotated[FormatOnly, Query()],
    ) -> Response:
        dump = dump_called(kg, name)
        _acceptable(request, dump.format)
        # Making one takes seconds of a processor, and a thread that others need.
        async with turns:
            # What it is cited as is the revision at which it is made, and not that at which it was asked for.
            with kg.answering():
                headers = _cited(kg, name.rpartition("/")[2])
                body = await run_in_threadpool(dump.make, kg)
        return Response(body, 200, headers, dump.format.content_type)

    return routes


def _whole(routes: APIRouter, kg: KnowledgeGraph) -> None:
    @routes.get(
        "/graph",
        name="get graph",
        summary="The whole graph",
        description="Turtle, N-Triples, RDF/XML and JSON-LD hold the published view; TriG and N-Quads the authored "
        "graphs as well. The Link header with rel=cite-as and X-Alskg-Citation say how to cite this revision.",
        responses=responses(WHOLE, None),
    )
    def whole(request: Request, query: Annotated[FormatOnly, Query()]) -> Response:
        format_ = wanted(request, WHOLE)
        if format_ is HTML:
            return send_page(request, "The whole graph", {"meta": meta(kg, None)}, view="graph", more=_held(kg))
        headers = {"Vary": "Accept", **_cited(kg, f"alskg-{kg.revision}.{format_.extension}")}
        body = kg.store.dump(GRAPHS[format_.name], dict(kg.schema.prefixes), named=format_ in (TRIG, N_QUADS))
        return Response(body, 200, headers, format_.content_type)


def _held(kg: KnowledgeGraph) -> Document:
    """What the whole graph holds: how many triples, of what, and in which named graphs."""
    counted = {plain(row["graph"]): int(plain(row["triples"])) for row in rows(kg, Question(_COUNTS_BY_GRAPH))}
    whole = rows(kg, Question(_COUNTS))[0]
    return {
        "cite": citation(kg),
        "triples": int(plain(whole["triples"])),
        "subjects": int(plain(whole["subjects"])),
        "graphs": [
            {"id": iri, "label": iri.removeprefix(FILES_AS_GRAPHS), "triples": counted.get(iri, 0)}
            for iri in kg.store.graphs()
        ],
    }


def _cited(kg: KnowledgeGraph, name: str) -> dict[str, str]:
    """The headers of a file: how it is called, and how to cite the revision that it is of."""
    return {
        "X-Alskg-Revision": str(kg.revision),
        "X-Alskg-Citation": citation(kg),
        "Link": f'</.well-known/void>; rel="describedby", <{BASE}>; rel="cite-as"',
        "Content-Disposition": f'attachment; filename="{name}"',
    }


def _acceptable(request: Request, format_: Format) -> None:
    """A file is of one format; who asks for another by name is told so."""
    override = request.query_params.get("format") or request.query_params.get("output")
    if override:
        negotiate(None, (format_,), override)


def _described(dump: Dump) -> dict[str, object]:
    return {
        "name": dump.name,
        "url": f"/dumps/{dump.name}",
        "about": dump.about,
        "format": dump.format.name,
        "mediaType": dump.format.media_type,
    }
