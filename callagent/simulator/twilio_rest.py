"""Twilio's REST API as far as a call needs it: read a call, end a call (Voice API: Call resource).

It listens on loopback and asks for HTTP basic authentication with the account's SID and token. A call that has ended
can still be read, but ending it again is answered 404 with code 20404, as Twilio does to a server that hangs up just
after the caller did.
"""

import base64
import hmac
from collections.abc import Callable, Mapping
from typing import Protocol

from aiohttp import web

CALL_PATH = "/2010-04-01/Accounts/{account}/Calls/{call}.json"
Json = Mapping[str, str | int | None]


class Endable(Protocol):
    """A call as the API sees it."""

    @property
    def live(self) -> bool:
        """Whether it is still going on."""
        ...

    def as_json(self) -> Json:
        """The Call resource."""
        ...

    def end_by_api(self) -> None:
        """End it soon after the answer has gone out."""
        ...


class RestApi:
    """A server for one account; `find` gives the call with a SID, or None."""

    def __init__(self, account_sid: str, auth_token: str, find: Callable[[str], Endable | None]) -> None:
        self._account_sid = account_sid
        self._credentials = base64.b64encode(f"{account_sid}:{auth_token}".encode()).decode()
        self._find = find
        self._runner: web.AppRunner | None = None
        self._port = 0

    @property
    def url(self) -> str:
        """Where it listens, such as http://127.0.0.1:41234; stands for https://api.twilio.com."""
        return f"http://127.0.0.1:{self._port}"

    async def start(self) -> None:
        """Listen on a free port."""
        app = web.Application()
        app.router.add_get(CALL_PATH, self._show)
        app.router.add_post(CALL_PATH, self._update)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._port = self._runner.addresses[0][1]

    async def aclose(self) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _show(self, request: web.Request) -> web.Response:
        call = self._call(request)
        if isinstance(call, web.Response):
            return call
        return web.json_response(dict(call.as_json()))

    async def _update(self, request: web.Request) -> web.Response:
        call = self._call(request)
        if isinstance(call, web.Response):
            return call
        form = await request.post()
        if form.get("Status") != "completed":
            return _refusal(400, 20001, "The simulated carrier can only be told Status=completed for a live call")
        if not call.live:
            return _not_found(request)
        call.end_by_api()
        return web.json_response({**call.as_json(), "status": "completed"})

    def _call(self, request: web.Request) -> Endable | web.Response:
        """The call that is meant, or the answer to somebody who may not or cannot have it."""
        kind, _, credentials = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "basic" or not hmac.compare_digest(credentials.encode(), self._credentials.encode()):
            return _refusal(401, 20003, "Authenticate")
        call = self._find(request.match_info["call"]) if request.match_info["account"] == self._account_sid else None
        return call if call is not None else _not_found(request)


def _not_found(request: web.Request) -> web.Response:
    return _refusal(404, 20404, f"The requested resource {request.path} was not found")


def _refusal(status: int, code: int, message: str) -> web.Response:
    """An error in the shape that all of Twilio's API answers with."""
    body = {
        "code": code,
        "message": message,
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }
    return web.json_response(body, status=status)
