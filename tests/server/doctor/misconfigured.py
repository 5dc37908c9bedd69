"""What can be wrong: how it is arranged, the check that has to find it, and words of what that says and of the cure."""

import json
import time
from dataclasses import dataclass

from tests.server.doctor import around
from tests.server.doctor.around import (
    KEY,
    Arrangement,
    answering,
    by_proxy,
    given,
    no_tasks,
    page,
    refusal,
    saying,
    token,
    with_file,
    with_tls,
)
from tests.support.serving import COMMAND, PATIENCE

_PROFILE = json.dumps(
    {
        "credentials": {
            "type": "application_credentials",
            "api_key": "the-application",
            "api_secret": "its-secret-9b1d",
            "tenant_id": "acme",
            "gateway_url": "URL",
        }
    }
)


_HERS = token(exp=time.time() + 86_400)


@dataclass(frozen=True, slots=True)
class Ill:
    """Something that is wrong.

    Attributes:
        name: What it is.
        around: How it is arranged.
        check: Which check has to find it first.
        says: Words in what that says.
        cure: Words in the cure.
        patience: Seconds of each step; few where nothing ever comes.
    """

    name: str
    around: Arrangement
    check: str
    says: str
    cure: str
    patience: float = PATIENCE


SETTINGS = (
    Ill(
        "half a pair",
        given(WAYLAY_API_KEY=KEY["WAYLAY_API_KEY"]),
        "settings",
        "WAYLAY_API_SECRET is missing",
        "set WAYLAY_API_SECRET",
    ),
    Ill(
        "a misspelt credential",
        given(WAYLAY_APIKEY="x"),
        "settings",
        "did you mean WAYLAY_API_KEY?",
        "write WAYLAY_API_KEY",
    ),
    Ill(
        "a misspelt setting",
        given(WAYLAY_MCP_CONFRIM="human"),
        "settings",
        "did you mean WAYLAY_MCP_CONFIRM?",
        "write WAYLAY_MCP",
    ),
    Ill(
        "an address without credentials",
        given(WAYLAY_GATEWAY_URL="https://x.invalid"),
        "settings",
        "without",
        "set WAYLAY_API_KEY and",
    ),
    Ill(
        "an address without https",
        given(**KEY, WAYLAY_GATEWAY_URL="api.example.com"),
        "settings",
        "https://",
        "expected: an address",
    ),
    Ill(
        "http to elsewhere",
        given(**KEY, WAYLAY_GATEWAY_URL="http://x.invalid"),
        "settings",
        "in the clear",
        "use https://, or",
    ),
    Ill("two ways to sign in", given(**KEY, WAYLAY_TOKEN="a-token-too-2f81"), "settings", "are both set", "keep one"),
    Ill("a variable that is empty", given(WAYLAY_TOKEN=""), "settings", "set to nothing", "give it a value"),
)

ACCOUNT = (
    Ill("no such profile", given(WAYLAY_PROFILE="nobody"), "account", "there is no such profile", "SDK has stored"),
    Ill(
        "a placeholder", given(**KEY | {"WAYLAY_API_KEY": "${WAYLAY_API_KEY}"}), "account", "placeholder", "real value"
    ),
    Ill(
        "the example of a manual", given(**KEY | {"WAYLAY_API_SECRET": "your secret"}), "account", "placeholder", "real"
    ),
    Ill("quotes", given(WAYLAY_TOKEN='"a-token-6c40"'), "account", "has quotes around it", "Remove the quotes"),
    Ill("a whole header", given(WAYLAY_TOKEN="Bearer a-token-6c40"), "account", "the word Bearer", "follows that word"),
    Ill(
        "a token that expired", given(WAYLAY_TOKEN=token(exp=time.time() - 7200)), "account", "expired", "Set a new one"
    ),
)

