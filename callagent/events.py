"""Everything that can happen in a call, as data.

One stream of these feeds the log, the recorder, the console and the summary, which is a pure fold over them. So an
event says what happened in the past tense, carries its own time, and never holds an object that lives.
`at_s` is seconds since the call began, on the monotonic clock. Callers' numbers are masked before they get here.
"""

from dataclasses import asdict, dataclass
from typing import Any, Final, Literal, TypeAlias

StageName: TypeAlias = Literal["stt", "llm", "tts"]
"""Whose providers are meant: those that transcribe, those that answer, or those that speak."""
STAGES: Final[tuple[StageName, ...]] = ("stt", "llm", "tts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened in a call."""

    at_s: float
    """Seconds since the call began."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallStarted(Event):
    """The media of a call began to flow. Always the first event."""

    call_id: str
    carrier: str
    caller: str
    """Masked."""
    called: str
    flow: str
    """Name of the shop's flow."""
    flow_version: str
    """Content hash of flow and prompts."""
    language: str
    started: str
    """Wall time, ISO 8601 with zone."""
    outbound: bool = False
    """Whether the agent rang the caller."""
    caller_key: str = ""
    """Keyed hash of the caller's number, by which their calls can be found; empty for nobody's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartDrawn(Event):
    """The caller is in this part of an experiment."""

    experiment: str
    part: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineDetected(Event):
    """Whoever the agent rang is a machine that takes messages."""

    by: Literal["speech", "beep"]
    """What told it: a greeting as long as no person's, or a tone."""
    spoken_s: float
    """How long the machine had spoken by then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerRecalled(Event):
    """The store of callers was asked who this is."""

    known: bool
    taken_up: bool
    """Whether an earlier call of theirs was cut off and is to be taken up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerStarted(Event):
    """The caller began to speak."""

    position: int
    """Sample of the caller's channel where speech was first heard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerStopped(Event):
    """The caller fell silent; more may follow in the same turn."""

    position: int
    """Sample of the caller's channel after the last speech."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DigitPressed(Event):
    """The caller pressed a key."""

    digit: str
    """Masked with 'x' where a private answer is keyed in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineHeld(Event):
    """The caller has put the line on hold: the agent pauses, and nothing that comes is the caller's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineResumed(Event):
    """The caller is back, and the agent goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnEnded(Event):
    """The caller's turn is over, by endpointing or by the last key of a number."""

    turn: int
    """Caller turns are counted from 1."""
    stopped_at_s: float
    """When the caller's last sound or key was, seconds since the call began; response latency counts from here."""
    by: Literal["voice", "keys", "silence"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptReceived(Event):
    """Recognition finished for a turn."""

    turn: int
    text: str
    """Masked where the answer is private."""
    confidence: float
    provider: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepEntered(Event):
    """The dialogue came to a step of the flow."""

    flow: str
    step: int
    action: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerTaken(Event):
    """The dialogue understood an answer."""

    slot: str
    value: str
    by: Literal["voice", "keys", "model"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoInput(Event):
    """The caller said nothing where something was asked."""

    step: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NoMatch(Event):
    """What the caller said fits nothing that was asked."""

    step: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsLookedUp(Event):
    """The shop's data was asked."""

    source: str
    status: Literal["found", "not found", "down", "several"]
    took_s: float
    by: Literal["flow", "model"] = "flow"
    """Who wanted to know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionDropped(Event):
    """The dialogue asked for something that this call could not do; the flow went on without it."""

    action: str
    """Its class, such as "Transfer"."""
    name: str
    """Of the text, message or value, or of the first person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentGiven(Event):
    """The caller allowed something, or did not."""

    to: str
    """Such as "recording"."""
    allowed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageLeft(Event):
    """The caller was asked to leave a message, and did or did not."""

    name: str
    """Of the line that asked for it."""
    seconds: float
    """Its length; 0.0 when nothing was said."""
    file: str
    """In the call's folder; empty when nothing was said, or nothing is kept."""
    send_to: tuple[str, ...]
    """Names of the people whom it is for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallTransferred(Event):
    """The carrier rings somebody else for the caller; when nobody picks up, the call goes on in another folder."""

    people: tuple[str, ...]
    """Their names, in the order in which they are rung."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferFailed(Event):
    """The call could not be handed over and went on as if nobody had picked up."""

    people: tuple[str, ...]
    reason: str
    """ "no number", "not allowed" by the configuration, or the class of the carrier's error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSent(Event):
    """The carrier took a text message."""

    name: str
    """Of the text in the prompts."""
    to: str
    """Either "caller" or the name of a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFailed(Event):
    """A text message was not sent; the call went on."""

    name: str
    to: str
    reason: str
    """ "no number", "too long", "too many", or the class of the carrier's error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnDecided(Event):
    """The dialogue knows what to say; look-ups are included."""

    turn: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandsChosen(Event):
    """The language model was asked what the caller meant, where the rules were unsure; never about a private answer."""

    turn: int
    provider: str
    """Or "cache", for what was asked before."""
    commands: tuple[str, ...]
    """Of the place's closed list, such as "fill product = ceiling fan"; "cannot tell" for a late or broken answer."""
    took_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelAnswered(Event):
    """The language model's first words that can be spoken are there."""

    turn: int
    provider: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceReplaced(Event):
    """The language model wanted to say what nobody looked up in this call; it was not said."""

    turn: int
    reason: str
    """What it claimed: "price", "stock", "specification", "date", "promise", "figure"; or "unreadable"."""
    line: str
    """Name of the prompt that was said in its place; empty when one had been said in this turn, or there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechReady(Event):
    """First audio of a speech is there."""

    turn: int
    """The caller turn it answers; 0 for the greeting."""
    provider: str
    cached: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentStarted(Event):
    """The agent became audible after silence: its first chunk went to the carrier."""

    turn: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybackConfirmed(Event):
    """The carrier says that the first chunk of the agent's turn was played; tells what the line adds."""

    turn: int
    delay_s: float
    """Seconds between the chunk's being sent and the carrier's word, less the chunk's own length."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSaid(Event):
    """One sentence of the agent left the air: heard to its end, or cut."""

    turn: int
    text: str
    """As it was to be said."""
    heard: str
    """As far as the caller heard it, whole words."""
    line: str
    """Name of the prompt; empty for a model's words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentPaused(Event):
    """The agent fell silent in the middle of what it says, for a sound of the caller's."""

    turn: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentResumed(Event):
    """The agent went on where it had paused: the caller's sound did not ask for the floor."""

    turn: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentStopped(Event):
    """The agent fell silent."""

    turn: int
    interrupted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BargedIn(Event):
    """The caller took the floor while the agent spoke."""

    by: Literal["voice", "keys"]
    latency_s: float
    """From the caller's first sound to the agent's silence as far as callagent can tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderUsed(Event):
    """A provider did its work for a turn."""

    stage: StageName
    provider: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderFailed(Event):
    """A provider did not do its work."""

    stage: StageName
    provider: str
    error: str
    """Class of the error; its message may hold what nobody should log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderFellBack(Event):
    """Another provider took over for a failed one."""

    stage: StageName
    failed: str
    took_over: str
    after_s: float = 0.0
    """From the failure, or from the end of the caller's turn where that was later, to the first of the other's work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageDown(Event):
    """All providers of a stage failed: the call goes on without them."""

    stage: StageName
    instead: Literal["keypad", "flow", "stored prompts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StageBack(Event):
    """A provider of a stage that was down did its work again."""

    stage: StageName


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderConnected(Event):
    """A provider on the network was asked, and answered."""

    stage: StageName
    provider: str
    ready: bool
    """Whether nobody waited for a connection: it was open already, kept from before or opened ahead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderAnswered(Event):
    """A provider did its work for a turn, or for one sentence of it."""

    stage: StageName
    provider: str
    first_s: float
    """Until its first useful output: from the end of the caller's turn (stt), else from the request."""
    flaw: Literal["", "silent", "clipped", "gap"]
    """What was wrong with its sound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerChanged(Event):
    """A provider is left alone from now on ("open"), tried ("half-open"), or asked again ("closed")."""

    stage: StageName
    provider: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderDemoted(Event):
    """A provider that works, but badly, is asked after the others from now on, in all calls."""

    stage: StageName
    provider: str
    reason: str
    """Such as "p95 is 1.9 s"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderRestored(Event):
    """A provider that was demoted has its place again."""

    stage: StageName
    provider: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRestarted(Event):
    """A task of the call died and was begun anew."""

    task: str
    error: str
    """Class of the error; "Ended" where there was none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitReached(Event):
    """The call has gone on for too long, or with nobody there, and is being ended."""

    limit: Literal["length", "silence", "no media", "restarts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StageFailed(Event):
    """Something in our own code broke; the call went on or ended politely."""

    stage: str
    error: str
    """Class of the error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingCut(Event):
    """Some of the call's sound or events could not be kept: the disk was too slow or full. Told once at the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaCounted(Event):
    """What the line carried, told once at the end."""

    audio_in_s: float
    audio_out_s: float
    lost_chunks: int
    late_chunks: int
    malformed: int
    loop_lag_peak_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LineMeasured(Event):
    """How well the line carried the sound, told once at the end; not where the carrier tells nothing."""

    packets: int
    """Received from the caller."""
    loss: float
    """Part of what was sent that never came or came too late, 0 to 1."""
    jitter_ms: float
    round_trip_ms: float | None
    """None where no report told."""
    mos: float
    """How a person would judge it, 1 to 4.5; an estimate."""
    far_loss: float | None
    """The part of the agent's sound that the other end missed; None where no report told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnded(Event):
    """Always the last event, exactly one in a call."""

    disposition: str
    ended_by: Literal["caller", "agent", "line", "server"]


def as_record(event: Event) -> dict[str, Any]:
    """An event as one flat JSON object; `event` holds its name."""
    return {"event": type(event).__name__, **asdict(event)}
