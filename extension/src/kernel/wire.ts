// What travels between the page and a kernel; the other end is workbench/panel.

/** The IOPub message type in which a kernel tells of its queries. */
export const MESSAGE = 'workbench_queries';

export type State =
  | 'starting'
  | 'running'
  | 'idle'
  | 'paused'
  | 'stopped'
  | 'failed';

export type Action = 'stop' | 'pause' | 'resume' | 'step';

/** One query as its kernel describes it; figures come as text. */
export interface IRow {
  id: string;
  run: string;
  name: string;
  state: State;
  error: string;
  batch: string;
  rows_in: string;
  rows_done: string;
  lag: string;
  watermark: string;
  late: string;
  spark: number[];
  cell: string | null;
  charts: [string, string][];
  code: string;
}

/** A kernel's news: all queries of one of its sessions. */
export interface INews {
  session: string;
  process: number;
  queries: IRow[];
}

/** The answer to `follow`: all queries of all sessions. */
export interface IFollowed {
  process: number;
  sessions: { [session: string]: IRow[] };
}

export interface IOutcome {
  done: boolean;
  message: string;
}

export type Question =
  | { ask: 'follow'; page: string; order: number; seconds: number }
  | { ask: 'control'; action: Action; query: string }
  | { ask: 'dashboard'; query: string; bokeh: string[]; chart: string }
  | { ask: 'say'; widget: string; content: object };

/**
 * The Python expression that puts a question. The question is a JSON text inside a string literal, which Python
 * reads as JavaScript wrote it, so no name or value can become code. Nothing is imported in a kernel that has
 * not used streams.
 */
export function expression(question: Question): string {
  const text = JSON.stringify(JSON.stringify(question));
  return `__import__("workbench.panel", fromlist=["answer"]).answer(${text}) if "workbench.panel" in __import__("sys").modules else None`;
}

/** Whether a query has not ended. */
export function isLive(row: IRow): boolean {
  return row.state !== 'stopped' && row.state !== 'failed';
}
