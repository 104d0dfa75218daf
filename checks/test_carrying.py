"""How answers get from one version of an exercise into another, piece by piece."""

from __future__ import annotations

import ast
import textwrap

import pytest

from course import catalog
from course.catalog import Function, Lesson
from course.grade import conflict_markers
from course.learn.update.carrying import NO_TASK, CannotCarry, Carried, carry
from course.learn.update.exercise import Tasks, carried, without_markers
from course.learn.update.pieces import block_of
from course.lesson.stubs import stub

LESSONS = catalog.lessons()
HEAD = '"""A lesson."""\n\nimport time\n\nLIMIT = 1\n\n\n'
TASK = '''\
def first(one: int) -> int:
    """Return one."""
    raise NotImplementedError("Task 1 of 2: first")


def second(tokens):
    """Yield them."""
    raise NotImplementedError("Task 2 of 2: second")
    yield  # makes this a generator; delete this line with the one above
'''
STUB = HEAD + TASK
OTHER = STUB.replace("Return one.", "Return one, at least.")
"""The contract of the first task has changed."""

MARK = (
    "    # CHANGED by make update: the docstring is new. Check your code, then delete this line.\n"
)
RAISES = '    raise NotImplementedError("Task 1 of 2: first")\n'


def names(text: str) -> list[str]:
    return [one.name for one in block_of(text).pieces if one.name]


def carry_over(mine: str, new: str = OTHER, before: str = STUB, **was: str) -> Carried:
    tasks = [one for one in names(new) if one.islower()]
    found = carry(mine, before, new, tasks, was)
    ast.parse(found.text)
    again = carry(found.text, new, new, tasks, was)
    assert again.text == found.text
    return found


def first_of(text: str) -> str:
    return text.split("def first")[1].split("\n\n\n")[0].split('"""\n', 1)[1]


