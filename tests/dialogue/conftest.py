"""A small shop to write flows for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent, indent
from typing import ClassVar

import pytest

from callagent.dialogue.flow import Flow
from callagent.dialogue.loader import load_flow
from callagent.errors import ContentError, Problem

FLOW = """\
shop: Test Shop
languages: [en]
hours: {Mon-Sat: 10:00 to 20:30, Sun: closed, holidays: [2026-11-24]}
phone: 011 4555 0123
anytime:
  repeat: {press: "*", do: say again}
  operator: {press: 0, go to: operator}
when stuck:
  silence: [ask again, ask with keypad, end bye]
  not understood: [ask again, ask with example, go to operator]
  in one call: 5
start: main
when finished: main
flows:
  operator:
    - end: bye
"""

PROMPTS = """\
lines:
  bye: Goodbye.
  hello: Hello there.
  pick: {text: Tea or coffee?, again: Once more. Tea or coffee?, example: Just say tea., keypad: Press one or two.}
  code: What is the code?
  product: Which product?
  sure: Are you sure?
words:
  operator: [a person]
  "yes": [yes, yes please]
  "no": [no, nope]
  fillers: [please, i want]
"""


@dataclass(frozen=True)
class AnItem:
    """A product."""

    name: str
    aliases: tuple[str, ...] = ()
    aliases_in: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    more: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ASource:
    """Something to look up."""

    needs: tuple[str, ...]
    gives: tuple[str, ...]
    takes: tuple[str, ...] = ()


@dataclass(frozen=True)
class SomeFacts:
    """A shop's data, as far as a flow's checks go."""

    catalogue: tuple[AnItem, ...] = (AnItem("ceiling fan", ("fan",)), AnItem("sixteen amp socket", ("socket",)))
    sources: Mapping[str, ASource] = field(
        default_factory=lambda: {"catalogue": ASource(("product",), ("price", "stock"))}
    )
    absent: Mapping[str, str] = field(default_factory=dict)

    def items(self) -> tuple[AnItem, ...]:
        """All products."""
        return self.catalogue


@dataclass(frozen=True)
class Desk:
    """Where flows are written and loaded."""

    folder: Path

    FLOW: ClassVar[str] = FLOW
    """The small flow without its flow "main"."""
    MAIN_LINE: ClassVar[int] = FLOW.count("\n") + 2
    """Line of the first step of "main" in the flow file."""

    def facts(self) -> SomeFacts:
        """What the small shop knows."""
        return SomeFacts()

    def load(
        self, steps: str = "- end: bye", *, flow: str = "", prompts: str = "", facts: SomeFacts | None = None
    ) -> Flow:
        """Load the small flow with `steps` as its flow "main"; `prompts` is put below the lines, or replaces all."""
        text = flow or FLOW + "  main:\n" + indent(dedent(steps).strip(), "    ") + "\n"
        spoken = prompts if prompts.startswith("lines:") else PROMPTS.replace("words:\n", f"{prompts}words:\n")
        shop, said = self.folder / "shop", self.folder / "prompts"
        shop.mkdir(exist_ok=True)
        said.mkdir(exist_ok=True)
        (shop / "flow.yaml").write_text(text, encoding="utf-8")
        (said / "en.yaml").write_text(spoken, encoding="utf-8")
        return load_flow(shop, said, facts or SomeFacts())

    def problems(
        self, steps: str = "- end: bye", *, flow: str = "", prompts: str = "", facts: SomeFacts | None = None
    ) -> tuple[Problem, ...]:
        """The mistakes that loading finds."""
        with pytest.raises(ContentError) as caught:
            self.load(steps, flow=flow, prompts=prompts, facts=facts)
        return caught.value.problems


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A desk in an empty folder, from which the program was started."""
    monkeypatch.chdir(tmp_path)
    return Desk(tmp_path)
