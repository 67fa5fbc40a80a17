"""The format benchmark: all formats agree, timing is fair, and table and plot are complete."""

from __future__ import annotations

import contextlib
import io
import itertools
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from training_run_help import face_take, noise, tiny_run, write_faces

from coach.perception.classifier import scale_crops
from tools.bench_models import as_markdown, as_rich, draw, main
from tools.benchmarks.model_formats import (
    BATCHES,
    REFERENCE,
    THREADS,
    AccuracyFaces,
    FormatResult,
    measure_formats,
)
from tools.conversion.formats import load_format, load_network, to_tflite
from tools.conversion.model_files import ConversionError
from tools.conversion.timing import WARM_UP, TimedModel, child_times_ms, medians_ms, read_card
from tools.conversion.training_run import convert_run, open_run

# Keras 3.15 on numpy 2.4, whenever it saves or loads.
pytestmark = [
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning"),
    pytest.mark.filterwarnings(r"ignore:\s*Warning. tf.lite.Interpreter is deprecated:UserWarning"),
]

NAMES = ["Keras", "TFLite", "ONNX", "ONNX int8", "ONNX fp16", REFERENCE]


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return face_take(tmp_path_factory.mktemp("take") / "face.avi")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_run(tmp_path_factory.mktemp("runs") / "small")


@pytest.fixture(scope="module")
def model(run: Path, take: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return convert_run(run, tmp_path_factory.mktemp("models"), "small", take)


@dataclass(frozen=True)
class Output:
    """The output of one run of the command, and the rows of the Markdown that it wrote, as cells by column."""

    printed: str
    rows: dict[str, dict[str, str]]
    folder: Path


@pytest.fixture(scope="module")
def output(run: Path, take: Path, tmp_path_factory: pytest.TempPathFactory) -> Output:
    folder = tmp_path_factory.mktemp("figures")
    faces = write_faces(tmp_path_factory.mktemp("faces"), per_emotion=20)
    args = [str(run), "--data", str(faces), "--take", str(take), "--repeats", "3", "--out", str(folder)]
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        assert main(args) == 0
    header, _, *lines = ([cell.strip() for cell in line.split("|")[1:-1]] for line in _table(folder / "formats.md"))
    return Output(printed.getvalue(), {cells[0]: dict(zip(header, cells, strict=True)) for cells in lines}, folder)


def _table(path: Path) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("|")]


def test_every_format_is_measured_with_the_reference_last(output: Output) -> None:
    assert list(output.rows) == NAMES
    assert all(name in output.printed for name in NAMES)
    assert "answers on: pictures of faces" in output.printed
    assert sorted(path.name for path in output.folder.iterdir()) == ["formats.md", "formats.png"]
    times = [f"{threads} × {batch}" for threads in THREADS for batch in BATCHES]
    assert all(float(row[column]) > 0 for row in output.rows.values() for column in times)


def test_the_ratio_compares_with_the_reference_at_batch_one_on_one_thread(output: Output) -> None:
    standard = float(output.rows[REFERENCE]["1 × 1"])
    for row in output.rows.values():
        assert float(row["ratio"]) == pytest.approx(float(row["1 × 1"]) / standard, rel=0.05, abs=0.01)


def test_the_formats_agree_on_emotions(output: Output) -> None:
    same = {name: row["as Keras"] for name, row in output.rows.items()}
    assert (same["Keras"], same["TFLite"], same["ONNX"], same[REFERENCE]) == ("100.0%", "100.0%", "100.0%", "-")
    assert float(same["ONNX int8"].rstrip("%")) > 80
    assert float(same["ONNX fp16"].rstrip("%")) > 95
    labels = {name: row["by labels"] for name, row in output.rows.items()}
    assert labels["Keras"] == labels["TFLite"] == labels["ONNX"] != "-"
    assert {row["by viewers"] for row in output.rows.values()} == {"-"}


