"""The package serves from an empty directory what the checkout serves."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ..extent import in_ci

ROOT = Path(__file__).parents[2]
START_SECONDS_MAX = 120

QUESTION = "SELECT ?type (COUNT(DISTINCT ?s) AS ?n) WHERE { ?s a ?type } GROUP BY ?type ORDER BY ?type"
PATHS = (
    "/drugs/riluzole",
    "/drugs",
    "/queries",
    "/sparql?format=csv&query=" + urllib.parse.quote(QUESTION),
)


def run(*command: object, cwd: Path) -> None:
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=clean_environment(), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def clean_environment(**more: str) -> dict[str, str]:
    """The environment without what could lead to the checkout or change the settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ALSKG_", "PYTHON", "COV"))}
    return kept | more


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def get(address: str) -> bytes:
    request = urllib.request.Request(address, headers={"Accept": "application/json"})  # noqa: S310 - our own server
    with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310
        return bytes(response.read())


@contextmanager
def served(*command: object, cwd: Path, **environment: str) -> Iterator[str]:
    """The address of a server while it runs."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    environment |= {"ALSKG_PORT": str(port), "ALSKG_DATA_DIR": str(cwd / "store")}
    log = cwd / "server.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [str(part) for part in command], cwd=cwd, env=clean_environment(**environment), stdout=output, stderr=output
        )
    try:
        until = time.monotonic() + START_SECONDS_MAX
        while True:
            try:
                get(f"{address}/health")
                break
            except OSError:
                assert server.poll() is None, log.read_text()
                assert time.monotonic() < until, log.read_text()
                time.sleep(0.1)
        yield address
    finally:
        server.terminate()
        server.wait(30)


def answers(address: str) -> dict[str, str]:
    # The port is all that may differ between two servers.
    return {path: get(address + path).decode().replace(address, "http://server") for path in PATHS}


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `alskg` command, installed from the wheel into a clean environment with the locked versions."""
    folder = tmp_path_factory.mktemp("wheel")
    build = ("-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir")
    run(sys.executable, *build, folder, ROOT, cwd=folder)
    (wheel,) = folder.glob("alskg-*.whl")
    venv.create(folder / "venv", with_pip=True)
    scripts = folder / "venv" / ("Scripts" if sys.platform == "win32" else "bin")
    install = (scripts / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    run(*install, "--require-hashes", "--requirement", ROOT / "requirements.lock", cwd=folder)
    run(*install, "--no-deps", wheel, cwd=folder)
    return scripts / "alskg"


@in_ci
@pytest.mark.slow
def test_the_wheel_serves_in_an_empty_directory_what_the_checkout_serves(program: Path, tmp_path: Path) -> None:
    empty, checkout = tmp_path / "empty", tmp_path / "checkout"
    empty.mkdir()
    checkout.mkdir()
    with served(program, "serve", cwd=empty) as address:
        health = json.loads(get(f"{address}/health"))
        from_wheel = answers(address)
    with served(sys.executable, "-m", "alskg", "serve", cwd=checkout, PYTHONPATH=str(ROOT / "src")) as address:
        assert json.loads(get(f"{address}/health")).keys() == health.keys()
        assert answers(address) == from_wheel
    assert json.loads(from_wheel["/drugs/riluzole"])


@in_ci
@pytest.mark.slow
def test_the_wheel_names_its_commands(program: Path, tmp_path: Path) -> None:
    done = subprocess.run([program, "--help"], cwd=tmp_path, env=clean_environment(), capture_output=True, text=True)
    assert done.returncode == 0
    assert "serve" in done.stdout
