"""What a person sees of a call: the conversation as it happens, then the summary."""

from collections.abc import Mapping, Sequence
from functools import singledispatchmethod
from typing import Final

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from callagent.call.latency import PARTS, TurnLatency
from callagent.call.summary import CallSummary
from callagent.errors import (
    ProviderDeniedError,
    ProviderRejectedError,
    ProviderTimeoutError,
    ProviderUnavailableError,
)
from callagent.events import (
    AgentSaid,
    AgentStarted,
    BargedIn,
    CallEnded,
    CallerStarted,
    CallStarted,
    CallTransferred,
    DigitPressed,
    Event,
    FactsLookedUp,
    MachineDetected,
    NoInput,
    NoMatch,
    ProviderFailed,
    ProviderFellBack,
    StageBack,
    StageDown,
    StageFailed,
    TranscriptReceived,
    TurnEnded,
)
from callagent.media.rtp_quality import LineQuality

PART_COLOURS: Final = {
    "endpointing": "black on yellow",
    "transcription": "black on cyan",
    "dialogue": "white on blue",
    "model": "white on magenta",
    "synthesis": "black on green",
    "playout": "black on white",
}
"""Told apart by their first letters as well."""
STAGES: Final = {"stt": "recogniser", "llm": "language model", "tts": "voice"}
FAILURES: Final[Mapping[str, str]] = {
    ProviderTimeoutError.__name__: "did not answer in time",
    ProviderUnavailableError.__name__: "did not answer: it cannot be reached, broke off, or has too much to do",
    ProviderRejectedError.__name__: "would not do what it was asked",
    ProviderDeniedError.__name__: "refused our key or account",
}
"""By the class of an error, what the provider did."""
INSTEAD: Final = {
    "keypad": "the call goes on by keypad",
    "flow": "the call goes on without one",
    "stored prompts": "the call goes on with stored prompts",
}
CELL_MS: Final = 25
"""Milliseconds that one cell of a latency bar stands for, or a multiple of it where a bar would be too long."""
BAR_CELLS: Final = 40


class CallView:
    """Prints a call's events as lines, each with the seconds since the call began."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._stopped_s: dict[int, float] = {}
        self._answered: set[int] = set()
        self._keys = ""
        self.caller_noticed = False
        """Whether the server heard the caller speak or press a key."""

    @singledispatchmethod
    def on_event(self, event: Event) -> None:
        """Show an event, if it is one that a person wants to see."""

    def _line(self, event: Event, who: str, style: str, text: str | Text) -> None:
        self._row(event.at_s, who, style, text)

    def _row(self, at_s: float, who: str, style: str, text: str | Text) -> None:
        line = Table.grid(padding=(0, 2))
        line.add_column(width=9)
        line.add_column(width=6)
        line.add_column()
        line.add_row(Text(f"{at_s:7.2f} s", style="dim"), Text(who, style=style), text)
        self._console.print(line)

    @on_event.register
    def _call_started(self, event: CallStarted) -> None:
        began = "we ring" if event.outbound else "call"
        self._line(event, "line", "dim", f"{began} {event.call_id} over {event.carrier}, flow {event.flow}")

    @on_event.register
    def _machine(self, event: MachineDetected) -> None:
        self._line(event, "line", "dim", f"a machine answers, as its {event.by} tells")

    @on_event.register
    def _digit_pressed(self, event: DigitPressed) -> None:
        self._keys += event.digit
        self.caller_noticed = True

    @on_event.register
    def _caller_started(self, _event: CallerStarted) -> None:
        self.caller_noticed = True

    @on_event.register
    def _transcript(self, event: TranscriptReceived) -> None:
        said = f"“{event.text}”" if event.text else "(not understood)"
        text = Text(said)
        text.append(f"   {event.provider}, confidence {event.confidence:.2f}", style="dim")
        self._line(event, "caller", "bold cyan", text)

    @on_event.register
    def _turn_ended(self, event: TurnEnded) -> None:
        self._stopped_s[event.turn] = event.stopped_at_s
        if event.by == "keys":
            keys, self._keys = self._keys, ""
            self._line(event, "caller", "bold cyan", f"keys {keys}")

    @on_event.register
    def _agent_started(self, event: AgentStarted) -> None:
        stopped_s = self._stopped_s.get(event.turn)
        if stopped_s is not None and event.turn not in self._answered:
            self._answered.add(event.turn)
            self._line(event, "", "", Text(f"response after {(event.at_s - stopped_s) * 1000:.0f} ms", style="yellow"))

    @on_event.register
    def _agent_said(self, event: AgentSaid) -> None:
        text = Text(event.heard)
        if event.heard != event.text:
            text.append(" — " + event.text.removeprefix(event.heard).strip(), style="dim strike")
        self._line(event, "agent", "bold green", text)

    @on_event.register
    def _barged_in(self, event: BargedIn) -> None:
        by = "pressing a key" if event.by == "keys" else "speaking"
        text = f"the caller interrupts by {by}; the agent was silent after {event.latency_s * 1000:.0f} ms"
        self._line(event, "", "", Text(text, style="bold red"))

    @on_event.register
    def _looked_up(self, event: FactsLookedUp) -> None:
        self._line(event, "", "", Text(f"{event.source}: {event.status}", style="dim"))

    @on_event.register
    def _missed(self, event: NoInput | NoMatch) -> None:
        what = "silence" if isinstance(event, NoInput) else "no match"
        self._line(event, "", "", Text(f"{what} at “{event.step}”, {event.count}.", style="magenta"))

    @on_event.register
    def _failed(self, event: ProviderFailed | StageFailed) -> None:
        who = event.provider if isinstance(event, ProviderFailed) else event.stage
        what = FAILURES.get(event.error, f"failed ({event.error})")
        self._line(event, "", "", Text(f"{who} {what}", style="bold red"))

    @on_event.register
    def _fell_back(self, event: ProviderFellBack) -> None:
        text = f"{event.took_over} took over for {event.failed} ({STAGES[event.stage]})"
        self._line(event, "", "", Text(f"{text} after {event.after_s * 1000:.0f} ms", style="bold yellow"))

    @on_event.register
    def _down(self, event: StageDown) -> None:
        text = f"no {STAGES[event.stage]} works: {INSTEAD[event.instead]}"
        self._line(event, "", "", Text(text, style="bold red"))

    @on_event.register
    def _back(self, event: StageBack) -> None:
        self._line(event, "", "", Text(f"a {STAGES[event.stage]} works again", style="bold yellow"))

    @on_event.register
    def _transferred(self, event: CallTransferred) -> None:
        self._line(event, "line", "dim", f"rings {', then '.join(event.people)}")

    def note(self, at_s: float, text: str) -> None:
        """Show what did not come from the call itself."""
        self._row(at_s, "", "", Text(text, style="bold white on red"))

    @on_event.register
    def _call_ended(self, event: CallEnded) -> None:
        self._line(event, "line", "dim", f"ended: {event.disposition}, by the {event.ended_by}")


def summary_panel(summary: CallSummary, folder: str) -> Panel:
    """A call's summary as a picture: where the time of each answer went, and what else happened."""
    outer = Table.grid(padding=(0, 0))
    outer.add_row(_facts(summary, folder))
    outer.add_row("")
    answered = [turn for turn in summary.turns if turn.by != "silence"]
    if answered:
        outer.add_row(_turns(answered))
        outer.add_row(Text.from_markup("  ".join(f"[{look}] {part} [/]" for part, look in PART_COLOURS.items())))
    else:
        outer.add_row("No turn of the caller's was answered.")
    return Panel(outer, title=f"summary of call {summary.call_id}", border_style="dim", expand=False)


