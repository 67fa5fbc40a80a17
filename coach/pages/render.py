"""Renders self-contained pages: one HTML file with its style, scripts and pictures that requests nothing else.

All text in a template is cleaned (no control or bidi characters) and then escaped by the template engine.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from coach.base.palette import GROUND, HEX, INK, PAPER
from coach.base.text import clean
from coach.core.scoring.report import NOTHING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import svg
    from jinja2 import Environment

LONGEST: Final = 4000
"""Most characters of one text that are shown."""

_NO_BREAK: Final = "\u202f"
"""A narrow no-break space, between a figure and its unit."""


def page(template: str, scripts: Sequence[str] = (), media: str = "", **words: Any) -> str:  # noqa: ANN401  for Jinja
    """A page as HTML text.

    Args:
        template: a file in `templates` that extends ``base.html``.
        scripts: files in `templates` that the page runs, in this order.
        media: a file beside the page that it may play; empty for none.
        words: the variables of the template.
    """
    style, script = stylesheet(), "\n".join(map(_template, scripts))
    policy = _policy(style, script, linked=bool(media))
    html = (
        _environment()
        .get_template(template)
        .render(style=_trusted(style), script=_trusted(script), policy=policy, media=media, **words)
    )
    return html + "\n"


def stylesheet() -> str:
    """The style of every page, with the colours of the emotions first."""
    return f"{colours()}\n{_template('page.css')}"


def colours() -> str:
    """The colours of the emotions on light and dark ground, as CSS custom properties and one class for each."""
    classes = " ".join(f".{emotion} {{ --c: var(--{emotion}); }}" for emotion in HEX)
    light, dark = _properties(INK, PAPER), _properties(HEX, GROUND)
    return f":root {{ {light} }}\n@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n{classes}"


def _properties(named: Mapping[Any, str], ground: str) -> str:
    return " ".join([*(f"--{emotion}: {colour};" for emotion, colour in named.items()), f"--ground: {ground};"])


def _policy(style: str, script: str, *, linked: bool) -> str:
    """A Content-Security-Policy that allows the page its own script and embedded pictures, and no requests."""
    scripts = f"'{_hash(script)}'" if script else "'none'"
    beside = " 'self' file:" if linked else ""
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src {scripts}; img-src data:; "
        f"media-src data:{beside}; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _template(name: str) -> str:
    return (files("coach.pages") / "templates" / name).read_text("utf-8")


def drawing(element: svg.Element) -> str:
    """A drawing as trusted markup: its texts are escaped already (`plot.text_of`)."""
    return _trusted(str(element))


def embedded(kind: str, data: bytes) -> str:
    """`data` of the media type `kind` as a data URL."""
    return _trusted(f"data:{kind};base64,{base64.b64encode(data).decode()}")


def _trusted(text: str) -> str:
    """Markup made here, which is neither escaped nor cut."""
    from markupsafe import Markup

    return Markup(text)  # noqa: S704  no text from outside


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("coach.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["nothing"] = NOTHING
    environment.filters |= {"percent": percent, "seconds": seconds, "tens": tens, "number": number}
    return environment


def _shown(value: Any) -> Any:  # noqa: ANN401  whatever a template shows
    """A text without control and bidi characters; any other value unchanged."""
    if isinstance(value, str) and not hasattr(value, "__html__"):
        return _cleaned(value)
    return value


def _cleaned(text: str) -> str:
    """`text` cleaned, with its no-break spaces, which `clean` alone would replace."""
    kept = _NO_BREAK.join(clean(part, LONGEST) for part in text.split(_NO_BREAK))
    return kept if len(kept) <= LONGEST else clean(kept, LONGEST)


def percent(share: float | None) -> str:
    """``84 %``; a dash for None."""
    return "–" if share is None else f"{share:.0%}".replace("%", f"{_NO_BREAK}%")


def seconds(length: float | None) -> str:
    """``1.2 s``; a dash for None."""
    return "–" if length is None else f"{length:.1f}{_NO_BREAK}s"


def number(value: float | None) -> str:
    """A figure that a script sorts by; empty for None."""
    return "" if value is None else f"{value:g}"


def tens(share: float | None) -> str:
    """A share of viewers: ``3 of 10``; a dash for None."""
    return "–" if share is None else f"{round(share * 10)} of 10"
