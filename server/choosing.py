"""The policy that the settings choose."""

from server.guard.policy import DefaultPolicy, OpenPolicy, Policy, tightened
from server.settings import Settings


def policy_for(settings: Settings) -> Policy:
    """Return the policy: the file's or the default, tightened where only a person counts.

    Raises:
        SettingsError: the file cannot be used.
    """
    if settings.policy is not None:
        from server.policy.reading import read_policy

        chosen: Policy = read_policy(settings.policy)
    else:
        chosen = OpenPolicy() if settings.confirm == "off" else DefaultPolicy()
    return tightened(chosen, "human") if settings.confirm == "human" else chosen
