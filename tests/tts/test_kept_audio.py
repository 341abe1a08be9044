"""Audio in memory."""

from callagent.tts.kept_audio import KeptAudio
from callagent.tts.synthesizer import SpeechChunk


def test_what_was_not_used_for_longest_makes_room() -> None:
    """By bytes of sound, whatever the number of speeches."""
    kept = KeptAudio(10)
    kept.keep("one", SpeechChunk(b"1" * 4))
    kept.keep("two", SpeechChunk(b"2" * 4))
    assert kept.get("one") is not None
    kept.keep("three", SpeechChunk(b"3" * 6))

    assert [key in kept for key in ("one", "two", "three")] == [True, False, True]


def test_a_speech_takes_its_room_once() -> None:
    """However often it is made."""
    kept = KeptAudio(10)
    kept.keep("one", SpeechChunk(b"1" * 4))
    for _ in range(5):
        kept.keep("two", SpeechChunk(b"2" * 6))

    assert kept.get("one") == SpeechChunk(b"1" * 4)


def test_what_is_larger_than_the_room_is_not_kept() -> None:
    """Nor is anything else then."""
    kept = KeptAudio(10)
    kept.keep("one", SpeechChunk(b"1" * 11))

    assert "one" not in kept
    assert kept.get("one") is None
