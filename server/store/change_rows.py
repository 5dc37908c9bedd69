"""A change as the journal keeps it."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

ChangeOutcome = Literal["done", "not_done", "unknown"]


class NewChange(BaseModel):
    """A change that is about to be sent."""

    model_config = ConfigDict(frozen=True)

    audience: str
    identity: str
    caller: str
    client: str
    operation: str
    destroys: bool
    task_id: str | None
    task_name: str
    before: dict[str, Any] | None
    sent: dict[str, Any] | None
    undoes: str | None = None


class ChangeRow(NewChange):
    """A change as the journal has it; times are epoch seconds, `outcome` is empty while it is under way.

    Nothing is to be done about one that is not `genuine`: its seal does not fit.
    """

    id: str
    number: int
    began: float
    ended: float | None
    outcome: ChangeOutcome | None
    undone_by: str | None
    genuine: bool
