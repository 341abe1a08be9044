"""Counts what the embedded recogniser gets right of Hindi and Hinglish.

    PYTHONPATH=tests uv run python tests/stt/tools/measure_hindi.py

There is no human voice in it: all is spoken by espeak-ng's Hindi, which is also where pronunciations come from, so that
the figures say how much better or worse a change makes it, and nothing about people. The voices of `TUNED` were looked
at while the pronunciations were made, those of `UNSEEN` (other pitches and paces, two of them by another synthesis)
were not. As a telephone carries it: µ-law at 8 kHz, line noise at -66 dBFS.

Right and believed, and believed though wrong, with English pronunciations and beams for everything, and as it is:

                         of    before      now                               of    before     now
    hinglish menu       168    122, 4   147, 8        hi menu               141    97, 8   119, 6
    hinglish yes or no   36     24, 2    29, 0        hi yes or no           36    15, 1    29, 0
    hinglish item        42     21, 6    28, 7        hi item                42   19, 11   24, 13
    hinglish number      18      3, 7     5, 2        hi number              18     1, 6     3, 1
    hinglish polite      15      2, 0     3, 0        hi polite              15     1, 2     2, 1
    hinglish strange     45         1        3        hi strange             45        3        3
    unseen: hinglish menu 224   165, 12  195, 8       hinglish yes or no     48    26, 3    38, 1

Processor time is 0.12 to 0.14 of real time at a menu and 0.16 to 0.18 at the question for a product (before: 0.13 and
0.31), and up to 0.22 on a machine that is busy otherwise; 0.11 of it goes into scoring the sounds, twice.
"""

import asyncio
import re
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from rich.console import Console
from rich.progress import track
from rich.table import Table
from stt.tools.measure import ROOT, Item, hints_of, on_the_line, run

from callagent.dialogue.actions import CallBegan, CallerSaid, Listen
from callagent.flow_dialogue import FlowDialogue
from callagent.knowledge.shop import open_shop
from callagent.media.audio import SAMPLE_RATE
from callagent.stt import decoder
from callagent.stt.confidence import confidence
from callagent.stt.pocketsphinx import PocketsphinxOptions
from callagent.stt.telephone_model import prepare_model
from callagent.stt.transcriber import Hints
from callagent.tts.espeak import EspeakSynthesizer
from callagent.tts.synthesizer import Speech

TUNED = (("hi", 1.0), ("hi+f2", 1.0), ("hi+m3", 1.0))
UNSEEN = (("hi+klatt2", 1.0), ("hi+f4", 1.15), ("hi+m7", 0.9), ("hi+klatt4", 0.9))
"""Voices, and their pace."""
NAMES = ("price", "order status", "opening hours", "warranty", "bulk order", "goodbye", "operator", "repeat", "slower",
         "louder", "go back", "cancel", "change language")  # fmt: skip
ITEMS = {
    "hinglish": ("ceiling fan", "chhat ka pankha", "table fan", "deewar wala pankha", "tube light", "bijli ka switch",
                 "pankha", "nau watt ka bulb", "bulb", "regulator", "doorbell", "iron", "raat ka bulb", "lattu"),
    "hi": ("सीलिंग फैन", "छत का पंखा", "टेबल फैन", "दीवार वाला पंखा", "ट्यूब लाइट", "पंखा", "बल्ब", "नौ वाट का बल्ब",
           "रेगुलेटर", "रात का बल्ब", "लट्टू", "होल्डर", "टेबल लैंप", "छत की लाइट"),
}  # fmt: skip
NUMBERS = {
    "hinglish": {"chaar paanch ek do saat": "45127", "ek do teen chaar": "1234", "nau aath saat chhah": "9876",
                 "shunya do saat teen": "0273", "four five one two seven": "45127", "paanch nau do aath ek": "59281"},
    "hi": {"चार पाँच एक दो सात": "45127", "एक दो तीन चार": "1234", "नौ आठ सात छह": "9876", "शून्य दो सात तीन": "0273",
           "पाँच नौ दो आठ एक": "59281", "तीन तीन छह शून्य": "3360"},
}  # fmt: skip
POLITE = {
    "hinglish": {"mujhe rate chahiye": "rate", "mera order bataiye": "mera order", "dukaan ka time kya hai":
                 "dukaan ka time", "haan to warranty": "warranty", "bhaiya daam batao": "daam"},
    "hi": {"मुझे दाम चाहिए": "दाम", "मेरा ऑर्डर बताइए": "मेरा ऑर्डर", "दुकान का समय क्या है": "दुकान का समय",
           "जी वारंटी": "वारंटी", "भैया रेट बताओ": "रेट"},
}  # fmt: skip
STRANGE = {
    "hinglish": ("aaj mausam bahut achha hai", "mera beta school gaya hai", "train kab aati hai", "ruko ek minute",
                 "main ghar ja raha hoon", "kaun bol raha hai", "gaana suno", "khana kha liya", "mujhe neend aa rahi",
                 "cricket ka score", "aalu pyaaz", "doctor sahab hain", "sunday ko milte hain", "haathi", "kitaab"),
    "hi": ("आज मौसम बहुत अच्छा है", "मेरा बेटा स्कूल गया है", "ट्रेन कब आती है", "रुको एक मिनट", "मैं घर जा रहा हूँ",
           "कौन बोल रहा है", "गाना सुनो", "खाना खा लिया", "मुझे नींद आ रही", "क्रिकेट का स्कोर", "आलू प्याज़",
           "डॉक्टर साहब हैं", "रविवार को मिलते हैं", "हाथी", "किताब"),
}  # fmt: skip


