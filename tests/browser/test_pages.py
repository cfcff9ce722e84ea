"""Every kind of page opens in a browser, asks nobody else for anything, and hinders nobody."""

import itertools
import re
from collections.abc import Callable
from typing import Literal, Protocol

import pytest
from playwright.sync_api import Page, expect

from ..extent import sampled

Faults = Callable[[Page], list[str]]


class Seen(Protocol):
    """What the browser noticed, as conftest keeps it."""

    outside: list[str]
    complaints: list[str]


class Served(Protocol):
    """The server, as conftest keeps it."""

    tokens: dict[str, str]


CONTESTED = "riluzole-is-discontinued-if-lack-of-clear-benefit-once-a-reasonable-trial-is-ove-fe7772a7"
PAGES = {
    "home": "/",
    "collection": "/drugs",
    "filtered collection": "/drugs?relieves=muscle-spasticity",
    "thing": "/drugs/riluzole",
    "thing in a role": "/symptoms/fatigue",
    "claim": "/claims/s1-012",
    "source": "/sources/seed-001",
    "source without a status": "/sources/abe-2014",
    "proposition": "/propositions?limit=5",
    "contested statement": f"/propositions/{CONTESTED}",
    "disagreement": "/disagreements/a6-wording-of-the-glutamate-mechanism",
    "disagreements": "/disagreements",
    "neighbours": "/drugs/riluzole/adverse-effects",
    "neighbours that nobody states": "/drugs/edaravone/adverse-effects",
    "search": "/search?q=rilu",
    "search that finds nothing": "/search?q=zzzzzz",
    "mappings": "/mappings",
    "matrix": "/mappings/thing-symptom?predicate=dealsWith",
    "matrix of many properties": "/mappings/drug-outcome",
    "matrix without a row": "/mappings/drug-symptom?asOf=1990-01-01",
    "questions": "/queries",
    "question": "/queries/drugs-for-a-symptom?symptom=muscle-spasticity",
    "ontology": "/ontology",
    "term": "/ontology/relieves",
    "concept": "/vocabularies/certainties/hedged",
    "closed lists": "/vocabularies",
    "files": "/dumps",
    "whole graph": "/graph",
    "history": "/changes",
    "history of a node": "/changes?node=https://w3id.org/alskg/drugs/riluzole",
}
PROBLEMS = {
    "thing that is not there": ("/drugs/riluzol", 404),
    "address that is not there": ("/nowhere", 404),
    "day that is none": ("/mappings/drug-symptom?asOf=banana", 422),
    "parameter that is not there": ("/drugs?nonsense=1", 422),
    "revision that is not there": ("/drugs?revision=99999", 404),
}
WIDTHS = (1920, 360)
COLOURS_APART = 24
"""How far two colours must lie apart at least, over red, green and blue."""


@pytest.mark.parametrize("name", sampled(list(PAGES), 12))
def test_a_page_opens_fits_its_window_and_hinders_nobody(page: Page, faults_of_access: Faults, name: str) -> None:
    answer = page.goto(PAGES[name])
    assert answer is not None
    assert answer.status == 200
    assert answer.headers["content-security-policy"].startswith("default-src 'self'")
    expect(page.locator("h1")).to_have_count(1)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    # The narrowest last: what scrolls only there must be reached there, too.
    assert faults_of_access(page) == []


@pytest.mark.parametrize("name", sampled(["home", "thing", "matrix", "disagreement", "history"], 2))
def test_a_page_hinders_nobody_in_the_dark(page: Page, faults_of_access: Faults, name: str) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto(PAGES[name])
    assert faults_of_access(page) == []


@pytest.mark.parametrize(("address", "status"), PROBLEMS.values(), ids=PROBLEMS.keys())
def test_a_problem_is_a_page_that_helps(page: Page, faults_of_access: Faults, address: str, status: int) -> None:
    answer = page.goto(address)
    assert answer is not None
    assert answer.status == status
    expect(page.locator("main form[role=search]")).to_be_visible()
    assert faults_of_access(page) == []


