"""Every setting there is, in one frozen model."""

from collections.abc import Callable, Iterator
from functools import cached_property, partial
from typing import Self
from urllib.parse import urlsplit

from pydantic import model_validator

from server.setting_groups.approvals import ApprovalSettings
from server.setting_groups.callers import CallerSettings
from server.setting_groups.consent import ConsentSettings
from server.setting_groups.records import RecordSettings
from server.setting_groups.sandbox import SandboxSettings
from server.setting_groups.upstream import UpstreamSettings
from server.setting_groups.web import WebSettings
from server.settings_checks import (
    check_approvers,
    check_callers,
    check_gateway_url,
    check_host,
    check_policy,
    check_sign_in,
)
from server.state_checks import check_keys, check_state


class SettingsError(Exception):
    """A setting that stops the start. The text is one line, ours, and holds no value of a secret."""


GROUPS = (
    SandboxSettings,
    CallerSettings,
    WebSettings,
    RecordSettings,
    ApprovalSettings,
    ConsentSettings,
    UpstreamSettings,
)
"""The groups that there are, in the order in which `Settings` is made of them."""


class Settings(
    SandboxSettings, CallerSettings, WebSettings, RecordSettings, ApprovalSettings, ConsentSettings, UpstreamSettings
):
    """What this server is to do and where.

    A field's alias is its name in the environment, and its description goes into the documentation's tables, in the
    order of the groups from the last to the first.
    """

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        """Hold settings that depend on each other to what they promise.

        Raises:
            ValueError: with a line that names what to set.
        """
        for condition in self.conditions():
            condition()
        return self

    def conditions(self) -> Iterator[Callable[[], None]]:
        """Yield what settings that depend on each other must satisfy; each raises ValueError with one line."""
        sign_in = (self.gateway_url, self.api_key, self.api_secret, self.token, self.profile)
        yield partial(check_sign_in, *sign_in)
        if self.gateway_url is not None:
            yield partial(check_gateway_url, self.gateway_url, allow_plain_http=self.allow_plain_http)
        yield partial(check_policy, self.policy, self.confirm)
        yield partial(check_state, self.state_url, self.state_dir)
        yield partial(check_keys, self.state_keys)
        client = (self.oidc_client_id, self.oidc_client_secret)
        group_or_scope = (self.approver_group, self.approver_scope)
        yield partial(check_approvers, self.public_url, self.oidc_issuer, *client, *group_or_scope)
        ways = (self.oidc_issuer, self.auth_tokens)
        yield partial(check_callers, self.auth_issuer, self.auth_audience, self.public_url, *ways)
        yield partial(check_host, self.host, self.answered_hosts)

    @property
    def answered_hosts(self) -> tuple[str, ...]:
        """Host names that are answered to: those that are allowed, and that of the public address."""
        return (*self.allowed_hosts, *(origin.partition("://")[2] for origin in self._public))

    @property
    def answered_origins(self) -> tuple[str, ...]:
        """Origins of pages that may call: those that are allowed, and this server's own."""
        return (*self.allowed_origins, *self._public)

    @property
    def _public(self) -> tuple[str, ...]:
        """The public address as browsers write it, if there is one."""
        if self.public_url is None:
            return ()
        parts = urlsplit(self.public_url.lower())
        usual = ":443" if parts.scheme == "https" else ":80"
        return (f"{parts.scheme}://{parts.netloc.removesuffix(usual)}",)

    @cached_property
    def uses_sandbox(self) -> bool:
        """Whether nothing upstream is configured, so that the embedded engine serves."""
        return self.token is None and self.api_key is None and self.profile is None
