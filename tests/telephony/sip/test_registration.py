"""Registration at a trunk: what is sent when, what its answers mean, and how failures are borne."""

import pytest
from sipmessage import Request, Response
from support.sip_text import response

from callagent.errors import WireError
from callagent.telephony.sip.sessions.session_events import SendRequest
from callagent.telephony.sip.trunks.registration import (
    Registered,
    Registration,
    RegistrationFailed,
    RegistrationOutput,
    TrunkAccount,
    Unregistered,
    phone_uri,
)
from callagent.telephony.sip.trunks.registration_states import TRANSITIONS, RegistrationState

ACCOUNT = TrunkAccount("sip:example.org", "1234", "<sip:agent@192.0.2.7:5060>", "r1")


def registration(
    *,
    user_phone: bool = False,
    routes: tuple[str, ...] = (),
    registrar: str = "sip:example.org",
    password: bool = False,
) -> Registration:
    """A registration whose chance is always the longest pause."""

    def authorize(request: Request, challenge: Response) -> bool:
        request.headers.set("Authorization", f"{challenge.code} {request.method}")
        return password

    account = TrunkAccount(
        registrar, "1234", ACCOUNT.contact, "r1", user_phone=user_phone, routes=routes, authorize=authorize
    )
    return Registration(account, chance=lambda: 1.0)


def sent(outputs: list[RegistrationOutput]) -> Request:
    """The one request among them."""
    (request,) = [one.request for one in outputs if isinstance(one, SendRequest)]
    return request


def answer(request: Request, code: str, *headers: str) -> Response:
    """The registrar's answer."""
    copied = [f"{name}: {request.headers[name]}" for name in ("From", "To", "Call-ID", "CSeq")]
    return response("\n".join([f"SIP/2.0 {code}", *copied, *headers]))


def told(outputs: list[RegistrationOutput]) -> list[RegistrationOutput]:
    """What is no request."""
    return [one for one in outputs if not isinstance(one, SendRequest)]


def test_a_register_says_who_is_where() -> None:
    """The registrar as its URI, the account in From and To, our address in Contact (RFC 3261 10.2)."""
    request = sent(registration().start())

    assert (request.method, str(request.uri)) == ("REGISTER", "sip:example.org")
    assert request.headers["To"] == "<sip:1234@example.org>"
    assert request.headers["From"].startswith("<sip:1234@example.org>;tag=")
    assert request.headers["Contact"] == "<sip:agent@192.0.2.7:5060>"
    assert (request.headers["Expires"], request.headers["CSeq"], request.headers["Content-Length"]) == (
        "600",
        "1 REGISTER",
        "0",
    )


def test_a_trunk_that_wants_telephone_numbers_gets_them() -> None:
    """user=phone in From and To, and in the URIs that calls are made with; the port of the registrar stays."""
    request = sent(registration(user_phone=True, registrar="sip:example.org:5070").start())

    assert request.headers["To"] == "<sip:1234@example.org:5070;user=phone>"
    assert "<sip:1234@example.org:5070;user=phone>;tag=" in request.headers["From"]
    assert phone_uri("+911", "h", user_phone=True) == "sip:+911@h;user=phone"
    assert phone_uri("+911", "h", user_phone=False) == "sip:+911@h"


def test_an_outbound_proxy_is_the_way() -> None:
    """The request goes there, and still means the registrar."""
    (output,) = registration(routes=("<sip:proxy.example.net;lr>",)).start()

    assert isinstance(output, SendRequest)
    assert output.next_hop.host == "proxy.example.net"
    assert output.request.headers["Route"] == "<sip:proxy.example.net;lr>"


@pytest.mark.parametrize(
    ("headers", "expires_s"),
    [
        (("Contact: <sip:agent@192.0.2.7:5060>;expires=120", "Expires: 300"), 120),
        (("Contact: <sip:x@192.0.2.9>;expires=10, <sip:agent@192.0.2.7:5060>;q=1;EXPIRES=120",), 120),
        (("Contact: <sip:agent@192.0.2.7:5062>;expires=10, <sip:agent@192.0.2.7:5060>;expires=120",), 120),
        (("Contact: <sip:agent@203.0.113.1:1024>;expires=120",), 120),
        (("Contact: <sip:agent@192.0.2.7:5060>", "Expires: 300"), 300),
        (("Contact: nonsense<", "Expires: 300"), 300),
        (("Expires: soon",), 600),
        (("Expires: 99999999999",), 600),
        (("Expires: 999999",), 86_400),
        ((), 600),
    ],
)
def test_the_answer_tells_how_long(headers: tuple[str, ...], expires_s: int) -> None:
    """Our own Contact's time counts first; it is refreshed 40 s before the end."""
    account = registration()
    request = sent(account.start())

    outputs = account.receive_response(answer(request, "200 OK", *headers), 1.0)

    assert outputs == [Registered(expires_s)]
    assert account.next_due_s == 1.0 + expires_s - 40.0
    assert (account.registered(expires_s + 0.9), account.registered(expires_s + 1.1)) == (True, False)


