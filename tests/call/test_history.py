"""What the model reads of a call that goes on and on."""

from callagent.call.history import LONGEST_TURN, MOST_ANSWERS, MOST_BYTES, History


def test_turns_are_kept_as_they_were_heard() -> None:
    """Sentences of the agent's turn are joined; what was not heard or understood is no turn."""
    history = History()
    history.agent_heard("Hello.")
    history.agent_heard("Which fan?")
    history.caller_said("")
    history.caller_said("the big one")
    history.agent_heard("")

    assert [(one.speaker, one.text) for one in history.messages()] == [
        ("agent", "Hello. Which fan?"),
        ("caller", "the big one"),
    ]


def test_five_thousand_turns_stay_bounded() -> None:
    """The last turns are there word for word; of the others the last answer to each of the last questions."""
    history = History()
    for number in range(2_500):
        history.caller_said(f"{number} बारह पंखे चाहिए " * 5)
        history.learned(f"slot {number % 60}", f"value {number}")
        history.learned("order number", "")
        history.agent_heard(f"Answer {number}.")
    messages, answers = history.messages(), history.answers()

    assert sum(len(one.text.encode()) for one in messages) <= MOST_BYTES
    assert messages[-1].text == "Answer 2499."
    assert len(messages) > 20
    assert len(answers) == MOST_ANSWERS
    forgotten = 2_500 - (len(messages) + 1) // 2
    assert answers[f"slot {(forgotten - 1) % 60}"] == f"value {forgotten - 1}"
    assert "order number" not in answers


def test_one_endless_turn_is_cut() -> None:
    """Ten thousand words are no reason to read ten thousand words."""
    history = History()
    history.caller_said("word " * 10_000)
    for _ in range(10_000):
        history.agent_heard("And so on.")

    assert all(len(one.text) <= LONGEST_TURN for one in history.messages())


def test_short_turns_are_bounded_too() -> None:
    """Each costs more than its words."""
    history = History()
    for _ in range(5_000):
        history.caller_said("no")
        history.agent_heard("Yes.")

    assert len(history.messages()) < 600


def test_an_answer_by_key_before_any_turn_is_kept() -> None:
    """There is no turn that it could stand by."""
    history = History()
    history.learned("language", "hi")

    assert history.answers() == {"language": "hi"}
