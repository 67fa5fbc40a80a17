"""Keep the catalogues of messages in step with the code.

    python tools/messages.py                    # collect the messages, and compile the catalogues
    python tools/messages.py --from FILE.po     # the same, with translations from a file
    python tools/messages.py --check            # change nothing; fail if something is out of step

It finds ``tr("…")``, ``tr_n("…", "…", n)``, ``tr_html("…")`` and ``mark("…")`` in Python, templates and scripts.
A translation must have the same braces and tags as its message.
"""

from __future__ import annotations

import argparse
import io
import re
import sys
from collections.abc import Iterator
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

from coach.base.messages import DEFAULT, FOLDER, LANGUAGES  # noqa: E402

KEYWORDS: Final = {"tr": None, "mark": None, "tr_html": None, "tr_n": (1, 2)}
"""The functions whose texts are messages; of `tr_n` the first two."""

_METHODS: Final = [("**.py", "python"), ("**/templates/*.html", "jinja2"), ("**.js", "javascript")]
_OPTIONS: Final = {"**/templates/*.html": {"trimmed": "true", "silent": "false"}, "**.js": {"parse_template_string": "true"}}
_MARKUP: Final = re.compile(r"</?\w[^>]*>")


def main(argv: list[str] | None = None) -> int:
    """Write or check the catalogues; return 1 if something is out of step."""
    parser = argparse.ArgumentParser(description="Keep the catalogues of messages in step with the code.")
    parser.add_argument("--check", action="store_true", help="change nothing; fail if something is out of step")
    about = "a .po file with translations"
    parser.add_argument("--from", dest="sources", metavar="FILE", type=Path, action="append", default=[], help=about)
    args = parser.parse_args(argv)
    faults: list[str] = []
    for language in sorted(set(LANGUAGES) - {DEFAULT}):
        faults += _keep(language, args.sources, check=args.check)
    print("\n".join(faults) or "The catalogues are in step with the code.")
    return 1 if faults else 0


def _keep(language: str, sources: list[Path], *, check: bool) -> list[str]:
    """Write the catalogue of `language`, or compare it with the files; return what is wrong with it."""
    po_file = FOLDER / language / "LC_MESSAGES" / "coach.po"
    catalogue = collected(language)
    for source in (po_file, *sources):
        if source.exists():
            take_translations(catalogue, source)
    files = {po_file: _po(catalogue), po_file.with_suffix(".mo"): _mo(catalogue)}
    missing = [message for message in catalogue if message.id and not _is_set(message)]
    print(f"{language}: {len(catalogue):,} messages, {len(missing):,} without a translation")
    faults = list(wrong_translations(catalogue))
    for file, content in files.items():
        if check and (not file.exists() or file.read_bytes() != content):
            faults.append(f"{file.relative_to(ROOT)} is out of step with the code: python tools/messages.py")
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


def collected(language: str) -> Catalog:
    """The messages of the code, without translations."""
    catalogue = _Catalogue(language, fuzzy=False, header_comment=f"# The messages of Coach in {LANGUAGES[language]}.")
    found = extract_from_dir(ROOT / "coach", _METHODS, _OPTIONS, KEYWORDS)
    for name, _, message, _, _ in sorted(found, key=lambda each: (each[0], each[1])):
        catalogue.add(message, locations=[(name, 1)])
    return catalogue


def take_translations(catalogue: Catalog, source: Path) -> None:
    """Take into `catalogue` the translations in the file `source` of messages that it has."""
    with source.open("rb") as file:
        for translated in read_po(file, locale=catalogue.locale):
            message = catalogue.get(translated.id) if translated.id else None
            if message is not None and _is_set(translated):
                message.string = translated.string


def _is_set(message: Message) -> bool:
    return all(message.string) if isinstance(message.string, (tuple, list)) else bool(message.string)


def wrong_translations(catalogue: Catalog) -> Iterator[str]:
    """What is wrong with translations: braces or tags that differ from those of the message."""
    for message in catalogue:
        if not message.id or not _is_set(message):
            continue
        originals = message.id if isinstance(message.id, (tuple, list)) else (message.id,)
        translations = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
        for translation in filter(None, translations):
            if _marks(translation) not in [_marks(original) for original in originals]:
                yield f"{catalogue.locale}: other braces or tags than in {originals[0]!r}: {translation!r}"


def _marks(text: str) -> tuple[list[str], list[str]]:
    """The names in the braces of `text`, and its tags."""
    try:
        names = sorted({name for _, name, _, _ in Formatter().parse(text) if name is not None} - {"count"})
    except ValueError:
        names = ["?"]
    return names, sorted(_MARKUP.findall(text))


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
