"""Takes the pictures of the pages that README shows: `make screenshots`. Needs Chromium and the test requirements."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from alskg.access import Scope, Tokens

HERE = Path(__file__).parent
SOURCE = HERE.parents[1] / "src"
QUALITY = 70

# Name of the picture, address, width, height, colours.
PICTURES = (
    ("home", "/", 1280, 1150, "light"),
    ("mapping", "/mappings/thing-symptom?predicate=dealsWith", 1280, 900, "dark"),
    ("drug", "/drugs/riluzole", 1280, 1000, "light"),
    ("disagreement", "/disagreements/a6-wording-of-the-glutamate-mechanism", 1280, 860, "light"),
    ("phone", "/drugs/edaravone", 390, 844, "dark"),
)


@contextmanager
def served(directory: Path) -> Iterator[str]:
    """The address of a server over a store of its own."""
    server = subprocess.Popen(
        [sys.executable, "-m", "alskg", "serve", "--port", "0"],
        env={**os.environ, "PYTHONPATH": str(SOURCE), "ALSKG_DATA_DIR": str(directory)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    found = next(filter(None, (re.match(r"Serving at (\S+)", line) for line in server.stdout)))
    try:
        yield found[1]
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(60)


@contextmanager
def opened(browser: Browser, address: str, width: int, height: int, colours: str) -> Iterator[Page]:
    """A page of a window of that size."""
    context = browser.new_context(base_url=address, viewport={"width": width, "height": height})
    page = context.new_page()
    page.emulate_media(color_scheme="dark" if colours == "dark" else "light")
    yield page
    context.close()


def take(page: Page, name: str) -> None:
    """The picture of what the window shows."""
    page.screenshot(path=HERE / f"{name}.jpg", type="jpeg", quality=QUALITY)


def take_editor(page: Page) -> None:
    """A question in the editor, with its answer."""
    page.goto("/sparql")
    page.get_by_label("Start from a question").select_option("Drugs for a symptom")
    page.get_by_role("button", name="Open in a tab").click()
    page.get_by_role("tab", selected=True).filter(has_text="Drugs for a symptom").wait_for()
    page.locator(".tabPanel.active .yasqe_queryButton").click()
    page.locator(".tabPanel.active .yasr_results", has_text="asserted").wait_for()
    take(page, "sparql")


def take_desk(page: Page, token: str) -> None:
    """A dry run that would not pass."""
    page.goto("/curate/edit/drugs/tizanidine")
    page.get_by_label("Token").fill(token)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/curate/edit/**")
    page.get_by_role("textbox", name="label", exact=True).fill("")
    page.get_by_role("textbox", name="definition").fill("A drug against spasticity.")
    page.get_by_role("button", name="Check").click()
    page.locator(".field.wrong").wait_for()
    take(page, "desk")


def main() -> None:
    """All pictures, from a fresh store."""
    chromium = shutil.which("chromium") or sys.exit("chromium is not installed (Debian: apt install chromium).")
    with tempfile.TemporaryDirectory() as directory, sync_playwright() as driver:
        token = Tokens(Path(directory)).create("ana", [Scope.CURATE], None)
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        with served(Path(directory)) as address:
            for name, path, width, height, colours in PICTURES:
                with opened(browser, address, width, height, colours) as page:
                    page.goto(path, wait_until="networkidle")
                    take(page, name)
            with opened(browser, address, 1280, 1000, "light") as page:
                take_editor(page)
            with opened(browser, address, 1280, 900, "light") as page:
                take_desk(page, token)
        browser.close()


if __name__ == "__main__":
    main()
