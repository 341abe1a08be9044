"""What is wrong with files that are each well formed: names that do not meet, words that clash, ways without end."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from callagent.dialogue.actions import Kind
from callagent.dialogue.condition import Comparison
from callagent.dialogue.flow import AskStep, Flow, Jump, MenuStep, TalkStep
from callagent.dialogue.flow_file import FlowFile
from callagent.dialogue.hearing import hearing_at
from callagent.dialogue.loops import deaf_loops
from callagent.dialogue.prompts import PromptsFile
from callagent.dialogue.speech import SPEAKERS
from callagent.dialogue.wording import VARIANTS

CONSTANTS = ("shop", "phone", "hours")
"""Placeholders that the flow file itself fills."""

BUILT_IN = ("language", "caller number")
"""Slots that the call fills."""


@dataclass(frozen=True, slots=True)
class Checker:
    """All the checks of one flow; what they find goes to the files' findings."""

    flow: Flow
    file: FlowFile
    prompts: Mapping[str, PromptsFile]
    """By language."""

    def check(self) -> None:
        """Look at everything."""
        self._targets()
        self._slots()
        self._conditions()
        for language, prompts in self.prompts.items():
            self._lines(language, prompts)
            self._words(prompts)
            self._places(prompts)
            self._hearings(language)
        self._dead_steps()
        for step in deaf_loops(self.flow):
            what = "From here the flow runs in a circle and never listens."
            self.file.findings.add(step.line, what, "Ask something on the way, or end the call.")

    def _targets(self) -> None:
        for target in self.file.references.targets:
            if target.value not in self.flow.flows:
                self.file.findings.unknown(target.line, target.value, "a flow", self.flow.flows)

    def _slots(self) -> None:
        slots = self.file.references.slots
        for argument in self.file.references.arguments:
            if argument.value not in slots and argument.value not in BUILT_IN:
                kind = "something that is asked or looked up"
                self.file.findings.unknown(argument.line, argument.value, kind, (*slots, *BUILT_IN))
        for step in (step for steps in self.flow.flows.values() for step in steps):
            name = step.action.slot if isinstance(step.action, AskStep | MenuStep) else ""
            if (
                name in CONSTANTS
                or name == "caller number"
                or (name == "language" and isinstance(step.action, AskStep))
            ):
                self.file.findings.add(step.line, f"'{name}' has a meaning of its own.", "Choose another name.")
            if name == "language" and isinstance(step.action, MenuStep):
                for choice in step.action.choices:
                    if choice.name not in self.flow.languages:
                        self.file.findings.unknown(step.line, choice.name, "a language here", self.flow.languages)

    def _conditions(self) -> None:
        for condition, line in self.file.references.conditions:
            for comparison in (comparison for every in condition.alternatives for comparison in every):
                self._comparison(comparison, line)

    def _comparison(self, comparison: Comparison, line: int) -> None:
        slots = self.file.references.slots
        values: Iterable[str] = ()
        if comparison.subject == "shop":
            values = ("open", "closed")
            if self.flow.hours is None:
                self.file.findings.add(line, "Nobody says when the shop is open.", "Add 'hours:' at the top.")
        elif comparison.subject == "language":
            values = self.flow.languages
        elif comparison.subject in slots:
            values = slots[comparison.subject].values
        elif comparison.subject not in BUILT_IN:
            kind = "something that is asked or looked up"
            self.file.findings.unknown(line, comparison.subject, kind, ("shop", *slots, *BUILT_IN))
        if values and comparison.value not in values:
            self.file.findings.unknown(line, comparison.value, f"a value of '{comparison.subject}'", values)

    def _lines(self, language: str, prompts: PromptsFile) -> None:
        asked = (
            step.action.kind for steps in self.flow.flows.values() for step in steps if isinstance(step.action, AskStep)
        )
        if language not in SPEAKERS:
            remedy = f"Known: {', '.join(SPEAKERS)}."
            self.file.findings.add(0, f"Numbers cannot be said in '{language}' yet.", remedy)
        for line in self.file.references.lines:
            if prompts.lines and line.value not in prompts.lines:
                kind = f"a line of {prompts.findings.file}"
                self.file.findings.unknown(line.line, line.value, kind, prompts.lines)
        for talk in self.file.references.talks:
            if talk.value not in prompts.talk:
                self.file.findings.unknown(
                    talk.line, talk.value, f"under 'talk' in {prompts.findings.file}", prompts.talk
                )
        if Kind.YES_NO in asked:
            for name in ("yes", "no"):
                if not prompts.words.get(name, ((), 0))[0]:
                    prompts.findings.add(
                        0, f"Nobody says how callers say {name}.", f"Add '{name}: [...]' under 'words'."
                    )

    def _words(self, prompts: PromptsFile) -> None:
        known = {*self.file.references.said, "yes", "no", "fillers"}
        for name, (_, line) in prompts.words.items():
            if name not in known:
                prompts.findings.unknown(line, name, "a choice, a command or a flow to open", known)

    def _places(self, prompts: PromptsFile) -> None:
        slots = self.file.references.slots
        constants = {*self.file.constants, *(("hours",) if self.flow.hours is not None else ())}
        for line, at in prompts.lines.values():
            for name in dict.fromkeys(name for variant in VARIANTS for name in line.wordings[variant].names):
                if name in slots and slots[name].private:
                    what = f"'{{{name}}}' is private, so it must not be said."
                    prompts.findings.add(at, what, "Take it out, or take 'private: yes' from the question.")
                elif name in CONSTANTS and name not in constants:
                    prompts.findings.add(at, f"The flow file gives no '{name}'.", f"Add '{name}: ...' at its top.")
                elif name and name not in slots and name not in constants and name not in BUILT_IN:
                    prompts.findings.unknown(at, f"{{{name}}}", "a value anybody sets", _braced((*slots, *constants)))

    def _hearings(self, language: str) -> None:
        for step in (step for steps in self.flow.flows.values() for step in steps):
            if not isinstance(step.action, AskStep | MenuStep | TalkStep):
                continue
            hearing = hearing_at(self.flow, step.action, language)
            for clash in hearing.vocabulary.clashes:
                what = f"'{clash.phrase}' ({language}) means both '{clash.first.name}' and '{clash.second.name}' here."
                self.file.findings.add(step.line, what, "Keep it for one of them.")
            for key, first, second in hearing.lost_keys:
                what = f"Key {key} means both '{first.name}' and '{second.name}' here."
                self.file.findings.add(step.line, what, "Keep it for one of them.")

    def _dead_steps(self) -> None:
        for steps in self.flow.flows.values():
            for before, step in pairwise(steps):
                if isinstance(before.action, Jump) and before.action.how != "do" and before.when is None:
                    what = f"Nothing comes here: the step before is '{before.action.how}'."
                    self.file.findings.add(step.line, what, "Move it up, or give the step before a 'when'.")


def _braced(names: Iterable[str]) -> list[str]:
    return [f"{{{name}}}" for name in names]
