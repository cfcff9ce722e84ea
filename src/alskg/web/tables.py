"""Tables that a caller sends: CSV as documents, one for each row, by the keys in its first line."""

import csv
import io
from collections.abc import Collection, Sequence

from alskg.errors import BadDocument, BadParameter
from alskg.meant import hint
from alskg.web.respond import JOINER


def documents_of_csv(
    text: str, known: Collection[str], lists: Collection[str]
) -> tuple[list[str], list[tuple[int, dict[str, object] | BadParameter]]]:
    """
    The keys of a CSV file (RFC 4180), and its rows: each with the number of its last line, and as a document or with
    what is wrong with it. Empty rows are passed over.

    The first line has the keys, `source.title` for a key of an object under a key. A cell that is empty says nothing;
    where a key may have several values (`lists`), `|` stands between them.

    For example::

        subject,predicate,object,certainty,source,locator
        drug:baclofen,relieves,muscle cramps,asserted,PMID:12345678,abstract

    Raises:
        BadDocument: it is no CSV, or its columns aren't set apart by commas; the line is named.
        BadParameter: a key is unknown or stands twice.
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [cell.strip() for cell in next(reader, [])]
        _check(header, known)
        rows = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise BadDocument(f"Line {reader.line_num}: this is no CSV: {error}.", line=reader.line_num) from error
    return header, [(line, _read(header, row, lists)) for line, row in rows]


def _check(header: Sequence[str], known: Collection[str]) -> None:
    if not any(header):
        raise BadDocument("The table is empty; its first line must name the keys.")
    for mark, name in ((";", "semicolons"), ("\t", "tabs")):
        if len(header) == 1 and mark in header[0]:
            raise BadDocument(f"Line 1: the columns are set apart by {name}; use commas.", line=1)
    for number, key in enumerate(header, 1):
        if key not in known:
            raise BadParameter(
                f"Column {number}, {key!r}: there is no such key.{hint(key, known)} There are {', '.join(known)}.",
                parameter=key,
                available=list(known),
            )
    if twice := next((key for key in header if header.count(key) > 1), None):
        raise BadParameter(f"{twice}: two columns have this key.", parameter=twice)


def _read(header: Sequence[str], row: Sequence[str], lists: Collection[str]) -> dict[str, object] | BadParameter:
    try:
        return _document(header, row, lists)
    except BadParameter as error:
        return error


def _document(header: Sequence[str], row: Sequence[str], lists: Collection[str]) -> dict[str, object]:
    counts = f"the row has {len(row)} cells, and there are {len(header)} keys"
    if len(row) > len(header):
        raise BadParameter(
            f"After column {len(header)}, {header[-1]}: {counts}. Put a cell with a comma in quotation marks.",
            column=len(header) + 1,
        )
    if len(row) < len(header):
        raise BadParameter(
            f"Column {len(row) + 1}, {header[len(row)]}: {counts}. Leave a cell empty, with its comma, where there is "
            "nothing to say.",
            parameter=header[len(row)],
        )
    found: dict[str, object] = {}
    for key, cell in zip(header, row, strict=True):
        if cell.strip():
            value = [part.strip() for part in cell.split(JOINER) if part.strip()] if key in lists else cell.strip()
            _put(found, key, value)
    return found


def _put(document: dict[str, object], key: str, value: object) -> None:
    outer, dot, inner = key.partition(".")
    if not dot:
        document[key] = value
        return
    under = document.setdefault(outer, {})
    if not isinstance(under, dict):
        raise BadParameter(f"{key}: the row has a value for {outer} as well; give the one or the other.", parameter=key)
    under[inner] = value
