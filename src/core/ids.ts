const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether PostgreSQL would take the text as a UUID; any other text in a statement is an error. */
export const isUuid = (text: string) => UUID.test(text);
