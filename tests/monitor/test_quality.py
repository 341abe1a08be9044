"""Providers that do badly are demoted before they fail, and restored; time is an argument."""

from datetime import UTC, datetime
from typing import Any

import pytest
from support.faulty import FaultyEar

from callagent.clock import ManualClock
from callagent.errors import ProviderUnavailableError
from callagent.events import ProviderFailed
from callagent.monitor.monitor import Monitor
from callagent.monitor.quality import LONGEST_REST_S, ON_TRIAL, QualityMonitor
from callagent.monitor.scores import ENOUGH, FIRST_S, WINDOW_S
from callagent.monitor.status import Reporter
from callagent.monitor.thresholds import DEFAULTS, thresholds_with
from callagent.resilience.incidents import Demoted, Incident, Restored, reporting
from callagent.resilience.lineup import Lineup
from callagent.resilience.roster import Roster

FAILED = ProviderUnavailableError("whisper", "refused")
NAMES = ("deepgram", "whisper", "pocketsphinx")
REST_S = 120.0
SLOW_S = 1.9
QUICK_S = 0.4


class Ward:
    """Deepgram, then whisper, then pocketsphinx, and who watches them."""

    def __init__(
        self, *, demotes: bool = True, names: tuple[str, ...] = ("deepgram", "whisper", "pocketsphinx")
    ) -> None:
        self.clock = ManualClock(datetime(2026, 11, 20, 8, 40, tzinfo=UTC), now_s=5000.0)
        self.roster = Roster()
        ears = [(name, FaultyEar(name, ["yes"], needs_network=name == "deepgram")) for name in names]
        self.lineup: Lineup[Any] = Lineup(ears, self.clock, is_demoted=lambda name: self.roster.is_demoted("stt", name))
        self.roster.enrol("stt", self.lineup)
        self.quality = QualityMonitor(self.roster, DEFAULTS, demotes=demotes, rest_s=REST_S)

    def answers(self, provider: str, first_s: float, times: int = ENOUGH) -> None:
        """A provider answers so often, so late."""
        for _ in range(times):
            self.quality.scores.note(("stt", provider), FIRST_S, first_s, self.clock.now_s())
        self.quality.look(self.clock.now_s())

    def wait(self, seconds: float) -> None:
        """Time goes by."""
        self.clock.advance(seconds)
        self.quality.look(self.clock.now_s())

    @property
    def order(self) -> str:
        """Who is asked."""
        return " ".join(member.name for member in self.lineup.order("en"))

    def advice(self) -> tuple[str, ...]:
        """What a person is told."""
        monitor = Monitor(self.clock, self.quality, lambda: 0.0)
        status = Reporter(monitor, self.roster, UTC).status(self.clock.now_s(), self.clock.wall())
        return status.recommendations


def test_a_slow_provider_is_asked_later() -> None:
    """Only the one that stays last is asked after it, until its rest is over; then it has its own place again."""
    ward = Ward()
    ward.answers("deepgram", SLOW_S)

    assert ward.order == "whisper deepgram pocketsphinx"
    ward.wait(REST_S - 1)
    assert ward.order == "whisper deepgram pocketsphinx"
    ward.wait(1)
    assert ward.order == "deepgram whisper pocketsphinx"


def test_a_few_slow_answers_say_nothing() -> None:
    """One fewer than enough demotes nobody, nor do those of long ago."""
    ward = Ward()
    ward.answers("deepgram", SLOW_S, ENOUGH - 1)
    ward.wait(WINDOW_S + 1)
    ward.answers("deepgram", SLOW_S, 1)

    assert ward.order.startswith("deepgram")


def test_one_slow_answer_among_twenty_is_no_slow_provider() -> None:
    """It is the p95 that counts."""
    ward = Ward()
    ward.answers("deepgram", QUICK_S, ENOUGH - 1)
    ward.answers("deepgram", SLOW_S, 1)
    assert ward.order.startswith("deepgram")

    ward.answers("deepgram", SLOW_S, 1)
    assert ward.order.startswith("whisper")


def test_one_that_falls_short_again_rests_longer_and_sooner() -> None:
    """On trial few answers suffice, and each rest is twice the last, up to a limit."""
    ward = Ward()
    ward.answers("deepgram", SLOW_S)
    rests = []
    for _ in range(6):
        began_s = ward.clock.now_s()
        while ward.order.startswith("whisper"):
            ward.wait(1)
        rests.append(ward.clock.now_s() - began_s)
        ward.answers("deepgram", SLOW_S, ON_TRIAL)

    assert rests == [120, 240, 480, 960, LONGEST_REST_S, LONGEST_REST_S]


def test_one_that_does_well_again_is_forgiven() -> None:
    """After as long without trouble as its next rest would be, few bad answers are no reason again."""
    ward = Ward()
    ward.answers("deepgram", SLOW_S)
    ward.wait(REST_S)
    ward.wait(2 * REST_S + 1)
    ward.answers("deepgram", SLOW_S, ON_TRIAL)
    assert ward.order.startswith("deepgram")

    ward.answers("deepgram", SLOW_S, ENOUGH)
    assert ward.order.startswith("whisper")


