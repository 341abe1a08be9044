"""What becomes of a caller's answer: taken, read back, corrected, or part of a larger sentence; and of none."""

from callagent.dialogue.actions import (
    AskModel,
    CallerKeyed,
    CallerSaid,
    CallerSilent,
    Understood,
)
from callagent.dialogue.commands import StepContext
from callagent.dialogue.correcting import Corrector
from callagent.dialogue.flow import AskStep, Jump, LookupStep, MenuStep, Question, TalkStep
from callagent.dialogue.interpreting import (
    asks_advice,
    intent_in,
    is_courtesy,
    names_something,
    speaks_against,
)
from callagent.dialogue.reading import read_number
from callagent.dialogue.run import Run
from callagent.dialogue.slots import ItemType
from callagent.dialogue.spoken import LANGUAGES, find_numbers
from callagent.dialogue.step_context import step_context
from callagent.dialogue.understanding import Meaning, without, words_of
from callagent.dialogue.volunteered import MOST_WORDS, split_at


class Answerer(Corrector):
    """Deals with what the caller says and keys where a question is open."""

    # --- understanding -----------------------------------------------------------------------------------------------

    def _meant(self, run: Run, step: Question, given: CallerSaid) -> tuple[Meaning | None, bool]:
        """What a turn means at a question, and whether that is to be asked back.

        A phrase that is all that was said counts as it stands; in a longer sentence the whole of it counts for more
        than a word in it.
        """
        said = self._heard(run, step, given)
        if self._waits(said) and not any(
            self._hearings[step, one].is_command(given.text) for one in self._languages(run, given)
        ):  # "one minute, what is the price of a fan"
            meaning, guessed = self._meaning(run, step, given, None)
            return (said, False) if meaning is None and not self._topic(run, given) else (meaning, guessed)
        return self._meaning(run, step, given, said)

    def _waits(self, said: Meaning | None) -> bool:
        known = (command for command in self.flow.commands if command.built_in == "wait")
        return said is not None and said.sort == "command" and any(said.name == command.name for command in known)

    def _meaning(
        self, run: Run, step: Question, given: CallerSaid, said: Meaning | None
    ) -> tuple[Meaning | None, bool]:
        if not given.confidence >= self.lowest_confidence or (said is not None and said.sort == "command"):
            return self._rather_topic(run, step, given, said), False
        hearings = (self._hearings[step, language] for language in self._languages(run, given))
        is_phrase = said is not None and any(hearing.is_phrase(given.text) for hearing in hearings)
        if not is_phrase and (wish := self._other_wish(run, step, given)):
            return Meaning("flow", wish), False
        if is_phrase or (said is not None and isinstance(step, AskStep) and not isinstance(step.type, ItemType)):
            return said, False
        meaning, confidence = self._in_sentence(run, step, given)
        if meaning is not None and confidence >= self.accept_from:
            return meaning, False
        if said is not None and isinstance(step, AskStep) and (other := speaks_against(run.found, said.name)):
            return Meaning("answer", other), True
        unsure = said is None and meaning is not None and self._is_unsure(step, meaning, confidence)
        return (meaning, True) if unsure else (said, False)

    def _rather_topic(self, run: Run, step: Question, given: CallerSaid, said: Meaning | None) -> Meaning | None:
        """A side question in staff's own words, where a command is only a word in it: "call back" is no "back"."""
        if said is None or any(self._hearings[step, one].is_command(given.text) for one in self._languages(run, given)):
            return said
        topic = self._named_topic(run, given)
        return Meaning("flow", topic) if topic else said

    def _is_unsure(self, step: Question, meaning: Meaning, confidence: float) -> bool:
        return confidence >= self.confirm_from and meaning.sort == "answer" and self._wants_read_back(step, unsure=True)

    def _in_sentence(self, run: Run, step: Question, given: CallerSaid) -> tuple[Meaning | None, float]:
        """The meaning that the whole sentence has at a question, and how sure that is."""
        if topic := self._named_topic(run, given) or self._own_topic(run, given):
            leads = (one.name for one in step.choices if one.jump is not None and one.jump.target == topic)
            chosen = next(leads, "")
            return Meaning("answer", chosen) if chosen else Meaning("flow", topic), 1.0
        if isinstance(step, AskStep):
            value, confidence = self._found_value(run, step)
            return (Meaning("answer", value) if value else None), confidence
        intent, confidence = intent_in(run.found)
        target = self._flows_of_intents.get(intent, "")
        for choice in step.choices:
            if choice.name == intent or (target and choice.jump is not None and choice.jump.target == target):
                return Meaning("answer", choice.name), confidence
        for command in self.flow.commands:
            if target and command.jump is not None and command.jump.target == target:
                return Meaning("command", command.name), confidence
        is_here = any(position.flow == target for position in run.stack)
        return (Meaning("flow", target) if target and not is_here else None), confidence

    # --- taking ------------------------------------------------------------------------------------------------------

    def said(self, run: Run, step: Question, given: CallerSaid, *, alone: bool = False) -> None:
        """The caller speaks where a question is open; `alone` when no model is to be asked (any more)."""
        meaning, guessed = self._meant(run, step, given)
        if self._corrected(run, step, given, meaning) or self._was_polite(run, step, given, meaning):
            return
        meaning = self._for_certain(run, step, given, meaning)
        if self._wants_advice(run, step, given, meaning):
            self._go_on_with_more(run, step, given)
        elif meaning is not None and meaning.sort == "flow":
            self._turn_aside(run, meaning.name, given)
        elif meaning is None and (target := self._topic(run, given)):
            self._turn_aside(run, target, given)
        elif meaning is None and self._may_talk(run, step, given):
            self._go_on_with_more(run, step, given)
        elif (meaning is None or guessed) and not alone and self._may_ask_model(run, step, given):
            self._ask_model(run, step_context(self.flow, run, step, self._later(run)), given)
        elif meaning is not None:
            unsure = guessed or given.confidence < self.sure_confidence
            self._take(run, step, meaning, "voice", unsure=unsure, words=words_of(given.text))
        elif given.confidence >= self.lowest_confidence and (target := self._unsure_topic(run)):
            self._ask_topic_back(run, step, target, given)
        elif self._has_more(run, step, given):
            self._go_on_with_more(run, step, given)
        else:
            run.private = run.private or self._tells_secret(run, given)
            self._missed(run, step, "no match")

    def _for_certain(self, run: Run, step: Question, given: CallerSaid, meaning: Meaning | None) -> Meaning | None:
        """The meaning at a menu: none that would end the call by mistake; and a key may be said."""
        if meaning is not None and self._says_more_than_no(run, step, given, meaning):
            return None
        return meaning or self._said_key(run, step, given)

    def _said_key(self, run: Run, step: Question, given: CallerSaid) -> Meaning | None:
        """The choice whose key was said instead of pressed: "one" where the prompt says "one for a price"."""
        words = without(given.text, self._hearing(run, step).listen.fillers)
        if not isinstance(step, MenuStep) or len(words) != 1 or not given.confidence >= self.lowest_confidence:
            return None
        number = read_number(words, run.language)
        meaning = self._hearing(run, step).keys.get(str(number)) if number is not None else None
        return meaning if meaning is not None and meaning.sort == "answer" else None

    def _was_polite(self, run: Run, step: Question, given: CallerSaid, meaning: Meaning | None) -> bool:
        """Whether the words were "thanks" or "hello" and wanted nothing: then the question comes again as at first.

        Nothing was misunderstood, though it brings the end of all patience nearer.
        """
        is_heard = given.confidence >= self.lowest_confidence and meaning is None
        worn_out = run.counts["stumbles"] >= self.flow.stuck.in_one_call
        if not is_heard or worn_out or not is_courtesy(run.found) or self._topic(run, given):
            return False
        run.counts["stumbles"] += 1
        run.speak(step.line)
        self._listen(run, step)
        return True

    def _has_more(self, run: Run, step: Question, given: CallerSaid) -> bool:
        """Whether words that fit no choice may fit `anything else`: a talk needs a model, a look-up does not."""
        if not isinstance(step, MenuStep) or not step.anything_else:
            return False
        says_more = self._hearing(run, step).says_more(given, self.lowest_confidence)
        return says_more and (self.has_model or not self._talks_at_once(step))

    def _wants_advice(self, run: Run, step: Question, given: CallerSaid, meaning: Meaning | None) -> bool:
        """Whether the caller wants an opinion where there is talk: no flow that looks things up has one."""
        if not asks_advice(run.found) or (meaning is not None and meaning.sort == "command"):
            return False
        hearings = (self._hearings[step, language] for language in self._languages(run, given))
        return self._may_talk(run, step, given) and not any(one.is_phrase(given.text) for one in hearings)

    def _may_talk(self, run: Run, step: Question, given: CallerSaid) -> bool:
        """Whether words that fit no choice are for the model."""
        return self.has_model and self._talks(step) and self._has_more(run, step, given)

    def _talks(self, step: Question) -> bool:
        """Whether the model talks about what fits no choice: at once, or about what a look-up does not know."""
        if not isinstance(step, MenuStep):
            return False
        actions = [one.action for one in self.flow.flows.get(step.anything_else, ())]
        fallbacks = [self._first(action.not_found) for action in actions if isinstance(action, LookupStep)]
        return any(isinstance(action, TalkStep) for action in (*actions, *fallbacks))

    def _talks_at_once(self, step: Question) -> bool:
        return isinstance(step, MenuStep) and isinstance(self._first(step.anything_else), TalkStep)

    def _go_on_with_more(self, run: Run, step: Question, given: CallerSaid) -> None:
        """Where words go that fit no choice of a menu."""
        target = step.anything_else if isinstance(step, MenuStep) else ""
        run.private = run.private or self._tells_secret(run, given)
        if self._talks_at_once(step):
            run.notes.append(Understood(step.line, "anything else", "voice"))
        else:
            run.missed_at = tuple(run.stack)
            self._hand_over(run, target, given)
        self._leave_and_walk(run, Jump("go to", target))

    def _ask_model(self, run: Run, context: StepContext, given: CallerSaid) -> None:
        """Nothing is decided before the model has answered, or the caller goes on."""
        run.heard_again()
        run.actions.append(AskModel(context, given, run.language))

    def _may_ask_model(self, run: Run, step: Question | LookupStep, given: CallerSaid) -> bool:
        """Whether a model may read the words: none that may answer a private question, asked or not."""
        hearing = self._choosing(run) if isinstance(step, LookupStep) else self._hearing(run, step)
        if not self.model_reads or not hearing.says_more(given, self.lowest_confidence):
            return False
        if isinstance(step, AskStep) and step.private:
            return False
        return not self._tells_secret(run, given)

    def keyed(self, run: Run, step: Question, given: CallerKeyed) -> None:
        """The caller keys an answer."""
        meaning = self._hearing(run, step).keyed(given, run.now.date())
        if meaning is None:
            self._missed(run, step, "no match")
        else:
            self._take(run, step, meaning, "keys")

    def silent(self, run: Run, step: Question, _: CallerSilent) -> None:
        """The caller says nothing."""
        self._missed(run, step, "no input")

    def _says_more_than_no(self, run: Run, step: Question, given: CallerSaid, meaning: Meaning) -> bool:
        """Whether the call would end at a "no" that begins a sentence about something: "no, I want it on Saturday"."""
        jump = self._jump_of(step, meaning.name)
        if jump is None or jump.how != "end" or not self._is_no(run, step, meaning):
            return False
        parts = split_at(words_of(given.text)[:MOST_WORDS], self._negations(run, given))
        return len(parts) > 1 and (names_something(run.found) or any(self._has_value(run, part) for part in parts))

    def _has_value(self, run: Run, words: list[str]) -> bool:
        """Whether some words hold a thing of the shop or a number, whatever it may be for."""
        items = (ask for ask, _ in self._hearings if isinstance(ask, AskStep) and isinstance(ask.type, ItemType))
        ask = next(items, None)
        is_number = any(find_numbers(words, language) for language in LANGUAGES if words != ["do"])
        return is_number or (ask is not None and bool(words) and self._value(run, ask, words) is not None)
