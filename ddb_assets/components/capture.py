"""The block `capture:` of a table's or a group's defs.yaml, checked."""

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from ddb_assets.components import values
from ddb_assets.components.attributes import Attributes
from ddb_assets.components.refusals import RefusedAt
from ddb_assets.model.capture import AUTO, capture_method
from ddb_assets.model.table import EXPORT_TIMEOUT, CaptureSpec
from ddb_assets.model.words import parse_duration
from ddb_snapshot.allowed import LEAST_RCU


def _keep(value: object) -> object:
    if not isinstance(value, bool) and (not isinstance(value, int) or value < 1):
        raise ValueError(f"{value!r} is neither true, false nor a number of days from 1 on")
    return value


class Capture(Attributes):
    """How a table's items are obtained."""

    method: Annotated[str, AfterValidator(values.capture_method)] = Field(
        default=AUTO,
        description="scan; export: a native export at the partition's instant; incremental: what has changed since the "
        "previous snapshot; auto: chosen for each snapshot, with the reason in its metadata.",
    )
    max_rcu: Annotated[float | None, values.at_least(LEAST_RCU, float)] = Field(
        default=None,
        description="Read units a second that a scan may use at most; of an on-demand table in place of the share.",
    )
    max_lag: Annotated[str | None, AfterValidator(values.duration)] = Field(
        default=None,
        description="How far from the partition's instant a scan's items may be, such as 15m, 2h or PT15M: a scan that "
        "may read longer is refused, or an export taken. Default: a scan begins inside its window.",
    )
    full_every: Annotated[int | None, values.at_least(2, int)] = Field(
        default=None, description="Every n-th snapshot of method incremental is a full export, and compared."
    )
    kms_key: str | None = Field(default=None, description="KMS key with which exports are encrypted in S3.")
    bucket_owner: str | None = Field(
        default=None, pattern=r"^[0-9]{12}$", description="Account of the bucket, where it is another's."
    )
    keep_exports: Annotated[bool | int, BeforeValidator(_keep)] = Field(
        default=True, description="true; false: until the snapshot is published and verified; or a number of days."
    )
    export_timeout_minutes: Annotated[int, values.at_least(1, int)] = Field(
        default=EXPORT_TIMEOUT // timedelta(minutes=1),
        description="How long an export may be in progress. It can be taken up again afterwards.",
    )

    @model_validator(mode="after")
    def _fits_together(self) -> "Capture":
        exact = self.method != AUTO and capture_method(self.method).exact
        if self.full_every is not None and not capture_method(self.method).needs_previous:
            raise RefusedAt(("full_every",), f"`full_every` is for `method: incremental`; here it is {self.method}")
        if self.max_rcu is not None and exact:
            raise RefusedAt(
                ("max_rcu",), f"`max_rcu` is a scan's budget; `method: {self.method}` reads no capacity of the table"
            )
        if self.max_lag is not None and exact:
            raise RefusedAt(("max_lag",), f"`max_lag` limits a scan; `method: {self.method}` is true to the second")
        return self

    def spec(self) -> CaptureSpec:
        """The block as the chain takes it."""
        keep = self.keep_exports
        return CaptureSpec(
            method=self.method,
            max_rcu=self.max_rcu,
            max_lag=None if self.max_lag is None else parse_duration(self.max_lag),
            full_every=self.full_every,
            kms_key=self.kms_key,
            bucket_owner=self.bucket_owner,
            keep_days=None if keep is True else int(keep),
            export_timeout=timedelta(minutes=self.export_timeout_minutes),
        )
