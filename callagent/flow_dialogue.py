"""A shop's flow as calls use it: the dialogue engine over the files that staff keep."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from callagent.clock import IST
from callagent.content.english_numbers import ordinal
from callagent.dialogue.actions import CallBegan, Decision, Input, Listen, SoFar
from callagent.dialogue.engine import Engine, State
from callagent.dialogue.loader import load_flow
from callagent.dialogue.shop_words import ShopInterpreter
from callagent.dialogue.so_far import so_far
from callagent.dialogue.understanding import ACCEPT_FROM, CONFIRM_FROM, spoken_form
from callagent.errors import ConfigurationError
from callagent.knowledge.shop import Shop
from callagent.settings.origins import origin_of


class FlowDialogue:
    """The dialogue engine over one version of a shop's flow; `timezone` counts where the flow names none.

    `language` is what a call begins in, empty for the flow's first. Raises ContentError, and ConfigurationError for a
    language that the flow lacks.
    """

    def __init__(
        self,
        flow_folder: Path,
        prompts_folder: Path,
        shop: Shop,
        *,
        has_model: bool = False,
        timezone: ZoneInfo = IST,
        language: str = "",
        accept_from: float = ACCEPT_FROM,
        confirm_from: float = CONFIRM_FROM,
    ) -> None:
        """A sentence is acted on when it is understood as surely as `accept_from` (0 to 1).

        From `confirm_from` on it is asked back. Raises ContentError for mistakes in the files.
        """
        self.flow = load_flow(flow_folder, prompts_folder, shop, timezone)
        if language and language not in self.flow.languages:
            known = ", ".join(self.flow.languages)
            raise ConfigurationError(
                f"{origin_of('language')}: the flow '{self.flow.name}' does not speak '{language}'. It speaks {known}; "
                "choose one of them, or add the language to its flow.yaml and write its prompts."
            )
        self._interpreter = ShopInterpreter(self.flow)
        self._engine = Engine(
            self.flow,
            has_model=has_model,
            model_reads=has_model,
            interpreter=self._interpreter,
            accept_from=accept_from,
            confirm_from=confirm_from,
        )
        self.name = self.flow.name
        self.version = self.flow.version
        self.language = language or self.flow.languages[0]
        self.people = self.flow.people

    def prepare(self) -> None:
        """Learn what the shop sells and how numbers are said, a second of work; else all callers wait for the first."""
        self._interpreter.prepare()
        ordinal(21)

    def phrases(self, name: str) -> tuple[str, ...]:
        """What the prompts of all languages have under a name, as callers say it."""
        return tuple(
            dict.fromkeys(
                spoken_form(phrase) for prompts in self.flow.prompts.values() for phrase in prompts.words.get(name, ())
            )
        )

    def so_far(self, text: str, listen: Listen | None) -> SoFar:
        """Read what was recognized in a turn that may not be over, as an answer to what is asked, if anything is."""
        return so_far(text, listen)

    def begin(self, began: CallBegan) -> Decision[State]:
        """What to say first."""
        return self._engine.begin(replace(began, known={"language": self.language, **began.known}))

    def advance(self, state: State, given: Input, now: datetime) -> Decision[State]:
        """What to do about an input."""
        return self._engine.advance(state, given, now)

    def text(self, line: str) -> str:
        """A line without values, in the language that calls begin in."""
        return self.flow.prompts[self.language].lines[line].wordings["text"].fill({}, self.language)

    def listens(self) -> tuple[Listen, ...]:
        """All that callers will be asked, in the language that calls begin in."""
        return self._engine.listens(self.language)

    def unfinished(self, state: State) -> Mapping[str, Any] | None:
        """The state as JSON data, to be taken up should the caller call again; None when there is nothing to.

        Without the words that were said last, which may spell the caller's number out: the question is asked anew.
        """
        return replace(state, said=(), pending="").as_record() if self._engine.can_resume(state) else None

    def snapshot(self, state: State) -> Mapping[str, Any]:
        """The whole state as JSON data, with every word and answer in it."""
        return state.as_record()

    def resume(self, state: Mapping[str, Any], began: CallBegan) -> Decision[State] | None:
        """Go on where the call was that `unfinished` kept; None when that cannot be done."""
        try:
            return self._engine.resume(State.from_record(state), began)
        except (KeyError, TypeError, ValueError):  # not a state of this program
            return None
