/**
 * The messages between a page and the Quorum Lab frame in it, protocol 2.
 *
 * Each message is posted as `{ quorumLab: Envelope<…> }`. `docs/embedding.md` says what they do. A test holds this file
 * to the lab's own types: kinds, fields and which of them may be left out.
 */

/** A host's name for one of its messages, at most 200 bytes; the answer and the refusal repeat it. */
export type Id = string | number;

/** A message with the protocol's version. */
export type Envelope<M> = M & { v: 2 };

/** What is posted, in both directions. */
export interface Posted<M> {
  quorumLab: Envelope<M>;
}

/** Any command of `quorumLab.do` that is a fault or ends one, such as `{ op: "kill", node: 3 }`. */
export interface Command {
  op: string;
  [field: string]: unknown;
}

// --- from the frame

/** A prediction or an answer of the learner. */
export interface Given {
  /** The step's name. */
  id: string;
  type: "prediction" | "answer";
  /** The step's number, from 0. */
  step: number;
  /** The name of the choice. */
  choice: string;
  /** null as long as it is open. */
  right: boolean | null;
  /** Virtual time in microseconds. */
  t_us: number;
}

/** The frame listens; also the answer to a hello. Goes to any origin. */
export interface FrameHello {
  kind: "hello";
  /** The protocols that the frame speaks: 1 and 2. */
  versions: number[];
  id?: Id;
}

/** A run is open. */
export interface Ready {
  kind: "ready";
  lesson: string | null;
  /** null for a lesson. */
  topology: string | null;
  lang: "zh" | "en";
  theme: "auto" | "light" | "dark";
  controls: "none" | "min" | "full";
  /** The number of the lesson's steps; 0 without a lesson. */
  steps: number;
  /** The number of its goals. */
  goals: number;
  /** Virtual time in microseconds. */
  t_us: number;
  /** Of the `load` or `reset` that opened it. */
  id?: Id;
}

/** The height of the content. Goes to any origin until the host has said hello. */
export interface Resize {
  kind: "resize";
  /** CSS pixels. */
  px: number;
}

/** The learner got further. */
export interface Progress {
  kind: "progress";
  lesson: string;
  /** The first step that is not finished, from 0. */
  step: number;
  steps: number;
  goals_met: number;
  goals: number;
  /** Whether all goals are met. */
  done: boolean;
  /** In the order in which they were given. */
  answers: Given[];
}

/** A goal has just been met. */
export interface Goal {
  kind: "goal";
  lesson: string;
  /** The goal's name. */
  goal: string;
  /** The step that it belongs to, from 0. */
  step: number;
  goals_met: number;
  goals: number;
  t_us: number;
}

/** The score of the attempt, as the lab shows it. */
export interface Score {
  kind: "score";
  lesson: string;
  /** Percent. */
  raw: number;
  min: number;
  max: number;
  /** Whether all goals are met. */
  completed: boolean;
  /** true if it is completed and `raw` reaches `mastery`, else null: a lesson cannot be failed. */
  passed: boolean | null;
  mastery: number;
}

/** An event of the run, if the host has asked for events. */
export interface LabEvent {
  kind: "event";
  /** As `quorumLab.on("event", f)` gives it. */
  event: { t_us: number; kind: string; [field: string]: unknown };
}

/** The answer to `getState`, with `state`; or to `setState`, with `ok`. */
export interface State {
  kind: "state";
  id?: Id;
  /** The saved run: letters, digits, `-` and `_`. */
  state?: string;
  /** true where a state has been taken. */
  ok?: true;
  /** The digest of all events so far. */
  digest: string;
  /** Virtual time in microseconds. */
  t_us: number;
}

/** A message was refused, or the run has a problem. */
export interface Refusal {
  kind: "error";
  /** Stable; `docs/embedding.md` lists the codes. */
  code: string;
  /** A sentence in the run's language. */
  error: string;
  id?: Id;
}

/** Every message from the frame. */
export type FromFrame = FrameHello | Ready | Resize | Progress | Goal | Score | LabEvent | State | Refusal;

// --- to the frame

/** The host listens. Its origin becomes the one that hears of the learner. */
export interface Hello {
  kind: "hello";
  id?: Id;
}

/** Changes the frame; what is left out stays. */
export interface Configure {
  kind: "configure";
  lang?: "zh" | "en";
  theme?: "auto" | "light" | "dark";
  controls?: "none" | "min" | "full";
  /** The faults that a learner may use. */
  faults?: "all" | "none" | string[];
  /** Whether `event` messages are sent; they are not unless it is set. */
  events?: boolean;
  /** Virtual seconds a second, 0.1 to 100,000. */
  speed?: number;
  /** The score that passing needs, 0 to 100; 60 unless it is set. */
  mastery?: number;
  /** Whether somebody can see the frame. false stops time and drawing, until true. */
  visible?: boolean;
  id?: Id;
}

/** Opens a lesson or a topology. */
export interface Load {
  kind: "load";
  lesson?: string;
  topology?: string;
  /** A whole number below 2^53. */
  seed?: number;
  /** The step that the lesson opens with, from 0. */
  step?: number;
  /** The virtual time that the run goes to, in microseconds; it then waits there. */
  moment?: number;
  /** A saved run, in place of all that. */
  state?: string;
  id?: Id;
}

/** Asks for the state of the run. */
export interface GetState {
  kind: "getState";
  id?: Id;
}

/** Opens a run at the moment at which its state was asked for; it waits there. */
export interface SetState {
  kind: "setState";
  state: string;
  id?: Id;
}

/** Starts time. */
export interface Play {
  kind: "play";
  id?: Id;
}

/** Stops time. */
export interface Pause {
  kind: "pause";
  id?: Id;
}

/** Goes to a moment. */
export interface Seek {
  kind: "seek";
  /** Virtual time in microseconds. */
  t_us: number;
  id?: Id;
}

/** A fault, or the end of one. */
export interface Fault {
  kind: "fault";
  op: string;
  /** Fields of the command that are called `kind`, `id` or `v`, or all of its fields. */
  command?: Record<string, unknown>;
  /** The other fields of the command. */
  [field: string]: unknown;
  id?: Id;
}

/** Starts the run over. */
export interface Reset {
  kind: "reset";
  id?: Id;
}

/** Every message to the frame. */
export type ToFrame = Hello | Configure | Load | Play | Pause | Seek | Fault | GetState | SetState | Reset;
