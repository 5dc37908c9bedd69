"""What a store that cannot be used is called."""


class StoreUnavailable(Exception):
    """The store cannot be used; nothing of what was to be kept is."""


class Conflict(StoreUnavailable):
    """Another worker has kept the same thing a moment ago."""
