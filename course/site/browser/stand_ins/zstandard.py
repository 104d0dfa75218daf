"""Stands in for zstandard, which has no WebAssembly build: LangSmith imports it, to no use."""


class ZstdCompressor:
    """Compresses nothing."""
