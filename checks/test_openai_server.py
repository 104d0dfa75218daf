"""The local server: what it refuses, what goes wrong on request, and that nothing is left over."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from typing import Any

import httpx
import pytest
from sampled import of_room
from starlette.applications import Starlette
from starlette.routing import Mount
from waiting import SECONDS_FOR_A_HANG, SECONDS_OF_SILENCE, limits, until

from course.catalog import ROOT, CourseError
from course.fakes.chat_models import Call, ScriptedChatModel
from course.fakes.nesting import refused_depth
from course.fakes.openai import serve
from course.fakes.openai.background_server import BackgroundServer, listen
from course.fakes.openai.faults import FAULTS
from course.fakes.openai.http import MOST_BYTES
from course.fakes.openai.server import LocalServer, OpenAIService, openai_app
from course.fakes.script import Fail, Hang, Pause, Reply, ToolCall

pytestmark = of_room("server")

HELLO = [{"role": "user", "content": "Hello?"}]
CHAT = "/chat/completions"
JSON = {"content-type": "application/json"}

get = partial(httpx.get, timeout=SECONDS_FOR_A_HANG)
post = partial(httpx.post, timeout=SECONDS_FOR_A_HANG)


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    """A server with one script, that ends none of its own."""
    script = {
        "": Reply("Hé", "l", "lo", "."),
        "tool": Reply("I ask.", ToolCall("a", {"city": "Rome"})),
        "slowly": Reply(Pause(9), "a", Pause(9), "b", Pause(9), "c"),
        "blocks": Reply("I ask.", ToolCall("a", {}), " And:", ToolCall("b", {}), blocks=True),
    }
    model = ScriptedChatModel(replies=script)
    with LocalServer({"script": model}, speed=0) as running:
        yield running
        running.settle()


def send(
    server: LocalServer, value: object = None, /, path: str = CHAT, **options: Any
) -> httpx.Response:
    """Post JSON."""
    return post(server.url + path, json=value, **options)


def question(model: str = "script", text: str = "Hello?", **more: Any) -> dict[str, Any]:
    """Return a request for an answer."""
    return {"model": model, "messages": [{"role": "user", "content": text}], **more}


def events(answer: httpx.Response) -> list[Any]:
    """Return the JSON of each event of a stream, and "[DONE]" as it is."""
    lines = [line for line in answer.content.split(b"\n") if line.startswith(b"data: ")]
    return [json.loads(line[6:]) if line != b"data: [DONE]" else "[DONE]" for line in lines]


def told(seen: list[Any]) -> str:
    """Return the text of a stream."""
    choices = [choice for event in seen if event != "[DONE]" for choice in event["choices"]]
    return "".join(choice["delta"].get("content") or "" for choice in choices)


# What is refused

DEEP: dict[str, Any] = {}
for _ in range(90):
    DEEP = {"type": "array", "items": DEEP}


def tool(parameters: object) -> dict[str, Any]:
    """Return a request with a tool."""
    function = {"name": "a", "parameters": parameters}
    return question(tools=[{"type": "function", "function": function}])


WRONG: dict[str, tuple[object, int, str]] = {
    "no object": ([], 400, "valid dictionary"),
    "no model": ({"messages": HELLO}, 400, "model"),
    "no messages": ({"model": "script"}, 400, "messages"),
    "empty messages": ({"model": "script", "messages": []}, 400, "messages"),
    "a message of text": ({"model": "script", "messages": ["Hello"]}, 400, "messages.0"),
    "an unknown role": ({"model": "script", "messages": [{"role": "cat"}]}, 400, "role"),
    "no content": ({"model": "script", "messages": [{"role": "user"}]}, 400, "content"),
    "content of numbers": (
        {"model": "script", "messages": [{"role": "user", "content": 7}]},
        400,
        "content",
    ),
    "a part without text": (
        {"model": "script", "messages": [{"role": "user", "content": [{"type": "text"}]}]},
        400,
        "needs a text",
    ),
    "a result of no call": (
        {"model": "script", "messages": [{"role": "tool", "content": "a"}]},
        400,
        "tool_call_id",
    ),
    "an unknown model": (question("gpt-9"), 404, "does not exist"),
    "an unknown fault": (question("script+melt"), 400, "cut-in-character"),
    "a fault of streams": (question("script+cut-after-1"), 400, "only for stream: true"),
    "stream of text": (question(stream="yes"), 400, "stream"),
    "options of no stream": (question(stream_options={"include_usage": True}), 400, "stream: true"),
    "two answers": (question(n=2), 400, "n:"),
    "a number to stop": (question(stop=7), 400, "stop"),
    "too hot": (question(temperature=3), 400, "temperature"),
    "no tokens": (question(max_tokens=0), 400, "max_tokens"),
    "tools of text": (question(tools=["a"]), 400, "tools.0"),
    "another kind of tool": (question(tools=[{"type": "web_search"}]), 400, "tools.0"),
    "no such tool": (
        question(tool_choice={"type": "function", "function": {"name": "b"}}),
        400,
        "tool_choice",
    ),
    "a forced call of nothing": (question(tool_choice="required"), 400, "there are no tools"),
    "no schema": (question(response_format={"type": "json_schema"}), 400, "json_schema"),
    "a schema of text": (tool("object"), 400, "parameters"),
    "properties of a list": (tool({"properties": []}), 400, "properties cannot be"),
    "a property of text": (tool({"properties": {"a": "b"}}), 400, "must be an object"),
    "an endless reference": (
        tool({"$defs": {"a": {"$ref": "#/$defs/a"}}, "properties": {"x": {"$ref": "#/$defs/a"}}}),
        400,
        "leads back to itself",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_request_is_refused(server: LocalServer, name: str) -> None:
    value, status, text = WRONG[name]
    answer = send(server, value)
    assert_is_error(answer, status)
    assert text in answer.json()["error"]["message"]


def assert_is_error(answer: httpx.Response, status: int) -> None:
    """Fail unless an answer is an error such as OpenAI's."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert set(answer.json()) == {"error"}
    error = answer.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["message"]
    assert error["type"]
    assert "Traceback" not in answer.text
    assert ".py" not in answer.text


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[" * refused_depth(), b'{"model": "\xff"}', b"9" * 10_000, "🙂".encode("utf-16")],
    ids=["empty", "open", "deep", "no utf-8", "huge number", "utf-16"],
)
def test_what_is_no_json_is_refused(server: LocalServer, body: bytes) -> None:
    assert_is_error(post(server.url + CHAT, content=body, headers=JSON), 400)


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded"])
def test_other_content_types_are_refused(server: LocalServer, kind: str | None) -> None:
    headers = {} if kind is None else {"content-type": kind}
    content = json.dumps(question()).encode()
    assert_is_error(post(server.url + CHAT, content=content, headers=headers), 415)


