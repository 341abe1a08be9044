"""The cases of RFC 4475: valid messages are read right, invalid ones answered or dropped as it says."""

import pytest
from sipmessage import Request, Response
from support.sip_torture import DROPPED, REFUSED, SDP, TAKEN, UNMATCHED, UNTAKEN, VALID, sip

from callagent.errors import MalformedMessageError
from callagent.telephony.sip.messages.acceptance import Abilities, refusal
from callagent.telephony.sip.messages.reading import read


def request(data: bytes) -> Request:
    """The request that this is."""
    message = read(data)
    assert isinstance(message, Request)
    return message


def response(data: bytes) -> Response:
    """The response that this is."""
    message = read(data)
    assert isinstance(message, Response)
    return message


def test_every_case_of_the_rfc_is_here() -> None:
    """Forty-nine cases, each once."""
    cases = [*VALID, *REFUSED, *DROPPED, *UNTAKEN, *TAKEN, *UNMATCHED]

    assert len(cases) == len(set(cases)) == 49


@pytest.mark.parametrize("case", [*VALID, *TAKEN, *UNMATCHED])
def test_a_valid_message_is_read(case: str) -> None:
    """And all that is promised of it can be asked for."""
    message = read({**VALID, **TAKEN, **UNMATCHED}[case])

    assert message.via
    assert message.call_id
    assert message.cseq.sequence >= 0
    assert message.from_address.uri.scheme
    assert message.to_address.uri.scheme
    assert all(each.uri.scheme for each in (*message.contact, *message.route, *message.record_route))


@pytest.mark.parametrize(("case", "status"), [(case, status) for case, (status, _) in REFUSED.items()])
def test_an_invalid_request_is_answered(case: str, status: int) -> None:
    """With the status that the RFC names, addressed by the request's own headers."""
    with pytest.raises(MalformedMessageError) as refused:
        read(REFUSED[case][1])

    assert refused.value.status == status
    assert refused.value.answer.startswith(f"SIP/2.0 {status} ".encode())
    assert b"\r\nVia: SIP/" in refused.value.answer
    assert b"\r\nCSeq: " in refused.value.answer


@pytest.mark.parametrize("case", DROPPED)
def test_an_invalid_response_is_dropped(case: str) -> None:
    """Nothing is ever sent back to a response."""
    with pytest.raises(MalformedMessageError) as dropped:
        read(DROPPED[case])

    assert dropped.value.status is None
    assert dropped.value.answer == b""


@pytest.mark.parametrize("case", UNTAKEN)
def test_what_is_not_for_us_is_turned_down(case: str) -> None:
    """A well-formed request is answered by what we can do."""
    status, data, (name, beginning) = UNTAKEN[case]
    turned_down = refusal(request(data), Abilities(), to_tag="t9")

    assert turned_down is not None
    assert turned_down.code == status
    assert (turned_down.headers.get(name) or "").startswith(beginning)
    assert turned_down.to_address.parameters["tag"] == "t9"


@pytest.mark.parametrize("case", TAKEN)
def test_what_an_endpoint_may_take_is_taken(case: str) -> None:
    """Though a proxy would not send it on."""
    assert refusal(request(TAKEN[case]), Abilities(), to_tag="t9") is None


@pytest.mark.parametrize(("method", "status"), [("MESSAGE", 405), ("BREW", 501), ("CANCEL", None), ("BYE", None)])
def test_a_method_is_known_or_unknown_or_ours(method: str, status: int | None) -> None:
    """Section 8.2.1; a CANCEL and an ACK are never turned down, whatever they require."""
    data = sip(f"{method} sip:shop@example.com SIP/2.0", *(["Require: magic"] if method == "CANCEL" else []))
    turned_down = refusal(request(data), Abilities(), to_tag="t9")

    assert (turned_down.code if turned_down else None) == status


