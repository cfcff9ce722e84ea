"""A real server, for clients that speak HTTP."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from alskg.access import Scope, Tokens

from ..serving import serving


@pytest.fixture(scope="session")
def server(filled: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that only answers."""
    with serving(filled(tmp_path_factory.mktemp("store"))) as address:
        yield address


@pytest.fixture
def curated_server(filled: Callable[[Path], Path], tmp_path: Path) -> Iterator[tuple[str, str]]:
    """The address of a server of one's own, and a token that may publish."""
    token = Tokens(tmp_path).create("ana", [Scope.PUBLISH], None)
    with serving(filled(tmp_path)) as address:
        yield address, token
