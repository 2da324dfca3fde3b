"""Lets ``python -m nbsync`` do what ``nbsync`` does."""

from nbsync.cli import main

if __name__ == "__main__":
    main()
