"""Corrections: an earlier answer is taken back and another given, as in "nahi, das nahi barah"."""

from callagent.dialogue.actions import CallerSaid, Understood
from callagent.dialogue.flow import AskStep, MenuStep, Question
from callagent.dialogue.hearing import CORRECTION
from callagent.dialogue.repairing import By
from callagent.dialogue.run import Run
from callagent.dialogue.slots import ItemType, YesNoType
from callagent.dialogue.taking import Taker
from callagent.dialogue.understanding import Meaning, words_of
from callagent.dialogue.volunteered import MOST_WORDS, split_at

MOST_IDLE = 1
"""Words besides a value of figures, in a sentence that corrects it."""


class Corrector(Taker):
    """Finds what an earlier answer is to be replaced with."""

    def _corrected(self, run: Run, step: Question, given: CallerSaid, meaning: Meaning | None) -> bool:
        """Whether the words took an earlier answer back and gave another ("nahi, das nahi barah")."""
        is_no = isinstance(step, AskStep) and isinstance(step.type, YesNoType)
        is_no = is_no or (meaning is not None and self._is_no(run, step, meaning))
        if not self.flow.stuck.corrections or (meaning is not None and not is_no):
            return False
        if not given.confidence >= self.lowest_confidence:
            return False
        parts = split_at(words_of(given.text)[:MOST_WORDS], self._negations(run, given))
        if len(parts) == 1:
            return False
        for number in reversed(range(len(run.answered))):
            answered = run.answered[number]
            earlier = run.step_at(answered.stack[-1])
            if earlier is None or not isinstance(earlier.action, AskStep):
                continue
            if answered.slot not in run.slots and not run.is_finished():
                continue
            ask = earlier.action
            if ask.type.takes_anything or isinstance(ask.type, YesNoType):
                continue
            old = answered.value
            plain = [part for part in parts if self._after_old(run, ask, part, old) or self._is_plain(run, ask, part)]
            value = self._replacement(run, ask, parts if isinstance(ask.type, ItemType) else plain, old)
            if value is not None:
                self._change(run, number, ask, value)
                return True
        return False

    def _is_no(self, run: Run, step: Question, meaning: Meaning) -> bool:
        """Whether a choice of a menu is taken with a bare "no", whatever else it is called."""
        if not isinstance(step, MenuStep) or meaning.sort != "answer":
            return False
        prompts = self.flow.prompts[run.language]
        return meaning.name == "no" or not {*prompts.words.get("no", ())}.isdisjoint(prompts.ways_to_say(meaning.name))

    def _is_plain(self, run: Run, ask: AskStep, words: list[str]) -> bool:
        """Whether the words say little more than a value: "nahi, do minute rukiye" changes no quantity to two."""
        value = self._value(run, ask, words)
        others = (words[:at] + words[at + 1 :] for at in range(len(words)))
        idle = sum(self._value(run, ask, rest) == value for rest in others)
        return value is not None and idle <= MOST_IDLE

    def _replacement(self, run: Run, ask: AskStep, parts: list[list[str]], old: str) -> str | None:
        said = (self._after_old(run, ask, part, old) or self._value(run, ask, part) for part in reversed(parts) if part)
        values = (value and ask.type.instead(value, old) for value in said)
        return next((value for value in values if value not in (None, old)), None)

    def _after_old(self, run: Run, ask: AskStep, words: list[str], old: str) -> str | None:
        """The new value where the old one is said before it: "not twenty, twelve"; but "twenty five" is one."""
        whole = self._value(run, ask, words) if not isinstance(ask.type, ItemType) else None
        for at in range(1, len(words)):
            value = self._value(run, ask, words[at:])
            if value not in (None, old) and self._value(run, ask, words[:at]) == old:
                return value if whole in (None, old) or len(value or "") == len(old) else None
        return None

    def _change(self, run: Run, number: int, ask: AskStep, value: str, by: By = "voice") -> None:
        """Go back to an answered question with another answer; what was answered after it is not asked again."""
        answered = run.answered[number]
        run.notes.append(Understood("correction", answered.slot, by))
        self._go_back(run, answered, run.answered[number + 1 :], run.answered[:number])
        if ask.private:
            self._accept(run, ask, value, "voice", [])
        else:
            self._read_back(run, ask, value)

    def _negations(self, run: Run, given: CallerSaid) -> list[str]:
        words = (self.flow.prompts[language].words for language in self._languages(run, given))
        return [phrase for known in words for name in ("no", CORRECTION) for phrase in known.get(name, ())]
