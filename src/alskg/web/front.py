"""The front: what was answered already since the last change leaves from here, before routing and validation begin."""

import asyncio
import math
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from alskg.errors import AlskgError, NotAcceptable, StaleBase, TooManyRequests
from alskg.knowledge_graph import KnowledgeGraph
from alskg.web.access_log import AccessLog
from alskg.web.accounts import ACCOUNT, Account, id_of, rows_told
from alskg.web.aside import CLIENT_LEFT
from alskg.web.asked import Asked, headers_of, is_query, question_of, read_again
from alskg.web.cache import Cache, Question
from alskg.web.encodings import CODINGS, IDENTITY, codings
from alskg.web.metrics import Metrics
from alskg.web.origins import ANY_ORIGIN
from alskg.web.preconditions import names_any, names_strongly
from alskg.web.problems import problem_of
from alskg.web.rates import Rate, payer
from alskg.web.representations import VARY, Headers, Representation, Variant
from alskg.web.revisions import HEADER

AT_ONCE_BYTES_MAX = 65_536
"""What is larger is compressed in a thread: all others would wait for a millisecond or more on the event loop."""
NO_STORE = b"no-store"
_OF_ONE_CLIENT = (CLIENT_LEFT, TooManyRequests.status)
REVISION = HEADER.lower().encode()


@dataclass(slots=True)
class Underway:
    """A question that is being answered, for all who ask it meanwhile."""

    moment: object
    over: asyncio.Event = field(default_factory=asyncio.Event)
    answer: Representation | None = None
    is_for_each: bool = False
    """Whether everybody needs an answer of his own."""


