"""An answer that was understood: kept, read back, or asked about once more where it may be one of several."""

from collections.abc import Sequence

from callagent.dialogue.actions import Remember, Understood
from callagent.dialogue.asides import Asides
from callagent.dialogue.flow import AskStep, Question
from callagent.dialogue.repairing import By
from callagent.dialogue.run import Run
from callagent.dialogue.slots import ItemType
from callagent.dialogue.understanding import Meaning


class Taker(Asides):
    """Takes answers, and goes where they lead."""

    def _take(
        self,
        run: Run,
        step: Question,
        meaning: Meaning,
        by: By,
        *,
        unsure: bool = False,
        words: Sequence[str] = (),
    ) -> None:
        """An answer or a command; `words` are searched for answers to what comes later."""
        if meaning.sort == "command":
            self._command(run, meaning.name, by)
            return
        if by == "voice" and (several := self._may_be_several(run, step, meaning.name, words)):
            self._ask_which(run, several)
            return
        spare = self._spare(step, meaning.name, list(words))
        if self._wants_read_back(step, unsure=unsure):
            self._volunteer(run, self._asked_after(run, step, meaning.name), spare)
            self._read_back(run, step, meaning.name)
        else:
            self._accept(run, step, meaning.name, by, spare)

    def _accept(self, run: Run, step: Question, value: str, by: By, spare: list[str]) -> None:
        """Keep an answer and go where it leads."""
        private = isinstance(step, AskStep) and step.private
        run.notes.append(Understood(step.slot or step.line, "" if private else value, by))
        if isinstance(step, AskStep):
            self._fill(run, step, value)
        else:
            if run.is_finished():
                run.answered.clear()  # something else is wanted now
            run.remember_answer(step.slot, value)
            if step.slot:
                run.slots[step.slot] = value
                run.actions.append(Remember(step.slot, value))
            run.go_on()
        jump = self._jump_of(step, value)
        self._volunteer(run, self._asked_after(run, step, value), spare)
        if jump is None:
            self._walk(run)
        else:
            self._leave_and_walk(run, jump)

    def _may_be_several(self, run: Run, step: Question, item: str, words: Sequence[str]) -> tuple[str, ...]:
        """The items that the answer may be, where its words name several that fit as well; none when it is clear."""
        _, names = self._several(run.found)
        if not isinstance(step, AskStep) or not isinstance(step.type, ItemType) or item not in names:
            return ()
        hearings = (self._hearings[step, language] for language in self.flow.languages)
        return () if any(hearing.is_phrase(" ".join(words)) for hearing in hearings) else names

    def _wants_read_back(self, step: Question, *, unsure: bool) -> bool:
        if isinstance(step, AskStep):
            if step.private or step.confirm == "never":
                return False
            if step.confirm == "always":
                return True
            return unsure and (step.confirm == "when unsure" or self.flow.stuck.confirm_unsure)
        return unsure and self.flow.stuck.confirm_unsure
