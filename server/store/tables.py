"""The tables of the store. Times are epoch seconds; texts are safe to show unless their column says otherwise."""

from sqlalchemy import JSON, Boolean, Column, Float, ForeignKey, Index, Integer, MetaData, Table, Text

REVISION = "0001"
"""The revision of the migrations that these tables are; a test holds the two together."""

METADATA = MetaData()

CONSENTS = Table(
    "consents",
    METADATA,
    Column("id", Text, primary_key=True, comment="digest of the handle; of a request for approval its public ID"),
    Column("way", Text, nullable=False, comment="question, token or page"),
    Column("call", Text, nullable=False, comment="digest of who calls what with which arguments, for refusals"),
    Column("open_call", Text, unique=True, comment="page: the call, until its end was told to the caller"),
    Column("bound", JSON, nullable=False, comment="what consent is bound to"),
    Column("shown", JSON, comment="page: what the person is shown"),
    Column("created", Float, nullable=False),
    Column("expires", Float, nullable=False),
    Column("outcome", Text, comment="empty while open; page: approved, then spent or stale"),
    Column("decided", Float),
    Column("decided_by", Text),
    Column("note", Text, comment="what the person who decided says"),
    Column("change_id", Text, comment="what was done with it"),
    Index("consents_of_a_call", "call", "decided"),
    Index("consents_by_age", "way", "created"),
)

CHANGES = Table(
    "changes",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True, comment="order in which changes began"),
    Column("id", Text, nullable=False, unique=True),
    Column("began", Float, nullable=False),
    Column("ended", Float),
    Column("audience", Text, nullable=False, comment="server and tenant"),
    Column("identity", Text, nullable=False),
    Column("caller", Text, nullable=False),
    Column("client", Text, nullable=False),
    Column("operation", Text, nullable=False),
    Column("destroys", Boolean, nullable=False),
    Column("task_id", Text, comment="empty while a task is being created"),
    Column("task_name", Text, nullable=False),
    Column("before", JSON, comment="status and specification, as the service gave them"),
    Column("sent", JSON, comment="the body of the request"),
    Column("outcome", Text, comment="done, not_done or unknown; empty while under way"),
    Column("undoes", Text, ForeignKey("changes.id"), comment="the change that this one undoes"),
    Column("undone_by", Text, comment="the change that undoes this one"),
    Index("changes_of_a_task", "task_id", "number"),
    Index("changes_of_a_caller", "audience", "identity", "began"),
)

SESSIONS = Table(
    "sessions",
    METADATA,
    Column("id", Text, primary_key=True, comment="digest of a handle that a browser holds"),
    Column("kind", Text, nullable=False, comment="ticket, sign_in or page"),
    Column("data", JSON, nullable=False),
    Column("expires", Float, nullable=False, index=True),
)

AUDIT = Table(
    "audit",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("at", Float, nullable=False, index=True),
    Column("record", JSON, nullable=False),
)
