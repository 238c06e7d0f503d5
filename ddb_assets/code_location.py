"""The Dagster code location that the command line acts on: the project of this folder, else this package's own."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Final

import dagster as dg

from ddb_assets.chain.group import GROUP_KEY
from ddb_assets.chain.partitions import not_begun, window_open_at
from ddb_assets.chain.snapshot import PAYLOAD_KEY
from ddb_assets.components.unreadable import unreadable
from ddb_assets.dagster_internals import loadable_targets_from_python_module, repository_def_from_target_def
from ddb_assets.errors import UserError, first_cause
from ddb_assets.model.run_wishes import RunWishes
from ddb_assets.model.table import StoredTable, TableNames
from ddb_assets.near_names import meant
from ddb_snapshot.names import catalog_name, format_instant

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_OWN_MODULE = "ddb_assets.definitions"
_CODE_REFERENCES: Final = "dagster/code_references"
"""The metadata of an asset that says which files define it."""


class NoChain(UserError):
    """No defs.yaml names the table."""


class Ambiguous(UserError):
    """Several chains or groups go by the name."""


@dataclass(frozen=True)
class Runnable:
    """A job that takes a snapshot for each partition."""

    job: dg.JobDefinition
    partitions: dg.TimeWindowPartitionsDefinition

    def open_partition(self, now: datetime) -> str:
        """The key of the window open at `now` (UTC)."""
        window = window_open_at(self.partitions, now)
        if window is None:
            raise not_begun(self.job.name, self.partitions)
        return format_instant(window.start)


@dataclass(frozen=True)
class Chain(Runnable):
    """One table's chain as found in the definitions."""

    payload: dict[str, Any]
    file: str | None = None
    """The defs.yaml that names the table, where Dagster knows it."""

    def __str__(self) -> str:
        return f"chain {self.payload['view']} of table {self.table.table_name} ({self.file or 'made in Python'})"

    @property
    def names(self) -> Sequence[str]:
        """All that the chain goes by.

        Not the view alone, where it has no `name`: `my_table` may be another DynamoDB table than `My-Table`.
        """
        given = [self.payload["name"]] if "name" in self.payload else []
        return [self.table.table_name, *given, self.unambiguous]

    @property
    def unambiguous(self) -> str:
        """What only this chain goes by."""
        return str(self.payload["view"])

    @property
    def views(self) -> Sequence[str]:
        return [self.payload["view"]]

    @property
    def table(self) -> StoredTable:
        """What is known of the table: its names in the catalog, and the format of its files."""
        table_name, view = self.payload["--table_name"], self.payload["view"].rpartition(".")[2]
        name = None if view == catalog_name(table_name) else view
        return StoredTable(table_name, self.payload["--database"], name, output_format=self.payload["--output_format"])

    def start_job_run(self) -> dict[str, Any]:
        """The input of Glue's StartJobRun for the window that is open now."""
        arguments = {name: value for name, value in self.payload.items() if name.startswith("--")}
        return {
            "JobName": self.payload["JobName"],
            "Arguments": {**arguments, "--snapshot_timestamp": self.open_partition(datetime.now(timezone.utc))},
            **RunWishes.from_json(self.payload["run"]).written_parameters(),
        }


@dataclass(frozen=True)
class Group(Runnable):
    """A group of tables as found in the definitions; `views` are its members', with their database."""

    name: str
    views: Sequence[str]

    def __str__(self) -> str:
        return f"group {self.name}"

    @property
    def names(self) -> Sequence[str]:
        """All that the group goes by."""
        return [self.name, self.unambiguous]

    @property
    def unambiguous(self) -> str:
        """What only this group goes by."""
        return f"{self.views[0].partition('.')[0]}.{self.name}"


def find_runnable(name: str, folder: Path) -> Chain | Group:
    """The chain or the group of that name in the code location of `folder`.

    A chain goes by its DynamoDB table, by its `name`, and by its view with the database. Where a table has several
    chains, its name means the one that has no `name` of its own.

    Raises:
        NoChain: no defs.yaml has the name; says which there are.
        UserError: several have it, or the definitions don't load.
    """
    module = module_of(folder)
    repository = _repository(module, folder)
    return _only(name, [*_chains(repository), *_groups(repository)], module)


def find_chain(name: str, folder: Path) -> Chain:
    """The chain that goes by that name, as `find_runnable` finds it, groups left out.

    Raises:
        NoChain: no defs.yaml has the name; says which there are.
        UserError: several have it, or the definitions don't load.
    """
    module = module_of(folder)
    repository = _repository(module, folder)
    found = _only(name, _chains(repository), module, _groups(repository))
    assert isinstance(found, Chain)
    return found


def find_published_chain(name: str, folder: Path) -> TableNames | None:
    """The chain that goes by that name, as `find_chain` finds it; where none does, the member of a group that does.

    Snapshots outlive their defs.yaml: None where none has the name, or the definitions don't load. Then it is to be
    looked for in the catalog.

    Raises:
        Ambiguous: several have the name.
    """
    module = module_of(folder)
    try:
        repository = _repository(module, folder)
    except UserError:
        return None
    for chains in (_chains(repository), _members(repository)):
        try:
            found = _only(name, chains, module)
        except NoChain:
            continue
        assert isinstance(found, Chain)
        return found.table
    return None


