# Every target is a command of `python -m course`, which also sets itself up.
#
# GNU make turns every failure into its own exit status 2. Scripts that have to tell 0, 1 and 2
# apart call `python3 -m course` instead.

MAKEFLAGS += --no-builtin-rules --no-print-directory
.SUFFIXES:
.SILENT:
.DEFAULT_GOAL := help

ifndef PYTHON
PYTHON := $(shell for python in .venv/bin/python .venv/Scripts/python.exe python3 python3.14 \
    python3.13 python3.12 python3.11 python; do \
    $$python -I -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 \
    && echo $$python && break; done)
endif
ifeq ($(PYTHON),)
$(error Python 3.11 or newer was not found. Install it, or name it: make PYTHON=/path/to/python3)
endif

# Like -m course, but Python's variables and the files next to this one cannot disturb it.
COURSE := "$(PYTHON)" -I course
ONE_TASK = $(if $(TASK),--task "$(TASK)")
GRADING = $(ONE_TASK) $(if $(V),-v) $(if $(ANSWERS),--answers "$(ANSWERS)") \
    $(if $(JSON),--json "$(JSON)") $(if $(SEED),--seed "$(SEED)") \
    $(if $(RUNG),--rung "$(RUNG)")
NEW = $(if $(TITLE),--title "$(TITLE)") $(if $(PART),--part "$(PART)") \
    $(if $(LEVEL),--level "$(LEVEL)")

# Small letters do as well, and a variable that no command knows is refused, not passed over.
VARIABLES := TASK V ANSWERS JSON SEED RUNG TITLE PART LEVEL YES OUT OPTIONS PORT PYTHON PYTHONS PIN ALL \
    SUBMISSIONS LESSON WORKERS AGAIN REQUIRE_SANDBOX SCHEDULER NOTEBOOKS
IN_SMALL := TASK=task V=v ANSWERS=answers JSON=json SEED=seed RUNG=rung YES=yes LESSON=lesson OUT=out
GIVEN := $(foreach name,$(.VARIABLES),$(if $(filter command,$(origin $(name))),$(name)))
define take_small
ifneq ($(filter $(2),$(GIVEN)),)
$(1) := $($(2))
endif
endef
$(foreach pair,$(IN_SMALL),$(eval $(call take_small,$(word 1,$(subst =, ,$(pair))),$(word 2,$(subst =, ,$(pair))))))
UNKNOWN := $(filter-out $(VARIABLES) $(subst =, ,$(IN_SMALL)) SHELL MAKE%,$(GIVEN))
ifneq ($(UNKNOWN),)
$(error No command knows $(UNKNOWN)=. `make help` names what each one takes)
endif

# Commands about one lesson. Alone, they mean the lesson that was worked on last. What follows with
# a space names one, or a task: `make hint 09` is `make hint-09`. Only `make test` alone tests the course.
OF_A_LESSON := test watch hint debug solution reset play demo notebook missing mutants golden gradescope new
OF_NONE := help grade chat serve site status update setup lessons doctor notebooks stubs readme prove fresh \
    pythons bench format clean
GOALS := $(wordlist 2,$(words $(MAKECMDGOALS)),$(MAKECMDGOALS))
ifneq ($(filter $(OF_A_LESSON) $(addsuffix -%,$(OF_A_LESSON)),$(firstword $(MAKECMDGOALS))),)
ifeq ($(filter $(OF_A_LESSON) $(OF_NONE),$(GOALS))$(findstring -,$(GOALS)),)
NAMED := $(GOALS)
endif
endif
LESSON_NAMED = $(if $(NAMED),"$(NAMED)")

# No file is called test-09 or the like, and patterns cannot be phony: `force` makes them run.
.PHONY: force $(OF_A_LESSON) $(OF_NONE) $(NAMED)

help:
	echo 'New here?          make test-01'
	echo
	echo 'make lessons       list the lessons'
	echo 'make test-09       grade lesson 09   TASK=name  V=1  ANSWERS=path  JSON=file  SEED=n  RUNG=wire'
	echo 'make watch-09      grade it again after each save'
	echo 'make hint-09       the next hint     TASK=name'
	echo 'make debug-09      step through a task in the debugger   TASK=name'
	echo 'make solution-09   compare your answers with the reference   TASK=name'
	echo 'make reset-09      start it over; your answers are backed up'
	echo '                   without a number: the lesson that you worked on last'
	echo 'make status        how far you are'
	echo 'make update        fetch the newest course; your answers are kept'
	echo 'make setup         install all that you will need, at once'
	echo 'make doctor        what is wrong with this machine and how to fix it'
	echo
	echo 'make play-09       try its functions at a Python prompt'
	echo 'make demo-09       watch your functions work in the terminal'
	echo 'make chat          the same on a page in the browser   PORT=n'
	echo 'make play          the whole course in the browser: read, write, grade   PORT=n'
	echo 'make site          the same as static files, for any web server   OUT=folder NOTEBOOKS=1'
	echo 'make serve         the fake models behind the OpenAI API    PORT=n'
	echo
	echo 'make grade         grade a cohort   SUBMISSIONS=folder  LESSON=09  OUT=folder  WORKERS=n  AGAIN=1'
	echo '                   REQUIRE_SANDBOX=1  SEED=n  PART=3/10  SCHEDULER=tcp://...'
	echo 'make gradescope-09 write its autograder for Gradescope   OUT=file'
	echo 'make notebook-09   open a copy of its notebook in Jupyter   OPTIONS="--no-browser"'
	echo 'make new-29        begin a lesson   TITLE="Token Budgets"  PART=name  LEVEL=name'
	echo 'make missing-29    what it lacks, in the order of work'
	echo 'make mutants-29    small changes of its solution that no test notices'
	echo 'make golden-29     write what learners are told about its mistakes; make golden: about all'
	echo 'make notebooks     write the notebooks; also: make stubs, make readme'
	echo 'make test          run every gate of the course, with a sample of the combinatorial checks'
	echo 'make prove         run everything, and certify the lessons'
	echo 'make fresh         try the newest version of every package   PIN=1 keeps them if all pass'
	echo 'make pythons       run the checks of the graders on other Pythons   PYTHONS="path path"  ALL=1'
	echo 'make bench         measure the speed of grading and streaming'
	echo 'make format        format the code'
	echo 'make clean         remove caches'
	echo
	echo 'Without make: python3 -m course --help'

