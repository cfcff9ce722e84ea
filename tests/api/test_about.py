"""What the house says of itself, and how a thing is found whose address isn't known."""

import keyword
import re
from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema_rs
import pyoxigraph as ox
import pytest
from starlette.testclient import TestClient

from alskg import __version__
from alskg.knowledge_graph import KnowledgeGraph
from alskg.media import GRAPH, Format
from alskg.members import are_told
from alskg.names import STATE_GRAPH, local_name

from ..extent import extent, sampled

BASE = "https://w3id.org/alskg/"
VOID = "http://rdfs.org/ns/void#"

Body = Mapping[str, Any]


def body_of(client: TestClient, path: str, accept: str = "application/json") -> Body:
    answer = client.get(path, headers={"Accept": accept})
    assert answer.status_code == 200, answer.text
    found: Body = answer.json()
    return found


@pytest.fixture(scope="session")
def openapi(client: TestClient) -> Body:
    return body_of(client, "/openapi.json")


# Home and health


def test_home_shows_every_door_and_collection(client: TestClient, kg: KnowledgeGraph) -> None:
    home = body_of(client, "/")
    assert "not medical advice" in home["notice"]
    assert {item["url"] for item in home["collections"]} == {f"/{name}" for name in kg.schema.collections}
    for door in home["doors"].values():
        address = door + "riluzole" if door.endswith("=") else door
        # Proposals are told to whoever may make some.
        assert client.get(address).status_code == (401 if door == "/proposals" else 200)
    for item in home["collections"]:
        assert item["definition"]
    page = client.get("/", headers={"Accept": "text/html"})
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert 'href="/drugs"' in page.text


def test_health_says_what_is_up(client: TestClient) -> None:
    health = body_of(client, "/health")
    assert (health["status"], health["version"], health["revision"]) == ("ok", __version__, 1)
    assert "not medical advice" in health["notice"]


# OpenAPI

METHODS = {"get", "post", "put", "patch", "delete"}


def operations(openapi: Body) -> Iterator[tuple[str, str, Body]]:
    for path, item in openapi["paths"].items():
        assert set(item) <= METHODS
        for method, operation in item.items():
            yield path, method, operation


