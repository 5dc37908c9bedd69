"""Secrets stay out of the audit, in whatever shape and however deep they come; what is harmless mostly stays in."""

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.journal.redaction import without_secrets
from server.journal.secret_names import is_secret
from tests.conftest import MakeWorld
from tests.support.world import World, data
from tools.models.specification import TEMPLATE_EXAMPLE

CANARY = "hunter2CANARY"

SECRET_NAMES = """
    password Password PASSWORD passwd pwd db_pwd userPwd pass smtp_pass smtpPass smtppass passphrase passcode
    secret clientSecret client_secret secretKey accessKey access_key AccessKeyId accountKey SharedAccessKey apiKey
    api-key x-api-key X_API_KEY APIKey deployKey license_key key keys token accessToken refresh_token jwt idJwt bearer
    auth Authorization authorisation oauth2 authHeader basicAuth credential creds connectionString conn_str
    AZURE_STORAGE_CONNECTION_STRING sas sasUrl sas_token SAS sig signature hmac cookie Set-Cookie sessionId sid csrf
    privateKey private_key pin otp dsn webhook webhookUrl wachtwoord Kennwort motDePasse
    confirmation Confirmation confirm CONFIRM confirmed confirmationToken user_confirmation conformation comfirm confrim
    \uff50assword pass\u200bword
"""
HARMLESS_NAMES = """
    author authors authority keyboard keyword keyframe passenger passengers passive name title task_id taskId id
    template resource resourceTypes tag_keys tagKeys sort_key turkey monkey compass bypass spinning pump_spin variables
    sensors actuators properties frequency cron start type label version statesTrigger threshold user username email
    design assign signal sigma pinned sasquatch
"""

SHAPES: dict[str, Any] = {
    "yaml in a block": f"user: u\npassword: |\n  {CANARY}\n  {CANARY}\nport: 1",
    "yaml on the next line": f"password:\n  {CANARY}",
    "an option with a space": f"curl --password {CANARY} https://host.example",
    "a form's list": f"a=1&password[]={CANARY}&b[x]=2&token[t]={CANARY}",
    "a short pair": {"k": "password", "v": CANARY},
    "a name with what nobody sees": f"pass\u200bword: {CANARY}",
    "a pair": {"name": "password", "value": CANARY},
    "a pair by key": {"key": "apiKey", "value": CANARY, "enabled": True},
    "a pair with a default": {"id": "smtp_pass", "type": "string", "default": CANARY},
    "a header": {"header": "Authorization", "content": f"Token {CANARY}"},
    "a list of two": ["X-Api-Key", CANARY],
    "an option": ["--verbose", "--password", CANARY],
    "an option in one": [f"--password={CANARY}"],
    "many": {"passwords": [CANARY, {"old": CANARY}]},
    "a number": {"pin": [CANARY]},
    "a document as text": json.dumps({"actuators": [{"properties": {"password": CANARY}}]}),
    "a list as text": "\ufeff " + json.dumps([{"name": "pwd", "value": CANARY}]),
    "text in text": json.dumps({"inner": json.dumps({"password": CANARY})}),
    "broken text": f'{{"name": "x", "password": "{CANARY}"',
    "a broken list": f'["password" "{CANARY}"',
    "text that is quoted": json.dumps(json.dumps({"password": CANARY})),
    "text within text": f'payload={{"password": "{CANARY}", "b": 1}}',
    "an escaped quote": f'payload: "password": "a\\"{CANARY}"',
    "user info": f"https://user:{CANARY}@host.example/",
    "user info with a slash": f"https://user:a/{CANARY}@host.example/",
    "a user alone": f"postgresql://{CANARY}@db/x",
    "a query": f"https://host/path?device=1&access_token={CANARY}",
    "a signed address": f"https://host/blob?sv=2024&sig={CANARY}&se=2026",
    "a function's code": f"https://host/api/run?code={CANARY}",
    "an escaped query": f"https://host/?next=https%3A%2F%2Fx%3Faccess_token%3D{CANARY}",
    "an address in an assignment": f"url=https://host/?apikey={CANARY}",
    "a fragment": f"https://host/cb#id_token={CANARY}",
    "a connection string": f"Server=db;User=u;Pwd={CANARY};Database=x",
    "an account key": f"AccountName=x;AccountKey={CANARY}==;EndpointSuffix=core",
    "a bearer": f"bearer {CANARY}",
    "a header line": f"X-Auth-Token: {CANARY}",
    "a command": f"curl -H 'Authorization: Token {CANARY}' https://host/",
    "lines": f"user: me\npassword: {CANARY}\nhost: x",
    "an environment": f"export DB_PASSWORD='{CANARY}'",
    "a form": f"user=me&password={CANARY}",
    "an element": f"<user>me</user><password>{CANARY}</password>",
    "a JSON Web Token": f"eyJhbGciOiJIUzI1NiJ9.{CANARY}.x",
    "a private key": f"-----BEGIN RSA PRIVATE KEY-----\n{CANARY}\n-----END RSA PRIVATE KEY-----",
    "a key of GitHub": f"ghp_{CANARY}",
    "a token of this server's": f"waylay_mcp_{CANARY}{CANARY}",
    "a confirmation": f"the user said yes\\nc.{CANARY}{CANARY[:9]}",
    "a web hook": f"https://hooks.slack.com/services/T0/B0/{CANARY}",
    "a name that holds it": {f"https://u:{CANARY}@host/": 1},
}


