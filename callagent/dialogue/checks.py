"""What is wrong with files that are each well formed: names that do not meet, words that clash, ways without end."""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations, pairwise

from callagent.content.findings import FileFindings
from callagent.dialogue.actions import MANNERS, Kind
from callagent.dialogue.condition import Comparison
from callagent.dialogue.flow import (
    CANNOT_SAY,
    CONFIRM_LINE,
    LEAVE_MESSAGE,
    SUGGEST_LINE,
    TAKEN_UP,
    WAITING_LINE,
    WHICH_LINE,
    AskStep,
    ConsentStep,
    Flow,
    Jump,
    LookupStep,
    MenuStep,
    Step,
    TalkStep,
    TransferStep,
)
from callagent.dialogue.flow_file import FlowFile
from callagent.dialogue.hearing import CORRECTION, HOLIDAYS, PLACES, hearing_at
from callagent.dialogue.loops import deaf_loops
from callagent.dialogue.paths import check_paths
from callagent.dialogue.privacy import TOLD_NUMBER
from callagent.dialogue.prompts import PromptsFile
from callagent.dialogue.sounds import sound_alike
from callagent.dialogue.spoken import LANGUAGES
from callagent.dialogue.standing import NAMES as STANDING
from callagent.dialogue.understanding import spoken_form
from callagent.dialogue.whispering import WISH
from callagent.dialogue.wordings import check_wordings

CONSTANTS = ("shop", "phone", "hours")
"""Placeholders that the flow file itself fills."""

BUILT_IN = ("language", "caller number")
"""Slots that the call fills."""

REMEMBERED = ("caller's last call", "caller's last step", "caller's last topic", "caller's name", "caller's orders")
"""Placeholders that are known of some callers; a line of which nothing is known is not said."""

CALL_FACTS = ("caller", *REMEMBERED)
"""What a `when` may ask besides."""


