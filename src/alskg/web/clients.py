"""Clients: who asks, as far as it can be told, and how many queries of one are evaluated or wait at a time."""

from collections import Counter
from collections.abc import Callable

from starlette.requests import HTTPConnection

from alskg.errors import TooManyRequests


def client_of(request: HTTPConnection) -> str:
    """The address that a request came from; behind a proxy, the one that a trusted proxy names (see the README)."""
    return request.client.host if request.client else ""


class Turns:
    """
    The queries of each client that are evaluated, or wait for it.

    It is used from the event loop alone.
    """

    def __init__(self, per_client_max: int) -> None:
        self._per_client_max = per_client_max
        self._taken: Counter[str] = Counter()

    def take(self, client: str) -> Callable[[], None]:
        """
        Takes a turn; call what comes back when it is over, which may be done more than once.

        Raises:
            TooManyRequests: the client has as many as it may have.
        """
        if self._taken[client] >= self._per_client_max:
            raise TooManyRequests(
                f"{self._per_client_max} queries of yours are evaluated or wait already "
                "(ALSKG_QUERIES_PER_CLIENT_MAX). Ask again when one of them is answered.",
                limit="queries_per_client_max",
                retry_after_seconds=1,
            )
        self._taken[client] += 1
        over = False

        def give_back() -> None:
            nonlocal over
            if not over:
                over = True
                self._taken[client] -= 1
                if not self._taken[client]:
                    # A counter that remembers every address that ever asked would grow for ever.
                    del self._taken[client]

        return give_back
