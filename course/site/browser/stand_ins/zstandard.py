"""Stands in for zstandard, which has no WebAssembly build: LangSmith imports it, and sends nothing."""


class ZstdCompressor:
    """Compresses nothing."""
