"""Counts what the embedded recogniser gets right, and fits how far its answers can be believed.

    uv run python tests/stt/tools/measure.py

Speech: the recorded human voice of Debian's asterisk-core-sounds-en-wav, and espeak-ng in four voices, all as a
telephone carries them (µ-law at 8 kHz, line noise at -66 dBFS). Prints the share of right answers, false rejects and
false accepts at the shipped weights, and the weights that a logistic regression would choose.
"""

import asyncio
import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.progress import track
from rich.table import Table

from callagent.dialogue.actions import CallBegan, CallerSaid, Listen
from callagent.flow_dialogue import FlowDialogue
from callagent.knowledge.shop import open_shop
from callagent.media.g711 import ulaw_decode, ulaw_encode
from callagent.media.wav import read_wav
from callagent.stt import decoder
from callagent.stt.confidence import Signs, confidence
from callagent.stt.pocketsphinx import PocketsphinxOptions
from callagent.stt.telephone_model import prepare_model
from callagent.stt.transcriber import Hints
from callagent.tts.espeak import EspeakSynthesizer
from callagent.tts.synthesizer import Speech

ROOT = Path(__file__).parents[3]
SOUNDS = Path("/usr/share/asterisk/sounds/en_US_f_Allison")
TEXTS = Path("/usr/share/doc/asterisk-core-sounds-en/core-sounds-en.txt.gz")
VOICES = ("en-us", "en-us+f3", "en-us+m3", "en-gb-x-rp+f2")
DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
MENU = ("price", "order status", "opening hours", "goodbye", "no thanks", "operator", "what is the price",
        "say that again", "yes please", "how much", "i want the opening hours", "my order")  # fmt: skip
ITEMS = ("ceiling fan", "table fan", "wall fan", "tube light", "sixteen amp socket", "doorbell", "exhaust fan",
         "what is the price of a ceiling fan", "pedestal fan", "iron")  # fmt: skip
STRANGE = ("hello there", "how are you doing", "my cat is hungry", "i need a taxi", "can you hear me", "banana",
           "what time is the train", "it rained all week", "monday morning", "purple elephant", "call me later",
           "who is this", "one moment", "i am not sure", "football", "the weather is nice")  # fmt: skip


@dataclass(frozen=True)
class Item:
    """An utterance, and what should come of it."""

    kind: str
    said: str
    expected: str
    """Empty when it must be rejected."""
    hints: Hints
    pcm: bytes


@dataclass(frozen=True)
class Result:
    """What came of it."""

    item: Item
    text: str
    signs: Signs | None


def on_the_line(pcm: bytes, seed: int) -> bytes:
    """As a telephone carries it: a breath before, the wait for the end of the turn after, noise, µ-law."""
    samples = np.concatenate((np.zeros(3200), np.frombuffer(pcm, "<i2"), np.zeros(4000)))
    noise = np.random.default_rng(seed).normal(0, 16, len(samples))
    return ulaw_decode(ulaw_encode((samples + noise).clip(-32768, 32767).astype("<i2").tobytes()))


def hints_of(listen: Listen) -> Hints:
    """As the call would give them."""
    return Hints(listen.language, listen.phrases, listen.fillers, listen.digits)


def questions() -> tuple[Hints, Hints]:
    """The main menu and the question for a product, of the shop that ships."""
    shop = open_shop(ROOT / "flows/electrical")
    dialogue = FlowDialogue(ROOT / "flows/electrical", ROOT / "prompts/electrical", shop)
    now = datetime(2026, 11, 20, 6, tzinfo=UTC)
    menu = dialogue.begin(CallBegan(now))
    product = dialogue.advance(menu.state, CallerSaid("price"), now)
    first, second = menu.actions[-1], product.actions[-1]
    assert isinstance(first, Listen)
    assert isinstance(second, Listen)
    return hints_of(first), hints_of(second)


async def items() -> list[Item]:
    """All utterances."""
    menu, product = questions()
    more = Hints("en", (*menu.phrases, "no thanks", "yes please", "goodbye"), menu.fillers)
    voice = EspeakSynthesizer(EspeakSynthesizer.Options())
    found: list[Item] = []
    for number, name in enumerate(VOICES):
        for kind, texts, hints in (("menu", MENU, more), ("item", ITEMS, product), ("strange", STRANGE, more)):
            for text in texts:
                pcm = b"".join([chunk.pcm async for chunk in voice.synthesize(Speech(text, voice=name))])
                expected = "" if kind == "strange" else text
                found.append(Item(kind, text, expected, hints, on_the_line(pcm, number)))
    await voice.aclose()
    return found + list(human(more, product))


