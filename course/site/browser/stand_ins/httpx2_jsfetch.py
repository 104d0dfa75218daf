"""Stands in for what connects httpx2 to a browser's network: here, nothing is sent anywhere."""

from typing import Any


class JavascriptFetchTransport:
    """Refuses every request."""

    def __init__(self, *args: Any, **options: Any) -> None:
        pass

    def handle_request(self, request: Any) -> Any:
        raise ConnectionError("Nothing in this course needs the network.")

    def close(self) -> None:
        pass


class AsyncJavascriptFetchTransport:
    """Does the same, asynchronously."""

    def __init__(self, *args: Any, **options: Any) -> None:
        pass

    async def handle_async_request(self, request: Any) -> Any:
        raise ConnectionError("Nothing in this course needs the network.")

    async def aclose(self) -> None:
        pass
