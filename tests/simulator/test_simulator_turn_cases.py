"""Labelled exchanges as files: what may be written, and what is said of a mistake."""

from pathlib import Path

import pytest

from callagent.errors import ContentError
from callagent.simulator.turns.case import Case, LineSound, Moment, Noise, Press, Say, Scenes, Sound
from callagent.simulator.turns.case_file import read_cases

SCENES = Scenes(("information", "yes or no"), {"information": "1", "yes or no": "2"})
HEAD = "kind: cough\nlanguage: en\ncases:\n  - case: one\n    agent: information\n"


def read(folder: Path, text: str, name: str = "cases.yaml") -> list[Case]:
    """The cases of a folder that holds this file."""
    (folder / name).write_text(text, encoding="utf-8")
    return read_cases(folder, SCENES)


def test_everything_there_is(tmp_path: Path) -> None:
    """A case with all the words, the defaults of its file, and the place where it stands."""
    [case] = read(
        tmp_path,
        "about: everything\n"
        "kind: noise\n"
        "language: en\n"
        "cases:\n"
        "  - case: all of it\n"
        "    kind: cough\n"
        "    language: hinglish\n"
        "    agent: yes or no\n"
        "    line: {noise: 10 dB, background: fan, echo: -24 dB, echo delay: 0.3 seconds, echo recognised: yes}\n"
        "    sounds:\n"
        "      - {noise: cough, at: 1.5 seconds after the agent begins, lasts: 1 second, recognised as: uh}\n"
        "      - {say: haan, at: 0.3 seconds before the agent ends, level: -32 dB, takes floor: no, recognised as: -}\n"
        "      - {say: NO, at: 2 seconds after the previous sound, takes floor: yes}\n"
        '      - {press: "1", at: 1 second after the agent ends}\n'
        "    understood: NO\n"
        "    answer: no\n",
    )

    assert case == Case(
        name="all of it",
        kind="cough",
        language="hinglish",
        scene="yes or no",
        sounds=(
            Sound(Moment(1.5, "the agent begins"), Noise("cough", 1.0), takes_floor=False, recognised="uh", line=11),
            Sound(Moment(-0.3, "the agent ends"), Say("haan"), takes_floor=False, dbfs=-32, recognised="", line=12),
            Sound(Moment(2.0, "the previous sound"), Say("NO"), takes_floor=True, line=13),
            Sound(Moment(1.0, "the agent ends"), Press("1"), takes_floor=True, line=14),
        ),
        line=LineSound(10.0, "fan", -24.0, 0.3, echo_recognised=True),
        understood="no",
        answered=False,
        place=f"{tmp_path / 'cases.yaml'}:5",
    )
    assert case.taking == (2, 3)
    assert case.speech_dbfs == -20.0


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("kind: cough\n", 1, "no cases"),
        (HEAD.replace("information", "informaton"), 5, "'informaton' is not a scene. Did you mean 'information'?"),
        (HEAD.replace("language: en", "language: fr"), 2, "'fr' is not a language"),
        (HEAD.replace("language: en\n", ""), 3, "no 'language'"),
        (HEAD.replace("kind: cough\n", ""), 3, "of no kind"),
        (HEAD + "    sound: cough\n", 6, "'sound' is not a word of a case. Did you mean 'sounds'?"),
        (HEAD + "    line: {noise: 10}\n", 6, "'10' is no 'noise' from 0 to 60 dB"),
        (HEAD + "    line: {background: sea}\n", 6, "'sea' is not a background"),
        (HEAD + "    line: {echo: -90 dB}\n", 6, "'-90 dB' is no 'echo'"),
        (HEAD + "    understood: stop\n", 6, "Nothing here takes the floor"),
        (HEAD + "    answer: perhaps\n", 6, "neither yes nor no"),
        (HEAD + "    sounds: cough\n", 6, "'sounds' must be a list"),
        (HEAD + "    sounds:\n      - {say: hmm, at: 1 second after the agent begins}\n", 7, "takes the floor"),
        (
            HEAD + "    sounds:\n      - {noise: couhg, at: 1 second after the agent begins}\n",
            7,
            "Did you mean 'cough'?",
        ),
        (HEAD + "    sounds:\n      - {noise: cough, at: at once}\n", 7, "'at once' is no moment"),
        (HEAD + "    sounds:\n      - {noise: cough}\n", 7, "has no 'at'"),
        (HEAD + "    sounds:\n      - {noise: cough, at: 1 second before the agent begins}\n", 7, "a 'before'"),
        (HEAD + "    sounds:\n      - {noise: cough, at: 1 second after the previous sound}\n", 7, "no sound before"),
        (HEAD + "    sounds:\n      - {press: A, at: 1 second after the agent ends}\n", 7, "'A' is no key"),
        (HEAD + "    sounds:\n      - {at: 1 second after the agent ends}\n", 7, "one of 'say', 'noise' and 'press'"),
        (
            HEAD + "    sounds:\n      - {noise: cough, at: 1 second after the agent ends, takes floor: yes}\n",
            7,
            "A noise does not take the floor",
        ),
        (
            HEAD + "    sounds:\n      - {noise: cough, at: 1 second after the agent ends, lasts: 0.4}\n",
            7,
            "'0.4' is no 'lasts' from 0.01 to 30 seconds. Write such as 'lasts: 0.4 seconds'.",
        ),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, text: str, line: int, what: str) -> None:
    """File, line, problem and remedy."""
    with pytest.raises(ContentError) as error:
        read(tmp_path, text)

    [problem] = error.value.problems
    assert problem.file == str(tmp_path / "cases.yaml")
    assert problem.line == line
    assert what in f"{problem.what} {problem.remedy}"
    assert problem.remedy


def test_all_mistakes_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    """Also that two cases have the same name: it is what --listen takes."""
    (tmp_path / "a.yaml").write_text(HEAD, encoding="utf-8")
    with pytest.raises(ContentError) as error:
        read(tmp_path, HEAD + "    answer: perhaps\n", "b.yaml")

    assert [(Path(one.file).name, one.line) for one in error.value.problems] == [("b.yaml", 4), ("b.yaml", 6)]
    assert "'one' is in" in error.value.problems[0].what


def test_a_folder_without_cases(tmp_path: Path) -> None:
    """It is the wrong folder."""
    with pytest.raises(ContentError, match=r"Name a folder with .yaml files"):
        read_cases(tmp_path, SCENES)
