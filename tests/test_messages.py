"""Messages in the user's language: the catalogue, the choice of the language, and the tool that keeps them in step."""

from __future__ import annotations

import gettext
import os
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from babel.messages.pofile import read_po, write_po
from hypothesis import given
from hypothesis import strategies as st
from messages_help import romanian, speaking_romanian

from coach.app.language import keep_language, language_file, preferred_language
from coach.base.errors import UsageError
from coach.base.messages import FOLDER, LANGUAGES, language, language_of, tr, tr_n, use_language
from coach.cli.main import COMMANDS, command_parser, main
from coach.cli.options import CommandParser, speaking_argparse
from coach.cli.output import is_yes, with_choice
from tools import messages as tool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from messages_help import Translations

    Speak = Callable[[Translations], None]


@pytest.fixture
def speak(tmp_path: Path) -> Iterator[Speak]:
    """A function that lets the coach speak Romanian with the given translations."""
    with ExitStack() as stack:
        yield lambda translations: stack.enter_context(speaking_romanian(tmp_path, translations))


def test_a_message_is_shown_in_the_chosen_language_with_its_values(speak: Speak) -> None:
    speak({"Line {number} of {name}": "La {name}, replica {number}"})
    assert tr("Line {number} of {name}", number=3, name="{Ada}") == "La {Ada}, replica 3"
    use_language("en")
    assert tr("Line {number} of {name}", number=3, name="{Ada}") == "Line 3 of {Ada}"


def test_a_message_without_a_translation_is_shown_in_english(speak: Speak) -> None:
    speak({"Yes": "Da"})
    assert tr("{count:,} new words", count=1200) == "1,200 new words"
    assert [tr_n("{count} word", "{count} words", count) for count in (1, 2)] == ["1 word", "2 words"]
    assert tr("") == ""


def test_romanian_has_three_forms_for_numbers(speak: Speak) -> None:
    speak({("{count} take", "{count} takes"): ("o dublă", "{count} duble", "{count} de duble")})
    texts = [tr_n("{count} take", "{count} takes", count) for count in (1, 0, 2, 19, 20, 101, 120)]
    assert texts == ["o dublă", "0 duble", "2 duble", "19 duble", "20 de duble", "101 duble", "120 de duble"]


def test_a_language_without_a_catalogue_is_english(tmp_path: Path) -> None:
    use_language("ro", tmp_path)
    assert (language(), tr("Yes")) == ("ro", "Yes")
    use_language("tlh")
    assert (language(), tr("Yes")) == ("en", "Yes")


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({"COACH_LANGUAGE": "ro", "LANGUAGE": "en", "LANG": "en_GB.UTF-8"}, "ro"),
        ({"COACH_LANGUAGE": "RO-ro"}, "ro"),
        ({"COACH_LANGUAGE": "", "LANG": "ro_RO.UTF-8"}, "ro"),
        ({"LANGUAGE": "fr:ro:en", "LANG": "en_GB.UTF-8"}, "ro"),
        ({"LC_ALL": "en_US.UTF-8", "LANG": "ro_RO.UTF-8"}, "en"),
        ({"LC_MESSAGES": "ro_MD@euro", "LANG": "C"}, "ro"),
        ({"LANG": "ro"}, "ro"),
        ({"LANG": "roa_XX"}, None),
        ({"LC_ALL": "C.UTF-8", "LANG": "ro_RO.UTF-8"}, None),
        ({}, None),
    ],
)
def test_the_environment_names_the_language_as_for_gnu_gettext(environ: dict[str, str], named: str | None) -> None:
    assert language_of(environ) == named


@pytest.mark.usefixtures("user_home")
def test_the_environment_of_the_coach_goes_before_the_studio_and_the_studio_before_the_system() -> None:
    assert preferred_language({}) == "en"
    assert preferred_language({"LANG": "ro_RO.UTF-8"}) == "ro"
    assert keep_language("en") == ""
    assert preferred_language({"LANG": "ro_RO.UTF-8"}) == "en"
    assert preferred_language({"LANG": "ro_RO.UTF-8", "COACH_LANGUAGE": "ro"}) == "ro"
    assert keep_language("ro") == ""
    assert preferred_language({"LANG": "en_GB.UTF-8"}) == "ro"
    assert preferred_language({"COACH_LANGUAGE": "en"}) == "en"


