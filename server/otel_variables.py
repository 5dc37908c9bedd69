"""OpenTelemetry's variables that are set for every program of a machine, and name what only some of them have.

The library reads them while it is imported, and what it does not find then ends the process, or leaves a trace in its
log.
"""

import os

_PARTS = ("OTEL_PYTHON_TRACER_PROVIDER", "OTEL_PYTHON_CONTEXT")
_PROPAGATORS = "OTEL_PROPAGATORS"


def take_out_what_is_for_others() -> None:
    """Take them out of this process's environment, before OpenTelemetry is imported.

    Where spans are asked for, the server has a provider of its own for them. MCP names traces in the form of the W3C,
    which needs no propagator by name; that none is to be continued can still be said.
    """
    for name in _PARTS:
        os.environ.pop(name, None)
    named = os.environ.pop(_PROPAGATORS, "")
    if "none" in (name.strip().lower() for name in named.split(",")):
        os.environ[_PROPAGATORS] = "none"
