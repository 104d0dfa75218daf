"""The variables of the shell: what comes into a process of the course, and what stays outside.

Standard library only: the setup and `doctor` need it, too.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping, MutableMapping

COMES_IN = (
    *("PATH", "HOME", "TMPDIR", "TEMP", "TMP"),
    *("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"),  # some Pythons do not start without
    "MAKELEVEL",  # whether advice names make
    "STREAMLINGS_*",
    # Windows
    *("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT"),
    *("USERPROFILE", "HOMEDRIVE", "HOMEPATH", "APPDATA", "LOCALAPPDATA"),
)
"""All that a grading process takes from the shell: where things are on this machine."""

PYTHON = ("PYTHON*", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__")
"""These change how Python starts, and where it looks for modules."""

PYTEST = ("PYTEST_*", "PY_COLORS", "PY_IGNORE_IMPORTMISMATCH")
MODELS = ("OPENAI_*", "AZURE_OPENAI_*", "LANGCHAIN_*", "LANGSMITH_*", "LANGGRAPH_*", "TIKTOKEN_*")
"""Clients of models read these: keys, addresses, and where to send traces."""

PROXIES = ("*_PROXY",)
CERTIFICATES = ("SSL_CERT_*", "SSLKEYLOGFILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
NETWORK = (*PROXIES, *CERTIFICATES)
"""HTTP clients read these, in upper and in lower case."""

GIT_ELSEWHERE = (
    *("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_NAMESPACE"),
    *("GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES"),
)
"""git sets these for hooks. They would send it to another repository."""

TRACING = ("LANGSMITH_TRACING", "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING", "LANGCHAIN_TRACING_V2")
"""The variables that make LangSmith record what runs."""

_NO_PROXY = ("NO_PROXY", "no_proxy")
_LOOPBACK = ("127.0.0.1", "localhost")


def named(variables: Iterable[str], patterns: Iterable[str]) -> list[str]:
    """Return the variables that match one of the patterns, sorted."""
    patterns = tuple(patterns)
    return sorted(name for name in variables if _fits(name.upper(), patterns))


def coming_in(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of a shell that a grading process may have."""
    return {name: variables[name] for name in named(variables, COMES_IN)}


def remove(variables: MutableMapping[str, str], patterns: Iterable[str]) -> None:
    """Remove the variables that match one of the patterns."""
    for name in named(variables, patterns):
        del variables[name]


def without(variables: Mapping[str, str], patterns: Iterable[str]) -> dict[str, str]:
    """Return a copy without the variables that match one of the patterns."""
    kept = dict(variables)
    remove(kept, patterns)
    return kept


def stop_tracing(variables: MutableMapping[str, str]) -> None:
    """Switch LangSmith off."""
    variables.update(dict.fromkeys(TRACING, "false"))


def bypass_proxies(variables: MutableMapping[str, str]) -> None:
    """Make sure that requests to this machine never go through a proxy."""
    for name in _NO_PROXY:
        hosts = [host for host in variables.get(name, "").split(",") if host]
        missing = [host for host in _LOOPBACK if host not in hosts]
        variables[name] = ",".join(hosts + missing)


def socks_proxies(variables: Mapping[str, str]) -> list[str]:
    """Return which proxies speak SOCKS. pip and the HTTP clients here do not, and fail."""
    return [
        name for name in named(variables, PROXIES) if variables[name].lower().startswith("socks")
    ]


def _fits(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)