class Front:
    """
    The application as the server calls it.

    A question is answered once for each moment of the graph: what comes meanwhile waits for that answer, and what comes
    later gets the same bytes. Requests with a token are passed on, since what they may see is for the doors to say.
    """

    def __init__(self, app: ASGIApp, kg: KnowledgeGraph, log: AccessLog | None = None) -> None:
        self._app = app
        self._kg = kg
        self.cache = Cache(kg.settings.cache_bytes_max)
        self.metrics = Metrics(kg, self.cache, log)
        self._log = log
        self._clients = Rate("client", kg.settings.requests_per_minute_max)
        self._tokens = Rate("token", kg.settings.token_requests_per_minute_max)
        self._keeps = kg.settings.cache_bytes_max > 0
        self._underway: dict[Question, Underway] = {}
        seconds = kg.settings.client_cache_seconds
        self._lifetime = b"public, max-age=%d" % seconds if seconds else b"no-cache"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers the request, or passes it on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers, method = headers_of(scope), scope["method"]
        account = scope[ACCOUNT] = Account(id_of(headers.get(b"x-request-id")), method, scope["path"])
        asked = Asked(scope, method, headers, send, account)
        try:
            if (refusal := self._refusal(asked)) is not None:
                await self.refuse(asked, refusal)
            else:
                await self._taken(asked, receive)
        finally:
            seconds = time.perf_counter() - account.started
            self.metrics.count(account, seconds)
            if self._log is not None:
                self._log.write(account.line(seconds))

    def _refusal(self, asked: Asked) -> AlskgError | None:
        """What to say to one who asks too often; else the reply will tell how much is left."""
        client = asked.scope.get("client")
        if self._clients and client and (who := payer(client[0])) is not None:
            if missing := self._clients.take(who):
                asked.told = _policy(self._clients, who)
                return _too_many("requests_per_minute_max", self._kg.settings.requests_per_minute_max, missing)
            asked.told = _policy(self._clients, who)
        if self._tokens and (shown := asked.headers.get(b"authorization")) is not None:
            # The token itself is remembered nowhere.
            token = blake2b(shown, digest_size=16).digest()
            missing = self._tokens.take(token)
            asked.told = _policy(self._tokens, token)
            if missing:
                most = self._kg.settings.token_requests_per_minute_max
                return _too_many("token_requests_per_minute_max", most, missing)
        return None

    async def _taken(self, asked: Asked, receive: Receive) -> None:
        scope, headers = asked.scope, asked.headers
        if self._keeps:
            asked.question = question_of(scope, headers)
        if self._keeps and is_query(scope, headers):
            # A form may be three times as long as the query in it.
            body, receive = await read_again(receive, 3 * self._kg.settings.query_bytes_max + 1_024)
            asked.question = question_of(scope, headers, body)
        if asked.method == "HEAD":
            # The doors answer GET; that the content is not sent is seen to here (RFC 9110, section 9.3.2).
            scope = {**scope, "method": "GET"}
        if asked.question is None:
            await self._app(scope, receive, _Reply(self, asked, None, self._kg.moment))
        else:
            await self._answer(asked, asked.question, scope, receive)

    async def _answer(self, asked: Asked, question: Question, scope: Scope, receive: Receive) -> None:
        while True:
            moment = self._kg.moment
            if (known := self.cache.get(question, moment)) is not None:
                asked.account.cache = "hit"
                await self.deliver(asked, known, moment)
                return
            underway = self._underway.get(question)
            # Whoever asks after a change must not get what was asked before it.
            if underway is None or underway.moment != moment:
                break
            await underway.over.wait()
            if underway.answer is not None:
                asked.account.cache = "joined"
                await self.deliver(asked, underway.answer, moment)
                return
            if underway.is_for_each:
                await self._app(scope, receive, _Reply(self, asked, None, moment))
                return
            # Whoever asked first went away without an answer, and one of those who waited is the first now.
        asked.account.cache = "miss"
        mine = self._underway[question] = Underway(moment)
        try:
            await self._app(scope, receive, _Reply(self, asked, mine, moment))
        finally:
            if self._underway.get(question) is mine:
                del self._underway[question]
            mine.over.set()

    async def deliver(self, asked: Asked, answer: Representation, moment: object) -> None:
        """Sends an answer, in the coding that the client likes best, or says that the client has it already."""
        account = asked.account
        account.route, account.rows, account.revision = answer.route, answer.rows, answer.revision
        coding = answer.coding_among(codings(asked.headers.get(b"accept-encoding")))
        if coding is None:
            await self.refuse(asked, _unencodable())
            return
        variant = answer.variants.get(coding) or await self._made(asked, answer, coding, moment)
        status, headers, body = answer.status, variant.headers, variant.body
        if variant.tag:
            # In the order of RFC 9110, section 13.2.2.
            condition = asked.headers.get(b"if-match")
            if condition is not None and not names_strongly(condition, variant.tag):
                await self.refuse(asked, _unmatched(condition, variant.tag))
                return
            condition = asked.headers.get(b"if-none-match")
            if condition is not None and names_any(condition, variant.tag):
                status, headers, body = 304, variant.unchanged, b""
        await asked.start(status, headers)
        await asked.content(body)

    async def refuse(self, asked: Asked, error: AlskgError) -> None:
        """Answers with an error, without asking the doors."""
        response = problem_of(HTTPConnection(asked.scope), error)
        answer = self.represented(asked, response.status_code, response.raw_headers, bytes(response.body))
        variant = answer.make(IDENTITY)
        await asked.start(answer.status, variant.headers)
        await asked.content(variant.body)

    async def _made(self, asked: Asked, answer: Representation, coding: bytes, moment: object) -> Variant:
        if coding == IDENTITY or len(answer.body) <= AT_ONCE_BYTES_MAX:
            variant = answer.make(coding)
        else:
            variant = await run_in_threadpool(answer.make, coding)
        answer.variants[coding] = variant
        if asked.question is not None:
            self.cache.grew(asked.question, answer, moment)
        return variant

    def represented(self, asked: Asked, status: int, headers: Headers, body: bytes) -> Representation:
        """A whole reply of the doors, as it may be kept and sent."""
        given = dict(headers)
        # An entity tag names what a GET of the address gives (RFC 9110, section 8.8.3), so that a POST has none.
        is_tagged = asked.is_read and status == 200 and not _is_for_each(headers)
        answer = Representation(
            status,
            [*headers, *ANY_ORIGIN],
            body,
            int(given.get(REVISION, b"%d" % self._kg.present.state.revision)),
            cache_control=self.cache_control(asked, status, given),
            is_tagged=is_tagged,
        )
        answer.route, answer.rows = asked.account.route, rows_told(given, body)
        return answer

    def cache_control(self, asked: Asked, status: int, given: dict[bytes, bytes]) -> bytes:
        """What caches between here and the client may do with a reply, where its door doesn't say."""
        if b"cache-control" in given:
            return given[b"cache-control"]
        if status >= 400 or not (asked.is_read or asked.question):
            return NO_STORE
        return b"private, no-cache" if asked.is_private else self._lifetime

    def keep(self, asked: Asked, answer: Representation, moment: object) -> None:
        """Keeps an answer for those who ask the same later, unless it is for this request alone."""
        if asked.question is not None and answer.status == 200 and self._kg.moment == moment:
            self.cache.put(asked.question, answer, moment)


