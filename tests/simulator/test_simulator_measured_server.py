"""The servers that are measured: real processes, on this machine."""

from importlib import resources
from pathlib import Path

import pytest
import yaml

from callagent.clock import ManualClock
from callagent.dialogue.actions import CallBegan, CallerSaid, Converse, Say
from callagent.edition import Edition
from callagent.errors import CallagentError, ConfigurationError
from callagent.settings.settings import Settings
from callagent.simulator import measured_server
from callagent.simulator.bench_caller import BenchCaller
from callagent.simulator.bench_talk import GREETING
from callagent.simulator.measured_server import TALK_OPTIONS, check_stock_bot, our_server, stock_bot
from callagent.simulator.twilio import TwilioCarrier
from callagent.tts.espeak import EspeakSynthesizer
from callagent.tts.synthesizer import Speech
from callagent.workshop.shops import Folders

SHOPS = Path(str(resources.files("callagent.simulator") / "bench_shop"))


async def spoken(text: str) -> bytes:
    """The sentence as a caller says it: a voice detector knows speech from tones."""
    voice = EspeakSynthesizer(EspeakSynthesizer.Options())
    pcm = b"".join([chunk.pcm async for chunk in voice.synthesize(Speech(text, "en", "en-us+f3"))])
    await voice.aclose()
    return pcm


@pytest.mark.slow
async def test_the_stock_bot_is_interrupted_and_answers() -> None:
    """A call in real time, as short as can be: greeting, a barge-in, and the answer to it."""
    caller = BenchCaller([await spoken("Do you have sixteen amp sockets in stock?")], patience_s=60.0)
    async with TwilioCarrier() as carrier, stock_bot("timeout") as server:
        call = await carrier.call(server.destination)
        outcome = await caller.ask_once(call)
        await call.hang_up()

    assert outcome.silences == 0
    assert outcome.greeting_ms is not None
    assert len(outcome.report.barge_in_ms) == 1
    # The stubs take 450 ms, and a turn ends after 0.8 s of silence.
    assert outcome.report.response_ms[-1] > 1250
    assert call.record.complaints == []


def test_an_installed_package_has_no_stock_bot(tmp_path: Path) -> None:
    """It says where to run instead."""
    with pytest.raises(ConfigurationError, match="checkout of the repository"):
        check_stock_bot(tmp_path / "pipecat_bot.py")


def test_what_the_stock_bot_stands_on_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """With how to install it."""
    monkeypatch.setattr(measured_server, "find_spec", lambda name: None if name == "fastapi" else object())

    with pytest.raises(ConfigurationError, match=r"needs fastapi, .*uv sync --group bench"):
        check_stock_bot()


async def test_a_server_that_does_not_start_is_told_with_its_own_words() -> None:
    """Here it finds no such shop."""
    async with TwilioCarrier() as carrier:
        with pytest.raises(CallagentError, match=r"(?s)did not start:.*nowhere"):
            await our_server(carrier, "nowhere").__aenter__()


def test_both_sides_greet_with_the_same_words() -> None:
    """Otherwise callers would come to speak at other times."""
    lines = yaml.safe_load((SHOPS / "prompts" / "talk" / "en.yaml").read_text(encoding="utf-8"))["lines"]

    assert lines["hello"] == GREETING


def test_the_model_answers_every_turn() -> None:
    """The greeting, and then nothing but the model: each answer costs on both sides what a model costs."""
    folders = Folders("talk", SHOPS / "flows" / "talk", SHOPS / "prompts" / "talk")
    dialogue = Edition.read(folders, Settings(llm=("scripted",)), ManualClock()).dialogue
    now = ManualClock().wall()
    decision = dialogue.begin(CallBegan(now, "", 0))
    decisions = [decision]
    for line in TALK_OPTIONS["stt.scripted"]["lines"][:6]:
        decision = dialogue.advance(decision.state, CallerSaid(line), now)
        decisions.append(decision)

    kinds = [[type(action) for action in one.actions if isinstance(action, (Say, Converse))] for one in decisions]
    assert kinds == [[Say], *([[Converse]] * 6)]
