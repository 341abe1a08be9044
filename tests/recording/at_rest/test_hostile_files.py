"""Encrypted files that somebody who has no key has changed at will."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import example, given, settings
from hypothesis import strategies as st

from callagent.errors import KeyNeededError, TamperedError
from callagent.recording.at_rest.cipher import SLOTS_BEGIN, STATE
from callagent.recording.at_rest.files import open_existing, open_new
from callagent.recording.at_rest.keys import KeyRing
from callagent.recording.at_rest.magic import MAGIC

KEYS = KeyRing({"k1": b"1" * 32})
SLOT = 4096
CONTENT = b"".join(number.to_bytes(4, "big") for number in range(3500))
"""Three chunks and a half."""


@cache
def on_disk(*, closed: bool) -> bytes:
    """A file that was appended to and overwritten in."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        file = open_new(path, KEYS)
        for begin in range(0, len(CONTENT), 700):
            file.append(CONTENT[begin : begin + 700])
            file.write_at(0, CONTENT[:44])
        if closed:
            file.close()
        else:
            file.abandon()
        return path.read_bytes()


def read(changed: bytes) -> bytes | None:
    """What is in it; None when it is refused."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(changed)
        try:
            with open_existing(path, KEYS) as file:
                return file.read()
        except (TamperedError, KeyNeededError):
            return None


places = st.one_of(
    st.integers(0, 5 * SLOT),
    st.builds(lambda slot, more: SLOTS_BEGIN + slot * SLOT + more, st.integers(0, 5), st.integers(-1, 40)),
)
edits = st.lists(
    st.one_of(
        st.tuples(st.just("put"), places, st.binary(min_size=1, max_size=60)),
        st.tuples(st.just("cut"), places, st.just(b"")),
        st.tuples(st.just("add"), st.just(0), st.binary(min_size=1, max_size=5000)),
        st.tuples(st.just("move"), st.integers(0, 4), st.binary(min_size=1, max_size=1)),
    ),
    min_size=1,
    max_size=3,
)


def edited(whole: bytes, changes: list[tuple[str, int, bytes]]) -> bytes:
    """The magic stays, else it would be another kind of file."""
    for kind, place, data in changes:
        if kind == "put":
            whole = whole[:place] + data + whole[place + len(data) :]
        elif kind == "cut":
            whole = whole[:place]
        elif kind == "add":
            whole += data
        else:
            begin, other = (SLOTS_BEGIN + slot * SLOT for slot in (place, data[0] % 5))
            whole = whole[:begin] + whole[other : other + SLOT] + whole[begin + SLOT :]
    return MAGIC + whole[len(MAGIC) :]


@settings(max_examples=400, deadline=None)
@given(edits)
@example([("cut", SLOTS_BEGIN - STATE, b"")])
def test_a_closed_file_is_read_as_it_was_written_or_not_at_all(changes: list[tuple[str, int, bytes]]) -> None:
    """And nothing but the two errors comes of it."""
    assert read(edited(on_disk(closed=True), changes)) in (None, CONTENT)


@settings(max_examples=400, deadline=None)
@given(edits)
def test_of_a_file_that_was_not_closed_no_more_than_the_end_can_be_missing(
    changes: list[tuple[str, int, bytes]],
) -> None:
    """What is read was written, from the beginning on."""
    content = read(edited(on_disk(closed=False), changes))

    assert content is None or CONTENT.startswith(content)