def resolved(openapi: Body, node: Body) -> Body:
    while "$ref" in node:
        found: Any = openapi
        for step in node["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        node = found
    return node


def references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        yield from ([node["$ref"]] if "$ref" in node else [])
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def test_every_route_is_described(client: TestClient, kg: KnowledgeGraph, openapi: Body) -> None:
    assert openapi["openapi"].startswith("3.1")
    expected = {"/", "/health", "/search", "/graph", "/sparql", "/queries", "/mappings", "/mappings/{name}"}
    expected |= {f"/{name}" for name in kg.schema.collections}
    expected |= {f"/{name}/{{name}}" for name in kg.schema.collections}
    expected |= {f"/queries/{name}" for name in kg.queries}
    assert expected <= set(openapi["paths"])
    assert set(openapi["paths"]["/sparql"]) == {"get", "post"}


def test_every_reference_leads_somewhere_and_every_component_is_used(openapi: Body) -> None:
    found = set(references(openapi))
    for reference in found:
        assert resolved(openapi, {"$ref": reference})
    components = {f"#/components/{kind}/{name}" for kind, named in openapi["components"].items() for name in named}
    assert found == components


def test_every_schema_is_one(openapi: Body) -> None:
    for schema in openapi["components"]["schemas"].values():
        jsonschema_rs.meta.validate(schema)


def test_every_operation_has_a_name_that_a_client_can_use(openapi: Body) -> None:
    names = [operation["operationId"] for _, _, operation in operations(openapi)]
    assert len(names) == len(set(names))
    assert [name for name in names if not name.isidentifier() or keyword.iskeyword(name) or name != name.lower()] == []
    assert {"list_drugs", "get_drug", "list_neighbours_of_drug", "get_mapping", "ask_sparql", "search"} <= set(names)


def test_every_parameter_is_described(openapi: Body) -> None:
    for path, method, operation in operations(openapi):
        parameters = [resolved(openapi, parameter) for parameter in operation["parameters"]]
        places = [(p["name"], p["in"]) for p in parameters]
        assert len(places) == len(set(places)), (path, method)
        in_path = set(re.findall(r"{(\w+)}", path))
        assert {p["name"] for p in parameters if p["in"] == "path"} == in_path
        assert [p["name"] for p in parameters if p["in"] == "query" and not p.get("description")] == []
        assert [p["name"] for p in parameters if {"type": "null"} in p["schema"].get("anyOf", [])] == []
        assert operation["summary"]


def test_what_an_operation_can_not_do_without_has_an_example_that_can_be_run(client: TestClient, openapi: Body) -> None:
    shared = openapi["components"]["parameters"]
    lacking = []
    for path in ("/mappings/{name}", "/queries/drugs-for-a-symptom"):
        operation = openapi["paths"][path]["get"]
        named = [shared[local_name(parameter["$ref"])] for parameter in operation["parameters"]]
        given = {one["name"]: one.get("example", "") for one in named if one.get("required")}
        address = path.replace("{name}", given.pop("name", ""))
        lacking += [path] if client.get(address, params=given).status_code != 200 else []
        assert [one["name"] for one in named if "example" in one and not one.get("required")] == []
    assert lacking == []


def test_every_answer_is_described(openapi: Body) -> None:
    for path, method, operation in operations(openapi):
        responses = {int(status): resolved(openapi, r) for status, r in operation["responses"].items()}
        assert {200, 406, 422} <= set(responses), (path, method)
        assert ("{name}" in path or "{curie}" in path) <= (404 in responses), path
        assert responses[200]["content"], path
        for status, response in responses.items():
            assert response["description"]
            if status >= 400:
                (media_type,) = response["content"]
                assert media_type == "application/problem+json"
                assert response["content"][media_type]["schema"] == {"$ref": "#/components/schemas/Problem"}


def test_the_filters_of_a_class_are_described(openapi: Body, kg: KnowledgeGraph) -> None:
    scope = [local_name(iri) for iri in kg.schema.scope_properties]
    for name, class_ in kg.schema.collections.items():
        operation = openapi["paths"][f"/{name}"]["get"]
        parameters = {resolved(openapi, p)["name"] for p in operation["parameters"]}
        stated = {predicate.name for predicate in kg.schema.stated_of[class_.iri]}
        assert parameters == {
            "limit",
            "cursor",
            "format",
            "output",
            "fields",
            "id",
            "xref",
            "revision",
            *class_.fields,
            *stated,
            *(["asOf", "certainty", "minEvidence", "source", *scope] if stated or are_told(class_) else []),
        }


@pytest.mark.parametrize(
    ("path", "marked", "unmarked"),
    [
        ("/mappings/{name}", {"asOf", "stance"}, {"name", "subject", "revision"}),
        ("/drugs", {"limit"}, {"revision"}),
        ("/drugs/{name}/{related}", {"limit"}, {"name", "related", "revision"}),
        ("/search", {"limit"}, {"q", "revision"}),
        ("/queries/frequent-adverse-effects", set(), {"drug", "revision"}),
        ("/graphs", set(), {"default", "graph"}),
        ("/sparql", set(), {"query", "format"}),
    ],
)
def test_what_counts_as_not_given_when_it_is_empty_is_described_where_its_schema_says_otherwise(
    openapi: Body, path: str, marked: set[str], unmarked: set[str]
) -> None:
    parameters = {p["name"]: p for p in (resolved(openapi, p) for p in openapi["paths"][path]["get"]["parameters"])}
    found = {name for name, parameter in parameters.items() if parameter.get("allowEmptyValue")}
    assert (marked - found, found & unmarked, unmarked - parameters.keys()) == (set(), set(), set())
    # An empty text keeps to the schema of all others that may be left out.
    assert all(parameters[name]["schema"] != {"type": "string"} for name in found)


def test_the_description_is_not_too_large_to_read(client: TestClient) -> None:
    """It is read by programs that generate clients; what operations share is said once."""
    assert len(client.get("/openapi.json").content) < 1_300_000


# meta


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/search?q=ibudilast",
        "/drugs",
        "/drugs?id=riluzole,nothing",
        "/drugs/riluzole",
        "/drugs/riluzole/symptoms",
        "/symptoms/dysphagia/therapies",
        "/propositions?limit=2",
        "/mappings",
        "/mappings/drug-symptom",
        "/vocabularies",
        "/queries/drugs-for-a-symptom?symptom=muscle-spasticity",
    ],
)
def test_every_answer_about_the_graph_says_where_it_is_from(client: TestClient, openapi: Body, path: str) -> None:
    meta = body_of(client, path)["meta"]
    schema = {"$ref": "#/components/schemas/Meta", "components": openapi["components"]}
    jsonschema_rs.validator_for(schema).validate(meta)
    assert meta["revision"] == 1
    assert meta["complete"] is ("nothing" not in path)
    assert "not medical advice" in meta["notice"]
    again = client.get(meta["sparql"], headers={"Accept": "application/sparql-results+json, text/turtle"})
    assert again.status_code == 200, again.text
    if again.headers["content-type"].endswith("json"):
        # An ASK is answered by everything; what stands behind an answer has rows.
        assert isinstance(again.json()["results"]["bindings"], list)
    else:
        assert list(ox.parse(again.content, ox.RdfFormat.TURTLE)) != []


