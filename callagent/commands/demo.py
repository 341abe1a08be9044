"""`callagent demo`: a whole telephone call on this machine, the carrier's and the caller's side included."""

import argparse
import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from importlib import resources
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from callagent.app import App
from callagent.call.summary import CallSummary
from callagent.commands.outage import KIND, OpeningHours, Outage
from callagent.commands.view import CallView, summary_panel
from callagent.errors import ConfigurationError
from callagent.events import CallStarted, Event
from callagent.hooks import Hooks
from callagent.logs import configure_logs
from callagent.media.wav import read_wav
from callagent.settings.loading import load_settings
from callagent.simulator.call_resource import Destination
from callagent.simulator.caller import RecordedCaller, ScriptedCaller
from callagent.simulator.observations import CallerBegan, KeyPressed, Observation
from callagent.simulator.phone import CallerReport
from callagent.simulator.script import load_script
from callagent.simulator.twilio import TwilioCarrier
from callagent.stt.chain import TranscriberChain
from callagent.stt.scripted import ScriptedTranscriber
from callagent.tts.espeak import EspeakSynthesizer
from callagent.tts.synthesizer import Speech

CALLER_VOICES: Final = {"en": "en-us+f3", "hi": "hi+f2", "hinglish": "hi+f2"}
"""Not the agent's: whoever listens to the recording should hear two people."""
SUMMARY_WITHIN_S: Final = 15.0
BREAK_IN_TURN: Final = 2
"""Of the scripted caller, by voice or a key, where no time is given."""
BREAK_AT_S: Final = 10.0
"""Likewise, of a caller by a recording."""
ADVICE: Final = (
    "A large fan turns more slowly, and so it is quieter. What else would you like to know?",
    "I would take one with a remote control. Shall I look up a price?",
)
"""What the language model says where none is configured."""


def run(options: argparse.Namespace) -> int:
    """The command; 0 when the call reached its end."""
    configure_logs("WARNING", people=True)
    return asyncio.run(Demo(options).run())


