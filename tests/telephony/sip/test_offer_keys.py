"""Keys for SRTP in offers and answers (RFC 4568): which lines are taken, and what is refused."""

import base64

import pytest

from callagent.telephony.sip.offers.agreement import AudioPlan, NotAcceptableError, SrtpPolicy
from callagent.telephony.sip.offers.offer_answer import Negotiation
from callagent.telephony.sip.offers.sdes import KEY_BYTES, CryptoSuite
from callagent.telephony.sip.offers.sdp import parse_sdp

OUR_KEY = bytes(range(KEY_BYTES))
THEIR_KEY = bytes(reversed(range(KEY_BYTES)))
INLINE = "inline:" + base64.b64encode(THEIR_KEY).decode()


def side(srtp: SrtpPolicy = SrtpPolicy.REFUSED, host: str = "192.0.2.1", port: int = 4000) -> Negotiation:
    """Our side of a session, with a known key."""
    return Negotiation(AudioPlan(host, port, port + 1, srtp=srtp), session_id=7, new_key=lambda: OUR_KEY)


def theirs(*lines: str, address: str = "198.51.100.9", version: int = 1) -> bytes:
    """A peer's description: its m= and a= lines."""
    head = ["v=0", f"o=- 5 {version} IN IP4 198.51.100.9", "s=-", f"c=IN IP4 {address}", "t=0 0"]
    return "\r\n".join([*head, *lines, ""]).encode()


AUDIO = ("m=audio 5000 RTP/AVP 0 8 101", "a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-15")

SECURE = "m=audio 5000 RTP/SAVP 0"

CRYPTO = [
    ("80 bits", [f"1 AES_CM_128_HMAC_SHA1_80 {INLINE}"], (1, CryptoSuite.SHA1_80)),
    ("32 bits", [f"1 AES_CM_128_HMAC_SHA1_32 {INLINE}|2^20"], (1, CryptoSuite.SHA1_32)),
    (
        "the peer's order",
        [f"4 AES_CM_128_HMAC_SHA1_32 {INLINE}", f"9 AES_CM_128_HMAC_SHA1_80 {INLINE}"],
        (4, CryptoSuite.SHA1_32),
    ),
    (
        "unknown suite passed over",
        [f"1 AES_256_CM_HMAC_SHA1_80 {INLINE}", f"2 AES_CM_128_HMAC_SHA1_80 {INLINE}"],
        (2, CryptoSuite.SHA1_80),
    ),
    ("harmless parameters", [f"1 AES_CM_128_HMAC_SHA1_80 {INLINE} WSH=64 -X"], (1, CryptoSuite.SHA1_80)),
    ("unencrypted is no encryption", [f"1 AES_CM_128_HMAC_SHA1_80 {INLINE} UNENCRYPTED_SRTP"], None),
    ("key with an identifier", [f"1 AES_CM_128_HMAC_SHA1_80 {INLINE}|2^20|1:4"], None),
    ("short key", ["1 AES_CM_128_HMAC_SHA1_80 inline:AAAA"], None),
    ("no key", ["1 AES_CM_128_HMAC_SHA1_80 inline:***"], None),
    ("no line", [], None),
]


@pytest.mark.parametrize(("lines", "taken"), [row[1:] for row in CRYPTO], ids=[row[0] for row in CRYPTO])
def test_keys_are_taken_where_they_are_right(lines: list[str], taken: tuple[int, CryptoSuite] | None) -> None:
    """The answer takes one line by its tag, with a key of ours (RFC 4568 5.1.2)."""
    ours = side(SrtpPolicy.REQUIRED)
    offer = theirs(SECURE, *(f"a=crypto:{line}" for line in lines))
    if taken is None:
        with pytest.raises(NotAcceptableError):
            ours.answer(offer)
        return

    answer = parse_sdp(ours.answer(offer))

    tag, suite = taken
    assert list(answer.media[0].all_of("crypto")) == [f"{tag} {suite} inline:{base64.b64encode(OUR_KEY).decode()}"]
    assert ours.agreed is not None
    assert ours.agreed.srtp is not None
    assert (ours.agreed.srtp.suite, ours.agreed.srtp.send_key, ours.agreed.srtp.receive_key) == (
        suite,
        OUR_KEY,
        THEIR_KEY,
    )
    assert repr(OUR_KEY) not in repr(ours.agreed)


def test_of_an_encrypted_and_a_plain_line_the_encrypted_one_is_taken() -> None:
    """By who may encrypt; who may not takes the plain one, and who must refuses a plain offer."""
    both = theirs("m=audio 5000 RTP/AVP 0", "m=audio 5002 RTP/SAVP 0", f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 {INLINE}")
    ports = {policy: [one.port for one in parse_sdp(side(policy).answer(both)).media] for policy in SrtpPolicy}

    assert ports == {
        SrtpPolicy.REFUSED: [4000, 0],
        SrtpPolicy.ACCEPTED: [0, 4000],
        SrtpPolicy.REQUIRED: [0, 4000],
    }
    with pytest.raises(NotAcceptableError):
        side(SrtpPolicy.REQUIRED).answer(theirs(*AUDIO))


def test_two_of_us_settle_on_keys() -> None:
    """Our own encrypted offer is answered with one of its lines; an answer without one is refused."""
    caller, callee = side(SrtpPolicy.REQUIRED), side(SrtpPolicy.ACCEPTED)

    offer = caller.offer()
    with pytest.raises(NotAcceptableError):
        caller.take_answer(theirs(SECURE))
    agreed = caller.take_answer(callee.answer(offer))

    assert agreed.srtp is not None
    assert agreed.srtp.suite is CryptoSuite.SHA1_80
    assert "SAVP" in callee.offer().decode()
