"""What must be set before the public is served."""

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
    if has_asterisk and not sid and not token:
        return problems
    if not (sid.startswith("AC") and len(sid) == 34) or is_placeholder(sid.removeprefix("AC")):
        problems.append("TWILIO_ACCOUNT_SID is missing or not an account SID: 'AC' and 32 hexadecimal digits.")
    if len(token) < 16 or is_placeholder(token):
        problems.append("TWILIO_AUTH_TOKEN is missing or a placeholder: copy it from the Twilio Console.")
    url = settings.public_url
    if not url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
        problems.append("PUBLIC_URL is missing or not https: the address Twilio reaches, as https://shop.example.com.")
    if problems and not sid and not token:
        problems.append("Without Twilio, set CALLAGENT_AUDIOSOCKET or CALLAGENT_ASTERISK_TOKEN for an Asterisk.")
    return problems


def _keys(settings: Settings) -> dict[str, str]:
    """The vendors' keys by what people know them by."""
    named = {name.upper(): getattr(settings, name).get_secret_value() for name in KEYS}
    inside = {
        f"{origin_of('options')}, '{who}', 'api_key'": given.get("api_key") for who, given in settings.options.items()
    }
    return named | {name: key for name, key in inside.items() if isinstance(key, str)}
