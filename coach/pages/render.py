"""Renderer of self-contained pages: one HTML file with style, scripts and pictures, which sends no requests.

All text in a template is cleaned (no control or bidi characters) and then escaped by the template engine.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from coach.base.messages import DEFAULT, language, tr, tr_n
from coach.base.palette import COLOURS, DARK_BACKGROUND, DARK_COLOURS, LIGHT_BACKGROUND
from coach.base.text import clean
from coach.core.scoring.evidence import tenths
from coach.core.scoring.report import NO_TARGET
from coach.core.script.targets import target_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import svg
    from jinja2 import Environment
    from markupsafe import Markup

MAX_CHARACTERS: Final = 4000
"""Maximum length of a text; longer texts are cut."""

_NO_BREAK: Final = "\u202f"
"""A narrow no-break space, between a figure and its unit."""

_MESSAGE: Final = re.compile(r"""\btr\(\s*("(?:[^"\\]|\\.)*")""")
"""A message in a script: ``tr("…")``."""


def render_page(template: str, scripts: Sequence[str] = (), media: str = "", **variables: Any) -> str:  # noqa: ANN401  for Jinja
    """Render a page as HTML text.

    Args:
        template: a file in `templates` that extends ``base.html``.
        scripts: files in `templates` that the page runs, in this order. ``texts.js`` goes first if they show texts.
        media: name of a file beside the page that the page may play; empty for none.
        variables: variables of the template.
    """
    style, script = stylesheet(), "\n".join(map(_template, scripts))
    policy = _policy(style, script, linked=bool(media))
    html = (
        _environment()
        .get_template(template)
        .render(
            style=trusted(style),
            script=trusted(script),
            texts=script_texts([script]),
            policy=policy,
            media=media,
            **variables,
        )
    )
    return html + "\n"


def stylesheet() -> str:
    """The style sheet of every page; it starts with the colours of the emotions."""
    return f"{colours()}\n{_template('page.css')}"


def colours() -> str:
    """CSS custom properties with the colours of the emotions on light and dark backgrounds, and a class for each."""
    classes = " ".join(f".{emotion} {{ --c: var(--{emotion}); }}" for emotion in COLOURS)
    light, dark = _properties(DARK_COLOURS, LIGHT_BACKGROUND), _properties(COLOURS, DARK_BACKGROUND)
    return f":root {{ {light} }}\n@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n{classes}"


def _properties(emotion_colours: Mapping[Any, str], background: str) -> str:
    properties = [f"--{emotion}: {colour};" for emotion, colour in emotion_colours.items()]
    return " ".join([*properties, f"--ground: {background};"])


def _policy(style: str, script: str, *, linked: bool) -> str:
    """A Content-Security-Policy that allows the page its own script and embedded pictures, and no requests."""
    script_source = f"'{_hash(script)}'" if script else "'none'"
    media_files = " 'self' file:" if linked else ""
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src {script_source}; img-src data:; "
        f"media-src data:{media_files}; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _template(name: str) -> str:
    return (files("coach.pages") / "templates" / name).read_text("utf-8")


def svg_markup(element: svg.Element) -> str:
    """An SVG drawing as trusted markup; its texts are escaped already (`plot.text_of`)."""
    return trusted(str(element))


def data_url(media_type: str, data: bytes) -> str:
    """`data` as a trusted data URL."""
    return trusted(f"data:{media_type};base64,{base64.b64encode(data).decode()}")


def trusted(text: str) -> str:
    """Mark `text` as markup of our own, which is neither escaped nor cut."""
    from markupsafe import Markup

    return Markup(text)  # noqa: S704  callers pass no external text


def template_environment(package: str) -> Environment:
    """The environment of the templates of `package`: all text in them is cleaned and escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"tr": tr, "tr_n": tr_n, "tr_html": tr_html, "language": language}
    return environment


@cache
def _environment() -> Environment:
    environment = template_environment("coach.pages")
    environment.globals["nothing"] = NO_TARGET
    environment.filters |= {
        "percent": percent,
        "seconds": seconds,
        "target": target_words,
        "of_ten": of_ten,
        "number": number,
    }
    return environment


def tr_html(message: str, /, **values: object) -> Markup:
    """A message that has markup of its own, in the user's language; `values` are cleaned and escaped."""
    from markupsafe import Markup

    cleaned = {name: _finalize(value) for name, value in values.items()}
    return Markup(tr(message)).format(**cleaned)  # noqa: S704  the catalogue is ours, and `format` escapes the values


def script_texts(scripts: Iterable[str]) -> dict[str, str]:
    """The messages of `scripts` in the user's language, by their English text; none if that is the language."""
    if language() == DEFAULT:
        return {}
    return {text: tr(text) for script in scripts for text in map(json.loads, _MESSAGE.findall(script))}


def _finalize(value: Any) -> Any:  # noqa: ANN401  the value of any template expression
    """Remove control and bidi characters from a text; return any other value unchanged."""
    if isinstance(value, str) and not hasattr(value, "__html__"):
        return _clean(value)
    return value


def _clean(text: str) -> str:
    """Clean `text`, but keep its no-break spaces, which `clean` alone would replace."""
    cleaned = _NO_BREAK.join(clean(part, MAX_CHARACTERS) for part in text.split(_NO_BREAK))
    return cleaned if len(cleaned) <= MAX_CHARACTERS else clean(cleaned, MAX_CHARACTERS)


def percent(share: float | None) -> str:
    """A share as ``84 %``; a dash for None."""
    return "–" if share is None else f"{share:.0%}".replace("%", f"{_NO_BREAK}%")


def seconds(duration: float | None) -> str:
    """A duration as ``1.2 s``; a dash for None."""
    return "–" if duration is None else f"{duration:.1f}{_NO_BREAK}s"


def number(value: float | None) -> str:
    """The number by which a script sorts a cell; empty for None."""
    return "" if value is None else f"{value:g}"


def of_ten(share: float | None) -> str:
    """A share of viewers as ``3 of 10``, in the user's language; a dash for None."""
    return "–" if share is None else tr("{number} of 10", number=tenths(share))
