"""A tea shop in a folder of its own, to be changed and broken."""

from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

from callagent.workshop.rehearsal import Stage
from callagent.workshop.shops import Folders, find_shops, read_shop
from callagent.workshop.transcript_files import read_transcripts
from callagent.workshop.transcripts import Outcome, play

FLOW = """\
shop: Tea Shop
languages: [en]
hours: {Mon-Sat: 10:00 to 20:30, Sun: closed}
anytime:
  repeat: {press: "*", do: say again}
when stuck:
  silence: [ask again, end bye]
  not understood: [ask again, end bye]
start: hello
when finished: hello
flows:
  hello:
    - {when: shop is closed, say: closed_now}
    - menu: what
      choices:
        price: {press: 1, go to: price}
        goodbye: {press: 9, end: bye}
  price:
    - ask: product
      type: catalogue item
    - lookup: catalogue
      with: [product]
      gives: [price, stock]
      not found: no price
      down: no price
    - {when: stock is 0, say: none_left}
    - say: price_is
    - end: bye
  no price:
    - say: no_prices
    - end: bye
"""

PROMPTS = """\
lines:
  closed_now: We are closed.
  what: A price, or goodbye?
  product: Which tea?
  price_is: The {product} is {price as rupees}.
  none_left: None is left.
  no_prices: I cannot see the prices.
  bye: Goodbye.
"""

CATALOGUE = """\
code,name,aliases,price,unit,stock
T-1,green tea,sencha,120.00,packet,7
T-2,black tea,assam,80.00,packet,3
"""

ASKS_A_PRICE = """
- test: a price
  call:
    - agent: [what]
    - caller: price
    - agent: product
    - caller: sencha
    - agent: price_is
    - ends: bye
"""


@dataclass(frozen=True)
class TeaShop:
    """The shop's files."""

    root: Path

    @property
    def folders(self) -> Folders:
        """Where they are."""
        return find_shops(self.root / "flows", self.root / "prompts", ["tea"])[0]

    def write(self, *, flow: str = FLOW, prompts: str = PROMPTS, catalogue: str = CATALOGUE) -> None:
        """Write all but the tests."""
        for folder in ("flows/tea/tests", "prompts/tea"):
            (self.root / folder).mkdir(parents=True, exist_ok=True)
        (self.root / "flows/tea/flow.yaml").write_text(flow, encoding="utf-8")
        (self.root / "flows/tea/catalogue.csv").write_text(catalogue, encoding="utf-8")
        (self.root / "prompts/tea/en.yaml").write_text(prompts, encoding="utf-8")

    def write_test(self, text: str, name: str = "calls.yaml") -> Path:
        """Write a file of transcript tests."""
        path = self.folders.tests / name
        path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
        return path

    def stage(self) -> Stage:
        """The shop, opened."""
        return Stage(read_shop(self.folders))

    async def play(self, text: str) -> Outcome:
        """Play the one test of a text."""
        stage = self.stage()
        [transcript] = read_transcripts([self.write_test(text)], stage.flow)
        return await play(stage, transcript)
