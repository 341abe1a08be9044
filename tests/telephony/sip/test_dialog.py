"""Dialogs: route, target, tags and numbers of requests follow RFC 3261 12, on both sides."""

import pytest
from support.sip_text import request, response

from callagent.errors import WireError
from callagent.telephony.sip.messages.verbatim import addresses, read_uri, tag_of, uri_of, words
from callagent.telephony.sip.sessions.dialog import Dialog, DialogId, dialog_of_request, dialog_of_response

INVITE = """
INVITE sip:bob@example.com SIP/2.0
Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1
Max-Forwards: 70
From: "Alice, \\"A\\" <x>" <sip:alice@example.org>;tag=a+1
To: Bob <sip:bob@example.com>
Call-ID: c1@example.org
CSeq: 314 INVITE
Contact: <sip:alice@192.0.2.1;gr=urn:uuid:1>
Record-Route: <sip:p2.example.com;lr;ftag=a+1>, <sip:p1.example.org;lr>
"""

OK = """
SIP/2.0 200 OK
Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1
From: "Alice, \\"A\\" <x>" <sip:alice@example.org>;tag=a+1
To: Bob <sip:bob@example.com>;tag=b*2
Call-ID: c1@example.org
CSeq: 314 INVITE
Contact: <sip:bob@198.51.100.2:5062;transport=tcp>
Record-Route: <sip:p2.example.com;lr>
Record-Route: <sip:p1.example.org;lr=on>
"""

OURS = "<sip:agent@192.0.2.7:5060>"


def caller(answer: str = OK) -> Dialog:
    """The dialog at the caller's side."""
    return Dialog.as_caller(request(INVITE), response(answer), OURS)


def callee(invite: str = INVITE) -> Dialog:
    """The dialog at the callee's side."""
    return Dialog.as_callee(request(invite), "b*2", OURS)


def test_the_caller_turns_the_route_around() -> None:
    """Record-Route of the answer, reversed; the target is its Contact; tags stay as they were written."""
    bye = caller().request("BYE", [("Reason", "Q.850;cause=16")])

    assert (bye.method, str(bye.uri)) == ("BYE", "sip:bob@198.51.100.2:5062;transport=tcp")
    assert bye.headers.getlist("Route") == ["<sip:p1.example.org;lr=on>", "<sip:p2.example.com;lr>"]
    assert bye.headers["From"].endswith(";tag=a+1")
    assert bye.headers["To"] == "Bob <sip:bob@example.com>;tag=b*2"
    assert (bye.headers["CSeq"], bye.headers["Call-ID"], bye.headers["Content-Length"]) == (
        "315 BYE",
        "c1@example.org",
        "0",
    )
    assert bye.headers.get("Contact") is None
    assert b"Reason: Q.850;cause=16\r\n" in bytes(bye)


def test_the_callee_keeps_the_route() -> None:
    """Record-Route of the request, as it came, with what the proxies wrote into it; From and To change places."""
    refer = callee().request("REFER", [("Refer-To", "<sip:carol@example.net>")])

    assert str(refer.uri) == "sip:alice@192.0.2.1;gr=urn:uuid:1"
    assert refer.headers.getlist("Route") == ["<sip:p2.example.com;lr;ftag=a+1>", "<sip:p1.example.org;lr>"]
    assert refer.headers["From"] == "Bob <sip:bob@example.com>;tag=b*2"
    assert refer.headers["To"].endswith("<sip:alice@example.org>;tag=a+1")
    assert (refer.headers["CSeq"], refer.headers["Contact"]) == ("1 REFER", OURS)


def test_the_next_hop_is_the_nearest_proxy() -> None:
    """Or the peer itself, where no proxy wants to stay in between."""
    dialog = caller()
    direct = caller(OK.replace("Record-Route", "X-Route"))

    assert dialog.next_hop.host == "p1.example.org"
    assert direct.next_hop.host == "198.51.100.2"


def test_a_strict_router_is_addressed_itself() -> None:
    """Its URI is the request's, and the target goes last into the route (RFC 3261 12.2.1.1)."""
    dialog = caller(OK.replace(";lr=on", ""))

    bye = dialog.request("BYE")

    assert str(bye.uri) == "sip:p1.example.org"
    assert bye.headers.getlist("Route") == ["<sip:p2.example.com;lr>", "<sip:bob@198.51.100.2:5062;transport=tcp>"]
    assert dialog.next_hop.host == "p1.example.org"


def test_an_ack_has_the_number_and_the_credentials_of_its_invite() -> None:
    """It takes no number of its own (RFC 3261 13.2.2.4)."""
    dialog = caller()
    invite = request(INVITE)
    invite.headers.set("Proxy-Authorization", 'Digest username="agent"')

    ack = dialog.ack(invite)

    assert (ack.method, ack.headers["CSeq"]) == ("ACK", "314 ACK")
    assert ack.headers["Proxy-Authorization"] == 'Digest username="agent"'
    assert dialog.request("INFO").headers["CSeq"] == "315 INFO"


