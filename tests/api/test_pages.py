"""Pages: what they may do, where their files come from, and that they say what the JSON says."""

import csv
import io
import re
from html import escape, unescape
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit

import pyoxigraph as ox
import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from alskg.descriptions import SD
from alskg.knowledge_graph import KnowledgeGraph
from alskg.names import ALS, BASE, RDF, RDFS, SCHEMA, SKOS
from alskg.triples import subjects
from alskg.web.matrix import PATTERNS, letter, stance_within
from alskg.web.pages import POLICY, href, staying_at
from alskg.web.panels import ROWS_SHOWN_MAX
from alskg.web.renderings import PREFIXES
from alskg.web.static import asset, version

from ..extent import sampled

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
ADDRESSES = ["/", "/drugs", "/drugs/riluzole", "/mappings", "/mappings/drug-symptom", "/queries", "/ontology/relieves"]
VIEW_OF_A_CELL = "/mappings/thing-symptom?predicate=dealsWith&certainty=hedged"


@pytest.mark.parametrize("address", [*ADDRESSES, "/nowhere"])
def test_a_page_says_that_nothing_comes_from_elsewhere(client: TestClient, address: str) -> None:
    answer = client.get(address, headers=BROWSER)
    assert answer.headers["content-security-policy"] == POLICY
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_page_holds_no_script_and_no_style_and_names_no_other_server_for_them(
    client: TestClient, address: str
) -> None:
    text = client.get(address, headers=BROWSER).text
    assert re.findall(r"<style|\sstyle=|\son\w+=|javascript:", text) == []
    assert re.findall(r"<script(?![^>]*\ssrc=\"/static/)", text) == []
    assert re.findall(r"<(?:link|img|script)[^>]*(?:src|href)=\"(?!/)", text) == []


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_page_is_a_function_of_its_address(client: TestClient, address: str) -> None:
    first, second = (
        client.get(address, headers={**BROWSER, **more}).content for more in ({}, {"Cookie": "a=b", "User-Agent": "x"})
    )
    assert first == second


def test_every_way_that_a_page_offers_leads_to_that_format(client: TestClient) -> None:
    text = client.get(VIEW_OF_A_CELL, headers=BROWSER).text
    found = re.findall(r'<a href="([^"]+)" rel="alternate">([^<]+)<', text)
    assert [name for _, name in found] == ["JSON", "JSON-LD", "CSV", "TSV", "Turtle", "N-Triples", "RDF/XML"]
    answers = {name: client.get(address.replace("&amp;", "&")) for address, name in found}
    assert {answer.status_code for answer in answers.values()} == {200}
    for name, answer in list(answers.items())[:4]:
        assert name.lower().replace("json-ld", "ld+json").replace("tsv", "tab") in answer.headers["content-type"]
    assert len(client.get(found[2][0].replace("&amp;", "&")).text.splitlines()) == 1 + text.count("<div popover")


KINDS = {
    "/": {"void:Dataset", "dcat:Dataset", "hydra:Collection"},
    "/docs": {"dcat:DataService", "sd:Service"},
    "/drugs?limit=3": {"als:Drug"},
    "/drugs/riluzole": {"als:Drug"},
    "/claims/s1-012": {"als:Claim"},
    "/sources/seed-001": {"als:Source"},
    "/propositions?limit=3": {"als:Proposition"},
    "/disagreements/a6-wording-of-the-glutamate-mechanism": {"als:Disagreement"},
    "/drugs/riluzole/adverse-effects": {"als:Phenotype"},
    "/search?q=rilu": {"schema:ItemList", "schema:ListItem", "als:Drug"},
    "/resolve/http://id.nlm.nih.gov/mesh/D012656": {"als:Device"},
    "/mappings": {"void:Linkset"},
    "/mappings/drug-symptom": {"hydra:Collection", "als:Proposition", "als:Claim"},
    "/queries": {"sh:SPARQLExecutable"},
    "/queries/drugs-for-a-symptom?symptom=muscle-spasticity": {"rs:ResultSet"},
    "/vocabularies": {"skos:ConceptScheme", "skos:Concept"},
    "/vocabularies/certainties/hedged": {"skos:Concept"},
    "/ontology": {"owl:Class", "owl:ObjectProperty"},
    "/ontology/relieves": {"owl:ObjectProperty"},
    "/dumps": {"dcat:Dataset", "dcat:Distribution"},
    "/sparql": {"sd:Service"},
}
"""A page of each type, with what its Turtle is about; changes and the whole graph have tests of their own."""
MEDIA_TYPES = {"html": {"text/html"}, "json": {"application/json", "application/ld+json"}, "turtle": {"text/turtle"}}


def media_type(answer: Response) -> str:
    assert answer.status_code == 200
    return str(answer.headers["content-type"]).partition(";")[0]


def types_in(kg: KnowledgeGraph, turtle: str) -> set[str]:
    """What there is in a document, by the CURIEs of the classes."""
    prefixes = {**kg.schema.prefixes, **PREFIXES, "sd": SD}
    found = {t.object.value for t in ox.parse(turtle, format=ox.RdfFormat.TURTLE) if t.predicate.value == RDF + "type"}
    return {f"{name}:{iri.removeprefix(s)}" for iri in found for name, s in prefixes.items() if iri.startswith(s)}


