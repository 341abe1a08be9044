"""Telephone numbers in SIP addresses (RFC 3261 19.1, RFC 3966, RFC 3325)."""

import re
from typing import Final

from sipmessage import Request

from callagent.errors import WireError
from callagent.telephony.sip.messages.verbatim import addresses, header, uri_of

SEPARATORS: Final = re.compile(r"[\s().-]+")
E164: Final = re.compile(r"\+[1-9][0-9]{1,14}")
NUMBER: Final = re.compile(r"\+?[0-9]{1,15}")
LONGEST_EXTENSION: Final = 6
"""Digits of a number inside the office."""
LONGEST_NATIONAL: Final = 10
"""Digits of a number without its country; one with more that begins with the country's code has it."""


def number_of(address: str, country: str = "") -> str:
    """The number in a From, To or the like: E.164 where it says so or `country` ("+91") tells, else as it stands.

    Empty for an address without one: a name, a hidden caller, or nonsense.
    """
    try:
        user = uri_of(address).user or ""
    except WireError:
        return ""
    digits = SEPARATORS.sub("", user.partition(";")[0])
    return _with_country(digits, country) if NUMBER.fullmatch(digits) else ""


def _with_country(digits: str, country: str) -> str:
    if not digits.strip("0"):
        return ""
    if digits.startswith("+") or len(digits) <= LONGEST_EXTENSION:
        return digits
    if digits.startswith("00"):
        return f"+{digits[2:]}" if E164.fullmatch(f"+{digits[2:]}") else ""
    if not country:
        return digits
    if digits.startswith("0"):
        # The prefix of calls inside the country.
        return country + digits[1:]
    has_code = digits.startswith(country[1:]) and len(digits) > LONGEST_NATIONAL
    return f"+{digits}" if has_code else country + digits


def caller_of(invite: Request, country: str = "") -> str:
    """Who calls: as the network vouches (P-Asserted-Identity), else as From says; empty when withheld."""
    asserted = [number for one in addresses(invite, "P-Asserted-Identity") if (number := number_of(one, country))]
    if asserted:
        return asserted[0]
    return number_of(header(invite, "From"), country)


def called_of(invite: Request, country: str = "") -> str:
    """Who was called: as To says, else as the request does."""
    return number_of(header(invite, "To"), country) or number_of(f"<{invite.uri}>", country)
