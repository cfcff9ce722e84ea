"""Entity tags: the name of an answer's very bytes, and the conditions that name one (RFC 9110, section 13.1)."""

import re
from hashlib import sha256

_TAG = re.compile(rb'(W/)?("[\x21\x23-\x7e\x80-\xff]*")')


def tag_of(revision: int, body: bytes) -> bytes:
    """
    What a strong entity tag holds: `12-f3a9c07d51be48aa`.

    The revision is in it so that a change can rest on what was looked at (If-Match); the digest, since two formats of
    one revision, or two versions of this program, don't say the same bytes.
    """
    # The digest that processors have an instruction for.
    return b"%d-%s" % (revision, sha256(body).hexdigest()[:16].encode())


def names_any(condition: bytes, tag: bytes) -> bool:
    """Whether If-None-Match names a tag, strong or weak alike (section 8.8.3.2); `*` names whatever there is."""
    return condition == tag or condition.strip() == b"*" or any(m[1] == tag for m in _TAG.findall(condition))


def names_strongly(condition: bytes, tag: bytes) -> bool:
    """Whether If-Match names just these bytes; a weak tag names none."""
    return condition.strip() == b"*" or (b"", tag) in _TAG.findall(condition)
