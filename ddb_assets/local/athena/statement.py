"""A statement's text as tokens, and what kind of statement it is.

Athena gives data definition to Hive and the rest to Trino. sqlglot's parser knows about half of the Hive statements
(the others come back as an opaque Command), so those are read here from its tokenizer instead, all in one way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from sqlglot.dialects.hive import Hive
from sqlglot.dialects.trino import Trino
from sqlglot.errors import TokenError
from sqlglot.tokens import Token, TokenType

from ddb_assets.local.athena.errors import QueryError

DDL_WORDS = ("CREATE", "DROP", "ALTER", "MSCK")
UTILITY_WORDS = ("SHOW", "DESCRIBE", "DESC", "EXPLAIN")


class _TrinoWords(Trino.Tokenizer):  # type: ignore[misc]
    """Trino's lexical rules, each word a token by itself."""

    KEYWORDS: ClassVar[dict[str, TokenType]] = {}
    COMMANDS: ClassVar[set[TokenType]] = set()
    IDENTIFIERS: ClassVar[list[str | tuple[str, str]]] = ['"', "`"]
    QUOTES: ClassVar[list[str | tuple[str, str]]] = ["'"]


class _HiveWords(Hive.Tokenizer):  # type: ignore[misc]
    """Hive's lexical rules (a backslash escapes in strings), each word a token by itself."""

    KEYWORDS: ClassVar[dict[str, TokenType]] = {}
    COMMANDS: ClassVar[set[TokenType]] = set()
    IDENTIFIERS: ClassVar[list[str | tuple[str, str]]] = ['"', "`"]
    QUOTES: ClassVar[list[str | tuple[str, str]]] = ["'"]


@dataclass(frozen=True)
class Kind:
    """What GetQueryExecution says of a statement, before it runs."""

    type: str
    subtype: str | None

    @property
    def extension(self) -> str:
        """The result file's."""
        return "csv" if self.type == "DML" else "txt"

    @property
    def writes(self) -> bool:
        """Whether it writes rows where it is told to: its result is a manifest of files."""
        return self.subtype in ("CREATE_TABLE_AS_SELECT", "INSERT", "UNLOAD")


def kind(sql: str) -> Kind:
    """The statement's kind, from its first words; text that is no SQL counts as a query."""
    words = [token.text.upper() for token in tokens(sql)[:6]]
    first = words[0] if words else ""
    if first in ("DESCRIBE", "DESC"):
        return Kind("UTILITY", "DESCRIBE_TABLE")
    if first == "EXPLAIN":
        return Kind("UTILITY", "EXPLAIN")
    if first == "SHOW":
        return Kind("UTILITY", "_".join(["SHOW", *words[1:2]]))
    if first == "MSCK":
        return Kind("DDL", "MSCK_REPAIR")
    if words[:2] == ["CREATE", "TABLE"] and "AS" in (token.text.upper() for token in tokens(sql)):
        return Kind("DDL", "CREATE_TABLE_AS_SELECT")
    if first in DDL_WORDS:
        objects = ("TABLE", "VIEW", "DATABASE", "SCHEMA")
        return Kind("DDL", "_".join([first, *[word for word in words[1:] if word in objects][:1]]))
    return Kind("DML", "SELECT" if first in ("SELECT", "WITH", "VALUES", "(") else first or None)


def is_trino(sql: str) -> bool:
    """Whether Trino's lexical rules hold: queries, CREATE TABLE AS, and the DDL of views."""
    words = [token.text.upper() for token in _tokens(sql, _TrinoWords)[:4]]
    trinos = words[:2] == ["CREATE", "TABLE"] or "VIEW" in words or words[:1] == ["EXPLAIN"]
    return trinos or not words or words[0] not in (*DDL_WORDS, *UTILITY_WORDS)


def tokens(sql: str) -> list[Token]:
    """The statement's tokens, without the semicolon that ends it; none when the text has no tokens."""
    return _tokens(sql, _TrinoWords if is_trino(sql) else _HiveWords)


def _tokens(sql: str, tokenizer: type[Trino.Tokenizer | Hive.Tokenizer]) -> list[Token]:
    try:
        # The dialect gives the tokenizer what an escape stands for.
        dialect = "hive" if tokenizer is _HiveWords else "trino"
        found: list[Token] = tokenizer(dialect).tokenize(sql)
    except TokenError:
        # An escaped quote is an unfinished string to the other rules; the first words decide which rules are right.
        return [] if tokenizer is _HiveWords else _tokens(sql, _HiveWords)
    while found and found[-1].token_type == TokenType.SEMICOLON:
        found.pop()
    return found


