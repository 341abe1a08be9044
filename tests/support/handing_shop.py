"""A shop that hands every call over."""

from pathlib import Path

from support.shop_folder import CATALOGUE

FILES = {
    "flows/tea/flow.yaml": """\
shop: Tea Shop
languages: [en]
hours: {Mon-Sun: 00:00 to 24:00}
people:
  counter: {phone: +919800000001, ring: 20 seconds}
anytime:
  repeat: {press: "*", do: say again}
when stuck:
  silence: [ask again, end bye]
  not understood: [ask again, end bye]
start: hello
when finished: hello
flows:
  hello:
    - say: connecting
    - transfer: [counter]
      nobody: nobody free
  nobody free:
    - say: nobody_free
    - menu: what
      choices:
        goodbye: {press: 9, end: bye}
""",
    "flows/tea/catalogue.csv": CATALOGUE,
    "prompts/tea/en.yaml": """\
lines:
  connecting: I will connect you.
  nobody_free: Nobody is free.
  what: Is that all?
  bye: Goodbye.
""",
}


def hands_over(folder: Path) -> dict[str, object]:
    """Write it, and the settings for it."""
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return {"flows": folder / "flows", "prompts": folder / "prompts", "shop": "tea"}
