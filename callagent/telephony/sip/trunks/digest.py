"""Digest authentication as a client (RFC 3261 section 22, RFC 7616, RFC 8760).

`sipmessage` reads no challenge that offers two kinds of protection (`qop="auth,auth-int"`), and takes exponential time
for some texts; challenges are read here. No password, and nothing that is made of one, is in any repr or error.
"""

import hashlib
import re
import secrets
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from sipmessage import Request, Response

from callagent.errors import CarrierRefusedError

_TOKEN: Final = r"[A-Za-z0-9\-.!%*_+`'~]"  # noqa: S105 - a term of the grammar
_SCHEME: Final = re.compile(r"\s*+digest\s++", re.IGNORECASE)
_PARAMETER: Final = re.compile(
    rf'\s*+(?P<name>{_TOKEN}++)\s*+=\s*+(?:"(?P<quoted>(?:[^"\\]|\\.)*+)"|(?P<plain>[^\s,"]++))\s*+(?:,|$)', re.DOTALL
)
_LARGEST_CHALLENGE: Final = 4096
"""Characters."""
_MOST_REALMS: Final = 16
"""Of which a challenge is remembered."""

_HASHES: Final = {"MD5": "md5", "SHA-256": "sha256", "SHA-512-256": "sha512_256"}
_STRENGTH: Final = ("MD5", "MD5-SESS", "SHA-256", "SHA-256-SESS", "SHA-512-256", "SHA-512-256-SESS")
"""What we can do, the weakest first."""

Asker: TypeAlias = Literal["WWW-Authenticate", "Proxy-Authenticate"]
_ANSWERS: Final[dict[Asker, str]] = {
    "WWW-Authenticate": "Authorization",
    "Proxy-Authenticate": "Proxy-Authorization",
}


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who we are to a registrar or a trunk."""

    username: str
    password: str = field(repr=False)
    realm: str = ""
    """The only realm that is answered; empty: any that asks."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a server wants to see before it does what was asked."""

    realm: str
    nonce: str = field(repr=False)
    algorithm: str = "MD5"
    """As the server wrote it."""
    qop: frozenset[str] = frozenset()
    opaque: str | None = None
    stale: bool = False
    """The credentials were right, the nonce was too old: ask again without bothering anybody."""

    @property
    def strength(self) -> int:
        """The higher the better; -1: we cannot answer it."""
        known = self.algorithm.upper() in _STRENGTH and (not self.qop or self.qop & {"auth", "auth-int"})
        available = known and _HASHES[self.algorithm.upper().removesuffix("-SESS")] in hashlib.algorithms_available
        return _STRENGTH.index(self.algorithm.upper()) if available else -1


def read_challenge(text: str) -> Challenge | None:
    """One value of WWW-Authenticate or Proxy-Authenticate; None where it is no Digest challenge or not well formed."""
    scheme = _SCHEME.match(text)
    if scheme is None or len(text) > _LARGEST_CHALLENGE:
        return None
    found: dict[str, str] = {}
    at = scheme.end()
    while at < len(text.rstrip()):
        match = _PARAMETER.match(text, at)
        if match is None or match["name"].lower() in found:
            return None
        quoted = match["quoted"]
        value = match["plain"] if quoted is None else re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL)
        found[match["name"].lower()] = value
        at = match.end()
    if "realm" not in found or "nonce" not in found:
        return None
    return Challenge(
        realm=found["realm"],
        nonce=found["nonce"],
        algorithm=found.get("algorithm", "MD5"),
        qop=frozenset(each.strip().lower() for each in found.get("qop", "").split(",") if each.strip()),
        opaque=found.get("opaque"),
        stale=found.get("stale", "").lower() == "true",
    )


def strongest(texts: Iterable[str]) -> Challenge | None:
    """The challenge with the strongest algorithm that we can answer; None where there is none."""
    challenges = [challenge for text in texts if (challenge := read_challenge(text)) and challenge.strength >= 0]
    return max(challenges, key=lambda challenge: challenge.strength, default=None)


@dataclass(slots=True)
class _Asked:
    challenge: Challenge
    used: int = 0
    """How many requests were signed with the nonce: the nonce count."""


