"""All checks, in the order in which they are told of."""

from server.doctor import (
    of_account,
    of_approvals,
    of_callers,
    of_clients,
    of_files,
    of_settings,
    of_the_api,
    of_the_clock,
    of_the_credentials,
    of_the_gateway,
    of_the_store,
    of_the_way,
    of_tls,
)
from server.doctor.check import Check, of_a_gateway

_SETTINGS, _ACCOUNT, _PROXY, _NAME, _CONNECTION, _TLS = "settings", "account", "proxy", "host name", "connection", "TLS"
_GATEWAY, _CREDENTIALS, _PERMISSIONS = "gateway", "credentials", "permissions"

CHECKS = (
    Check(_SETTINGS, of_settings.look_at_settings),
    Check(_ACCOUNT, of_account.look_at_account, needs=(_SETTINGS,)),
    Check("sandbox", of_files.look_at_sandbox, needs=(_SETTINGS,), applies=of_files.keeps_the_sandbox, is_usual=False),
    Check(_PROXY, of_the_way.look_at_proxy, needs=(_ACCOUNT,), applies=of_a_gateway),
    Check(_NAME, of_the_way.look_up_name, needs=(_PROXY,), applies=of_a_gateway, seconds=4),
    Check(_CONNECTION, of_the_way.look_at_connection, needs=(_NAME,), applies=of_a_gateway, seconds=4),
    Check(_TLS, of_tls.look_at_tls, needs=(_CONNECTION,), applies=of_a_gateway, seconds=4),
    Check(_GATEWAY, of_the_gateway.look_at_gateway, needs=(_TLS,), applies=of_a_gateway, seconds=7),
    Check(_CREDENTIALS, of_the_credentials.look_at_credentials, needs=(_GATEWAY,), applies=of_a_gateway),
    Check(_PERMISSIONS, of_the_credentials.look_at_permissions, needs=(_CREDENTIALS,), applies=of_a_gateway, seconds=4),
    Check("API version", of_the_api.look_at_api, needs=(_PERMISSIONS,), applies=of_a_gateway, seconds=8),
    Check("clock", of_the_clock.look_at_clock, needs=(_GATEWAY,), applies=of_a_gateway),
    Check("store", of_the_store.look_at_store, needs=(_SETTINGS,), seconds=of_the_store.SECONDS),
    Check("audit file", of_files.look_at_audit, needs=(_SETTINGS,), applies=of_files.writes_an_audit, is_usual=False),
    Check("policy", of_files.look_at_policy, needs=(_SETTINGS,)),
    Check("approvals", of_approvals.look_at_approvals, needs=(_SETTINGS,)),
    Check(
        "callers",
        of_callers.look_at_callers,
        needs=(_SETTINGS,),
        applies=of_callers.may_be_called,
        is_usual=False,
        seconds=of_callers.SECONDS,
    ),
    Check("clients", of_clients.look_at_clients, seconds=of_clients.SECONDS),
)
