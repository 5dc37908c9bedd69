"""HTTP/1.1 as bytes on a stream: what a proxy has to know of it to break it."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

END = b"\r\n\r\n"
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Message:
    """A request or an answer as it was read.

    Attributes:
        head: Start line and headers, with the empty line.
        body: What follows, as long as the head says.
    """

    head: bytes
    body: bytes

    @property
    def method(self) -> str:
        """The method, of a request."""
        return self.head.partition(b" ")[0].decode("latin-1")

    @property
    def whole(self) -> bytes:
        """The message as it goes over the wire."""
        return self.head + self.body

    def header(self, name: str) -> str | None:
        """Return a header's value."""
        for line in self.head.decode("latin-1").split("\r\n")[1:]:
            key, _, value = line.partition(":")
            if key.lower() == name.lower():
                return value.strip()
        return None

    def without(self, name: str) -> "Message":
        """Return the message without a header."""
        lines = self.head.split(b"\r\n")
        kept = [line for line in lines if not line.lower().startswith(name.lower().encode() + b":")]
        return Message(b"\r\n".join(kept), self.body)

    def having(self, name: str, value: str) -> "Message":
        """Return the message with a header, which takes the place of one of that name."""
        bare = self.without(name)
        return Message(bare.head.removesuffix(b"\r\n") + f"{name}: {value}\r\n\r\n".encode(), bare.body)

    def saying(self, body: bytes, content_type: str | None = None) -> "Message":
        """Return the message with another body, and its length."""
        said = Message(self.head, body).having("content-length", str(len(body)))
        return said if content_type is None else said.having("content-type", content_type)


async def read_message(reader: asyncio.StreamReader, begun: bytes = b"") -> Message:
    """Read a message of which some bytes were read already.

    Raises:
        IncompleteReadError: the other side closed before its end.
    """
    head = begun + await reader.readuntil(END)
    length = Message(head, b"").header("content-length")
    return Message(head, await reader.readexactly(int(length or 0)))


def answer(status: str, body: bytes = b"", content_type: str | None = None, **headers: str) -> Message:
    """Return an answer.

    Args:
        status: Code and reason, as `200 OK`.
        body: Its body.
        content_type: What the body calls itself.
        headers: More headers; underscores become hyphens.
    """
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    if content_type:
        given["content-type"] = content_type
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in given.items())]
    return Message(("\r\n".join(lines) + "\r\n\r\n").encode(), b"").saying(body)


def json_answer(status: str, document: Any, **headers: str) -> Message:
    """Return an answer in JSON."""
    return answer(status, json.dumps(document).encode(), JSON, **headers)
