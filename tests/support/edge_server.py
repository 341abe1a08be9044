"""Edge's read-aloud service as `edge-tts` meets it: a WebSocket that takes one text and sends MP3 and words."""

import asyncio
import json
import re
from html import escape, unescape
from itertools import count

import av
import numpy as np
from aiohttp import web
from support.vendors import TRICKLE, Fault, VendorServer, cut

from callagent.media.audio import SAMPLE_RATE
from callagent.media.resample import resample
from callagent.tts.edge import BYTES_PER_S
from callagent.tts.scripted import CHARACTERS_PER_S, ScriptedOptions, ScriptedSynthesizer
from callagent.tts.synthesizer import Speech, SpokenWord

TICKS_PER_S = 10_000_000
MESSAGE = 720
"""Bytes of MP3 in a message: five frames, 120 ms."""


class EdgeServer(VendorServer):
    """Speaks a tone, as long as the text would take."""

    path = "/edge/v1"

    def __init__(self) -> None:
        super().__init__()
        self.spoken: list[tuple[str, str, str]] = []
        """Voice, rate and text of what was asked for."""

    @property
    def url(self) -> str:
        """What takes the place of the library's constant."""
        return f"ws://127.0.0.1:{self.port}{self.path}?TrustedClientToken=none"

    async def serve(self, request: web.Request, fault: Fault | None) -> web.StreamResponse:
        """One text, from the handshake to the client's goodbye."""
        socket = web.WebSocketResponse(compress=True)
        await socket.prepare(request)
        kind = fault.kind if fault else ""
        if kind == "stop reading":
            assert request.transport is not None
            request.transport.pause_reading()
            await self.hang()
            cut(request)
            return socket
        config = json.loads((await socket.receive_str()).partition("\r\n\r\n")[2])
        synthesis = config["context"]["synthesis"]["audio"]
        assert synthesis["outputFormat"] == "audio-24khz-48kbitrate-mono-mp3"
        assert synthesis["metadataoptions"]["wordBoundaryEnabled"] == "true"
        voice, rate, text = _ssml((await socket.receive_str()).partition("\r\n\r\n")[2])
        self.spoken.append((voice, rate, text))
        await socket.send_str("X-RequestId:1\r\nPath:turn.start\r\n\r\n{}")
        await socket.send_str("X-RequestId:1\r\nPath:response\r\n\r\n{}")
        if kind == "garbage":
            await socket.send_str("?")
        if kind == "wrong schema":
            await socket.send_str('Path:audio.metadata\r\n\r\n{"Metadata":[{"Type":"Word"}]}')
        if kind == "huge":
            await socket.send_bytes(_audio(bytes(10_000_000)))
        speech = Speech(text, rate=1 + int(rate.rstrip("%")) / 100)
        if kind != "nothing" and not await self._speak(request, socket, kind, speech):
            return socket
        if kind == "no goodbye":
            await self.hang()
        await socket.send_str("X-RequestId:1\r\nPath:turn.end\r\n\r\n{}")
        async for _ in socket:
            pass
        return socket

    async def _speak(self, request: web.Request, socket: web.WebSocketResponse, kind: str, speech: Speech) -> bool:
        """Whether there is more to come."""
        pcm, words = await _said(speech)
        data = bytes(range(256)) * 40 if kind == "noise" else mp3(pcm, 48_000 if kind == "wrong rate" else 24_000)
        for number, at in enumerate(range(0, len(data), MESSAGE)):
            if kind in {"drop", "hang later"} and number == 3:
                if kind == "hang later":
                    await self.hang()
                cut(request)
                return False
            until_s = (at + MESSAGE) / len(data) * len(pcm) / 2 / SAMPLE_RATE
            while words and (words[0].at_s < until_s or at + MESSAGE >= len(data)):
                await socket.send_str(_boundary(words.pop(0)))
            await socket.send_bytes(_audio(data[at : at + MESSAGE]))
            if kind == "trickle":
                await asyncio.sleep(TRICKLE * MESSAGE / BYTES_PER_S)
        await socket.send_bytes(_message("X-RequestId:1\r\nPath:audio\r\n", b""))
        return True


def mp3(pcm: bytes, rate: int) -> bytes:
    """Telephone audio as the service's kind of MP3."""
    encoder = av.AudioCodecContext.create("libmp3lame", "w")
    encoder.sample_rate, encoder.format, encoder.layout, encoder.bit_rate = rate, "s16p", "mono", 48_000
    audio = np.frombuffer(resample(pcm, SAMPLE_RATE, rate), "<i2")
    encoded, places = b"", count(step=1152)
    encoder.open()
    size = encoder.frame_size
    for at in range(0, len(audio), size):
        frame = av.AudioFrame.from_ndarray(audio[at : at + size][None, :], format="s16p", layout="mono")
        frame.sample_rate, frame.pts = rate, next(places)
        encoded += b"".join(bytes(packet) for packet in encoder.encode(frame))
    return encoded + b"".join(bytes(packet) for packet in encoder.encode(None))


async def _said(speech: Speech) -> tuple[bytes, list[SpokenWord]]:
    voice = ScriptedSynthesizer(ScriptedOptions(first_audio_ms=0, speed=1e6))
    chunks = [chunk async for chunk in voice.synthesize(speech)]
    return b"".join(chunk.pcm for chunk in chunks), [word for chunk in chunks for word in chunk.words]


def _ssml(ssml: str) -> tuple[str, str, str]:
    found = re.search(r"<voice name='([^']+)'><prosody pitch='\+0Hz' rate='([^']+)' volume='\+0%'>(.*)</prosody>", ssml)
    assert found is not None
    assert "<" not in found[3], "no markup may come from a text"
    return found[1], found[2], unescape(found[3])


def _boundary(word: SpokenWord) -> str:
    text = {"Text": escape(word.text.strip(".,?!")), "Length": len(word.text), "BoundaryType": "WordBoundary"}
    ticks = {"Offset": round(word.at_s * TICKS_PER_S), "Duration": len(word.text) * TICKS_PER_S // CHARACTERS_PER_S}
    told = json.dumps({"Metadata": [{"Type": "WordBoundary", "Data": {**ticks, "text": text}}]})
    return f"X-RequestId:1\r\nContent-Type:application/json; charset=utf-8\r\nPath:audio.metadata\r\n\r\n{told}"


def _audio(data: bytes) -> bytes:
    return _message("X-RequestId:1\r\nContent-Type:audio/mpeg\r\nX-StreamId:2\r\nPath:audio\r\n", data)


def _message(header: str, data: bytes) -> bytes:
    return len(header).to_bytes(2, "big") + header.encode() + data