# Descriptions in RDF


@pytest.mark.parametrize("format_", GRAPH, ids=lambda format_: format_.name)
def test_void_counts_what_there_is(client: TestClient, kg: KnowledgeGraph, format_: Format) -> None:
    answer = client.get("/.well-known/void", headers={"Accept": format_.media_type})
    assert answer.headers["content-type"].split(";")[0] == format_.media_type
    reader = ox.RdfFormat.from_media_type(format_.media_type)
    assert reader is not None
    found = [quad.triple for quad in ox.parse(answer.content, reader)]
    counted = {t.object for t in found if t.subject.value == BASE + "dataset" and t.predicate.value == VOID + "triples"}
    published = sum(1 for _ in kg.store.match())
    assert counted == {ox.Literal(published)}
    classes = {t.object.value for t in found if t.predicate.value == VOID + "class"}
    assert BASE + "ontology/Drug" in classes


def test_the_context_names_every_class_and_field(client: TestClient, kg: KnowledgeGraph) -> None:
    answer = client.get("/context.jsonld", headers={"Accept": "application/ld+json"})
    assert answer.headers["content-type"] == "application/ld+json"
    terms = answer.json()["@context"]
    for class_ in kg.schema.classes.values():
        assert terms[class_.name] == class_.iri
        assert [name for name in class_.fields if not terms.get(name)] == []
    assert client.get("/context.jsonld", headers={"Accept": "text/html, */*;q=0.1"}).json() == answer.json()


@pytest.mark.parametrize("format_", sampled(GRAPH, 2), ids=lambda format_: format_.name)
def test_the_whole_graph_comes_back_from_a_dump(client: TestClient, kg: KnowledgeGraph, format_: Format) -> None:
    answer = client.get("/graph", headers={"Accept": format_.media_type})
    assert answer.headers["content-type"].split(";")[0] == format_.media_type
    reader = ox.RdfFormat.from_media_type(format_.media_type)
    assert reader is not None
    found = set(ox.parse(answer.content, reader))
    if reader.supports_datasets and format_.name != "jsonld":
        expected = {quad for quad in kg.store.quads if quad.graph_name != ox.NamedNode(STATE_GRAPH)}
    else:
        expected = {ox.Quad(*triple) for triple in kg.store.match()}
    assert len(found) == len(expected)
    assert found == expected


def test_a_dump_says_how_to_cite_it(client: TestClient, kg: KnowledgeGraph) -> None:
    headers = client.get("/graph?format=nt").headers
    assert headers["x-alskg-revision"] == "1"
    for words in ("revision 1", kg.store.state.files_checksum[:16], "CC BY 4.0", BASE, __version__):
        assert words in headers["x-alskg-citation"]
    assert headers["content-disposition"] == 'attachment; filename="alskg-1.nt"'
    links = {link["rel"]: link["url"] for link in client.get("/graph?format=nt").links.values()}
    assert links == {"describedby": "/.well-known/void", "cite-as": BASE}
    assert body_of(client, "/")["cite"] == headers["x-alskg-citation"]


# Search


