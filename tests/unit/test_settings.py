"""What an operator may choose, and how a wrong choice is refused."""

from pathlib import Path

import pytest

from alskg.errors import SettingError
from alskg.settings import SettingRow, Settings, documentation

KNOBS = documentation()


def test_nothing_set_gives_the_defaults() -> None:
    settings = Settings.from_environment({"HOME": "/somewhere", "PATH": "/bin"})
    assert settings == Settings()
    assert (settings.host, settings.port, settings.answer_rows_max) == ("127.0.0.1", 8000, 100_000)


def test_an_empty_variable_counts_as_not_set() -> None:
    assert Settings.from_environment({"ALSKG_PORT": ""}).port == 8000


@pytest.mark.parametrize(
    ("variable", "value", "field", "expected"),
    [
        ("ALSKG_HOST", "0.0.0.0", "host", "0.0.0.0"),  # noqa: S104 - a value to read, not to bind
        ("ALSKG_PORT", "0", "port", 0),
        ("ALSKG_QUERY_SECONDS_MAX", "2.5", "query_seconds_max", 2.5),
        ("ALSKG_DATA_DIR", "~/kg", "data_dir", Path.home() / "kg"),
        ("ALSKG_SERVICE_ALLOWED", "https://a.example/s https://b.example/s", "service_allowed", None),
    ],
)
def test_a_variable_is_read_by_its_type(variable: str, value: str, field: str, expected: object) -> None:
    wanted = tuple(value.split()) if expected is None else expected
    assert getattr(Settings.from_environment({variable: value}), field) == wanted


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("ALSKG_PORT", "http", "ALSKG_PORT: 'http' is not a whole number"),
        ("ALSKG_PORT", "65536", "ALSKG_PORT: 65536 is no port"),
        ("ALSKG_PORT", "-1", "ALSKG_PORT: -1 is no port"),
        ("ALSKG_WORKERS", "1.5", "ALSKG_WORKERS: '1.5' is not a whole number"),
        ("ALSKG_WORKERS", "0", "ALSKG_WORKERS: 0 won't do"),
        ("ALSKG_QUERY_SECONDS_MAX", "soon", "ALSKG_QUERY_SECONDS_MAX: 'soon' is not a number"),
        ("ALSKG_QUERY_SECONDS_MAX", "-1", "ALSKG_QUERY_SECONDS_MAX: -1.0 won't do"),
        ("ALSKG_QUERY_SECONDS_MAX", "nan", "ALSKG_QUERY_SECONDS_MAX: nan won't do"),
        ("ALSKG_QUERY_SECONDS_MAX", "inf", "ALSKG_QUERY_SECONDS_MAX: inf won't do"),
        ("ALSKG_PAGE_ITEMS_DEFAULT", "2000", "ALSKG_PAGE_ITEMS_DEFAULT: must not be above"),
        ("ALSKG_PORTT", "1", "ALSKG_PORTT: there is no such setting; did you mean ALSKG_PORT?"),
        ("ALSKG_ZZZZZZZZZZZZ", "1", "there is no such setting; there is ALSKG_HOST"),
    ],
)
def test_a_wrong_choice_is_refused_by_name(variable: str, value: str, message: str) -> None:
    with pytest.raises(SettingError) as caught:
        Settings.from_environment({variable: value})
    assert message in str(caught.value)


def test_the_variable_of_the_test_suite_is_no_setting_and_no_error() -> None:
    assert Settings.from_environment({"ALSKG_TEST_ALL": "1"}) == Settings()


def test_the_store_lies_where_the_platform_keeps_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert Settings().data_dir == tmp_path / "alskg"


def test_the_files_are_found_in_a_checkout() -> None:
    assert (Settings().root / "ontology").is_dir()


@pytest.mark.parametrize("row", KNOBS, ids=lambda row: row.variable)
def test_every_setting_has_a_default_and_a_meaning(row: SettingRow) -> None:
    assert row.default
    assert row.meaning.endswith(".")


def test_a_row_says_variable_default_and_meaning() -> None:
    row = next(row for row in KNOBS if row.variable == "ALSKG_QUERY_SECONDS_MAX")
    assert (row.default, row.meaning) == ("30", "How long a query may run, in seconds.")