@pytest.mark.usefixtures("user_home")
@pytest.mark.parametrize("content", [b"tlh\n", b"\xff\xfe", b""])
def test_a_damaged_choice_of_the_studio_does_not_count(content: bytes) -> None:
    language_file().parent.mkdir(parents=True, exist_ok=True)
    language_file().write_bytes(content)
    assert preferred_language({"LANG": "ro_RO.UTF-8"}) == "ro"


@pytest.mark.usefixtures("user_home")
def test_a_choice_that_cannot_be_kept_has_a_reason() -> None:
    language_file().mkdir(parents=True)
    assert keep_language("ro")


@pytest.mark.usefixtures("user_home")
def test_an_unknown_language_of_the_coach_is_one_message_with_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COACH_LANGUAGE", "tlh\x1b[2J")
    assert main(["takes"]) == UsageError.exit_code == 2
    out, err = capfd.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert "COACH_LANGUAGE=tlh[2J" in err
    assert all(each in err for each in LANGUAGES)


def test_argparse_speaks_the_language_of_the_coach_and_children_do_not_notice(
    speak: Speak, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LANGUAGE", "fr")
    speak({"usage: ": "folosire: ", "the following arguments are required: %s": "lipsesc: %s"})
    parser = CommandParser(prog="coach")
    parser.add_argument("script")
    with pytest.raises(SystemExit), speaking_argparse(language()):
        parser.parse_args([])
    err = capfd.readouterr().err
    assert "folosire: coach" in err
    assert "lipsesc: script" in err
    assert (os.environ["LANGUAGE"], gettext.textdomain()) == ("fr", "messages")
    use_language("en")
    with pytest.raises(SystemExit), speaking_argparse(language()):
        parser.parse_args([])
    assert "usage: coach" in capfd.readouterr().err


@pytest.mark.parametrize("name", LANGUAGES)
def test_the_help_of_each_command_names_all_its_options_in_each_language(name: str) -> None:
    try:
        use_language(name)
        with speaking_argparse(name):
            parsers = [each for parser in command_parser(*COMMANDS).commands.values() for each in _with_below(parser)]
            helps = [parser.format_help() for parser in parsers]
    finally:
        use_language("en")
    for parser, text in zip(parsers, helps, strict=True):
        assert text.startswith("usage: " if name == "en" else "folosire: ")
        assert all(option in text for action in parser.options for option in action.option_strings)


def _with_below(parser: CommandParser) -> list[CommandParser]:
    return [parser, *parser.commands.values()]


def test_a_question_may_be_answered_in_the_language_it_is_asked_in_or_in_english(speak: Speak) -> None:
    assert not is_yes("da")
    speak({"{question} [y/N]": "{question} [d/N]", "y, yes": "d, da"})
    assert with_choice("Permiți camera?") == "Permiți camera? [d/N] "
    assert all(map(is_yes, ("d", "DA\n", "y", "yes")))
    assert not any(map(is_yes, ("", "n", "nu", "dada")))


class Project(NamedTuple):
    """A package whose messages are collected."""

    root: Path

    @property
    def catalogue(self) -> Path:
        """Its Romanian catalogue."""
        return self.root / "coach" / "translations" / "ro" / "LC_MESSAGES" / "coach.po"

    def write(self, code: str) -> None:
        """Replace the code of the package."""
        (self.root / "coach").mkdir(exist_ok=True)
        (self.root / "coach" / "room.py").write_text(code, encoding="utf-8")

    def run(self, *words: str) -> int:
        """Run the tool."""
        return tool.main([*words], self.root)

    def translate(self, translations: Translations) -> int:
        """Run the tool with `translations` from a file."""
        with (self.root / "given.po").open("wb") as file:
            write_po(file, romanian(translations))
        return self.run("--from", str(self.root / "given.po"))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A package with three messages."""
    made = Project(tmp_path)
    made.write('tr("Line {number}", number=1)\ntr_n("{count} take", "{count} takes", 2)\nWORD = mark("fear")\n')
    return made


def test_the_tool_collects_the_messages_and_takes_translations_of_those_in_the_code(project: Project) -> None:
    given: Translations = {"Line {number}": "Replica {number}", "fear": "frică", "gone": "dus"}
    assert project.translate(given) == 0
    with project.catalogue.open("rb") as file:
        catalogue = read_po(file)
    assert {message.id: message.string for message in catalogue if message.id} == {
        "Line {number}": "Replica {number}",
        ("{count} take", "{count} takes"): ("", "", ""),
        "fear": "frică",
    }
    try:
        use_language("ro", project.root / "coach" / "translations")
        assert tr("Line {number}", number=7) == "Replica 7"
    finally:
        use_language("en")


def test_a_message_that_gets_a_plural_is_to_be_translated_again(project: Project) -> None:
    assert project.translate({"fear": "frică"}) == 0
    project.write('tr_n("fear", "fears", 2)\n')
    assert project.run() == 0
    with project.catalogue.open("rb") as file:
        assert read_po(file)["fear"].string == ("", "", "")


def test_the_check_changes_nothing_and_finds_a_message_out_of_step(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    assert project.run() == 0
    assert project.run("--check") == 0
    before = project.catalogue.read_bytes()
    project.write('tr("Line {number}", number=1)\n')
    assert project.run("--check") == 1
    assert "coach.po is out of step with the code: python tools/messages.py" in capsys.readouterr().out
    assert project.catalogue.read_bytes() == before
    project.catalogue.with_suffix(".mo").unlink()
    project.run()
    assert project.run("--check") == 0


@pytest.mark.parametrize(
    ("message", "translation"),
    [
        ("Line {number}", "Replica"),
        ("Line {number}", "Replica {nr}"),
        ("Line {number}", "Replica {number"),
        ("{share:.0%} of it", "{share} din tot"),
        ("no role {word!r}", "niciun rol {word}"),
        ("{count} hits", "reușite"),
        ("at most %(default)s", "cel mult %(implicit)s"),
        ("<b>{name}</b>", "{name}"),
        ("usage: ", "folosire:"),
    ],
)
def test_a_translation_with_other_values_tags_or_ends_is_a_fault(
    message: str, translation: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = Project(tmp_path)
    project.write(f"tr({message!r})\n")
    assert project.translate({message: translation}) == 1
    assert project.run("--check") == 1
    assert repr(translation) in capsys.readouterr().out


def test_a_plural_form_may_leave_its_number_out(project: Project) -> None:
    plural: Translations = {("{count} take", "{count} takes"): ("o dublă", "{count} duble", "{count} de duble")}
    assert project.translate(plural) == 0


def test_a_message_that_is_put_together_is_a_fault_and_one_inside_an_f_string_is_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = Project(tmp_path)
    project.write('x = 1\ntr(f"Line {x}")\ntr("Line " + str(x))\n')
    assert project.run() == 1
    shown = capsys.readouterr().out
    assert "coach/room.py:2: " in shown
    assert "coach/room.py:3: " in shown
    project.write("""x = f"  ({tr('not scored')})"\n""")
    assert project.run() == 0
    assert 'msgid "not scored"' in project.catalogue.read_text(encoding="utf-8")


def test_a_message_that_is_also_the_singular_of_another_is_a_fault(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = Project(tmp_path)
    project.write('tr("{count} hit", count=1)\ntr_n("{count} hit", "{count} hits", 2)\n')
    assert project.run("--check") == 1
    assert "'{count} hit' has a plural, and none in coach/room.py" in capsys.readouterr().out


class Value:
    """A value that can be seen in any message, whatever its format."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __format__(self, how: str) -> str:
        return f"<{self.name}>"

    def __repr__(self) -> str:
        return f"<{self.name}>"


NAMES = ("line", "take", "name")


@given(st.lists(st.sampled_from(NAMES), unique=True), st.lists(st.sampled_from(NAMES), max_size=4))
def test_a_translation_that_the_tool_accepts_loses_no_value(names: list[str], translated: list[str]) -> None:
    message, translation = (" ".join(["x", *(f"{{{name}}}" for name in each), "y"]) for each in (names, translated))
    if not list(tool.wrong_translations(romanian({message: translation}))):
        shown = translation.format_map({name: Value(name) for name in names})
        assert all(f"<{name}>" in shown for name in names)


@pytest.mark.parametrize("name", sorted(set(LANGUAGES) - {"en"}))
def test_no_translation_of_the_coach_loses_a_value(name: str) -> None:
    with (FOLDER / name / "LC_MESSAGES" / "coach.po").open("rb") as file:
        assert list(tool.wrong_translations(read_po(file, locale=name))) == []
