"""What the bench's calls share: its shop, the agent's voice, and the sounds of its callers."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from copy import copy
from pathlib import Path
from typing import Any, Final

from callagent.call.services import Dialogue, LookUp
from callagent.clock import Clock
from callagent.dialogue.actions import CallBegan, CallerKeyed, Decision, LookedUp
from callagent.dialogue.engine import State
from callagent.dialogue.flow import Flow, MenuStep
from callagent.dialogue.loader import load_flow
from callagent.flow_dialogue import FlowDialogue
from callagent.knowledge.shop import Shop, open_shop
from callagent.media.audio import BYTES_PER_SAMPLE, SAMPLE_RATE, samples
from callagent.media.level import normalised
from callagent.simulator.turns.caller import Made, Word
from callagent.simulator.turns.case import Case, Noise, Press, Say, Scenes, Sound
from callagent.simulator.turns.sounds import TELEVISION, noise_pcm
from callagent.simulator.turns.trace import Sentence
from callagent.tts.cache import CachedSynthesizer
from callagent.tts.espeak import EspeakSynthesizer
from callagent.tts.synthesizer import Speech, SpeechChunk, SpokenWord

VOICES: Final[Mapping[str, str]] = {"en": "en-us+f3", "hi": "hi+f3", "hinglish": "hi+f3"}
"""The callers', by language: other ones than the agent's."""
PROGRAMME: Final[Mapping[str, str]] = {
    "en": "And now the weather for tomorrow. In the north it will be dry and cool, with some fog in the morning.",
    "hi": "और अब मौसम का हाल। कल उत्तर भारत में मौसम सूखा रहेगा, और सुबह कुछ जगहों पर कोहरा होगा।",
    "hinglish": "Aur ab mausam ka haal. Kal uttar bharat mein mausam sookha rahega, aur subah kohra hoga.",
}
"""What comes from a television."""
REPEATED: Final = 8
"""How often, at most."""
ENDS: Final = " .,?!।…"
"""What stands around a word and is not said."""


class TracedVoice(CachedSynthesizer):
    """The agent's voice; keeps all that it made, so that it can be found again on a line."""

    def __init__(self, folder: Path) -> None:
        super().__init__(EspeakSynthesizer(EspeakSynthesizer.Options()), folder)
        self.sentences: list[Sentence] = []
        self._known: set[tuple[str, bytes]] = set()

    async def fixed(self, speech: Speech) -> AsyncGenerator[SpeechChunk, None]:
        """As it was; kept."""
        async with aclosing(self._kept(speech, super().fixed(speech))) as chunks:
            async for chunk in chunks:
                yield chunk

    async def synthesize(self, speech: Speech) -> AsyncGenerator[SpeechChunk, None]:
        """As it was; kept."""
        async with aclosing(self._kept(speech, super().synthesize(speech))) as chunks:
            async for chunk in chunks:
                yield chunk

    async def common(self, speech: Speech) -> AsyncGenerator[SpeechChunk, None]:
        """As it was; kept."""
        async with aclosing(self._kept(speech, super().common(speech))) as chunks:
            async for chunk in chunks:
                yield chunk

    async def _kept(
        self, speech: Speech, spoken: AsyncGenerator[SpeechChunk, None]
    ) -> AsyncGenerator[SpeechChunk, None]:
        async with aclosing(spoken) as stream:
            async for chunk in stream:  # this voice makes a sentence in one piece
                if (speech.text, chunk.pcm) not in self._known:
                    self._known.add((speech.text, chunk.pcm))
                    words = tuple((word.text, word.at_s) for word in chunk.words)
                    self.sentences.append(Sentence(speech.text, chunk.pcm, words))
                yield chunk


class _SceneDialogue(FlowDialogue):
    """A flow whose first menu has been answered already."""

    key = ""
    """What was pressed."""

    def at(self, key: str) -> "_SceneDialogue":
        """The same, with another scene."""
        scene = copy(self)
        scene.key = key
        return scene

    def begin(self, began: CallBegan) -> Decision[State]:
        """What the scene begins with."""
        return self.advance(super().begin(began).state, CallerKeyed(self.key), began.now)


