"""What becomes of a conversation when a whole stage is down: nobody transcribes, no model talks, nothing works."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from callagent.dialogue.actions import CallerUnheard, Missed, ModelFailed, NothingWorks
from callagent.dialogue.flow import ConsentStep, LookupStep, Question, TalkStep
from callagent.dialogue.run import Run
from callagent.dialogue.second_reading import SecondReader
from callagent.dialogue.standing import OUT_OF_ORDER, USE_KEYPAD
from callagent.dialogue.state import Waiting
from callagent.dialogue.way_out import can_be_keyed


class Outages(SecondReader):
    """Goes on by keypad, by the flow alone, or with a person."""

    def _question_unheard(self, run: Run, step: Question, _: CallerUnheard) -> None:
        """Ask again for keys; a question without keys, or one that nobody keys an answer to, is left for a person."""
        run.counts["misses"] += 1
        asked = run.counts["misses"]
        if self._unheard(run, Missed("no match", step.line, asked)):
            return
        worn_out = asked >= len(self.flow.stuck.not_understood) or run.counts["stumbles"] >= self.flow.stuck.in_one_call
        if worn_out or (run.waiting == "question" and not can_be_keyed(step)):
            self._leave_for_a_person(run)
        elif run.waiting in ("confirm", "suggest"):
            self._ask_back(run, step)
        else:
            run.speak(step.line, "keypad", mood="calm")
            self._listen(run, step)

    def _which_unheard(self, run: Run, step: LookupStep, _: CallerUnheard) -> None:
        if not self._unheard(run, Missed("no match", step.source, 1)):
            self._leave_for_a_person(run)

    def _consent_unheard(self, run: Run, step: ConsentStep, _: CallerUnheard) -> None:
        """It may have been a refusal."""
        if not self._unheard(run, Missed("no match", step.name, 1)):
            self._settle_consent(run, step, allowed=False)
            self._walk(run)

    def _talk_unheard(self, run: Run, step: TalkStep, _: CallerUnheard) -> None:
        """Talk needs ears: on with the next step."""
        if not self._unheard(run, Missed("no match", step.name, 1)):
            run.go_on()
            self._walk(run)

    def model_failed(self, run: Run, _: TalkStep, __: ModelFailed) -> None:
        """The talk is over, and the flow goes on by itself."""
        run.go_on()
        self._walk(run)

    def nothing_works(self, run: Run, step: Question | LookupStep | ConsentStep | TalkStep, _: NothingWorks) -> None:
        """Say so once, and leave the caller to a person or a message."""
        if run.out_of_order:
            self.UNHEARD[run.waiting](self, run, step, CallerUnheard())
            return
        run.unheard = True
        run.out_of_order = run.told_unheard = True
        run.speak(OUT_OF_ORDER, mood="calm")
        self._leave_for_a_person(run)

    def _unheard(self, run: Run, missed: Missed) -> bool:
        """Tell the caller, once in a call, to use the keypad; True when the call ends here."""
        run.unheard = True
        if self._stumbled(run, missed):
            return True
        if not run.told_unheard:
            run.told_unheard = True
            run.speak(USE_KEYPAD, mood="calm")
        return False

    def _leave_for_a_person(self, run: Run) -> None:
        if not self._go_round(run):
            self._walk(run)

    UNHEARD: ClassVar[Mapping[Waiting, Callable[[Any, Run, Any, Any], None]]] = {
        "question": _question_unheard,
        "confirm": _question_unheard,
        "suggest": _question_unheard,
        "which": _which_unheard,
        "consent": _consent_unheard,
        "talk": _talk_unheard,
    }
    """By what is waited for."""
