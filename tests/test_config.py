"""nbsync.toml says what is meant, or the error says what is wrong with it."""

from __future__ import annotations

import json
import re
from dataclasses import MISSING, fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbsync.config import (
    KEYS,
    Config,
    check_environment,
    check_filename,
    check_project,
    dump,
    find_root,
    load,
    parse,
)
from nbsync.errors import ConfigError
from nbsync.model import Selection

US = "https://us.posthog.com"
MIRROR = Config(host=US, project="7")


def written(root: Path, text: str) -> Path:
    (root / "nbsync.toml").write_text(text, encoding="utf-8")
    return root


def refused(root: Path, text: str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        load(written(root, text))
    assert str(root / "nbsync.toml") in caught.value.message
    assert caught.value.exit_code == 2
    return caught.value


# --- reading and writing ------------------------------------------------------------


def test_host_and_project_are_enough(tmp_path: Path) -> None:
    config = load(written(tmp_path, 'host = "us"\nproject = 7\n'))
    assert config == Config(US, "7", "markdown", "{short_id}", ())


def test_every_key_is_read(tmp_path: Path) -> None:
    text = (
        '\ufeffhost = "https://ph.example.com:8443/"\nproject = "team-a"\nformat = "json"\n'
        'filename = "notes/{title}-{short_id}"\nignore = ["drafts/**", "*.tmp.md"]\n'
        'new_notebooks = "richtext"\n[watch]\nbackend = "polling"\n'
    )
    assert load(written(tmp_path, text)) == Config(
        host="https://ph.example.com:8443",
        project="team-a",
        form="json",
        filename="notes/{title}-{short_id}",
        ignore=("drafts/**", "*.tmp.md"),
        new_notebooks="richtext",
        watch_backend="polling",
    )


def test_a_configuration_is_written_as_a_person_would_write_it() -> None:
    assert dump(MIRROR) == (
        f'host = "{US}"\nproject = "7"\nformat = "markdown"\nfilename = "{{short_id}}"\n'
    )


@given(
    config=st.builds(
        Config,
        host=st.sampled_from([US, "https://ph.example.com:1", "http://127.0.0.1:8000"]),
        project=st.from_regex(r"[A-Za-z0-9-]+", fullmatch=True),
        form=st.sampled_from(["markdown", "json"]),
        filename=st.sampled_from(["{short_id}", "a b/{title} ü", "{title}/{short_id}"]),
        ignore=st.lists(st.text(st.characters(exclude_categories=["Cs"]))).map(tuple),
        new_notebooks=st.sampled_from(["markdown", "richtext"]),
        watch_backend=st.sampled_from(["native", "polling"]),
    )
)
def test_what_is_written_is_read_again(
    config: Config, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("mirror")
    (root / "nbsync.toml").write_bytes(dump(config).encode())
    assert load(root) == config


# --- what cannot be meant ---------------------------------------------------------------


def test_an_unknown_key_suggests_the_nearest(tmp_path: Path) -> None:
    error = refused(tmp_path, 'host = "us"\nproject = 7\nfilname = "x"\n')
    assert "`filname`" in error.message and error.hint == "did you mean `filename`?"
    error = refused(tmp_path, "[editor]\ncommand = 1\n")
    assert "host, project, format, filename, ignore, new_notebooks, watch.backend" in error.hint


@pytest.mark.parametrize("line", ['[watch]\nbakend = "polling"', 'watch.backends = "polling"'])
def test_an_unknown_key_of_a_table_suggests_the_nearest(tmp_path: Path, line: str) -> None:
    error = refused(tmp_path, f'host = "us"\nproject = 7\n{line}\n')
    assert "`watch.bak" in error.message or "`watch.backends`" in error.message
    assert error.hint == "did you mean `watch.backend`?"


def test_a_key_of_a_table_outside_of_it_is_shown_its_place(tmp_path: Path) -> None:
    error = refused(tmp_path, 'host = "us"\nproject = 7\nbackend = "polling"\n')
    assert error.hint == "did you mean `watch.backend`?"


def test_an_unknown_value_suggests_the_nearest(tmp_path: Path) -> None:
    error = refused(tmp_path, 'host = "us"\nproject = 7\nwatch.backend = "Pooling"\n')
    assert "`watch.backend` is 'Pooling'" in error.message
    assert error.hint == 'did you mean "polling"?'
    error = refused(tmp_path, 'host = "us"\nproject = 7\nwatch.backend = "inotify"\n')
    assert error.hint == 'use "native" or "polling"'


@pytest.mark.parametrize(
    "key",
    [
        "key",
        "token",
        "api_key",
        "apikey",
        "personal-api-key",
        "PASSWORD",
        "host_secret",
        "watch.token",
    ],
)
def test_a_secret_has_no_place_there_and_is_not_shown(tmp_path: Path, key: str) -> None:
    error = refused(tmp_path, f'host = "us"\nproject = 7\n{key} = "phx_hunter2"\n')
    assert "secret" in error.message and "export POSTHOG_PERSONAL_API_KEY" in error.hint
    assert "hunter2" not in error.message + error.hint


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("project = 7", "host"),
        ('host = "us"', "project"),
        ("host = 3\nproject = 7", "host"),
        ('host = "us"\nproject = true', "project"),
        ('host = "us"\nproject = 1.5', "project"),
        ('host = "us"\nproject = ""', "project"),
        ('host = "us"\nproject = "a/b"', "project"),
        ('host = "us"\nproject = 7\nformat = "html"', "format"),
        ('host = "us"\nproject = 7\nformat = 1', "format"),
        ('host = "us"\nproject = 7\nfilename = 1', "filename"),
        ('host = "us"\nproject = 7\nignore = "a"', "ignore"),
        ('host = "us"\nproject = 7\nignore = [1]', "ignore"),
        ('host = "us"\nproject = 7\nnew_notebooks = "json"', "new_notebooks"),
        ('host = "us"\nproject = 7\nnew_notebooks = false', "new_notebooks"),
        ('host = "us"\nproject = 7\nwatch = "polling"', "watch"),
        ('host = "us"\nproject = 7\n[watch]\nbackend = true', "watch.backend"),
    ],
)
def test_a_value_that_cannot_be_meant_is_named(tmp_path: Path, text: str, key: str) -> None:
    error = refused(tmp_path, text)
    assert f"`{key}`" in error.message and error.hint