@pytest.mark.parametrize("address", sampled(list(KINDS), 10))
def test_every_page_is_json_and_turtle_too_by_accept_and_by_name(
    client: TestClient, kg: KnowledgeGraph, address: str
) -> None:
    by_accept = {
        name: client.get(address, headers={"Accept": "application/json" if name == "json" else min(types)})
        for name, types in MEDIA_TYPES.items()
    }
    joint = "&" if "?" in address else "?"
    by_name = {name: client.get(f"{address}{joint}format={name}") for name in MEDIA_TYPES}
    for name, types in MEDIA_TYPES.items():
        assert {media_type(by_accept[name]), media_type(by_name[name])} <= types
    assert by_accept["turtle"].content == by_name["turtle"].content
    assert by_accept["json"].json()
    assert KINDS[address] <= types_in(kg, by_accept["turtle"].text)
    ways = dict(re.findall(r'<a href="[^"]*format=([^"]+)" rel="alternate">([^<]+)<', by_accept["html"].text))
    assert ways["turtle"] == "Turtle"
    assert {"json", "jsonld"} & set(ways)


def test_openapi_knows_no_page_that_is_not_json_and_turtle_too(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    gets = {
        path: set(methods["get"]["responses"]["200"]["content"]) for path, methods in paths.items() if "get" in methods
    }
    pages = {path: types for path, types in gets.items() if "text/html" in types}
    # Proposals are for who shows a token; their pages are those of the desk.
    lacking = {
        path
        for path, types in pages.items()
        if not path.startswith("/proposals")
        and not ("text/turtle" in types and {"application/json", "application/ld+json"} & types)
    }
    assert lacking == set()
    # Whoever adds a page adds it to the kinds of pages as well; collections are of one kind.
    own = {path for path in pages if path.count("/") == 1 and paths[path]["get"]["tags"] != [path[1:]]}
    assert own - {"/changes", "/proposals", "/graph"} <= {address.partition("?")[0] for address in KINDS}


def test_the_documentation_as_json_is_the_description_of_the_api(client: TestClient) -> None:
    assert client.get("/docs?format=json").json() == client.get("/openapi.json").json()


def test_a_mapping_in_turtle_has_the_claims_that_its_filters_leave(client: TestClient) -> None:
    answer = client.get(f"{VIEW_OF_A_CELL}&format=turtle").text
    triples = list(ox.parse(answer, format=ox.RdfFormat.TURTLE))
    of = {
        kind: {t.subject.value for t in triples if t.predicate.value == RDF + "type" and t.object.value == ALS + kind}
        for kind in ("Proposition", "Claim")
    }
    items = client.get(VIEW_OF_A_CELL, headers={"Accept": "application/json"}).json()["items"]
    assert of["Proposition"] == {item["id"] for item in items}
    assert of["Claim"] == {claim["id"] for item in items for claim in item["claims"]}
    nothing = client.get("/mappings/drug-symptom?asOf=1990-01-01&format=turtle")
    assert "hydra:totalItems 0" in nothing.text


def test_a_search_in_turtle_has_its_hits_in_order(client: TestClient) -> None:
    groups = client.get("/search?q=riluzole&limit=5").json()["groups"]
    turtle = list(ox.parse(client.get("/search?q=riluzole&limit=5&format=turtle").text, format=ox.RdfFormat.TURTLE))
    of = {(t.subject.value, t.predicate.value): t.object.value for t in turtle}
    me = "https://w3id.org/alskg/search?q=riluzole"
    items = [of[f"{me}#{place}", SCHEMA + "item"] for place in range(1, 6)]
    assert set(items) == {hit["id"] for group in groups for hit in group["items"]}
    assert items[0] == "https://w3id.org/alskg/drugs/riluzole"


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, "application/problem+json"),
        ("*/*", "application/problem+json"),
        ("application/json", "application/problem+json"),
        ("application/json, text/html;q=0.5", "application/problem+json"),
        ("text/html", "text/html; charset=utf-8"),
        (BROWSER["Accept"], "text/html; charset=utf-8"),
    ],
)
@pytest.mark.parametrize(("address", "status"), [("/nowhere", 404), ("/drugs/riluzol", 404), ("/drugs?x=1", 422)])
def test_a_problem_is_a_page_for_a_browser_and_json_for_others(
    client: TestClient, accept: str | None, media_type: str, address: str, status: int
) -> None:
    answer = client.get(address, headers={"Accept": accept} if accept else {"Accept": ""})
    assert answer.status_code == status
    assert answer.headers["content-type"] == media_type
    assert answer.headers["vary"].split(", ")[0] == "Accept"


def test_a_text_of_a_caller_is_text_on_the_page(client: TestClient) -> None:
    for address in ("/search?q=<script>x</script>", "/<b>x</b>", "/drugs?q=<b>x</b>", "/changes?node=<b>x</b>"):
        assert not {"<script>x", "<b>x"} & set(re.findall(r"<\w+>x", client.get(address, headers=BROWSER).text))


DENIAL = r'<span class="pill against">denies</span> {}'


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("/claims?polarity=denies&source=abe-2014", r'<a href="/claims/abe-2014-03">abe-2014-03:'),
        ("/claims?polarity=denies&source=abe-2014&fields=source", r'<a href="/claims/abe-2014-03">abe-2014-03:'),
        ("/claims/abe-2014-03", r"abe-2014-03: edaravone slows[^<]*</h1>"),
        (
            "/disagreements/c5-edaravone-slows-decline-and-trials-that-do-not-show-it",
            r'<a href="/claims/abe-2014-03">abe-2014-03:',
        ),
        ("/findings/mci186-16-alsfrs-r", r'<a href="/claims/abe-2014-03">abe-2014-03:'),
        ("/search?q=abe-2014-03", r'<a href="/claims/abe-2014-03">abe-2014-03:'),
        ("/sources/abe-2014/claims", r'<a href="/claims/abe-2014-03">abe-2014-03:'),
    ],
)
def test_a_claim_that_denies_is_nowhere_called_as_if_it_affirmed(client: TestClient, address: str, place: str) -> None:
    text = client.get(address, headers=BROWSER).text
    shown = re.findall(place, text)
    assert shown
    assert len(re.findall(DENIAL.format(place), text)) == len(shown)


