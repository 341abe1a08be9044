"""The question of satisfaction needs nothing but a few lines of a flow."""

from pathlib import Path

import pytest
from support.tea_shop import FLOW, PROMPTS, TeaShop

ASKS = """\
  satisfied:
    - ask: satisfaction
      type: number 1 to 5
      confirm: never
    - say: thanks
    - end: bye
"""
FLOW_THAT_ASKS = (
    FLOW.replace("goodbye: {press: 9, end: bye}", "goodbye: {press: 9, go to: satisfied}").replace(
        "silence: [ask again, end bye]", "silence: [end bye]"
    )
    + ASKS
)
PROMPTS_THAT_ASK = PROMPTS + "  satisfaction: From one to five, were you content?\n  thanks: Thank you.\n"

ANSWERED = """
- test: content
  call:
    - agent: [what]
    - caller: goodbye
    - agent: satisfaction
    - {answer}
    - agent: [thanks, bye]
    - ends: bye
"""
SILENT = """
- test: silent
  call:
    - agent: [what]
    - caller: goodbye
    - agent: satisfaction
    - caller silent
    - ends: bye
"""


@pytest.fixture
def tea(tmp_path: Path) -> TeaShop:
    """A shop that asks at the end."""
    shop = TeaShop(tmp_path)
    shop.write(flow=FLOW_THAT_ASKS, prompts=PROMPTS_THAT_ASK)
    return shop


@pytest.mark.parametrize("answer", ["caller: four", "keys: 4#"])
async def test_the_answer_is_a_number(tea: TeaShop, answer: str) -> None:
    """Spoken or keyed in."""
    outcome = await tea.play(ANSWERED.replace("{answer}", answer))

    assert outcome.problem == ""
    assert any(told.what.startswith("satisfaction: 4, by") for told in outcome.story)


async def test_nobody_has_to_answer(tea: TeaShop) -> None:
    """The call ends as it would have."""
    outcome = await tea.play(SILENT)

    assert outcome.problem == ""