WAY = (
    Ill("a SOCKS proxy", given(**KEY, ALL_PROXY="socks5://h:1"), "proxy", "names a SOCKS proxy", "pip install socksio"),
    Ill(
        "a proxy that is none", given(**KEY, HTTPS_PROXY="ftp://h"), "proxy", "HTTPS_PROXY cannot be understood", "http"
    ),
    Ill(
        "an unknown host",
        given(**KEY, WAYLAY_GATEWAY_URL="https://x.invalid"),
        "host name",
        "not known",
        "typing error",
    ),
    Ill("an unknown proxy", given(**KEY, HTTPS_PROXY="http://p.invalid:1"), "host name", "of the proxy", "HTTPS_PROXY"),
    Ill("nobody listens", around.a_closed_port, "connection", "refuses connections", "host and port"),
    Ill("a firewall", around.a_firewall, "connection", "a firewall drops", "whoever runs the firewall", patience=0.4),
    Ill("a proxy that is off", around.a_closed_proxy, "connection", "refuses connections", "https_proxy"),
    Ill("a proxy that wants a user", by_proxy(answering("407 Who")), "connection", "(407)", "in HTTPS_PROXY"),
    Ill(
        "a proxy that forbids",
        by_proxy(page("403 No", "Blocked")),
        "connection",
        "refuses to connect to waylay.invalid:",
        "whoever runs the proxy",
    ),
    Ill("a proxy that cannot get there", by_proxy(answering("502 Bad")), "connection", "cannot reach", "NO_PROXY"),
    Ill("no proxy at all", by_proxy(b"SSH-2.0-x\r\n\r\n"), "connection", "is no HTTP proxy", "HTTPS_PROXY"),
    Ill("a silent proxy", by_proxy(None), "connection", "did not answer", "whoever runs the proxy", patience=0.4),
)

TLS = (
    Ill("an unknown authority", with_tls(known=False), "TLS", "authority that is not known", "SSL_CERT_FILE"),
    Ill("a certificate that expired", with_tls(ended=True), "TLS", "has expired", "date of this machine"),
    Ill(
        "another host's certificate",
        with_tls("other.example"),
        "TLS",
        "for another host name",
        "host in WAYLAY_GATEWAY",
    ),
    Ill(
        "plain HTTP at the port of https", saying(page("400 Bad", "x"), "https"), "TLS", "does not speak TLS", "http://"
    ),
    Ill("a handshake that is cut", saying(b"", "https"), "TLS", "broke off the TLS handshake", "firewall"),
    Ill("a handshake that hangs", saying(None, "https"), "TLS", "then says nothing", "firewall", patience=2),
    Ill("no certificates", with_tls(SSL_CERT_FILE="/nowhere/none.pem"), "TLS", "no certificates", "PEM"),
)

GATEWAY = (
    Ill(
        "TLS at the port of http",
        with_tls(scheme="http"),
        "gateway",
        "TLS is spoken",
        "WAYLAY_GATEWAY_URL=https://127.",
    ),
    Ill("a captive portal", saying(page("200 OK", "Hotel Wi-Fi")), "gateway", "page comes back", "captive portal"),
    Ill(
        "a redirect to a sign-in",
        saying(answering("302 Found", location="https://portal.example/in?x=1")),
        "gateway",
        "302 to https://portal.example)",
        "captive portal",
    ),
    Ill(
        "http where https is wanted",
        saying(answering("301 Moved", location="https://127.0.0.1/")),
        "gateway",
        "wants https://",
        "WAYLAY_GATEWAY_URL=https://127.0.0.1",
    ),
    Ill("another web server", saying(page("404 Not Found", "nginx")), "gateway", "nginx", "API's address"),
    Ill(
        "another API", saying(answering("200 OK", '{"hello": "world"}')), "gateway", "another service", "API's address"
    ),
    Ill(
        "another API's 404", saying(answering("404 No", '{"error": "no route"}')), "gateway", "no Tasks API", "address"
    ),
    Ill(
        "a path in the address",
        saying(refusal(404, "No route"), path="/rules/v1"),
        "gateway",
        "below /rules/v1",
        "Leave the path out: WAYLAY_GATEWAY_URL=http://127.0.0.1:",
    ),
    Ill(
        "a firewall's page",
        saying(page("403 Forbidden", "Blocked by policy")),
        "gateway",
        "Blocked by policy",
        "through",
    ),
    Ill(
        "a proxy on plain HTTP",
        by_proxy(answering("407 Who"), "HTTP_PROXY", "http://waylay.invalid"),
        "gateway",
        "407",
        "into HTTP_PROXY",
    ),
    Ill("a service that is down", saying(page("503 Down", "x")), "gateway", "fails (503)", "Wait and try again"),
    Ill("silence", saying(None), "gateway", "does not answer within", "whether the service runs", patience=2),
    Ill("a connection that is closed", saying(b""), "gateway", "closes them without an answer", "port"),
)

