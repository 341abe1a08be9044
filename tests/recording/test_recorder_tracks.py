"""Where the recorder lays both sides' sound, whatever comes in whatever order."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
from hypothesis import given
from hypothesis import strategies as st

from callagent.media.audio import CHUNK_SAMPLES, Chunk
from callagent.recording.at_rest.files import PLAIN
from callagent.recording.call_files import CallFiles, Job
from callagent.recording.recorder import LEAST, SETTLED, DiskWriter, Recorder

Levels = npt.NDArray[np.int16]

CALLER = st.tuples(st.just("caller"), st.sampled_from([0, 0, 0, 0, 3, 100, 20_000]), st.integers(1, 900))
AGENT = st.tuples(st.just("agent"), st.integers(-900, 1500), st.integers(1, 900))
CUT = st.tuples(st.just("cut"), st.integers(-900, 1500), st.just(0))
ADVANCE = st.tuples(st.just("advance"), st.integers(-200, 9000), st.just(0))
STEPS = st.lists(CALLER | AGENT | CUT | ADVANCE, min_size=1, max_size=40)


class Kept(DiskWriter):
    """Keeps the sound in memory instead of writing it."""

    def __init__(self) -> None:
        self.sound = b""
        self.keys = PLAIN

    def submit(self, files: CallFiles, job: Job, data: bytes = b"", *, needed: bool = False) -> bool:
        """Take what is sound."""
        if job == files.sound:
            self.sound += data
        return True


class Plain:
    """The whole call in one array; what is settled is never changed."""

    def __init__(self) -> None:
        self.levels: Levels = np.zeros((2_000_000, 2), np.int16)
        self.settled = self.newest = self.agent_ends = 0

    def lay(self, side: int, chunk: Chunk) -> None:
        """Sample by sample."""
        pcm = np.frombuffer(chunk.pcm, np.int16)
        kept = slice(max(self.settled, chunk.position), max(self.settled, chunk.end))
        self.levels[kept, side] = pcm[len(pcm) - (kept.stop - kept.start) :]

    def went_on(self, position: int) -> None:
        """The call is so far."""
        self.newest = max(self.newest, position)
        if self.newest - SETTLED - self.settled >= LEAST:
            self.settled = self.newest - SETTLED


def speech(level: int, count: int) -> bytes:
    """Samples that are all different from their neighbours'."""
    return (np.arange(count) % 50 + 100 * (level + 1)).astype("<i2").tobytes()


@given(STEPS)
def test_every_sample_lies_where_it_was_heard(steps: list[tuple[str, int, int]]) -> None:
    """Long and short chunks, gaps, late and early ones, cuts: as if all were laid into one long track."""
    kept, plain = Kept(), Plain()
    recorder = Recorder(Path("unused"), kept)
    for number, (what, offset, count) in enumerate(steps):
        position = max(0, plain.newest + offset)
        chunk = Chunk(speech(number, count), position)
        match what:
            case "caller":
                recorder.caller_heard(chunk)
                plain.lay(0, chunk)
                plain.went_on(chunk.end)
            case "agent":
                recorder.agent_played(chunk)
                plain.lay(1, chunk)
                plain.agent_ends = max(plain.agent_ends, chunk.end)
            case "cut":
                recorder.agent_cut(position)
                plain.levels[max(position, plain.settled) :, 1] = 0
                plain.agent_ends = min(plain.agent_ends, position)
            case _:
                recorder.advance(position)
                plain.went_on(position)
    recorder.finish(None)
    recorded = np.frombuffer(kept.sound, "<i2").reshape(-1, 2)

    # An agent's chunk that ended before what was settled by then adds nothing to the length.
    assert len(recorded) == max(plain.newest, plain.agent_ends)
    assert np.array_equal(recorded, plain.levels[: len(recorded)])


def test_a_long_call_takes_no_more_memory_than_a_short_one() -> None:
    """What is on its way to the disk is let go of."""
    recorder = Recorder(Path("unused"), Kept())
    for number in range(3000):
        recorder.caller_heard(Chunk(speech(number, CHUNK_SAMPLES), number * CHUNK_SAMPLES))
        recorder.agent_played(Chunk(speech(number, CHUNK_SAMPLES), number * CHUNK_SAMPLES + 700))

    assert recorder._track.nbytes < 40_000
