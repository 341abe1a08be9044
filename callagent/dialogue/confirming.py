"""Asking back: an answer is read back or offered, or one of several is chosen."""

from collections.abc import Callable

from callagent.dialogue.actions import CallerKeyed, CallerSaid, CallerSilent, Understood
from callagent.dialogue.answering import Answerer
from callagent.dialogue.flow import AskStep, LookupStep, MenuStep, Question
from callagent.dialogue.interpreting import value_in, yes_or_no_in
from callagent.dialogue.put_right import exchanged, likeliest
from callagent.dialogue.repairing import By
from callagent.dialogue.run import Run
from callagent.dialogue.slots import DIGITS_FORM, ItemType, YesNoType
from callagent.dialogue.step_context import choosing_context, confirming_context
from callagent.dialogue.understanding import Meaning, words_of
from callagent.dialogue.volunteered import MOST_WORDS, questions_from, split_at


class Confirmer(Answerer):
    """Deals with what the caller says to "did you say ...?"."""

    # --- reading back ------------------------------------------------------------------------------------------------

    def confirmed(self, run: Run, step: Question, given: CallerSaid, *, alone: bool = False) -> None:
        """The caller speaks to "did you say ...?", or to an offered answer; `alone` when no model is to be asked."""
        if run.aside_to:
            self._topic_confirmed(run, step, given)
            return
        answer = self._yes_or_no(run, step, given)
        if answer is None and (wish := self._other_wish(run, step, given)):
            self._aside_while_confirming(run, step, wish, given)
            return
        own = self._own(run, step, given)
        anything = isinstance(step, AskStep) and step.type.takes_anything
        if (
            answer is not None
            and answer.sort == "command"
            and self._confirming[step, run.language].is_command(given.text)
        ):
            own = None
        if own is not None and own != run.pending and not (anything and answer is not None):
            self._replace(run, step, own, unsure=given.confidence < self.sure_confidence)
        elif answer == Meaning("answer", "yes") or (own is not None and answer is None):
            self._accept(run, step, run.pending, "voice", [])
        elif answer == Meaning("answer", "no"):
            self._refused(run, step)
        elif answer is not None:
            self._command(run, answer.name, "voice")
        elif target := self._topic(run, given):
            self._aside_while_confirming(run, step, target, given)
        elif run.waiting == "confirm" and not alone and self._may_ask_model(run, step, given):
            self._ask_model(run, confirming_context(self.flow, run, step), given)
        else:
            self._missed(run, step, "no match")

    def _aside_while_confirming(self, run: Run, step: Question, target: str, given: CallerSaid) -> None:
        same = any(ask.slot == step.slot for ask in questions_from(self.flow, target))  # which would take it
        if isinstance(step, AskStep) and step.confirm == "always" and not same:
            run.ahead[step.slot] = run.pending  # to be read back again
        self._turn_aside(run, target, given)

    def _topic_confirmed(self, run: Run, step: Question, given: CallerSaid) -> None:
        """What may have been a side question is confirmed, or is none; anything else is heard as at the question."""
        answer, target = self._yes_or_no(run, step, given), run.aside_to
        run.aside_to, run.waiting = "", "question"
        if answer == Meaning("answer", "yes"):
            self._turn_aside(run, target, None)
            return
        self._take_back(run, questions_from(self.flow, target))
        if answer == Meaning("answer", "no"):
            self._missed(run, step, "no match")
        else:
            self.said(run, step, given)

    def _yes_or_no(self, run: Run, step: Question, given: CallerSaid) -> Meaning | None:
        for language in self._languages(run, given):
            meaning = self._confirming[step, language].heard(given, self.lowest_confidence)
            if meaning is not None:
                return meaning
        if not given.confidence >= self.lowest_confidence or self._own(run, step, given) is not None:
            return None
        answer = yes_or_no_in(run.found, self.accept_from)
        return Meaning("answer", answer) if answer else None

    def _own(self, run: Run, step: Question, given: CallerSaid) -> str | None:
        """An answer to the question itself; the last one, where another is taken back."""
        if not given.confidence >= self.lowest_confidence:
            return None
        if isinstance(step, AskStep):
            if isinstance(step.type, YesNoType):
                return None
            replaced = self._put_right(run, step, given, exchanged) or self._replaced_by(run, step, given)
            if replaced is not None:
                return replaced
        meaning, guessed = self._meant(run, step, given)
        if meaning is None and isinstance(step, AskStep):
            return self._put_right(run, step, given, likeliest)
        if guessed or meaning is None or meaning.sort != "answer":
            return None
        return step.type.instead(meaning.name, run.pending) if isinstance(step, AskStep) else meaning.name

    def _replaced_by(self, run: Run, step: AskStep, given: CallerSaid) -> str | None:
        """The answer that is told where the one that is read back is denied: "no, not ten, twelve"."""
        parts = split_at(words_of(given.text)[:MOST_WORDS], self._negations(run, given))
        return self._replacement(run, step, parts, run.pending) if len(parts) > 1 else None

    def _put_right(self, run: Run, step: AskStep, given: CallerSaid, way: Callable[..., str | None]) -> str | None:
        """The number that is read back with some of its figures changed."""
        if step.type.form != DIGITS_FORM:
            return None
        words = words_of(given.text)[:MOST_WORDS]
        numbers = (way(words, run.pending, language) for language in self._languages(run, given))
        value = next((number for number in numbers if number is not None), None)
        return self._value(run, step, [step.type.shown(value)]) if value else None

    def _replace(self, run: Run, step: Question, value: str, *, unsure: bool) -> None:
        if self._wants_read_back(step, unsure=unsure):
            self._read_back(run, step, value)
        else:
            self._accept(run, step, value, "voice", [])

    def confirmed_keyed(self, run: Run, step: Question, given: CallerKeyed) -> None:
        """The caller keys yes or no to what is read back."""
        meaning = self._confirming[step, run.language].keyed(given)
        if meaning is None:
            self._missed(run, step, "no match")
        elif meaning.sort == "command":
            self._command(run, meaning.name, "keys")
        elif meaning.name == "yes" and run.aside_to:
            self._turn_aside(run, run.aside_to, None, "keys")
        elif meaning.name == "yes":
            self._accept(run, step, run.pending, "keys", [])
        else:
            self._refused(run, step)

    def _refused(self, run: Run, step: Question) -> None:
        """It was something else: ask again; an offer that is not wanted was no misunderstanding."""
        offered = run.waiting == "suggest"
        if isinstance(step, MenuStep):
            self._take_back(run, self._asked_after(run, step, run.pending))
        run.waiting = "question"
        if offered:
            run.speak(step.line, run.asking)
            self._listen(run, step)
        else:
            self._missed(run, step, "no match")

    # --- which of several --------------------------------------------------------------------------------------------

    def which(self, run: Run, step: AskStep | LookupStep, given: CallerSaid, *, alone: bool = False) -> None:
        """The caller speaks to "which one?"; `alone` when no model is to be asked."""
        meaning = self._choosing(run).heard(given, self.lowest_confidence) or self._other_item(run, given)
        if meaning is None and not alone and self._may_ask_model(run, step, given):
            self._ask_model(run, choosing_context(self.flow, run), given)
        else:
            self._chosen(run, step, meaning, "voice")

    def _other_item(self, run: Run, given: CallerSaid) -> Meaning | None:
        """An item that was not among those to choose from."""
        item, confidence = value_in(run.found, ItemType.word)
        is_sure = confidence >= self.accept_from and given.confidence >= self.lowest_confidence
        return Meaning("answer", item) if is_sure and item in self._names else None

    def which_keyed(self, run: Run, step: AskStep | LookupStep, given: CallerKeyed) -> None:
        """The caller keys one of several."""
        self._chosen(run, step, self._choosing(run).keyed(given), "keys")

    def which_silent(self, run: Run, step: AskStep | LookupStep, _: CallerSilent) -> None:
        """The caller says nothing to "which one?"."""
        self._missed(run, step, "no input")

    def _chosen(self, run: Run, step: AskStep | LookupStep, meaning: Meaning | None, by: By) -> None:
        if meaning is None:
            self._missed(run, step, "no match")
        elif meaning.sort == "command":
            self._command(run, meaning.name, by)
        elif isinstance(step, AskStep):
            self._accept(run, step, meaning.name, by, [])
        else:
            slot = next((name for name in step.arguments if name in self._item_slots), step.arguments[0])
            run.notes.append(Understood(slot, meaning.name, by))
            run.slots[slot] = meaning.name
            self._walk(run)
