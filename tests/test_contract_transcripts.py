"""The sandbox answers what the recorded servers answered, but for what is named here."""

from __future__ import annotations

import json
import os
from collections.abc import Callable

import pytest
from filelock import FileLock

from contract import recorded
from contract.replay import Replay
from nbsync.sandbox import Sandbox

pytestmark = pytest.mark.laws  # replays every recorded conversation: without coverage

BOTH = recorded.SERVERS
TRANSCRIPTS = [(server, name) for server in BOTH for name in recorded.names(server)]

# What the sandbox does not imitate: the reason, the servers, the transcript, and the labels of its
# exchanges. Each of them is asserted to differ still.
NOT_IMITATED: list[tuple[str, tuple[str, ...], str, tuple[str, ...]]] = [
    (
        "a client of notebooks sends JSON, not forms",
        BOTH,
        "11-create-bad-json",
        ("form encoded", "multipart"),
    ),
    (
        "the server kept this notebook and failed when it wrote the answer, as a page of HTML",
        ("2026",),
        "17-create-deep-nesting",
        ("depth 1100",),
    ),
    (
        "the list's filters also work where one notebook is asked for, by accident",
        BOTH,
        "39-retrieve",
        ("?short_id filter on retrieve", "?order=bogus on retrieve"),
    ),
    (
        "as above, for a filter that 2026 did away with",
        ("2023",),
        "39-retrieve",
        ("?created_by filter on retrieve (other user)",),
    ),
    (
        "only browsers ask whether another site may ask",
        BOTH,
        "41-headers-gzip-etag-cors",
        ("CORS preflight",),
    ),
    (
        "a description of each field for a form in the browser",
        ("2023",),
        "43-head-options",
        ("OPTIONS item", "OPTIONS list"),
    ),
    (
        "outside of /api the web application answers, with a page or a redirection to its login",
        BOTH,
        "44-trailing-slash",
        ("leading double slash",),
    ),
    (
        "keys that go into logs and links: a client sends its key in the header alone",
        BOTH,
        "46-auth-failures",
        ("key in query string", "key in body"),
    ),
    (
        "a user's password; the sandbox has keys alone",
        ("2023",),
        "46-auth-failures",
        ("Basic with email:password", "Basic wrong"),
    ),
    (
        "there is one project in a sandbox",
        BOTH,
        "47-auth-projects",
        (
            "same org, other project",
            "notebook of project 1 via project 2",
            "PATCH notebook of project 1 via project 2",
        ),
    ),
    ("as above", ("2026",), "63-short-id-semantics", ("same short_id in another project",)),
    ("as above", ("2023",), "90-throttle-429", ("same key, other project",)),
    (
        "the sandbox tells who asks and what project there is; dozens of fields more, or no answer",
        BOTH,
        "47-auth-projects",
        ("/api/users/@me/", "/api/projects/:id/", "/api/projects/"),
    ),
    ("as above", ("2023",), "90-throttle-429", ("same key, /api/users/@me/",)),
    (
        "a sandbox stands behind no proxy whose word it would take",
        ("2023",),
        "53-list-next-host",
        ("X-Forwarded-*",),
    ),
    (
        "the order goes through to the database's other tables unchecked",
        BOTH,
        "54-list-order",
        ("order=created_by__email",),
    ),
    (
        "a word for the beginning of a day; a client names the moment it means",
        BOTH,
        "56-list-dates",
        ("dStart",),
    ),
    (
        "as above; in 2023 some words that are no date meant midnight, and others were an error",
        ("2023",),
        "56-list-dates",
        ("garbage", "all", "-h"),
    ),
    (
        "PostgreSQL indexes no text of more than a megabyte of different words; searching fails",
        ("2026",),
        "65-patch-text-content",
        ("search after that 2",),
    ),
]

# Exchanges that cannot be asked again, because there was no answer, or no HTTP client.
NOT_ASKED: list[tuple[str, tuple[str, ...], str, tuple[str, ...]]] = [
    (
        "httpx had written for so long that it gave up; 70 tells what the server answered",
        ("2026",),
        "15-create-huge-21mb",
        ("",),
    ),
    ("as above", ("2026",), "16-create-huge-30mb", ("",)),
    (
        "what curl saw is kept as it was printed; test_sandbox holds the same answer",
        ("2026",),
        "70-create-huge-21mb-early-response",
        ("curl",),
    ),
    (
        "the client refused to send such a header",
        BOTH,
        "46-auth-failures",
        ("key padded with spaces",),
    ),
]
# The bytes of one answer to a HEAD, read from a socket: there is no exchange in these. The body
# that the 2023 server sent after the head was an error of its web server.
RAW = {(server, "42-head-raw-socket") for server in BOTH}


Differences = dict[str, list[tuple[str, str]]]


@pytest.fixture(scope="session")
def differences(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Differences]:
    """A replay per server, made once for all processes that the tests are spread over."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    known: dict[str, Differences] = {}

    def of(server: str) -> Differences:
        if server in known:
            return known[server]
        kept = folder / f"replay-{server}.json"
        with FileLock(f"{kept}.lock"):
            if not kept.exists():
                with Sandbox(kind=server) as sandbox:
                    kept.write_text(json.dumps(Replay(sandbox, server).differences()), "utf-8")
        return known.setdefault(server, json.loads(kept.read_text("utf-8")))

    return of


def listed(
    table: list[tuple[str, tuple[str, ...], str, tuple[str, ...]]], server: str, name: str
) -> set[str]:
    return {
        label
        for _, servers, transcript, labels in table
        if transcript == name and server in servers
        for label in labels
    }


@pytest.mark.parametrize(("server", "name"), TRANSCRIPTS)
def test_the_sandbox_answers_as_the_server_did_but_for_what_is_listed(
    differences: Callable[[str], Differences], server: str, name: str
) -> None:
    found = {label: what for label, what in differences(server)[name] if what}
    expected = listed(NOT_IMITATED, server, name)
    assert {label: what for label, what in found.items() if label not in expected} == {}
    assert expected - found.keys() == set(), "these are imitated by now"


def test_every_exchange_is_asked_again_or_listed() -> None:
    for server, name in TRANSCRIPTS:
        exchanges = recorded.exchanges(server, name)
        silent = {each.label for each in exchanges if each.status is None}
        assert silent == listed(NOT_ASKED, server, name), (server, name)
        assert bool(exchanges) is ((server, name) not in RAW)


def test_the_tables_name_no_transcript_or_exchange_that_does_not_exist() -> None:
    for _, servers, name, labels in NOT_IMITATED + NOT_ASKED:
        for server in servers:
            assert set(labels) <= {each.label for each in recorded.exchanges(server, name)}


def test_all_that_was_recorded_is_here() -> None:
    assert len(TRANSCRIPTS) == 127
    assert sum(len(recorded.exchanges(*each)) for each in TRANSCRIPTS) == 1124
