"""What a process that is killed in the middle of a call leaves on disk."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from support.kept_calls import KEYS, NAME

from callagent.media.audio import CHUNK_SAMPLES, samples
from callagent.recording.at_rest.files import PLAIN, read_whole
from callagent.recording.at_rest.keys import KeyRing
from callagent.recording.folder import CallFolder, Stereo
from callagent.recording.recovery import recover

CHILD = """
import sys
from itertools import count
from pathlib import Path
from threading import Event

import numpy as np

from callagent.events import DigitPressed
from callagent.media.audio import CHUNK_SAMPLES, Chunk
from callagent.recording.at_rest.files import PLAIN
from callagent.recording.at_rest.keys import KeyRing
from callagent.recording.recorder import DiskWriter, Recorder

KEYS = KeyRing({"k1": bytes(range(32))})


class Written:
    def __init__(self):
        self.event = Event()

    def do(self, job, data, *, needed):
        self.event.set()


writer = DiskWriter(keys=KEYS if sys.argv[2] == "sealed" else PLAIN)
recorder = Recorder(Path(sys.argv[1]), writer)
for number in count():
    position = number * CHUNK_SAMPLES
    pcm = np.full(CHUNK_SAMPLES, number % 30_000 + 1, dtype="<i2").tobytes()
    recorder.agent_played(Chunk(pcm, position))
    recorder.caller_heard(Chunk(pcm, position))
    recorder.on_event(DigitPressed(at_s=position / 8000, digit="1"))
    # The jobs of a writer are done in order: when this one is, all before it are.
    written = Written()
    writer.submit(written, written.do)
    written.event.wait()
    print(position + CHUNK_SAMPLES, flush=True)
"""
"""Records a call without end, and prints up to which sample the writer has dealt with it."""


@pytest.mark.parametrize("keys", [PLAIN, KEYS], ids=["plain", "sealed"])
def test_a_killed_process_lacks_less_than_100_ms(tmp_path: Path, keys: KeyRing) -> None:
    """After SIGKILL the WAV opens, and is right to its last sample; recovered, it has what had been dealt with."""
    folder = tmp_path / NAME
    command = [sys.executable, "-c", CHILD, str(folder), "sealed" if keys else "plain"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:  # noqa: S603
        assert child.stdout is not None
        acknowledged = [int(child.stdout.readline()) for _ in range(250)][-1]
        child.kill()
        child.communicate()
    left = sound_of(CallFolder(folder, keys))
    lines = read_whole(folder / "events.jsonl", keys).count(b"\n")
    problems = recover(tmp_path, keys).problems
    recovered = sound_of(CallFolder(folder, keys))
    expected = np.arange(len(recovered)) // CHUNK_SAMPLES % 30_000 + 1

    assert acknowledged == 250 * CHUNK_SAMPLES
    assert len(left) > acknowledged - samples(0.2)
    assert problems == []
    assert len(recovered) > acknowledged - samples(0.1)
    assert np.array_equal(left, recovered[: len(left)])
    assert np.array_equal(recovered, np.stack([expected, expected], axis=1))
    assert lines >= 250


def sound_of(folder: CallFolder) -> Stereo:
    """All that the header tells of, which is there."""
    with folder.sound() as sound:
        assert not sound.is_cut
        return sound.read(0, sound.samples)