def test_a_request_asked_for_credentials_is_sent_again_with_a_new_number() -> None:
    """Everything else stays, but the Via, which belongs to the transaction."""
    dialog = caller()
    first = dialog.request("REFER", [("Refer-To", "<sip:carol@example.net>")])
    first.headers.set("Via", "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK2")

    second = dialog.again(first, [("Authorization", "Digest x")])

    assert (second.headers["CSeq"], second.headers["Refer-To"]) == ("316 REFER", "<sip:carol@example.net>")
    assert (second.headers["Authorization"], second.headers.get("Via")) == ("Digest x", None)


def test_the_peer_s_requests_come_in_order() -> None:
    """An old number is out of order, a gap is none, and an ACK has its INVITE's number."""
    dialog = callee()

    def arrives(number: int, method: str) -> bool:
        return dialog.in_order(
            request(INVITE.replace("314 INVITE", f"{number} {method}").replace("INVITE sip", f"{method} sip"))
        )

    assert [arrives(*each) for each in ((314, "ACK"), (316, "INFO"), (315, "INFO"), (316, "BYE"), (400, "BYE"))] == [
        True,
        True,
        False,
        False,
        True,
    ]


def test_the_peer_may_move_but_the_route_stays() -> None:
    """A target refresh takes the Contact only (RFC 3261 12.2)."""
    dialog = callee()

    dialog.refresh_target(request(INVITE.replace("alice@192.0.2.1;gr", "alice@192.0.2.99;gr").replace("p1.", "p9.")))

    bye = dialog.request("BYE")
    assert bye.uri.host == "192.0.2.99"
    assert "p9" not in str(bye.headers.getlist("Route"))


def test_an_early_dialog_is_confirmed_with_the_route_of_the_answer() -> None:
    """Proxies may record themselves anew in the 2xx (RFC 3261 13.2.2.4)."""
    dialog = caller(OK.replace("200 OK", "180 Ringing").replace("Record-Route", "X-Route"))
    assert (dialog.confirmed, dialog.routes) == (False, ())

    dialog.confirm(response(OK))

    assert (dialog.confirmed, len(dialog.routes)) == (True, 2)


def test_both_ends_know_each_other_by_the_same_three_words() -> None:
    """What one calls local the other calls remote."""
    ours = dialog_of_response(response(OK))

    assert ours == DialogId("c1@example.org", "a+1", "b*2") == caller().id
    assert dialog_of_request(caller().request("BYE")) == callee().id == DialogId("c1@example.org", "b*2", "a+1")
    assert dialog_of_request(request(INVITE)).local_tag == ""


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Contact", ""),
        ("Contact", "*"),
        ("Contact", "<sip:alice@192.0.2.1"),
        ("Contact", "<tel:+3225551234>"),
        ("CSeq", "4294967296 INVITE"),
        ("CSeq", "x INVITE"),
        ("Contact", "<sip:" + "a" * 600 + "@192.0.2.1>"),
        ("Contact", "<sip:ali\x0bce@192.0.2.1>"),
        ("Record-Route", "<http://example.org>"),
        ("Record-Route", "<tel:+3225551234>"),
        ("Record-Route", ", ".join(["<sip:p.example.org;lr>"] * 40)),
    ],
)
def test_an_invite_that_begins_no_dialog(header: str, value: str) -> None:
    """Whatever is wrong with it, the error is ours."""
    invite = request(INVITE)
    invite.headers.set(header, value)

    with pytest.raises(WireError):
        Dialog.as_callee(invite, "b*2", OURS)


def test_addresses_are_cut_at_the_right_commas() -> None:
    """Not in quotes and not between < and >; tags are looked for behind the address only."""
    message = request(INVITE)
    message.headers.set("Contact", '"a, \\"b" <sip:a,b@example.org>, sip:c@example.org;tag=9')

    assert addresses(message, "Contact") == ['"a, \\"b" <sip:a,b@example.org>', "sip:c@example.org;tag=9"]
    assert uri_of('"<sip:x@y>;tag=1" <sip:z@example.org;tag=2>;TAG = 3').host == "example.org"
    assert tag_of('"<sip:x@y>;tag=1" <sip:z@example.org;tag=2>;TAG = 3') == "3"
    assert tag_of('"x;tag=1" <sip:z@example.org;tag=2>') is None
    assert str(read_uri("sip:a@h;x=a+b")) == "sip:a@h;x=a+b"


def test_option_tags_are_words_in_any_number_of_headers() -> None:
    """Case and spaces do not matter."""
    message = request(INVITE)
    message.headers.setlist("Supported", ["100rel , Timer", "replaces", ""])

    assert words(message, "Supported") == {"100rel", "timer", "replaces"}
