"""PostHog's own nodes of rich-text documents, with their attributes and their defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_EVENTS: Final = {
    "kind": "EventsQuery",
    "select": ["*", "event", "person", "timestamp"],
    "orderBy": ["timestamp DESC"],
    "after": "-24h",
    "limit": 100,
}
_SQL_CELL: Final = {"Execution": None, "ExecutionCodeHash": None, "ExecutionSandboxId": None}
_OF_PERSON: Final = {"id": None, "distinctId": None}
_OF_GROUP: Final = {"personId": None, "groupKey": None, "groupTypeIndex": None}

EVERY_WIDGET: Final[Mapping[str, Any]] = {
    "height": None,
    "title": None,
    "nodeId": None,
    "__init": None,
    "children": None,
}
"""Attributes that all widgets have, with their defaults."""

WIDGETS: Final[Mapping[str, Mapping[str, Any]]] = {
    "ph-query": {"query": {"kind": "DataTableNode", "full": True, "source": _EVENTS}},
    "ph-python": {
        "code": "",
        "globalsUsed": [],
        "globalsExportedWithTypes": [],
        "globalsAnalysisHash": None,
        "pythonExecution": None,
        "pythonExecutionCodeHash": None,
    },
    "ph-duck-sql": {
        "code": "",
        "returnVariable": "duck_df",
        **{f"duck{name}": value for name, value in _SQL_CELL.items()},
        "showSettings": False,
    },
    "ph-hogql-sql": {
        "code": "",
        "returnVariable": "hogql_df",
        **{f"hogql{name}": value for name, value in _SQL_CELL.items()},
        "showSettings": False,
    },
    "ph-recording": {"id": None, "noInspector": False},
    "ph-recording-playlist": {"universalFilters": None, "pinned": None},
    **{
        f"ph-{name}": {"id": None}
        for name in (
            *("feature-flag", "feature-flag-code-example", "experiment"),
            *("early-access-feature", "survey", "cohort"),
        )
    },
    **{f"ph-{name}": _OF_PERSON for name in ("person", "person-feed", "person-properties", "map")},
    "ph-group": {"id": None, "groupTypeIndex": None, "placement": None},
    "ph-group-properties": {"groupKey": None, "groupTypeIndex": None},
    "ph-image": {"file": None, "src": None},
    "ph-embed": {"src": None, "width": None},
    "ph-latex": {"content": "", "editing": True},
    "ph-task-create": {"title": "", "description": "", "severity": ""},
    "ph-llm-trace": {"personId": None},
    "ph-issues": _OF_GROUP,
    "ph-usage-metrics": {**_OF_GROUP, "tabId": None},
    "ph-customer-journey": {**_OF_GROUP, "tabId": None},
    "ph-zendesk-tickets": {"personId": None, "groupKey": None},
    "ph-related-groups": {"id": None, "groupTypeIndex": None, "type": None},
    "ph-support-tickets": {"personId": None, "distinctIds": None},
}
"""Blocks without children, with the attributes of their own and their defaults."""

INLINE: Final[Mapping[str, Mapping[str, Any]]] = {
    "ph-mention": {"id": None},
    "ph-backlink": {"href": "", "type": None, "title": None},
    "ph-replay-timestamp": {
        "playbackTime": None,
        "sessionRecordingId": None,
        "sourceNodeId": None,
    },
}
"""Nodes within a line, with their attributes and their defaults."""
