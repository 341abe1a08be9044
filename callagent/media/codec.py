"""The codings of a telephone line that callagent speaks over RTP: both of G.711 (RFC 3551, section 4.5.14)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from callagent.media.g711 import ALAW_SILENCE, ULAW_SILENCE, alaw_decode, alaw_encode, ulaw_decode, ulaw_encode


@dataclass(frozen=True, slots=True)
class Codec:
    """One byte a sample, 8000 samples a second."""

    name: str
    """As SDP names it."""
    payload_type: int
    """The static one of RFC 3551."""
    encode: Callable[[bytes], bytes]
    """Of 16-bit PCM. Raises MediaError for half a sample."""
    decode: Callable[[bytes], bytes]
    """To 16-bit PCM."""
    silence: bytes
    """The byte that is silent."""


PCMU: Final = Codec("PCMU", 0, ulaw_encode, ulaw_decode, bytes([ULAW_SILENCE]))
PCMA: Final = Codec("PCMA", 8, alaw_encode, alaw_decode, bytes([ALAW_SILENCE]))
CODECS: Final = {codec.name: codec for codec in (PCMU, PCMA)}
