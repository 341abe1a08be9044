"""The embedded recogniser, with its real worker processes."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Sequence
from itertools import count
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from stt.speech import in_chunks, spoken

from callagent.errors import ConfigurationError, ProviderTimeoutError, ProviderUnavailableError
from callagent.stt import workers
from callagent.stt.pocketsphinx import PocketsphinxTranscriber
from callagent.stt.transcriber import Hints, Transcript
from callagent.stt.workers import Worker

MENU = Hints(phrases=("price", "ceiling fan", "order status", "opening hours", "goodbye"))

PATIENT_S = 60.0
"""However busy the machine is: none of these tests is about speed."""


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One adapted model for all tests of this file."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
async def transcriber(cache: Path) -> AsyncIterator[PocketsphinxTranscriber]:
    """One worker, believing everything."""
    made = PocketsphinxTranscriber(
        PocketsphinxTranscriber.Options(workers=1, accept=0.0, timeout_s=PATIENT_S, cache_dir=cache)
    )
    yield made
    await made.aclose()


async def hear(transcriber: PocketsphinxTranscriber, text: str, hints: Hints = MENU) -> Transcript:
    """The transcript of a synthetic voice's words."""
    (transcript,) = [each async for each in transcriber.transcribe(in_chunks(spoken(text)), hints)]
    return transcript


def process(transcriber: PocketsphinxTranscriber) -> int:
    """Number of the only worker's process."""
    assert transcriber._pool is not None
    (worker,) = transcriber._pool._workers
    return worker._process.pid


async def test_calls_share_a_worker(transcriber: PocketsphinxTranscriber) -> None:
    """Three callers at the same time each get their own words."""
    texts = ("price", "ceiling fan", "goodbye")
    heard = await asyncio.gather(*(hear(transcriber, text) for text in texts))

    assert [transcript.text for transcript in heard] == list(texts)
    assert all(transcript.final and 0 < transcript.confidence <= 1 for transcript in heard)


async def test_an_unlikely_answer_is_rejected(cache: Path) -> None:
    """Below the confidence asked for, the text is empty and the confidence is told."""
    strict = PocketsphinxTranscriber(
        PocketsphinxTranscriber.Options(workers=1, accept=1.0, timeout_s=PATIENT_S, cache_dir=cache)
    )
    try:
        transcript = await hear(strict, "price")
    finally:
        await strict.aclose()

    assert transcript.text == ""
    assert 0 < transcript.confidence <= 1


async def test_a_turn_that_is_cut_short_frees_its_worker(transcriber: PocketsphinxTranscriber) -> None:
    """A caller who barges in leaves nobody waiting, and the next turn is heard."""
    await transcriber.warm_up()

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield bytes(320)
            await asyncio.sleep(0)

    async def turn() -> None:
        async for _ in transcriber.transcribe(endless(), MENU):
            pass

    task = asyncio.create_task(turn())
    for _ in range(50):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert transcriber._pool is not None
    assert transcriber._pool._workers[0].turns == 0
    assert (await hear(transcriber, "goodbye")).text == "goodbye"


