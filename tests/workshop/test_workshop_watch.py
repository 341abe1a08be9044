"""Noticing changed files, with time as an argument."""

from support.tea_shop import FLOW, PROMPTS, TeaShop

from callagent.workshop.shops import OpenShop, read_shop
from callagent.workshop.watch import Changed, Refused, Watch


def watch(tea: TeaShop) -> Watch[OpenShop]:
    """A watch over the tea shop."""
    return Watch(tea.folders, lambda: read_shop(tea.folders))


def test_nothing_new_is_nothing(tea: TeaShop) -> None:
    """Files that stay as they are, or are only written again, are no change."""
    watching = watch(tea)
    first = watching.look(0.0)
    tea.write()

    assert [first, watching.look(1.0), watching.look(5.0)] == [None, None, None]


def test_a_change_is_told_once_it_has_settled(tea: TeaShop) -> None:
    """For a second it may be half written; then it is told once."""
    watching = watch(tea)
    tea.write(prompts=PROMPTS.replace("Which tea?", "Which tea, please?"))
    looks = [watching.look(at_s) for at_s in (1.0, 1.9, 2.0, 3.0)]

    assert [type(look) for look in looks] == [type(None), type(None), Changed, type(None)]
    assert isinstance(looks[2], Changed)
    assert looks[2].value.flow.fixed_lines("en")[2] == "Which tea, please?"


def test_somebody_who_goes_on_writing_is_waited_for(tea: TeaShop) -> None:
    """Each further change begins the second anew."""
    watching = watch(tea)
    for at_s in (1.0, 1.5, 2.0, 2.5):
        tea.write(prompts=PROMPTS + f"# {at_s}\n")
        assert watching.look(at_s) is None

    assert isinstance(watching.look(3.5), Changed)


def test_a_change_with_mistakes_is_refused_once(tea: TeaShop) -> None:
    """With file and line of each; the file mended, it is taken."""
    watching = watch(tea)
    tea.write(flow=FLOW.replace("go to: price", "go to: pric"))
    looks = [watching.look(at_s) for at_s in (1.0, 2.0, 3.0)]
    tea.write()
    mended = [watching.look(at_s) for at_s in (4.0, 5.0)]

    assert looks == [None, Refused(("flows/tea/flow.yaml:16: 'pric' is not a flow. Did you mean 'price'?",)), None]
    assert isinstance(mended[1], Changed)


def test_a_table_counts_and_a_test_does_not(tea: TeaShop) -> None:
    """A price is a change; a transcript test, an editor's own file or a lock is none."""
    watching = watch(tea)
    tea.write_test("- test: new\n")
    (tea.folders.flow / ".flow.yaml.swp").write_text("x")
    (tea.folders.flow / "~$catalogue.csv").write_text("x")
    other = [watching.look(1.0), watching.look(3.0)]
    tea.write(catalogue="code,name,aliases,price,unit,stock\nT-1,green tea,,130.00,packet,7\n")
    looks = [watching.look(4.0), watching.look(5.0)]

    assert other == [None, None]
    assert isinstance(looks[1], Changed)


def test_a_folder_that_is_gone_is_refused(tea: TeaShop) -> None:
    """Nothing that happens to the files stops the watch."""
    watching = watch(tea)
    (tea.folders.flow / "flow.yaml").unlink()
    looks = [watching.look(1.0), watching.look(2.0)]

    assert isinstance(looks[1], Refused)
    assert looks[1].reasons[0].startswith("flows/tea/flow.yaml: Cannot be read")


def test_a_reader_that_breaks_is_a_refusal(tea: TeaShop) -> None:
    """Not even a mistake of our own stops the watch."""

    def break_down() -> OpenShop:
        raise ZeroDivisionError

    watching = Watch(tea.folders, break_down)
    tea.write(prompts=PROMPTS + "# new\n")

    assert [watching.look(1.0), watching.look(2.0)] == [
        None,
        Refused(("The files cannot be read: ZeroDivisionError.",)),
    ]
    tea.write()


def test_files_that_change_while_they_are_read_are_read_again(tea: TeaShop) -> None:
    """What was read may be half of this and half of that."""
    later = ["# second\n"]

    def read() -> str:
        if later:
            tea.write(prompts=PROMPTS + later.pop())
        return (tea.folders.prompts / "en.yaml").read_text().splitlines()[-1]

    watching = Watch(tea.folders, read)
    tea.write(prompts=PROMPTS + "# first\n")
    looks = [watching.look(at_s) for at_s in (1.0, 2.0, 3.0, 4.0)]

    assert looks == [None, None, None, Changed("# second")]
