"""A server whose gate lets everything pass, over an empty store, as the W3C test suite wants one."""

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import httpx2
import pytest
import uvicorn

from alskg.access import Scope, Tokens
from alskg.knowledge_graph import KnowledgeGraph
from alskg.settings import Settings
from alskg.web.app import build_app

from .endpoint import Endpoint

START_SECONDS_MAX = 30.0


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """The server in a thread of this process, and a client that may write."""
    settings = replace(Settings(), data_dir=tmp_path_factory.mktemp("store"))
    token = Tokens(settings.data_dir).create("w3c", [Scope.ADMIN], None)
    with socket.create_server(("127.0.0.1", 0)) as sock:
        config = uvicorn.Config(build_app(KnowledgeGraph.ungated(settings)), log_level="warning", access_log=False)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]})
        thread.start()
        try:
            _wait_for(server, thread)
            address = f"http://127.0.0.1:{sock.getsockname()[1]}"
            with httpx2.Client(base_url=address, headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:
                yield Endpoint(client)
        finally:
            server.should_exit = True
            thread.join()


def _wait_for(server: uvicorn.Server, thread: threading.Thread) -> None:
    end = time.monotonic() + START_SECONDS_MAX
    while not server.started:
        assert thread.is_alive(), "The server did not start."
        assert time.monotonic() < end, f"The server did not start in {START_SECONDS_MAX} s."
        time.sleep(0.01)
