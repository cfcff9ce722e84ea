"""Reading the files under queries/: what a question has, and how a slip is refused."""

from pathlib import Path

import pytest

from alskg.errors import SourceError
from alskg.queries import NamedQuery, Parameter, read_queries, read_query

PREFIXES = {"ex": "https://example.org/", "als": "https://w3id.org/alskg/ontology/"}

GOOD = """\
#+ title = "What relieves a symptom"
#+ question = "Which drugs relieve this symptom?"
#+ tags = ["symptoms", "drugs"]
#+ audience = "researchers"
#+ cost = "small"
#+
#+ [parameters.symptom]
#+ about = "A symptom."
#+ class = "Symptom"
#+ example = "spasticity"
#+ [parameters.since]
#+ about = "The first day."
#+ datatype = "xsd:date"
#+ example = 2017-05-05
#+ default = "2000-01-01"
#+ [[answers]]
#+ drug = "baclofen"
#+ [[answers]]
#+ drug = "ex:tizanidine"
#+ since = 2017-05-05

# Comments below the header stay.
SELECT ?drug WHERE { ?drug ex:relieves ?symptom ; als:since ?since }
"""

MINIMAL = '#+ title = "T"\n#+ question = "Q?"\n#+ tags = ["t"]\n'


def test_a_file_is_read_in_full() -> None:
    assert read_query("what-relieves.rq", GOOD, PREFIXES) == NamedQuery(
        name="what-relieves",
        title="What relieves a symptom",
        question="Which drugs relieve this symptom?",
        text=(
            "PREFIX als: <https://w3id.org/alskg/ontology/>\nPREFIX ex: <https://example.org/>\n"
            "# Comments below the header stay.\n"
            "SELECT ?drug WHERE { ?drug ex:relieves ?symptom ; als:since ?since }\n"
        ),
        form="SELECT",
        tags=("symptoms", "drugs"),
        audience="researchers",
        cost="small",
        parameters=(
            Parameter("symptom", "A symptom.", "spasticity", None, "Symptom", None, False, None),
            Parameter("since", "The first day.", "2017-05-05", "2000-01-01", None, None, False, "xsd:date"),
        ),
        answers=({"drug": "baclofen"}, {"drug": "ex:tizanidine", "since": "2017-05-05"}),
    )


@pytest.mark.parametrize(
    ("body", "form"),
    [
        ("SELECT * {}", "SELECT"),
        ("ASK {}", "ASK"),
        ("CONSTRUCT WHERE { ?s ?p ?o }", "CONSTRUCT"),
        ("DESCRIBE <https://example.org/a>", "DESCRIBE"),
    ],
)
def test_every_form_of_question_is_taken(body: str, form: str) -> None:
    assert read_query("q.rq", MINIMAL + body, {}).form == form


def test_a_declared_prefix_is_left_alone() -> None:
    body = "PREFIX ex: <https://other.example/>\nSELECT * { ?s ex:p als:o . ?s ?p 'als:x' }\n"
    text = read_query("q.rq", MINIMAL + body, PREFIXES).text
    assert text == f"PREFIX als: <{PREFIXES['als']}>\n{body}"


