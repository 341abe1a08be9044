"""Look-ups that take their time: what the caller hears meanwhile, and how soon; virtual time."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
from support.phone_call import PhoneCall, Setting, place_call
from support.stored import standing_prompts

from callagent.call.hold import Hold
from callagent.call.mouth import Utterance
from callagent.call.services import Limits
from callagent.call.stored import StoredPrompts
from callagent.clock import ManualClock
from callagent.events import AgentStarted, TurnEnded
from callagent.llm.scripted import ScriptedModel
from callagent.simulator.script import parse_script

PRICE = "- hear\n- say: price\n- hear\n- say: ceiling fan\n- silent: 9 seconds\n- hang up"
CHOOSE = "- hear\n- say: can you help me choose something\n- silent: 9 seconds\n- hang up"
TALK = 'I see. <catalogue {"product": "ceiling fan"}> It is a good one.'


def call(folder: Path, takes_s: float, steps: str = PRICE, reply: str = "") -> PhoneCall:
    """A call to a shop whose data takes so long to answer."""
    model = ScriptedModel(ScriptedModel.Options(replies=(reply,))) if reply else None
    setting = Setting(folder, model=model, stored=standing_prompts(), look_up_takes_s=takes_s)
    return place_call(setting, parse_script("steps:\n" + steps))


def lines(call: PhoneCall) -> list[str]:
    """What the agent said, whether or not the caller heard the end of it."""
    return [line.rstrip("…") for line in call.said]


def first_sound_s(call: PhoneCall) -> float:
    """From the end of the caller's last turn until something is heard."""
    ended_s = max(event.at_s for event in call.of(TurnEnded) if event.by == "voice")
    return float(min(event.at_s for event in call.of(AgentStarted) if event.at_s > ended_s) - ended_s)


def test_a_slow_look_up_is_covered(tmp_path: Path) -> None:
    """The caller is told 0.7 s after they were understood, instead of hearing nothing for two seconds."""
    slow = call(tmp_path, 2.0)

    assert lines(slow)[3:5] == ["looking_up", "price_in_stock"]
    assert first_sound_s(slow) == pytest.approx(0.7, abs=0.05)


def test_a_quick_look_up_is_not_spoken_of(tmp_path: Path) -> None:
    """Where the answer comes at once, nothing comes before it."""
    assert "looking_up" not in call(tmp_path, 0.3).said


def test_who_waits_for_long_is_told_once_what_for(tmp_path: Path) -> None:
    """After that only that it takes a moment."""
    assert lines(call(tmp_path, 6.0))[3:6] == ["looking_up", "one_moment", "price_in_stock"]


def test_the_greeting_is_not_looked_up(tmp_path: Path) -> None:
    """Before the first word, nobody has asked for anything: a slow data source makes no such remark."""
    assert call(tmp_path, 2.0, "- silent: 5 seconds\n- hang up").said[0] in ("welcome", "one_moment")


def test_a_models_look_up_is_covered_too(tmp_path: Path) -> None:
    """As the flow's own was before it: between what the model said when it asked, and what it says to the answer."""
    assert lines(call(tmp_path, 2.0, CHOOSE, TALK))[2:6] == ["looking_up", "", "looking_up", ""]


@dataclass
class Mouth:
    """As much of a mouth as a hold needs: it is silent, and notes what it is to say."""

    said: list[str] = field(default_factory=list)
    empty: bool = True
    silent_from_s: float = float("-inf")

    def add(self, utterance: Utterance, *_: object) -> None:
        """Note it."""
        self.said.append(utterance.line)

    def finish(self, utterance: Utterance) -> None:
        """Nothing more of it comes."""


@dataclass
class Desk:
    """As much of a call's services as a hold needs."""

    clock: ManualClock = field(default_factory=ManualClock)
    limits: Limits = field(default_factory=Limits)
    stored: StoredPrompts = field(default_factory=standing_prompts)


def test_several_quick_look_ups_are_one_slow_one() -> None:
    """What the caller waits for is the answer: the time runs from the first; and nothing is said of what is done."""
    mouth = Mouth()
    hold = Hold(cast("Any", Desk()), cast("Any", mouth))
    hold.begin(10.0, 10.0)
    hold.looking_up(10.0, begun=True)
    hold.looking_up(10.4, begun=False)
    hold.beat(10.75, 1, "hinglish")
    assert mouth.said == []

    hold.looking_up(10.76, begun=True)
    hold.beat(10.77, 1, "hinglish")
    assert mouth.said == ["looking_up"]


def test_a_look_up_for_an_earlier_turn_is_not_spoken_of() -> None:
    """The caller has gone on: what they wait for now began now."""
    mouth = Mouth()
    hold = Hold(cast("Any", Desk()), cast("Any", mouth))
    hold.begin(10.0, 10.0)
    hold.looking_up(10.0, begun=True)
    hold.begin(11.0, 11.0)
    hold.beat(11.9, 2, "en")

    assert mouth.said == []
