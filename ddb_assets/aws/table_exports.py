"""Native exports: one that was asked for before is taken up, else one is asked for; then it is followed to its end.

An export costs by the size of the table, runs in AWS whatever becomes of us, and is never deleted by DynamoDB. So
before one is asked for, what is under way or done already is looked for: in the notes beside the exports, then in
ListExports. What two runs ask for at the same time, or one twice, is one export to AWS, by its client token.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import dagster as dg
from botocore.exceptions import ClientError

from ddb_assets.aws import export_files
from ddb_assets.aws.connection import Connection
from ddb_assets.aws.dynamodb import DynamoDB
from ddb_assets.aws.export_errors import QUOTA, advice, failure_metadata, refused
from ddb_assets.aws.export_notes import ExportNotes
from ddb_assets.aws.export_request import (
    Destination,
    Export,
    ExportPlace,
    ExportRequest,
    parse_export,
    started_at,
)
from ddb_assets.model.facts import TableFacts
from ddb_assets.model.words import duration
from ddb_snapshot.storage import S3Path

Say = Callable[[str], None]

_FIRST_POLL_SECONDS: Final = 0.25
_LONGEST_POLL_SECONDS: Final = 15.0
_SAID_EVERY_SECONDS: Final = 60.0
_WAIT_SECONDS: Final = 30.0
# The clocks of AWS and of whoever named an instant may differ.
_SKEW: Final = timedelta(minutes=2)


class TableExports(dg.ConfigurableResource[Any]):
    """Asks for native exports and follows them."""

    connection: Connection

    def find(self, request: ExportRequest, say: Say) -> Export | None:
        """An export of just what is asked for that is under way, or done with all its files still there."""
        return self._found(request, say)[0]

    def start(self, request: ExportRequest, timeout: timedelta, say: Say) -> Export:
        """Take up an export that was asked for before, or ask for one.

        Raises:
            UserError: DynamoDB refuses it; says what to do.
        """
        found, used_up = self._found(request, say)
        if found is not None:
            say(f"Taking up export {found.id} ({request}): it is {found.status}")
            return found
        export = self._ask(request, request.parameters(used_up + 1), timeout, say)
        self._notes(request).add(request.name, export.id)
        say(f"Asked for export {export.id} ({request}), to {export.location}")
        return export

    def follow(self, request: ExportRequest, export: Export, timeout: timedelta, say: Say) -> Export:
        """Wait until the export has COMPLETED. Interrupted, it is left running: the next run takes it up.

        Raises:
            dagster.Failure: it FAILED, or is still IN_PROGRESS after `timeout`.
        """
        client = self.connection.client("dynamodb")
        began, pause, said = time.monotonic(), _FIRST_POLL_SECONDS, time.monotonic()
        try:
            while export.status == "IN_PROGRESS":
                waited = time.monotonic() - began
                if waited > timeout.total_seconds():
                    raise _stuck(request, export, timeout)
                if time.monotonic() - said >= _SAID_EVERY_SECONDS:
                    said = time.monotonic()
                    say(f"Export {export.id} ({request}) is IN_PROGRESS, {waited / 60:,.0f} min by now")
                time.sleep(pause)
                pause = min(pause * 1.3, _LONGEST_POLL_SECONDS)
                export = parse_export(client.describe_export(ExportArn=export.arn)["ExportDescription"])
        except (dg.DagsterExecutionInterruptedError, KeyboardInterrupt):
            say(f"Interrupted: export {export.id} ({request}) goes on in AWS; run the partition again to take it up")
            raise
        if export.status != "COMPLETED":
            raise _failed(request, export)
        say(f"Export {export.id} ({request}) is COMPLETED: {_outcome(export)}")
        return export

    def remove(self, place: Destination, locations: Iterable[str]) -> int:
        """Delete the files of the exports in these folders, as far as they are below `place`; how many there were."""
        here = set(export_files.ids(self.connection.client("s3"), place.bucket, place.prefix))
        start = f"{ExportPlace(place.bucket, place.prefix, '').folder}".rstrip("/") + "/"
        ids = {location.removeprefix(start).rstrip("/") for location in locations if location.startswith(start)}
        return self._remove(place, sorted(ids & here))

    def remove_older(self, place: Destination, before: datetime) -> int:
        """Delete the files of all exports below `place` that were asked for before an instant; how many there were."""
        ids = export_files.ids(self.connection.client("s3"), place.bucket, place.prefix)
        return self._remove(place, [id for id in ids if (started := started_at(id)) is not None and started < before])

    def _remove(self, place: Destination, ids: Sequence[str]) -> int:
        s3 = self.connection.client("s3")
        for id in ids:
            export_files.delete(s3, ExportPlace(place.bucket, place.prefix, id))
            ExportNotes(s3, S3Path(place.bucket, place.prefix)).forget(id)
        return len(ids)

    def _found(self, request: ExportRequest, say: Say) -> tuple[Export | None, int]:
        try:
            return self._usable(request, say)
        except ClientError as error:
            raise refused(error, request, None, self.connection.region) from error

    def _usable(self, request: ExportRequest, say: Say) -> tuple[Export | None, int]:
        """A usable export, and the number of those that no longer are."""
        s3, used_up = self.connection.client("s3"), 0
        for export in self._candidates(request):
            if export.status == "IN_PROGRESS":
                return export, used_up
            wrong = "it FAILED" if export.status != "COMPLETED" else export_files.trouble(s3, export.place)
            if wrong is None:
                return export, used_up
            say(f"Export {export.id} ({request}) can't be taken up: {wrong}")
            used_up += 1
        return None, used_up

    def _candidates(self, request: ExportRequest) -> Iterator[Export]:
        """Every export by this request, those that were noted first."""
        notes = self._notes(request)
        noted = notes.of(request)
        for export_id in noted:
            export = self._describe(f"{request.table_arn}/export/{export_id}")
            if export is not None and not export.filtered:
                yield export
        known = notes.all()
        for summary in self._summaries(request):
            if summary["ExportArn"].rpartition("/")[2] in known:
                continue
            export = self._describe(summary["ExportArn"])
            if export is None:
                continue
            if export.answers(request):
                notes.add(request.name, export.id)
                yield export

    def _summaries(self, request: ExportRequest) -> Iterator[Mapping[str, Any]]:
        """ListExports of the table, the newest first, as far back as an export of that instant can have been made."""
        pages: dict[str, Any] = {"TableArn": request.table_arn}
        while True:
            page = self.connection.client("dynamodb").list_exports(**pages)
            for summary in sorted(page["ExportSummaries"], key=lambda one: str(one["ExportArn"]), reverse=True):
                started = started_at(str(summary["ExportArn"]).rpartition("/")[2])
                if started is not None and started < request.until - _SKEW:
                    return
                if summary.get("ExportType", request.export_type) == request.export_type:
                    yield summary
            if not page.get("NextToken"):
                return
            pages["NextToken"] = page["NextToken"]

    def _describe(self, export_arn: str) -> Export | None:
        client = self.connection.client("dynamodb")
        try:
            return parse_export(client.describe_export(ExportArn=export_arn)["ExportDescription"])
        except client.exceptions.ExportNotFoundException:
            # After ninety days DynamoDB forgets an export.
            return None

    def _ask(self, request: ExportRequest, parameters: Mapping[str, Any], timeout: timedelta, say: Say) -> Export:
        client, began = self.connection.client("dynamodb"), time.monotonic()
        while True:
            try:
                return parse_export(client.export_table_to_point_in_time(**parameters)["ExportDescription"])
            except ClientError as error:
                table = DynamoDB(connection=self.connection).describe(request.table_name).facts()
                reason = _worth_waiting(error, request, table)
                if reason is None or time.monotonic() - began > timeout.total_seconds():
                    raise refused(error, request, table, self.connection.region) from error
                say(f"Waiting to ask for an export ({request}): {reason}")
                time.sleep(_WAIT_SECONDS)

    def _notes(self, request: ExportRequest) -> ExportNotes:
        place = request.destination
        return ExportNotes(self.connection.client("s3"), S3Path(place.bucket, place.prefix))


def _worth_waiting(error: ClientError, request: ExportRequest, table: TableFacts) -> str | None:
    code, recovery = error.response["Error"]["Code"], table.recovery
    if code == "LimitExceededException":
        return f"the quota is used up ({QUOTA}): {error.response['Error'].get('Message', '')}"
    if code == "InvalidExportTimeException" and recovery is not None and request.until > recovery.latest:
        return f"the table is restorable up to {recovery.latest:%Y-%m-%dT%H:%M:%SZ} so far"
    return None


def _stuck(request: ExportRequest, export: Export, timeout: timedelta) -> dg.Failure:
    return dg.Failure(
        description=(
            f"Export {export.id} ({request}) is still IN_PROGRESS after {timeout}. It goes on in AWS: materialize the "
            "partition again later and it is taken up, nothing is paid twice. To wait longer set "
            "`capture: {export_timeout_minutes: …}` in the table's defs.yaml."
        ),
        metadata=failure_metadata(export.arn, export.location, "", ""),
        allow_retries=False,
    )


def _failed(request: ExportRequest, export: Export) -> dg.Failure:
    return dg.Failure(
        description=(
            f"Export {export.id} ({request}) ended {export.status}: {export.failure_code or 'no code'}: "
            f"{export.failure_message or 'no message'}. {advice(export.failure_code, request)}"
        ),
        metadata=failure_metadata(export.arn, export.location, export.failure_code, export.failure_message),
    )


def _outcome(export: Export) -> str:
    facts = []
    if export.items is not None:
        facts.append(f"{export.items:,} items")
    if export.billed_bytes is not None:
        facts.append(f"{export.billed_bytes:,} bytes billed")
    if export.started_at and export.ended_at:
        facts.append(f"in {duration(export.ended_at - export.started_at)}")
    return ", ".join(facts) or "no facts given"
