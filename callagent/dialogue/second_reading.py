"""The second reading of a turn: what the language model made of words of which the rules were not sure."""

from callagent.dialogue.actions import CallerSaid, ModelUnderstood, Understood
from callagent.dialogue.commands import ModelCommand
from callagent.dialogue.confirming import Confirmer
from callagent.dialogue.flow import AskStep, LookupStep, Question, TalkStep
from callagent.dialogue.run import Run
from callagent.dialogue.slots import YesNoType
from callagent.dialogue.understanding import Meaning, words_of


class SecondReader(Confirmer):
    """Deals with the model's commands; where they lead nowhere, the rules decide alone."""

    def understood(self, run: Run, step: Question, given: ModelUnderstood) -> None:
        """Do what the model made of the words: of fills, those to come first; then the one thing that leads on."""
        leading: ModelCommand | None = None
        for command in given.commands:
            if command.kind == "fill" and command.name != step.slot:
                self._fill_ahead(run, command, given.said)
            elif leading is None:
                leading = command
        if leading is None or not self._led(run, step, leading, given.said):
            self.said(run, step, given.said, alone=True)

    def confirmation_understood(self, run: Run, step: Question, given: ModelUnderstood) -> None:
        """What the words mean where an answer is read back."""
        command = given.commands[0] if given.commands else ModelCommand("cannot tell")
        match command:
            case ModelCommand("choose", "yes"):
                self._accept(run, step, run.pending, "model", [])
            case ModelCommand("choose", "no"):
                self._refused(run, step)
            case ModelCommand("fill") if (value := self._model_value(run, step, command)) and value != run.pending:
                self._replace(run, step, value, unsure=True)
            case ModelCommand("choose" | "fill" | "correct"):
                self.confirmed(run, step, given.said, alone=True)
            case _ if not self._led(run, step, command, given.said):
                self.confirmed(run, step, given.said, alone=True)

    def choice_understood(self, run: Run, step: AskStep | LookupStep, given: ModelUnderstood) -> None:
        """Which of several items the words mean."""
        command = given.commands[0] if given.commands else ModelCommand("cannot tell")
        name = "" if command.kind not in ("cancel", "repeat") else self._command_for(command.kind)
        if command.kind == "choose" and command.name in run.candidates:
            self._chosen(run, step, Meaning("answer", command.name), "model")
        elif name:
            self._command(run, name, "model")
        else:
            self.which(run, step, given.said, alone=True)

    def talk_understood(self, run: Run, step: TalkStep, given: ModelUnderstood) -> None:
        """Open the flow that the model, in a talk, wants to open."""
        opened = next((one.name for one in given.commands if one.kind == "open flow" and one.name in step.may_open), "")
        if opened:
            run.notes.append(Understood(step.name, opened, "model"))
            self._open(run, opened, given.said.text)
        else:
            self._wait_again(run)

    def _open(self, run: Run, flow: str, text: str) -> None:
        """Leave the talk for a flow; what was said may answer its questions."""
        run.enter(flow, come_back=False)
        self._volunteer(run, self._later(run), words_of(text))
        self._walk(run)

    def _led(self, run: Run, step: Question, command: ModelCommand, said: CallerSaid) -> bool:
        """Do the command; False when the flow has no such thing here."""
        match command.kind:
            case "choose" | "fill":
                return self._answered(run, step, command, said)
            case "correct":
                return self._replaced(run, command)
            case "open flow":
                return self._went_aside(run, command.name, said)
            case "cancel" | "repeat":
                name = self._command_for(command.kind)
                if name:
                    self._command(run, name, "model")
                return bool(name)
            case _:
                return False

    def _answered(self, run: Run, step: Question, command: ModelCommand, said: CallerSaid) -> bool:
        value = self._model_value(run, step, command)
        if not value:
            return False
        # What the caller did not say in so many words is asked back, where the flow asks back what is unsure.
        literal = command.kind == "choose" or _in_words_of(said, command.value)
        unsure = isinstance(step, AskStep) and not isinstance(step.type, YesNoType) and not literal
        self._take(run, step, Meaning("answer", value), "model", unsure=unsure, words=words_of(said.text))
        return True

    def _fill_ahead(self, run: Run, command: ModelCommand, said: CallerSaid) -> None:
        """Keep an answer to a later question, which is then not asked: so it counts only if the caller said just it."""
        ask = next((ask for ask in self._later(run) if ask.slot == command.name), None)
        if ask is None or ask.private or not _in_words_of(said, command.value):
            return
        if value := self._value(run, ask, words_of(command.value)):
            run.ahead[ask.slot] = value
            run.notes.append(Understood(ask.slot, value, "model"))

    def _replaced(self, run: Run, command: ModelCommand) -> bool:
        """Whether an earlier answer could be taken back for another; which is always read back."""
        for number in reversed(range(len(run.answered))):
            answered = run.answered[number]
            earlier = run.step_at(answered.stack[-1])
            if answered.slot == command.name and earlier and isinstance(earlier.action, AskStep):
                value = self._value(run, earlier.action, words_of(command.value)) or ""
                if value and not earlier.action.private:
                    self._change(run, number, earlier.action, value, "model")
                    return True
        return False

    def _went_aside(self, run: Run, flow: str, said: CallerSaid) -> bool:
        if flow not in self.flow.topics.values() or any(position.flow == flow for position in run.stack):
            return False
        self._turn_aside(run, flow, said, "model")
        return True

    def _model_value(self, run: Run, step: Question, command: ModelCommand) -> str:
        if command.kind == "choose":
            return command.name if any(choice.name == command.name for choice in step.choices) else ""
        if isinstance(step, AskStep) and command.name == step.slot:
            return self._value(run, step, words_of(command.value)) or ""
        return ""

    def _command_for(self, kind: str) -> str:
        known = (
            one.name
            for one in self.flow.commands
            if one.name == kind or (kind == "repeat" and one.built_in == "say again")
        )
        return next(known, "")


def _in_words_of(said: CallerSaid, value: str) -> bool:
    """Whether a value stands in the caller's words as it is."""
    words, part = words_of(said.text), words_of(value)
    return any(words[at : at + len(part)] == part for at in range(len(words) - len(part) + 1))
