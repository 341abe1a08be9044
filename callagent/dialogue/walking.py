"""Walking through the steps of a flow, up to one that waits for somebody."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from callagent.dialogue.actions import (
    Action,
    Consent,
    Converse,
    Entered,
    Listen,
    LookUp,
    Record,
    Remember,
    SendText,
    Transfer,
    Understood,
)
from callagent.dialogue.facts import KnownSource
from callagent.dialogue.flow import (
    CANNOT_SAY,
    CONFIRM_LINE,
    SUGGEST_LINE,
    WHICH_LINE,
    AskStep,
    ConsentStep,
    Flow,
    Heard,
    Jump,
    LookupStep,
    MenuStep,
    Question,
    RecordStep,
    SayStep,
    SmsStep,
    TalkStep,
    TransferStep,
)
from callagent.dialogue.hearing import Hearing, choosing, confirming, hearing_at, topics
from callagent.dialogue.interpretation import Interpretation, Interpreter
from callagent.dialogue.interpreting import flows_of_intents, several_in
from callagent.dialogue.opening import OPENING_HOURS, opening_facts
from callagent.dialogue.privacy import privacy_of
from callagent.dialogue.run import Run
from callagent.dialogue.slots import ItemType
from callagent.dialogue.spoken import say_value
from callagent.dialogue.standing import CALL_LATER, KEYS_FOR_YES
from callagent.dialogue.understanding import ACCEPT_FROM, CONFIRM_FROM, INTENTS
from callagent.dialogue.way_out import can_be_keyed, way_to_a_person
from callagent.dialogue.whispering import whisper
from callagent.dialogue.wording import Variant

MAX_STEPS = 200
"""Between two turns of the caller; more is a flow that runs in a circle."""

OWN_ARGUMENTS = ("caller number",)
"""What a look-up needs that no model may choose: whose orders they are, the line tells."""
SHOP_FACTS = ("location", "faq")
"""The look-ups that `knows: [shop facts]` stands for."""
REMEMBERS = "callers are remembered"
"""Known of a call as "yes" where there is somebody who remembers callers, and a number to know this one by."""

MOST_TO_CHOOSE = 9
"""Items that the caller may choose among, each with a key."""
MOST_NAMED = 3
"""Of these so many are read out: more cannot be remembered by ear."""

LOWEST_CONFIDENCE = 0.3
SURE_CONFIDENCE = 0.6


class Walker:
    """Does the steps that need nobody, and asks for what the others wait for."""

    def __init__(
        self,
        flow: Flow,
        *,
        lowest_confidence: float = LOWEST_CONFIDENCE,
        sure_confidence: float = SURE_CONFIDENCE,
        has_model: bool = True,
        model_reads: bool = False,
        interpreter: Interpreter | None = None,
        accept_from: float = ACCEPT_FROM,
        confirm_from: float = CONFIRM_FROM,
    ) -> None:
        """Words recognized with less than `lowest_confidence` (0 to 1) count as not understood.

        With less than `sure_confidence` an answer is read back, where the flow says so.

        Without a language model (`has_model`) `talk` steps are passed over and `anything else` leads nowhere: the
        ladder asks again instead of a silence where the model should speak. With `model_reads` the model is asked
        (`AskModel`) what a caller meant wherever the rules are unsure. An `interpreter` understands whole sentences:
        what it is as sure of as `accept_from` is done, and from `confirm_from` on it is asked back, where the flow
        says so.
        """
        self.flow = flow
        self.has_model = has_model
        self.model_reads = model_reads
        self.lowest_confidence = lowest_confidence
        self.sure_confidence = sure_confidence
        self.interpreter = interpreter
        self.accept_from = accept_from
        self.confirm_from = confirm_from
        self._flows_of_intents = flows_of_intents(flow)
        self._kept = flow.kept
        self._privacy = privacy_of(flow)
        self._asks_which = flow.asks_which
        self._way_out = way_to_a_person(flow)
        steps = (step.action for steps in flow.flows.values() for step in steps)
        self._hearings = {
            (step, language): hearing_at(flow, step, language)
            for step in steps
            if isinstance(step, MenuStep | AskStep | TalkStep | ConsentStep)
            for language in flow.languages
        }
        self._topics = {language: topics(flow, language) for language in flow.languages}
        self._own_topics = {language: topics(flow, language, leave_out=INTENTS) for language in flow.languages}
        self._items = {item.name: item for item in flow.items}
        self._names = {item.name: item.names() for item in flow.items}
        self._item_slots = {
            step.slot for step, _ in self._hearings if isinstance(step, AskStep) and isinstance(step.type, ItemType)
        }
        asks = (step for step, _ in self._hearings if isinstance(step, AskStep))
        self._private = tuple(dict.fromkeys(ask for ask in asks if ask.private))
        self._confirming = {
            place: confirming(flow, hearing)
            for place, hearing in self._hearings.items()
            if isinstance(place[0], MenuStep | AskStep)
        }

    def listens(self, language: str) -> tuple[Listen, ...]:
        """What callers will be asked in a language, in the order of the flow, each once."""
        return tuple(dict.fromkeys(hearing.listen for place, hearing in self._hearings.items() if place[1] == language))

    def _hearing(self, run: Run, step: Heard) -> Hearing:
        return self._hearings[step, run.language]

    # --- what is waited for ------------------------------------------------------------------------------------------

    def _wait_again(self, run: Run) -> None:
        """The same wait once more: what came was not what is waited for."""
        step = run.here()
        if run.waiting == "end" or step is None:
            run.end(run.disposition)
        else:
            run.wait(run.waiting, self._awaited(run, step.action))

    def _awaited(self, run: Run, step: Any) -> Action:
        if run.waiting == "which":
            return self._choosing(run).listen
        if isinstance(step, LookupStep):
            arguments = {name: run.slots.get(name, "") for name in step.arguments}
            return LookUp(step.source, arguments, (*step.gives, *step.translated))
        if isinstance(step, TransferStep):
            people = tuple(self.flow.people[name] for name in step.people)
            return Transfer(people, whisper(run, step.whisper) if step.whisper else "")
        if isinstance(step, RecordStep):
            return Record(step.line, step.limit_s, tuple(self.flow.people[name] for name in step.send_to))
        if run.waiting in ("confirm", "suggest"):
            return self._confirming[step, run.language].listen
        return self._hearing(run, step).listen

    def _choosing(self, run: Run) -> Hearing:
        return choosing(self.flow, run.candidates, run.language)

    # --- walking: each method does a step, and tells whether somebody has to be waited for ---------------------------

    def _walk(self, run: Run) -> None:
        while True:
            run.counts["steps"] += 1
            if run.counts["steps"] > MAX_STEPS:
                run.end("loop")
                return
            step = run.here()
            if run.more[0] and run.is_finished() and run.stack[-1].step == 0:
                self._take_up_more(run)
            elif step is None:
                if run.flow_done(self._kept) and run.more[0]:
                    self._take_up_more(run)
            elif step.when is not None and not step.when.holds(run.facts()):
                run.go_on()
            else:
                position = run.stack[-1]
                run.notes.append(Entered(position.flow, position.step + 1, step.action.word))
                if self._DO[type(step.action)](self, run, step.action):
                    return

    def _take_up_more(self, run: Run) -> None:
        """Go to what the caller wanted besides."""
        flow, _ = run.more
        run.more = ("", "")
        run.notes.append(Understood("new topic", flow, "voice"))
        run.turn_aside(flow)

    def _say(self, run: Run, step: SayStep) -> bool:
        run.speak(step.line)
        run.go_on()
        return False

    def _menu(self, run: Run, step: MenuStep) -> bool:
        self._forget_answer(run, step)
        return self._ask_aloud(run, step)

    def _ask(self, run: Run, step: AskStep) -> bool:
        given = run.ahead.pop(step.slot, None)
        several = self._meant_by(run, given) if given is not None and isinstance(step.type, ItemType) else ()
        if several:
            self._forget_answer(run, step)
            return self._ask_which(run, several)
        if given is not None and (step.confirm != "always" or step.private):
            self._fill(run, step, given)
            return False
        self._forget_answer(run, step)
        if given is not None:
            return self._read_back(run, step, given)
        if step.only_told:
            run.go_on()
            return False
        if step.suggest and (offered := run.facts().get(step.suggest)):
            run.waiting, run.pending, run.aside_to = "suggest", offered, ""
            return self._ask_back(run, step)
        return self._ask_aloud(run, step)

    def _ask_aloud(self, run: Run, step: Question) -> bool:
        if run.unheard and not can_be_keyed(step):
            return self._go_round(run)
        run.speak(step.line, run.asking)
        return self._listen(run, step)

    def _go_round(self, run: Run) -> bool:
        """Nobody can hear the answer: on to a person or a message, or to the end where the flow has neither."""
        if self._way_out and not run.gone_round:
            run.gone_round = True
            run.ahead.clear()
            run.enter(self._way_out, come_back=False)
            return False
        run.speak(CALL_LATER, mood="calm")
        run.end("out of order")
        return True

    def _forget_answer(self, run: Run, step: Question) -> None:
        if step.slot != "language":  # a language is always spoken
            run.slots.pop(step.slot, None)
        run.counts["silences"] = run.counts["misses"] = 0

    def _listen(self, run: Run, step: Question) -> bool:
        run.wait("question", self._hearing(run, step).listen)
        return True

    def _read_back(self, run: Run, step: Question, value: str) -> bool:
        """Ask whether that was the answer."""
        run.waiting, run.pending, run.aside_to = "confirm", value, ""
        return self._ask_back(run, step)

    def _ask_back(self, run: Run, step: Question, variant: Variant = "text") -> bool:
        spoken = self._answer_in_words(run, step)
        own: Variant = "confirm" if run.waiting == "confirm" else "suggest"
        written = not run.aside_to and own in self.flow.prompts[run.language].lines[step.line].wordings
        line = step.line if written else CONFIRM_LINE if own == "confirm" else SUGGEST_LINE
        run.speak(line, own if written else variant, extra={"answer": spoken})
        if run.unheard:
            run.speak(KEYS_FOR_YES)
        run.wait(run.waiting, self._confirming[step, run.language].listen)
        return True

    def _answer_in_words(self, run: Run, step: Question) -> str:
        """The answer in question as it is said, with the thing that it is about."""
        things = [run.said_as(value) for slot, value in run.ahead.items() if slot in self._item_slots]
        about = things if run.aside_to or isinstance(step, MenuStep) else []
        return ", ".join((self._answer_alone(run, step), *about))

    def _answer_alone(self, run: Run, step: Question) -> str:
        if run.aside_to:
            topic = next((name for name, flow in self.flow.topics.items() if flow == run.aside_to), run.aside_to)
            return self._name_in_words(run, topic)
        if isinstance(step, AskStep) and not step.type.known_words:
            shown, today = step.type.shown(run.pending), run.now.date()
            return say_value(shown, step.type.form, run.language, today=today, relative=False)
        if isinstance(step, AskStep) and run.pending in self._items:
            return run.said_as(run.pending)
        return self._name_in_words(run, run.pending)

    def _name_in_words(self, run: Run, name: str) -> str:
        known = self.flow.prompts[run.language].words.get(name, ())
        foreign = run.language == "hi" and name.isascii()  # names of choices are the flow's, not the caller's
        return known[0] if known and (foreign or name in ("yes", "no")) else name

    def _fill(self, run: Run, step: AskStep, value: str) -> None:
        """Keep an answer and go on behind its question."""
        run.slots[step.slot] = value
        run.private = run.private or step.private
        run.remember_answer(step.slot, value)
        if step.remember:
            run.slots[step.remember] = value
            run.actions.append(Remember(step.remember, value))
        run.go_on()

    def _consent(self, run: Run, step: ConsentStep) -> bool:
        in_vain = step.name == "remembering" and run.known.get(REMEMBERS) != "yes"
        if step.name in run.slots or in_vain:  # nobody is asked twice, nor promised what is not done
            run.go_on()
            return False
        run.speak(step.name, mood="calm")
        run.wait("consent", self._hearing(run, step).listen)
        return True

    def _settle_consent(self, run: Run, step: ConsentStep, *, allowed: bool) -> None:
        run.slots[step.name] = "yes" if allowed else "no"
        run.actions.append(Consent(step.name, allowed))
        run.go_on()

    def _lookup(self, run: Run, step: LookupStep) -> bool:
        for name in (*step.gives, *step.translated):
            if name not in step.arguments:
                run.slots.pop(name, None)
        if step.source == OPENING_HOURS:
            found = opening_facts(self.flow, run.slots.get("day", ""), run.now, run.slots.get("holiday", ""))
            run.slots.update({name: found[name] for name in step.gives})
            run.go_on()
            return False
        needed = (name for name in step.arguments if name not in step.optional)
        if not all(run.slots.get(name) for name in needed):  # such as a withheld number
            run.fall_back(step.not_found)
            return False
        run.waiting = "look-up"
        run.wait("look-up", self._awaited(run, step))
        return True

    def _several(self, found: Interpretation | None) -> tuple[str, tuple[str, ...]]:
        """What the caller called a thing that may be several, and which; nothing where the flow never asks which."""
        called, names = several_in(found) if self._asks_which else ("", ())
        known = tuple(name for name in names if name in self._names)
        return (called, known) if len(known) > 1 else ("", ())

    def _meant_by(self, run: Run, called: str) -> tuple[str, ...]:
        """The items that something may be which was said before its question came; none when it is clear."""
        if self.interpreter is None or called in self._names:
            return ()
        return self._several(self.interpreter.interpret(called, language_hint=run.language))[1]

    def _ask_which(self, run: Run, names: Sequence[str] = ()) -> bool:
        """Ask which of several is meant; of those that may be chosen the likeliest are named. None: the same again."""
        run.candidates = tuple(names)[:MOST_TO_CHOOSE] or run.candidates
        run.waiting = "which"
        run.speak(WHICH_LINE, extra={"options": ", ".join(map(run.said_as, run.candidates[:MOST_NAMED]))})
        run.wait("which", self._choosing(run).listen)
        return True

    def _talk(self, run: Run, step: TalkStep) -> bool:
        if not self.has_model or run.unheard:
            return self._pass_over(run)
        self._taken_after_all(run)
        run.counts["turns"] = 0
        return self._converse(run, step)

    def _pass_over(self, run: Run) -> bool:
        """There is nobody to talk with."""
        run.go_on()
        return False

    def _taken_after_all(self, run: Run) -> None:
        """Something came of words that fitted nothing at a menu."""
        step = run.step_at(run.missed_at[-1]) if run.missed_at else None
        if step is not None and isinstance(step.action, MenuStep):
            run.notes.append(Understood(step.action.line, "anything else", "voice"))
        run.missed_at = ()

    def _converse(self, run: Run, step: TalkStep) -> bool:
        run.counts["turns"] += 1
        instructions = self.flow.prompts[run.language].talk[step.name]
        if step.never:
            instructions = f"{instructions.rstrip()}\nNever: {'; '.join(step.never)}."
        pace, gain_db = run.pace
        run.actions.append(
            Converse(
                instructions,
                run.wording(CANNOT_SAY, mood="calm"),
                self._known_to(run, step),
                {name: run.slots[name] for name in OWN_ARGUMENTS if name in run.slots},
                step.may_open,
                step.never,
                step.at_most - run.counts["turns"] + 1,
                pace=pace,
                gain_db=gain_db,
                larger=step.larger,
            )
        )
        run.wait("talk", self._hearing(run, step).listen)
        return True

    def _known_to(self, run: Run, step: TalkStep) -> dict[str, KnownSource]:
        """The look-ups that a talk may use; none that needs the caller's number where that is withheld."""
        names = [own for name in step.knows for own in (SHOP_FACTS if name == "shop facts" else (name,))]
        sources = {name: self.flow.sources[name] for name in names if name in self.flow.sources}
        withheld = {name for name in OWN_ARGUMENTS if not run.slots.get(name)}
        return {name: source for name, source in sources.items() if not withheld & set(source.needs)}

    def _record(self, run: Run, step: RecordStep) -> bool:
        run.speak(step.line, mood="calm")
        run.wait("record", self._awaited(run, step))
        return True

    def _sms(self, run: Run, step: SmsStep) -> bool:
        if step.to != "caller" or run.slots.get("caller number"):
            template = self.flow.prompts[run.language].texts[step.text]
            values = {**run.known, **run.slots}
            text = template.written({name: run.in_words(name, value) for name, value in values.items()})
            if text:
                run.actions.append(SendText(step.text, text, step.to))
        run.go_on()
        return False

    def _transfer(self, run: Run, step: TransferStep) -> bool:
        run.wait("transfer", self._awaited(run, step))
        return True

    def _jump(self, run: Run, step: Jump) -> bool:
        run.go_on()
        return self._leave(run, step)

    def _leave(self, run: Run, jump: Jump) -> bool:
        if jump.how == "end":
            run.speak(jump.target, mood="casual")
            run.end(jump.target)
            return True
        run.enter(jump.target, come_back=jump.how == "do")
        return False

    def _leave_and_walk(self, run: Run, jump: Jump) -> None:
        if not self._leave(run, jump):
            self._walk(run)

    _DO: ClassVar[Mapping[type, Callable[[Any, Run, Any], bool]]] = {
        SayStep: _say,
        MenuStep: _menu,
        AskStep: _ask,
        ConsentStep: _consent,
        LookupStep: _lookup,
        TalkStep: _talk,
        RecordStep: _record,
        SmsStep: _sms,
        TransferStep: _transfer,
        Jump: _jump,
    }
