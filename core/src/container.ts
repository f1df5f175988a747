// The container: typed tokens and factories on tsyringe, without decorators. No other file imports tsyringe or its polyfill.
import 'reflect-metadata';
import { type Dispose, JobsError, type Token } from '@phraseworks/sdk';
import { container, type DependencyContainer, instanceCachingFactory } from 'tsyringe';

/** A root of its own for each instance: nothing is ever registered globally. */
export const createContainer = (): DependencyContainer => container.createChildContainer();

/** What is being made at this moment; tsyringe resolves synchronously. */
const making: string[] = [];

/**
 * Registers a service of which `owner` has one, made when it is first asked for.
 * It closes over its owner, so that a child which asks first neither lends it its own services nor disposes it; `scope` closes it.
 */
export function single<T>(
  owner: DependencyContainer,
  scope: { add(dispose: Dispose): unknown },
  token: Token<T>,
  make: (get: <U>(token: Token<U>) => U) => T,
  close?: (service: T) => void | Promise<void>,
): void {
  const build = (): T => {
    if (making.includes(token.id)) {
      throw new JobsError('INVALID_CONFIG', `services need each other: ${[...making, token.id].join(' -> ')}`);
    }
    making.push(token.id);
    try {
      const service = make((needed) => owner.resolve(needed.key));
      if (close) scope.add(() => close(service));
      return service;
    } finally {
      making.pop();
    }
  };
  owner.register(token.key, { useFactory: instanceCachingFactory(build) });
}
