"""Every file in tests/calls/ is a whole phone call: what the caller does, and what must come of it."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.faulty import FaultyEar, FaultyModel, FaultyVoice
from support.phone_call import MORNING, ROOT, PhoneCall, Setting, place_call
from support.stored import stored_prompts

from callagent.clock import IST, ManualClock
from callagent.dialogue.loader import load_flow
from callagent.errors import ProviderUnavailableError
from callagent.events import AgentSaid, AnswerTaken, CommandsChosen, FactsLookedUp
from callagent.knowledge.shop import open_shop
from callagent.llm.scripted import ScriptedModel
from callagent.simulator.script import parse_script

CALLS = sorted((Path(__file__).parent / "calls").glob("*.yaml"))


def read_call(path: Path, cache: Path) -> tuple[Setting, Any, dict[str, Any]]:
    """What the call is made with, the caller's script, and what is expected."""
    text = path.read_text(encoding="utf-8")
    document = yaml.safe_load(text)
    as_written = yaml.load(text, yaml.BaseLoader)  # "yes" stays what the caller says  # noqa: S506
    steps = yaml.dump({"about": as_written["about"], "steps": as_written["steps"]})
    began = document.get("at")
    setting = Setting(cache, began=datetime.fromisoformat(began).replace(tzinfo=IST) if began else MORNING)
    replies, understands = document.get("model says"), document.get("model understands", {})
    if replies or understands:
        setting.model = ScriptedModel(
            ScriptedModel.Options(replies=tuple(replies or ["Yes."]), understands=understands)
        )
    break_stages(setting, document.get("broken", []))
    return setting, parse_script(steps, path.name), document["expect"]


def break_stages(setting: Setting, stages: list[str]) -> None:
    """Have all providers of some stages fail; the stored prompts are there, as in a server that is ready."""
    down = ProviderUnavailableError("nobody", "is down")
    if stages:
        facts = open_shop(setting.flow, clock=ManualClock(setting.began))
        setting.stored = stored_prompts(load_flow(setting.flow, ROOT / "prompts" / "electrical", facts))
    if "stt" in stages:
        setting.transcriber = FaultyEar("deaf", [down])
    if "llm" in stages:
        setting.model = FaultyModel("dumb", lambda _: [down])
    if "tts" in stages:
        setting.synthesizer = FaultyVoice("mute", lambda _: [down])


def outcome(call: PhoneCall, wanted: dict[str, Any]) -> dict[str, Any]:
    """What came of the call, in the words of the file and as far as the file asks."""
    heard = " ".join(event.heard for event in call.of(AgentSaid))
    known: dict[str, Any] = {
        "says": call.said,
        "takes": [f"{event.slot}: {event.value}" for event in call.of(AnswerTaken)],
        "hears": [text for text in wanted.get("hears", []) if text in heard],
        "does not hear": [text for text in wanted.get("does not hear", []) if text not in heard],
        "disposition": call.summary.disposition,
        "ended by": call.summary.ended_by,
        "barge-ins": [one.by for one in call.summary.barge_ins],
        "no matches": call.summary.no_matches,
        "no inputs": call.summary.no_inputs,
        "failures": list(call.summary.failures),
        "asks the model": [command for event in call.of(CommandsChosen) for command in event.commands],
        "looks up": [f"{event.source} by {event.by}" for event in call.of(FactsLookedUp)],
        "texts": call.texts,
        "hands over to": call.rung,
    }
    return {name: known[name] for name in wanted}


@pytest.mark.unmeasured
@pytest.mark.parametrize("path", CALLS, ids=lambda path: path.stem)
def test_call(path: Path, tmp_path: Path) -> None:
    """The call goes as its file says, and its caller got done what was planned."""
    setting, script, wanted = read_call(path, tmp_path)
    call = place_call(setting, script)

    assert call.report is not None
    assert call.report.problem == ""
    assert outcome(call, wanted) == wanted
    assert call.report.gaps == 0


def test_there_are_calls() -> None:
    """The folder is where this file thinks it is."""
    assert len(CALLS) >= 8
