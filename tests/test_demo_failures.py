"""`callagent demo` when it cannot begin."""

import argparse
from pathlib import Path

import pytest
from support.environment import environment

from callagent.commands import demo
from callagent.commands.demo import Demo
from callagent.errors import ConfigurationError, ProviderUnavailableError
from callagent.media.audio import SILENCE
from callagent.media.wav import wav_bytes


class NeverReady:
    """A server whose recogniser cannot be had."""

    port = 1

    def __init__(self, *_: object, **__: object) -> None:
        made.append(self)
        self.told: list[str] = []

    async def start(self, public_url: str) -> None:
        """Listen."""
        self.told.append("start")

    async def ready(self) -> None:
        """Fail."""
        raise ProviderUnavailableError("nobody", "there is no recogniser")

    async def stop(self) -> None:
        """Let go of everything."""
        self.told.append("stop")


made: list[NeverReady] = []


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder and an environment of its own, and that server."""
    for name, value in environment(tmp_path).items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(demo, "App", NeverReady)
    made.clear()


async def test_a_server_that_does_not_get_ready_is_stopped(tmp_path: Path) -> None:
    """Nothing is left behind by a demo that ends before its call."""
    (tmp_path / "caller.wav").write_bytes(wav_bytes(SILENCE))
    demo = Demo(argparse.Namespace(json=True, caller="caller.wav", language="en", broken=None, at=None))
    with pytest.raises(ProviderUnavailableError):
        await demo.run()

    assert [server.told for server in made] == [["start", "stop"]]


async def test_an_unknown_language_starts_nothing() -> None:
    """It is known before anything is."""
    with pytest.raises(ConfigurationError, match="no such demo in 'tlh'"):
        await Demo(argparse.Namespace(json=True, caller=None, language="tlh", broken=None, at=None)).run()

    assert made == []
