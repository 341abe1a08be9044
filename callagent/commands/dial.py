"""`callagent dial`: have the server on this machine ring somebody, and show how it goes."""

import argparse
import json
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any, Final

from rich.console import Console

from callagent.commands.console import console_for
from callagent.commands.exit_status import FAILED, MISUSED, OK
from callagent.dialogue.actions import VOICEMAIL
from callagent.errors import CallagentError, ConfigurationError, DestinationError
from callagent.settings.loading import load_settings
from callagent.settings.settings import Settings
from callagent.telephony.destinations import number_of

PATIENCE_S: Final = 30.0
"""A server that says nothing for so long is gone; it says something every few seconds, and reads a flow before."""
NOBODY: Final = frozenset({"busy", "no answer", "declined", "no such number", "failed"})
"""Why a call failed that was really made."""
SAID: Final[Mapping[str, str]] = {"queued": "waiting to begin", "ringing": "ringing", "answered": "somebody is there"}


def run(options: argparse.Namespace) -> int:
    """The command; 1 when nobody took the call. Raises ConfigurationError when nobody could be asked to ring."""
    given = {name: getattr(options, name) for name in ("host", "port") if getattr(options, name) is not None}
    settings = load_settings(**given)
    try:
        number = number_of(options.number)
    except DestinationError as error:
        raise ConfigurationError(str(error)) from None
    wish: dict[str, Any] = {"to": number}
    wish |= {"flow": options.flow} if options.flow else {}
    wish |= {"ring_s": options.ring} if options.ring else {}
    with closing(_progress(settings, wish)) as progress:
        last = _show(console_for(), progress)
    if last.get("state") == "over":
        print(f"The call is over: {last['reason']}.")
        return FAILED if last["reason"] == VOICEMAIL else OK
    reason, message = last.get("reason", ""), last.get("message", "")
    if reason in NOBODY:
        print(f"Nobody took the call: {reason}." + (f" {message}" if message else ""))
        return FAILED
    print(f"Nobody was rung. {message}".rstrip())
    return MISUSED


def _show(console: Console, progress: Iterator[dict[str, Any]]) -> dict[str, Any]:
    """How it goes, in one line that changes, or in a line each where nobody looks on; what was told last."""
    last: dict[str, Any] = {}
    with console.status("asking the server", spinner="dots") as status:
        for one in progress:
            said = SAID.get(one["state"])
            if said and one["state"] != last.get("state"):
                status.update(said)
                if not console.is_terminal:
                    console.print(said)
            last = one
    return last


def _progress(settings: Settings, wish: Mapping[str, Any]) -> Generator[dict[str, Any], None, None]:
    """What the server tells. Raises ConfigurationError when there is none, or it refuses; CallagentError when lost."""
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104  # asked, not listened on
    token = settings.monitor_token.get_secret_value()
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
    last = ""
    with _asked(host, settings.port, json.dumps(wish), headers) as response:
        if response.status != 200:
            said = response.read(4096).decode(errors="replace")
            if response.status in {404, 405}:
                said = f"What listens at {host}:{settings.port} is no callagent that knows this command."
            raise ConfigurationError(said)
        try:
            while line := response.readline():
                one: dict[str, Any] = json.loads(line)
                last = one["state"]
                yield one
        except (OSError, HTTPException, ValueError, KeyError) as error:
            raise CallagentError(f"The server fell silent during the call ({type(error).__name__}).") from None
    if last not in {"over", "failed"}:
        raise CallagentError("The server ended during the call.")


@contextmanager
def _asked(host: str, port: int, body: str, headers: Mapping[str, str]) -> Iterator[HTTPResponse]:
    connection = HTTPConnection(host, port, timeout=PATIENCE_S)
    try:
        try:
            connection.request("POST", "/calls", body, dict(headers))
            response = connection.getresponse()
        except (OSError, HTTPException) as error:
            raise ConfigurationError(
                f"No callagent answers at {host}:{port} ({type(error).__name__}). Start it with `callagent serve`, or "
                "give --host and --port where it listens elsewhere."
            ) from None
        yield response
    finally:
        connection.close()