def human(menu: Hints, product: Hints) -> Iterator[Item]:
    """The recorded human voice: single digits, numbers of digits, and prompts that fit nothing here."""
    if not SOUNDS.is_dir():
        return
    spoken = [read_wav(SOUNDS / "digits" / f"{digit}.wav") for digit in range(10)]
    for digit in range(10):
        for seed in range(3):
            pcm = on_the_line(spoken[digit], seed)
            yield Item("digit", DIGITS[digit], str(digit), Hints("en", digits=(1, 1)), pcm)
    random = np.random.default_rng(7)
    for seed in range(24):
        digits = random.integers(0, 10, random.integers(4, 7))
        pcm = bytes(1920).join(_trimmed(spoken[digit]) for digit in digits)
        number = "".join(map(str, digits))
        yield Item("number", number, number, Hints("en", digits=(4, 8)), on_the_line(pcm, seed))
    with gzip.open(TEXTS, "rt", errors="replace") as listing:
        texts = dict(re.findall(r"^([a-z0-9-]+): ([^\[\n]+)$", listing.read(), re.MULTILINE))
    for seed, name in enumerate(sorted(texts)[::7]):
        path = SOUNDS / f"{name}.wav"
        if path.exists() and 8000 < len(pcm := read_wav(path)) < 80_000:
            yield Item("strange", texts[name], "", (menu, product)[seed % 2], on_the_line(pcm, seed))


def _trimmed(pcm: bytes) -> bytes:
    samples = np.frombuffer(pcm, "<i2")
    loud = np.flatnonzero(np.abs(samples.astype(int)) > 300)
    return samples[max(0, loud[0] - 400) : loud[-1] + 400].tobytes()


def run(recognizer: decoder.Recognizer, item: Item) -> Result:
    """Decode one utterance as a worker does."""
    utterance = recognizer.begin(item.hints)
    for at in range(0, len(item.pcm), 320):
        utterance.feed(item.pcm[at : at + 320])
        while utterance.ready:
            utterance.step()
    utterance.finish()
    while utterance.ready:
        utterance.step()
    text, signs = utterance.weigh()
    recognizer.end(utterance)
    return Result(item, text, signs)


def right(result: Result) -> bool:
    """Whether the answer means what was said: fillers around it do not matter."""
    expected = result.item.expected
    core = max((phrase for phrase in result.item.hints.phrases if phrase in expected), key=len, default=expected)
    return bool(expected) and re.search(rf"\b{re.escape(core)}\b", result.text) is not None


def fit(results: list[Result]) -> npt.NDArray[np.float64]:
    """Weights of ratio, worst word, fillers, and the bias, by logistic regression with a little ridge."""
    rows = [result for result in results if result.signs is not None]
    seen = [result.signs for result in rows if result.signs is not None]
    table = np.array([[signs.ratio, signs.worst, signs.fillers, 1] for signs in seen])
    truth = np.array([right(row) for row in rows], float)
    weights = np.zeros(4)
    for _ in range(50):
        chance = 1 / (1 + np.exp(-table @ weights))
        spread = (table * (chance * (1 - chance))[:, None]).T @ table + 0.05 * np.eye(4)
        weights += np.linalg.solve(spread, table.T @ (truth - chance) - 0.05 * weights)
    return weights


def main() -> None:
    """Measure and print."""
    console = Console(highlight=False)
    recognizer = decoder.prepare(prepare_model(PocketsphinxOptions().cache_dir.expanduser()).folder)
    found = asyncio.run(items())
    results = [run(recognizer, item) for item in track(found, "decoding", console=console)]
    accept = PocketsphinxOptions().accept
    table = Table("kind", "utterances", "right text", "right and believed", "believed though wrong")
    for kind in dict.fromkeys(item.kind for item in found):
        some = [result for result in results if result.item.kind == kind]
        believed = [r for r in some if r.text and r.signs and confidence(r.signs) >= accept]
        table.add_row(
            kind, str(len(some)), str(sum(map(right, some))), str(sum(map(right, believed))),
            str(sum(not right(r) for r in believed)),
        )  # fmt: skip
    console.print(table)
    for result in results:
        sure = confidence(result.signs) if result.signs else 0.0
        if right(result) != (sure >= accept and bool(result.text)) and (result.item.expected or sure >= accept):
            console.print(f"{result.item.kind}: “{result.item.said}” heard as “{result.text}”, confidence {sure:.2f}")
    console.print("logistic regression: ratio {:.2f}, worst {:.2f}, fillers {:.2f}, bias {:.2f}".format(*fit(results)))


if __name__ == "__main__":
    main()
