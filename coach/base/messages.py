"""What users read, in their language. Messages are written in English; each other language has one catalogue of them.

The catalogues are those of GNU gettext, ``translations/<language>/LC_MESSAGES/coach.po``, compiled to ``coach.mo`` by
tools/messages.py. A message that a catalogue lacks is shown in English. The language belongs to the whole process,
because one actor uses the coach at a time.
"""

from __future__ import annotations

import gettext
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

LANGUAGES: Final[Mapping[str, str]] = {"en": "English", "ro": "Română"}
"""The languages in which the coach speaks to its user, each with its own name."""

DEFAULT: Final = "en"
"""The language in which messages are written."""

FOLDER: Final = Path(__file__).resolve().parent.parent / "translations"
"""The folder of the catalogues."""

_VARIABLES: Final = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
"""Environment variables that name the user's languages, in the order of GNU gettext."""

_chosen = DEFAULT
_folder = FOLDER


def tr(message: str, /, **values: object) -> str:
    """`message` in the user's language, with `values` in its braces: ``tr("Line {number}", number=3)``.

    Args:
        message: English text. It must be a literal, or a constant that is marked with `mark`, so that it is found.
        values: what stands in the braces; without any, braces stay as they are.
    """
    text = message if _chosen == DEFAULT or not message else _catalogue(_chosen, _folder).gettext(message)
    return text.format_map(values) if values else text


def tr_n(one: str, many: str, count: int, /, **values: object) -> str:
    """A message about `count` things, in the form that the user's language has for that number.

    Args:
        one: English text for one thing.
        many: English text for any other number.
        count: the number of things; it stands in the braces of ``{count}``.
        values: what stands in the other braces.
    """
    english = _chosen == DEFAULT
    text = (one if count == 1 else many) if english else _catalogue(_chosen, _folder).ngettext(one, many, count)
    return text.format_map({"count": count, **values})


def mark(message: str) -> str:
    """Mark a constant for the catalogue; it is translated by `tr` where it is used."""
    return message


def in_each_language(message: str) -> tuple[str, ...]:
    """`message`, marked with `mark`, in each of `LANGUAGES`: reports keep sentences in the language of their making."""
    others = (_catalogue(language, _folder).gettext(message) for language in LANGUAGES if language != DEFAULT)
    return tuple(dict.fromkeys([message, *others]))


def use_language(language: str, folder: Path = FOLDER) -> None:
    """Let `tr` speak `language`, one of `LANGUAGES`; English if it is another one. The catalogues are in `folder`."""
    global _chosen, _folder
    _chosen = language if language in LANGUAGES else DEFAULT
    _folder = folder


def language() -> str:
    """The language that `tr` speaks now."""
    return _chosen


def catalogue_folder() -> Path:
    """The folder of the catalogues that `tr` uses now."""
    return _folder


def language_of(environ: Mapping[str, str]) -> str | None:
    """The first of `LANGUAGES` that the environment names; None if it names none that is known.

    ``COACH_LANGUAGE`` goes before the variables of the system.
    """
    if own := environ.get("COACH_LANGUAGE"):
        return _known(own)
    named = next((environ[name] for name in _VARIABLES if environ.get(name)), "")
    return next((known for each in named.split(":") if (known := _known(each))), None)


def _known(locale: str) -> str | None:
    """The language of a locale such as ``ro_RO.UTF-8``; None if it is not one of `LANGUAGES`."""
    tag = locale.replace("_", "-").partition(".")[0].partition("@")[0].partition("-")[0].lower()
    return tag if tag in LANGUAGES else None


@cache
def _catalogue(language: str, folder: Path) -> gettext.NullTranslations:
    return gettext.translation("coach", folder, [language], fallback=True)
