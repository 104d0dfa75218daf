"""LangChain's own standard suites on the fakes, with each feature declared.

No test of the suites is overridden. What they fetch from the network is a file of
a few bytes here: the models read the text of a message and never its files.
"""

from __future__ import annotations

import base64
import importlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal, cast
from xml.etree import ElementTree

import httpx
import pytest
from langchain_core.embeddings import Embeddings
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, message_chunk_to_message
from langchain_tests.integration_tests import ChatModelIntegrationTests, EmbeddingsIntegrationTests
from langchain_tests.unit_tests import ChatModelUnitTests, EmbeddingsUnitTests
from pytest_benchmark.fixture import BenchmarkFixture

from course.fakes.chat_models import ScriptedChatModel
from course.fakes.embeddings import HashedEmbeddings
from course.fakes.quoting import QuotingChatModel
from course.fakes.script import Reasoning, Reply, ToolCall

# Each skipped test, with the reason why it cannot apply.
SKIPS = {
    "TestScriptedUnit.test_init_from_env": "the models read nothing from the environment",
    "TestQuotingUnit.test_init_from_env": "the models read nothing from the environment",
}

# A white image of one pixel.
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAG7buVgAAAABJRU5ErkJggg=="
)


@pytest.fixture(autouse=True)
def fetched_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the suites a file instead of the network."""
    monkeypatch.setattr(httpx, "get", lambda *_, **__: SimpleNamespace(content=PIXEL))
    monkeypatch.setenv("LANGCHAIN_TESTS_USER_AGENT", "offline")


@pytest.fixture
def benchmark(benchmark: BenchmarkFixture) -> BenchmarkFixture:
    """Run what is to be timed once: the suites set no limit, and `benchmarks` measures."""
    benchmark.disabled = True
    return benchmark


@pytest.fixture
def vcr() -> SimpleNamespace:
    """Stand for a cassette that is recorded already: there is no traffic to record."""
    return SimpleNamespace(responses=["nothing"])


class _Unit(ChatModelUnitTests):
    """What both models declare to the unit suite."""

    @pytest.fixture(autouse=True)
    def loadable(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Put the model on the list of classes that LangChain agrees to load."""
        path = tuple(self.chat_model_class.lc_id())
        # The package's function of the same name hides this module from import statements.
        loading = importlib.import_module("langchain_core.load.load")
        listed = loading._get_default_allowed_class_paths
        monkeypatch.setattr(
            loading, "_get_default_allowed_class_paths", lambda which: {path, *listed(which)}
        )

    @pytest.fixture
    def snapshot(self) -> Callable[..., dict[str, Any]]:
        """Return what the serialized model has to be."""
        return lambda name: {
            "lc": 1,
            "type": "constructor",
            "id": [*self.chat_model_class.__module__.split("."), self.chat_model_class.__name__],
            "kwargs": {"stop": [], "structured_method": "json_schema", **self.chat_model_params},
            "name": self.chat_model_class.__name__,
        }


class _Integration(ChatModelIntegrationTests):
    """What both models declare to the integration suite: everything."""

    @property
    def supports_json_mode(self) -> bool:
        return True

    @property
    def supports_image_inputs(self) -> bool:
        return True

    @property
    def supports_image_urls(self) -> bool:
        return True

    @property
    def supports_pdf_inputs(self) -> bool:
        return True

    @property
    def supports_audio_inputs(self) -> bool:
        return True

    @property
    def supports_image_tool_message(self) -> bool:
        return True

    @property
    def supports_pdf_tool_message(self) -> bool:
        return True

    @property
    def supports_anthropic_inputs(self) -> bool:
        return True

    @property
    def enable_vcr_tests(self) -> bool:
        return True

    @property
    def model_override_value(self) -> str:
        return "another-model"


class TestScriptedUnit(_Unit):
    """The scripted model in the unit suite."""

    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return ScriptedChatModel

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"replies": ["Hello."], "model": "script-1"}


class TestQuotingUnit(_Unit):
    """The quoting model in the unit suite."""

    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return QuotingChatModel

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"model": "quoting-1"}


SCRIPT: dict[str, Reply | str | list[Reply | str]] = {
    "magic_function(3)": Reply(ToolCall("magic_function", {"input": 3})),
    "magic_function_no_args()": Reply(ToolCall("magic_function_no_args", {})),
    "Pirate": Reply(ToolCall("greeting_generator", {"answer_style": "Pirate"})),
    "joke": Reply.of('{"setup": "Why do cats purr?", "punchline": "They like the script."}'),
    "San Francisco": [
        Reply("I ask. ", ToolCall("get_weather", {"location": "San Francisco, CA"})),
        "It's sunny.",
    ],
    "你好啊集团": Reply(ToolCall("unicode_customer", {"customer_name": "你好啊集团"})),
    "こんにちは": Reply(ToolCall("unicode_customer", {"customer_name": "こんにちは株式会社"})),
    "Hello!": Reply(ToolCall("magic_function", {"input": 1})),
    "": Reply.of("Hello to you, and well met."),
}

