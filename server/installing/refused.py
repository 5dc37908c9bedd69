"""What stops an installation before anything is written."""


class Refused(Exception):
    """It was not done, and nothing was changed; the message says why, and what to do."""
