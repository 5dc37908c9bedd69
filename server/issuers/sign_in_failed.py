"""Why somebody could not sign in."""


class SignInFailed(Exception):
    """Nobody was signed in. The text is a sentence for the person: ours, foreign words in quotes, and no secret."""
