"""Deepgram through its own client, against its protocol on loopback: what is heard, and how connections are used."""

import asyncio
from typing import Any

import pytest
from stt.deepgram_turns import ENGLISH, SPEECH, made, text, turn
from stt.speech import in_chunks
from support.deepgram_server import DeepgramServer, Fault

from callagent.media.g711 import ulaw_encode
from callagent.resilience.incidents import Connected, Incident, reporting
from callagent.stt.deepgram import DeepgramTranscriber
from callagent.stt.deepgram_streams import IDLE_S
from callagent.stt.transcriber import Hints

pytestmark = pytest.mark.usefixtures("tidy")


async def test_words_come_as_they_are_spoken(ear: DeepgramTranscriber, server: DeepgramServer) -> None:
    """Interims grow, then one final; all audio arrived, unchanged and once."""
    transcripts = await turn(ear)

    assert [(each.text, each.final) for each in transcripts] == [
        ("ceiling", False),
        ("ceiling fan", False),
        ("ceiling fan please", False),
        ("ceiling fan please", True),
    ]
    assert transcripts[-1].confidence == 0.9
    assert {each.provider for each in transcripts} == {"deepgram"}
    assert bytes(server.heard[0].audio) == SPEECH


async def test_what_the_server_is_asked_for(ear: DeepgramTranscriber, server: DeepgramServer) -> None:
    """The telephone's format, interims, no endpointing, the step's phrases, and figures for a number."""
    await turn(ear, hints=Hints(phrases=("ceiling fan", "16 amp switch"), digits=(4, 6)))

    assert server.heard[0].query == {
        "model": ["nova-3"],
        "language": ["en"],
        "encoding": ["linear16"],
        "sample_rate": ["8000"],
        "channels": ["1"],
        "interim_results": ["true"],
        "endpointing": ["false"],
        "punctuate": ["false"],
        "keyterm": ["ceiling fan", "16 amp switch"],
        "numerals": ["true"],
    }


@pytest.mark.parametrize(("language", "asked"), [("en", "en"), ("hi", "hi"), ("hinglish", "multi"), ("en-IN", "en-IN")])
async def test_languages(ear: DeepgramTranscriber, server: DeepgramServer, language: str, asked: str) -> None:
    """English and Hindi have models of their own, their mixture has the multilingual one."""
    await turn(ear, hints=Hints(language=language))

    assert server.heard[0].query["language"] == [asked]


async def test_mulaw_halves_the_traffic(server: DeepgramServer) -> None:
    """The same turn as µ-law."""
    ear = made(server, encoding="mulaw")

    assert await text(ear) == "ceiling fan please"
    assert bytes(server.heard[0].audio) == ulaw_encode(SPEECH)

    await ear.aclose()


async def test_turns_share_a_connection(ear: DeepgramTranscriber, server: DeepgramServer) -> None:
    """Three turns one after another connect once; each has its own words only, and the call hears who connected."""
    told: list[Incident] = []
    with reporting(told.append):
        texts = [await text(ear) for _ in range(3)]

    assert texts == ["ceiling fan please", "yes", "no thanks"]
    assert len(server.heard) == 1
    assert (ear.streams.opened, ear.streams.taken) == (1, 3)
    assert told == [Connected("stt", "deepgram", ready=ready) for ready in (False, True, True)]


async def test_an_open_connection_is_told_other_phrases(ear: DeepgramTranscriber, server: DeepgramServer) -> None:
    """The next step expects something else: no new connection; the same again needs no message."""
    await text(ear, hints=Hints(phrases=("fan",)))
    await text(ear, hints=Hints(phrases=("yes", "no"), digits=(4, 4)))
    await text(ear, hints=Hints(phrases=("yes", "no"), digits=(4, 4)))

    (heard,) = server.heard
    assert heard.kinds == ["Finalize", "Configure", "Finalize", "Finalize"]
    assert heard.messages[1]["keyterms"] == ["yes", "no"]
    assert heard.messages[1]["features"] == {"numerals": True}


