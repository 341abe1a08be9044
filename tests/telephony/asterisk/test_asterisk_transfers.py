"""Calls that Asterisk hands over to people, over either protocol: a dialplan that asks, and what it is told."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from uuid import uuid4

import pytest
from aiohttp import WSServerHandshakeError
from call.test_call_transfer import COUNTER, OWNER, HandsOver
from support.asterisk_dialplan import CALL, TOKEN, Dialplan, Picked, Protocol, dialplan, hear
from support.phone_call import Setting, make_services

from callagent.call.call import run_call
from callagent.call.heartbeat import Heartbeat
from callagent.call.summary import CallSummary
from callagent.dialogue.actions import CallBegan, Decision, Say, Transfer, Transferred
from callagent.errors import CarrierError, CarrierRefusedError
from callagent.events import Event
from callagent.media.audio import SILENCE
from callagent.simulator.virtual_time import VirtualClock, run
from callagent.stt.scripted import ScriptedTranscriber
from callagent.telephony.leg import Leg, LegEnd, LegEnded, LegInfo, LegSignal, Whisper

PEOPLE = [("+919800000002", 20.0), ("+919800000003", 10.0)]
TONE = b"\x00\x20" * 8000
"""One second."""
NOBODY, TALKED = Picked("NOANSWER"), Picked("ANSWER", listens_s=30.0)


@pytest.fixture(params=["audiosocket", "websocket"])
def protocol(request: pytest.FixtureRequest) -> Protocol:
    """One way to be called."""
    chosen: Protocol = request.param
    return chosen


class Agent:
    """Hands over every call that comes, at once, and keeps what its legs said."""

    def __init__(self, people: Sequence[tuple[str, float]] = PEOPLE, sound: bytes = TONE) -> None:
        self.infos: list[LegInfo] = []
        self.signals: list[list[LegSignal]] = []
        self.raised: list[Exception] = []
        self._people = people
        self._sound = sound

    async def __call__(self, leg: Leg) -> None:
        """Have a call."""
        self.infos.append(leg.info)
        try:
            await leg.transfer(self._people, Whisper("It is about a fan.", "en", self._speak))
        except CarrierError as error:
            self.raised.append(error)
        self.signals.append([signal async for signal in leg.signals()])
        await leg.hang_up()

    async def _speak(self) -> bytes:
        return self._sound


def with_dialplan(
    agent: Callable[[Leg], Awaitable[None]],
    folder: Path,
    protocol: Protocol,
    act: Callable[[Dialplan], Awaitable[None]],
    pieces: int = 0,
) -> Dialplan:
    """Have the dialplan act, in virtual time; the dialplan after it."""

    async def play() -> Dialplan:
        async with dialplan(agent, folder, protocol, pieces=pieces) as asterisk:
            await asterisk.announce()
            await act(asterisk)
            return asterisk

    return run(play())


async def is_handed_over(asterisk: Dialplan) -> None:
    """A call comes, and the agent hangs up so that others are rung."""
    line = await asterisk.connect()
    await hear(line)
    await line.hang_up()


def test_people_are_rung_until_one_has_talked(tmp_path: Path, protocol: Protocol) -> None:
    """Who picks up hears all of what it is about; when the two have talked, the call is over."""
    agent = Agent()

    async def act(asterisk: Dialplan) -> None:
        await is_handed_over(asterisk)
        assert await asterisk.go_on(NOBODY, TALKED) == "HANGUP"
        assert await asterisk.switchboard.promised() == 0

    asterisk = with_dialplan(agent, tmp_path, protocol, act)

    assert asterisk.rung == [number for number, _ in PEOPLE]
    assert [one[-1] for one in agent.signals] == [LegEnded(LegEnd.HANDED_OVER)]
    [whispered] = asterisk.whispered
    loud = sum(whispered[at : at + 320] != SILENCE for at in range(0, len(whispered), 320))
    assert 49 <= loud <= 51
    assert asterisk.server._handovers._calls == {}


def test_a_header_may_come_in_pieces(tmp_path: Path) -> None:
    """Of the call as of the whisper."""

    async def act(asterisk: Dialplan) -> None:
        await is_handed_over(asterisk)
        assert await asterisk.go_on(TALKED) == "HANGUP"

    asterisk = with_dialplan(Agent(), tmp_path, "audiosocket", act, pieces=2)

    assert len(asterisk.rung) == len(asterisk.whispered) == 1


def test_the_call_comes_back_when_nobody_picks_up(tmp_path: Path, protocol: Protocol) -> None:
    """Of the same caller, though the server takes no others any more; and it may be handed over anew."""
    agent = Agent()

    async def act(asterisk: Dialplan) -> None:
        await is_handed_over(asterisk)
        asterisk.admits = False
        assert await asterisk.go_on(NOBODY, Picked("BUSY")) == "BACK"
        assert await asterisk.switchboard.promised() == 1
        await is_handed_over(asterisk)
        assert await asterisk.go_on(TALKED) == "HANGUP"

    asterisk = with_dialplan(agent, tmp_path, protocol, act)

    assert [(info.call_id, info.caller, info.called) for info in agent.infos] == [
        (str(CALL), "+919800000001", "100")
    ] * 2
    assert asterisk.rung == [number for number, _ in (*PEOPLE, PEOPLE[0])]


@pytest.mark.parametrize("listens_s", [0.0, 0.4])
def test_who_hangs_up_during_the_whisper_is_passed_over(tmp_path: Path, protocol: Protocol, listens_s: float) -> None:
    """The next one is rung, although Asterisk says that the first has answered."""

    async def act(asterisk: Dialplan) -> None:
        await is_handed_over(asterisk)
        assert await asterisk.go_on(Picked("ANSWER", listens_s), TALKED) == "HANGUP"

    asterisk = with_dialplan(Agent(), tmp_path, protocol, act)

    assert asterisk.rung == [number for number, _ in PEOPLE]


def test_a_whisper_without_sound_is_over_at_once(tmp_path: Path, protocol: Protocol) -> None:
    """A voice that fails keeps nobody from talking."""

    async def act(asterisk: Dialplan) -> None:
        await is_handed_over(asterisk)
        assert await asterisk.go_on(TALKED) == "HANGUP"

    [whispered] = with_dialplan(Agent(sound=b""), tmp_path, protocol, act).whispered

    assert len(whispered) <= 25 * len(SILENCE)


def test_the_caller_hangs_up_while_it_rings(tmp_path: Path, protocol: Protocol) -> None:
    """A dialplan that asks once more, or does not, gets nobody else rung."""

    async def act(asterisk: Dialplan) -> None:
        await is_handed_over(asterisk)
        _, _, ring = (await asterisk.ask()).split(",")
        assert await asterisk.ask(ring, "CANCEL") == "HANGUP"
        assert await asterisk.ask(ring, "NOANSWER") == "HANGUP"
        assert await asterisk.switchboard.promised() == 0

    with_dialplan(Agent(), tmp_path, protocol, act)


def test_who_asks_twice_gets_nothing(tmp_path: Path, protocol: Protocol) -> None:
    """And takes nothing from who asks rightly; nor is a whisper told that does not ring."""

    async def act(asterisk: Dialplan) -> None:
        await is_handed_over(asterisk)
        _, _, ring = (await asterisk.ask()).split(",")
        assert await asterisk.ask() == "HANGUP"
        assert await asterisk.ask(str(uuid4()), "NOANSWER") == "HANGUP"
        assert (await asterisk.ask(ring, "NOANSWER")).startswith(PEOPLE[1][0])
        assert await asterisk.ask(ring, "NOANSWER") == "HANGUP"
        if asterisk.protocol == "websocket":
            with pytest.raises(WSServerHandshakeError, match="404"):
                await asterisk.connect(ring=uuid4())

    with_dialplan(Agent(), tmp_path, protocol, act)


def test_a_call_that_nobody_handed_over(tmp_path: Path, protocol: Protocol) -> None:
    """Is not known, whatever is asked about it; a name that is none is told so, and strangers are let nowhere."""

    async def act(asterisk: Dialplan) -> None:
        assert await asterisk.ask(call=uuid4()) == "HANGUP"
        assert await asterisk.ask(status="NOANSWER") == "HANGUP"
        assert (await asterisk.get("next/nobody"))[0] == 400
        assert (await asterisk.get(f"next/{CALL}", token="guessed"))[0] == 403
        if asterisk.protocol == "websocket":
            with pytest.raises(WSServerHandshakeError, match="400"):
                await asterisk.http.ws_connect(f"http://here/asterisk/media?call=me&token={TOKEN}")

    with_dialplan(Agent(), tmp_path, protocol, act)


def test_a_dialplan_that_does_not_ask_hands_nobody_over(tmp_path: Path) -> None:
    """The leg says so, the caller stays, and the flow goes on."""
    agent = Agent()

    async def act(asterisk: Dialplan) -> None:
        await asterisk.announce(transfer="no")
        line = await asterisk.connect()
        assert len(await hear(line, 1.0)) == 50 * len(SILENCE)
        await line.hang_up()
        await asyncio.sleep(0.1)
        assert await asterisk.ask() == "HANGUP"

    with_dialplan(agent, tmp_path, "audiosocket", act)

    assert [str(one).partition(":")[0] for one in agent.raised] == ["The dialplan has not said that it rings others"]
    assert agent.signals[0][-1] == LegEnded(LegEnd.CALLER_HUNG_UP)


def test_a_call_that_is_over_is_not_handed_over(tmp_path: Path, protocol: Protocol) -> None:
    """The caller has hung up before: nobody is rung."""
    raised: list[Exception] = []

    async def too_late(leg: Leg) -> None:
        async for _ in leg.signals():
            pass
        try:
            await leg.transfer(PEOPLE, Whisper())
        except CarrierRefusedError as error:
            raised.append(error)
        await leg.hang_up()

    async def act(asterisk: Dialplan) -> None:
        line = await asterisk.connect()
        await hear(line, 0.2)
        await line.hang_up()
        await asyncio.sleep(0.5)
        assert await asterisk.ask() == "HANGUP"

    with_dialplan(too_late, tmp_path, protocol, act)

    assert len(raised) == 1


def test_a_full_server_tells_the_dialplan(tmp_path: Path) -> None:
    """Whose callers hear then what it has for them."""

    async def act(asterisk: Dialplan) -> None:
        asterisk.admits = False
        line = await asterisk.connect()
        assert not any(await hear(line))
        assert await asterisk.ask() == "BUSY"

    with_dialplan(Agent(), tmp_path, "audiosocket", act)


class TellsWhy(HandsOver):
    """Hands over with a word for who picks up."""

    def begin(self, began: CallBegan) -> Decision[int]:
        """Say so, and hand over."""
        wanted = Transfer(self.wanted, "A caller with a complaint.")
        return Decision(7, (Say("connecting", "I will connect you.", fixed=True), wanted))


def test_whole_calls_are_handed_over_and_taken_up_again(tmp_path: Path, protocol: Protocol) -> None:
    """Nobody picks up: the flow goes on where it was, on a new leg, and the shop's voice has told who did not."""
    flow = TellsWhy(OWNER, COUNTER)
    setting = Setting(tmp_path, dialogue=flow)
    summaries: list[CallSummary] = []
    events: list[Event] = []

    async def play() -> Dialplan:
        clock = VirtualClock(asyncio.get_running_loop(), setting.began)
        heartbeat = Heartbeat(clock)
        heartbeat.start()
        services = make_services(setting, ScriptedTranscriber(ScriptedTranscriber.Options()), clock, heartbeat)

        async def answer(leg: Leg) -> None:
            summaries.append(await run_call(leg, services, [events.append]))

        async with dialplan(answer, tmp_path, protocol) as asterisk:
            await asterisk.announce()
            await is_handed_over(asterisk)
            assert await asterisk.go_on(Picked("ANSWER", listens_s=1.0), NOBODY) == "BACK"
            line = await asterisk.connect()
            await hear(line, 3.0)
            await line.hang_up()
            await asyncio.sleep(5.0)
        await heartbeat.stop()
        await services.synthesizer.aclose()
        return asterisk

    asterisk = run(play())

    assert asterisk.rung == [OWNER.phone, COUNTER.phone]
    assert any(asterisk.whispered[0])
    assert flow.given == [(7, Transferred("nobody"))]
    assert [one.disposition for one in summaries] == ["transferred to owner or counter", "caller hung up"]
    assert [one.failures for one in summaries] == [(), ()]
