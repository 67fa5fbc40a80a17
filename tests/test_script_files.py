"""Loading script files: hostile files, huge files and other kinds are refused with one clear message."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from coach.base.errors import Mistake, ScriptError, UsageError
from coach.core.scoring.advice import cautions_on
from coach.core.script.timeline import build_timeline
from coach.scripts import load_script
from coach.scripts.nodes import MAX_ITEMS

YAML = "title: Tren\nlines:\n  - text: Ștefan, ÉLODIE, Привет, 你好\n    emotion: sad\n"


def mistakes_of(path: Path) -> list[Mistake]:
    with pytest.raises(ScriptError) as caught:
        load_script(path)
    return caught.value.mistakes


def only_message(path: Path) -> str:
    mistakes = mistakes_of(path)
    assert len(mistakes) == 1, mistakes
    return mistakes[0].message


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    assert "no such file" in only_message(tmp_path / "nothing.yaml")


def test_a_missing_file_of_unknown_kind_is_reported_as_missing(tmp_path: Path) -> None:
    assert "no such file" in only_message(tmp_path / "nothing.docx")


@pytest.mark.parametrize("name", ["scene", "scene.yaml"])
def test_a_folder_is_refused_with_an_example(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    assert f"such as {tmp_path / name / 'monologue.yaml'}" in only_message(tmp_path / name)


def test_the_current_folder_is_refused_with_an_example() -> None:
    assert only_message(Path()) == "this is a folder; name a script inside it, such as monologue.yaml"


def test_an_unknown_suffix_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    message = only_message(write(tmp_path / "scene.html", "INT. KITCHEN"))
    assert "'.html'" in message
    assert ".yaml, .yml, .json, .txt, .md, .fountain, .spmd, .fdx, .pdf or .docx" in message


def test_a_file_without_a_suffix_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    message = only_message(write(tmp_path / "scene", YAML))
    known = ".yaml, .yml, .json, .txt, .md, .fountain, .spmd, .fdx, .pdf or .docx"
    assert message == f"the name of this file has no ending; rename it so that it ends in {known}"


@pytest.mark.parametrize("name", ["a.RTF", "a.doc", "a.odt", "a.pages"])
def test_a_document_is_refused_with_advice_to_save_it_as_text(tmp_path: Path, name: str) -> None:
    assert "save the script as plain text (.txt)" in only_message(write(tmp_path / name, b"..."))


@pytest.mark.parametrize(
    ("begins", "kind"),
    [
        (b"%PDF-1.7\n%\xe2\xe3", "a PDF;"),
        (b"{\\rtf1\\ansi Hello}", "an RTF document;"),
        (b"PK\x03\x04\x14\x00", "a word processor"),
        (b"\xd0\xcf\x11\xe0\xa1", "a word processor"),
    ],
)
def test_a_document_is_recognised_by_its_content(tmp_path: Path, begins: bytes, kind: str) -> None:
    message = only_message(write(tmp_path / "a.txt", begins))
    assert kind in message
    assert "save the script as plain text (.txt)" in message


def test_an_empty_name_is_refused() -> None:
    with pytest.raises(UsageError, match=r"no script was named; name a file that ends in \.yaml"):
        load_script("")


def test_a_pipe_is_refused_without_waiting_for_a_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    assert "not a regular file" in only_message(tmp_path / "pipe.yaml")


def test_a_device_is_refused(tmp_path: Path) -> None:
    (tmp_path / "zero.txt").symlink_to("/dev/zero")
    assert "not a regular file" in only_message(tmp_path / "zero.txt")


@pytest.mark.row(25)
def test_a_file_of_50_mb_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "big.yaml").open("wb") as file:
        file.truncate(50_000_000)
    assert only_message(tmp_path / "big.yaml") == "the file has 50.0 MB; a script may have 5 MB"


def test_a_file_that_reports_no_size_is_read_only_up_to_the_limit(tmp_path: Path) -> None:
    source = Path("/proc/kallsyms")  # its size reads as 0
    if not source.exists() or len(source.read_bytes()) <= 5_000_000:
        pytest.skip("this system has no such file")
    (tmp_path / "odd.txt").symlink_to(source)
    assert "a script may have 5 MB" in only_message(tmp_path / "odd.txt")


@pytest.mark.parametrize("kind", ["yaml", "json", "txt"])
@pytest.mark.parametrize("content", [b"", b"\n \n", b"\xef\xbb\xbf"], ids=["nothing", "blank", "mark only"])
def test_an_empty_file_is_refused(tmp_path: Path, kind: str, content: bytes) -> None:
    assert only_message(write(tmp_path / f"a.{kind}", content)) == "the file is empty"


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["no mark", "mark"])
def test_a_file_in_two_encodings_is_refused_at_the_first_byte_of_the_other(tmp_path: Path, mark: bytes) -> None:
    mistakes = mistakes_of(write(tmp_path / "a.txt", mark + "Ünd\n[sad] ".encode() + "Été".encode("latin-1")))
    assert [(m.line, m.column) for m in mistakes] == [(2, 7)]
    assert "byte 0xC9 is not UTF-8" in mistakes[0].message


@pytest.mark.row(25)
@pytest.mark.parametrize("kind", ["yaml", "json", "txt"])
def test_a_byte_order_mark_and_windows_line_ends_are_ignored(tmp_path: Path, kind: str) -> None:
    content = {
        "yaml": YAML,
        "json": json.dumps({"title": "T", "lines": [{"text": "Ș", "emotion": "sad"}, {"text": "b"}]}, indent=1),
        "txt": "[title: T]\n[sad] Ștefan\n[cue: Ușa]\n[happy 0.2-0.5] ÉLODIE\n",
    }[kind]
    plain = load_script(write(tmp_path / f"a.{kind}", content))
    windows = load_script(write(tmp_path / f"b.{kind}", b"\xef\xbb\xbf" + content.replace("\n", "\r\n").encode()))
    assert windows.lines == plain.lines
    assert windows.title == plain.title


def test_locations_are_the_same_with_windows_line_ends(tmp_path: Path) -> None:
    mistakes = mistakes_of(
        write(tmp_path / "a.yaml", b"\xef\xbb\xbf" + YAML.replace("sad", "sda").replace("\n", "\r\n").encode())
    )
    assert [(m.line, m.column) for m in mistakes] == [(4, 14)]


@pytest.mark.row(25)
def test_a_billion_laughs_attack_is_refused_at_the_first_anchor(tmp_path: Path) -> None:
    bomb = 'a: &a ["lol","lol"]\n' + "".join(
        f"{b}: &{b} [{','.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    mistakes = mistakes_of(write(tmp_path / "bomb.yaml", bomb))
    assert (mistakes[0].line, mistakes[0].column) == (1, 1)  # an unknown field, then its anchor
    assert "anchors" in mistakes[1].message
    assert sum(len(m.message) for m in mistakes) < 20_000


@pytest.mark.row(25)
@pytest.mark.parametrize("opening", ["[", "{", "- ", "{a: "])
def test_yaml_nested_a_hundred_thousand_deep_is_refused(tmp_path: Path, opening: str) -> None:
    assert "more than 32 deep" in only_message(write(tmp_path / "deep.yaml", opening * 100_000))


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_json_nested_a_hundred_thousand_deep_is_refused(tmp_path: Path, opening: str) -> None:
    assert "more than 32 deep" in only_message(write(tmp_path / "deep.json", opening * 100_000))


@pytest.mark.parametrize("line", ["[cue: a]", "[sad", " 6s", "(beat)", "> sad @1%"])
def test_an_overlong_line_of_tags_is_refused_without_parsing(tmp_path: Path, line: str) -> None:
    """Parsing such a line of 5 MB would take minutes."""
    assert "at most 5000 are read" in only_message(write(tmp_path / "long.txt", line * 500_000))


@pytest.mark.parametrize(
    "line",
    [
        f"[a{' ' * 4900}1x] a",
        f"[{'6s ' * 1600}] a",
        f"[{'1' * 4900}%] a",
        f"[cue: a{' ' * 4800}b] a",
        f"[cue a{' ' * 4800}b] a",
        f"[sad] {'.' * 1900}x",
        f"{'A: ' * 1600}[sad] a",
        f"[sad] {'<a ' * 600}",
    ],
    ids=["spaces", "lengths", "digits", "cue", "cue without colon", "full stops", "names", "brackets"],
)
def test_a_file_of_lines_that_take_long_to_match_is_read_or_refused(tmp_path: Path, line: str) -> None:
    """A pattern that backtracks would take minutes on these lines."""
    path = write(tmp_path / "slow.txt", f"[sad] a\n{(line + chr(10)) * 400}")
    told: Sequence[object]
    try:
        script = load_script(path)
        told = cautions_on(script, build_timeline(script), 3)
    except ScriptError as error:
        told = error.mistakes
    assert told


def test_a_hundred_thousand_cues_are_reported_as_one_mistake(tmp_path: Path) -> None:
    assert "at most 200 characters" in only_message(write(tmp_path / "cues.txt", "[cue: a]\n" * 100_000 + "b"))


def test_thousands_of_open_brackets_are_reported_as_one_mistake(tmp_path: Path) -> None:
    assert "bracket is not closed" in only_message(write(tmp_path / "deep.txt", "[" * 4_000))


@pytest.mark.row(25)
def test_too_many_values_are_refused(tmp_path: Path) -> None:
    assert "more than 400,000 values" in only_message(write(tmp_path / "many.yaml", "lines: [" + "a," * 400_010 + "]"))


@pytest.mark.row(25)
@pytest.mark.parametrize("name", ["a.txt", "a.json", "a.yaml"])
def test_a_script_of_more_lines_than_any_play_is_refused_in_any_format(name: str, tmp_path: Path) -> None:
    count = MAX_ITEMS + 1
    text = "[sad] a\n" * count if name == "a.txt" else '{"lines": [' + ",".join(['{"text": "a"}'] * count) + "]}"
    message = only_message(write(tmp_path / name, text))
    assert message == "more than 20,000 lines and pauses; long plays have 3,000"


def test_yaml_scalars_stay_text(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.yaml",
        "language: no\nlines:\n"
        + "".join(f"  - text: {t}\n" for t in ("yes", "1984", "12:30", "2024-01-01", "0x1F", "on")),
    )
    script = load_script(path)
    assert script.language == "no"
    assert [line.text for line in script.spoken] == ["yes", "1984", "12:30", "2024-01-01", "0x1F", "on"]


def test_a_thousand_mistakes_are_listed_and_the_rest_counted(tmp_path: Path) -> None:
    mistakes = mistakes_of(write(tmp_path / "a.txt", "[hapy] a\n" * 1100))
    assert len(mistakes) == 1001
    assert "and 100 more mistakes" in mistakes[-1].message


def test_a_script_of_ten_thousand_lines_is_loaded(tmp_path: Path) -> None:
    lines = "".join(f"  - {{text: Line {i}, emotion: sad, duration_s: 2, cue: A door}}\n" for i in range(10_000))
    script = load_script(write(tmp_path / "long.yaml", "lines:\n" + lines))
    assert len(script.spoken) == 10_000


def test_messages_show_no_escape_characters_of_a_file_name(tmp_path: Path) -> None:
    with pytest.raises(ScriptError) as caught:
        load_script(tmp_path / "\x1b[31m\u202ered.yaml")
    assert "\x1b" not in str(caught.value)
    assert "\u202e" not in str(caught.value)
    assert "[31mred.yaml" in str(caught.value)


@pytest.mark.parametrize("name", ["a\x00b.yaml", "a" * 300 + ".yaml", "\udcff.yaml"])
def test_an_impossible_file_name_is_reported_in_one_message(tmp_path: Path, name: str) -> None:
    assert only_message(tmp_path / name)


@pytest.fixture
def _not_root() -> Iterator[None]:
    """Drop the privileges of root, who can read every file."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    yield
    os.seteuid(user)


