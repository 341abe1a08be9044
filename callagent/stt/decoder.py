"""pocketsphinx at work: the only file that imports it. Runs in a worker, as decoding holds the interpreter's lock.

Each utterance is decoded twice side by side, once by the grammar of its hints and once as a free string of phonemes
(see `confidence`), in small steps while the caller still speaks. Decoders are kept for the next turn with the same
hints.
"""

import math
import re
import tempfile
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pocketsphinx

from callagent.stt.confidence import Signs, confidence
from callagent.stt.front_end import FILTERS, Floats, FrontEnd, mean_spectrum
from callagent.stt.grammar import END, REPEATS, START, Grammar, Step
from callagent.stt.pronunciation import Pronouncer
from callagent.stt.telephone_model import TelephoneModel
from callagent.stt.transcriber import Hints

HOLD_FRAMES = 100
"""10 ms each: no decoding before a second is there, or the turn has ended, as an earlier mean spectrum is a guess."""
STEP_FRAMES = 20
"""Decoded at a time; a few milliseconds of work, so that many calls share a worker fairly."""
KEPT_GRAMMARS = 24
_PHONES = (
    "AA", "AE", "AH", "AO", "AW", "AY", "B", "CH", "D", "DH", "EH", "ER", "EY", "F", "G", "HH", "IH", "IY", "JH", "K",
    "L", "M", "N", "NG", "OW", "OY", "P", "R", "S", "SH", "T", "TH", "UH", "UW", "V", "W", "Y", "Z", "ZH",
)  # fmt: skip
_FREE_PHONE_WEIGHT = 1 / len(_PHONES)
_SETTINGS = {
    "pl_window": 0,
    "compallsen": True,
    "bestpath": False,  # a second search, through all that was kept: as long as the first, and no better
    "silprob": 1.0,
    "wip": 0.1,
    "lm": None,
    "loglevel": "FATAL",
    # A third less work than the decoder's own beams, for the same answers; tests/stt/tools/measure.py tells.
    "beam": 1e-30,
    "pbeam": 1e-30,
    "wbeam": 1e-20,
}
_SHIFT = 1024
"""The decoder reports log scores divided by this: ten bits, SENSCR_SHIFT in its source."""
_HINDI_BEAMS = {"beam": 1e-45, "pbeam": 1e-45, "wbeam": 1e-30}
"""Hindi fits an English model badly from sound to sound; one bad sound must not end what is right otherwise."""
_FREE_BEAMS = {"beam": 1e-20, "pbeam": 1e-20, "wbeam": 1e-15}


@dataclass(frozen=True, slots=True)
class Heard:
    """What was made of an utterance."""

    text: str
    """Empty when it is none of what the hints allow."""
    confidence: float
    """0 to 1; the caller of this room decides from where on it is believed."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One word or phoneme on the time line."""

    word: str
    """May end in "(2)" for the second pronunciation."""
    frames: int
    log_score: float
    """Natural logarithm, against the best state of the model in every frame."""


@dataclass(frozen=True, slots=True)
class BestPath:
    """The best way through an utterance."""

    segments: tuple[Segment, ...]
    """Silences left out; empty when there is no way."""
    log_score: float
    """Of the whole utterance, silences and the grammar's weights included."""


class Search:
    """One decoder with its network of words."""

    def __init__(
        self,
        model: TelephoneModel,
        words: dict[str, tuple[tuple[str, ...], ...]],
        steps: tuple[Step, ...],
        **beams: float,
    ) -> None:
        self.pronunciations = {
            (word if number == 1 else f"{word}({number})"): phones
            for word, ways in words.items()
            for number, phones in enumerate(ways, start=1)
        }
        with tempfile.NamedTemporaryFile("w", suffix=".dict", encoding="utf-8") as dictionary:
            dictionary.writelines(f"{word} {' '.join(phones)}\n" for word, phones in self.pronunciations.items())
            dictionary.flush()
            self._decoder = pocketsphinx.Decoder(
                hmm=str(model.base),
                mean=str(model.folder / "means"),
                var=str(model.folder / "variances"),
                featparams=str(model.folder / "feat.params"),
                dict=dictionary.name,
                **(_SETTINGS | beams),
            )
        arrows = [(step.source, step.target, step.weight, *([step.word] if step.word else [])) for step in steps]
        self._decoder.add_fsg("now", self._decoder.create_fsg("now", START, END, arrows))
        self._decoder.activate_search("now")

    def begin(self) -> None:
        """Start an utterance."""
        self._decoder.start_utt()

    def feed(self, cepstra: Floats) -> None:
        """Decode some frames."""
        self._decoder.process_cep(np.ascontiguousarray(cepstra, "<f4").tobytes())

    def end(self) -> BestPath:
        """End the utterance."""
        self._decoder.end_utt()
        best = self._decoder.hyp()
        if best is None:
            return BestPath((), 0.0)
        segments = tuple(
            Segment(part.word, part.end_frame - part.start_frame + 1, _SHIFT * math.log(part.ascore))
            for part in self._decoder.seg()
            if not part.word.startswith(("<", "[", "("))  # silence, noise, and an arrow without a word
        )
        return BestPath(segments, _SHIFT * math.log(best.best_score))


