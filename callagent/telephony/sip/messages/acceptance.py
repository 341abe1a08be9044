"""Whether we can take a well-formed request at all (RFC 3261 section 8.2, before anything of it is carried out)."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from sipmessage import Request, Response

from callagent.telephony.sip.messages.message import answer

_KNOWN_METHODS: Final = frozenset(
    {"ACK", "BYE", "CANCEL", "INFO", "INVITE", "MESSAGE", "NOTIFY", "OPTIONS", "PRACK", "PUBLISH", "REFER"}
    | {"REGISTER", "SUBSCRIBE", "UPDATE"}
)
"""What IANA lists: of these, one that we do not take is "not allowed", any other is "not implemented"."""


@dataclass(frozen=True, slots=True)
class Abilities:
    """What this user agent takes."""

    methods: Collection[str] = (
        "INVITE",
        "ACK",
        "BYE",
        "CANCEL",
        "OPTIONS",
        "INFO",
        "NOTIFY",
        "PRACK",
        "REFER",
        "UPDATE",
    )
    extensions: Collection[str] = ("100rel", "replaces", "timer")
    body_types: Collection[str] = ("application/sdp", "application/dtmf-relay", "application/dtmf", "message/sipfrag")
    body_encodings: Collection[str] = ("identity",)


def refusal(request: Request, abilities: Abilities, *, to_tag: str) -> Response | None:
    """The response that turns the request down; None when it can be taken. An ACK and a CANCEL are never refused.

    The order is section 8.2's: method, Require (420), body (415), and then what the caller would take (406).
    """
    if request.method in {"ACK", "CANCEL"}:
        return None
    if request.method not in abilities.methods:
        response = answer(request, 405 if request.method in _KNOWN_METHODS else 501, to_tag=to_tag)
        response.headers.set("Allow", ", ".join(abilities.methods))
        return response
    if unknown := [each for each in request.require if each.lower() not in abilities.extensions]:
        response = answer(request, 420, to_tag=to_tag)
        response.headers.set("Unsupported", ", ".join(unknown))
        return response
    return _body_refusal(request, abilities, to_tag)


def _body_refusal(request: Request, abilities: Abilities, to_tag: str) -> Response | None:
    media = request.content_type
    encoding = (request.headers.get("Content-Encoding") or "identity").strip().lower()
    optional = "handling=optional" in (request.headers.get("Content-Disposition") or "").replace(" ", "").lower()
    known = media is None or media.mime_type in abilities.body_types
    if request.body and not optional and not (known and encoding in abilities.body_encodings):
        response = answer(request, 415, to_tag=to_tag)
        response.headers.set("Accept", ", ".join(abilities.body_types))
        response.headers.set("Accept-Encoding", ", ".join(abilities.body_encodings))
        return response
    accepted = [
        each.split(";")[0].strip().lower() for value in request.headers.getlist("Accept") for each in value.split(",")
    ]
    sdp = {"application/sdp", "application/*", "*/*"}
    if request.method in {"INVITE", "OPTIONS"} and request.headers.getlist("Accept") and sdp.isdisjoint(accepted):
        return answer(request, 406, to_tag=to_tag)
    return None