def test_each_format_gives_the_same_probabilities(run: Path, model: Path, tmp_path: Path) -> None:
    card = read_card(model.with_suffix(".json"))
    inputs = scale_crops(noise(20), card.input)
    expected = open_run(run)[1].call(inputs).numpy()
    (tmp_path / "float.tflite").write_bytes(to_tflite(load_network(run)))
    predictors = [
        load_format("keras", run, card, 1),
        load_format("tflite", tmp_path / "float.tflite", card, 2),
        load_format("onnx", model, card, 2),
    ]
    for predict in predictors:
        assert np.abs(predict(inputs) - expected).max() < 1e-5
        assert np.abs(predict(inputs[:3]) - expected[:3]).max() < 1e-5  # the batch size is free
    assert expected.std(axis=0).max() > 0.01


def test_a_keras_file_needs_the_card_of_its_onnx_model(run: Path, model: Path, take: Path) -> None:
    """Its logits get a softmax; the run's offsets are not in the Keras file."""
    card = read_card(model.with_suffix(".json"))
    source = run / "model.keras"
    answers = load_network(source, card).call(scale_crops(noise(5), card.input)).numpy()
    assert answers.sum(axis=1) == pytest.approx(np.ones(5), abs=1e-5)
    other = card.model_copy(update={"input": card.input.model_copy(update={"width": 40, "height": 40})})
    for other_card in (other, None):
        with pytest.raises(ConversionError, match="which no card describes"):
            load_network(source, other_card)
    with pytest.raises(ConversionError, match="name the ONNX model that it became with --onnx"):
        measure_formats(source, None, AccuracyFaces(None, "held_out", take), 1)


# --- timing ---------------------------------------------------------------------------------------------------------


def test_timing_alternates_between_calls_and_returns_medians() -> None:
    """Uses a clock that the calls advance: the warm-up and one slow round must not count."""
    now, order = [0.0], []
    rounds = itertools.count()

    def fast() -> None:
        order.append("fast")
        number = next(rounds)
        now[0] += 9 if number < WARM_UP or number == WARM_UP + 1 else 0.002

    def slow() -> None:
        order.append("slow")
        now[0] += 0.5

    medians = medians_ms({"fast": fast, "slow": slow}, 5, lambda: now[0])
    assert medians == pytest.approx({"fast": 2, "slow": 500})
    assert order == ["fast", "slow"] * (WARM_UP + 5)


def test_a_failing_timing_process_raises_its_error(tmp_path: Path, model: Path) -> None:
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"no model")
    with pytest.raises(RuntimeError, match=r"(?i)protobuf"):
        child_times_ms([TimedModel("broken", "onnx", str(broken), str(model.with_suffix(".json")))], [1], [1], 1)


# --- table and plot ---------------------------------------------------------------------------------------------------

ONE = FormatResult("ONNX", 2**20, {1: {1: 1.5, 8: 0.5}, 2: {1: 1.25, 8: 0.25}}, 3.125, 0.987, 0.61, 0.826)
TWO = replace(ONE, name=REFERENCE, ratio=1.0, agreement=None, labels=None, viewers=None)


def test_the_table_has_every_measurement() -> None:
    lines = as_markdown([ONE, TWO], "On a machine").splitlines()
    assert lines[0] == "| model | MB | 1 × 1 | 1 × 8 | 2 × 1 | 2 × 8 | ratio | as Keras | by labels | by viewers |"
    assert lines[2] == "| ONNX | 1.00 | 1.500 | 0.500 | 1.250 | 0.250 | 3.12 | 98.7% | 61.0% | 82.6% |"
    assert lines[3].endswith("| 1.00 | - | - | - |")
    assert lines[-1] == "On a machine."
    table = as_rich([ONE, TWO], "On a machine")
    assert [str(cell) for column in table.columns for cell in column.cells][:2] == ["ONNX", REFERENCE]
    assert (len(table.columns), table.row_count) == (10, 2)


@pytest.mark.parametrize(
    "results", [[ONE, TWO], [replace(ONE, viewers=None), TWO], [replace(ONE, viewers=None, labels=None), TWO]]
)
def test_the_plot_needs_no_accuracy(tmp_path: Path, results: list[FormatResult]) -> None:
    draw(results, tmp_path / "formats.png")
    picture = cv2.imread(str(tmp_path / "formats.png"))
    assert picture is not None
    blue = (picture[..., 0] > 140) & (picture[..., 2] < 30)  # the points of the first model
    assert 20 < blue.sum() < 2000


def test_the_command_reports_why_it_cannot_measure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "none.keras")]) == 1
    assert capsys.readouterr().err.startswith("not measured: ")
