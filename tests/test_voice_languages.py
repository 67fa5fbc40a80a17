"""The choice of a voice for a language, in the spellings of all three systems."""

from __future__ import annotations

import pytest
from voice_help import needs_espeak

from coach.voice.notices import ON_SCREEN
from coach.voice.voices import Voice, VoiceChooser, Voices, language_tag, list_voices, voices_from

LINUX = Voices(
    (
        Voice("gmw/en-029", "English (Caribbean)", ("en-029",)),
        Voice("gmw/en", "English (Great Britain)", ("en-gb",)),
        Voice("gmw/en-us", "English (America)", ("en-us",)),
        Voice("roa/fr-be", "French (Belgium)", ("fr-be",)),
        Voice("roa/fr", "French (France)", ("fr-fr",)),
        Voice("sit/cmn", "Chinese (Mandarin)", ("cmn",)),
        Voice("roa/pt", "Portuguese (Portugal)", ("pt",)),
        Voice("roa/pt-br", "Portuguese (Brazil)", ("pt-br",)),
    ),
    default="gmw/en",
)
MACOS = voices_from(
    {
        "voices": [
            {"id": "com.apple.speech.synthesis.voice.BadNews", "name": "Bad News", "languages": ["en_US"]},
            {"id": "com.apple.voice.compact.en-US.Samantha", "name": "Samantha", "languages": ["en_US"]},
            {"id": "com.apple.voice.compact.ro-RO.Ioana", "name": "Ioana", "languages": ["ro_RO"]},
        ],
        "default": "com.apple.voice.compact.en-US.Samantha",
    }
)
WINDOWS = voices_from(
    {
        "voices": [
            {"id": "HKEY\\TTS_MS_EN-US_ZIRA_11.0", "name": "Microsoft Zira Desktop - English", "languages": ["en-US"]},
            {"id": "HKEY\\TTS_MS_XX", "name": "Odd", "languages": ["Unknown Locale: 4096"]},
            {"id": "HKEY\\TTS_MS_RO-RO_ANDREI_11.0", "name": "Microsoft Andrei", "languages": ["ro-RO"]},
        ],
        "default": "HKEY\\TTS_MS_EN-US_ZIRA_11.0",
    }
)


def test_a_language_without_a_voice_is_reported_once_and_the_others_are_still_spoken() -> None:
    reported: list[str] = []
    chooser = VoiceChooser(Voices((Voice("gmw/en", "English", ("en",)),)), None, "en", reported.append)
    chosen = [chooser.voice_for(language) for language in ("ro", "en", "ro")]
    assert [voice and voice.name for voice in chosen] == [None, "English", None]
    (sentence,) = reported
    assert sentence.startswith("No voice for the language ro is installed.")
    assert sentence.endswith(ON_SCREEN)


@pytest.mark.parametrize(
    ("voices", "language", "name"),
    [
        (LINUX, "en", "English (Great Britain)"),
        (LINUX, "en-US", "English (America)"),
        (LINUX, "en_AU", "English (Great Britain)"),
        (LINUX, "fr", "French (France)"),
        (LINUX, "fr-BE", "French (Belgium)"),
        (LINUX, "zh", "Chinese (Mandarin)"),
        (LINUX, "zh-CN", "Chinese (Mandarin)"),
        (LINUX, "pt", "Portuguese (Portugal)"),
        (LINUX, "pt-BR", "Portuguese (Brazil)"),
        (MACOS, "en", "Samantha"),
        (MACOS, "ro", "Ioana"),
        (WINDOWS, "en-GB", "Microsoft Zira Desktop - English"),
        (WINDOWS, "ro", "Microsoft Andrei"),
    ],
)
def test_the_best_voice_for_a_language_is_chosen(voices: Voices, language: str, name: str) -> None:
    voice = voices.for_language(language)
    assert voice is not None
    assert voice.name == name


@pytest.mark.parametrize(("voices", "language"), [(LINUX, "ro"), (LINUX, "e"), (MACOS, "fr"), (Voices(()), "en")])
def test_no_voice_is_returned_if_none_speaks_the_language(voices: Voices, language: str) -> None:
    assert voices.for_language(language) is None


@pytest.mark.parametrize(
    ("voices", "name", "expected"),
    [
        (LINUX, "roa/FR", "French (France)"),
        (LINUX, "english (america)", "English (America)"),
        (LINUX, "french", "French (Belgium)"),
        (WINDOWS, "zira", "Microsoft Zira Desktop - English"),
        (MACOS, "bad news", "Bad News"),
        (LINUX, "Nobody", None),
        (LINUX, "", None),
    ],
)
def test_a_voice_is_found_by_id_name_or_part_of_the_name(voices: Voices, name: str, expected: str | None) -> None:
    voice = voices.find(name)
    assert (voice.name if voice else None) == expected


@pytest.mark.parametrize(
    ("spelt", "tag"),
    [
        ("en", "en"),
        ("en_GB.UTF-8", "en-gb"),
        ("RO", "ro"),
        (" pt-BR ", "pt-br"),
        ("no", "nb"),
        ("zh_TW", "cmn-tw"),
        ("", ""),
    ],
)
def test_spellings_of_a_language_are_normalised(spelt: str, tag: str) -> None:
    assert language_tag(spelt) == tag


@needs_espeak
@pytest.mark.parametrize(("language", "voice_id"), [("en", "gmw/en"), ("ro", "roa/ro"), ("zh", "sit/cmn")])
def test_the_installed_engine_has_a_voice_for_each_language(language: str, voice_id: str) -> None:
    voice = list_voices().for_language(language)
    assert voice is not None
    assert voice.id == voice_id
