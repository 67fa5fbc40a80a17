"""From the folder of a finished training run to an ONNX model that answers as viewers vote, with its card."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from tools.conversion.model_files import ConversionError, read_fields

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from coach.core.reading.card import ModelCard
    from tools.conversion.keras_model import Network, Tensor

Json: TypeAlias = Any

RECORD: Final = "run.json"
MODEL: Final = "model.keras"
CALIBRATED: Final = "calibrated.keras"
DRAFT: Final = "card.json"
OPSET: Final = 17

RUN_TOLERANCE: Final = 1e-5
"""Largest difference of a probability between the trained network and the ONNX file; float32 rounding gives 1e-6."""

USES: Final = (
    "Rehearsal feedback to an actor who asked for it. Not for judging people, their feelings or their fitness for "
    "anything."
)


def is_run(path: Path) -> bool:
    """Whether `path` is the folder of a training run (a SavedModel folder has no `run.json`)."""
    return (path / RECORD).is_file()


def convert_run(folder: Path, out: Path, name: str, take: Path | None = None, opset: int = OPSET) -> Path:
    """Convert the finished run in `folder` to `out`/`name`.onnx with its card; gives the path of the model.

    Of a run that was calibrated the calibrated network is taken, with the card drafted then. Either way `probabilities`
    (N, 7) are as viewers vote. The two are compared on random pictures and on the faces of `take` (the sample take).

    Raises:
        ConversionError: with the reason; then nothing was written.
    """
    from coach.base.assets import sample_take
    from tools.conversion.model_files import checked_card, publish

    fields, network = open_run(folder)
    fields["name"] = name
    card = checked_card(fields, str(folder))
    data, proof = convert_equal(network, card, take or sample_take(), opset)
    return publish(data, fields | {"parity": proof}, out)


def open_run(folder: Path) -> tuple[dict[str, Any], Network]:
    """The fields of the card of a finished run, and its network, which gives probabilities as viewers vote.

    Raises:
        ConversionError: the run is not finished or damaged, or was trained again after it was calibrated.
    """
    from tools.conversion.keras_model import load_keras
    from tools.conversion.onnx_export import with_softmax

    record = read_run(folder)
    if not (folder / DRAFT).is_file() or not (folder / CALIBRATED).is_file():
        return card_of_run(record, folder), _offset(load_keras(folder / MODEL), offsets_of(record, folder))
    draft = read_fields(folder / DRAFT)
    if draft.get("trained") != record:
        raise ConversionError(f"{folder} was trained again after it was calibrated; calibrate it again")
    return {"uses": USES, **draft}, with_softmax(load_keras(folder / CALIBRATED))


def convert_equal(network: Network, card: ModelCard, take: Path, opset: int) -> tuple[bytes, dict[str, Any]]:
    """`network`, which gives probabilities, as ONNX bytes and how they were proven equal.

    Raises:
        ConversionError: it cannot be converted, or the two differ by more than `RUN_TOLERANCE`.
    """
    import numpy as np

    from tools.conversion import parity
    from tools.conversion.onnx_export import to_onnx

    data = to_onnx(network, card, opset)
    crops = np.concatenate([parity.random_crops(card), parity.face_crops(card, take)])
    answers = parity.ask_keras(network.call, card, crops)
    worst = parity.largest_difference(answers, parity.ask_onnx(data, card, crops), RUN_TOLERANCE)
    return data, {"max_probability_difference": worst, "random": parity.RANDOM, "faces": len(crops) - parity.RANDOM}


def read_run(folder: Path) -> Json:
    """The record of the finished run in `folder`.

    Raises:
        ConversionError: the run is not finished, or its record is damaged.
    """
    for needed in (RECORD, MODEL):
        if not (folder / needed).is_file():
            raise ConversionError(f"{folder} is no finished training run: it has no {needed}")
    record = read_fields(folder / RECORD)
    if not isinstance(record.get("trial"), dict):
        raise ConversionError(f"{folder / RECORD} is no record of a training run")
    return record


def offsets_of(record: Json, folder: Path) -> NDArray[Any]:
    """What must be added to the logits of a run, one number an emotion.

    Raises:
        ConversionError: they are missing or no numbers.
    """
    import numpy as np

    try:
        found = np.asarray(record["offsets"], np.float32)
    except (KeyError, TypeError, ValueError):
        raise ConversionError(f"{folder / RECORD}: offsets must be numbers, one an emotion") from None
    if found.shape != (len(record.get("emotions", ())),) or not np.isfinite(found).all():
        raise ConversionError(f"{folder / RECORD}: offsets must be finite numbers, one an emotion")
    return found


def _offset(network: Network, offsets: NDArray[Any]) -> Network:
    """`network` with `offsets` added to its logits and a softmax behind them."""
    from tools.conversion.keras_model import Network

    def call(picture: Tensor) -> Tensor:
        import tensorflow as tf

        return tf.nn.softmax(network.call(picture) + tf.constant(offsets))

    return Network(call, network.shape, network.classes)


def card_of_run(record: Json, folder: Path) -> dict[str, Any]:
    """The card's fields that follow from a run's record.

    Raises:
        ConversionError: something is missing in it, or the network does not tell all seven emotions apart.
    """
    from coach.base.types import EMOTIONS

    if sorted(record.get("emotions", ())) != sorted(EMOTIONS):
        raise ConversionError(f"{folder} does not tell the seven emotions apart; the coach needs all of them")
    try:
        network = record["trial"]["network"]
        size, prior = int(network["size"]), [float(share) / sum(record["prior"]) for share in record["prior"]]
        scaling = network["scaling"]
        votes = _viewers(record["trial"]["targets"], folder)
    except (KeyError, TypeError, ValueError, AttributeError, ZeroDivisionError) as error:
        raise ConversionError(f"{folder / RECORD} is no whole record of a run: {error!r}") from None
    return {
        "name": folder.name,
        "labels": list(record["emotions"]),
        "input": {"width": size, "height": size, "channels": 1, "layout": "NHWC", "scaling": scaling},
        "crop": {"scale": 1.2, "up": 0.1},
        "prior": prior,
        "power": 0.0,
        "meaning": "viewers" if votes else "label",
        "trained": record,
        "measured": {"held_out": record.get("figures", {})},
        "uses": USES,
    }


def _viewers(targets: Json, folder: Path) -> bool:
    """Whether the targets were mostly the viewers' shares, their own or those of teachers taught by them."""
    teachers = [folder.parent / name for name in targets.get("teachers", ()) if is_run(folder.parent / name)]
    taught = all(_viewers(read_run(each)["trial"]["targets"], each) for each in teachers)
    return bool(targets["votes"] + (targets["teacher"] if taught else 0) > targets["labels"])
