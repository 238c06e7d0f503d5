"""Of which instants a snapshot's items would be: an export's are of its own, a scan's of the span in which it reads.

A scan is judged by the end that it has at the slowest of the rates: what is allowed to begin then hardly ever breaks
the promise that is made for it.
"""

from datetime import datetime, timezone
from typing import Final

from ddb_assets.model.capture import capture_method
from ddb_assets.model.facts import Wanted
from ddb_assets.model.span import Span
from ddb_assets.planning.estimates import Estimate

# A scan of a huge table at a rate of almost nothing would end later; there are no dates for that.
_LAST: Final = datetime.max.replace(tzinfo=timezone.utc)


def expected_span(wanted: Wanted, estimated: Estimate) -> Span:
    """That of a capture which begins now."""
    if capture_method(estimated.method).exact:
        return Span(wanted.instant, wanted.instant)
    return Span(wanted.now, wanted.now + min(estimated.longest, _LAST - wanted.now))
