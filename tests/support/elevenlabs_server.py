"""ElevenLabs' streaming speech with times of characters, as its library meets it: lines of JSON over HTTP."""

import asyncio
import json
from base64 import b64encode
from typing import Any

from aiohttp import web
from support.vendors import TRICKLE, Fault, VendorServer, cut

from callagent.media.audio import SAMPLE_RATE, duration_s
from callagent.media.g711 import ulaw_encode
from callagent.media.resample import resample
from callagent.tts.scripted import CHARACTERS_PER_S, PIECE, ScriptedOptions, ScriptedSynthesizer
from callagent.tts.synthesizer import Speech

KEY = "sk_0123456789abcdef"


class ElevenLabsServer(VendorServer):
    """Speaks a tone, as long as the text would take, 100 ms in a line."""

    path = "/{rest:.*}"

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[dict[str, Any]] = []
        """Bodies, with voice and output format from the address."""
        self.aligned = True

    @property
    def url(self) -> str:
        """What to give as the base of addresses."""
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, request: web.Request, fault: Fault | None) -> web.StreamResponse:
        """One speech."""
        kind = fault.kind if fault else ""
        if kind == "stop reading":
            assert request.transport is not None
            request.transport.pause_reading()
            await self.hang()
            cut(request)
            return web.Response()
        if request.path == "/v1/models":
            return web.json_response({"detail": {"status": "needs_authorization"}}, status=401)
        if request.headers.get("xi-api-key") != KEY:
            return web.json_response({"detail": {"status": "invalid_api_key", "message": "Invalid"}}, status=401)
        _, _, voice, *rest = request.path.strip("/").split("/")
        assert rest == ["stream", "with-timestamps"]
        asked = await request.json() | {"voice": voice, "format": request.query["output_format"]}
        self.asked.append(asked)
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        for number, line in enumerate(await self._lines(kind, asked)):
            if kind in {"drop", "hang later"} and number == 3:
                if kind == "hang later":
                    await self.hang()
                cut(request)
                return response
            try:
                await response.write(line)
            except ConnectionError:
                return response
            await asyncio.sleep(TRICKLE * duration_s(bytes(2 * PIECE)) if kind == "trickle" else 0)
        if kind == "no goodbye":
            await self.hang()
        return response

    async def _lines(self, kind: str, asked: dict[str, Any]) -> list[bytes]:
        match kind:
            case "garbage":
                return [b"<html>Bad Gateway</html>\n" * 3]
            case "wrong schema":
                return [b'{"detail": "something"}\n']
            case "noise":
                return [b'{"audio_base64": "#!?"}\n']
            case "nothing":
                return []
            case "huge":
                return [b'{"audio_base64": "' + b"A" * 20_000_000 + b'"}\n']
        rate = asked.get("voice_settings", {}).get("speed", 1.0)
        voice = ScriptedSynthesizer(ScriptedOptions(first_audio_ms=0, speed=1e6))
        lines = []
        begins_s = 0.0
        place = 0
        text = asked["text"]
        async for chunk in voice.synthesize(Speech(text, rate=rate)):
            ends_s = begins_s + duration_s(chunk.pcm)
            until = min(len(text), round(ends_s * CHARACTERS_PER_S * rate))
            starts = [at / CHARACTERS_PER_S / rate for at in range(place, until + 1)]
            times = {
                "characters": list(text[place:until]),
                "character_start_times_seconds": starts[:-1],
                "character_end_times_seconds": starts[1:],
            }
            coded = _coded(chunk.pcm, "pcm_24000" if kind == "wrong rate" else asked["format"])
            told = {"alignment": times if self.aligned else None, "normalized_alignment": None}
            lines.append(json.dumps({"audio_base64": b64encode(coded).decode(), **told}).encode() + b"\n")
            begins_s, place = ends_s, until
        return lines


def _coded(pcm: bytes, output_format: str) -> bytes:
    coding, _, rate = output_format.partition("_")
    return ulaw_encode(pcm) if coding == "ulaw" else resample(pcm, SAMPLE_RATE, int(rate))
