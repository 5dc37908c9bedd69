"""Which names stand for secrets. Where that is in doubt they do: what the audit hides, the journal has."""

import re
import unicodedata

_ANYWHERE = re.compile(
    r"pass(?:w|phrase|code|key)|pwd|secret|token|credential|jwt|bearer|cookie|session|signature|hmac|webhook"
    r"|(?:connection|conn)str|auth(?!or(?!i[sz]))|kennwort|wachtwoord|motdepasse|sas(?:ur[il]|key|sig)"
    r"|co[nm]?f(?:[io]r?|ri)m"
)
"""In a name without its separators: `auth` as in `oauth2` and `authorization`, not as in `author`. A confirmation under
a name that is misspelt is refused and stays good, so it is kept out under such names too."""

_KEY = re.compile(
    r"(?:api|access|account|private|shared|secret|signing|encryption|storage|subscription|master|function|client|host)key"
)
_ENDING = re.compile(
    r"(?<!tag)(?<!sort)(?<!foreign)(?<!group)(?<!partition)(?<!hot)(?<!mon)(?<!don)(?<!tur)(?<!hoc)(?<!whis)keys?$"
    r"|(?<!by)(?<!com)(?<!over)(?<!under)(?<!tres)pass$"
)
"""`deployKey` and `smtp_pass`, not `tag_keys`, `turkey` or `bypass`. A name that is `key` alone ends so as well."""

_WORDS = re.compile(r"pass|pw|auth|sas|sig|sid|pins?|t?otp|mfa|csrf|xsrf|dsn|psk|pat|creds?|mdp")
"""Too short to be looked for inside of others: `pin` is a secret, `pump_spinning` is none."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_MAX_NAME = 200


def is_secret(name: str) -> bool:
    """Tell whether what goes by this name is kept from the audit."""
    if len(name) > _MAX_NAME:
        return True
    plain = unicodedata.normalize("NFKC", name)
    words = [word.lower() for word in _WORD.findall(plain)]
    whole = "".join(words)
    found = _ANYWHERE.search(whole) or _KEY.search(whole) or _ENDING.search(whole)
    return found is not None or any(map(_WORDS.fullmatch, words))
