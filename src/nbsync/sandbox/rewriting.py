"""What servers of 2026 do to the cells in a document when it is written."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from nbsync.sandbox import errors

if TYPE_CHECKING:
    from nbsync.sandbox.kinds import Kind

_INSIGHTS = (
    "FunnelsQuery",
    "LifecycleQuery",
    "PathsQuery",
    "RetentionQuery",
    "StickinessQuery",
    "TrendsQuery",
)
_ONE_OF_THEM = f"InsightVizNode.source must be one of: {', '.join(_INSIGHTS)}."


def rewrite(content: Any, kind: Kind) -> None:
    """Bring the query and Python cells of a document to what the server stores, in place.

    Transcripts/2026/64-content-rewrite-on-write; the server that was recorded analysed no code, so
    no globals are found here either.

    Args:
        content: What was sent. Documents are objects; anything else is left alone.
        kind: Which cells are rewritten.

    Raises:
        ApiError: A query cell shows what it cannot (400).
    """
    nodes = [content]
    while nodes:
        node = nodes.pop()
        if isinstance(node, dict):
            node.update(_attributes(node, kind))
            children = node.get("content")
            nodes.extend(reversed(children) if isinstance(children, list) else ())


def _attributes(node: dict[str, Any], kind: Kind) -> dict[str, Any]:
    attrs = node.get("attrs")
    if not isinstance(attrs, dict):
        return {}
    name, query, code = node.get("type"), attrs.get("query"), attrs.get("code")
    if kind.rewrites and name == "ph-query" and isinstance(query, dict):
        return {"attrs": {**attrs, "query": _query(query)}}
    if kind.annotates and name == "ph-python" and isinstance(code, str):
        digest = hashlib.sha256(code.encode("utf-8", "surrogatepass")).hexdigest()
        found = {"globalsUsed": [], "globalsExportedWithTypes": [], "globalsAnalysisHash": digest}
        return {"attrs": {**attrs, **found}}
    return {}


def _query(query: dict[str, Any]) -> dict[str, Any]:
    source = query.get("source")
    inner = source.get("kind") if isinstance(source, dict) else None
    match query.get("kind"):
        case "InsightVizNode":
            return _insight(query, source, inner)
        case "DataVisualizationNode" if inner != "HogQLQuery":
            raise _refused(
                f"a DataVisualizationNode wrapping `{inner}`, which is not a valid SQL chart"
                " source. DataVisualizationNode.source must be a HogQLQuery."
            )
    return query


def _insight(query: dict[str, Any], source: Any, inner: Any) -> dict[str, Any]:
    if not isinstance(source, dict):
        raise _refused(f"an InsightVizNode without a `source`. {_ONE_OF_THEM}")
    if inner == "DataVisualizationNode":
        return _query(source)
    if inner == "HogQLQuery":
        return {"kind": "DataVisualizationNode", "source": source}
    if inner not in _INSIGHTS:
        raise _refused(
            f"an InsightVizNode wrapping `{inner}`, which is not a valid insight source."
            f" {_ONE_OF_THEM}"
        )
    return query


def _refused(why: str) -> errors.ApiError:
    return errors.invalid(f"ph-query node has {why}", "content")
