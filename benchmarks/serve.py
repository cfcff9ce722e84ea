"""
How fast questions are answered over HTTP, beside other servers, in one run on one machine.

Starts alskg and every peer that is there (`oxigraph` and `rdflib-endpoint`, packages of those names for pip; Virtuoso,
Debian's virtuoso-opensource-7-bin) over the same triples, checks that all give the same answers, and drives them in
turn with `wrk`, round after round. Prints requests per second, the ratio of alskg to each peer in the same round,
latencies, and memory.

    python benchmarks/serve.py --peers /path/to/bin [--triples 100000] [--seconds 5] [--rounds 3] [--cases heavy,export]

What a peer has no address for (a page of a collection, a mapping) it is asked as the SPARQL that alskg says is behind
its answer. In the cases that are called fresh no two requests are the same, so that nothing that was kept can answer
them. A run in which an answer was an error is no measurement, and is told as such.
"""

import argparse
import json
import os
import platform
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox
from generated import build

from alskg.access import Scope, Tokens
from alskg.settings import Settings

JSON = "application/sparql-results+json"
CSV = "text/csv"
PREFIXES = """PREFIX als: <https://w3id.org/alskg/ontology/> PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> """
SMALL = PREFIXES + "SELECT ?d ?l WHERE { ?d a als:Drug ; rdfs:label ?l } ORDER BY ?d ?l LIMIT 10"
AD_HOC = PREFIXES + "SELECT ?p ?o WHERE { <https://w3id.org/alskg/drugs/riluzole> ?p ?o }"
HEAVY = PREFIXES + (
    "SELECT ?predicate ?certainty (COUNT(DISTINCT ?claim) AS ?n) WHERE { ?p rdf:predicate ?predicate ; "
    "als:supportedBy ?claim . ?claim als:certainty ?certainty ; dcterms:source ?source . ?source rdfs:label ?l } "
    "GROUP BY ?predicate ?certainty ORDER BY ?predicate ?certainty"
)
EXPORT = "SELECT ?s ?p ?o WHERE { ?s ?p ?o } LIMIT 50000"
PAGE, MAPPING = "/drugs?limit=50&format=json", "/mappings/drug-symptom?format=json"
HOSTILE = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?c != ?i) }"
TOO_LONG_SECONDS = 20
CONNECTIONS = 16
WRK = """
local n = 0
request = function()
  n = n + 1
  return wrk.format("GET", wrk.path .. "%20%23RUN-" .. n)
end
"""
"""A comment at the end of each query, with the number of the run and its own."""


@dataclass
class Server:
    """A server that runs, and where it answers."""

    name: str
    sparql: str
    process: "subprocess.Popen[bytes]"
    update: str = ""
    token: str = ""
    graph: str = ""
    """The named graph that holds the triples, where the server has no unnamed one."""

    def asking(self, query: str) -> str:
        """The address of a query's answer; it ends with the query."""
        graph = f"default-graph-uri={urllib.parse.quote(self.graph)}&" if self.graph else ""
        return f"{self.sparql}?{graph}query={urllib.parse.quote(query, safe='')}"

    @property
    def memory(self) -> int:
        """Resident bytes, those of its worker processes included."""
        return _resident(self.process.pid)


@dataclass(frozen=True)
class Case:
    """What is asked."""

    name: str
    query: str
    accept: str = JSON
    path: str = ""
    """Where alskg answers it by another door."""
    is_fresh: bool = False
    with_changes: bool = False
    with_hostile: bool = False
    """Beside a query that runs until its time is up; of alskg alone, as a peer would run it on ever after."""

    def url(self, server: Server) -> str:
        """What is asked of a server."""
        if self.path and server.name == "alskg":
            return server.sparql.removesuffix("/sparql") + self.path
        return server.asking(self.query)


@dataclass(frozen=True)
class Run:
    """What one run of the driver measured."""

    per_second: float
    median: str
    p99: str


def _resident(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/status").read_text()
        children = [int(c) for t in Path(f"/proc/{pid}/task").glob("*/children") for c in t.read_text().split()]
    except FileNotFoundError:
        return 0
    found = re.search(r"VmRSS:\s+(\d+) kB", text)
    return (int(found[1]) * 1024 if found else 0) + sum(map(_resident, children))


@contextmanager
def started(
    command: list[str], log: Path, environment: Mapping[str, str] | None = None
) -> Iterator["subprocess.Popen[bytes]"]:
    """A process, until the end of the block."""
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, env={**os.environ, **(environment or {})})
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(20)
        process.kill()