class Recognizer:
    """Makes utterances; one for each worker process."""

    def __init__(self, model: TelephoneModel) -> None:
        self._model = model
        self._pronouncer = Pronouncer(model.dictionary)
        self._idle: OrderedDict[Hints, list[Search]] = OrderedDict()
        self._free: list[Search] = [self._free_search()]

    def begin(self, hints: Hints) -> "Utterance":
        """A new utterance; give it back with `end`, whatever became of it."""
        idle = self._idle.get(hints)
        grammar = Grammar(hints)
        search = idle.pop() if idle else self._grammar_search(grammar)
        free = self._free.pop() if self._free else self._free_search()
        return Utterance(self._model, grammar, search, free)

    def prepare(self, hints: Hints) -> None:
        """Compile the grammar of a turn that may come, unless there is one, or no more room."""
        if hints not in self._idle and len(self._idle) < KEPT_GRAMMARS:
            self.end(self.begin(hints))

    def end(self, utterance: "Utterance") -> None:
        """Keep an utterance's decoders for the next one with the same hints."""
        utterance.stop()
        self._free.append(utterance.free)
        if utterance.search is None:
            return
        hints = utterance.grammar.hints
        self._idle.setdefault(hints, []).append(utterance.search)
        self._idle.move_to_end(hints)
        while len(self._idle) > KEPT_GRAMMARS:
            self._idle.popitem(last=False)

    def _grammar_search(self, grammar: Grammar) -> Search | None:
        ways = {word: self._pronouncer.pronounce(word, hindi=grammar.hindi) for word in sorted(grammar.words)}
        words = {word: phones for word, phones in ways.items() if phones}
        steps = grammar.steps(frozenset(words))
        used = {step.word for step in steps}
        if not steps:
            return None
        beams = _HINDI_BEAMS if grammar.hindi else {}
        return Search(self._model, {word: phones for word, phones in words.items() if word in used}, steps, **beams)

    def _free_search(self) -> Search:
        steps = [Step(START, END, _FREE_PHONE_WEIGHT, phone) for phone in _PHONES]
        return Search(
            self._model, {phone: ((phone,),) for phone in _PHONES}, (*steps, Step(END, START, 1.0)), **_FREE_BEAMS
        )


class Utterance:
    """One turn of one caller, being decoded."""

    def __init__(self, model: TelephoneModel, grammar: Grammar, search: Search | None, free: Search) -> None:
        self.grammar = grammar
        self.search = search
        self.free = free
        self._model = model
        self._front_end = FrontEnd()
        self._frames: Floats = np.zeros((0, FILTERS), np.float32)
        self._decoded = 0
        self._ended = False
        self._running = False

    def feed(self, pcm: bytes) -> None:
        """Take in audio; decoding waits for `step`."""
        if self.search is not None:
            self._frames = np.concatenate((self._frames, self._front_end.feed(pcm)))

    def finish(self) -> None:
        """No more audio will come."""
        self._ended = True

    @property
    def ready(self) -> bool:
        """Whether `step` has something to do."""
        waiting = len(self._frames) - self._decoded
        return waiting > 0 if self._ended else len(self._frames) >= HOLD_FRAMES and waiting >= STEP_FRAMES

    @property
    def done(self) -> bool:
        """Whether all there will ever be is decoded."""
        return self._ended and not self.ready

    def step(self) -> None:
        """Decode the next few frames."""
        if self.search is None:
            return
        if not self._running:
            self._running = True
            self.search.begin()
            self.free.begin()
        until = min(len(self._frames), self._decoded + STEP_FRAMES)
        mean = mean_spectrum(self._frames, self._model.usual, self._model.usual_peak)
        cepstra = ((self._frames[self._decoded : until] - mean) @ self._model.matrix.T).astype(np.float32)
        self.search.feed(cepstra)
        self.free.feed(cepstra)
        self._decoded = until

    def result(self) -> Heard:
        """What was said, once all is decoded."""
        text, signs = self.weigh()
        return Heard(text, confidence(signs)) if signs else Heard("", 0.0)

    def weigh(self) -> tuple[str, Signs | None]:
        """What was said, once all is decoded, and what speaks for it; no signs when nothing fits."""
        if self.search is None or not self._running:
            return "", None
        self._running = False
        path, free = self.search.end(), self.free.end()
        words = tuple(re.sub(r"\(\d+\)$", "", segment.word) for segment in path.segments)
        reading = self.grammar.read(words)
        if reading is None or not free.segments:
            return "", None
        lengths = [segment.frames for segment in path.segments]
        signs = Signs(
            ratio=(path.log_score - free.log_score) / sum(lengths),
            worst=min(segment.log_score / segment.frames for segment in path.segments),
            fillers=sum(lengths[: reading.begin] + lengths[reading.end :]) / sum(lengths),
            hindi_number=self.grammar.hindi and words[reading.begin] in {*self.grammar.digits, *REPEATS},
        )
        return reading.text, signs

    def stop(self) -> None:
        """Leave the decoders fit for another utterance."""
        if self._running and self.search is not None:
            self._running = False
            self.search.end()
            self.free.end()


def prepare(folder: Path) -> Recognizer:
    """A recognizer over a model that `telephone_model.prepare_model` made."""
    return Recognizer(TelephoneModel(folder))
