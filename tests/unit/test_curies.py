"""Short names for IRIs."""

from pathlib import Path

import pytest

from alskg.curated import Curated
from alskg.curies import curie_of, iri_of
from alskg.errors import BadParameter

PREFIXES = {
    "drug": "https://w3id.org/alskg/drugs/",
    "CHEBI": "http://purl.obolibrary.org/obo/CHEBI_",
    "a": "a:",
    "ab": "a:b",
}


@pytest.mark.parametrize(
    ("curie", "iri"),
    [
        ("drug:riluzole", "https://w3id.org/alskg/drugs/riluzole"),
        ("CHEBI:8863", "http://purl.obolibrary.org/obo/CHEBI_8863"),
        ("drug:a:b", "https://w3id.org/alskg/drugs/a:b"),
    ],
)
def test_a_curie_and_its_iri_lead_to_each_other(curie: str, iri: str) -> None:
    assert iri_of(PREFIXES, curie) == iri
    assert curie_of(PREFIXES, iri) == curie


def test_the_longest_prefix_wins() -> None:
    assert curie_of(PREFIXES, "a:bc") == "ab:c"


@pytest.mark.parametrize("curie", ["chebi:8863", "Chebi:8863"])
def test_a_prefix_may_be_in_any_case(curie: str) -> None:
    assert iri_of(PREFIXES, curie) == "http://purl.obolibrary.org/obo/CHEBI_8863"


def test_an_iri_from_elsewhere_has_no_curie() -> None:
    assert curie_of(PREFIXES, "https://example.org/x") is None


@pytest.mark.parametrize("curie", ["MESH:D1", "riluzole", "", ":x"])
def test_an_undeclared_prefix_is_refused_with_the_known_ones(curie: str) -> None:
    with pytest.raises(BadParameter) as caught:
        iri_of(PREFIXES, curie)
    assert caught.value.extra["available"] == ["CHEBI", "a", "ab", "drug"]


def test_every_thing_and_term_that_is_curated_has_a_curie_that_leads_back(pristine: Path) -> None:
    curated = Curated.read(pristine)
    prefixes = curated.schema.prefixes
    for iri in curated.home:
        curie = curie_of(prefixes, iri)
        if curie is None:
            assert iri.startswith("https://w3id.org/alskg/vocabularies/"), iri
        else:
            assert iri_of(prefixes, curie) == iri
