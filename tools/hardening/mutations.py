"""Seeded damage to bytes: flipped bits, holes, repeats, cuts, swapped pieces, and numbers at their limits."""

from __future__ import annotations

from random import Random
from typing import Final

_NUMBERS: Final = (
    b"\x00\x00\x00\x00",
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
    b"\x80\x00\x00\x00",
    b"\x00\x00\x00\x01",
)
"""Lengths and counts at their limits, big-endian."""

_TEXTS: Final = (
    b"\x1b]0;x\x07", b"\xe2\x80\xae", b"NaN", b"1e308", b"-1", b"null", b"[[[[", b'"', b"'", b"&a *a",
    b"../../../canary/secret",
    b"\x00", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\r", b"  " * 50, b"9" * 60, b"{" * 40,
    b"[sad", b"[fear > joy 9]", b"!!python/object:os.system",
)  # fmt: skip


def flip_bits(data: bytes, rng: Random, count: int) -> bytes:
    """Return `data` with `count` flipped bits."""
    changed = bytearray(data)
    for _ in range(count if changed else 0):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def mutate(data: bytes, rng: Random) -> bytes:
    """Return `data` with one to four kinds of damage."""
    for _ in range(rng.randint(1, 4)):
        data = rng.choice((_flip, _overwrite, _cut, _repeat, _insert, _remove, _swap))(data, rng)
    return data


def _flip(data: bytes, rng: Random) -> bytes:
    return flip_bits(data, rng, rng.randint(1, 20))


def _place(data: bytes, rng: Random) -> int:
    """Return an offset, often near the beginning, where headers are."""
    return rng.randrange(min(len(data), rng.choice((64, 1024, len(data)))) or 1) if data else 0


def _overwrite(data: bytes, rng: Random) -> bytes:
    at, number = _place(data, rng), rng.choice(_NUMBERS)
    return data[:at] + number + data[at + len(number) :]


def _cut(data: bytes, rng: Random) -> bytes:
    return data[: rng.randrange(len(data) + 1)] if rng.random() < 0.3 else data


def _repeat(data: bytes, rng: Random) -> bytes:
    at, length = _place(data, rng), rng.randint(1, 200)
    return data[:at] + data[at : at + length] * rng.randint(2, 30) + data[at:]


def _insert(data: bytes, rng: Random) -> bytes:
    at = _place(data, rng)
    return data[:at] + rng.choice((rng.choice(_TEXTS), rng.randbytes(rng.randint(1, 40)))) + data[at:]


def _remove(data: bytes, rng: Random) -> bytes:
    at = _place(data, rng)
    return data[:at] + data[at + rng.randint(1, 60) :]


def _swap(data: bytes, rng: Random) -> bytes:
    one, other, length = _place(data, rng), _place(data, rng), rng.randint(1, 60)
    changed = bytearray(data)
    changed[one : one + length], changed[other : other + length] = (
        data[other : other + length],
        data[one : one + length],
    )
    return bytes(changed)
