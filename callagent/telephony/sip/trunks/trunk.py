"""A trunk: the provider or PBX that brings calls and makes ours (RFC 3261 10, 22)."""

from dataclasses import dataclass, field

from sipmessage import Request, Response

from callagent.errors import CarrierRefusedError
from callagent.telephony.sip.trunks.digest import Credentials, DigestClient
from callagent.telephony.sip.trunks.registration import phone_uri


@dataclass(frozen=True, slots=True)
class Trunk:
    """One account, as the operator has set it up."""

    name: str
    """What the operator calls it."""
    registrar: str
    """Such as `sip:pbx.example.org` or `sip:sip.example.org;transport=tls`."""
    user: str = field(repr=False)
    """The account's name or number there."""
    password: str = field(default="", repr=False)
    login: str = field(default="", repr=False)
    """For the password, where it is not `user`."""
    number: str = field(default="", repr=False)
    """Ours, as the person who is rung sees it; `user` when empty."""
    proxy: str = ""
    """An outbound proxy, such as `sip:proxy.example.org`."""
    register: bool = True
    """Whether it wants to be told where we are."""
    user_phone: bool = False
    """Whether addresses say `;user=phone`, as some trunks demand."""
    expires_s: int = 600
    refer: bool = False
    """Whether it joins two calls when it is asked to (REFER with Replaces); else callagent carries both."""

    @property
    def routes(self) -> tuple[str, ...]:
        """The outbound proxy as a Route says it."""
        return (f"<{self.proxy};lr>",) if self.proxy else ()

    @property
    def host(self) -> str:
        """Of the registrar, with its port where it has one."""
        return self.registrar.partition(":")[2].partition(";")[0]

    @property
    def parameters(self) -> str:
        """Of the registrar's address, such as `;transport=tls`."""
        _, mark, rest = self.registrar.partition(";")
        return mark + rest

    @property
    def scheme(self) -> str:
        """Sip or sips."""
        return self.registrar.partition(":")[0]

    def uri_of(self, number: str) -> str:
        """Whom to ask for when a number is to be rung through it."""
        uri = phone_uri(number, self.host, user_phone=self.user_phone)
        return f"{self.scheme}{uri.removeprefix('sip')}{self.parameters}"

    @property
    def sender(self) -> str:
        """From, of our calls."""
        return f"<{phone_uri(self.number or self.user, self.host, user_phone=self.user_phone)}>"


class Signer:
    """Answers a trunk's challenges; one per trunk."""

    def __init__(self, trunk: Trunk) -> None:
        self._digest = DigestClient(Credentials(trunk.login or trunk.user, trunk.password))

    def authorize(self, request: Request, challenge: Response) -> bool:
        """Sign the request as its 401 or 407 asks, in place; False where that is of no use."""
        try:
            self._digest.answer(request, challenge)
        except CarrierRefusedError:
            return False
        return True
