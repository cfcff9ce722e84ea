"""The calls that README shows give the output that it shows."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
SHOWN_AT = "http://127.0.0.1:8000"


def is_whole(command: str) -> bool:
    """Whether a shell sees a complete command, or waits for a quote or a line to be finished."""
    done = subprocess.run(["bash", "-n", "-c", command], capture_output=True, check=False)
    return done.returncode == 0 and not command.rstrip("\n").endswith("\\")


def calls() -> list[tuple[str, str]]:
    """Each command of a console block with the output below it."""
    found = []
    for block in re.findall(r"```console\n\$ (.*?)```", README, re.DOTALL):
        lines = block.splitlines(keepends=True)
        length = next(n for n in range(1, len(lines) + 1) if is_whole("".join(lines[:n])))
        found.append(("".join(lines[:length]), "".join(lines[length:])))
    return found


def test_there_are_five_calls() -> None:
    assert len(calls()) == 5


@pytest.mark.parametrize(("command", "output"), calls(), ids=lambda text: text.split("\n")[0][:60])
def test_a_call_gives_the_output_shown(command: str, output: str, server: str, needs: Callable[[str], str]) -> None:
    needs("curl")
    shell = needs("bash")
    asked = command.replace(SHOWN_AT, server)
    done = subprocess.run([shell, "-c", asked], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.replace("\r\n", "\n").strip() == output.strip()