def test_what_hinders_people_is_seen(page: Page, faults_of_access: Faults) -> None:
    page.goto("/search?q=rilu")
    page.evaluate("document.querySelectorAll('label').forEach((label) => label.remove())")
    assert any("label" in fault for fault in faults_of_access(page))


def test_a_script_in_a_page_is_not_run_and_is_complained_of(page: Page, seen: Seen) -> None:
    page.goto("/")
    page.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: 'window.run = 1'}))")
    assert page.evaluate("window.run") is None
    assert any("Content Security Policy" in complaint for complaint in seen.complaints)
    seen.complaints.clear()


def test_a_request_to_another_server_is_seen(page: Page, seen: Seen) -> None:
    page.goto("/")
    page.evaluate("document.body.append(Object.assign(new Image(), {src: 'http://example.org/x.png'}))")
    page.wait_for_timeout(100)
    assert seen.outside == ["http://example.org/x.png"] or "http://example.org/x.png" in str(seen.complaints)
    seen.outside.clear()
    seen.complaints.clear()


def choose_riluzole(page: Page) -> None:
    """Takes what the search suggests for the first letters of the name."""
    box = page.get_by_role("combobox", name="Search for a thing by its name")
    box.press_sequentially("riluz")
    expect(page.get_by_role("option").first).to_contain_text("riluzole")
    box.press("ArrowDown")
    box.press("Enter")


def test_from_search_to_a_thing_to_its_claim_to_the_source(page: Page) -> None:
    page.goto("/")
    choose_riluzole(page)
    page.wait_for_url("**/drugs/riluzole")
    said = page.locator(".statement", has=page.get_by_role("link", name="dizziness", exact=True))
    row = said.filter(has=page.locator("a", has_text=re.compile("S1-"))).first
    row.locator("summary").click()
    row.get_by_role("link", name=re.compile("S1-")).first.click()
    page.wait_for_url("**/claims/*")
    page.get_by_role("link", name="seed document 001").first.click()
    page.wait_for_url("**/sources/seed-001")
    expect(page.get_by_role("heading", name="What it says, in reading order")).to_be_visible()
    expect(page.get_by_text("human review pending").first).to_be_visible()


@pytest.mark.parametrize(
    ("typed", "first"), [("rilu", "riluzole"), ("riluzol", "riluzole"), ("edarovone", "edaravone")]
)
def test_a_drug_is_suggested_first_in_spite_of_a_slip_and_each_thing_once(page: Page, typed: str, first: str) -> None:
    page.goto("/")
    box = page.get_by_role("combobox")
    box.press_sequentially(typed)
    options = page.get_by_role("option")
    expect(options.first).to_have_text(f"{first}drugs")
    addresses = options.evaluate_all("all => all.map(one => one.dataset.url)")
    assert len(addresses) == len(set(addresses)) > 3
    box.press("Enter")
    page.wait_for_url("**/search?q=*")
    expect(page.locator("main .group li a").first).to_have_text(first)


def test_suggestions_go_away_with_escape(page: Page) -> None:
    page.goto("/")
    box = page.get_by_role("combobox")
    box.press_sequentially("riluz")
    expect(page.get_by_role("listbox")).to_be_visible()
    box.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()


