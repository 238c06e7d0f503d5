"""How many cases a property is tried on: HYPOTHESIS_PROFILE=nightly for thousands, new ones each time.

By default they are the same ones each time, so that what fails is what was changed.
"""

import os

from hypothesis import settings

_DEFAULT_CASES = 100

settings.register_profile("default", max_examples=_DEFAULT_CASES, deadline=None, derandomize=True)
settings.register_profile("nightly", max_examples=100 * _DEFAULT_CASES, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

NIGHTLY = settings().max_examples > _DEFAULT_CASES


def cases(number: int) -> int:
    """This many cases by default; as many times more as the profile has more."""
    return number * settings().max_examples // _DEFAULT_CASES
