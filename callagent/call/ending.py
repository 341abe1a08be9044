"""How a call ends: by the dialogue, by a limit, or in the hands of a person."""

from collections.abc import Callable, Mapping
from typing import Final

from callagent.call.errands import Errands
from callagent.call.hand_over import HandOver
from callagent.call.journal import Journal
from callagent.call.lifetime import Lifetime, Limit, Watchdog
from callagent.call.mouth import Utterance
from callagent.call.question import Question
from callagent.call.services import Services
from callagent.call.sound import Sound
from callagent.dialogue.actions import HangUp, Transfer
from callagent.dialogue.standing import CALL_LATER, CALL_TOO_LONG, NOBODY_THERE, OUT_OF_ORDER
from callagent.events import LimitReached
from callagent.telephony.leg import Leg, LegEnd

LINES: Final[Mapping[Limit, tuple[str, ...]]] = {
    "length": (CALL_TOO_LONG,),
    "silence": (NOBODY_THERE,),
    "restarts": (OUT_OF_ORDER, CALL_LATER),
}
"""By limit: what is said. A line without media has nobody to hear it."""
DISPOSITIONS: Final[Mapping[Limit, str]] = {
    "length": "longest call",
    "silence": "nobody there",
    "restarts": "failed",
}
"""How a call ended that a limit ended; a line without media is lost, as the leg would say."""


class Ending:
    """That of one call."""

    def __init__(
        self,
        leg: Leg,
        services: Services,
        journal: Journal,
        question: Question,
        sound: Sound,
        errands: Errands,
        lifetime: Lifetime,
        hand_over: HandOver,
    ) -> None:
        self._leg = leg
        self._services = services
        self._journal = journal
        self._question = question
        self._sound = sound
        self._errands = errands
        self._lifetime = lifetime
        self._hand_over = hand_over
        self.disposition: str | None = None
        """Set when the agent ends the call, or hands it over."""
        self.watchdog = Watchdog(services.limits, services.clock.now_s())

    @property
    def handing_over(self) -> bool:
        """Whether somebody is being rung: the agent is done, unless nobody can be."""
        return self._hand_over.under_way

    def wanted(self, hang_up: HangUp) -> None:
        """The dialogue ends the call."""
        self.disposition = hang_up.disposition

    def hang_up(self) -> None:
        """Have the line closed; where that gets stuck, the call ends all the same."""
        self._errands.run(self._leg.hang_up())
        self._lifetime.cut(within_s=self._services.limits.stuck_s)

    def reached(self, limit: Limit) -> bool:
        """A limit ends the call; False when there is nobody to say anything to, and it ends at once."""
        self._journal.write(LimitReached(at_s=self._journal.at_s(), limit=limit))
        if limit == "no media":
            self._lifetime.cut(LegEnd.LINE_LOST)
            return False
        self.disposition = DISPOSITIONS[limit]
        return True

    def say_farewell(self, limit: Limit, turn: int) -> None:
        """Say the last words for a limit and hang up: stored prompts, past the stages, which may be stuck."""
        mouth = self._sound.mouth
        for line in LINES[limit]:
            prompt = self._services.stored.find(self._question.language, line)
            if prompt is not None:
                utterance = Utterance(turn, prompt.text, line)
                mouth.add(utterance, prompt.audio.pcm, prompt.audio.words)
                mouth.finish(utterance)
        mouth.when_silent(self.hang_up)

    def transfer(self, wanted: Transfer, nobody: Callable[[], None]) -> None:
        """Have somebody rung who takes the call; `nobody` is called when nobody could be."""
        self._hand_over.under_way = True
        self._errands.run(self._ring(wanted, nobody))

    async def _ring(self, wanted: Transfer, nobody: Callable[[], None]) -> None:
        before, self.disposition = self.disposition, f"transferred to {' or '.join(one.name for one in wanted.people)}"
        if not await self._hand_over.ring(wanted, self._question.hints.language):
            self.disposition = before
            nobody()
            return
        # A carrier that has taken the call and keeps its line here must not keep the call.
        self._lifetime.cut(LegEnd.HANDED_OVER, self._services.limits.stuck_s)
