"""How a secret may be written: as it is, in a URL, in JSON, in HTML, as Python shows it, in base64 amid other text."""

import base64
import html
import json
from urllib.parse import quote, quote_plus


def forms_of(secret: str) -> set[bytes]:
    """Return the ways to write a secret, as bytes."""
    texts = {
        secret,
        quote(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        json.dumps(secret)[1:-1].replace("/", "\\/"),
        json.dumps(json.dumps(secret))[3:-3],
        html.escape(secret),
        repr(secret)[1:-1],
    }
    return {text.encode() for text in texts} | _in_base64(secret.encode())


def _in_base64(raw: bytes) -> set[bytes]:
    """Return what is the same wherever in a longer text the secret stands: without the characters at either end."""
    found: set[bytes] = set()
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + raw)
        whole = encoded[_FIRST[before] : (before + len(raw)) * 8 // 6]
        found |= {whole, whole.replace(b"+", b"-").replace(b"/", b"_")}
    return found


_FIRST = (0, 2, 3)
"""Characters at the beginning that also hold bits of what stands before, by how many bytes that are of three."""