def read_scenes(shop_folder: Path, clock: Clock) -> Scenes:
    """What a case may have the agent say, from the bench's shop. Raises ContentError."""
    flows, prompts = _folders(shop_folder)
    return _scenes(load_flow(flows, prompts, open_shop(flows, clock=clock)))


def _folders(shop_folder: Path) -> tuple[Path, Path]:
    return shop_folder / "flows" / "turns", shop_folder / "prompts" / "turns"


def _scenes(flow: Flow) -> Scenes:
    """The choices of the flow's first menu."""
    menus = [step.action for step in flow.flows[flow.start] if isinstance(step.action, MenuStep)]
    keys = {choice.name: choice.press for choice in menus[0].choices}
    return Scenes(tuple(keys), keys, flow.languages)


class Shelf:
    """The bench's shop and all that its calls share; in the folder is what was synthesized."""

    def __init__(self, shop_folder: Path, cache: Path, clock: Clock) -> None:
        self._flows, self._prompts = _folders(shop_folder)
        self._shop = open_shop(self._flows, clock=clock)
        self._dialogues: dict[str, _SceneDialogue] = {}
        self.voice = TracedVoice(cache)
        self._caller = EspeakSynthesizer(EspeakSynthesizer.Options())
        self._spoken: dict[tuple[str, str], SpeechChunk] = {}

    def dialogue(self, case: Case) -> Dialogue:
        """The flow, at the case's scene."""
        language = case.language
        if language not in self._dialogues:
            self._dialogues[language] = _SceneDialogue(
                self._flows, self._prompts, self._shop, has_model=True, language=language
            )
        inner = self._dialogues[language]
        return inner.at(_scenes(inner.flow).keys[case.scene])

    @property
    def look_up(self) -> LookUp:
        """The shop's data."""
        return _look_up(self._shop)

    async def aclose(self) -> None:
        """Let go of the voices."""
        await self.voice.aclose()
        await self._caller.aclose()

    async def made(self, case: Case) -> list[Made]:
        """The sounds of a case. Raises ProviderError."""
        return [await self._made(case, number, sound) for number, sound in enumerate(case.sounds)]

    async def _made(self, case: Case, number: int, sound: Sound) -> Made:
        match sound.what:
            case Press():
                return Made(b"")
            case Noise(name, lasts_s) if name == TELEVISION:
                pcm = (await self._speech(PROGRAMME[case.language], case.language)).pcm
                pcm = normalised((pcm * REPEATED)[: samples(lasts_s) * BYTES_PER_SAMPLE], sound.dbfs)
                words: tuple[SpokenWord, ...] = ()
            case Noise(name, lasts_s):
                pcm, words = noise_pcm(name, lasts_s, sound.dbfs, seed=number), ()
            case Say(text):
                chunk = await self._speech(text, case.language)
                pcm, words = normalised(chunk.pcm, sound.dbfs), chunk.words
        length = len(pcm) // BYTES_PER_SAMPLE
        if sound.recognised is not None:
            texts = sound.recognised.split()
            words = tuple(
                SpokenWord(text, place * length / SAMPLE_RATE / len(texts)) for place, text in enumerate(texts)
            )
        begins = [*(samples(word.at_s) for word in words), length]
        timed = tuple(
            Word(word.text.strip(ENDS).lower(), begin, end)
            for word, begin, end in zip(words, begins, begins[1:], strict=False)
        )
        return Made(pcm, timed)

    async def _speech(self, text: str, language: str) -> SpeechChunk:
        key = text, language
        if key not in self._spoken:
            async for chunk in self._caller.synthesize(Speech(text, language, VOICES[language])):
                self._spoken[key] = chunk
        return self._spoken[key]


def _look_up(shop: Shop) -> LookUp:
    async def look_up(source: str, arguments: Mapping[str, str], gives: Any) -> LookedUp:
        answer = await shop.look_up(source, arguments, gives)
        return LookedUp(answer.status, answer.values, answer.candidates)

    return look_up
