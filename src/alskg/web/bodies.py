"""The bodies of requests: read up to a limit, as UTF-8, and never further than that."""

from email.message import Message
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect, Request

from alskg.characters import decoded
from alskg.errors import BadDocument, BadParameter, TooLarge, UnsupportedMedia
from alskg.plain_json import json_of

_PLAIN = "identity"

Model = TypeVar("Model", bound=BaseModel)


def media_type_of(request: Request) -> str:
    """The media type that a request says its body is of, in lower case and without parameters; "" for none."""
    return request.headers.get("content-type", "").split(";")[0].strip().lower()


async def text_of(request: Request, bytes_max: int, variable: str) -> str:
    """
    The body of a request, without a mark (U+FEFF) before it.

    Raises:
        TooLarge: it has more bytes than the limit, which the variable sets; what comes after isn't read.
        UnsupportedMedia: it says that it is compressed, or in another encoding than UTF-8.
        BadDocument: it is not UTF-8, or the connection ended before the request did.
    """
    coding = request.headers.get("content-encoding", _PLAIN).strip().lower()
    if coding not in ("", _PLAIN):
        # RFC 9110, section 15.5.16: what would be read is said with the refusal.
        raise UnsupportedMedia(
            f"Content-Encoding {coding} is not read here; send the body as it is.", available=[_PLAIN]
        )
    body = bytearray()
    try:
        async for part in request.stream():
            body += part
            if len(body) > bytes_max:
                raise TooLarge(
                    f"The request body has more than {bytes_max:,} bytes ({variable}).",
                    limit=variable.removeprefix("ALSKG_").lower(),
                )
    except ClientDisconnect as error:
        # Nobody reads the answer; but it is no fault of ours, and no line in the log.
        raise BadDocument("The connection ended before the request did.") from error
    charset = Message()
    charset["content-type"] = request.headers.get("content-type", "")
    if charset.get_content_charset("utf-8") not in ("utf-8", "us-ascii"):
        raise UnsupportedMedia(f"The request body is in {charset.get_content_charset()}; only UTF-8 is read here.")
    try:
        return decoded(body)
    except BadDocument as error:
        raise BadDocument(f"The request body can't be read: {error}", **error.extra) from error


def read_json(body: str, model: type[Model]) -> Model:
    """
    A JSON body as the model has it.

    Raises:
        BadDocument: it is not JSON.
        BadParameter: it isn't of the model's form; each key that is wrong is named.
    """
    values = json_of(body)
    try:
        return model.model_validate(values)
    except ValidationError as error:
        wrong = [(".".join(map(str, e["loc"])) or "the body", e["msg"]) for e in error.errors()]
        said = "; ".join(f"{where}: {what}" for where, what in wrong)
        known = ", ".join(field.alias or name for name, field in model.model_fields.items())
        errors = [{"parameter": where, "detail": what} for where, what in wrong]
        raise BadParameter(f"{said}. There are {known}.", errors=errors) from error