def test_a_claim_that_affirms_is_not_marked(client: TestClient) -> None:
    text = client.get("/claims/abe-2014-02", headers=BROWSER).text
    assert "<h1>abe-2014-02: " in text
    assert "<title>denies" not in text


@pytest.mark.parametrize(
    "address", ["/claims/abe-2014-03", "/disagreements/a1-only-approved-drug-2014", "/sources/abe-2014"]
)
def test_what_is_no_treatment_has_no_panel_of_evidence(client: TestClient, address: str) -> None:
    assert "panel-evidence-summary" not in client.get(address, headers=BROWSER).text
    assert "panel-evidence-summary" in client.get("/drugs/edaravone", headers=BROWSER).text


def test_a_line_of_time_is_shown_to_its_end_area_by_area(client: TestClient) -> None:
    question = "/queries/regulation-of-a-drug-in-time"
    items = client.get(question, params={"drug": "edaravone"}).json()["items"]
    assert len(items) > ROWS_SHOWN_MAX
    told: dict[str, dict[tuple[str, str], set[str]]] = {}
    for item in items:
        event = (item["day"], item["eventLabel"])
        told.setdefault(item["jurisdictionLabel"], {}).setdefault(event, set()).add(item["source"])
    assert len(told) > 2
    assert max(len(sources) for events in told.values() for sources in events.values()) > 1
    shown = {
        unescape(area): {
            (day, event): unescape(rest)
            for day, event, rest in re.findall(
                r'class="day">([^<]+)</b> <strong>([^<]+)</strong>(.*?)</li>', line, re.S
            )
        }
        for area, line in lines_of_time(client, "/drugs/edaravone")
    }
    # Each event once, in the order of the question, with everybody who tells of it.
    assert {area: list(events) for area, events in shown.items()} == {
        area: list(events) for area, events in told.items()
    }
    assert all(source in shown[area][event] for area in told for event in told[area] for source in told[area][event])
    assert list(shown) == sorted(shown, key=str.casefold)


def test_an_event_that_sources_date_differently_leads_to_their_disagreement(client: TestClient) -> None:
    link = 'href="/disagreements/radicava-in-canada-2018-or-2019"'
    events = [
        (area, re.findall(r'class="day">(\d+)', event))
        for area, line in lines_of_time(client, "/drugs/edaravone")
        for event in line.split("</li>")
        if link in event
    ]
    assert events == [("Canada", ["2018"]), ("Canada", ["2019"])]


def lines_of_time(client: TestClient, address: str) -> list[tuple[str, str]]:
    """The lines of time of a page, each with what it is of."""
    text = client.get(address, headers=BROWSER).text
    return re.findall(r'<h3>([^<]+)</h3>\s*<ol class="timeline">(.*?)</ol>', text, re.DOTALL)


EARLIER = [
    "/drugs/baclofen",
    "/claims/abe-2014-03",
    "/sources/seed-001",
    "/disagreements/a6-wording-of-the-glutamate-mechanism",
    "/drugs?limit=2",
    "/drugs/riluzole/adverse-effects",
    "/mappings",
    VIEW_OF_A_CELL,
    "/search?q=rilu",
    "/queries/drugs-for-a-symptom?symptom=muscle-spasticity",
    "/vocabularies",
    "/ontology",
    "/ontology/relieves",
    "/graph",
    "/sparql",
    "/",
]
OF_THE_PRESENT = ("/changes", "/curate", "/docs", "/openapi.json")


@pytest.mark.parametrize("address", EARLIER)
def test_a_page_of_an_earlier_revision_says_so_and_stays_there(client: TestClient, address: str) -> None:
    then = client.get(f"{address}{'&' if '?' in address else '?'}revision=1", headers=BROWSER).text
    assert "This is the graph as of revision 1." in then
    out = f'<a href="{escape(address)}" rel="latest-version">Go to the present</a>'
    assert then.count(out) == 1
    links = {unescape(link) for link in re.findall(r'<a [^>]*?href="(/[^"]*)"', then.replace(out, ""))}
    assert len(links) > 10
    astray = {link for link in links if parse_qs(urlsplit(link).query).get("revision") != ["1"]}
    assert {link for link in astray if not link.startswith(OF_THE_PRESENT)} == set()
    assert {"/changes", "/curate", "/docs"} <= astray
    assert not any(link.startswith(("/curate/", *OF_THE_PRESENT)) for link in links - astray)
    forms = re.findall(r'<form [^>]*method="get"[^>]*>(<input [^>]*>)?', then)
    assert set(forms) == {'<input type="hidden" name="revision" value="1">'}
    now = client.get(address, headers=BROWSER).text
    assert "This is the graph as of" not in now
    assert "revision=" not in now


