"""The table of models/SOURCES.md, from the cards: where each shipped model is from, its licence and its hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

PAGE: Final = "models/SOURCES.md"

_OPENING: Final = """# Where the models are from

Written by `python tools/docs.py` from the cards; do not edit. `python tools/docs.py --check` compares each file with
the hash of its card, and asks for licence and source. The texts of the licences are in `licences/`."""


def page(root: Path) -> str:
    """Return models/SOURCES.md for the cards under `root`."""
    rows = [
        f"| `{card['file']}` | {card.get('licence', '')} | {card.get('source', '')} | `{card['sha256']}` |"
        for card in _cards(root)
    ]
    return "\n".join([_OPENING, "", "| file | licence | source | SHA-256 |", "|---|---|---|---|", *rows, ""])


def faults(root: Path) -> Iterator[str]:
    """Yield a sentence for each shipped model without card, licence or source, or with another hash."""
    cards = {card["file"]: card for card in _cards(root)}
    for path in sorted((root / "models").glob("*.onnx")):
        card = cards.pop(path.name, None)
        if card is None:
            yield f"models/{path.name}: it has no card"
            continue
        if hashlib.sha256(path.read_bytes()).hexdigest() != card["sha256"]:
            yield f"models/{path.name}: its hash is not the one in its card"
        missing = [field for field in ("licence", "source") if not card.get(field)]
        if missing:
            yield f"models/{path.stem}.json: {' and '.join(missing)} missing"
        is_own = str(card.get("source", "")).startswith("trained by tools/")
        if not is_own and not (root / "models" / "licences" / f"{path.stem}.txt").is_file():
            yield f"models/licences/{path.stem}.txt: the text of the licence is missing"
    yield from (f"models/{file}: its card is there, the model is not" for file in cards)


def _cards(root: Path) -> list[dict[str, str]]:
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted((root / "models").glob("*.json"))]