class _Reply:
    """
    Where a door sends its reply to.

    A reply in one piece is made an answer. One in several pieces leaves as it comes, without an entity tag, which could
    only be known at its end; where it isn't too large, the next one who asks gets it in one piece.
    """

    def __init__(self, front: Front, asked: Asked, underway: Underway | None, moment: object) -> None:
        self._front = front
        self._asked = asked
        self._underway = underway
        self._moment = moment
        self._start: Message = {}
        self._has_begun = False
        self._parts: list[bytes] | None = []
        self._size = 0

    async def __call__(self, message: Message) -> None:
        """Takes the next piece."""
        if message["type"] == "http.response.start":
            # Whether the reply is whole is known when its first piece is here.
            self._start = message
        elif message["type"] == "http.response.body" and not self._has_begun and not message.get("more_body", False):
            await self._whole(message.get("body", b""))
        elif message["type"] == "http.response.body":
            await self._piece(message)
        else:
            await self._asked.send(message)

    async def _whole(self, body: bytes) -> None:
        front, asked = self._front, self._asked
        self._has_begun = True
        answer = front.represented(asked, self._start["status"], list(self._start["headers"]), body)
        is_for_each = _is_for_each(self._start["headers"])
        if not is_for_each:
            front.keep(asked, answer, self._moment)
        # That a client left, or asks too much, is nothing to the others: one of them asks for them all.
        if self._underway is not None and answer.status not in _OF_ONE_CLIENT:
            self._underway.is_for_each = is_for_each
            self._underway.answer = None if is_for_each else answer
            self._underway.over.set()
        await front.deliver(asked, answer, self._moment)

    async def _piece(self, message: Message) -> None:
        asked = self._asked
        if not self._has_begun:
            self._has_begun = True
            if self._underway is not None:
                # Nobody else waits for as long as this client takes to read.
                self._underway.is_for_each = True
                self._underway.over.set()
            await asked.start(self._start["status"], self._headers_of_pieces())
        self._collect(message)
        await asked.content(message.get("body", b""), more=message.get("more_body", False))

    def _headers_of_pieces(self) -> Headers:
        given: Headers = list(self._start["headers"])
        control = self._front.cache_control(self._asked, self._start["status"], dict(given))
        kept = [pair for pair in given if pair[0] not in (b"vary", b"etag", b"cache-control")]
        return [*kept, *ANY_ORIGIN, VARY, (b"cache-control", control)]

    def _collect(self, message: Message) -> None:
        if self._parts is None or self._asked.question is None:
            return
        self._parts.append(message.get("body", b""))
        self._size += len(self._parts[-1])
        if self._size > self._front.cache.answer_bytes_max:
            self._parts = None
        elif not message.get("more_body", False) and not _is_for_each(self._start["headers"]):
            headers, body = list(self._start["headers"]), b"".join(self._parts)
            answer = self._front.represented(self._asked, self._start["status"], headers, body)
            self._front.keep(self._asked, answer, self._moment)


def _is_for_each(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether everybody needs a reply of his own, as its headers say."""
    return any(name == b"set-cookie" or (name == b"cache-control" and b"no-store" in value) for name, value in headers)


def _policy(rate: Rate, who: str | bytes) -> Headers:
    return [(b"ratelimit-policy", rate.policy.encode()), (b"ratelimit", rate.told(who))]


def _too_many(setting: str, most: int, missing: float) -> AlskgError:
    return TooManyRequests(
        f"More than {most:,} requests in a minute (ALSKG_{setting.upper()}). The header RateLimit of every answer says "
        "how many are left; ask for several things at once, or take a dump from /graph.",
        limit=setting,
        retry_after_seconds=math.ceil(missing),
    )


def _unencodable() -> AlskgError:
    known = [coding.decode() for coding in CODINGS]
    return NotAcceptable(
        f"Accept-Encoding excludes all content codings that there are: {', '.join(known)}.", available=known
    )


def _unmatched(condition: bytes, tag: bytes) -> AlskgError:
    return StaleBase(
        f"If-Match: {condition.decode('latin-1')} doesn't name what is here now, which is {tag.decode()}. "
        "Read it again, without the header."
    )
