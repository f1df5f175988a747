// What must become of jobs that wait for others and of batches, as short as it can be said: rules that are applied until nothing changes.
export type State = 'blocked' | 'running' | 'completed' | 'failed' | 'cancelled';
type Outcome = 'completed' | 'failed' | 'cancelled';

export interface ModelJob {
  id: string;
  state: State;
  /** It was cancelled because of a job before it. */
  isBecause: boolean;
  after: { source: string; mustComplete: boolean; outcome: Outcome | null }[];
}

export interface ModelBatch {
  id: string;
  isClosed: boolean;
  startsClosed: boolean;
  members: Map<string, Outcome | null>;
  called: Set<string>;
  status: string;
}

const isEnd = (state: State): state is Outcome => state !== 'blocked' && state !== 'running';

export class LinkModel {
  readonly jobs = new Map<string, ModelJob>();
  readonly batches = new Map<string, ModelBatch>();

  get running(): ModelJob[] {
    return [...this.jobs.values()].filter(({ state }) => state === 'running');
  }

  add(id: string, sources: readonly string[], mustComplete: boolean, batch?: ModelBatch): void {
    const after: ModelJob['after'] = sources.map((source) => ({ source, mustComplete, outcome: null }));
    if (batch?.startsClosed && !batch.isClosed) after.push({ source: batch.id, mustComplete: true, outcome: null });
    this.jobs.set(id, { id, state: 'blocked', isBecause: false, after });
    batch?.members.set(id, null);
    for (const link of after) {
      const source = this.jobs.get(link.source);
      if (source && isEnd(source.state)) link.outcome = source.state;
    }
  }

  ends(job: ModelJob, state: Outcome, isBecause = false): void {
    job.state = state;
    job.isBecause = isBecause;
    this.#tell(job.id, state);
  }

  #tell(source: string, outcome: Outcome): void {
    for (const { after } of this.jobs.values())
      for (const link of after) if (link.source === source) link.outcome ??= outcome;
    for (const { members } of this.batches.values()) if (members.get(source) === null) members.set(source, outcome);
  }

  close(batch: ModelBatch): void {
    batch.isClosed = true;
    this.#tell(batch.id, 'completed');
  }

  /** It runs again, or will. */
  again(job: ModelJob, state: State): void {
    job.state = state;
    job.isBecause = false;
    for (const other of this.jobs.values())
      if (other.state === 'blocked' || other.isBecause)
        for (const link of other.after) if (link.source === job.id) link.outcome = null;
    for (const { members } of this.batches.values()) if (members.has(job.id)) members.set(job.id, null);
  }

  remove(job: ModelJob): void {
    this.jobs.delete(job.id);
    this.#tell(job.id, isEnd(job.state) ? job.state : 'cancelled');
  }

  cancelAll(batch: ModelBatch): void {
    this.close(batch);
    for (const id of batch.members.keys()) {
      const job = this.jobs.get(id);
      if (job && !isEnd(job.state)) this.ends(job, 'cancelled');
    }
  }

  /** Until nothing changes. */
  rest(): void {
    for (let changed = true; changed; ) {
      changed = false;
      for (const job of this.jobs.values()) {
        const isBroken = job.after.some(
          (link) => link.mustComplete && link.outcome !== null && link.outcome !== 'completed',
        );
        if (job.isBecause && !isBroken) this.again(job, 'blocked');
        else if (job.state === 'blocked' && isBroken) this.ends(job, 'cancelled', true);
        else if (job.state === 'blocked' && job.after.every(({ outcome }) => outcome !== null)) job.state = 'running';
        else continue;
        changed = true;
      }
    }
    for (const batch of this.batches.values()) {
      const outcomes = [...batch.members.values()];
      const isOver = batch.isClosed && !outcomes.includes(null);
      const isWhole = isOver && outcomes.every((outcome) => outcome === 'completed');
      if (outcomes.includes('failed')) batch.called.add('onFailure');
      if (isWhole) batch.called.add('onSuccess');
      if (isOver) batch.called.add('onEnd');
      const how = outcomes.includes('failed') ? 'failed' : isWhole ? 'completed' : 'cancelled';
      batch.status = !batch.isClosed ? 'open' : isOver ? how : 'running';
    }
  }
}
