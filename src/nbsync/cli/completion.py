"""completion: the script that teaches a shell to complete commands, and the answers to it."""

from __future__ import annotations

import re
import sys
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path

import click
from click import shell_completion
from click.shell_completion import CompletionItem

from nbsync.cli.completing import suggested, wants_notebook
from nbsync.cli.options import Settings, common
from nbsync.errors import ConfigError

_SHELLS = ("bash", "zsh", "fish")
# Click's own parts words at characters that mean something to bash, and needs bash 4.4.
_BASH = """\
%(complete_func)s() {
    local line IFS=$'\\n'
    COMPREPLY=()
    while IFS= read -r line; do
        case $line in
            dir,*) compopt -o dirnames 2>/dev/null ;;
            file,*) compopt -o default 2>/dev/null ;;
            plain,*) COMPREPLY+=("${line#plain,}") ;;
        esac
    done < <(COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD=$COMP_CWORD \
%(complete_var)s=bash_complete "$1" 2>/dev/null)
}
complete -o nosort -F %(complete_func)s %(prog_name)s 2>/dev/null ||
    complete -F %(complete_func)s %(prog_name)s
"""
_MEANINGFUL = re.compile(r"[^\w@%+,./-]")
_PARTS = re.compile("[:=]")


class _Quick(shell_completion.ShellComplete):
    """A shell that is not kept waiting while commands are loaded that nobody runs."""

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem[str]]:
        if wants_notebook(args, incomplete):
            return suggested(Path.cwd(), incomplete)
        return super().get_completions(args, incomplete)


class _Bash(_Quick, shell_completion.BashComplete):
    """Bash, which takes what it is given for what was typed."""

    source_template = _BASH

    def source(self) -> str:
        return self.source_template % self.source_vars()

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem[str]]:
        # It completes only what comes after the last of these.
        found = super().get_completions(args, incomplete)
        return [item for item in found if item.type != "plain" or not _PARTS.search(item.value)]

    def format_completion(self, item: CompletionItem[str]) -> str:
        value = _MEANINGFUL.sub(r"\\\g<0>", item.value) if item.type == "plain" else item.value
        return f"{item.type},{value}"


class _Zsh(_Quick, shell_completion.ZshComplete):
    """Zsh."""


class _Fish(_Quick, shell_completion.FishComplete):
    """Fish, whose answers may have commas in them."""

    source_template = shell_completion.FishComplete.source_template.replace(
        'string split "," ', 'string split --max 1 "," '
    )


_ANSWERING = {"bash": _Bash, "zsh": _Zsh, "fish": _Fish}


@click.command()
@click.argument("shell", metavar="SHELL", type=click.Choice(_SHELLS))
@common
def completion(settings: Settings, *, shell: str) -> int:
    r"""Print the script that completes commands in a shell.

    SHELL is bash, zsh or fish. Options and notebooks are completed, too: these by short_id, with
    the titles where the shell shows such, and by path. Notebooks are those that are known here:
    PostHog is not asked.

    \b
    Examples:
      nbsync completion bash >~/.local/share/bash-completion/completions/nbsync
      nbsync completion zsh >~/.zfunc/_nbsync
      nbsync completion fish >~/.config/fish/completions/nbsync.fish
    """
    script = _answering(shell).source()
    if settings.as_json:
        from nbsync.cli.show import show_json

        show_json("completion", shell=shell, script=script)
    else:
        click.echo(script, nl=False)
    return 0


def answer(wanted: str) -> int:
    """Answer a shell that completes a command line; whatever goes wrong is kept from the prompt.

    Args:
        wanted: What the shell asks for: "bash_complete", or "bash_source" for the script.

    Returns:
        The exit code.
    """
    shell, _, what = wanted.partition("_")
    try:
        with redirect_stderr(StringIO()):
            asked = _answering(shell)
            text = asked.source() if what == "source" else f"{asked.complete()}\n"
        sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))
        sys.stdout.flush()
    except Exception:  # noqa: BLE001 - nobody who is typing wants to read it
        return 1
    return 0


def _answering(shell: str) -> shell_completion.ShellComplete:
    from nbsync.cli import COMPLETE, cli

    if shell not in _ANSWERING:
        raise ConfigError(f"{shell!r} is no shell that is known.", hint="nbsync completion bash")
    return _ANSWERING[shell](cli, {}, "nbsync", COMPLETE)


COMMANDS = {"completion": completion}