def test_a_content_type_may_say_more(server: LocalServer) -> None:
    headers = {"content-type": "Application/JSON; charset=utf-8"}
    content = json.dumps(question()).encode()
    assert post(server.url + CHAT, content=content, headers=headers).status_code == 200


@pytest.mark.parametrize("in_pieces", [False, True])
def test_huge_requests_are_refused(server: LocalServer, in_pieces: bool) -> None:
    part = b" " * (MOST_BYTES // 4)
    content: Any = (part for _ in range(8)) if in_pieces else part * 8
    assert_is_error(post(server.url + CHAT, content=content, headers=JSON), 413)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", CHAT, 405),
        ("DELETE", CHAT, 405),
        ("OPTIONS", CHAT, 405),
        ("POST", "/models", 405),
        ("GET", "/embeddings", 405),
        ("GET", "/responses", 405),
        ("GET", "/responses/resp_1", 404),
        ("POST", "/conversations", 404),
        ("POST", "/chat", 404),
        ("GET", "/models/", 404),
        ("GET", "/models/gpt", 404),
        ("GET", "/../../etc/passwd", 404),
    ],
)
def test_wrong_ways_are_refused(server: LocalServer, method: str, path: str, status: int) -> None:
    assert_is_error(httpx.request(method, server.url + path, timeout=SECONDS_FOR_A_HANG), status)


