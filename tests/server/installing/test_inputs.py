"""What VS Code asks its user for belongs to one entry, and goes when nothing refers to it any more."""

import json
from pathlib import Path
from typing import Any

from tests.server.installing.files import install

ASKS = "--ask-for-credentials"


def ids(file: Path) -> list[str]:
    return [one["id"] for one in json.loads(file.read_text())["inputs"]]


def entry(file: Path, name: str) -> dict[str, Any]:
    return json.loads(file.read_text())["servers"][name]


def test_two_entries_do_not_share_a_key(tmp_path: Path) -> None:
    file = tmp_path / "mcp.json"
    for name in ("wa", "wb"):
        assert install("vscode", file, "--name", name, ASKS) == 0
    assert ids(file) == ["waylay-api-key-wa", "waylay-api-secret-wa", "waylay-api-key-wb", "waylay-api-secret-wb"]
    assert install("vscode", file, "--name", "wa", "--remove") == 0
    assert ids(file) == ["waylay-api-key-wb", "waylay-api-secret-wb"]
    assert entry(file, "wb")["env"]["WAYLAY_API_KEY"] == "${input:waylay-api-key-wb}"


def test_what_another_server_refers_to_stays(tmp_path: Path) -> None:
    file = tmp_path / "mcp.json"
    assert install("vscode", file, ASKS) == 0
    data = json.loads(file.read_text())
    data["servers"]["other"] = {"command": "npx", "args": ["--key=${input:waylay-api-key}"]}
    file.write_text(json.dumps(data))
    assert install("vscode", file, "--remove") == 0
    assert ids(file) == ["waylay-api-key"]


def test_what_a_person_wrote_under_that_id_stays(tmp_path: Path) -> None:
    file = tmp_path / "mcp.json"
    theirs = {"type": "promptString", "id": "waylay-api-key", "description": "My key"}
    file.write_text(json.dumps({"inputs": [theirs], "servers": {}}))
    assert install("vscode", file, ASKS) == 0
    data = json.loads(file.read_text())
    file.write_text(json.dumps(data | {"more": 1}))
    assert install("vscode", file, "--remove") == 0
    assert json.loads(file.read_text())["inputs"] == [theirs]


def test_an_entry_of_another_name_that_asks_in_the_usual_way_takes_that_with_it(tmp_path: Path) -> None:
    file = tmp_path / "mcp.json"
    assert install("vscode", file, ASKS) == 0
    data = json.loads(file.read_text())
    file.write_text(json.dumps(data | {"servers": {"wa": data["servers"]["waylay-tasks"]}}))
    assert install("vscode", file, "--name", "wa", "--remove") == 0
    assert ids(file) == []
