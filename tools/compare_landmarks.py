"""Compare the coach's landmarks with those of the PyPI package `mediapipe`, on the same pictures.

`mediapipe` needs another OpenCV, so it runs in an environment of its own, whose Python is named:

    python -m venv /tmp/mp && /tmp/mp/bin/pip install mediapipe==1.2.3
    python tools/compare_landmarks.py /tmp/mp/bin/python face_landmarker.task [PICTURE ...]

Without pictures it takes every sixth frame of the sample take. MediaPipe's own detector finds the face for both, once;
a second row has the coach's detector. A difference in points is the mean over the 478, in distances between the outer
corners of the eyes; one in blendshapes is the largest of the 52.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # run from any folder, even if not installed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coach.base.types import Detection
    from coach.perception.landmarks import FaceLandmarker

REFERENCE: Final = """
import sys, cv2, numpy as np, mediapipe as mp
from mediapipe.tasks.python import BaseOptions, vision
task, detector, target, *pictures = sys.argv[1:]
options = vision.FaceLandmarkerOptions(BaseOptions(task), output_face_blendshapes=True, num_faces=1)
landmarker = vision.FaceLandmarker.create_from_options(options)
detector = vision.FaceDetector.create_from_options(vision.FaceDetectorOptions(BaseOptions(detector)))
found = {}
for number, path in enumerate(pictures):
    image = cv2.cvtColor(cv2.imread(path), cv2.COLOR_BGR2RGB)
    height, width = image.shape[:2]
    image = mp.Image(image_format=mp.ImageFormat.SRGB, data=image)
    faces, points = detector.detect(image).detections, landmarker.detect(image)
    if faces and points.face_landmarks:
        box = faces[0].bounding_box
        found[f"box{number}"] = np.array([box.origin_x, box.origin_y, box.width, box.height], float)
        found[f"eyes{number}"] = np.array([(each.x * width, each.y * height) for each in faces[0].keypoints[:2]])
        mesh = points.face_landmarks[0]
        found[f"points{number}"] = np.array([(each.x * width, each.y * height, each.z * width) for each in mesh])
        found[f"blendshapes{number}"] = np.array([each.score for each in points.face_blendshapes[0]])
np.savez(target, **found)
"""

EVERY: Final = 6
"""Every sixth frame of the sample take is compared."""


def main(argv: list[str] | None = None) -> int:
    """Compare, print the table and return the exit code."""
    import numpy as np

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("python", help="a Python that has mediapipe")
    parser.add_argument("task", type=Path, help="the file face_landmarker.task")
    parser.add_argument("pictures", nargs="*", type=Path, help="pictures with one face each")
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="coach-landmarks-") as folder:
        pictures = args.pictures or list(_frames(Path(folder)))
        with np.load(_reference(args, pictures, Path(folder))) as reference:
            for name, rows in _compare(pictures, reference).items():
                for part, column in zip(("points", "blendshapes"), np.array(rows).T, strict=True):
                    middle, high, worst = np.percentile(column, (50, 90, 100))
                    print(f"{name}, {part}: median {middle:.4f}, 90 % below {high:.4f}, largest {worst:.4f}")
            print(f"{len(rows)} of {len(pictures)} pictures")
    return 0


def _frames(folder: Path) -> Iterator[Path]:
    import cv2

    from coach.base.files import sample_take

    capture, number = cv2.VideoCapture(str(sample_take())), 0
    while (read := capture.read())[0]:
        if number % EVERY == 0:
            path = folder / f"{number:04d}.png"
            cv2.imwrite(str(path), read[1])
            yield path
        number += 1


def _reference(args: argparse.Namespace, pictures: list[Path], folder: Path) -> Path:
    """Let mediapipe read the pictures; return the file with its results."""
    with zipfile.ZipFile(args.task) as task:
        detector = Path(task.extract("face_detector.tflite", folder))
    target = folder / "reference.npz"
    command = [args.python, "-c", REFERENCE, args.task, detector, target, *pictures]
    subprocess.run([str(word) for word in command], check=True, stderr=subprocess.DEVNULL)
    return target


def _compare(pictures: list[Path], reference: Mapping[str, NDArray[Any]]) -> dict[str, list[tuple[float, float]]]:
    """For each picture that both read, the differences with MediaPipe's box and with the coach's own."""
    import cv2
    import numpy as np

    from coach.base.types import Box, Detection
    from coach.perception.blazeface import BlazeFace
    from coach.perception.landmarks import FaceLandmarker

    own, landmarker = BlazeFace(), FaceLandmarker()
    differences: dict[str, list[tuple[float, float]]] = {"MediaPipe's box": [], "the coach's box": []}
    for number, path in enumerate(pictures):
        image = cv2.imread(str(path))
        if f"box{number}" not in reference or image is None:
            continue
        picture = np.asarray(image, np.uint8)
        eyes = tuple((float(x), float(y)) for x, y in reference[f"eyes{number}"])
        theirs = Detection(Box(*map(float, reference[f"box{number}"])), 1.0, eyes)
        ours = max(own.detect(picture), key=lambda face: face.box.overlap(theirs.box), default=theirs)
        for name, face in zip(differences, (theirs, ours), strict=True):
            differences[name].append(_difference(landmarker, picture, face, reference, number))
    return differences


def _difference(
    landmarker: FaceLandmarker,
    picture: NDArray[Any],
    face: Detection,
    reference: Mapping[str, NDArray[Any]],
    number: int,
) -> tuple[float, float]:
    import numpy as np

    from coach.base.mesh import LEFT_EYE_OUTER, RIGHT_EYE_OUTER
    from coach.perception.landmarks import region_of_face

    expected = reference[f"points{number}"]
    points, _ = landmarker.find(picture, region_of_face(face))
    eyes = float(np.linalg.norm(expected[LEFT_EYE_OUTER] - expected[RIGHT_EYE_OUTER]))
    apart = float(np.linalg.norm(points[:, :2] - expected[:, :2], axis=1).mean()) / eyes
    shapes = np.abs(landmarker.blendshapes(points) - reference[f"blendshapes{number}"]).max()
    return apart, float(shapes)


if __name__ == "__main__":
    sys.exit(main())
