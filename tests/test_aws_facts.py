"""`docs/aws-facts.md` has every fact about AWS that code depends on, and says nothing that code or botocore contradict.

In the page's second column a code span is a module, `module.CONSTANT`, `module.CONSTANT = value` or
`module: "text", "text"`; names without `ddb_snapshot` are below `ddb_assets`. In its third, `botocore service.Shape`,
`botocore service.Shape.member`, either followed by `: max N` or by values, or `botocore service.Operation: Error`.
A fact whose source is `tests/local/athena/recorded` names errors that Trino gave there.
"""

import ast
import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from botocore.loaders import Loader

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "aws-facts.md"

ERROR_CODE = re.compile(
    r"(?:[A-Z][a-z0-9]*[A-Za-z0-9]*(?:Exception|Exceeded|Denied|Conflict|Unavailable|NotFound|Expired|Authorized)"
    r"|InternalServerError|NoSuch[A-Z]\w+|S3NoSuch\w+|PreconditionFailed|ConditionalRequestConflict|Expired[A-Z]\w+"
    r"|Invalid(?:AccessKey|ClientToken)Id|UnauthorizedOperation|MissingAuthenticationToken|Unrecognized\w+"
    r"|Forbidden|Unauthorized|Throttl\w*|TooManyRequests|SlowDown|SignatureDoes|403|404)"
)
"""What a service calls an error, or the part of such names that code looks for."""

TRINO_NAME = re.compile(r"FAILED|[A-Z]{2,}(?:_[A-Z]+)+")
"""Names of errors and of kinds of statements and tables, in the local Athena."""

OF_SQL = re.compile(r"ddb_assets\.local\.athena\.(?:sql|analysis|functions|types)(?:\..+)?")
"""Modules that are full of SQL's own upper-case words: there a text is a name of Trino where an error is made of it."""

ERROR_MAKERS = frozenset({"QueryError", "error", "fail", "_fail"})
"""What makes an error of the name that it is given first, in those modules."""

RECORDED = ROOT / "tests" / "local" / "athena" / "recorded"

NOT_AWS = frozenset({"ARROW_SCAN", "PinConflict"})
"""DuckDB's name of a step in its plan, and a class of ours."""

STATES = {
    "dynamodb": (
        "BillingMode", "ExportFormat", "ExportStatus", "ExportType", "ExportViewType", "PointInTimeRecoveryStatus",
        "S3SseAlgorithm", "TableClass", "TableStatus",
    ),
    "glue": ("CrawlerState", "DeleteBehavior", "JobRunState", "LastCrawlStatus", "RecrawlBehavior", "UpdateBehavior"),
    "athena": ("QueryExecutionState", "StatementType"),
}  # fmt: skip

SOURCE = re.compile(r'"[^"]{4,}"|Glue\'s pins|a real Trino\'s answers|`botocore|`boto3')
"""What a fact's source may be, besides botocore's model."""

SAYS_SOURCE = re.compile(r'\bSources?: |\b(?:guide|reference), "|[Qq]uotas"?[,:)]|\bGlue API\b|pricing"')
"""A comment or docstring that names where a constant's value is from."""


@dataclass(frozen=True)
class Fact:
    """A row: what is the case, where code depends on it, how it is known."""

    fact: str
    here: str
    source: str

    def spans(self) -> list[str]:
        return re.findall(r"`([^`]+)`", self.here)

    def botocore(self) -> list[str]:
        return [span for span in re.findall(r"`([^`]+)`", self.source) if span.startswith("botocore ")]


def sections(page: str) -> Iterator[tuple[str, int, list[Fact]]]:
    """Each section's title, the number of facts that its heading claims, and its facts."""
    for section in re.split(r"^## ", page, flags=re.MULTILINE)[1:]:
        heading, _, body = section.partition("\n")
        counted = re.fullmatch(r"(.+) \((\d+)\)", heading)
        if counted is None:
            continue
        rows = [line for line in body.splitlines() if line.startswith("| ")][1:]
        yield counted[1], int(counted[2]), [_fact(row) for row in rows]


def _fact(row: str) -> Fact:
    cells = [cell.strip() for cell in row.strip().strip("|").split(" | ")]
    assert len(cells) == 3, f"not three cells: {row}"
    return Fact(*cells)


TEXT = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
FACTS = [fact for _, _, facts in sections(TEXT) for fact in facts]


def module_name(name: str) -> str:
    return name if name.split(".")[0] in ("ddb_assets", "ddb_snapshot") else f"ddb_assets.{name}"


def files() -> Iterator[tuple[str, Path]]:
    """The code, by the module's name."""
    for package in (ROOT / "ddb_assets", ROOT / "glue" / "ddb_snapshot"):
        for file in sorted(package.rglob("*.py")):
            parts = file.relative_to(package.parent).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), file


