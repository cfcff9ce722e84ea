"""SHACL by what a change touches: the same verdict as full validation, at the cost of the change."""
