"""How a crawler is configured: its policies, its versioned Configuration, its targets.

Source: AWS Glue developer guide, "Setting crawler configuration options", "Include and exclude patterns", "Specifying
the table location and partitioning level".
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ddb_assets.local.athena.storage import DataFile, split


@dataclass(frozen=True)
class Target:
    """A folder in S3, and the globs of what is not crawled below it."""

    path: str
    exclusions: tuple[str, ...]

    @property
    def uri(self) -> str:
        return self.path.rstrip("/") + "/"

    def includes(self, file: DataFile) -> bool:
        """Whether no exclusion names the file, by its path below the target."""
        _, prefix = split(self.uri)
        relative = file.key.removeprefix(prefix)
        return not any(_glob(pattern).fullmatch(relative) for pattern in self.exclusions)


@dataclass(frozen=True)
class Options:
    """What one crawl does with what it finds."""

    crawler: str
    database: str
    table_prefix: str
    targets: tuple[Target, ...]
    update: bool
    deletion: str
    new_folders_only: bool
    combine: bool
    table_level: int | None
    merge_new_columns: bool
    inherit_from_table: bool

    @classmethod
    def of(cls, crawler: Any) -> Options:
        """The options of moto's crawler."""
        configuration = json.loads(crawler.configuration or "{}")
        grouping, output = configuration.get("Grouping", {}), configuration.get("CrawlerOutput", {})
        policy: Mapping[str, str] = crawler.schema_change_policy or {}
        recrawl: Mapping[str, str] = crawler.recrawl_policy or {}
        new_only = recrawl.get("RecrawlBehavior") == "CRAWL_NEW_FOLDERS_ONLY"
        return cls(
            crawler=crawler.name,
            database=crawler.database_name or "default",
            table_prefix=crawler.table_prefix or "",
            targets=_targets(crawler.targets or {}),
            # Crawling new folders only forces both behaviours to LOG.
            update=not new_only and policy.get("UpdateBehavior", "UPDATE_IN_DATABASE") == "UPDATE_IN_DATABASE",
            deletion="LOG" if new_only else policy.get("DeleteBehavior", "DEPRECATE_IN_DATABASE"),
            new_folders_only=new_only,
            combine=grouping.get("TableGroupingPolicy") == "CombineCompatibleSchemas",
            table_level=grouping.get("TableLevelConfiguration"),
            merge_new_columns=output.get("Tables", {}).get("AddOrUpdateBehavior") == "MergeNewColumns",
            inherit_from_table=output.get("Partitions", {}).get("AddOrUpdateBehavior") == "InheritFromTable",
        )


def _targets(targets: Mapping[str, Sequence[Mapping[str, Any]]]) -> tuple[Target, ...]:
    return tuple(Target(each["Path"], tuple(each.get("Exclusions") or ())) for each in targets.get("S3Targets") or ())


_GLOB: Final = re.compile(r"\*\*|\*|\?|\[[^]]*\]|[{},]|\\.|.", re.DOTALL)


def _glob(pattern: str) -> re.Pattern[str]:
    """The glob as an expression: `*` stays inside a folder, `**` crosses folders, `{a,b}` is either."""
    parts, depth = [], 0
    for token in _GLOB.findall(pattern):
        match token:
            case "**":
                parts.append(".*")
            case "*":
                parts.append("[^/]*")
            case "?":
                parts.append("[^/]")
            case "{":
                depth += 1
                parts.append("(?:")
            case "}" if depth:
                depth -= 1
                parts.append(")")
            case "," if depth:
                parts.append("|")
            case _ if token.startswith("[") and len(token) > 1:
                parts.append("[" + token[1:-1].replace("!", "^", 1) + "]" if token[1] == "!" else token)
            case _ if token.startswith("\\") and len(token) > 1:
                parts.append(re.escape(token[1]))
            case _:
                parts.append(re.escape(token))
    return re.compile("".join(parts), re.DOTALL)
