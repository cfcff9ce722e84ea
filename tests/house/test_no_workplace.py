"""No file knows the machine that it was written on."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Written in pieces, so that this file doesn't find itself.
HOMES = "|".join(["home", "root", "work", "workspace", "Users", "opt"])
PATH = re.compile(rf"(?<![\w.:/~$%}})-])/(?:{HOMES})/\w|\bfile:" + r"//(?!\{)/?\w|\b[A-Z]:" + r"\\\\?Users\b")
HOSTS = re.compile(
    "|".join([r"\bpypi" + r"\.org", r"python" + r"hosted\.org", r"npm" + r"js\.(?:org|com)", r"deb\.deb" + "ian"])
)


def ignored() -> set[str]:
    lines = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    return {line.strip("/") for line in lines if line and "*" not in line} | {".git"}


def files_under(folder: Path, ignored: set[str]) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name in ignored or path.name.startswith(".coverage"):
            continue
        if path.is_dir():
            yield from files_under(path, ignored)
        else:
            yield path


def traces_in(text: str) -> list[str]:
    """The absolute paths and registry hosts in a text."""
    return [match[0] for pattern in (PATH, HOSTS) for match in pattern.finditer(text)]


def test_no_file_holds_a_path_or_a_host_of_the_workplace() -> None:
    found = {}
    for file in files_under(ROOT, ignored()):
        try:
            traces = traces_in(file.read_text(encoding="utf-8"))
        except UnicodeDecodeError:
            continue
        if traces:
            found[file.relative_to(ROOT).as_posix()] = traces
    assert found == {}


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-test.lock"])
def test_a_lock_holds_versions_and_hashes_and_nothing_else(name: str) -> None:
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        assert re.fullmatch(
            r"[a-z0-9._-]+(\[[a-z0-9,-]+\])?==\S+( ; .+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?", line
        )


@pytest.mark.parametrize(
    "text",
    [
        "see /" + "home/ana/kg",
        "'/" + "work/main'",
        "=/" + "root/x",
        "https://files.python" + "hosted.org/x",
        "file:" + "///etc/x",
    ],
)
def test_a_trace_is_seen(text: str) -> None:
    assert traces_in(text)


@pytest.mark.parametrize("text", ["https://example.org/work/1", "~/.local/share", "a/home/b", "/drugs/riluzole"])
def test_what_is_no_trace_is_let_pass(text: str) -> None:
    assert traces_in(text) == []
