"""A shop's account at Twilio, and what its secret proves."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from twilio.request_validator import RequestValidator


@dataclass(frozen=True, slots=True)
class TwilioAccount:
    """Credentials and addresses."""

    account_sid: str
    auth_token: str = field(repr=False)
    public_url: str
    """The address that Twilio was given, such as https://shop.example.com: the one that it signs."""
    api_url: str | None = None
    """Where the REST API is, when not at Twilio: for tests and the demo."""

    @property
    def voice_url(self) -> str:
        """The voice webhook's address as Twilio reaches it."""
        return self.public_url.rstrip("/") + "/twilio/voice"

    def stream_url(self, worker: int = 0) -> str:
        """The address of a worker's media socket as Twilio reaches it; 0 for the only process of a server."""
        base = self.public_url.replace("http", "ws", 1).rstrip("/") + "/twilio/media"
        return f"{base}/{worker}" if worker else base

    def signed(self, path: str, form: Mapping[str, object], signature: str | None) -> bool:
        """Whether Twilio signed this request to `path` (with its query, if any).

        https://www.twilio.com/docs/usage/security#validating-requests. The address is the configured one: what Host
        and X-Forwarded headers say is the sender's to choose.
        """
        if not signature:
            return False
        url = self.public_url.rstrip("/") + path
        try:
            return bool(RequestValidator(self.auth_token).validate(url, form, signature))
        except ValueError:
            # An address that is none, or a signature that is not ASCII.
            return False
