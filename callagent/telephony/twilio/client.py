"""The `twilio` package's client. Importing this takes the better part of a second: see `TwilioApi.warm_up`."""

from urllib.parse import urlsplit

from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.rest import Client

from callagent.telephony.twilio.account import TwilioAccount


class TwilioClient(Client):
    """The package's client, with the host replaced when another API address is configured; made in the event loop."""

    def __init__(self, account: TwilioAccount, timeout_s: float) -> None:
        self._http = AsyncTwilioHttpClient(timeout=timeout_s)
        # The package does not annotate this constructor.
        super().__init__(  # type: ignore[no-untyped-call]
            account.account_sid, account.auth_token, http_client=self._http
        )
        self._api_url = account.api_url

    def load(self) -> None:
        """Have the package import what it imports on first use, from whichever thread."""
        _ = self.calls, self.messages

    def get_hostname(self, uri: str) -> str:
        """Where to send a request; the package calls this for each."""
        if not self._api_url:
            return super().get_hostname(uri)
        other = urlsplit(self._api_url)
        return urlsplit(uri)._replace(scheme=other.scheme, netloc=other.netloc).geturl()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.close()
