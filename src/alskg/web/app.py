"""Puts the doors together; the only module that knows them all."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from alskg import __version__
from alskg.knowledge_graph import KnowledgeGraph
from alskg.web import (
    about,
    changes,
    collections,
    curation,
    desk,
    dumps,
    graphs,
    mappings,
    metrics,
    openapi,
    problems,
    proposals,
    queries,
    sparql,
    static,
    terms,
)
from alskg.web.access_log import AccessLog
from alskg.web.accounts import Routes
from alskg.web.clients import Turns
from alskg.web.front import Front
from alskg.web.methods import Methods
from alskg.web.origins import Preflights
from alskg.web.revisions import Revisions

DESCRIPTION = """
How amyotrophic lateral sclerosis (ALS) is treated: drugs, mechanisms, symptoms, adverse effects, therapies, and who
says so, how surely, where and when. **A research resource, not medical advice.**

Every answer says which revision of the graph it is from. An empty list means *not stated*, which is not *none*.
What filters leave empty says so, and how much there is without them.
"""


class Application(FastAPI):
    """The doors, with the front before them."""

    front: Front

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers the request."""
        await self.front(scope, receive, send)

    async def doors(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers what the front passes on."""
        await super().__call__(scope, receive, send)


async def _flush_regularly(kg: KnowledgeGraph) -> None:
    """Makes changes safe against a loss of power from time to time, where that isn't done at each of them."""
    flushed = kg.present.state.revision
    while kg.settings.sync == "interval":
        await asyncio.sleep(kg.settings.sync_seconds)
        if (now := kg.present.state.revision) != flushed:
            await asyncio.to_thread(kg.present.flush)
            flushed = now


def build_app(kg: KnowledgeGraph, log: AccessLog | None = None) -> Application:
    """The application over a graph, so that a test can build one over three triples; it closes the log at its end."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        kg.workers.start()
        # The first change shouldn't pay for what is the same for all.
        preparation = asyncio.create_task(asyncio.to_thread(kg.gate.prepare))
        flushing = asyncio.create_task(_flush_regularly(kg))
        yield
        flushing.cancel()
        await asyncio.wait([preparation, flushing])
        kg.present.flush()
        # It waits for queries that are still evaluated, which are given up by this very event loop.
        await asyncio.to_thread(kg.close)
        if log is not None:
            log.close()

    app = Application(
        title="alskg",
        version=__version__,
        description=DESCRIPTION,
        exception_handlers=problems.HANDLERS,  # type: ignore[arg-type]
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.add_middleware(Routes)
    app.add_middleware(Revisions, kg=kg)
    app.add_middleware(Methods)
    app.add_middleware(Preflights)
    turns = Turns(kg.settings.queries_per_client_max)
    app.front = Front(sparql.ShortWay(app.doors, kg, turns), kg, log)
    app.router.routes += sparql.router(kg, turns).routes
    # Fixed addresses come before the collections, whose names are data.
    for door in (about, dumps, terms, graphs, changes, proposals, queries, mappings, curation, collections):
        app.router.routes += door.router(kg).routes
    app.router.routes += [*static.router().routes, *desk.router(kg).routes]
    app.router.routes += metrics.router(kg, app.front.metrics).routes
    queries.refuse_taken(kg, (getattr(route, "path", "") for route in app.router.routes))
    openapi.install(app, kg)
    return app
