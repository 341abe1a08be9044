"""Parts of messages that must go back to the peer as they came.

`sipmessage` decodes addresses and encodes them again, which changes some: a tag `a+b` would become `a%2Bb`, and the
peer would not know its own dialog any more (RFC 3261 12.2.1.1 has tags sent back as they came; proxies want the same
of what they put into Record-Route). So a dialog keeps the texts. What a peer sends is untrusted: `WireError` is the
only error, also where the library raises another one.
"""

import re
from dataclasses import dataclass

from sipmessage import URI, Message

from callagent.errors import WireError
from callagent.telephony.sip.messages.addresses import read_uri as parse_uri
from callagent.telephony.sip.messages.addresses import values_of

MOST_ADDRESSES = 32
"""In one header, such as proxies that recorded their route."""

LONGEST_URI = 512
SCHEMES = frozenset({"sip", "sips", "tel"})

TAG = re.compile(r";\s*tag\s*=\s*([^;,\s<>\"]+)", re.IGNORECASE)
QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')


@dataclass(frozen=True)
class VerbatimURI(URI):
    """A URI that is written as it was read."""

    text: str = ""

    def __str__(self) -> str:
        return self.text


def read_uri(text: str) -> VerbatimURI:
    """Read a URI and keep its text. Raises WireError."""
    if len(text) > LONGEST_URI or not text.isprintable():
        raise WireError("SIP: an address is too long, or holds what is no text")
    try:
        uri = parse_uri(text)
    except ValueError:
        raise WireError("SIP: an address holds no SIP URI") from None
    if uri.scheme not in SCHEMES:
        raise WireError("SIP: an address holds no SIP URI")
    return VerbatimURI(uri.scheme, uri.host, uri.user, uri.password, uri.port, uri.parameters, text)


def addresses(message: Message, name: str) -> list[str]:
    """The addresses of all headers of that name, in order and as they came. Raises WireError for too many."""
    found = [one for value in message.headers.getlist(name) for one in values_of(value) if one]
    if len(found) > MOST_ADDRESSES:
        raise WireError(f"SIP: more than {MOST_ADDRESSES} addresses in {name}")
    return found


def uri_of(address: str) -> VerbatimURI:
    """The URI in a From, To, Contact, Route, Refer-To or the like. Raises WireError."""
    without_name = QUOTED.sub("", address)
    start = without_name.find("<")
    if start < 0:
        return read_uri(without_name.split(";")[0].strip())
    end = without_name.find(">", start)
    if end < 0:
        raise WireError("SIP: an address is not closed with >")
    return read_uri(without_name[start + 1 : end].strip())


def tag_of(address: str) -> str | None:
    """The tag of a From or To as it was written; None without one."""
    without_name = QUOTED.sub("", address)
    found = TAG.search(without_name[without_name.rfind(">") + 1 :])
    return found[1] if found else None


def header(message: Message, name: str) -> str:
    """The first value of a header that must be there. Raises WireError."""
    value = message.headers.get(name)
    if value is None:
        raise WireError(f"SIP: {name} is missing")
    return value


def is_loose(uri: URI) -> bool:
    """Whether that proxy routes as RFC 3261 does, not as RFC 2543 did."""
    return any(name.lower() == "lr" for name in uri.parameters)


def words(message: Message, name: str) -> set[str]:
    """The option tags of Supported, Require and the like, in small letters."""
    return {
        word.strip().lower() for value in message.headers.getlist(name) for word in value.split(",") if word.strip()
    }
