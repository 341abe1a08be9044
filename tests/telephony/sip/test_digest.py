"""Digest authentication: the RFCs' own examples, and what a registrar may ask."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sipmessage import Request, Response
from support.sip_network import outgoing

from callagent.errors import CarrierRefusedError
from callagent.telephony.sip.trunks.digest import (
    Challenge,
    Credentials,
    DigestClient,
    authorization,
    read_challenge,
    strongest,
)

CIRCLE = Credentials("Mufasa", "Circle of Life")
RFC_7616 = (
    'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={}, '
    'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
)


def challenge_of(text: str) -> Challenge:
    """A challenge that can be read."""
    challenge = read_challenge(text)
    assert challenge is not None
    return challenge


def value_of(signed: str, name: str) -> str:
    """One parameter of an Authorization."""
    found = dict(each.split("=", 1) for each in signed.removeprefix("Digest ").split(", "))
    return found[name].strip('"')


def response_to(challenge: Challenge, credentials: Credentials, cnonce: str) -> str:
    """The response to a GET of the RFCs' page."""
    signed = authorization(
        challenge, credentials, method="GET", uri="/dir/index.html", body=b"", count=1, cnonce=cnonce
    )
    return value_of(signed, "response")


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_examples_of_rfc_7616(algorithm: str, expected: str) -> None:
    """Section 3.9.1: the same page with both algorithms."""
    challenge = challenge_of(RFC_7616.format(algorithm))

    assert response_to(challenge, CIRCLE, "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ") == expected


def test_the_examples_of_rfc_2617_and_2069() -> None:
    """With protection, and, as the oldest servers ask, without."""
    text = 'Digest realm="testrealm@host.com", {}nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"'
    protected, plain = (challenge_of(text.format(qop)) for qop in ('qop="auth,auth-int", ', ""))

    old = response_to(protected, Credentials("Mufasa", "Circle Of Life"), "0a4f113b")
    older = response_to(plain, Credentials("Mufasa", "CircleOfLife"), "0a4f113b")

    assert old == "6629fae49393a05397450978507c4ef1"
    assert older == "1949323746fe6a43ef61f9606e7febea"


def test_the_strongest_challenge_is_taken() -> None:
    """Whatever the order; what nobody knows is passed over."""
    md5, sha, odd, basic = (
        'Digest realm="r", nonce="a"',
        'Digest realm="r", nonce="b", algorithm=SHA-256, qop="auth"',
        'Digest realm="r", nonce="c", algorithm=SHA-9000',
        'Basic realm="r"',
    )

    assert [strongest(each) for each in ((md5, sha, odd), (sha, md5), (odd, basic))] == [
        challenge_of(sha),
        challenge_of(sha),
        None,
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Digest",
        "Digest realm=",
        'Digest realm="r"',
        'Digest realm="r", nonce="n',
        'Digest realm="r", nonce="n", nonce="m"',
        'Digest realm="r" nonce="n"',
        'Digest nonce="' + "n" * 5000 + '", realm="r"',
    ],
)
def test_a_challenge_that_makes_no_sense_is_none(text: str) -> None:
    """What a server sends is untrusted."""
    assert read_challenge(text) is None


@given(st.text(max_size=200))
def test_no_challenge_raises(text: str) -> None:
    """Whatever is written there."""
    assert read_challenge("Digest " + text) is None or text


def test_quotes_and_commas_in_values_are_kept() -> None:
    """And go back as they came."""
    challenge = challenge_of('digest Realm = "a \\"b\\", c" , NONCE=plain ,stale=TRUE,qop="AUTH"')

    assert (challenge.realm, challenge.nonce, challenge.stale) == ('a "b", c', "plain", True)
    assert challenge.qop == {"auth"}
    signed = authorization(challenge, CIRCLE, method="BYE", uri="sip:x", body=b"", count=17, cnonce="c")
    assert 'realm="a \\"b\\", c"' in signed
    assert "nc=00000011" in signed


def challenged(code: int = 401, changes: dict[str, str] | None = None, **parameters: str) -> Response:
    """A response that asks."""
    response = Response(code, "Unauthorized")
    name = "WWW-Authenticate" if code == 401 else "Proxy-Authenticate"
    wanted = {"realm": '"shop"', "nonce": '"n1"', "qop": '"auth"', **parameters, **(changes or {})}
    response.headers.add(name, "Digest " + ", ".join(f"{key}={value}" for key, value in wanted.items()))
    return response


