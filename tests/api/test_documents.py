"""The calls that the documents show give the output that they show."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
GUIDE = (ROOT / "docs" / "curation.md").read_text(encoding="utf-8")
SHOWN_AT = "http://127.0.0.1:8000"


def is_whole(command: str) -> bool:
    """Whether a shell sees a complete command, or waits for a quote or a line to be finished."""
    done = subprocess.run(["bash", "-n", "-c", command], capture_output=True, check=False)
    return done.returncode == 0 and not command.rstrip("\n").endswith(("\\", "|"))


def calls(text: str) -> list[tuple[str, str]]:
    """Each command of a console block with the output below it."""
    found = []
    for block in re.findall(r"```console\n\$ (.*?)```", text, re.DOTALL):
        for shown in re.split(r"^\$ ", block, flags=re.MULTILINE):
            lines = shown.splitlines(keepends=True)
            starts = (n for n in range(1, len(lines) + 1) if is_whole("".join(lines[:n])))
            # A pipe may go on in the next line.
            length = next(n for n in starts if not "".join(lines[n : n + 1]).lstrip().startswith("|"))
            found.append(("".join(lines[:length]), "".join(lines[length:])))
    return found


def said(shell: str, command: str, **more: str) -> str:
    """What a command prints."""
    done = subprocess.run(
        [shell, "-c", command], capture_output=True, text=True, timeout=60, check=True, env={**os.environ, **more}
    )
    return done.stdout.replace("\r\n", "\n").strip()


def test_there_are_five_calls() -> None:
    assert len(calls(README)) == 5


@pytest.mark.parametrize(("command", "output"), calls(README), ids=lambda text: text.split("\n")[0][:60])
def test_a_call_gives_the_output_shown(command: str, output: str, server: str, needs: Callable[[str], str]) -> None:
    needs("curl")
    assert said(needs("bash"), command.replace(SHOWN_AT, server)) == output.strip()


def test_the_calls_of_the_guide_give_one_after_the_other_the_output_shown(
    curated_server: tuple[str, str], needs: Callable[[str], str]
) -> None:
    needs("curl")
    address, token = curated_server
    shown = calls(GUIDE)
    assert len(shown) == 32
    # The programs that they start are those that these tests run with.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for command, output in shown:
        found = said(needs("bash"), command.replace(SHOWN_AT, address), TOKEN=token, PATH=path)
        assert found == output.strip(), command
