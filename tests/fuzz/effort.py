"""How much is tried: little with all the other tests, as much as is asked for by `make fuzz`."""

import os

from hypothesis import HealthCheck, Phase, settings

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "25"))
"""Examples of each property."""

FUZZ = settings(
    max_examples=EXAMPLES,
    deadline=None,
    # One server is kept for all examples. What it has been through cannot be repeated, and so not made smaller either.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
