"""The methods of capture: each list of them follows from its entry, and each entry says the truth."""

import json
import subprocess
import sys
from importlib import import_module
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given

from ddb_assets.chain.capture import choice
from ddb_assets.components import values
from ddb_assets.model import capture
from ddb_assets.model.capture import AUTO, CAPTURE_METHODS, METHODS, CaptureMethod, capture_method
from ddb_assets.model.facts import CaptureOptions, PreviousSnapshot, TableFacts, Wanted
from ddb_assets.planning import estimates, expected_span, possibilities
from ddb_assets.planning.estimates import estimate
from ddb_snapshot.argument_names import OPTIONAL
from ddb_snapshot.readers import READERS, reader
from tests.planning import cases

EACH_METHOD = pytest.mark.parametrize("method", CAPTURE_METHODS, ids=lambda method: method.name)


def test_every_list_of_methods_is_that_of_the_entries() -> None:
    assert tuple(method.name for method in CAPTURE_METHODS) == METHODS
    assert (AUTO, *METHODS) == capture.CHOICES
    assert tuple(estimates._ESTIMATES) == METHODS
    assert tuple(choice._CAPTURES) == METHODS
    assert tuple(one.name for one in READERS) == METHODS
    assert [values.capture_method(name) for name in capture.CHOICES] == list(capture.CHOICES)
    assert set(capture.CAPTURE_ARGUMENTS) == {
        "--capture",
        *chain.from_iterable(method.arguments for method in CAPTURE_METHODS),
    }


@EACH_METHOD
def test_the_job_has_a_reader_of_each_method_that_takes_its_arguments(method: CaptureMethod) -> None:
    found = reader(method.name)

    assert found is not None
    assert callable(import_module(f"ddb_snapshot.capture.{method.name}").capture)
    assert {argument.removeprefix("--") for argument in method.arguments} <= set(OPTIONAL)
    assert ("--exports" in method.arguments) == (found.most != 0)
    assert ("--previous" in method.arguments) == found.merges == method.needs_previous
    assert ("--max_rcu" in method.arguments) == method.reads_table


@EACH_METHOD
@given(cases.tables, cases.wanteds, cases.previous_snapshots)
def test_a_method_is_not_possible_without_what_its_entry_says_it_needs(
    method: CaptureMethod, table: TableFacts, wanted: Wanted, previous: PreviousSnapshot | None
) -> None:
    if method.needs_recovery and table.recovery is None:
        assert not possibilities(table, wanted, previous)[method.name].possible
    if method.needs_previous:
        assert not possibilities(table, wanted, None)[method.name].possible


@EACH_METHOD
@given(cases.tables, cases.wanteds, cases.options)
def test_an_exact_methods_items_are_of_the_instant(
    method: CaptureMethod, table: TableFacts, wanted: Wanted, options: CaptureOptions
) -> None:
    estimated = estimate(method.name, table, wanted, None, options, cases.JOB, None)
    span = expected_span(wanted, estimated)

    assert (span.first == span.last == wanted.instant) or not method.exact
    assert (estimated.rcu > 0) == method.reads_table


def test_a_method_that_nobody_knows_counts_as_one_on_which_nothing_is_built() -> None:
    assert not capture_method("of-a-later-version").exact


FOURTH = r'''
import json, sys
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

end = ')\n"""The first is'
source = Path(sys.argv[1]).read_text()
assert source.count(end) == 1
source = source.replace(end, '    CaptureMethod("stream", "a stream", ("--stream",), exact=True),\n' + end)
module = module_from_spec(spec_from_loader("ddb_assets.model.capture", loader=None))
sys.modules["ddb_assets.model.capture"] = module
exec(source, module.__dict__)

from ddb_assets.chain.keys import files_key
from ddb_assets.chain.snapshot import snapshot_asset
from ddb_assets.components.capture import Capture
from ddb_assets.components import values
from ddb_assets.model.table import CaptureSpec, TableSpec

table = TableSpec("Reviews", "lake", capture=CaptureSpec(method="stream"))
config = snapshot_asset(table).op.config_schema.as_field()
print(json.dumps({
    "component": Capture(method="stream").method,
    "methods": list(module.METHODS),
    "group": list(module.GROUP_METHODS),
    "arguments": list(module.CAPTURE_ARGUMENTS),
    "config": str(config.default_value),
}))
'''


def test_a_fourth_method_is_known_to_config_and_chain_by_its_entry_alone() -> None:
    done = subprocess.run(
        [sys.executable, "-c", FOURTH, str(Path(capture.__file__))], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["component"] == "stream"
    assert found["methods"] == [*METHODS, "stream"]
    assert "stream" in found["group"]
    assert "--stream" in found["arguments"]
    assert "stream" in found["config"]
