"""When a model need not be asked again."""

from callagent.dialogue.answers import Answers, command_key, facts_digest, talk_key
from callagent.dialogue.evidence import Fact

FACTS = (Fact("price", "1249.5", "ceiling fan"), Fact("stock", "12", "ceiling fan"))


def test_the_answer_used_longest_ago_makes_room() -> None:
    """The memory is bounded, and what is used stays."""
    answers: Answers[int] = Answers(most=2)
    answers.keep(("a",), 1)
    answers.keep(("b",), 2)
    answers.get(("a",))
    answers.keep(("c",), 3)

    assert [answers.get((name,)) for name in "abc"] == [1, None, 3]
    assert len(answers) == 2


def test_the_same_words_at_a_step_are_the_same_question() -> None:
    """Case and punctuation do not matter; what may be meant, the language and the flow's version do."""
    key = command_key("price 1", "en", "The FAN, please!", "v1")

    assert key == command_key("price 1", "en", "the fan please", "v1")
    assert len({key, command_key("price 2", "en", "the fan please", "v1")}) == 2
    assert len({key, command_key("price 1", "hi", "the fan please", "v1")}) == 2
    assert len({key, command_key("price 1", "en", "the fan please", "v2")}) == 2


def test_an_answer_holds_while_its_facts_do() -> None:
    """The order of the facts does not matter; a changed price asks the model again."""
    heard = [("agent", "Hello."), ("caller", "Which fan?")]
    key = talk_key("v1", "en", "Be short.", heard, FACTS)

    assert key == talk_key("v1", "en", "Be short.", heard, FACTS[::-1])
    assert key != talk_key("v1", "en", "Be short.", heard, [Fact("price", "1300", "ceiling fan"), FACTS[1]])
    assert facts_digest([]) != facts_digest(FACTS)


def test_what_one_caller_told_is_no_answer_for_another() -> None:
    """The whole conversation counts, so a name that was told never reaches a stranger."""
    told = [("caller", "I am Asha."), ("caller", "Which fan?")]

    assert talk_key("v1", "en", "", told, ()) != talk_key("v1", "en", "", told[1:], ())
