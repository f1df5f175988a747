// Services of a container: one each, made when asked for, closed by their scope and not by a child.
import { token } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { manualClock } from '../test/plugin-rig.ts';
import { createContainer, single } from './container.ts';
import { Scope } from './plugins/scope.ts';

interface Service {
  name: string;
}
const A = token<Service>('test/a');
const B = token<Service>('test/b');
const scopeOf = (name: string) => new Scope(name, manualClock());

test('a child that asks first gets the same service, lends it nothing and does not close it', async () => {
  const root = createContainer();
  const scope = scopeOf('root');
  const closed: string[] = [];
  root.register(B.key, { useValue: { name: 'of the root' } });
  single(
    root,
    scope,
    A,
    (get) => ({ name: `a with b ${get(B).name}` }),
    ({ name }) => void closed.push(name),
  );

  const child = root.createChildContainer();
  child.register(B.key, { useValue: { name: 'of the child' } });
  const service = child.resolve<Service>(A.key);
  await child.dispose();

  expect(service.name).toBe('a with b of the root');
  expect(root.resolve(A.key)).toBe(service);
  expect(closed).toEqual([]);
  await scope.close();
  expect(closed).toEqual(['a with b of the root']);
});

test('what nobody asked for is not made', async () => {
  const root = createContainer();
  const scope = scopeOf('root');
  single(root, scope, A, () => {
    throw new Error('made');
  });
  expect(await scope.close()).toEqual([]);
});

test('services that need each other are named with their path', () => {
  const root = createContainer();
  const scope = scopeOf('root');
  single(root, scope, A, (get) => get(B));
  single(root, scope, B, (get) => get(A));
  expect(() => root.resolve(A.key)).toThrow('services need each other: test/a -> test/b -> test/a');
});

test('two instances have nothing in common', () => {
  const [one, other] = [createContainer(), createContainer()];
  one.register(A.key, { useValue: { name: 'one' } });
  expect(other.isRegistered(A.key, true)).toBe(false);
});
