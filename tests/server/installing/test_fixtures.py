from pathlib import Path

import pytest

from server.installing.documents import servers_of, text_of, with_entry, without_entry
from server.installing.jsonc.putting import put_edits
from tests.server.installing.files import (
    CLIENTS,
    ENTRY,
    FIXTURES,
    copied,
    copies,
    data,
    every_fixture,
    install,
    names,
    servers,
    texts,
)

SERVER = {"command": "/x/waylay-tasks-mcp", "args": ["--read-only"]}


def test_there_are_ten_files_or_more_for_each_client() -> None:
    assert {path.name for path in FIXTURES.iterdir() if path.is_dir()} == CLIENTS.keys()
    for client in CLIENTS:
        assert len(list((FIXTURES / client).iterdir())) >= 10


@every_fixture
def test_there_and_back(fixture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is written is one entry, nothing of others is shown, and a removal brings every byte back."""
    file, client = copied(fixture, tmp_path), fixture.parent.name
    before = data(file)
    assert install(client, file, "--read-only") == 0
    after = data(file)
    (key,) = CLIENTS[client].path
    others, now = dict(before.get(key, {})), dict(after[key])
    old = others.pop(ENTRY, None)
    assert now.pop(ENTRY)["args"][-1] == "--read-only"
    assert (now, {**after, key: None}) == (others, {**before, key: None})
    assert [copy.read_bytes() for copy in copies(file)] == [fixture.read_bytes()]
    assert install(client, file, "--remove") == 0
    if old is None:
        assert file.read_bytes() == fixture.read_bytes()
    shown, known = capsys.readouterr().out, {*names(before), *texts(after[key][ENTRY])}
    hidden = [text for text in texts(others) if len(text) > 6 and text not in known and not text.startswith("${")]
    assert not [text for text in hidden if text in shown]


@every_fixture
def test_characters_are_only_put_in_and_without_a_copy_they_come_out_again(fixture: Path) -> None:
    client = CLIENTS[fixture.parent.name]
    text = text_of(fixture.read_bytes())
    others = servers_of(client, text)
    changed = with_entry(client, text, ENTRY, SERVER)
    if ENTRY not in others and client.format == "json":
        edits = put_edits(text, (*client.path, ENTRY), SERVER)
        assert all(edit.start == edit.end for edit in edits)
        assert [edit.text for edit in edits[:-1]] in ([], [","])
    if ENTRY not in others and client.format == "toml" and not fixture.stem.startswith("07-inline"):
        assert changed.startswith(text)
    back = without_entry(client, changed, ENTRY)
    others.pop(ENTRY, None)
    assert servers_of(client, back) == others
    if others and ENTRY not in text and text.endswith("}\n"):
        assert back == text


@pytest.mark.parametrize("client", CLIENTS)
def test_a_second_time_there_is_nothing_to_do_and_what_a_person_added_stays(
    client: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (fixture,) = (FIXTURES / client).glob("*has-an-older-entry*")
    file = copied(fixture, tmp_path)
    old = servers(client, file)[ENTRY]
    install(client, file, "--read-only")
    new, written, kept = servers(client, file)[ENTRY], file.read_bytes(), copies(file)
    assert (new["env"], new.get("autoApprove")) == (old["env"], old.get("autoApprove"))
    assert (new["command"] != old["command"], new["args"]) == (True, ["--read-only"])
    assert b"the plant in Ghent" in written
    capsys.readouterr()
    assert install(client, file, "--read-only") == 0
    assert "Nothing to do: waylay-tasks is in it already, just so." in capsys.readouterr().out
    assert (file.read_bytes(), copies(file)) == (written, kept)