def test_odd_spaces_change_nothing() -> None:
    """wsinv: lines continued anywhere, spaces around every separator, short and oddly written names."""
    message = request(VALID["wsinv"])

    assert message.uri.parameters == {"plainflag": None}
    assert message.to_address.parameters["tag"] == "t0091"
    assert message.from_address.name == 'A \\" Rao'
    assert message.from_address.parameters["tag"] == "f88"
    assert (message.max_forwards, message.cseq.sequence, message.cseq.method) == (61, 7, "INVITE")
    assert [(via.transport, via.host, via.parameters["branch"]) for via in message.via] == [
        ("UDP", "192.0.2.7", "b390"),
        ("TCP", "loom.example.com", "z9hG4bKa1"),
        ("UDP", "192.168.5.11", "z9hG4bKa2"),
    ]
    assert message.subject == ""
    assert message.headers["UnheardOfHeader"] == "first second line of it"
    assert message.route[0].uri.parameters == {"lr": None, "odd": "value", "bare": None}
    assert message.contact[0].name == 'In quotes ""'
    assert message.contact[0].parameters == {"fresh": "yes", "second": None, "q": "0.33"}
    assert message.body == SDP


def test_rare_characters_are_kept() -> None:
    """intmeth: what a method, a user, a password and a name may consist of."""
    message = request(VALID["intmeth"])

    assert message.method == "!odd-Method0123456789_*+`.%its'~"
    assert message.uri.user == "7_rare.URI~(so-be!it)&has't+it$/wild?,/;;*"
    assert message.uri.password == "&it+is=1,odd!*pa$wo~d_so.(isn't-it)"
    assert message.to_address.name == "BEL:\x07 NUL:\x00 DEL:\x7f"
    assert message.from_address.name == "word1~ word2'+_ word3*%!.-"
    assert message.from_address.parameters["tag"] == "_w~1'+`*%!-."


def test_escapes_are_undone_once_and_only_in_uris() -> None:
    """esc01, esc02, escnull and semiuri: neither a method nor a name is unescaped, nor is anything twice."""
    escaped = request(VALID["esc01"])

    assert escaped.uri.user == "sips:asha@example.com"
    assert escaped.to_address.uri.user == "asha"
    assert escaped.from_address.uri.user == "Two words"
    assert escaped.contact[0].uri.user == "caller"
    assert request(VALID["esc02"]).method == "RE%47IST%45R"
    assert request(VALID["esc02"]).to_address.name == "%Z%45"
    assert [each.uri.user for each in request(VALID["escnull"]).contact] == ["\0", "\0\0"]
    assert request(VALID["semiuri"]).uri.user == "asha;par=u@example.net"


def test_names_transports_and_lengths_are_taken_as_they_are() -> None:
    """lwsdisp, transports, longreq: no space before "<", transports nobody has, long values and many Vias."""
    assert request(VALID["lwsdisp"]).from_address.name == "caller"
    assert [via.transport for via in request(VALID["transports"]).via] == ["UDP", "SCTP", "TLS", "UNKNOWN", "TCP"]
    assert len(request(VALID["longreq"]).via) == 33
    assert request(VALID["longreq"]).from_address.uri.user == "far" * 40


def test_a_datagram_ends_where_its_length_says() -> None:
    """Dblreq and mpart01: what follows is dropped, and a body may hold any bytes."""
    assert request(VALID["dblreq"]).method == "REGISTER"
    assert request(VALID["dblreq"]).body == b""
    assert request(VALID["mpart01"]).body.endswith(b"\xff\xfe\r\n\r\n\x80\r\n--cut7--\r\n")


def test_a_reason_may_be_anything_or_nothing() -> None:
    """Unreason and noreason."""
    assert response(VALID["unreason"]).phrase.endswith("простое")
    assert (response(VALID["noreason"]).code, response(VALID["noreason"]).phrase) == (100, "")


def test_headers_inside_a_contact_are_not_followed() -> None:
    """regescrt: nobody may choose the headers of what we send."""
    assert str(request(UNTAKEN["regescrt"][1]).contact[0]) == "<sip:asha@example.com>"
