"""What becomes of a caller's answer: taken, read back, corrected, or part of a larger sentence; and of none."""

from collections.abc import Iterable
from dataclasses import replace

from callagent.dialogue.actions import (
    AskModel,
    CallerKeyed,
    CallerSaid,
    CallerSilent,
    Remember,
    Understood,
)
from callagent.dialogue.commands import StepContext
from callagent.dialogue.flow import AskStep, Jump, LookupStep, MenuStep, Question, TalkStep
from callagent.dialogue.hearing import CORRECTION
from callagent.dialogue.interpreting import (
    asks_advice,
    intent_in,
    is_courtesy,
    names_something,
    not_counted,
    speaks_against,
    value_in,
)
from callagent.dialogue.reading import read_number
from callagent.dialogue.repairing import By, Repairer
from callagent.dialogue.run import Run
from callagent.dialogue.slots import MAX_TEXT, ItemType, TextType, YesNoType
from callagent.dialogue.spoken import LANGUAGES, find_numbers
from callagent.dialogue.step_context import step_context
from callagent.dialogue.understanding import Meaning, without, words_of
from callagent.dialogue.volunteered import MOST_WORDS, questions_from, split_at, without_name

MOST_IDLE = 1
"""Words besides a value of figures, in a sentence that corrects it."""


