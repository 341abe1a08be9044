"""What Twilio's REST API does for a call, through the `twilio` package."""

import asyncio
from collections.abc import Coroutine
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from aiohttp import ClientError
from twilio.base.exceptions import TwilioException

from callagent.errors import CarrierRefusedError
from callagent.telephony.twilio.account import TwilioAccount

if TYPE_CHECKING:
    from callagent.telephony.twilio.client import TwilioClient

TIMEOUT_S: Final = 3.0
"""For one request: a caller is waiting on a finished call."""


class TwilioApi:
    """One per process; used from one event loop."""

    def __init__(self, account: TwilioAccount) -> None:
        self._account = account
        self._made: TwilioClient | None = None

    @property
    def _client(self) -> "TwilioClient":
        if self._made is None:
            from callagent.telephony.twilio.client import TwilioClient

            self._made = TwilioClient(self._account, TIMEOUT_S)
        return self._made

    async def warm_up(self) -> None:
        """Import the package, in a thread: no call should wait for that, nor should the start of the server."""
        await asyncio.to_thread(import_module, "callagent.telephony.twilio.client")
        await asyncio.to_thread(self._client.load)

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
        if self._made is not None:
            await self._made.aclose()


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
