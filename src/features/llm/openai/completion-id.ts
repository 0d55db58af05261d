/** What OpenAI's clients know a call by. */
export const completionId = (callId: string) => `chatcmpl-${callId}`;

export const toSeconds = (milliseconds: number) => Math.floor(milliseconds / 1000);
