import { ServiceManager, Session } from '@jupyterlab/services';
import { Token } from '@lumino/coreutils';
import { ISignal, Signal } from '@lumino/signaling';

import { KernelLink } from '../kernel/link';
import { Action, IRow, isLive } from '../kernel/wire';

/** A query and where it runs. */
export interface IQuery extends IRow {
  key: string;
  link: KernelLink;
}

/** A notebook or console, and the queries of its kernel. */
export interface IPlace {
  path: string;
  title: string;
  kernel: string;
  type: string;
  waitsForCell: boolean;
  queries: IQuery[];
}

/** Every query of every running kernel. */
export interface IQueries {
  readonly changed: ISignal<IQueries, void>;
  readonly places: IPlace[];
  /** Queries that have not ended. */
  readonly live: IQuery[];
  /** What the newest button press came to, for each query. */
  message(key: string): string;
  find(path: string, query: string): IQuery | undefined;
  control(query: IQuery, action: Action): Promise<void>;
  /** Tell a dashboard of a kernel what its page says; whether the kernel took it. */
  tell(kernel: string, widget: string, content: object): Promise<boolean>;
  /** Say whether anybody looks at figures. */
  follow(wanted: boolean): void;
}

const READ_MS = 8000;

export const IQueries = new Token<IQueries>(
  'streaming-workbench:IQueries',
  'Every streaming query of every running kernel.'
);

/** Keeps one link for each running kernel, and merges what they tell. */
export class Queries implements IQueries {
  constructor(private readonly services: ServiceManager.IManager) {
    services.sessions.runningChanged.connect(this.connect, this);
    // A page that is left takes its subshells with it.
    window.addEventListener('pagehide', () => this.links.forEach(l => l.dispose()));
    void services.sessions.ready.then(() => this.connect());
  }

  get changed(): ISignal<IQueries, void> {
    return this.onChanged;
  }

  get places(): IPlace[] {
    return this.merged;
  }

  get live(): IQuery[] {
    return this.merged.flatMap(place => place.queries.filter(isLive));
  }

  message(key: string): string {
    return this.messages.get(key) ?? '';
  }

  find(path: string, query: string): IQuery | undefined {
    return this.merged
      .find(place => place.path === path)
      ?.queries.find(found => found.id === query);
  }

  async control(query: IQuery, action: Action): Promise<void> {
    this.say(
      query.key,
      query.link.waitsForCell ? `${action} will apply when the cell ends` : ''
    );
    try {
      const outcome = await query.link.control(query, action);
      this.say(query.key, outcome.message);
    } catch (failure) {
      this.say(query.key, `${action}: ${(failure as Error).message}`);
    }
  }

  async tell(kernel: string, widget: string, content: object): Promise<boolean> {
    return (await this.links.get(kernel)?.say(widget, content)) ?? false;
  }

  follow(wanted: boolean): void {
    this.wanted = wanted;
    this.links.forEach(link => (link.isFollowing = wanted));
  }

  /** Say what a button came to, for as long as it takes to read it. */
  private say(key: string, message: string): void {
    this.messages.set(key, message);
    this.onChanged.emit();
    window.setTimeout(() => {
      if (message && this.messages.get(key) === message) {
        this.say(key, '');
      }
    }, READ_MS);
  }

  /** Have a link to each running kernel and to no other. */
  private connect(): void {
    const running = new Map<string, Session.IModel>();
    for (const model of this.services.sessions.running()) {
      if (model.kernel && !running.has(model.kernel.id)) {
        running.set(model.kernel.id, model);
      }
    }
    for (const [id, link] of this.links) {
      if (!running.has(id) || link.isDisposed) {
        this.links.delete(id);
        link.dispose();
      }
    }
    this.models = running;
    for (const [id, model] of running) {
      if (!this.links.has(id)) {
        this.links.set(id, this.link(model));
      }
    }
    this.merge();
  }

  private link(model: Session.IModel): KernelLink {
    const link = new KernelLink(this.services.kernels, model);
    link.changed.connect(() => this.merge());
    link.isFollowing = this.wanted;
    return link;
  }

  private merge(): void {
    const places = [...this.links].map(([id, link]) => this.place(id, link));
    this.merged = distinct(places).filter(place => place.queries.length > 0);
    this.onChanged.emit();
  }

  private place(id: string, link: KernelLink): IPlace {
    const model = this.models.get(id)!;
    return {
      path: model.path,
      title: (model.name || model.path).split('/').pop()!,
      kernel: id,
      type: model.type,
      waitsForCell: link.waitsForCell,
      queries: link.rows.map(row => this.query(id, row, link))
    };
  }

  /** The same query for the same row, so that only what changed is drawn. */
  private query(id: string, row: IRow, link: KernelLink): IQuery {
    const found = this.known.get(row) ?? { ...row, key: `${id}/${row.id}`, link };
    this.known.set(row, found);
    return found;
  }

  private readonly onChanged = new Signal<this, void>(this);
  private readonly links = new Map<string, KernelLink>();
  private readonly messages = new Map<string, string>();
  private readonly known = new WeakMap<IRow, IQuery>();
  private models = new Map<string, Session.IModel>();
  private merged: IPlace[] = [];
  private wanted = false;
}

/**
 * Leave each run of a query where it was started: two kernels on one server both hear of it, and the one that
 * started it knows the cell.
 */
function distinct(places: IPlace[]): IPlace[] {
  const owners = new Map<string, IQuery>();
  for (const query of places.flatMap(place => place.queries)) {
    const run = `${query.id}/${query.run}`;
    if (!owners.get(run)?.cell) {
      owners.set(run, query);
    }
  }
  const owned = new Set(owners.values());
  return places.map(place => ({
    ...place,
    queries: place.queries.filter(query => owned.has(query))
  }));
}
