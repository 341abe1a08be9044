"""The values in a caller's sentence: what was asked for, what comes later, and what nobody may read."""

from collections.abc import Iterable
from dataclasses import replace

from callagent.dialogue.actions import CallerSaid, Understood
from callagent.dialogue.flow import AskStep, Jump, MenuStep, Question
from callagent.dialogue.interpreting import not_counted, speaks_against, value_in
from callagent.dialogue.repairing import Repairer
from callagent.dialogue.run import Run
from callagent.dialogue.slots import ItemType
from callagent.dialogue.understanding import Meaning, words_of
from callagent.dialogue.volunteered import MOST_WORDS, questions_from, without_name


class Gatherer(Repairer):
    """Finds the answers that a sentence holds."""

    def _languages(self, run: Run, given: CallerSaid) -> tuple[str, ...]:
        """Those in which the caller may be speaking, likeliest first."""
        said_in = (given.language,) if given.language in self.flow.languages else ()
        return tuple(dict.fromkeys((run.language, *said_in, *self.flow.languages)))

    def _heard(self, run: Run, step: Question, given: CallerSaid) -> Meaning | None:
        """What the words mean at a question, in whichever language."""
        if isinstance(step, AskStep) and not step.type.known_words and not step.type.takes_anything:
            for language in self._languages(run, given):  # "ek minute" is a command in one, and a number in all
                if self._hearings[step, language].is_command(given.text):
                    return self._hearings[step, language].heard(given, self.lowest_confidence)
        for language in self._languages(run, given):
            meaning = self._hearings[step, language].heard(given, self.lowest_confidence, run.now.date())
            if meaning is not None:
                return meaning
        return None

    def _found_value(self, run: Run, ask: AskStep) -> tuple[str, float]:
        """The answer to a question among the values that the sentence holds."""
        value, confidence = value_in(run.found, ask.type.word)
        if isinstance(ask.type, ItemType):
            return (value, confidence) if value in self._names else ("", 0.0)
        return (self._value(run, ask, words_of(value)) or "", confidence) if value else ("", 0.0)

    # --- more than was asked -----------------------------------------------------------------------------------------

    def _later(self, run: Run) -> list[AskStep]:
        """The questions to come in the flows that run or wait."""
        positions = reversed(run.stack)
        return [ask for position in positions for ask in questions_from(self.flow, position.flow, position.step)]

    def _jump_of(self, step: Question, value: str) -> Jump | None:
        return next((choice.jump for choice in step.choices if choice.name == value), None)

    def _asked_after(self, run: Run, step: Question, value: str) -> list[AskStep]:
        """The questions to come once a question is answered so."""
        jump = self._jump_of(step, value)
        if jump is None:
            return [ask for ask in self._later(run) if ask is not step]
        return [] if jump.how == "end" else list(questions_from(self.flow, jump.target))

    def _take_back(self, run: Run, asks: Iterable[AskStep]) -> None:
        """Forget what a sentence answered early that was misunderstood."""
        for ask in asks:
            run.ahead.pop(ask.slot, None)

    def _spare(self, step: Question, value: str, words: list[str]) -> list[str]:
        """The words that were not needed to say `value`; none when that cannot be told."""
        if len(words) > MOST_WORDS:
            return []
        if isinstance(step, MenuStep):
            return words
        return without_name(words, self._names.get(value, (value,))) if isinstance(step.type, ItemType) else []

    def _volunteer(self, run: Run, asks: Iterable[AskStep], words: list[str]) -> None:
        """Find answers to questions that are still to come: at most an item and one of figures."""
        if not words or len(words) > MOST_WORDS:
            return
        rest, taken = self._counted(run, words), set[bool]()
        for ask in sorted(
            (ask for ask in asks if ask.type.volunteers), key=lambda one: not isinstance(one.type, ItemType)
        ):
            is_item = isinstance(ask.type, ItemType)
            if is_item in taken or ask.slot in run.ahead:
                continue
            value, confidence = self._found_value(run, ask)
            several, _ = self._several(run.found) if is_item else ("", ())
            if several:
                value = several  # which one of them is asked where its question comes
            elif not value or confidence < self.accept_from:
                value = self._value(run, ask, rest, self._surely_in(run)) or ""
                value = (value and is_item and speaks_against(run.found, value)) or value
            if value:
                taken.add(is_item)
                run.ahead[ask.slot] = value
                run.private = run.private or ask.private
                run.notes.append(Understood(ask.slot, "" if ask.private else value, "voice"))
                if is_item:
                    rest = without_name(rest, self._names.get(value, (value,)))

    def _counted(self, run: Run, words: list[str]) -> list[str]:
        """The words whose figures may answer a question."""
        for text in not_counted(run.found):
            part = words_of(text)
            at = next((at for at in range(len(words)) if words[at : at + len(part)] == part), None)
            words = words if at is None else [*words[:at], *words[at + len(part) :]]
        return words

    def _surely_in(self, run: Run) -> tuple[str, ...]:
        """The languages in which a number may be said: "do you have" is no two."""
        is_english = run.found is not None and run.found.language == "en" and not run.found.switched
        return ("en",) if is_english and "en" in self.flow.languages else self.flow.languages

    def _value(
        self, run: Run, ask: AskStep, words: Iterable[str], languages: tuple[str, ...] | None = None
    ) -> str | None:
        known = list(words)
        today = run.now.date()
        values = (self._hearings[ask, language].value(known, today) for language in languages or self.flow.languages)
        return next((value for value in values if value is not None), None)

    # --- private answers ---------------------------------------------------------------------------------------------

    def _tells_secret(self, run: Run, given: CallerSaid) -> bool:
        """Whether the words may hold a private answer, asked or not."""
        words = words_of(given.text)
        unasked = any(ask.type.volunteers and self._value(run, ask, words) for ask in self._private)
        return unasked or self._repeats_secret(run, given)

    def _repeats_secret(self, run: Run, given: CallerSaid) -> bool:
        """Whether the words hold a private answer that was given in this call."""
        secrets, words = self._told_secrets(run), words_of(given.text)
        return any(self._value(run, ask, words) == value for ask, value in secrets.items())

    def _told_secrets(self, run: Run) -> dict[AskStep, str]:
        known = {**dict(run.before.slots), **run.slots, **dict(run.before.ahead), **run.ahead}
        return {ask: known[ask.slot] for ask in self._private if known.get(ask.slot)}

    def _hide_repeated(self, run: Run, given: CallerSaid) -> None:
        """Let nobody read a private answer that the caller told once more, whatever else it was taken for."""
        if self._repeats_secret(run, given):
            secrets = set(self._told_secrets(run).values())
            run.private = True
            run.notes = [
                replace(note, value="") if isinstance(note, Understood) and note.value in secrets else note
                for note in run.notes
            ]
