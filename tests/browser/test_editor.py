"""The SPARQL editor and the documentation of the API, used as people use them."""

import re
from collections.abc import Callable
from typing import Protocol
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from ..extent import in_ci

Faults = Callable[[Page], list[str]]


class Seen(Protocol):
    """What the browser noticed, as conftest keeps it."""

    complaints: list[str]


ASKED = "SELECT ?label WHERE { <https://w3id.org/alskg/drugs/riluzole> rdfs:label ?label }"
PREFIX = "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>\n"


def write(page: Page, query: str) -> None:
    page.locator(".tabPanel.active .yasqe .CodeMirror").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(query)


def run(page: Page) -> None:
    # While a query is being answered, the same button gives it up.
    page.wait_for_function("() => !yasgui.getTab().getYasqe().req")
    page.locator(".tabPanel.active .yasqe_queryButton").click()


def test_a_query_is_written_run_and_shared(page: Page, faults_of_access: Faults) -> None:
    page.goto("/sparql")
    write(page, PREFIX + ASKED)
    run(page)
    expect(page.locator(".tabPanel.active .yasr_results")).to_contain_text("riluzole")
    assert faults_of_access(page) == []
    page.locator(".tabPanel.active .yasqe_share").click()
    link = page.locator(".yasqe_sharePopup input").input_value()
    assert link == f"{page.url.partition('#')[0]}#query={quote(PREFIX + ASKED, safe='()')}"
    page.goto("/")
    page.evaluate("localStorage.clear()")
    page.goto(link)
    expect(page.locator(".tabPanel.active .CodeMirror")).to_contain_text("drugs/riluzole")


def test_an_error_is_told_with_line_and_column_and_shown_there(page: Page, faults_of_access: Faults) -> None:
    page.goto("/sparql")
    write(page, ASKED)
    run(page)
    expect(page.get_by_role("alert")).to_have_text(re.compile(r"^Line 1, column \d+: prefix rdfs: is not declared"))
    column = int(re.findall(r"column (\d+)", page.get_by_role("alert").inner_text())[0])
    place = page.evaluate("(({line, ch}) => [line, ch])(yasgui.getTab().getYasqe().getCursor())")
    assert place == [0, column - 1]
    told = page.locator(".tabPanel.active .problem")
    expect(told.get_by_role("heading")).to_have_text("The query is not valid SPARQL 1.1")
    expect(told).to_contain_text(f"Line 1, column {column} is here:")
    expect(told.locator("mark")).to_have_text(ASKED[column - 1 :])
    expect(page.locator(".tabPanel.active .wrong-line")).to_have_count(1)
    raw = told.locator("details pre")
    expect(raw).to_be_hidden()
    told.get_by_text("as the server wrote it").click()
    expect(raw).to_contain_text('"title": "The query is not valid SPARQL 1.1"')
    assert faults_of_access(page) == []
    page.locator(".tabPanel.active .yasqe .CodeMirror").click()
    page.keyboard.insert_text(" ")
    expect(page.locator(".tabPanel.active .wrong-line")).to_have_count(0)


def test_an_answer_that_breaks_off_is_not_shown_and_the_limit_that_it_met_is_told(
    page: Page, seen: Seen, faults_of_access: Faults
) -> None:
    page.goto("/sparql")
    write(page, PREFIX + ASKED)
    run(page)
    results = page.locator(".tabPanel.active .yasr_results")
    expect(results).to_contain_text("riluzole")
    # More rows than an answer may have, and more bytes than are held until it is complete.
    write(page, "SELECT * WHERE { ?s a ?class . ?o a ?kind }")
    run(page)
    told = page.locator(".tabPanel.active .problem")
    expect(told.get_by_role("heading")).to_have_text("The answer was broken off")
    for words in ("more than 100,000 rows (ALSKG_ANSWER_ROWS_MAX)", "LIMIT", "fewer columns"):
        expect(told).to_contain_text(words)
        expect(page.get_by_role("alert")).to_contain_text(words)
    expect(told).not_to_contain_text("64 MiB")
    expect(told.get_by_role("link")).to_have_attribute("href", "/dumps")
    expect(results).not_to_contain_text("riluzole")
    assert faults_of_access(page) == []
    # That the connection ended early is what the browser complains of.
    assert all("ERR_INCOMPLETE_CHUNKED_ENCODING" in complaint for complaint in seen.complaints)
    seen.complaints.clear()