@dataclass(frozen=True, slots=True)
class Checker:
    """All the checks of one flow; what they find goes to the files' findings."""

    flow: Flow
    file: FlowFile
    prompts: Mapping[str, PromptsFile]
    """By language."""
    now: datetime | None = None
    """Wall time of the shop; None when nothing is to be found expired."""

    def check(self) -> None:
        """Look at everything."""
        self._targets()
        self._slots()
        self._guessing()
        self._conditions()
        for language, prompts in self.prompts.items():
            self._lines(language, prompts)
            self._words(prompts)
            self._places(prompts)
            self._hearings(language)
        self._dead_steps()
        self._sounds()
        self._expired()
        used = {line.value for part in self.file.parts for line in part.references.lines}
        asked_back = zip((CONFIRM_LINE, SUGGEST_LINE, WHICH_LINE), self._asked_back(), strict=True)
        if self.flow.start_outbound:
            used.add(LEAVE_MESSAGE)
        used |= {CANNOT_SAY, TAKEN_UP, WAITING_LINE, *STANDING, *(line for line, needed in asked_back if needed)}
        filled = {language: prompts.lines for language, prompts in self.flow.prompts.items()}
        check_wordings(self.prompts, used, self._chosen(), filled)
        check_paths(self.flow, lambda name: self.file.homes.get(name, (self.file.findings, 0)))
        for flow, step in deaf_loops(self.flow):
            what = "From here the flow runs in a circle and never listens."
            self.file.at(flow).add(step.line, what, "Ask something on the way, or end the call.")

    def _targets(self) -> None:
        for part in self.file.parts:
            for target in part.references.targets:
                if target.value not in self.flow.flows:
                    part.findings.unknown(target.line, target.value, "a flow", self.flow.flows)
            for person in part.references.people:
                if person.value not in self.flow.people:
                    part.findings.unknown(person.line, person.value, "one of the people", self.flow.people)

    def _slots(self) -> None:
        slots = self.file.references.slots
        for part in self.file.parts:
            for argument in part.references.arguments:
                if argument.value not in slots and argument.value not in BUILT_IN:
                    kind = "something that is asked or looked up"
                    part.findings.unknown(argument.line, argument.value, kind, (*slots, *BUILT_IN))
        for flow, step in self._steps():
            findings = self.file.at(flow)
            if isinstance(step.action, AskStep) and step.action.private and step.action.remember:
                what = f"A private answer is kept by nobody, so it cannot be remembered as '{step.action.remember}'."
                findings.add(step.line, what, "Take out 'remember as' or 'private'.")
            name = step.action.slot if isinstance(step.action, AskStep | MenuStep) else ""
            if (
                name in (*CONSTANTS, *CALL_FACTS, "caller number", "answer", "options")
                or name in self._halves
                or (name == "language" and isinstance(step.action, AskStep))
            ):
                findings.add(step.line, f"'{name}' has a meaning of its own.", "Choose another name.")
            if name == "language" and isinstance(step.action, MenuStep):
                for choice in step.action.choices:
                    if choice.name not in self.flow.languages:
                        findings.unknown(step.line, choice.name, "a language here", self.flow.languages)

    def _guessing(self) -> None:
        """In a talk whoever knows somebody's telephone number must not hear what that somebody has ordered."""
        for flow, step in self._steps():
            for name in step.action.knows if isinstance(step.action, TalkStep) else ():
                if name in self.flow.sources and tuple(self.flow.sources[name].needs) == (TOLD_NUMBER,):
                    what = f"In this talk '{name}' tells anybody of whoever's telephone number they say."
                    remedy = "Let it need a second thing as well, such as 'order number', or take it out."
                    self.file.at(flow).add(step.line, what, remedy)

    def _conditions(self) -> None:
        for part in self.file.parts:
            for condition, line in part.references.conditions:
                for comparison in (comparison for every in condition.alternatives for comparison in every):
                    self._comparison(comparison, line, part.findings)

    @property
    def _halves(self) -> Mapping[str, tuple[str, ...]]:
        return {one.name: tuple(name for name, _ in one.parts) for one in self.flow.experiments}

    def _steps(self) -> Iterable[tuple[str, Step]]:
        """Every step, with its flow's name."""
        return ((name, step) for name, steps in self.flow.flows.items() for step in steps)

    def _comparison(self, comparison: Comparison, line: int, findings: FileFindings) -> None:
        slots = self.file.references.slots
        values: Iterable[str] = ()
        if comparison.subject == "shop":
            values = ("open", "closed")
            if self.flow.hours is None:
                findings.add(line, "Nobody says when the shop is open.", "Add 'hours:' at the top.")
        elif comparison.subject == "language":
            values = self.flow.languages
        elif comparison.subject == "caller":
            values = ("new", "known")
        elif comparison.subject in self._halves:
            values = self._halves[comparison.subject]
        elif comparison.subject in slots:
            values = slots[comparison.subject].values
        elif comparison.subject not in (*BUILT_IN, *CALL_FACTS):
            kind = "something that is asked or looked up"
            known = ("shop", *slots, *BUILT_IN, *self._halves)
            findings.unknown(line, comparison.subject, kind, known)
        if values and comparison.value not in values:
            findings.unknown(line, comparison.value, f"a value of '{comparison.subject}'", values)

    def _lines(self, language: str, prompts: PromptsFile) -> None:
        asked = (
            step.action.kind for steps in self.flow.flows.values() for step in steps if isinstance(step.action, AskStep)
        )
        if language not in LANGUAGES:
            remedy = f"Known: {', '.join(LANGUAGES)}."
            self.file.findings.warn(0, f"Numbers cannot be said in '{language}' yet.", remedy)
        self._spoken(prompts)
        self._standing(language, prompts)
        self._asking_back(prompts)
        if Kind.YES_NO in asked or any(self._asked_back()):
            for name in ("yes", "no"):
                if not prompts.words.get(name, ((), 0))[0]:
                    prompts.findings.add(
                        0, f"Nobody says how callers say {name}.", f"Add '{name}: [...]' under 'words'."
                    )

    def _spoken(self, prompts: PromptsFile) -> None:
        for part in self.file.parts:
            used, where = part.references, prompts.findings.file
            for line in used.lines:
                if prompts.lines and line.value not in prompts.lines:
                    part.findings.unknown(line.line, line.value, f"a line of {where}", prompts.lines)
            for talk in used.talks:
                if talk.value not in prompts.talk:
                    part.findings.unknown(talk.line, talk.value, f"under 'talk' in {where}", prompts.talk)
            for text in used.texts:
                if text.value not in prompts.texts:
                    part.findings.unknown(text.line, text.value, f"under 'texts' in {where}", prompts.texts)

    def _standing(self, language: str, prompts: PromptsFile) -> None:
        """Lines for when nothing works: their audio is made before any call."""
        for name in STANDING:
            if name in prompts.lines and not self.flow.prompts[language].lines[name].wordings["text"].fixed:
                what = f"'{name}' holds a value, and must be there when nothing can be looked up or spoken."
                prompts.findings.add(prompts.lines[name][1], what, "Word it without {...}.")

    def _asked_back(self) -> tuple[bool, bool, bool]:
        """Whether answers are read back, offered, or chosen among several."""
        steps = [step.action for _, step in self._steps()]
        asks = [step for step in steps if isinstance(step, AskStep)]
        confirms = self.flow.stuck.confirm_unsure or self.flow.stuck.corrections
        return (
            confirms or any(ask.confirm in ("always", "when unsure") for ask in asks),
            any(ask.suggest for ask in asks),
            any(isinstance(step, LookupStep) and step.several for step in steps),
        )

    def _asking_back(self, prompts: PromptsFile) -> None:
        """The lines that belong to no step."""
        talks = any(isinstance(step.action, TalkStep) for _, step in self._steps())
        if talks and prompts.lines and CANNOT_SAY not in prompts.lines:
            what = f"The line '{CANNOT_SAY}' is missing, which is said in place of what the model must not say."
            prompts.findings.add(0, what, f"Add '{CANNOT_SAY}: ...' under 'lines'.")
        names = (CONFIRM_LINE, SUGGEST_LINE, WHICH_LINE)
        values = ("answer", "answer", "options")
        for name, value, used in zip(names, values, self._asked_back(), strict=True):
            if not used or not prompts.lines:
                continue
            if name not in prompts.lines:
                what = f"The line '{name}' is missing, which the flow needs."
                prompts.findings.add(0, what, f"Add '{name}: ...' with {{{value}}} under 'lines'.")
            elif value not in prompts.lines[name][0].wordings["text"].names:
                at = prompts.lines[name][1]
                prompts.findings.add(at, f"'{name}' does not say {{{value}}}.", f"Put {{{value}}} into it.")

    def _words(self, prompts: PromptsFile) -> None:
        known = {*self.file.references.said, "yes", "no", "fillers", CORRECTION, HOLIDAYS, *PLACES, *MANNERS}
        for name, (_, line) in prompts.words.items():
            if name not in known:
                prompts.findings.unknown(line, name, "a choice, a command or a flow to open", known)

    def _chosen(self) -> tuple[str, ...]:
        """The choices and commands that callers say; how they say yes and no is asked for elsewhere."""
        steps = (step.action for _, step in self._steps())
        choices = (choice.name for step in steps if isinstance(step, MenuStep | AskStep) for choice in step.choices)
        commands = (command.name for command in self.flow.commands)
        return tuple(name for name in dict.fromkeys((*choices, *commands)) if name not in ("yes", "no"))

    def _places(self, prompts: PromptsFile) -> None:
        slots = self.file.references.slots
        constants = {*self.file.constants, *(("hours",) if self.flow.hours is not None else ())}
        transfers = (step.action for _, step in self._steps() if isinstance(step.action, TransferStep))
        whispers = {transfer.whisper for transfer in transfers}
        spoken = _spoken_values(prompts, whispers)
        for at, names in (*spoken, *((at, text.names) for text, at in prompts.texts.values())):
            for name in dict.fromkeys(names):
                if name in slots and slots[name].private:
                    what = f"'{{{name}}}' is private, so it must not be said."
                    prompts.findings.add(at, what, "Take it out, or take 'private: yes' from the question.")
                elif name in CONSTANTS and name not in constants:
                    prompts.findings.add(at, f"The flow file gives no '{name}'.", f"Add '{name}: ...' at its top.")
                elif name and name not in {*slots, *constants, *BUILT_IN, *REMEMBERED}:
                    prompts.findings.unknown(at, f"{{{name}}}", "a value anybody sets", _braced((*slots, *constants)))

    def _hearings(self, language: str) -> None:
        for flow, step in self._steps():
            if not isinstance(step.action, AskStep | MenuStep | TalkStep | ConsentStep):
                continue
            findings = self.file.at(flow)
            hearing = hearing_at(self.flow, step.action, language)
            for clash in hearing.vocabulary.clashes:
                what = f"'{clash.phrase}' ({language}) means both '{clash.first.name}' and '{clash.second.name}' here."
                findings.add(step.line, what, "Keep it for one of them.")
            for key, first, second in hearing.lost_keys:
                what = f"Key {key} means both '{first.name}' and '{second.name}' here."
                findings.add(step.line, what, "Keep it for one of them.")

    def _sounds(self) -> None:
        """Words for two choices of one question that a telephone makes the same."""
        for flow, step in self._steps():
            choices = step.action.choices if isinstance(step.action, MenuStep | AskStep) else ()
            for language, prompts in self.flow.prompts.items():
                said = [(choice.name, phrase) for choice in choices for phrase in prompts.ways_to_say(choice.name)]
                for (one, first), (other, second) in combinations(said, 2):
                    if one != other and spoken_form(first) != spoken_form(second) and sound_alike(first, second):
                        what = f"'{first}' and '{second}' ({language}) sound alike, and mean '{one}' and '{other}'."
                        self.file.at(flow).warn(step.line, what, "Find another word for one of them.")

    def _expired(self) -> None:
        if self.now is None:
            return
        for override, line in self.file.overrides:
            if override.until <= self.now.replace(tzinfo=None):
                self.file.findings.warn(line, f"This override ended {override.until:%Y-%m-%d %H:%M}.", "Take it out.")
        for experiment, line in self.file.experiments:
            if experiment.until is not None and experiment.until < self.now.date():
                what = f"The experiment '{experiment.name}' ended {experiment.until}."
                self.file.findings.warn(line, what, "Keep the better half, and take the experiment out.")

    def _dead_steps(self) -> None:
        for flow, steps in self.flow.flows.items():
            for before, step in pairwise(steps):
                if isinstance(before.action, Jump) and before.action.how != "do" and before.when is None:
                    what = f"Nothing comes here: the step before is '{before.action.how}'."
                    self.file.at(flow).add(step.line, what, "Move it up, or give the step before a 'when'.")


def _spoken_values(prompts: PromptsFile, whispers: Container[str]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Line and values of every wording.

    {answer} and {options} are known where an answer is asked back, {caller's wish} where a person is told of the call.
    """
    for name, (line, at) in prompts.lines.items():
        for variant, template in line.wordings.items():
            asks_back = name in (CONFIRM_LINE, SUGGEST_LINE, WHICH_LINE) or variant in ("confirm", "suggest")
            known = ("answer", "options") if asks_back else (WISH,) if name in whispers else ()
            yield at, tuple(one for one in template.names if one not in known)


def _braced(names: Iterable[str]) -> list[str]:
    return [f"{{{name}}}" for name in names]