def test_a_folder_is_read_in_the_order_of_names(tmp_path: Path) -> None:
    for name in ("second", "first"):
        (tmp_path / f"{name}.rq").write_text(MINIMAL + "ASK {}", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("no question", encoding="utf-8")
    assert list(read_queries(tmp_path, {})) == ["first", "second"]


def test_two_questions_with_one_address_are_refused(tmp_path: Path) -> None:
    address = MINIMAL + '#+ address = "short"\n' + parameter(*ABOUT, 'datatype = "xsd:string"') + "SELECT ?x {}"
    (tmp_path / "first.rq").write_text(address, encoding="utf-8")
    assert read_queries(tmp_path, {})["first"].address == "short"
    (tmp_path / "second.rq").write_text(address, encoding="utf-8")
    with pytest.raises(SourceError, match=r"queries/second\.rq: 'address' 'short' leads to first; choose another word"):
        read_queries(tmp_path, {})


@pytest.mark.parametrize("value", ["true", "1.5", "3", '"x"', "2020-01-01"])
def test_an_example_may_be_any_toml_value(value: str) -> None:
    parameter = f'#+ [parameters.x]\n#+ about = "A."\n#+ datatype = "xsd:string"\n#+ example = {value}\n'
    query = read_query("q.rq", MINIMAL + parameter + "SELECT ?x {}", {})
    assert query.parameters[0].example == value.strip('"')


def parameter(*lines: str) -> str:
    return "".join(f"#+ {line}\n" for line in ("[parameters.x]", *lines))


ABOUT = 'about = "A."', "example = 1"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        pytest.param("SELECT * {}", "begin with a header", id="no header"),
        pytest.param("", "begin with a header", id="empty file"),
        pytest.param("#+ title = T\nASK {}", "the #+ header is not TOML", id="bad TOML"),
        pytest.param(MINIMAL + "ASK {}\n#+ cost = 'x'", "must stand together at the top", id="split header"),
        pytest.param(MINIMAL + "#+ titel = 'x'\nASK {}", "unknown key 'titel' in the #+ header", id="unknown key"),
        pytest.param(MINIMAL.replace('"T"', '""') + "ASK {}", "'title' is missing in the #+ header", id="no title"),
        pytest.param(MINIMAL + "#+ cost = 'dear'\nASK {}", "'cost' is 'dear'; there is small and large", id="cost"),
        pytest.param(MINIMAL + "#+ counted = 'yes'\nASK {}", "'counted' goes with a SELECT", id="counted truth"),
        pytest.param(
            MINIMAL + "#+ counted = 'of one'\n" + parameter(*ABOUT, 'class = "A"') + "SELECT ?x {}",
            "'counted' goes with a SELECT that can be asked without giving anything",
            id="counted of what is to be given",
        ),
        pytest.param(
            MINIMAL + "#+ address = 'A/b'\nASK {}", "'address' is 'A/b'; write lower-case words", id="address"
        ),
        pytest.param(
            MINIMAL + "#+ address = 'a'\nASK {}", "'address' goes with a question that has just one", id="address alone"
        ),
        pytest.param(MINIMAL.replace("question", "cost") + "ASK {}", "'question' is missing", id="no question"),
        pytest.param(MINIMAL.replace('["t"]', "[]") + "ASK {}", "'tags' is missing", id="no tags"),
        pytest.param(MINIMAL.replace('["t"]', '"t"') + "ASK {}", "'tags' in the #+ header must be a list", id="tags"),
        pytest.param(MINIMAL.replace('["t"]', "[1]") + "ASK {}", "must be a list of strings", id="number as tag"),
        pytest.param(MINIMAL.replace('"T"', "1") + "ASK {}", "'title' in the #+ header must be a string", id="title"),
        pytest.param(MINIMAL + "INSERT DATA {}", "this is an update", id="update"),
        pytest.param(MINIMAL + "SELEC * {}", "below the header: Line 1, column 1: SELEC is no word", id="misspelt"),
        pytest.param(MINIMAL, "the query ends before it asks", id="no body"),
        pytest.param(MINIMAL + "ASK { ?s no:p ?o }", "the prefix no: is not known", id="unknown prefix"),
        pytest.param(MINIMAL + "#+ parameters.x = 1\nASK {}", "write the parameter as a table", id="no table"),
        pytest.param(MINIMAL + parameter(*ABOUT) + "ASK {}", "exactly one of class, vocabulary", id="no kind"),
        pytest.param(
            MINIMAL + parameter(*ABOUT, "class = 'C'", "property = true") + "ASK {}", "exactly one of", id="two kinds"
        ),
        pytest.param(MINIMAL + parameter(*ABOUT, "property = false") + "ASK {}", "exactly one of", id="no property"),
        pytest.param(
            MINIMAL + parameter(*ABOUT, "property = 'x'") + "ASK {}",
            "'property' in [parameters.x] must be true",
            id="property as a string",
        ),
        pytest.param(
            MINIMAL + parameter(*ABOUT, "datatype = 'xsd:int'") + "ASK {}", "unknown datatype; there is", id="datatype"
        ),
        pytest.param(
            MINIMAL + parameter(*ABOUT, "clas = 'C'") + "ASK {}", "unknown key 'clas' in [parameters.x]", id="bad key"
        ),
        pytest.param(
            MINIMAL + parameter("example = 1", "class = 'C'") + "ASK {}",
            "'about' is missing in [parameters.x]",
            id="no about",
        ),
        pytest.param(
            MINIMAL + parameter(ABOUT[0], "class = 'C'") + "ASK {}",
            "'example' is missing in [parameters.x]",
            id="no example",
        ),
        pytest.param(
            MINIMAL + parameter(*ABOUT, "class = 'C'") + "ASK { ?y ?p '?x' }",
            "the query has no variable ?x",
            id="variable not in the text",
        ),
        pytest.param(
            MINIMAL + "#+ [[answers]]\n#+ y = 'a'\nSELECT ?x {}", "the query has no variable ?y", id="answer's variable"
        ),
        pytest.param(MINIMAL + "#+ answers = ['a']\nASK {}", "write an answer as a table", id="answer as a string"),
        pytest.param(
            MINIMAL
            + parameter(ABOUT[0], "example = 'c'", "datatype = 'xsd:string'", "values = ['a']")
            + "ASK { ?x ?p 1 }",
            "[parameters.x] has values, so its datatype is xsd:string, and its example one of them",
            id="example that is none of the values",
        ),
        pytest.param(
            MINIMAL + parameter(*ABOUT, "datatype = 'xsd:integer'", "values = ['1']") + "ASK { ?x ?p 1 }",
            "[parameters.x] has values, so its datatype is xsd:string",
            id="values that are no texts",
        ),
    ],
)
def test_a_slip_is_refused_with_file_and_mend(source: str, message: str) -> None:
    with pytest.raises(SourceError) as caught:
        read_query("slip.rq", source, PREFIXES)
    assert str(caught.value).startswith("queries/slip.rq: ")
    assert message in str(caught.value)


def test_a_bad_file_name_is_refused() -> None:
    with pytest.raises(SourceError, match=r"queries/Bad_Name.rq: the name must be"):
        read_query("Bad_Name.rq", MINIMAL + "ASK {}", {})


OPTIONAL = MINIMAL + parameter(*ABOUT, "class = 'C'", "optional = true")


def test_an_optional_parameter_may_be_left_out() -> None:
    (found,) = read_query("q.rq", OPTIONAL + "ASK { ?x a ?y }", PREFIXES).parameters
    assert (found.is_optional, found.default) == (True, None)


def test_an_optional_parameter_has_no_default() -> None:
    with pytest.raises(SourceError, match="optional and has a default"):
        read_query("q.rq", OPTIONAL + "#+ default = 'a'\nASK { ?x a ?y }", PREFIXES)