def test_what_was_answered_before_is_gone_when_something_else_is_asked_and_given_up(page: Page) -> None:
    page.goto("/sparql")
    write(page, PREFIX + ASKED)
    run(page)
    results = page.locator(".tabPanel.active .yasr_results")
    expect(results).to_contain_text("riluzole")
    page.route("**/sparql", lambda route: None)
    write(page, "SELECT * WHERE { ?s ?p ?o } LIMIT 1")
    run(page)
    expect(results).to_be_empty()
    page.locator(".tabPanel.active .yasqe_queryButton").click()
    page.wait_for_function("() => !yasgui.getTab().getYasqe().req")
    expect(results).to_be_empty()
    expect(page.get_by_role("alert")).to_have_count(0)
    page.unroute_all(behavior="ignoreErrors")


def test_questions_of_ours_open_in_tabs(page: Page) -> None:
    page.goto("/sparql")
    page.get_by_label("Start from a question").select_option("Drugs for a symptom")
    page.get_by_role("button", name="Open in a tab").click()
    expect(page.get_by_role("tab", selected=True)).to_contain_text("Drugs for a symptom")
    run(page)
    expect(page.locator(".tabPanel.active .yasr_results")).to_contain_text("asserted")


def test_terms_of_ours_are_completed(page: Page) -> None:
    page.goto("/sparql")
    write(page, "PREFIX als: <https://w3id.org/alskg/ontology/>\nSELECT * WHERE { ?drug als:relie")
    page.keyboard.press("Control+Space")
    page.locator(".CodeMirror-hints li", has_text="als:relieves").first.click()
    expect(page.locator(".CodeMirror-code")).to_contain_text("als:relieves")
    write(page, "PREFIX drug: <https://w3id.org/alskg/drugs/>\nSELECT * WHERE { drug:ri")
    page.keyboard.press("Control+Space")
    page.locator(".CodeMirror-hints li", has_text="drug:riluzole").first.click()
    expect(page.locator(".CodeMirror-code")).to_contain_text("{ drug:riluzole")


def test_the_tab_key_indents_and_leaves_the_text_after_escape(page: Page) -> None:
    page.goto("/sparql")
    write(page, PREFIX + ASKED)
    text = page.get_by_role("textbox", name="SPARQL query")
    keys = page.locator(f"#{text.get_attribute('aria-describedby')}")
    expect(keys).to_be_visible()
    expect(keys).to_contain_text("Esc, then Tab or Shift+Tab, leaves the text.")
    written = "yasgui.getTab().getYasqe().getValue()"
    for key in ("Tab", "Shift+Tab"):
        page.locator(".tabPanel.active .yasqe .CodeMirror-line").first.click()
        before = page.evaluate(written)
        page.keyboard.press("Escape")
        expect(text).to_be_focused()
        page.keyboard.press(key)
        expect(text).not_to_be_focused()
        assert page.evaluate(written) == before
    page.locator(".tabPanel.active .yasqe .CodeMirror-line").first.click()
    page.keyboard.press("Tab")
    expect(text).to_be_focused()
    assert page.evaluate(written) != before


GRAPH = "CONSTRUCT WHERE { <https://w3id.org/alskg/drugs/edaravone> ?property ?value }"


def test_triples_open_as_a_graph_and_rows_as_a_table_until_somebody_chooses(page: Page) -> None:
    page.goto("/sparql")
    results = page.locator(".tabPanel.active .yasr_results")
    write(page, GRAPH)
    run(page)
    expect(results.locator("canvas").first).to_be_visible()
    write(page, PREFIX + ASKED)
    run(page)
    expect(results.get_by_role("table")).to_contain_text("riluzole")
    page.get_by_role("button", name="Shows Response view").click()
    write(page, PREFIX + ASKED.replace("riluzole", "edaravone"))
    run(page)
    expect(results).to_contain_text("edaravone")
    expect(page.locator(".select_response")).to_have_class(re.compile("selected"))
    write(page, GRAPH)
    run(page)
    expect(results.locator("canvas").first).to_be_visible()


