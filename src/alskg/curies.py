"""CURIEs: short names for IRIs by the declared prefixes, both ways."""

from collections.abc import Mapping
from functools import lru_cache

from curies import Converter

from alskg.errors import BadParameter


@lru_cache(maxsize=8)
def _converter(prefixes: tuple[tuple[str, str], ...]) -> Converter:
    return Converter.from_prefix_map(dict(prefixes), strict=False)


def curie_of(prefixes: Mapping[str, str], iri: str) -> str | None:
    """`drug:riluzole`, or None where no prefix fits."""
    return _converter(tuple(prefixes.items())).compress(iri)


def iri_of(prefixes: Mapping[str, str], curie: str) -> str:
    """
    The IRI of a CURIE; the prefix may be in any case.

    Raises:
        BadParameter: the prefix is not declared; the known ones are named.
    """
    prefix, colon, name = curie.partition(":")
    by_fold = {known.casefold(): namespace for known, namespace in prefixes.items()}
    if not colon or prefix.casefold() not in by_fold:
        raise BadParameter(f"{curie!r}: the prefix {prefix!r} is not declared here.", available=sorted(prefixes))
    return by_fold[prefix.casefold()] + name