def hits(client: TestClient, query: str, **more: str) -> list[tuple[str, str]]:
    body = client.get("/search", params={"q": query, **more}).json()
    return [(group["collection"], item["label"]) for group in body["groups"] for item in group["items"]]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("riluzole", ("drugs", "riluzole")),
        ("RILUZOLE", ("drugs", "riluzole")),
        ("rilu", ("drugs", "riluzole")),
        ("riluzoel", ("drugs", "riluzole")),
        ("rilzole", ("drugs", "riluzole")),
        ("Rilutek", ("drug-products", "Rilutek")),
        ("lou gehrig's disease", ("diseases", "amyotrophic lateral sclerosis")),
        ("difficulty swallowing", ("symptoms", "dysphagia")),
        ("spasticity", ("symptoms", "muscle spasticity")),
        ("edarovane", ("drugs", "edaravone")),
        ("amyotrofic latral sclerosis", ("diseases", "amyotrophic lateral sclerosis")),
        ("sclerosis amyotrophic", ("diseases", "amyotrophic lateral sclerosis")),
        ("baclofen", ("drugs", "baclofen")),
    ],
)
def test_a_thing_is_found_by_what_it_is_called(client: TestClient, query: str, first: tuple[str, str]) -> None:
    found = hits(client, query)
    assert first in found
    groups = [collection for collection, _ in found]
    own = [label for collection, label in found if collection == first[0]]
    assert own[0] == first[1]
    assert "propositions" not in groups or groups.index(first[0]) < groups.index("propositions")


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("CHEBI:8863", ("drugs", "riluzole")),
        ("chebi:8863 ", ("drugs", "riluzole")),
        ("N07XX02", ("drugs", "riluzole")),
        ("n07xx02", ("drugs", "riluzole")),
        ("http://purl.obolibrary.org/obo/CHEBI_8863", ("drugs", "riluzole")),
        ("drug:riluzole", ("drugs", "riluzole")),
        ("HP:0001257", ("phenotypes", "muscle spasticity")),
    ],
)
def test_a_thing_is_found_first_by_its_identifier_and_nothing_that_only_looks_like_that(
    client: TestClient, query: str, first: tuple[str, str]
) -> None:
    groups = client.get("/search", params={"q": query}).json()["groups"]
    (collection, label), hit = first, groups[0]["items"][0]
    assert (groups[0]["collection"], hit["label"], hit["by"], hit["matched"]) == (
        collection, label, "identifier", query.strip()
    )  # fmt: skip
    assert {item["label"] for group in groups for item in group["items"] if "by" not in item} <= {label}
    page = client.get("/search", params={"q": query}, headers={"Accept": "text/html"}).text
    assert f"by its identifier {query.strip()}" in page
    within = client.get("/search", params={"q": query, "collection": "sources"}).json()["groups"]
    assert [item for group in within for item in group["items"] if "by" in item] == []


@pytest.mark.parametrize("query", ["trial: riluzole", "NOPE:1", "a:b c"])
def test_what_only_looks_like_an_identifier_is_looked_for_as_a_name(client: TestClient, query: str) -> None:
    assert client.get("/search", params={"q": query}).status_code == 200


def test_a_word_with_three_meanings_finds_all_three(client: TestClient) -> None:
    found = {label for collection, label in hits(client, "weakness") if collection == "phenotypes"}
    assert {"asthenia", "weakness (adverse effect)", "muscle weakness"} <= found


def test_sialorrhea_is_drooling_and_leads_to_excessive_salivation_too(client: TestClient) -> None:
    found = [label for collection, label in hits(client, "sialorrhea") if collection == "phenotypes"]
    assert set(found) == {"drooling", "excessive salivation"}
    asked = "/queries/drugs-for-a-symptom?symptom=sialorrhea"
    assert {row["symptomLabel"] for row in body_of(client, asked)["items"]} == {"drooling"}


def test_what_is_nearly_a_name_scores_less_than_what_begins_so(client: TestClient) -> None:
    begun, near = (
        body_of(client, f"/search?q={query}")["groups"][0]["items"][0] for query in ("edaravon", "edaravonne")
    )
    assert begun["label"] == near["label"] == "edaravone"
    assert begun["score"] > 85 > near["score"]


@pytest.mark.parametrize(
    ("slipped", "named", "is_found"),
    [
        ("edarovane", "edaravone", True),
        ("idarovane", "edaravone", False),
        ("crmps", "muscle cramps", True),
        ("crups", "muscle cramps", False),
    ],
)
def test_longer_words_may_have_two_slips_and_shorter_ones_one(
    client: TestClient, slipped: str, named: str, is_found: bool
) -> None:
    assert (named in {label for _, label in hits(client, slipped, limit="100")}) is is_found


def test_what_has_slips_is_not_told_to_who_made_none(client: TestClient) -> None:
    slipped, right = ([label for _, label in hits(client, wish, limit="100")] for wish in ("radicavo", "radicava"))
    assert {"Radicava", "free radicals"} <= set(slipped)
    assert "Radicava" in right
    assert "free radicals" not in right


@pytest.mark.parametrize("query", ["qqqqqqxx", "zzyzx", "0000000000"])
def test_nonsense_finds_nothing(client: TestClient, query: str) -> None:
    body = body_of(client, f"/search?q={query}")
    assert (body["total"], body["groups"]) == (0, [])
    assert body["meta"]["complete"] is True


