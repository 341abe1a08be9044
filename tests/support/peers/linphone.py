"""linphonec, the telephone of the Linphone project: typed commands, sound from and into files."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from os import environ
from pathlib import Path

from support.peers.ports import free_ports
from support.peers.program import PATIENT_S, Program, program

from callagent.media.audio import SAMPLE_RATE
from callagent.media.wav import wav_bytes

_number = count(1)
_CONFIG = """\
[sip]
sip_port={port}
sip_tcp_port={port}
sip_tls_port=-1
[rtp]
audio_rtp_port={media}
[video]
capture=0
display=0
"""


class Linphone:
    """One telephone."""

    def __init__(self, process: Program, folder: Path, port: int) -> None:
        self.port = port
        self._process = process
        self._folder = folder
        self._read = 0

    def types(self, line: str) -> None:
        """Give it a command."""
        self._process.types(line)

    async def says(self, pattern: str, seconds: float = PATIENT_S) -> None:
        """Once it has said that, after what it was last waited for."""
        self._read = (await self._process.says(pattern, seconds, self._read)).end()

    async def dial(self, address: str) -> None:
        """Call, and be connected."""
        self.types(f"call {address}")
        await self.says(r"Media streams established|connected|Call \d+ .*established")

    def heard(self) -> bytes:
        """PCM of all that came to it; to be asked once it has ended."""
        # Its header counts itself as sound, so that the file seems to end too early.
        recorded = (self._folder / "heard.wav").read_bytes()
        assert int.from_bytes(recorded[24:28], "little") == SAMPLE_RATE
        return recorded[44:]

    async def quit(self) -> None:
        """End the program, so that its recording is whole."""
        self.types("quit")
        await self._process.ended()


@asynccontextmanager
async def linphone(folder: Path, speech: bytes, *, picks_up: bool = False) -> AsyncIterator[Linphone]:
    """A telephone that says `speech`, PCM, over and over, and records what it hears."""
    own = folder / f"linphone{next(_number)}"
    (own / ".local" / "share" / "linphone").mkdir(parents=True)
    port, media = free_ports(), free_ports(4)
    (own / "rc").write_text(_CONFIG.format(port=port, media=media), encoding="utf-8")
    (own / "speech.wav").write_bytes(wav_bytes(speech))
    ours = {"HOME": str(own), "TERM": "dumb"}
    home = {name: value for name, value in environ.items() if not name.startswith("XDG_")} | ours
    async with program(
        "linphonec", "-c", "rc", *(["-a"] if picks_up else []), cwd=own, typed=True, env=home
    ) as process:
        await process.listens(port)
        made = Linphone(process, own, port)
        for line in ("soundcard use files", f"play {own / 'speech.wav'}", f"record {own / 'heard.wav'}"):
            made.types(line)
        yield made
