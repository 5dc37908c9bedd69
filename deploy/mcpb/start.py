# ruff: noqa: INP001 - it stands beside the packages in the bundle, and in none
"""What the .mcpb bundle starts, with the packages of its pyproject.toml around it."""

import os

from server.main import main

_UNFILLED = "${user_config."


def _drop_what_was_not_filled_in() -> None:
    """Take away the settings whose fields were left empty: hosts pass on nothing, or the manifest's placeholder."""
    for name, value in list(os.environ.items()):
        if name.startswith("WAYLAY_") and (not value.strip() or value.startswith(_UNFILLED)):
            del os.environ[name]


if __name__ == "__main__":
    _drop_what_was_not_filled_in()
    main()