def test_a_search_stays_in_the_collections_asked_for(client: TestClient) -> None:
    assert {c for c, _ in hits(client, "riluzole", collection="drugs")} == {"drugs"}
    body = client.get("/search", params={"q": "riluzole", "collection": ["drugs", "drug-products"]}).json()
    assert {group["collection"] for group in body["groups"]} == {"drugs", "drug-products"}


def test_hits_lead_to_their_things(client: TestClient) -> None:
    for group in body_of(client, "/search?q=riluzole&limit=30")["groups"]:
        scores = [item["score"] for item in group["items"]]
        assert scores == sorted(scores, reverse=True)
        for item in group["items"]:
            assert body_of(client, item["url"])["id"] == item["id"]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/search", ["q"]),
        ("/search?q=", ["q"]),
        ("/search?q=%20%2F", ["at least one letter"]),
        ("/search?q=x&limit=0", ["limit"]),
        ("/search?q=x&collection=drgs", ["Did you mean drugs"]),
        ("/search?query=x", ["query", "no such parameter"]),
        ("/search?q=" + "x" * 201, ["q", "200"]),
    ],
)
def test_a_slip_in_a_search_gets_a_clear_problem(client: TestClient, path: str, words: list[str]) -> None:
    answer = client.get(path)
    assert answer.status_code == 422
    assert [word for word in words if word not in answer.json()["detail"]] == []


# Identifiers


@pytest.mark.parametrize(
    ("identifier", "place"),
    [
        ("drug:riluzole", "/drugs/riluzole"),
        ("DRUG:riluzole", "/drugs/riluzole"),
        (BASE + "drugs/riluzole", "/drugs/riluzole"),
        ("CHEBI:8863", "/drugs/riluzole"),
        ("chebi:8863", "/drugs/riluzole"),
        ("http://purl.obolibrary.org/obo/CHEBI_8863", "/drugs/riluzole"),
        ("HP:0001257", "/phenotypes/muscle-spasticity"),
        ("MONDO:0004976", "/diseases/amyotrophic-lateral-sclerosis"),
        ("claim:s1-015", "/claims/s1-015"),
    ],
)
def test_an_identifier_leads_to_its_thing(client: TestClient, identifier: str, place: str) -> None:
    answer = client.get(f"/resolve/{identifier}", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, place)
    assert client.get(f"/resolve/{identifier}").json()["id"] == BASE + place.removeprefix("/")


def test_an_identifier_of_several_things_lists_them(client: TestClient, kg: KnowledgeGraph) -> None:
    matches: dict[str, set[str]] = {}
    for name in ("exact", "close", "broad", "narrow", "related"):
        for triple in kg.store.match(None, f"http://www.w3.org/2004/02/skos/core#{name}Match"):
            subject, target = str(triple.subject.value), str(triple.object.value)  # type: ignore[union-attr]
            if subject.removeprefix(BASE).split("/")[0] in kg.schema.collections:
                matches.setdefault(target, set()).add(subject)
    target, subjects = next((t, found) for t, found in sorted(matches.items()) if len(found) > 1)
    body = body_of(client, f"/resolve/{target}")
    assert {item["id"] for item in body["items"]} == subjects
    again = client.get(body["meta"]["sparql"]).json()["results"]["bindings"]
    assert {row["id"]["value"] for row in again} == subjects


@pytest.mark.parametrize(
    ("identifier", "status", "words"),
    [
        ("drug:nothing", 404, "drug:nothing"),
        ("CHEBI:1", 404, "CHEBI:1"),
        (BASE + "drugs/nothing", 404, "drugs/nothing"),
        ("https://example.org/x", 404, "example.org"),
        ("NOPE:1", 422, "'NOPE' is not declared"),
        ("riluzole", 422, "riluzole"),
        ("drug:%3Cx%3E", 422, "not an absolute IRI"),
    ],
)
def test_an_unknown_identifier_gets_a_clear_problem(
    client: TestClient, identifier: str, status: int, words: str
) -> None:
    answer = client.get(f"/resolve/{identifier}")
    assert answer.status_code == status
    assert words in answer.json()["detail"]
    if "declared" in words:
        assert {"CHEBI", "HP", "drug"} <= set(answer.json()["available"])


# Every IRI is an address


OF_A_ROOM_MAX = extent(2, 100, 10_000)
"""How many addresses of a room are tried; of the thousands of claims, some from everywhere among them do."""


