"""What holds for a while or for some: overrides, experiments; and flows in several files."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from callagent.clock import IST
from callagent.dialogue.actions import CallBegan, CallerSaid, HangUp, Say
from callagent.dialogue.engine import Engine
from callagent.dialogue.flow import Flow

if TYPE_CHECKING:
    from dialogue.conftest import Desk

DIWALI = """\
overrides:
  - {shop is: closed, from: 2026-11-20 10:00, until: 2026-11-20 12:00}
  - {say: festive, instead of: hello, until: 2026-11-20 12:00}
"""
STEPS = "  main:\n    - {when: shop is open, say: hello}\n    - {when: shop is closed, say: sorry}\n    - end: bye\n"
LINES = "  festive: Happy Diwali.\n  sorry: We are closed.\n"


def heard(flow: Flow, now: datetime, caller: str = "", seed: int = 0) -> list[str]:
    """What a caller hears at once."""
    decision = Engine(flow).begin(CallBegan(now, caller, seed))
    assert isinstance(decision.actions[-1], HangUp)
    return [action.line for action in decision.actions if isinstance(action, Say)]


@pytest.mark.parametrize(
    ("day", "hour", "lines"),
    [
        (20, 9, ["sorry", "bye"]),
        (20, 10, ["sorry", "bye"]),
        (20, 11, ["sorry", "bye"]),
        (20, 12, ["hello", "bye"]),
        (19, 11, ["festive", "bye"]),
        (22, 11, ["sorry", "bye"]),
    ],
)
def test_overrides_expire(desk: "Desk", day: int, hour: int, lines: list[str]) -> None:
    """The shop is closed from a time until another, whatever its hours say, and a line is another until then."""
    flow = desk.load(flow=DIWALI + desk.FLOW + STEPS, prompts=LINES)

    assert heard(flow, datetime(2026, 11, day, hour, 0, tzinfo=IST)) == lines


def test_experiment_ends(desk: "Desk") -> None:
    """After its last day an experiment's first part is everybody's."""
    parts = "experiments:\n  greeting: {short: 1, long: 9, until: 2026-11-20}\n"
    steps = "  main:\n    - {when: greeting is long, say: hello}\n    - end: bye\n"
    flow = desk.load(flow=parts + desk.FLOW + steps)

    def longs(day: int) -> int:
        now = datetime(2026, 11, day, 11, 0, tzinfo=IST)
        return sum(heard(flow, now, seed=seed) == ["hello", "bye"] for seed in range(100))

    assert 75 < longs(20) < 100
    assert longs(21) == 0


def test_included_files(desk: "Desk") -> None:
    """Flows of several files are one name space, and all files count for the version."""
    (desk.folder / "shop").mkdir()
    more, most = desk.folder / "shop" / "more.yaml", desk.folder / "shop" / "most.yaml"
    more.write_text("include: most.yaml\nflows:\n  more:\n    - say: hello\n    - go to: most\n", encoding="utf-8")
    most.write_text("flows:\n  most:\n    - end: bye\n", encoding="utf-8")
    text = "include: [more.yaml]\n" + desk.FLOW + "  main:\n    - go to: more\n"

    flow = desk.load(flow=text)
    most.write_text("flows:\n  most:\n    - say: hello\n    - end: bye\n", encoding="utf-8")

    assert heard(flow, datetime(2026, 11, 20, 11, 0, tzinfo=IST)) == ["hello", "bye"]
    assert desk.load(flow=text).version != flow.version


def test_topics(desk: "Desk") -> None:
    """Side questions may be listed: a list of words, and the flow that answers."""
    text = "topics: {parking: parking}\n" + desk.FLOW.replace(
        "when stuck:\n", "when stuck:\n  new topic: answer and come back\n"
    )
    text += "  parking:\n    - say: hello\n  main:\n    - ask: sure\n      type: yes or no\n    - end: bye\n"
    engine = Engine(desk.load(flow=text))
    now = datetime(2026, 11, 20, 11, 0, tzinfo=IST)
    state = engine.begin(CallBegan(now)).state

    actions = engine.advance(state, CallerSaid("is there any parking"), now).actions

    assert [action.line for action in actions if isinstance(action, Say)] == ["hello", "sure"]


def test_a_number_said_with_the_answer_before_it(desk: "Desk") -> None:
    """A question that comes right after another is passed over when its answer was said with the first."""
    engine = Engine(
        desk.load(
            "- ask: product\n  type: catalogue item\n- ask: code\n  type: number 1 to 90\n- say: hello\n- end: bye"
        )
    )
    now = datetime(2026, 11, 20, 11, 0, tzinfo=IST)
    state = engine.begin(CallBegan(now)).state

    decision = engine.advance(state, CallerSaid("twelve ceiling fans please"), now)

    assert [action.line for action in decision.actions if isinstance(action, Say)] == ["hello", "bye"]
    assert dict(decision.state.slots)["code"] == "12"


def test_the_clock_of_the_shop(desk: "Desk") -> None:
    """The machine's time zone does not matter: hours, overrides and dates are those of the shop."""
    flow = desk.load(flow=DIWALI + desk.FLOW + STEPS, prompts=LINES)

    assert heard(flow, datetime(2026, 11, 20, 6, 29, tzinfo=UTC)) == ["sorry", "bye"]
    assert heard(flow, datetime(2026, 11, 20, 6, 30, tzinfo=UTC)) == ["hello", "bye"]
