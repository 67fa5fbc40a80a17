"""The points of MediaPipe's face mesh by number: which of them are kept, and which are asked by name.

The mesh has 468 points of the face, then five of each iris: the centre and four around it. Right and left are the
person's. The numbers are those of MediaPipe's canonical face model (Apache-2.0).
"""

from __future__ import annotations

from typing import Final

POINTS: Final = 478
"""Points of the mesh."""

BLENDSHAPE_POINTS: Final = (
    *(0, 1, 4, 5, 6, 7, 8, 10, 13, 14, 17, 21, 33, 37, 39, 40, 46, 52, 53, 54, 55, 58, 61, 63, 65, 66, 67, 70, 78),
    *(80, 81, 82, 84, 87, 88, 91, 93, 95, 103, 105, 107, 109, 127, 132, 133, 136, 144, 145, 146, 148, 149, 150, 152),
    *(153, 154, 155, 157, 158, 159, 160, 161, 162, 163, 168, 172, 173, 176, 178, 181, 185, 191, 195, 197, 234, 246),
    *(249, 251, 263, 267, 269, 270, 276, 282, 283, 284, 285, 288, 291, 293, 295, 296, 297, 300, 308, 310, 311, 312),
    *(314, 317, 318, 321, 323, 324, 332, 334, 336, 338, 356, 361, 362, 365, 373, 374, 375, 377, 378, 379, 380, 381),
    *(382, 384, 385, 386, 387, 388, 389, 390, 397, 398, 400, 402, 405, 409, 415, 454, 466, 468, 469, 470, 471, 472),
    *(473, 474, 475, 476, 477),
)
"""The 146 points that the blendshape network takes (MediaPipe's face_blendshapes_graph.cc)."""

_MORE: Final = (2, 48, 50, 98, 278, 280, 327)
"""Points of the nose and the cheeks that the measures need besides."""

KEPT: Final = tuple(sorted((*BLENDSHAPE_POINTS, *_MORE)))
"""The points that are kept of a face, in the order of `coach.base.types.FacePoints.offsets`."""

RIGHT_EYE_OUTER: Final = 33
LEFT_EYE_OUTER: Final = 263
