"""A recognition worker's open turns, in this process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from stt.speech import human_digits, human_prompt, spoken
from support.human_voice import needs_human

from callagent.stt.decoder import Recognizer
from callagent.stt.messages import Kind, Message, pack_hints, unpack_heard
from callagent.stt.telephone_model import prepare_model
from callagent.stt.transcriber import Hints
from callagent.stt.worker import OpenTurns

MENU = Hints(phrases=("price", "ceiling fan", "order status", "opening hours", "goodbye", "no thanks"))


@pytest.fixture(scope="module")
def recognizer(tmp_path_factory: pytest.TempPathFactory) -> Recognizer:
    """Shared by the tests of this file, as by the turns of a worker."""
    return Recognizer(prepare_model(tmp_path_factory.mktemp("model")))


class Desk:
    """Open turns, and what was answered."""

    def __init__(self, recognizer: Recognizer) -> None:
        self.answers: list[Message] = []
        self.turns = OpenTurns(recognizer, self.answers.append)

    def open(self, turn: int, hints: Hints) -> None:
        """Begin a turn."""
        self.turns.take(Message(Kind.OPEN, turn, pack_hints(hints)))

    def hear(self, turn: int, pcm: bytes, *, whole: bool = True) -> None:
        """Bring audio in tenths of a second, working in between; then, if it is `whole`, the end."""
        for begin in range(0, len(pcm), 1600):
            self.turns.take(Message(Kind.AUDIO, turn, pcm[begin : begin + 1600]))
            while self.turns.work():
                pass
        if whole:
            self.turns.take(Message(Kind.END, turn))
            while self.turns.work():
                pass

    def texts(self) -> list[str]:
        """All texts answered so far."""
        return [unpack_heard(answer.payload)[0] for answer in self.answers]


@pytest.mark.parametrize("text", MENU.phrases)
def test_a_phrase_is_chosen(recognizer: Recognizer, text: str) -> None:
    """The phrase that was said is told from the others."""
    desk = Desk(recognizer)
    desk.open(1, MENU)
    desk.hear(1, spoken(text))

    assert desk.texts() == [text]


def test_turns_do_not_mix(recognizer: Recognizer) -> None:
    """Turns of two calls, spoken at the same time, are told apart; one that ends first is answered first."""
    desk = Desk(recognizer)
    desk.open(1, MENU)
    desk.open(2, MENU)
    first, second = spoken("ceiling fan"), spoken("goodbye")
    desk.hear(1, first[:8000], whole=False)
    desk.hear(2, second)
    desk.hear(1, first[8000:])

    assert [answer.turn for answer in desk.answers] == [2, 1]
    assert desk.texts() == ["goodbye", "ceiling fan"]


def test_most_is_decoded_while_the_caller_speaks(recognizer: Recognizer) -> None:
    """Less than a step and a window is left to be decoded when the turn ends."""
    utterance = recognizer.begin(MENU)
    utterance.feed(spoken("opening hours"))
    while utterance.ready:
        utterance.step()
    utterance.finish()
    steps = 0
    while utterance.ready:
        utterance.step()
        steps += 1
    recognizer.end(utterance)

    assert steps <= 1


def test_a_dropped_turn_is_forgotten(recognizer: Recognizer) -> None:
    """After a barge-in nothing is answered, and the next turn with the same hints is heard as ever."""
    desk = Desk(recognizer)
    desk.open(1, MENU)
    desk.hear(1, spoken("price"), whole=False)
    desk.turns.take(Message(Kind.DROP, 1))
    desk.turns.take(Message(Kind.END, 1))
    desk.open(2, MENU)
    desk.hear(2, spoken("goodbye"))

    assert [(answer.turn, answer.kind) for answer in desk.answers] == [(2, Kind.HEARD)]
    assert desk.texts() == ["goodbye"]


@pytest.mark.parametrize("hints", [Hints(), Hints(fillers=("please",)), Hints(phrases=("!?",)), MENU])
def test_silence_is_no_answer(recognizer: Recognizer, hints: Hints) -> None:
    """A turn without audio gives an empty text at once, whatever was expected."""
    desk = Desk(recognizer)
    desk.open(1, hints)
    desk.hear(1, b"")

    assert desk.texts() == [""]


def test_nothing_to_choose_from(recognizer: Recognizer) -> None:
    """Without phrases and digits nothing can be heard."""
    desk = Desk(recognizer)
    desk.open(1, Hints())
    desk.hear(1, spoken("price"))

    assert desk.texts() == [""]


def test_old_grammars_are_let_go(recognizer: Recognizer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only so many compiled grammars are kept."""
    monkeypatch.setattr("callagent.stt.decoder.KEPT_GRAMMARS", 2)
    for phrase in ("one", "two", "three"):
        recognizer.end(recognizer.begin(Hints(phrases=(phrase,))))

    assert len(recognizer._idle) == 2


