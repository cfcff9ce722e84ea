"""Which format a client gets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alskg import media
from alskg.errors import NotAcceptable

TABLES = {"TABLE": media.TABLE, "TRUTH": media.TRUTH, "GRAPH": media.GRAPH, "QUADS": media.QUADS}
EVERY_FORMAT = sorted({f for formats in TABLES.values() for f in formats}, key=lambda f: f.media_type)

RDFLIB = "application/rdf+xml, application/sparql-results+xml"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
SPARQLWRAPPER = "application/sparql-results+json,application/json,text/javascript,application/javascript"
COMUNICA = (
    "application/n-quads,application/trig;q=0.95,application/ld+json;q=0.9,application/n-triples;q=0.8,"
    "text/turtle;q=0.6,application/rdf+xml;q=0.5,application/sparql-results+json;q=1.0,"
    "application/sparql-results+xml;q=0.8"
)
JAVA = "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"


@pytest.mark.parametrize(
    ("accept", "table", "expected"),
    [
        pytest.param(None, "TABLE", "json", id="no header"),
        pytest.param("", "GRAPH", "turtle", id="empty header"),
        pytest.param("*/*", "TABLE", "json", id="anything"),
        pytest.param("application/*", "GRAPH", "ntriples", id="application/*"),
        pytest.param("text/*", "TABLE", "csv", id="text/*"),
        pytest.param("text/csv", "TABLE", "csv", id="exact"),
        pytest.param("TEXT/CSV", "TABLE", "csv", id="upper case"),
        pytest.param("text/csv; header=present; charset=utf-8", "TABLE", "csv", id="parameters"),
        pytest.param('application/ld+json;profile="http://x,y;q=0"', "GRAPH", "jsonld", id="quoted profile"),
        pytest.param("text/csv, */*", "TABLE", "csv", id="named before wildcard"),
        pytest.param("text/csv;q=0.5, */*;q=0.1", "TABLE", "csv", id="quality before wildcard"),
        pytest.param("text/csv;q=0.5, */*;q=0.9", "TABLE", "json", id="better wildcard"),
        pytest.param("*/*, application/sparql-results+json;q=0", "TABLE", "xml", id="q=0 excludes"),
        pytest.param("text/*;q=1, text/csv;q=0.1", "TABLE", "tsv", id="the exact range decides"),
        pytest.param("text/tab-separated-values, text/csv", "TABLE", "csv", id="equals: our order"),
        pytest.param("text/csv;q=0.9;x=y, text/tab-separated-values;q=0.8", "TABLE", "csv", id="q then extension"),
        pytest.param("nonsense, text/csv", "TABLE", "csv", id="nonsense is passed over"),
        pytest.param("text/csv;q=high, text/tab-separated-values", "TABLE", "tsv", id="bad q is passed over"),
        pytest.param("nonsense", "TABLE", "json", id="only nonsense counts as none"),
        pytest.param("application/json", "TABLE", "json", id="json for rows"),
        pytest.param("application/json", "GRAPH", "jsonld", id="json for triples"),
        pytest.param("application/xml", "TRUTH", "xml", id="xml for a truth"),
        pytest.param("text/plain", "GRAPH", "ntriples", id="plain text for triples"),
        pytest.param(RDFLIB, "TABLE", "xml", id="rdflib rows"),
        pytest.param(RDFLIB, "GRAPH", "rdfxml", id="rdflib triples"),
        pytest.param(BROWSER, "TABLE", "xml", id="browser rows"),
        pytest.param(SPARQLWRAPPER, "TABLE", "json", id="SPARQLWrapper"),
        pytest.param(COMUNICA, "TABLE", "json", id="Comunica rows"),
        pytest.param(COMUNICA, "GRAPH", "nquads", id="Comunica triples"),
        pytest.param(JAVA, "TABLE", "json", id="Java default"),
    ],
)
def test_the_header_decides(accept: str | None, table: str, expected: str) -> None:
    assert media.negotiate(accept, TABLES[table]).name == expected


@pytest.mark.parametrize(
    ("override", "table", "expected"),
    [
        ("json", "TABLE", "application/sparql-results+json"),
        ("xml", "TABLE", "application/sparql-results+xml"),
        ("csv", "TABLE", "text/csv"),
        ("tsv", "TRUTH", "text/tab-separated-values"),
        ("turtle", "GRAPH", "text/turtle"),
        ("ttl", "GRAPH", "text/turtle"),
        ("nt", "GRAPH", "application/n-triples"),
        ("ntriples", "GRAPH", "application/n-triples"),
        ("rdfxml", "GRAPH", "application/rdf+xml"),
        ("xml", "GRAPH", "application/rdf+xml"),
        ("jsonld", "GRAPH", "application/ld+json"),
        ("json-ld", "GRAPH", "application/ld+json"),
        ("json", "GRAPH", "application/ld+json"),
        ("trig", "QUADS", "application/trig"),
        ("nq", "QUADS", "application/n-quads"),
        ("nquads", "GRAPH", "application/n-quads"),
        ("CSV", "TABLE", "text/csv"),
        ("text/csv", "TABLE", "text/csv"),
        ("application/sparql-results+xml", "TABLE", "application/sparql-results+xml"),
        ("application/sparql-results xml", "TABLE", "application/sparql-results+xml"),
        ("application/json", "TABLE", "application/sparql-results+json"),
    ],
)
def test_the_parameter_beats_the_header(override: str, table: str, expected: str) -> None:
    assert media.negotiate("application/pdf", TABLES[table], override).media_type == expected


def test_an_empty_parameter_counts_as_none() -> None:
    assert media.negotiate("text/csv", media.TABLE, "").name == "csv"


@pytest.mark.parametrize(
    ("accept", "override"),
    [
        ("application/pdf", None),
        ("text/turtle", None),
        ("*/*;q=0", None),
        ("application/*;q=0, text/*;q=0", None),
        ("text/csv", "turtle"),
        ("text/csv", "exe"),
    ],
)
def test_what_no_format_meets_is_refused_with_the_list(accept: str, override: str | None) -> None:
    with pytest.raises(NotAcceptable, match=r"There is json \(application/sparql-results\+json\), xml") as caught:
        media.negotiate(accept, media.TABLE, override)
    available = caught.value.extra["available"]
    assert isinstance(available, list)
    assert available[2] == {"format": "csv", "mediaType": "text/csv"}
    assert len(available) == len(media.TABLE)


def test_a_plain_json_document_goes_before_json_ld() -> None:
    formats = (media.JSON_LD, media.JSON, media.HTML)
    assert media.negotiate("application/json", formats) is media.JSON
    assert media.negotiate("application/ld+json", formats) is media.JSON_LD
    assert media.negotiate(None, formats, "json") is media.JSON
    assert media.negotiate(BROWSER, formats) is media.HTML


@pytest.mark.parametrize("format_", EVERY_FORMAT, ids=lambda f: f.media_type)
def test_text_says_its_encoding(format_: media.Format) -> None:
    assert ("charset=utf-8" in format_.content_type) == format_.media_type.startswith("text/")


@pytest.mark.parametrize("formats", TABLES.values(), ids=TABLES.keys())
def test_every_name_and_alias_leads_to_one_format(formats: tuple[media.Format, ...]) -> None:
    names = [name for f in formats for name in (f.name, f.media_type, *f.aliases)]
    assert len(names) == len(set(names))


qualities = st.integers(0, 1000).map(lambda n: n / 1000)


@given(table=st.sampled_from(sorted(TABLES)), data=st.data())
def test_a_header_of_exact_types_gets_the_best_liked(table: str, data: st.DataObject) -> None:
    formats = TABLES[table]
    liked = data.draw(st.dictionaries(st.sampled_from(formats), qualities, min_size=1))
    header = ", ".join(f"{f.media_type};q={quality:.3f}" for f, quality in liked.items())
    best = max(liked.values())
    if best == 0:
        with pytest.raises(NotAcceptable):
            media.negotiate(header, formats)
    else:
        assert media.negotiate(header, formats) == next(f for f in formats if liked.get(f) == best)


@given(st.text(max_size=60) | st.text(alphabet='*/;,=q"\\ atexcsv01.', max_size=60))
def test_any_header_gets_a_format_or_a_refusal(accept: str) -> None:
    try:
        assert media.negotiate(accept, media.TABLE) in media.TABLE
    except NotAcceptable as refusal:
        assert refusal.extra["available"]  # noqa: PT017 - either outcome is right
