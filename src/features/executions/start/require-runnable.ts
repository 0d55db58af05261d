export const requireRunnable = (_definition: unknown): void => {};
