// Python in a worker: started, asked, and ended when answers never end.

const SECONDS_WITHOUT_A_WORD = 15;

/** Python, for one lesson. It is started again whenever it has to be ended. */
export class Python {
  /**
   * @param {string} lesson
   * @param {(state: {kind: string, loaded?: number, what?: string}) => void} tell
   */
  constructor(lesson, tell) {
    this.lesson = lesson;
    this.tell = tell;
    this.#start();
  }

  #start() {
    this.worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
    this.ready = new Promise((resolve, reject) => {
      this.worker.onmessage = ({ data }) => {
        if (data.kind === "ready") resolve();
        if (data.kind === "died") reject(new Error(data.problem));
        this.tell(data);
      };
      this.worker.onerror = (event) => {
        reject(new Error(event.message || "The worker could not be started."));
        this.tell({ kind: "died", doing: "start", problem: event.message });
      };
    });
    this.ready.catch(() => {});
    this.worker.postMessage({ kind: "start", lesson: this.lesson });
  }

  /** End Python, and start it again in the background. */
  restart() {
    this.worker.terminate();
    this.#start();
  }

  /** Ask for something, and return the answer. `during` gets what is posted meanwhile. */
  async #ask(message, answer, during, seconds = Infinity) {
    await this.ready;
    const { worker } = this; // a stop puts another one in its place
    return new Promise((resolve, reject) => {
      let timer;
      const wait = () => {
        clearTimeout(timer);
        if (seconds !== Infinity) timer = setTimeout(() => done(reject, "silent"), 1000 * seconds);
      };
      const done = (how, what) => {
        clearTimeout(timer);
        worker.onmessage = ({ data }) => this.tell(data);
        this.abandon = undefined;
        how(what);
      };
      this.abandon = () => done(reject, "stopped");
      worker.onmessage = ({ data }) => {
        wait();
        if (data.kind === answer) done(resolve, data);
        else if (data.kind === "died") done(reject, data);
        else if (data.kind === "event" && data.event.event === "exit") {
          during(data);
          done(reject, "ended");
        } else during(data);
      };
      wait();
      worker.postMessage(message);
    });
  }

  /** Grade answers, in as many starts of Python as it takes. */
  async grade(source, only, width, during) {
    const recorded = [];
    for (;;) {
      try {
        return await this.#ask(
          { kind: "grade", source, only, width, recorded },
          "graded",
          (data) => {
            if (data.kind !== "event") return;
            recorded.push(data.event);
            during(data.event);
          },
          SECONDS_WITHOUT_A_WORD,
        );
      } catch (reason) {
        if (reason === "stopped" || reason.lives) throw reason;
        if (reason === "silent") recorded.push(exit(-9, "loops"));
        else if (reason !== "ended") recorded.push(exit(reason.status ?? 1, ""));
        if (recorded.filter((event) => event.event === "exit").length > 20) throw reason;
        during({ event: "restart" });
        this.restart();
      }
    }
  }

  /** Compare answers with the reference. */
  compare(source, verdicts, task) {
    return this.#ask({ kind: "solution", source, verdicts, task }, "compared", () => {});
  }

  /** Run code with the learner's functions; `print` gets what is printed. */
  run(source, code, print) {
    return this.#ask({ kind: "run", source, code }, "ran", (data) => {
      if (data.kind === "printed") print(data.text);
    });
  }

  /** Stop what is running. */
  stop() {
    const abandon = this.abandon;
    this.restart();
    abandon?.();
  }
}

const exit = (status, finding) => ({ event: "exit", status, finding, spent: "", trace: "" });