def test_the_matrix_is_filtered_walked_and_exported(page: Page) -> None:
    page.goto("/mappings/thing-symptom?predicate=dealsWith")
    page.get_by_label("Certainty").select_option(value="asserted")
    page.get_by_role("button", name="Show", exact=True).click()
    page.wait_for_url("**certainty=asserted**")
    marks = page.locator(".matrix td > button")
    marks.first.focus()
    page.keyboard.press("ArrowDown")
    focused = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert "asserted" in focused
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_role("link").first).to_have_attribute("href", re.compile("^/propositions/"))
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    csv = page.request.get(page.get_by_role("link", name="CSV", exact=True).get_attribute("href") or "")
    assert csv.headers["content-type"].startswith("text/csv")
    rows = csv.text().splitlines()
    assert len(rows) - 1 == int((page.locator("main .filters p").first.inner_text()).split()[0])
    assert all("asserted" in row for row in rows[1:])
    page.go_back()
    page.wait_for_url("**/mappings/thing-symptom?predicate=dealsWith")
    # Back at the picture of all, the form says that it is of all.
    expect(page.get_by_label("Certainty")).to_have_value("")
    page.get_by_label("Certainty").select_option(value="asserted")
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    expect(page.get_by_label("Certainty")).to_have_value("")


def test_an_address_to_share_has_nothing_in_it_that_was_left_open(page: Page) -> None:
    page.goto(PAGES["matrix"])
    page.get_by_label("Certainty").select_option(value="asserted")
    page.get_by_role("button", name="Show", exact=True).click()
    page.wait_for_url("**/mappings/thing-symptom?predicate=dealsWith&certainty=asserted")
    page.goto("/queries/regulatory-timeline-of-a-drug?drug=amx0035&jurisdiction=")
    # Nor has a link of a page whose address has.
    assert page.get_by_role("link", name="CSV").get_attribute("href") == (
        "/queries/regulatory-timeline-of-a-drug?drug=amx0035&format=csv"
    )
    page.get_by_role("button", name="Ask").click()
    page.wait_for_url("**/queries/regulatory-timeline-of-a-drug?drug=amx0035")


def test_the_neighbourhood_is_drawn_when_asked_for(page: Page) -> None:
    page.goto("/drugs/edaravone")
    assert page.evaluate("typeof globalThis.cytoscape") == "undefined"
    page.get_by_role("button", name="Draw the neighbourhood").click()
    expect(page.locator("#neighbourhood canvas").first).to_be_visible()
    # No more than can be read, and what is left out can be asked for.
    told = page.locator("#neighbourhood + p")
    expect(told).to_contain_text("24 of ")
    told.get_by_role("button", name="Draw more").click()
    expect(told).not_to_contain_text("24 of ")


def test_a_page_prints_without_what_is_for_screens(page: Page) -> None:
    page.emulate_media(media="print")
    page.goto("/drugs/riluzole")
    expect(page.locator("header nav")).to_be_hidden()
    expect(page.locator(".statement").first).to_be_visible()
    expect(page.get_by_role("heading", name="This page as")).to_be_hidden()
    # Nothing is so high that it leaves the rest of a sheet empty, and what is folded is told, too.
    kept_whole = page.locator(".panels, .panel, .card").evaluate_all(
        "all => all.filter(one => getComputedStyle(one).breakInside === 'avoid').length"
    )
    assert kept_whole == 0
    assert page.locator(".panels").evaluate("one => getComputedStyle(one).columnCount") in ("1", "auto")
    assert page.locator(".fold .statement").first.evaluate("one => one.getBoundingClientRect().height") > 0
    told = page.locator("aside a[rel=external]").first
    assert told.evaluate("link => getComputedStyle(link, '::after').content.includes(link.href)")


def test_what_questions_answer_of_a_thing_is_drawn_on_its_page(page: Page) -> None:
    page.goto("/drugs/riluzole")
    bars = page.get_by_role("region", name="Adverse effects, how often")
    expect(bars.locator(".bar").first).to_contain_text("% with it")
    expect(bars.get_by_role("link", name="nausea")).to_have_attribute("href", "/phenotypes/nausea")
    line = page.get_by_role("region", name="Regulation, in time")
    there = line.locator("h3", has_text="United States").locator("xpath=following-sibling::ol[1]")
    expect(there.get_by_role("listitem").filter(has_text="2014-04-09")).to_contain_text("FDA approved")
    page.get_by_role("region", name="When to stop it").locator("a[href^='/queries/']").first.click()
    expect(page.get_by_role("heading", name="When to stop a drug")).to_be_visible()
    expect(page.get_by_role("table")).to_contain_text("liver dysfunction")