@pytest.mark.parametrize("name", SECRET_NAMES.split())
def test_what_has_a_secret_name_is_hidden(name: str) -> None:
    assert is_secret(name)
    assert without_secrets({"specification": {name: CANARY}}) == {"specification": {name: "…"}}


@pytest.mark.parametrize("name", HARMLESS_NAMES.split())
def test_what_has_a_harmless_name_stays(name: str) -> None:
    assert without_secrets({"specification": {name: "value"}}) == {"specification": {name: "value"}}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("depth", [0, 1, 7, 60])
def test_secrets_are_hidden_in_every_shape_and_at_any_depth(shape: str, depth: int) -> None:
    value = SHAPES[shape]
    for level in range(depth):
        value = [value] if level % 2 else {"properties": value, "beside": "it"}
    shown = json.dumps(without_secrets({"specification": value}))
    assert CANARY not in shown
    assert "specification" in shown


nested = st.recursive(
    st.sampled_from(list(SHAPES.values())),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(HARMLESS_NAMES.split()), inner, max_size=3)
        | inner.map(json.dumps)
    ),
    max_leaves=8,
)


@given(nested)
def test_secrets_are_hidden_in_every_mixture_of_shapes(value: object) -> None:
    assert CANARY not in json.dumps(without_secrets({"specification": value}))


@pytest.mark.parametrize(
    "text",
    [
        "Alarm when temperature > 5: call Bob at 12:30",
        "https://host.example/path?device=7&from=2026-01-01",
        "name=Pump watch; resource=coldstore-4",
        "The author of this rule: unknown",
        '${door.isOpen} == true && "x" != "y"',
        '"Pump watch" is the name, and 7 the limit',
        "0 0/5 * * * ?",
    ],
)
def test_harmless_texts_stay_as_they_are(text: str) -> None:
    assert without_secrets({"notes": text, "specification": {"notes": [text]}}) == {
        "notes": text,
        "specification": {"notes": [text]},
    }


def test_the_key_of_a_harmless_pair_stays_with_its_value() -> None:
    pair = {"key": "criticality", "value": "high"}
    assert without_secrets({"tags": [pair]}) == {"tags": [pair]}
    assert without_secrets({"name": "Reset of passwords", "frequency": 1}) == {
        "name": "Reset of passwords",
        "frequency": 1,
    }


def test_what_says_nothing_of_a_secret_stays() -> None:
    given = {"usePassword": True, "token": None, "start": False, "frequency": 60_000}
    assert without_secrets(given) == given