@pytest.mark.parametrize(
    ("host", "welcome"),
    [
        ("localhost", True),
        ("LOCALHOST:1", True),
        ("127.0.0.1:80", True),
        ("[::1]:80", True),
        ("evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("localhost.evil.example:80", False),
        ("", False),
    ],
)
def test_only_names_of_this_machine_are_answered(
    server: LocalServer, host: str, welcome: bool
) -> None:
    answer = get(f"{server.url}/models", headers={"host": host})
    if welcome:
        assert answer.status_code == 200
    else:
        assert_is_error(answer, 403)


def test_no_other_site_is_let_in(server: LocalServer) -> None:
    headers = {"origin": "https://evil.example", "access-control-request-method": "POST"}
    for answer in (
        httpx.options(server.url + CHAT, headers=headers, timeout=SECONDS_FOR_A_HANG),
        send(server, question(), headers=headers),
    ):
        assert not [name for name in answer.headers if name.startswith("access-control")]


def test_any_key_or_none_will_do(server: LocalServer) -> None:
    for headers in ({}, {"authorization": "Bearer anything"}):
        assert send(server, question(), headers=headers).status_code == 200


def test_numbers_of_tokens_are_refused(server: LocalServer) -> None:
    answer = send(server, {"model": "hashed", "input": [1, 2]}, path="/embeddings")
    assert_is_error(answer, 400)
    assert "check_embedding_ctx_length=False" in answer.text
    assert_is_error(send(server, {"model": "script", "input": "a"}, path="/embeddings"), 404)


@pytest.mark.parametrize("content", ["\ud800 half a pair", "\x00", "\u2028", "a" * 100_000])
def test_odd_texts_come_back(content: str) -> None:
    with LocalServer(speed=0) as server:
        body = json.dumps(question("quoting", f'The answer is {content}. What is "it"?'))
        for stream in (b"false", b"true"):
            sent = body.encode()[:-1] + b', "stream": ' + stream + b"}"
            answer = post(server.url + CHAT, content=sent, headers=JSON)
            assert answer.status_code == 200
            assert answer.content.decode()


def test_deep_schemas_and_histories_are_read(server: LocalServer) -> None:
    assert send(server, tool({"type": "object", "properties": {"a": DEEP}})).status_code == 200
    call = {"id": "1", "type": "function", "function": {"name": "a", "arguments": "{broken"}}
    history = [
        {"role": "developer", "content": [{"type": "text", "text": "Be kind."}]},
        {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:,"}}]},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "1", "content": "x"},
        *HELLO,
    ]
    assert send(server, {"model": "script", "messages": history}).status_code == 200
    call_seen = server.models["script"].transcript[-1]
    assert [message.type for message in call_seen.messages] == [
        "system",
        "human",
        "ai",
        "tool",
        "human",
    ]


# What goes wrong on request


def stream(server: LocalServer, fault: str, text: str = "Hello?", header: bool = False) -> Any:
    """Return the answer of a stream with a fault."""
    model = "script" if header else f"script+{fault.replace('=', '-')}"
    headers = {"X-Fault": fault} if header else {}
    return send(server, question(model, text, stream=True), headers=headers)


@pytest.mark.parametrize("header", [False, True])
def test_cut_after(server: LocalServer, header: bool) -> None:
    seen = events(stream(server, "cut-after=2", header=header))
    assert told(seen) == "Hél"
    assert [event["choices"][0]["finish_reason"] for event in seen] == [None] * 3
    call = server.models["script"].transcript[-1]
    assert (call.pulled, call.outcome) == (2, "closed")


def test_pauses_do_not_count_as_pieces(server: LocalServer) -> None:
    assert told(events(stream(server, "cut-after=2", "slowly"))) == "ab"


def test_calls_are_counted_from_zero_also_among_blocks(server: LocalServer) -> None:
    seen = events(send(server, question(text="blocks", stream=True)))
    calls = [call for event in seen[:-1] for call in calls_in(event)]
    assert [call["index"] for call in calls] == [0, 0, 1, 1]
    assert [call["function"].get("name") for call in calls] == ["a", None, "b", None]


def calls_in(event: Any) -> list[Any]:
    """Return the pieces of tool calls in an event."""
    return [call for choice in event["choices"] for call in choice["delta"].get("tool_calls", ())]


def test_cut_before_the_first_piece(server: LocalServer) -> None:
    assert stream(server, "cut-after=0").content == b""


def test_drop_after(server: LocalServer) -> None:
    with pytest.raises(httpx.RemoteProtocolError, match="incomplete chunked read"):
        stream(server, "drop-after=2")


def test_cut_in_a_character(server: LocalServer) -> None:
    body = stream(server, "cut-in-character").content
    assert body.endswith("Hé".encode()[:-1])
    with pytest.raises(UnicodeDecodeError, match="unexpected end of data"):
        body.decode()


def test_cut_in_arguments(server: LocalServer) -> None:
    seen = events(stream(server, "cut-in-arguments", "tool"))
    pieces = [call["function"]["arguments"] for event in seen for call in calls_in(event)]
    assert "".join(pieces) == '{"city'
    assert seen[-1] != "[DONE]"


def test_stall(server: LocalServer) -> None:
    received = b""
    with raw(server, question("script+stall-after-2", stream=True)) as answer:
        while received.count(b"data: ") < 3 or not received.endswith(b"\n\n\r\n"):
            received += answer.recv(65536)
        assert received.count(b"data: ") == 3
        answer.settimeout(SECONDS_OF_SILENCE)
        with pytest.raises(TimeoutError):
            answer.recv(65536)
    server.settle()
    assert server.models["script"].transcript[-1].outcome == "closed"


@pytest.mark.parametrize("streamed", [False, True])
def test_rate_limit_and_server_error(server: LocalServer, streamed: bool) -> None:
    calls = len(server.models["script"].transcript)
    limited = send(server, question("script+rate-limit-7", stream=streamed))
    assert_is_error(limited, 429)
    assert limited.headers["retry-after"] == "7"
    assert limited.json()["error"]["code"] == "rate_limit_exceeded"
    assert_is_error(send(server, question("script+server-error", stream=streamed)), 500)
    assert len(server.models["script"].transcript) == calls


def test_an_error_in_the_middle(server: LocalServer) -> None:
    *seen, last = events(stream(server, "error-after=3"))
    assert told(seen) == "Héllo"
    assert last["error"]["type"] == "server_error"


def test_empty_choices_and_usage(server: LocalServer) -> None:
    seen = events(stream(server, "empty-choices=2+usage-only"))
    assert [event["choices"] == [] for event in seen[:-1]].index(True) == 3
    assert seen[-1] == "[DONE]"
    assert seen[-2]["choices"] == []
    assert seen[-2]["usage"]["completion_tokens"] > 0
    assert told(seen) == "Héllo."


def test_keep_alive_and_single_bytes(server: LocalServer) -> None:
    body = question("script+keep-alive+one-byte", stream=True)
    with httpx.stream("POST", server.url + CHAT, json=body, timeout=SECONDS_FOR_A_HANG) as answer:
        parts = list(answer.iter_raw())
    whole = b"".join(parts)
    assert len(parts) > len(whole) / 4  # some meet on the way
    assert whole.startswith(b": keep-alive\n\ndata: ")
    assert whole.count(b": keep-alive\n\n") == 5
    assert told(events(httpx.Response(200, content=whole))) == "Héllo."


def test_once_lets_the_second_try_through(server: LocalServer) -> None:
    for count, status in (("0", 429), ("1", 200)):
        headers = {"x-fault": "rate-limit, once", "x-stainless-retry-count": count}
        assert send(server, question(), headers=headers).status_code == status


def test_every_fault_is_in_the_manual_with_a_line_for_curl() -> None:
    text = (ROOT / "docs" / "server.md").read_text(encoding="utf-8")
    table = text[text.index("| fault |") :]
    rows = [line for line in table.splitlines() if line.startswith("| `")]
    assert {row.split("`")[1].partition("=")[0] for row in rows} == set(FAULTS)
    for name in FAULTS:
        assert any(line.startswith("curl ") and name in line for line in text.splitlines())


def test_the_lines_of_the_manual_work() -> None:
    if not (shutil.which("curl") and shutil.which("sh")):
        pytest.skip("there is no curl on this machine")
    text = (ROOT / "docs" / "server.md").read_text(encoding="utf-8")
    block = text[text.index("URL=") :].partition("```")[0]
    lines = [line for line in block.splitlines() if line.startswith("curl ")]
    settings = block.partition("curl ")[0]
    assert len(lines) == len(FAULTS)
    with LocalServer(speed=0) as server:
        settings = settings.replace("http://127.0.0.1:8000/v1", server.url)
        for line in lines:
            ended = next(filter(has_said_something, map(partial(run, settings + line), limits())))
            wanted = 18 if "drop" in line else 28 if "stall" in line else 0
            assert ended.returncode == wanted, line


def run(line: str, seconds: float) -> subprocess.CompletedProcess[bytes]:
    """Run a line of the manual, which may ask curl to give up after a time."""
    program = line.replace("--max-time 5", f"--max-time {seconds}")
    return subprocess.run(["sh", "-c", program], capture_output=True, check=False)


def has_said_something(ended: subprocess.CompletedProcess[bytes]) -> bool:
    """Return whether a server answered, in the time that it had."""
    return b"error" in ended.stdout or b"data: " in ended.stdout


# What is left over


def test_a_client_that_leaves_ends_the_producer() -> None:
    model = ScriptedChatModel(replies={"": Reply("a", Hang()), "dead": Reply(Hang())})
    with LocalServer({"script": model}) as server:
        for text in ("Hello?", "dead"):
            for streamed in (True, False):
                asked = len(model.transcript)

                def is_asked(before: int = asked) -> bool:
                    return len(model.transcript) > before

                with raw(server, question(text=text, stream=streamed)):
                    until(is_asked, "it is asked")
        server.settle()
        assert [call.outcome for call in model.transcript] == ["closed"] * 4


def raw(server: BackgroundServer, body: object) -> socket.socket:
    """Ask, and return the connection without reading from it."""
    content = json.dumps(body).encode()
    head = (
        f"POST /v1{CHAT} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
        f"content-length: {len(content)}\r\n\r\n"
    )
    made = socket.create_connection(("127.0.0.1", server.port), timeout=SECONDS_FOR_A_HANG)
    made.sendall(head.encode() + content)
    return made


def test_a_client_that_disconnects_at_once_leaves_nothing() -> None:
    model = ScriptedChatModel(replies={"": Reply(*["word "] * 1_000)})
    with LocalServer({"script": model}) as server:
        for _ in range(20):
            raw(server, question(stream=True)).close()
        assert send(server, question()).status_code == 200
        server.settle()
        assert all(call.closed for call in model.transcript)


def test_a_client_that_never_reads_stops_the_producer_only() -> None:
    pieces = 2_000
    big = Reply(*["x" * 20_000] * pieces)
    model = ScriptedChatModel(replies={"": "Hello.", "much": big})
    with LocalServer({"script": model}) as server:
        with raw(server, question(text="much", stream=True)):
            until(lambda: model.transcript, "the model is asked")
            [call, *_] = model.transcript
            until(lambda: stands_still(server, call), "the producer has stopped")
            assert 0 < call.pulled < pieces / 2
            assert not call.closed
        server.settle()
        assert model.transcript[0].outcome == "closed"


def stands_still(server: LocalServer, call: Call) -> bool:
    """Return whether nothing is pulled for an answer while several others are given."""
    pulled = call.pulled
    for _ in range(5):
        assert send(server, question()).status_code == 200
    return call.pulled == pulled > 0


def test_it_ends_at_once_in_the_middle_of_streams() -> None:
    threads = threading.active_count()
    model = ScriptedChatModel(
        replies={"": Reply("a", Hang()), "slow": Reply("a", Pause(2 * SECONDS_FOR_A_HANG), "b")}
    )
    server = LocalServer({"script": model})
    server.start()
    open_ones = [raw(server, question(text=text, stream=True)) for text in ("a", "slow", "a")]
    for connection in open_ones:
        assert connection.recv(10)
    stopping = threading.Thread(target=server.stop, daemon=True)
    stopping.start()
    stopping.join(SECONDS_FOR_A_HANG)
    assert not stopping.is_alive()
    assert [call.outcome for call in model.transcript] == ["closed"] * 3
    assert threading.active_count() == threads
    for connection in open_ones:
        connection.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port))