def test_every_iri_of_ours_is_answered_at_its_address(client: TestClient, kg: KnowledgeGraph) -> None:
    iris = {
        term.value
        for triple in kg.store.match()
        for term in (triple.subject, triple.predicate, triple.object)
        if isinstance(term, ox.NamedNode) and term.value.startswith(BASE)
    }
    paths = sorted({iri.removeprefix(BASE) for iri in iris} - {"", "ontology/"})
    rooms = {path.split("/")[0]: [p for p in paths if p.split("/")[0] == path.split("/")[0]] for path in paths}
    assert rooms.keys() >= {"ontology", "vocabularies", "drugs", "claims"}
    missing = []
    for path in (path for found in rooms.values() for path in found[:: 1 + len(found) // OF_A_ROOM_MAX]):
        answer = client.get(f"/{path}?format=ntriples")
        if answer.status_code != 200 or f"<{BASE}{path}>" not in answer.text:
            missing.append(path)
    assert missing == []


@pytest.mark.parametrize("path", ["/ontology/Drug", "/ontology/relieves", "/vocabularies/certainties/hedged"])
@pytest.mark.parametrize("format_", GRAPH, ids=lambda format_: format_.name)
def test_a_term_says_what_it_means(client: TestClient, path: str, format_: Format) -> None:
    answer = client.get(path, headers={"Accept": format_.media_type})
    assert answer.headers["content-type"].split(";")[0] == format_.media_type
    reader = ox.RdfFormat.from_media_type(format_.media_type)
    assert reader is not None
    predicates = {quad.predicate.value for quad in ox.parse(answer.content, reader)}
    assert {
        "http://www.w3.org/2000/01/rdf-schema#label",
        "http://www.w3.org/2004/02/skos/core#definition",
    } <= predicates


def test_the_closed_lists_are_listed(client: TestClient, kg: KnowledgeGraph) -> None:
    body = body_of(client, "/vocabularies")
    found = {item["id"]: item["concepts"] for item in body["items"]}
    assert found[BASE + "vocabularies/polarities"] == {"affirms": "affirms", "denies": "denies"}
    assert set(found) == {v.namespace.rstrip("/") for v in kg.schema.vocabularies.values()}


def test_the_ontology_comes_whole(client: TestClient, kg: KnowledgeGraph) -> None:
    answer = client.get("/ontology", headers={"Accept": "application/n-triples"})
    assert {q.triple for q in ox.parse(answer.content, ox.RdfFormat.N_TRIPLES)} == set(kg.store.ontology().match())


@pytest.mark.parametrize(
    ("path", "suggestion"),
    [("/ontology/Drg", "/ontology/Drug"), ("/vocabularies/certainties/hedge", "/vocabularies/certainties/hedged")],
)
def test_a_slip_in_a_term_gets_the_nearest(client: TestClient, path: str, suggestion: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert suggestion in answer.json()["suggestions"]
    assert client.get(suggestion).status_code == 200


@pytest.mark.parametrize(
    "url",
    [
        "/drugs?limit=1&limit=2",
        "/drugs/baclofen?format=json&format=turtle",
        "/drugs/baclofen/phenotypes?cursor=a&cursor=b",
        "/changes?since=1&since=2",
        "/queries/drugs-for-a-symptom?symptom=dysphagia&symptom=fatigue",
        "/search?q=a&q=b",
        "/mappings/drug-symptom?asOf=2020-01-01&asOf=2021-01-01",
        "/graph?format=turtle&format=trig",
        "/graphs?default&format=turtle&format=trig",
        "/ontology?format=turtle&format=json",
        "/resolve/CHEBI:8863?format=json&format=turtle",
        "/dumps?format=json&format=html",
    ],
)
def test_a_parameter_of_one_value_is_not_given_twice(client: TestClient, url: str) -> None:
    answer = client.get(url)
    name = url.rpartition("&")[2].partition("=")[0]
    assert (answer.status_code, answer.json()["detail"].partition(":")[0]) == (422, name), answer.text
    assert client.get(url.rpartition("&")[0]).status_code != 422 or "cursor" in url


@pytest.mark.parametrize(
    "url", ["/drugs?id=baclofen&id=riluzole", "/drugs/baclofen/phenotypes?certainty=a&certainty=b"]
)
def test_a_parameter_of_several_values_may_be_given_again(client: TestClient, url: str) -> None:
    assert "more than once" not in client.get(url).text
