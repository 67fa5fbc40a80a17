"""Keep the catalogues of messages in step with the code.

    python tools/messages.py                    # collect the messages, and compile the catalogues
    python tools/messages.py --from FILE.po     # the same, with translations from a file
    python tools/messages.py --check            # change nothing; fail if something is out of step

It finds ``tr("…")``, ``tr_n("…", "…", n)``, ``tr_html("…")`` and ``mark("…")`` in Python, templates and scripts.
A translation must have the same values (braces, ``%(name)s``) and tags as its message, and begin and end with the same
spaces. A message must not be put together by an f-string or ``+``: pass its values.
"""

from __future__ import annotations

import argparse
import ast
import io
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from string import Formatter
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))  # run from any folder, even if not installed

from babel.messages.catalog import Catalog, Message  # noqa: E402
from babel.messages.extract import extract_from_dir  # noqa: E402
from babel.messages.mofile import write_mo  # noqa: E402
from babel.messages.pofile import read_po, write_po  # noqa: E402

from coach.base.messages import DEFAULT, LANGUAGES  # noqa: E402

KEYWORDS: Final = {"tr": None, "mark": None, "tr_html": None, "tr_n": (1, 2)}
"""The functions whose texts are messages; of `tr_n` the first two."""

_METHODS: Final = [("**/templates/*.html", "jinja2"), ("**.js", "javascript")]
_OPTIONS: Final = {
    "**/templates/*.html": {"trimmed": "true", "silent": "false"},
    "**.js": {"parse_template_string": "true"},
}
_MARKUP: Final = re.compile(r"</?\w[^>]*>|%\(\w+\)\w|%[srd]")
"""What is kept in a translation besides braces: tags, and the values that argparse puts in."""


def main(argv: list[str] | None = None, root: Path = ROOT) -> int:
    """Write or check the catalogues of the package `coach` in `root`; return 1 if something is out of step."""
    parser = argparse.ArgumentParser(description="Keep the catalogues of messages in step with the code.")
    parser.add_argument("--check", action="store_true", help="change nothing; fail if something is out of step")
    about = "a .po file with translations"
    parser.add_argument("--from", dest="sources", metavar="FILE", type=Path, action="append", default=[], help=about)
    args = parser.parse_args(argv)
    messages = list(found_messages(root))
    faults = [*assembled_messages(root), *ambiguous_messages(messages)]
    for language in sorted(set(LANGUAGES) - {DEFAULT}):
        faults += _keep(root, collected(language, messages), args.sources, check=args.check)
    print("\n".join(faults) or "The catalogues are in step with the code.")
    return 1 if faults else 0


def _keep(root: Path, catalogue: Catalog, sources: list[Path], *, check: bool) -> list[str]:
    """Write the catalogue with translations, or compare it with the files; return what is wrong with it."""
    po_file = root / "coach" / "translations" / str(catalogue.locale) / "LC_MESSAGES" / "coach.po"
    for source in (po_file, *sources):
        if source.exists():
            take_translations(catalogue, source)
    files = {po_file: _po(catalogue), po_file.with_suffix(".mo"): _mo(catalogue)}
    missing = [message for message in catalogue if message.id and not _is_set(message)]
    print(f"{catalogue.locale}: {len(catalogue):,} messages, {len(missing):,} without a translation")
    faults = list(wrong_translations(catalogue))
    for file, content in files.items():
        if check and (not file.exists() or file.read_bytes() != content):
            faults.append(f"{file.relative_to(root)} is out of step with the code: python tools/messages.py")
        elif not check:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
    return faults


class _Catalogue(Catalog):
    """A catalogue whose header has no dates and no version of Babel, so that it changes only with its messages."""

    def _get_mime_headers(self) -> list[tuple[str, str]]:
        """The lines of the header."""
        return [
            ("Project-Id-Version", "Coach"),
            ("Language", str(self.locale)),
            ("Plural-Forms", self.plural_forms),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
        ]

    mime_headers = property(_get_mime_headers)


def collected(language: str, messages: Iterable[tuple[str, str | tuple[str, ...]]]) -> Catalog:
    """The catalogue of `messages`, each with its file, without translations."""
    catalogue = _Catalogue(language, fuzzy=False, header_comment=f"# The messages of Coach in {LANGUAGES[language]}.")
    for name, message in sorted(messages, key=lambda each: each[0]):
        catalogue.add(message, locations=[(name, 1)])
    return catalogue


