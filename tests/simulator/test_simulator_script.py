"""Scripts of simulated callers."""

from pathlib import Path

import pytest

import callagent.simulator
from callagent.errors import ContentError
from callagent.simulator.script import (
    AwaitHangUp,
    HangUp,
    Hear,
    Interrupt,
    Play,
    Press,
    Silent,
    Speak,
    load_script,
    parse_script,
)


def test_every_step_there_is(tmp_path: Path) -> None:
    """A script with all the words, and the lines they stand on."""
    (tmp_path / "cough.wav").write_bytes(b"RIFF")
    path = tmp_path / "script.yaml"
    path.write_text(
        "about: everything\n"
        "steps:\n"
        "  - hear: {for: greeting, limit: 5 seconds}\n"
        "  - hear\n"
        "  - say: price\n"
        "  - interrupt: {after: 1.5 seconds, say: order status}\n"
        '  - press: "10234#"\n'
        "  - silent: 1 minute\n"
        "  - play: cough.wav\n"
        "  - wait for hang up: {limit: 1 second}\n"
        "  - wait for hang up\n"
        "  - hang up\n",
        encoding="utf-8",
    )

    script = load_script(path)

    assert script.about == "everything"
    assert script.steps == (
        Hear(5.0, "greeting"),
        Hear(),
        Speak("price"),
        Interrupt(1.5, "order status"),
        Press("10234#"),
        Silent(60.0),
        Play(tmp_path / "cough.wav"),
        AwaitHangUp(1.0),
        AwaitHangUp(),
        HangUp(),
    )
    assert script.lines == tuple(range(3, 13))


def test_the_scripts_that_are_shipped_are_right() -> None:
    """The demo can be loaded."""
    folder = Path(callagent.simulator.__file__).parent / "scripts"
    scripts = [load_script(path) for path in sorted(folder.glob("*.yaml"))]

    assert scripts
    assert all(script.steps for script in scripts)


@pytest.mark.parametrize(
    ("steps", "complaint"),
    [
        ("- shout: hello", "s.yaml:2: 'shout' is no step like this. Known are 'hear', 'say'"),
        ("- say", "s.yaml:2: 'say' is no step like this. It needs a value after a colon."),
        ("- hang up: now", "s.yaml:2: 'hang up' is no step like this. It stands alone."),
        ("- [hear]", "s.yaml:2: A step is one word"),
        ("- say: [x]", "s.yaml:2: 'say' needs a text, not '['x']'."),
        ("- press: x", "s.yaml:2: 'x' is nothing to press."),
        ('- press: "12x"', "s.yaml:2: '12x' is nothing to press."),
        ("- silent: soon", "s.yaml:2: 'soon' is no length of time. Write such as '3 seconds'"),
        ("- silent: 11 minutes", "s.yaml:2: '11 minutes' is not between 0 and 600 seconds."),
        ("- hear: greeting", "s.yaml:2: 'hear' takes 'for' and 'limit'. Such as 'hear: {for: ...}'."),
        ("- hear: {until: 3}", "s.yaml:2: 'until' is not known in 'hear'. Known are 'for' and 'limit'."),
        ("- interrupt: {say: stop}", "s.yaml:2: 'interrupt' needs 'after' and 'say'."),
        ("- play: nowhere.wav", "s.yaml:2: there is no file 'nowhere.wav'."),
        ("- say: {a: 1, a: 2}", "s.yaml:2: 'a' stands here a second time"),
    ],
)
def test_a_mistake_is_named_with_its_line(steps: str, complaint: str) -> None:
    """File, line, what is wrong and what would be right."""
    with pytest.raises(ContentError) as error:
        parse_script(f"steps:\n  {steps}\n", "s.yaml")

    assert str(error.value).startswith(complaint)


@pytest.mark.parametrize(("said", "may"), [("", False), ("may end early: no\n", False), ("may end early: yes\n", True)])
def test_whether_the_agent_may_end_a_call_early(said: str, may: bool) -> None:
    """Only where the script says so."""
    assert parse_script(said + "steps:\n- hang up\n").may_end_early is may


def test_early_is_yes_or_no() -> None:
    """Anything else is a mistake."""
    with pytest.raises(ContentError, match="yes or no"):
        parse_script("may end early: perhaps\nsteps:\n- hang up\n")


def test_all_mistakes_are_told_at_once() -> None:
    """Nobody wants to mend one and run again."""
    with pytest.raises(ContentError) as error:
        parse_script("title: x\nsteps:\n- hear\n- sing: x\n- press: x\n", "s.yaml")

    assert [problem.line for problem in error.value.problems] == [1, 4, 5]


@pytest.mark.parametrize("text", ["", "- hear", "steps:\n", "steps: []", "steps: {hear: 1}"])
def test_a_script_needs_steps(text: str) -> None:
    """Whatever else it is."""
    with pytest.raises(ContentError, match="There are no steps"):
        parse_script(text, "s.yaml")


def test_broken_yaml_is_named_with_its_line() -> None:
    """The parser's own complaint, in our form."""
    with pytest.raises(ContentError, match=r"s\.yaml:3: This line does not fit"):
        parse_script("steps:\n  - hear\n - say: x\n", "s.yaml")


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    """It is missing, or it is no text."""
    (tmp_path / "latin.yaml").write_bytes(b"steps: \xff\xfe")

    with pytest.raises(ContentError, match="cannot be read"):
        load_script(tmp_path / "missing.yaml")
    with pytest.raises(ContentError, match="not UTF-8"):
        load_script(tmp_path / "latin.yaml")


def test_bytes_that_yaml_does_not_allow() -> None:
    """Control characters have no line."""
    with pytest.raises(ContentError, match="cannot be shown"):
        parse_script("steps: \x00", "s.yaml")
