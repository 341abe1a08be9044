"""Side questions: what else a caller may want at an open question, and how it is answered before that one."""

from dataclasses import replace
from functools import cached_property

from callagent.dialogue.actions import CallerSaid, Understood
from callagent.dialogue.flow import AskStep, Question
from callagent.dialogue.gathering import Gatherer
from callagent.dialogue.interpreting import GENERAL, counts, intent_in, named_in, names_something, value_in
from callagent.dialogue.repairing import By
from callagent.dialogue.run import Run
from callagent.dialogue.slots import MAX_TEXT, ItemType, TextType
from callagent.dialogue.two_wishes import TwoWishes
from callagent.dialogue.understanding import without, words_of
from callagent.dialogue.volunteered import questions_from


class Asides(Gatherer):
    """Deals with what leads to another flow and back."""

    @cached_property
    def _two_wishes(self) -> TwoWishes | None:
        if self.interpreter is None:
            return None
        about = {
            flow
            for flow in self._flows_of_intents.values()
            if any(isinstance(ask.type, ItemType) for ask in questions_from(self.flow, flow))
        }
        interpret = self.interpreter.interpret
        return TwoWishes(interpret, self._flows_of_intents, self._names, about, self.accept_from)

    def _topic(self, run: Run, given: CallerSaid) -> str:
        """The flow that answers a side question; empty when the words are none, or the flow is running already."""
        if not self.flow.stuck.topics or not given.confidence >= self.lowest_confidence:
            return ""
        intent, confidence = intent_in(run.found)
        target = self._flows_of_intents.get(intent, "") if confidence >= self.accept_from else ""
        for language in self._languages(run, given):
            if not target and (meaning := self._topics[language].find(given.text)) is not None:
                target = meaning.name
        return "" if self._is_running(run, target) else target

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

    def _own_topic(self, run: Run, given: CallerSaid) -> str:
        """The flow of a side question of this shop alone, where a sentence would else be a wish like any shop's.

        Its word tells more than what such sentences are like: "can you give me a discount", "I want a bed on rent".
        """
        intent, confidence = intent_in(run.found)
        is_clear = confidence >= self.accept_from and intent not in GENERAL
        is_counted = counts(run.found) or (intent == "price" and names_something(run.found))
        if is_clear or is_counted or not given.confidence >= self.lowest_confidence:
            return ""
        meanings = (self._own_topics[language].find(given.text) for language in self._languages(run, given))
        target = next((meaning.name for meaning in meanings if meaning is not None), "")
        return "" if self._is_running(run, target) else target

    def _turn_aside(self, run: Run, target: str, given: CallerSaid | None, by: By = "voice") -> None:
        """Answer a side question, of what was `given` or handed over before; the open one is asked again after it."""
        run.notes.append(Understood("new topic", target, by))
        if given is not None:
            self._hand_over(run, target, given)
        if self._is_running(run, target):
            run.begin_again(target)
        else:
            run.turn_aside(target)
        self._walk(run)

    def _take_up_more(self, run: Run) -> None:
        flow, words = run.more
        if self.interpreter is not None:
            run.found = self.interpreter.interpret(words, language_hint=run.language)
        self._hand_over(run, flow, CallerSaid(words))
        super()._take_up_more(run)

    def _first_of_two(self, run: Run, step: object, given: CallerSaid) -> CallerSaid:
        """The caller's words as far as they are to be answered first; a second wish is kept for later."""
        is_free = isinstance(step, AskStep) and step.type.takes_anything
        if self._two_wishes is None or run.found is None or run.waiting != "question" or is_free:
            return given
        if not self.flow.stuck.topics or given.confidence < self.sure_confidence:
            return given
        split = self._two_wishes.split(given.text, run.found)
        if split is None or self.interpreter is None or self._tells_secret(run, given):
            return given
        first, second, flow = split
        run.more = (flow, second)
        run.found = self.interpreter.interpret(first, language_hint=run.language)
        return replace(given, text=first)

    def _is_running(self, run: Run, flow: str) -> bool:
        return any(position.flow == flow for position in run.stack)

    def _other_wish(self, run: Run, step: Question, given: CallerSaid) -> str:
        """The flow of a sentence that may hold an answer, but wants something else: "kal khule ho kya" is no answer.

        Where a number or a day is asked for, that is a wish that has a use of its own for the day, or that names
        another thing than the one talked about, which may be for the very flow that runs. Where a thing is asked for,
        it is a wish that is told in so many words: "geyser ki warranty".
        """
        intent, confidence = intent_in(run.found)
        target = self._flows_of_intents.get(intent, "") if confidence >= self.accept_from else ""
        if not (target and self.flow.stuck.topics and given.confidence >= self.lowest_confidence):
            return ""
        if not isinstance(step, AskStep) or not step.type.volunteers:
            return ""
        asks = list(questions_from(self.flow, target))
        is_running = self._is_running(run, target)
        if isinstance(step.type, ItemType):
            own = {ask.type.word for ask in self._later(run)}
            is_more = intent == "bulk order" and "quantity" in own  # a count, which is asked for here as well
            return "" if is_running or is_more or not self._says_wish(given.text, run, intent) else target
        alike = (ask for ask in asks if ask.type.word == step.type.word and ask.slot != step.slot)
        takes_it = any(self._value(run, ask, words_of(given.text)) for ask in alike)
        item, _ = value_in(run.found, ItemType.word)
        is_new = item in self._names and item not in {run.slots.get(slot) for slot in self._item_slots}
        takes_item = is_new and any(isinstance(ask.type, ItemType) for ask in asks)
        return target if takes_item or (takes_it and not is_running) else ""

    def _says_wish(self, text: str, run: Run, intent: str) -> bool:
        """Whether a sentence wants it without the things in it, too: a bare name is a wish, but none that is told."""
        if self.interpreter is None:
            return False
        for part in named_in(run.found):
            text = text.replace(part, " ", 1)
        wish, confidence = intent_in(self.interpreter.interpret(text, language_hint=run.language))
        return wish == intent and confidence >= self.accept_from

    def _hand_over(self, run: Run, target: str, given: CallerSaid) -> None:
        """What the sentence answers of a flow to come; free text it begins by asking for is the whole sentence."""
        first = self._first(target)
        if isinstance(first, AskStep) and isinstance(first.type, TextType):
            run.ahead[first.slot] = given.text[:MAX_TEXT]
        self._volunteer(run, questions_from(self.flow, target), words_of(given.text))

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
        return "" if self._is_running(run, target) else target

    def _ask_topic_back(self, run: Run, step: Question, target: str, given: CallerSaid) -> None:
        self._hand_over(run, target, given)
        run.waiting, run.pending, run.aside_to = "confirm", "", target
        self._ask_back(run, step)
