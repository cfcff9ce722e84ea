"""What the program reads from the ontology: on the real one, on a tiny one, and on one with a class more."""

import json
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox
import pytest
from fastapi.testclient import TestClient

from alskg import checks
from alskg.checks import badly_laid_out, derived_files
from alskg.curated import Curated
from alskg.errors import SourceError
from alskg.knowledge_graph import KnowledgeGraph
from alskg.names import ALS, BASE, NAME, RDF, kebab
from alskg.schema import Class, Schema
from alskg.settings import Settings
from alskg.triples import Memory
from alskg.web.app import build_app

from ..extent import in_ci

RESERVED = {"limit", "cursor", "fields", "id", "xref", "format", "output"}
"""What parameters of a collection mean already; a field of that name could not be filtered by."""

JSON_KEYS = {
    "id",
    "type",
    "curie",
    "url",
    "statements",
    "statedAbout",
    "stated",
    "linked",
    "meta",
    "items",
    "total",
    "missing",
}
"""Keys of every document; a field of that name would be hidden by one."""

SCHEMA = Curated.read(Path(__file__).parents[2]).schema
CLASSES = [pytest.param(class_, id=class_.name) for class_ in SCHEMA.classes.values()]
COLLECTIONS = [pytest.param(class_, id=name) for name, class_ in SCHEMA.collections.items()]


@pytest.mark.parametrize("class_", CLASSES)
def test_a_class_has_a_label_a_plural_and_a_definition(class_: Class) -> None:
    assert class_.label
    assert class_.label[0].islower() or class_.label.isupper()
    assert class_.plural != class_.label
    assert class_.definition.endswith(".")


@pytest.mark.parametrize("class_", CLASSES)
def test_a_class_is_named_in_the_singular_and_stands_in_the_file_of_its_name(class_: Class) -> None:
    assert class_.name.isalnum()
    assert class_.name[0].isupper()
    assert class_.label.replace(" ", "-").lower() == class_.slug
    text = (Path(__file__).parents[2] / "ontology" / "classes" / f"{class_.slug}.ttl").read_text()
    assert f"\nals:{class_.name}\n    a\n        owl:Class ,\n        sh:NodeShape ;\n" in text


@pytest.mark.parametrize("class_", COLLECTIONS)
def test_a_collection_is_named_in_the_plural(class_: Class) -> None:
    assert class_.collection
    assert NAME.fullmatch(class_.collection)
    assert class_.collection == class_.plural.lower().replace(" ", "-")


@pytest.mark.parametrize("class_", CLASSES)
def test_no_field_bears_a_name_that_the_doors_use(class_: Class) -> None:
    assert set(class_.fields) & (RESERVED | JSON_KEYS) == set()


@pytest.mark.parametrize("class_", CLASSES)
def test_no_field_and_no_statement_about_a_class_bear_one_name_for_two_things(class_: Class) -> None:
    stated = {p.name: p.iri for p in SCHEMA.stated_of[class_.iri]}
    both = {name for name in stated.keys() & class_.fields.keys() if stated[name] != class_.fields[name].path}
    assert both == set(), "A filter of that name would find the field alone."


def test_a_field_name_means_one_property_everywhere() -> None:
    # A JSON-LD context has one meaning for a key.
    paths = defaultdict(set)
    for class_ in SCHEMA.classes.values():
        for field in class_.fields.values():
            paths[field.name].add(field.path)
    assert {name: found for name, found in paths.items() if len(found) > 1} == {}


def test_a_property_bears_one_field_name_everywhere() -> None:
    names = defaultdict(set)
    for class_ in SCHEMA.classes.values():
        for field in class_.fields.values():
            names[field.path].add(field.name)
    assert {path: found for path, found in names.items() if len(found) > 1} == {}


def test_no_two_predicates_bear_one_name() -> None:
    assert [name for name, count in Counter(p.name for p in SCHEMA.predicates.values()).items() if count > 1] == []


def test_a_class_and_a_field_never_bear_one_name() -> None:
    fields = {field.name for class_ in SCHEMA.classes.values() for field in class_.fields.values()}
    assert {class_.name for class_ in SCHEMA.classes.values()} & fields == set()


