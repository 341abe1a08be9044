"""The ports that calls' sound goes through."""

import errno
import socket
import time

import pytest
from support.sound_line import HOST, own_range

from callagent.errors import CarrierError, ConfigurationError
from callagent.telephony.sip.sound.media_ports import CONTROL_BYTES, MediaPorts, reader, stamped_s


def port_of(pair: tuple[socket.socket, socket.socket]) -> int:
    """The even one."""
    return int(pair[0].getsockname()[1])


def test_a_pair_is_an_even_port_and_the_next() -> None:
    """On the address that was asked for, and never waiting."""
    ports = own_range()
    pair = ports.take()

    assert pair[0].getsockname() == (HOST, port_of(pair))
    assert pair[1].getsockname() == (HOST, port_of(pair) + 1)
    assert port_of(pair) % 2 == 0
    assert ports.in_use == 1
    with pytest.raises(BlockingIOError):
        pair[0].recv(1)
    ports.give_back(pair)
    assert ports.in_use == 0


def test_ports_are_used_in_turn() -> None:
    """One that was given back is the last to be taken again."""
    ports = own_range(3)
    first, second = ports.take(), ports.take()
    number = port_of(first)
    ports.give_back(first)
    third, again = ports.take(), ports.take()

    assert len({number, port_of(second), port_of(third)}) == 3
    assert port_of(again) == number
    for pair in (second, third, again):
        ports.give_back(pair)


def test_when_all_are_in_use_the_call_may_be_tried_again() -> None:
    """And is refused until one is given back."""
    ports = own_range(2)
    pairs = [ports.take(), ports.take()]
    with pytest.raises(CarrierError, match="in use") as refused:
        ports.take()
    ports.give_back(pairs[0])

    assert refused.value.retryable
    ports.give_back(ports.take())
    ports.give_back(pairs[1])
    assert ports.in_use == 0


@pytest.mark.parametrize("taken", [0, 1], ids=["RTP", "RTCP"])
def test_a_port_that_somebody_else_has_is_passed_over(taken: int) -> None:
    """Either of a pair; nothing of it stays open."""
    ports = own_range(2)
    pair = ports.take()
    number = port_of(pair)
    ports.give_back(pair)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind((HOST, number + taken))
        one = ports.take()
        with pytest.raises(CarrierError):
            ports.take()
        assert port_of(one) != number
    two = ports.take()
    assert port_of(two) == number
    ports.give_back(one)
    ports.give_back(two)


def test_giving_back_twice_is_harmless() -> None:
    """The port is not free twice."""
    ports = own_range(1)
    pair = ports.take()
    ports.give_back(pair)
    ports.give_back(pair)
    again = ports.take()
    with pytest.raises(CarrierError):
        ports.take()
    ports.give_back(again)


@pytest.mark.parametrize(("first", "last"), [(10_001, 10_002), (10_000, 10_000), (0, 10), (65_000, 65_536), (9, 8)])
def test_a_range_without_a_pair_is_refused(first: int, last: int) -> None:
    """At the start, not at the first call."""
    with pytest.raises(ConfigurationError, match="ports for sound"):
        MediaPorts(HOST, first, last)


def test_a_host_name_is_refused() -> None:
    """Only an address can be bound without asking anybody."""
    with pytest.raises(ConfigurationError, match="no IP address"):
        MediaPorts("media.example.invalid", 10_000, 10_999)


def test_an_address_that_is_not_ours_is_told() -> None:
    """It is no lack of ports, and another try will not help."""
    ports = MediaPorts("192.0.2.1", 10_000, 10_999)
    with pytest.raises(CarrierError, match=r"192\.0\.2\.1") as refused:
        ports.take()

    assert not refused.value.retryable


def test_too_many_open_files_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """It passes when calls end."""

    def full(*_: object) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(socket, "socket", full)
    with pytest.raises(CarrierError, match="Too many open files") as refused:
        own_range().take()

    assert refused.value.retryable


def test_what_comes_is_stamped() -> None:
    """By the kernel, with the machine's date."""
    ports = own_range()
    pair = ports.take()
    before_s = time.time()
    pair[1].sendto(b"a", pair[0].getsockname())
    after_s = time.time()
    _, control, _, _ = pair[0].recvmsg(10, CONTROL_BYTES)

    assert before_s - 0.01 <= stamped_s(control) <= after_s + 0.01
    ports.give_back(pair)


@pytest.mark.parametrize("control", [[], [(1, 35, b"short")], [(1, 2, bytes(16))]])
def test_without_a_stamp_there_is_no_time(control: list[tuple[int, int, bytes]]) -> None:
    """As on machines whose kernel gives none."""
    assert stamped_s(control) == 0.0


def test_a_system_without_control_parts_reads_without_stamps() -> None:
    """All else is the same."""

    class Plain:
        """As on Windows."""

        def recvfrom(self, size: int) -> tuple[bytes, tuple[str, int]]:
            """One."""
            return b"datagram"[:size], (HOST, 4000)

    assert reader(Plain())(4, CONTROL_BYTES) == (b"data", [], 0, (HOST, 4000))  # type: ignore[arg-type]
