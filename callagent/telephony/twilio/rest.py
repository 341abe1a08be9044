"""What Twilio's REST API does for a call, through the `twilio` package."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final
from urllib.parse import urlsplit

from aiohttp import ClientError
from twilio.base.exceptions import TwilioException
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.rest import Client

from callagent.errors import CarrierRefusedError
from callagent.telephony.twilio.account import TwilioAccount

TIMEOUT_S: Final = 3.0
"""For one request: a caller is waiting on a finished call."""


class _Client(Client):
    """The package's client, with the host replaced when another API address is configured."""

    api_url: str | None = None

    def get_hostname(self, uri: str) -> str:
        """Where to send a request; the package calls this for each."""
        if not self.api_url:
            return super().get_hostname(uri)
        other = urlsplit(self.api_url)
        return urlsplit(uri)._replace(scheme=other.scheme, netloc=other.netloc).geturl()


class TwilioApi:
    """One per process; made inside the event loop that uses it."""

    def __init__(self, account: TwilioAccount) -> None:
        self._http = AsyncTwilioHttpClient(timeout=TIMEOUT_S)
        # The package does not annotate this constructor.
        self._client = _Client(  # type: ignore[no-untyped-call]
            account.account_sid, account.auth_token, http_client=self._http
        )
        self._client.api_url = account.api_url

    def warm_up(self) -> None:
        """Have the package import what it imports on first use, a third of a second that no call should wait for."""
        _ = self._client.calls, self._client.messages

    async def hang_up(self, call_sid: str) -> None:
        """End a live call. Raises CarrierRefusedError when Twilio says no or does not answer in time."""
        await _answered("hang-up", self._client.calls(call_sid).update_async(status="completed"))

    async def redirect(self, call_sid: str, twiml: str) -> None:
        """Have a live call go on with other TwiML. Raises CarrierRefusedError as `hang_up`."""
        await _answered("redirect", self._client.calls(call_sid).update_async(twiml=twiml))

    async def send_text(self, to: str, sender: str, text: str) -> None:
        """Send a text message; both numbers are E.164. Raises CarrierRefusedError as `hang_up`."""
        await _answered("text message", self._client.messages.create_async(to=to, from_=sender, body=text))

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.close()


async def _answered(what: str, request: Coroutine[Any, Any, object]) -> None:
    try:
        async with asyncio.timeout(TIMEOUT_S):
            await request
    except TimeoutError as error:
        raise CarrierRefusedError(f"Twilio did not answer a {what} in time", retryable=True) from error
    except (TwilioException, ClientError, OSError, ValueError) as error:
        # A Twilio error's text names the account, so only its class is passed on.
        message = f"Twilio refused a {what} ({type(error).__name__})"
        raise CarrierRefusedError(message, retryable=isinstance(error, ClientError | OSError)) from error