@cache
def code() -> Mapping[str, tuple[str, ast.Module]]:
    sources = {name: file.read_text(encoding="utf-8") for name, file in files()}
    return {name: (text, ast.parse(text)) for name, text in sources.items()}


def texts(tree: ast.AST) -> Iterator[str]:
    """The string constants that are no docstrings, and the errors that are caught by `client.exceptions.Name`."""
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.value
        elif isinstance(node, ast.Attribute) and getattr(node.value, "attr", "") == "exceptions":
            yield node.attr


@cache
def held(module: str) -> frozenset[str]:
    return frozenset(texts(code()[module][1]))


def named(where: Collection[Fact]) -> dict[str, set[str | None]]:
    """What the page names of each module: constants, or None for the module itself."""
    found: dict[str, set[str | None]] = {}
    for fact in where:
        for span in fact.spans():
            dotted = module_name(re.split(r" = |: ", span, maxsplit=1)[0])
            module = dotted
            while module not in code() and "." in module:
                module = module.rpartition(".")[0]
            found.setdefault(module, set()).add(dotted[len(module) + 1 :] or None)
    return found


def words(facts: Collection[Fact]) -> set[str]:
    """Every word in a code span."""
    spans = [span for fact in facts for span in [*fact.spans(), *fact.botocore()]]
    return {word for span in spans for word in re.findall(r"[\w$]+", span)}


def documented_constants(text: str, tree: ast.Module) -> Iterator[str]:
    """The constants (and fields of classes) whose comment or docstring says where the value is from."""
    lines = text.splitlines()
    bodies = [("", tree.body)] + [(f"{node.name}.", node.body) for node in tree.body if isinstance(node, ast.ClassDef)]
    for owner, body in bodies:
        for place, node in enumerate(body):
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            if not isinstance(node, ast.Assign | ast.AnnAssign) or not isinstance(targets[0], ast.Name):
                continue
            said, above = "", node.lineno - 2
            while above >= 0 and lines[above].lstrip().startswith("#"):
                said, above = f"{lines[above].strip(' #')} {said}", above - 1
            after = body[place + 1] if place + 1 < len(body) else None
            if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
                said += f" {after.value.value!s}"
            if SAYS_SOURCE.search(said):
                yield owner + targets[0].id