async def test_where_that_cannot_be_told_each_step_has_its_connections(server: DeepgramServer) -> None:
    """As at regional endpoints."""
    ear = made(server, configure=False)
    for phrase in ("fan", "yes", "fan"):
        await text(ear, hints=Hints(phrases=(phrase,)))

    assert [heard.query["keyterm"] for heard in server.heard] == [["fan"], ["yes"]]

    await ear.aclose()


async def test_a_refusal_of_phrases_costs_no_words(ear: DeepgramTranscriber, server: DeepgramServer) -> None:
    """What the connection listens for is not known then, so it is not used again."""
    server.faults.append(Fault(refuses_keyterms=True))
    await text(ear)

    assert await text(ear, hints=Hints(phrases=("yes",))) == "yes"
    assert await text(ear, hints=Hints(phrases=("yes",))) == "no thanks"
    assert len(server.heard) == 2


async def test_too_many_phrases_are_cut(ear: DeepgramTranscriber, server: DeepgramServer) -> None:
    """Beyond its limit the service falls silent: the first ones are told, each once, none with a comma."""
    phrases = ("fan", "fan", "a, b", *(f"product number {number}" for number in range(300)))
    await text(ear, hints=Hints(phrases=phrases))
    told = server.heard[0].query["keyterm"]

    assert told[:2] == ["fan", "product number 0"]
    assert 50 < len(told) < 100


async def test_older_models_are_told_no_phrases(server: DeepgramServer) -> None:
    """They would refuse the connection."""
    ear = made(server, model="nova-2")
    await text(ear, hints=Hints(phrases=("fan",)))

    assert "keyterm" not in server.heard[0].query

    await ear.aclose()


async def test_a_connection_waits_before_the_first_turn(server: DeepgramServer) -> None:
    """Warmed up, a turn connects nowhere; a spare is made ready in the background when it is taken."""
    ear = made(server, spares=1)
    await ear.warm_up()
    opened = ear.streams.opened
    await text(ear)

    assert opened == 1
    assert bytes(server.heard[0].audio) == SPEECH

    await ear.aclose()


async def test_each_language_has_its_connection_ready(server: DeepgramServer) -> None:
    """Those that the flow listens for are connected before the first turn, and stay, however long nobody speaks."""
    ear = made(server, spares=1)
    await ear.warm_up()
    await ear.prepare([Hints("en", ("fan",)), Hints("hi"), Hints("hinglish"), Hints("hi", ("haan",))])
    for stream in ear.streams._idle:
        stream.idle_since_s -= 2 * IDLE_S
    told: list[Incident] = []
    with reporting(told.append):
        for language in ("en", "hi", "hinglish"):
            await turn(ear, hints=Hints(language, ("yes",)))

    assert [heard.query["language"][0] for heard in server.heard][:3] == ["en", "hi", "multi"]
    assert told == [Connected("stt", "deepgram", ready=True)] * 3

    await ear.aclose()


async def test_nothing_is_prepared_where_it_would_be_of_no_use(server: DeepgramServer) -> None:
    """A connection that cannot be told what to listen for is made for its turn."""
    ear = made(server, spares=1, configure=False)
    await ear.prepare([Hints("hi")])

    assert server.heard == []

    await ear.aclose()


async def test_no_more_is_kept_than_configured(server: DeepgramServer) -> None:
    """After three turns at once, one connection stays."""
    ear = made(server, most_idle=1)
    await asyncio.gather(*(turn(ear) for _ in range(3)))
    await text(ear)

    assert len(server.heard) == 3
    assert len(ear.streams._idle) == 1

    await ear.aclose()


async def test_each_turn_may_have_its_own_connection(server: DeepgramServer) -> None:
    """Where none may be used again."""
    ear = made(server, reuse_s=0.0)
    texts = [await text(ear) for _ in range(3)]

    assert texts == ["ceiling fan please", "yes", "no thanks"]
    assert len(server.heard) == 3

    await ear.aclose()


