"""The language in which the coach speaks to its user: chosen in the studio, or by the environment."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from coach.base.errors import UsageError
from coach.base.files import error_reason, write_atomically
from coach.base.messages import DEFAULT, LANGUAGES, language_of
from coach.base.text import clean


def language_file() -> Path:
    """The file with the language that was chosen in the studio, in the user's configuration folder."""
    from platformdirs import user_config_path

    return user_config_path("coach", appauthor=False) / "language"


def preferred_language(environ: Mapping[str, str]) -> str:
    """The user's language: ``COACH_LANGUAGE``, else the one chosen in the studio, else the system's, else English.

    Raises:
        UsageError: there are no messages in the language of ``COACH_LANGUAGE``.
    """
    named = language_of(environ)
    if own := environ.get("COACH_LANGUAGE"):
        if named is None:
            raise UsageError(f"COACH_LANGUAGE={clean(own, 20)}: there is only {' and '.join(LANGUAGES)}")
        return named
    return _chosen_language() or named or DEFAULT


def _chosen_language() -> str | None:
    try:
        chosen = language_file().read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return None
    return chosen if chosen in LANGUAGES else None


def keep_language(language: str) -> str:
    """Keep the choice of `language` for the next start.

    Returns:
        The reason why it could not be kept, empty on success.
    """
    file = language_file()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(file, f"{language}\n".encode())
    except OSError as error:
        return error_reason(error)
    return ""
