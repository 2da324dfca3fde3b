"""PostHog's notebooks API over HTTP: requests out, data or errors from `nbsync.errors` back."""

# Nothing is imported here: the configuration needs `hosts` alone, and httpx takes long to load.
