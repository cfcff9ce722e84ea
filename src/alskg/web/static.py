"""Files that pages need, from addresses that name their content, so that browsers keep them for good."""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter
from fastapi import Path as Parameter
from starlette.responses import Response

from alskg.errors import UnknownName

FOLDER = Path(__file__).parent / "static"
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
YEAR_SECONDS = 31_536_000


@lru_cache(maxsize=1)
def version() -> str:
    """What the files amount to: it is part of their addresses, and another one where any of them differs."""
    digest = hashlib.sha256()
    for file in sorted(path for path in FOLDER.rglob("*") if path.suffix in MEDIA_TYPES):
        digest.update(file.relative_to(FOLDER).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:12]


def asset(name: str) -> str:
    """The address of a file: `/static/0f1e2d3c4b5a/alskg.css`."""
    return f"/static/{version()}/{name}"


def router() -> APIRouter:
    """One route for all of them."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/static/{asked}/{name:path}")
    def static(asked: Annotated[str, Parameter()], name: Annotated[str, Parameter()]) -> Response:
        file = (FOLDER / name).resolve()
        media_type = MEDIA_TYPES.get(file.suffix)
        if media_type is None or not file.is_relative_to(FOLDER) or not file.is_file():
            raise UnknownName(f"There is no file {name!r} among those that pages need.")
        # Of another version's address the file is today's, and may be another one tomorrow.
        kept = f"public, max-age={YEAR_SECONDS}, immutable" if asked == version() else "no-cache"
        headers = {"Cache-Control": kept, "X-Content-Type-Options": "nosniff"}
        return Response(file.read_bytes(), 200, headers, media_type)

    return routes
