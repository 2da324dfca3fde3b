"""Two-way sync between PostHog notebooks and a directory of files."""

__version__ = "0.1.0"
