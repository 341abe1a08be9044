"""How Twilio signs what it sends (Usage: Security, "Validating requests").

The string that is signed is the full URL as Twilio was told it, query included, followed by every POST field sorted by
name, name and value joined without anything between. It is hashed with HMAC-SHA1 under the account's auth token and
written in Base64. An upgrade to a WebSocket is a GET: it has no fields and its URL begins with wss.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping

HEADER = "X-Twilio-Signature"


def sign(auth_token: str, url: str, fields: Mapping[str, str] | None = None) -> str:
    """The value of the `X-Twilio-Signature` header for a request to `url` with these POST fields."""
    joined = url + "".join(name + value for name, value in sorted((fields or {}).items()))
    digest = hmac.new(auth_token.encode(), joined.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()
