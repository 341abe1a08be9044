"""baresip, a telephone without a screen: it speaks from files, keeps what it hears, and is told what to do over TCP."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from support.peers.ports import HOST, free_ports
from support.peers.program import PATIENT_S, Program, program
from support.peers.sounds import HEARD, PAUSE_S, likeness

from callagent.media.audio import silence
from callagent.media.wav import wav_bytes

PATIENCE_OF_A_CALL_S = 120.0
"""How long a file of silence is: where a file ends, baresip hangs up."""
_PLACES = ("/usr/lib/baresip/modules", "/usr/lib/x86_64-linux-gnu/baresip/modules", "/usr/local/lib/baresip/modules")
_MODULES = next((place for place in _PLACES if Path(place).is_dir()), _PLACES[0])

_number = count(1)
_CONFIG = """\
poll_method epoll
sip_listen {host}:{port}
net_interface {host}
audio_player aubridge,rx
audio_source aufile,silent.wav
audio_alert aubridge,al
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
rtp_ports {media}-{last_media}
rtp_timeout 20
jitter_buffer_delay 5-10
module_path {modules}
module g711.so
module aufile.so
module aubridge.so
module sndfile.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen {host}:{control}
snd_path rec
{more}
"""


class Baresip:
    """One telephone and its line of control."""

    def __init__(self, process: Program, folder: Path, port: int, control: asyncio.StreamWriter) -> None:
        self.port = port
        self.happened: list[dict[str, Any]] = []
        self._process = process
        self._folder = folder
        self._control = control
        self._responses: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._news = asyncio.Condition()
        self._sounds = count(1)

    async def listen(self, reader: asyncio.StreamReader) -> None:
        """Keep what it tells: netstrings of JSON."""
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                length = await reader.readuntil(b":")
                told = json.loads(await reader.readexactly(int(length[:-1])))
                await reader.readexactly(1)
                if told.get("response"):
                    self._responses.put_nowait(told)
                async with self._news:
                    self.happened.append(told)
                    self._news.notify_all()

    async def tell(self, command: str, params: str = "") -> None:
        """Have it do something, such as "dial", "hangup" or "hold"."""
        message = json.dumps({"command": command, "params": params, "token": command}).encode()
        self._control.write(f"{len(message)}:".encode() + message + b",")
        async with self._within(f"answer to {command!r}"):
            response = await self._responses.get()
        assert response["ok"], f"baresip refused {command} {params}: {response}"

    async def event(self, kind: str, times: int = 1) -> dict[str, Any]:
        """What happened of that kind, such as "CALL_ESTABLISHED", once it has so many times."""
        async with self._within(f"tell of {kind}"), self._news:
            while True:
                found = [told for told in self.happened if told.get("type") == kind]
                if len(found) >= times:
                    return found[times - 1]
                await self._news.wait()

    @asynccontextmanager
    async def _within(self, what: str) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(PATIENT_S):
                yield
        except TimeoutError:
            happened = [(told.get("type"), told.get("param")) for told in self.happened if told.get("event")]
            pytest.fail(f"baresip did not {what} within {PATIENT_S:g} s; it told {happened}\n{self._process.told()}")

    async def dial(self, address: str) -> None:
        """Call, and be connected."""
        await self.tell("dial", address)
        await self.event("CALL_ESTABLISHED")

    async def press(self, digits: str) -> None:
        """Press keys, one after the other, as RFC 4733 sends them."""
        for digit in digits:
            await self.tell("sndcode", digit)

    async def speak(self, pcm: bytes, times: int = 1) -> None:
        """Say something from now on, so many times with pauses between, and be silent after it."""
        name = f"speech{next(self._sounds)}.wav"
        speech = (pcm + silence(PAUSE_S)) * times + silence(PATIENCE_OF_A_CALL_S)
        (self._folder / name).write_bytes(wav_bytes(speech))
        await self.tell("ausrc", f"aufile,{name}")

    async def hang_up(self) -> None:
        """End the call."""
        await self.tell("hangup")
        await self.closed()

    async def closed(self, times: int = 1) -> str:
        """Why its last call ended, once so many have."""
        return str((await self.event("CALL_CLOSED", times=times)).get("param", ""))

    def heard(self) -> bytes:
        """PCM of all that came to it so far, from its own recordings: one call after the other."""
        # While a call lasts, the header does not know yet how long it is.
        return b"".join(path.read_bytes()[44:] for path in sorted((self._folder / "rec").glob("dump-*-dec.wav")))

    async def hears(self, said: bytes, alike: float = HEARD) -> None:
        """Once it has heard that."""
        async with self._within("hear what was said"):
            # Nothing tells of a file that grows.
            while likeness(self.heard(), said) < alike:  # noqa: ASYNC110
                await asyncio.sleep(0.1)


@asynccontextmanager
async def baresip(
    folder: Path, user: str = "caller", *, transport: str = "udp", account: str = "", config: str = ""
) -> AsyncIterator[Baresip]:
    """A telephone; `account` is added to how it is known, such as `;answermode=auto`."""
    own = folder / f"baresip{next(_number)}"
    (own / "rec").mkdir(parents=True)
    port, media, control = free_ports(2), free_ports(20), free_ports(1)
    text = _CONFIG.format(
        host=HOST, port=port, media=media, last_media=media + 19, control=control, modules=_MODULES, more=config
    )
    (own / "config").write_text(text, encoding="utf-8")
    # Who is registered somewhere is known by that place, which its account names; others by where they are.
    domain = HOST if "regint" in account else f"{HOST}:{port}"
    known = f"<sip:{user}@{domain};transport={transport}>{account}{'' if 'regint' in account else ';regint=0'}"
    (own / "accounts").write_text(f"{known};audio_codecs=PCMU/8000/1,PCMA/8000/1\n", encoding="utf-8")
    (own / "contacts").write_text("", encoding="utf-8")
    (own / "silent.wav").write_bytes(wav_bytes(silence(PATIENCE_OF_A_CALL_S)))
    async with AsyncExitStack() as stack:
        process = await stack.enter_async_context(program("baresip", "-f", ".", cwd=own))
        await process.listens(control, tcp=True)
        reader, writer = await asyncio.open_connection(HOST, control)
        stack.callback(writer.close)
        made = Baresip(process, own, port, writer)
        listening = asyncio.create_task(made.listen(reader))
        stack.callback(listening.cancel)
        await process.says(r"baresip is ready")
        yield made