def made_errors(tree: ast.AST) -> Iterator[tuple[ast.Call, list[str]]]:
    """The calls that make an error, each with the texts of which its name is one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (_last_name(node.func) in ERROR_MAKERS):
            given = [*node.args[:1], *(keyword.value for keyword in node.keywords if keyword.arg == "name")]
            yield node, [text for argument in given for text in texts(argument)]


def _last_name(function: ast.expr) -> str:
    return str(getattr(function, "id", "") or getattr(function, "attr", ""))


def nameless_errors(tree: ast.AST) -> list[str]:
    """The calls that make an error of a name that is no text, but for those in the makers themselves."""
    makers = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name in ERROR_MAKERS]
    inside = {id(node) for maker in makers for node in ast.walk(maker)}
    return [ast.unparse(call) for call, named in made_errors(tree) if not named and id(call) not in inside]


def trino_names(module: str) -> set[str]:
    """The names of errors, statements and tables in a module of the local Athena."""
    tree = code()[module][1]
    found = held(module) if not OF_SQL.fullmatch(module) else {name for _, names in made_errors(tree) for name in names}
    return {text for text in found if TRINO_NAME.fullmatch(text)}


@cache
def recorded_errors() -> frozenset[str]:
    """The names of the errors that a real Trino gave."""
    answers = [json.loads(line) for file in RECORDED.glob("*.jsonl") for line in file.read_text().splitlines() if line]
    return frozenset(answer["error"] for answer in answers if "error" in answer)


@cache
def model(service: str) -> Any:
    return Loader().load_service_model(service, "service-2")


@pytest.mark.parametrize("section", list(sections(TEXT)), ids=lambda section: section[0])
def test_each_heading_counts_its_facts(section: tuple[str, int, list[Fact]]) -> None:
    _, claimed, facts = section
    assert len(facts) == claimed


def test_the_page_has_facts() -> None:
    assert len(FACTS) > 100


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.fact[:60])
def test_each_fact_says_where_it_is_used_and_how_it_is_known(fact: Fact) -> None:
    assert fact.spans(), "names no module"
    if "unproven" in fact.source:
        assert re.search(r"\*\*unproven\*\*: .{20,}", fact.source), "doesn't say how an account would show it"
    else:
        assert fact.botocore() or SOURCE.search(fact.source)


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.fact[:60])
def test_what_a_fact_names_is_in_the_code(fact: Fact) -> None:
    for span in fact.spans():
        dotted, _, rest = span.partition(": ")
        dotted, _, value = dotted.partition(" = ") if not rest else (dotted, "", "")
        module = module_name(dotted)
        if rest:
            for text in re.findall(r'"([^"]+)"', rest):
                assert text in held(module), f"{module} has no {text!r}"
        elif module not in code():
            found = _resolved(module)
            if value:
                assert found == eval(value, {"timedelta": timedelta}), f"{module} is {found!r}"


def _resolved(dotted: str) -> Any:
    module, names = dotted, list[str]()
    while module not in code():
        module, _, name = module.rpartition(".")
        assert module, f"there is no {dotted}"
        names.insert(0, name)
    found: Any = import_module(module)
    for name in names:
        assert hasattr(found, name), f"{module} has no {'.'.join(names)}"
        found = getattr(found, name)
    return found


@pytest.mark.parametrize(
    "span", sorted({span for fact in FACTS for span in fact.botocore()}), ids=lambda span: span.partition(" ")[2][:60]
)
def test_what_is_said_to_be_botocores_is_in_its_model(span: str) -> None:
    path, _, said = span.removeprefix("botocore ").partition(": ")
    service, name, *member = path.split(".")
    known = model(service)
    listed = [word.strip() for word in said.split(",") if word.strip()]
    if name in known["operations"]:
        assert set(listed) <= {error["shape"] for error in known["operations"][name].get("errors", ())}
        return
    shape = known["shapes"][name]
    for each in member:
        shape = known["shapes"][shape["members"][each]["shape"]]
    for word in listed:
        limit = re.fullmatch(r"(min|max) (\d+)", word)
        if limit:
            assert shape[limit[1]] == int(limit[2])
        else:
            assert word in [*shape.get("enum", ()), *shape.get("members", ())], f"{path} has no {word}"


def test_every_error_code_in_the_code_is_in_the_page() -> None:
    found = {text for module in code() for text in held(module) if ERROR_CODE.fullmatch(text)}
    assert found - words(FACTS) - NOT_AWS == set()


LOCAL_ATHENA = [name for name in code() if name.startswith("ddb_assets.local.athena")]


def test_every_error_of_the_local_athena_is_in_the_page() -> None:
    found = {name for module in LOCAL_ATHENA for name in trino_names(module)}
    assert found - words(FACTS) - NOT_AWS == set()


def test_every_error_that_the_embedded_engine_makes_has_its_name_as_a_text() -> None:
    nameless = {module: nameless_errors(code()[module][1]) for module in LOCAL_ATHENA if OF_SQL.fullmatch(module)}
    assert {module: calls for module, calls in nameless.items() if calls} == {}


def test_names_of_errors_are_told_from_words_of_sql() -> None:
    tree = ast.parse(
        "WORDS = {'CURRENT_DATE': 1}\n"
        "def error(name, node): return QueryError(name, 'x')\n"
        "def one(self): raise QueryError('A_B' if self.word == 'TRY_CAST' else 'C_D', f'no {self}')\n"
        "def two(context): raise context.error(name='E_F', message='x')\n"
        "def three(context, name): raise context.fail(name, 'x')\n"
    )
    assert {name for _, names in made_errors(tree) for name in names} == {"A_B", "C_D", "TRY_CAST", "E_F"}
    assert nameless_errors(tree) == ["context.fail(name, 'x')"]


def test_the_errors_that_a_real_trino_is_said_to_have_given_are_recorded() -> None:
    where = [fact for fact in FACTS if RECORDED.relative_to(ROOT).as_posix() in fact.source]
    named = {text for fact in where for span in fact.spans() for text in re.findall(r'"([^"]+)"', span)}
    assert len(named) > 10
    assert named - recorded_errors() == set()


def test_every_state_in_the_code_is_in_the_page() -> None:
    shapes = [model(service)["shapes"][name] for service, names in STATES.items() for name in names]
    states = {value for shape in shapes for value in shape["enum"]}
    found = {text for module in code() for text in held(module)} & states
    assert found - words(FACTS) == set()


def test_every_constant_with_a_source_is_in_the_page() -> None:
    page = named(FACTS)
    missing = [
        f"{module}.{name}"
        for module, (text, tree) in code().items()
        for name in documented_constants(text, tree)
        if name not in page.get(module, ())
    ]
    assert missing == []


def test_every_module_with_a_source_is_in_the_page() -> None:
    page = named(FACTS)
    assert [name for name, (text, _) in code().items() if re.search(r"\bSources?: ", text) and name not in page] == []