@pytest.mark.parametrize("address", ["/drugs/baclofen", "/claims/abe-2014-03"])
def test_a_page_of_an_earlier_revision_offers_no_change(client: TestClient, address: str) -> None:
    assert re.findall(r'href="/curate/\w+', client.get(address, headers=BROWSER).text)
    assert not re.findall(r'href="/curate/\w+', client.get(f"{address}?revision=1", headers=BROWSER).text)


def test_what_tells_of_the_present_does_not_call_itself_earlier(client: TestClient) -> None:
    assert "This is the graph as of" not in client.get("/docs?revision=1", headers=BROWSER).text


def test_a_link_that_stays_at_a_revision_is_still_what_it_was() -> None:
    text = '<a class="x" href="/queries/x?a=b&#39;c&amp;d=e#f">x</a> <a href="https://e.org/x">y</a>'
    there = '<a class="x" href="/queries/x?a=b&#x27;c&amp;d=e&amp;revision=3#f">x</a> <a href="https://e.org/x">y</a>'
    assert staying_at(3, text) == there
    assert staying_at(4, there) == there


def test_a_thing_shows_both_sides_of_what_is_disagreed_about_it(client: TestClient) -> None:
    text = client.get("/drugs/riluzole", headers=BROWSER).text
    panel = text[text.index('id="panel-disagreements-about"') :].partition("</section>")[0]
    assert "(Bensimon 1994)" in panel
    assert "denies: riluzole slows decline in muscle strength (Cochrane review of riluzole (2012))" in panel
    # A side of many claims opens where it stands.
    assert re.search(r'<details class="fold"><summary><span[^>]*>other side:</span> [^<]* …</summary>', panel)


def test_claims_of_one_place_stand_in_the_order_of_their_numbers(client: TestClient) -> None:
    text = client.get("/sources/seed-001", headers=BROWSER).text
    rows = re.findall(r"<tr><td>([^<]*)</td><td><a [^>]*>(S1-\d+)</a></td>", text)
    of_a_place: dict[str, list[str]] = {}
    for place, notation in rows:
        of_a_place.setdefault(place, []).append(notation)
    assert max(map(len, of_a_place.values())) > 2
    assert [notations for notations in of_a_place.values() if notations != sorted(notations)] == []


@pytest.mark.parametrize("asked", ["", "?predicate=dealsWith", "?predicate=dealsWith&kind=devices"])
def test_every_filter_that_a_mapping_offers_leaves_as_many_statements_as_it_says(
    client: TestClient, asked: str
) -> None:
    text = client.get(f"/mappings/thing-symptom{asked}", headers=BROWSER).text
    offered = re.findall(r'<select name="(\w+)">(.*?)</select>', text, re.DOTALL)
    assert [name for name, _ in offered] == ["predicate", "kind", "certainty", "stance", "source"]
    given = dict(parse_qsl(asked.removeprefix("?")))
    for name, options in offered:
        found = re.findall(r'<option value="([^"]+)"[^>]*>[^<]* \((\d+)\)</option>', options)
        assert found
        # Each list has very many in common with the next ones of it; the ends do.
        for value, count in (found[0], found[-1]):
            asked_for = {**given, name: value, "format": "json"}
            assert client.get("/mappings/thing-symptom", params=asked_for).json()["total"] == int(count) > 0


def test_a_filter_that_leaves_nothing_stays_chosen(client: TestClient) -> None:
    text = client.get("/mappings/drug-symptom?certainty=demonstrated&stance=denied", headers=BROWSER).text
    assert "Nothing is stated that fits." in text
    assert re.findall(r'<option value="(\w+)" selected>', text) == ["demonstrated", "denied"]


def test_the_call_on_the_page_of_a_mapping_can_be_run_as_it_stands(client: TestClient) -> None:
    text = client.get(VIEW_OF_A_CELL, headers=BROWSER).text
    assert f"'http://testserver{VIEW_OF_A_CELL.replace('&', '&amp;')}'" in text


def test_a_bar_says_what_was_stated_and_what_it_is_compared_with(client: TestClient) -> None:
    bars = {
        drug: set(re.findall(r"</svg><span>([^<]+)</span>", client.get(f"/drugs/{drug}", headers=BROWSER).text))
        for drug in ("riluzole", "edaravone")
    }
    assert {"at least 5 % with it", "about 50 % with it"} <= bars["riluzole"]
    assert "5 % with it" not in bars["riluzole"]
    assert {"15 % with it", "9 % placebo or control"} <= bars["edaravone"]


def test_a_bound_looks_like_no_measured_rate_and_no_scale_is_told_where_there_are_no_bars(client: TestClient) -> None:
    rows = panel_on(client, "/drugs/riluzole", "rates-of-adverse-effects").split('<div class="bar-row">')[1:]
    assert {"at least" in row for row in rows} == {True, False}
    assert [row for row in rows if ('class="open"' in row) != ("at least" in row)] == []
    # One that is at the end of the scale would look as if it were measured there.
    for drug in ("riluzole", "tofersen"):
        places = re.findall(
            r'class="open" x="([^%]+)%"', panel_on(client, f"/drugs/{drug}", "rates-of-adverse-effects")
        )
        assert places
        assert max(map(float, places)) <= 80
    without = panel_on(client, "/drugs/baclofen", "rates-of-adverse-effects")
    assert "<svg" not in without
    assert "A bar" not in without


def test_every_effect_stands_on_the_page(client: TestClient) -> None:
    items = client.get("/queries/rates-of-adverse-effects?drug=riluzole").json()["items"]
    assert len({item["effectLabel"] for item in items}) > ROWS_SHOWN_MAX
    panel = panel_on(client, "/drugs/riluzole", "rates-of-adverse-effects")
    assert [item["effectLabel"] for item in items if f">{item['effectLabel']}</a>" not in panel] == []