@pytest.mark.usefixtures("_not_root")
def test_an_unreadable_file_is_reported() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder) / "a.yaml", YAML)
        path.chmod(0)
        assert "permissions" in only_message(path)


def test_a_script_without_a_title_gets_the_name_of_its_file(tmp_path: Path) -> None:
    assert load_script(write(tmp_path / "kitchen_light.txt", "[sad] a")).title == "kitchen light"


def test_the_pure_yaml_parser_gives_the_same_messages(tmp_path: Path) -> None:
    """PyYAML without libyaml uses its pure Python parser, whose wording must not show."""
    bad = [
        YAML.replace("sad", "sda"),
        "a: 'b'c",
        "a: [b",
        'a: "b',
        "a: @",
        "a: b: c",
        "lines:\n - a\n\tb",
        "a\n b: *c\n",
        "- - " * 40,
    ]
    for i, content in enumerate(bad):
        write(tmp_path / f"{i}.yaml", content)
    program = (
        "import sys; sys.modules['yaml._yaml'] = None\n"
        "import yaml; assert not yaml.__with_libyaml__\n"
        "from coach.scripts import load_script; from coach.base.errors import ScriptError\n"
        "for path in sys.argv[1:]:\n"
        "    try: load_script(path)\n"
        "    except ScriptError as error: print(error)\n"
    )
    paths = [str(tmp_path / f"{i}.yaml") for i in range(len(bad))]
    pure = subprocess.run(
        [sys.executable, "-c", program, *paths], capture_output=True, text=True, timeout=60, check=True
    )
    messages = []
    for path in paths:
        with pytest.raises(ScriptError) as caught:
            load_script(path)
        messages.append(str(caught.value))
    assert pure.stdout.splitlines() == "\n".join(messages).splitlines()
