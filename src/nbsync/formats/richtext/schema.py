"""What a rich-text document is made of: its nodes, their tags, and what a page need not show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from nbsync.model import Json

DEEPEST: Final = 40
"""Levels of lists, quotes and other containers that a page shows as Markdown; deeper ones are
tags with the node's JSON."""

TEXT_BLOCKS: Final = frozenset({"paragraph", "heading"})
"""Blocks whose children are inline (dialect.md 12.1)."""

STRUCTURE: Final = TEXT_BLOCKS | {
    "blockquote",
    "bulletList",
    "orderedList",
    "listItem",
    "taskList",
    "taskItem",
    "codeBlock",
    "horizontalRule",
    "table",
    "tableRow",
    "tableHeader",
    "tableCell",
}
"""Blocks that Markdown has words of its own for."""

LISTS: Final[Mapping[str, str]] = {
    "bulletList": "listItem",
    "orderedList": "listItem",
    "taskList": "taskItem",
}
"""Each kind of list with its items."""

ALIASES: Final[Mapping[str, str]] = {
    "bullet_list": "bulletList",
    "ordered_list": "orderedList",
    "list_item": "listItem",
    "code_block": "codeBlock",
    "table_row": "tableRow",
    "table_cell": "tableCell",
    "table_header": "tableHeader",
}
"""Older names of nodes, as PostHog's converter knows them (dialect.md 12.1)."""

MARK_ALIASES: Final[Mapping[str, str]] = {"strong": "bold", "em": "italic"}

MARK_RANKS: Final = ("link", "bold", "code", "italic", "strike", "underline", "comment")
"""The order in which PostHog's editor writes marks (dialect.md 12.1)."""

UNSEEN_ON_SPACES: Final = frozenset({"bold", "italic", "strike"})
"""Marks that a page does not show on white space: the dialect cannot write them at the edges."""

BACKLINK, MENTION, TIMESTAMP = "ph-backlink", "ph-mention", "ph-replay-timestamp"
IMAGE: Final = "ph-image"

INLINE_TAGS: Final[Mapping[str, str]] = {"Backlink": BACKLINK, "ReplayTimestamp": TIMESTAMP}
"""Tags of inline nodes, with the nodes' types."""

TAGS: Final[Mapping[str, str]] = {
    "Query": "ph-query",
    "Recording": "ph-recording",
    "RecordingPlaylist": "ph-recording-playlist",
    "FeatureFlag": "ph-feature-flag",
    "FeatureFlagCodeExample": "ph-feature-flag-code-example",
    "Experiment": "ph-experiment",
    "EarlyAccessFeature": "ph-early-access-feature",
    "Survey": "ph-survey",
    "Cohort": "ph-cohort",
    "Person": "ph-person",
    "PersonFeed": "ph-person-feed",
    "PersonProperties": "ph-person-properties",
    "Map": "ph-map",
    "Group": "ph-group",
    "GroupProperties": "ph-group-properties",
    "LLMTrace": "ph-llm-trace",
    "Issues": "ph-issues",
    "UsageMetrics": "ph-usage-metrics",
    "CustomerJourney": "ph-customer-journey",
    "ZendeskTickets": "ph-zendesk-tickets",
    "SupportTickets": "ph-support-tickets",
    "RelatedGroups": "ph-related-groups",
    "Embed": "ph-embed",
    "Latex": "ph-latex",
    "TaskCreate": "ph-task-create",
    "Image": IMAGE,
}
"""Tags of blocks, with the nodes' types (dialect.md 7.8, 13)."""

LEGACY_TAGS: Final[Mapping[str, str]] = {
    "Python": "ph-python",
    "DuckSQL": "ph-duck-sql",
    "HogQLSQL": "ph-hogql-sql",
}
"""Tags that are read, and written as `<UnknownNode …/>`, as PostHog's converter does now."""

UNKNOWN: Final = "UnknownNode"
"""PostHog's tag for a node without one of its own: its type in `nodeType`, its attributes."""

NODE: Final = "Node"
"""Our tag for what nothing else can carry: `json={…}`, or around blocks `type=` and `attrs=`."""

DEFAULTS: Final[Mapping[str, Mapping[str, Json]]] = {
    "heading": {"level": 1},
    "orderedList": {"start": 1},
    "taskItem": {"checked": False},
    "codeBlock": {"language": ""},
    "tableHeader": {"colspan": 1, "rowspan": 1},
    "tableCell": {"colspan": 1, "rowspan": 1},
    IMAGE: {"alt": ""},
}
"""Values of attributes that a page does not show, beside null."""

BOOKKEEPING: Final = frozenset({"id", "nodeId", "data-toc-id", "collapsed"})
"""What PostHog's editor notes on blocks for itself; a page does not show it on text blocks, and
an edited block keeps it (dialect.md 12.1)."""

LINK_BOOKKEEPING: Final = frozenset({"target", "rel", "class"})
"""What PostHog's editor notes on every link."""
