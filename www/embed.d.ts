/**
 * The custom element `<quorum-lab>`, which `embed.js` defines. The messages are those of version 2 of the protocol
 * between a page and the lab's frame; docs/embedding.md describes both.
 */

/** A choice that the reader made: a prediction, or an answer to a question. */
export interface Answer {
  id: string;
  type: "prediction" | "answer";
  step: number;
  /** The name of the choice. */
  choice: string;
  /** Null while it is not known. */
  right: boolean | null;
  /** Virtual time, in microseconds. */
  t_us: number;
}

/** The run is open. It comes again after each `load`. */
export interface Ready {
  lesson: string | null;
  topology: string | null;
  lang: "zh" | "en";
  theme: "auto" | "light" | "dark";
  controls: Controls;
  steps: number;
  goals: number;
  t_us: number;
}

/** The reader made progress. `step` counts from 0. */
export interface Progress {
  lesson: string;
  step: number;
  steps: number;
  goals_met: number;
  goals: number;
  done: boolean;
  answers: Answer[];
}

/** A goal was met, once for each. */
export interface Goal {
  lesson: string;
  goal: string;
  step: number;
  goals_met: number;
  goals: number;
  t_us: number;
}

/** The score of the lesson. `passed` is null until it is known, and never false for a lesson. */
export interface Score {
  lesson: string;
  raw: number;
  min: 0;
  max: 100;
  completed: boolean;
  passed: boolean | null;
  mastery: number;
}

/** A saved run, or the acknowledgement of one that was restored. */
export interface State {
  /** The run as base64url; only as an answer to `getState`. */
  state?: string;
  /** True as an answer to `setState`. */
  ok?: true;
  digest: string;
  t_us?: number;
}

/** A refused request. `code` is stable, `error` a sentence in the language of the run. */
export interface Refusal {
  code: string;
  error: string;
}

/** What a promise is rejected with: the lab refuses the request, or the element is removed (`closed`). */
export interface RefusedError extends Error {
  code: string;
}

export type Controls = "none" | "min" | "full";

/** A fault, in the words of `quorumLab.do`: `{ op: "kill", node: 3 }`. */
export interface Fault {
  op: string;
  [field: string]: unknown;
}

/** What can be changed while a run is open. */
export interface Settings {
  lang?: "zh" | "en";
  theme?: "auto" | "light" | "dark";
  controls?: Controls;
  /** The faults that the reader and `fault` may cause. */
  faults?: "all" | "none" | string[];
  /** Whether each event of the run is reported (`quorumlab:event`). */
  events?: boolean;
  /** Virtual seconds a second. */
  speed?: number;
  /** The score from which on a lesson counts as passed, in percent. */
  mastery?: number;
  /** False pauses the run, which then needs no processor. The element sets it by itself. */
  visible?: boolean;
}

/** Another run: a lesson or a topology. */
export interface Run {
  lesson?: string;
  topology?: string;
  seed?: number;
  step?: number;
  /** Virtual time, in microseconds. */
  moment?: number;
  state?: string;
}

/** The events of the element; all of them bubble. */
export interface QuorumLabEvents {
  "quorumlab:hello": CustomEvent<{ versions: number[] }>;
  "quorumlab:ready": CustomEvent<Ready>;
  "quorumlab:resize": CustomEvent<{ px: number }>;
  "quorumlab:progress": CustomEvent<Progress>;
  "quorumlab:goal": CustomEvent<Goal>;
  "quorumlab:score": CustomEvent<Score>;
  "quorumlab:event": CustomEvent<{ event: { t_us: number; kind: string; [field: string]: unknown } }>;
  "quorumlab:state": CustomEvent<State>;
  "quorumlab:error": CustomEvent<Refusal>;
}

/**
 * The lab in a page. Attributes: `lesson`, `topology`, `seed`, `step`, `moment`, `lang`, `theme`, `controls`, `faults`,
 * `progress`, `autoplay`, `src`, `poster`, `height`.
 *
 * What is asked before a run is open waits until one is.
 */
export interface QuorumLabElement extends HTMLElement {
  /** Fetches and opens the lab, as the button of the poster does. */
  start(): void;
  /** Starts the lab if it has not been started, and lets time pass. */
  play(): void;
  pause(): void;
  /** Goes to a moment: virtual time in microseconds. */
  seek(t_us: number): void;
  fault(fault: Fault): void;
  /** The run from its beginning. */
  reset(): void;
  load(run: Run): void;
  configure(settings: Settings): void;
  /** The run as text, for the page to keep. Rejected with a {@link RefusedError}. */
  getState(): Promise<State>;
  /** Opens a run that was kept. Rejected with a {@link RefusedError}. */
  setState(state: string): Promise<State>;

  addEventListener<K extends keyof QuorumLabEvents>(
    type: K,
    listener: (this: QuorumLabElement, event: QuorumLabEvents[K]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void;
}

declare global {
  interface HTMLElementTagNameMap {
    "quorum-lab": QuorumLabElement;
  }
}
