"""Puts the doors together; the only module that knows them all."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from alskg import __version__
from alskg.knowledge_graph import KnowledgeGraph
from alskg.web import about, collections, mappings, openapi, problems, queries, sparql, terms
from alskg.web.methods import Methods

DESCRIPTION = """
How amyotrophic lateral sclerosis (ALS) is treated: drugs, mechanisms, symptoms, adverse effects, therapies, and who
says so, how surely, where and when. **A research resource, not medical advice.**

Every answer says which revision of the graph it is from. An empty list means *not stated*, which is not *none*.
"""
EXPOSED = (
    "Link",
    "ETag",
    "Retry-After",
    "X-Alskg-Revision",
    "X-Alskg-Citation",
    "X-Total-Count",
    "Content-Disposition",
)


def build_app(kg: KnowledgeGraph) -> FastAPI:
    """The application over a graph, so that a test can build one over three triples."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        kg.workers.start()
        yield
        kg.close()

    app = FastAPI(
        title="alskg",
        version=__version__,
        description=DESCRIPTION,
        exception_handlers=problems.HANDLERS,  # type: ignore[arg-type]
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.add_middleware(Methods)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=["*"],
        allow_methods=["GET", "HEAD", "POST"],
        allow_headers=["*"],
        expose_headers=EXPOSED,
    )
    # Fixed addresses come before the collections, whose names are data.
    for door in (about, terms, sparql, queries, mappings, collections):
        app.router.routes += door.router(kg).routes
    openapi.install(app, kg)
    return app
