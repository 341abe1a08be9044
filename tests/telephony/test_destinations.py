"""Where calls may go."""

import re

import pytest

from callagent.errors import ConfigurationError, DestinationError
from callagent.settings.loading import load_settings
from callagent.telephony.destinations import Destinations, number_of


@pytest.mark.parametrize(
    "typed",
    ["+919800000001", " +91 98000 00001 ", "+91-98000-00001", "+91\u00a098000\u201100001", "+ 9198 0000 0001"],
)
def test_a_number_is_read_as_people_write_it(typed: str) -> None:
    """With spaces and dashes of every kind."""
    assert number_of(typed) == "+919800000001"


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("98000 00001", "no country code"),
        ("09800000001", "no country code"),
        ("00919800000001", "no country code"),
        ("+0919800000001", "No country code begins with 0"),
        ("+91980", "7 to 15 digits"),
        ("+9198000000011111", "7 to 15 digits"),
        ("+", "7 to 15 digits"),
        ("", "no telephone number"),
        ("+91 (0) 98000 00001", "no telephone number"),
        ("+91980000000१", "no telephone number"),
        ("sip:+919800000001@trunk", "no telephone number"),
        ("+919800000001\n+1900", "no telephone number"),
        ("+919800000001,,9", "no telephone number"),
        ("counter", "no telephone number"),
    ],
)
def test_what_is_no_number_is_refused_with_a_remedy(typed: str, why: str) -> None:
    """Nothing is guessed: a country code that is missing is asked for."""
    with pytest.raises(DestinationError, match=re.escape(why)) as refused:
        number_of(typed)

    assert "+91 98000 00001" in str(refused.value)


def test_only_what_is_listed_may_be_rung() -> None:
    """By the beginnings of numbers; the refusal names the setting, and not the number."""
    some = Destinations(("+91", "+4420"))

    assert some.check("+91 98000 00001") == "+919800000001"
    assert some.check("+442079460000") == "+442079460000"
    for number in ("+441614960000", "+19005550100", "+91900"):
        with pytest.raises(DestinationError) as refused:
            some.check(number)
        assert number not in str(refused.value)
    with pytest.raises(DestinationError, match=r"CALLAGENT_DIAL_ALLOWED has no beginning of it. It has \+91, \+4420"):
        some.check("+19005550100")


def test_without_a_list_nobody_is_rung_and_everybody_of_the_flow_may_take_over() -> None:
    """Transfers worked before there was a list."""
    nobody = Destinations()

    with pytest.raises(DestinationError, match="set CALLAGENT_DIAL_ALLOWED"):
        nobody.check("+919800000001")
    assert nobody.allow_transfer("+919800000001")


def test_with_a_list_transfers_are_in_it_as_well() -> None:
    """And nothing that is no number."""
    some = Destinations(("+91",))

    assert some.allow_transfer("+919800000001")
    assert not some.allow_transfer("+19005550100")
    assert not some.allow_transfer("+91 sip:x")


@pytest.mark.parametrize("prefix", ["+", "91", "+9", "+0", "+2", "+91-98", "+1234567890123456"])
def test_a_beginning_that_is_no_country_is_refused(prefix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One digit is a part of the world, but for two countries; in the settings as here."""
    monkeypatch.setenv("CALLAGENT_DIAL_ALLOWED", prefix)

    with pytest.raises(ValueError, match="no beginning of numbers"):
        Destinations((prefix,))
    with pytest.raises(ConfigurationError, match=r"CALLAGENT_DIAL_ALLOWED.*no country code"):
        load_settings()


def test_the_setting_is_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """As people write it; nothing by default."""
    assert load_settings().dial_allowed == ()
    monkeypatch.setenv("CALLAGENT_DIAL_ALLOWED", "+91, +4420 +1 +7")
    monkeypatch.setenv("CALLAGENT_DIAL_FROM", "+91 11 4000 0000")
    settings = load_settings()

    assert settings.dial_allowed == ("+91", "+4420", "+1", "+7")
    assert settings.dial_from == "+911140000000"
    assert Destinations(settings.dial_allowed).check("+1 212 555 0100") == "+12125550100"
