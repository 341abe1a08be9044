"""SIP as the operator has set it up: its sockets taken, its trunks and certificates read."""

import ssl
from collections.abc import Awaitable, Callable, Sequence

from callagent.clock import Clock
from callagent.errors import ConfigurationError, WireError
from callagent.settings.settings import Settings
from callagent.settings.trunks import SipTrunk
from callagent.telephony.leg import Leg
from callagent.telephony.sip.carrier import SipCarrier, SipSetup
from callagent.telephony.sip.messages.verbatim import read_uri
from callagent.telephony.sip.network.listening import Listening, listen, read_listening
from callagent.telephony.sip.offers.agreement import SrtpPolicy
from callagent.telephony.sip.trunk_keeper import transport_of
from callagent.telephony.sip.trunks.trunk import Trunk
from callagent.telephony.twilio.switchboard import Switchboard


def make_sip(
    settings: Settings, switchboard: Switchboard, clock: Clock, answer: Callable[[Leg], Awaitable[None]]
) -> SipCarrier:
    """The carrier, with its ports taken. Raises ConfigurationError when one cannot be had, or a certificate be read."""
    first, _, last = settings.sip_ports.partition("-")
    setup = SipSetup(
        allowed=settings.sip_from,
        public_host=settings.sip_public,
        media_ports=(int(first), int(last)),
        trunks=tuple(_trunk(name, given) for name, given in settings.sip_trunks.items()),
        country=settings.sip_country,
        srtp=SrtpPolicy(settings.sip_srtp),
        any_source=settings.sip_any_source,
        server_tls=_server_tls(settings),
    )
    try:
        places = [read_listening(address) for address in settings.sip]
    except ValueError as error:
        raise ConfigurationError(f"CALLAGENT_SIP: {error}.") from None
    _check(setup.trunks, places)
    return SipCarrier([(place, listen(place)) for place in places], setup, switchboard, clock, answer)


def _trunk(name: str, given: SipTrunk) -> Trunk:
    return Trunk(
        name=name,
        registrar=given.registrar,
        user=given.user,
        password=given.password.get_secret_value(),
        login=given.login,
        number=given.number,
        proxy=given.proxy,
        register=given.register_,
        user_phone=given.user_phone,
        expires_s=given.expires_s,
        refer=given.refer,
    )


def _check(trunks: Sequence[Trunk], places: Sequence[Listening]) -> None:
    """What would be found out only when the first message is to be sent. Raises ConfigurationError."""
    for trunk in trunks:
        for address in filter(None, (trunk.registrar, trunk.proxy)):
            try:
                transport = transport_of(read_uri(address))
            except WireError:
                raise ConfigurationError(
                    f"CALLAGENT_SIP_TRUNKS: trunk {trunk.name!r} has {address!r}, which leads nowhere. "
                    "Check its host, and its port from 1 to 65535."
                ) from None
            if transport == "UDP" and all(place.transport != "UDP" for place in places):
                raise ConfigurationError(
                    f"CALLAGENT_SIP_TRUNKS: trunk {trunk.name!r} is reached over udp, on which CALLAGENT_SIP does not "
                    "listen. Add udp:0.0.0.0:5060 there, or ;transport=tcp to the trunk's address."
                )


def _server_tls(settings: Settings) -> ssl.SSLContext | None:
    if not any(address.lower().startswith("tls:") for address in settings.sip):
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(*settings.sip_certificate)
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(
            f"CALLAGENT_SIP_CERTIFICATE cannot be used ({type(error).__name__}). "
            "Name PEM files with a certificate and the key that belongs to it."
        ) from None
    return context
