"""A Dask cluster grades as this machine does, whatever dies in the middle.

The scheduler and its workers are processes of this machine, on the loopback address.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import dask
import distributed
import psutil
import pytest
from cohort_fakes import BrokenGrader, FakeGrader, WeakGrader
from cohort_run import Run, learners
from sampled import of_room
from test_cohort import contents, grade, submit
from waiting import SECONDS_FOR_A_HANG, SECONDS_OF_SILENCE, until

from course import catalog, cli
from course.author.screens import SITUATIONS
from course.catalog import CourseError
from course.cohort.intake.identity import installation
from course.cohort.intake.submissions import Submission
from course.cohort.workers import cluster, cluster_worker
from course.cohort.workers.cluster_worker import Order
from course.cohort.workers.crew import Job
from course.cohort.workers.worker import name_of
from course.sandbox.levels import LEVELS, strength, weakest

LESSON = catalog.find("09")
CHECKS = Path(__file__).parent

pytestmark = [
    of_room("cohort"),
    pytest.mark.skipif(os.name == "nt", reason="workers need a POSIX system"),
]


class Machines:
    """A scheduler, and workers that come and go.

    Args:
        folder: where they write.
        address: of the scheduler; by default one is started, in a process of its own.
    """

    def __init__(self, folder: Path, address: str = "") -> None:
        self.folder = folder
        self.address = address
        self.started: list[subprocess.Popen[bytes]] = []
        if not address:
            self._start_scheduler()

    def _start_scheduler(self) -> None:
        folder = self.folder
        contact = folder / "scheduler.json"
        contact_words = ["--scheduler-file", str(contact), "--port", "0"]
        self._start("scheduler", *contact_words, root=folder)  # where it has no course
        try:
            until(
                lambda: contact.exists() and contact.read_text("utf-8").endswith("}"),
                "the scheduler says its address",
            )
            self.address = json.loads(contact.read_text("utf-8"))["address"]
        except BaseException:
            self.close()
            raise

    def worker(self, *options: str, root: Path = catalog.ROOT) -> subprocess.Popen[bytes]:
        """Start a worker of one thread."""
        words = ["--nthreads", "1", "--local-directory", str(self.folder), *options]
        return self._start("worker", self.address, *words, root=root)

    def _start(self, kind: str, *words: str, root: Path = catalog.ROOT) -> subprocess.Popen[bytes]:
        everywhere = ["--host", "127.0.0.1", "--no-dashboard"]
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.dask_{kind}", *words, *everywhere],
                cwd=root,
                env={**os.environ, "PYTHONPATH": str(CHECKS), "PYTHONDONTWRITEBYTECODE": "1"},
                stdout=log,
                stderr=log,
            )
        self.started.append(process)
        return process

    def wait_for_workers(self, workers: int) -> None:
        """Wait until so many workers have reported."""
        with distributed.Client(self.address, set_as_default=False) as client:
            client.wait_for_workers(workers, timeout=SECONDS_FOR_A_HANG)

    def replace(self, pid: int) -> None:
        """Kill a worker, and start another one."""
        (worker,) = (one for one in self.started if one.pid == pid)
        self.worker("--no-nanny")
        worker.kill()

    def close(self) -> None:
        """End all that is left."""
        for process in reversed(self.started):
            for one in children(process):
                with contextlib.suppress(psutil.NoSuchProcess):
                    one.kill()
            process.kill()
            process.wait()


def children(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """Return all that a process has started."""
    try:
        found: list[psutil.Process] = psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []
    return found


def is_grader(process: psutil.Process) -> bool:
    """Whether a process is what a Dask worker starts to have answers graded."""
    try:
        return "course.cohort.workers.worker" in process.cmdline()
    except psutil.Error:  # it has ended
        return False


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    """Two workers, each in one process. Who ends one starts another one in its place."""
    with contextlib.closing(Machines(tmp_path_factory.mktemp("dask"))) as machines:
        machines.worker("--no-nanny")
        machines.worker("--no-nanny")
        machines.wait_for_workers(2)
        yield machines


@contextlib.contextmanager
def scheduler(folder: Path) -> Iterator[Machines]:
    """A scheduler without workers, in this process: one of its own takes seconds to start."""
    where = {"host": "127.0.0.1", "protocol": "tcp", "dashboard_address": ":0"}
    with (
        distributed.LocalCluster(n_workers=0, processes=False, **where) as made,
        contextlib.closing(Machines(folder, made.scheduler_address)) as machines,
    ):
        yield machines


@pytest.fixture
def others(tmp_path: Path) -> Iterator[Machines]:
    with scheduler(tmp_path) as machines:
        yield machines


def test_the_gradebook_is_the_same_though_a_worker_is_killed(
    machines: Machines, folder: Path, out: Path, tmp_path: Path
) -> None:
    names = ["syntax_error", "kills_the_process", "four_tasks_done_and_one_wrong"]
    for number, name in enumerate(names):
        (folder / f"{number} {name}.py").write_bytes(SITUATIONS[name](LESSON))
    hung = tmp_path / "hung"
    with (folder / f"2 {names[2]}.py").open("a", encoding="utf-8") as answers:
        answers.write(f"# hang={hung}\n")
    run = Run(folder, out, "held", machines.address)
    until(lambda: hung.exists() and learners(out), "one is graded and one is at work")
    worker = int(hung.read_text("utf-8"))
    graders = psutil.Process(worker).children(recursive=True)
    assert any(map(is_grader, graders))
    machines.replace(worker)
    said = run.finish()
    assert said.startswith("Containment: ")
    assert f"2 workers on the cluster {machines.address}, seed 5." in said
    assert "3 of 3" in said
    until(lambda: not any(one.is_running() for one in graders), "its graders have ended")
    here = out.with_name("here")
    Run(folder, here, "held", "1").finish()
    found = contents(out / "gradebook.sqlite")
    assert len(found) == len(names)
    assert found == contents(here / "gradebook.sqlite")
    assert (out / "grades.csv").read_bytes() == (here / "grades.csv").read_bytes()
    for path in (here / "feedback").iterdir():
        assert (out / "feedback" / path.name).read_bytes() == path.read_bytes()


def fill(folder: Path, log: Path, **wanted: Mapping[str, object]) -> None:
    """Hand in what the fake grader understands: three in a batch, if there are two workers."""
    for number in range(24):
        name = f"{number:02}"
        submit(folder, name, passed=number % 12, who=name, log=log, **wanted.get(f"_{name}", {}))


class TestDeath:
    def test_what_is_graded_twice_counts_once(
        self, machines: Machines, folder: Path, out: Path, tmp_path: Path
    ) -> None:
        log, hung = tmp_path / "log", tmp_path / "hung"
        flagged, refused = {"flag": "odd"}, {"cannot_load": "it is no Python."}
        fill(folder, log, _02={"hang": hung}, _05=flagged, _06=refused)

        def kill_the_worker_in_which_it_hangs() -> None:
            until(hung.exists, "it hangs")
            machines.replace(int(hung.read_text()))

        thread = threading.Thread(target=kill_the_worker_in_which_it_hangs)
        thread.start()
        assert grade(folder, out, scheduler=machines.address, workers=None) == 0
        thread.join()
        assert log.read_text("utf-8").split().count("00") == 2, "its batch was done again"
        assert grade(folder, tmp_path / "here") == 0
        assert contents(out / "gradebook.sqlite") == contents(
            tmp_path / "here" / "gradebook.sqlite"
        )

    def test_of_the_client(
        self, machines: Machines, folder: Path, out: Path, tmp_path: Path
    ) -> None:
        log, hung = tmp_path / "log", tmp_path / "hung"
        fill(folder, log, _20={"hang": hung})
        run = Run(folder, out, "fake", machines.address)
        until(lambda: hung.exists() and learners(out), "some are graded and one is at work")
        run.kill()
        machines.replace(int(hung.read_text("utf-8")))
        had = learners(out)
        assert 0 < len(had) < 24
        done = log.read_text("utf-8").split()
        said = Run(folder, out, "fake", machines.address).finish()
        assert f"Unchanged, so not regraded: {len(had)}." in said
        assert len(done) < len(log.read_text("utf-8").split())
        rows = contents(out / "gradebook.sqlite")
        assert [row[0] for row in rows] == [f"{n:02}" for n in range(24)]

    def test_of_the_scheduler(self, folder: Path, out: Path, tmp_path: Path) -> None:
        hung = tmp_path / "hung"
        submit(folder, "ana", hang=hung)
        with contextlib.closing(Machines(tmp_path)) as machines:
            machines.worker("--no-nanny")
            machines.wait_for_workers(1)
            run = Run(folder, out, "fake", machines.address)
            until(hung.exists, "it hangs")
            machines.started[0].kill()
            _, problem = run.process.communicate(timeout=SECONDS_FOR_A_HANG)
        assert problem.splitlines()[-1].endswith(
            f"The scheduler {machines.address} is gone. Run the same command again to continue."
        )

    def test_of_every_worker_that_has_one_submission(
        self, folder: Path, out: Path, tmp_path: Path
    ) -> None:
        submit(folder, "ana", passed=3)
        submit(folder, "ben", kill_parent=1)
        no_other_try = {"distributed.scheduler.allowed-failures": 0}
        with dask.config.set(no_other_try), scheduler(tmp_path) as machines:
            machines.worker("--no-nanny")
            machines.worker("--no-nanny")
            machines.wait_for_workers(2)
            assert grade(folder, out, scheduler=machines.address, workers=None) == 1
        ana, ben = contents(out / "gradebook.sqlite")
        assert ana[4:6] == ("graded", 3)
        assert ben[4] == "not_graded"
        assert "every worker that had it died" in str(ben[9])

    def test_of_all_workers(
        self, others: Machines, folder: Path, out: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(cluster, "SECONDS_WITHOUT_WORKERS", SECONDS_OF_SILENCE)
        monkeypatch.setattr(cluster, "SECONDS_BETWEEN_LOOKS", SECONDS_OF_SILENCE)
        others.worker("--no-nanny")
        others.wait_for_workers(1)
        submit(folder, "ana", kill_parent=1)
        with pytest.raises(CourseError, match=r"All workers .* are gone\. Run the same command"):
            grade(folder, out, scheduler=others.address, workers=None)


@pytest.fixture
def order(monkeypatch: pytest.MonkeyPatch) -> Iterator[Order]:
    monkeypatch.setenv("PYTHONPATH", str(CHECKS))
    resting = cluster_worker._Resting()  # whatever other tests have left to rest
    monkeypatch.setattr(cluster_worker, "_resting", resting)
    yield Order(
        lesson=LESSON.number,
        grader=name_of(FakeGrader),
        installation=installation(LESSON),
        level="",
    )
    for crew in [*resting._crews]:
        resting._end(crew)


class TestGraders:
    """What a Dask worker has started: here this process is the worker."""

    def graders(self) -> list[psutil.Process]:
        return [*filter(is_grader, psutil.Process().children())]

    def test_they_stay_warm_for_a_while(
        self, order: Order, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(cluster_worker, "SECONDS_IDLE", SECONDS_FOR_A_HANG)
        before = self.graders()
        first, second = (
            cluster_worker.grade(order, 5, [content]) for content in (b"", b"passed=1")
        )
        assert [reply["event"] for reply in (*first, *second)] == ["graded"] * 2
        (grader,) = (one for one in self.graders() if one not in before)
        monkeypatch.setattr(cluster_worker, "SECONDS_IDLE", SECONDS_OF_SILENCE)
        cluster_worker.grade(order, 5, [b""])
        until(lambda: not grader.is_running(), "the grader has ended")

    def test_replies_are_in_the_order_of_the_answers(self, order: Order, tmp_path: Path) -> None:
        died = tmp_path / "died"
        answers = [f"passed=1\ndie={died}\n".encode(), b"passed=2\n", b"die_always=1"]
        *graded, failed = cluster_worker.grade(order, 5, answers)
        verdicts = [[test["verdict"] for test in reply["tests"]] for reply in graded]
        assert [some.count("passed") for some in verdicts] == [1, 2]
        assert failed["reason"] == "the grader died (signal 9), on each of 2 tries"


class TestRefused:
    def test_workers_with_another_course_or_none(
        self, others: Machines, folder: Path, out: Path, tmp_path: Path
    ) -> None:
        older = tmp_path / "older"
        for name in ("course", "lessons", "solutions", "tests"):
            shutil.copytree(
                catalog.ROOT / name, older / name, ignore=shutil.ignore_patterns("__pycache__")
            )
        shutil.copy(catalog.ROOT / "pyproject.toml", older)
        with (older / "tests" / f"test_{LESSON.slug}.py").open("a") as tests:
            tests.write("# as it was\n")
        empty = tmp_path / "empty"
        empty.mkdir()
        others.worker("--no-nanny", root=older)
        others.worker("--no-nanny", root=empty)
        others.worker("--no-nanny")
        others.wait_for_workers(3)
        submit(folder, "ana")
        with pytest.raises(CourseError) as refused:
            grade(folder, out, scheduler=others.address, workers=None)
        first, *said = str(refused.value).splitlines()
        assert first == f"Some workers of the cluster {others.address} cannot grade:"
        assert len(said) == 2
        assert sum("it does not have the course. Start it in" in line for line in said) == 1
        assert sum("its installed versions differ: the course " in line for line in said) == 1
        assert contents(out / "gradebook.sqlite") == []

    def test_a_package_that_differs(self, order: Order) -> None:
        order["installation"] |= {"langchain-core": "0.1", "rich": "1.0"}
        found = installation(LESSON)["langchain-core"]
        with pytest.raises(CourseError, match=f"langchain-core {found} instead of 0.1, rich "):
            cluster_worker.level(order)

    def test_one_that_comes_later_and_contains_less(self, order: Order) -> None:
        weak = Order({**order, "grader": name_of(WeakGrader)})
        assert cluster_worker.level(weak) == "limits"
        with pytest.raises(CourseError, match="only 'limits', but 'namespaces' is required"):
            cluster_worker.level({**weak, "level": "namespaces"})
        assert cluster_worker.level({**order, "level": "namespaces"}) == "bubblewrap"

    def test_where_a_sandbox_is_required(
        self, machines: Machines, folder: Path, out: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        submit(folder, "ana", passed=3)
        options = {"scheduler": machines.address, "workers": None}
        assert grade(folder, out, WeakGrader, require_sandbox=True, **options) == 2
        said = capsys.readouterr()
        assert said.out.startswith("Containment: limits: ")
        assert f"on the cluster {machines.address}" in said.err
        assert contents(out / "gradebook.sqlite") == []
        assert grade(folder, out, WeakGrader, **options) == 0
        assert grade(folder, out, FakeGrader, again=True, require_sandbox=True, **options) == 0

    def test_a_grader_that_does_not_start(
        self, machines: Machines, folder: Path, out: Path
    ) -> None:
        submit(folder, "ana")
        with pytest.raises(CourseError, match="No grader can be started: RuntimeError: no such"):
            grade(folder, out, BrokenGrader, scheduler=machines.address, workers=None)

    def test_what_is_no_scheduler(
        self,
        machines: Machines,
        folder: Path,
        out: Path,
        monkeypatch: pytest.MonkeyPatch,
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        submit(folder, "ana")
        with distributed.Client(machines.address, set_as_default=False) as client:
            worker = next(iter(client.nthreads()))
        with socket.create_server(("127.0.0.1", 0)) as silent:
            silently = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
            for address, seconds, why in (
                ("tcp://127.0.0.1:1", SECONDS_OF_SILENCE, "no answer within 0.05 seconds"),
                (silently, SECONDS_OF_SILENCE, "no answer within 0.05 seconds"),
                ("127.0.0.1", SECONDS_FOR_A_HANG, "missing port number"),
                ("http://127.0.0.1:80", SECONDS_FOR_A_HANG, "unknown address scheme"),
                ("tls://127.0.0.1:80", SECONDS_FOR_A_HANG, "TLS expects"),
                (worker, SECONDS_FOR_A_HANG, "this is the address of a Worker"),
            ):
                monkeypatch.setattr(cluster, "SECONDS_TO_CONNECT", seconds)
                words = ["grade", str(folder), "--lesson", "09", "--out", str(out)]
                assert cli.main([*words, "--scheduler", address], lambda _: None) == 2
                said = capfd.readouterr().err
                assert said.startswith(f"The scheduler {address} cannot be reached: {why}")
                assert len(said.splitlines()) == 1

    def test_a_cluster_without_workers(
        self, others: Machines, folder: Path, out: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(cluster, "SECONDS_FOR_A_WORKER", SECONDS_OF_SILENCE)
        submit(folder, "ana")
        with pytest.raises(CourseError, match="There are no workers on the cluster tcp:"):
            grade(folder, out, scheduler=others.address, workers=None)

    def test_a_number_of_workers(self, folder: Path, out: Path) -> None:
        submit(folder, "ana")
        with pytest.raises(CourseError, match="Leave out --workers"):
            grade(folder, out, scheduler="tcp://127.0.0.1:1", workers=2)


class TestBatches:
    def batches(self, sizes: list[int], wanted: int) -> list[int]:
        jobs = [Job(Submission(str(n), Path()), b"x" * size, "", 5) for n, size in enumerate(sizes)]
        batches = list(cluster._batches(iter(jobs), wanted))
        assert [job for batch in batches for job in batch] == jobs
        return [len(batch) for batch in batches]

    def test_their_number(self) -> None:
        assert self.batches([10] * 7, 3) == [3, 3, 1]
        assert self.batches([10] * 3, 0) == [1, 1, 1]
        assert self.batches([10] * 20, 1000) == [8, 8, 4]
        assert self.batches([], 3) == []

    def test_their_bytes(self) -> None:
        most = cluster.MOST_BYTES_IN_A_BATCH
        assert self.batches([most, 1, most - 1, 1], 8) == [1, 2, 1]


def test_the_weakest_level() -> None:
    assert weakest([*LEVELS, "none"]) == "none"
    assert weakest(["bubblewrap", "limits", "namespaces"]) == "limits"
    assert strength("unheard of") < strength("none")