class Answerer(Repairer):
    """Deals with what the caller says and keys where a question is open."""

    # --- understanding -----------------------------------------------------------------------------------------------

    def _languages(self, run: Run, given: CallerSaid) -> tuple[str, ...]:
        """Those in which the caller may be speaking, likeliest first."""
        said_in = (given.language,) if given.language in self.flow.languages else ()
        return tuple(dict.fromkeys((run.language, *said_in, *self.flow.languages)))

    def _heard(self, run: Run, step: Question, given: CallerSaid) -> Meaning | None:
        """What the words mean at a question, in whichever language."""
        for language in self._languages(run, given):
            meaning = self._hearings[step, language].heard(given, self.lowest_confidence, run.now.date())
            if meaning is not None:
                return meaning
        return None

    def _meant(self, run: Run, step: Question, given: CallerSaid) -> tuple[Meaning | None, bool]:
        """What a turn means at a question, and whether that is to be asked back.

        A phrase that is all that was said counts as it stands; in a longer sentence the whole of it counts for more
        than a word in it.
        """
        said = self._heard(run, step, given)
        if not given.confidence >= self.lowest_confidence or (said is not None and said.sort == "command"):
            return self._rather_topic(run, step, given, said), False
        if said is not None and isinstance(step, AskStep) and not isinstance(step.type, ItemType):
            return said, False
        if said is not None and any(
            self._hearings[step, language].is_phrase(given.text) for language in self._languages(run, given)
        ):
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
        if topic := self._named_topic(run, given):
            return Meaning("flow", topic), 1.0
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

    def _found_value(self, run: Run, ask: AskStep) -> tuple[str, float]:
        """The answer to a question among the values that the sentence holds."""
        value, confidence = value_in(run.found, ask.type.word)
        if isinstance(ask.type, ItemType):
            return (value, confidence) if value in self._names else ("", 0.0)
        return (self._value(run, ask, words_of(value)) or "", confidence) if value else ("", 0.0)

    def _topic(self, run: Run, given: CallerSaid) -> str:
        """The flow that answers a side question; empty when the words are none, or the flow is running already."""
        if not self.flow.stuck.topics or not given.confidence >= self.lowest_confidence:
            return ""
        intent, confidence = intent_in(run.found)
        target = self._flows_of_intents.get(intent, "") if confidence >= self.accept_from else ""
        for language in self._languages(run, given):
            if not target and (meaning := self._topics[language].find(given.text)) is not None:
                target = meaning.name
        return "" if any(position.flow == target for position in run.stack) else target

    def _named_topic(self, run: Run, given: CallerSaid) -> str:
        """The flow of a side question that was asked in staff's own words and no others; empty for none."""
        for language in self._languages(run, given):
            known, fillers = self._topics[language], self.flow.prompts[language].words.get("fillers", ())
            said = words_of(given.text)
            if said in known or (said := without(given.text, fillers)) in known:
                meaning = known.find(" ".join(said))
                here = meaning is None or any(position.flow == meaning.name for position in run.stack)
                return "" if meaning is None or here else meaning.name
        return ""

    def _turn_aside(self, run: Run, target: str, given: CallerSaid, by: By = "voice") -> None:
        """Answer a side question; the open one is asked again after it."""
        run.notes.append(Understood("new topic", target, by))
        run.turn_aside(target)
        self._hand_over(run, target, given)
        self._volunteer(run, questions_from(self.flow, target), words_of(given.text))
        self._walk(run)

    def _hand_over(self, run: Run, target: str, given: CallerSaid) -> None:
        """A flow that begins by asking for free text, such as a question for the FAQ, has got it already."""
        first = self._first(target)
        if isinstance(first, AskStep) and isinstance(first.type, TextType):
            run.ahead[first.slot] = given.text[:MAX_TEXT]

    def _first(self, flow: str) -> object:
        steps = self.flow.flows.get(flow)
        return steps[0].action if steps else None

    def _unsure_topic(self, run: Run) -> str:
        """The flow of what may be a side question, and is to be asked back; empty for none."""
        intent, confidence = intent_in(run.found)
        stuck = self.flow.stuck
        if not (stuck.topics and stuck.confirm_unsure and self.confirm_from <= confidence < self.accept_from):
            return ""
        target = self._flows_of_intents.get(intent, "")
        return "" if any(position.flow == target for position in run.stack) else target

    def _ask_topic_back(self, run: Run, step: Question, target: str) -> None:
        run.waiting, run.pending, run.aside_to = "confirm", "", target
        self._ask_back(run, step)

    def _negations(self, run: Run, given: CallerSaid) -> list[str]:
        words = (self.flow.prompts[language].words for language in self._languages(run, given))
        return [phrase for known in words for name in ("no", CORRECTION) for phrase in known.get(name, ())]

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
            self._ask_topic_back(run, step, target)
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

    def _take(
        self,
        run: Run,
        step: Question,
        meaning: Meaning,
        by: By,
        *,
        unsure: bool = False,
        words: Iterable[str] = (),
    ) -> None:
        """An answer or a command; `words` are searched for answers to what comes later."""
        if meaning.sort == "command":
            self._command(run, meaning.name, by)
            return
        spare = self._spare(step, meaning.name, list(words))
        if self._wants_read_back(step, unsure=unsure):
            self._volunteer(run, (ask for ask in self._later(run) if ask is not step), spare)
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
        jump = next((choice.jump for choice in step.choices if choice.name == value), None)
        if jump is None:
            self._volunteer(run, self._later(run), spare)
            self._walk(run)
        else:
            self._volunteer(run, () if jump.how == "end" else questions_from(self.flow, jump.target), spare)
            self._leave_and_walk(run, jump)

    def _wants_read_back(self, step: Question, *, unsure: bool) -> bool:
        if isinstance(step, AskStep):
            if step.private or step.confirm == "never":
                return False
            if step.confirm == "always":
                return True
            return unsure and (step.confirm == "when unsure" or self.flow.stuck.confirm_unsure)
        return unsure and self.flow.stuck.confirm_unsure

    # --- more than was asked -----------------------------------------------------------------------------------------

    def _later(self, run: Run) -> list[AskStep]:
        """The questions to come in the flows that run or wait."""
        positions = reversed(run.stack)
        return [ask for position in positions for ask in questions_from(self.flow, position.flow, position.step)]

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
            if not value or confidence < self.accept_from:
                value = self._value(run, ask, rest) or ""
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

    def _value(self, run: Run, ask: AskStep, words: Iterable[str]) -> str | None:
        known = list(words)
        today = run.now.date()
        values = (self._hearings[ask, language].value(known, today) for language in self.flow.languages)
        return next((value for value in values if value is not None), None)

    # --- corrections -------------------------------------------------------------------------------------------------

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

    def _says_more_than_no(self, run: Run, step: Question, given: CallerSaid, meaning: Meaning) -> bool:
        """Whether the call would end at a "no" that begins a sentence about something: "no, I want it on Saturday"."""
        jump = next((choice.jump for choice in step.choices if choice.name == meaning.name), None)
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
