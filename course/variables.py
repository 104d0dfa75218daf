"""The variables of the shell: what comes into a process of the course, and what stays outside.

Standard library only: the set-up and `doctor` need it, too.
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
"""All that a process that grades takes from the shell: where things are on this machine."""

PYTHON = ("PYTHON*", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__")
"""What changes how Python starts, and where it looks for modules."""

PYTEST = ("PYTEST_*", "PY_COLORS", "PY_IGNORE_IMPORTMISMATCH")
MODELS = ("OPENAI_*", "AZURE_OPENAI_*", "LANGCHAIN_*", "LANGSMITH_*", "LANGGRAPH_*", "TIKTOKEN_*")
"""What clients of models read: keys, addresses, and where to report what is done."""

PROXIES = ("*_PROXY",)
CERTIFICATES = ("SSL_CERT_*", "SSLKEYLOGFILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
NETWORK = (*PROXIES, *CERTIFICATES)
"""What clients of HTTP read. Both spellings count, with capitals and without."""

TRACING = ("LANGSMITH_TRACING", "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING", "LANGCHAIN_TRACING_V2")
"""The variables that make LangSmith record what runs."""

_NO_PROXY = ("NO_PROXY", "no_proxy")
_LOOPBACK = ("127.0.0.1", "localhost")


def named(variables: Iterable[str], patterns: Iterable[str]) -> list[str]:
    """Return those of the variables that fit one of the patterns, sorted."""
    patterns = tuple(patterns)
    return sorted(name for name in variables if _fits(name.upper(), patterns))


def coming_in(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the part of a shell's variables that a process that grades may have."""
    return {name: variables[name] for name in named(variables, COMES_IN)}


def remove(variables: MutableMapping[str, str], patterns: Iterable[str]) -> None:
    """Take out what fits one of the patterns."""
    for name in named(variables, patterns):
        del variables[name]


def without(variables: Mapping[str, str], patterns: Iterable[str]) -> dict[str, str]:
    """Return a copy without what fits one of the patterns."""
    kept = dict(variables)
    remove(kept, patterns)
    return kept


def stop_tracing(variables: MutableMapping[str, str]) -> None:
    """Switch LangSmith off."""
    variables.update(dict.fromkeys(TRACING, "false"))


def bypass_proxies(variables: MutableMapping[str, str]) -> None:
    """See to it that this machine is never asked for through a proxy."""
    for name in _NO_PROXY:
        hosts = [host for host in variables.get(name, "").split(",") if host]
        missing = [host for host in _LOOPBACK if host not in hosts]
        variables[name] = ",".join(hosts + missing)


def socks_proxies(variables: Mapping[str, str]) -> list[str]:
    """Return which proxies speak SOCKS. pip and the HTTP clients here do not, and stop there."""
    return [
        name for name in named(variables, PROXIES) if variables[name].lower().startswith("socks")
    ]


def _fits(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)