@pytest.mark.parametrize(
    ("question", "collection"), [("interactions-of-a-drug", "interactions"), ("stop-rules-of-a-drug", "stop-rules")]
)
def test_a_card_has_each_thing_once_and_says_how_many_rows_the_question_has(
    client: TestClient, question: str, collection: str
) -> None:
    linked = client.get("/drugs/riluzole?linked=true", headers={"Accept": "application/json"}).json()["linked"]
    rows = client.get(f"/queries/{question}?drug=riluzole").json()["items"]
    panel = panel_on(client, "/drugs/riluzole", question)
    assert len(linked[collection]) < len(rows)
    assert f'<span class="count">{len(linked[collection])}</span>' in panel
    assert f"({len(rows)} rows)" in panel


@pytest.mark.parametrize("question", ["rates-of-adverse-effects", "doses-of-a-drug", "stop-rules-of-a-drug"])
def test_a_source_that_a_panel_names_is_a_link_to_it(client: TestClient, question: str) -> None:
    assert 'href="/sources/us-label-riluzole">US label of riluzole</a>' in panel_on(client, "/drugs/riluzole", question)


def panel_on(client: TestClient, address: str, question: str) -> str:
    """The panel of a question on a page."""
    text = client.get(address, headers=BROWSER).text
    return text[text.index(f'id="panel-{question}"') :].partition("</section>")[0]


def test_an_event_that_ends_something_has_another_mark_than_one_that_begins_it(
    client: TestClient, kg: KnowledgeGraph
) -> None:
    panel = panel_on(client, "/drugs/amx0035", "regulation-of-a-drug-in-time")
    marks = dict(re.findall(r'<li class="(\w+)".*?</b> <strong>([^<]+)', panel))
    assert set(marks) == {"begins", "ends", "neither"}
    for mark, event in re.findall(r'<li class="(\w+)".*?</b> <strong>([^<]+)', panel):
        (kind,) = subjects(kg.store, RDFS + "label", ox.Literal(event, language="en"))
        ends, begins = (any(kg.store.match(kind, ALS + path)) for path in ("endsStatus", "beginsStatus"))
        assert mark == ("ends" if ends else "begins" if begins else "neither"), event
    # What happened to is a link, too.
    assert re.search(r'<a href="/drug-products/[^"]+">Albrioza</a>', panel)


def test_what_has_ended_everywhere_is_said_at_the_head_of_the_page(client: TestClient) -> None:
    head = client.get("/drugs/amx0035", headers=BROWSER).text.partition('class="panels"')[0]
    assert "Canada: withdrawal from the market (2024-04-04)" in head
    assert "United States: end of the authorisation (2025-08-29)" in head
    # One of its applications was withdrawn, and it is licensed elsewhere.
    assert "What began has ended" not in client.get("/drugs/edaravone", headers=BROWSER).text
    # It was refused twice: what never began doesn't end.
    assert "What began has ended" not in client.get("/drugs/masitinib", headers=BROWSER).text


def test_a_page_lists_its_parts_from_the_top_and_evidence_stands_before_harms_and_rules(client: TestClient) -> None:
    text = client.get("/drugs/riluzole", headers=BROWSER).text
    parts = re.findall(r'<li><a href="#([^"]+)">[^<]+</a>', text)
    # Once for a wide window and once for a narrow one.
    half = len(parts) // 2
    assert parts[:half] == parts[half:]
    places = [text.index(f'id="{part}"') for part in parts[:half]]
    assert places == sorted(places)
    panels = [part.removeprefix("panel-") for part in parts[:half] if part.startswith("panel-")]
    assert panels[:2] == ["regulation-of-a-drug-in-time", "evidence-summary"]
    assert {"stated", "incoming"} <= set(parts)


def test_what_most_is_said_of_is_folded_with_its_count(client: TestClient) -> None:
    text = client.get("/drugs/riluzole", headers=BROWSER).text
    group = text[text.index(">causes adverse effect<") :].partition("</section>")[0]
    (count,) = re.findall(r'<span class="count">(\d+)</span></h3>', group)
    assert group.count('<li class="statement') == int(count) > 6
    assert f"<summary>{int(count) - 6} more</summary>" in group


CONTESTED = "/propositions/riluzole-is-discontinued-if-lack-of-clear-benefit-once-a-reasonable-trial-is-ove-fe7772a7"


def test_a_contested_statement_shows_who_says_it_beside_who_denies_it(client: TestClient) -> None:
    text = client.get(CONTESTED, headers=BROWSER).text
    claims = client.get(CONTESTED).json()["stated"]["claims"]
    assert {claim["side"] for claim in claims} == {"for", "against"}
    assert '<span class="pill contested">contested</span>' in text
    for claim in claims:
        start = text.index(f'id="side-{claim["side"]}"')
        side = text[start : text.index("</section>", start)]
        assert f'href="{urlsplit(claim["source"]).path.removeprefix("/alskg")}"' in side
        assert all(str(claim[key]) in side for key in ("locator", "certainty", "sourceDate", "notation"))
        assert claim["verification"].replace("-", " ") in side
    assert ">states <" not in text


