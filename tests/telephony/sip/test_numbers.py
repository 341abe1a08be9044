"""Who calls, and who was called."""

import pytest
from support.sip_network import outgoing

from callagent.telephony.sip.messages.numbers import called_of, caller_of, number_of
from callagent.telephony.sip.messages.verbatim import read_uri


@pytest.mark.parametrize(
    ("address", "country", "number"),
    [
        ("<sip:+919800000001@pbx>", "", "+919800000001"),
        ("<tel:+91-98000-00001>", "", "+919800000001"),
        ("<sip:00919800000001@pbx>", "", "+919800000001"),
        ("<sip:09800000001@pbx>", "+91", "+919800000001"),
        ("<sip:9800000001@pbx>", "+91", "+919800000001"),
        ("<sip:919800000001@pbx;user=phone>", "+91", "+919800000001"),
        ("<sip:9800000001@pbx>", "", "9800000001"),
        ("<sip:+919800000001;phone-context=x@pbx>", "", "+919800000001"),
        ('"200" <sip:200@pbx>;tag=1', "+91", "200"),
        ("<sip:0012@pbx>", "+91", "0012"),
        ("<sip:anonymous@anonymous.invalid>", "+91", ""),
        ("nonsense", "+91", ""),
    ],
)
def test_numbers_are_read_as_they_are_dialled(address: str, country: str, number: str) -> None:
    """E.164 where the address or the country tells; an extension stays one, also with noughts before it."""
    assert number_of(address, country) == number


def test_the_network_is_believed_before_the_caller() -> None:
    """By P-Asserted-Identity, where that holds a number; a withheld From says nothing."""
    invite = outgoing("INVITE")
    assert caller_of(invite, "+91") == ""

    invite.headers.set("P-Asserted-Identity", '"Shah, Asha" <sip:asha@pbx>, <tel:+919800000001>')
    invite.headers.set("From", "<sip:9800000002@pbx>;tag=from")
    assert caller_of(invite, "+91") == "+919800000001"

    invite.headers.remove("P-Asserted-Identity")
    assert caller_of(invite, "+91") == "+919800000002"


def test_who_was_called_is_in_to_or_in_the_request_itself() -> None:
    """A trunk may write a name into To, or nothing of use."""
    invite = outgoing("INVITE", uri=read_uri("sip:2244440000@192.0.2.2"))
    assert called_of(invite, "+91") == "+912244440000"

    invite.headers.set("To", "<sip:2244441111@pbx>")
    assert called_of(invite, "+91") == "+912244441111"


@pytest.mark.parametrize(
    "address",
    [
        "<sip:anonymous@anonymous.invalid>",
        "<sip:00@pbx>",
        "<sip:000000@pbx>",
        "<sip:+@pbx>",
        "<sip:+9198%0d%0aX@pbx>",
        "<sip:٣٤٥@pbx>",
        "<sip:..%2f..%2fetc@pbx>",
        f"<sip:{'9' * 4000}@pbx>",
        "nonsense",
        "",
    ],
)
def test_what_is_no_number_is_none(address: str) -> None:
    """Neither a name nor nonsense becomes somebody's number, nor part of a file's name."""
    assert number_of(address, "+91") == ""
