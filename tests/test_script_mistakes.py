"""Every kind of mistake in a script file is reported with its line, column, field and a plain message."""

from __future__ import annotations

from pathlib import Path

import pytest

from coach.base.errors import ScriptError
from coach.scripts import load_script

HEAD = "title: T\nlines:\n"
SCENE = "lines: [{role: BEN, text: a}]"
OPEN = '{"lines": [\n'


def mistakes_in(tmp_path: Path, name: str, content: str | bytes) -> list[tuple[int | None, int | None, str, str]]:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(ScriptError) as caught:
        load_script(path)
    assert caught.value.path == str(path)
    return [(m.line, m.column, m.field, m.message) for m in caught.value.mistakes]


def place_of_mark(marked: str) -> tuple[int, int]:
    """1-based line and column of the mark."""
    before = marked[: marked.index("§")]
    return before.count("\n") + 1, len(before) - before.rfind("\n")


YAML_MISTAKES = [
    # name, file content with § before the mistake, field, part of the message
    ("unknown emotion", HEAD + "  - {text: a, emotion: §hapy}", "emotion", "did you mean 'happy'?"),
    ("unknown emotion in a list", HEAD + "  - {text: a, emotion: [fear, §surprize]}", "emotion", "'surprise'"),
    ("unknown emotion in an arc", HEAD + "  - {text: a, emotion: sad > §feer @60%}", "emotion", "'fear'"),
    ("unknown emotion in quotes", HEAD + "  - {text: a, emotion: 'sad, §joi'}", "emotion", "'joy'"),
    ("a word like nothing known", HEAD + "  - {text: a, emotion: §xylophone}", "emotion", "known are angry, disgust"),
    ("emotion missing in a list", HEAD + "  - {text: a, emotion: §'sad,'}", "emotion", "an emotion is missing"),
    ("place of an arc too far", HEAD + "  - {text: a, emotion: §sad > fear @160%}", "emotion", "between 0 and 100 %"),
    ("place without percent", HEAD + "  - {text: a, emotion: §sad > fear @60}", "emotion", "such as @60%"),
    ("arc in a list", HEAD + "  - {text: a, emotion: §[sad > fear, joy]}", "emotion", "an arc is one text"),
    ("emotion is a mapping", HEAD + "  - {text: a, emotion: §{sad: 1}}", "emotion", "expected an emotion"),
    (
        "word for a number",
        HEAD + "  - {text: a, duration_s: §six}",
        "duration_s",
        "seconds such as 6 or 2.5, found 'six'",
    ),
    ("unit in a number", HEAD + "  - {text: a, duration_s: §6s}", "duration_s", "found '6s'"),
    ("list for a number", HEAD + "  - {text: a, duration_s: §[6]}", "duration_s", "found [6]"),
    ("NaN", HEAD + "  - {text: a, start_s: §nan}", "start_s", "found 'nan'"),
    ("YAML's NaN", HEAD + "  - {text: a, start_s: §.nan}", "start_s", "found '.nan'"),
    ("infinite", HEAD + "  - {text: a, end_s: §1e999}", "end_s", "found '1e999'"),
    ("negative duration", HEAD + "  - {text: a, duration_s: §-6}", "duration_s", "at least 0.1, found -6"),
    ("duration of nothing", HEAD + "  - {text: a, duration_s: §0}", "duration_s", "at least 0.1, found 0"),
    ("negative start", HEAD + "  - {text: a, start_s: §-0.5}", "start_s", "at least 0, found -0.5"),
    ("endless duration", HEAD + "  - {text: a, duration_s: §3601}", "duration_s", "at most 3600"),
    ("ends before it starts", HEAD + "  - {text: a, start_s: 5, end_s: §3}", "end_s", "ends at 3 s but begins at 5 s"),
    ("ends at 0", HEAD + "  - {text: a, end_s: §0}", "end_s", "cannot begin before 0"),
    ("duration and end", HEAD + "  - {text: a, duration_s: 5, end_s: §6}", "end_s", "not both"),
    ("three times that differ", HEAD + "  - {text: a, start_s: 1, duration_s: 5, end_s: §7}", "end_s", "is 6 s, not 7"),
    (
        "overlapping times",
        HEAD + "  - {text: a, start_s: 0, end_s: 6}\n  - {text: b, start_s: §5.5}",
        "start_s",
        "script line 2 begins at 5.5 s, but what comes before it lasts until 6 s",
    ),
    (
        "overlapping a pause",
        HEAD + "  - {text: a, duration_s: 2}\n  - {pause_s: 2}\n  - {text: b, start_s: §3}",
        "start_s",
        "until 4 s",
    ),
    (
        "overlapping end",
        HEAD + "  - {text: a, duration_s: 6}\n  - {text: b, end_s: §5}",
        "end_s",
        "script line 2 ends at 5 s, but with what comes before it ends at 6.1 s or later",
    ),
    ("intensity above 1", HEAD + "  - {text: a, emotion: sad, intensity: §[0.5, 1.5]}", "intensity", "[0.5, 1.5]"),
    ("intensity upside down", HEAD + "  - {text: a, emotion: sad, intensity: §[0.9, 0.5]}", "intensity", "0 to 1"),
    ("intensity of one", HEAD + "  - {text: a, emotion: sad, intensity: §[0.9]}", "intensity", "two numbers"),
    ("intensity is a word", HEAD + "  - {text: a, emotion: sad, intensity: §high}", "intensity", "found 'high'"),
    ("intensity of nothing", HEAD + "  - {text: a, intensity: §[0, 1]}", "intensity", "needs an emotion"),
    ("mode", HEAD + "  - {text: a, mode: §off}", "mode", "expected tracked, untracked or own way, found 'off'"),
    ("unknown field", HEAD + "  - {text: a, §emotoin: sad}", "emotoin", "did you mean 'emotion'?"),
    ("unknown field of the script", "§titel: T\nlines: [{text: a}]", "titel", "did you mean 'title'?"),
    ("unknown field of the pace", "pace: {§wpm: 130}\nlines: [{text: a}]", "pace.wpm", "words_per_minute, beat_s"),
    ("pace", "pace: {words_per_minute: §9000}\nlines: [{text: a}]", "pace.words_per_minute", "at most 400"),
    ("pace is a word", "pace: §fast\nlines: [{text: a}]", "pace", "expected fields such as {words_per_minute"),
    ("language", "language: §english!\nlines: [{text: a}]", "language", "such as en, ro or pt-BR, found 'english!'"),
    ("no text", HEAD + "  - §emotion: sad", "text", "'text' is missing"),
    ("text left empty", HEAD + "  - text:§\n    emotion: sad", "text", "expected text, found nothing"),
    ("role that never speaks", f"roles: {{BENN: §{{rate: 1}}}}\n{SCENE}", "roles.BENN", "'BENN'; there are BEN"),
    ("roles without roles", "roles: {BEN: §{rate: 1}}\nlines: [{text: a}]", "roles.BEN", "no line has a role"),
    ("rate of a role", f"roles: {{BEN: {{rate: §3}}}}\n{SCENE}", "roles.BEN.rate", "must be at most 2, found 3"),
    ("pitch in words", f"roles: {{BEN: {{pitch: §low}}}}\n{SCENE}", "roles.BEN.pitch", "0.5 to 2, found 'low'"),
    ("unknown field of a role", f"roles: {{BEN: {{§vioce: x}}}}\n{SCENE}", "roles.BEN.vioce", "did you mean 'voice'"),
    ("role is a word", f"roles: {{BEN: §deep}}\n{SCENE}", "roles.BEN", "expected fields such as {voice: NAME"),
    ("roles are a list", f"roles: §[BEN]\n{SCENE}", "roles", "each with its voice, such as {BEN: {rate: 1.1}}"),
    ("text of spaces", HEAD + "  - text: §'  '", "text", "expected words"),
    ("text is a list", HEAD + "  - text: §[a, b]", "text", "expected text, found a list"),
    ("text too long", HEAD + f"  - text: §{'a' * 2001}", "text", "at most 2000 characters"),
    ("cue too long", HEAD + f"  - text: a\n    cue: §{'a' * 201}", "cue", "at most 200 characters"),
    ("a line is a text", HEAD + "  - §Hello", "lines", "expected a line such as {text: ..., emotion: sad}"),
    ("a line is nothing", HEAD + "  - {text: a}\n  -§", "lines", "found nothing"),
    ("lines are one text", "lines: §Hello", "lines", "expected a list of lines, found 'Hello'"),
    ("lines missing", "§title: T", "lines", "the field 'lines' is missing"),
    ("no lines", "title: T\nlines: §[]", "lines", "at least one line"),
    ("only pauses", "title: T\nlines: §[beat]", "lines", "at least one line"),
    ("root is a list", "§- a\n- b", "", "expected fields such as title and lines, found a list"),
    ("pause of words", HEAD + "  - {text: a}\n  - {pause_s: §long}", "pause_s", "found 'long'"),
    ("pause with both", HEAD + "  - {text: a}\n  - §{pause_s: 1, beats: 2}", "lines", "either pause_s or beats"),
    ("half a beat", HEAD + "  - {text: a}\n  - {beats: §1.5}", "beats", "a whole number, found 1.5"),
    ("field given twice", HEAD + "  - text: a\n    §text: b", "text", "'text' is given twice, first on line 3"),
    ("anchor", HEAD + "  - §&x {text: a}", "", "anchors (&) and aliases (*)"),
    ("alias", HEAD + "  - {text: a, cue: §*x}", "cue", "anchors (&) and aliases (*)"),
    ("starred text", HEAD + "  - text: §*softly* go", "", "begins with * or & needs quotes"),
    ("tag", HEAD + "  - {text: §!!python/name:os.system a}", "text", "tags (!) are not used"),
    ("tab", HEAD + "§\t- text: a", "", "a tab in the indentation"),
    ("colon in text", HEAD + "  - text: He said§: go", "", "a colon inside text without quotes"),
    ("quote left open", HEAD + '  - text: §"Go\n    emotion: sad', "", "a quote is opened here and never closed"),
    ("words behind a quote", HEAD + "  - text: 'Don'§t go'", "", "words behind a closing quote"),
    ("text begins with @", HEAD + "  - text: §@home", "", "begins with '@' needs quotes"),
    ("bracket left open", HEAD + "  - §{text: a", "", "a bracket is opened here and not closed"),
    ("colon missing", HEAD + "  - text: a\n    §emotion sad\n    cue: b", "", "a colon"),
    ("wrong indentation", HEAD + "  - text: a\n §emotion: sad", "", "wrong indentation"),
    ("unknown backslash", HEAD + '  - text: "a §\\q"', "", "backslash"),
    ("two documents", HEAD + "  - text: a\n§---\ntitle: b", "", "a second document"),
    ("a bracket too many", "{lines: [{text: a}]}§}", "", "a bracket too many"),
    ("field name is a list", "§[a, b]: c\nlines: [{text: a}]", "", "the name of a field must be a word"),
    ("escape character", HEAD + "  - text: a§\x1b[31mb", "text", "escape character U+001B"),
    ("escape in a comment", HEAD + "  - text: a # §\x1b]0;b\x07", "", "escape character U+001B"),
    ("escaped escape", HEAD + '  - text: §"a\\e[31mb"', "text", "escape character U+001B at character 2"),
    ("escaped bidi override", HEAD + '  - cue: §"a\\u202eb"\n    text: a', "cue", "text-direction character U+202E"),
    ("NUL by escape", 'title: §"a\\0"\nlines: [{text: a}]', "title", "control character U+0000"),
]


