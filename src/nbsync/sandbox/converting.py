"""How servers since September 2026 make a Markdown notebook of whatever a POST sends."""

from __future__ import annotations

import json
import re
from typing import Any

from nbsync.sandbox import errors

_MARKS = {
    "bold": ("**", "**"),
    "italic": ("*", "*"),
    "underline": ("<u>", "</u>"),
    "strike": ("~~", "~~"),
    "code": ("`", "`"),
}
_SPECIAL = re.compile(r"[\\`*\[\]|]")
_LINE_START = re.compile(r"^(\s*)(#{1,6}\s|>|[-+•](?:\s|$)|<[A-Z])", re.MULTILINE)
_NUMBERED = re.compile(r"^(\s*\d+)([.)](?:\s|$))", re.MULTILINE)
_LISTS = ("bulletList", "orderedList")


def markdown_content(content: Any) -> tuple[dict[str, Any], str]:
    """Give the content that is stored, and its Markdown (contract section 3, PR #100471).

    Paragraphs, headings, lists, quotes, code and rules become what they are in Markdown; of any
    other block a tag with its attributes stays.

    Args:
        content: What was sent, not nested too deep to be kept; a Markdown notebook's stays as it
            is.

    Raises:
        ApiError: It is no document (400).
    """
    if (there := markdown_of(content)) is not None:
        return content, there
    text = "\n\n".join(block for block in map(_block, _blocks(content)) if block)
    attrs = {"nodeId": "markdown-notebook-v2", "markdown": text}
    return {"type": "doc", "content": [{"type": "ph-markdown-notebook", "attrs": attrs}]}, text


def markdown_of(content: Any) -> str | None:
    """Give the text of a Markdown notebook; None for any other content (contract section 0)."""
    match content:
        case {
            "type": "doc",
            "content": [{"type": "ph-markdown-notebook", "attrs": {"markdown": str(text)}}],
        }:
            return text
        case _:
            return None


def _blocks(content: Any) -> list[Any]:
    if content in (None, "", {}, []):
        return []
    nodes = content.get("content") if isinstance(content, dict) else content
    if not isinstance(nodes, list):
        raise errors.invalid("Content cannot be converted to markdown.", "content")
    return nodes


def _block(node: Any) -> str:
    if not isinstance(node, dict):
        return ""
    attrs = node.get("attrs") or {}
    match node.get("type"):
        case "paragraph" | "text":
            text = _escaped_starts(_inline(node))
        case "heading":
            text = f"{'#' * _level(attrs.get('level'))} {_inline(node)}"
        case "bulletList" | "orderedList":
            text = "\n".join(_items(node, 0))
        case "codeBlock":
            text = _code(node, attrs)
        case "blockquote":
            lines = "\n".join(map(_block, _children(node))).split("\n")
            text = "\n".join(f"> {line}".rstrip() for line in lines)
        case "horizontalRule":
            text = "---"
        case other:
            text = _tag(other, attrs)
    return text


def _items(node: dict[str, Any], depth: int) -> list[str]:
    lines = []
    for number, item in enumerate(_children(node), 1):
        marker = "-" if node["type"] == "bulletList" else f"{number}."
        parts = _children(item)
        text = " ".join(_inline(part) for part in parts if part.get("type") == "paragraph")
        lines.append(f"{'  ' * depth}{marker} {text}".rstrip())
        for part in parts:
            if part.get("type") in _LISTS:
                lines.extend(_items(part, depth + 1))
    return lines


def _code(node: dict[str, Any], attrs: dict[str, Any]) -> str:
    text = "".join(each.get("text", "\n") for each in _children(node))
    fence = max(["``", *re.findall("`+", text)], key=len) + "`"
    return f"{fence}{attrs.get('language') or ''}\n{text}\n{fence}"


def _tag(name: Any, attrs: dict[str, Any]) -> str:
    pairs = {"nodeType": str(name), **attrs}.items()
    props = (
        f"{key}={json.dumps(value) if isinstance(value, str) else f'{{{json.dumps(value)}}}'}"
        for key, value in pairs
    )
    return f"<UnknownNode {' '.join(props)} />"


def _inline(node: dict[str, Any]) -> str:
    if node.get("type") == "hardBreak":
        return "\n"
    if not isinstance(text := node.get("text"), str):
        return "".join(map(_inline, _children(node)))
    text = _SPECIAL.sub(r"\\\g<0>", text)
    for mark in node.get("marks") or []:
        kind, href = mark.get("type"), (mark.get("attrs") or {}).get("href")
        if kind in _MARKS:
            text = text.join(_MARKS[kind])
        elif kind == "link" and str(href).startswith(("http://", "https://")):
            text = f"[{text}]({href})"
    return text


def _escaped_starts(text: str) -> str:
    return _NUMBERED.sub(r"\1\\\2", _LINE_START.sub(r"\1\\\2", text))


def _children(node: dict[str, Any]) -> list[dict[str, Any]]:
    nodes = node.get("content")
    return [each for each in nodes if isinstance(each, dict)] if isinstance(nodes, list) else []


def _level(level: Any) -> int:
    return min(max(level, 1), 6) if isinstance(level, int) else 1
