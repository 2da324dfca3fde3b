"""The directory of pages: found, read, written, and left alone while git is at work."""

from nbsync.local.directory import Directory

__all__ = ["Directory"]