def test_a_host_that_is_none_is_refused_with_the_right_one(tmp_path: Path) -> None:
    error = refused(tmp_path, 'host = "https://eu.i.posthog.com"\nproject = 7')
    assert "https://eu.posthog.com" in error.hint


def test_a_project_that_drifts_is_refused(tmp_path: Path) -> None:
    error = refused(tmp_path, 'host = "us"\nproject = "@current"')
    assert "@current" in error.message and "address bar" in error.hint


def test_a_project_is_a_number_or_an_id() -> None:
    assert check_project(7) == check_project("7") == "7"
    with pytest.raises(ConfigError, match="is missing"):
        check_project(None)


def test_a_syntax_error_is_told_with_its_line(tmp_path: Path) -> None:
    error = refused(tmp_path, 'host = "us"\nproject = \n')
    assert "line 2" in error.message


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "nbsync.toml").write_bytes(b'host = "\xff"')
    with pytest.raises(ConfigError, match="not UTF-8"):
        load(tmp_path)


def test_a_file_that_is_not_there_or_no_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="There is no") as caught:
        load(tmp_path)
    assert caught.value.hint == "nbsync init"
    (tmp_path / "nbsync.toml").mkdir()
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path)


@pytest.mark.parametrize(
    "pattern",
    ["{short_id}", "{title}", "notes/{title}", "a/b/{short_id} {title}", "x.{short_id}.y"],
)
def test_a_pattern_for_file_names_tells_notebooks_apart(pattern: str) -> None:
    assert check_filename(pattern) == pattern


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "notes",
        "{id}",
        "{title}{short_id!r}",
        "{title}}",
        "/{title}",
        "{title}/",
        "a//{title}",
        "../{title}",
        "a/../{title}",
        "./{title}",
        ".hidden/{title}",
        ".{title}",
        "C:{title}",
        "a\\{title}",
        "{title}\n",
        "{title}.md",
        "{short_id}.JSON",
    ],
)
def test_a_pattern_that_leads_elsewhere_is_refused(pattern: str) -> None:
    with pytest.raises(ConfigError, match="`filename`") as caught:
        check_filename(pattern)
    assert "{short_id}" in caught.value.hint


def test_an_object_with_the_keys_of_the_file_is_checked_alike() -> None:
    assert parse({"host": "eu", "project": 1}) == Config("https://eu.posthog.com", "1")


# --- where it lies ------------------------------------------------------------------------


