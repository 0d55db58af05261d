/** Whoever runs the chain: asked by one request, and answering with the result of the run. */
import type { Route } from '../load.ts';
import { INPUT, RESULT } from './chain.ts';

export interface Engine {
  name: string;
  /** Runs the chain once and answers with what came out of it. */
  route: Route;
  /** Runs that are stored, with each of their steps. */
  countStored(): Promise<number>;
  stop(): Promise<void>;
}

const JSON_BODY = { 'Content-Type': 'application/json' };

/** A request with the input of a run as its body. */
export const post = (
  origin: string,
  path: string,
  headers: Record<string, string> = {},
  input: object = INPUT,
): Route => ({
  method: 'POST',
  origin,
  path,
  headers: { ...JSON_BODY, ...headers },
  body: JSON.stringify(input),
});

/** Whether an answer has the result of the chain in it, whatever it is called there. */
export const hasResult = (text: string): boolean => new RegExp(`"(result|amount)":${RESULT}\\b`).test(text);

/** Whether somebody who just started already runs the chain. */
export async function askForResult(url: string): Promise<boolean> {
  const response = await fetch(url, { method: 'POST', headers: JSON_BODY, body: JSON.stringify(INPUT) });
  return response.ok && hasResult(await response.text());
}
