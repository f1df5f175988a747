// Finds a short sequence that still fails: leaves out ever smaller parts, then single jobs, as long as it does.
import type { Operation, Sequence } from './operations.ts';

/** Each with one of its jobs left out. */
function* smaller(operation: Operation): Generator<Operation> {
  if (operation.do !== 'add' && operation.do !== 'transact') return;
  const { tasks } = operation;
  for (let n = tasks.length > 1 ? tasks.length - 1 : -1; n >= 0; n -= 1)
    yield { ...operation, tasks: tasks.toSpliced(n, 1) };
}

export async function shrink(
  { slots, operations }: Sequence,
  fails: (shorter: Sequence) => Promise<boolean>,
  isOver: () => boolean,
): Promise<Sequence> {
  let list = operations;
  const take = async (shorter: Operation[]): Promise<boolean> => {
    if (isOver() || !(await fails({ slots, operations: shorter }))) return false;
    list = shorter;
    return true;
  };
  for (let size = Math.ceil(list.length / 2); size > 0; size = size === 1 ? 0 : Math.ceil(size / 2))
    for (let from = list.length - size; from > -size; from -= size)
      await take(list.toSpliced(Math.max(from, 0), size + Math.min(from, 0)));
  for (let n = list.length - 1; n >= 0; n -= 1)
    for (let isSmaller = true; isSmaller; ) {
      isSmaller = false;
      for (const operation of smaller(list[n] as Operation)) {
        isSmaller = await take(list.with(n, operation));
        if (isSmaller) break;
      }
    }
  return { slots, operations: list };
}