@dataclass(frozen=True)
class Said:
    """A text, in what language, and what should come of it."""

    kind: str
    language: str
    text: str
    expected: tuple[str, ...]
    """Any of them; empty when it must be rejected."""
    hints: Hints


def said(language: str) -> Iterator[Said]:
    """All that is said in a language, at the questions where it is said."""
    shop = open_shop(ROOT / "flows/electrical")
    dialogue = FlowDialogue(ROOT / "flows/electrical", ROOT / "prompts/electrical", shop, language=language)
    now = datetime(2026, 11, 20, 6, tzinfo=UTC)
    opening = dialogue.begin(CallBegan(now))
    asking = dialogue.advance(opening.state, CallerSaid("price"), now)
    listens = [action for turn in (opening, asking) for action in turn.actions if isinstance(action, Listen)]
    menu, product = hints_of(listens[0]), hints_of(listens[-1])
    words = dialogue.flow.prompts[language].words
    for name in NAMES:
        for phrase in words[name]:
            # Only what is meant counts: "daam" for "bhav" is the same choice.
            yield Said("menu", language, phrase, (name, *words[name]), menu)
    for text, phrase in POLITE[language].items():
        yield Said("polite", language, text, (phrase,), menu)
    commands = tuple(phrase for name in ("operator", "repeat", "go back", "cancel") for phrase in words[name])
    yes_no = replace(menu, phrases=tuple(dict.fromkeys((*words["yes"], *words["no"], *commands))))
    for same in (words["yes"], words["no"]):
        for phrase in same:
            yield Said("yes or no", language, phrase, tuple(same), yes_no)
    for text in ITEMS[language]:
        yield Said("item", language, text, (text,), product)
    for text, figures in NUMBERS[language].items():
        yield Said("number", language, text, (figures,), Hints(language, digits=(4, 8)))
    for text in STRANGE[language]:
        yield Said("strange", language, text, (), menu)
        yield Said("strange item", language, text, (), product)


async def spoken(sayings: list[Said], voices: tuple[tuple[str, float], ...]) -> list[tuple[Said, str, Item]]:
    """Every saying in every voice."""
    synthesizer = EspeakSynthesizer(EspeakSynthesizer.Options())
    found = []
    for number, (name, pace) in enumerate(voices):
        for one in sayings:
            speech = Speech(one.text, one.language, name, pace)
            pcm = b"".join([chunk.pcm async for chunk in synthesizer.synthesize(speech)])
            found.append((one, name, Item(one.kind, one.text, "", one.hints, on_the_line(pcm, number))))
    return found


def right(one: Said, text: str) -> bool:
    """Whether one of the expected is what was heard, fillers around it or not."""
    return any(re.search(rf"(^| ){re.escape(expected)}( |$)", text) for expected in one.expected)


@dataclass
class Count:
    """What came of one kind of saying."""

    all: int = 0
    right: int = 0
    believed: int = 0
    wrong: int = 0
    """Believed, and not right."""
    cpu_s: float = 0.0
    speech_s: float = 0.0

    def row(self) -> tuple[str, ...]:
        """For the table."""
        shown = (self.all, self.right, self.believed, self.wrong, f"{self.cpu_s / self.speech_s:.2f}")
        return tuple(map(str, shown))


def measure(recognizer: decoder.Recognizer, one: Said, item: Item, count: Count) -> str:
    """Decode and count; returns a line about it when it went wrong."""
    began = time.process_time()
    result = run(recognizer, item)
    count.cpu_s += time.process_time() - began
    count.speech_s += len(item.pcm) / (2 * SAMPLE_RATE)
    sure = confidence(result.signs) if result.signs else 0.0
    believed = bool(result.text) and sure >= PocketsphinxOptions().accept
    good = right(one, result.text)
    count.all += 1
    count.right += good
    count.believed += good and believed
    count.wrong += believed and not good
    wrong = believed != bool(one.expected) or (believed and not good)
    return f"{one.kind}: “{one.text}” heard as “{result.text}”, confidence {sure:.2f}" if wrong else ""


def main() -> None:
    """Measure and print; arguments may be languages and kinds, and "unseen" for the other voices."""
    console = Console(highlight=False, width=110)
    chosen = set(sys.argv[1:])
    languages = [language for language in ("hinglish", "hi") if language in chosen] or ["hinglish", "hi"]
    kinds = chosen - {"hinglish", "hi", "unseen"}
    sayings = [one for language in languages for one in said(language) if not kinds or one.kind in kinds]
    items = asyncio.run(spoken(sayings, UNSEEN if "unseen" in chosen else TUNED))
    recognizer = decoder.prepare(prepare_model(PocketsphinxOptions().cache_dir.expanduser()).folder)
    counts: defaultdict[tuple[str, str], Count] = defaultdict(Count)
    for one, voice, item in track(items, "decoding", console=console):
        told = measure(recognizer, one, item, counts[one.language, one.kind])
        if told:
            console.print(f"{voice} {told}", soft_wrap=True)
    table = Table("language", "kind", "said", "right text", "and believed", "wrong believed", "× real time")
    for (language, kind), count in counts.items():
        table.add_row(language, kind, *count.row())
    console.print(table)


if __name__ == "__main__":
    main()