@pytest.mark.row(26)
@pytest.mark.parametrize(
    ("marked", "field", "piece"), [case[1:] for case in YAML_MISTAKES], ids=[case[0] for case in YAML_MISTAKES]
)
def test_a_mistake_in_yaml_is_reported_once_with_its_location(
    tmp_path: Path, marked: str, field: str, piece: str
) -> None:
    mistakes = mistakes_in(tmp_path, "script.yaml", marked.replace("§", ""))
    assert [f[:3] for f in mistakes] == [(*place_of_mark(marked), field)], mistakes
    assert piece in mistakes[0][3]


JSON_MISTAKES = [
    # name, file content with § before the mistake, field, part of the message
    ("unknown emotion", OPEN + '{"text": "a", "emotion": "§hapy"}]}', "emotion", "did you mean 'happy'?"),
    ("word for a number", OPEN + '{"text": "a", "duration_s": §"six"}]}', "duration_s", "found 'six'"),
    ("truth for a number", OPEN + '{"text": "a", "duration_s": §true}]}', "duration_s", "found true"),
    ("number for text", OPEN + '{"text": §5}]}', "text", "expected text, found 5"),
    ("nothing for text", OPEN + '{"text": §null}]}', "text", "expected text, found nothing"),
    (
        "NaN",
        OPEN + '{"text": "a", "start_s": §NaN}]}',
        "start_s",
        "expected a number, or text in double quotes, found NaN",
    ),
    ("minus infinity", OPEN + '{"text": "a", "start_s": §-Infinity}]}', "start_s", "found -Infinity"),
    ("beyond any number", OPEN + '{"text": "a", "start_s": §1e999}]}', "start_s", "expected a number of seconds"),
    ("leading zero", OPEN + '{"text": "a", "start_s": §007}]}', "start_s", "found 007"),
    ("field given twice", OPEN + '{"text": "a", §"text": "b"}]}', "text", "'text' is given twice, first on line 2"),
    ("unknown field", OPEN + '{"text": "a", §"cues": "b"}]}', "cues", "did you mean 'cue'?"),
    ("comma too many", OPEN + '{"text": "a"}§,\n]}', "", "a comma too many before ]"),
    ("comma missing", OPEN + '{"text": "a"}\n§{"text": "b"}]}', "", "a comma is missing before '{'"),
    ("colon missing", OPEN + '{"text" §"a"}]}', "", "a colon is missing behind the field 'text'"),
    ("single quotes", OPEN + "{§'text': 'a'}]}", "", 'in double quotes, found "\'"'),
    ("single quoted value", OPEN + "{\"text\": §'a'}]}", "", "use double quotes"),
    ("comment", OPEN + "§// hi\n]}", "", "JSON has no comments"),
    ("bracket left open", '{"lines": §[\n{"text": "a"}', "", "never closed"),
    ("ends before a value", '{"lines":§', "", "the file ends in the middle"),
    ("ends before a name", '§{"lines": [{"text": "a"}],', "", "never closed"),
    ("quote left open", OPEN + '{"text": §"a\n}]}', "", "a quote is opened here"),
    ("unknown backslash", OPEN + '{"text": "a§\\q"}]}', "", "backslash"),
    ("two scripts", '{"lines": [{"text": "a"}]} §{}', "", "text after the end"),
    ("root is a number", "§5", "", "expected fields such as title and lines, found 5"),
    ("unquoted text", '{"lines": [{"text": §hello}]}', "text", "found hello"),
    ("escaped escape", OPEN + '{"text": §"a\\u001b[31m"}]}', "text", "escape character U+001B at character 2"),
    ("lone surrogate", OPEN + '{"text": §"a\\ud800"}]}', "text", "half a character"),
    ("bidi override", OPEN + '{"text": "a§\u202eb"}]}', "text", "text-direction character U+202E"),
    (
        "rate of a role",
        '{"roles": {"BEN": {"rate": §0}}, ' + OPEN[1:] + '{"role": "BEN", "text": "a"}]}',
        "roles.BEN.rate",
        "least 0.5",
    ),
    ("overlap", OPEN + '{"text":"a","end_s":6},\n{"text":"b","start_s":§5}]}', "start_s", "until 6 s"),
]