def answer(url: str, accept: str, seconds: float = TOO_LONG_SECONDS) -> bytes:
    """The body of one answer."""
    request = urllib.request.Request(url, headers={"Accept": accept})  # noqa: S310 - an address of this machine
    with urllib.request.urlopen(request, timeout=seconds) as found:  # noqa: S310
        return bytes(found.read())


def wait_for(server: Server, seconds: float = 120) -> Server:
    """The server, once it answers."""
    end = time.monotonic() + seconds
    url = server.asking("ASK { ?s ?p ?o }")
    while time.monotonic() < end:
        try:
            answer(url, JSON, 5)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
        else:
            return server
    raise SystemExit(f"{server.name} doesn't answer at {server.sparql}.")


@contextmanager
def servers(directory: Path, triples: int, peers: str) -> Iterator[list[Server]]:
    """All servers that there are, over the same triples."""
    data_dir, dump = directory / "alskg", directory / "view.nt"
    count = build(data_dir, Settings().root, triples)
    store = ox.Store.read_only(str(data_dir / "quads"))
    view = (quad.triple for quad in store.quads_for_pattern(None, None, None, ox.DefaultGraph()))
    ox.serialize(view, str(dump), format=ox.RdfFormat.N_TRIPLES)
    del store
    print(f"{count:,} triples")
    token = Tokens(data_dir).create("benchmark", [Scope.PUBLISH], None)
    path = f"{peers}:{os.environ['PATH']}"
    with ExitStack() as stack:
        # All connections of the driver are one client, who may have as many queries as it has connections.
        own = {"ALSKG_DATA_DIR": str(data_dir), "ALSKG_QUERIES_PER_CLIENT_MAX": str(CONNECTIONS)}
        command = [sys.executable, "-m", "alskg", "serve", "--port", "8801"]
        process = stack.enter_context(started(command, directory / "alskg.log", own))
        found = [Server("alskg", "http://127.0.0.1:8801/sparql", process, "http://127.0.0.1:8801/changes", token)]
        if oxigraph := shutil.which("oxigraph", path=path):
            location = str(directory / "oxigraph")
            subprocess.run(
                [oxigraph, "load", "--location", location, "--file", str(dump)], check=True, capture_output=True
            )
            command = [oxigraph, "serve", "--location", location, "--bind", "127.0.0.1:8802"]
            process = stack.enter_context(started(command, directory / "oxigraph.log"))
            found.append(Server("oxigraph", "http://127.0.0.1:8802/query", process, "http://127.0.0.1:8802/update"))
        if endpoint := shutil.which("rdflib-endpoint", path=path):
            command = [endpoint, "serve", "--host", "127.0.0.1", "--port", "8803", "--enable-update", str(dump)]
            process = stack.enter_context(started(command, directory / "rdflib.log", {"RDFLIB_APIKEY": ""}))
            url = "http://127.0.0.1:8803/"
            found.append(Server("rdflib-endpoint", url, process, url))
        if virtuoso := shutil.which("virtuoso-t", path=path):
            found.append(stack.enter_context(virtuoso_over(dump, directory / "virtuoso", virtuoso)))
        yield [wait_for(server) for server in found]


VIRTUOSO = """
[Database]
DatabaseFile = {0}/virtuoso.db
ErrorLogFile = {0}/virtuoso.log
LockFile = {0}/virtuoso.lck
TransactionFile = {0}/virtuoso.trx
xa_persistent_file = {0}/virtuoso.pxa
[TempDatabase]
DatabaseFile = {0}/virtuoso.tdb
[Parameters]
ServerPort = 8805
ServerThreads = 40
NumberOfBuffers = 85000
MaxDirtyBuffers = 65000
DirsAllowed = {1}
[HTTPServer]
ServerPort = 127.0.0.1:8804
ServerThreads = 20
KeepAliveTimeout = 60
MaxKeepAlives = 100
"""
"""Memory as its manual has it for a gigabyte, and threads for all connections of the driver."""


@contextmanager
def virtuoso_over(dump: Path, directory: Path, program: str) -> Iterator[Server]:
    """Virtuoso, with the triples of a dump in a graph, which anybody may change."""
    directory.mkdir()
    settings, graph = directory / "virtuoso.ini", "urn:alskg"
    settings.write_text(VIRTUOSO.format(directory, dump.parent))
    with started([program, "-f", "-c", str(settings)], directory / "out.log") as process:
        url = "http://127.0.0.1:8804/sparql"
        server = wait_for(Server("virtuoso", url, process, url, graph=graph))
        load = f"DB.DBA.TTLP_MT(file_to_string_output('{dump}'), '', '{graph}', 0)"
        words = f'exec={load}; grant SPARQL_UPDATE to "SPARQL"; checkpoint;'
        subprocess.run(["isql-vt", "8805", "dba", "dba", words], check=True, capture_output=True)
        yield server


