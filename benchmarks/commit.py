"""
How long a change takes from the request to the acknowledgement, at 10 thousand, 100 thousand and a million triples.

For each size, `alskg serve` runs over a store of that size (see `generated`), and one client with one connection posts
claims one after the other: gate, history and derived edges are part of each. Shown beside: a dry run, a change that is
refused, the edit of one label, a claim on the proposition with the most claims, claims as Turtle to /changes, both
settings of ALSKG_SYNC, and full validation by pySHACL of the same data where it ends within the time that is given.

The base of a million triples is not validated as a whole, which would take hours: its store is marked as sound after a
sample of it was looked at. What is measured is the same either way.

    python benchmarks/commit.py [--sizes 10000,100000,1000000] [--commits 300] [--full-seconds 900]
"""

import argparse
import multiprocessing
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import httpx2
from generated import HUB_PROPOSITION, build

from alskg.access import Scope, Tokens
from alskg.settings import Settings
from alskg.shapes import violations
from alskg.store.embedded import EmbeddedStore
from alskg.triples import Memory

PACKAGES = ("alskg", "pyoxigraph", "pyshacl", "rdflib", "fastapi", "starlette", "uvicorn")
WARM_UP = 20

Call = Callable[[int], Any]


class Client:
    """Posts changes and measures how long each takes."""

    def __init__(self, address: str, token: str, number: int = 0) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        self.http = httpx2.Client(base_url=address, headers=headers, timeout=600)
        self._number = number
        self._ends = [self._names("drugs"), self._names("diseases")]
        stated = self.http.get("/claims/s0-002").json()["states"]
        self._proposition, self._said = str(stated["id"]), str(stated["label"])

    def _names(self, collection: str) -> list[str]:
        items = self.http.get(f"/{collection}", params={"limit": 1000, "format": "json"}).json()["items"]
        return [str(item["id"]) for item in items]

    def claim(self, number: int, **more: object) -> Any:
        return self.http.post("/claims", json=self._claim(number, **more))

    def _claim(self, number: int, **more: object) -> dict[str, object]:
        stated = {
            "subject": "drug:riluzole",
            "predicate": "slowsProgression",
            "object": "amyotrophic lateral sclerosis",
        }
        said = {"certainty": "asserted", "source": "seed-001", "locator": f"line {number}"}
        return {**({} if "proposition" in more else stated), **said, **more}

    def dry_run(self, number: int) -> Any:
        return self.http.post("/claims", params={"dry_run": "true"}, json=self._claim(number))

    def refused(self, number: int) -> Any:
        add = f'claim:x-{number} a als:Claim ; rdfs:label "x"@en ; als:locator "x" .'
        return self.http.post("/changes", json={"message": "x", "add": add})

    def label(self, number: int) -> Any:
        body = {"label": f"baclofen {number}", "altLabel": ["baclofen"]}
        return self.http.patch("/drugs/baclofen", json=body, headers={"If-Match": "*"})

    def turtle(self, number: int) -> Any:
        claim = f"""
            claim:turtle-{number} a als:Claim ; rdfs:label "turtle-{number}: {self._said}"@en ;
                dcterms:source source:seed-001 ; als:states <{self._proposition}> ; als:polarity polarity:affirms ;
                als:certainty certainty:asserted ; als:locator "line {number}" ."""
        return self.http.post("/changes", json={"message": "x", "add": claim})

    def has_hub(self) -> bool:
        """Whether there is a proposition that very much is said of, as the files alone have none."""
        return self.http.get(f"/propositions/{HUB_PROPOSITION.rsplit('/', 1)[1]}").status_code == 200

    def hub(self, number: int) -> Any:
        return self.claim(number, proposition=HUB_PROPOSITION)

    def seconds(self, call: Call, count: int, status: int) -> list[float]:
        """How long each of so many calls took, once the server has warmed up."""
        found: list[float] = []
        for _ in range(count + WARM_UP):
            self._number += 1
            began = time.perf_counter()
            answer = call(self._number)
            found.append(time.perf_counter() - began)
            if answer.status_code != status:
                raise SystemExit(f"{answer.status_code} instead of {status}: {answer.text}")
        return found[WARM_UP:]


