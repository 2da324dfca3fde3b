"""Asks a sandbox what the recorded servers were asked, in the same order, and compares."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from calls import client, create, patch
from contract import recorded
from contract.recorded import Exchange
from contract.sameness import Names, beginning, difference
from nbsync.sandbox import Sandbox

# The recordings name the user whose key was used, not the key; other headers only in the label.
_KEYS = {
    "main": Sandbox.key,
    "second": Sandbox.second_key,
    "readonly": Sandbox.read_only_key,
    "writeonly": "phx_sandbox_key_write_only",
    "insightonly": "phx_sandbox_key_insights",
    "noscope": "phx_sandbox_key_without_scopes",
    "team2only": "phx_sandbox_key_project_2",
    "activity": "phx_sandbox_key_activity",
    "star": "phx_sandbox_key_star",
    "outsider": "phx_sandbox_key_outsider",
    "inactive": "phx_sandbox_key_deactivated",
    "<literal>": "phx_nobodys",
}
_AUTHORIZATIONS = {
    "wrong scheme Token": f"Token {Sandbox.key}",
    "lowercase bearer": f"bearer {Sandbox.key}",
    "Bearer with nothing": "Bearer",
    "Bearer + 1 char": "Bearer x",
    "looks like a JWT": "Bearer eyJhbGciOiJIUzI1NiJ9.e30.c2ln",
    "Basic with email:password": "Basic YW5hQGV4YW1wbGUuY29tOnBhc3N3b3Jk",
    "Basic wrong": "Basic YW5hQGV4YW1wbGUuY29tOndyb25n",
    "project token as bearer": "Bearer phc_token_of_a_project",
}
_RACES = ("37-concurrent-patch-same-version", "38-concurrent-title-and-content")
# Rows that are in no order, or in that of ids that were drawn by lot.
_UNORDERED = re.compile(r"order=(\?|-version|short_id|id|created_by__email)$")
_SHORT_ID = re.compile(r"/notebooks/(?!activity)(\w{8})(?=[/?.]|$)")
_BIG = 100_000
# Where these were made shows: among the recorded exchanges, just before they are first named.
_MADE_IN_BETWEEN = ("38", "49")
_ABSOLUTE = re.compile(r"^http://[^/]*")
_ROWS = 105
# When row 50 of the list was modified, and how many milliseconds lie between two rows: the
# transcript 56-list-dates tells both.
_ROW_50 = {"2023": ("2026-11-23T05:34:32.062458Z", 80), "2026": ("2026-11-23T05:40:56.421748Z", 24)}


def _doc(text: str) -> dict[str, Any]:
    paragraph = {"type": "paragraph", "content": [{"type": "text", "text": text}]}
    return {"type": "doc", "content": [paragraph]}


# Notebooks that were made before or between the recorded exchanges: by transcript, in the order
# in which requests first name them. Without `content` it is one paragraph, "one".
_UNRECORDED: dict[str, list[dict[str, Any]]] = {
    "22": [{"title": "patch right"}],
    "23": [{"title": "patch wrong"}],
    "24": [{"title": "patch nover"}],
    "25": [{"title": "patch title"}],
    "26": [{"title": "patch veronly"}],
    "27": [
        {"title": f"falsy {name}"}
        for name in ("null", "{}", "[]", "''", "0", "false", "nover", "right")
    ],
    "28": [{"title": "patch types"}],
    "29": [{"title": "patch text"}],
    "30": [{"title": "patch empty"}],
    "31": [{"title": "patch unknown"}],
    "32": [{"title": "patch bad"}],
    "33": [{"title": "to delete"}],
    "35": [{"title": "put"}],
    "36": [{"title": "delete me"}],
    "37": [{"title": f"conc {n}"} for n in (*range(10), 8)],
    "38": [{"title": "race"}] * 10,
    "40": [{"title": "inm", "version": 3}],
    "41": [{"title": "hdr", "content": _doc("x" * 5000)}],
    "44": [{"title": "slash"}],
    "49": [{"title": "deleted act", "deleted": True}],
    "50": [{"title": "act huge", "content": _doc("a" * 2_000_000)}],
    "55": [{"title": f"nb 0{n}"} for n in range(10, 16)],
    "61": [{"title": "scoped"}],
    "62": [{"title": "inm"}],
    "65": [{"title": "text"}],
}


class Replay:
    """One server's recordings, asked of a sandbox of its kind from the first to the last."""

    def __init__(self, sandbox: Sandbox, server: str) -> None:
        self._sandbox, self._server = sandbox, server
        port = {"2023": 8000, "2026": 8001}[server]
        host = sandbox.url.removeprefix("http://")
        self._names = Names({f"127.0.0.1:{port}": host, "phx_key_of_main": sandbox.key})
        self._rows: dict[str, str] = {}

    def differences(self) -> dict[str, list[tuple[str, str]]]:
        """By transcript: the label of each exchange that was sent, and "" or what differed."""
        with httpx.Client(timeout=60, verify=False) as http:
            return {
                name: list(self._transcript(name, http)) for name in recorded.names(self._server)
            }

    def _transcript(self, name: str, http: httpx.Client) -> Iterator[tuple[str, str]]:
        self._set_the_scene(name)
        unrecorded = (self._make(fields) for fields in _UNRECORDED.get(name[:2], []))
        if name[:2] not in _MADE_IN_BETWEEN:
            unrecorded = (short_id for short_id in list(unrecorded))
        balance: Counter[int] = Counter()
        for exchange in recorded.exchanges(self._server, name):
            if exchange.status is None:
                continue
            self._name(exchange, unrecorded)
            answer = self._send(exchange, http)
            self._keep_in_step(exchange, answer)
            if name in _RACES:
                balance.update({exchange.status: 1})
                balance.subtract({answer.status_code: 1})
            else:
                yield exchange.label, self._compare(exchange, answer)
        if name in _RACES:
            yield "", f"statuses: {balance}" if any(balance.values()) else ""

    # --- one exchange -----------------------------------------------------------------

    def _send(self, exchange: Exchange, http: httpx.Client) -> httpx.Response:
        path = _ABSOLUTE.sub("", exchange.path)
        headers = dict(exchange.headers)
        if authorization := _authorization(exchange):
            headers["Authorization"] = authorization
        body = exchange.body
        if body is not None and len(body) < _BIG:
            body = self._names.here(body.decode("latin-1")).encode("latin-1")
        url = self._sandbox.url + self._names.here(path)
        return http.request(exchange.method, url, headers=headers, content=body)

    def _compare(self, exchange: Exchange, answer: httpx.Response) -> str:
        if answer.status_code != exchange.status:
            return f"status {exchange.status} / {answer.status_code} {answer.text[:200]}"
        for name, value in exchange.fields.get("answer_headers", {}).items():
            if answer.headers.get(name) != value:
                return f"{name}: {value} / {answer.headers.get(name)}"
        if (text := exchange.fields.get("answer_text")) is not None:
            return "" if answer.text == text else f"text / {answer.text[:200]}"
        try:
            return self._compare_json(exchange, answer.json())
        except ValueError:
            return f"no JSON: {answer.text[:200]}"

    def _compare_json(self, exchange: Exchange, here: Any) -> str:
        fields = exchange.fields
        if "answer" not in fields:
            if "rows" in fields and fields["rows"] != (rows := len(here["results"])):
                return f"rows: {fields['rows']} / {rows}"
            return difference(beginning(fields["answer_begins"]), here, self._names, partly=True)
        old = fields["answer"]
        if _UNORDERED.search(exchange.path) and exchange.status == httpx.codes.OK:
            old, here = ({**each, "results": len(each["results"])} for each in (old, here))
        return difference(old, here, self._names)

    # --- what was not recorded --------------------------------------------------------

    def _set_the_scene(self, name: str) -> None:
        match name[:2]:
            case "46":  # whoever had set the notebook's times by hand took it away
                self._sandbox.purge(self._rows["ts"])
            case "48":  # the log of 2023 begins with what this transcript does
                self._sandbox.reset()
            case "51":
                self._sandbox.reset()
                self._fill_the_list()
            case "66":
                node = {"type": "ph-recording", "attrs": {"id": "abc"}}
                self._sandbox.seed(title="rec", content={"type": "doc", "content": [node]})
            case "90":  # somebody had used up the budget of the project
                headers = {"Retry-After": "24"}
                self._sandbox.fault(status=429, headers=headers, path="/projects/1/", times=3)
            case _:
                pass

    def _fill_the_list(self) -> None:
        """Make rows a minute ago, as far apart as they were, and as many microseconds after it."""
        written, apart = _ROW_50[self._server]
        then = datetime.fromisoformat(written)
        moved = (
            datetime.now(UTC).replace(microsecond=then.microsecond) - timedelta(minutes=1) - then
        )
        for n in range(_ROWS):
            time = then + moved + (n - 50) * timedelta(milliseconds=apart)
            row = self._sandbox.seed(
                title=f"nb {n:03}",
                content=_doc(f"body {n}"),
                created_by="ana" if n % 5 else "ben",
                last_modified_at=time.isoformat(),
            )
            self._rows[row["title"]] = row["short_id"]
        for zone in (0, 2):
            old, new = (
                (each + timedelta(hours=zone)).strftime("%Y-%m-%dT%H:%M:%S")
                for each in (then, then + moved)
            )
            for form in (_plain, _quoted, _spaced, _spaced_and_quoted):
                self._names.learn(form(old), form(new))
        first = then + moved - 50 * timedelta(milliseconds=apart)
        self._names.learn(f"{then:%Y-%m-%d}", f"{first:%Y-%m-%d}")

    def _name(self, exchange: Exchange, unrecorded: Iterator[str]) -> None:
        """Take an id that is named for the first time for that of the next unrecorded notebook."""
        named = _SHORT_ID.search(exchange.path)
        if named and not self._names.knows(named[1]) and (made := next(unrecorded, None)):
            self._names.learn(named[1], made)

    def _make(self, fields: dict[str, Any]) -> str:
        if fields["title"] in self._rows:
            return self._rows[fields["title"]]
        with client(self._sandbox.url) as http:
            short_id = create(http, **{"content": _doc("one"), **fields, "deleted": False})[
                "short_id"
            ]
            if "deleted" in fields:
                patch(http, short_id, deleted=True)
        return str(short_id)

    def _keep_in_step(self, exchange: Exchange, answer: httpx.Response) -> None:
        """Do what only the recorded server did, or what was done to its database."""
        made = exchange.status == httpx.codes.CREATED or _failed_while_answering(exchange)
        if made and not answer.is_success and "/projects/1/" in exchange.path:
            title = exchange.fields.get("answer", {}).get("title")
            self._make({"title": title, "content": None})
        if exchange.body == b'{"title": "ts"}':
            shown = answer.json()
            self._rows["ts"] = shown["short_id"]
            self._sandbox.seed(
                **{name: shown[name] for name in ("short_id", "id", "title")},
                created_at="2024-01-02T03:04:05Z",
                last_modified_at="2024-01-02T03:04:05.12Z",
            )


def _failed_while_answering(exchange: Exchange) -> bool:
    """Whether the server made a notebook, as later counts show, and could not show it."""
    page = "answer_text" in exchange.fields
    return exchange.method == "POST" and exchange.status == 500 and page


def _authorization(exchange: Exchange) -> str | None:
    if exchange.auth is not None:
        return f"Bearer {_KEYS[exchange.auth]}"
    return _AUTHORIZATIONS.get(exchange.label)


def _plain(time: str) -> str:
    return time


def _quoted(time: str) -> str:
    return time.replace(":", "%3A")


def _spaced(time: str) -> str:
    return time.replace("T", "%20")


def _spaced_and_quoted(time: str) -> str:
    return _quoted(time).replace("T", "+")
