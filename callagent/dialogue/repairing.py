"""Repair: what becomes of silence and misunderstanding; and the commands that work at every question."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final, Literal, TypeAlias

from callagent.dialogue.actions import Listen, Missed, Understood
from callagent.dialogue.flow import WAITING_LINE, WHICH_LINE, AskStep, LookupStep, MenuStep, Question, Rung
from callagent.dialogue.run import GAINS_DB, PACES, Run
from callagent.dialogue.state import Answered, Position
from callagent.dialogue.understanding import Meaning
from callagent.dialogue.walking import Walker

By: TypeAlias = Literal["voice", "keys", "model"]
Stumble: TypeAlias = Literal["no input", "no match"]

HOLD_S: Final = 60.0
"""How long a caller who said "one minute" may say nothing."""


class Repairer(Walker):
    """Deals with what leads away from a question without answering it."""

    # --- commands ----------------------------------------------------------------------------------------------------

    def _command(self, run: Run, name: str, by: By) -> None:
        """A command works at every question; after `do`, the question is asked again."""
        run.notes.append(Understood("anytime", name, by))
        command = next(command for command in self.flow.commands if command.name == name)
        if command.jump is not None:
            if command.jump.how == "go to":
                run.forget_plans()
            self._leave_and_walk(run, command.jump)
        elif command.built_in == "wait":
            self._hold_on(run)
        elif command.built_in == "previous question" and run.answered:
            *before, last = run.answered
            self._go_back(run, last, before=before)
            self._walk(run)
        else:
            if command.built_in == "speak slower":
                run.counts["slower"] = min(run.counts["slower"] + 1, len(PACES) - 1)
            if command.built_in == "speak louder":
                run.counts["louder"] = min(run.counts["louder"] + 1, len(GAINS_DB) - 1)
            run.say_again()
            self._wait_again(run)

    def _hold_on(self, run: Run) -> None:
        """The caller needs a moment: the same wait again, and silence is no trouble for a while."""
        run.heard_again()
        run.speak(WAITING_LINE, mood="casual", kept=False)
        self._wait_again(run)
        *before, wait = run.actions
        if isinstance(wait, Listen):
            run.actions = [*before, replace(wait, silence_s=max(wait.silence_s, HOLD_S))]

    def _repeats(self, meaning: Meaning) -> bool:
        """Whether it asks to say that again: what the model said, only the model can repeat."""
        return any(command.name == meaning.name and command.jump is None for command in self.flow.commands)

    def _go_back(
        self, run: Run, answered: Answered, after: Iterable[Answered] = (), before: Iterable[Answered] = ()
    ) -> None:
        run.stack = list(answered.stack)
        run.asides = [aside for aside in run.asides if aside.depth < len(run.stack)]
        run.ahead = {later.slot: later.value for later in after if later.slot and self._is_asked(run, later.stack[-1])}
        run.answered = list(before)
        run.slots.pop(answered.slot if answered.slot != "language" else "", None)

    def _is_asked(self, run: Run, position: Position) -> bool:
        step = run.step_at(position)
        return step is not None and isinstance(step.action, AskStep)

    # --- repair ------------------------------------------------------------------------------------------------------

    def _missed(self, run: Run, step: Question | LookupStep, what: Stumble) -> None:
        stuck = self.flow.stuck
        counter, ladder = {
            "no input": ("silences", stuck.silence),
            "no match": ("misses", stuck.not_understood),
        }[what]
        run.counts[counter] += 1
        count = run.counts[counter]
        name = WHICH_LINE if run.waiting == "which" or isinstance(step, LookupStep) else step.line
        if self._stumbled(run, Missed(what, name, count)):
            return
        worn_out = run.counts["stumbles"] >= stuck.in_one_call
        rung = ladder[-1] if worn_out else ladder[min(count, len(ladder)) - 1]
        if rung.jump is not None:
            run.forget_plans()
            self._leave_and_walk(run, rung.jump)
        elif rung.ask is not None:
            self._ask_again(run, step, rung)

    def _pass_over(self, run: Run) -> bool:
        """Without a model, words that fitted nothing at a menu are not understood, wherever `anything else` led."""
        step = run.step_at(run.missed_at[-1]) if run.missed_at else None
        if step is None or not isinstance(step.action, MenuStep):
            return super()._pass_over(run)
        run.stack, run.missed_at = list(run.missed_at), ()
        self._missed(run, step.action, "no match")
        return True

    def _ask_again(self, run: Run, step: Question | LookupStep, rung: Rung) -> None:
        variant = "keypad" if run.unheard else rung.ask or "again"
        if run.waiting == "which" or isinstance(step, LookupStep):
            self._ask_which(run)
        elif run.waiting in ("confirm", "suggest"):
            self._ask_back(run, step, variant)
        else:
            run.speak(step.line, variant, mood="calm")
            self._listen(run, step)

    def _stumbled(self, run: Run, missed: Missed) -> bool:
        """Count a stumble; True when it was one too many for the call and ended it."""
        run.notes.append(missed)
        run.counts["stumbles"] += 1
        if run.counts["stumbles"] < 2 * self.flow.stuck.in_one_call:
            return False
        if self.flow.stuck.at_last:
            run.speak(self.flow.stuck.at_last, mood="calm")
        run.end(self.flow.stuck.at_last or "stuck")
        return True
