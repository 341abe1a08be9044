"""What a process that is killed in the middle of a call leaves on disk."""

import subprocess
import sys
import wave
from pathlib import Path

import numpy as np

from callagent.media.audio import CHUNK_SAMPLES, samples

CHILD = """
import sys
from itertools import count
from pathlib import Path
from threading import Event

import numpy as np

from callagent.events import DigitPressed
from callagent.media.audio import CHUNK_SAMPLES, Chunk
from callagent.recording.recorder import DiskWriter, Recorder


class Written:
    def __init__(self):
        self.event = Event()

    def do(self, job, data, *, needed):
        self.event.set()


writer = DiskWriter()
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


def test_a_killed_process_lacks_less_than_100_ms(tmp_path: Path) -> None:
    """After SIGKILL the WAV opens, is right to its last sample, and reaches to what had been dealt with before."""
    folder = tmp_path / "call"
    with subprocess.Popen([sys.executable, "-c", CHILD, str(folder)], stdout=subprocess.PIPE) as child:  # noqa: S603
        assert child.stdout is not None
        acknowledged = [int(child.stdout.readline()) for _ in range(250)][-1]
        child.kill()
        child.communicate()
    with wave.open(str(folder / "call.wav")) as wav:
        frames = wav.getnframes()
        stereo = np.frombuffer(wav.readframes(frames), dtype="<i2").reshape(-1, 2)
    expected = np.arange(frames) // CHUNK_SAMPLES % 30_000 + 1

    assert acknowledged == 250 * CHUNK_SAMPLES
    assert frames > acknowledged - samples(0.1)
    assert len(stereo) == frames
    assert np.array_equal(stereo, np.stack([expected, expected], axis=1))
    assert (folder / "events.jsonl").read_bytes().count(b"\n") >= 250
