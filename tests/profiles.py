"""How many cases a property is tried on: HYPOTHESIS_PROFILE=nightly for thousands, new ones each time.

By default they are the same ones each time, so that what fails is what was changed. `brief` has a fifth of them, for
what is tried once more with other releases of libraries.
"""

import os

from hypothesis import settings

_DEFAULT_CASES = 100

settings.register_profile("default", max_examples=_DEFAULT_CASES, deadline=None, derandomize=True)
settings.register_profile("brief", max_examples=_DEFAULT_CASES // 5, deadline=None, derandomize=True)
settings.register_profile("nightly", max_examples=100 * _DEFAULT_CASES, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

NIGHTLY = settings().max_examples > _DEFAULT_CASES
BRIEF = settings().max_examples < _DEFAULT_CASES


def cases(number: int) -> int:
    """This many cases by default; as many times more or less as the profile has, and one at least."""
    return max(1, number * settings().max_examples // _DEFAULT_CASES)
