"""A catalogue of a few translations, for tests of what is shown in another language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from coach.base.messages import use_language

Translations = Mapping[str | tuple[str, str], str | tuple[str, str, str]]


def romanian(translations: Translations) -> Catalog:
    """A catalogue with `translations`."""
    catalogue = Catalog("ro", fuzzy=False)
    for message, translation in translations.items():
        catalogue.add(message, translation)
    return catalogue


@contextmanager
def speaking_romanian(folder: Path, translations: Translations) -> Iterator[None]:
    """Let the coach speak Romanian with `translations`, whose catalogue is written into the empty `folder`."""
    file = folder / "ro" / "LC_MESSAGES" / "coach.mo"
    file.parent.mkdir(parents=True)
    with file.open("wb") as opened:
        write_mo(opened, romanian(translations))
    use_language("ro", folder)
    try:
        yield
    finally:
        use_language("en")
