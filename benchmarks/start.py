"""
How long from the start of the process to the first answer, once the store is built.

Starts `alskg serve` several times on a free port over one store, asks for a document and for a SPARQL answer as soon as
the port answers, and prints each run with the median. The first start, which builds the store, is shown apart.

    python benchmarks/start.py [runs]
"""

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

RUNS = 7
QUERY = urllib.parse.quote("ASK { ?s ?p ?o }")


def first_answers(data_dir: str) -> tuple[float, float]:
    """Seconds from process start to the first document and to the first SPARQL answer."""
    environment = os.environ | {"ALSKG_DATA_DIR": data_dir}
    started = time.perf_counter()
    command = [sys.executable, "-m", "alskg", "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as server:
        try:
            address = _address(server)
            document = _seconds_until(f"{address}/health", started)
            sparql = _seconds_until(f"{address}/sparql?query={QUERY}", started)
        finally:
            server.terminate()
    return document, sparql


def _address(server: "subprocess.Popen[str]") -> str:
    for line in server.stdout or ():
        for word in line.split():
            if word.startswith("http://"):
                return word
    raise SystemExit("The server ended before it said where it serves.")


def _seconds_until(url: str, started: float) -> float:
    while True:
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 - an address of this machine
                answer.read()
            return time.perf_counter() - started
        except urllib.error.URLError:
            time.sleep(0.005)


def main() -> None:
    """Prints the figures."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else RUNS
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as data_dir:
        built = first_answers(str(Path(data_dir)))
        print(f"building the store: document {built[0]:.2f} s, SPARQL {built[1]:.2f} s")
        found = [first_answers(data_dir) for _ in range(runs)]
    for name, values in zip(("document", "SPARQL"), zip(*found, strict=True), strict=True):
        spread = " ".join(f"{value:.2f}" for value in values)
        print(f"first {name}: median {statistics.median(values):.2f} s of {spread}")


if __name__ == "__main__":
    main()
