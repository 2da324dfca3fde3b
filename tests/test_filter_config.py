"""The table [filter] of nbsync.toml says what is meant, or the error says what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbsync.config import Config, dump, load, parse
from nbsync.errors import ConfigError
from nbsync.model import EVERYTHING, ME, Selection

US = "https://us.posthog.com"
BEN = "0196c1f0-0000-7000-8000-000000000002"
LINES = st.text(st.characters(codec="utf-8", categories=("L", "N", "P")), max_size=20)
SELECTIONS = st.builds(
    Selection,
    created_by=st.lists(st.uuids().map(str) | st.just(ME), unique=True, max_size=3).map(tuple),
    titles=st.lists(LINES.filter(lambda glob: glob.strip("!")), max_size=3).map(tuple),
    search=LINES,
    contains=LINES,
)


def selected(root: Path, text: str) -> Selection:
    (root / "nbsync.toml").write_text(f'host = "us"\nproject = "7"\n{text}', encoding="utf-8")
    return load(root).selection


def test_without_the_table_it_is_everything(tmp_path: Path) -> None:
    assert selected(tmp_path, "") == selected(tmp_path, "[filter]\n") == EVERYTHING


def test_every_key_of_the_table_is_read(tmp_path: Path) -> None:
    text = (
        f'[filter]\ncreated_by = ["me", "{BEN.upper()}", "me"]\ntitles = ["Weekly*", "!*draft*"]\n'
        'search = " funnel "\ncontains = "recording:true"\n'
    )
    assert selected(tmp_path, text) == Selection(
        (ME, BEN), ("Weekly*", "!*draft*"), "funnel", "recording:true"
    )


def test_one_person_needs_no_list(tmp_path: Path) -> None:
    assert selected(tmp_path, 'filter.created_by = "me"\n') == Selection((ME,))


@given(SELECTIONS)
def test_what_is_written_is_read_again(selection: Selection) -> None:
    import tomllib

    config = Config(US, "7", selection=selection)
    assert parse(tomllib.loads(dump(config))) == config


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ('filter.title = ["x"]', "`filter.title` is no key", "did you mean `filter.titles`?"),
        ('[filters]\ncreated_by = "me"', "`filters` is no key", "did you mean `filter`?"),
        ('filter = "me"', "`filter` is 'me', but must be a table", 'filter.created_by = "me"'),
        ("filter.created_by = 7", "`filter.created_by` must be a list of texts", '["me"]'),
        ('filter.created_by = "Ana"', "'Ana', which is no uuid of a person", '"me"'),
        ('filter.created_by = ["me", "Me"]', "'Me', which is no uuid", '"me"'),
        ('filter.titles = "Weekly*"', "`filter.titles` must be a list", '["Weekly*"]'),
        ('filter.titles = ["a", ""]', "'', which means no title", "!*draft*"),
        ('filter.titles = ["!"]', "'!', which means no title", "!*draft*"),
        ("filter.search = 7", "`filter.search` is 7, but must be a text", "filter.search"),
        ('filter.search = "a\\u0000"', "a character that nobody can search for", "filter.search"),
        ("filter.contains = []", "`filter.contains` is [], but must be", "filter.contains"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    tmp_path: Path, text: str, message: str, hint: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        selected(tmp_path, f"{text}\n")
    assert message in caught.value.message
    assert hint in caught.value.hint
    assert caught.value.exit_code == 2