def test_a_summary_of_the_evidence_leads_to_the_claims_behind_it(page: Page) -> None:
    page.goto("/drugs/riluzole")
    summary = page.get_by_role("region", name="Evidence, by dimension", exact=False)
    trials = summary.get_by_role("row").filter(has_text="trials")
    expect(trials).to_contain_text("mixed")
    trials.get_by_role("link", name="list").click()
    expect(page.get_by_role("heading", name="The claims behind a summary of evidence")).to_be_visible()
    expect(page.get_by_role("table")).to_contain_text("bensimon-1994-10")
    expect(page.get_by_role("table")).not_to_contain_text("mechanism")


def test_the_corner_of_a_matrix_stays_over_its_rows_and_columns(page: Page) -> None:
    page.set_viewport_size({"width": 700, "height": 500})
    page.goto(PAGES["matrix"])
    matrix = page.locator(".matrix")
    matrix.evaluate("box => { box.scrollTop = 200; box.scrollLeft = 200; box.scrollIntoView() }")
    assert matrix.evaluate(
        """box => {
            const { x, y } = box.getBoundingClientRect();
            return document.elementFromPoint(x + 60, y + 60) === box.querySelector("thead td");
        }"""
    )
    # That there is more to the side is seen at the edge.
    assert "gradient" in matrix.evaluate("box => getComputedStyle(box).backgroundImage")


def test_a_matrix_takes_the_room_of_a_wide_window(page: Page) -> None:
    page.set_viewport_size({"width": 1600, "height": 900})
    page.goto(PAGES["matrix"])
    assert page.locator(".matrix").evaluate("box => box.scrollWidth - box.clientWidth") == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 1600


def test_the_tab_key_comes_to_one_mark_of_a_mapping_and_leaves_from_there(page: Page) -> None:
    page.goto(PAGES["matrix"])
    marks = page.locator(".matrix td > button")
    assert marks.count() > 10
    marks.first.focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowDown")
    here = page.evaluate("document.activeElement.getAttribute('popovertarget')")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("dialog").get_by_role("link").first).to_be_focused()
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.getAttribute('popovertarget')") == here
    left = page.locator(".matrix [tabindex='0']").evaluate_all(
        "all => all.map(one => one.getAttribute('popovertarget'))"
    )
    assert left == [here]


def test_a_mark_that_is_reached_by_keys_is_covered_by_no_head(page: Page) -> None:
    page.set_viewport_size({"width": 700, "height": 600})
    page.goto(PAGES["matrix"])
    marks = page.locator(".matrix td > button")
    marks.last.focus()
    covered = []
    for key in ("ArrowUp", "ArrowUp", "Home", "ArrowLeft", "ArrowUp", "Home", "ArrowUp", "Home", "ArrowUp", "ArrowUp"):
        page.keyboard.press(key)
        covered.append(
            page.evaluate(
                """() => {
                    const mark = document.activeElement;
                    const { x, y, width, height } = mark.getBoundingClientRect();
                    return [[2, 2], [width - 2, height - 2]].some(
                        ([right, down]) => !mark.contains(document.elementFromPoint(x + right, y + down)));
                }"""
            )
        )
    assert not any(covered)


def test_a_printed_question_says_what_was_asked_and_not_what_was_left_open(page: Page) -> None:
    page.emulate_media(media="print")
    page.goto("/queries/licensed-at?date=2024-04-05")
    expect(page.get_by_label("date")).to_be_visible()
    expect(page.get_by_label("date")).to_have_value("2024-04-05")
    expect(page.get_by_label("indication")).to_be_hidden()
    expect(page.get_by_role("button", name="Ask")).to_be_hidden()
    expect(page.locator(".lead code").first).to_have_text("kind")


