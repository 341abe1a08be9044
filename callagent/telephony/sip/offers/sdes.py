"""Keys for SRTP in `a=crypto` lines (SDES: RFC 4568): reading, choosing and writing them. Nothing is encrypted here."""

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

KEY_BYTES: Final = 30
"""Master key (16) and master salt (14) of AES_CM_128 (RFC 4568 6.2)."""

LINE = re.compile(r"(?P<tag>[1-9][0-9]{0,8}) +(?P<suite>[A-Z0-9_]{1,64}) +(?P<key>[^ ]+)(?P<parameters>( +[^ ]+)*)")
LIFETIME = re.compile(r"2\^[0-9]{1,2}|[0-9]{1,15}")


class CryptoSuite(StrEnum):
    """The ciphers that we speak, strongest first (RFC 4568 6.2)."""

    SHA1_80 = "AES_CM_128_HMAC_SHA1_80"
    SHA1_32 = "AES_CM_128_HMAC_SHA1_32"


@dataclass(frozen=True, slots=True)
class CryptoLine:
    """One acceptable `a=crypto` line."""

    tag: int
    suite: CryptoSuite
    key: bytes = field(repr=False)
    """Master key and salt of whoever wrote the line, for what they send."""

    def __str__(self) -> str:
        return f"{self.tag} {self.suite} inline:{base64.b64encode(self.key).decode()}"


@dataclass(frozen=True, slots=True)
class SrtpKeys:
    """What both sides settled on."""

    suite: CryptoSuite
    send_key: bytes = field(repr=False)
    """Master key and salt for what we send, 30 bytes."""
    receive_key: bytes = field(repr=False)


def parse_crypto(value: str) -> CryptoLine | None:
    """Read the value of one `a=crypto` line; None when it asks for anything that we do not do.

    That is another suite, several keys or a key with an identifier (MKI), and session parameters that may not be
    ignored (RFC 4568 6.3.7): those change what is on the wire.
    """
    found = LINE.fullmatch(value)
    if found is None or found["suite"] not in {str(suite) for suite in CryptoSuite}:
        return None
    if any(not word.startswith(("-", "WSH=")) for word in found["parameters"].split()):
        return None
    method, _, inline = found["key"].partition(":")
    text, *extras = inline.split("|")
    if method.lower() != "inline" or len(extras) > 1 or not all(LIFETIME.fullmatch(extra) for extra in extras):
        return None
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return CryptoLine(int(found["tag"]), CryptoSuite(found["suite"]), key) if len(key) == KEY_BYTES else None


def acceptable(values: Iterable[str]) -> list[CryptoLine]:
    """The lines that we could take, in the order of the one who wrote them."""
    return [line for value in values if (line := parse_crypto(value)) is not None]
