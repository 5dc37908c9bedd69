"""What is said after a failure: what to do next, and who can."""

from tools.contract import Request

FIND_OUT = "Whether it was carried out is not known: look with get_task or list_tasks before doing anything again."
LOOK = "The service reported success: look with get_task or list_tasks."
ADDRESS = "The person who runs this server should check WAYLAY_GATEWAY_URL."
CREDENTIALS = "The person who runs this server has to mend its credentials; trying again does not help."

TOKEN_REQUEST = Request("GET", ("accounts", "v1", "tokens"))
"""Stands for the exchange of credentials where a failure is named: like reading, it changes no task."""
