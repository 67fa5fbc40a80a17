"""Sizes, counts and lengths in words."""

from __future__ import annotations


def bytes_text(size: int) -> str:
    """``812 bytes``, ``64.0 KB``, ``1.2 GB``: powers of 1024."""
    if size < 1024:
        return count_text(size, "byte")
    value, units = size / 1024, ["KB", "MB", "GB", "TB"]
    while value >= 1000 and len(units) > 1:
        value, units = value / 1024, units[1:]
    return f"{value:.1f} {units[0]}"


def count_text(count: int, thing: str) -> str:
    """``1 take``, ``10,000 takes``."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def length_text(seconds: float) -> str:
    """``0:20``, ``12:05``, ``1:02:03``."""
    whole = round(seconds)
    minutes = f"{whole // 60 % 60:02d}" if whole >= 3600 else f"{whole // 60}"
    return f"{f'{whole // 3600}:' if whole >= 3600 else ''}{minutes}:{whole % 60:02d}"
