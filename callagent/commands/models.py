"""`callagent models pull` and `list`: the models that run on this machine."""

import argparse
import json
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn
from rich.table import Table

from callagent.commands.as_json import print_json
from callagent.commands.console import console_for
from callagent.commands.exit_status import FAILED, OK
from callagent.errors import ConfigurationError, ProviderError
from callagent.local_models import SHOWN, Kept, LocalModel, fetch, look, named_models
from callagent.logs import configure_logs
from callagent.settings.loading import load_settings
from callagent.settings.settings import Settings

ANSWER_S: Final = 1.0
"""For a server on this machine."""
NONE: Final = "The configuration names no model that runs on this machine: see *Providers* and *Voices* in the README."


def run_pull(options: argparse.Namespace) -> int:
    """Fetch what is not here; 1 when something cannot be had. Raises ConfigurationError."""
    configure_logs("ERROR", people=True)
    models = _chosen(_read(load_settings()), options.name)
    console = console_for()
    fetched: list[tuple[LocalModel, Kept | None]] = []
    errors: list[str] = []
    for model in models:
        if not model.repository:
            fetched.append((model, look(model)))
            continue
        try:
            fetched.append((model, _fetch(model, console, quiet=options.json)))
        except ProviderError as error:
            fetched.append((model, None))
            errors.append(str(error))
    _show(console, fetched, errors, as_json=options.json)
    return OK if all(kept for _, kept in fetched) else FAILED


def run_list(options: argparse.Namespace) -> int:
    """What is here; 1 when something that the configuration names is not. Raises ConfigurationError."""
    configure_logs("ERROR", people=True)
    settings = load_settings()
    found = [(model, look(model)) for model in _read(settings)]
    _show(console_for(), found, [], as_json=options.json, loaded=_loaded(settings))
    return OK if all(kept for _, kept in found) else FAILED


def _read(settings: Settings) -> tuple[LocalModel, ...]:
    try:
        return named_models(settings)
    except (TypeError, AttributeError) as error:
        raise ConfigurationError(f"CALLAGENT_OPTIONS: options of whisper or piper are wrong: {error}") from error


def _chosen(models: Sequence[LocalModel], names: Iterable[str]) -> list[LocalModel]:
    known = {name for model in models for name in (model.name, model.provider)}
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean '{near[0]}'?" if near else f"it names {', '.join(sorted(known)) or 'none'}."
            raise ConfigurationError(f"The configuration names no model '{name}'; {hint}")
    wanted = set(names) or known
    return [model for model in models if wanted & {model.name, model.provider}]


def _fetch(model: LocalModel, console: Console, *, quiet: bool) -> Kept:
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, TimeRemainingColumn(), console=console, disable=quiet) as progress:
        task = progress.add_task(f"{model.provider} {model.name}", total=None)
        return fetch(model, lambda got, of: progress.update(task, completed=got, total=of))


def _loaded(settings: Settings) -> Mapping[tuple[str, str], int] | None:
    """Bytes in the memory of the server that listens here, by provider and model; None when none listens."""
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104  # it is asked, not opened
    connection = HTTPConnection(host, settings.port, timeout=ANSWER_S)
    try:
        connection.request("GET", "/health")
        models = json.loads(connection.getresponse().read())["models"]
        return {(one["provider"], one["name"]): int(one["memory"]) for one in models}
    except (OSError, HTTPException, ValueError, TypeError, LookupError):
        return None
    finally:
        connection.close()


def _show(
    console: Console,
    models: Sequence[tuple[LocalModel, Kept | None]],
    errors: Sequence[str],
    *,
    as_json: bool,
    loaded: Mapping[tuple[str, str], int] | None = None,
) -> None:
    memory = [
        (loaded or {}).get((model.provider, Path(model.name).name.removesuffix(".onnx")), 0) for model, _ in models
    ]
    if as_json:
        records = [_record(model, kept) | {"memory": held} for (model, kept), held in zip(models, memory, strict=True)]
        print_json({"models": records, "errors": list(errors)})
        return
    if not models:
        console.print(NONE)
    table = Table(box=None, header_style="dim", pad_edge=False)
    for name in ("provider", "model", "version", "digest"):
        table.add_column(name)
    table.add_column("size", justify="right")
    if loaded is not None:
        table.add_column("in memory", justify="right")
    for (model, kept), held in zip(models, memory, strict=True):
        if kept is None:
            table.add_row(model.provider, model.name, "[red]not here; callagent models pull[/red]", "", "")
        else:
            size = f"{kept.size / 1e6:.1f} MB"
            version = kept.version[:SHOWN] or "your own"
            in_memory = (f"{held / 1e6:.0f} MB" if held else "no",) if loaded is not None else ()
            table.add_row(model.provider, model.name, version, kept.digest[:SHOWN], size, *in_memory)
    if models:
        console.print(table)
    for error in errors:
        console.print(error, style="bold red", markup=False)


def _record(model: LocalModel, kept: Kept | None) -> dict[str, Any]:
    return {
        "provider": model.provider,
        "model": model.name,
        "revision": model.revision,
        "here": kept is not None,
        "version": kept.version if kept else "",
        "digest": kept.digest if kept else "",
        "bytes": kept.size if kept else 0,
    }
