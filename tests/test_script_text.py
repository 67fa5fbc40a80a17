"""The text of a script file as people paste and save it: line ends, invisible marks, and encodings."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from coach.base.errors import ScriptError
from coach.core.script.script import Script
from coach.scripts import load_script


def read(path: Path, content: str | bytes) -> tuple[Script, list[str]]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    notices: list[str] = []
    return load_script(path, notices.append), notices


def texts(script: Script) -> list[str]:
    return [line.text for line in script.spoken]


@pytest.mark.parametrize(
    "end",
    ["\r", "\r\n", "\n", "\v", "\f", "\n\f", "\f\n", "\x85", "\u2028", "\u2029"],
    ids=lambda end: end.encode("unicode_escape").decode(),
)
def test_everything_that_ends_a_line_or_a_page_ends_a_line_of_the_script(tmp_path: Path, end: str) -> None:
    script, notices = read(tmp_path / "a.txt", end.join(["[sad] The train left.", "[happy] I stayed.", ""]))
    assert [(line.text, str(line.target)) for line in script.spoken] == [
        ("The train left.", "sad"),
        ("I stayed.", "happy"),
    ]
    assert notices == []


def test_a_page_break_between_lines_adds_no_line_to_the_file(tmp_path: Path) -> None:
    with pytest.raises(ScriptError) as caught:
        read(tmp_path / "a.txt", "[sad] a\n\f[happy] b\n\f\n[hapy] c\n")
    assert caught.value.mistakes[0].line == 4


def test_line_separators_inside_texts_of_json_are_spaces(tmp_path: Path) -> None:
    content = json.dumps({"lines": [{"text": "The train\u2028left.\fNow."}]}, ensure_ascii=False)
    raw, _ = read(tmp_path / "a.json", content.replace("\\f", "\f"))
    escaped, _ = read(tmp_path / "b.json", json.dumps({"lines": [{"text": "The train\u2028left.\fNow."}]}))
    assert texts(raw) == texts(escaped) == ["The train left. Now."]


MARKS = [
    ("soft hyphen", "no\u00adthing"),
    ("zero-width space", "no\u200bthing"),
    ("marks of direction", "\u200fno\u200ething"),
    ("embedding of direction", "\u202bnothing\u202c"),
    ("isolate of direction", "\u2067nothing\u2069"),
    ("word joiner", "no\u2060thing"),
    ("byte order mark", "\ufeffnothing"),
    ("tags of a flag", "no\U000e0067\U000e007fthing"),
]


@pytest.mark.parametrize("marked", [marked for _, marked in MARKS], ids=[name for name, _ in MARKS])
@pytest.mark.parametrize("kind", ["txt", "yaml", "json"])
def test_invisible_marks_are_dropped_and_counted_in_one_notice(tmp_path: Path, kind: str, marked: str) -> None:
    lines = [f"I saw {marked}.", f"I heard {marked}."]
    content = {
        "txt": "\n".join(f"[sad] {line}" for line in lines),
        "yaml": "lines:\n" + "".join(f"  - {{text: {line}}}\n" for line in lines),
        "json": json.dumps({"lines": [{"text": line} for line in lines]}, ensure_ascii=False),
    }[kind]
    script, notices = read(tmp_path / f"a.{kind}", content)
    assert texts(script) == ["I saw nothing.", "I heard nothing."]
    count = 2 * (len(marked) - len("nothing"))
    assert len(notices) == 1
    assert notices[0].startswith(f"a.{kind}: {count} invisible mark")


def test_escaped_invisible_marks_of_json_are_dropped(tmp_path: Path) -> None:
    assert texts(read(tmp_path / "a.json", json.dumps({"lines": [{"text": "no\u00adthing"}]}))[0]) == ["nothing"]


def test_a_tag_behind_an_invisible_mark_is_a_tag(tmp_path: Path) -> None:
    assert str(read(tmp_path / "a.txt", "Go.\n\ufeff\u200b[happy] Come.")[0].spoken[1].target) == "happy"


@pytest.mark.parametrize("space", ["\xa0", "\u2007", "\u202f", "\u3000", "\t"])
@pytest.mark.parametrize("kind", ["txt", "yaml"])
def test_spaces_of_any_kind_are_spaces(tmp_path: Path, kind: str, space: str) -> None:
    content = {"txt": "[sad@2s]@One@two", "yaml": "lines:\n  -@text: One@two\n@ @ emotion: sad\n    duration_s: 2"}[
        kind
    ]
    if space == "\t":
        content = content.replace("@ @ emotion", "    emotion")  # YAML is not indented with tabs
    (line,) = read(tmp_path / f"a.{kind}", content.replace("@", space))[0].spoken
    assert (line.text, str(line.target), line.duration_s) == ("One two", "sad", 2)


def test_a_file_of_invisible_marks_is_empty(tmp_path: Path) -> None:
    with pytest.raises(ScriptError, match="the file is empty"):
        read(tmp_path / "a.txt", "\u200b\n\u00ad")


FRENCH = "[sad] Où étais-tu ? Ça m’est égal.\n[happy] Très bien !\n"
POLISH = "[sad] Będę czekać, aż zgaśnie światło.\n[happy] Żółta łódź!\n"
ENGLISH = "[sad] It’s late — and nobody’s home.\n[happy] “That laugh.”\n"
GERMAN = "[sad] Über Nacht fiel Schnee.\n[happy] Schöne Grüße!\n"

ENCODED = [
    ("cp1252", "Windows-1252", FRENCH),
    ("cp1252", "Windows-1252", ENGLISH),
    ("latin-1", "Windows-1252", GERMAN),
    ("cp1250", "Windows-1250", POLISH),
    ("iso8859-2", "ISO 8859-2 (Latin-2)", POLISH),
    ("cp1251", "Windows-1251", "[sad] Никто не пришёл.\n"),
    ("koi8-r", "KOI8-R", "[sad] Никто не пришёл к нам утром.\n"),
    ("cp1253", "Windows-1253 (Greek)", "[sad] Κανείς δεν ήρθε το πρωί.\n"),
    ("cp1254", "Windows-1254 (Turkish)", "[sad] Şimdi kimse yok, ışık söndü, ağlıyorum.\n"),
    ("utf-16", "UTF-16", FRENCH),
    ("utf-16-le", "UTF-16", ENGLISH),
    ("utf-16-be", "UTF-16", POLISH),
    ("utf-32", "UTF-32", GERMAN),
]


@pytest.mark.row(25)
@pytest.mark.parametrize(("codec", "name", "text"), ENCODED, ids=[f"{c} {t[6:16]}" for c, _, t in ENCODED])
def test_a_file_in_another_encoding_is_read_and_a_notice_names_it(
    tmp_path: Path, codec: str, name: str, text: str
) -> None:
    script, notices = read(tmp_path / "a.txt", text.encode(codec))
    assert script == read(tmp_path / "a.txt", text)[0]
    assert notices == [f"a.txt: The file is saved as {name}. If letters look wrong, save it as UTF-8."]


@pytest.mark.parametrize(
    "head",
    ["[language: hu]\n{}", "language: hu\nlines:\n  - text: {}", '{{"language": "hu", "lines": [{{"text": "{}"}}]}}'],
)
def test_the_language_of_a_script_decides_between_encodings_that_look_alike(tmp_path: Path, head: str) -> None:
    kind = {"[": "txt", "l": "yaml", "{": "json"}[head[0]]
    script, _ = read(tmp_path / f"a.{kind}", head.format("Jó, õ az").encode("cp1252"))
    assert texts(script) == ["Jó, ő az"]


@pytest.mark.parametrize(
    "content",
    [
        "[sad] 朝までに知らせがある。".encode("cp932"),
        "[sad] It’s late — “nobody’s home”.".encode("mac-roman"),
        b"[sad] \x81\x8d\x8f\x90",
        "[sad] déjà ".encode() + "déjà".encode("latin-1"),
    ],
    ids=["Japanese", "Macintosh", "undefined bytes", "two encodings"],
)
def test_a_doubtful_encoding_is_refused_at_its_first_byte(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ScriptError) as caught:
        read(tmp_path / "a.txt", content)
    (mistake,) = caught.value.mistakes
    assert "no other encoding is certain; save the file as UTF-8" in mistake.message
    assert mistake.line == 1


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    for content in (bytes(range(256)) * 4, b"\xff\xfe\x00"):
        with pytest.raises(ScriptError, match=r"as UTF-8|in UTF-8"):
            read(tmp_path / "a.txt", content)


def test_a_notice_names_the_words_that_a_face_cannot_show_and_their_lines(tmp_path: Path) -> None:
    content = "[sad] a\n(beat)\n[jealous] b\n[proud, jealous] c\n[worried] d\n"
    script, notices = read(tmp_path / "a.txt", content)
    assert [str(line.target) for line in script.spoken] == ["sad", "None", "None", "fear"]
    assert notices == ["a.txt: A face alone cannot show 'jealous' and 'proud', so lines 2 and 3 are not scored."]
    yaml = "lines:\n  - beat\n  - {text: a, emotion: [sad, In pain]}\n"
    assert read(tmp_path / "a.yaml", yaml)[1] == [
        "a.yaml: A face alone cannot show 'in pain', so line 1 is not scored."
    ]


def test_a_notice_of_many_lines_stays_short(tmp_path: Path) -> None:
    _, notices = read(tmp_path / "a.txt", "[jealous] a\n" * 100)
    assert "so lines 1, 2, 3, 4, 5, 6, 7, 8 and 92 more are not scored." in notices[0]
