"""Response latency, turn by turn: from the caller's last sound to the agent's first, and where the time went."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from itertools import pairwise
from typing import Final

from callagent.events import (
    AgentStarted,
    CommandsChosen,
    Event,
    ModelAnswered,
    PlaybackConfirmed,
    SpeechReady,
    TranscriptReceived,
    TurnDecided,
    TurnEnded,
)


@dataclass(frozen=True, slots=True)
class TurnLatency:
    """One answered turn; the parts add up to `response_ms`."""

    turn: int
    by: str
    """ "voice", "keys" or "silence"."""
    response_ms: float
    """Caller's last sound or key until the agent was audible. After a silence: from its end."""
    endpointing_ms: float
    """Until it was decided that the caller had finished."""
    transcription_ms: float
    dialogue_ms: float
    """Understanding, the flow, look-ups."""
    model_ms: float
    """Until the language model told what was meant, or its first words can be spoken; 0 without a model."""
    synthesis_ms: float
    """Until first audio."""
    playout_ms: float
    """From first audio to the caller's ear, as far as the carrier's marks tell."""


PARTS: Final = tuple(field.name for field in fields(TurnLatency) if field.name.endswith("_ms"))


@dataclass(slots=True)
class _Turn:
    """Times of one turn, as they come in; seconds since the call began."""

    ended: TurnEnded
    transcribed_s: float | None = None
    decided_s: float | None = None
    modelled_s: float | None = None
    ready_s: float | None = None
    audible_s: float | None = None
    line_s: float = 0.0
    understood_s: float = 0.0
    """What the model took to tell what the caller meant: a part of the dialogue's time that is the model's."""


def turn_latencies(events: Iterable[Event]) -> tuple[TurnLatency, ...]:
    """The latency of each turn that was answered, in the order of the turns."""
    turns: dict[int, _Turn] = {}
    for event in events:
        if isinstance(event, TurnEnded):
            turns[event.turn] = _Turn(event)
        elif (turn := turns.get(getattr(event, "turn", 0))) is not None:
            _note(turn, event)
    return tuple(_latency(number, turn) for number, turn in turns.items() if turn.audible_s is not None)


def _note(turn: _Turn, event: Event) -> None:
    match event:
        case TranscriptReceived():
            turn.transcribed_s = event.at_s
        case TurnDecided():
            turn.decided_s = event.at_s
        case CommandsChosen():
            turn.understood_s = event.took_s
        case ModelAnswered() if turn.modelled_s is None:
            turn.modelled_s = event.at_s
        case SpeechReady() if turn.ready_s is None:
            turn.ready_s = event.at_s
        case AgentStarted() if turn.audible_s is None:
            turn.audible_s = event.at_s
        case PlaybackConfirmed() if not turn.line_s:
            turn.line_s = event.delay_s


def _latency(number: int, turn: _Turn) -> TurnLatency:
    """Split the way from the caller's last sound to the agent's first; a part that was skipped took no time."""
    began_s = turn.ended.stopped_at_s
    reached = [began_s]
    for at_s in (turn.ended.at_s, turn.transcribed_s, turn.decided_s, turn.modelled_s, turn.ready_s, turn.audible_s):
        reached.append(reached[-1] if at_s is None else max(at_s, reached[-1]))
    parts = [_ms(after - before) for before, after in pairwise(reached)]
    asked = min(_ms(turn.understood_s), parts[2])
    parts[2], parts[3] = round(parts[2] - asked, 1), round(parts[3] + asked, 1)
    parts[-1] = _ms(parts[-1] / 1000 + turn.line_s)
    return TurnLatency(number, turn.ended.by, round(sum(parts), 1), *parts)


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)


@dataclass(frozen=True, slots=True)
class Spread:
    """Median, 95th percentile (nearest rank) and maximum of some milliseconds."""

    median_ms: float
    p95_ms: float
    max_ms: float


def spread(values: Iterable[float]) -> Spread | None:
    """The spread of `values` in milliseconds; None when there are none."""
    ordered = sorted(values)
    if not ordered:
        return None
    middle = len(ordered) // 2
    median = ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
    rank = -(-len(ordered) * 95 // 100) - 1
    return Spread(round(median, 1), ordered[rank], ordered[-1])


def spreads(turns: Iterable[TurnLatency]) -> dict[str, dict[str, float]]:
    """The spread of every part over all turns that the caller spoke or keyed, by the part's name."""
    asked = [turn for turn in turns if turn.by != "silence"]
    found = {part: spread(getattr(turn, part) for turn in asked) for part in PARTS}
    return {part.removesuffix("_ms"): asdict(values) for part, values in found.items() if values}
