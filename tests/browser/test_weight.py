"""What a first visit costs: everything that a browser fetches for a page, as it comes over the wire."""

import pytest
from playwright.sync_api import Page, Response

FIRST_VIEW_BYTES_MAX = 150_000
PAGES = {"home": "/", "thing of which most is said": "/drugs/riluzole"}


@pytest.mark.parametrize("address", PAGES.values(), ids=PAGES.keys())
def test_a_first_view_is_light(page: Page, address: str) -> None:
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto(address, wait_until="networkidle")
    bodies = {answer.url: answer.request.sizes()["responseBodySize"] for answer in answers}
    assert any(url.endswith("alskg.css") for url in bodies)
    assert not any("/vendor/" in url for url in bodies), "The editor and the drawing are fetched when they are needed."
    assert sum(bodies.values()) < FIRST_VIEW_BYTES_MAX, bodies
    headers = answers[0].headers
    assert headers.get("content-encoding") in ("gzip", "zstd", "br")
