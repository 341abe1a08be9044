"""The shop's facts in a conversation: what a flow asks is what the caller hears."""

import asyncio

from support.shop_folder import NOW, ShopFolder

from callagent.dialogue.actions import CallBegan, CallerSaid, HangUp, Input, LookedUp, LookUp, Say
from callagent.dialogue.engine import Engine
from callagent.dialogue.loader import load_flow
from callagent.knowledge.shop import Shop

FLOW = """\
shop: Test Shop
languages: [en]
when stuck:
  silence: [ask again, end bye]
  not understood: [ask again, end bye]
  in one call: 5
start: quote
when finished: done
flows:
  quote:
    - ask: product
      type: catalogue item
    - ask: quantity
      type: digits 1 to 4
    - lookup: quote
      with: [product, quantity]
      gives: [total, next quantity, next price]
      not found: done
      down: done
    - say: total
  done:
    - end: bye
"""
PROMPTS = """\
lines:
  product: {text: Which product?, again: Which?}
  quantity: {text: How many?, again: How many?}
  total: "{total as rupees}; from {next quantity} on {next price as rupees} each."
  bye: Goodbye.
"""


def heard(engine: Engine, shop: Shop, *inputs: Input) -> list[str]:
    """All that is said in a call in which the caller does `inputs`."""
    decision, said, left = engine.begin(CallBegan(NOW, "+919800000001")), [], list(inputs)
    while True:
        said += [action.text for action in decision.actions if isinstance(action, Say)]
        last = decision.actions[-1]
        if isinstance(last, HangUp):
            return said
        given: Input
        if isinstance(last, LookUp):
            answer = asyncio.run(shop.look_up(last.source, last.arguments, last.gives, NOW))
            given = LookedUp(answer.status, answer.values, answer.candidates)
        else:
            given = left.pop(0)
        decision = engine.advance(decision.state, given, NOW)


def test_quote_in_a_call(folder: ShopFolder) -> None:
    """The total that the caller hears is the one that the tables come to."""
    folder.write("prices", "code,unit,from_quantity,price,valid_from,valid_to\nF1,,5,950,,\nF1,,20,900.50,,\n")
    (folder.path / "flow.yaml").write_text(FLOW, encoding="utf-8")
    (folder.path / "en.yaml").write_text(PROMPTS, encoding="utf-8")
    shop = folder.open()
    engine = Engine(load_flow(folder.path, folder.path, shop))

    assert heard(engine, shop, CallerSaid("big lamp"), CallerSaid("five")) == [
        "Which product?",
        "How many?",
        "four thousand seven hundred and fifty rupees; from twenty on nine hundred rupees and fifty paise each.",
        "Goodbye.",
    ]