def client(realm: str = "") -> DigestClient:
    """An account whose cnonce is known."""
    return DigestClient(Credentials("asha", "hunter2", realm), cnonce=lambda: "c1")


def signature(request: Request, name: str = "Authorization") -> str:
    """The one signature of a request."""
    (value,) = request.headers.getlist(name)
    return value


def test_each_request_counts_on_with_the_same_nonce() -> None:
    """The second request is signed before anybody asks; a new nonce begins again at one."""
    account = client()
    first, second, third = (outgoing("REGISTER", number) for number in (1, 2, 3))
    account.answer(first, challenged())
    account.sign(second)
    account.answer(third, challenged(nonce='"n2"'))

    assert [
        (value_of(signature(each), "nonce"), value_of(signature(each), "nc")) for each in (first, second, third)
    ] == [
        ("n1", "00000001"),
        ("n1", "00000002"),
        ("n2", "00000001"),
    ]


def test_a_stale_nonce_is_exchanged_and_refused_credentials_are_not_tried_again() -> None:
    """The server says which of the two it is."""
    account = client()
    request = outgoing("REGISTER")
    account.answer(request, challenged())
    account.answer(request, challenged(nonce='"n2"', stale="true"))

    assert value_of(signature(request), "nonce") == "n2"
    with pytest.raises(CarrierRefusedError, match="username or password"):
        account.answer(request, challenged(nonce='"n3"'))


def test_a_nonce_that_grew_old_is_exchanged_even_by_a_server_that_does_not_say_so() -> None:
    """A request signed in advance says nothing about the password; the next refusal does."""
    account = client()
    account.answer(outgoing("REGISTER"), challenged())
    later = outgoing("REGISTER", 2)
    account.sign(later)
    account.answer(later, challenged(nonce='"n2"'))

    assert value_of(signature(later), "nonce") == "n2"
    with pytest.raises(CarrierRefusedError, match="username or password"):
        account.answer(later, challenged(nonce='"n3"'))


def test_a_server_to_which_every_nonce_is_stale_is_not_followed() -> None:
    """It would go on for ever."""
    account = client()
    request = outgoing("REGISTER")
    account.answer(request, challenged(stale="true"))

    with pytest.raises(CarrierRefusedError):
        account.answer(request, challenged(nonce='"n2"', stale="true"))


def test_a_proxy_and_the_far_end_may_both_ask() -> None:
    """Each gets its own header, and neither takes the other's away."""
    account = client()
    request = outgoing("INVITE")
    account.answer(request, challenged(407, realm='"trunk"'))
    account.answer(request, challenged(401, realm='"shop"'))

    assert value_of(signature(request, "Proxy-Authorization"), "realm") == "trunk"
    assert value_of(signature(request), "realm") == "shop"


def test_only_the_accounts_own_realm_is_answered() -> None:
    """Nobody else may collect what a password can be guessed from."""
    with pytest.raises(CarrierRefusedError, match="another realm"):
        client("shop").answer(outgoing("INVITE"), challenged(realm='"elsewhere"'))


def test_an_unknown_demand_is_refused() -> None:
    """With what would be right."""
    with pytest.raises(CarrierRefusedError, match="Digest with MD5 or SHA-256"):
        client().answer(outgoing("INVITE"), challenged(algorithm="SHA-9000"))


def test_sessions_and_bodies_are_part_of_the_response_where_asked() -> None:
    """-sess mixes the nonces into the secret, auth-int the body into what is signed: each changes the response."""
    responses = set()
    wishes: list[dict[str, str]] = [{}, {"algorithm": "MD5-sess"}, {"qop": '"auth-int"'}, {"algorithm": "SHA-256-sess"}]
    for wanted in wishes:
        request = outgoing("INVITE")
        request.body = b"v=0"
        client().answer(request, challenged(401, wanted))
        responses.add(value_of(signature(request), "response"))

    assert len(responses) == 4


def test_nothing_shows_the_password() -> None:
    """Neither the account nor what it was asked."""
    account = Credentials("asha", "hunter2")

    assert "hunter2" not in repr(account) + repr(DigestClient(account)) + str(account)
    assert "n1" not in repr(challenge_of('Digest realm="r", nonce="n1"'))
