"""A key is found where people keep it, and goes nowhere it does not belong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbsync.credentials import Key, forget_key, keep_key
from nbsync.credentials import find_key as find_key_in
from nbsync.errors import AuthError

US, EU = "https://us.posthog.com", "https://eu.posthog.com"
OWN, LOCAL = "https://ph.example.com", "http://127.0.0.1:8000"


def find_key(host: str, env: dict[str, str], home: Path) -> Key:
    """Find a key where nbsync's own file lies in the home folder, too."""
    return find_key_in(host, env, home, folder=home / "own")


def stored(home: Path, **fields: object) -> Path:
    folder = home / ".posthog"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "credentials.json").write_text(json.dumps(fields))
    return home


def missing(host: str, env: dict[str, str], home: Path) -> AuthError:
    with pytest.raises(AuthError) as caught:
        find_key(host, env, home)
    error = caught.value
    assert "phx_1" not in error.message + error.hint
    assert error.exit_code == 3
    return error


def test_the_first_place_with_a_key_for_the_host_counts(tmp_path: Path) -> None:
    stored(tmp_path, host=None, token="phx_3", env_id="1")
    env = {"POSTHOG_PERSONAL_API_KEY": " phx_1\n", "POSTHOG_CLI_API_KEY": "phx_2"}
    assert find_key(US, env, tmp_path) == Key("phx_1", "POSTHOG_PERSONAL_API_KEY")
    del env["POSTHOG_PERSONAL_API_KEY"]
    assert find_key(US, env, tmp_path) == Key("phx_2", "POSTHOG_CLI_API_KEY")
    env["POSTHOG_CLI_TOKEN"] = env.pop("POSTHOG_CLI_API_KEY")
    assert find_key(US, env, tmp_path) == Key("phx_2", "POSTHOG_CLI_TOKEN")
    found = find_key(US, {}, tmp_path)
    assert found.value == "phx_3" and str(tmp_path) in found.source


def test_a_keys_repr_does_not_show_it() -> None:
    assert "phx" not in repr(Key("phx_1", "x")) + str(Key("phx_1", "x"))


@pytest.mark.parametrize("host", [US, EU, "https://app.posthog.com"])
def test_a_key_without_a_host_goes_to_posthogs_clouds(host: str, tmp_path: Path) -> None:
    assert find_key(host, {"POSTHOG_PERSONAL_API_KEY": "phx_1"}, tmp_path).value == "phx_1"


@pytest.mark.parametrize(
    "host", [OWN, LOCAL, "http://localhost:1", "https://us.posthog.com.evil.example"]
)
def test_a_key_without_a_host_goes_nowhere_else_not_even_to_this_machine(
    host: str, tmp_path: Path
) -> None:
    error = missing(host, {"POSTHOG_PERSONAL_API_KEY": "phx_1"}, tmp_path)
    assert "POSTHOG_PERSONAL_API_KEY: without a host it goes to PostHog's clouds only" in str(error)
    assert error.hint.endswith(f"export POSTHOG_PERSONAL_API_KEY=phx_… POSTHOG_HOST={host}")
    assert ("only if that is your own PostHog" in error.hint) is host.startswith("https")


@pytest.mark.parametrize(
    ("key", "place"),
    [
        ("POSTHOG_PERSONAL_API_KEY", "POSTHOG_HOST"),
        ("POSTHOG_CLI_API_KEY", "POSTHOG_CLI_HOST"),
        ("POSTHOG_CLI_TOKEN", "POSTHOG_CLI_HOST"),
    ],
)
def test_a_key_with_a_host_beside_it_goes_to_that_host_alone(
    key: str, place: str, tmp_path: Path
) -> None:
    env = {key: "phx_1", place: f"{OWN}/"}
    assert find_key(OWN, env, tmp_path) == Key("phx_1", key)
    assert f"{key}: it is for {OWN} only" in str(missing(US, env, tmp_path))
    assert find_key(LOCAL, {key: "phx_1", place: LOCAL}, tmp_path).value == "phx_1"


def test_a_host_binds_only_the_key_it_stands_beside(tmp_path: Path) -> None:
    env = {"POSTHOG_PERSONAL_API_KEY": "phx_1", "POSTHOG_CLI_HOST": OWN}
    missing(OWN, env, tmp_path)
    assert find_key(EU, env, tmp_path).value == "phx_1"


def test_a_key_for_another_host_leaves_the_next_place_to_look_at(tmp_path: Path) -> None:
    stored(tmp_path, host=OWN, token="phx_3", env_id="1")
    env = {"POSTHOG_PERSONAL_API_KEY": "phx_1", "POSTHOG_HOST": US}
    assert find_key(OWN, env, tmp_path).value == "phx_3"


@pytest.mark.parametrize(("host", "goes_to"), [(None, US), ("", US), ("eu", EU), (OWN, OWN)])
def test_a_stored_key_goes_to_the_host_it_was_stored_for(
    host: str | None, goes_to: str, tmp_path: Path
) -> None:
    stored(tmp_path, host=host, token="phx_1", env_id="1")
    assert find_key(goes_to, {}, tmp_path).value == "phx_1"
    for other in {US, EU, OWN, LOCAL} - {goes_to}:
        assert f"it is for {goes_to} only" in str(missing(other, {}, tmp_path))


