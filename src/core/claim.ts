/** A request's Idempotency-Key, to be claimed in the transaction of what the request does. */
export type Claim = {
  /** A hash of who asks, in which workspace, for what, and the key. */
  scope: string;
  requestHash: string;
  /** Set by whoever carries the request out, so that a forgotten claim is noticed. */
  taken: boolean;
};