def test_it_is_refreshed_before_it_ends() -> None:
    """With the same Call-ID and tag, and a higher number; a short time is refreshed at its half."""
    account = registration()
    first = sent(account.start())
    account.receive_response(answer(first, "200 OK", "Expires: 60"), 0.0)

    assert account.on_time(29.9) == []
    again = sent(account.on_time(30.0))

    assert again.headers["CSeq"] == "2 REGISTER"
    assert (again.headers["Call-ID"], again.headers["From"]) == (first.headers["Call-ID"], first.headers["From"])
    assert account.receive_response(answer(again, "200 OK", "Expires: 60"), 30.1) == [Registered(60)]


def test_who_is_asked_for_a_password_gives_it() -> None:
    """Once more with credentials, and once more should the nonce be stale; each refresh begins anew."""
    account = registration(password=True)
    first = sent(account.start())

    second = sent(account.receive_response(answer(first, "401 Who"), 0.0))
    third = sent(account.receive_response(answer(second, "407 Stale"), 0.0))

    assert [one.headers.get("Authorization") for one in (first, second, third)] == [
        None,
        "401 REGISTER",
        "407 REGISTER",
    ]
    assert third.headers["CSeq"] == "3 REGISTER"
    assert account.receive_response(answer(third, "200 OK"), 0.0) == [Registered(600)]


@pytest.mark.parametrize("password", [True, False])
def test_a_wrong_password_is_not_tried_over_and_over(password: bool) -> None:
    """The longest pause at once: a person has to mend it."""
    account = registration(password=password)
    outputs = account.start()

    tries = 0
    while outputs and isinstance(outputs[0], SendRequest):
        tries += 1
        outputs = account.receive_response(answer(outputs[0].request, "401 Who"), 0.0)

    assert (tries, outputs) == (3 if password else 1, [RegistrationFailed(401, 1800.0, denied=True)])


def test_an_interval_that_is_too_brief_is_made_longer() -> None:
    """423 says how long; asked for the same again it is a failure."""
    account = registration()
    first = sent(account.start())

    again = sent(account.receive_response(answer(first, "423 Brief", "Min-Expires: 3600"), 0.0))

    assert again.headers["Expires"] == "3600"
    assert told(account.receive_response(answer(again, "423 Brief", "Min-Expires: 3600"), 0.0)) == [
        RegistrationFailed(423, 30.0, denied=False)
    ]


def test_a_registrar_that_always_asks_for_longer() -> None:
    """One that finds every time too short, a second more at a time, is left alone like any other that fails."""
    account = registration()
    outputs, asked = account.start(), 0
    while requests := [one.request for one in outputs if isinstance(one, SendRequest)]:
        asked += 1
        outputs = account.receive_response(answer(requests[0], "423 Brief", f"Min-Expires: {600 + asked}"), 0.0)

    assert asked == 3
    assert outputs == [RegistrationFailed(423, 30.0, denied=False)]


def test_a_registrar_that_grants_a_second() -> None:
    """It is not asked twice a second for that."""
    account = registration()
    account.receive_response(answer(sent(account.start()), "200 OK", "Expires: 1"), 0.0)

    assert account.next_due_s == 5.0


def test_failures_are_tried_again_with_growing_pauses() -> None:
    """30 s, doubling up to half an hour; a success begins anew."""
    account = registration()
    outputs, now_s, pauses = account.start(), 0.0, []
    for _ in range(8):
        sent(outputs)
        (failed,) = account.timed_out(now_s)
        assert isinstance(failed, RegistrationFailed)
        pauses.append(failed.retry_s)
        now_s += failed.retry_s
        outputs = account.on_time(now_s)

    assert pauses == [30, 60, 120, 240, 480, 960, 1800, 1800]
    account.receive_response(answer(sent(outputs), "200 OK"), now_s)
    account.on_time(now_s + 560)
    assert account.undeliverable(now_s + 560) == [RegistrationFailed(503, 30.0, denied=False)]