def cases(alskg: Server) -> list[Case]:
    """What is measured; the queries behind our own addresses are those that alskg names."""
    home = alskg.sparql.removesuffix("/sparql")

    def behind(path: str) -> str:
        link = str(json.loads(answer(home + path, "application/json"))["meta"]["sparql"])
        return urllib.parse.parse_qs(urllib.parse.urlsplit(link).query)["query"][0]

    return [
        Case("repeated small query", SMALL),
        Case("fresh small queries", AD_HOC, is_fresh=True),
        Case("page of a collection", behind(PAGE), path=PAGE),
        Case("drug-symptom mapping", behind(MAPPING), path=MAPPING),
        Case("fresh heavy aggregation", HEAVY, is_fresh=True),
        Case("fresh large export", EXPORT, CSV, is_fresh=True),
        Case("repeated, 10 changes a second", SMALL, with_changes=True),
        Case("repeated, beside a hostile query", SMALL, with_hostile=True),
    ]


def check(all_: list[Server], case: Case) -> list[Server]:
    """The servers that answer in time; all of them must give the same answer."""
    told: dict[str, object] = {}
    for server in all_:
        url = server.asking(case.query)
        with suppress(TimeoutError, urllib.error.URLError, urllib.error.HTTPError):
            body = answer(url, case.accept)
            told[server.name] = body.count(b"\n") if case.accept == CSV else _rows(body)
    first = told["alskg"]
    for name, rows in told.items():
        if rows != first:
            raise SystemExit(f"{case.name}: {name} gives another answer than alskg.")
    return [server for server in all_ if server.name in told]


def _rows(body: bytes) -> list[list[tuple[str, str]]]:
    rows = json.loads(body)["results"]["bindings"]
    return sorted(sorted((name, term["value"]) for name, term in row.items()) for row in rows)


def drive(server: Server, case: Case, seconds: float, script: Path) -> Run:
    """One run of wrk, which has one thread."""
    url = case.url(server)
    command = [
        "wrk",
        "-t1",
        f"-c{CONNECTIONS}",
        f"-d{seconds:g}s",
        "--latency",
        "--timeout",
        "30s",
        "-H",
        f"Accept: {case.accept}",
    ]
    if case.is_fresh:
        # wrk's random numbers are the same in each run.
        script.write_text(WRK.replace("RUN", str(time.time_ns())))
        command += ["-s", str(script)]
    out = subprocess.run([*command, url], capture_output=True, text=True, check=True).stdout
    if refused := re.search(r"Non-2xx or 3xx responses: (\d+)", out):
        print(f"    ({server.name}: {refused[1]} answers were errors)")
        return Run(0.0, "?", "?")
    found = re.search(r"Requests/sec:\s+([\d.]+)", out)
    middle, last = (re.search(rf"^\s+{part}%\s+(\S+)", out, re.MULTILINE) for part in (50, 99))
    return Run(float(found[1]) if found else 0.0, middle[1] if middle else "?", last[1] if last else "?")


@contextmanager
def changing(server: Server) -> Iterator[list[int]]:
    """Ten changes a second, as long as the block lasts; how many were made."""
    is_over, made = threading.Event(), [0]

    def change() -> None:
        due = time.monotonic()
        while not is_over.wait(max(0.0, due - time.monotonic())):
            due += 0.1
            with suppress(urllib.error.HTTPError, TimeoutError):
                _change(server, made[0])
                made[0] += 1

    thread = threading.Thread(target=change)
    thread.start()
    try:
        yield made
    finally:
        is_over.set()
        thread.join()


def _change(server: Server, number: int) -> None:
    name = f"benchmark-{time.time_ns()}"
    if server.token:
        add = f'drug:{name} a als:Drug ; rdfs:label "{name}"@en ; skos:definition "A drug to be counted."@en .'
        body = json.dumps({"message": "A drug.", "add": add}).encode()
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {server.token}"}
    else:
        iri = f"<https://w3id.org/alskg/drugs/{name}>"
        text = f'{iri} a <https://w3id.org/alskg/ontology/Drug> ; rdfs:label "{name}"@en'
        text = f"GRAPH <{server.graph}> {{ {text} }}" if server.graph else text
        body = f"{PREFIXES} INSERT DATA {{ {text} }}".encode()
        headers = {"Content-Type": "application/sparql-update"}
    request = urllib.request.Request(server.update, body, headers)  # noqa: S310
    with urllib.request.urlopen(request, timeout=30) as made:  # noqa: S310
        made.read()


