"""
The tokens of a SPARQL text, as every engine would see them.

Engines read without a tokenizer, and so see keywords where the standard's grammar has none: to Oxigraph `SERVICEex:a {`
is SERVICE and `ex:a`, and `?a<?b)SERVICE#>` ends a comparison. A text that could hide a clause that way is refused.
"""

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from alskg.errors import BadQuery

Kind = Literal["iri", "string", "language", "variable", "blank", "name", "number", "word", "mark"]

# SPARQL 1.1, section 19.8, and what SPARQL 1.2 and Oxigraph (LATERAL, ADJUST) add.
_WORDS = frozenset(
    """
    A ABS ADD ADJUST ALL AS ASC ASK AVG BASE BIND BNODE BOUND BY CEIL CLEAR COALESCE CONCAT CONSTRUCT CONTAINS COPY
    COUNT CREATE DATA DATATYPE DAY DEFAULT DELETE DESC DESCRIBE DISTINCT DROP ENCODE_FOR_URI EXISTS FALSE FILTER
    FLOOR FROM GRAPH GROUP GROUP_CONCAT HASLANG HASLANGDIR HAVING HOURS IF IN INSERT INTO IRI ISBLANK ISIRI
    ISLITERAL ISNUMERIC ISTRIPLE ISURI LANG LANGDIR LANGMATCHES LATERAL LCASE LIMIT LOAD MAX MD5 MIN MINUS MINUTES
    MONTH MOVE NAMED NOT NOW OBJECT OFFSET OPTIONAL ORDER PREDICATE PREFIX RAND REDUCED REGEX REPLACE ROUND SAMETERM
    SAMPLE SECONDS SELECT SEPARATOR SERVICE SHA1 SHA256 SHA384 SHA512 SILENT STR STRAFTER STRBEFORE STRDT STRENDS
    STRLANG STRLANGDIR STRLEN STRSTARTS STRUUID SUBJECT SUBSTR SUM TIMEZONE TO TRIPLE TRUE TZ UCASE UNDEF UNION URI
    USING UUID VALUES VERSION WHERE WITH YEAR
    """.split()
)