def test_of_a_document_that_cannot_be_read_only_the_size_is_kept() -> None:
    assert without_secrets({"specification": '{"a": '}) == {"specification": "… (6 characters)"}
    assert without_secrets({"specification": "[" * 5000}) == {"specification": "… (5000 characters)"}


@pytest.mark.parametrize("value", [float("nan"), float("-inf"), json.loads("[1e999]"), 10**4000])
def test_numbers_that_no_json_has_are_kept_as_texts_or_left_out(value: object) -> None:
    json.dumps(without_secrets({"hits": value}), allow_nan=False)


def test_numbers_and_nesting_without_end_are_left_out() -> None:
    endless: list[object] = []
    for _ in range(100_000):
        endless = [endless]
    assert without_secrets({"x": endless}) == {"left_out": "what JSON cannot hold"}
    assert without_secrets({"x": 10**5000}) == {"left_out": "what JSON cannot hold"}


@pytest.mark.parametrize(
    "part",
    ["a:", "a", "a-", "://", "a ", "password=", "password:'", "a\\", '\\"', "eyJ", "Basic ", "-----BEGIN ", " ", "a=>"],
)
def test_no_text_takes_long(part: str) -> None:
    text = part * (19_000 // len(part))
    began = time.perf_counter()
    without_secrets({"notes": text})
    assert time.perf_counter() - began < 1


async def test_a_document_that_came_as_text_is_kept_without_its_secrets(world: World) -> None:
    document = {**TEMPLATE_EXAMPLE, "variables": {"password": CANARY, "limit": 7}}
    made = await world.call("create_task", specification=json.dumps(document))
    await world.call("replace_task", task_id=data(made)["task_id"], specification=json.dumps({**document, "x y": 1}))
    await world.call("create_task", specification=json.dumps({"variables": {"password": CANARY}}))
    await world.call("create_task", specification=f'{{"variables": {{"password": "{CANARY}"')
    records = [record for _, record in world.store.audit.since(0, 99)]
    kept = [record["arguments"]["specification"] for record in records if record["kind"] == "call"]
    hidden = {**document, "variables": {"password": "…", "limit": 7}}
    assert kept == [hidden, {**hidden, "x y": 1}, {"variables": {"password": "…"}}, "… (42 characters)"]


async def test_a_confirmation_in_a_wrong_place_stays_out_of_the_audit(world: World) -> None:
    offer = await world.call("stop_task", task_id=world.sandbox.create())
    token = data(offer)["confirmation_required"]["confirmation"]
    await world.call("start_task", task_id=token)
    await world.call("create_task", specification={**TEMPLATE_EXAMPLE, "name": f"{token[:9]}\u2066{token[9:]}"})
    await world.call("create_task", specification={**TEMPLATE_EXAMPLE, "name": f"The user agreed: {token}."})
    records = json.dumps(world.store.audit.since(0, 99))
    assert records.count('"kind": "call"') == 4
    assert token not in records


async def test_a_question_and_an_undo_keep_secrets_out_as_well(make_world: MakeWorld) -> None:
    world = make_world()
    document = {**TEMPLATE_EXAMPLE, "variables": {"apiKey": CANARY, "url": f"https://u:{CANARY}@host/"}}
    made = await world.call("create_task", specification=document)
    task_id = data(made)["task_id"]
    replaced = await world.call("replace_task", task_id=task_id, specification={**document, "name": CANARY[:3]})
    await world.call("undo_change", change_id=data(replaced)["change_id"])
    offer = await world.call("delete_task", task_id=task_id, force_stop=True)
    token = data(offer)["confirmation_required"]["confirmation"]
    await world.call("delete_task", task_id="another", confirmation=token)
    for misspelt in ({"confirm": token}, {"Confirmation": token}, {"comfirmation": token}, {"confirmations": [token]}):
        await world.call("delete_task", task_id=task_id, **misspelt)
    for within in ({"confirmation": token}, [f"confirmation={token}"], f'{{"confirmation": "{token}"}}'):
        await world.call("delete_task", task_id=task_id, options=within)
    told = json.dumps([record for _, record in world.store.audit.since(0, 99)])
    assert CANARY not in told
    assert token not in told