def is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def without_docstrings(text: str) -> list[str]:
    """What a file does, without the strings that only say something."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, Function | ast.ClassDef | ast.Module):
            node.body = [one for one in node.body if not is_text(one)] or [ast.Pass()]
    return sorted(ast.unparse(one) for one in tree.body)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.slug)
class TestEveryLesson:
    def tasks(self, lesson: Lesson) -> list[str]:
        return [task.name for task in lesson.tasks]

    def test_pieces_give_the_same_text(self, lesson: Lesson) -> None:
        for text in (stub(lesson), catalog.text_of(lesson, lesson.solution)):
            block = block_of(text)
            lines = [line for one in block.pieces for line in (*one.lead, *one.lines)]
            assert "\n".join([*lines, *block.tail]) == text

    def test_answers_survive_new_contracts(self, lesson: Lesson) -> None:
        solution = catalog.text_of(lesson, lesson.solution)
        new = stub(lesson).replace(".\n", ". Indeed.\n")
        found = carry(solution, stub(lesson), new, self.tasks(lesson), {})
        assert without_docstrings(found.text) == without_docstrings(solution)
        assert found.answers == self.tasks(lesson)
        assert {one.name.split(".")[0] for one in found.changed} >= {*self.tasks(lesson)}
        assert "raise NotImplementedError(" not in found.text
        assert found.text.count("# CHANGED by make update") >= len(lesson.tasks)
        assert carry(found.text, new, new, self.tasks(lesson), {}).text == found.text

    def test_answers_survive_another_order(self, lesson: Lesson) -> None:
        solution = catalog.text_of(lesson, lesson.solution)
        found = carry(solution, stub(lesson), stub(lesson) + "\n# end\n", self.tasks(lesson), {})
        assert found.text == solution + "\n# end\n"

    def test_a_stub_becomes_the_new_one(self, lesson: Lesson) -> None:
        new = stub(lesson).replace(".\n", ". Indeed.\n")
        found = carry(stub(lesson) + "# mine\n", stub(lesson), new, self.tasks(lesson), {})
        assert found.text == new + "# mine\n"
        assert (found.answers, found.changed) == ([], [])


class TestBodies:
    @pytest.mark.parametrize(
        "body",
        [
            "    return one\n",
            "    # a note\n    return one  # another\n",
            "    return one\n    # the last word\n",
            "    text = '''\n# no comment\n  '''\n    return len(text)\n",
            "\n    return one\n",
            "    def inner():\n        return one\n\n    return inner()\n",
            "    @property\n    def inner():\n        return one\n\n    return inner\n",
            "    pass\n    return 1\n",
            "    # only a thought\n" + RAISES,
            "    x = one\n" + RAISES,
        ],
    )
    def test_a_body_is_kept_below_the_new_docstring(self, body: str) -> None:
        found = carry_over(STUB.replace(RAISES, body))
        assert '    """Return one, at least."""\n' in found.text
        assert first_of(found.text) == (MARK + body).rstrip("\n")
        assert [one.name for one in found.changed] == ["first"]

    @pytest.mark.parametrize(
        ("mine", "body"),
        [
            ("def first(one: int) -> int: return one\n", "    return one"),
            ("def first(one: int) -> int: x = one; return x\n", "    x = one; return x"),
            ('def first(one: int) -> int:\n    """Return one."""; return one\n', "    return one"),
            (
                "def first(one: int) -> int:\n    # note\n    return one\n",
                "    # note\n    return one",
            ),
        ],
    )
    def test_other_layouts(self, mine: str, body: str) -> None:
        old = TASK.partition("\n\n\n")[0] + "\n"
        found = carry_over(STUB.replace(old, mine))
        assert first_of(found.text) == MARK + body

    @pytest.mark.parametrize("indent", ["\t", "  "])
    def test_other_indents(self, indent: str) -> None:
        mine = f'def first(one: int) -> int:\n{indent}"""Return one."""\n{indent}return one\n'
        found = carry_over(STUB.replace(TASK.partition("\n\n\n")[0] + "\n", mine))
        assert f'{indent}"""Return one, at least."""\n' in found.text
        assert f"{indent}return one\n" in found.text

    def test_a_signature_that_the_learner_has_changed_is_kept_if_the_course_has_not(self) -> None:
        mine = STUB.replace("one: int) -> int", "one: int, more=3) -> int").replace(
            RAISES, "    return 1\n"
        )
        found = carry_over(mine, new=STUB.replace("of 2", "of 3"))
        assert "def first(one: int, more=3) -> int:" in found.text
        assert found.changed == []

    def test_a_docstring_with_notes_is_kept_if_the_course_has_not_changed_it(self) -> None:
        mine = STUB.replace("Return one.", "Return one. (Mine: easy.)").replace(
            RAISES, "    return 1\n"
        )
        assert "(Mine: easy.)" in carry_over(mine, new=STUB.replace("of 2", "of 3")).text

    def test_an_async_task(self) -> None:
        mine = STUB.replace(RAISES, "    return 1\n")
        found = carry_over(mine, new=STUB.replace("def first", "async def first"))
        assert found.changed[0].after.startswith("async (one: int)")
        assert "async def first(one: int) -> int:" in found.text

    def test_the_old_number_of_the_task_goes(self) -> None:
        found = carry_over(
            STUB.replace(RAISES, f"    one += 1\n{RAISES}"), STUB.replace("of 2", "of 3")
        )
        assert '    one += 1\n    raise NotImplementedError("Task 1 of 3: first")\n' in found.text

    def test_a_mark_that_was_not_deleted_is_not_doubled(self) -> None:
        mine = carry_over(STUB.replace(RAISES, "    return 1\n")).text
        newest = OTHER.replace("at least", "at most")
        found = carry_over(mine, new=newest, before=OTHER)
        assert found.text.count("# CHANGED by make update") == 1

    def test_a_class_in_place_of_the_function(self) -> None:
        mine = STUB.replace(
            TASK.partition("\n\n\n")[0] + "\n",
            "class first(int):\n    x = 1\n\n    def y(self):\n        return 1\n",
        )
        found = carry_over(mine)
        assert "class first(int):" in found.text
        assert "it is declared in another way" in found.text


class TestWhatIsAdded:
    def test_all_of_it_stays_where_it_was(self) -> None:
        own = "BEST = 3  # mine\n\n\nclass Own(Exception):\n    pass\n\n\n"
        own += "@staticmethod\ndef own(x):\n    pass\n\n\n"
        mine = STUB.replace("def second", f"{own}def second").replace(
            RAISES, "    return own(BEST)\n"
        )
        found = carry_over(mine)
        assert f"{own}def second" in found.text

    def test_at_the_end(self) -> None:
        own = '\n\nif __name__ == "__main__":\n    print(first(1))\n'
        assert carry_over(STUB + own).text == OTHER + own

    def test_comments_between_functions(self) -> None:
        mine = STUB.replace("def second", "# my thoughts\ndef second")
        assert "# my thoughts\ndef second" in carry_over(mine).text

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ("import time\n", "import time\nimport math\n"),
            ("import time\n", "import time\nfrom math import pi, tau as two_pi\n"),
            ("import time\n", "import math, time\n"),
            ("def second", "import math\n\n\ndef second"),
            ('"""A lesson."""\n', '"""A lesson."""\n\nfrom __future__ import annotations\n'),
        ],
    )
    def test_imports(self, before: str, after: str) -> None:
        new = OTHER.replace("import time\n", "import sys\nimport time\n")
        found = carry_over(STUB.replace(before, after), new=new)
        wanted = {
            ast.unparse(one)
            for one in ast.parse(STUB.replace(before, after)).body
            if isinstance(one, ast.Import | ast.ImportFrom)
        }
        there = found.text
        for one in wanted - {"import math, time"}:
            assert f"{one}\n" in there
        assert "math" in there or "math" not in after
        assert there.count("import time") == 1

    def test_an_import_that_the_course_has_dropped_stays_if_it_is_used(self) -> None:
        new = OTHER.replace("import time\n", "import sys\n")
        assert (
            "import time\n"
            in carry_over(STUB.replace(RAISES, "    return time.time()\n"), new).text
        )
        assert "import time\n" not in carry_over(STUB.replace(RAISES, "    return 1\n"), new).text

    def test_given_code_that_the_course_has_dropped_stays_if_it_is_used(self) -> None:
        new = OTHER.replace("LIMIT = 1\n", "MOST = 1\n")
        assert "LIMIT = 1\n" in carry_over(STUB.replace(RAISES, "    return LIMIT\n"), new).text
        assert "LIMIT = 1\n" not in carry_over(STUB.replace(RAISES, "    return 1\n"), new).text

    def test_a_task_written_again_below(self) -> None:
        """The last one counts, in Python as here."""
        again = '\n\ndef first(one: int) -> int:\n    """Return one."""\n    return one\n'
        found = carry_over(STUB + again)
        assert found.text.count("def first(") == 1
        assert first_of(found.text) == f"{MARK}    return one"

    def test_one_that_is_wrapped_below(self) -> None:
        mine = STUB.replace(RAISES, "    return one\n") + "\n\nfirst = str(first)\n"
        found = carry_over(mine).text
        assert found.index("def first(") < found.index("first = str(first)")

    def test_a_deleted_task_is_there_again(self) -> None:
        assert "def first(" in carry_over(STUB.replace(TASK.partition("def second")[0], "")).text


class TestTasks:
    def test_another_name_is_followed_wherever_it_is_used(self) -> None:
        body = "    if one:\n        return first(one - 1)\n    return other.first\n"
        mine = (
            STUB.replace(RAISES, body) + "\n\ndef mine(first_=None):\n    return [first, 'first']\n"
        )
        new = OTHER.replace("def first", "def opening").replace(": first", ": opening")
        found = carry_over(mine, new, first="opening")
        assert "        return opening(one - 1)\n    return other.first\n" in found.text
        assert "return [opening, 'first']" in found.text
        assert found.renamed == {"first": "opening"}

    def test_a_task_that_is_gone(self) -> None:
        new = HEAD + TASK[TASK.index("def second") :]
        found = carry_over(STUB.replace(RAISES, "    return 1\n"), new)
        assert found.gone == ["first"]
        assert f"{NO_TASK}\ndef first(" in found.text
        assert carry_over(STUB + "# x\n", new).gone == []

    def test_a_new_one(self) -> None:
        raises = 'raise NotImplementedError("Task 3 of 3: third")'
        new = f'{OTHER}\n\ndef third():\n    """Go."""\n    {raises}\n'
        assert carry_over(STUB.replace(RAISES, "    return 1\n"), new).new == ["third"]


CLASS = '''\
class Log:
    """Keeps lines."""

    size: int = 0

    def __init__(self, most: int) -> None:
        """Keep the last ones."""
        raise NotImplementedError("Task 1 of 1: Log")

    def add(self, line: str) -> None:
        """Add one."""
        raise NotImplementedError("Task 1 of 1: Log")
'''
WRITTEN = '''\
class Log:
    """Keeps lines."""

    size: int = 0

    def __init__(self, most: int) -> None:
        """Keep the last ones."""
        self._kept = [most]

    def _own(self) -> int:
        # mine
        return 3

    def add(self, line: str) -> None:
        """Add one."""
        self._kept.append(line)
'''


class TestClasses:
    def carried(self, new: str) -> Carried:
        return carry(WRITTEN, CLASS, new, ["Log"], {})

    def test_a_method_with_another_contract(self) -> None:
        found = self.carried(CLASS.replace("Add one.", "Add a line."))
        assert [one.name for one in found.changed] == ["Log.add"]
        mark = textwrap.indent(MARK, "    ")
        assert found.text == WRITTEN.replace(
            '        """Add one."""\n', f'        """Add a line."""\n{mark}'
        )

    def test_the_class_with_another_contract(self) -> None:
        found = self.carried(CLASS.replace("Keeps lines.", "Keeps some lines."))
        assert found.text == WRITTEN.replace(
            '    """Keeps lines."""\n', f'    """Keeps some lines."""\n{MARK}'
        )

    def test_a_new_method_and_a_new_field(self) -> None:
        raises = 'raise NotImplementedError("Task 1 of 1: Log")'
        more = f'\n    def clear(self) -> None:\n        """Forget all."""\n        {raises}\n'
        new = CLASS.replace("size: int = 0", "size: int = 1") + more
        found = self.carried(new)
        assert found.text == WRITTEN.replace("size: int = 0", "size: int = 1") + more

    def test_other_bases(self) -> None:
        found = self.carried(CLASS.replace("class Log:", "class Log(list[str]):"))
        assert found.text == WRITTEN.replace("class Log:", "class Log(list[str]):")

    def test_a_given_class_that_both_have_changed(self) -> None:
        before, mine = (
            "class Given:\n    a = 1\n    b = 1\n",
            "class Given:\n    a = 1\n    b = 2\n\n    def own(self):\n        pass\n",
        )
        found = carry(mine, before, before.replace("a = 1", "a = 3"), [], {})
        assert found.text == mine.replace("a = 1", "a = 3")


class TestRefusals:
    @pytest.mark.parametrize("text", ["def f(:\n", "a = (\n", "(" * 3000, "a\0b"])
    def test_what_does_not_parse(self, text: str) -> None:
        with pytest.raises(CannotCarry, match="does not parse"):
            carry(STUB + text, STUB, OTHER, ["first"], {})


class TestConflicts:
    def torn(self, upper: str, lower: str, label: str = "origin/main", base: str = "") -> str:
        return f"before\n<<<<<<< HEAD\n{upper}{base}=======\n{lower}>>>>>>> {label}\nafter\n"

    def test_both_sides(self) -> None:
        found = conflict_markers.sides(self.torn("a\n", "b\n") + self.torn("", "c\n", "x"))
        assert found == (
            "before\na\nafter\nbefore\nafter\n",
            "before\nb\nafter\nbefore\nc\nafter\n",
            2,
            "x",
        )

    def test_with_the_base(self) -> None:
        found = conflict_markers.sides(self.torn("a\n", "b\n", base="||||||| 5f0c2a1\nold\n"))
        assert found is not None
        assert found[:2] == ("before\na\nafter\n", "before\nb\nafter\n")

    @pytest.mark.parametrize(
        "text",
        [
            "a\n=======\nb\n",
            "<<<<<<< HEAD\na\n",
            "<<<<<<< HEAD\na\n>>>>>>> b\n",
            "<<<<<<< HEAD\n<<<<<<< HEAD\n=======\n>>>>>>> b\n",
            "Title\n========\n",
        ],
    )
    def test_what_is_none(self, text: str) -> None:
        assert conflict_markers.sides(text) is None

    @pytest.mark.parametrize("stashed", [False, True])
    def test_the_answers_of_both_sides_are_kept(self, stashed: bool) -> None:
        empty = 'raise NotImplementedError("Task 1 of 1: it")'
        form = "def a():\n    {}\n\n\ndef b():\n    {}\n\n\ndef d():\n    {}\n"
        mine = form.format("return 'mine'", "return 1", empty)
        other = form.format("return 'other'", empty, "return 2")
        sides = (other, mine) if stashed else (mine, other)
        label = "Stashed changes" if stashed else "origin/main"
        text = self.torn(*sides, label).removeprefix("before\n").removesuffix("after\n")
        text = without_markers(text)
        assert ("'mine'" in text, "return 1" in text, "return 2" in text) == (True,) * 3


def test_the_version_that_an_answer_was_made_from_is_found() -> None:
    mine = STUB.replace(RAISES, "    return 1\n")
    tasks = Tasks(("first", "second"), {})
    for versions in ([STUB, OTHER], [OTHER, STUB]):
        assert len(carried(mine, OTHER, versions, tasks).changed) == 1
        assert carried(mine, STUB, versions, tasks).changed == []


class TestFormerNames:
    TOML = catalog.text_of(LESSONS[0], LESSONS[0].folder / "lesson.toml")
    FIRST = f'name = "{LESSONS[0].tasks[0].name}"'

    @pytest.mark.parametrize("was", ['"old"', '["old"]'])
    def test_a_lesson_says_them(self, was: str) -> None:
        text = self.TOML.replace(self.FIRST, f"{self.FIRST}\nwas = {was}", 1)
        assert catalog.described("09_streaming", text).tasks[0].was == ("old",)

    def test_one_that_is_a_task_is_refused(self) -> None:
        other = LESSONS[0].tasks[1].name
        text = self.TOML.replace(self.FIRST, f'{self.FIRST}\nwas = "{other}"', 1)
        with pytest.raises(ValueError, match=f"are or were called {other}"):
            catalog.described("09_streaming", text)