_BASE = (
    "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f\u2c00-\u2fef"
    "\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_VARIABLE = f"{_BASE}_0-9\u00b7\u0300-\u036f\u203f\u2040"
_CHARACTERS = rf"\-{_VARIABLE}"
_CODEPOINT = r"\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}"
_ESCAPE = rf"\\[tbnrf\"'\\]|{_CODEPOINT}"
_LOCAL_ESCAPE = r"%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?#@%]"

# SPARQL 1.1, section 19.8, productions 139 to 173. Quantifiers are possessive (`*+`), so that no text takes more than
# one pass. A "run" is what may turn out as the prefix of a name (`ex:`) or as words (`SELECT`), even without a space
# between them (`LIMIT10`).
_TOKEN = re.compile(
    rf"""
    (?P<space>   [ \t\r\n]++ | \#[^\r\n]*+ )
  | (?P<iri>     <(?:[^\x00-\x20<>"{{}}|^`\\] | {_CODEPOINT})*+> )
  | (?P<string>  '''(?:'{{0,2}}(?:[^'\\] | {_ESCAPE}))*+''' | \"""(?:"{{0,2}}(?:[^"\\] | {_ESCAPE}))*+\"""
               | '(?!'')(?:[^'\\\r\n] | {_ESCAPE})*+'       | "(?!"")(?:[^"\\\r\n] | {_ESCAPE})*+" )
  | (?P<language>@[A-Za-z]++(?:--?[A-Za-z0-9]++)*+ )
  | (?P<variable>[?$][{_VARIABLE}]++ )
  | (?P<blank>   _:[{_BASE}_0-9](?:[{_CHARACTERS}] | \.++(?=[{_CHARACTERS}]))*+ )
  | (?P<number>  (?:[0-9]++(?:\.[0-9]*+)? | \.[0-9]++)[eE][+-]?[0-9]++ | [0-9]*+\.[0-9]++ | [0-9]++ )
  | (?P<run>     [{_BASE}](?:[{_CHARACTERS}] | \.++(?=[{_CHARACTERS}]))*+ | (?=:) )
  | (?P<mark>    \^\^ | \|\| | && | [!<>]= | << | >> | \{{\| | \|\}} | [(){{}}\[\];,.=<>+\-*/!|^?~] )
    """,
    re.VERBOSE,
)
_LOCAL = re.compile(
    rf":(?:(?:[{_BASE}_0-9:] | {_LOCAL_ESCAPE})(?:[{_CHARACTERS}:] | {_LOCAL_ESCAPE}"
    rf" | \.++(?=[{_CHARACTERS}:%\\]))*+)?",
    re.VERBOSE,
)
_PIECE = re.compile(
    rf"(?P<word>(?i:{'|'.join(sorted(_WORDS, key=len, reverse=True))}))"
    r"|(?P<number>[0-9]+(?:[eE][0-9]+)?)|(?P<mark>[.-])",
    re.ASCII,
)
# Words that a prefixed name may follow outside all braces.
_BEFORE_NAME = frozenset(
    "PREFIX DESCRIBE FROM NAMED BY HAVING GRAPH LOAD SILENT INTO TO ADD COPY MOVE USING WITH".split()
)

# An IRI that begins like this can't be read as a comparison: no operand has two slashes.
ABSOLUTE_IRI = re.compile(r"<[A-Za-z][A-Za-z0-9.+-]*://", re.ASCII)
_CLAUSE_IN_IRI = re.compile(r"\).*(SERVICE|FROM).*#", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True)
class Token:
    """A piece of a query that stands for itself."""

    kind: Kind
    text: str
    start: int
    """How many characters come before it."""

    @property
    def keyword(self) -> str:
        """The word in upper case; "" where the token is no bare word."""
        return self.text.upper() if self.kind == "word" else ""


def unescaped(text: str) -> str:
    r"""
    The text with its codepoint escapes (`\u0053`) written out, which SPARQL wants before all else (section 19.2).

    Ask with what this returns: Oxigraph itself reads escapes only inside strings and IRIs. `\\u0041` in a string is a
    backslash and `u0041`, as in Oxigraph.

    Raises:
        BadQuery: an escape stands for no character.
    """
    return re.sub(rf"\\\\|{_CODEPOINT}", lambda match: _unescaped_once(match, text), text)


def _unescaped_once(match: re.Match[str], text: str) -> str:
    if match[0] == "\\\\":
        return match[0]
    return _character(match[0], text, match.start())


def _character(escape: str, text: str, start: int) -> str:
    code = int(escape[2:], 16)
    if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        raise misread(text, start, f"{escape} stands for no character")
    return chr(code)


@lru_cache(maxsize=4)
def tokens(text: str) -> tuple[Token, ...]:
    r"""
    The tokens of a query or update, without spaces and comments.

    A few texts are remembered: several things are asked of the same text, one after the other.

    An escape (`\u0022`) may stand in a string or IRI, provided that the text means the same once it is written out.

    Raises:
        BadQuery: no engine could read this, or two could read it differently.
    """
    found = tuple(leading_tokens(text))
    written_out = unescaped(text)
    if written_out != text and _outline(found) != _outline(leading_tokens(written_out)):
        raise BadQuery("A codepoint escape changes what the query says; write the character itself.")
    _refuse_ambiguity(found, text)
    return found


def _outline(found: Iterable[Token]) -> list[str]:
    return [token.keyword or token.kind for token in found]


def leading_tokens(text: str) -> Iterator[Token]:
    """
    The tokens one by one, without a look at what comes after, and so with no promise that they mean the same to all.

    Raises:
        BadQuery: nothing that can be read comes next.
    """
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise _untokenised(text, position)
        position = match.end()
        if match.lastgroup == "run":
            run = list(_tokens_of_run(text, match.start(), position))
            position = run[-1].start + len(run[-1].text)
            yield from run
        elif match.lastgroup != "space":
            # lastgroup is typed as a plain string; the pattern has no other groups than these kinds.
            kind: Kind = match.lastgroup  # type: ignore[assignment]
            if kind in ("iri", "string"):
                _refuse_bad_escapes(match[0], text, match.start())
            yield Token(kind, match[0], match.start())


def _tokens_of_run(text: str, start: int, end: int) -> Iterator[Token]:
    """The prefixed name that begins with a run; or else the words of the run, the longest first."""
    local = _LOCAL.match(text, end)
    if local:
        yield Token("name", text[start : local.end()], start)
        return
    position = start
    while position < end:
        piece = _PIECE.match(text, position, end)
        if piece is None:
            raise _unknown_word(text, start, end)
        kind: Kind = piece.lastgroup  # type: ignore[assignment]
        yield Token(kind, piece[0], position)
        position = piece.end()


def _refuse_bad_escapes(token: str, text: str, start: int) -> None:
    # Oxigraph goes back on a string with a bad escape and reads on inside it.
    for match in re.finditer(rf"\\\\|{_CODEPOINT}", token):
        if match[0] != "\\\\":
            _character(match[0], text, start + match.start())


def _refuse_ambiguity(found: Sequence[Token], text: str) -> None:
    """Raise BadQuery where an engine that has no tokenizer may see a clause that the standard doesn't."""
    depth = 0
    for index, token in enumerate(found):
        depth += {"{": 1, "}": -1}.get(token.text, 0)
        if token.kind == "iri" and not ABSOLUTE_IRI.match(token.text) and _CLAUSE_IN_IRI.search(token.text):
            raise misread(text, token.start, f"{token.text} may be an IRI or a comparison; write spaces around '<'")
        if token.kind == "name" and _hides_clause(found, index, depth):
            raise misread(
                text, token.start, f"{token.text} may hold a keyword; write a space after it, or rename the prefix"
            )


def _hides_clause(found: Sequence[Token], index: int, depth: int) -> bool:
    prefix = found[index].text.split(":")[0].upper()
    previous = found[index - 1].keyword if index else ""
    if "SERVICE" in prefix and found[index + 1 : index + 2] and found[index + 1].text == "{":
        return previous != "GRAPH"
    return ("FROM" in prefix or "LOAD" in prefix) and depth == 0 and previous not in _BEFORE_NAME


def _untokenised(text: str, start: int) -> BadQuery:
    """Why nothing can begin here."""
    rest = text[start:]
    if rest[0] in "'\"":
        return misread(text, start, "a string begins here that doesn't end, or that holds a bad escape")
    if rest[0] == "\\":
        return misread(text, start, "a codepoint escape may stand only in a string or an IRI; write the character")
    return misread(text, start, f"{rest[0]!r} can't stand here")


def _unknown_word(text: str, start: int, end: int) -> BadQuery:
    word = text[start:end]
    near = difflib.get_close_matches(word[:40].upper(), _WORDS, n=1)
    hint = f"did you mean {near[0]}?" if near else f"a variable is written ?{word[:40]}, a name with its prefix"
    return misread(text, start, f"{word[:40]} is no word of SPARQL; {hint}")


def misread(text: str, start: int, problem: str) -> BadQuery:
    """The error to raise for a problem that begins after `start` characters."""
    line = text.count("\n", 0, start) + 1
    return misread_at(line, start - text.rfind("\n", 0, start), problem)


def misread_at(line: int, column: int, problem: str) -> BadQuery:
    """The error to raise for a problem at this line and column, both from 1."""
    return BadQuery(f"Line {line}, column {column}: {problem}.".replace("?.", "?"), line=line, column=column)