def test_a_refresh_that_fails_leaves_the_registration_until_its_end() -> None:
    """The registrar still knows us while it is tried again."""
    account = registration()
    account.receive_response(answer(sent(account.start()), "200 OK"), 0.0)
    account.on_time(560.0)

    account.timed_out(592.0)

    assert account.state is RegistrationState.WAITING
    assert (account.registered(599.0), account.registered(601.0)) == (True, False)


@pytest.mark.parametrize(
    ("asked", "pause_s"), [("90", 90.0), ("90;duration=60", 90.0), ("999999", 3600.0), ("x", 30.0)]
)
def test_a_registrar_that_asks_to_be_left_alone_is(asked: str, pause_s: float) -> None:
    """For an hour at most."""
    account = registration()

    outputs = account.receive_response(answer(sent(account.start()), "503 Busy", f"Retry-After: {asked}"), 0.0)

    assert outputs == [RegistrationFailed(503, pause_s, denied=False)]


def test_a_registration_for_no_time_is_a_failure() -> None:
    """Nobody could call."""
    account = registration()

    outputs = account.receive_response(answer(sent(account.start()), "200 OK", "Expires: 0"), 0.0)

    assert outputs == [RegistrationFailed(200, 30.0, denied=False)]


def test_goodbye_is_a_register_for_no_time() -> None:
    """With a password, too, where it is asked for; whatever the answer is, it is over."""
    account = registration(password=True)
    account.receive_response(answer(sent(account.start()), "200 OK"), 0.0)

    goodbye = sent(account.stop(1.0))
    again = sent(account.receive_response(answer(goodbye, "401 Who"), 1.0))

    assert (goodbye.headers["Expires"], again.headers["Expires"]) == ("0", "0")
    assert account.receive_response(answer(again, "500 Broken"), 1.0) == [Unregistered()]
    assert (account.registered(1.1), account.next_due_s, account.stop(2.0)) == (False, None, [])


def test_goodbye_waits_for_the_answer_that_is_on_its_way() -> None:
    """Else the registration could come after it."""
    account = registration()
    first = sent(account.start())

    assert account.stop(0.1) == []
    goodbye = sent(account.receive_response(answer(first, "200 OK"), 0.2))

    assert goodbye.headers["Expires"] == "0"
    assert account.timed_out(32.0) == [Unregistered()]


def test_who_is_not_registered_just_stops() -> None:
    """Before the start, and while waiting after a failure."""
    failed = registration()
    failed.start()
    failed.timed_out(32.0)

    assert failed.stop(40.0) == [Unregistered()]
    assert registration().stop(0.0) == [Unregistered()]
    assert failed.on_time(99.0) == []


def test_who_waits_but_is_still_known_says_goodbye() -> None:
    """A refresh failed; the registrar would send calls until the end of the time."""
    account = registration()
    account.receive_response(answer(sent(account.start()), "200 OK"), 0.0)
    account.on_time(560.0)
    account.timed_out(592.0)

    assert sent(account.stop(595.0)).headers["Expires"] == "0"


def test_answers_that_mean_nothing_are_dropped() -> None:
    """Provisional ones, those of older requests, and what is none."""
    account = registration(password=True)
    first = sent(account.start())
    second = sent(account.receive_response(answer(first, "401 Who"), 0.0))
    broken = answer(second, "200 OK")
    broken.headers.set("CSeq", "x")

    for one in (answer(second, "100 Trying"), answer(first, "200 OK"), broken):
        assert account.receive_response(one, 0.0) == []

    assert account.state is RegistrationState.REGISTERING
    assert account.start() == []


def test_an_account_that_is_none_is_refused_at_once() -> None:
    """Not in the middle of the night."""
    with pytest.raises(WireError):
        registration(registrar="example.org")


def test_every_state_can_come_to_its_end() -> None:
    """No state of the table is a trap, and none is out of reach."""
    reached, waiting = set(), [RegistrationState.IDLE]
    while waiting:
        state = waiting.pop()
        reached.add(state)
        waiting += [following for following in TRANSITIONS[state].values() if following not in reached]

    assert reached == set(RegistrationState)
