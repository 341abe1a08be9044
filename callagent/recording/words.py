"""What of a call's events are words: said, keyed, written or looked up for the caller. They can be taken out."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from callagent.recording.events_file import VERSION, line_of

REMOVED: Final = "removed"
"""What the first line has for `words` when there are none any more."""


def _pieces(given: Any) -> Any:
    """Stretches of speech without their words: how long they were stays."""
    return [{**piece, "words": []} for piece in given]


def _digit(_given: Any) -> str:
    return "x"


def _empty(given: Any) -> Any:
    match given:
        case str():
            return ""
        case list():
            return []
        case dict():
            return {}
    return None


WORDS: Final[Mapping[str, Mapping[str, Callable[[Any], Any]]]] = {
    "DigitPressed": {"digit": _digit},
    "TranscriptReceived": {"text": _empty},
    "AnswerTaken": {"value": _empty},
    "CommandsChosen": {"commands": _empty},
    "AgentSaid": {"text": _empty, "heard": _empty},
    "ShopAnswered": {"arguments": _empty, "values": _empty, "candidates": _empty},
    "DialogueAdvanced": dict.fromkeys(("given", "actions", "understood", "state", "secrets"), _empty),
    "UtteranceTranscribed": {"interims": _empty, "text": _empty},
    "ModelReplied": {"asked": _empty, "pieces": _empty},
    "SpeechMade": {"text": _empty, "pieces": _pieces},
}
"""By event: the fields that hold words, and what is made of them. All other fields say only what happened, and when."""
WITHOUT_WORDS: Final = frozenset(
    {"CallStarted", "PartDrawn", "MachineDetected", "CallerRecalled", "CallerStarted", "CallerStopped", "LineHeld"}
    | {"LineResumed", "TurnEnded", "StepEntered", "NoInput", "NoMatch", "FactsLookedUp", "ActionDropped"}
    | {"ConsentGiven", "MessageLeft", "CallTransferred", "TransferFailed", "TextSent", "TextFailed", "TurnDecided"}
    | {"ModelAnswered", "SentenceReplaced", "SpeechReady", "AgentStarted", "PlaybackConfirmed", "AgentPaused"}
    | {"AgentResumed", "AgentStopped", "BargedIn", "ProviderUsed", "ProviderFailed", "ProviderFellBack"}
    | {"StageDown", "StageBack", "ProviderConnected", "ProviderAnswered", "BreakerChanged", "ProviderDemoted"}
    | {"ProviderRestored", "TaskRestarted", "LimitReached", "StageFailed", "RecordingCut", "MediaCounted"}
    | {"LineMeasured", "LineTimed", "CallEnded"}
)
"""Events that hold none. Of one that is in neither, only its name and its time stay: nobody knows what it holds."""
TIMES: Final = ("event", "at_s", "wall", "position", "seq")


def without_words(lines: Iterable[bytes]) -> Iterator[bytes]:
    """A file of events, line by line, with all words taken out; a line that cannot be read is left out."""
    for number, line in enumerate(lines):
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if not isinstance(record, dict):
            continue
        if number == 0:
            head = record if "recording" in record else {"recording": 1}
            version = head["recording"]
            yield line_of({"recording": version, **head, "words": REMOVED})
            if "recording" in record:
                continue
        yield line_of(_stripped(record))


def has_words(first: bytes) -> bool:
    """Whether a file that begins with this line still has its words."""
    try:
        head = json.loads(first)
    except ValueError:
        return True
    return not (isinstance(head, dict) and head.get("words") == REMOVED and head.get("recording", VERSION + 1))


def _stripped(record: Mapping[str, Any]) -> dict[str, Any]:
    name = record.get("event")
    blanks = WORDS.get(str(name))
    if blanks is not None:
        try:
            return {key: blanks[key](value) if key in blanks else value for key, value in record.items()}
        except (AttributeError, KeyError, TypeError, ValueError):
            blanks = None
    elif name in WITHOUT_WORDS:
        return dict(record)
    return {key: record[key] for key in TIMES if key in record}
