"""Puts the doors together; the only module that knows them all."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from alskg import __version__
from alskg.knowledge_graph import KnowledgeGraph
from alskg.web import about, collections, mappings, openapi, problems, queries, sparql, terms

DESCRIPTION = """
How amyotrophic lateral sclerosis (ALS) is treated: drugs, mechanisms, symptoms, adverse effects, therapies, and who says
so, how surely, where and when. **A research resource, not medical advice.**

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


class HeadAsGet:
    """Answers HEAD as GET does, without the body (RFC 9110, section 9.3.2); FastAPI's routes know GET alone."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def bodiless(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        await self._app({**scope, "method": "GET"}, receive, bodiless)


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
    app.add_middleware(HeadAsGet)
    app.add_middleware(
        CORSMiddleware, allow_origins=["*"], allow_methods=["GET", "HEAD", "POST"], expose_headers=EXPOSED
    )
    # Fixed addresses come before the collections, whose names are data.
    for door in (about, terms, sparql, queries, mappings, collections):
        app.include_router(door.router(kg))
    openapi.install(app, kg)
    return app