def test_grammars_are_prepared(recognizer: Recognizer, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a turn may need is compiled beforehand, as far as there is room, and then used by the turn."""
    monkeypatch.setattr("callagent.stt.decoder.KEPT_GRAMMARS", 2)
    recognizer._idle.clear()
    desk = Desk(recognizer)
    hints = [Hints(phrases=(phrase,)) for phrase in ("one", "two", "three")]
    for each in hints:
        desk.turns.take(Message(Kind.PREPARE, payload=pack_hints(each)))
    while desk.turns.work():
        pass
    (prepared,) = recognizer._idle[hints[0]]
    desk.open(1, hints[0])

    assert list(recognizer._idle) == hints[:2]
    assert desk.turns._turns[1].search is prepared
    assert desk.answers == []


def test_a_turn_goes_before_what_is_prepared(recognizer: Recognizer) -> None:
    """A caller who speaks does not wait for the grammars of others."""
    desk = Desk(recognizer)
    expected = Hints(phrases=("later",))
    desk.open(1, MENU)
    desk.turns.take(Message(Kind.AUDIO, 1, spoken("goodbye")))
    desk.turns.take(Message(Kind.PREPARE, payload=pack_hints(expected)))
    desk.turns.take(Message(Kind.END, 1))
    while not desk.answers:
        assert desk.turns.work()

    assert desk.texts() == ["goodbye"]
    assert expected not in recognizer._idle


def test_a_turn_that_breaks_is_told(recognizer: Recognizer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trouble in the decoder ends one turn with the class of the error, and not the worker."""
    desk = Desk(recognizer)

    def broken(_hints: Hints) -> None:
        raise RuntimeError("new_Decoder failed")

    with monkeypatch.context() as patch:
        patch.setattr(recognizer, "begin", broken)
        desk.open(1, MENU)
    desk.open(2, MENU)
    desk.hear(2, spoken("price"))

    assert desk.answers[0] == Message(Kind.FAILED, 1, b"RuntimeError")
    assert unpack_heard(desk.answers[1].payload)[0] == "price"


@needs_human
@pytest.mark.parametrize("digits", [(0, 1, 2, 3), (4, 5, 6, 7), (8, 9, 5, 1), (1, 4, 0, 9, 3), (5, 5, 9, 9)])
def test_a_person_says_a_number(recognizer: Recognizer, digits: tuple[int, ...]) -> None:
    """Digits in a row, said by a person, are counted and told apart."""
    desk = Desk(recognizer)
    desk.open(1, Hints(digits=(3, 6)))
    desk.hear(1, human_digits(digits))

    assert desk.texts() == ["".join(map(str, digits))]


@needs_human
@pytest.mark.parametrize("digit", range(10))
def test_a_person_says_a_digit(recognizer: Recognizer, digit: int) -> None:
    """Each single digit, said by a person, is told from the others."""
    desk = Desk(recognizer)
    desk.open(1, Hints(digits=(1, 1)))
    desk.hear(1, human_digits([digit]))

    assert desk.texts() == [str(digit)]


@needs_human
@pytest.mark.parametrize("name", ["vm-goodbye", "auth-thankyou", "tt-weasels", "vm-press"])
def test_a_prompt_that_fits_nothing_is_doubted(recognizer: Recognizer, name: str) -> None:
    """Speech that is none of the phrases is believed less than speech that is."""
    desk = Desk(recognizer)
    for turn, pcm in enumerate((human_prompt(name), spoken("order status"))):
        desk.open(turn, Hints(phrases=("order status", "ceiling fan", "opening hours")))
        desk.hear(turn, pcm)
    strange, known = (unpack_heard(answer.payload)[1] for answer in desk.answers)

    assert strange < known


@pytest.mark.parametrize(
    ("language", "said", "text"),
    [
        ("hi", "दाम", "दाम"),
        ("hi", "फिर से बोलिए", "फिर से बोलिए"),
        ("hi", "सुनाई नहीं दे रहा", "सुनाई नहीं दे रहा"),
        ("hinglish", "दुकान का समय", "dukaan ka samay"),
        ("hinglish", "ऑर्डर कहाँ है", "order kahan hai"),
        ("hinglish", "हाँ जी", "haan ji"),
        ("hinglish", "कुछ नहीं", "kuch nahi"),
    ],
)
def test_hindi_is_told_apart(recognizer: Recognizer, language: str, said: str, text: str) -> None:
    """A synthetic Hindi voice is understood, whichever script the shop has its words in."""
    phrases = {
        "hi": ("दाम", "फिर से बोलिए", "सुनाई नहीं दे रहा", "ऑर्डर", "पीछे"),
        "hinglish": ("dukaan ka samay", "order kahan hai", "haan ji", "nahi", "kuch nahi", "maal kab aayega"),
    }
    desk = Desk(recognizer)
    desk.open(1, Hints(language, phrases[language]))
    desk.hear(1, spoken(said, "inc/hi+f2"))

    assert desk.texts() == [text]


def test_who_is_wanted_no_more_by_the_time_it_is_ready_says_nothing(tmp_path: Path) -> None:
    """A command was over sooner; what its worker had to say would stand below what the command told."""
    answers, theirs = os.pipe()
    os.close(answers)
    model = str(prepare_model(tmp_path).folder)
    worker = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "callagent.stt.worker", model],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=subprocess.PIPE,
        check=False,
        timeout=60,
    )
    os.close(theirs)

    assert (worker.returncode, worker.stderr) == (0, b"")