ifdef NAMED
$(NAMED): ;
endif

test:
	$(COURSE) $(if $(NAMED),test $(LESSON_NAMED) $(GRADING),check)

watch demo missing mutants golden:
	$(COURSE) $@ $(LESSON_NAMED)

play:
	$(COURSE) $(if $(NAMED),play $(LESSON_NAMED),site --serve --open $(if $(PORT),--port "$(PORT)"))

site:
	$(COURSE) site $(if $(NOTEBOOKS),--notebooks) $(if $(OUT),--out "$(OUT)")

gradescope:
	$(COURSE) $@ $(LESSON_NAMED) $(if $(OUT),--out "$(OUT)")

hint debug:
	$(COURSE) $@ $(LESSON_NAMED) $(ONE_TASK)

solution:
	$(COURSE) $@ $(LESSON_NAMED) $(ONE_TASK) $(if $(YES),--yes)

reset:
	$(COURSE) $@ $(LESSON_NAMED) $(if $(YES),--yes)

notebook:
	$(COURSE) $@ $(LESSON_NAMED) $(OPTIONS)

new:
	$(COURSE) $@ $(LESSON_NAMED) $(NEW)

test-%: force
	$(COURSE) test "$*" $(LESSON_NAMED) $(GRADING)

watch-%: force
	$(COURSE) watch "$*" $(LESSON_NAMED)

hint-%: force
	$(COURSE) hint "$*" $(LESSON_NAMED) $(ONE_TASK)

debug-%: force
	$(COURSE) debug "$*" $(LESSON_NAMED) $(ONE_TASK)

solution-%: force
	$(COURSE) solution "$*" $(LESSON_NAMED) $(ONE_TASK) $(if $(YES),--yes)

reset-%: force
	$(COURSE) reset "$*" $(LESSON_NAMED) $(if $(YES),--yes)

play-%: force
	$(COURSE) play "$*" $(LESSON_NAMED)

demo-%: force
	$(COURSE) demo "$*" $(LESSON_NAMED)

notebook-%: force
	$(COURSE) notebook "$*" $(LESSON_NAMED) $(OPTIONS)

new-%: force
	$(COURSE) new "$*" $(NEW)

missing-%: force
	$(COURSE) missing "$*" $(LESSON_NAMED)

mutants-%: force
	$(COURSE) mutants "$*" $(LESSON_NAMED)

golden-%: force
	$(COURSE) golden "$*" $(LESSON_NAMED)

gradescope-%: force
	$(COURSE) gradescope "$*" $(LESSON_NAMED) $(if $(OUT),--out "$(OUT)")

grade:
	$(COURSE) grade $(if $(SUBMISSIONS),"$(SUBMISSIONS)") $(if $(LESSON),--lesson "$(LESSON)") \
	    $(if $(OUT),--out "$(OUT)") $(if $(WORKERS),--workers "$(WORKERS)") \
	    $(if $(AGAIN),--again) $(if $(SEED),--seed "$(SEED)") $(if $(PART),--part "$(PART)") \
	    $(if $(REQUIRE_SANDBOX),--require-sandbox) \
	    $(if $(SCHEDULER),--scheduler "$(SCHEDULER)")

fresh:
	$(COURSE) fresh $(if $(PIN),--pin)

pythons:
	$(COURSE) pythons $(PYTHONS) $(if $(ALL),--all)

chat serve:
	$(COURSE) $@ $(if $(PORT),--port "$(PORT)")

status update setup lessons doctor notebooks stubs readme prove bench format clean:
	$(COURSE) $@

# A typo goes to the program, which says what was probably meant. A number is the lesson to grade:
# `make 09` is `make test-09`. These two come last:
# old versions of make take the first pattern that fits, and would remake the Makefile itself.
Makefile: ;

%: force
	$(COURSE) "$@" $(GRADING)
