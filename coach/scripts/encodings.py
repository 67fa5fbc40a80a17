"""Recognises the encoding of a script file that is not UTF-8, or refuses to guess."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from coach.base.messages import tr
from coach.scripts.nodes import BrokenFile

_BOMS: Final = (
    (codecs.BOM_UTF32_LE, "utf_32", "UTF-32"),  # begins like that of UTF-16
    (codecs.BOM_UTF32_BE, "utf_32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf_16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf_16", "UTF-16"),
)
"""Byte order marks, each with its codec and its name for people."""

_WIDE: Final = ("utf_16_le", "utf_16_be", "utf_32_le", "utf_32_be")

_NAMES: Final = {
    "cp1250": "Windows-1250",
    "cp1251": "Windows-1251",
    "cp1252": "Windows-1252",
    "cp1253": "Windows-1253 (Greek)",
    "cp1254": "Windows-1254 (Turkish)",
    "cp1257": "Windows-1257 (Baltic)",
    "iso8859_2": "ISO 8859-2 (Latin-2)",
    "iso8859_16": "ISO 8859-16 (Latin-10)",
    "koi8_r": "KOI8-R",
}
"""Encodings of one byte a letter that are recognised, in order of preference, with their names for people."""

_CENTRAL: Final = ("cp1250", "iso8859_2")
_CYRILLIC: Final = ("cp1251", "koi8_r")

_LETTERS: Final[dict[str, tuple[tuple[str, ...], str]]] = {
    "bg": (_CYRILLIC, "абвгдежзийклмнопрстуфхцчшщъьюя"),
    "cs": (_CENTRAL, "áčďéěíňóřšťúůýž"),
    "da": (("cp1252",), "æøåéáäö"),
    "de": (("cp1252",), "äöüßéàè"),
    "el": (("cp1253",), "αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ"),
    "en": (("cp1252",), "éèêëàâäáçñöüïôíóœæ"),
    "es": (("cp1252",), "áéíñóúü¿¡ªº"),
    "fi": (("cp1252",), "äöåé"),
    "fr": (("cp1252",), "àâæçèéêëîïôœùûüÿ"),
    "hr": (_CENTRAL, "čćđšž"),
    "hu": (_CENTRAL, "áéíóöőúüű"),
    "is": (("cp1252",), "áðéíóúýþæö"),
    "it": (("cp1252",), "àèéìíîòóù"),
    "lt": (("cp1257",), "ąčęėįšųūž"),
    "lv": (("cp1257",), "āčēģīķļņšūž"),
    "nl": (("cp1252",), "éèëïóöüáêç"),
    "no": (("cp1252",), "æøåéèêóòô"),
    "pl": (_CENTRAL, "ąćęłńóśźż"),
    "pt": (("cp1252",), "áâãàçéêíóôõúü"),
    "ro": ((*_CENTRAL, "iso8859_16"), "ăâîșțşţ"),
    "ru": (_CYRILLIC, "абвгдежзийклмнопрстуфхцчшщъыьэюяё"),
    "sk": (_CENTRAL, "áäčďéíĺľňóôŕšťúýž"),
    "sl": (_CENTRAL, "čšž"),
    "sv": (("cp1252",), "åäöéàü"),
    "tr": (("cp1254",), "çğıiöşüâîû"),
    "uk": (("cp1251",), "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя"),
}
"""By code of a language: the encodings its files have, and its letters beyond ASCII, in lower case."""

_PUNCTUATION: Final = frozenset("“”„‘’‚«»‹›–—…·•°§©®™€£№ \u0307\xa0\xad")
"""Characters beyond ASCII that texts in any language have. U+0307 is part of a lower-case Turkish İ."""

_MIXED_WORD: Final = re.compile("[A-Za-z][\u0370-\u04ff]|[\u0370-\u04ff][A-Za-z]")
"""A Greek or Cyrillic letter beside a Latin one."""

_MAX_ODD: Final = 0.15
"""Largest share of the characters beyond ASCII that may be foreign to the language."""

_LANGUAGE: Final = re.compile(rb"\blanguage\"?\s{0,9}:\s{0,9}\"?([a-z]{2})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Reading:
    """The text that an `encoding` makes of a file.

    Attributes:
        odd: number of characters that are foreign to the language that fits best.
        mess: how much the text looks like a wrong encoding, 0 to 1, from charset-normalizer.
        fit: how well its letters fit some language, 0 to 1, from charset-normalizer.
    """

    encoding: str
    text: str
    odd: int
    mess: float
    fit: float


def decode_other(data: bytes) -> tuple[str, str]:
    """Decode `data`, which is not UTF-8.

    A language that the script names, such as ``[language: hu]``, decides between encodings that look alike.

    Returns:
        The text, and the name of the encoding for people.

    Raises:
        BrokenFile: the encoding is doubtful.
    """
    for mark, codec, name in _BOMS:
        if data.startswith(mark):
            return _decode_wide(data, codec), name
    if b"\x00" in data:
        return _recognise_wide(data)
    if _is_mixed(data):
        raise _doubtful(data)
    named = _LANGUAGE.search(data[:4096])
    language = named[1].decode().lower() if named else ""
    readings = _readings(data, [language] if language in _LETTERS and language != "en" else list(_LETTERS))
    best = min(readings, key=lambda reading: (reading.odd, reading.mess, -reading.fit), default=None)
    if best is None or best.odd > _MAX_ODD * sum(not character.isascii() for character in best.text):
        raise _doubtful(data)
    return best.text, _NAMES[best.encoding]


def _decode_wide(data: bytes, codec: str) -> str:
    try:
        return data.decode(codec)
    except UnicodeDecodeError:
        raise BrokenFile(tr("the file is damaged UTF-16 or UTF-32; save it again as UTF-8"), (1, 1)) from None


def _recognise_wide(data: bytes) -> tuple[str, str]:
    """Decode UTF-16 or UTF-32 without a byte order mark."""
    from charset_normalizer import from_bytes

    match = from_bytes(data, cp_isolation=list(_WIDE)).best()
    if match is None or "\x00" in str(match):
        raise BrokenFile(tr("this is not text; save the script as plain text in UTF-8"), (1, 1))
    return str(match), match.encoding[:6].upper().replace("_", "-")


def _is_mixed(data: bytes) -> bool:
    """Whether `data` is UTF-8 in part, such as two files joined, or a damaged one."""
    valid = sum(not character.isascii() for character in data.decode("utf-8", "ignore"))
    invalid = data.decode("utf-8", "replace").count("\ufffd")
    return valid * 5 >= invalid


def _readings(data: bytes, languages: Sequence[str]) -> list[_Reading]:
    """What the encodings of `languages` make of `data`, in order of preference."""
    from charset_normalizer import from_bytes

    possible = {encoding for language in languages for encoding in _LETTERS[language][0]}
    encodings = [encoding for encoding in _NAMES if encoding in possible]
    readings = []
    for encoding in sorted(encodings, key=lambda encoding: encoding != "cp1252"):
        match = from_bytes(data, cp_isolation=[encoding], threshold=0.6).best()
        if match:
            odd = _count_odd(str(match), [x for x in languages if encoding in _LETTERS[x][0]])
            readings.append(_Reading(encoding, str(match), odd, match.chaos, match.coherence))
    return readings


def _count_odd(text: str, languages: Sequence[str]) -> int:
    """Number of characters of `text` that are foreign to the language that fits best."""
    counts = Counter(character for character in text.lower() if not character.isascii())
    return len(_MIXED_WORD.findall(text)) + min(
        sum(
            n
            for character, n in counts.items()
            if character not in _LETTERS[language][1] and character not in _PUNCTUATION
        )
        for language in languages
    )


def _doubtful(data: bytes) -> BrokenFile:
    """The mistake about a file whose encoding is doubtful, at its first byte that is not UTF-8."""
    # The decoder's offset does not count the byte order mark, and only the bytes before the bad one are valid.
    body = data.removeprefix(codecs.BOM_UTF8)
    try:
        body.decode("utf-8")
        start = 0
    except UnicodeDecodeError as error:
        start = error.start
    before = body[:start].decode("utf-8", "replace")
    location = before.count("\n") + 1, len(before) - before.rfind("\n")
    message = tr(
        "byte 0x{byte:02X} is not UTF-8, and no other encoding is certain; save the file as UTF-8", byte=body[start]
    )
    return BrokenFile(message, location)
