"""What a store that cannot be used is called."""

DRIVER = "psycopg[binary]>=3.2,<4"
"""PostgreSQL's driver, as pip takes it; `pyproject.toml` has the same as the extra `postgres`."""


class Unusable(Exception):
    """Why a database cannot be used, as the end of a sentence of ours that begins with its name."""


class StoreUnavailable(Exception):
    """The store cannot be used; nothing of what was to be kept is.

    Its text may name a path or a host: it is for logs and for whoever runs this server, not for assistants.

    Args:
        said: Which database, and what is the matter with it.
        setting: The setting that says where the store is.
    """

    def __init__(
        self, said: str = "the store failed", setting: str = "WAYLAY_MCP_STATE_DIR or WAYLAY_MCP_STATE_URL"
    ) -> None:
        super().__init__(said)
        self.setting = setting


class Conflict(StoreUnavailable):
    """Another worker has kept the same thing a moment ago."""
