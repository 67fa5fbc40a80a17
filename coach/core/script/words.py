"""The words that a script may use for an emotion.

A word belongs into the row that an acting teacher would choose from the face alone, with the sound off. If the face can
have several looks, the row has several emotions. If voice, posture or the situation decide, it belongs to `NOT_SHOWN`.
"""

from __future__ import annotations

from typing import Final, Literal

from coach.base.types import Emotion

Strength = Literal["low", "high"]
"""How much of an emotion the face shows."""

STRENGTH_BANDS: Final[dict[Strength, tuple[float, float]]] = {"low": (0.0, 0.6), "high": (0.4, 1.0)}
"""Intensity band of each strength. The bands overlap, because a word is less exact than a number."""

WORDS: Final[tuple[tuple[tuple[Emotion, ...], Strength | None, str], ...]] = (
    (
        ("angry",),
        None,
        "anger, mad, furious, rage, irritated, angered, cross, fury, indignant, indignation, hostile, aggressive, "
        "frustrated, frustration, vengeful, provoked",
    ),
    (
        ("angry",),
        "low",
        "annoyed, annoyance, irritable, grumpy, impatient, exasperated, resentful, resentment, stern, defiant, fed up",
    ),
    (("angry",), "high", "enraged, infuriated, livid, raging, fuming, incensed, outraged, outrage, wrath, wrathful"),
    (
        ("disgust",),
        None,
        "disgusted, revolted, contempt, contemptuous, scorn, scornful, sickened, nauseated, repelled, aversion",
    ),
    (("disgust",), "low", "distaste, disdain, disdainful, squeamish, queasy"),
    (("disgust",), "high", "repulsed, revulsion, loathing, nausea"),
    (
        ("fear",),
        None,
        "scared, afraid, fearful, frightened, terrified, anxious, anxiety, dread, fright, threatened, trapped, hunted, "
        "spooked",
    ),
    (
        ("fear",),
        "low",
        "worried, worry, nervous, uneasy, apprehensive, jittery, timid, wary, unsettled, edgy, on edge",
    ),
    (("fear",), "high", "panic, panicked, panicky, terror, horror, horrified, petrified, frantic"),
    (
        ("happy",),
        None,
        "joy, joyful, happiness, glad, cheerful, delighted, amused, amusement, merry, jolly, playful, mischievous, "
        "cheeky, smiling, in love, delight",
    ),
    (
        ("happy",),
        "low",
        "hopeful, hope, relieved, relief, tender, tenderness, loving, affectionate, content, contented, satisfied, "
        "pleased, optimistic, warm, friendly, charmed, fond",
    ),
    (
        ("happy",),
        "high",
        "excited, excitement, thrilled, ecstatic, elated, overjoyed, jubilant, euphoric, exhilarated, blissful, "
        "triumphant, enthusiastic, radiant, beaming, laughing, giddy",
    ),
    (
        ("sad",),
        None,
        "sadness, sorrow, grief, unhappy, sorrowful, hurt, depressed, dejected, despondent, mournful, mourning, "
        "grieving, hopeless",
    ),
    (
        ("sad",),
        "low",
        "melancholy, melancholic, wistful, lonely, disappointed, disappointment, discouraged, disheartened, gloomy, "
        "glum, sorry, regretful, regret, remorseful, homesick, longing, yearning, compassionate, sympathetic",
    ),
    (
        ("sad",),
        "high",
        "heartbroken, devastated, anguished, anguish, despair, despairing, miserable, misery, tearful, crying, "
        "weeping, sobbing, crushed, broken, inconsolable",
    ),
    (
        ("surprise",),
        None,
        "surprised, astonished, amazed, shocked, shock, astonishment, amazement, startled, speechless, incredulous, "
        "disbelief, disbelieving, awe, awed, awestruck, taken aback",
    ),
    (("surprise",), "high", "stunned, astounded, dumbfounded, flabbergasted, thunderstruck"),
    (
        ("neutral",),
        None,
        "calm, composed, blank, relaxed, indifferent, impassive, expressionless, deadpan, emotionless, detached, numb, "
        "stoic, serious, bored",
    ),
    (("angry", "disgust"), None, "bitter, bitterness, hateful, hatred, hate"),
    (("angry", "disgust"), "low", "displeased"),
    (("angry", "sad"), None, "upset"),
    (("angry", "sad"), "low", "sulky, sullen, moody"),
    (("angry", "fear"), "low", "tense, agitated"),
    (("fear", "sad"), None, "distressed, distress, helpless"),
    (("fear", "sad"), "low", "concerned, troubled"),
    (("fear", "sad"), "high", "desperate, tormented"),
    (("fear", "surprise"), None, "alarmed"),
    (("disgust", "surprise"), None, "appalled, scandalised"),
    (("surprise", "happy"), None, "wonder, enchanted"),
    (("sad", "happy"), "low", "nostalgic, nostalgia, bittersweet, moved, touched"),
    (("neutral", "happy"), None, "serene, peaceful"),
    (("neutral", "sad"), None, "resigned, resignation"),
)
"""Accepted emotions, strength, and the words, separated by commas. Without a strength any is accepted."""

NOT_SHOWN: Final = (
    "jealous, jealousy, envious, envy, proud, pride, ashamed, shame, guilty, guilt, embarrassed, embarrassment, "
    "humiliated, shy, confident, determined, suspicious, curious, interested, confused, puzzled, baffled, "
    "thoughtful, pensive, sarcastic, ironic, teasing, mocking, flirtatious, flirty, seductive, tired, exhausted, "
    "weary, sleepy, drunk, in pain, sincere, honest, guarded, hesitant, insecure, vulnerable, overwhelmed, grateful, "
    "gratitude, stubborn, cunning, sly, smug, arrogant, condescending, humble, lost, torn, conflicted, distracted, "
    "dreamy, innocent, polite, trusting, distrustful, impressed, powerful, weak, quiet"
)
"""Words for what a face alone cannot show, separated by commas. A line with one is not scored."""
