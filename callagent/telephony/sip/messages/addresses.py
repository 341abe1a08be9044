"""URIs, addresses and Via values read from a peer's text (RFC 3261 sections 19.1, 20.10, 20.42 and 25.1).

The values are `sipmessage`'s own. Its readers are not used here: their patterns take quadratic time for some texts,
know no host that ends in a digit without a dot ("pbx1"), and percent-encode a parameter when it is written again, so
that a tag with a "+" comes back as another tag. These take linear time, and parameters are written as they were read.

Every reader raises ValueError with a short text that quotes nothing of what was read.
"""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote

from sipmessage import URI, Address, MediaType, Parameters, Via

_TOKEN: Final = r"[A-Za-z0-9\-.!%*_+`'~]"  # noqa: S105 - a term of the grammar
_ESCAPED: Final = r"%[0-9A-Fa-f]{2}"
_HOST: Final = r"(?:\[[0-9A-Fa-f:.]++\]|[A-Za-z0-9_][A-Za-z0-9_.\-]*+)"
_URI_PARAMETER: Final = rf"(?:[A-Za-z0-9\-_.!~*'()\[\]/:&+$]|{_ESCAPED})++"
_QUOTED: Final = r'"(?:[^"\\]|\\.)*+"'

_SIP_URI: Final = re.compile(
    rf"(?P<scheme>sips?):(?:(?P<user>(?:[A-Za-z0-9\-_.!~*'()&=+$,;?/#]|{_ESCAPED})++)"
    rf"(?::(?P<password>(?:[A-Za-z0-9\-_.!~*'()&=+$,]|{_ESCAPED})*+))?@)?"
    rf"(?P<host>{_HOST})(?::(?P<port>[0-9]{{1,5}}))?"
    rf"(?P<parameters>(?:;{_URI_PARAMETER}(?:={_URI_PARAMETER})?)*+)(?:\?(?P<headers>[^\s<>\"]++))?",
    re.IGNORECASE,
)
_TEL_URI: Final = re.compile(
    rf"tel:(?P<subscriber>\+?[0-9A-Fa-f*#\-.()]++)(?P<parameters>(?:;{_URI_PARAMETER}(?:={_URI_PARAMETER})?)*+)",
    re.IGNORECASE,
)
_OTHER_URI: Final = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+\-.]*+):(?P<rest>[^\s<>\"]++)")
_NAME_ADDRESS: Final = re.compile(
    rf"(?:(?P<quoted>{_QUOTED})\s*+|(?P<name>[^\"<>,;:@\\\x00-\x1f]*+))<(?P<uri>[^<>\"\s]++)>", re.DOTALL
)
_BARE_ADDRESS: Final = re.compile(r"(?P<uri>[^\s<>\",;?]++)")
_PARAMETER: Final = re.compile(
    rf"\s*+;\s*+(?P<name>{_TOKEN}++)(?:\s*+=\s*+(?P<value>{_QUOTED}|[^\s;,\"<>]++))?", re.DOTALL
)
_VIA: Final = re.compile(
    rf"SIP\s*+/\s*+2\.0\s*+/\s*+(?P<transport>{_TOKEN}++)\s++(?P<host>{_HOST})(?:\s*+:\s*+(?P<port>[0-9]{{1,5}}))?",
    re.IGNORECASE,
)
_MEDIA_TYPE: Final = re.compile(rf"({_TOKEN}++)\s*+/\s*+({_TOKEN}++)")
_ITEM: Final = re.compile(rf"{_QUOTED}|\".*|<[^<>]*+>|,|[^\",<]++|<", re.DOTALL)
# A quote that is never closed takes the rest: looking for its end again and again takes quadratic time.


class Verbatim(Parameters):
    """Parameters that are written as they were read; names in lower case, as RFC 3261 section 7.3.1 compares them."""

    def __init__(self, pairs: dict[str, str | None]) -> None:
        # The library takes keywords, and a peer may call a parameter "self".
        super().__init__()
        self._pairs = dict(pairs)

    def __getitem__(self, key: str) -> str | None:
        return self._pairs[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._pairs)

    def __len__(self) -> int:
        return len(self._pairs)

    def __str__(self) -> str:
        return "".join(f";{name}" if value is None else f";{name}={value}" for name, value in self._pairs.items())

    def replace(self, **changes: str | None) -> "Verbatim":
        """A copy with these parameters added or exchanged."""
        return Verbatim({**self._pairs, **changes})


def read_uri(text: str) -> URI:
    """A SIP, SIPS or TEL URI; any other scheme's is kept whole as `scheme` and `host`.

    Header fields inside a URI (`?name=value`) are left out: nothing that is sent to a URI may be chosen by a peer.
    """
    if match := _SIP_URI.fullmatch(text):
        user, password = match["user"], match["password"]
        return URI(
            scheme=match["scheme"].lower(),
            host=match["host"],
            user=None if user is None else unquote(user),
            password=None if password is None else unquote(password),
            port=_port(match["port"]),
            parameters=_uri_parameters(match["parameters"]),
        )
    if match := _TEL_URI.fullmatch(text):
        return URI(scheme="tel", host="", user=match["subscriber"], parameters=_uri_parameters(match["parameters"]))
    match = _OTHER_URI.fullmatch(text)
    if match is None or match["scheme"].lower() in {"sip", "sips", "tel"}:
        raise ValueError("a URI is not valid")
    return URI(scheme=match["scheme"], host=match["rest"])


def has_headers(text: str) -> bool:
    """Whether a SIP URI carries header fields, which no Request-URI may (RFC 3261 section 19.1.1)."""
    match = _SIP_URI.fullmatch(text)
    return match is not None and match["headers"] is not None


def read_address(text: str) -> Address:
    """One value of From, To, Contact, Route or Record-Route."""
    text = text.strip()
    match = _NAME_ADDRESS.match(text)
    name = ""
    if match is not None:
        quoted = match["quoted"]
        name = re.sub(r"\\(.)", r"\1", quoted[1:-1], flags=re.DOTALL) if quoted else match["name"].strip()
    else:
        match = _BARE_ADDRESS.match(text)
    if match is None:
        raise ValueError("an address is not valid")
    return Address(uri=read_uri(match["uri"]), name=name, parameters=read_parameters(text[match.end() :]))


def read_via(text: str) -> Via:
    """One value of a Via header."""
    text = text.strip()
    match = _VIA.match(text)
    if match is None:
        raise ValueError("a Via is not valid")
    return Via(
        transport=match["transport"].upper(),
        host=match["host"],
        port=_port(match["port"]),
        parameters=read_parameters(text[match.end() :]),
    )


def read_parameters(text: str) -> Verbatim:
    """`;name=value` up to the end of the text; a name that comes twice is an error."""
    pairs: dict[str, str | None] = {}
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _PARAMETER.match(text, at)
        if match is None:
            raise ValueError("parameters are not valid")
        name = match["name"].lower()
        if name in pairs:
            raise ValueError("a parameter comes twice")
        pairs[name] = match["value"]
        at = match.end()
    return Verbatim(pairs)


def read_media_type(text: str) -> MediaType:
    """A value of Content-Type."""
    match = _MEDIA_TYPE.match(text)
    if match is None:
        raise ValueError("a media type is not valid")
    return MediaType(f"{match[1]}/{match[2]}".lower(), read_parameters(text[match.end() :]))


def values_of(text: str) -> list[str]:
    """A header's comma-separated values; commas inside quotes and angle brackets separate nothing."""
    values = [""]
    for match in _ITEM.finditer(text):
        if match[0] == ",":
            values.append("")
        else:
            values[-1] += match[0]
    return [value.strip() for value in values]


def _uri_parameters(text: str) -> Verbatim:
    pairs: dict[str, str | None] = {}
    for item in text.split(";")[1:]:
        name, equals, value = item.partition("=")
        if pairs.setdefault(name.lower(), value if equals else None) != (value if equals else None):
            raise ValueError("a URI's parameter comes twice")
    return Verbatim(pairs)


def _port(text: str | None) -> int | None:
    if text is None:
        return None
    if not 0 < int(text) < 65536:
        raise ValueError("a port is out of range")
    return int(text)
