"""`callagent bench --against pipecat`: what it shows, and when it fails."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from support.bench_results import result, spread

from callagent.cli import main
from callagent.commands import against
from callagent.commands.arguments import make_parser
from callagent.errors import ConfigurationError
from callagent.simulator.against import SIP_AGAINST_TWILIO, Comparison
from callagent.simulator.bench import BenchResult
from callagent.simulator.sip_trunk import SipTrunk
from callagent.simulator.twilio import TwilioCarrier


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the command measured, instead of which it gets made-up figures; `barge_in` is ours."""
    options: list[Any] = []

    async def compare(given: Any, *_: object) -> Comparison:
        options.append(given)
        ours = result(cores=0.08, response_ms=spread(500, 550), barge_in_ms=spread(90, 90 if len(options) < 2 else 210))
        stock: dict[str, Any] = {"cores": 0.4, "response_ms": spread(1000, 1100), "barge_in_ms": spread(380)}
        smart = result(memory_mb=550, client_late_ms=spread(1, 14), failures={"silence": 1}, **stock)
        return Comparison({"ours": [ours], "smart": [smart], "timeout": [result(memory_mb=110, **stock)]})

    monkeypatch.setattr(against, "compare", compare)
    return options


def shown(capsys: pytest.CaptureFixture[str]) -> str:
    """The output, without line ends and frames."""
    return " ".join(capsys.readouterr().out.replace("│", " ").split())


def test_the_table_shows_both_sides_and_the_floor(asked: list[Any], capsys: pytest.CaptureFixture[str]) -> None:
    """Ten calls twice where nothing else was said; the ratio and the limit beside the figures."""
    assert main(["bench", "--against", "pipecat"]) == 0
    told = shown(capsys)

    assert (asked[0].calls, asked[0].seconds, asked[0].rounds) == (10, 30.0, 2)
    assert "response p50 500 ms 1000 ms 1000 ms 0.50 0.65 ×" in told
    assert "barge-in p95 90 ms 380 ms 380 ms 0.24 200 ms" in told
    assert "core per call 0.80 % 4.00 % 4.00 % 0.20 0.3 ×" in told
    assert "memory per call 0.40 MB 55.00 MB 11.00 MB 0.04 0.5 MB" in told
    assert "Floor of a response: the stub services alone take 450 ms" in told
    assert "Beyond the limit" not in told


def test_what_makes_the_figures_doubtful_is_told(asked: list[Any], capsys: pytest.CaptureFixture[str]) -> None:
    """A late client's are the machine's as much as the servers', and a stock bot that failed is no measure."""
    assert main(["bench", "--against", "pipecat"]) == 0
    told = shown(capsys)

    assert "the measuring client was late itself, by 14 ms" in told
    assert "a stock bot failed" in told


def test_the_command_fails_beyond_a_limit(asked: list[Any], capsys: pytest.CaptureFixture[str]) -> None:
    """And says which."""
    asked.append("an earlier one")

    assert main(["bench", "--against", "pipecat", "--calls", "5", "--rounds", "1"]) == 1
    assert "Beyond the limit: barge-in p95." in shown(capsys)
    assert (asked[1].calls, asked[1].rounds) == (5, 1)


def test_json_is_all_that_is_printed(asked: list[Any], capsys: pytest.CaptureFixture[str]) -> None:
    """One object, for a program to read."""
    assert main(["bench", "--against", "pipecat", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["lines"]["failures"]["kept"] is True


def test_without_a_stock_bot_nothing_is_measured(
    asked: list[Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is told at once, as a matter of the installation."""

    def check() -> None:
        raise ConfigurationError("There is no bot: run this in a checkout of the repository.")

    monkeypatch.setattr(against, "check_stock_bot", check)

    assert main(["bench", "--against", "pipecat"]) == 2
    assert "checkout of the repository" in capsys.readouterr().err
    assert asked == []


async def made_up(given: Any, *_: object) -> Comparison:
    """SIP costs a third more than Twilio, and too much of it."""
    over_sip, over_twilio = result(cores=0.16), result(cores=0.12, failures={"silence": 1})
    return Comparison({"sip": [over_sip], "twilio": [over_twilio]}, SIP_AGAINST_TWILIO)


def test_carriers_are_compared_too(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a stock bot, by what a call costs, which is all that has a limit beside failures."""
    monkeypatch.setattr(against, "compare", made_up)
    monkeypatch.setattr(against, "check_stock_bot", lambda: pytest.fail("no stock bot is asked for"))

    assert main(["bench", "--carrier", "sip", "--against", "twilio"]) == 1
    told = shown(capsys)

    assert "SIP against Twilio: 10 calls at the same time" in told
    assert "core per call 1.60 % 1.20 % 1.33 1.2 ×" in told
    assert "response p50 800 ms 800 ms 1.00 response p95" in told
    assert "Beyond the limit: core per call." in told
    assert "a call over Twilio failed" in told
    assert "Floor" not in told


async def test_the_carriers_are_measured_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each round begins anew with a server of its own, and with the bad network only over SIP."""
    measured: list[object] = []

    @asynccontextmanager
    async def our_server(carrier: object, *_: object) -> AsyncIterator[object]:
        yield carrier

    async def measure(carrier: object, server: object, *_: object) -> BenchResult:
        assert carrier is server
        measured.append(carrier)
        return result()

    async def speak() -> tuple[bytes, ...]:
        return (b"",)

    monkeypatch.setattr(against, "our_server", our_server)
    monkeypatch.setattr(against, "measure", measure)
    options = make_parser().parse_args(
        ["bench", "--carrier", "sip", "--against", "twilio", "--rounds", "2", "--impair", "rtp=5"]
    )
    comparison = await against.compare(options, speak, lambda _: None)

    assert [type(carrier) for carrier in measured] == [SipTrunk, TwilioCarrier] * 2
    assert {name: len(rounds) for name, rounds in comparison.rounds.items()} == {"sip": 2, "twilio": 2}
    assert comparison.contest is SIP_AGAINST_TWILIO


@pytest.mark.parametrize(
    "words", [["--against", "asterisk"], ["--against", "pipecat", "--until-late"], ["--until-late", "--compare-direct"]]
)
def test_one_measurement_at_a_time(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """And against a bot that there is."""
    with pytest.raises(SystemExit) as caught:
        main(["bench", *words])

    assert caught.value.code == 2
    assert "argument --" in capsys.readouterr().err
