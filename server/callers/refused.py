"""Why a token lets nobody in."""


class TokenRefused(Exception):
    """A token that is not accepted. The text is half a sentence about it: ours, and with nothing of the token in it."""
