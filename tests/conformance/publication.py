"""A plugin that counts what a run of the W3C test suite found, and holds `docs/conformance.md` to it."""

import os
from collections import Counter
from pathlib import Path

import pytest

SUITES = {
    "Query": "aggregates bind bindings cast construct exists functions grouping negation project-expression "
    "property-path subquery",
    "Query syntax": "syntax-query syntax-fed",
    "Results formats": "csv-tsv-res json-res",
    "Update": "add basic-update clear copy delete delete-data delete-insert delete-where drop move update-silent",
    "Update syntax": "syntax-update-1 syntax-update-2",
    "Protocol": "protocol",
    "Graph Store Protocol": "graph-store-protocol",
    "Service Description": "service-description",
}
"""The parts of the suite, with their folders."""

WRITE = "ALSKG_CONFORMANCE_WRITE"
HEAD = """# Conformance

Every case of the W3C's SPARQL 1.1 test suite for these specifications is sent over HTTP to the running server by
`make test`. This page is written by the run itself (`make conformance`), and the run fails where it finds anything
else: a known failure that passes is a failure too.
"""
FEET = """## Not run

| folder | cases | why |
|---|---|---|
| `entailment` | 70 | No entailment regime is offered: what follows from the ontology is in the graph already. |
| `service` | 7 | SERVICE is refused unless an operator allows its address (`ALSKG_SERVICE_ALLOWED`). |
| `http-rdf-update` | 18 | The suite itself replaces it by `graph-store-protocol`. |
"""


class Publication:
    """Outcomes by the id of a case, as `bind/bind01`; a case that several tests send passes if all of them do."""

    def __init__(self, page: Path) -> None:
        self.page = page
        self.outcomes: dict[str, str] = {}
        self.reasons: dict[str, str] = {}
        self.fault: str | None = None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Takes down what became of a case."""
        _, bracket, case = report.nodeid.removesuffix("]").partition("[")
        is_case = report.nodeid.startswith("tests/conformance/") and bracket and suite_of(case)
        if not is_case or (report.when != "call" and report.passed):
            return
        known = hasattr(report, "wasxfail") and report.skipped
        outcome = "known failure" if known else report.outcome
        if known:
            self.reasons[case] = report.wasxfail.removeprefix("reason: ")
        if self.outcomes.get(case, "passed") == "passed":
            self.outcomes[case] = outcome

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Writes the page, or compares it, where the whole suite was run and nothing failed."""
        if not is_whole(session.config) or session.exitstatus != pytest.ExitCode.OK:
            return
        found = page_of(self.outcomes, self.reasons)
        if os.environ.get(WRITE) == "1":
            self.page.write_text(found, encoding="utf-8")
        elif not self.page.exists() or self.page.read_text("utf-8") != found:
            self.fault = f"{self.page.name} doesn't say what this run found; run `make conformance` and read the diff."
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Says what is wrong."""
        if self.fault:
            terminalreporter.section("conformance", red=True)
            terminalreporter.line(self.fault)


def is_whole(config: pytest.Config) -> bool:
    """Whether all of tests/conformance is run, and not a selection."""
    places = {Path(arg).as_posix().rstrip("/") for arg in config.args}
    options = config.option
    return bool(places & {"tests", "tests/conformance"}) and not (options.keyword or options.markexpr or options.lf)


def suite_of(case: str) -> str | None:
    """The part of the suite that a case belongs to."""
    folder = case.partition("/")[0]
    return next((suite for suite, folders in SUITES.items() if "/" in case and folder in folders.split()), None)


def page_of(outcomes: dict[str, str], reasons: dict[str, str]) -> str:
    """The page in Markdown."""
    lines = [HEAD, "| | cases | passed | known failures | skipped |", "|---|---|---|---|---|"]
    totals: Counter[str] = Counter()
    for suite in SUITES:
        counts = Counter(outcome for case, outcome in outcomes.items() if suite_of(case) == suite)
        totals += counts
        lines.append(_row(suite, counts))
    lines += [_row("**all**", totals), "", "## Known failures", "", "| case | why |", "|---|---|"]
    lines += [f"| `{case}` | {reasons[case]} |" for case in sorted(reasons)]
    return "\n".join(lines) + f"\n\n{FEET}"


def _row(name: str, counts: Counter[str]) -> str:
    return f"| {name} | {counts.total()} | {counts['passed']} | {counts['known failure']} | {counts['skipped']} |"
