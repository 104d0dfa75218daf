"""Stands in for PyYAML, which has no WebAssembly build: LangChain imports it, no lesson uses it."""

from typing import Any, NoReturn


class YAMLError(Exception):
    """Never raised here."""


def safe_load(stream: Any) -> NoReturn:
    """Refuse: files of prompts in YAML cannot be read here."""
    raise NotImplementedError("YAML cannot be read in the browser.")


safe_dump = dump = load = safe_load