class Cursor:
    """Reads a statement token by token. What isn't there raises QueryError, SYNTAX_ERROR, with the position."""

    def __init__(self, sql: str) -> None:
        self._sql = sql
        self._tokens = tokens(sql)
        self._at = 0

    def peek(self, *words: str) -> bool:
        """Whether these words come next."""
        upcoming = self._tokens[self._at : self._at + len(words)]
        return len(upcoming) == len(words) and all(
            token.text.upper() == word and token.token_type not in (TokenType.STRING, TokenType.IDENTIFIER)
            for token, word in zip(upcoming, words, strict=True)
        )

    def accept(self, *words: str) -> bool:
        """Take these words, if they come next."""
        if not self.peek(*words):
            return False
        self._at += len(words)
        return True

    def expect(self, *words: str) -> None:
        """Take these words."""
        for word in words:
            if not self.accept(word):
                raise self.unexpected(f"'{word}'")

    def identifier(self) -> str:
        """A name, folded to lower case as the catalog does."""
        return self.exact_identifier().lower()

    def exact_identifier(self) -> str:
        """A name as it is written."""
        token = self._current
        if token is None or not (token.token_type == TokenType.IDENTIFIER or _is_word(token)):
            raise self.unexpected("an identifier")
        self._at += 1
        return str(token.text)

    def qualified(self) -> tuple[str | None, str]:
        """`[catalog.][database.]name`: the database, if it is named, and the name."""
        names = [self.identifier()]
        while self.accept("."):
            names.append(self.identifier())
        return (names[-2] if len(names) > 1 else None), names[-1]

    def string(self) -> str:
        """A string; Hive takes double quotes too."""
        token = self._current
        quoted = token is not None and (
            token.token_type == TokenType.STRING
            or (token.token_type == TokenType.IDENTIFIER and self._sql[token.start] == '"')
        )
        if token is None or not quoted:
            raise self.unexpected("a string")
        self._at += 1
        return str(token.text)

    def literal(self) -> str:
        """A string or a number, as text."""
        token = self._current
        minus = "-" if self.accept("-") else ""
        token = self._current
        if token is not None and token.token_type == TokenType.NUMBER:
            self._at += 1
            return f"{minus}{token.text}"
        return self.string()

    def typed(self) -> str:
        """The text of a column type: up to the comma, parenthesis or word that follows it."""
        start, depth = self._at, 0
        while (token := self._current) is not None:
            if depth == 0 and self._at > start and not self.peek("<") and not self.peek("("):
                break
            depth += {"<": 1, "(": 1, ">": -1, ")": -1}.get(token.text, 0)
            self._at += 1
        if start == self._at:
            raise self.unexpected("a type")
        return self._sql[self._tokens[start].start : self._tokens[self._at - 1].end + 1]

    def pairs(self) -> dict[str, str]:
        """`('key' = 'value', …)`."""
        found = {}
        self.expect("(")
        while not self.accept(")"):
            key = self.string()
            self.expect("=")
            found[key] = self.string()
            if not self.peek(")"):
                self.expect(",")
        return found

    def rest(self) -> str:
        """The text from here to the end, as it is written."""
        if self._current is None:
            raise self.unexpected("a query")
        text = self._sql[self._current.start : self._tokens[-1].end + 1]
        self._at = len(self._tokens)
        return text

    def enclosed(self) -> str:
        """The text up to the parenthesis that closes the one before it, which is taken too."""
        start, depth = self._at, 0
        while (token := self._current) is not None:
            if depth == 0 and self.peek(")"):
                text = self._sql[self._tokens[start].start : token.start] if self._at > start else ""
                self._at += 1
                return text
            if token.token_type not in (TokenType.STRING, TokenType.IDENTIFIER):
                depth += {"(": 1, ")": -1}.get(token.text, 0)
            self._at += 1
        raise self.unexpected("')'")

    def position(self) -> tuple[int, int]:
        """Line and column of what comes next, from 1."""
        before = self._sql[: self._current.start] if self._current is not None else self._sql
        return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1

    def next_is(self, kind: TokenType) -> bool:
        """Whether a token of this kind comes next."""
        return self._current is not None and self._current.token_type == kind

    def more(self) -> bool:
        """Whether anything is left."""
        return self._current is not None

    def end(self) -> None:
        """Nothing may be left."""
        if self._current is not None:
            raise self.unexpected("<EOF>")

    def unexpected(self, expected: str) -> QueryError:
        """The error for what comes next."""
        token = self._current
        if token is None:
            lines = self._sql.split("\n")
            return QueryError(
                "SYNTAX_ERROR",
                f"mismatched input '<EOF>'. Expecting: {expected}",
                line=len(lines),
                column=len(lines[-1]) + 1,
            )
        return QueryError(
            "SYNTAX_ERROR",
            f"mismatched input '{token.text}'. Expecting: {expected}",
            line=token.line,
            column=max(1, token.col - (token.end - token.start)),
        )

    @property
    def _current(self) -> Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None


def _is_word(token: Token) -> bool:
    text: str = token.text[:1]
    return token.token_type != TokenType.STRING and (text.isalpha() or text == "_")
