r"""Takes marks of emphasis out of Fountain text: ``*italics*``, ``**bold**``, ``_underlined_``, ``\\*`` for a star."""

from __future__ import annotations

import re
from typing import Final

_MARK: Final = re.compile(r"\\([*_\\])|(\*{1,3}|_)")


def plain(text: str) -> str:
    """`text` without the marks that stand in pairs on its line. A mark without a partner is kept."""
    if "*" not in text and "_" not in text and "\\" not in text:
        return text
    matches = list(_MARK.finditer(text))
    paired = _paired(text, matches)
    pieces, end = [], 0
    for number, match in enumerate(matches):
        kept = match[1] or ("" if number in paired else match[2])
        pieces += [text[end : match.start()], kept]
        end = match.end()
    return "".join([*pieces, text[end:]])


def _paired(text: str, matches: list[re.Match[str]]) -> set[int]:
    """Numbers of the matches that open or close an emphasis. Each mark closes the last open one of its kind."""
    open_marks: dict[str, list[int]] = {}
    paired: set[int] = set()
    for number, match in enumerate(matches):
        mark = match[2]
        if not mark:
            continue
        before, after = text[max(match.start() - 1, 0) : match.start()], text[match.end() : match.end() + 1]
        waiting = open_marks.setdefault(mark, [])
        inside_word = mark == "_" and before.isalnum() and after.isalnum()
        if waiting and before and not before.isspace() and not inside_word:
            paired |= {waiting.pop(), number}
        elif after and not after.isspace() and not inside_word:
            waiting.append(number)
    return paired
