"""A whole call at the shop that is shipped, from a telephone to `callagent serve`: by voice, with nothing scripted."""

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from shutil import copytree
from typing import TypeVar

import numpy as np
import pytest
from stt.speech import human_digits, in_chunks, on_the_line
from support.caller_voice import chunks
from support.environment import environment
from support.human_voice import needs_human
from support.peers.baresip import baresip
from support.peers.ports import HOST, free_ports
from support.peers.program import needs, program
from support.phone_call import ROOT

from callagent.events import (
    AgentSaid,
    AgentStarted,
    AgentStopped,
    AnswerTaken,
    BargedIn,
    Event,
    TranscriptReceived,
)
from callagent.media.audio import CHUNK_BYTES, CHUNK_SAMPLES, samples
from callagent.recording.events_file import read_events
from callagent.stt.pocketsphinx import PocketsphinxTranscriber
from callagent.stt.transcriber import Hints

pytestmark = [needs("baresip"), needs_human, pytest.mark.slow, pytest.mark.unmeasured, pytest.mark.timeout(240)]

E = TypeVar("E", bound=Event)

ORDER = "30186"
"""A number of the test's own, so that no change of the shop's orders changes what is spoken."""
QUESTION = "please say or key in your order number"
ANSWER = "order three zero one eight six is ready to be collected shall i text you these details"
GOODBYE = "goodbye"
OTHERS = (
    "namaste and welcome to sharma electricals",
    "which product would you like the price of",
    "order three zero one nine six is ready to be collected shall i text you these details",
    "order three one zero eight six is ready to be collected shall i text you these details",
    "i cannot find an order with the number three zero one eight six for the telephone that you are calling from",
)
"""What was not said there, but sounds like it."""
PAUSE_S = 0.3
"""Between two sentences that are recognized by themselves."""


class Journal:
    """The events of the one call there is, as the server writes them."""

    def __init__(self, recordings: Path) -> None:
        self._recordings = recordings

    def events(self) -> Sequence[Event]:
        """All so far."""
        files = list(self._recordings.glob("*/events.jsonl"))
        return tuple(read_events(files[0].read_bytes().splitlines(keepends=True), str(files[0]))) if files else ()

    async def tells(self, kind: type[E], **details: object) -> E:
        """The first event of that kind with such details, once there is one."""
        try:
            async with asyncio.timeout(40):
                while True:
                    for event in self.events():
                        if isinstance(event, kind) and details.items() <= asdict(event).items():
                            return event
                    # Another process writes them: nobody here is told of it.
                    await asyncio.sleep(0.05)
        except TimeoutError:
            pytest.fail(f"no {kind.__name__} {details} within 40 s; there were {self.events()[-12:]}")


async def test_a_whole_call_by_voice(tmp_path: Path) -> None:
    """A caller says an order number, hears of that order, asks for the hours, and interrupts the answer with goodbye.

    Every word is understood; and what the telephone recorded is given to a recogniser, which finds the words that the
    caller was to hear.
    """
    texts = ("order status", "opening hours", "goodbye")
    order_status, opening_hours, goodbye = [b"".join(await chunks(text)) for text in texts]
    flows = tmp_path / "flows"
    copytree(ROOT / "flows", flows)
    with (flows / "electrical" / "orders.csv").open("a", encoding="utf-8") as orders:
        orders.write(f"{ORDER},98000 00001,ready to be collected,,1 ceiling fan,1849.00\n")
    port, media = free_ports(), free_ports(20)
    configured = environment(
        tmp_path,
        CALLAGENT_STT="pocketsphinx",
        CALLAGENT_TTS="espeak",
        CALLAGENT_OPTIONS="{}",
        CALLAGENT_FLOWS=str(flows),
        CALLAGENT_PORT="0",
        CALLAGENT_BUSY_MS="0",  # however slow this machine is just now
        CALLAGENT_SIP=f"udp:{HOST}:{port}",
        CALLAGENT_SIP_PORTS=f"{media}-{media + 19}",
    )
    async with program(sys.executable, "-m", "callagent", "serve", cwd=ROOT, env=configured) as server:
        await server.says('"ready"', 90)
        journal = Journal(tmp_path / "recordings")
        async with baresip(tmp_path, "+919800000001") as caller:
            await caller.dial(f"sip:100@{HOST}:{port}")
            await journal.tells(AgentStopped, turn=0)
            await caller.speak(order_status)
            await journal.tells(AgentSaid, line="order number")
            await caller.speak(human_digits([int(digit) for digit in ORDER]))
            await journal.tells(AgentSaid, line="text_order")
            await caller.speak(opening_hours)
            asked = await journal.tells(TranscriptReceived, text="opening hours")
            await journal.tells(AgentStarted, turn=asked.turn)
            await caller.speak(goodbye)
            await caller.closed()
            heard = caller.heard()
        ended = json.loads((await server.says(r'\{[^\n]*"call ended"[^\n]*\}')).group())
    events = journal.events()

    assert (ended["disposition"], ended["ended_by"]) == ("goodbye", "agent")
    assert answers(events) == ["order status", ORDER, "opening hours", "goodbye"]
    assert any(isinstance(event, BargedIn) for event in events)
    words = await recognized(heard, tmp_path)
    # The greeting may be recognized as well, where a pause parts it from what the hour of day adds.
    assert words[-3:] == [QUESTION, ANSWER, GOODBYE]


def answers(events: Sequence[Event]) -> list[str]:
    """What the dialogue took for answers."""
    return [event.value for event in events if isinstance(event, AnswerTaken)]


def stretches(pcm: bytes) -> list[bytes]:
    """What there is to be heard, cut at its pauses, each with a little silence around it."""
    pieces = np.frombuffer(pcm[: len(pcm) // CHUNK_BYTES * CHUNK_BYTES], "<i2").reshape(-1, CHUNK_SAMPLES)
    loud = np.flatnonzero(np.abs(pieces.astype(int)).max(axis=1) > 200)
    parts = np.split(loud, np.flatnonzero(np.diff(loud) * CHUNK_SAMPLES > samples(PAUSE_S)) + 1)
    return [on_the_line(pieces[part[0] : part[-1] + 1].tobytes()) for part in parts]


async def recognized(heard: bytes, cache: Path) -> list[str]:
    """What a recogniser that can choose among all these sentences is sure of, in the order in which it was heard."""
    transcriber = PocketsphinxTranscriber(
        PocketsphinxTranscriber.Options(accept=0.6, timeout_s=60.0, cache_dir=cache, workers=1)
    )
    hints = Hints("en", (QUESTION, ANSWER, GOODBYE, *OTHERS))
    texts = []
    for stretch in stretches(heard):
        texts += [one.text async for one in transcriber.transcribe(in_chunks(stretch), hints) if one.final]
    await transcriber.aclose()
    return [text for text in texts if text]