def test_a_statement_shows_when_a_source_without_a_date_was_read(client: TestClient) -> None:
    (row,) = client.get("/mappings/drug-symptom?source=seed-002&subject=baclofen").json()["items"]
    assert (
        f"read {row['claims'][0]['sourceSeenOn']}"
        in client.get(urlsplit(row["id"]).path.removeprefix("/alskg"), headers=BROWSER).text
    )


def test_a_list_shows_both_sides_and_offers_the_words_that_narrow_it_down(client: TestClient) -> None:
    second = client.get("/disagreements?verdict=tension&limit=5").json()["next"]
    assert "cursor=" in second
    text = client.get(second, headers=BROWSER).text
    assert "one side:" in text
    assert "other side:" in text
    choices = text[text.index("Narrow it down") :].partition("</details>")[0]
    links = [unescape(link) for link in re.findall(r'href="([^"]+)"', choices)]
    assert "/disagreements?verdict=tension&limit=5&resolutionStatus=open" in links
    # What is chosen is taken away by its own link.
    assert re.search(r'aria-current="true" href="/disagreements\?limit=5">tension', choices)
    assert {client.get(link).status_code for link in links} == {200}
    assert "Narrow it down" not in client.get("/drugs", headers=BROWSER).text


def test_a_head_stands_over_its_numbers(client: TestClient) -> None:
    panel = panel_on(client, "/drugs/riluzole", "evidence-by-outcome")
    assert '<th scope="col" class="number">studies</th>' in panel
    assert '<th scope="col">verdict</th>' in panel


def test_an_effect_without_a_rate_stands_among_the_bars_without_one(client: TestClient) -> None:
    text = client.get("/drugs/tofersen", headers=BROWSER).text
    panel = text[text.index('id="panel-rates-of-adverse-effects"') :].partition("</section>")[0]
    rows = {row.partition("</a>")[0].rpartition(">")[2]: row for row in panel.split('<div class="bar-row">')[1:]}
    assert "<svg" in rows["pain"]
    assert "<svg" not in rows["myelitis"]
    assert "A serious one" in rows["myelitis"]


