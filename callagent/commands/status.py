"""`callagent status`: how a running server does, and what to do about it."""

import argparse
import json
from collections.abc import Iterable, Mapping
from http.client import HTTPConnection, HTTPException
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from callagent.commands.as_json import print_json
from callagent.commands.console import console_for
from callagent.commands.exit_status import FAILED, OK
from callagent.errors import CallagentError, ConfigurationError
from callagent.settings.loading import load_settings

PATIENCE_S: Final = 5.0
MB: Final = 1024 * 1024
SHARES: Final[Mapping[str, str]] = {
    "errors": "errors",
    "empty": "empty",
    "no_match": "no match",
    "flawed": "flawed",
    "barge_ins": "cut again",
}
"""By measure: the heading of its column."""


def run(options: argparse.Namespace) -> int:
    """The command; 1 when something should be looked at. Raises CallagentError when there is no server to be asked."""
    given = {name: getattr(options, name) for name in ("host", "port") if getattr(options, name) is not None}
    settings = load_settings(**given)
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104  # asked, not listened on
    status = _ask(host, settings.port, settings.monitor_token.get_secret_value())
    if options.json:
        print_json(status)
    else:
        _show(console_for(), status)
    return FAILED if status["recommendations"] else OK


def _ask(host: str, port: int, token: str) -> dict[str, Any]:
    connection = HTTPConnection(host, port, timeout=PATIENCE_S)
    try:
        connection.request("GET", "/status", headers={"Authorization": f"Bearer {token}"} if token else {})
        response = connection.getresponse()
        body = response.read()
        if response.status == 403:
            raise ConfigurationError(f"The server at {host}:{port} does not tell: {body.decode(errors='replace')}")
        status: dict[str, Any] = json.loads(body) if response.status == 200 else {}
        if "recommendations" not in status:
            raise CallagentError(f"What listens at {host}:{port} is no callagent that knows this command.")
    except (OSError, HTTPException, ValueError) as error:
        raise CallagentError(
            f"No callagent answers at {host}:{port} ({type(error).__name__}). Is `callagent serve` running? Give "
            "--host and --port where it listens elsewhere."
        ) from None
    else:
        return status
    finally:
        connection.close()


def _show(console: Console, status: dict[str, Any]) -> None:
    cost = status["process"]
    console.print(
        f"{len(status['calls'])} calls now, {status['calls_total']} since the server began · "
        f"{cost['cpu'] * 100:.0f} % of a core · {cost['memory'] / MB:.0f} MB · "
        f"event loop late by {status['loop_lag_peak_ms']:.0f} ms at most"
    )
    _several(console, status["workers"], status["calls_lost"])
    if cost["workers"]:
        console.print(f"{cost['workers']} processes for models, {cost['workers_memory'] / MB:.0f} MB")
    for model, size in status["models"].items():
        console.print(f"model {model}: {size / MB:.0f} MB")
    if status["providers"]:
        _gap(console, "Providers, last ten minutes", _providers(status["providers"]))
    if status["stages"]["response"]["turns"]:
        _gap(console, "Response, last ten minutes", _stages(status["stages"]))
    if status["calls"]:
        _gap(console, "Calls", _calls(status["calls"]))
    for kind in ("failures", "restarts", "limits"):
        if status[kind]:
            console.print(f"{kind}: " + ", ".join(f"{name} {count}" for name, count in status[kind].items()))
    console.print()
    if not status["recommendations"]:
        console.print(Text("Nothing needs a look.", style="green"))
    for line in status["recommendations"]:
        console.print(Text(f"→ {line}", style="yellow"))


def _several(console: Console, workers: list[dict[str, Any]], lost: int) -> None:
    """Of each process, where several serve calls; and how many calls ended with theirs."""
    if workers:
        _gap(console, "Workers", _workers(workers))
    if lost:
        console.print(f"{lost} calls ended because their worker did")


