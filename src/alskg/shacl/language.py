"""The language of one validator's graphs: terms as the store and as rdflib have them, and queries, parsed once."""

import pyoxigraph as ox
from rdflib import XSD, BNode, Graph, Literal, URIRef
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.sparql import Query
from rdflib.term import Node

from alskg.errors import SourceError
from alskg.triples import Term

TERMS_MAX = 200_000
"""How many terms are remembered before they are forgotten and made anew."""


class Language:
    """What the graphs of one validator share: terms in both languages, the store's and rdflib's, and parsed queries."""

    def __init__(self) -> None:
        self.names = Graph()
        """A graph without triples, for its prefixes: messages write IRIs by them, as they would in full validation."""
        self._of_stored: dict[Term, Node] = {}
        self._stored: dict[Node, Term] = {}
        self._queries: dict[str, Query] = {}

    def term(self, term: Term) -> Node:
        """The term as rdflib reads it from N-Triples, where xsd:string is not written."""
        known = self._of_stored.get(term)
        if known is None:
            if len(self._of_stored) >= TERMS_MAX:
                self._of_stored.clear()
                self._stored.clear()
            known = self._of_stored[term] = _read(term)
            self._stored.setdefault(known, term)
        return known

    def stored(self, node: Node) -> Term:
        """The term of the store; of literals that rdflib can't tell apart, the one that was read first."""
        known = self._stored.get(node)
        return _written(node) if known is None else known

    def query(self, text: str) -> Query:
        """A query, parsed once: pySHACL asks the same text for every focus node."""
        if text not in self._queries:
            self._queries[text] = prepareQuery(text, initNs=dict(self.names.namespaces()))
        return self._queries[text]


def _read(term: Term) -> Node:
    if isinstance(term, ox.NamedNode):
        return URIRef(term.value)
    if isinstance(term, ox.BlankNode):
        return BNode(term.value)
    if isinstance(term, ox.Triple) or term.direction is not None:
        raise SourceError(f"{term}: triple terms and directions of RDF 1.2 can't be validated; leave them out.")
    if term.language is not None:
        return Literal(term.value, lang=term.language)
    datatype = term.datatype.value
    if datatype == str(XSD.string):
        return Literal(term.value)
    # Not left to rdflib's default, which pySHACL changes for a moment when it is asked in another thread.
    return Literal(term.value, datatype=URIRef(datatype), normalize=True)


def _written(node: Node) -> Term:
    if isinstance(node, URIRef):
        return ox.NamedNode(str(node))
    if isinstance(node, BNode):
        return ox.BlankNode(str(node))
    if not isinstance(node, Literal):
        raise TypeError(f"{node!r} is no term.")
    datatype = None if node.datatype is None else ox.NamedNode(str(node.datatype))
    return ox.Literal(str(node), language=node.language, datatype=None if node.language else datatype)
