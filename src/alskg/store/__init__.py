"""Where quads live: the embedded store, the processes that answer free-form queries, and terms as SPARQL text."""
