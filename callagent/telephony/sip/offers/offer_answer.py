"""Offers and answers (RFC 3264): one audio stream is agreed on, again and again, over the life of a session.

::

    settled ──offer()──► offered ──take_answer()──► settled
       │ ▲                  └─────withdraw()──────────▲
       └─┘ answer(their offer)

The order does not depend on which SIP message carries what: an offer may come in an INVITE, be ours in a 200 whose
answer comes in the ACK, or be in either's re-INVITE. A failed step changes nothing that was agreed before.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from callagent.errors import WireError
from callagent.telephony.sip.offers.agreement import Agreed, AudioPlan, NotAcceptableError, SrtpPolicy
from callagent.telephony.sip.offers.audio_line import (
    LONGEST_PTIME_MS,
    STATIC,
    USUAL_EVENT_TYPE,
    AudioLine,
    Codec,
    Direction,
    read_audio,
    write_formats,
    write_rtcp,
)
from callagent.telephony.sip.offers.sdes import KEY_BYTES, CryptoLine, CryptoSuite, SrtpKeys, acceptable
from callagent.telephony.sip.offers.sdp import Attribute, Media, Origin, SessionDescription, parse_sdp

PLAIN: Final = "RTP/AVP"
SECURE: Final = "RTP/SAVP"


@dataclass(frozen=True, slots=True)
class _Offered:
    description: SessionDescription
    index: int
    """Which of its media lines is the audio."""
    wish: Direction
    crypto: tuple[CryptoLine, ...] = field(repr=False)


def _new_key() -> bytes:
    return secrets.token_bytes(KEY_BYTES)


class Negotiation:
    """The offers and answers of one session; `agreed` is what holds now, None before the first answer."""

    def __init__(self, plan: AudioPlan, session_id: int, new_key: Callable[[], bytes] = _new_key) -> None:
        self.agreed: Agreed | None = None
        self._plan = plan
        self._origin = Origin(session_id, 0, plan.host)
        self._new_key = new_key
        self._keys: dict[CryptoSuite, bytes] = {}
        self._sent: SessionDescription | None = None
        self._offered: _Offered | None = None
        self._lines: tuple[Media, ...] = ()
        self._index = 0
        self._numbers: dict[Codec, int] = {codec: number for number, codec in STATIC.items()}
        self._event_type = USUAL_EVENT_TYPE

    @property
    def offering(self) -> bool:
        """Whether an offer of ours waits for its answer."""
        return self._offered is not None

    def offer(self, wish: Direction = Direction.SENDRECV) -> bytes:
        """Our offer: `wish` is sendrecv, or sendonly or inactive to put the peer on hold."""
        if self._offered is not None:
            raise RuntimeError("an offer is out already: take its answer or withdraw it")
        secure = self._plan.srtp is SrtpPolicy.REQUIRED or (self.agreed is not None and self.agreed.srtp is not None)
        crypto = tuple(CryptoLine(tag, suite, self._key(suite)) for tag, suite in enumerate(CryptoSuite, 1))
        codecs = [(self._numbers[codec], codec) for codec in self._plan.codecs]
        audio = self._audio(SECURE if secure else PLAIN, codecs, self._event_type, wish, crypto if secure else ())
        audio = replace(audio, attributes=(*audio.attributes, Attribute("rtcp-mux")))
        # Lines never go away again, a refused one stays refused (RFC 3264 8).
        lines = [replace(line, port=0, attributes=(), address=None) for line in self._lines] or [audio]
        lines[self._index] = audio
        described = self._describe(tuple(lines))
        self._offered = _Offered(described, self._index, wish, crypto if secure else ())
        return bytes(described)

    def withdraw(self) -> None:
        """The offer was refused, or nobody answered it: what was agreed before still holds."""
        self._offered = None

    def preview(self, data: bytes) -> Agreed:
        """What an answer to our offer would agree on, as for early media; nothing changes. Raises as `take_answer`."""
        return self._read_answer(parse_sdp(data))[0]

    def take_answer(self, data: bytes) -> Agreed:
        """The peer's answer to our offer.

        Raises WireError for what is no answer to it, NotAcceptableError when the audio was refused; the offer is out
        still: `withdraw` it.
        """
        described = parse_sdp(data)
        self.agreed, self._index = self._read_answer(described)
        self._lines = described.media
        self._offered = None
        return self.agreed

    def answer(self, data: bytes, wish: Direction = Direction.SENDRECV) -> bytes:
        """Our answer to the peer's offer; then `agreed` is new.

        Raises WireError for what is no description, NotAcceptableError when it holds no audio that we can use.
        """
        if self._offered is not None:
            raise RuntimeError("an offer of ours is out: the peer's is refused with 491")
        described = parse_sdp(data)
        index, theirs, crypto = self._choose(described)
        send_type, codec = next(one for one in theirs.codecs if one[1] in self._plan.codecs)
        direction = Direction.of(
            sends=wish.sends and theirs.direction.receives, receives=wish.receives and theirs.direction.sends
        )
        ours = CryptoLine(crypto.tag, crypto.suite, self._key(crypto.suite)) if crypto else None
        audio = self._audio(
            described.media[index].protocol,
            [(send_type, codec)],
            theirs.event_type,
            direction,
            (ours,) if ours else (),
        )
        if theirs.rtcp_mux:
            audio = replace(audio, attributes=(*audio.attributes, Attribute("rtcp-mux")))
        lines = [replace(line, port=0, attributes=(), address=None) for line in described.media]
        lines[index] = audio
        self._lines, self._index = described.media, index
        self._remember_numbers(theirs)
        self.agreed = _agree(
            theirs,
            (send_type, codec),
            ((send_type, codec),),
            theirs.event_type,
            direction,
            SrtpKeys(ours.suite, ours.key, crypto.key) if ours and crypto else None,
            rtcp_mux=theirs.rtcp_mux,
        )
        return bytes(self._describe(tuple(lines)))

    def _choose(self, described: SessionDescription) -> tuple[int, AudioLine, CryptoLine | None]:
        """The one line that we take: where we were before if it can be, else an encrypted one before a plain one."""
        possible: list[tuple[int, AudioLine, CryptoLine | None]] = []
        for index, media in enumerate(described.media):
            if media.kind != "audio" or media.port == 0:
                continue
            crypto = None
            if media.protocol == SECURE and self._plan.srtp is not SrtpPolicy.REFUSED:
                crypto = next(iter(acceptable(media.all_of("crypto"))), None)
            plain = media.protocol == PLAIN and self._plan.srtp is not SrtpPolicy.REQUIRED
            line = read_audio(described, media)
            if (crypto or plain) and any(codec in self._plan.codecs for _, codec in line.codecs):
                possible.append((index, line, crypto))
        if not possible:
            raise NotAcceptableError("the offer holds no audio that callagent can use (G.711 over RTP/AVP or SRTP)")
        before = self._index if self.agreed is not None else -1
        return min(possible, key=lambda one: (one[0] != before, one[2] is None, one[0]))

    def _read_answer(self, described: SessionDescription) -> tuple[Agreed, int]:
        """What it agrees on, and for which media line."""
        offered = self._offered
        if offered is None:
            raise WireError("SDP: an answer without an offer")
        asked = offered.description.media
        if len(described.media) != len(asked):
            raise WireError("SDP: the answer has another number of media lines than the offer")
        media = described.media[offered.index]
        if media.port == 0:
            raise NotAcceptableError("the peer refused the audio")
        if media.kind != "audio" or media.protocol != asked[offered.index].protocol:
            raise WireError("SDP: the answer changes the kind or the protocol of a stream")
        theirs = read_audio(described, media)
        common = [one for one in theirs.codecs if one[1] in self._plan.codecs]
        if not common:
            raise NotAcceptableError("the answer holds no codec of the offer")
        wish = offered.wish
        agreed = _agree(
            theirs,
            common[0],
            tuple((self._numbers[codec], codec) for codec in self._plan.codecs),
            self._event_type,
            Direction.of(
                sends=wish.sends and theirs.direction.receives, receives=wish.receives and theirs.direction.sends
            ),
            _answered_keys(offered.crypto, media),
            rtcp_mux=theirs.rtcp_mux,
        )
        return agreed, offered.index

    def _audio(
        self,
        protocol: str,
        codecs: list[tuple[int, Codec]],
        event_type: int | None,
        direction: Direction,
        crypto: tuple[CryptoLine, ...],
    ) -> Media:
        formats, attributes = write_formats(codecs, event_type)
        attributes += [
            Attribute("ptime", str(self._plan.ptime_ms)),
            Attribute("maxptime", str(LONGEST_PTIME_MS)),
            Attribute(str(direction)),
        ]
        if self._plan.rtcp_port != self._plan.port + 1:
            attributes.append(write_rtcp(self._plan.host, self._plan.rtcp_port))
        attributes += [Attribute("crypto", str(line)) for line in crypto]
        return Media("audio", self._plan.port, protocol, formats, tuple(attributes))

    def _describe(self, lines: tuple[Media, ...]) -> SessionDescription:
        """A description that differs from the last one has the next version (RFC 3264 8)."""
        described = SessionDescription(self._origin, lines, address=self._plan.host)
        if self._sent is not None and replace(described, origin=self._sent.origin) == self._sent:
            return self._sent
        if self._sent is not None:
            self._origin = replace(self._origin, version=self._origin.version + 1)
        self._sent = replace(described, origin=self._origin)
        return self._sent

    def _key(self, suite: CryptoSuite) -> bytes:
        if suite not in self._keys:
            self._keys[suite] = self._new_key()
        return self._keys[suite]

    def _remember_numbers(self, theirs: AudioLine) -> None:
        """A payload type keeps its meaning for the whole session, whoever offers next (RFC 3264 8.3.2)."""
        for number, codec in reversed(theirs.codecs):
            self._numbers[codec] = number
        if theirs.event_type is not None:
            self._event_type = theirs.event_type
        used = set(self._numbers.values())
        self._event_type = next(number for number in (self._event_type, *range(96, 128)) if number not in used)


def _agree(
    theirs: AudioLine,
    sends: tuple[int, Codec],
    receives: tuple[tuple[int, Codec], ...],
    receive_event_type: int | None,
    direction: Direction,
    srtp: SrtpKeys | None,
    *,
    rtcp_mux: bool,
) -> Agreed:
    return Agreed(
        codec=sends[1],
        send_type=sends[0],
        receives=receives,
        send_event_type=theirs.event_type,
        receive_event_type=receive_event_type,
        send_ptime_ms=theirs.ptime_ms,
        direction=direction,
        host=theirs.host,
        port=theirs.port,
        rtcp_host=theirs.rtcp_host,
        rtcp_port=theirs.rtcp_port,
        rtcp_mux=rtcp_mux,
        srtp=srtp,
    )


def _answered_keys(offered: tuple[CryptoLine, ...], media: Media) -> SrtpKeys | None:
    """The answer takes exactly one of our lines, by its tag (RFC 4568 5.1.2)."""
    if not offered:
        return None
    taken = acceptable(media.all_of("crypto"))
    for line in offered:
        if len(taken) == 1 and (taken[0].tag, taken[0].suite) == (line.tag, line.suite):
            return SrtpKeys(line.suite, line.key, taken[0].key)
    raise NotAcceptableError("the answer takes none of the offered keys")
