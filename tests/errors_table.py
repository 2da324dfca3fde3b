"""Everything that is expected to go wrong: what is typed, what is said, and what is next."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from errors_scenes import (
    Make,
    config_host_without_tls,
    config_secret,
    config_typo,
    config_value_typo,
    down,
    expired,
    full_disk,
    garbled_key,
    key_of_an_outsider,
    key_of_another_project,
    key_of_another_region,
    moved_away,
    newer_format,
    no_certificates,
    no_key,
    no_log_scope,
    no_project,
    no_scope,
    no_tls,
    no_write_scope,
    not_posthog,
    nothing_there,
    proxy_gone,
    proxy_refuses,
    read_only_folder,
    self_signed,
    sent_on,
    throttled,
    unknown_name,
    viewer,
    wrong_key,
)

TABLE = Path(__file__).parent / "cli" / "table_of_errors.txt"


@dataclass(frozen=True)
class Row:
    """One thing that goes wrong.

    Attributes:
        name: What it is.
        make: Lets it happen.
        words: What is typed.
        code: How that ends.
        says: What is said: what, and where; {host}, {place} and {folder} are filled in.
        next: What the line after it begins with.
        hint: What else that line has to say.
    """

    name: str
    make: Make
    words: tuple[str, ...]
    code: int
    says: tuple[str, ...]
    next: str
    hint: str = ""


PULL = ("pull",)
DOCTOR = "nbsync doctor"
ROWS = [
    Row("no key", no_key, PULL, 3, ("There is no key for {host}",), "nbsync login --host {host}"),
    Row(
        "a wrong key",
        wrong_key,
        PULL,
        3,
        ("{host} does not accept the key (401)",),
        "nbsync login --host {host}",
        "us.posthog.com is unknown at eu.posthog.com",
    ),
    Row(
        "a key with a letter that no key has",
        garbled_key,
        PULL,
        3,
        ("The key for {host} has characters that no key has",),
        "nbsync login --host {host}",
    ),
    Row(
        "a key of another region",
        key_of_another_region,
        PULL,
        3,
        ("no key for {place}", "it is for https://us.posthog.com only"),
        "nbsync login --host {place}",
    ),
    Row(
        "a key that may not read notebooks",
        no_scope,
        PULL,
        3,
        ("at {host} (403)", "lacks the scope notebook:read, without which no notebook"),
        "nbsync whoami",
        "add the scope notebook:read to the key",
    ),
    Row(
        "a key that may not write notebooks",
        no_write_scope,
        ("push",),
        3,
        ("at {host} (403)", "lacks the scope notebook:write, without which nothing can be pushed"),
        "nbsync whoami",
        "add the scope notebook:write to the key",
    ),
    Row(
        "a key that may not read the log",
        no_log_scope,
        ("log", "note0001"),
        0,
        ("activity_log:read, without which PostHog does not tell who did what",),
        "give the key the scope activity_log:read in PostHog, or: nbsync log note0001 --offline",
    ),
    Row(
        "a key of another project",
        key_of_another_project,
        PULL,
        3,
        ("may not use project 1 at {host} (403)",),
        "nbsync whoami",
        "`project` in nbsync.toml",
    ),
    Row(
        "a key of somebody outside",
        key_of_an_outsider,
        PULL,
        3,
        ("may not use project 1 at {host} (403)",),
        "nbsync whoami",
        "`project` in nbsync.toml",
    ),
    Row(
        "no such project",
        no_project,
        PULL,
        2,
        ("There is no project 999 at {host} (404)",),
        DOCTOR,
        "check `project` and `host` in nbsync.toml",
    ),
    Row(
        "a notebook that one may only view",
        viewer,
        ("push",),
        3,
        ("note0001", "{host}", "(403): You do not have editor access to this resource."),
        "nbsync open note0001",
        "your page keeps the edit",
    ),
    Row(
        "a name that nobody knows",
        unknown_name,
        PULL,
        7,
        ("{place} cannot be reached: the name posthog.invalid is not known", "offline"),
        DOCTOR,
        "the spelling of posthog.invalid",
    ),
    Row(
        "a port where nothing listens",
        nothing_there,
        PULL,
        7,
        ("{place} cannot be reached: nothing answers at its port",),
        DOCTOR,
        "the network and the port of `host`",
    ),
    Row(
        "a certificate that nobody vouches for",
        self_signed,
        PULL,
        7,
        ("{place} cannot be reached safely: its TLS certificate is not trusted", "self"),
        DOCTOR,
        "export SSL_CERT_FILE=FILE.pem",
    ),
    Row(
        "a certificate that has expired",
        expired,
        PULL,
        7,
        ("{place} cannot be reached safely", "certificate has expired"),
        DOCTOR,
        "is this machine's clock right?",
    ),
    Row(
        "no TLS where it should be",
        no_tls,
        PULL,
        7,
        ("{place} cannot be reached: what answers at", "does not speak TLS"),
        DOCTOR,
        "the port of `host`",
    ),
    Row(
        "certificates that are not there",
        no_certificates,
        PULL,
        2,
        ("certificates that SSL_CERT_FILE", "No such file"),
        "unset SSL_CERT_FILE",
    ),
    Row(
        "a proxy that refuses",
        proxy_refuses,
        PULL,
        7,
        ("https://posthog.invalid cannot be reached through the proxy {place}: it refuses (403",),
        DOCTOR,
        "export NO_PROXY=posthog.invalid",
    ),
    Row(
        "a proxy that is not there",
        proxy_gone,
        PULL,
        7,
        ("cannot be reached through the proxy {place}: nothing answers at its port",),
        DOCTOR,
        "check HTTPS_PROXY",
    ),
    Row(
        "a server that is no PostHog",
        not_posthog,
        PULL,
        7,
        ("GET {place}/api/", "not PostHog's API: status 200, an HTML page"),
        DOCTOR,
        "check `host` in nbsync.toml",
    ),
    Row(
        "a login page of the company's",
        sent_on,
        PULL,
        7,
        ("GET {host}/api/", "was sent on to https://sso.example.com/login (302)"),
        DOCTOR,
        "where PostHog itself answers",
    ),
    Row(
        "a PostHog that has moved",
        moved_away,
        PULL,
        2,
        ("GET {host}/api/", "was sent on to https://new.example.com/api/"),
        DOCTOR,
        'set host = "https://new.example.com" in nbsync.toml',
    ),
    Row(
        "too many requests",
        throttled,
        PULL,
        7,
        ("{host} asks to wait 3600 s (429), until ",),
        "run it again later, when that is over",
    ),
    Row(
        "a server that is down",
        down,
        PULL,
        7,
        ("GET {host}/api/", "failed at the server (502)"),
        "run it again later",
        "PostHog's status page",
    ),
    Row(
        "a full disk",
        full_disk,
        PULL,
        4,
        ("cannot be written: File too large", ".nbsync"),
        "df -h",
        "free some space",
    ),
    Row(
        "a folder that may not be written to",
        read_only_folder,
        PULL,
        4,
        ("{folder}/.nbsync cannot be made: Permission denied",),
        "ls -ld {folder}   #",
    ),
    Row(
        "a memory of a newer nbsync",
        newer_format,
        PULL,
        2,
        ("{folder}/.nbsync was made by a newer nbsync (its format is 99",),
        "pip install --upgrade nbsync",
    ),
    Row(
        "a key of nbsync.toml that is spelled wrong",
        config_typo,
        PULL,
        2,
        ("{folder}/nbsync.toml: `fromat` is no key",),
        "did you mean `format`?",
    ),
    Row(
        "a value of nbsync.toml that is spelled wrong",
        config_value_typo,
        PULL,
        2,
        ("{folder}/nbsync.toml: `format` is 'markdwon'",),
        'did you mean "markdown"?',
    ),
    Row(
        "a secret in nbsync.toml",
        config_secret,
        PULL,
        2,
        ("{folder}/nbsync.toml: `api_key` looks like a secret",),
        "remove `api_key`",
    ),
    Row(
        "a host without TLS",
        config_host_without_tls,
        PULL,
        2,
        ("{folder}/nbsync.toml: http://posthog.example.com is not encrypted",),
        'use "https://posthog.example.com"',
    ),
]


# --- what is written down of them ---------------------------------------------


def written_down() -> dict[str, str]:
    """What is written down of each row, by its name."""
    found = TABLE.read_text(encoding="utf-8").split("\n\n# ")[1:] if TABLE.exists() else []
    return {block.partition("\n")[0]: block.partition("\n")[2].rstrip("\n") for block in found}


def write_down(row: Row, met: str) -> None:
    """Write down what came of a row, among the others."""
    written = written_down() | {row.name: met}
    told = [f"# {each.name}\n{written[each.name]}" for each in ROWS if each.name in written]
    text = "\n\n".join(["# All that is expected to go wrong, in a mirror of two pages.", *told])
    TABLE.write_text(f"{text}\n", encoding="utf-8")
