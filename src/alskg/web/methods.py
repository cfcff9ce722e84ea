"""The HTTP method that belongs to every address, OPTIONS, and what Allow says."""

from fastapi import FastAPI
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import ASGIApp, Receive, Scope, Send


class Methods:
    """Answers OPTIONS with what is allowed (RFC 9110, section 9.3.7); FastAPI's routes know nothing of each other."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on, or answers it."""
        is_options = scope["type"] == "http" and scope["method"] == "OPTIONS"
        if is_options and (allowed := allowed_methods(scope["app"], scope)):
            await Response(status_code=204, headers={"Allow": ", ".join(allowed)})(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def allowed_methods(app: FastAPI, scope: Scope) -> list[str]:
    """The methods that the address of a request answers; none where there is no such address."""
    matching = [route for route in app.routes if route.matches(scope)[0] is not Match.NONE]
    methods = {method for route in matching for method in getattr(route, "methods", None) or ()}
    return sorted(methods | {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set())) if methods else []