@pytest.mark.row(26)
@pytest.mark.parametrize(
    ("marked", "field", "piece"), [case[1:] for case in JSON_MISTAKES], ids=[case[0] for case in JSON_MISTAKES]
)
def test_a_mistake_in_json_is_reported_once_with_its_location(
    tmp_path: Path, marked: str, field: str, piece: str
) -> None:
    mistakes = mistakes_in(tmp_path, "script.json", marked.replace("§", ""))
    assert [f[:3] for f in mistakes] == [(*place_of_mark(marked), field)], mistakes
    assert piece in mistakes[0][3]


TAGGED_MISTAKES = [
    # name, file content with § before the mistake, field, part of the message
    ("unknown emotion", "[§hapy] a", "emotion", "did you mean 'happy'?"),
    ("unknown emotion of several", "\n  [fear, §surprize] a", "emotion", "'surprise'"),
    ("unknown emotion in an arc", "[sad > §feer @60% 6s] a", "emotion", "'fear'"),
    ("arc without its end", "[§sad >] a", "emotion", "an emotion is missing"),
    ("bracket left open", "§[sad Hello", "tag", "this bracket is not closed"),
    ("bracket in a bracket", "§[sad [happy] Hello", "tag", "'[happy]' stands inside this tag"),
    ("bracket in a cue", "§[cue: A bell [far off] rings.] a", "tag", "'[far off]' stands inside this tag"),
    ("two brackets", "§[[sad]] a", "tag", "'[sad]' stands inside this tag; write round brackets inside a tag"),
    ("overlong tag", f"[§{'sad ' * 200}] a", "tag", "this tag has 800 characters; at most 400 are read"),
    ("minutes out of range", "[sad §1:75] a", "emotion", "cannot make sense of '1:75'"),
    ("misspelt behind a name", "MARA: [§hapy] a", "emotion", "did you mean 'happy'?"),
    ("bare number", "[sad §6] a", "emotion", "cannot make sense of '6'"),
    ("negative length", "[sad §-6s] a", "emotion", "cannot make sense of '-6s'"),
    ("length in front", "[§6s sad] a", "emotion", "a tag is an emotion, then 6s"),
    ("length of nothing", "[sad §0s] a", "duration_s", "at least 0.1, found 0"),
    ("two lengths", "[sad §6s 7s] a", "duration_s", "given twice"),
    ("ends before it starts", "[sad 8s-§2s] a", "end_s", "ends at 2 s but begins at 8 s"),
    ("intensity out of range", "[sad §0.5-1.5] a", "intensity", "[0.5, 1.5]"),
    ("intensity of nothing", "[§0.5-1.0] a", "intensity", "needs an emotion"),
    ("overlap", "[sad 0s-6s] a\n[fear from §5s] b", "start_s", "until 6 s"),
    ("two tags", "[sad] [§happy] a", "tag", "a second tag"),
    ("tag without words", "a\n§[sad 6s]", "tag", "a tag without words"),
    ("cue for nothing", "a\n[cue: §A door]", "cue", "a cue with no line after it"),
    ("empty cue", "[cue: §] a", "cue", "expected words"),
    ("unknown tag", "[§sound: A door] a", "tag", "unknown tag 'sound'; known are cue, title"),
    ("misspelt tag", "[§titel: T]\na", "tag", "did you mean 'title'?"),
    ("odd pause", "[§pause soon] a", "pause_s", "expected a pause such as [pause 2s]"),
    ("pause of nothing", "[pause §0s] a", "pause_s", "at least 0.1"),
    ("too many beats", "(§999 beats)\na", "beats", "at most 100, found 999"),
    ("odd pace", "[pace: §fast]\na", "pace", "such as '130 wpm, beat 0.6s', found 'fast'"),
    ("pace out of range", "[pace: beat 0.6s, §9000 wpm]\na", "pace.words_per_minute", "at most 400"),
    ("late header", "a\n[language: §ro]\nb", "language", "stands before the first line"),
    ("header twice", "[title: A]\n[title: §B]\na", "title", "given twice"),
    ("language", "[language: §english!]\na", "language", "such as en, ro"),
    ("only comments", "§# a\n\n# b\n", "lines", "at least one line"),
    ("escape character", "[sad] a§\x1b[31m", "text", "escape character U+001B"),
    ("semicolon", "[§fear; surprise] a", "emotion", "write [fear, surprise]: a comma"),
    ("slash and a length", "[§fear/surprise 6s] a", "emotion", "write [fear, surprise]"),
    ("and", "[§fear and scared > happy] a", "emotion", "write [fear, scared > happy]"),
    ("or", "[§fear or surprise] a", "emotion", "write [fear, surprise]"),
    ("nothing between", "[§fear surprise] a", "emotion", "write [fear, surprise]"),
    ("arrow sign", "[§fear → happy] a", "emotion", "write [fear > happy]"),
    ("arrow of two signs", "[§fear -> happy @60%] a", "emotion", "write [fear > happy @60%]"),
    ("misspelt behind a slash", "[§fear/surprize] a", "emotion", "unknown emotion 'fear/surprize'"),
    ("no colon", "[§cue A car door] a", "cue", "a colon is missing behind 'cue'; write [cue: A car door]"),
    ("nothing behind a cue", "[§cue] a", "cue", "write [cue: ...]"),
    ("header without colon", "[§pace 130 wpm]\na", "pace", "write [pace: 130 wpm]"),
    ("percent for an intensity", "[happy §80%] a", "intensity", "two numbers from 0 to 1 such as 0.5-1.0, found '80%'"),
    ("percents for an intensity", "[happy §50-80%] a", "intensity", "such as 0.5-1.0, found '50-80%'"),
    ("arc without @", "[sad > happy §60%] a", "intensity", "the place of an arc is written @60%"),
    ("one number for an intensity", "[happy §0.5] a", "intensity", "such as 0.5-1.0, found '0.5'"),
    ("intensity of ten", "[happy §5-10] a", "intensity", "from 0 to 1"),
    ("escape character in a tag", "[sad§\x1b > fear] a", "emotion", "escape character U+001B"),
    ("escape character in a cue", "[cue: a§\x1bb] a", "cue", "escape character U+001B"),
    ("escape character in the title", "[title: a§\x1bb]\na", "title", "escape character U+001B"),
    (
        "several hidden characters",
        "[sad] a§\x1b[31m b\u202ec",
        "text",
        "U+001B, text-direction character U+202E on line 1, column 15; delete them",
    ),
    (
        "hidden characters on many lines",
        "a§\u202eb\n" + "a\x1bb\n" * 100,
        "text",
        "escape character U+001B on line 5, column 2 and 96 more; delete them",
    ),
]


