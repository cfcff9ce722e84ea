"""Door 10, /metrics: how the server does, for Prometheus."""

from collections.abc import Iterator

from fastapi import APIRouter, Request
from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.responses import Response

from alskg.access import Scope
from alskg.errors import UnknownName
from alskg.knowledge_graph import KnowledgeGraph
from alskg.web.access import authorised
from alskg.web.access_log import AccessLog
from alskg.web.accounts import Account
from alskg.web.cache import Cache
from alskg.web.respond import NOT_KEPT

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
"""A kept answer takes a part of a millisecond, a query up to its limit."""


class Metrics:
    """What was counted since the start."""

    def __init__(self, kg: KnowledgeGraph, cache: Cache, log: AccessLog | None) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "alskg_requests", "Requests, by route.", ["route", "method", "status"], registry=self.registry
        )
        self._seconds = Histogram(
            "alskg_request_seconds",
            "How long answers took, by route and by where they came from.",
            ["route", "cache"],
            buckets=SECONDS,
            registry=self.registry,
        )
        self._cache = Counter(
            "alskg_cache_answers", "Answers, by where they came from.", ["cache"], registry=self.registry
        )
        self._limits = Counter(
            "alskg_limits", "Requests that ran past a limit, by its name.", ["limit"], registry=self.registry
        )
        self._known: dict[tuple[str, str, int, str], tuple[Counter, Histogram, Counter]] = {}
        self.registry.register(_Present(kg, cache, log))
        ProcessCollector(registry=self.registry)

    def count(self, account: Account, seconds: float) -> None:
        """Counts a request that is over."""
        key = (account.template, account.method, account.status, account.cache)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = (
                self._requests.labels(key[0], _method(account.method), str(account.status)),
                self._seconds.labels(account.template, account.cache),
                self._cache.labels(account.cache),
            )
        known[0].inc()
        known[1].observe(seconds)
        known[2].inc()
        if account.limit:
            self._limits.labels(account.limit).inc()


def _method(method: str) -> str:
    # Whatever a client writes there would be a series of its own.
    return method if method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS") else "(other)"


class _Present(Collector):
    """What is so at the moment when it is asked."""

    def __init__(self, kg: KnowledgeGraph, cache: Cache, log: AccessLog | None) -> None:
        self._kg = kg
        self._cache = cache
        self._log = log
        self._triples = (-1, 0)

    def collect(self) -> Iterator[Metric]:
        """The families of metrics."""
        kg, cache, revision = self._kg, self._cache, self._kg.present.state.revision
        if self._triples[0] != revision:
            self._triples = (revision, len(kg.present.quads))
        yield _gauge("alskg_revision", "The revision of the graph.", revision)
        yield _gauge(
            "alskg_quads", "Quads in the store, those of the view and of the authored graphs.", self._triples[1]
        )
        yield _counter("alskg_commits", "Changes that were made, of this graph.", revision)
        yield _gauge("alskg_cache_bytes", "Memory that kept answers take.", cache.bytes)
        yield _gauge("alskg_cache_entries", "Answers that are kept.", len(cache))
        yield _counter("alskg_cache_evictions", "Answers that had to go for others.", cache.evicted)
        yield _counter(
            "alskg_log_lines_lost", "Lines of the access log that nobody read.", self._log.lost if self._log else 0
        )
        workers = GaugeMetricFamily(
            "alskg_workers", "Processes for free-form SPARQL, by what they do.", labels=["state"]
        )
        for state, number in kg.workers.states.items():
            workers.add_metric([state], number)
        yield workers
        yield _gauge("alskg_queries_waiting", "Queries that wait for a process.", kg.workers.waiting)


def _gauge(name: str, about: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, about, value=value)


def _counter(name: str, about: str, value: float) -> CounterMetricFamily:
    return CounterMetricFamily(name, about, value=value)


def router(kg: KnowledgeGraph, metrics: Metrics) -> APIRouter:
    """One route."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/metrics")
    def tell(request: Request) -> Response:
        if kg.settings.metrics == "none":
            raise UnknownName("This server gives out no metrics (ALSKG_METRICS).")
        if kg.settings.metrics == "token":
            authorised(kg, request, Scope.CURATE, "Reading the metrics of this server")
        return Response(generate_latest(metrics.registry), 200, NOT_KEPT, MEDIA_TYPE)

    return routes
