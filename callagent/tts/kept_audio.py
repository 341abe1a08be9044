"""Audio in memory, as much as there is room for: what was not used for longest makes room."""

from collections import OrderedDict

from callagent.tts.synthesizer import SpeechChunk


class KeptAudio:
    """Speeches by their keys, at most `most_bytes` of sound."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._kept: OrderedDict[str, SpeechChunk] = OrderedDict()
        self.held = 0
        """Bytes of sound."""

    def __contains__(self, key: str) -> bool:
        return key in self._kept

    def get(self, key: str) -> SpeechChunk | None:
        """The speech, which counts as used now; None when there is none."""
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def keep(self, key: str, speech: SpeechChunk) -> None:
        """Keep a speech, in place of what had its key."""
        replaced = self._kept.pop(key, None)
        self.held += len(speech.pcm) - (len(replaced.pcm) if replaced else 0)
        self._kept[key] = speech
        while self.held > self._most_bytes and self._kept:
            _, oldest = self._kept.popitem(last=False)
            self.held -= len(oldest.pcm)