RIGHTS = (
    Ill("a wrong key", saying(refusal(401, "Unauthorized")), "credentials", "(401", "WAYLAY_API_SECRET (environment)"),
    Ill(
        "a withdrawn token", saying(refusal(401, "No"), WAYLAY_TOKEN=_HERS), "credentials", 'tenant "acme"', "new token"
    ),
    Ill(
        "no permission",
        saying(refusal(403, "You are not authorized")),
        "permissions",
        "may not list tasks",
        "administers",
    ),
    Ill("another time than the gateway's", saying(no_tasks(-900), WAYLAY_TOKEN=_HERS), "clock", "ahead of", "NTP"),
)

HERE = (
    Ill(
        "no folder for the store",
        with_file("state", "", WAYLAY_MCP_STATE_DIR="FOLDER/state"),
        "store",
        "cannot be made",
        "WAYLAY_MCP_STATE_DIR",
    ),
    Ill(
        "a store that is none",
        with_file("s/state.sqlite3", "x" * 200, WAYLAY_MCP_STATE_DIR="FOLDER/s"),
        "store",
        "is no database",
        "WAYLAY_MCP_STATE_DIR",
    ),
    Ill(
        "workers without a key",
        given(WAYLAY_MCP_WORKERS="2", WAYLAY_MCP_STATE_DIR="FOLDER/s"),
        "store",
        "no key",
        "keys",
    ),
    Ill("an audit in no folder", given(WAYLAY_MCP_AUDIT="FOLDER/none/audit.jsonl"), "audit file", "no folder", "AUDIT"),
    Ill(
        "a mistake in the policy",
        with_file("p.toml", '[[rule]]\nrequire = "humans"\n', WAYLAY_MCP_POLICY="FOLDER/p.toml"),
        "policy",
        "p.toml, line 2",
        "Correct line 2 of ",
    ),
    Ill("no policy", given(WAYLAY_MCP_POLICY="FOLDER/p.toml"), "policy", "cannot be read", "account can read"),
    Ill(
        "a mistake among the tokens",
        with_file("t.toml", "ann = 1", WAYLAY_MCP_AUTH_TOKENS="FOLDER/t.toml"),
        "callers",
        "ann",
        "token new prints",
    ),
    Ill(
        "others who may call",
        given(WAYLAY_MCP_HOST="0.0.0.0", WAYLAY_MCP_ALLOWED_HOSTS="x"),  # noqa: S104 - nothing listens
        "callers",
        "loopback",
        "unset WAYLAY_MCP_HOST",
    ),
    Ill(
        "an issuer that is not there",
        given(WAYLAY_MCP_AUTH_ISSUER="https://login.invalid", WAYLAY_MCP_PUBLIC_URL="https://mcp.invalid"),
        "callers",
        "Nobody can sign in",
        "WAYLAY_MCP_AUTH_ISSUER",
    ),
    Ill(
        "approvers without a page",
        given(
            WAYLAY_MCP_OIDC_ISSUER="https://login.invalid",
            WAYLAY_MCP_OIDC_CLIENT_ID="x",
            WAYLAY_MCP_APPROVER_GROUP="ops",
            WAYLAY_MCP_PUBLIC_URL="https://mcp.invalid",
            WAYLAY_MCP_APPROVALS="off",
        ),
        "approvals",
        "leaves them no page",
        "WAYLAY_MCP_APPROVALS",
    ),
    Ill(
        "a sandbox in no database",
        with_file("s.db", "x" * 200, WAYLAY_MCP_SANDBOX_DB="FOLDER/s.db"),
        "sandbox",
        "no database",
        "WAYLAY_MCP_SANDBOX_DB",
    ),
    Ill(
        "a client that starts what is gone",
        with_file(".cursor/mcp.json", '{"mcpServers": {"waylay-tasks": {"command": "FOLDER/gone/waylay-tasks-mcp"}}}'),
        "clients",
        "Cursor starts",
        "install --client cursor",
    ),
    Ill(
        "a client that misspells a setting",
        with_file(
            ".cursor/mcp.json", '{"mcpServers": {"w": {"command": "' + COMMAND + '", "env": {"WAYLAY_APIKEY": "x"}}}}'
        ),
        "clients",
        "WAYLAY_APIKEY is no setting",
        "Correct it in ",
    ),
)

ILLS = (*SETTINGS, *ACCOUNT, *WAY, *TLS, *GATEWAY, *RIGHTS, *HERE)
