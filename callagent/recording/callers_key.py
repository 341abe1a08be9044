"""The secrets that callers' keys are made with, so that all calls of a caller can be found without any number."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Final

from callagent.call.callers import caller_key
from callagent.errors import ConfigurationError

SECRET: Final = ".secret"  # noqa: S105  # its name
"""In the folder of the recordings, for its owner only: made at first start, where none is configured."""


def make_key_of(recordings: Path, configured: str) -> Callable[[str], str]:
    """What makes a caller's key of a number. Raises ConfigurationError."""
    secret = configured or _own_secret(recordings)
    _check(secret, configured, recordings)
    return lambda number: caller_key(number, secret)


def keys_of(recordings: Path, configured: str, number: str) -> tuple[str, ...]:
    """All keys that calls of a caller may have here, whichever secret they began with. Raises ConfigurationError."""
    own = _read(recordings / SECRET)
    found = [secret for secret in (configured, own) if secret]
    for secret in found:
        _check(secret, configured, recordings)
    return tuple(dict.fromkeys(key for secret in found if (key := caller_key(number, secret))))


def _check(secret: str, configured: str, recordings: Path) -> None:
    try:
        caller_key("", secret)
    except ValueError as error:
        place = "CALLAGENT_CALLERS_SECRET" if configured else str(recordings / SECRET)
        raise ConfigurationError(f"{place}: {error}.") from None


def _own_secret(recordings: Path) -> str:
    """It is made where there is none; of several processes that start at once, all get the same."""
    path = recordings / SECRET
    if secret := _read(path):
        return secret
    beside = recordings / f"{SECRET}-{os.getpid()}"
    try:
        recordings.mkdir(parents=True, exist_ok=True)
        beside.unlink(missing_ok=True)
        with os.fdopen(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
            file.flush()
            os.fsync(file.fileno())
        try:
            path.hardlink_to(beside)
        except FileExistsError:
            pass  # another process was first
        finally:
            beside.unlink()
    except OSError as error:
        raise _unusable(path, error) from None
    return _read(path)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise _unusable(path, error) from None


def _unusable(path: Path, error: Exception) -> ConfigurationError:
    reason = getattr(error, "strerror", None) or type(error).__name__
    return ConfigurationError(
        f"{path}: the secret of callers' keys cannot be read or made ({reason}). Let this user read and write there, "
        "or set CALLAGENT_CALLERS_SECRET to 16 characters or more that nobody can guess."
    )
