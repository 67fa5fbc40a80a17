"""Datasets: FER-2013, CK+, and folders of labelled pictures or clips.

Their kinds are named here, so that a command can list them without loading numpy.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

Kind = Literal["fer", "folders", "ck", "videos"]
Split = Literal["train", "public", "private", "held_out"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
SPLITS: Final[tuple[Split, ...]] = get_args(Split)
