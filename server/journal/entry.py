"""What the journal keeps of a change before it is sent."""

from typing import TYPE_CHECKING

from server.guard.call import Call
from server.guard.verdicts import Admitted
from server.journal.finding import name_in
from tools.contract import Effect, Request
from tools.text import clean

if TYPE_CHECKING:
    from server.store.change_rows import NewChange


def entry_of(call: Call, admitted: Admitted, request: Request, undoes: str | None) -> "NewChange":
    """Return the entry of the change that `request` is to make; `undoes` is the change that it undoes."""
    from server.store.change_rows import NewChange

    preview, caller = admitted.preview, call.caller
    target = preview.target if preview else None
    sent = dict(request.body) if request.body is not None else None
    return NewChange(
        audience=call.audience,
        identity=caller.identity,
        caller=caller.name,
        client=caller.client,
        operation=call.operation.name,
        destroys=call.operation.effect is Effect.DESTROY,
        task_id=target.id if target else None,
        task_name=clean(target.name if target else name_in(sent)),
        before=dict(preview.before) if preview and preview.before else None,
        sent=sent,
        undoes=undoes,
    )
