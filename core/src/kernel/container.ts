// The container: tsyringe, without decorators. No other file imports tsyringe or its polyfill.
import 'reflect-metadata';
import { container, type DependencyContainer } from 'tsyringe';

/** A root of its own for each instance: nothing is ever registered globally. */
export const createContainer = (): DependencyContainer => container.createChildContainer();