def test_every_collection_and_every_prefix_is_of_one_class_or_list() -> None:
    collections = [c.collection for c in SCHEMA.classes.values() if c.collection]
    assert len(collections) == len(set(collections)) == len(SCHEMA.collections)
    prefixes = [c.prefix for c in SCHEMA.classes.values() if c.prefix] + [
        v.prefix for v in SCHEMA.vocabularies.values()
    ]
    assert [p for p, count in Counter(prefixes).items() if count > 1] == []


def test_no_two_prefixes_differ_in_case_alone_or_mean_the_same() -> None:
    # Prefixes of CURIEs are read in any case.
    for values in (map(str.casefold, SCHEMA.prefixes), SCHEMA.prefixes.values()):
        assert [value for value, count in Counter(values).items() if count > 1] == []


def test_no_declared_prefix_is_overruled_by_that_of_a_class_or_list() -> None:
    declared = SCHEMA.values(ALS, "http://www.w3.org/ns/shacl#declare")
    names = {value for iri in declared for value in SCHEMA.values(iri, "http://www.w3.org/ns/shacl#prefix")}
    own = {c.prefix for c in SCHEMA.classes.values()} | {v.prefix for v in SCHEMA.vocabularies.values()}
    assert names & own == set()


def test_a_predicate_leads_from_and_to_classes_that_there_are() -> None:
    known = {*SCHEMA.classes, "http://www.w3.org/2000/01/rdf-schema#Literal"}
    for predicate in SCHEMA.predicates.values():
        assert predicate.domains, predicate.name
        assert predicate.ranges, predicate.name
        concepts = {
            iri for iri in {*predicate.domains, *predicate.ranges} - known if not SCHEMA.values(iri, RDF + "type")
        }
        assert concepts == set(), predicate.name


def test_no_collection_hides_a_fixed_address(kg: KnowledgeGraph) -> None:
    fixed = "sparql queries mappings search graph openapi.json context.jsonld health resolve ontology vocabularies docs"
    assert set(SCHEMA.collections) & set(fixed.split()) == set()


def test_the_schema_is_the_same_from_the_store(kg: KnowledgeGraph) -> None:
    assert kg.schema.classes == SCHEMA.classes
    assert kg.schema.prefixes == SCHEMA.prefixes


PREFIXES = f"""
PREFIX als: <{ALS}> PREFIX rdf: <{RDF}> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX sh: <http://www.w3.org/ns/shacl#> PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX vann: <http://purl.org/vocab/vann/> PREFIX schema: <https://schema.org/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> PREFIX owl: <http://www.w3.org/2002/07/owl#>
"""
TINY = """
als:Animal a owl:Class , sh:NodeShape ; rdfs:label "animal"@en ; skos:definition "A beast."@en ;
    als:pluralLabel "animals"@en ; als:collection "animals" ; vann:preferredNamespacePrefix "animal" ;
    sh:property als:Animal-age , als:Animal-mother .
als:Bird a owl:Class , sh:NodeShape ; rdfs:label "bird"@en ; skos:definition "It flies."@en ;
    rdfs:subClassOf als:Animal ; als:collection "birds" ; sh:property als:Bird-mother .
als:Fish a owl:Class , sh:NodeShape ; rdfs:label "fish"@en ; skos:definition "It swims."@en ;
    rdfs:subClassOf als:Animal .
als:Animal-age a sh:PropertyShape ; sh:name "age" ; sh:path als:age ; sh:datatype xsd:decimal ; sh:maxCount 1 .
als:Animal-mother a sh:PropertyShape ; sh:name "mother" ; sh:path als:mother ; sh:class als:Animal .
als:Bird-mother a sh:PropertyShape ; sh:name "mother" ; sh:path als:mother ; sh:class als:Bird ;
    sh:minCount 1 ; sh:maxCount 1 .
als:age a owl:DatatypeProperty ; rdfs:label "age in years"@en ; skos:definition "How old."@en .
als:eats a als:StatementProperty ; rdfs:label "eats"@en ; skos:definition "Feeds on."@en ;
    rdfs:subPropertyOf als:takes ; als:inverseLabel "is eaten by"@en ;
    schema:domainIncludes als:Bird ; schema:rangeIncludes als:Animal .
als:takes rdfs:subPropertyOf als:touches , als:eats .
"""


@pytest.fixture(scope="module")
def tiny() -> Schema:
    return Schema(Memory.of_turtle(PREFIXES + TINY))