def test_a_graph_takes_the_room_that_there_is(page: Page) -> None:
    page.goto("/sparql")
    write(page, GRAPH)
    run(page)
    expect(page.locator(".tabPanel.active .yasr_results canvas").first).to_be_visible()
    # Whether what is drawn reaches over most of the width and the height of its box.
    reach = """() => [...document.querySelectorAll(".tabPanel.active .yasr_results canvas")].some((canvas) => {
        const { width, height } = canvas;
        const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
        let [left, right, top, bottom] = [width, 0, height, 0];
        for (let place = 0; place < width * height; place++) {
            if (!data[4 * place + 3]) continue;
            const [x, y] = [place % width, Math.floor(place / width)];
            [left, right, top, bottom] = [Math.min(left, x), Math.max(right, x), Math.min(top, y), Math.max(bottom, y)];
        }
        return right - left > 0.7 * width && bottom - top > 0.7 * height;
    })"""
    page.wait_for_function(reach)
    box = page.locator(".tabPanel.active .yasr_results .graph").bounding_box()
    assert box
    assert box["height"] > 600


@pytest.mark.parametrize("width", [360, 1280])
def test_no_button_covers_the_text_of_a_query(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto("/sparql")
    write(page, "SELECT " + " ".join(f"?variable{number}" for number in range(40)) + " { ?s ?p ?o }")
    bottoms = page.locator(".tabPanel.active .yasqe_buttons button").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().bottom)"
    )
    # What is scrolled is cut off at the edges of this box.
    text = page.locator(".tabPanel.active .yasqe .CodeMirror-scroll").bounding_box()
    assert text
    assert len(bottoms) == 2
    assert max(bottoms) <= text["y"] + 1


def test_the_editor_is_dark_where_the_page_is(page: Page, faults_of_access: Faults) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto("/sparql")
    write(page, PREFIX + ASKED + ' # a comment, "a text" and 1.5')
    run(page)
    expect(page.locator(".tabPanel.active .yasr_results")).to_contain_text("riluzole")
    grounds = page.locator("#editor :is(.CodeMirror, .CodeMirror-gutters, .tableFilter, thead th, td)").evaluate_all(
        "all => all.map(one => getComputedStyle(one).backgroundColor.match(/[\\d.]+/g).map(Number))"
    )
    assert len(grounds) >= 5
    assert [ground for ground in grounds if max(ground[:3]) > 80] == []
    assert faults_of_access(page) == []


def test_a_link_to_a_query_opens_it(page: Page) -> None:
    page.goto("/drugs/riluzole")
    page.get_by_role("link", name="SPARQL", exact=True).last.click()
    expect(page.locator(".tabPanel.active .CodeMirror")).to_contain_text("drugs/riluzole")


def test_the_editor_works_without_a_script(browser: Browser, page: Page) -> None:
    page.goto("/")
    context = browser.new_context(java_script_enabled=False, base_url=page.url)
    plain = context.new_page()
    plain.goto("/sparql")
    expect(plain.get_by_label("A SPARQL 1.1 query")).to_be_visible()
    context.close()


@in_ci
def test_an_endpoint_is_tried_in_the_documentation(page: Page, faults_of_access: Faults) -> None:
    page.goto("/docs")
    tags = page.locator(".opblock-tag")
    expect(tags.first).to_contain_text("mappings")
    # What opens a part is seen on dark ground, too.
    arrow = tags.first.locator("svg").evaluate("arrow => getComputedStyle(arrow).fill")
    assert arrow == page.evaluate("getComputedStyle(document.body).color")
    tags.first.click()
    page.locator(".opblock-summary-control", has_text="/mappings/{name}").click()
    # What the description only refers to is there in full.
    expect(page.locator(".responses-table .example").first).to_contain_text('"stance"')
    # What the address can't do without is filled in.
    expect(page.get_by_placeholder("name", exact=True).first).to_have_value(re.compile("-symptom$"))
    page.get_by_role("button", name="Execute").click()
    expect(page.locator(".live-responses-table .response-col_status").last).to_contain_text("200")
    copying = page.locator(".curl-command .copy-to-clipboard button")
    # A picture of its style sheet would be data:, which the policy keeps out, and many fonts lack a sign for it.
    assert copying.evaluate("button => getComputedStyle(button, '::before').content") == '"Copy"'
    assert copying.evaluate("button => button.scrollWidth <= button.clientWidth")
    assert faults_of_access(page) == []


