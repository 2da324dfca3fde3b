"""Each command's help: examples that can be typed, options in one order, words that agree."""

from __future__ import annotations

import re
import shlex

import click
import pytest

from nbsync.cli import COMMANDS, cli

NBSYNC = click.Context(cli, info_name="nbsync", **cli.context_settings)
COMMON = ["folder", "as_json", "quiet", "verbose", "no_color", "no_input"]


def command(name: str) -> click.Command:
    found = cli.get_command(NBSYNC, name)
    assert found is not None
    return found


def examples(name: str) -> list[str]:
    text = command(name).get_help(click.Context(command(name), info_name=name, parent=NBSYNC))
    block = re.search(r"Examples:\n((?: +.*\n)+)", text)
    assert block is not None
    return [line.strip() for line in block[1].splitlines()]


@pytest.mark.parametrize("name", COMMANDS)
def test_the_examples_of_a_command_are_one_to_five_and_can_be_parsed(name: str) -> None:
    found = examples(name)
    assert 1 <= len(found) <= 5
    for example in found:
        words = shlex.split(re.split(r" [|;<>]| && ", example)[0], comments=True)
        while "=" in words[0]:  # a variable for this command alone
            words.pop(0)
        assert words[:2] == ["nbsync", name], example
        with command(name).make_context(name, words[2:], parent=NBSYNC) as context:
            assert not context.args, example


@pytest.mark.parametrize("name", COMMANDS)
def test_the_options_of_its_own_stand_before_those_that_all_commands_have(name: str) -> None:
    options = [each.name for each in command(name).params if isinstance(each, click.Option)]
    assert options[-len(COMMON) :] == COMMON
    assert not set(options[: -len(COMMON)]) & set(COMMON)


@pytest.mark.parametrize("name", COMMANDS)
def test_each_option_is_told_in_one_sentence(name: str) -> None:
    for option in command(name).params:
        if isinstance(option, click.Option):
            text = (option.help or "").split("  [")[0]
            assert text[:1].isupper() or text.startswith(("us, eu", "As in")), text
            assert text.endswith("."), text


def test_the_same_option_says_the_same_wherever_it_is() -> None:
    known: dict[str, tuple[str, str]] = {}
    for name in COMMANDS:
        for option in command(name).params:
            if isinstance(option, click.Option) and option.name in SHARED:
                said = (" ".join(option.opts), option.help or "")
                assert known.setdefault(option.name, said) == said, name


SHARED = {*COMMON, "allowed", "offline", "commit", "host"}


def test_a_notebook_is_called_notebook_everywhere() -> None:
    for name in COMMANDS:
        for argument in command(name).params:
            if isinstance(argument, click.Argument) and argument.name in {"notebook", "notebooks"}:
                shown = argument.make_metavar(NBSYNC).strip("[].")
                assert shown in {"NOTEBOOK", "NOTEBOOK]..", "NOTEBOOK}"} or "NOTEBOOK" in shown


def test_the_overview_says_of_every_command_what_its_own_help_begins_with() -> None:
    overview = cli.get_help(NBSYNC).splitlines()
    for name, (_, told) in COMMANDS.items():
        assert told == command(name).get_short_help_str(limit=66)
        assert [line.split(None, 1)[1] for line in overview if line.startswith(f"  {name} ")] == [
            told
        ]
