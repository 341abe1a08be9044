"""A caller who calls twice: what they agree to be known by is known, in a database on disk."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest
from call.test_call_memory import SECRET, Memory
from support.phone_call import CALLER, MORNING, PhoneCall, Setting, place_call
from support.tea_shop import TeaShop

from callagent.call.callers import Acquaintance, Reception
from callagent.events import ActionDropped, AgentSaid, CallerRecalled, ConsentGiven
from callagent.flow_dialogue import FlowDialogue
from callagent.knowledge.shop import open_shop
from callagent.simulator.script import parse_script
from callagent.store.callers import SqlCallerMemory

FLOW = """\
shop: Tea Shop
languages: [en]
when stuck:
  silence: [ask again, end bye]
  not understood: [ask again, end bye]
start: hello
when finished: farewell
flows:
  hello:
    - {when: caller is known, say: back}
    - {when: caller is new, do: introduction}
  introduction:
    - consent: remembering
    - ask: what name
      type: name
      remember as: name
    - ask: shoe size
      type: digits 2
      remember as: shoe
  farewell:
    - end: bye
"""
PROMPTS = """\
lines:
  back: Welcome back, {caller's name}.
  remembering: We will know you when you call again, unless you say no.
  what name: What is your name?
  shoe size: And your shoe size?
  bye: Goodbye.
words:
  "no": [no thanks]
"""
AGREES = "- hear\n- say: yes\n- hear\n- say: Asha\n- hear\n- press: '38'\n- wait for hang up"
REFUSES = "- hear\n- say: no thanks\n- hear\n- say: Asha\n- hear\n- press: '38'\n- wait for hang up"
LISTENS = "- wait for hang up"

Result = TypeVar("Result")


class OnDisk(Memory):
    """The database, asked from a thread: virtual time stands still meanwhile."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.url = f"sqlite+aiosqlite:///{folder / 'callers.db'}"

    async def recall(self, key: str, now: Any) -> Acquaintance | None:
        """What is known."""
        return await self._ask(lambda memory: memory.recall(key, now))

    async def remember(self, key: str, values: Acquaintance, **given: Any) -> bool:
        """Keep it."""
        return await self._ask(lambda memory: memory.remember(key, values, **given))

    async def _ask(self, question: Callable[[SqlCallerMemory], Awaitable[Result]]) -> Result:
        async def answer() -> Result:
            memory = SqlCallerMemory(self.url)
            await memory.open(MORNING)
            try:
                return await question(memory)
            finally:
                await memory.aclose()

        return await asyncio.to_thread(lambda: asyncio.run(answer()))


def call(folder: Path, memory: Memory, steps: str) -> PhoneCall:
    """A call of the same caller."""
    shop = TeaShop(folder)
    shop.write(flow=FLOW, prompts=PROMPTS)
    folders = shop.folders
    dialogue = FlowDialogue(folders.flow, folders.prompts, open_shop(folders.flow))
    setting = Setting(folder, flow=folders.flow, dialogue=dialogue, reception=Reception(memory, SECRET))
    return place_call(setting, parse_script("steps:\n" + steps))


@pytest.mark.parametrize(("first", "said"), [(AGREES, "Welcome back, asha."), (REFUSES, "")])
def test_who_agreed_is_known_in_the_next_call(tmp_path: Path, first: str, said: str) -> None:
    """By name; who did not is new again. What is nothing that may be kept is told, and not kept."""
    memory = OnDisk(tmp_path)
    before = call(tmp_path, memory, first)
    after = call(tmp_path, memory, LISTENS if said else REFUSES)
    agreed = bool(said)

    assert [event.allowed for event in before.of(ConsentGiven)] == [agreed]
    assert [(event.action, event.name) for event in before.of(ActionDropped)] == [("Remember", "shoe")]
    assert [event.known for event in after.of(CallerRecalled)] == [agreed]
    assert ([event.text for event in after.of(AgentSaid) if event.line == "back"] or [""]) == [said]
    assert CALLER.caller.encode() not in b"".join(file.read_bytes() for file in tmp_path.glob("callers.db*"))


def test_a_known_caller_stays_known(tmp_path: Path) -> None:
    """A call in which nobody asks keeps what was known, and how it ended."""
    memory = OnDisk(tmp_path)
    call(tmp_path, memory, AGREES)
    call(tmp_path, memory, LISTENS)
    third = call(tmp_path, memory, LISTENS)

    assert next(event.text for event in third.of(AgentSaid)) == "Welcome back, asha."
