"""What a file for the audit that cannot be written is called."""

from pathlib import Path

from server.settings import Settings, SettingsError


def check_audit_file(settings: Settings) -> None:
    """Make the file that gets the audit, unless it is there.

    Raises:
        SettingsError: it cannot be written.
    """
    if settings.audit in (None, "stderr"):
        return
    path = Path(settings.audit)
    try:
        path.touch(mode=0o600, exist_ok=True)
        # Opening a pipe would wait for whoever reads it.
        if not path.is_fifo():
            path.open("a").close()
    except OSError as error:
        raise SettingsError(f"WAYLAY_MCP_AUDIT: {path} cannot be written ({error.strerror})") from None
