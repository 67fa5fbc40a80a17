"""Convert the folder of a finished training run to an ONNX model with its card."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from tools.conversion.model_files import ConversionError, checked_card, read_fields, write_model

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from tools.conversion.keras_model import KerasNetwork

Json: TypeAlias = Any

RECORD: Final = "run.json"
MODEL: Final = "model.keras"
CALIBRATED: Final = "calibrated.keras"
DRAFT: Final = "card.json"
OPSET: Final = 17

RUN_TOLERANCE: Final = 1e-5
"""Largest difference in a probability between the trained network and the ONNX file; float32 rounding gives 1e-6."""

USES: Final = (
    "Rehearsal feedback to an actor who asked for it. Not for judging people, their feelings or their fitness for "
    "anything."
)


def is_run(path: Path) -> bool:
    """Tell whether `path` is the folder of a training run (a SavedModel folder has no `run.json`)."""
    return (path / RECORD).is_file()


def convert_run(folder: Path, out: Path, name: str, take: Path | None = None, opset: int = OPSET) -> Path:
    """Convert the finished run in `folder` to `out`/`name`.onnx with its card; return the path of the model.

    If the run was calibrated, its calibrated network and its draft card are used. Either way the output is
    `probabilities` (N, 7); the card says what they mean. The Keras network and the ONNX model are compared on random
    images and on the faces of `take`
    (default: the sample take).

    Raises:
        ConversionError: with the reason; then nothing was written.
    """
    from coach.base.files import sample_take
    from tools.conversion import parity
    from tools.conversion.onnx_export import to_onnx

    fields, network = open_run(folder)
    fields["name"] = name
    card = checked_card(fields, str(folder))
    model = to_onnx(network, card, opset)
    crops = parity.comparison_crops(card, take or sample_take())
    proof = parity.prove_parity(network, model, card, crops, RUN_TOLERANCE)
    return write_model(model, fields | {"parity": proof}, out)


def open_run(folder: Path) -> tuple[dict[str, Any], KerasNetwork]:
    """Return the card fields of a finished run and its network.

    Raises:
        ConversionError: the run is unfinished or damaged, or was trained again after its calibration.
    """
    from tools.conversion.keras_model import load_keras, with_offsets, with_softmax

    record = read_record(folder)
    if not (folder / DRAFT).is_file() or not (folder / CALIBRATED).is_file():
        fields, offsets = card_fields(record, folder), logit_offsets(record, folder)
        return fields, with_softmax(with_offsets(load_keras(folder / MODEL), offsets))
    draft = read_fields(folder / DRAFT)
    if draft.get("trained") != record:
        raise ConversionError(f"{folder} was trained again after it was calibrated; calibrate it again")
    return {"uses": USES, **draft}, with_softmax(load_keras(folder / CALIBRATED))


def read_record(folder: Path) -> Json:
    """Read the record of the finished run in `folder`.

    Raises:
        ConversionError: the run is unfinished, or its record is damaged.
    """
    for needed in (RECORD, MODEL):
        if not (folder / needed).is_file():
            raise ConversionError(f"{folder} is no finished training run: it has no {needed}")
    record = read_fields(folder / RECORD)
    if not isinstance(record.get("trial"), dict):
        raise ConversionError(f"{folder / RECORD} is no record of a training run")
    return record


def logit_offsets(record: Json, folder: Path) -> NDArray[Any]:
    """Return the offsets that a run adds to its logits, one per emotion.

    Raises:
        ConversionError: they are missing or not finite numbers.
    """
    import numpy as np

    try:
        offsets = np.asarray(record["offsets"], np.float32)
    except (KeyError, TypeError, ValueError):
        raise ConversionError(f"{folder / RECORD}: offsets must be numbers, one an emotion") from None
    if offsets.shape != (len(record.get("emotions", ())),) or not np.isfinite(offsets).all():
        raise ConversionError(f"{folder / RECORD}: offsets must be finite numbers, one an emotion")
    return offsets


def card_fields(record: Json, folder: Path) -> dict[str, Any]:
    """Derive the card's fields from a run's record.

    Raises:
        ConversionError: a field is missing, or the network does not distinguish all seven emotions.
    """
    from coach.base.types import EMOTIONS

    if sorted(record.get("emotions", ())) != sorted(EMOTIONS):
        raise ConversionError(f"{folder} does not tell the seven emotions apart; the coach needs all of them")
    try:
        network = record["trial"]["network"]
        size, prior = int(network["size"]), [float(share) / sum(record["prior"]) for share in record["prior"]]
        scaling = network["scaling"]
        from_viewers = _learned_from_viewers(record["trial"]["targets"], folder)
    except (KeyError, TypeError, ValueError, AttributeError, ZeroDivisionError) as error:
        raise ConversionError(f"{folder / RECORD} is no whole record of a run: {error!r}") from None
    return {
        "name": folder.name,
        "labels": list(record["emotions"]),
        "input": {"width": size, "height": size, "channels": 1, "layout": "NHWC", "scaling": scaling},
        "crop": {"scale": 1.2, "up": 0.1},
        "prior": prior,
        "power": 0.0,
        "meaning": "viewers" if from_viewers else "label",
        "trained": record,
        "measured": {"held_out": record.get("figures", {})},
        "uses": USES,
    }


def _learned_from_viewers(targets: Json, folder: Path) -> bool:
    """Tell whether most of the target weight is on viewers' shares, directly or through teachers trained on them.

    A teacher without a run beside this one counts as trained on them.
    """
    teachers = [folder.parent / name for name in targets.get("teachers", ()) if is_run(folder.parent / name)]
    taught = all(_learned_from_viewers(read_record(each)["trial"]["targets"], each) for each in teachers)
    return bool(targets["votes"] + (targets["teacher"] if taught else 0) > targets["labels"])
