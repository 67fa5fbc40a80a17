"""Imports scripts of other programs: Fountain, Final Draft, PDF, Word and plain text."""

from __future__ import annotations

from coach.scripts.importing.importer import FORMATS, import_script

__all__ = ["FORMATS", "import_script"]
