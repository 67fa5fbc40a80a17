"""The pairing address as a code that a phone's camera reads."""

from __future__ import annotations

import io

import segno


def qr_image(address: str) -> str:
    """The code as an SVG in a ``data:`` address, black on white with its margin."""
    return str(segno.make(address, micro=False).svg_data_uri(scale=5, light="white"))


def qr_text(address: str) -> str:
    """The code as rows of block characters for a terminal, half as many rows as it has modules."""
    rows = io.StringIO()
    segno.make(address, micro=False).terminal(rows, compact=True)
    return rows.getvalue()