class DigestClient:
    """Signs requests for one account; remembers the last challenge of each realm, so that not every request is refused.

    A new CSeq and a new branch for the request that is sent again are the caller's.
    """

    def __init__(self, credentials: Credentials, *, cnonce: Callable[[], str] = lambda: secrets.token_hex(16)) -> None:
        self._credentials = credentials
        self._cnonce = cnonce
        self._asked: OrderedDict[tuple[Asker, str], _Asked] = OrderedDict()

    def answer(self, request: Request, response: Response) -> None:
        """Sign a request as its 401 or 407 asks, in place.

        Raises CarrierRefusedError when the response asks for nothing that we can do, or refuses the credentials: they
        are wrong, and a trunk that sees them again and again may lock the account. They are taken as refused when the
        request carried what the last challenge asked for, unless it was signed with an older nonce, by `sign`.
        """
        asker: Asker = "WWW-Authenticate" if response.code == 401 else "Proxy-Authenticate"
        challenge = strongest(response.headers.getlist(asker))
        if challenge is None:
            raise CarrierRefusedError("SIP: the challenge is none that we can answer (Digest with MD5 or SHA-256)")
        if self._credentials.realm and challenge.realm != self._credentials.realm:
            raise CarrierRefusedError("SIP: the challenge is for another realm than the account's; check its realm")
        before = self._asked.get((asker, challenge.realm))
        again = before is not None and before.used == 1 and self._signed(request, asker, challenge.realm)
        if before and again and (before.challenge.stale or not challenge.stale):
            raise CarrierRefusedError("SIP: the username or password was refused; check the account")
        self._asked[asker, challenge.realm] = _Asked(challenge)
        self._asked.move_to_end((asker, challenge.realm))
        while len(self._asked) > _MOST_REALMS:
            self._asked.popitem(last=False)
        self._sign(request, asker, challenge.realm)

    def sign(self, request: Request) -> None:
        """Sign a new request with what is remembered (RFC 3261 section 22.3), in place; nothing where nothing is."""
        for asker, realm in list(self._asked):
            self._sign(request, asker, realm)

    def _sign(self, request: Request, asker: Asker, realm: str) -> None:
        asked = self._asked[asker, realm]
        asked.used += 1
        value = authorization(
            asked.challenge,
            self._credentials,
            method=request.method,
            uri=str(request.uri),
            body=request.body,
            count=asked.used,
            cnonce=self._cnonce(),
        )
        others = [each for each in request.headers.getlist(_ANSWERS[asker]) if _realm_of(each) != realm]
        request.headers.setlist(_ANSWERS[asker], [*others, value])

    def _signed(self, request: Request, asker: Asker, realm: str) -> bool:
        return any(_realm_of(each) == realm for each in request.headers.getlist(_ANSWERS[asker]))


def authorization(
    challenge: Challenge, credentials: Credentials, *, method: str, uri: str, body: bytes, count: int, cnonce: str
) -> str:
    """The value of Authorization or Proxy-Authorization (RFC 7616 section 3.4); `count` is the nonce's, from 1."""
    name = challenge.algorithm.upper()

    def digest(data: bytes) -> str:
        return hashlib.new(_HASHES[name.removesuffix("-SESS")], data, usedforsecurity=False).hexdigest()

    user = f"{credentials.username}:{challenge.realm}:{credentials.password}"
    secret = digest(user.encode())
    if name.endswith("-SESS"):
        secret = digest(f"{secret}:{challenge.nonce}:{cnonce}".encode())
    qop = "auth" if "auth" in challenge.qop else "auth-int" if challenge.qop else ""
    asked = f"{method}:{uri}:{digest(body)}" if qop == "auth-int" else f"{method}:{uri}"
    middle = f"{challenge.nonce}:{count:08x}:{cnonce}:{qop}" if qop else challenge.nonce
    parts = {
        "username": _quoted(credentials.username),
        "realm": _quoted(challenge.realm),
        "nonce": _quoted(challenge.nonce),
        "uri": _quoted(uri),
        "response": _quoted(digest(f"{secret}:{middle}:{digest(asked.encode())}".encode())),
        "algorithm": challenge.algorithm,
    }
    if qop:
        parts |= {"qop": qop, "nc": f"{count:08x}"}
    if qop or name.endswith("-SESS"):
        parts["cnonce"] = _quoted(cnonce)
    if challenge.opaque is not None:
        parts["opaque"] = _quoted(challenge.opaque)
    return "Digest " + ", ".join(f"{key}={value}" for key, value in parts.items())


def _quoted(text: str) -> str:
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'


def _realm_of(value: str) -> str | None:
    challenge = read_challenge(value)
    return challenge.realm if challenge else None
