"""The picture of the mirror: its layout at every size, without overlaps; the frame is never changed."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mirror_help import face, grid, one_face, unread, view
from numpy.typing import NDArray

from coach.base.palette import COLOURS_BGR
from coach.base.types import EMOTIONS, Box
from coach.core.mirror.view import MirrorFace, MirrorView
from coach.display.kit.lettering import SMALLEST, width_of
from coach.display.mirror.bars import SOFT, bars_height, bars_width
from coach.display.mirror.composition import VideoComposer, annotate, video_size
from coach.display.mirror.faces import OUTSIDE_BRIGHTNESS, UNREAD, Area, place_tags
from coach.display.mirror.graph import ScrollGraph
from coach.display.mirror.picture import LONG_SIDE, Screen, compose, layout_of, screen_size
from coach.display.mirror.state import FaceStyle
from coach.display.mirror.texts import tag_texts

SIZES = [(320, 240), (640, 360), (1120, 680), (1920, 1080), (500, 900), (3840, 2160), (300, 1000), (2000, 300)]
REGION = Box(320, 0, 200, 300)
MEANING = "share of viewers who would read that"
KEYS = ("q quit", "p pause", "v record", "s snapshot", "tab next person", "g graph", "m mirror")
PLAIN = FaceStyle()
MIRRORED = FaceStyle(mirrored=True)
IN_REGION = FaceStyle(region=REGION)


def composed(
    mirror_view: MirrorView | None,
    style: FaceStyle = PLAIN,
    room: tuple[int, int] = (1120, 680),
    **fields: object,
) -> NDArray[np.uint8]:
    screen = Screen(**{"style": style, "keys": KEYS, "status": "00:01.0", **fields})
    layout = layout_of(screen_size(room), FaceStyle(style.labels), graph=True)
    return compose(mirror_view, layout, ScrollGraph(*layout.graph_size), screen)


def contains_colour(image: NDArray[np.uint8], colour: tuple[int, int, int]) -> bool:
    return bool((np.abs(image.astype(int) - colour).max(axis=2) < 12).any())


def areas_of(mirror_view: MirrorView, labels: str = "plain", limit: int = 20) -> list[Area]:
    image = mirror_view.frame.image
    frame_area = Area(0, 0, image.shape[1], image.shape[0])
    boxes = [
        Area(round(f.box.x), round(f.box.y), round(f.box.x + f.box.width), round(f.box.y + f.box.height))
        for f in mirror_view.faces
    ]
    return [tag.area for tag in place_tags(mirror_view.faces, boxes, frame_area, FaceStyle(labels), limit)]


@pytest.mark.parametrize("room", SIZES)
@pytest.mark.parametrize(
    "mirror_view", [one_face(), grid(20), view(), None], ids=["one", "twenty", "nobody", "nothing"]
)
def test_every_window_size_shows_any_number_of_faces(room: tuple[int, int], mirror_view: MirrorView | None) -> None:
    style = FaceStyle("classic", "how likely a labeller would choose that word")
    picture = composed(mirror_view, style, room)
    height, width = picture.shape[:2]
    assert max(width, height) <= LONG_SIDE or min(width, height) in (320, 240)
    assert width >= 320
    assert height >= 240


@pytest.mark.parametrize("room", SIZES)
@pytest.mark.parametrize("labels", ["plain", "classic"])
def test_the_areas_of_a_layout_fit_their_text_and_do_not_overlap(room: tuple[int, int], labels: str) -> None:
    layout = layout_of(screen_size(room), FaceStyle(labels), graph=True)
    width, height = layout.size
    window = Area(0, 0, width, height)
    parts = [layout.view, layout.bars, layout.graph, layout.foot]
    assert all(part.overlap(window) == part.size > 0 for part in parts)
    assert not any(one.overlap(other) for one, other in itertools.combinations(parts, 2))
    assert layout.letters >= SMALLEST
    assert layout.bars.right - layout.bars.left >= bars_width(layout.letters, labels)
    assert layout.names >= width_of("surprised" if labels == "classic" else "surprise", layout.letters)


def test_the_smallest_screen_has_room_for_every_bar() -> None:
    layout = layout_of((320, 240), FaceStyle("classic"), graph=True)
    rows = (layout.bars.bottom - layout.bars.top) // (len(EMOTIONS) + 2)
    assert rows >= SMALLEST * 1.2
    assert bars_height(SMALLEST) > 0


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_box_and_bar_have_the_colour_of_the_emotion(emotion: str) -> None:
    picture = composed(one_face(emotion=emotion))
    layout = layout_of((1120, 680), PLAIN, graph=True)
    for part in (layout.view, layout.bars):
        assert contains_colour(picture[part.top : part.bottom, part.left : part.right], COLOURS_BGR[emotion])


def test_bars_are_as_long_as_their_shares() -> None:
    mirror_view = view(face(0, Box(200, 100, 80, 80), "sad", 0.5))
    layout = layout_of((1120, 680), PLAIN, graph=True)
    part = composed(mirror_view)[layout.bars.top : layout.bars.bottom, layout.bars.left : layout.bars.right]
    lengths = {e: int((np.abs(part.astype(int) - COLOURS_BGR[e]).max(axis=2) < 12).sum(axis=1).max()) for e in EMOTIONS}
    assert lengths["sad"] == pytest.approx(6 * lengths["angry"], rel=0.2), "the shares are 0.5 and 0.5 / 6"


def test_mirroring_flips_face_and_box_but_not_the_text() -> None:
    mirror_view = view(face(0, Box(40, 100, 80, 80), "happy"))
    layout = layout_of((1120, 680), PLAIN, graph=True)
    middle = (layout.view.left + layout.view.right) // 2
    straight, mirrored = composed(mirror_view), composed(mirror_view, MIRRORED)
    top, bottom = layout.view.top, layout.view.bottom
    assert contains_colour(straight[top:bottom, :middle], COLOURS_BGR["happy"])
    assert not contains_colour(mirrored[top:bottom, :middle], COLOURS_BGR["happy"])
    assert contains_colour(mirrored[top:bottom, middle : layout.view.right], COLOURS_BGR["happy"])
    bars = layout.bars
    assert (straight == mirrored)[bars.top : bars.bottom, bars.left :].all()


def test_neither_screen_nor_recording_changes_the_frame() -> None:
    mirror_view = grid(20)
    before = mirror_view.frame.image.copy()
    composed(mirror_view, FaceStyle(mirrored=True, region=REGION))
    annotate(mirror_view, IN_REGION)
    video_frame(mirror_view, style=IN_REGION)
    assert (mirror_view.frame.image == before).all()


@pytest.mark.parametrize(("width", "height"), [(320, 240), (1280, 720), (3840, 2160), (1, 1), (64, 2000)])
def test_an_annotated_picture_has_the_size_of_the_frame_and_shows_the_face(width: int, height: int) -> None:
    box = Box(width * 0.6, height * 0.3, width * 0.3, width * 0.3)
    picture = annotate(view(face(0, box, "fear"), width=width, height=height))
    assert picture.shape == (height, width, 3)
    assert width < 64 or contains_colour(picture, COLOURS_BGR["fear"])


def test_an_annotated_picture_is_not_mirrored() -> None:
    picture = annotate(view(face(0, Box(20, 100, 80, 80), "happy")), bars=False)
    assert contains_colour(picture[:, :320], COLOURS_BGR["happy"])
    assert not contains_colour(picture[:, 320:], COLOURS_BGR["happy"])


def test_bars_in_an_annotated_picture_cover_no_face_and_are_left_out_without_room() -> None:
    face_left = view(face(0, Box(30, 120, 160, 160), "happy"))
    bars_area = annotate(face_left)[:, 420:]
    assert contains_colour(bars_area, COLOURS_BGR["happy"]), "the bars are in the right corner"
    full = view(face(0, Box(30, 20, 580, 320), "happy"))
    assert (annotate(full) == annotate(full, bars=False)).all()


@pytest.mark.parametrize("unread_face", [face(0, Box(100, 80, 200, 200), None), unread(0, Box(100, 80, 200, 200))])
def test_a_face_without_a_reading_has_only_the_corners_of_its_box(unread_face: MirrorFace) -> None:
    """Colour alone is not enough: to a viewer who cannot see red, the pink of fear is grey."""
    nothing, fear = (
        annotate(view(shown_face), bars=False) for shown_face in (unread_face, face(0, Box(100, 80, 200, 200), "fear"))
    )
    sides = (slice(277, 284), slice(180, 220)), (slice(160, 200), slice(97, 104))
    assert all(contains_colour(fear[part], COLOURS_BGR["fear"]) for part in sides)
    assert all((nothing[part] == 128).all() for part in sides)
    assert contains_colour(nothing[270:290, 280:310], UNREAD), "a corner of the box"


def test_a_view_without_a_frame_cannot_be_drawn_on() -> None:
    lost = MirrorView(0.0, (), None, "camera lost")
    with pytest.raises(ValueError, match="without a frame"):
        annotate(lost)
    with pytest.raises(ValueError, match="without a frame"):
        video_frame(lost)


MEANT = FaceStyle(meaning=MEANING)


def video_frame(*views: MirrorView, graph: bool = True, style: FaceStyle = MEANT) -> NDArray[np.uint8]:
    """The frame of a video that shows the last view in `seen`."""
    composer = VideoComposer(style)
    for mirror_view in views:
        composer.add(mirror_view)
    return composer.picture(views[-1], 0, graph=graph)


@pytest.mark.parametrize(
    "mirror_view", [one_face(), grid(20), view(face(0, Box(0, 0, 640, 360)))], ids=["one", "20", "huge"]
)
def test_a_video_shows_the_bars_and_their_meaning_beside_any_faces(mirror_view: MirrorView) -> None:
    height, width = mirror_view.frame.image.shape[:2]
    layout = layout_of((width, height), MEANT, graph=True, foot=False)
    picture = video_frame(mirror_view)
    assert picture.shape == (height, width, 3)
    bars = picture[:, layout.bars.left :][: layout.bars.bottom]
    assert contains_colour(bars, COLOURS_BGR[mirror_view.faces[0].label])
    rows = layout.bars.top + bars_height(layout.letters)
    assert contains_colour(bars[rows:], SOFT), "the meaning of the percentages is below the bars"
    assert not contains_colour(
        video_frame(mirror_view, style=PLAIN)[rows : layout.bars.bottom, layout.bars.left :], SOFT
    )


def test_a_video_shows_the_graph_of_the_time_before_it_unless_it_is_hidden() -> None:
    layout = layout_of((1280, 720), MEANT, graph=True, foot=False)
    sad = face(0, Box(500, 200, 200, 200), "sad")
    before = [view(sad, t=t / 10, width=1280, height=720) for t in range(100)]
    lines = video_frame(*before)[layout.graph.top :, : layout.graph_size[0]]
    assert contains_colour(lines[: len(lines) // 2, len(lines[0]) // 2 :], COLOURS_BGR["sad"])
    hidden = video_frame(*before, graph=False)
    assert hidden.shape == (720, 1280, 3)
    assert not contains_colour(hidden[layout.graph.top :, 640:], COLOURS_BGR["sad"])


def test_a_video_is_as_large_as_its_source_unless_text_would_be_illegible() -> None:
    for size in ((640, 360), (1280, 720), (1080, 1920), (3840, 2160), (960, 270)):
        assert video_size(*size) == size
    assert video_size(320, 240) == (480, 360)
    assert video_size(180, 320) == (360, 640)
    assert video_size(1, 1) == (360, 360)


def test_every_picture_outlines_the_region_and_darkens_the_rest() -> None:
    empty = view()
    annotated = annotate(empty, IN_REGION)
    assert (annotated[:, :310] == round(128 * OUTSIDE_BRIGHTNESS)).all()
    assert (annotated[10:290, 330:510] == 128).all()
    assert contains_colour(annotated[:, 319:322], (255, 255, 255))
    for picture in (composed(empty, IN_REGION), video_frame(empty, style=IN_REGION)):
        assert contains_colour(picture, (128, 128, 128))
        assert contains_colour(picture, (round(128 * OUTSIDE_BRIGHTNESS),) * 3)
        assert (picture == 255).all(axis=2).sum() > 100


def test_a_region_is_mirrored_with_the_picture_and_one_outside_darkens_all() -> None:
    layout = layout_of((1120, 680), PLAIN, graph=True)
    middle = (layout.view.left + layout.view.right) // 2
    left = composed(view(), FaceStyle(mirrored=True, region=Box(0, 0, 200, 360)))[60 : layout.view.bottom, :middle]
    assert not contains_colour(left, (128, 128, 128))
    assert (annotate(view(), FaceStyle(region=Box(2000, 0, 50, 50))) == round(128 * OUTSIDE_BRIGHTNESS)).all()


def test_an_annotated_picture_explains_the_percentages_where_there_is_room() -> None:
    mirror_view = view(face(0, Box(400, 60, 200, 200)))
    with_meaning, without = annotate(mirror_view, MEANT), annotate(mirror_view)
    changed = np.argwhere((with_meaning != without).any(axis=2))
    assert len(changed) > 100
    assert changed[:, 1].max() < 320, "the meaning is drawn beside the bars only"


def test_an_upright_window_explains_the_percentages_unless_it_is_small() -> None:
    for size, is_explained in (((500, 900), True), ((320, 380), False)):
        plain, explained = (layout_of(size, style, graph=True) for style in (PLAIN, MEANT))
        assert (plain.view.bottom > explained.view.bottom) == is_explained


def test_twenty_faces_in_720p_all_have_tags_that_do_not_overlap() -> None:
    mirror_view = grid(20)
    areas = areas_of(mirror_view, "classic")
    assert len(areas) == 20
    assert not any(one.overlap(other) for one, other in itertools.combinations(areas, 2))
    assert not any(area.overlap(_inner(f.box)) for area in areas for f in mirror_view.faces)


def _inner(box: Box) -> Area:
    """The inner half of a face, which no tag may cover."""
    x, y = box.centre
    return Area(
        round(x - box.width / 4), round(y - box.height / 4), round(x + box.width / 4), round(y + box.height / 4)
    )


boxes = st.builds(Box, st.integers(-20, 620), st.integers(-20, 340), st.integers(8, 200), st.integers(8, 200))


@settings(max_examples=60, deadline=None)
@given(st.lists(boxes, min_size=1, max_size=24))
def test_tags_stay_in_the_picture_and_never_overlap(face_boxes: list[Box]) -> None:
    mirror_view = view(*(face(track, box, EMOTIONS[track % 7]) for track, box in enumerate(face_boxes)))
    areas = areas_of(mirror_view)
    assert not any(one.overlap(other) for one, other in itertools.combinations(areas, 2))
    assert all(area.overlap(Area(0, 0, 640, 360)) == area.size for area in areas)
    assert areas, "at least the chosen person has a tag"


def test_tags_are_shortened_where_faces_are_close_together() -> None:
    crowd = view(*(face(track, Box(20 + track * 44, 100, 40, 40), "surprise") for track in range(12)))
    wide = view(face(0, Box(20, 100, 40, 40), "surprise"))
    assert min(area.right - area.left for area in areas_of(crowd)) < areas_of(wide)[0].right - areas_of(wide)[0].left


def test_tags_have_number_word_and_percentage_in_both_sets_of_labels() -> None:
    tagged_face = face(3, Box(0, 0, 9, 9), "fear", 0.62)
    assert tag_texts(tagged_face, "plain") == ("3 fear 62%", "3 fear", "3")
    assert tag_texts(tagged_face, "classic") == ("3 scared 62%", "3 scared", "3")
    assert tag_texts(unread(4, Box(0, 0, 9, 9)), "plain") == ("4 turned away", "4")
    assert tag_texts(face(5, Box(0, 0, 9, 9), None, 0.2), "plain") == ("5 unclear", "5")


def test_no_tag_is_covered_by_the_text_at_the_top() -> None:
    """The face is just below the corner of the text, and its tag moves out of that corner."""
    mirror_view = view(face(0, Box(4, 46, 90, 90), "happy"))
    without_text, with_text = (
        composed(mirror_view),
        composed(mirror_view, paused=True, recording=True, notice="snapshot mirror.png"),
    )
    layout = layout_of((1120, 680), PLAIN, graph=True)
    below = slice(layout.view.bottom * 2 // 5, layout.view.bottom)
    assert not contains_colour(without_text[below, : layout.view.right // 4], COLOURS_BGR["happy"])
    assert contains_colour(with_text[below, : layout.view.right // 4], COLOURS_BGR["happy"]), "the tag is below the box"
    box, image_area, text_area = Area(4, 60, 100, 160), Area(0, 0, 640, 360), Area(0, 0, 300, 80)
    (free,) = place_tags(mirror_view.faces, [box], image_area, PLAIN, 20)
    (moved,) = place_tags(mirror_view.faces, [box], image_area, PLAIN, 20, [text_area])
    assert free.area.overlap(text_area)
    assert not moved.area.overlap(text_area)


@pytest.mark.parametrize("fields", [{"paused": True}, {"recording": True}, {"notice": "Ștefan: the camera was lost"}])
def test_pause_recording_and_notices_are_shown_over_the_picture(fields: dict[str, object]) -> None:
    layout = layout_of((1120, 680), PLAIN, graph=True)
    plain, with_text = composed(one_face()), composed(one_face(), **fields)
    changed = np.argwhere((plain != with_text).any(axis=2))
    assert len(changed) > 100
    assert changed[:, 0].max() < layout.view.bottom // 3
    assert changed[:, 1].max() <= layout.view.right
