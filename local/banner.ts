import { relative, sep } from 'node:path';
import { LOCAL_MODEL } from './demo.ts';

/** What the person who started it needs to know; the curl line logs in and lets the local model stream. */
export function composeBanner(url: string, state: string, login: { email: string; password: string }): string {
  const inside = relative(process.cwd(), state);
  const folder = inside.split(sep)[0] === '..' ? state : inside;
  const chat = {
    provider: LOCAL_MODEL.provider,
    messages: [{ role: 'user', content: 'Hello, who are you?' }],
    stream: true,
  };
  const credentials = `--data-urlencode 'username=${login.email}' --data-urlencode 'password=${login.password}'`;
  const accessToken = String.raw`sed 's/.*"access_token":"\([^"]*\)".*/\1/'`;
  const token = `$(curl -s ${url}/api/v1/auth/login ${credentials} | ${accessToken})`;
  const headers = `-H "Authorization: Bearer ${token}" -H 'Content-Type: application/json'`;
  return `
SynapScale runs at ${url}

  log in as  ${login.email}
  password   ${login.password}
  mail       ${url}/__local/outbox
  logs       ${folder}/worker.log

Log in and chat in one line:

curl -N ${url}/api/v1/llm/chat ${headers} -d '${JSON.stringify(chat)}'

Ctrl-C stops it; what it knows stays in ${folder}.`;
}