USAGE = {"input_tokens": 9, "output_tokens": 5, "total_tokens": 14}


class TestScriptedIntegration(_Integration):
    """The scripted model in the integration suite."""

    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return ScriptedChatModel

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"replies": SCRIPT}

    @property
    def supported_usage_metadata_details(
        self,
    ) -> dict[
        Literal["invoke", "stream"],
        list[
            Literal[
                "audio_input",
                "audio_output",
                "reasoning_output",
                "cache_read_input",
                "cache_creation_input",
            ]
        ],
    ]:
        return {
            "invoke": [
                "audio_input",
                "audio_output",
                "reasoning_output",
                "cache_read_input",
                "cache_creation_input",
            ],
            "stream": [
                "audio_input",
                "audio_output",
                "reasoning_output",
                "cache_read_input",
                "cache_creation_input",
            ],
        }

    def invoke_with_audio_input(self, *, stream: bool = False) -> AIMessage:
        usage = {**USAGE, "input_token_details": {"audio": 4}}
        return _play(Reply("ok", usage=usage), stream=stream)

    def invoke_with_audio_output(self, *, stream: bool = False) -> AIMessage:
        usage = {**USAGE, "output_token_details": {"audio": 4}}
        return _play(Reply("ok", usage=usage), stream=stream)

    def invoke_with_reasoning_output(self, *, stream: bool = False) -> AIMessage:
        return _play(Reply(Reasoning("I think"), Reasoning(" so."), "ok"), stream=stream)

    def invoke_with_cache_read_input(self, *, stream: bool = False) -> AIMessage:
        usage = {**USAGE, "input_token_details": {"cache_read": 4}}
        return _play(Reply("ok", usage=usage), stream=stream)

    def invoke_with_cache_creation_input(self, *, stream: bool = False) -> AIMessage:
        usage = {**USAGE, "input_token_details": {"cache_creation": 4}}
        return _play(Reply("ok", usage=usage), stream=stream)


def _play(reply: Reply, *, stream: bool) -> AIMessage:
    model = ScriptedChatModel(replies=[reply])
    if not stream:
        return model.invoke("Hello")
    first, *others = cast("list[AIMessageChunk]", list(model.stream("Hello")))
    return cast("AIMessage", message_chunk_to_message(first + others))


class TestQuotingIntegration(_Integration):
    """The quoting model in the integration suite."""

    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return QuotingChatModel


class TestQuotingWithFunctionCallingIntegration(TestQuotingIntegration):
    """The quoting model again, with schemas filled by tool calls."""

    @property
    def structured_output_kwargs(self) -> dict[str, Any]:
        return {"method": "function_calling"}


class TestEmbeddingsUnit(EmbeddingsUnitTests):
    """The embeddings in the unit suite."""

    @property
    def embeddings_class(self) -> type[Embeddings]:
        return HashedEmbeddings

    @property
    def embedding_model_params(self) -> dict[str, Any]:
        return {"dimensions": 64}


class TestEmbeddingsIntegration(EmbeddingsIntegrationTests):
    """The embeddings in the integration suite."""

    @property
    def embeddings_class(self) -> type[Embeddings]:
        return HashedEmbeddings


SUITES = {
    TestScriptedUnit: ChatModelUnitTests,
    TestQuotingUnit: ChatModelUnitTests,
    TestScriptedIntegration: ChatModelIntegrationTests,
    TestQuotingIntegration: ChatModelIntegrationTests,
    TestQuotingWithFunctionCallingIntegration: ChatModelIntegrationTests,
    TestEmbeddingsUnit: EmbeddingsUnitTests,
    TestEmbeddingsIntegration: EmbeddingsIntegrationTests,
}


def test_whole_suite_runs_and_skips_only_what_is_listed(
    tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    """Run this file on its own: no failure, no missing test, no skip without a reason."""
    results = tmp_path / "results.xml"
    arguments = ["-k", "not whole_suite", "-o", "asyncio_mode=auto", "-o", "junit_family=xunit1"]
    if pytestconfig.inipath:
        arguments += ["-c", str(pytestconfig.inipath)]
    run = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", __file__, f"--junitxml={results}"),
            *(f"--rootdir={pytestconfig.rootpath}", *arguments),
        ],
        cwd=pytestconfig.rootpath,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout
    cases = list(ElementTree.parse(results).iter("testcase"))
    names = {_name(case): case for case in cases}
    wanted = {
        f"{ours.__name__}.{test}"
        for ours, suite in SUITES.items()
        for test in dir(suite)
        if test.startswith("test_")
    }
    assert {name.partition("[")[0] for name in names} == wanted
    assert {name for name, case in names.items() if case.find("skipped") is not None} == set(SKIPS)


def _name(case: ElementTree.Element) -> str:
    return f"{case.attrib['classname'].rpartition('.')[2]}.{case.attrib['name']}"