class Demo:
    """One demonstration."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._json: bool = options.json
        self._recording: str | None = options.caller
        self._language: str = options.language
        self._break_at_s: float | None = options.at
        if options.at is not None and options.broken is None:
            raise ConfigurationError("--at says when something breaks; say what with --break stt, llm, tts or all.")
        self._outage = Outage(options.broken, OpeningHours()) if options.broken else None
        self._hears: ScriptedTranscriber | None = None
        """Who hears what the script says, where that is beyond the offline recogniser."""
        self._began_s: float | None = None
        self._turns = 0
        # With --json nothing but the object goes to standard output.
        self._console = Console(stderr=self._json, quiet=self._json, highlight=False)
        self._view = CallView(self._console)
        self._kept: list[tuple[CallSummary, Path]] = []
        self._over = asyncio.Event()

    async def run(self) -> int:
        """Start the server, place the call, and tell what came of it."""
        # Before anything is started: there may be no such caller.
        caller = await self._caller()
        async with TwilioCarrier() as carrier:
            account = carrier.account
            settings = load_settings(
                host="127.0.0.1",
                port=0,
                **self._begin_in(),
                **self._with_model(),
                twilio_account_sid=account.sid,
                twilio_auth_token=account.auth_token,
                twilio_api_url=carrier.api_url,
            )
            clock = OpeningHours() if self._breaks("all") else None
            hooks = Hooks([self._note_start, self._view.on_event], self._keep, self._refit)
            app = App(settings, clock, hooks)
            address = f"http://127.0.0.1:{app.port}"
            try:
                with self._console.status("starting: adapting the recogniser and speaking the prompts, once"):
                    await app.start(public_url=address)
                    await app.ready()
                self._console.print(f"[bold]callagent[/] listens on {address}; a simulated Twilio calls it.\n")
                call = await carrier.call(Destination(f"{address}/twilio/voice", f"{address}/twilio/status"))
                report = await caller(call)
                async with asyncio.timeout(SUMMARY_WITHIN_S):
                    await self._over.wait()
            except asyncio.CancelledError:
                print("Interrupted: the demo ends here.", file=sys.stderr)
                await app.stop()
                kept = f"kept in {self._kept[0][1]}" if self._kept else "nothing: it had not begun"
                print(f"What there was of the call is {kept}.", file=sys.stderr)
                raise
            finally:
                await app.stop()
        summary, folder = self._kept[0]
        self._show(report, summary, folder)
        return 0 if report.reached_end and not summary.failures else 1

    def _begin_in(self) -> dict[str, str]:
        """Callers by script are spoken to in their language; one by a recording as the shop is set up."""
        return {} if self._recording else {"language": self._language}

    def _with_model(self) -> dict[str, Any]:
        """To break a language model there must be one; a caller who talks freely is heard by script."""
        if not self._breaks("llm"):
            return {}
        known = load_settings()
        options = {**known.options, "llm.scripted": {"replies": ADVICE}} if not known.llm else known.options
        return {"stt": ("scripted",), "llm": known.llm or ("scripted",), "options": options}

    def _breaks(self, stage: str) -> bool:
        return self._outage is not None and self._outage.stage == stage

    def _refit(self, stage: str, provider: Any) -> Any:
        if isinstance(provider, TranscriberChain):
            scripted = (one for one in provider.providers if isinstance(one, ScriptedTranscriber))
            self._hears = next(scripted, None)
        return self._outage.refit(stage, provider) if self._outage else provider

    def _note_start(self, event: Event) -> None:
        if isinstance(event, CallStarted) and self._outage:
            loop = asyncio.get_running_loop()
            self._began_s = loop.time()
            at_s = self._break_at_s or (BREAK_AT_S if self._recording else None)
            if at_s is not None:
                loop.call_later(at_s, self._break)

    def _observe(self, observation: Observation) -> None:
        if not isinstance(observation, CallerBegan | KeyPressed):
            return
        if self._hears and isinstance(observation, CallerBegan):
            self._hears.say(observation.text)
        self._turns += 1
        if self._turns == BREAK_IN_TURN and self._break_at_s is None and not self._recording:
            self._break()

    def _break(self) -> None:
        if self._outage and not self._outage.broken and self._began_s is not None:
            self._outage.broken = True
            at_s = asyncio.get_running_loop().time() - self._began_s
            self._view.note(at_s, f"--break {self._outage.stage}: from now on {KIND[self._outage.stage]} fails")

    def _keep(self, summary: CallSummary, folder: Path) -> None:
        self._kept.append((summary, folder))
        self._over.set()

    async def _caller(self) -> Callable[[Any], Awaitable[CallerReport]]:
        """Who calls: a recording, or the script in the chosen language."""
        if self._recording:
            return _recorded(Path(self._recording)).call
        scripts = resources.files("callagent.simulator") / "scripts"
        name = f"break_{self._outage.stage}" if self._outage and self._outage.stage in ("llm", "all") else "demo"
        shipped = sorted(entry.name.split(".")[1] for entry in scripts.iterdir() if entry.name.startswith(f"{name}."))
        if self._language not in shipped:
            raise ConfigurationError(
                f"There is no such demo in '{self._language}'; shipped are: {', '.join(shipped)}. "
                "Choose with --language."
            )
        voice = EspeakSynthesizer(EspeakSynthesizer.Options())

        async def speak(text: str) -> bytes:
            speech = Speech(text, self._language, CALLER_VOICES.get(self._language, ""))
            return b"".join([chunk.pcm async for chunk in voice.synthesize(speech)])

        try:
            with resources.as_file(scripts / f"{name}.{self._language}.yaml") as path:
                caller = ScriptedCaller(load_script(path), speak, self._observe)
                await caller.prepare()
        finally:
            await voice.aclose()
        return caller.call

    def _show(self, report: CallerReport, summary: CallSummary, folder: Path) -> None:
        heard = asdict(report)
        del heard["heard"]
        if self._json:
            result = {
                "reached_end": report.reached_end,
                "problem": report.problem,
                "folder": str(folder),
                "heard_by_caller": heard,
                "summary": summary.as_dict(),
            }
            print(json.dumps(result, indent=2, ensure_ascii=False))
            return
        self._console.print()
        self._console.print(summary_panel(summary, str(folder)))
        if self._view.caller_noticed:
            response = ", ".join(f"{value:.0f} ms" for value in report.response_ms) or "none"
            barge_ins = ", ".join(f"{value:.0f} ms" for value in report.barge_in_ms) or "none"
            self._console.print(
                f"As the caller heard it: response latency {response}; barge-in latency {barge_ins}; "
                f"gaps inside the agent's sentences: {report.gaps or 'none'}."
            )
        else:
            which = f"; is there a person's voice in {self._recording}, and loud enough?" if self._recording else "."
            self._console.print(f"Nobody spoke: the agent heard neither a voice nor a key{which}")
        if self._outage and not self._outage.broken:
            self._console.print("Nothing was broken: the call was over before its time; choose a smaller --at.")
        if report.reached_end:
            self._console.print("[green]The call reached its end.[/]")
        else:
            self._console.print(f"[bold red]The call did not reach its end:[/] {report.problem}")


def _recorded(path: Path) -> RecordedCaller:
    if not path.is_file():
        raise ConfigurationError(f"There is no file '{path}'. Give --caller the path of a WAV recording of a caller.")
    return RecordedCaller(read_wav(path), path.name)
