// The client of the hooks: from the nearest provider, else the default client.
import { createContext, createElement, type ReactNode, useContext } from 'react';
import { type Client, defaultClient } from '../client/index.ts';

const ClientContext = createContext<Client | null>(null);

export interface JobsProviderProps {
  /** From `createClient()`; create it once, outside components. */
  client: Client;
  children?: ReactNode;
}

/** Gives all hooks below it this client. Without a provider they use the client of `configureClient()`. */
export const JobsProvider = ({ client, children }: JobsProviderProps): ReactNode =>
  createElement(ClientContext.Provider, { value: client }, children);

export const useJobsClient = (): Client => useContext(ClientContext) ?? defaultClient();
