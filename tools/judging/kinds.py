"""Words of the command line for what a model is judged on."""

from __future__ import annotations

from typing import Final, Literal, get_args

Kind = Literal["fer", "folders", "ck", "videos"]
Split = Literal["train", "public", "private", "held_out"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
SPLITS: Final[tuple[Split, ...]] = get_args(Split)
