"""What the two sides of a call bring to an offer and answer, and what they settle on."""

from dataclasses import dataclass
from enum import StrEnum

from callagent.errors import CarrierError
from callagent.telephony.sip.offers.audio_line import USUAL_PTIME_MS, Codec, Direction
from callagent.telephony.sip.offers.sdes import SrtpKeys


class NotAcceptableError(CarrierError):
    """Nothing that both sides could use: answer 488 to an offer, end a call whose answer this is."""


class SrtpPolicy(StrEnum):
    """Whether calls are encrypted."""

    REFUSED = "refused"
    ACCEPTED = "accepted"
    """Where the peer offers it; our own offers are plain."""
    REQUIRED = "required"


@dataclass(frozen=True, slots=True)
class AudioPlan:
    """What we bring to the table."""

    host: str
    """IP address at which we receive, as the peer can reach it."""
    port: int
    rtcp_port: int
    codecs: tuple[Codec, ...] = (Codec.PCMU, Codec.PCMA)
    """For our offers, in this order; of an offer's codecs the peer's order counts."""
    ptime_ms: int = USUAL_PTIME_MS
    """What we ask for: 10 to 60, in steps of 10."""
    srtp: SrtpPolicy = SrtpPolicy.REFUSED


@dataclass(frozen=True, slots=True)
class Agreed:
    """What both sides settled on, from our side."""

    codec: Codec
    """What we send."""
    send_type: int
    """The payload type that we send it under."""
    receives: tuple[tuple[int, Codec], ...]
    """Payload types that may come in, and what they hold."""
    send_event_type: int | None
    """The payload type for digits that we send; None when the peer takes none."""
    receive_event_type: int | None
    send_ptime_ms: int
    direction: Direction
    """Ours. Who may not send has been put on hold by the peer."""
    host: str
    port: int
    rtcp_host: str
    rtcp_port: int
    rtcp_mux: bool
    srtp: SrtpKeys | None = None