def _turns(turns: Sequence[TurnLatency]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    cell_ms = CELL_MS
    while max(turn.response_ms for turn in turns) > BAR_CELLS * cell_ms:
        cell_ms *= 2
    table.add_column("turn", justify="right", no_wrap=True)
    table.add_column("by", no_wrap=True)
    table.add_column("response", justify="right", no_wrap=True)
    table.add_column(f"where the time went (a cell is {cell_ms} ms)", no_wrap=True)
    for turn in turns:
        table.add_row(str(turn.turn), turn.by, f"{turn.response_ms:.0f} ms", _bar(turn, cell_ms))
    return table


def _facts(summary: CallSummary, folder: str) -> Table:
    facts = Table.grid(padding=(0, 2))
    response = summary.latency.get("response")
    facts.add_row("ended", f"{summary.disposition}, by the {summary.ended_by}, after {summary.duration_s:.1f} s")
    if response:
        figures = ", ".join(f"{name.removesuffix('_ms')} {value:.0f}" for name, value in response.items())
        facts.add_row("response latency", f"{figures} ms")
    barge_ins = ", ".join(f"{one.latency_ms:.0f} ms by {one.by}" for one in summary.barge_ins) or "none"
    facts.add_row("barge-ins", barge_ins)
    if summary.pauses:
        facts.add_row("paused and went on", str(summary.pauses))
    used = ", ".join(
        f"{one.provider} ({one.stage}, {one.uses}×{f', errors: {one.errors}' if one.errors else ''})"
        for one in summary.providers
    )
    facts.add_row("providers", used or "none")
    for one in summary.take_overs:
        facts.add_row("took over", f"{one.took_over} for {one.failed} ({one.stage}) after {one.after_ms:.0f} ms")
    for out in summary.outages:
        until = "until the end" if out.until_s is None else f"until {out.until_s:.1f} s"
        facts.add_row("down", f"{STAGES[out.stage]} from {out.from_s:.1f} s {until}: {INSTEAD[out.instead]}")
    facts.add_row("repairs", f"no-inputs: {summary.no_inputs}, no-matches: {summary.no_matches}")
    line = f"{summary.audio_in_s:.1f} s in, {summary.audio_out_s:.1f} s out, {summary.lost_chunks} chunks lost, "
    line += f"{summary.late_chunks} late; event loop late by {summary.loop_lag_peak_ms:.1f} ms at most"
    facts.add_row("audio", line)
    if summary.line is not None:
        facts.add_row("line", _line(summary.line))
    facts.add_row("kept in", folder)
    return facts


def _line(line: LineQuality) -> str:
    parts = [
        f"MOS {line.mos:.1f}",
        f"{line.loss:.1%} of {line.packets} packets lost",
        f"jitter {line.jitter_ms:.0f} ms",
    ]
    if line.round_trip_ms is not None:
        parts.append(f"round trip {line.round_trip_ms:.0f} ms")
    if line.far_loss is not None:
        parts.append(f"{line.far_loss:.1%} of ours lost")
    return ", ".join(parts)


def _bar(turn: TurnLatency, cell_ms: int) -> Text:
    """The parts of a response, drawn to scale."""
    bar = Text()
    for name in PARTS[1:]:
        part = name.removesuffix("_ms")
        bar.append(part[0] * round(getattr(turn, name) / cell_ms), style=PART_COLOURS[part])
    return bar
