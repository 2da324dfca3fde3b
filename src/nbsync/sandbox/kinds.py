"""The kinds of PostHog server that a sandbox can be, and what tells them apart."""

from __future__ import annotations

from dataclasses import dataclass, replace

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Kind:
    """How a server behaves where not all do the same.

    Attributes:
        client_ids: Whether a POST may choose its short_id (05-create-with-short-id).
        taken_ids_fail: Whether a POST with a short_id that a notebook has, deleted or not, is a
            500, rather than a 201 with the old notebook, or a 409 where that one is deleted
            (contract section 3; transcripts/2026/63-short-id-semantics).
        rows_with_content: Whether list rows are whole records (51-list-default).
        long_records: Whether records have text_content, user_access_level and parent_resource, and
            people their role and more (39-retrieve).
        scopes: Whether keys have scopes and projects, without which a method is for no key
            (transcripts/2026/61-scopes, 36-delete-method).
        conditional: Whether If-None-Match is looked at (40-retrieve-if-none-match).
        checks_falsy_content: Whether content that counts as false takes a version like any other;
            without, it is written whatever the version, which is then stored
            (27-patch-content-falsy).
        activity_of_one: Whether activity is shown notebook by notebook, rather than that of the
            whole project (48-activity, 68-activity-2026).
        searches: Whether the list knows `search` and `last_modified_by`, and people by uuid rather
            than by number (57-list-filters).
        old_dates: Whether dates lose their UTC offset, and days that are counted back begin at
            midnight (56-list-dates).
        rewrites: Whether query cells are changed or refused on a write
            (transcripts/2026/64-content-rewrite-on-write).
        annotates: Whether Python cells are told about their globals on a write (there too; no
            longer since September 2026, contract section 3).
        only_markdown: Whether every new notebook becomes a Markdown one (contract section 3).
        body_limit: How many bytes a body may have, or None (15 and 16-create-huge).
        deepest: How many levels a document may have (17-create-deep-nesting).
    """

    client_ids: bool = True
    taken_ids_fail: bool = False
    rows_with_content: bool = False
    long_records: bool = True
    scopes: bool = True
    conditional: bool = True
    checks_falsy_content: bool = True
    activity_of_one: bool = True
    searches: bool = True
    old_dates: bool = False
    rewrites: bool = True
    annotates: bool = True
    only_markdown: bool = False
    body_limit: int | None = 20 * _MIB
    deepest: int = 980


_TODAY = Kind()

KINDS = {
    # A complete server of August 2023: transcripts/2023.
    "2023": Kind(
        client_ids=False,
        rows_with_content=True,
        long_records=False,
        scopes=False,
        conditional=False,
        checks_falsy_content=False,
        activity_of_one=False,
        searches=False,
        old_dates=True,
        rewrites=False,
        annotates=False,
        body_limit=None,
        deepest=880,
    ),
    # Today's behaviour: transcripts/2026.
    "2026": _TODAY,
    # Between June and August 2026 a taken id was nobody's business but the database's (contract
    # section 3).
    "2026-06": replace(_TODAY, taken_ids_fail=True),
    # After PR #100471 of September 2026 (contract section 3).
    "2026-09": replace(_TODAY, taken_ids_fail=True, annotates=False, only_markdown=True),
}
DEFAULT = "2026"


def kind_called(
    name: str, *, client_ids: bool | None = None, rows_with_content: bool | None = None
) -> Kind:
    """Find a kind by name, and change it where asked to.

    Args:
        name: One of KINDS.
        client_ids: In place of the kind's own, unless None.
        rows_with_content: In place of the kind's own, unless None.

    Raises:
        ValueError: There is no such kind.
    """
    if name not in KINDS:
        raise ValueError(f"There is no kind {name!r} of sandbox; there are {', '.join(KINDS)}.")
    kind = KINDS[name]
    return replace(
        kind,
        client_ids=kind.client_ids if client_ids is None else client_ids,
        rows_with_content=(
            kind.rows_with_content if rows_with_content is None else rows_with_content
        ),
    )
