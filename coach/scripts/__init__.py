"""Loads script files in YAML, JSON and plain tagged text."""

from __future__ import annotations

from coach.scripts.load import load_script

__all__ = ["load_script"]