async def test_one_that_was_closed_while_idle_is_replaced(ear: DeepgramTranscriber, server: DeepgramServer) -> None:
    """Nobody hears of it."""
    await text(ear)
    await server.drop_all()

    assert await text(ear) == "yes"
    assert len(server.heard) == 2


async def test_one_that_is_closed_as_it_is_taken_costs_nothing(server: DeepgramServer) -> None:
    """The turn begins again on a new connection with all its audio."""
    server.faults.append(Fault(drops_after_s=0.1))
    ear = made(server, spares=1)
    await ear.warm_up()

    assert await text(ear) == "ceiling fan please"
    assert [bytes(heard.audio) for heard in server.heard[-1:]] == [SPEECH]

    await ear.aclose()


async def test_an_idle_connection_is_kept_alive(server: DeepgramServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says so, else the service closes it."""
    monkeypatch.setattr("callagent.stt.deepgram_streams.KEEP_ALIVE_S", 0.01)
    received: list[str] = []
    alive = asyncio.Event()

    def note(message: str) -> Any:
        received.append(message)
        if received.count("KeepAlive") > 3:
            alive.set()
        return {"type": message}

    monkeypatch.setattr("support.deepgram_server.json.loads", lambda message: note(message.split('"')[3]))
    ear = made(server, spares=1)
    await ear.warm_up()
    await asyncio.wait_for(alive.wait(), 60)
    await ear.aclose()

    assert set(received) == {"KeepAlive"}


async def test_no_answer_to_finalize(ear: DeepgramTranscriber, server: DeepgramServer) -> None:
    """With hardly any audio left the service may give none: the stream is closed, which tells what there is."""
    server.faults.append(Fault(ignores_finalize=True))

    assert await text(ear) == "ceiling fan please"
    assert server.heard[0].kinds == ["Finalize", "CloseStream"]
    assert await text(ear) == "yes"
    assert len(server.heard) == 2


async def test_late_words_belong_to_nobody(ear: DeepgramTranscriber, server: DeepgramServer) -> None:
    """What comes of one turn after its end is not heard in the next."""
    server.faults.append(Fault(finals_are_late=True))

    assert [await text(ear) for _ in range(2)] == ["ceiling fan please", "yes"]
    assert len(server.heard) == 1


async def test_a_turn_cut_short_takes_its_connection_along(ear: DeepgramTranscriber, server: DeepgramServer) -> None:
    """Its words might come later, in somebody else's turn."""
    async with asyncio.timeout(5):
        stream = ear.transcribe(in_chunks(SPEECH), ENGLISH)
        await anext(stream)
        await stream.aclose()

    assert await text(ear) == "yes"
    assert len(server.heard) == 2


async def test_cancelled_anywhere(server: DeepgramServer) -> None:
    """However far a turn has come, it can be cancelled, and the next is heard."""
    server.texts.extend(["ceiling fan please"] * 40)
    ear = made(server, spares=1)
    for steps in range(0, 60, 3):
        listening = asyncio.create_task(turn(ear, hints=Hints(phrases=(f"phrase {steps}",))))
        for _ in range(steps):
            await asyncio.sleep(0)
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)

    assert await text(ear)

    await ear.aclose()


async def test_silence_is_empty(ear: DeepgramTranscriber, server: DeepgramServer) -> None:
    """A turn in which nothing was said has an empty final, with no confidence."""
    server.texts.clear()
    (transcript,) = await turn(ear)

    assert (transcript.text, transcript.confidence, transcript.final) == ("", 0.0, True)


async def test_what_was_needed_in_a_busy_time_is_let_go_of(
    server: DeepgramServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three turns at once leave three connections; a minute later, all but the spare one are closed."""
    ear = made(server, spares=1)
    await asyncio.gather(*(turn(ear) for _ in range(3)))
    before = len(ear.streams._idle)
    monkeypatch.setattr("callagent.stt.deepgram_streams.IDLE_S", 0.0)
    await text(ear)

    assert before >= 3
    assert len(ear.streams._idle) == 1

    await ear.aclose()