@contextmanager
def served(data_dir: Path, **environment: str) -> Iterator[tuple[Client, int]]:
    """A client of a server over a directory."""
    tokens = Tokens(data_dir)
    token = tokens.create(f"bench-{len(tokens.list())}", {Scope.PUBLISH}, None)
    command = [sys.executable, "-m", "alskg", "serve", "--port", "0"]
    environment = {**os.environ, "ALSKG_DATA_DIR": str(data_dir), **environment}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as server:
        try:
            line = next((line for line in server.stdout or () if line.startswith("Serving at ")), "")
            # Each server's client counts on, so that no claim is made twice.
            client = Client(line.split()[2], token, len(tokens.list()) * 1_000_000)
            yield client, server.pid
            client.http.close()
        finally:
            server.terminate()


def shown(name: str, seconds: list[float]) -> None:
    """Prints percentiles, and how many a second that makes."""
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    times = "  ".join(f"p{n} {cuts[n - 1] * 1e3:7.2f}" for n in (50, 95, 99))
    print(f"  {name:<38} {times} ms   {len(seconds) / sum(seconds):6.0f}/s", flush=True)


def resident(process: int) -> str:
    """The memory that a process holds, in MiB."""
    status = Path(f"/proc/{process}/status")
    if not status.exists():
        return "unknown"
    pages = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
    return f"{int(pages.split()[1]) / 1024:.0f} MiB"


def measured(data_dir: Path, commits: int) -> float:
    """Prints what was measured at one size; the median of a one-claim commit in seconds."""
    with served(data_dir, ALSKG_SYNC="interval") as (client, process):
        found = client.seconds(client.claim, commits, 201)
        shown("one claim", found)
        shown("one claim, as Turtle to /changes", client.seconds(client.turtle, commits, 201))
        if client.has_hub():
            shown("one claim on the busiest proposition", client.seconds(client.hub, commits, 201))
        shown("one label", client.seconds(client.label, commits, 201))
        shown("dry run of one claim", client.seconds(client.dry_run, commits, 200))
        shown("refused claim", client.seconds(client.refused, commits, 422))
        print(f"  the server holds {resident(process)}")
    with served(data_dir, ALSKG_SYNC="commit") as (client, _):
        shown("one claim, ALSKG_SYNC=commit", client.seconds(client.claim, commits, 201))
    return statistics.median(found)


def validate(data_dir: Path, answer: Any) -> None:
    """Full validation of what a store holds by the reference, at any size; the seconds go into a pipe."""
    store = EmbeddedStore.on_disk(data_dir)
    data, shapes = Memory(store.match()), store.ontology()
    began = time.perf_counter()
    wrong = len(list(violations(data, shapes, "pyshacl")))
    answer.send((time.perf_counter() - began, wrong))


def full_validation(data_dir: Path, seconds_max: float) -> float | None:
    """How long full validation takes; None where it takes longer than it may."""
    ours, theirs = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("spawn").Process(target=validate, args=(data_dir, theirs))
    process.start()
    answered = ours.poll(seconds_max)
    seconds: float
    seconds, wrong = ours.recv() if answered else (0.0, 0)
    process.kill()
    process.join()
    if wrong:
        raise SystemExit(f"Full validation finds {wrong} faults in what was generated.")
    return seconds if answered else None


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", default="10000,100000,1000000")
    parser.add_argument("--commits", type=int, default=300)
    parser.add_argument("--full-seconds", type=float, default=900, help="when full validation is given up")
    asked = parser.parse_args()
    print(f"{platform.platform()}, {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(", ".join(f"{package} {version(package)}" for package in PACKAGES))
    medians: dict[int, float] = {}
    for size in map(int, asked.sizes.split(",")):
        with tempfile.TemporaryDirectory() as directory:
            triples = build(Path(directory), Settings().root, size)
            print(f"\n{triples:,} triples")
            full = full_validation(Path(directory), asked.full_seconds) if size <= 100_000 else None
            medians[triples] = measured(Path(directory), asked.commits)
        if full is None:
            print("  full validation by pySHACL: not measured, or given up")
        else:
            print(f"  full validation by pySHACL: {full:.1f} s, {full / medians[triples]:,.0f} times one claim")
    least, most = min(medians), max(medians)
    print(f"\np50 at {most:,} is {medians[most] / medians[least]:.2f} times that at {least:,} triples")


if __name__ == "__main__":
    main()