def test_a_matrix_fits_a_printed_sheet(page: Page) -> None:
    page.emulate_media(media="print")
    # A4 lying, less the margins of its rule, at 96 dots an inch.
    page.set_viewport_size({"width": 1047, "height": 718})
    page.goto(PAGES["matrix"])
    edges = page.locator(".matrix thead th").evaluate_all("all => all.map(one => one.getBoundingClientRect().right)")
    assert max(edges) <= 1047
    assert page.locator(".matrix thead td").evaluate("cell => getComputedStyle(cell).position") == "static"
    expect(page.get_by_label("Property")).to_be_visible()
    expect(page.get_by_label("Held as of")).to_be_hidden()


@pytest.mark.parametrize("width", [1200, 1600])
def test_a_panel_shows_all_columns_of_its_table(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto("/drugs/edaravone")
    table = page.locator("[aria-labelledby=panel-findings-on-a-treatment] .scroll")
    assert table.evaluate("box => box.scrollWidth - box.clientWidth") == 0


def test_who_looks_at_an_earlier_revision_stays_there_until_going_to_the_present(page: Page) -> None:
    page.goto("/mappings/thing-symptom?predicate=dealsWith&revision=1")
    page.get_by_label("Certainty").select_option(value="asserted")
    page.get_by_role("button", name="Show", exact=True).click()
    page.wait_for_url("**revision=1**certainty=asserted**")
    page.locator(".matrix tbody th[scope=row] a").first.click()
    page.wait_for_url("**?revision=1")
    choose_riluzole(page)
    page.wait_for_url("**/drugs/riluzole?revision=1")
    page.get_by_role("link", name="Go to the present").click()
    page.wait_for_url("**/drugs/riluzole")
    expect(page.get_by_role("note")).to_have_count(0)


def test_what_is_asked_for_does_not_look_like_a_hint(page: Page) -> None:
    page.goto("/queries/drugs-for-a-symptom?symptom=muscle-spasticity")
    field = page.get_by_role("textbox", name="symptom")
    expect(field).to_have_value("muscle-spasticity")
    written, hint = (
        field.evaluate(f"field => getComputedStyle(field, '{part}').color") for part in ("", "::placeholder")
    )
    assert written == page.evaluate("getComputedStyle(document.body).color")
    assert written != hint


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_two_properties_of_a_matrix_look_alike(page: Page, scheme: Literal["light", "dark"]) -> None:
    page.emulate_media(color_scheme=scheme)
    page.goto(PAGES["matrix of many properties"])
    seen = page.locator(".swatch").evaluate_all(
        """all => all.map(one => {
            const { backgroundColor, backgroundImage } = getComputedStyle(one);
            return [backgroundColor.match(/\\d+/g).slice(0, 3).map(Number), backgroundImage, one.textContent];
        })"""
    )
    assert len(seen) > 6
    assert len({letter for *_, letter in seen}) == len(seen)
    alike = [
        (one, other)
        for (one, pattern, _), (other, its, _) in itertools.combinations(seen, 2)
        if pattern == its and sum(abs(a - b) for a, b in zip(one, other, strict=True)) < COLOURS_APART
    ]
    assert alike == []


def test_who_signed_in_is_not_told_to_get_a_token(page: Page, served: Served) -> None:
    page.goto("/drugs/riluzole")
    expect(page.get_by_text("(needs a token)").first).to_be_visible()
    page.goto("/curate")
    page.get_by_label("Token").fill(served.tokens["ana"])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Your desk")).to_be_visible()
    page.goto("/drugs/riluzole")
    expect(page.get_by_role("link", name="Edit")).to_be_visible()
    expect(page.locator(".for-visitors:visible")).to_have_count(0)
    page.goto("/curate")
    page.get_by_role("button", name="Sign out").click()
    # It leaves word for the other pages, which comes with the page that follows.
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto("/drugs/riluzole")
    expect(page.get_by_text("(needs a token)").first).to_be_visible()