def found_messages(root: Path) -> Iterator[tuple[str, str | tuple[str, ...]]]:
    """The file of each message of the code, and the message, or its forms for one and for many."""
    yield from python_messages(root)
    for name, _, message, _, _ in extract_from_dir(root / "coach", _METHODS, _OPTIONS, KEYWORDS):
        yield name, message


def ambiguous_messages(messages: list[tuple[str, str | tuple[str, ...]]]) -> Iterator[str]:
    """Messages that stand alone and are the singular of another: a catalogue has only one of both."""
    alone = {message: name for name, message in messages if isinstance(message, str)}
    for name, message in messages:
        if isinstance(message, tuple) and message[0] in alone:
            yield f"coach/{name}: {message[0]!r} has a plural, and none in coach/{alone[message[0]]}"


def python_messages(root: Path) -> Iterator[tuple[str, str | tuple[str, ...]]]:
    """The file of each message in Python, and the message. Babel would not find those inside f-strings everywhere."""
    for name, call in _calls(root):
        wanted = 2 if getattr(call.func, "id", "") == "tr_n" else 1
        texts = tuple(str(each.value) for each in call.args[:wanted] if isinstance(each, ast.Constant))
        if len(texts) == wanted:
            yield name, texts if wanted == 2 else texts[0]


def assembled_messages(root: Path) -> Iterator[str]:
    """Calls whose message is put together, and so is in no catalogue."""
    for name, call in _calls(root):
        if call.args and isinstance(call.args[0], (ast.JoinedStr, ast.BinOp)):
            yield f"coach/{name}:{call.lineno}: this message is put together; pass its values"


def _calls(root: Path) -> Iterator[tuple[str, ast.Call]]:
    """The file and the node of each call of `KEYWORDS` in Python, in the order of the source."""
    for file in sorted((root / "coach").rglob("*.py")):
        for node in _below(ast.parse(file.read_bytes())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KEYWORDS:
                yield file.relative_to(root / "coach").as_posix(), node


def _below(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        yield child
        yield from _below(child)


def take_translations(catalogue: Catalog, source: Path) -> None:
    """Take into `catalogue` the translations in the file `source` of messages that it has."""
    with source.open("rb") as file:
        for translated in read_po(file, locale=catalogue.locale):
            message = catalogue.get(translated.id) if translated.id else None
            if message is not None and len(_texts(message.id)) == len(_texts(translated.id)) and _is_set(translated):
                message.string = translated.string


def _is_set(message: Message) -> bool:
    return all(message.string) if isinstance(message.string, (tuple, list)) else bool(message.string)


def wrong_translations(catalogue: Catalog) -> Iterator[str]:
    """What is wrong with translations: values, tags or spaces at the ends that differ from those of the message."""
    for message in catalogue:
        if not message.id or not _is_set(message):
            continue
        is_plural = isinstance(message.id, (tuple, list))
        wanted = [_marks(original, is_plural) for original in _texts(message.id)]
        for translation in filter(None, _texts(message.string)):
            if _marks(translation, is_plural) not in wanted:
                yield f"{catalogue.locale}: other values, tags or ends than in {message.id!r}: {translation!r}"


def _texts(forms: object) -> list[str]:
    """The one text of a message, or the forms of a plural."""
    return list(map(str, forms)) if isinstance(forms, (tuple, list)) else [str(forms)]


def _marks(text: str, is_plural: bool) -> tuple[set[str], list[str], str, str]:
    """The values in the braces of `text`, its tags, and the spaces at its ends.

    Without ``{count}`` if `is_plural`, because a language may have a word for one thing.
    """
    try:
        fields = {f"{name}!{how or ''}:{form}" for _, name, form, how in Formatter().parse(text) if name is not None}
    except ValueError:
        fields = {"?"}
    values = {field for field in fields if not (is_plural and field.startswith("count!"))}
    return values, sorted(_MARKUP.findall(text)), text[: -len(text.lstrip())], text[len(text.rstrip()) :]


def _po(catalogue: Catalog) -> bytes:
    buffer = io.BytesIO()
    write_po(buffer, catalogue, width=120, sort_by_file=True, include_lineno=False)
    return buffer.getvalue()


def _mo(catalogue: Catalog) -> bytes:
    buffer = io.BytesIO()
    write_mo(buffer, catalogue)
    return buffer.getvalue()


if __name__ == "__main__":
    sys.exit(main())
