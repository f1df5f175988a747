// The table of services: built from top to bottom, each with its needs.
import { token } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { compose, given, service } from './container.ts';

interface Name {
  name: string;
}
const Name = token<Name>('core/name');

class Greeter {
  readonly text: string;
  constructor({ name }: Name) {
    this.text = `hello ${name}`;
  }
}

class Crowd {
  readonly size = 2;
}

const greeter = service(Greeter, { name: Name, crowd: Crowd }, ({ name }) => new Greeter(name));
const crowd = service(Crowd, {}, async () => new Crowd());

test('a service gets given services and earlier ones, and is built once', async () => {
  const services = await compose({ crowd, greeter }, [given(Name, { name: 'Ada' })]);
  expect(services.parts.greeter.text).toBe('hello Ada');
  expect(services.get(Greeter)).toBe(services.parts.greeter);
  expect(services.get(Crowd).size).toBe(2);
});

test('a service that needs a later one is refused by name, so there is no cycle', async () => {
  const made = compose({ greeter, crowd }, [given(Name, { name: 'Ada' })]);
  await expect(made).rejects.toThrow('Greeter needs Crowd, which is not above it');
});