def test_the_mirror_is_found_from_any_folder_in_it(tmp_path: Path) -> None:
    written(tmp_path, "")
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    assert find_root(inner) == find_root(tmp_path) == tmp_path.resolve()


def test_outside_of_a_mirror_the_way_to_make_one_is_told(tmp_path: Path) -> None:
    (tmp_path / "nbsync.toml").mkdir()
    with pytest.raises(ConfigError, match="or above it") as caught:
        find_root(tmp_path)
    assert caught.value.hint == "nbsync init"


# --- the environment --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "env",
    [
        {},
        {"POSTHOG_HOST": "us", "POSTHOG_PROJECT_ID": "7"},
        {"POSTHOG_HOST": f"{US}/", "POSTHOG_PROJECT_ID": " "},
        {"POSTHOG_CLI_HOST": "eu", "POSTHOG_CLI_PROJECT_ID": "8"},
        {
            "POSTHOG_PERSONAL_API_KEY": "phx_1",
            "POSTHOG_CLI_API_KEY": "phx_2",
            "POSTHOG_CLI_HOST": "eu",
        },
    ],
)
def test_an_environment_that_means_the_same_is_fine(env: dict[str, str]) -> None:
    check_environment(MIRROR, env)


@pytest.mark.parametrize(
    ("env", "variable", "value"),
    [
        ({"POSTHOG_HOST": "eu"}, "POSTHOG_HOST", "https://eu.posthog.com"),
        ({"POSTHOG_PROJECT_ID": "8"}, "POSTHOG_PROJECT_ID", "8"),
        (
            {"POSTHOG_CLI_API_KEY": "phx_1", "POSTHOG_CLI_HOST": "eu"},
            "POSTHOG_CLI_HOST",
            "https://eu.posthog.com",
        ),
        (
            {"POSTHOG_CLI_TOKEN": "phx_1", "POSTHOG_CLI_PROJECT_ID": "9"},
            "POSTHOG_CLI_PROJECT_ID",
            "9",
        ),
    ],
)
def test_an_environment_that_means_another_mirror_is_refused(
    env: dict[str, str], variable: str, value: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        check_environment(MIRROR, env)
    mine = "7" if "PROJECT" in variable else US
    assert all(part in caught.value.message for part in (variable, value, mine))
    assert f"unset {variable}" in caught.value.hint


def test_a_host_in_the_environment_that_is_none_is_named() -> None:
    with pytest.raises(ConfigError, match="POSTHOG_HOST") as caught:
        check_environment(MIRROR, {"POSTHOG_HOST": "https://us.i.posthog.com"})
    assert US in caught.value.hint


# --- the reference ------------------------------------------------------------------------------

REFERENCE = (Path(__file__).parents[1] / "docs" / "reference" / "settings.md").read_text("utf-8")
EXAMPLES = re.findall(r"^```toml\n(.*?)^```$", REFERENCE, re.MULTILINE | re.DOTALL)
OF_THE_MIRROR = [text for text in EXAMPLES if not text.startswith("[merge]")]
OF_THE_USER = [text for text in EXAMPLES if text.startswith("[merge]")]


@pytest.mark.parametrize("text", OF_THE_MIRROR)
def test_every_example_in_the_reference_is_read(tmp_path: Path, text: str) -> None:
    assert load(written(tmp_path, text)).project in {"1", "12345"}


@pytest.mark.parametrize("key", KEYS)
def test_the_reference_tells_of_every_key_and_its_default(key: str) -> None:
    (row,) = re.findall(rf"^\| `{key}` \| (.*) \| (.*) \| .* \|$", REFERENCE, re.MULTILINE)
    of_the_filter = key.startswith("filter.")
    field = {"format": "form"}.get(key, key.replace(".", "_")).removeprefix("filter_")
    parts = fields(Selection) if of_the_filter else fields(Config)
    defaults = {each.name: each.default for each in parts}
    if defaults[field] is MISSING:
        assert row[1] == "needed"
    else:
        assert row[1] == f"`{json.dumps(defaults[field])}`"
    assert any(f"{key} = " in text for text in EXAMPLES)
    assert f"**`{key}`.**" in REFERENCE


def test_the_reference_names_no_key_that_there_is_not() -> None:
    assert set(re.findall(r"^\*\*`([\w.]+)`\.\*\*", REFERENCE, re.MULTILINE)) == set(KEYS)