def test_no_task_is_left() -> None:
    seen: list[int] = []

    async def count(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            seen.append(len(asyncio.all_tasks()))
        await app(scope, receive, send)

    model = ScriptedChatModel(replies={"": Reply("a", Hang())})
    app = openai_app({"script": model})
    service: OpenAIService = app.state.service
    with BackgroundServer(count) as server:
        url = f"{server.origin}/v1"
        get(f"{url}/models")
        for _ in range(3):
            with raw(server, question(stream=True)):
                until(lambda: service.pace.playing, "it is answered")
            until(lambda: not service.pace.playing, "the answer is closed")
        get(f"{url}/models")
    assert seen[0] == seen[-1]


def test_it_can_be_part_of_another_app() -> None:
    app = Starlette(routes=[Mount("/fake", openai_app(speed=0))])
    with BackgroundServer(app) as server:
        url = f"{server.origin}/fake/v1"
        assert get(f"{url}/models").status_code == 200
        assert_is_error(get(f"{url}/nothing"), 404)


def test_pauses_pass_faster_on_request() -> None:
    model = ScriptedChatModel(replies={"": Reply(Pause(1000), "a")})
    with LocalServer({"script": model}, speed=100_000) as server:
        assert send(server, question()).status_code == 200
    for speed in (-1, float("nan")):
        with pytest.raises(ValueError, match="speed"):
            openai_app(speed=speed)


def test_a_script_may_fail_with_anything() -> None:
    failures = [KeyboardInterrupt("k"), SystemExit("s"), asyncio.CancelledError("c"), OSError("o")]
    model = ScriptedChatModel(replies=[Reply(Fail(error)) for error in failures])
    with LocalServer({"script": model}) as server:
        for _ in failures:
            assert_is_error(send(server, question(stream=True)), 500)
        assert get(f"{server.url}/models").status_code == 200


# The command


def test_the_command_serves_until_interrupted() -> None:
    program = "import sys; from course.fakes.openai import serve; sys.exit(serve.run(0, 0))"
    with subprocess.Popen(
        [sys.executable, "-u", "-c", program],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout is not None
        text = ""
        while "Ctrl-C" not in text:
            line = running.stdout.readline()
            assert line, running.communicate()[1]
            text += line
        url = next(word for word in text.split() if word.startswith("http"))
        shown = next(line for line in text.splitlines() if "curl -N" in line)
        body = shown.partition(" -d '")[2].rstrip("'")
        answer = post(url + CHAT, content=body.encode(), headers=JSON)
        assert told(events(answer)) == "A refund takes 14 days."
        with socket.create_connection(("127.0.0.1", httpx.URL(url).port or 0)):
            running.send_signal(signal.SIGINT)
            _, errors = running.communicate(timeout=SECONDS_FOR_A_HANG)
        assert (running.returncode, errors) == (0, "")


def test_a_port_that_is_taken_is_said_in_words() -> None:
    with listen() as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CourseError, match=f"Port {port} is in use.* --port 8000"):
            serve.run(port, 1)
    with pytest.raises(CourseError, match="65535 is the last one"):
        serve.run(70_000, 1)
    with pytest.raises(CourseError, match="speed"):
        serve.run(0, -1)


def test_a_long_running_server_forgets_calls() -> None:
    model = ScriptedChatModel(replies={"": "Hello."})
    with BackgroundServer(openai_app({"script": model}, most_calls=2)) as server:
        for _ in range(5):
            post(f"{server.origin}/v1{CHAT}", json=question())
    assert len(model.transcript) == 2
