"""Which worker takes which call, without any process."""

from callagent.telephony.twilio.exchange import STALE_S, Exchange, Promise


def exchange(*admitting: int, refusing: tuple[int, ...] = (), most_calls: int = 0) -> Exchange:
    """A table of workers that have just reported."""
    table = Exchange(most_calls)
    for worker in (*admitting, *refusing):
        table.enter(worker)
        table.report(worker, 0.0, admits=worker in admitting)
    return table


def promised(table: Exchange, call_sid: str, now_s: float = 0.0) -> Promise:
    """The promise to a call that is taken."""
    promise = table.offer(call_sid, now_s)
    assert isinstance(promise, Promise)
    return promise


def connect(table: Exchange, call_sid: str) -> int:
    """Have a call promised and connected; the worker that has it."""
    promise = promised(table, call_sid)
    assert table.redeem(call_sid, promise.token, promise.worker, 0.0)
    return promise.worker


def test_calls_go_to_the_least_loaded_worker() -> None:
    """Those that are promised count like those that go on, and a call that has ended makes room."""
    table = exchange(1, 2, 3)
    first = [connect(table, "CA1"), promised(table, "CA2").worker, connect(table, "CA3"), connect(table, "CA4")]
    table.left("CA3", first[2])

    assert first == [1, 2, 3, 1]
    assert promised(table, "CA5").worker == 3


def test_a_worker_that_could_not_serve_it_well_gets_no_call() -> None:
    """Nor does one that has not reported for some seconds; when there is no other, the server is busy."""
    table = exchange(2, refusing=(1,))
    while_one_can = promised(table, "CA1").worker
    table.report(1, STALE_S + 1, admits=False)

    assert while_one_can == 2
    assert table.offer("CA2", STALE_S + 1) == "busy"


def test_a_promise_is_kept_when_the_server_becomes_busy() -> None:
    """A repeated webhook gets the answer that the first one had, from whichever worker."""
    table = exchange(1)
    promise = table.offer("CA1", 0.0)
    table.report(1, 1.0, admits=False)

    assert table.offer("CA1", 1.0) == promise
    assert table.offer("CA2", 1.0) == "busy"


def test_a_token_opens_one_stream_at_whichever_worker_it_arrives() -> None:
    """The call is where its stream is, and nowhere else."""
    table = exchange(1, 2)
    promise = promised(table, "CA1")
    opened = [table.redeem("CA1", promise.token, worker, 1.0) for worker in (2, 1, 2)]

    assert (promise.worker, opened) == (1, [True, False, False])
    assert table.loads(1.0) == {1: 0, 2: 1}


def test_a_call_that_was_handed_over_comes_back_to_its_worker() -> None:
    """However much that one has to do, for it knows where the conversation stood; with a fresh token."""
    table = exchange(1, 2)
    connect(table, "CA1")
    used = table.tickets.issue("CA1", 0.0)
    table.left("CA1", 1)
    table.report(1, 1.0, admits=False)
    back = table.come_back("CA1", 1.0)

    assert back.worker == 1
    assert [table.redeem("CA1", token, 1, 1.0) for token in (used, back.token)] == [False, True]


def test_it_is_known_who_has_a_call_until_it_is_over() -> None:
    """Also while somebody else is being rung for the caller."""
    table = exchange(1, 2)
    worker = connect(table, "CA1")
    at_first = table.home("CA1")
    table.left("CA1", worker)
    later = table.home("CA1")
    table.over("CA1")

    assert at_first == later == worker
    assert table.home("CA1") is table.home("CA2") is None


def test_who_was_promised_to_a_worker_that_died_is_taken_by_another() -> None:
    """Likewise a call that comes back; the dead worker's calls count no more."""
    table = exchange(1, 2)
    connect(table, "CA1")
    token = table.tickets.issue("CA1", 0.0)
    lost = table.leave(1)

    assert lost == 1
    assert table.offer("CA1", 1.0) == Promise(token, 2)
    assert table.come_back("CA1", 1.0).worker == 2
    assert table.loads(1.0) == {2: 1}


def test_there_is_a_most_of_calls_for_all_workers_together() -> None:
    """Promised ones included; a promise that lapses makes room."""
    table = exchange(1, 2, most_calls=2)
    connect(table, "CA1")
    promised(table, "CA2")
    third = table.offer("CA3", 1.0)
    for worker in (1, 2):
        table.report(worker, 61.0, admits=True)

    assert third == "busy"
    assert isinstance(table.offer("CA3", 61.0), Promise)


def test_callers_on_their_way_are_counted_by_worker() -> None:
    """Until they are there, or the carrier says that they are not coming."""
    table = exchange(1, 2)
    for call_sid in ("CA1", "CA2", "CA3"):
        promised(table, call_sid)
    before = [table.promised(worker, 0.0) for worker in (1, 2)]
    home = table.over("CA3")

    assert (before, home) == ([2, 1], 1)
    assert [table.promised(worker, 0.0) for worker in (1, 2)] == [1, 1]


def test_a_server_that_stops_takes_no_more() -> None:
    """Not even a call that was promised, for its caller asks again before connecting."""
    table = exchange(1)
    promised(table, "CA1")
    table.stopping = True

    assert [table.offer(call_sid, 0.0) for call_sid in ("CA1", "CA2")] == ["stopping", "stopping"]
