"""Where consents, changes and the audit are kept."""

import os
from pathlib import Path

from server.doctor.check import Finding, fine, problem, warning
from server.doctor.examined import Examined
from server.doctor.file_access import cannot_be_written
from server.doctor.in_time import in_time
from server.settings import Settings, SettingsError
from server.state import store_address
from server.state_checks import NEW_KEY
from server.store.unavailable import StoreUnavailable
from tools.text import clean

SECONDS = 6
"""How long it may take to open."""

_FOLDER = "Set WAYLAY_MCP_STATE_DIR to a folder that this account can write in, or give it the right to."
_TABLES = {
    "none": " It is empty: its tables are made at the first start.",
    "as they should be": "",
    "older": " Its tables are those of an older version: they are migrated at the next start.",
}


async def look_at_store(examined: Examined) -> Finding:
    """Find out whether it can be used."""
    settings = examined.settings
    try:
        address = store_address(settings)
    except SettingsError as error:
        return problem(f"The server does not start: {clean(error, 200)}.", _FOLDER)
    if address == "sqlite://":
        return _of_workers(settings) or fine("In memory, as the sandbox's tasks are: it ends with the server.")
    try:
        finding = await in_time(lambda: _looked(address, settings), SECONDS - 0.5)
    except TimeoutError:
        return problem(f"It does not answer within {SECONDS} seconds.", _where(settings))
    return finding if finding.status != "ok" else _of_workers(settings) or _of_seals(settings) or finding


def _looked(address: str, settings: Settings) -> Finding:
    from server.doctor.database import file_of, is_postgresql, look_into

    # This never raises; why a folder may not be looked into is found out below.
    if not is_postgresql(address) and not os.path.exists(file_of(address)):  # noqa: PTH110
        return _to_be_made(file_of(address))
    try:
        tables = look_into(address)
    except StoreUnavailable as error:
        said = clean(error, 300)
        return problem(f"{said[0].upper()}{said[1:]}.", _where(settings), cause="unusable")
    if tables == "newer":
        says = "A newer version of this server has made its tables, so this one cannot use them. Nothing was changed."
        return problem(says, f"Install that version, or name another place: {_where(settings)}")
    where = "PostgreSQL" if is_postgresql(address) else clean(file_of(address), 200)
    return fine(f"{where} can be read and written.{_TABLES[tables]}", tables=tables)


def _to_be_made(path: Path) -> Finding:
    why = cannot_be_written(path, with_folders=True)
    if why is not None:
        return problem(f"{clean(path, 200)} cannot be made: {clean(why, 200)}.", _FOLDER)
    return fine(f"{clean(path, 200)} is made when it is first needed.")


def _where(settings: Settings) -> str:
    if settings.state_url is not None:
        return "Look at WAYLAY_MCP_STATE_URL (host, database, user, password), and whether the database runs."
    return (
        "Set WAYLAY_MCP_STATE_DIR to another folder, or let this account write there. A damaged file can be moved "
        "away: a new one is made, without the changes in the old one."
    )


def _of_workers(settings: Settings) -> Finding | None:
    """Return what workers lack to seal consents for each other."""
    from server.web.shared import for_workers

    try:
        if settings.workers > 1:
            for_workers(settings, Path())
    except SettingsError:
        says = f"serve --http with {settings.workers} workers does not start: it has no key to seal consents with."
        return problem(says, f"Set WAYLAY_MCP_STATE_KEYS to what `{NEW_KEY}` prints.", cause="keys")
    return None


def _of_seals(settings: Settings) -> Finding | None:
    if settings.state_url is None or settings.state_keys:
        return None
    says = (
        "It can be read and written. Nothing in it is sealed: whoever can write to the database could make a consent."
    )
    return warning(says, f"Set WAYLAY_MCP_STATE_KEYS on every server to what `{NEW_KEY}` prints.", cause="keys")