def _only(name: str, there: Sequence[Chain | Group], module: str, others: Sequence[Group] = ()) -> Chain | Group:
    found = [one for one in there if name in one.names]
    if not found:
        raise _nothing(name, there, others, module)
    of_table = [one for one in found if isinstance(one, Chain) and one.table.table_name == name]
    own = [one for one in of_table if one.table.name is None]
    if len(own) == 1 and len(of_table) == len(found):
        return own[0]
    if len(found) > 1:
        which = " or ".join(one.unambiguous for one in found)
        raise Ambiguous(f"{name!r} names {' and '.join(map(str, found))}. Say which: {which}.")
    return found[0]


def _nothing(name: str, there: Sequence[Chain | Group], others: Sequence[Group], module: str) -> NoChain:
    chains = sorted({one.table.name or one.table.table_name for one in there if isinstance(one, Chain)})
    groups = sorted(one.name for one in (*there, *others) if isinstance(one, Group))
    close = meant(name, [known for one in there for known in one.names])
    return NoChain(
        f"No defs.yaml of {module} names the table {name!r}.{close} "
        f"Tables there: {', '.join(chains) or 'none'}{'; groups: ' + ', '.join(groups) if groups else ''}. "
        "Add defs/<name>/defs.yaml with `type: ddb_assets.DynamoDBTable` and `attributes: {table_name: …}`."
    )


def find_payloads(name: str | None, folder: Path) -> list[dict[str, Any]]:
    """The facts of every table's chain, those of groups' members too; with a `name`, of what `find_runnable` finds.

    A group stands for its members. Where neither a chain nor a group has the name, a member may.

    Raises:
        NoChain: nothing has the name; says which tables there are.
        UserError: several have it, or the definitions don't load.
    """
    module = module_of(folder)
    repository = _repository(module, folder)
    tables = _tables(repository)
    if name is None:
        return [one.payload for one in tables]
    groups = _groups(repository)
    runnable: list[Chain | Group] = [*_chains(repository), *groups]
    known = any(name in one.names for one in runnable)
    found = _only(name, runnable, module) if known else _only(name, tables, module, groups)
    return [one.payload for one in tables if one.unambiguous in found.views]


def module_of(folder: Path) -> str:
    """The module that `folder`'s pyproject.toml names to Dagster (`[tool.dagster]` or `[tool.dg.project]`)."""
    project = folder / "pyproject.toml"
    tool = tomllib.loads(project.read_text()).get("tool", {}) if project.is_file() else {}
    if module := tool.get("dagster", {}).get("module_name"):
        return str(module)
    if root := tool.get("dg", {}).get("project", {}).get("root_module"):
        return f"{root}.definitions"
    return _OWN_MODULE


def _repository(module: str, folder: Path) -> dg.RepositoryDefinition:
    try:
        target = loadable_targets_from_python_module(module, working_directory=str(folder))[0]
        repository = repository_def_from_target_def(target.target_definition)
    except Exception as error:  # a user's definitions can raise anything
        said = "\n".join(_unreadable(module)) or first_cause(error)
        raise UserError(f"The definitions of {module} don't load: {said}") from error
    if repository is None:
        raise UserError(f"Module {module} holds no Dagster definitions.")
    return repository


def _unreadable(module: str) -> Iterator[str]:
    """What Dagster can't read of the YAML files beside the module: it says so of the first alone."""
    found = sys.modules.get(module.partition(".")[0])
    for folder in getattr(found, "__path__", ()):
        yield from unreadable(Path(folder))


def _chains(repository: dg.RepositoryDefinition) -> list[Chain]:
    """The tables' chains, without those that are a group's."""
    return [one for one in _tables(repository) if "group" not in one.payload]


def _members(repository: dg.RepositoryDefinition) -> list[Chain]:
    """The chains of the groups' members, which the group's job runs."""
    return [one for one in _tables(repository) if "group" in one.payload]


def _tables(repository: dg.RepositoryDefinition) -> list[Chain]:
    """The tables' chains, those of groups' members too."""
    return [
        Chain(repository.get_job(facts["job"]), partitions, facts, _file_of(spec))
        for definition in repository.assets_defs_by_key.values()
        for spec in definition.specs
        if (facts := _payload(spec))
        and isinstance(partitions := spec.partitions_def, dg.TimeWindowPartitionsDefinition)
    ]


def _groups(repository: dg.RepositoryDefinition) -> list[Group]:
    found = []
    for key, definition in repository.assets_defs_by_key.items():
        metadata = definition.specs_by_key[key].metadata
        if GROUP_KEY in metadata:
            facts = metadata[GROUP_KEY].value
            job = repository.get_job(facts["job"])
            if isinstance(job.partitions_def, dg.TimeWindowPartitionsDefinition):
                found.append(Group(job, job.partitions_def, facts["group"], facts["views"]))
    return found


def _payload(spec: dg.AssetSpec) -> dict[str, Any] | None:
    return spec.metadata[PAYLOAD_KEY].value if PAYLOAD_KEY in spec.metadata else None


def _file_of(spec: dg.AssetSpec) -> str | None:
    """The first file of the references that Dagster gives the definitions of a defs.yaml."""
    found = spec.metadata.get(_CODE_REFERENCES)
    references = found.code_references if isinstance(found, dg.CodeReferencesMetadataValue) else ()
    return next((one.file_path for one in references if isinstance(one, dg.LocalFileCodeReference)), None)