def test_posthog_home_is_another_place_for_the_file(tmp_path: Path) -> None:
    stored(tmp_path, token="phx_2")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "credentials.json").write_text('{"token": "phx_1"}')
    env = {"POSTHOG_HOME": str(elsewhere)}
    assert find_key(US, env, tmp_path).value == "phx_1"
    assert find_key(US, {"POSTHOG_HOME": ""}, tmp_path).value == "phx_2"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("{", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("\udcff", "no JSON"),
        ("[]", "has no token"),
        ("{}", "has no token"),
        ('{"token": 3}', "has no token"),
        ('{"token": ""}', "not set"),
        ('{"token": "phx_1", "host": "http://evil.example"}', "its host is no host to use"),
        ('{"token": "phx_1", "host": 3}', "has a host that is no text"),
    ],
)
def test_a_stored_key_that_cannot_be_used_says_why(content: str, why: str, tmp_path: Path) -> None:
    stored(tmp_path)
    path = tmp_path / ".posthog" / "credentials.json"
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    assert f"posthog-cli's {path}: {why}" in str(missing(US, {}, tmp_path))


def test_a_file_that_cannot_be_opened_says_why(tmp_path: Path) -> None:
    (tmp_path / ".posthog" / "credentials.json").mkdir(parents=True)
    assert "cannot be read" in str(missing(US, {}, tmp_path))


def test_where_there_is_no_key_every_place_is_named(tmp_path: Path) -> None:
    error = missing(US, {"POSTHOG_PERSONAL_API_KEY": " "}, tmp_path)
    assert "POSTHOG_PERSONAL_API_KEY: not set" in error.message
    assert "POSTHOG_CLI_API_KEY: not set" in error.message
    assert f"nbsync's {tmp_path}/own/keys.json: has none for this host" in error.message
    assert "the system's keyring: this system has none" in error.message
    assert "credentials.json: not there" in error.message
    assert error.hint.endswith("export POSTHOG_PERSONAL_API_KEY=phx_…")
    assert f"nbsync login --host {US} " in error.hint
    assert "notebook:write" in error.hint


def test_a_project_key_is_told_apart(tmp_path: Path) -> None:
    error = missing(US, {"POSTHOG_PERSONAL_API_KEY": "phc_public"}, tmp_path)
    assert "a project key" in error.message


def test_a_host_beside_a_key_that_is_none_says_so(tmp_path: Path) -> None:
    env = {"POSTHOG_PERSONAL_API_KEY": "phx_1", "POSTHOG_HOST": "https://eu.i.posthog.com"}
    assert "POSTHOG_HOST is no host to use" in str(missing(EU, env, tmp_path))


def test_nbsyncs_own_places_come_after_the_environment_and_before_posthog_clis_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEYRING_FILE", str(tmp_path / "keyring.json"))
    stored(tmp_path, host=None, token="phx_4")
    keep_key(US, "phx_3", tmp_path / "own", in_file=False)
    keep_key(US, "phx_2", tmp_path / "own", in_file=True)
    env = {"POSTHOG_CLI_API_KEY": "phx_1"}
    assert find_key(US, env, tmp_path).value == "phx_1"
    found = find_key(US, {}, tmp_path)
    assert found == Key("phx_2", f"nbsync's {tmp_path}/own/keys.json")
    (tmp_path / "own" / "keys.json").unlink()
    assert find_key(US, {}, tmp_path) == Key("phx_3", "the system's keyring")
    assert [each.place for each in forget_key(US, tmp_path / "own")] == ["the system's keyring"]
    assert find_key(US, {}, tmp_path).value == "phx_4"


@pytest.mark.parametrize("in_file", [True, False])
def test_a_kept_key_goes_to_the_host_it_was_kept_for_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, in_file: bool
) -> None:
    monkeypatch.setenv("KEYRING_FILE", str(tmp_path / "keyring.json"))
    for kept_for in (US, EU, OWN, LOCAL):
        keep_key(kept_for, f"phx_1 {kept_for}", tmp_path / "own", in_file=in_file)
        assert find_key(kept_for, {}, tmp_path).value == f"phx_1 {kept_for}"
        for other in {US, EU, OWN, LOCAL} - {kept_for}:
            assert "has none for this host" in str(missing(other, {}, tmp_path))
        forget_key(kept_for, tmp_path / "own")


def test_a_folder_of_another_kind_holds_no_keys(tmp_path: Path) -> None:
    (tmp_path / "own").write_text("")
    assert "keys.json: has none" in str(missing(US, {}, tmp_path))


@given(
    host=st.sampled_from([US, EU, OWN, LOCAL]),
    env=st.dictionaries(
        st.sampled_from(["POSTHOG_HOST", "POSTHOG_CLI_HOST"]), st.sampled_from([US, EU, OWN, LOCAL])
    ),
    keys=st.sets(st.sampled_from(["POSTHOG_PERSONAL_API_KEY", "POSTHOG_CLI_API_KEY"])),
)
def test_no_key_ever_goes_to_a_host_it_is_not_for(
    host: str, env: dict[str, str], keys: set[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    env = env | {key: f"phx_{key}" for key in keys}
    try:
        key = find_key(host, env, tmp_path_factory.getbasetemp())
    except AuthError:
        return
    beside = "POSTHOG_CLI_HOST" if "CLI" in key.source else "POSTHOG_HOST"
    assert env.get(beside, host) == host
    assert beside in env or host in {US, EU}
