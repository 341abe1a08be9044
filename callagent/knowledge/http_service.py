"""Looking up at the shop's own computer over HTTP.

The question is a POST of one JSON object, the arguments by name as text; so no customer's number stands in an address
that servers log. The answer is status 200 with one JSON object of texts that holds at least what the service `gives`;
or ``{"several": ["one", "other"]}`` when more than one is meant; or status 404 when there is none. Anything else is no
answer: another status, a redirect, a number instead of a text, a body of more than 64 kB, or none in time.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import TypeAlias

import aiohttp

from callagent.errors import CallagentError
from callagent.knowledge.services import Service
from callagent.knowledge.sources import NOT_FOUND, Answer, Desk, Source

MAX_ANSWER_BYTES = 64 * 1024

Attempt: TypeAlias = Callable[[], Awaitable[Answer]]
Through: TypeAlias = Callable[[Attempt], Awaitable[Answer]]
"""Makes an attempt, or refuses to: where a breaker goes. Whatever it raises is "down"."""


class LookUpFailedError(CallagentError):
    """The shop's computer did not give a usable answer."""


class HttpService:
    """One service; connects on first use, on the event loop that asks."""

    def __init__(self, service: Service, through: Through | None = None) -> None:
        self._service = service
        self._through = through
        self._session: aiohttp.ClientSession | None = None

    @property
    def desk(self) -> Desk:
        """What it can tell, for a `Shop`."""
        return Desk(Source(self._service.name, self._service.needs, self._service.gives), self.find)

    async def find(self, arguments: Mapping[str, str], _: datetime) -> Answer:
        """Ask. Raises LookUpFailedError when there is no usable answer."""
        question = {name: arguments[name] for name in self._service.needs}

        async def attempt() -> Answer:
            try:
                return await self._ask(question)
            except (aiohttp.ClientError, TimeoutError, ValueError, RecursionError) as error:
                raise LookUpFailedError(f"{self._service.name}: {type(error).__name__}") from error

        return await (self._through(attempt) if self._through else attempt())

    async def aclose(self) -> None:
        """Give back the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _ask(self, question: Mapping[str, str]) -> Answer:
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=self._service.timeout_s)
            self._session = aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar())
        async with self._session.post(self._service.url, json=question, allow_redirects=False) as response:
            if response.status == 404:
                return NOT_FOUND
            if response.status != 200 or response.content_type != "application/json":
                raise LookUpFailedError(f"{self._service.name}: status {response.status}")
            body = b""
            async for part in response.content.iter_chunked(MAX_ANSWER_BYTES):
                body += part
                if len(body) > MAX_ANSWER_BYTES:
                    raise LookUpFailedError(f"{self._service.name}: the answer is too long")
        return _answer(body, self._service)


def _answer(body: bytes, service: Service) -> Answer:
    found = json.loads(body.decode("utf-8"), object_pairs_hook=_without_doubles)
    if not isinstance(found, dict):
        raise LookUpFailedError(f"{service.name}: no object")
    several = found.get("several")
    if isinstance(several, list) and len(found) == 1:
        if not several or not all(isinstance(name, str) and name for name in several):
            raise LookUpFailedError(f"{service.name}: 'several' must be names")
        return Answer("several", candidates=tuple(several))
    if not all(isinstance(value, str) for value in found.values()):
        raise LookUpFailedError(f"{service.name}: a value is no text")
    missing = [name for name in service.gives if name not in found]
    if missing:
        raise LookUpFailedError(f"{service.name}: '{missing[0]}' is missing")
    return Answer("found", {name: found[name] for name in service.gives})


def _without_doubles(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is there twice")
    return found
