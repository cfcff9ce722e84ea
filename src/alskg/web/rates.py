"""Rates: how many requests somebody may make in a minute, and what he is told of it."""

import time
from collections.abc import Callable
from functools import lru_cache
from ipaddress import IPv6Address, ip_address

WINDOW_SECONDS = 60.0
REMEMBERED_MAX = 100_000
"""Of so many it is known what they asked in the last minute; then the longest known are forgotten."""


class Rate:
    """
    A minute's worth of requests at once, and then as many as trickle in again (GCRA): a burst is no offence.

    It is used from the event loop alone. One number for each who asks, and a third of a microsecond for each request.
    """

    def __init__(self, name: str, per_minute: int, now: Callable[[], float] = time.monotonic) -> None:
        self._per_minute = per_minute
        self._step = WINDOW_SECONDS / per_minute if per_minute else 0.0
        self._now = now
        self._used_until: dict[str | bytes, float] = {}
        self._name = name
        self.policy = f'"{name}";q={per_minute};w={WINDOW_SECONDS:.0f}'
        """As the field RateLimit-Policy has it (draft-ietf-httpapi-ratelimit-headers)."""

    def __bool__(self) -> bool:
        return self._per_minute > 0

    def take(self, who: str | bytes) -> float:
        """Takes one request from what somebody may ask; how many seconds are missing, or 0."""
        now, known = self._now(), self._used_until
        until = max(known.pop(who, 0.0), now) + self._step
        missing = until - now - WINDOW_SECONDS
        # A hair's breadth, since sixty times a sixtieth isn't quite one.
        if missing > self._step / 1_000:
            known[who] = until - self._step
            return missing
        known[who] = until
        if len(known) > REMEMBERED_MAX:
            del known[next(iter(known))]
        return 0.0

    def told(self, who: str | bytes) -> bytes:
        """What is left, and when all is there again, as the field RateLimit has it."""
        used = max(0.0, self._used_until.get(who, 0.0) - self._now())
        left = int((WINDOW_SECONDS - used) / self._step + 0.001)
        return f'"{self._name}";r={max(0, left)};t={int(used) + 1}'.encode()

    def __len__(self) -> int:
        return len(self._used_until)


@lru_cache(maxsize=4_096)
def payer(host: str) -> str | None:
    """
    Who pays for the requests of an address; None for this very machine, and where no address is known.

    Behind a proxy that isn't trusted (ALSKG_PROXIES_TRUSTED) and runs on this machine, all clients are one, and would
    be locked out together. Who has an IPv6 address has a network of them (RFC 6177), so that the network pays.
    """
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if address.is_loopback:
        return None
    return address.exploded[:19] if isinstance(address, IPv6Address) else str(address)