def test_a_class_inherits_fields_and_may_narrow_them(tiny: Schema) -> None:
    animal, bird = tiny.collections["animals"], tiny.collections["birds"]
    assert list(bird.fields) == list(animal.fields) == ["age", "mother"]
    assert (bird.fields["mother"].class_, bird.fields["mother"].count_min) == (ALS + "Bird", 1)
    assert (animal.fields["mother"].class_, animal.fields["mother"].count_max) == (ALS + "Animal", None)
    assert (bird.fields["age"].label, bird.fields["age"].definition) == ("age in years", "How old.")


def test_only_a_class_with_a_prefix_has_iris_of_its_own(tiny: Schema) -> None:
    assert tiny.collections["animals"].namespace == f"{BASE}animals/"
    assert tiny.collections["birds"].namespace is None
    assert tiny.prefixes == {"animal": f"{BASE}animals/"}


def test_a_class_knows_those_above_and_below(tiny: Schema) -> None:
    assert tiny.lineage(ALS + "Bird") == {ALS + "Bird", ALS + "Animal"}
    assert tiny.descendants(ALS + "Animal") == {ALS + "Bird", ALS + "Fish", ALS + "Animal"}
    assert tiny.lineage("a:unknown") == {"a:unknown"}


def test_a_circle_of_properties_ends(tiny: Schema) -> None:
    assert tiny.predicates[ALS + "eats"].ancestors == (ALS + "takes", ALS + "touches")


def test_a_predicate_is_of_the_classes_above_and_below_those_declared_and_not_of_their_siblings(tiny: Schema) -> None:
    def names(found: tuple[object, ...]) -> list[str]:
        return [p.name for p in found]  # type: ignore[attr-defined]

    assert names(tiny.stated_of[ALS + "Bird"]) == names(tiny.stated_of[ALS + "Animal"]) == ["eats"]
    assert names(tiny.stated_of[ALS + "Fish"]) == []
    assert names(tiny.leading_to[ALS + "Fish"]) == ["eats"]
    animals, birds = tiny.collections["animals"], tiny.collections["birds"]
    assert names(tiny.between(birds, animals)) == ["eats"]


def test_a_field_reads_as_json_schema(tiny: Schema) -> None:
    age, mother = tiny.collections["animals"].fields.values()
    assert age.json_schema == {"type": "number", "description": "How old."}
    assert mother.json_schema == {"type": "array", "items": {"$ref": "#/components/schemas/Link"}, "description": ""}
    assert tiny.collections["birds"].fields["mother"].json_schema == {"$ref": "#/components/schemas/Link"}


@pytest.mark.parametrize(
    ("cut", "message"),
    [
        ('skos:definition "A beast."@en ;', f"ontology: {ALS}Animal has no definition; add one in its file."),
        ('rdfs:label "eats"@en ;', f"ontology: {ALS}eats has no label; add one in its file."),
        ('sh:name "age" ;', f"ontology: {ALS}Animal-age has no name; add one in its file."),
        (
            "sh:path als:age ;",
            f"ontology: {ALS}Animal-age has no sh:path that is a single property; a field needs one.",
        ),
    ],
)
def test_what_is_missing_is_said_with_the_term(cut: str, message: str) -> None:
    assert cut in TINY
    schema = Schema(Memory.of_turtle(PREFIXES + TINY.replace(cut, "")))
    with pytest.raises(SourceError) as caught:
        assert schema.classes and schema.predicates  # noqa: PT018 - either may raise
    assert str(caught.value) == message


WIDGET = """
als:Widget a owl:Class , sh:NodeShape ; rdfs:label "widget"@en ; als:pluralLabel "widgets"@en ;
    skos:definition "A small part that nobody else has a name for."@en ; rdfs:subClassOf als:Thing ;
    als:collection "widgets" ; vann:preferredNamespacePrefix "widget" ; sh:property als:Widget-colour .
als:Widget-colour a sh:PropertyShape ; sh:name "colour" ; sh:path als:colour ; sh:datatype xsd:string ; sh:maxCount 1 .
als:colour a rdf:Property , owl:DatatypeProperty ; rdfs:label "colour"@en ; skos:definition "How it looks."@en .
"""
SPROCKET = f"""
<{BASE}widgets/sprocket> a als:Widget ; rdfs:label "sprocket"@en ; skos:definition "A wheel."@en ; als:colour "red" .
"""
QUESTION = """#+ title = "Widgets by colour"
#+ question = "Which widgets have this colour?"
#+ tags = ["widgets"]
#+ [parameters.colour]
#+ about = "A colour."
#+ datatype = "xsd:string"
#+ example = "red"
SELECT ?widget WHERE { ?widget a als:Widget ; als:colour ?colour }
"""


