"""What must be set before the public is served."""

from importlib.util import find_spec

from callagent.errors import ConfigurationError
from callagent.settings.origins import origin_of
from callagent.settings.placeholders import is_placeholder
from callagent.settings.settings import CONFIG_FILE, KEYS, Settings


def check_for_serving(settings: Settings) -> None:
    """Refuse to serve the public with a secret missing or left as it was in an example.

    Raises ConfigurationError that names every such setting and how to set it; never a secret's value.
    """
    problems = _of_carriers(settings)
    problems += [
        f"{name} is a placeholder: copy the key from the provider's console, or remove it."
        for name, key in _keys(settings).items()
        if key and is_placeholder(key)
    ]
    secret = settings.callers_secret.get_secret_value()
    if settings.database_url and (len(secret) < 16 or is_placeholder(secret)):
        problems.append(
            "CALLAGENT_CALLERS_SECRET is missing or a placeholder: with CALLAGENT_DATABASE_URL set, callers are known "
            "by keys made with it. Any 16 characters or more that nobody can guess."
        )
    for name in ("monitor_token", "asterisk_token"):
        token = getattr(settings, name).get_secret_value()
        if token and (len(token) < 16 or is_placeholder(token)):
            problems.append(
                f"CALLAGENT_{name.upper()} is a placeholder: any 16 characters or more that nobody can guess."
            )
    if problems:
        how = f"Set them in the environment, in .env or in {CONFIG_FILE} (there in lower case)."
        raise ConfigurationError("\n".join([*problems, how]))


def _of_carriers(settings: Settings) -> list[str]:
    """What is wrong with whoever brings the calls; there must be one at least."""
    problems = []
    sid, token = settings.twilio_account_sid, settings.twilio_auth_token.get_secret_value()
    has_asterisk = bool(settings.audiosocket or settings.asterisk_token.get_secret_value())
    if settings.audiosocket and settings.workers > 1:
        problems.append(
            "CALLAGENT_AUDIOSOCKET is a port of one process: set CALLAGENT_WORKERS to 1, or connect Asterisk by its "
            "WebSocket channel."
        )
    problems += _of_sip(settings)
    if (has_asterisk or settings.sip) and not sid and not token:
        return problems
    if not (sid.startswith("AC") and len(sid) == 34) or is_placeholder(sid.removeprefix("AC")):
        problems.append("TWILIO_ACCOUNT_SID is missing or not an account SID: 'AC' and 32 hexadecimal digits.")
    if len(token) < 16 or is_placeholder(token):
        problems.append("TWILIO_AUTH_TOKEN is missing or a placeholder: copy it from the Twilio Console.")
    url = settings.public_url
    if not url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
        problems.append("PUBLIC_URL is missing or not https: the address Twilio reaches, as https://shop.example.com.")
    if problems and not sid and not token:
        problems.append(
            "Without Twilio, set CALLAGENT_SIP for a SIP trunk or a PBX, or CALLAGENT_AUDIOSOCKET or "
            "CALLAGENT_ASTERISK_TOKEN for an Asterisk."
        )
    return problems


def _of_sip(settings: Settings) -> list[str]:
    problems = []
    if settings.sip and settings.workers > 1:
        problems.append("CALLAGENT_SIP is a port of one process: set CALLAGENT_WORKERS to 1.")
    if settings.sip_trunks and not settings.sip:
        problems.append(
            "CALLAGENT_SIP_TRUNKS is set, but CALLAGENT_SIP is not: say where to listen, as udp:0.0.0.0:5060."
        )
    for name, trunk in settings.sip_trunks.items():
        password = trunk.password.get_secret_value()
        if password and is_placeholder(password):
            problems.append(f"CALLAGENT_SIP_TRUNKS, '{name}', 'password' is a placeholder: put in the account's.")
    tls = any(address.lower().startswith("tls:") for address in settings.sip)
    if tls and not settings.sip_certificate:
        problems.append("CALLAGENT_SIP listens on tls: set CALLAGENT_SIP_CERTIFICATE, as 'fullchain.pem, privkey.pem'.")
    if settings.sip_srtp != "refused" and find_spec("pylibsrtp") is None:
        problems.append("CALLAGENT_SIP_SRTP needs the pylibsrtp package: install callagent[srtp].")
    return problems


def _keys(settings: Settings) -> dict[str, str]:
    """The vendors' keys by what people know them by."""
    named = {name.upper(): getattr(settings, name).get_secret_value() for name in KEYS}
    inside = {
        f"{origin_of('options')}, '{who}', 'api_key'": given.get("api_key") for who, given in settings.options.items()
    }
    return named | {name: key for name, key in inside.items() if isinstance(key, str)}