async def test_a_worker_that_dies_is_replaced(transcriber: PocketsphinxTranscriber) -> None:
    """A worker killed in the middle of a turn costs nothing but time: another hears the turn from its beginning."""
    await transcriber.warm_up()
    killed = process(transcriber)

    async def interrupted() -> AsyncIterator[bytes]:
        pcm = spoken("opening hours")
        async for chunk in in_chunks(pcm[: len(pcm) // 2]):
            yield chunk
        os.kill(killed, signal.SIGKILL)
        async for chunk in in_chunks(pcm[len(pcm) // 2 :]):
            yield chunk

    (transcript,) = [each async for each in transcriber.transcribe(interrupted(), MENU)]

    assert transcript.text == "opening hours"
    assert process(transcriber) != killed


async def test_every_worker_is_prepared(transcriber: PocketsphinxTranscriber, monkeypatch: pytest.MonkeyPatch) -> None:
    """What callers will be asked is told to every worker, and to one that replaces it; both hear as ever."""
    told: list[Sequence[Hints]] = []
    prepare = Worker.prepare

    async def noted(worker: Worker, expected: Sequence[Hints]) -> None:
        told.append(tuple(expected))
        await prepare(worker, expected)

    monkeypatch.setattr(Worker, "prepare", noted)
    await transcriber.warm_up()
    await transcriber.prepare([MENU])
    first = await hear(transcriber, "goodbye")
    assert transcriber._pool is not None
    (worker,) = transcriber._pool._workers
    worker._process.kill()
    await worker._reading
    second = await hear(transcriber, "price")

    assert told == [(), (MENU,), (MENU,)]
    assert (first.text, second.text) == ("goodbye", "price")


async def test_a_turn_that_is_cut_short_loses_no_worker(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers that are started for a turn belong to the pool, also when the caller barges in between two of them."""
    started: list[Worker] = []
    one_is_up, go_on = asyncio.Event(), asyncio.Event()
    start, starts = Worker.start, count()

    async def one_by_one(provider: str, model: Path) -> Worker:
        if next(starts) == 1:
            await go_on.wait()
        started.append(await start(provider, model))
        one_is_up.set()
        return started[-1]

    monkeypatch.setattr(Worker, "start", one_by_one)
    transcriber = PocketsphinxTranscriber(
        PocketsphinxTranscriber.Options(workers=2, accept=0.0, timeout_s=PATIENT_S, cache_dir=cache)
    )
    turn = asyncio.create_task(hear(transcriber, "price"))
    await one_is_up.wait()
    turn.cancel()
    with pytest.raises(asyncio.CancelledError):
        await turn
    go_on.set()
    await transcriber.warm_up()
    await transcriber.aclose()

    assert [worker._process.returncode for worker in started] == [0, 0]


async def test_a_turn_does_not_wait_for_a_second_worker(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a worker that died is being replaced, the other one hears."""
    transcriber = PocketsphinxTranscriber(
        PocketsphinxTranscriber.Options(workers=2, accept=0.0, timeout_s=PATIENT_S, cache_dir=cache)
    )
    await transcriber.warm_up()
    assert transcriber._pool is not None
    lost = transcriber._pool._workers[0]
    lost._process.kill()
    await lost._reading
    replacing = asyncio.Event()

    async def never(_provider: str, _model: Path) -> Worker:
        replacing.set()
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(Worker, "start", never)
    try:
        async with asyncio.timeout(20):
            transcript = await hear(transcriber, "price")
    finally:
        await transcriber.aclose()

    assert transcript.text == "price"
    assert replacing.is_set()


async def test_one_worker_of_two_is_enough(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other one's trouble is logged, and costs no turn."""
    start, starts = Worker.start, count()

    async def every_other(provider: str, model: Path) -> Worker:
        if next(starts) % 2:
            raise ProviderUnavailableError(provider, "no more processes")
        return await start(provider, model)

    monkeypatch.setattr(Worker, "start", every_other)
    transcriber = PocketsphinxTranscriber(
        PocketsphinxTranscriber.Options(workers=2, accept=0.0, timeout_s=PATIENT_S, cache_dir=cache)
    )
    with capture_logs() as logs:
        await transcriber.warm_up()
    transcript = await hear(transcriber, "price")
    await transcriber.aclose()

    assert transcript.text == "price"
    assert [entry["error"] for entry in logs] == ["ProviderUnavailableError"]


async def test_a_worker_that_always_dies(transcriber: PocketsphinxTranscriber, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a second death the provider is unavailable, and another may take over."""

    async def hear_and_die(worker: Worker, audio: AsyncIterator[bytes], _hints: Hints, _timeout_s: float) -> None:
        async for _ in audio:
            pass
        worker._process.kill()
        await worker._reading
        raise workers.WorkerLostError

    monkeypatch.setattr(Worker, "hear", hear_and_die)

    with pytest.raises(ProviderUnavailableError, match="two recognition workers died"):
        await hear(transcriber, "price")


async def test_a_worker_that_hangs(cache: Path) -> None:
    """Without an answer in time the provider says so, and the next turn gets another worker."""
    options = PocketsphinxTranscriber.Options(workers=1, accept=0.0, timeout_s=2, cache_dir=cache)
    transcriber = PocketsphinxTranscriber(options)
    await transcriber.warm_up()
    stopped = process(transcriber)
    os.kill(stopped, signal.SIGSTOP)
    try:
        with pytest.raises(ProviderTimeoutError, match="no transcript after"):
            await hear(transcriber, "price")
        transcript = await hear(transcriber, "price")
    finally:
        await transcriber.aclose()

    assert transcript.text == "price"


async def test_a_worker_that_does_not_start(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that ends at once is told as the provider's trouble."""
    monkeypatch.setattr("sys.executable", "/bin/false")
    transcriber = PocketsphinxTranscriber(
        PocketsphinxTranscriber.Options(workers=1, timeout_s=PATIENT_S, cache_dir=cache)
    )

    with pytest.raises(ProviderUnavailableError, match="did not start"):
        await transcriber.warm_up()


async def test_workers_end_with_their_transcriber(cache: Path) -> None:
    """After `aclose` no process is left, and closing again is harmless."""
    transcriber = PocketsphinxTranscriber(
        PocketsphinxTranscriber.Options(workers=2, timeout_s=PATIENT_S, cache_dir=cache)
    )
    await transcriber.warm_up()
    assert transcriber._pool is not None
    running = [worker._process for worker in transcriber._pool._workers]
    await transcriber.aclose()
    await transcriber.aclose()

    assert [each.returncode for each in running] == [0, 0]


async def test_interrupt_from_the_keyboard_is_the_parents_affair(transcriber: PocketsphinxTranscriber) -> None:
    """A worker goes on when Ctrl-C reaches its process group."""
    await transcriber.warm_up()
    os.kill(process(transcriber), signal.SIGINT)

    assert (await hear(transcriber, "goodbye")).text == "goodbye"


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"workers": 0}, "workers is 0; it must be 1 or more"),
        ({"accept": 1.5}, "accept is 1.5; it must be from 0 to 1"),
    ],
)
def test_settings_that_make_no_sense(options: dict[str, int], problem: str) -> None:
    """A wrong setting is named, with a right value."""
    with pytest.raises(ConfigurationError, match=problem):
        PocketsphinxTranscriber(PocketsphinxTranscriber.Options(**options))  # type: ignore[arg-type]  # wrong on purpose