def _gap(console: Console, title: str, table: Table) -> None:
    console.print()
    console.print(Text(title, style="bold"))
    console.print(table)


def _table(columns: Mapping[str, Iterable[str | Text]], left: int) -> Table:
    """A table whose first columns are texts, and the others figures; a column without any is left out."""
    table = Table(box=None, header_style="dim", pad_edge=False)
    shown = {name: tuple(cells) for name, cells in columns.items()}
    shown = {name: cells for name, cells in shown.items() if any(map(str, cells))}
    for number, name in enumerate(shown):
        table.add_column(name, justify="left" if number < left else "right", no_wrap=True)
    for row in zip(*shown.values(), strict=True):
        table.add_row(*row)
    return table


def _workers(workers: list[dict[str, Any]]) -> Table:
    columns: dict[str, Iterable[str | Text]] = {
        "worker": [str(one["worker"]) for one in workers],
        "state": [Text(one["state"], style="green" if one["state"] == "well" else "yellow") for one in workers],
        "process": [str(one["pid"]) for one in workers],
        "calls": [str(one["calls"]) for one in workers],
        "of a core": [f"{one['cpu'] * 100:.0f} %" for one in workers],
        "memory": [f"{one['memory'] / MB:.0f} MB" for one in workers],
        "late at most": [f"{one['loop_lag_peak_ms']:.0f} ms" for one in workers],
        "replaced": [str(one["restarts"]) for one in workers],
    }
    return _table(columns, left=2)


def _providers(providers: list[dict[str, Any]]) -> Table:
    def of(measure: str, shape: str, times: float = 1) -> list[str]:
        found = (one["figures"].get(measure) for one in providers)
        return ["" if value is None else shape.format(value * times) for value in found]

    columns: dict[str, Iterable[str | Text]] = {
        "stage": [one["stage"] for one in providers],
        "asked": [f"as no. {one['place']}" if one["place"] else "for a language" for one in providers],
        "provider": [one["provider"] for one in providers],
        "state": [_state(one) for one in providers],
        "answers": [str(one["answers"]) for one in providers],
        "p50": of("p50_s", "{:.2f} s"),
        "p95": of("p95_s", "{:.2f} s"),
        "sure": of("confidence", "{:.2f}"),
        **{heading: of(measure, "{:.0f} %", 100) for measure, heading in SHARES.items()},
    }
    return _table(columns, left=4)


def _state(one: dict[str, Any]) -> Text:
    if one["breaker"] == "open":
        return Text(f"left alone for {one['opens_in_s']:.0f} s", style="bold red")
    if one["breaker"] == "half-open":
        return Text("being tried", style="yellow")
    return Text("demoted", style="yellow") if one["demoted"] else Text("well", style="green")


def _stages(stages: dict[str, dict[str, float]]) -> Table:
    columns = {
        "part": list(stages),
        "median": [f"{figures['median_ms']:.0f} ms" for figures in stages.values()],
        "p95": [f"{figures['p95_ms']:.0f} ms" for figures in stages.values()],
        "turns": [f"{figures['turns']:.0f}" for figures in stages.values()],
    }
    return _table(columns, left=1)


def _calls(calls: list[dict[str, Any]]) -> Table:
    responses = [call["response_ms"] for call in calls]
    columns = {
        "call": [f"{call['worker']}/{call['number']}" if call["worker"] else str(call["number"]) for call in calls],
        "does": [call["does"] for call in calls],
        "language": [call["language"] for call in calls],
        "answered by": [" ".join(call["providers"].values()) for call in calls],
        "seconds": [f"{call['seconds']:.0f}" for call in calls],
        "turns": [str(call["turns"]) for call in calls],
        "response": ["" if response is None else f"{response:.0f} ms" for response in responses],
        "cut": [str(call["barge_ins"]) for call in calls],
        "no match": [str(call["no_matches"]) for call in calls],
        "failures": [str(call["failures"]) for call in calls],
    }
    return _table(columns, left=4)
