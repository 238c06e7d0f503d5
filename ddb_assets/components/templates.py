"""Templates in texts (`{{ env.TABLE }}`), rendered as text: what comes of them is never taken for a number."""

from collections.abc import Mapping
from typing import Any, Final

import jinja2

from ddb_assets.dagster_internals import ResolutionException

_MARKS: Final = ("{{", "{%", "{#")


class NotRendered(ValueError):
    """A template that can't be rendered; the message says why and how braces are written that are none."""


def render(text: str, scope: Mapping[str, Any]) -> str | None:
    """`text` with its templates rendered; itself when it has none, and None when all that it holds is unset.

    Raises:
        NotRendered: a template is broken, names what there is not, or a part of it is unset.
    """
    if not any(mark in text for mark in _MARKS):
        return text
    unset: list[object] = []

    def noticing(value: object) -> object:
        if value is None:
            unset.append(value)
            return ""
        return value

    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, finalize=noticing, keep_trailing_newline=True)
    try:
        rendered: str = environment.from_string(text).render(**scope)
    except jinja2.TemplateSyntaxError as error:
        raise NotRendered(
            f"{text!r} is no template that can be rendered: {error.message}. Where the braces are meant as they stand, "
            f"write {{% raw %}} before them and {{% endraw %}} behind"
        ) from error
    except (jinja2.TemplateError, ResolutionException) as error:
        raise NotRendered(f"the template {text!r} can't be rendered: {error}") from error
    except Exception as error:  # what stands in a template is the person's own code
        raise NotRendered(f"the template {text!r} can't be rendered: {type(error).__name__}: {error}") from error
    if unset and rendered:
        raise NotRendered(f"a part of the template {text!r} has no value: is an environment variable not set?")
    return None if unset else rendered
