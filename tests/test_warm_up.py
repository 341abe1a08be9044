"""What a server has ready for the time when nothing works."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from support.faulty import FaultyVoice
from support.phone_call import MORNING, Setting, make_services
from support.stored import SECOND
from support.tea_shop import TeaShop

from callagent.call.heartbeat import Heartbeat
from callagent.clock import ManualClock
from callagent.dialogue.standing import NAMES
from callagent.errors import ProviderUnavailableError
from callagent.flow_dialogue import FlowDialogue
from callagent.knowledge.shop import open_shop
from callagent.stt.scripted import ScriptedTranscriber
from callagent.warm_up import WarmUp

RESERVE = FaultyVoice("reserve", lambda _: [SECOND])


@pytest.fixture
async def warm(tmp_path: Path) -> AsyncGenerator[tuple[WarmUp, Setting, FlowDialogue], None]:
    """A server's warm-up whose only voice is down."""
    tea = TeaShop(tmp_path)
    tea.write()
    clock = ManualClock(MORNING)
    flow = FlowDialogue(tea.folders.flow, tea.folders.prompts, open_shop(tea.folders.flow, clock=clock))
    down = ProviderUnavailableError("mute", "is down")
    setting = Setting(
        tmp_path / "cache", flow=tea.folders.flow, dialogue=flow, synthesizer=FaultyVoice("mute", lambda _: [down])
    )
    transcriber = ScriptedTranscriber(ScriptedTranscriber.Options())
    services = make_services(setting, transcriber, clock, Heartbeat(clock))
    warm_up = WarmUp(services, flow, lambda: None, RESERVE)
    yield warm_up, setting, flow
    await warm_up.stop()
    await services.synthesizer.aclose()


async def test_a_server_that_is_ready_can_apologize(warm: tuple[WarmUp, Setting, FlowDialogue]) -> None:
    """The few prompts without which a call would be silent are there before the first call, whoever made them."""
    warm_up, setting, _ = warm
    warm_up.start()
    await warm_up.ready()

    assert all(setting.stored.find("en", name) for name in NAMES)


async def test_all_fixed_prompts_are_stored_in_the_background(warm: tuple[WarmUp, Setting, FlowDialogue]) -> None:
    """Also those that the shop's own voice could not say."""
    warm_up, setting, flow = warm
    warm_up.start()
    await warm_up.ready()
    wordings = flow.flow.fixed_wordings("en")
    [rendering] = [task for task in asyncio.all_tasks() if task.get_name() == "prompts"]
    await rendering
    found = [setting.stored.nearest("en", line, text) for line, text in wordings]

    assert [(one.line, one.text) for one in found if one] == list(wordings)