@contextmanager
def attacked(server: Server, seconds: float) -> Iterator[None]:
    """A query that comes to no end in that time is asked again and again, as long as the block lasts."""
    is_over = threading.Event()

    def attack() -> None:
        while not is_over.is_set():
            with suppress(OSError):
                answer(server.asking(HOSTILE), JSON, seconds)

    thread = threading.Thread(target=attack)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def measure_attacked(alskg: Server, case: Case, seconds: float, rounds: int, script: Path) -> None:
    """Drives one server with and without a hostile query beside it, and prints how much later the last answers are."""
    print(f"\n{case.name}")
    for _ in range(rounds):
        alone = drive(alskg, case, seconds, script)
        with attacked(alskg, seconds):
            beside = drive(alskg, case, seconds, script)
        ratio = in_milliseconds(beside.p99) / in_milliseconds(alone.p99)
        print(f"  alone          {alone.per_second:9,.0f}/s  99% {alone.p99}")
        print(f"  beside a query {beside.per_second:9,.0f}/s  99% {beside.p99}, {ratio:.2f}x")


def in_milliseconds(latency: str) -> float:
    """A latency as `wrk` writes it."""
    found = re.fullmatch(r"([\d.]+)(us|ms|s|m)", latency)
    return float(found[1]) * {"us": 0.001, "ms": 1, "s": 1_000, "m": 60_000}[found[2]] if found else float("nan")


def measure(all_: list[Server], case: Case, seconds: float, rounds: int, script: Path) -> None:
    """Drives the servers in turn, and prints what came out."""
    able = check(all_, case)
    runs: dict[str, list[Run]] = {server.name: [] for server in able}
    for _ in range(rounds):
        for server in able:
            if case.with_changes:
                with changing(server) as made:
                    runs[server.name].append(drive(server, case, seconds, script))
                print(f"    ({server.name}: {made[0] / seconds:.1f} changes a second)")
            else:
                runs[server.name].append(drive(server, case, seconds, script))
    print(f"\n{case.name}")
    for server in all_:
        if server.name not in runs:
            print(f"  {server.name:16} no answer within {TOO_LONG_SECONDS} s")
            continue
        own = [run.per_second for run in runs[server.name]]
        middle = sorted(runs[server.name], key=lambda run: run.per_second)[len(own) // 2]
        text = f"{statistics.median(own):9,.0f}/s ({min(own):,.0f} to {max(own):,.0f})"
        text += f"  50% {middle.median}  99% {middle.p99}"
        if server.name != "alskg":
            pairs = zip(runs["alskg"], runs[server.name], strict=True)
            ratios = [mine.per_second / theirs.per_second for mine, theirs in pairs if theirs.per_second]
            text += (
                f"  alskg is {statistics.median(ratios):.2f}x ({min(ratios):.2f} to {max(ratios):.2f})"
                if ratios
                else ""
            )
        print(f"  {server.name:16} {text}")


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--triples", type=int, default=0, help="how many; without it, those that are shipped")
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", default="", help="a directory with oxigraph and rdflib-endpoint in it")
    parser.add_argument("--cases", default="", help="only those whose name contains one of these words")
    given = parser.parse_args()
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is missing, which asks the questions (Debian: apt install wrk).")
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    print(f"{cpu[1] if cpu else platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
          f"load {os.getloadavg()[0]:.1f}; wrk -t1 -c16, {given.seconds:g} s a run, {given.rounds} rounds")  # fmt: skip
    with tempfile.TemporaryDirectory() as folder, servers(Path(folder), given.triples, given.peers) as all_:
        script = Path(folder) / "fresh.lua"
        words = given.cases.split(",")
        for case in cases(all_[0]):
            if not any(word in case.name for word in words):
                continue
            if case.with_hostile:
                measure_attacked(all_[0], case, given.seconds, given.rounds, script)
            else:
                measure(all_, case, given.seconds, given.rounds, script)
        print("\nmemory: " + ", ".join(f"{server.name} {server.memory / 2**20:,.0f} MiB" for server in all_))


if __name__ == "__main__":
    main()