def test_nobody_is_demoted_for_somebody_worse() -> None:
    """Where the others fall short too, the configured order stands."""
    ward = Ward()
    ward.answers("whisper", SLOW_S)
    assert ward.order == "deepgram whisper pocketsphinx"

    ward.answers("deepgram", SLOW_S + 1)
    assert ward.order == "deepgram whisper pocketsphinx"


def test_the_only_provider_is_not_demoted_but_named() -> None:
    """There is nobody to ask instead, and the advice says so."""
    ward = Ward(names=("deepgram",))
    ward.answers("deepgram", SLOW_S)

    assert ward.order == "deepgram"
    assert "nobody better: name another one in CALLAGENT_STT" in ward.advice()[0]


def test_nobody_is_demoted_where_that_would_change_nothing() -> None:
    """After the only one in the network comes who stays last: the advice is to name another one."""
    ward = Ward(names=("deepgram", "pocketsphinx"))
    ward.answers("deepgram", SLOW_S)

    assert not ward.roster.is_demoted("stt", "deepgram")
    assert "nobody better: name another one in CALLAGENT_STT" in ward.advice()[0]


def test_what_falls_short_is_said_in_plain_words() -> None:
    """Who, by how much, since when by the clock on the wall, and who answers meanwhile."""
    ward = Ward()
    ward.answers("deepgram", SLOW_S)
    ward.wait(60)

    assert ward.advice()[0].startswith("Deepgram p95 is 1.9 s since 08:40; whisper listens. Look at the network")


def test_a_monitor_that_may_not_demote_only_says_so() -> None:
    """With the setting off the order stays, and the advice is a person's to take."""
    ward = Ward(demotes=False)
    ward.answers("deepgram", SLOW_S)

    assert ward.order.startswith("deepgram")
    assert "whisper would do better: put it first in CALLAGENT_STT" in ward.advice()[0]


@pytest.mark.parametrize(
    ("measure", "bad", "good"),
    [("errors", 1.0, 0.0), ("empty", 1.0, 0.0), ("confidence", 0.1, 0.9), ("no_match", 1.0, 0.0)],
)
def test_every_measure_can_demote(measure: str, bad: float, good: float) -> None:
    """A good provider stays whatever is measured; a bad one goes."""
    ward = Ward()
    for provider, value in (("deepgram", bad), ("whisper", good)):
        for _ in range(ENOUGH):
            ward.quality.scores.note(("stt", provider), measure, value, ward.clock.now_s())
    ward.wait(0)

    assert ward.order == "whisper deepgram pocketsphinx"


def test_every_live_call_hears_of_it() -> None:
    """Demotion and restoration are incidents of all calls that go on."""
    ward = Ward()
    one: list[Incident] = []
    two: list[Incident] = []
    with reporting(one.append), reporting(two.append):
        ward.answers("deepgram", SLOW_S)
        ward.wait(REST_S)

    assert one == [Demoted("stt", "deepgram", "p95 is 1.9 s"), Restored("stt", "deepgram")]
    assert two == one


def test_one_that_is_left_alone_is_no_stand_in() -> None:
    """Whisper keeps failing: pocketsphinx is who would be asked in Deepgram's place."""
    ward = Ward()
    whisper = next(member for member in ward.lineup.members if member.name == "whisper")
    for _ in range(3):
        permit = whisper.breaker.admit()
        assert permit is not None
        permit.failed(FAILED)

    assert ward.roster.stand_ins("stt", "deepgram") == ("pocketsphinx",)
    assert "Whisper keeps failing and is left alone for 10 s; deepgram listens." in ward.advice()[0]


def test_what_is_no_provider_has_no_score() -> None:
    """Stored prompts speak, and a model's stage fails as a whole: neither can be demoted or mended."""
    ward = Ward()
    with Monitor(ward.clock, ward.quality, lambda: 0.0).watching() as listen:
        listen(ProviderFailed(at_s=1.0, stage="llm", provider="llm", error="ProviderUnavailableError"))
        listen(ProviderFailed(at_s=1.0, stage="stt", provider="stored", error="ProviderUnavailableError"))
        listen(ProviderFailed(at_s=1.0, stage="stt", provider="whisper", error="ProviderUnavailableError"))

    assert ward.quality.scores.keys == (("stt", "whisper"),)


def test_thresholds_are_settings() -> None:
    """What is given replaces the default, and a negative number switches a measure off."""
    thresholds = thresholds_with({"stt": {"p95_s": 3.0, "empty": -1}})

    assert (thresholds["stt"].p95_s, thresholds["stt"].empty) == (3.0, None)
    assert thresholds["stt"].errors == DEFAULTS["stt"].errors
    assert thresholds["tts"] == DEFAULTS["tts"]
