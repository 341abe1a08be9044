"""The labelled sentences: how much is understood, in two shops that differ by data alone."""

from pathlib import Path

import pytest
from support.labelled import FLOWS, cases_of, items_of

from callagent.dialogue.understanding import INTENTS, Interpreter, Report, Tally, evaluate, read_cases
from callagent.errors import ContentError
from callagent.workshop.evaluating import evaluate_file
from callagent.workshop.learning import sets_to_learn
from callagent.workshop.shops import Folders, read_shop

pytestmark = pytest.mark.unmeasured

UNSEEN = ("unseen_1.yaml", "unseen_2.yaml")
WISHES = FLOWS / "electrical" / "tests" / "understanding" / "wishes" / "unseen_3.yaml"
"""Sentences by somebody who had seen no other set."""
PROMPTS = FLOWS.parent / "prompts"
SETS = ("tune.yaml", "held_out.yaml", "fresh.yaml", *UNSEEN)
ELECTRICAL = FLOWS / "electrical" / "tests" / "understanding"
SHOPS = {"electrical": SETS, "medical": ("medical.yaml",)}


@pytest.fixture(scope="module", params=[(shop, file) for shop, files in SHOPS.items() for file in files], ids=str)
def report(request: pytest.FixtureRequest) -> Report:
    """The outcome of one set."""
    shop, file = request.param
    return evaluate(cases_of(file), Interpreter(items_of(shop)))


def told(report: Report) -> str:
    """The mistakes, for whoever broke something."""
    return "\n".join(f"{', '.join(each.what)}: {each.case.text!r} got {each.got}" for each in report.mistakes)


def test_intents_are_found(report: Report) -> None:
    """At least 95 % of the wishes are right."""
    assert report.overall.intent_accuracy >= 0.95, told(report)


def test_entities_are_found(report: Report) -> None:
    """Entities reach an F1 of at least 92 %."""
    assert report.overall.entity_f1 >= 0.92, told(report)


def test_languages_are_found(report: Report) -> None:
    """At least 97 % of the languages are right."""
    assert report.overall.language_accuracy >= 0.97, told(report)


def test_no_language_is_left_behind(report: Report) -> None:
    """Each language by itself does nearly as well."""
    assert min(tally.intent_accuracy for tally in report.by_language.values()) >= 0.9, told(report)


def test_wishes_in_sentences_by_somebody_else() -> None:
    """Their products are not labelled; what is wanted, and the language, is found in as many as of our own."""
    shop = read_shop(Folders("electrical", ELECTRICAL.parents[1], PROMPTS / "electrical"))
    report = evaluate_file(WISHES, shop).report

    assert report.overall.intent_accuracy >= 0.95, told(report)
    assert report.overall.language_accuracy >= 0.97, told(report)


def test_the_sets_are_large_apart_and_complete() -> None:
    """At least 400 sentences, none twice, every intent in every language."""
    texts = [case.text.casefold() for file in SETS for case in cases_of(file) if len(case.text.split()) > 3]
    cases = [case for file in SETS for case in cases_of(file)]
    covered = {(case.language, intent) for case in cases for intent in case.intents}

    assert len(cases) >= 400
    assert len(texts) == len(set(texts))
    assert {(language, intent) for language in ("en", "hi", "hinglish") for intent in (*INTENTS, "none")} <= covered


def test_nothing_was_learnt_from_the_unseen_sentences() -> None:
    """The sets that tell how well strangers are understood share none with those learnt from, but what all say."""
    learnt = {case.text.casefold() for file in sets_to_learn(ELECTRICAL) for case in read_cases(file)}
    sets = [*(cases_of(file) for file in UNSEEN), read_cases(WISHES)]
    unseen = {case.text.casefold() for cases in sets for case in cases if len(case.text.split()) > 3}

    assert len(learnt) > 4_000
    assert len(unseen) > 500
    assert learnt & unseen == set()


def test_a_tally_of_nothing_is_perfect() -> None:
    """No case, no mistake."""
    tally = Tally()

    assert (tally.intent_accuracy, tally.entity_f1, tally.language_accuracy) == (1.0, 1.0, 1.0)


def test_mistakes_are_counted_and_listed() -> None:
    """A wrong label shows up in the figures, the confusions and the list."""
    cases = cases_of("medical.yaml")[:1]
    wrong = type(cases[0])(cases[0].text, "hi", ("stock",), (("product", "wheelchair"),))

    report = evaluate([*cases, wrong], Interpreter(items_of("medical")))

    assert report.overall.intent_accuracy == 0.5
    assert report.overall.entity_f1 == 0.5
    assert report.by_language["hi"].language_accuracy == 0.0
    assert report.confusions == {("stock", "price"): 1}
    assert [each.what for each in report.mistakes] == [("intent", "language", "entities")]


def test_mistakes_in_a_file_of_sentences_are_all_told(tmp_path: Path) -> None:
    """A wrong language, wish, entity and shape, each with its line."""
    path = tmp_path / "cases.yaml"
    path.write_text(
        "hinglsh:\n  prise: [fan]\nen:\n  price:\n    - fan => fan\n    - [fan]\nhi: fan\n", encoding="utf-8"
    )

    with pytest.raises(ContentError) as caught:
        read_cases(path)

    assert [problem.line for problem in caught.value.problems] == [1, 2, 5, 6, 7]
