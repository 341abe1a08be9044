"""Many recorded calls over one flow: what differs, and what that comes to."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any

from callagent.call.latency import Spread, spread
from callagent.errors import CallagentError, ContentError
from callagent.evidence import DialogueAdvanced
from callagent.recording.folder import EVENTS, CallFolder
from callagent.recording.redaction import restore
from callagent.replay.compare import Comparison, compare
from callagent.replay.course import HEARD, NEEDED, course_of
from callagent.replay.dialogue_replay import Level
from callagent.replay.redacted import redacted
from callagent.replay.venue import Venue


@dataclass(frozen=True, slots=True)
class Unreplayed:
    """A call that could not be had again."""

    call: str
    why: str

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {"call": self.call, "error": self.why}


@dataclass(frozen=True, slots=True)
class Findings:
    """What a batch of calls comes to."""

    calls: int
    """That were replayed."""
    differ: int
    diverge: int
    """Of these."""
    more_to_person: int
    """How many more of them reach a person than did: less than 0 for fewer."""
    unreplayed: int
    response: Spread | None = None
    """Of the answers whose latency is known then and now; None without any, as where no sound was replayed."""
    response_now: Spread | None = None

    @classmethod
    def of(cls, results: Iterable[Comparison | Unreplayed]) -> "Findings":
        """Count."""
        told = tuple(results)
        replayed = [one for one in told if isinstance(one, Comparison)]
        turns = ((turn.response_ms, turn.response_now_ms) for one in replayed for turn in one.turns)
        waits = [(then, now) for then, now in turns if then is not None and now is not None]
        return cls(
            calls=len(replayed),
            differ=sum(one.differs for one in replayed),
            diverge=sum(one.diverged_at is not None for one in replayed),
            more_to_person=sum(one.person_now - one.person for one in replayed),
            unreplayed=len(told) - len(replayed),
            response=spread(then for then, _ in waits),
            response_now=spread(now for _, now in waits),
        )

    def __str__(self) -> str:
        more = self.more_to_person
        reach = f"{'more' if more > 0 else 'fewer'} {'reaches' if abs(more) == 1 else 'reach'} a person"
        person = f"; {abs(more)} {reach}" if more else ""
        lost = f"; {self.unreplayed} could not be replayed" if self.unreplayed else ""
        verb = "differs" if 1 in (self.differ, self.calls) else "differ"
        return f"{self.differ} of {self.calls} {'call' if self.calls == 1 else 'calls'} {verb}{person}{lost}."

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return asdict(self)


async def replay_one(folder: CallFolder, venue: Venue, level: Level) -> Comparison:
    """One call at the level of decisions or of words. Raises RecordingError, ContentError or ConfigurationError."""
    recorded, restored = folder.restored(NEEDED, restore)
    if not any(isinstance(event, DialogueAdvanced) for event in recorded):
        recorded, restored = folder.restored(HEARD, restore)
    course = course_of(recorded)
    theatre = venue.theatre(course.started.flow)
    if all(one is other for one, other in zip(recorded, restored, strict=True)):
        replayed = await theatre.replay(course, level)
    else:
        live = course_of(restored)
        replayed = await theatre.replay(live, level)
        replayed.course = redacted(replayed.course, live, course, theatre.public)
    return compare(folder.name, level, course, replayed, theatre.flow.version)


async def replay_all(
    folders: Iterable[CallFolder], replay: Callable[[CallFolder], Awaitable[Comparison]]
) -> AsyncIterator[Comparison | Unreplayed]:
    """Each as soon as it is done; one that cannot be replayed is told, and the others go on.

    Raises ContentError for mistakes in the flow: they are no call's.
    """
    for folder in folders:
        try:
            yield await replay(folder)
        except ContentError:
            raise
        except CallagentError as error:
            yield Unreplayed(folder.name, str(error))
        except Exception as error:  # noqa: BLE001  # nobody knows what all may be wrong with a recording
            place = f"{folder.path / EVENTS}"
            yield Unreplayed(
                folder.name,
                f"{place}: cannot be replayed ({type(error).__name__}): it holds what no call leaves there. Restore "
                "it from a copy; if it is whole, this is a fault of callagent's own.",
            )
