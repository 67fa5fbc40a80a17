"""Reads XML of strangers piece by piece: no entities, no DTD, a limit on its size and depth."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Final, Literal
from xml.etree.ElementTree import Element as XmlElement

from coach.base.messages import tr
from coach.scripts.importing.draft import MAX_TEXT_BYTES
from coach.scripts.nodes import BrokenFile

MAX_DEPTH: Final = 60
"""Deepest nesting; Final Draft and Word need about fifteen."""


def xml_events(file: IO[bytes]) -> Iterator[tuple[Literal["start", "end"], XmlElement]]:
    """The starts and ends of the elements in `file`.

    Raises:
        BrokenFile: this is not XML, it has a DTD or entities, or it is too large or nested too deeply.
    """
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import ParseError, iterparse

    depth = 0
    try:
        for event, element in iterparse(_Limited(file), events=("start", "end"), forbid_dtd=True):
            depth += 1 if event == "start" else -1
            if depth > MAX_DEPTH:
                message = tr("elements inside each other more than {depth} deep; this is no script", depth=MAX_DEPTH)
                raise BrokenFile(message, (0, 0))
            yield "start" if event == "start" else "end", element
    except ParseError as error:
        line, column = error.position[:2]
        raise BrokenFile(tr("this is not valid XML: {reason}", reason=error), (line, column + 1)) from None
    except DefusedXmlException:
        message = tr(
            "this file declares entities of its own, which no script needs and which can do harm; it was refused"
        )
        raise BrokenFile(message, (0, 0)) from None


def unpacks_to_too_much() -> BrokenFile:
    """The mistake about a packed file with more text than a script can need."""
    limit = MAX_TEXT_BYTES / 1e6
    return BrokenFile(tr("this file unpacks to more than {limit:.0f} MB; no script is so long", limit=limit), (0, 0))


class _Limited:
    """A file that ends with an error once too much was read from it, as from a packed file without an end."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._left = MAX_TEXT_BYTES

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size if size >= 0 else self._left + 1)
        self._left -= len(data)
        if self._left < 0:
            raise unpacks_to_too_much()
        return data