@pytest.fixture(scope="module")
def extended(pristine: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The curated files with three files more: a class, a thing of it, and a question; and no change to src/."""
    root = tmp_path_factory.mktemp("extended") / "root"
    shutil.copytree(pristine, root)
    (root / "ontology/classes/widget.ttl").write_text(PREFIXES + WIDGET)
    (root / "data/things/widgets.ttl").write_text(PREFIXES + SPROCKET)
    (root / "queries/widgets-by-colour.rq").write_text(QUESTION)
    for writing in (badly_laid_out, derived_files):
        for file, text in writing(root).items():
            file.write_text(text)
    return root


@pytest.fixture(scope="module")
def widgets(extended: Path) -> Iterator[TestClient]:
    graph = KnowledgeGraph.of_files(replace(Settings(), root=extended))
    with TestClient(build_app(graph)) as client:
        yield client


@in_ci
def test_a_class_added_by_file_is_sound(extended: Path) -> None:
    curated = Curated.read(extended)
    assert [fault for rule in checks.RULES if rule is not checks.shacl for fault in rule(curated)] == []


def test_a_class_added_by_file_has_a_collection(widgets: TestClient) -> None:
    body = widgets.get("/widgets").json()
    assert [(item["id"], item["label"], item["colour"]) for item in body["items"]] == [
        (f"{BASE}widgets/sprocket", "sprocket", "red")
    ]
    assert widgets.get("/widgets", params={"colour": "red"}).json()["total"] == 1


def test_a_thing_added_by_file_has_an_address(widgets: TestClient) -> None:
    body = widgets.get("/widgets/sprocket").json()
    assert (body["id"], body["type"], body["curie"]) == (f"{BASE}widgets/sprocket", "Widget", "widget:sprocket")


def test_a_class_added_by_file_is_in_openapi(widgets: TestClient) -> None:
    document = widgets.get("/openapi.json").json()
    assert {"/widgets", "/widgets/{name}", "/queries/widgets-by-colour"} <= set(document["paths"])
    assert "colour" in json.dumps(document["paths"]["/widgets"]["get"]["parameters"])
    assert "Widget" in document["components"]["schemas"]


def test_a_class_added_by_file_is_in_the_context(widgets: TestClient, extended: Path) -> None:
    context = widgets.get("/context.jsonld").json()["@context"]
    assert context["Widget"] == ALS + "Widget"
    assert context["widget"] == f"{BASE}widgets/"
    assert context["colour"] == {"@id": ALS + "colour"}
    assert json.loads((extended / "ontology/context.jsonld").read_text())["@context"] == context


def test_a_class_added_by_file_is_in_void(widgets: TestClient) -> None:
    body = widgets.get("/.well-known/void", headers={"Accept": "application/n-triples"}).content
    counted = {str(quad.object) for quad in ox.parse(body, format=ox.RdfFormat.N_TRIPLES)}
    assert f"<{ALS}Widget>" in counted
    assert f"<{ALS}colour>" in counted


def test_a_class_added_by_file_is_on_the_home_page_and_found_by_search(widgets: TestClient) -> None:
    assert "/widgets" in {collection["url"] for collection in widgets.get("/").json()["collections"]}
    assert "/widgets/sprocket" in widgets.get("/search", params={"q": "sproc"}).text


def test_a_question_added_by_file_is_asked_at_its_address(widgets: TestClient) -> None:
    body = widgets.get("/queries/widgets-by-colour", params={"colour": "red"}).json()
    assert body["total"] == 1
    assert f"{BASE}widgets/sprocket" in json.dumps(body["items"])
    assert widgets.get("/queries/widgets-by-colour").status_code == 422
    assert "widgets-by-colour" in widgets.get("/queries").text


def test_the_class_is_named_nowhere_in_the_program() -> None:
    source = Path(__file__).parents[2] / "src"
    assert [file for file in source.rglob("*.py") if kebab("Widget") in file.read_text().lower()] == []