@pytest.mark.parametrize(
    ("marked", "field", "piece"), [case[1:] for case in TAGGED_MISTAKES], ids=[case[0] for case in TAGGED_MISTAKES]
)
def test_a_mistake_in_tagged_text_is_reported_once_with_its_location(
    tmp_path: Path, marked: str, field: str, piece: str
) -> None:
    mistakes = mistakes_in(tmp_path, "script.txt", marked.replace("§", ""))
    assert [f[:3] for f in mistakes] == [(*place_of_mark(marked), field)], mistakes
    assert piece in mistakes[0][3]


@pytest.mark.row(26)
def test_all_mistakes_are_listed_in_the_order_of_the_file(tmp_path: Path) -> None:
    content = """\
titel: T
pace: {words_per_minute: fast}
lines:
  - {text: a, emotion: sadd, start_s: 0, end_s: 6}
  - {text: b, emotion: fear, start_s: 5, duration_s: six, duration_s: 7}
  - {text: c, intensity: [0.5, 2], start_s: 9, end_s: 8}
  - {text: "\\e[2J", mode: off}
  - *x
  - {cue: A door}
"""
    mistakes = mistakes_in(tmp_path, "all.yaml", content)
    assert [(line, field) for line, _, field, _ in mistakes] == [
        (1, "titel"),
        (2, "pace.words_per_minute"),
        (4, "emotion"),
        (5, "start_s"),
        (5, "duration_s"),
        (5, "duration_s"),
        (6, "intensity"),
        (6, "end_s"),
        (7, "text"),
        (7, "mode"),
        (8, "lines"),
        (9, "text"),
    ]


def test_a_script_error_names_file_line_column_and_field(tmp_path: Path) -> None:
    path = tmp_path / "script.yaml"
    path.write_text("lines: [{text: a, emotion: hapy}]")
    with pytest.raises(ScriptError) as caught:
        load_script(path)
    assert str(caught.value).startswith(f"{path}:1:28: emotion: unknown emotion 'hapy'; did you mean 'happy'?")


def test_no_message_contains_the_jargon_of_a_library(tmp_path: Path) -> None:
    messages = [
        m for _, content, *_ in YAML_MISTAKES for *_, m in mistakes_in(tmp_path, "a.yaml", content.replace("§", ""))
    ]
    messages += [
        m for _, content, *_ in JSON_MISTAKES for *_, m in mistakes_in(tmp_path, "a.json", content.replace("§", ""))
    ]
    for jargon in ("Input should", "pydantic", "validation", "Value error", "block mapping", "scalar", "tuple", "str"):
        assert [m for m in messages if f"{jargon} " in m or m.endswith(jargon)] == []
