"""What was made elsewhere and lies here is exactly what its manifest says, with its licence."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = (ROOT / "src/alskg/web/static/vendor", ROOT / "tests/browser/vendor")
LICENCES = {"MIT", "Apache-2.0", "MPL-2.0"}


def faults(folder: Path) -> list[str]:
    """What differs between a folder and its manifest."""
    manifest: dict[str, dict[str, Any]] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {"manifest.json"}
    listed = {f"{name}/{file}": digest for name, part in manifest.items() for file, digest in part["files"].items()}
    wrong = [f"{file} is not in the manifest" for file in found - set(listed)]
    wrong += [f"{file} is missing" for file in set(listed) - found]
    wrong += [
        f"{file} is not what the manifest says"
        for file in found & set(listed)
        if f"sha256-{hashlib.sha256((folder / file).read_bytes()).hexdigest()}" != listed[file]
    ]
    wrong += [f"{name} has no licence file" for name in manifest if f"{name}/LICENSE" not in found]
    wrong += [f"{name}: {part['licence']}" for name, part in manifest.items() if part["licence"] not in LICENCES]
    keys = ("version", "source", "integrity")
    return wrong + [f"{name} has no {key}" for name, part in manifest.items() for key in keys if not part.get(key)]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.relative_to(ROOT).as_posix())
def test_what_is_vendored_is_what_its_manifest_says(folder: Path) -> None:
    assert faults(folder) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda part: (part / "code.js").write_text("other"), "p/code.js is not what the manifest says"),
        (lambda part: (part / "more.js").write_text("more"), "p/more.js is not in the manifest"),
        (lambda part: (part / "code.js").unlink(), "p/code.js is missing"),
        (lambda part: (part / "LICENSE").unlink(), "p has no licence file"),
    ],
    ids=["changed", "added", "missing", "without-licence"],
)
def test_a_difference_is_seen(tmp_path: Path, change: Any, fault: str) -> None:
    part = tmp_path / "p"
    part.mkdir()
    files = {"code.js": "code", "LICENSE": "MIT"}
    for name, text in files.items():
        (part / name).write_text(text)
    digests = {name: f"sha256-{hashlib.sha256(text.encode()).hexdigest()}" for name, text in files.items()}
    about = {"version": "1", "source": "s", "integrity": "i", "licence": "MIT", "files": digests}
    (tmp_path / "manifest.json").write_text(json.dumps({"p": about}))
    assert faults(tmp_path) == []
    change(part)
    assert fault in faults(tmp_path)
