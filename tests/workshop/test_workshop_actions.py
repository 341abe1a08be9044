"""What an agent does besides speaking, in rehearsals and in tests."""

import pytest
from support.tea_shop import PROMPTS, TeaShop

FLOW = """\
shop: Tea Shop
languages: [en]
people:
  counter: {phone: +919800000011, ring: 25 seconds}
  owner: {phone: +919800000012, ring: 20 seconds}
when stuck:
  silence: [ask again, end bye]
  not understood: [ask again, end bye]
start: hello
when finished: hello
flows:
  hello:
    - menu: what
      choices:
        price: {press: 1, go to: price}
        goodbye: {press: 9, end: bye}
        person: {press: 0, go to: human}
  price:
    - ask: product
      type: catalogue item
    - lookup: catalogue
      with: [product]
      gives: [price]
      several: ask which
      not found: human
      down: human
    - say: price_is
    - end: bye
  human:
    - {when: caller is new, say: welcome}
    - transfer: [counter, owner]
      nobody: take message
    - end: bye
  take message:
    - record: message
      at most: 60 seconds
      send to: [owner]
    - sms: got_it
    - end: bye
"""

MORE = """\
  welcome: Welcome.
  message: Speak after the tone.
  which_one: "Which one: {options}?"
  did_you_say: "Did you say {answer}?"
texts:
  got_it: Thank you.
words:
  "yes": [yes]
  "no": [no]
"""


@pytest.fixture
def shop(tea: TeaShop) -> TeaShop:
    """The tea shop with people in it."""
    tea.write(flow=FLOW, prompts=PROMPTS + MORE)
    return tea


@pytest.mark.parametrize(
    ("given", "call"),
    [
        ("{}", '[{keys: 0}, {agent does: "transfer to counter, owner"}, {ends: transferred}]'),
        ("{caller: new}", "[{keys: 0}, {agent: welcome}]"),
        ("{known: {caller: new}}", "[{keys: 0}, {agent: welcome}]"),
        ("{nobody: yes}", "[{keys: 0}, {agent does: record message}, {agent does: text got_it to caller}]"),
        (
            "{lookups: {catalogue: [green tea, black tea]}}",
            '[{keys: 1}, {caller: sencha}, {agent says: "green tea, black tea"}]',
        ),
    ],
)
async def test_what_is_done(shop: TeaShop, given: str, call: str) -> None:
    """Handing over, messages, texts and choices among several are rehearsed as given."""
    outcome = await shop.play(f"- test: done\n  given: {given}\n  call: {call}\n")

    assert outcome.problem == ""


async def test_what_is_not_done_is_told(shop: TeaShop) -> None:
    """With what was done instead."""
    outcome = await shop.play("- test: wrong\n  call: [{keys: 0}, {agent does: record message}]\n")

    assert outcome.problem.endswith("is not so: the agent does transfer to counter, owner.")
