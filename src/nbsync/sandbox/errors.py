"""Answers that refuse, with the bodies PostHog gives them."""

from __future__ import annotations

import json
from typing import Any


class ApiError(Exception):
    """An answer that is not a success.

    Attributes:
        status: The HTTP status.
        body: The four fields every PostHog error has.
    """

    def __init__(
        self, status: int, kind: str, code: str, detail: str, attr: str | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.body = {"type": kind, "code": code, "detail": detail, "attr": attr}

    @property
    def text(self) -> str:
        """The body as it goes over the wire."""
        return json.dumps(self.body, ensure_ascii=False, separators=(",", ":"))


def invalid(detail: str, attr: str | None, code: str = "invalid_input") -> ApiError:
    """A value that does not pass validation (400)."""
    return ApiError(400, "validation_error", code, detail, attr)


def unparsable(why: object) -> ApiError:
    """A body that is not JSON (400), transcripts/2026/11-create-bad-json."""
    return ApiError(400, "invalid_request", "parse_error", f"JSON parse error - {why}")


def unauthenticated(code: str, detail: str) -> ApiError:
    """No key or a wrong one (401)."""
    return ApiError(401, "authentication_error", code, detail)


def denied(detail: str) -> ApiError:
    """A good key that may not do this (403)."""
    return ApiError(403, "authentication_error", "permission_denied", detail)


def not_found(detail: str = "Not found.") -> ApiError:
    """Nothing there (404)."""
    return ApiError(404, "invalid_request", "not_found", detail)


def not_allowed(method: str) -> ApiError:
    """A method the path does not know (405)."""
    return ApiError(405, "invalid_request", "method_not_allowed", f'Method "{method}" not allowed.')


def unacceptable() -> ApiError:
    """An answer was wanted in a format that is not written (406)."""
    detail = "Could not satisfy the request Accept header."
    return ApiError(406, "invalid_request", "not_acceptable", detail)


def conflict(detail: str = "Someone else edited the Notebook") -> ApiError:
    """A lost race; its type is `server_error`, transcripts/2026/23."""
    return ApiError(409, "server_error", "conflict", detail)


def unsupported(media_type: str) -> ApiError:
    """A body in a format that is not read (415)."""
    return ApiError(
        415,
        "invalid_request",
        "unsupported_media_type",
        f'Unsupported media type "{media_type}" in request.',
    )


def throttled(seconds: str) -> ApiError:
    """Too many requests (429), transcripts/2023/90-throttle-429."""
    detail = f"Request was throttled. Expected available in {seconds} seconds."
    return ApiError(429, "throttled_error", "throttled", detail)


def server_error(status: int = 500) -> ApiError:
    """What every unhandled exception becomes (500)."""
    return ApiError(status, "server_error", "error", "A server error occurred.")


def of_status(status: int, retry_after: str) -> dict[str, Any]:
    """The body an ordered fault has when its order names none."""
    known = {
        401: unauthenticated(
            "authentication_failed",
            "Personal API key found in request Authorization header is invalid.",
        ),
        403: denied("You don't have access to the project."),
        404: not_found(),
        409: conflict(),
        429: throttled(retry_after),
    }
    return known.get(status, server_error(status)).body
