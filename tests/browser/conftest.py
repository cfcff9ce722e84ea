"""A real server and a real browser, for tests that look at pages as people do."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from alskg.access import Scope, Tokens

from ..serving import serving

AXE = Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js"
# Chromium's own sandbox needs rights that a container's root lacks; nothing foreign is opened here.
WAIT_MILLISECONDS_MAX = 60_000
"""Nothing is asserted of times; a busy machine may take this long for a page."""
expect.set_options(timeout=WAIT_MILLISECONDS_MAX)
ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]


@dataclass(frozen=True)
class Served:
    """A server of this session, with tokens of people who may do more or less."""

    address: str
    tokens: dict[str, str]


@dataclass
class Seen:
    """What a browser noticed while a test looked at pages."""

    address: str
    outside: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    bytes_by_path: dict[str, int] = field(default_factory=dict)

    def watch(self, page: Page) -> None:
        """Keeps what the page asks for and complains of."""
        page.on("request", lambda request: self._asked(request.url))
        page.on("console", lambda message: self._said(message.type, message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _asked(self, url: str) -> None:
        if not url.startswith((self.address, "data:", "blob:")):
            self.outside.append(url)

    def _said(self, kind: str, text: str) -> None:
        # The status of an answer is what a test asks for, and no complaint.
        if kind in ("error", "warning") and "server responded with a status of 4" not in text:
            self.complaints.append(f"{kind}: {text}")


@pytest.fixture(scope="session")
def served(filled: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    directory = filled(tmp_path_factory.mktemp("store"))
    scopes = {"ana": Scope.PUBLISH, "ben": Scope.CURATE}
    tokens = {name: Tokens(directory).create(name, [scope], None) for name, scope in scopes.items()}
    with serving(directory) as address:
        yield Served(address, tokens)


# One driver a file, and not one a session: as long as it runs, no other test of this process may start an event loop.
@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="module")
def browser(playwright: Playwright, needs: Callable[[str], str]) -> Iterator[Browser]:
    opened = playwright.chromium.launch(executable_path=needs("chromium"), args=ARGUMENTS)
    yield opened
    opened.close()


@pytest.fixture
def context(browser: Browser, served: Served) -> Iterator[BrowserContext]:
    opened = browser.new_context(base_url=served.address, viewport={"width": 1280, "height": 900})
    opened.set_default_timeout(WAIT_MILLISECONDS_MAX)
    yield opened
    opened.close()


@pytest.fixture
def seen(served: Served) -> Iterator[Seen]:
    """What the browser noticed; nothing may be asked of another server, and nothing complained of."""
    noticed = Seen(served.address)
    yield noticed
    assert noticed.outside == []
    assert noticed.complaints == []


@pytest.fixture
def page(context: BrowserContext, seen: Seen) -> Page:
    opened = context.new_page()
    seen.watch(opened)
    return opened


@pytest.fixture
def faults_of_access() -> Callable[[Page], list[str]]:
    """Looks at a page with axe-core."""
    return _faults_of_access


ALSO_FAULTS = ("aria-allowed-role", "heading-order", "landmark-unique")
"""What axe-core holds to be less, and leads people astray who can't see a page."""


def _faults_of_access(page: Page) -> list[str]:
    """What axe-core finds on a page that hinders people seriously: rule, help, and the first places."""
    # The policy of the page forbids scripts of others; the driver may evaluate all the same.
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{fault['id']}: {fault['help']}: {[node['html'][:160] for node in fault['nodes'][:3]]}"
        for fault in found["violations"]
        if fault["impact"] in ("serious", "critical") or fault["id"] in ALSO_FAULTS
    ]