def test_a_thing_as_a_table_has_one_row_for_each_statement_about_it(client: TestClient) -> None:
    assert "/drugs/edaravone?format=csv" in client.get("/drugs/edaravone", headers=BROWSER).text
    answer = client.get("/drugs/edaravone?format=csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    body = client.get("/drugs/edaravone").json()
    those = [*body["statements"], *body["statedAbout"]]
    assert [row["proposition"] for row in rows] == [one["id"] for one in those]
    assert [(row["predicateLabel"], row["stance"], row["certainties"], row["against"]) for row in rows] == [
        (one["predicate"]["label"], one["stance"], "|".join(one["certainties"]), str(one["against"])) for one in those
    ]
    assert all(row["sources"] and row["objectLabel"] for row in rows)
    assert len(client.get("/claims/abe-2014-03?format=tsv").text.splitlines()) == 2


def test_a_file_of_this_version_is_kept_for_good(client: TestClient) -> None:
    answer = client.get(asset("alskg.css"))
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    other = client.get(asset("alskg.css").replace(version(), "0" * 12))
    assert other.headers["cache-control"] == "no-cache"
    assert other.content == answer.content


def test_a_file_comes_compressed_to_whoever_takes_that(client: TestClient) -> None:
    plain = client.get(asset("alskg.js"), headers={"Accept-Encoding": "identity"})
    packed = client.get(asset("alskg.js"), headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content
    assert int(packed.headers["content-length"]) < len(plain.content) / 2


@pytest.mark.parametrize(
    "name", ["../pages.py", "..%2Fpages.py", "%2e%2e/pages.py", "vendor/manifest.json", "vendor", "", "nothing.css"]
)
def test_only_files_for_pages_are_given_out(client: TestClient, name: str) -> None:
    assert client.get(f"/static/{version()}/{name}").status_code == 404


@pytest.mark.parametrize(
    ("address", "field"), [("/jurisdictions/united-states", "jurisdiction"), ("/therapies/placebo", "comparedWith")]
)
def test_what_links_to_a_thing_can_be_seen_to_the_last(client: TestClient, address: str, field: str) -> None:
    text = client.get(address, headers=BROWSER).text
    more = re.findall(r"and (\d+) more. All of them: (.*?)</p>", text)
    for _, links in more:
        for url, count in re.findall(r'<a href="([^"]+)">(\d+) ', links):
            assert client.get(unescape(url), headers={"Accept": "application/json"}).json()["total"] == int(count)
    assert any(f"{field}=" in links for _, links in more)
    assert all(sum(map(int, re.findall(r">(\d+) ", links))) == 60 + int(rest) for rest, links in more)


def test_what_is_wrong_with_a_parameter_is_said_once(client: TestClient) -> None:
    text = client.get("/search?q=", headers=BROWSER).text
    assert text.count("it is required") == 1
    assert client.get("/drugs?x=1&y=2", headers=BROWSER).text.count("<li><code>") == 0
    text = client.get("/search?q=&limit=0", headers=BROWSER).text
    assert text.count("<li><code>") == 2


@pytest.mark.parametrize(
    ("wish", "first"),
    [
        ("rilu", "/drugs/riluzole"),
        ("ril", "/drugs/riluzole"),
        ("edar", "/drugs/edaravone"),
        ("Rilutek", "/drug-products/rilutek"),
        ("spasticity", "/phenotypes/muscle-spasticity"),
        ("riluzol", "/drugs/riluzole"),
        ("edarovone", "/drugs/edaravone"),
    ],
)
def test_what_most_is_known_of_is_found_first(client: TestClient, wish: str, first: str) -> None:
    hits = [hit for group in client.get(f"/search?q={wish}&limit=8").json()["groups"] for hit in group["items"]]
    assert hits[0]["url"] == first


def test_a_thing_of_which_several_names_begin_so_is_found_by_the_one_that_it_goes_by(client: TestClient) -> None:
    groups = client.get("/search?q=rilu&collection=drugs").json()["groups"]
    assert (groups[0]["items"][0]["matched"], groups[0]["items"][0]["label"]) == ("riluzole", "riluzole")


def test_closed_lists_show_their_words_and_files_their_names(client: TestClient) -> None:
    lists = client.get("/vocabularies", headers=BROWSER).text
    assert '<a class="pill" href="/vocabularies/certainties/hedged">hedged</a>' in lists
    for one in client.get("/vocabularies").json()["items"]:
        for name, label in one["concepts"].items():
            assert f'href="{one["id"].removeprefix(BASE[:-1])}/{name}">{escape(label)}</a>' in lists
    files = client.get("/dumps", headers=BROWSER).text
    shown = re.findall(r'<a href="(/dumps/[^"]+)" download>', files)
    assert shown == [item["url"] for item in client.get("/dumps").json()["items"]]
    assert '<a href="/dumps">' in client.get("/", headers=BROWSER).text


@pytest.mark.parametrize(("name", "said"), [("seed-001", "review: human review pending"), ("abe-2014", "not recorded")])
def test_a_source_says_how_far_its_review_is_and_that_of_each_claim(client: TestClient, name: str, said: str) -> None:
    text = client.get(f"/sources/{name}", headers=BROWSER).text
    pills = text[text.index('<p class="pills">') :].partition("</p>")[0]
    assert said in pills
    table = text[text.index('aria-label="Its claims"') :].partition("</table>")[0]
    assert '<th scope="col">Review</th>' in table
    claims = client.get(f"/claims?source={name}&fields=verification&limit=500").json()["items"]
    reviews = re.findall(r"<td>([^<]*)</td></tr>", table)
    assert sorted(reviews) == sorted(claim["verification"]["label"] for claim in claims)


def test_the_ontology_has_a_page_with_every_class_and_property(client: TestClient, kg: KnowledgeGraph) -> None:
    text = unescape(client.get("/ontology", headers=BROWSER).text)
    for class_ in kg.schema.classes.values():
        assert f'<a href="/ontology/{class_.name}">{class_.label}</a>' in text
        assert class_.definition in text
    for predicate in kg.schema.predicates.values():
        row = text[text.index(f'<td><a href="/ontology/{predicate.name}">') :].partition("</tr>")[0]
        assert predicate.definition in row
        assert all(f'href="{href(end)}"' in row for end in (*predicate.domains, *predicate.ranges))
    assert {"format=turtle", "format=jsonld"} <= set(re.findall(r"format=\w+", text))


def test_the_whole_graph_has_a_page_that_says_what_it_holds(client: TestClient, kg: KnowledgeGraph) -> None:
    text = client.get("/graph", headers=BROWSER).text
    assert f"{sum(1 for _ in kg.store.match()):,} triples" in text
    listed = re.findall(r'<a href="/graphs\?graph=([^"]+)">[^<]*</a></td><td class="number">([\d,]+)<', text)
    counted = {unquote(name): int(count.replace(",", "")) for name, count in listed}
    assert list(counted) == kg.store.graphs()
    assert all(count == sum(1 for _ in kg.store.match_in(name)) for name, count in list(counted.items())[:5])
    assert 'href="https://creativecommons.org/licenses/by/4.0/" rel="license"' in text
    ways = re.findall(r'<a href="/graph\?format=(\w+)" rel="alternate">', text)
    assert ways == ["turtle", "ntriples", "rdfxml", "jsonld", "trig", "nquads"]


@pytest.mark.parametrize("address", ["/ontology", "/graph"])
def test_who_wishes_for_no_page_gets_turtle(client: TestClient, address: str) -> None:
    for accept in ("*/*", ""):
        answer = client.head(address, headers={"Accept": accept})
        assert answer.headers["content-type"] == "text/turtle; charset=utf-8"


@pytest.mark.parametrize(
    ("address", "said", "without"),
    [
        ("/mappings/drug-symptom?asOf=banana&stance=denied", "asOf: a day is written 2017-05-05", "?stance=denied"),
        ("/mappings/drug-symptom?asOf=2017-02-30", "asOf: there is no such day", ""),
        ("/drugs?limit=many", "limit: write a whole number", ""),
        ("/drugs?limit=0&id=riluzole", "limit: write a number that is 1 or more", "?id=riluzole"),
        ("/drugs?request=x", "request: drugs have no such filter", ""),
        ("/mappings/drug-symptom?stance=sure", "stance: write &#39;affirmed&#39;", ""),
    ],
)
def test_a_page_says_what_to_write_in_place_of_what_is_wrong_and_leads_on_without_it(
    client: TestClient, address: str, said: str, without: str
) -> None:
    answer = client.get(address, headers=BROWSER)
    assert answer.status_code == 422
    assert said in answer.text
    assert "openapi.json" not in answer.text.partition("<footer")[0]
    way = re.findall(r'<a class="button main" href="([^"]+)">Ask without', answer.text)
    assert way == [f"{address.partition('?')[0]}{without}"]
    assert client.get(way[0], headers=BROWSER).status_code == 200


@pytest.mark.parametrize("given", ["", "?symptom=", "?symptom=nothing-of-the-kind", "?frequency=daily"])
def test_a_question_that_lacks_what_it_asks_for_has_its_form_beside_the_message(client: TestClient, given: str) -> None:
    answer = client.get(f"/queries/drugs-for-a-symptom{given}", headers=BROWSER)
    assert answer.status_code == 422
    assert 'class="flash bad">symptom' in answer.text
    field = re.findall(r'<input name="symptom" value="([^"]*)" placeholder="[^"]+" required>', answer.text)
    assert field == [given.partition("symptom=")[2]]
    assert 'name="format"' not in answer.text
    # Without it there is no answer either.
    assert "Ask without" not in answer.text


def test_what_is_lacking_is_told_to_people_and_to_programs_each_in_their_way(client: TestClient) -> None:
    for address in ("/search", "/nowhere"):
        page, document = client.get(address, headers=BROWSER), client.get(address)
        assert "openapi.json" not in page.text.partition("<footer")[0]
        assert "openapi.json" in document.json()["detail"]


def test_what_the_first_page_counts_it_explains_and_the_page_that_it_leads_to_has_as_many(client: TestClient) -> None:
    text = client.get("/", headers=BROWSER).text
    figures = re.findall(r'<li><a href="([^"]+)"><b>([\d,]+)</b></a><span>([^<]+)</span>', text)
    assert {"disagreements", "contested statement"} <= {label for *_, label in figures}
    explained = dict(re.findall(r"<dt>([^<]+)</dt><dd>([^<]+)</dd>", text))
    for address, count, label in figures:
        assert client.get(address, headers={"Accept": "application/json"}).json()["total"] == int(
            count.replace(",", "")
        )
        assert explained[label]


@pytest.mark.parametrize("address", ["/mappings/drug-outcome", "/mappings/thing-outcome", "/"])
def test_each_property_of_a_picture_has_a_colour_and_a_letter_of_its_own(client: TestClient, address: str) -> None:
    text = client.get(address, headers=BROWSER).text
    legend = re.findall(r'<i class="swatch (k\d+ p\d+)">(\w+)</i>([^<]+)<', text)
    assert len(legend) > 3
    assert len({look for look, *_ in legend}) == len({letter for _, letter, _ in legend}) == len(legend)
    assert max(int(look.partition(" p")[2]) for look, *_ in legend) <= PATTERNS
    css = client.get(asset("alskg.css")).text
    assert all(f".{name} {{" in css for look, *_ in legend for name in look.split() if name != "p0")
    cells = re.findall(
        r'class="(k\d+ p\d+)"[^>]* aria-label="[^"]+">.*?<span class="letters">([^<]+)</span>', text, re.DOTALL
    )
    letter_of = {look: letter for look, letter, _ in legend}
    assert cells
    assert all(letter_of[look] in letters.split() for look, letters in cells)


def test_letters_go_on_after_the_last_one() -> None:
    assert [letter(place) for place in (0, 25, 26, 51, 52)] == ["A", "Z", "AA", "AZ", "BA"]


@pytest.mark.parametrize(
    ("stances", "whole"),
    [
        (["affirmed"], "affirmed"),
        (["affirmed", "denied"], "contested"),
        (["contested", "affirmed"], "contested"),
        (["affirmed", "inferred"], "affirmed"),
        (["denied", "inferred"], "denied"),
        (["inferred"], "inferred"),
    ],
    ids=str,
)
def test_a_cell_is_contested_only_where_some_affirm_and_some_deny(stances: list[str], whole: str) -> None:
    assert stance_within(stances) == whole


@pytest.mark.parametrize("address", ["/disagreements", "/disagreements/a6-wording-of-the-glutamate-mechanism"])
def test_a_verdict_leads_to_what_it_means(client: TestClient, address: str) -> None:
    text = client.get(address, headers=BROWSER).text
    leads = re.search(r'<a class="pill contested" href="(/vocabularies/[^"]+)">compatible</a>', text)
    assert leads
    assert f"<{SKOS}definition>" in client.get(leads[1], headers={"Accept": "application/n-triples"}).text


def test_a_question_that_a_text_names_is_a_link_to_it(client: TestClient) -> None:
    link = re.compile(r'<a href="(/queries/events-without-a-day[^"]*)"><code>events-without-a-day</code></a>')
    for address in ("/queries/licensed-at?date=2024-04-05", "/queries"):
        text = client.get(address, headers=BROWSER).text
        (leads,) = link.findall(text)
        assert client.get(unescape(leads)).status_code == 200
        # What is no question is code all the same.
        assert re.search(r"(?<!>)<code>kind</code>", text)


def test_an_interaction_is_headed_with_what_a_drug_is_combined_with(client: TestClient) -> None:
    text = client.get("/drugs/amx0035", headers=BROWSER).text
    panel = text[text.index('id="panel-interactions-of-a-drug"') :].partition("</section>")[0]
    heads = re.findall(r"<strong>(?:<a[^>]*>)?([^<]+)", panel)
    assert {"riluzole", "tizanidine", "probenecid"} <= set(heads)
    assert "AMX0035" not in heads
    # Which of the two acts is said where that isn't the one of the heading.
    riluzole, other = (panel[panel.index(f">{drug}<") :].partition("</li>")[0] for drug in ("riluzole", "probenecid"))
    assert re.search(r"precipitant:</span>\s*AMX0035", riluzole)
    assert "precipitant:" not in other
