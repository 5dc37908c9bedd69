"""The tables of the store. Times are epoch seconds; texts are safe to show unless their column says otherwise."""

from sqlalchemy import Boolean, Column, Float, ForeignKey, Index, Integer, MetaData, Table

from server.store.column_types import AnyText, Document

REVISION = "0002"
"""The revision of the migrations that these tables are; a test holds the two together."""

METADATA = MetaData()

_SEAL = "what only a server with a key can write; empty where there are no keys"

CONSENTS = Table(
    "consents",
    METADATA,
    Column("id", AnyText, primary_key=True, comment="digest of the handle; of a request for approval its public ID"),
    Column("way", AnyText, nullable=False, comment="question, token or page"),
    Column("call", AnyText, nullable=False, comment="digest of who calls what with which arguments, for refusals"),
    Column("open_call", AnyText, unique=True, comment="page: the call, until its end was told to the caller"),
    Column("bound", Document, nullable=False, comment="what consent is bound to"),
    Column("caller", AnyText, nullable=False, comment="digest of who calls, for how much they may have open"),
    Column("page", AnyText, comment="page: the page on which it can be decided"),
    Column("shown", Document, comment="page: what the person is shown"),
    Column("created", Float, nullable=False),
    Column("expires", Float, nullable=False),
    Column("outcome", AnyText, comment="empty while open; page: approved, then spent or stale"),
    Column("decided", Float),
    Column("decided_by", AnyText),
    Column("note", AnyText, comment="what the person who decided says"),
    Column("change_id", AnyText, comment="what was done with it"),
    Column("seal", AnyText, comment=_SEAL),
    Index("consents_of_a_call", "call", "decided"),
    Index("consents_by_age", "way", "created"),
    Index("consents_of_a_caller", "caller", "expires"),
)

CHANGES = Table(
    "changes",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True, comment="order in which changes began"),
    Column("id", AnyText, nullable=False, unique=True),
    Column("began", Float, nullable=False),
    Column("ended", Float),
    Column("audience", AnyText, nullable=False, comment="server and tenant"),
    Column("identity", AnyText, nullable=False),
    Column("caller", AnyText, nullable=False),
    Column("client", AnyText, nullable=False),
    Column("operation", AnyText, nullable=False),
    Column("destroys", Boolean, nullable=False),
    Column("task_id", AnyText, comment="empty while a task is being created"),
    Column("task_name", AnyText, nullable=False),
    Column("before", Document, comment="status and specification, as the service gave them"),
    Column("sent", Document, comment="the body of the request"),
    Column("outcome", AnyText, comment="done, not_done or unknown; empty while under way"),
    Column("undoes", AnyText, ForeignKey("changes.id"), comment="the change that this one undoes"),
    Column("undone_by", AnyText, comment="the change that undoes this one"),
    Column("looked", Float, comment="when it was last looked up in vain"),
    Column("seal", AnyText, comment=_SEAL),
    Index("changes_of_a_task", "task_id", "number"),
    Index("changes_of_a_caller", "audience", "identity", "began"),
    Index("changes_by_age", "began"),
    Index("changes_that_undo", "undoes"),
    Index("changes_undone_by", "undone_by"),
    Index("changes_looked_up", "looked"),
)

SESSIONS = Table(
    "sessions",
    METADATA,
    Column("id", AnyText, primary_key=True, comment="digest of a handle that a browser holds"),
    Column("kind", AnyText, nullable=False, comment="ticket, sign_in or page"),
    Column("data", Document, nullable=False),
    Column("expires", Float, nullable=False, index=True),
    Column("seal", AnyText, comment=_SEAL),
)

AUDIT = Table(
    "audit",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("at", Float, nullable=False, index=True),
    Column("record", Document, nullable=False),
)
