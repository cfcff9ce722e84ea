"""Pages of any origin may read everything here, and send what a token allows (CORS, as the Fetch standard has it)."""

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

EXPOSED = (
    "Link",
    "ETag",
    "Location",
    "Retry-After",
    "WWW-Authenticate",
    "RateLimit",
    "RateLimit-Policy",
    "X-Request-Id",
    "X-Alskg-Revision",
    "X-Alskg-Citation",
    "X-Total-Count",
    "Content-Disposition",
)
ANY_ORIGIN = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", ", ".join(EXPOSED).encode()),
)
"""
On every answer, whether the request names an origin or not: a cache between keeps one answer for both.
"""


_PREFLIGHT = b"access-control-request-method"


class Preflights(CORSMiddleware):
    """Answers the requests by which browsers ask what they may send; all others pass."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(
            app,
            allow_origins=["*"],
            allow_methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["*"],
        )
        # The front says so on every answer.
        del self.preflight_headers["Access-Control-Allow-Origin"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers, or passes on."""
        if scope["type"] == "http" and any(name == _PREFLIGHT for name, _ in scope["headers"]):
            await super().__call__(scope, receive, send)
        else:
            await self.app(scope, receive, send)
