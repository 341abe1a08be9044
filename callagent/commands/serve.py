"""`callagent serve`: answer real calls until told to stop."""

import argparse
import asyncio
import gc
import signal
import sys
from typing import TYPE_CHECKING

from callagent import event_loop
from callagent.commands.exit_status import FAILED, OK

if TYPE_CHECKING:
    from callagent.app import App
    from callagent.settings.settings import Settings
    from callagent.workers.link import ParentLink


def run(options: argparse.Namespace) -> int:
    """Check what can be checked before anything is imported that takes long, then serve until told to stop."""
    from callagent.logs import configure_logs
    from callagent.settings.loading import load_settings
    from callagent.settings.serving import check_for_serving

    names = ("host", "port", "shop", "workers")
    given = {name: getattr(options, name) for name in names if getattr(options, name) is not None}
    settings = load_settings(**given)
    check_for_serving(settings)
    configure_logs(settings.log_level, people=sys.stderr.isatty())
    if settings.workers > 1 and not options.worker:
        return asyncio.run(_with_workers(settings, options))
    gc.disable()  # what is made until the server listens stays: looking through it for garbage takes a tenth of a start
    from callagent.app import App

    if options.worker:
        from structlog.contextvars import bind_contextvars

        from callagent.workers.link import ParentLink

        link = ParentLink(*map(int, options.worker.split(",")))
        bind_contextvars(worker=link.worker)  # in every line of the log
        app = App(settings, link=link)
        gc.enable()
        return asyncio.run(_until_stopped(app, settings.drain_s, link))
    app = App(settings)
    gc.enable()
    return event_loop.run(_until_stopped(app, settings.drain_s))


async def _with_workers(settings: "Settings", options: argparse.Namespace) -> int:
    """Have others serve; signals as in `_until_stopped`. The process's exit status."""
    from callagent.clock import SystemClock
    from callagent.workers.parent import Parent

    stop, hurry = asyncio.Event(), asyncio.Event()
    _on_signals(stop, hurry)
    words = [word for name in ("host", "shop") if (given := getattr(options, name)) for word in (f"--{name}", given)]
    return await Parent(settings, SystemClock(), words).run(stop, hurry)


def _on_signals(stop: asyncio.Event, hurry: asyncio.Event) -> None:
    """The first signal sets `stop`, the second `hurry`."""

    def on_signal() -> None:
        (hurry if stop.is_set() else stop).set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, on_signal)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as nohup has it, for when the terminal is closed
        loop.add_signal_handler(signal.SIGHUP, on_signal)


async def _until_stopped(app: "App", drain_s: float, link: "ParentLink | None" = None) -> int:
    """Serve; the first signal lets the calls end, the second ends them. The process's exit status.

    One of several workers ends when its parent says so; a signal to it alone lets its calls end, and another takes its
    place.
    """
    if link is None:
        stop, hurry = asyncio.Event(), asyncio.Event()
        _on_signals(stop, hurry)
    else:
        stop, hurry = link.stop, link.hurry
        # Whoever signals the whole family reaches the parent as well, which says how fast it is to go.
        _on_signals(stop, asyncio.Event())
    await app.start()
    try:
        ready, stopped = asyncio.create_task(app.ready()), asyncio.create_task(stop.wait())
        await asyncio.wait({ready, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if ready.done():
            await ready
        broken = asyncio.create_task(app.broken())
        await asyncio.wait({stopped, broken}, return_when=asyncio.FIRST_COMPLETED)
        if broken.cancel():
            return OK
        # Whoever runs this starts another process, which may fare better.
        app.calls.end()
        print("The clock of all calls keeps dying: the log says of what. The server ends.", file=sys.stderr)
        return FAILED
    finally:
        stopping = asyncio.create_task(app.stop(drain_s))
        hurrying = asyncio.create_task(hurry.wait())
        await asyncio.wait({stopping, hurrying}, return_when=asyncio.FIRST_COMPLETED)
        if not stopping.done():
            app.calls.end()
        hurrying.cancel()
        await stopping
