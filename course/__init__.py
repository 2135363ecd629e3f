"""Attention from scratch: what the course's notebooks import, and its instructors' tools."""

__version__ = "0.1.0"