def test_who_writes_an_update_is_told_at_once_where_updates_go(page: Page) -> None:
    page.goto("/sparql")
    write(page, "INSERT DATA { <https://w3id.org/alskg/a> <https://w3id.org/alskg/b> 1 }")
    expect(page.get_by_role("alert")).to_contain_text("This is an update.")
    expect(page.get_by_role("alert").get_by_role("link")).to_have_attribute("href", "/curate/turtle")
    write(page, PREFIX + ASKED)
    expect(page.get_by_role("alert")).to_have_count(0)


def test_the_editor_at_an_earlier_revision_asks_that_one(page: Page) -> None:
    page.goto("/drugs/riluzole?revision=1")
    page.get_by_role("link", name="SPARQL", exact=True).last.click()
    expect(page.get_by_role("note")).to_contain_text("as of revision 1")
    write(page, PREFIX + ASKED)
    with page.expect_response(lambda answer: answer.request.method == "POST" and "ASK" not in answer.url) as asked:
        run(page)
    assert asked.value.url.endswith("/sparql?revision=1")
    assert asked.value.headers["x-alskg-revision"] == "1"


IMAGE = "<img src=nowhere.png onerror=alert(1)>"


def test_an_answer_that_looks_like_html_is_text_and_asks_for_nothing(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/sparql")
    values = f'("{IMAGE}" AS ?plain) ("{IMAGE} &amp;"@en AS ?tagged) (<https://e.org/?a=\'b> AS ?iri) (1 AS ?number)'
    write(page, f"SELECT {values} {{}}")
    run(page)
    cells = page.locator(".tabPanel.active .yasr_results tbody td")
    # As people read it, until somebody wants to see what kind of value each is.
    expect(cells).to_have_text([IMAGE, f"{IMAGE} &amp;", "https://e.org/?a='b", "1"])
    page.get_by_text("Simple view").click()
    expect(cells.nth(1)).to_have_text(IMAGE)
    expect(cells.nth(2)).to_have_text(f'"{IMAGE} &amp;"@en')
    expect(cells.nth(3).get_by_role("link")).to_have_attribute("href", "https://e.org/?a='b")
    expect(cells.nth(4)).to_have_text('"1"^^<http://www.w3.org/2001/XMLSchema#integer>')
    # What is looked for is looked for in the text.
    finder = page.get_by_label("Filter query results")
    finder.press_sequentially("onerror")
    expect(cells.nth(1)).to_have_text(IMAGE)
    finder.fill("")
    finder.press_sequentially("no such text")
    expect(page.locator(".tabPanel.active .yasr_results tbody")).not_to_contain_text("onerror")
    assert page.locator("#editor img").count() == 0
    assert [url for url in asked if "nowhere" in url] == []


def test_an_answer_links_to_our_own_things_on_this_server(page: Page) -> None:
    page.goto("/sparql")
    ours = "https://w3id.org/alskg/"
    write(page, f"SELECT (<{ours}drugs/riluzole> AS ?drug) (<urn:x:y> AS ?other) (<{ours}/e.org> AS ?trap) {{}}")
    run(page)
    cells = page.locator(".tabPanel.active .yasr_results tbody td a")
    expect(cells.first).to_have_attribute("href", "/drugs/riluzole")
    assert cells.nth(1).get_attribute("href") is None
    expect(cells.nth(2)).to_have_attribute("href", "https://w3id.org/alskg//e.org")


def test_the_editor_and_its_answer_hinder_nobody_on_a_phone(page: Page, faults_of_access: Faults) -> None:
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto("/sparql")
    write(page, "SELECT * WHERE { ?s ?p ?o . ?o ?q ?r } LIMIT 3")
    run(page)
    expect(page.locator(".tabPanel.active .yasr_results tbody tr")).to_have_count(3)
    assert faults_of_access(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
